//! What may not change once it is in use.

use serde_json::{Value, json};

use super::objects::{all_changes_refused, apply, class, dry_run, message, service, set_status};
use crate::support;

fn named(name: Option<&str>) -> Value {
    service(json!({"spec": {"className": name}}))
}

#[tokio::test]
async fn a_class_name_is_free_until_the_class_is_found_and_fixed_from_then_on() {
    let client = support::client().await;
    let ns = support::namespace(&client, "latch").await;
    apply(&client, &ns, &named(Some("publik"))).await.unwrap();
    apply(&client, &ns, &named(None)).await.unwrap();
    apply(&client, &ns, &named(Some("public"))).await.unwrap();
    set_status(&client, &ns, &named(None), json!({"className": "public"})).await.unwrap();

    let removed = message(apply(&client, &ns, &named(None)).await);
    assert!(removed.contains("spec.className cannot be removed once the class is resolved"), "{removed}");
    let changed = message(apply(&client, &ns, &named(Some("other"))).await);
    assert!(changed.contains("spec.className cannot differ from status.className"), "{changed}");
    apply(&client, &ns, &service(json!({"spec": {"className": "public", "port": 3001}}))).await.unwrap();
}

#[tokio::test]
async fn a_service_of_the_default_class_can_name_that_class_and_no_other() {
    let client = support::client().await;
    let ns = support::namespace(&client, "default-class").await;
    apply(&client, &ns, &named(None)).await.unwrap();
    set_status(&client, &ns, &named(None), json!({"className": "public"})).await.unwrap();
    let changed = message(apply(&client, &ns, &named(Some("other"))).await);
    assert!(changed.contains("delete the service and create it anew to change its class"), "{changed}");
    apply(&client, &ns, &named(Some("public"))).await.unwrap();
}

#[tokio::test]
async fn account_region_and_vpc_are_fixed_once_the_network_is_found() {
    let client = support::client().await;
    let object = |spec: Value| class(json!({"metadata": {"name": "moving"}, "spec": spec}));
    apply(&client, "", &object(json!({"region": "eu-west-1"}))).await.unwrap();
    let fixed = json!({"account": "123456789012"});
    apply(&client, "", &object(fixed.clone())).await.unwrap();
    let network = json!({"network": {"vpc": "vpc-0a1", "subnets": []}});
    set_status(&client, "", &object(json!({})), network).await.unwrap();

    let with = |change: Value| {
        let mut spec = fixed.clone();
        super::objects::merge(&mut spec, change);
        object(spec)
    };
    let table = vec![
        (
            with(json!({"account": null})),
            "spec.account cannot change once the network is found; create another class",
        ),
        (with(json!({"account": "210987654321"})), "spec.account cannot change once the network is found"),
        (with(json!({"region": "eu-west-1"})), "spec.region cannot change once the network is found"),
        (
            with(json!({"network": {"vpc": {"id": "vpc-0a2"}}})),
            "spec.network.vpc cannot change once the network is found",
        ),
        (
            with(json!({"network": {"vpc": {"id": null, "tags": {"a": "b"}}}})),
            "spec.network.vpc cannot change",
        ),
    ];
    all_changes_refused(&client, "", table).await;
    dry_run(&client, "", &with(json!({"network": {"subnets": {"tags": {"tier": "other"}}}}))).await.unwrap();
}

#[tokio::test]
async fn a_stage_is_fixed_and_listener_ports_only_grow() {
    let client = support::client().await;
    let object = |spec: Value| class(json!({"metadata": {"name": "growing"}, "spec": spec}));
    let ports = |from: u16, to: u16| {
        object(json!({"loadBalancer": {"network": {"listenerPorts": {"from": from, "to": to}}}}))
    };
    apply(&client, "", &ports(10010, 10020)).await.unwrap();
    let grow = "loadBalancer.network.listenerPorts (10000 to 10049 when absent) may only grow; listeners use the ports";
    let stage = "api.stage is immutable; create another class";
    let with_stage = |stage: &str| {
        let mut changed = ports(10010, 10020);
        changed["spec"]["api"]["stage"] = json!(stage);
        changed
    };
    let table = vec![(ports(10011, 10020), grow), (ports(10010, 10019), grow), (with_stage("v1"), stage)];
    all_changes_refused(&client, "", table).await;
    dry_run(&client, "", &with_stage("$default")).await.unwrap();
    apply(&client, "", &ports(10005, 10025)).await.unwrap();
    let all_ports = object(json!({"loadBalancer": {"network": {"crossZone": true}}}));
    apply(&client, "", &all_ports).await.unwrap();
    all_changes_refused(&client, "", vec![(ports(10005, 10025), grow)]).await;
}

#[tokio::test]
async fn a_status_that_breaks_the_latch_is_refused_too() {
    let client = support::client().await;
    let ns = support::namespace(&client, "status").await;
    apply(&client, &ns, &named(Some("public"))).await.unwrap();
    let answer = set_status(&client, &ns, &named(None), json!({"className": "other"})).await;
    assert!(message(answer).contains("spec.className cannot differ from status.className"));
}
