//! The metrics API and the HPA controller.

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use kube::Api;
use serde_json::json;

use crate::shared::{create, lab, namespace, until};

#[tokio::test]
async fn an_hpa_scales_up_when_its_pods_use_more_than_its_target_and_down_again() {
    let client = namespace("load").await;
    let labels = json!({"app": "orders"});
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "orders"},
        "spec": {"selector": {"matchLabels": labels}, "template": {
            "metadata": {"labels": labels},
            "spec": {"containers": [{
                "name": "app", "image": "orders:1", "resources": {"requests": {"cpu": "100m"}},
            }]},
        }},
    });
    let hpa = json!({
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "orders"},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "orders"},
            "minReplicas": 1, "maxReplicas": 4,
            "metrics": [{"type": "Resource", "resource": {
                "name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50},
            }}],
        },
    });
    let _: Deployment = create(&client, "load", deployment).await;
    let _: HorizontalPodAutoscaler = create(&client, "load", hpa).await;
    let controls = lab().await.pods().unwrap();
    controls.set_cpu("load", &[("app", "orders")], 95);
    let deployments: Api<Deployment> = Api::namespaced(client, "load");
    let ready = |d: &Deployment| d.status.as_ref().and_then(|s| s.ready_replicas);
    until(&deployments, "orders", |d| ready(d) == Some(4)).await;
    controls.set_cpu("load", &[("app", "orders")], 10);
    until(&deployments, "orders", |d| ready(d) == Some(1)).await;
}
