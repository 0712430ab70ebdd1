//! What `kubectl get` shows, and names it is asked by.

use std::process::Command;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::api::{Api, ListParams};
use serde_json::json;

use gatewayed::api::condition::Condition;
use gatewayed::api::{ConditionType, GatewayedService, Reason};

use super::objects::{apply, class, service, set_status};
use crate::support;

/// The words of each line that kubectl prints for `arguments`.
async fn kubectl(arguments: &[&str]) -> Vec<Vec<String>> {
    let kubeconfig = support::lab().await.kubeconfig().to_owned();
    let arguments: Vec<String> = arguments.iter().map(|a| (*a).to_owned()).collect();
    let run = move || {
        let kubectl = lab::tools::kubectl().expect("kubectl");
        Command::new(kubectl).args(arguments).env("KUBECONFIG", kubeconfig).output().expect("kubectl runs")
    };
    let output = tokio::task::spawn_blocking(run).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|l| l.split_whitespace().map(str::to_owned).collect()).collect()
}

fn condition(type_: ConditionType, holds: bool, reason: Reason) -> Condition {
    let now = Time(k8s_openapi::jiff::Timestamp::UNIX_EPOCH);
    Condition::new(type_, holds.into(), reason, "A sentence.", Some(1), now)
}

#[tokio::test]
async fn kubectl_get_shows_what_a_service_has_come_to() {
    let client = support::client().await;
    let ns = support::namespace(&client, "print").await;
    let object = service(json!({}));
    apply(&client, &ns, &object).await.unwrap();
    let status = json!({
        "className": "public",
        "url": "https://a1b2c3.example.com",
        "api": "a1b2c3",
        "targets": {"healthy": 2, "registered": 3, "summary": "2/3"},
        "placement": {"nlb": 1, "port": 10007},
        "conditions": [
            condition(ConditionType::Ready, false, Reason::Registering),
            condition(ConditionType::NetworkLocked, true, Reason::Locked),
        ],
    });
    set_status(&client, &ns, &object, status).await.unwrap();

    let lines = kubectl(&["get", "gws", "-n", &ns]).await;
    assert_eq!(lines[0], ["NAME", "URL", "READY", "REASON", "HEALTHY", "CLASS", "AGE"]);
    let shown = &lines[1][..6];
    assert_eq!(shown, ["orders", "https://a1b2c3.example.com", "False", "Registering", "2/3", "public"]);
    let lines = kubectl(&["get", "gws", "-n", &ns, "-o", "wide"]).await;
    let header = ["NAME", "URL", "READY", "REASON", "HEALTHY", "CLASS", "API", "LISTENER", "LOCKED", "AGE"];
    assert_eq!(lines[0], header);
    assert_eq!(lines[1][6..9], ["a1b2c3", "10007", "True"]);
    let lines = kubectl(&["get", "gatewayed", "-n", &ns, "-o", "name"]).await;
    assert!(lines.iter().flatten().any(|n| n == "gatewayedservice.gatewayed.io/orders"), "{lines:?}");
}

#[tokio::test]
async fn kubectl_get_shows_what_a_class_has_come_to() {
    let client = support::client().await;
    let object = class(json!({"metadata": {"name": "printed"}}));
    apply(&client, "", &object).await.unwrap();
    let status = json!({
        "url": "https://a1b2c3.example.com",
        "services": 12,
        "conditions": [condition(ConditionType::Ready, true, Reason::Ready)],
    });
    set_status(&client, "", &object, status).await.unwrap();
    let lines = kubectl(&["get", "gwsc", "printed"]).await;
    assert_eq!(lines[0], ["NAME", "URL", "READY", "REASON", "SERVICES", "REGION", "AGE"]);
    let shown = &lines[1][..6];
    assert_eq!(shown, ["printed", "https://a1b2c3.example.com", "True", "Ready", "12", "eu-central-1"]);
}

#[tokio::test]
async fn services_are_found_by_class_name() {
    let client = support::client().await;
    let ns = support::namespace(&client, "select").await;
    for (name, class) in [("a", "public"), ("b", "internal")] {
        let object = service(json!({"metadata": {"name": name}, "spec": {"className": class}}));
        apply(&client, &ns, &object).await.unwrap();
    }
    let api: Api<GatewayedService> = Api::namespaced(client, &ns);
    let found = api.list(&ListParams::default().fields("spec.className=internal")).await.unwrap();
    let names: Vec<_> = found.items.iter().map(kube::ResourceExt::name_any).collect();
    assert_eq!(names, ["b"]);
}

#[tokio::test]
async fn two_writers_of_conditions_do_not_undo_each_other() {
    let client = support::client().await;
    let ns = support::namespace(&client, "merge").await;
    let object = service(json!({}));
    apply(&client, &ns, &object).await.unwrap();
    let ready = json!({"conditions": [condition(ConditionType::Ready, true, Reason::Ready)]});
    set_status(&client, &ns, &object, ready).await.unwrap();
    let other = json!({
        "apiVersion": object["apiVersion"], "kind": object["kind"],
        "status": {"conditions": [{
            "type": "Audited", "status": "True", "reason": "Seen", "message": "",
            "lastTransitionTime": "2026-01-01T00:00:00Z",
        }]},
    });
    let api: Api<GatewayedService> = Api::namespaced(client, &ns);
    let params = kube::api::PatchParams::apply("someone-else");
    let stored = api.patch_status("orders", &params, &kube::api::Patch::Apply(&other)).await.unwrap();
    let types: Vec<String> = stored.status.unwrap().conditions.into_iter().map(|c| c.type_).collect();
    assert_eq!(types, ["Ready", "Audited"], "conditions merge by type, and an unknown type parses");
}
