//! The `lab` command: see `lab --help`.

mod demo;

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use awsim::clock::Clock;
use clap::{Parser, Subcommand};
use lab::{Lab, LabConfig, LabError, aws, build, tools};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// A real Kubernetes control plane, a fake kubelet and awsim on this machine's loopback.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Starts everything and keeps it until SIGTERM or SIGINT.
    ///
    /// Writes DIR/admin.kubeconfig and DIR/env, a file of `export NAME='value'` lines: KUBECONFIG,
    /// AWS_ENDPOINT_URL, AWS_REGION, AWS credentials, and the simulated network's VPC, subnets and
    /// security groups. Prints `ready` when all of it is ready. Logs are in DIR/log and stay.
    ///
    /// Pods do what their image's name says (`app:crash`, `app:slow-start-30s`, `app:never-ready`,
    /// …) and use the CPU that their annotation lab.gatewayed.io/cpu says (`900m`).
    Up {
        /// The folder for kubeconfig, env and logs; made if need be.
        #[arg(long, value_name = "DIR")]
        dir: PathBuf,
        /// How many times as fast as the real ones the durations of awsim and of pods are: probe
        /// periods, preStop sleeps, back-offs, state changes in AWS. 0 stands still.
        #[arg(long, value_name = "N", default_value_t = 1.0, value_parser = pace)]
        time_scale: f64,
        /// An argument for awsim, repeatable, as in --awsim-arg=--throttling=off.
        #[arg(long = "awsim-arg", value_name = "ARG", allow_hyphen_values = true)]
        awsim_args: Vec<String>,
        /// Start no simulated AWS.
        #[arg(long, conflicts_with = "awsim_args")]
        no_aws: bool,
        /// Start no nodes and no metrics API: the control plane alone.
        #[arg(long)]
        no_nodes: bool,
    },
    /// Tells the product's story: an entry path comes up, serves, changes and goes again.
    ///
    /// On a control plane and a simulated AWS of its own, with the operator beside it. The exit code
    /// is 0 only if every step held. Example: `lab demo --keep`.
    Demo(demo::Options),
    /// Builds the control plane and fetches kubectl and helm, where they are not there yet.
    ///
    /// The first time this takes about five minutes on two cores and 6 GB of disk, most of it for
    /// Go's caches. The results go to $GATEWAYED_CACHE, else $XDG_CACHE_HOME/gatewayed, else
    /// ~/.cache/gatewayed. With KUBEBUILDER_ASSETS set, the control plane is not built.
    Build,
    /// Prints where a fitting kubectl and helm are, fetching them where there are none.
    ///
    /// Prints KUBECTL=PATH and HELM=PATH, a line each.
    Tools,
}

fn pace(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if number.is_finite() && number >= 0.0 { Ok(number) } else { Err("must be 0 or greater".to_owned()) }
}

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match run(Cli::parse()).await {
        Ok(code) => code,
        Err(e) => {
            eprintln!("lab: {e}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> Result<ExitCode, LabError> {
    match cli.command {
        Command::Up { dir, time_scale, awsim_args, no_aws, no_nodes } => {
            let aws = match no_aws {
                true => None,
                false => Some(aws::config_of(&awsim_args)?),
            };
            let clock = Clock::scaled(time_scale);
            up(LabConfig { dir: Some(dir), clock, nodes: !no_nodes, aws }).await?;
        }
        Command::Build => {
            let binaries = build::binaries()?;
            println!("{}\n{}", binaries.etcd.display(), binaries.apiserver.display());
            println!("{}\n{}", binaries.controller_manager.display(), binaries.scheduler.display());
            print_tools()?;
        }
        Command::Tools => print_tools()?,
        Command::Demo(options) => return demo::run(&options).await,
    }
    Ok(ExitCode::SUCCESS)
}

async fn up(config: LabConfig) -> Result<(), LabError> {
    // Heard from the beginning, so that a signal during the start ends it in order too.
    let listen = |kind| signal(kind).map_err(LabError::io("listen for signals"));
    let (mut terminate, mut interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    let running = async {
        let lab = Lab::start(config).await?;
        write_env(&lab, &lab.folder().join("env"))?;
        println!("ready");
        watch(lab).await
    };
    tokio::select! {
        ended = running => ended,
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
    }
}

/// Keeps the lab until a process of it ends by itself.
async fn watch(lab: Lab) -> Result<(), LabError> {
    loop {
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        lab.check()?;
    }
}

/// Shell syntax; no value holds a quote.
fn write_env(lab: &Lab, path: &Path) -> Result<(), LabError> {
    let mut text = String::new();
    for (name, value) in lab.env() {
        // Writing to a string does not fail.
        let _ = writeln!(text, "export {name}='{value}'");
    }
    std::fs::write(path, text).map_err(LabError::file("write", path))
}

fn print_tools() -> Result<(), LabError> {
    println!("KUBECTL={}", tools::kubectl()?.display());
    println!("HELM={}", tools::helm()?.display());
    Ok(())
}
