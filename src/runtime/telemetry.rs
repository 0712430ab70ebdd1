//! Logs: one line an event, text for people or JSON for machines, on standard error.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

use super::vital::panic_text;

/// The form of a log line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    #[default]
    Json,
}

/// What of a panic's words is logged: enough to tell where it comes from.
const WORDS: usize = 1024;

/// Logs every panic like anything else, wherever it happens and whether or not it is caught: with its
/// thread and its place in the code.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let thread = std::thread::current().name().unwrap_or("unnamed").to_owned();
        let at = panic.location().map(ToString::to_string).unwrap_or_default();
        let words: String = panic_text(panic.payload()).chars().take(WORDS).collect();
        tracing::error!(thread, at, words, "panicked, which is a defect of the operator: please report it");
    }));
}

/// Starts logging, panics included. `filter` is a tracing filter: `info`, `gatewayed=debug,kube_client=warn`.
///
/// # Errors
/// Logging was started before in this process.
pub fn start(format: LogFormat, filter: EnvFilter) -> Result<(), TryInitError> {
    let registry = tracing_subscriber::registry().with(filter);
    let started = match format {
        LogFormat::Text => {
            let layer = tracing_subscriber::fmt::layer().with_ansi(std::io::stderr().is_terminal());
            registry.with(layer.with_writer(std::io::stderr)).try_init()
        }
        LogFormat::Json => {
            let layer = tracing_subscriber::fmt::layer().json().flatten_event(true);
            registry.with(layer.with_writer(std::io::stderr)).try_init()
        }
    };
    log_panics();
    started
}
