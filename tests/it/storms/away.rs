//! An AWS service is away for an hour while services are made, changed and deleted. What does not need it
//! goes on; who needs it says that it does not answer, and since when; then all of it catches up, once.

use std::time::Duration;

use awsim::weather::Rule;
use awsim::weather::effect::Effect;
use gatewayed::api::ConditionType;
use kube::api::DeleteParams;
use serde_json::{Value, json};

use super::fleet::minutes;
use crate::support::figures::figure;
use crate::support::operator::{Place, World, gone, until};
use crate::support::stock;

const AN_HOUR: Duration = Duration::from_secs(3600);
/// All has caught up so long after the service is back: nothing pauses for longer than five minutes, and
/// a class that is to be made needs two such steps and its VPC link.
const CAUGHT_UP: Duration = Duration::from_secs(30 * 60);

/// A place with three services that are Ready: `stays`, `edited` and `deleted`.
async fn settled(world: &World, prefix: &str) -> (Place, Value, Value) {
    let place = world.class(prefix, |_| ()).await;
    let one = |service: &mut Value| service["spec"]["replicas"] = json!(1);
    let stays = place.service("stays", one).await;
    let edited = place.service("edited", one).await;
    place.service("deleted", one).await;
    for name in ["stays", "edited", "deleted"] {
        place.ready(name).await;
    }
    (place, stays, edited)
}

/// From now on, for an hour: half of the connections are closed, the rest gets a 503.
fn away(world: &World, service: &str) {
    let end = world.lab.clock().now() + AN_HOUR;
    let rules =
        [Rule::of_service(service, Effect::Reset).rate(0.5), Rule::of_service(service, Effect::Unavailable)];
    world.aws().weather().set(5, rules.map(|rule| rule.until(end)).to_vec());
}

fn is_away(world: &World) -> bool {
    let now = world.lab.clock().now();
    world.aws().weather().rules().iter().any(|rule| rule.until.is_some_and(|end| now < end))
}

/// What is done while it is away: one service is made, one gets another route and image, one is deleted.
async fn meanwhile(place: &Place, edited: &Value) {
    place.service("new", |service| service["spec"]["replicas"] = json!(1)).await;
    let mut edited = edited.clone();
    let more = json!({"name": "more", "path": "/edited/more", "methods": ["GET"], "anonymous": true});
    edited["spec"]["routes"].as_array_mut().expect("routes").push(more);
    edited["spec"]["image"] = json!("registry.example.com/edited:v2");
    place.apply_service(&edited).await;
    place.services().delete("deleted", &DeleteParams::default()).await.expect("deleted");
}

/// The hour is over: how long it takes until all is as it should be, and that it then is, once.
async fn caught_up(world: &World, place: &Place, service: &str) {
    // Rules that are over go with the next call, so the clock is asked.
    let end = world.aws().weather().rules().first().and_then(|rule| rule.until).unwrap_or_default();
    let clock = world.lab.clock();
    until("the hour is over", || async {
        let left = end.since(clock.now());
        if left.is_zero() { Ok(()) } else { Err(format!("{left:?} to go")) }
    })
    .await;
    let back = clock.now();
    for name in ["stays", "edited", "new"] {
        place.ready(name).await;
    }
    gone(&place.services(), "deleted").await;
    place.class_ready().await;
    let took = clock.now().since(back);
    let what = format!("{service} away for an hour: all has caught up after");
    figure("Storms", &what, format!("{:.1} min simulated", minutes(took)));
    assert!(took < CAUGHT_UP, "{took:?}");
    let counts = stock::count(&stock::of_class(world.aws(), &place.class));
    let own = ["HTTP API", "VPC link", "load balancer", "integration", "listener", "target group", "route"];
    assert_eq!(own.map(|kind| counts[kind]), [1, 1, 1, 3, 3, 3, 4], "{counts:?}");
}

async fn cleared(world: &World, place: &Place) {
    for name in ["stays", "edited", "new"] {
        place.services().delete(name, &DeleteParams::default()).await.expect("deleted");
    }
    place.delete_class().await;
    let left = stock::of_class(world.aws(), &place.class);
    assert!(left.is_empty(), "{left:#?}");
}

/// What a service says of a call that is not answered: of which service of AWS, and since when.
fn says_since(said: &str, action: &str) {
    for word in [action, "is not answered", "it is tried again", "So it has been since 20"] {
        assert!(said.contains(word), "no \"{word}\" in: {said}");
    }
}

#[tokio::test]
#[ignore = "takes minutes: make torture"]
async fn while_api_gateway_is_away_for_an_hour_pods_come_and_go_and_then_routes_catch_up() {
    let world = World::start(&[]).await;
    let (place, mut stays, edited) = settled(&world, "no-gateway").await;
    away(&world, "apigatewayv2");
    meanwhile(&place, &edited).await;
    for name in ["new", "edited"] {
        let said = place.service_says(name, ConditionType::RoutesProgrammed, "AWSUnavailable").await;
        says_since(&said, "apigateway:");
    }
    stays["spec"]["replicas"] = json!(3);
    place.apply_service(&stays).await;
    until("its pods are healthy targets", || async {
        let status = place.services().get("stays").await.expect("the service").status.unwrap_or_default();
        let targets = status.targets.unwrap_or_default();
        if targets.healthy == 3 { Ok(()) } else { Err(format!("{targets:?}")) }
    })
    .await;
    assert!(is_away(&world), "it came back before");
    caught_up(&world, &place, "API Gateway").await;
    cleared(&world, &place).await;
}

#[tokio::test]
#[ignore = "takes minutes: make torture"]
async fn while_load_balancing_is_away_for_an_hour_it_is_told_and_then_all_catches_up() {
    let world = World::start(&[]).await;
    let (place, _, edited) = settled(&world, "no-balancing").await;
    away(&world, "elbv2");
    meanwhile(&place, &edited).await;
    let said = place.service_says("new", ConditionType::TargetsHealthy, "AWSUnavailable").await;
    says_since(&said, "elasticloadbalancing:");
    until("the edited service's new route is served", || async {
        let routes =
            place.services().get("edited").await.expect("the service").status.unwrap_or_default().routes;
        let served =
            routes.iter().filter(|r| r.state == gatewayed::api::service_status::RouteState::Served).count();
        if served == 2 { Ok(()) } else { Err(format!("{routes:?}")) }
    })
    .await;
    assert!(is_away(&world), "it came back before");
    caught_up(&world, &place, "Elastic Load Balancing").await;
    cleared(&world, &place).await;
}

#[tokio::test]
#[ignore = "takes minutes: make torture"]
async fn while_ec2_is_away_for_an_hour_services_come_and_go_and_a_new_class_says_what_it_waits_for() {
    let world = World::start(&[]).await;
    let (place, _, edited) = settled(&world, "no-ec2").await;
    away(&world, "ec2");
    meanwhile(&place, &edited).await;
    let late = world.class("late", |_| ()).await;
    let said = late.class_says(ConditionType::Accepted, "AWSUnavailable").await;
    assert!(said.contains("ec2:DescribeVpcs") && said.contains("it is tried again"), "{said}");
    // None of these needs EC2.
    for name in ["stays", "edited", "new"] {
        place.ready(name).await;
    }
    gone(&place.services(), "deleted").await;
    assert!(is_away(&world), "it came back before");
    caught_up(&world, &place, "EC2").await;
    late.class_ready().await;
    late.delete_class().await;
    cleared(&world, &place).await;
}
