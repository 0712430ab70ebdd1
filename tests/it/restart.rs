//! The operator dies, and another goes on: the same container started again, or another replica.

use std::collections::BTreeSet;

use awsim::seed::ACCOUNT;
use k8s_openapi::api::coordination::v1::Lease;
use kube::{Api, Client};
use serde_json::json;

use crate::support::operator::{World, eventually, until};
use crate::support::stock;

#[tokio::test]
async fn an_operator_killed_again_and_again_while_it_creates_makes_everything_once() {
    let world = World::start(&[]).await;
    let place = world.class("killed", |_| ()).await;
    place.service("orders", |_| ()).await;
    // Each time a few calls further: before the API, between its parts, while AWS is at work.
    for calls in [1, 3, 6, 9, 12, 15, 18] {
        until(&format!("{calls} calls have changed something"), || async {
            let made = world.calls_since(0).iter().filter(|c| c.mutating() && c.succeeded()).count();
            if made >= calls { Ok(()) } else { Err(format!("{made}")) }
        })
        .await;
        world.kill();
        world.launch();
    }
    let url = place.ready("orders").await.status.unwrap().url.unwrap();
    let (status, answer) = world.get(&url, "/orders/1").await;
    assert_eq!(status, 200, "{answer}");

    let counts = stock::count(&stock::of_class(world.aws(), &place.class));
    let once = [
        "HTTP API",
        "stage",
        "VPC link",
        "load balancer",
        "target group",
        "listener",
        "integration",
        "route",
    ];
    assert_eq!(once.map(|kind| counts.get(kind).copied()), [Some(1); 8], "{counts:?}");
    let (apis, links, balancers) = stock::region(world.aws(), |region| {
        let api = &region.apigatewayv2;
        (api.apis.len(), api.vpc_links.len(), region.elbv2.load_balancers.len())
    });
    assert_eq!((apis, links, balancers), (1, 1, 1), "nor is there anything without marks");

    world.kill();
    world.launch();
    place.delete_service("orders").await;
    place.delete_class().await;
    let left = stock::of_class(world.aws(), &place.class);
    assert!(left.is_empty(), "{left:#?}");
}

#[tokio::test]
async fn of_two_replicas_one_leads_until_it_dies_or_is_asked_to_stop() {
    let world = World::start(&[]).await;
    let first = world.lab.env()["AWS_ACCESS_KEY_ID"].clone();
    let second = format!("AKIA{ACCOUNT}LAB2");
    holder_is(&world.client(), "gatewayed-0").await;
    let mut other = world.replica("gatewayed-1", &second, None);
    logged(&world, "standing by", 1).await;
    let place = world.class("leader", |_| ()).await;
    let mut service = place.service("orders", |_| ()).await;
    let url = place.ready("orders").await.status.unwrap().url.unwrap();
    assert_eq!(callers(&world, 0), std::slice::from_ref(&first), "only the leader speaks to AWS");

    // The leader dies; its lease must run out.
    world.kill();
    let since = world.aws().recorder().latest();
    holder_is(&world.client(), "gatewayed-1").await;
    let route = json!({"name": "list", "path": "/orders", "methods": ["GET"], "anonymous": true});
    service["spec"]["routes"].as_array_mut().unwrap().push(route);
    place.apply_service(&service).await;
    place.ready("orders").await;
    assert_eq!(world.get(&url, "/orders").await.0, 200);
    assert_eq!(callers(&world, since), std::slice::from_ref(&second));

    // The leader is asked to stop: it gives the lease back, so nobody waits for it to run out.
    world.launch();
    logged(&world, "standing by", 2).await;
    assert!(other.ended().is_none());
    other.terminate();
    let status = until("it has ended", || {
        let ended = other.ended();
        async move { ended.ok_or("it runs".to_owned()) }
    })
    .await;
    assert!(status.success(), "{status}");
    let since = world.aws().recorder().latest();
    let lease = leases(&world.client()).get("gatewayed").await.unwrap().spec.unwrap();
    assert_ne!(lease.holder_identity.as_deref(), Some("gatewayed-1"));
    holder_is(&world.client(), "gatewayed-0").await;
    place.delete_service("orders").await;
    place.delete_class().await;
    assert_eq!(callers(&world, since), [first], "what stopped stays silent");
    assert!(stock::of_class(world.aws(), &place.class).is_empty());
}

fn leases(client: &Client) -> Api<Lease> {
    Api::namespaced(client.clone(), "default")
}

async fn holder_is(client: &Client, pod: &str) {
    eventually(&leases(client), "gatewayed", &format!("{pod} holds it"), |lease: &Lease| {
        lease.spec.as_ref().and_then(|spec| spec.holder_identity.as_deref()) == Some(pod)
    })
    .await;
}

/// Waits until the operators have logged `text` so many times.
async fn logged(world: &World, text: &str, times: usize) {
    until(&format!("{text:?} is logged {times} times"), || async {
        let log = std::fs::read_to_string(&world.log).expect("a log");
        let found = log.matches(text).count();
        if found >= times { Ok(()) } else { Err(format!("{found} times")) }
    })
    .await;
}

/// Whose access keys AWS has seen since `since`.
fn callers(world: &World, since: u64) -> Vec<String> {
    let keys: BTreeSet<String> = world.calls_since(since).into_iter().map(|call| call.access_key).collect();
    keys.into_iter().collect()
}
