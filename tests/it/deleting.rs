//! Deleting, in every order and at every moment: it ends with nothing left in AWS, or with a condition that
//! names what is in the way, in AWS's words, and what to do.

mod given_up;
mod orphans;
mod refused;
mod retained;

use gatewayed::api::{ConditionType, GatewayedService};
use k8s_openapi::api::core::v1::Namespace;
use k8s_openapi::api::events::v1::Event;
use kube::Api;
use kube::api::{DeleteParams, ListParams};
use serde_json::json;
use tokio::sync::{Mutex, MutexGuard, OnceCell};

use crate::support::operator::{Place, World, eventually, gone, until};
use crate::support::stock;

/// A world for what befalls every call, and for an operator that is away: whoever holds the turn may do it.
async fn turn() -> (&'static World, MutexGuard<'static, ()>) {
    static WORLD: OnceCell<World> = OnceCell::const_new();
    static TURN: Mutex<()> = Mutex::const_new(());
    let turn = TURN.lock().await;
    (WORLD.get_or_init(|| World::start(&[])).await, turn)
}

fn at_once() -> DeleteParams {
    DeleteParams::default()
}

/// A service of the place is to go; nobody waits for it.
async fn delete(place: &Place, service: &str) {
    place.services().delete(service, &at_once()).await.expect("deleted");
}

/// The class is to go; nobody waits for it.
async fn delete_class(place: &Place) {
    place.classes().delete(&place.class, &at_once()).await.expect("deleted");
}

/// Waits for the latest event of that reason on the object of that name, and returns its note.
async fn events(place: &Place, namespace: &str, name: &str, reason: &str) -> String {
    let api = Api::<Event>::namespaced(place.client.clone(), namespace);
    until(&format!("there is an event {reason} on {name}"), || async {
        let all = api.list(&ListParams::default()).await.expect("events").items;
        let about = |e: &&Event| {
            let regarding = e.regarding.as_ref().and_then(|about| about.name.as_deref());
            regarding == Some(name) && e.reason.as_deref() == Some(reason)
        };
        let notes: Vec<String> = all.iter().filter(about).filter_map(|e| e.note.clone()).collect();
        notes.into_iter().last().ok_or("none".to_owned())
    })
    .await
}

fn nothing_left(world: &World, place: &Place) {
    let left = stock::of_class(world.aws(), &place.class);
    assert!(left.is_empty(), "{left:#?}");
}

#[tokio::test]
async fn a_namespace_and_its_class_deleted_at_once_leave_nothing() {
    let (world, _turn) = turn().await;
    let place = world.class("all-at-once", |_| ()).await;
    for name in ["one", "two", "three"] {
        place.service(name, |_| ()).await;
    }
    for name in ["one", "two", "three"] {
        place.ready(name).await;
    }
    let namespaces = Api::<Namespace>::all(place.client.clone());
    delete_class(&place).await;
    namespaces.delete(&place.namespace, &at_once()).await.expect("deleted");
    gone(&place.classes(), &place.class).await;
    gone(&namespaces, &place.namespace).await;
    nothing_left(world, &place);
}

/// Makes a class with a service and deletes both once `calls` have changed something in AWS.
async fn deleted_after(world: &World, calls: usize) {
    let since = world.aws().recorder().latest();
    let place = world.class("half", |_| ()).await;
    place.service("app", |_| ()).await;
    until(&format!("{calls} calls have changed something"), || async {
        let made = world.calls_since(since).iter().filter(|c| c.mutating() && c.succeeded()).count();
        if made >= calls || place.is_ready("app").await { Ok(()) } else { Err(format!("{made}")) }
    })
    .await;
    delete(&place, "app").await;
    delete_class(&place).await;
    gone(&place.services(), "app").await;
    gone(&place.classes(), &place.class).await;
    nothing_left(world, &place);
}

#[tokio::test]
async fn what_is_half_made_goes_without_a_trace() {
    let (world, _turn) = turn().await;
    for calls in [2, 9] {
        deleted_after(world, calls).await;
    }
}

#[tokio::test]
#[ignore = "takes minutes: make torture"]
async fn what_is_deleted_after_any_of_its_first_calls_goes_without_a_trace() {
    let (world, _turn) = turn().await;
    let most = 30;
    for calls in 0..=most {
        deleted_after(world, calls).await;
    }
    crate::support::figures::figure(
        "Deleting",
        "Deleted after each of the first calls",
        format!("0 to {most}"),
    );
}

#[tokio::test]
async fn what_is_deleted_while_the_operator_is_away_goes_when_it_is_back() {
    let (world, _turn) = turn().await;
    let place = world.class("away", |_| ()).await;
    place.service("orders", |_| ()).await;
    place.service("carts", |_| ()).await;
    place.ready("orders").await;
    place.ready("carts").await;
    world.kill();
    delete_class(&place).await;
    delete(&place, "carts").await;
    delete(&place, "orders").await;
    // Meanwhile a hand was faster with a part of it.
    let things = stock::of_class(world.aws(), &place.class);
    for route in stock::ids(&things, "route") {
        let api = stock::ids(&things, "HTTP API")[0];
        let input = json!({"ApiId": api, "RouteId": route});
        world.by_hand("apigatewayv2", "DeleteRoute", &input).expect("deleted");
    }
    for balancer in stock::ids(&things, "load balancer") {
        let input = json!({"LoadBalancerArn": balancer});
        world.by_hand("elbv2", "DeleteLoadBalancer", &input).expect("deleted");
    }
    world.launch();
    gone(&place.services(), "orders").await;
    gone(&place.services(), "carts").await;
    gone(&place.classes(), &place.class).await;
    nothing_left(world, &place);
}

#[tokio::test]
#[ignore = "takes minutes: make torture"]
async fn a_class_that_goes_while_a_service_is_made_names_it_and_goes_after_it_however_it_is_edited() {
    let (world, _turn) = turn().await;
    let mut applied = json!(null);
    let place = world.class("overtaken", |class| applied = class.clone()).await;
    place.service("late", |_| ()).await;
    eventually(&place.services(), "late", "the class serves it", |s: &GatewayedService| {
        s.status.as_ref().is_some_and(|status| status.class_name.is_some())
    })
    .await;
    delete_class(&place).await;
    let said = place.class_says(ConditionType::Ready, "ServicesLeft").await;
    assert!(said.contains(&format!("{}/late", place.namespace)), "{said}");

    // An object that goes can still be edited: another pool, then something that is refused.
    applied["spec"]["loadBalancer"]["network"]["max"] = json!(2);
    applied["spec"]["tags"] = json!({"team": "platform"});
    place.apply_class(&applied).await;
    applied["spec"]["network"]["subnets"] = json!({"tags": {"tier": "no such"}});
    place.apply_class(&applied).await;
    place.class_says(ConditionType::Ready, "ServicesLeft").await;
    delete(&place, "late").await;
    gone(&place.services(), "late").await;
    gone(&place.classes(), &place.class).await;
    nothing_left(world, &place);
}

/// A world of its own: what goes here others would miss.
#[tokio::test]
#[ignore = "takes minutes: make torture"]
async fn a_class_whose_network_is_gone_goes_too() {
    let world = World::start(&[]).await;
    let place = world.class("no-network", |_| ()).await;
    place.service("app", |_| ()).await;
    place.ready("app").await;
    world.kill();
    world.aws().with_world(|w| {
        let ec2 = &mut w.call(awsim::seed::ACCOUNT, awsim::seed::REGION).region.ec2;
        for subnet in ec2.subnets.values_mut() {
            subnet.tags.clear();
        }
        ec2.vpcs.values_mut().for_each(|vpc| vpc.tags.clear());
    });
    delete(&place, "app").await;
    delete_class(&place).await;
    world.launch();
    gone(&place.services(), "app").await;
    gone(&place.classes(), &place.class).await;
    nothing_left(&world, &place);
}
