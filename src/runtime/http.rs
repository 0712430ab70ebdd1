//! The operator's own HTTP: `/healthz` (alive), `/readyz` (can take over or leads), `/metrics`.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::metrics::Metrics;
use super::vital::Vital;

/// What `/readyz` waits for: each part that starts names itself, and is taken off when it is there.
/// Clones share the list.
#[derive(Clone, Debug, Default)]
pub struct Readiness(Arc<Mutex<Vec<&'static str>>>);

impl Readiness {
    /// `part` is not there yet, until the answer is dropped.
    pub fn waits_for(&self, part: &'static str) -> Waiting {
        self.with(|parts| parts.push(part));
        Waiting { readiness: self.clone(), part }
    }

    fn waiting(&self) -> Vec<&'static str> {
        self.with(|parts| parts.clone())
    }

    fn with<T>(&self, f: impl FnOnce(&mut Vec<&'static str>) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A part that is not there yet. Drop it when it is, or is not waited for any more.
#[derive(Debug)]
#[must_use]
pub struct Waiting {
    readiness: Readiness,
    part: &'static str,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.readiness.with(|parts| {
            // Several may wait for parts of the same name.
            if let Some(found) = parts.iter().position(|p| *p == self.part) {
                parts.remove(found);
            }
        });
    }
}

/// Serves until `stop`; returns the address it listens on.
///
/// # Errors
/// The address cannot be listened on.
pub async fn serve(
    listen: SocketAddr,
    metrics: Metrics,
    readiness: Readiness,
    stop: CancellationToken,
    vital: &Vital,
) -> std::io::Result<SocketAddr> {
    let router = Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(readyz))
        .with_state(readiness)
        .merge(Router::new().route("/metrics", get(encode)).with_state(metrics));
    let listener = TcpListener::bind(listen).await?;
    let address = listener.local_addr()?;
    let server = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned());
    tokio::spawn(vital.guard("the HTTP server", async {
        // Accepting goes on after errors: it ends only at the stop.
        let _ = server.await;
    }));
    Ok(address)
}

async fn readyz(State(readiness): State<Readiness>) -> impl IntoResponse {
    let waiting = readiness.waiting();
    if waiting.is_empty() {
        (StatusCode::OK, "ok".to_owned())
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, format!("waiting for: {}", waiting.join(", ")))
    }
}

async fn encode(State(metrics): State<Metrics>) -> impl IntoResponse {
    const TEXT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    match metrics.encode() {
        Ok(text) => ([(CONTENT_TYPE, TEXT)], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_one_name_are_waited_for_each_by_itself() {
        let readiness = Readiness::default();
        let one = readiness.waits_for("the caches");
        let other = readiness.waits_for("the caches");
        drop(one);
        assert_eq!(readiness.waiting(), ["the caches"]);
        drop(other);
        assert!(readiness.waiting().is_empty());
    }
}
