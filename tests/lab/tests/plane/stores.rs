//! The control plane alone.

use k8s_openapi::api::core::v1::{ConfigMap, ServiceAccount};
use kube::Api;
use kube::api::PostParams;
use kube::runtime::wait::await_condition;

use crate::shared::namespace;

#[tokio::test]
async fn the_api_server_stores_objects_and_the_controller_manager_acts_on_them() {
    let client = namespace("stores").await;
    let accounts: Api<ServiceAccount> = Api::namespaced(client.clone(), "stores");
    await_condition(accounts, "default", |a: Option<&ServiceAccount>| a.is_some()).await.unwrap();
    let maps: Api<ConfigMap> = Api::namespaced(client, "stores");
    let mut map = ConfigMap::default();
    map.metadata.name = Some("x".to_owned());
    assert!(maps.create(&PostParams::default(), &map).await.unwrap().metadata.uid.is_some());
}
