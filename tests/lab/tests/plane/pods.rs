//! Pods that run.

use std::collections::BTreeSet;

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{Pod, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::api::ListParams;
use kube::{Api, ResourceExt};
use serde_json::json;

use crate::shared::{create, get, namespace, until};

#[tokio::test]
async fn a_deployment_of_three_is_ready_in_three_zones_and_its_endpoints_answer() {
    let client = namespace("three").await;
    let labels = json!({"app": "orders"});
    let probe = json!({"httpGet": {"path": "/healthz", "port": "http"}, "periodSeconds": 5});
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "orders"},
        "spec": {"replicas": 3, "selector": {"matchLabels": labels}, "template": {
            "metadata": {"labels": labels},
            "spec": {
                "containers": [{
                    "name": "app", "image": "registry.example.com/shop/orders:1.4.2",
                    "ports": [{"name": "http", "containerPort": 3000}],
                    "readinessProbe": probe, "livenessProbe": probe,
                }],
                "topologySpreadConstraints": [{
                    "maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone",
                    "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {"matchLabels": labels},
                }],
            },
        }},
    });
    let service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "orders"},
        "spec": {"selector": labels, "ports": [{"port": 80, "targetPort": "http"}]},
    });
    let _: Service = create(&client, "three", service).await;
    let _: Deployment = create(&client, "three", deployment).await;
    let deployments: Api<Deployment> = Api::namespaced(client.clone(), "three");
    until(&deployments, "orders", |d| d.status.as_ref().and_then(|s| s.available_replicas) == Some(3)).await;

    let pods: Api<Pod> = Api::namespaced(client.clone(), "three");
    let mut zones = BTreeSet::new();
    let mut ips = BTreeSet::new();
    for pod in pods.list(&ListParams::default()).await.unwrap() {
        let (status, answer) = get(&pod, "/orders/42?full=1").await.unwrap();
        assert_eq!(status, 200);
        assert_eq!(answer["pod"], json!(pod.name_any()));
        assert_eq!((&answer["path"], &answer["query"]), (&json!("/orders/42"), &json!("full=1")));
        assert_eq!(answer["version"], json!("1.4.2"));
        zones.insert(answer["zone"].to_string());
        ips.insert(pod.status.unwrap().pod_ip.unwrap());
    }
    assert_eq!(zones.len(), 3, "{zones:?}");

    let slices: Api<EndpointSlice> = Api::namespaced(client, "three");
    let of_service = ListParams::default().labels("kubernetes.io/service-name=orders");
    let slice = slices.list(&of_service).await.unwrap().items.remove(0).name_any();
    let ready = |slice: &EndpointSlice| {
        let endpoints = slice.endpoints.iter();
        let ready = endpoints.filter(|e| e.conditions.as_ref().and_then(|c| c.ready) == Some(true));
        ready.flat_map(|e| e.addresses.clone()).collect::<BTreeSet<_>>()
    };
    let filled = until(&slices, &slice, |slice| ready(slice).len() == 3).await;
    assert_eq!(ready(&filled), ips);
}
