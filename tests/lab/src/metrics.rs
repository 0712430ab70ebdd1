//! The metrics API (`metrics.k8s.io/v1beta1`), which the HPA controller and `kubectl top` read
//! through the API server's aggregation layer: what each container of a running pod uses.
//!
//! A pod uses what [`Controls::set_cpu`] says, else what its annotation [`CPU_ANNOTATION`] says
//! (`900m`, or whole cores), else 5 m; and 32 MiB of memory. IO: serves TLS on loopback, asks the
//! API server at each request.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use k8s_openapi::api::core::v1::{Node, Pod};
use kube::api::{ListParams, Patch, PatchParams};
use kube::{Api, Client, ResourceExt};
use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::LabError;
use crate::kubelet::Controls;
use crate::plane::pki::{Identity, METRICS_SERVICE, Pki};

/// The annotation, on a pod or a Deployment's template, that says what each container uses.
pub const CPU_ANNOTATION: &str = "lab.gatewayed.io/cpu";
const DEFAULT_MILLICORES: u32 = 5;
const MEMORY: &str = "32Mi";
const MEMORY_MIB: usize = 32;
/// The HPA controller takes no sample of a pod from within its first window of being ready.
const WINDOW: &str = "1s";

/// A running metrics API. Dropping it stops it.
#[derive(Debug)]
pub struct Metrics {
    _stop: DropGuard,
}

struct State {
    client: Client,
    controls: Controls,
}

impl Metrics {
    /// Serves, registers with the API server and waits until that finds it available.
    ///
    /// # Errors
    /// If no port is free, or the API server refuses the registration.
    pub async fn start(client: Client, pki: &Pki, controls: Controls) -> Result<Metrics, LabError> {
        let acceptor = acceptor(&pki.metrics)?;
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(LabError::io("listen for metrics"))?;
        let port = listener.local_addr().map_err(LabError::io("listen for metrics"))?.port();
        let stop = CancellationToken::new();
        let state = Arc::new(State { client: client.clone(), controls });
        let accepting = accept(listener, acceptor, state, stop.clone());
        tokio::spawn(stop.clone().run_until_cancelled_owned(accepting));
        let metrics = Metrics { _stop: stop.drop_guard() };
        register(&client, &pki.ca, port).await.map_err(LabError::kube("register the metrics API"))?;
        Ok(metrics)
    }
}

fn acceptor(identity: &Identity) -> Result<TlsAcceptor, LabError> {
    let bad = |e: &dyn std::fmt::Display| LabError::Config { field: "metrics.tls", why: e.to_string() };
    let certificate = CertificateDer::from_pem_slice(identity.certificate.as_bytes()).map_err(|e| bad(&e))?;
    let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes()).map_err(|e| bad(&e))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| bad(&e))?
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .map_err(|e| bad(&e))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// An ExternalName Service is what the aggregation layer follows without any pod network.
async fn register(client: &Client, ca: &str, port: u16) -> kube::Result<()> {
    use k8s_openapi::api::core::v1::Service;
    use k8s_openapi::kube_aggregator::pkg::apis::apiregistration::v1::APIService;
    let (namespace, name) = METRICS_SERVICE;
    let params = PatchParams::apply("lab").force();
    let service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
        "spec": {"type": "ExternalName", "externalName": "localhost", "ports": [{"port": port}]},
    });
    Api::<Service>::namespaced(client.clone(), namespace)
        .patch(name, &params, &Patch::Apply(service))
        .await?;
    let group = "v1beta1.metrics.k8s.io";
    let ca = data_encoding::BASE64.encode(ca.as_bytes());
    let registration = json!({
        "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": {"name": group},
        "spec": {
            "group": "metrics.k8s.io", "version": "v1beta1", "caBundle": ca,
            "groupPriorityMinimum": 100, "versionPriority": 100,
            "service": {"namespace": namespace, "name": name, "port": port},
        },
    });
    let registrations: Api<APIService> = Api::all(client.clone());
    registrations.patch(group, &params, &Patch::Apply(registration)).await?;
    let available = |registration: Option<&APIService>| {
        let conditions = registration.and_then(|r| r.status.as_ref()?.conditions.as_ref());
        conditions.is_some_and(|c| c.iter().any(|c| c.type_ == "Available" && c.status == "True"))
    };
    match kube::runtime::wait::await_condition(registrations, group, available).await {
        Ok(_) => Ok(()),
        // The watch recovers from everything else by itself.
        Err(e) => Err(kube::Error::Service(Box::new(e))),
    }
}

async fn accept(listener: TcpListener, tls: TlsAcceptor, state: Arc<State>, stop: CancellationToken) {
    loop {
        if let Ok((stream, _)) = listener.accept().await {
            let serving = connection(stream, tls.clone(), state.clone());
            tokio::spawn(stop.clone().run_until_cancelled_owned(serving));
        }
    }
}

async fn connection(stream: TcpStream, tls: TlsAcceptor, state: Arc<State>) {
    let Ok(stream) = tls.accept(stream).await else { return };
    let service = service_fn(move |request: Request<hyper::body::Incoming>| {
        let state = state.clone();
        async move {
            let (path, query) = (request.uri().path().to_owned(), request.uri().query().map(str::to_owned));
            Ok::<_, Infallible>(answer(&state, &path, query.as_deref()).await)
        }
    });
    // How the API server ends its connection is its own affair.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(state: &State, path: &str, query: Option<&str>) -> Response<Full<Bytes>> {
    let (status, body) = match state.get(path, query).await {
        Ok(Some(body)) => (StatusCode::OK, body),
        Ok(None) => (StatusCode::NOT_FOUND, failure(404, "NotFound", "not found")),
        Err(e) => (
            StatusCode::INTERNAL_SERVER_ERROR,
            failure(500, "InternalError", &format!("cannot read pods: {e}")),
        ),
    };
    let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
    *response.status_mut() = status;
    let json = http::HeaderValue::from_static("application/json");
    response.headers_mut().insert(http::header::CONTENT_TYPE, json);
    response
}

fn failure(code: u16, reason: &str, message: &str) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "status": "Failure",
        "code": code, "reason": reason, "message": message})
}

impl State {
    async fn get(&self, path: &str, query: Option<&str>) -> kube::Result<Option<Value>> {
        let Some(rest) = path.strip_prefix("/apis/metrics.k8s.io/v1beta1") else { return Ok(None) };
        let parts: Vec<_> = rest.split('/').filter(|part| !part.is_empty()).collect();
        let selector = ListParams { label_selector: label_selector(query), ..ListParams::default() };
        match parts[..] {
            [] => Ok(Some(resources())),
            ["nodes"] => {
                let nodes: Api<Node> = Api::all(self.client.clone());
                let names = nodes.list(&selector).await?.into_iter().map(|n| n.name_any()).collect();
                Ok(Some(list("NodeMetricsList", self.nodes(names).await?)))
            }
            ["nodes", name] => Ok(self.nodes(vec![name.to_owned()]).await?.pop()),
            ["pods"] => {
                Ok(Some(list("PodMetricsList", self.pods(Api::all(self.client.clone()), &selector).await?)))
            }
            ["namespaces", namespace, "pods"] => {
                let pods = self.pods(Api::namespaced(self.client.clone(), namespace), &selector).await?;
                Ok(Some(list("PodMetricsList", pods)))
            }
            ["namespaces", namespace, "pods", name] => {
                let pods: Api<Pod> = Api::namespaced(self.client.clone(), namespace);
                Ok(pods.get_opt(name).await?.filter(runs).map(|pod| self.pod(&pod)))
            }
            _ => Ok(None),
        }
    }

    async fn pods(&self, pods: Api<Pod>, selector: &ListParams) -> kube::Result<Vec<Value>> {
        Ok(pods.list(selector).await?.iter().filter(|pod| runs(pod)).map(|pod| self.pod(pod)).collect())
    }

    fn pod(&self, pod: &Pod) -> Value {
        let cpu = format!("{}m", self.millicores(pod));
        let spec = pod.spec.as_ref();
        let container = |name: &str| json!({"name": name, "usage": {"cpu": cpu, "memory": MEMORY}});
        json!({
            "kind": "PodMetrics", "apiVersion": "metrics.k8s.io/v1beta1",
            "metadata": {"name": pod.name_any(), "namespace": pod.namespace(), "labels": pod.labels()},
            "timestamp": jiff::Timestamp::now(), "window": WINDOW,
            "containers": spec.iter().flat_map(|s| &s.containers).map(|c| container(&c.name)).collect::<Vec<_>>(),
        })
    }

    fn millicores(&self, pod: &Pod) -> u32 {
        let namespace = pod.namespace().unwrap_or_default();
        let annotation = || millicores(pod.annotations().get(CPU_ANNOTATION)?);
        self.controls
            .cpu(&namespace, &pod.name_any(), pod.labels())
            .or_else(annotation)
            .unwrap_or(DEFAULT_MILLICORES)
    }

    async fn nodes(&self, names: Vec<String>) -> kube::Result<Vec<Value>> {
        let pods: Api<Pod> = Api::all(self.client.clone());
        let mut used: BTreeMap<String, (u32, usize)> = BTreeMap::new();
        for pod in pods.list(&ListParams::default()).await?.iter().filter(|pod| runs(pod)) {
            let Some(spec) = &pod.spec else { continue };
            let entry = used.entry(spec.node_name.clone().unwrap_or_default()).or_default();
            entry.0 += self.millicores(pod) * u32::try_from(spec.containers.len()).unwrap_or(1);
            entry.1 += MEMORY_MIB * spec.containers.len();
        }
        let node = |name: String| {
            let (cpu, memory) = used.get(&name).copied().unwrap_or_default();
            json!({
                "kind": "NodeMetrics", "apiVersion": "metrics.k8s.io/v1beta1", "metadata": {"name": name},
                "timestamp": jiff::Timestamp::now(), "window": WINDOW,
                "usage": {"cpu": format!("{cpu}m"), "memory": format!("{memory}Mi")},
            })
        };
        Ok(names.into_iter().map(node).collect())
    }
}

fn runs(pod: &Pod) -> bool {
    pod.status.as_ref().and_then(|s| s.phase.as_deref()) == Some("Running")
}

/// `900m`, or whole cores.
fn millicores(text: &str) -> Option<u32> {
    match text.strip_suffix('m') {
        Some(milli) => milli.parse().ok(),
        None => text.parse::<u32>().ok()?.checked_mul(1000),
    }
}

fn label_selector(query: Option<&str>) -> Option<String> {
    let pairs = form_urlencoded::parse(query?.as_bytes());
    pairs.into_iter().find(|(key, _)| key == "labelSelector").map(|(_, value)| value.into_owned())
}

fn list(kind: &str, items: Vec<Value>) -> Value {
    json!({"kind": kind, "apiVersion": "metrics.k8s.io/v1beta1", "metadata": {}, "items": items})
}

fn resources() -> Value {
    json!({
        "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "metrics.k8s.io/v1beta1",
        "resources": [
            {"name": "pods", "singularName": "", "namespaced": true, "kind": "PodMetrics", "verbs": ["get", "list"]},
            {"name": "nodes", "singularName": "", "namespaced": false, "kind": "NodeMetrics", "verbs": ["get", "list"]},
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_annotations_are_millicores_or_cores() {
        assert_eq!(millicores("900m"), Some(900));
        assert_eq!(millicores("2"), Some(2000));
        assert_eq!(millicores("lots"), None);
    }

    #[test]
    fn the_selector_of_a_request_is_decoded() {
        let query = Some("limit=5&labelSelector=app%3Dorders%2Ctier%3Dweb");
        assert_eq!(label_selector(query).as_deref(), Some("app=orders,tier=web"));
    }
}
