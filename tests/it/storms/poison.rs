//! One service that AWS refuses for ever, beside others: it is asked for ever more rarely, and nobody else
//! is slower for it.

use std::time::Duration;

use awsim::iam::grants::EVERYONE;
use awsim::iam::policy::Policy;
use gatewayed::api::ConditionType;
use gatewayed::model::marks;
use serde_json::json;

use super::fleet::Fleet;
use crate::support::figures::figure;
use crate::support::operator::World;

/// Services beside it.
const OTHERS: usize = 10;
const PATIENCE: Duration = Duration::from_secs(300);
/// How long its calls are counted, simulated.
const COUNTED: Duration = Duration::from_secs(30 * 60);
/// What is denied is asked for every five minutes, less up to a fifth.
const CALLS_AN_HOUR: f64 = 15.0;
/// The others are Ready within so many times what they took without it, and two minutes: the machine is
/// busy, too.
const SLOWER: f64 = 1.5;

#[tokio::test]
#[ignore = "takes minutes: make torture"]
async fn a_service_that_aws_refuses_for_ever_is_asked_for_rarely_and_slows_nobody() {
    let world = World::start(&["--drift-interval", "24h"]).await;
    let mut fleet = Fleet::start(&world, "poison", 1).await;
    let place = fleet.places[0].clone();
    place.service("first", |_| ()).await;
    place.ready("first").await;

    let without = fleet.create(OTHERS, PATIENCE).await;
    for (_, name) in fleet.services.keys() {
        place.delete_service(name).await;
    }
    fleet.services.clear();

    let whose = format!("{}/poison", place.namespace);
    refuse_all_for(&world, &whose);
    place.service("poison", |_| ()).await;
    let said = place.service_says("poison", ConditionType::TargetsHealthy, "AccessDenied").await;
    assert!(said.contains("elasticloadbalancing:CreateTargetGroup"), "{said}");
    let with = fleet.create_as("t", OTHERS, PATIENCE).await;

    let from = world.aws().recorder().latest();
    world.pass(COUNTED).await;
    let calls = world.calls_since(from).iter().filter(|c| c.input.to_string().contains(&whose)).count();
    let an_hour = calls as f64 * 3600.0 / COUNTED.as_secs_f64();
    figure("Storms", "one service refused for ever: its calls an hour", format!("{an_hour:.0}"));
    let beside = format!("median {:.1} min, without it {:.1} min simulated", with.median(), without.median());
    figure("Storms", "ten services beside it are Ready after", beside);
    assert!(calls > 0, "it is tried again");
    assert!(an_hour <= CALLS_AN_HOUR, "{an_hour}");
    assert!(with.median() <= SLOWER * without.median() + 2.0, "{} {}", with.median(), without.median());
    assert!(with.slowest() <= SLOWER * without.slowest() + 2.0, "{} {}", with.slowest(), without.slowest());

    // Once AWS lets it, it is made without a hand.
    world.aws().with_world(|w| w.iam.detach(EVERYONE));
    place.ready("poison").await;
}

/// AWS makes nothing that carries the mark of that service.
fn refuse_all_for(world: &World, service: &str) {
    let tag = format!("aws:RequestTag/{}", marks::SERVICE);
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {tag: service}}},
    ]});
    let policy = Policy::parse(&policy.to_string()).expect("a policy");
    world.aws().with_world(|w| w.iam.attach(EVERYONE, policy));
}
