//! What the operator costs: the calls of one more service, and those of a service that is ready.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;

use crate::support::operator::World;

/// Ten simulated minutes.
const WHILE: Duration = Duration::from_secs(600);

/// What one more service with 3 routes and 2 pods asks of AWS in a class that is ready.
const ONE_MORE_SERVICE: [(&str, usize); 7] = [
    ("apigatewayv2:CreateIntegration", 1),
    ("apigatewayv2:CreateRoute", 3),
    ("elbv2:CreateListener", 1),
    ("elbv2:CreateTargetGroup", 1),
    ("elbv2:DescribeTags", 2),
    ("elbv2:ModifyTargetGroupAttributes", 1),
    ("elbv2:RegisterTargets", 1),
];

/// How it waits for its targets to be healthy: every 10 to 60 seconds, for as long as AWS needs.
const LOOK: &str = "elbv2:DescribeTargetHealth";

#[tokio::test]
async fn one_more_service_costs_these_calls_and_a_ready_one_none() {
    let mut world = World::start(&["--drift-interval", "24h"]).await;
    // What a replica that is behind refuses is asked again: that is not what is counted here.
    world.aws().with_world(|w| w.options.consistency = false);
    let place = world.class("calls", |_| ()).await;
    place.service("first", |_| ()).await;
    place.ready("first").await;
    world.quiet().await;

    let before = world.aws().recorder().latest();
    place
        .service("orders", |service| {
            let route = |name: &str, path: &str, method: &str| {
                json!({"name": name, "path": path, "methods": [method], "anonymous": true})
            };
            service["spec"]["routes"] = json!([
                route("list", "/orders", "GET"),
                route("one", "/orders/{id}", "GET"),
                route("place", "/orders", "POST"),
            ]);
        })
        .await;
    place.ready("orders").await;
    world.quiet().await;
    let mut calls = world.aws().recorder().count_since(before);
    println!("one more service, 3 routes, 2 pods:");
    calls.iter().for_each(|(operation, count)| println!("{count:>4}  {operation}"));
    let looks = calls.remove(LOOK).unwrap_or_default();
    assert!((1..=10).contains(&looks), "{looks} looks at the targets' health");
    let wanted = ONE_MORE_SERVICE.map(|(operation, count)| (operation.to_owned(), count));
    assert_eq!(calls, BTreeMap::from(wanted));

    let before = world.aws().recorder().latest();
    world.pass(WHILE).await;
    let calls = world.aws().recorder().count_since(before);
    assert!(calls.is_empty(), "nothing has changed: {calls:?}");

    // Started again it reads what there is, and so it does when it looks for what others changed; it
    // writes nothing.
    world.kill();
    world.launch_with(&["--drift-interval", "2m"]);
    let before = world.aws().recorder().latest();
    world.pass(WHILE).await;
    let calls = world.calls_since(before);
    assert!(!calls.is_empty(), "it looks");
    let writes: Vec<&str> = calls.iter().filter(|c| c.mutating()).map(|c| c.operation.as_str()).collect();
    assert!(writes.is_empty(), "{writes:?}");
}
