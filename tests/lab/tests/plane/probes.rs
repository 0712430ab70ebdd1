//! Probes and what follows from them.

use kube::api::{Patch, PatchParams};
use serde_json::json;

use crate::shared::{container, create_pod, get, has, lab, namespace, until};

#[tokio::test]
async fn a_slow_start_is_unready_until_it_listens() {
    let client = namespace("slow-start").await;
    let probe = json!({"httpGet": {"path": "/healthz", "port": 3000}, "periodSeconds": 1});
    let app = json!({"image": "app:slow-start-60s", "readinessProbe": probe});
    let began = lab().await.clock().now();
    let pods = create_pod(&client, "slow-start", "app", app, json!({})).await;
    let running = until(&pods, "app", |p| container(p).is_some_and(|c| c.started == Some(true))).await;
    assert!(!has(&running, "Ready"));
    assert!(get(&running, "/").await.is_err(), "nothing listens yet");
    let ready = until(&pods, "app", |p| has(p, "Ready")).await;
    assert!(lab().await.clock().now().since(began).as_secs() >= 60);
    assert_eq!(get(&ready, "/").await.unwrap().0, 200);
}

#[tokio::test]
async fn a_startup_probe_holds_back_liveness_and_restarts_what_never_starts() {
    let client = namespace("startup").await;
    let get_health = json!({"path": "/healthz", "port": 3000});
    let app = json!({
        "image": "app:never-ready",
        "startupProbe": {"httpGet": get_health, "periodSeconds": 2, "failureThreshold": 3},
        "livenessProbe": {"httpGet": get_health, "periodSeconds": 1, "failureThreshold": 1},
    });
    let pods = create_pod(&client, "startup", "app", app, json!({"terminationGracePeriodSeconds": 2})).await;
    let restarted = until(&pods, "app", |p| container(p).is_some_and(|c| c.restart_count == 1)).await;
    assert_eq!(container(&restarted).unwrap().started, Some(false));
}

#[tokio::test]
async fn a_pod_that_turns_unhealthy_is_taken_out_then_restarted_by_its_liveness_probe() {
    let client = namespace("liveness").await;
    let get_health = json!({"path": "/healthz", "port": 3000});
    let app = json!({
        "image": "app:1",
        "readinessProbe": {"httpGet": get_health, "periodSeconds": 1, "failureThreshold": 1},
        "livenessProbe": {"httpGet": get_health, "periodSeconds": 30, "failureThreshold": 3},
    });
    let pods = create_pod(&client, "liveness", "app", app, json!({})).await;
    until(&pods, "app", |p| has(p, "Ready")).await;
    let controls = lab().await.pods().unwrap();
    controls.set_unhealthy("liveness", "app", true);
    let unready = until(&pods, "app", |p| !has(p, "Ready")).await;
    assert_eq!(container(&unready).unwrap().restart_count, 0);
    assert_eq!(get(&unready, "/").await.unwrap().0, 503);
    until(&pods, "app", |p| container(p).is_some_and(|c| c.restart_count == 1)).await;
    controls.set_unhealthy("liveness", "app", false);
    until(&pods, "app", |p| has(p, "Ready")).await;
}

#[tokio::test]
async fn a_pod_with_a_readiness_gate_is_ready_when_someone_says_so() {
    let client = namespace("gate").await;
    let gate = json!({"readinessGates": [{"conditionType": "example.com/target"}]});
    let pods = create_pod(&client, "gate", "app", json!({"image": "app:1"}), gate).await;
    let waiting = until(&pods, "app", |p| has(p, "ContainersReady")).await;
    assert!(!has(&waiting, "Ready"));
    let condition = json!({"type": "example.com/target", "status": "True"});
    let patch = Patch::Strategic(json!({"status": {"conditions": [condition]}}));
    pods.patch_status("app", &PatchParams::default(), &patch).await.unwrap();
    until(&pods, "app", |p| has(p, "Ready") && has(p, "example.com/target")).await;
}
