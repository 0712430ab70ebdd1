//! The annotation by which an admin lets an object go although AWS holds something of it, and the sweep that
//! finds and deletes what is left then.

use std::process::Command;

use awsim::weather::{Effect, Rule};
use gatewayed::api::{ConditionType, marks};
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};

use super::{delete, delete_class, events, nothing_left, turn};
use crate::support::operator::{Place, World, gone};
use crate::support::stock::{self, CLUSTER};

/// Runs `gatewayed sweep` with these flags; its exit code and the orphans that it tells of.
async fn sweep(world: &World, flags: &[&str]) -> (i32, Vec<Value>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatewayed"));
    command
        .args(["sweep", "--cluster-id", CLUSTER, "--output", "json"])
        .args(flags)
        .env("GATEWAYED_TIME_SCALE", crate::support::operator::SCALE.to_string())
        .envs(world.lab.env());
    let output =
        tokio::task::spawn_blocking(move || command.output()).await.expect("joined").expect("it runs");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let code = output.status.code().unwrap_or(-1);
    assert_ne!(code, 1, "{told}");
    let value: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {told}"));
    (code, value["orphans"].as_array().expect("orphans").clone())
}

fn of_class<'a>(orphans: &'a [Value], class: &str) -> Vec<&'a Value> {
    orphans.iter().filter(|orphan| orphan["class"] == class).collect()
}

async fn annotate(place: &Place, service: &str, value: Value) {
    let patch = Patch::Merge(json!({"metadata": {"annotations": {marks::GIVE_UP: value}}}));
    place.services().patch(service, &PatchParams::default(), &patch).await.expect("patched");
}

#[tokio::test]
async fn what_is_given_up_goes_and_says_what_is_left_and_a_sweep_deletes_that() {
    let (world, _turn) = turn().await;
    let place = world.class("given-up", |_| ()).await;
    place
        .service("app", |service| {
            service["metadata"]["annotations"] = json!({marks::GIVE_UP: "true"});
        })
        .await;
    place.ready("app").await;
    place.service("other", |_| ()).await;
    place.ready("other").await;
    // Without a deletion the annotation does nothing.
    annotate(&place, "app", json!(null)).await;
    let mine = format!("{}/app", place.namespace);
    let before = stock::of_service(world.aws(), &place.class, &mine);
    assert_eq!(before.len(), 4, "{before:?}");

    world.aws().weather().set(0, vec![Rule::all(Effect::Reset)]);
    delete(&place, "app").await;
    annotate(&place, "app", json!("true")).await;
    gone(&place.services(), "app").await;
    world.aws().weather().clear();
    assert_eq!(stock::of_service(world.aws(), &place.class, &mine), before);
    let note = events(&place, &place.namespace, "app", "OwnershipGivenUp").await;
    for word in ["4 objects", "1 listener", "targetgroup/gw-", marks::GIVE_UP, "gatewayed sweep"] {
        assert!(note.contains(word), "no \"{word}\" in: {note}");
    }
    let log = std::fs::read_to_string(&world.log).expect("a log");
    let group = stock::ids(&before, "target group")[0];
    let line = log.lines().find(|line| line.contains("ownership is given up") && line.contains(&mine));
    assert!(line.is_some_and(|line| line.contains(group)), "{line:?}");

    // What is young is left alone, by a sweep, too; its class waits for it and says how to go on.
    let (code, found) = sweep(world, &["--delete"]).await;
    let found = of_class(&found, &place.class);
    assert_eq!((code, found.len()), (0, 4));
    assert!(found.iter().all(|orphan| orphan["tooYoung"] == true), "{found:?}");
    place.delete_service("other").await;
    delete_class(&place).await;
    let said = place.class_says(ConditionType::Ready, "ServicesLeft").await;
    for word in [&*mine, "not in the cluster any more", "gatewayed sweep --delete", marks::GIVE_UP] {
        assert!(said.contains(word), "no \"{word}\" in: {said}");
    }
    let (code, found) = sweep(world, &["--older-than", "0s"]).await;
    let found = of_class(&found, &place.class);
    assert_eq!((code, found.len()), (3, 4), "{found:?}");
    assert!(found.iter().all(|o| o["service"] == mine.as_str() && o["done"] == "Listed"), "{found:?}");
    let (code, found) = sweep(world, &["--older-than", "0s", "--delete"]).await;
    assert!(of_class(&found, &place.class).iter().all(|orphan| orphan["done"] == "Deleted"), "{found:#?}");
    assert_eq!(code, 0);
    gone(&place.classes(), &place.class).await;
    nothing_left(world, &place);
}

#[tokio::test]
#[ignore = "takes minutes: make torture"]
async fn a_service_without_its_class_says_so_and_can_be_given_up() {
    let (world, _turn) = turn().await;
    let place = world.class("bereft", |_| ()).await;
    place.service("app", |_| ()).await;
    place.ready("app").await;
    // Somebody takes the class away by force.
    delete_class(&place).await;
    let patch = Patch::Merge(json!({"metadata": {"finalizers": null}}));
    place.classes().patch(&place.class, &PatchParams::default(), &patch).await.expect("patched");
    gone(&place.classes(), &place.class).await;
    delete(&place, "app").await;
    let said = place.service_says("app", ConditionType::Ready, "UnknownClass").await;
    for word in [&*place.class, "Create the class again", marks::GIVE_UP] {
        assert!(said.contains(word), "no \"{word}\" in: {said}");
    }
    // What a service's class keeps is in use as long as the service is there.
    let (_, found) = sweep(world, &["--region", "eu-central-1", "--older-than", "0s"]).await;
    assert!(of_class(&found, &place.class).is_empty(), "{found:#?}");

    annotate(&place, "app", json!("true")).await;
    gone(&place.services(), "app").await;
    let note = events(&place, &place.namespace, "app", "OwnershipGivenUp").await;
    assert!(note.contains("4 objects"), "{note}");
    let everything = stock::of_class(world.aws(), &place.class).len();
    let flags = ["--region", "eu-central-1", "--older-than", "0s", "--delete"];
    let (code, found) = sweep(world, &flags).await;
    let found = of_class(&found, &place.class);
    assert_eq!((code, found.len()), (0, everything), "{found:#?}");
    assert!(found.iter().all(|orphan| orphan["done"] == "Deleted"), "{found:#?}");
    nothing_left(world, &place);
}

/// A stranger's listener lives in our load balancer: what it needs stays, all else goes.
#[tokio::test]
#[ignore = "takes minutes: make torture"]
async fn a_sweep_of_a_cluster_that_is_gone_leaves_what_a_stranger_uses_and_says_by_what() {
    let world = World::start(&[]).await;
    let place = world.class("torn-down", |_| ()).await;
    place.service("app", |_| ()).await;
    place.ready("app").await;
    world.kill();
    let things = stock::of_class(world.aws(), &place.class);
    let balancer = stock::ids(&things, "load balancer")[0].to_owned();
    let group = json!({"Name": "somebodys", "Protocol": "TCP", "Port": 80, "VpcId": awsim::seed::VPC,
        "TargetType": "ip"});
    let group = world.by_hand("elbv2", "CreateTargetGroup", &group).expect("a target group");
    let group = group["TargetGroups"][0]["TargetGroupArn"].as_str().expect("an ARN").to_owned();
    let listener = json!({"LoadBalancerArn": balancer, "Protocol": "TCP", "Port": 9999,
        "DefaultActions": [{"Type": "forward", "TargetGroupArn": group}]});
    let listener = world.by_hand("elbv2", "CreateListener", &listener).expect("a listener");
    let listener = listener["Listeners"][0]["ListenerArn"].as_str().expect("an ARN").to_owned();

    let flags = ["--no-cluster", "--region", "eu-central-1", "--older-than", "0s", "--delete"];
    let (code, found) = sweep(&world, &flags).await;
    assert_eq!((code, found.len()), (3, things.len()));
    let left: Vec<&Value> = found.iter().filter(|orphan| orphan["done"] == "Left").collect();
    let kinds: Vec<&str> = left.iter().filter_map(|orphan| orphan["kind"].as_str()).collect();
    assert_eq!(kinds, ["SecurityGroup", "LoadBalancer"], "{left:#?}");
    assert!(left[1]["why"].as_str().is_some_and(|why| why.contains(&listener)), "{left:#?}");
    assert!(stock::region(world.aws(), |r| r.elbv2.listeners.contains_key(&listener)), "never touched");
    world.by_hand("elbv2", "DeleteListener", &json!({"ListenerArn": listener})).expect("deleted");
    let (code, _) = sweep(&world, &flags).await;
    assert_eq!(code, 0);
    nothing_left(&world, &place);
}
