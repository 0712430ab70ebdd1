//! The lab that the tests share, and how they ask it.

use std::fmt::Debug;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use awsim::clock::Clock;
use awsim::dial;
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use k8s_openapi::api::core::v1::{ContainerStatus, Namespace, Pod};
use kube::api::PostParams;
use kube::core::NamespaceResourceScope;
use kube::runtime::wait::await_condition;
use kube::{Api, Client, Resource, ResourceExt};
use lab::{Lab, LabConfig};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

static LAB: OnceCell<Lab> = OnceCell::const_new();

/// The lab, started by whoever asks first; its time runs twenty times as fast.
pub async fn lab() -> &'static Lab {
    let config = LabConfig { clock: Clock::scaled(20.0), ..LabConfig::default() };
    LAB.get_or_init(|| async { Lab::start(config).await.unwrap() }).await
}

/// A client of the shared lab and a new namespace in it.
pub async fn namespace(name: &str) -> Client {
    let client = lab().await.client().unwrap();
    new_namespace(&client, name).await;
    client
}

/// A new namespace, with the ServiceAccount that pods need.
pub async fn new_namespace(client: &Client, name: &str) {
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
    let namespace: Namespace = serde_json::from_value(namespace).unwrap();
    Api::all(client.clone()).create(&PostParams::default(), &namespace).await.unwrap();
    let accounts: Api<k8s_openapi::api::core::v1::ServiceAccount> = Api::namespaced(client.clone(), name);
    until(&accounts, "default", |_| true).await;
}

/// Creates an object from JSON.
pub async fn create<K>(client: &Client, namespace: &str, object: Value) -> K
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>
        + Clone
        + Debug
        + Serialize
        + DeserializeOwned,
{
    let object: K = serde_json::from_value(object).unwrap();
    Api::namespaced(client.clone(), namespace).create(&PostParams::default(), &object).await.unwrap()
}

/// Creates a pod of one container named `app` from what is particular about it.
pub async fn create_pod(
    client: &Client,
    namespace: &str,
    name: &str,
    container: Value,
    spec: Value,
) -> Api<Pod> {
    let mut whole = json!({"name": "app", "ports": [{"containerPort": 3000}]});
    merge(&mut whole, container);
    let mut spec_whole = json!({"containers": [whole]});
    merge(&mut spec_whole, spec);
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec_whole});
    let _: Pod = create(client, namespace, pod).await;
    Api::namespaced(client.clone(), namespace)
}

fn merge(into: &mut Value, from: Value) {
    for (key, value) in from.as_object().unwrap() {
        into[key] = value.clone();
    }
}

/// Waits until an object is as wanted, and gives it back. Fails with its last state after two minutes.
pub async fn until<K>(api: &Api<K>, name: &str, wanted: impl Fn(&K) -> bool) -> K
where
    K: Resource + Clone + Debug + DeserializeOwned + Send + 'static,
{
    let condition = |object: Option<&K>| object.is_some_and(&wanted);
    let waiting = await_condition(api.clone(), name, condition);
    match tokio::time::timeout(Duration::from_secs(120), waiting).await {
        Ok(object) => object.unwrap().unwrap(),
        Err(_) => panic!("{name} did not come to be as wanted: {:#?}", api.get_opt(name).await),
    }
}

/// Waits until an object is gone.
pub async fn until_gone<K>(api: &Api<K>, name: &str)
where
    K: Resource + Clone + Debug + DeserializeOwned + Send + 'static,
{
    let waiting = await_condition(api.clone(), name, |object: Option<&K>| object.is_none());
    tokio::time::timeout(Duration::from_secs(120), waiting).await.unwrap().unwrap();
}

/// Whether a pod's condition is True.
pub fn has(pod: &Pod, condition: &str) -> bool {
    let conditions = pod.status.iter().flat_map(|s| s.conditions.iter().flatten());
    conditions.into_iter().any(|c| c.type_ == condition && c.status == "True")
}

/// The status of a pod's first container, once there is one.
pub fn container(pod: &Pod) -> Option<&ContainerStatus> {
    pod.status.as_ref()?.container_statuses.as_ref()?.first()
}

/// The reason why a pod's first container waits, and the message; empty if it does not.
pub fn waits(pod: &Pod) -> (String, String) {
    let waiting = container(pod).and_then(|c| c.state.as_ref()?.waiting.clone()).unwrap_or_default();
    (waiting.reason.unwrap_or_default(), waiting.message.unwrap_or_default())
}

/// A GET to a pod at port 3000: status and JSON answer, or why there is none.
pub async fn get(pod: &Pod, path: &str) -> Result<(u16, Value), String> {
    let ip: Ipv4Addr = pod.status.as_ref().unwrap().pod_ip.as_ref().unwrap().parse().unwrap();
    let stream = dial::connect(SocketAddrV4::new(ip, 3000)).await.map_err(|e| e.to_string())?;
    let (mut send, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|e| e.to_string())?;
    tokio::spawn(connection);
    let request = Request::get(path)
        .header("host", pod.name_any())
        .header("x-lab-show", "env")
        .body(Empty::<Bytes>::new())
        .unwrap();
    let response = send.send_request(request).await.map_err(|e| e.to_string())?;
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.map_err(|e| e.to_string())?.to_bytes();
    Ok((status, serde_json::from_slice(&body).unwrap()))
}
