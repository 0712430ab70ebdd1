//! The lab that all tests share.

use k8s_openapi::api::core::v1::Namespace;
use kube::Api;
use kube::api::PostParams;
use lab::{Lab, LabConfig};
use tokio::sync::OnceCell;

static LAB: OnceCell<Lab> = OnceCell::const_new();

/// The lab, started by whoever asks first.
pub async fn lab() -> &'static Lab {
    LAB.get_or_init(|| async { Lab::start(LabConfig::default()).await.unwrap() }).await
}

/// A client, and a new namespace.
pub async fn namespace(name: &str) -> kube::Client {
    let client = lab().await.client().unwrap();
    let mut namespace = Namespace::default();
    namespace.metadata.name = Some(name.to_owned());
    Api::all(client.clone()).create(&PostParams::default(), &namespace).await.unwrap();
    client
}
