//! The binary: a simulated AWS on one port.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use awsim::clock::Clock;
use awsim::server::{Config, Seed, Server};
use awsim::world::Options;
use clap::{Parser, ValueEnum};
use tracing_subscriber::EnvFilter;

/// The part of AWS that an HTTP API entry path talks to, simulated strictly.
///
/// Point an SDK or the AWS CLI at it with AWS_ENDPOINT_URL=http://ADDRESS and any credentials.
/// An access key id of AKIA, 12 digits and 4 more characters belongs to the account of those
/// digits, every other one to 123456789012. Requests whose host is that of an API,
/// {api}.execute-api.{region}.amazonaws.com, go through the API. Under /_awsim/ are what was
/// called (GET calls, GET requests), the whole state (GET state), the clock (GET, POST clock) and
/// faults to inject (GET, POST, DELETE faults).
///
/// Prints `ready http://ADDRESS` when it listens (and `ready https://ADDRESS` for TLS), and ends on SIGTERM or SIGINT.
#[derive(Parser)]
#[command(name = "awsim", version)]
struct Arguments {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Where to listen for TLS: custom domain names are served under their certificates, with mutual TLS
    /// where they want it. What ACM issued is signed by the authority that GET /_awsim/ca tells.
    #[arg(long, value_name = "ADDRESS:PORT")]
    tls_listen: Option<SocketAddr>,
    /// What exists from the start, YAML or JSON; without it, a VPC with three private subnets, a
    /// cluster security group and a database security group in eu-central-1 of 123456789012.
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
    /// How many times as fast as the real ones the simulated durations are; 0 stands still until
    /// POST /_awsim/clock moves it.
    #[arg(long, value_name = "N", default_value_t = 1.0, value_parser = pace)]
    time_scale: f64,
    /// Token buckets of the control planes, as AWS publishes them.
    #[arg(long, value_enum, default_value_t = Switch::On)]
    throttling: Switch,
    /// Resource quotas, AWS's defaults.
    #[arg(long, value_enum, default_value_t = Switch::On)]
    quotas: Switch,
    /// Conflicts of changes of one HTTP API that overlap. A change takes 20 ms of real time, less if
    /// time is scaled up; a seed's apiGateway.apiBusy says otherwise, in seconds.
    #[arg(long, value_enum, default_value_t = Switch::On)]
    conflicts: Switch,
    /// The secret of every access key: signatures are checked against it, and a clock that is more than
    /// 5 minutes off is refused. Without it, any secret will do, but for the keys of AssumeRole.
    #[arg(long, value_name = "SECRET")]
    secret: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Switch {
    On,
    Off,
}

fn pace(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if number.is_finite() && number >= 0.0 { Ok(number) } else { Err("must be 0 or greater".to_owned()) }
}

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
    let Arguments { listen, tls_listen, seed, time_scale, throttling, quotas, conflicts, secret } = arguments;
    let seed = match seed {
        None => Seed::Default,
        Some(file) => {
            let text = std::fs::read_to_string(&file);
            Seed::Text(text.map_err(|e| format!("cannot read the seed {}: {e}", file.display()))?)
        }
    };
    let config = Config {
        listen,
        tls: tls_listen,
        clock: Clock::scaled(time_scale),
        options: Options {
            throttling: throttling == Switch::On,
            quotas: quotas == Switch::On,
            conflicts: conflicts == Switch::On,
            secret,
        },
        seed,
        ..Config::default()
    };
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
