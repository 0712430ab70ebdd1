//! kubectl against the demo's cluster. IO: runs it.

use std::path::{Path, PathBuf};

use lab::tools;
use tokio::process::Command;

use super::error::DemoError;

/// A kubectl that leads to the demo's cluster.
#[derive(Debug)]
pub struct Kubectl {
    program: PathBuf,
    kubeconfig: PathBuf,
    cache: PathBuf,
}

impl Kubectl {
    /// Finds kubectl or fetches it. `cache` is a folder for what it learns of the cluster.
    ///
    /// # Errors
    /// If there is none.
    pub async fn find(kubeconfig: &Path, cache: PathBuf) -> Result<Kubectl, DemoError> {
        let finding = tokio::task::spawn_blocking(tools::kubectl).await;
        let program = finding.map_err(|e| lab::LabError::io("look for kubectl")(e.into()))??;
        Ok(Kubectl { program, kubeconfig: kubeconfig.to_owned(), cache })
    }

    /// What it prints.
    ///
    /// # Errors
    /// If it fails, with what it says.
    pub async fn run(&self, args: &[&str]) -> Result<String, DemoError> {
        let mut command = Command::new(&self.program);
        command.args(args).env("KUBECONFIG", &self.kubeconfig).env("KUBECACHEDIR", &self.cache);
        let output = command.kill_on_drop(true).output().await;
        let output = output.map_err(lab::LabError::file("run", &self.program))?;
        match output.status.success() {
            true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
            false => Err(DemoError::Kubectl {
                args: args.join(" "),
                said: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            }),
        }
    }

    /// Where it is.
    pub fn program(&self) -> &Path {
        &self.program
    }
}
