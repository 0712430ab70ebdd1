//! `gatewayed run`: starts what a process needs, then does a replica's work until it is asked to stop.

use std::time::Duration;

use kube::Client;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

use super::replica::Replica;
use crate::controller;
use crate::runtime::http::{self, Readiness};
use crate::runtime::metrics::Metrics;
use crate::runtime::telemetry;
use crate::runtime::vital::Vital;
use crate::settings::Settings;

/// Why the operator ended.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The log filter does not parse.
    #[error("--log is not a filter such as info or gatewayed=debug,warn: {0}")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// Logging did not start.
    #[error("logging did not start: {0}")]
    Telemetry(#[from] tracing_subscriber::util::TryInitError),
    /// No runtime, no listening socket, no signal handler.
    #[error("{what}: {source}")]
    Io {
        /// What failed.
        what: String,
        /// Why.
        source: std::io::Error,
    },
    /// No usable kubeconfig.
    #[error("no way to the Kubernetes API: {0}. Set KUBECONFIG, or run inside a cluster")]
    Kubeconfig(#[source] Box<kube::Error>),
    /// The lease was lost; Kubernetes restarts the process as a candidate.
    #[error("lost the lease {0}: another replica may lead now, so this one stops at once")]
    LostLease(String),
    /// A part without which the rest must not go on.
    #[error(
        "{0} panicked, which is a defect of the operator: it ends to start anew; the log has the place, \
         please report it"
    )]
    Broken(&'static str),
    /// The controllers ended by themselves.
    #[error(transparent)]
    Controllers(#[from] controller::Error),
    /// A defect of ours, outside of any reconcile.
    #[error("a shard's task ended: {0}; please report this")]
    Task(#[from] tokio::task::JoinError),
}

/// Runs the operator until SIGTERM or SIGINT.
///
/// # Errors
/// It could not start, or it lost its lease.
pub fn run(settings: Settings) -> Result<(), Box<dyn std::error::Error>> {
    telemetry::start(settings.log_format, EnvFilter::try_new(&settings.log).map_err(Error::from)?)
        .map_err(Error::from)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|source| Error::Io { what: "no async runtime".into(), source })?;
    let metrics = Metrics::default();
    let vital = Vital::new(metrics.clone());
    let result = runtime.block_on(async {
        tokio::select! {
            result = operate(settings, metrics, vital.clone()) => result,
            task = vital.broken() => Err(Error::Broken(task)),
        }
    });
    // Whatever still runs must not outlive the lease.
    runtime.shutdown_timeout(Duration::from_secs(1));
    Ok(result?)
}

async fn operate(settings: Settings, metrics: Metrics, vital: Vital) -> Result<(), Error> {
    let stop = on_signal(&vital)?;
    let readiness = Readiness::default();
    let api_server = readiness.waits_for("the Kubernetes API");
    let end_http = CancellationToken::new();
    let address = http::serve(settings.listen, metrics.clone(), readiness.clone(), end_http.clone(), &vital)
        .await
        .map_err(|source| Error::Io { what: format!("cannot listen on {}", settings.listen), source })?;
    tracing::info!(version = env!("CARGO_PKG_VERSION"), cluster = settings.cluster_id, %address, "gatewayed starts");

    let client = Client::try_default().await.map_err(|e| Error::Kubeconfig(Box::new(e)))?;
    drop(api_server);
    let result = Replica::new(client, settings, metrics, readiness, vital, stop).run().await;
    end_http.cancel();
    result
}

/// Cancelled at SIGTERM or SIGINT.
fn on_signal(vital: &Vital) -> Result<CancellationToken, Error> {
    let failed = |source| Error::Io { what: "cannot handle signals".into(), source };
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let stop = CancellationToken::new();
    let token = stop.clone();
    tokio::spawn(vital.guard("the signal handler", async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("asked to stop: running calls end first");
        token.cancel();
    }));
    Ok(stop)
}
