//! What the integration tests share: one lab a test binary, with our definitions in it, and a
//! namespace a test.

pub mod etcd;
pub mod figures;
pub mod fleet;
pub mod http;
pub mod load;
pub mod operator;
pub mod process;
pub mod proxy;
pub mod seed;
pub mod stock;
pub mod tenures;

use k8s_openapi::api::core::v1::Namespace;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{Api, ObjectMeta, Patch, PatchParams, PostParams};
use kube::runtime::wait::{await_condition, conditions};
use kube::{Client, ResourceExt};
use lab::{Lab, LabConfig};
use tokio::sync::OnceCell;

static LAB: OnceCell<Lab> = OnceCell::const_new();

/// The one lab, started by whoever comes first. It ends with the process.
pub async fn lab() -> &'static Lab {
    LAB.get_or_init(|| async {
        let lab = Lab::start(LabConfig::default()).await.expect("the lab starts");
        install_definitions(&lab.client().expect("a client")).await;
        lab
    })
    .await
}

/// A client with an admin's rights, for the runtime of one test.
pub async fn client() -> Client {
    lab().await.client().expect("a client")
}

/// A namespace of its own, named after `prefix`.
pub async fn namespace(client: &Client, prefix: &str) -> String {
    let metadata = ObjectMeta { generate_name: Some(format!("{prefix}-")), ..ObjectMeta::default() };
    let namespace = Namespace { metadata, ..Namespace::default() };
    let api: Api<Namespace> = Api::all(client.clone());
    api.create(&PostParams::default(), &namespace).await.expect("a namespace").name_any()
}

async fn install_definitions(client: &Client) {
    let api: Api<CustomResourceDefinition> = Api::all(client.clone());
    for crd in gatewayed::api::crd::crds() {
        let name = crd.name_any();
        let params = PatchParams::apply("tests").force();
        api.patch(&name, &params, &Patch::Apply(&crd)).await.expect("the definition is accepted");
        await_condition(api.clone(), &name, conditions::is_crd_established()).await.expect("established");
    }
}
