//! Denials of policies, as each service's client reads them.

use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use awsim::iam::grants::EVERYONE;
use awsim::iam::policy::Policy;
use awsim::seed::{ACCOUNT, VPC};
use awsim::server::{Config, Server};
use awsim::world::Options;

use super::story::sdk_config;

/// Everyone may describe EC2's objects and do nothing else.
const READ: &str = r#"{"Version": "2012-10-17", "Statement":
    {"Effect": "Allow", "Action": "ec2:Describe*", "Resource": "*"}}"#;

async fn start() -> Server {
    let policies = vec![(EVERYONE.to_owned(), Policy::parse(READ).unwrap())];
    let options = Options { throttling: false, policies, ..Options::default() };
    Server::start(Config { options, ..Config::default() }).await.unwrap()
}

/// The code and the HTTP status of a refusal.
fn refusal<T: std::fmt::Debug, E: ProvideErrorMetadata + std::fmt::Debug>(
    result: Result<T, SdkError<E>>,
) -> (String, u16) {
    let error = result.unwrap_err();
    let status = error.raw_response().unwrap().status().as_u16();
    let words = error.message().unwrap_or_default();
    assert!(
        words.contains(&format!("arn:aws:iam::{ACCOUNT}:user/awsim is not authorized to perform: ")),
        "{words}"
    );
    (error.code().unwrap_or_default().to_owned(), status)
}

#[tokio::test]
async fn every_services_denial_is_read_with_its_code() {
    let server = start().await;
    let config = sdk_config(&server.url());
    let denied = |code: &str, status: u16| (code.to_owned(), status);

    let ec2 = aws_sdk_ec2::Client::new(&config);
    ec2.describe_vpcs().send().await.unwrap();
    let result = ec2.delete_vpc().vpc_id(VPC).send().await;
    assert_eq!(refusal(result), denied("UnauthorizedOperation", 403));
    let result = aws_sdk_elasticloadbalancingv2::Client::new(&config).describe_load_balancers().send().await;
    assert_eq!(refusal(result), denied("AccessDenied", 403));
    let result = aws_sdk_apigatewayv2::Client::new(&config).get_apis().send().await;
    assert_eq!(refusal(result), denied("AccessDeniedException", 403));
    let result = aws_sdk_secretsmanager::Client::new(&config).list_secrets().send().await;
    assert_eq!(refusal(result), denied("AccessDeniedException", 400));
    let result = aws_sdk_route53::Client::new(&config).list_hosted_zones().send().await;
    assert_eq!(refusal(result), denied("AccessDenied", 403));
    let result = aws_sdk_cloudwatchlogs::Client::new(&config).describe_log_groups().send().await;
    assert_eq!(refusal(result), denied("AccessDeniedException", 400));
    let result = aws_sdk_cloudwatch::Client::new(&config).list_metrics().send().await;
    assert_eq!(refusal(result), denied("AccessDenied", 403));
    let acm = aws_sdk_acm::Client::new(&config);
    assert_eq!(refusal(acm.list_certificates().send().await), denied("AccessDeniedException", 400));
    let result = aws_sdk_resourcegroupstagging::Client::new(&config).get_resources().send().await;
    assert_eq!(refusal(result), denied("AccessDeniedException", 400));

    let sts = aws_sdk_sts::Client::new(&config);
    sts.get_caller_identity().send().await.unwrap();
    let role = format!("arn:aws:iam::{ACCOUNT}:role/entry");
    let result = sts.assume_role().role_arn(&role).role_session_name("test").send().await;
    assert_eq!(refusal(result), denied("AccessDenied", 403));
}

#[tokio::test]
async fn a_malformed_session_policy_is_read_as_such() {
    let server = super::story::start().await;
    let sts = aws_sdk_sts::Client::new(&sdk_config(&server.url()));
    let role = format!("arn:aws:iam::{ACCOUNT}:role/entry");
    let request = sts.assume_role().role_arn(role).role_session_name("test").policy("{}");
    let refused = request.send().await.unwrap_err();
    assert!(refused.into_service_error().is_malformed_policy_document_exception());
}
