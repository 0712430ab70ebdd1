//! Refusals as they come over the wire: quotas, throttles, permissions, silence.

use std::collections::BTreeSet;

use awsim::weather::{Effect, Rule};
use awsim::world::Options;
use gatewayed::executor::Call;
use gatewayed::model::index::Collection;
use gatewayed::model::vpc_link::VpcLink;
use gatewayed::model::{Body, ErrorClass, Kind};

use super::elbv2::group;
use super::{Sim, create, key, region, subnets};

#[tokio::test]
async fn the_eleventh_vpc_link_reaches_a_quota() {
    let sim = Sim::start().await;
    let group = group(&sim, "gw-a").await;
    let link = |n: usize| {
        let body = VpcLink {
            name: format!("gw-{n}"),
            subnets: subnets(3),
            security_groups: BTreeSet::from([group.clone()]),
        };
        create(&key(Kind::VpcLink, &n.to_string()), &Body::VpcLink(body))
    };
    for n in 0..10 {
        sim.written(link(n)).await;
    }
    let full = sim.run(link(10)).await.unwrap_err();
    assert_eq!(full.class, ErrorClass::Quota);
    assert!(full.to_string().contains("Limit is 10"), "{full}");
}

#[tokio::test]
async fn more_calls_than_the_bucket_holds_are_throttled() {
    let sim = Sim::with(Options::default()).await;
    let mut classes = BTreeSet::new();
    for _ in 0..45 {
        if let Err(error) = sim.run(Call::list(Collection::region(Kind::Api))).await {
            classes.insert(error.class);
        }
    }
    assert_eq!(classes, BTreeSet::from([ErrorClass::Throttle]));
}

#[tokio::test]
async fn a_missing_permission_is_named_as_an_iam_policy_would() {
    let sim = Sim::start().await;
    let refuse = Effect::refuse(403, "AccessDeniedException", "User: x is not authorized");
    sim.server.weather().inject(Rule::of("apigatewayv2", "GetApis", refuse));
    let refuse = Effect::refuse(403, "AccessDenied", "User: x is not authorized");
    sim.server.weather().inject(Rule::of("elbv2", "DescribeLoadBalancers", refuse));
    let denied = |kind| sim.run(Call::list(Collection::region(kind)));
    let error = denied(Kind::Api).await.unwrap_err();
    assert_eq!(error.class, ErrorClass::Permission);
    assert_eq!(error.action, "apigateway:GET on /apis (GetApis)");
    let error = denied(Kind::LoadBalancer).await.unwrap_err();
    assert_eq!(error.class, ErrorClass::Permission);
    assert_eq!(error.action, "elasticloadbalancing:DescribeLoadBalancers");
}

#[tokio::test]
async fn a_lost_reply_a_reset_and_a_server_error_are_transient_and_made_once() {
    let sim = Sim::start().await;
    let list = || Call::list(Collection::region(Kind::VpcLink));
    let effects = [Effect::LoseReply, Effect::Reset, Effect::refuse(500, "InternalFailure", "We are sorry")];
    for effect in effects {
        sim.server.weather().clear();
        sim.server.weather().inject(Rule::all(effect.clone()));
        let before = sim.server.recorder().latest();
        let error = sim.run(list()).await.unwrap_err();
        assert_eq!(error.class, ErrorClass::Transient, "{error:?}");
        let attempts = sim.server.recorder().since(before).len();
        assert!(attempts <= 1, "{attempts} attempts under {effect:?}: the SDK retries");
    }
}

#[tokio::test]
async fn an_endpoint_that_nobody_serves_is_transient() {
    let sim = Sim::start().await;
    let url = sim.server.url();
    sim.server.stop().await;
    let away = region(&url, "c").run(&[Call::list(Collection::region(Kind::Api))], super::NOW).await;
    assert_eq!(away.unwrap_err().class, ErrorClass::Transient);
}
