//! The `lab` command: see `lab --help`.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use lab::{LabError, build, tools};

/// A real Kubernetes control plane, a fake kubelet and awsim on this machine's loopback.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Builds the control plane and fetches kubectl and helm, where they are not there yet.
    ///
    /// The first time this takes about five minutes on two cores and 6 GB of disk, most of it for
    /// Go's caches. The results go to $GATEWAYED_CACHE, else $XDG_CACHE_HOME/gatewayed, else
    /// ~/.cache/gatewayed. With KUBEBUILDER_ASSETS set, nothing is built.
    Build,
    /// Prints where a fitting kubectl and helm are, fetching them where there are none.
    ///
    /// Prints KUBECTL=PATH and HELM=PATH, a line each.
    Tools,
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("lab: {e}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<(), LabError> {
    match cli.command {
        Command::Build => {
            let binaries = build::binaries()?;
            println!("{}\n{}", binaries.etcd.display(), binaries.apiserver.display());
            println!("{}\n{}", binaries.controller_manager.display(), binaries.scheduler.display());
            print_tools()
        }
        Command::Tools => print_tools(),
    }
}

fn print_tools() -> Result<(), LabError> {
    println!("KUBECTL={}", tools::kubectl()?.display());
    println!("HELM={}", tools::helm()?.display());
    Ok(())
}
