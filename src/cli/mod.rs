//! The commands. Exit codes: 0 done, 1 failed (the last line on standard error says why), 2 wrong
//! usage; 3 a sweep found orphans that are there still.

mod crd;
mod replica;
mod run;
mod sweep;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::settings::Settings;

/// One object, one locked-down entry path on Amazon EKS.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the operator: keep every GatewayedService's entry path true.
    #[command(after_help = "Example, against the cluster of the current kubeconfig and the AWS \
        account of the current credentials:\n  gatewayed run --cluster-id prod-eu-1 --log-format text")]
    Run(Box<Settings>),
    /// Print the custom resource definitions as YAML.
    #[command(after_help = "Example:\n  gatewayed crd | kubectl apply --server-side -f -")]
    Crd(crd::Crd),
    /// List what an object left in AWS that is not in the cluster any more, or delete it.
    #[command(after_help = sweep::AFTER_HELP)]
    Sweep(sweep::Sweep),
}

/// Runs the command that the arguments name.
pub fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Run(settings) => run::run(*settings).map(|()| ExitCode::SUCCESS),
        Command::Crd(crd) => crd.run().map(|()| ExitCode::SUCCESS).map_err(Into::into),
        Command::Sweep(sweep) => sweep.run(),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("gatewayed: {error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent_and_every_flag_is_explained() {
        let mut cli = super::Cli::command();
        cli.build();
        cli.clone().debug_assert();
        for command in cli.get_subcommands() {
            for flag in command.get_arguments() {
                assert!(flag.get_help().is_some(), "{} {}", command.get_name(), flag.get_id());
            }
        }
    }
}
