//! AWS at its most trying: every read late, every service in bad weather. What should be comes to be, once,
//! and nothing is left of it.

use std::collections::BTreeMap;
use std::time::Duration;

use awsim::consistency::Lags;
use awsim::weather::Rule;
use awsim::weather::effect::{Effect, Slow};
use gatewayed::api::GatewayedService;
use serde_json::json;

use crate::support::operator::{Place, World, until};
use crate::support::stock;

/// What a class with two services of one route each has.
const STOCK: [(&str, usize); 11] = [
    ("HTTP API", 1),
    ("VPC link", 1),
    ("integration", 2),
    ("listener", 2),
    ("load balancer", 1),
    ("route", 2),
    ("security group", 2),
    ("security group rule", 4),
    ("stage", 1),
    ("target group", 2),
    ("route settings", 0),
];

/// A class and two services: made, changed, deleted; held against [`STOCK`] on the way.
async fn live(world: &World, place: &Place) {
    for name in ["one", "two"] {
        place.service(name, |_| ()).await;
    }
    for name in ["one", "two"] {
        let ready = place.ready(name).await;
        answers(world, &ready, &format!("/{name}/1")).await;
    }
    let wanted: BTreeMap<&str, usize> = STOCK.into_iter().filter(|(_, count)| *count > 0).collect();
    assert_eq!(stock::count(&stock::of_class(world.aws(), &place.class)), wanted);

    let path = json!([{"name": "other", "path": "/other/{id}", "methods": ["GET"], "anonymous": true}]);
    let changed = place.service("one", |service| service["spec"]["routes"] = path).await;
    place.apply_service(&changed).await;
    let ready = place.ready("one").await;
    answers(world, &ready, "/other/1").await;
    until("it has what it had", || async {
        let count = stock::count(&stock::of_class(world.aws(), &place.class));
        if count == wanted { Ok(()) } else { Err(format!("{count:?}")) }
    })
    .await;

    for name in ["one", "two"] {
        place.delete_service(name).await;
    }
    place.delete_class().await;
    let left = stock::of_class(world.aws(), &place.class);
    assert!(left.is_empty(), "{left:#?}");
}

async fn answers(world: &World, service: &GatewayedService, path: &str) {
    let url = service.status.as_ref().and_then(|status| status.url.clone()).expect("a URL");
    until("it answers", || async {
        match world.get(&url, path).await {
            (200, _) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
}

/// AWS names a couple of seconds for EC2 and five minutes for lists of secrets; 20 seconds for all is more than
/// the operator meets, and less than the 30 that it lets pass before it believes that something is gone.
#[tokio::test]
async fn with_every_read_up_to_20_seconds_late_nothing_is_made_twice_or_left() {
    let world = World::start(&[]).await;
    let late = Duration::from_secs(20);
    let lags =
        Lags { share: 0.9, networks: late, load_balancing: late, api_gateway: late, ..Lags::default() };
    world.aws().with_world(|w| w.consistency.lags = lags);
    let place = world.class("late", |_| ()).await;
    live(&world, &place).await;
    let behind = world.aws().recorder().filter(|call| call.behind > Duration::from_secs(5)).len();
    assert!(behind > 10, "only {behind} calls saw what was more than five seconds ago");
}

#[tokio::test]
async fn in_a_storm_nothing_is_made_twice_or_left() {
    let world = World::start(&[]).await;
    let place = world.class("storm", |_| ()).await;
    let some = |effect, rate| Rule::all(effect).rate(rate);
    let rules = vec![
        some(Effect::Throttle, 0.3),
        some(Effect::ServerError, 0.1),
        some(Effect::LoseReply, 0.05),
        Rule::all(Effect::Slow(Slow { min_ms: 5, max_ms: 50 })),
    ];
    world.aws().weather().set(7, rules);
    live(&world, &place).await;
    let lost = world.aws().recorder().filter(|call| call.weather == Some("lose_reply")).len();
    assert!(lost > 0, "no reply was lost");
}
