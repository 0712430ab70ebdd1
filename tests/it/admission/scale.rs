//! The scale subresource, with and without autoscaling.

use kube::api::{Api, Patch, PatchParams};
use serde_json::{Value, json};

use gatewayed::api::GatewayedService;

use super::objects::{apply, message, service, set_status};
use crate::support;

fn replicas(n: i32) -> Patch<Value> {
    Patch::Merge(json!({"spec": {"replicas": n}}))
}

#[tokio::test]
async fn a_service_is_scaled_through_the_subresource() {
    let client = support::client().await;
    let ns = support::namespace(&client, "scale").await;
    let object = service(json!({}));
    apply(&client, &ns, &object).await.unwrap();
    let status = json!({"replicas": 1, "selector": "gatewayed.io/service=orders"});
    set_status(&client, &ns, &object, status).await.unwrap();
    let api: Api<GatewayedService> = Api::namespaced(client, &ns);

    let scale = api.get_scale("orders").await.unwrap();
    assert_eq!(scale.spec.unwrap().replicas, Some(2), "the default");
    let status = scale.status.unwrap();
    assert_eq!((status.replicas, status.selector.as_deref()), (1, Some("gatewayed.io/service=orders")));
    api.patch_scale("orders", &PatchParams::default(), &replicas(5)).await.unwrap();
    assert_eq!(api.get("orders").await.unwrap().spec.replicas, 5);
    let said = message(api.patch_scale("orders", &PatchParams::default(), &replicas(501)).await);
    assert!(said.contains("should be less than or equal to 500"), "{said}");
}

#[tokio::test]
async fn with_autoscaling_the_number_of_replicas_is_not_ours_to_set() {
    let client = support::client().await;
    let ns = support::namespace(&client, "hpa").await;
    let auto = json!({"minReplicas": 2, "maxReplicas": 4, "targetCPUUtilization": 60});
    let object = service(json!({"spec": {"autoscaling": auto, "resources": {"requests": {"cpu": "1"}}}}));
    apply(&client, &ns, &object).await.unwrap();
    let api: Api<GatewayedService> = Api::namespaced(client.clone(), &ns);
    let said = message(api.patch_scale("orders", &PatchParams::default(), &replicas(3)).await);
    assert!(
        said.contains("replicas belongs to the HorizontalPodAutoscaler while autoscaling is set"),
        "{said}"
    );

    // Giving autoscaling up together with a new number is one step.
    let fixed = json!({"spec": {"autoscaling": null, "replicas": 3}});
    api.patch("orders", &PatchParams::default(), &Patch::Merge(fixed)).await.unwrap();
    assert_eq!(api.get("orders").await.unwrap().spec.replicas, 3);
}
