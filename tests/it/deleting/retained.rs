//! `deletionPolicy: Retain`: an object goes, what it has in AWS stays but for its targets, and an object of the
//! same name takes it back.

use gatewayed::api::{ConditionType, GatewayedService};
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};

use super::{delete, events, nothing_left, turn};
use crate::support::operator::{Place, World, gone, until};
use crate::support::stock::{self, Thing};

fn retain(class: &mut Value) {
    class["spec"]["deletionPolicy"] = json!("Retain");
}

/// What changed AWS since then, by operation, and went well.
fn changes(world: &World, since: u64) -> Vec<String> {
    let calls = world.calls_since(since);
    calls.into_iter().filter(|c| c.mutating() && c.succeeded()).map(|c| c.operation).collect()
}

/// No target of the group gets requests.
fn no_targets(world: &World, things: &[Thing]) {
    for group in stock::ids(things, "target group") {
        let live = stock::region(world.aws(), |region| {
            let targets = region.elbv2.target_groups[group].targets.values();
            targets.filter(|target| target.draining_until.is_none()).count()
        });
        assert_eq!(live, 0, "{group}");
    }
}

fn url(service: &GatewayedService) -> String {
    service.status.as_ref().and_then(|s| s.url.clone()).expect("a URL")
}

async fn answers(world: &World, url: &str, path: &str, image: &str) {
    until(&format!("GET {path} is answered by {image}"), || async {
        let (status, body) = world.get(url, path).await;
        if status == 200 && body["image"] == image { Ok(()) } else { Err(format!("{status} {body}")) }
    })
    .await;
}

/// Sets the class's policy.
async fn policy(place: &Place, policy: &str) {
    let patch = Patch::Merge(json!({"spec": {"deletionPolicy": policy}}));
    place.classes().patch(&place.class, &PatchParams::default(), &patch).await.expect("patched");
}

#[tokio::test]
async fn what_is_retained_stays_as_it_is_and_is_taken_back_without_being_made_again() {
    let (world, _turn) = turn().await;
    let mut class = json!(null);
    let place = world
        .class("retained", |object| {
            retain(object);
            class = object.clone();
        })
        .await;
    let service = place.service("orders", |_| ()).await;
    let address = url(&place.ready("orders").await);
    let before = stock::of_class(world.aws(), &place.class);

    for restarted in [false, true] {
        let since = world.aws().recorder().latest();
        place.delete_service("orders").await;
        place.delete_class().await;
        assert_eq!(stock::of_class(world.aws(), &place.class), before);
        no_targets(world, &before);
        let made = changes(world, since);
        assert!(!made.is_empty() && made.iter().all(|call| call == "DeregisterTargets"), "{made:?}");
        let of_class = events(&place, "default", &place.class, "Retained").await;
        assert!(
            of_class.contains("deletionPolicy is Retain") && of_class.contains("1 HTTP API"),
            "{of_class}"
        );
        let of_service = events(&place, &place.namespace, "orders", "Retained").await;
        for word in ["1 listener", "1 route", "the id test", "gatewayed sweep"] {
            assert!(of_service.contains(word), "no \"{word}\" in: {of_service}");
        }

        if restarted {
            world.kill();
            world.launch();
        }
        let since = world.aws().recorder().latest();
        place.apply_class(&class).await;
        place.apply_service(&service).await;
        place.ready("orders").await;
        answers(world, &address, "/orders/1", "registry.example.com/orders:v1").await;
        assert_eq!(stock::of_class(world.aws(), &place.class), before);
        let made = changes(world, since);
        assert!(made.iter().any(|call| call == "RegisterTargets"), "{made:?}");
        let kept = |call: &&String| call.starts_with("Modify") || *call == "RegisterTargets";
        assert!(made.iter().all(|call| kept(&call)), "{made:?}");
    }

    policy(&place, "Delete").await;
    place.delete_service("orders").await;
    place.delete_class().await;
    nothing_left(world, &place);
}

/// The class lives on: what the service left holds its port and its routes.
#[tokio::test]
#[ignore = "takes minutes: make torture"]
async fn what_a_retained_service_left_is_given_to_no_other_until_it_is_back() {
    let (world, _turn) = turn().await;
    let place = world.class("left", retain).await;
    let orders = place.service("orders", |_| ()).await;
    let ready = place.ready("orders").await;
    let (address, spot) = (url(&ready), ready.status.as_ref().and_then(|s| s.placement));
    place.delete_service("orders").await;
    let mine = format!("{}/orders", place.namespace);
    let before = stock::of_service(world.aws(), &place.class, &mine);
    no_targets(world, &before);

    place.service("heir", |service| service["spec"]["routes"] = orders["spec"]["routes"].clone()).await;
    let said = place.service_says("heir", ConditionType::RoutesProgrammed, "RouteConflict").await;
    for word in ["GET /orders/{id} belongs to", &mine, "left it in AWS", "gatewayed sweep --delete"] {
        assert!(said.contains(word), "no \"{word}\" in: {said}");
    }
    let heir = until("it has a place", || async {
        let heir = place.services().get("heir").await.expect("the service");
        heir.status.as_ref().and_then(|s| s.placement).ok_or("none".to_owned())
    })
    .await;
    assert_ne!(Some(heir), spot);
    assert_eq!(stock::of_service(world.aws(), &place.class, &mine), before, "nothing of it was touched");

    place.apply_service(&orders).await;
    let back = place.ready("orders").await;
    assert_eq!(back.status.as_ref().and_then(|s| s.placement), spot);
    answers(world, &address, "/orders/1", "registry.example.com/orders:v1").await;
    assert_eq!(stock::of_service(world.aws(), &place.class, &mine), before);

    // The value at the moment of deletion counts.
    policy(&place, "Delete").await;
    place.delete_service("orders").await;
    assert_eq!(stock::of_service(world.aws(), &place.class, &mine), []);
    place.ready("heir").await;
    answers(world, &address, "/orders/1", "registry.example.com/heir:v1").await;
    place.delete_service("heir").await;
    place.delete_class().await;
    nothing_left(world, &place);
}

/// Deregistering is refused: the service stays until its pods are out, since their addresses go to others.
#[tokio::test]
#[ignore = "takes minutes: make torture"]
async fn a_retained_service_stays_until_its_pods_are_deregistered() {
    use awsim::weather::{Effect, Rule};
    let (world, _turn) = turn().await;
    let place = world.class("registered", retain).await;
    place.service("app", |_| ()).await;
    place.ready("app").await;
    world.aws().weather().set(0, vec![Rule::of("elbv2", "DeregisterTargets", Effect::AccessDenied)]);
    delete(&place, "app").await;
    let said = place.service_says("app", ConditionType::Ready, "AccessDenied").await;
    assert!(said.contains("elasticloadbalancing:DeregisterTargets"), "{said}");
    world.aws().weather().clear();
    gone(&place.services(), "app").await;
    no_targets(world, &stock::of_class(world.aws(), &place.class));

    policy(&place, "Delete").await;
    let app = place.service("app", |_| ()).await;
    place.apply_service(&app).await;
    place.delete_service("app").await;
    place.delete_class().await;
    nothing_left(world, &place);
}
