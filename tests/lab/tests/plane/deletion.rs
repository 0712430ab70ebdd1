//! The end of pods, on a lab whose clock the test drives.

use std::time::Duration;

use awsim::clock::{Clock, SimTime};
use futures::{StreamExt, TryStreamExt};
use k8s_openapi::api::core::v1::{Event, Pod};
use kube::api::DeleteParams;
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, Client};
use lab::{Lab, LabConfig};
use serde_json::json;

use crate::shared::{create_pod, get, has, new_namespace, until, until_gone};

async fn frozen() -> (Lab, Clock) {
    let clock = Clock::manual(SimTime(1_000_000));
    let config = LabConfig { clock: clock.clone(), aws: None, ..LabConfig::default() };
    (Lab::start(config).await.unwrap(), clock)
}

/// Deletes the pod and waits until the kubelet has begun to stop it.
async fn delete(client: &Client, namespace: &str, pods: &Api<Pod>) -> Pod {
    pods.delete("app", &DeleteParams::default()).await.unwrap();
    let events: Api<Event> = Api::namespaced(client.clone(), namespace);
    let mut events = watcher(events, watcher::Config::default()).applied_objects().boxed();
    while let Some(event) = events.try_next().await.unwrap() {
        if event.reason.as_deref() == Some("Killing") {
            break;
        }
    }
    pods.get("app").await.unwrap()
}

#[tokio::test]
async fn a_deleted_pod_serves_through_its_pre_stop_sleep_and_is_gone_after_it() {
    let (lab, clock) = frozen().await;
    let client = lab.client().unwrap();
    new_namespace(&client, "drain").await;
    let app = json!({"image": "app:1", "lifecycle": {"preStop": {"sleep": {"seconds": 300}}}});
    let grace = json!({"terminationGracePeriodSeconds": 330});
    let pods = create_pod(&client, "drain", "app", app, grace).await;
    until(&pods, "app", |p| has(p, "Ready")).await;
    let ending = delete(&client, "drain", &pods).await;
    clock.advance(Duration::from_secs(299));
    assert_eq!(get(&ending, "/").await.unwrap().0, 200, "the hook sleeps for one more second");
    assert!(has(&pods.get("app").await.unwrap(), "Ready"));
    clock.advance(Duration::from_secs(1));
    until_gone(&pods, "app").await;
    assert!(get(&ending, "/").await.is_err());
}

#[tokio::test]
async fn a_pod_that_ignores_sigterm_is_killed_when_its_grace_is_over() {
    let (lab, clock) = frozen().await;
    let client = lab.client().unwrap();
    new_namespace(&client, "grace").await;
    let app = json!({"image": "app:ignores-sigterm"});
    let pods = create_pod(&client, "grace", "app", app, json!({"terminationGracePeriodSeconds": 40})).await;
    until(&pods, "app", |p| has(p, "Ready")).await;
    let ending = delete(&client, "grace", &pods).await;
    clock.advance(Duration::from_secs(39));
    assert_eq!(get(&ending, "/").await.unwrap().0, 200);
    clock.advance(Duration::from_secs(1));
    until_gone(&pods, "app").await;
    assert!(get(&ending, "/").await.is_err());
}
