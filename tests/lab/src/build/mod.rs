//! The control plane's four binaries: from `KUBEBUILDER_ASSETS` when that is set, else built once
//! from the Go modules in `tests/lab/tools` into the [`cache`], keyed by the content
//! of their `go.mod` and `go.sum`. IO: runs `go`, which downloads modules.

mod go;

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::progress::Progress;
use crate::{LabError, cache};

/// Where the binaries lie.
#[derive(Clone, Debug)]
pub struct Binaries {
    /// etcd 3.6.
    pub etcd: PathBuf,
    /// kube-apiserver.
    pub apiserver: PathBuf,
    /// kube-controller-manager.
    pub controller_manager: PathBuf,
    /// kube-scheduler.
    pub scheduler: PathBuf,
}

/// A Go module of ours that only names the tools to build.
struct Module {
    /// As a person knows it.
    name: &'static str,
    go_mod: &'static str,
    go_sum: &'static str,
    /// The required module whose version is the tools' version.
    main: &'static str,
    packages: &'static [&'static str],
    /// What a cold build takes on two cores.
    takes: &'static str,
}

const ETCD: Module = Module {
    name: "etcd",
    go_mod: include_str!("../../tools/etcd/go.mod"),
    go_sum: include_str!("../../tools/etcd/go.sum"),
    main: "go.etcd.io/etcd/server/v3",
    packages: &["go.etcd.io/etcd/server/v3"],
    takes: "about 1 minute",
};

const KUBERNETES: Module = Module {
    name: "kubernetes",
    go_mod: include_str!("../../tools/kube/go.mod"),
    go_sum: include_str!("../../tools/kube/go.sum"),
    main: "k8s.io/kubernetes",
    packages: &[
        "k8s.io/kubernetes/cmd/kube-apiserver",
        "k8s.io/kubernetes/cmd/kube-controller-manager",
        "k8s.io/kubernetes/cmd/kube-scheduler",
    ],
    takes: "about 4 minutes",
};

/// Finds the binaries, building what is not there. Blocks for minutes the first time, and says so
/// on stderr.
///
/// # Errors
/// Go absent, of a wrong version, without network or disk, or `KUBEBUILDER_ASSETS` incomplete.
pub fn binaries() -> Result<Binaries, LabError> {
    if let Some(folder) = std::env::var_os("KUBEBUILDER_ASSETS").filter(|v| !v.is_empty()) {
        return from_assets(Path::new(&folder));
    }
    let etcd = build(&ETCD)?;
    let kubernetes = build(&KUBERNETES)?;
    Ok(Binaries {
        etcd: etcd.join("etcd"),
        apiserver: kubernetes.join("kube-apiserver"),
        controller_manager: kubernetes.join("kube-controller-manager"),
        scheduler: kubernetes.join("kube-scheduler"),
    })
}

/// The Kubernetes version that is built when no assets are given, `v1.36.4`.
pub fn kubernetes_version() -> &'static str {
    version(&KUBERNETES)
}

fn from_assets(folder: &Path) -> Result<Binaries, LabError> {
    let names = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"];
    let missing: Vec<_> = names.into_iter().filter(|name| !folder.join(name).is_file()).collect();
    if !missing.is_empty() {
        return Err(LabError::AssetsIncomplete { folder: folder.to_owned(), missing: missing.join(", ") });
    }
    Ok(Binaries {
        etcd: folder.join("etcd"),
        apiserver: folder.join("kube-apiserver"),
        controller_manager: folder.join("kube-controller-manager"),
        scheduler: folder.join("kube-scheduler"),
    })
}

fn build(module: &Module) -> Result<PathBuf, LabError> {
    let version = version(module);
    let name = format!("{}-{version}-{}", module.name, key(module));
    cache::entry(&name, |making| {
        let go = go::check(making)?;
        go.require_space(module.main, version)?;
        let what = format!(
            "building {} {version} from Go modules, once, {} on two cores",
            module.name, module.takes
        );
        let mut progress = Progress::begin(what);
        go.build(module, making, &mut progress)?;
        progress.done();
        Ok(())
    })
}

/// The version that go.mod requires of the main module.
fn version(module: &Module) -> &'static str {
    let of_line = |line: &'static str| {
        let rest = line.trim().trim_start_matches("require ").strip_prefix(module.main)?;
        rest.trim().split(' ').next().filter(|v| v.starts_with('v'))
    };
    module.go_mod.lines().find_map(of_line).unwrap_or("unknown")
}

/// 16 hexadecimal digits over what decides the build.
fn key(module: &Module) -> String {
    let hash =
        Sha256::new().chain_update(module.go_mod).chain_update([0]).chain_update(module.go_sum).finalize();
    hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_go_mod() {
        assert!(version(&KUBERNETES).starts_with("v1.36."), "{}", version(&KUBERNETES));
        assert!(version(&ETCD).starts_with("v3.6."), "{}", version(&ETCD));
    }

    #[test]
    fn a_folder_of_assets_that_lacks_the_scheduler_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["etcd", "kube-apiserver", "kube-controller-manager"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let e = from_assets(folder.path()).unwrap_err().to_string();
        assert!(e.contains("lacks kube-scheduler"), "{e}");
    }
}
