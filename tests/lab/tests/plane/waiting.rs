//! Containers that cannot start, or do not stay.

use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use serde_json::json;

use crate::shared::{container, create, create_pod, get, has, lab, namespace, until, waits};

#[tokio::test]
async fn a_missing_config_map_and_secret_keep_the_container_waiting_until_they_exist() {
    let client = namespace("missing").await;
    let app = json!({"image": "app:1", "env": [
        {"name": "LEVEL", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "level"}}},
        {"name": "USER", "valueFrom": {"secretKeyRef": {"name": "db", "key": "user"}}},
        {"name": "WHO", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
    ]});
    let pods = create_pod(&client, "missing", "app", app, json!({})).await;
    let reason = |message: &str| ("CreateContainerConfigError".to_owned(), message.to_owned());
    until(&pods, "app", |p| waits(p) == reason("configmap \"settings\" not found")).await;
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"level": "info"}});
    let _: ConfigMap = create(&client, "missing", map).await;
    until(&pods, "app", |p| waits(p) == reason("secret \"db\" not found")).await;
    let secret = |key: &str| json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"}, "stringData": {(key): "orders"}});
    let _: Secret = create(&client, "missing", secret("user")).await;
    let pod = until(&pods, "app", |p| has(p, "Ready")).await;
    let env = get(&pod, "/").await.unwrap().1["env"].take();
    assert_eq!(env, json!({"LEVEL": "info", "USER": "orders", "WHO": "app"}));
}

#[tokio::test]
async fn an_absent_image_and_one_that_runs_as_root_say_so() {
    let client = namespace("images").await;
    let pods = create_pod(&client, "images", "missing", json!({"image": "app:missing"}), json!({})).await;
    until(&pods, "missing", |p| waits(p).0 == "ErrImagePull").await;
    let backed_off = until(&pods, "missing", |p| waits(p).0 == "ImagePullBackOff").await;
    assert!(waits(&backed_off).1.contains("app:missing"), "{:?}", waits(&backed_off));
    assert_eq!(backed_off.status.unwrap().phase.as_deref(), Some("Pending"));
    let non_root = json!({"securityContext": {"runAsNonRoot": true}});
    let pods = create_pod(&client, "images", "root", json!({"image": "app:as-root"}), non_root).await;
    let refused = until(&pods, "root", |p| waits(p).0 == "CreateContainerConfigError").await;
    assert!(waits(&refused).1.contains("runAsNonRoot"));
}

#[tokio::test]
async fn a_container_that_crashes_backs_off_with_its_exit_code_and_restarts_counted() {
    let client = namespace("crash").await;
    let pods = create_pod(&client, "crash", "app", json!({"image": "app:crash"}), json!({})).await;
    let pod = until(&pods, "app", |p| {
        waits(p).0 == "CrashLoopBackOff" && container(p).is_some_and(|c| c.restart_count >= 2)
    })
    .await;
    assert!(!has(&pod, "Ready"));
    assert_eq!(pod.status.as_ref().unwrap().phase.as_deref(), Some("Running"));
    let last = container(&pod).unwrap().last_state.as_ref().unwrap().terminated.clone().unwrap();
    assert_eq!((last.exit_code, last.reason.as_deref()), (1, Some("Error")));
}

#[tokio::test]
async fn a_pod_that_a_test_crashes_restarts_and_one_that_is_done_succeeds() {
    let client = namespace("ends").await;
    let pods = create_pod(&client, "ends", "app", json!({"image": "app:1"}), json!({})).await;
    until(&pods, "app", |p| has(p, "Ready")).await;
    assert!(lab().await.pods().unwrap().crash("ends", "app"));
    until(&pods, "app", |p| has(p, "Ready") && container(p).is_some_and(|c| c.restart_count == 1)).await;
    let never = json!({"restartPolicy": "Never"});
    let pods = create_pod(&client, "ends", "job", json!({"image": "job:done-after-5s"}), never).await;
    until(&pods, "job", |p| p.status.as_ref().and_then(|s| s.phase.as_deref()) == Some("Succeeded")).await;
}
