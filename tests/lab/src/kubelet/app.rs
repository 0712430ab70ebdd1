//! The HTTP server that stands for a container: it listens exactly at its pod's loopback address
//! and port, and answers with what it was asked, as JSON:
//! `{pod, namespace, container, image, version, node, zone, port, method, path, query, headers, body}`.
//!
//! A request may ask for more: header `x-lab-status: 503` sets the answer's status,
//! `x-lab-delay: 40s` delays it (simulated time), `x-lab-show: env` adds the environment.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::pin::pin;
use std::sync::Arc;

use awsim::clock::Clock;
use awsim::dial::loopback;
use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Map, Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::behaviour::{self, Behaviour};
use super::configuration::Env;
use super::controls::{Controls, PodName};

/// API Gateway lets 10 MB through; no more is read.
const MOST_BODY: usize = 10 * 1024 * 1024;

/// Who answers, and how.
#[derive(Debug)]
pub(super) struct App {
    pub(super) pod: PodName,
    pub(super) container: String,
    pub(super) image: String,
    pub(super) node: String,
    pub(super) zone: String,
    pub(super) env: Env,
    pub(super) behaviour: Behaviour,
    pub(super) controls: Controls,
    pub(super) clock: Clock,
}

/// How a server is ended.
#[derive(Clone, Debug, Default)]
pub(super) struct Ending {
    /// SIGTERM: no new connections, requests that run are answered.
    pub(super) term: CancellationToken,
    /// SIGKILL: everything ends at once. Cancelling this is enough.
    pub(super) kill: CancellationToken,
}

/// Begins to listen at `port` of `ip` (10.b.c.d).
///
/// # Errors
/// If something else listens there, as an app would find.
pub(super) async fn serve(
    app: Arc<App>,
    ip: Ipv4Addr,
    port: u16,
    ending: Ending,
    tasks: TaskTracker,
) -> std::io::Result<()> {
    let at = loopback(ip).ok_or(std::io::ErrorKind::PermissionDenied)?;
    let listener = TcpListener::bind(SocketAddrV4::new(at, port)).await?;
    let connections = tasks.clone();
    let Ending { term, kill } = ending;
    let killed = kill.clone();
    let accepting = async move {
        loop {
            let accepted = tokio::select! {
                () = term.cancelled() => return,
                accepted = listener.accept() => accepted,
            };
            if let Ok((stream, _)) = accepted {
                let serving = connection(stream, app.clone(), port, term.clone());
                connections.spawn(kill.clone().run_until_cancelled_owned(serving));
            }
        }
    };
    tasks.spawn(killed.run_until_cancelled_owned(accepting));
    Ok(())
}

async fn connection(stream: TcpStream, app: Arc<App>, port: u16, term: CancellationToken) {
    let service = service_fn(move |request| {
        let app = app.clone();
        async move { Ok::<_, Infallible>(answer(&app, port, request).await) }
    });
    let mut serving = pin!(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    // How a client ends its connection is its own affair.
    let _ = tokio::select! {
        done = serving.as_mut() => done,
        () = term.cancelled() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
}

async fn answer(app: &App, port: u16, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let asked = |name: &str| head.headers.get(name).and_then(|v| v.to_str().ok());
    let body = Limited::new(body, MOST_BODY).collect().await.map(|b| b.to_bytes()).unwrap_or_default();
    if app.behaviour.hangs {
        std::future::pending::<()>().await;
    }
    let delay = asked("x-lab-delay").and_then(behaviour::duration).unwrap_or(app.behaviour.slow_answer);
    app.clock.sleep(delay).await;
    let path = head.uri.path();
    let mut reply = json!({
        "pod": app.pod.1, "namespace": app.pod.0, "container": app.container,
        "image": app.image, "version": behaviour::tag(&app.image),
        "node": app.node, "zone": app.zone, "port": port,
        "method": head.method.as_str(), "path": path, "query": head.uri.query().unwrap_or_default(),
        "headers": headers(&head.headers), "body": String::from_utf8_lossy(&body),
    });
    if asked("x-lab-show") == Some("env") {
        reply["env"] = json!(app.env);
    }
    let status = asked("x-lab-status").and_then(|s| s.parse().ok()).unwrap_or_else(|| status(app, path));
    let mut response = Response::new(Full::new(Bytes::from(reply.to_string() + "\n")));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let json = http::HeaderValue::from_static("application/json");
    response.headers_mut().insert(http::header::CONTENT_TYPE, json);
    response
}

fn status(app: &App, path: &str) -> u16 {
    let health = path.contains("health") || path.contains("livez");
    match app.behaviour.health_status {
        _ if app.controls.unhealthy(&app.pod) => 503,
        Some(status) if health => status,
        _ => app.behaviour.status,
    }
}

/// By lower-case name; values of one name joined by `, `.
fn headers(headers: &HeaderMap) -> Map<String, Value> {
    let joined = |name| {
        let values: Vec<_> =
            headers.get_all(name).iter().map(|v| String::from_utf8_lossy(v.as_bytes())).collect();
        Value::from(values.join(", "))
    };
    headers.keys().map(|name| (name.to_string(), joined(name))).collect()
}
