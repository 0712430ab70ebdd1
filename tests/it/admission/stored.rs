//! What is in etcd need not be what the definitions allow: an object that does not parse fails alone.

use kube::api::{Api, ListParams};
use kube::core::DeserializeGuard;
use serde_json::json;

use gatewayed::api::GatewayedService;

use super::objects::{apply, service};
use crate::support;

#[tokio::test]
async fn a_stored_object_that_does_not_parse_fails_alone() {
    let client = support::client().await;
    let ns = support::namespace(&client, "stored").await;
    apply(&client, &ns, &service(json!({}))).await.unwrap();
    let broken = json!({
        "apiVersion": "gatewayed.io/v1alpha1",
        "kind": "GatewayedService",
        "metadata": {
            "name": "broken", "namespace": ns, "uid": "1c5b0c4e-3b0f-4c55-9a53-2f4f4a3f5a10", "generation": 1,
            "creationTimestamp": "2026-01-01T00:00:00Z",
        },
        "spec": {"image": "x", "port": "three thousand", "replicas": 2},
    });
    support::etcd::put(support::lab().await, "gatewayedservices", &ns, "broken", &broken).await;

    let api: Api<DeserializeGuard<GatewayedService>> = Api::namespaced(client, &ns);
    // The list is read from etcd itself, not from a cache that may lag behind.
    let list = api.list(&ListParams::default()).await.unwrap();
    let mut good = Vec::new();
    let mut bad = Vec::new();
    for guard in list.items {
        match guard.0 {
            Ok(object) => good.push(object),
            Err(why) => bad.push(why),
        }
    }
    assert_eq!((good.len(), bad.len()), (1, 1));
    let why = &bad[0];
    assert_eq!(why.metadata.name.as_deref(), Some("broken"));
    assert!(why.error.to_string().contains("three thousand"), "{}", why.error);
}
