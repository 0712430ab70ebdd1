//! The binary: a simulated AWS on one port.

use std::io::ErrorKind;
use std::process::ExitCode;

use awsim::arguments::Arguments;
use awsim::server::Server;
use clap::Parser;
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("awsim: {why}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), String> {
    let config = arguments.config()?;
    let listen = config.listen;
    let server = Server::start(config).await.map_err(|e| match e.kind() {
        ErrorKind::InvalidData => e.to_string(),
        _ => format!("cannot listen on {listen}: {e}"),
    })?;
    println!("ready {}", server.url());
    if let Some(address) = server.tls_addr() {
        println!("ready https://{address}");
    }
    let stopped = stop_signal().await;
    server.stop().await;
    stopped.map_err(|e| format!("cannot wait for a signal: {e}"))
}

/// Waits for SIGTERM or SIGINT.
async fn stop_signal() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
