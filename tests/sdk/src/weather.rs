//! Weather as the SDK meets it: what it tries again, and what it reads.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_sdk_sts::error::ProvideErrorMetadata;
use awsim::server::Server;
use awsim::weather::answer::server_error;
use awsim::weather::{Effect, Rule};

use super::story::{sdk_config, start};

/// As the SDK's default, but without its pauses.
fn config(server: &Server, attempts: u32) -> SdkConfig {
    let retry =
        RetryConfig::standard().with_max_attempts(attempts).with_initial_backoff(Duration::from_millis(1));
    sdk_config(&server.url()).into_builder().retry_config(retry).build()
}

macro_rules! code {
    ($request:expr) => {
        $request.send().await.err().map(|e| e.code().unwrap_or_default().to_owned())
    };
}

/// The code that a read of the service ends with; `None` is success.
async fn read(service: &str, config: &SdkConfig) -> Option<String> {
    match service {
        "acm" => code!(aws_sdk_acm::Client::new(config).list_certificates()),
        "apigatewayv2" => code!(aws_sdk_apigatewayv2::Client::new(config).get_apis()),
        "cloudwatch" => code!(aws_sdk_cloudwatch::Client::new(config).describe_alarms()),
        "ec2" => code!(aws_sdk_ec2::Client::new(config).describe_vpcs()),
        "elbv2" => code!(aws_sdk_elasticloadbalancingv2::Client::new(config).describe_load_balancers()),
        "logs" => code!(aws_sdk_cloudwatchlogs::Client::new(config).describe_log_groups()),
        "resourcegroupstaggingapi" => {
            code!(aws_sdk_resourcegroupstagging::Client::new(config).get_tag_keys())
        }
        "route53" => code!(aws_sdk_route53::Client::new(config).list_hosted_zones()),
        "secretsmanager" => code!(aws_sdk_secretsmanager::Client::new(config).list_secrets()),
        _ => code!(aws_sdk_sts::Client::new(config).get_caller_identity()),
    }
}

fn services() -> impl Iterator<Item = &'static str> {
    awsim::tables::services().iter().map(|service| service.name.as_str())
}

#[tokio::test]
async fn every_services_throttles_and_server_errors_are_tried_again() {
    let server = start().await;
    let config = config(&server, 3);
    for effect in [Effect::Throttle, Effect::ServerError, Effect::Reset] {
        for service in services() {
            let before = server.recorder().latest();
            server.weather().inject(Rule::of_service(service, effect.clone()).times(2));
            assert_eq!(read(service, &config).await, None, "{service} {effect:?}");
            let seen: Vec<_> = server.recorder().since(before).iter().map(|call| call.weather).collect();
            assert_eq!(seen, [Some(effect.name()), Some(effect.name()), None], "{service}");
        }
    }
}

#[tokio::test]
async fn every_services_server_errors_are_read_with_their_codes() {
    let server = start().await;
    let config = config(&server, 1);
    server.weather().inject(Rule::all(Effect::ServerError));
    for service in services() {
        let own = [0.0, 0.9].map(|drawn| server_error(service, drawn).code);
        let code = read(service, &config).await.unwrap();
        assert!(own.contains(&code), "{service}: {code}");
    }
}
