//! `gatewayed crd`: the custom resource definitions.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use kube::ResourceExt;

use crate::api::crd;

/// Where to.
#[derive(Args, Debug)]
pub struct Crd {
    /// Write one file a definition into this folder instead of printing.
    #[arg(long)]
    dir: Option<PathBuf>,
}

/// The definitions could not be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// As YAML.
    #[error("cannot write a definition as YAML: {0}")]
    Yaml(#[from] serde_saphyr::ser::Error),
    /// To standard output.
    #[error("cannot write to standard output: {0}")]
    Output(#[source] std::io::Error),
    /// To a file.
    #[error("cannot write {}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl Crd {
    /// Prints or writes them.
    ///
    /// # Errors
    /// A file could not be written.
    pub fn run(self) -> Result<(), Error> {
        let Some(dir) = self.dir else {
            return std::io::stdout().write_all(crd::yaml()?.as_bytes()).map_err(Error::Output);
        };
        for definition in crd::crds() {
            let path = dir.join(format!("{}.yaml", definition.name_any()));
            std::fs::write(&path, crd::document(&definition)?)
                .map_err(|source| Error::File { path, source })?;
        }
        Ok(())
    }
}
