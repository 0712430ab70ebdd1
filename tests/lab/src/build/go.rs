//! The `go` command: is it there and fit, has it room, and one build with it.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{ChildStderr, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use super::Module;
use crate::progress::Progress;
use crate::{LabError, cache};

/// What a cold build needs for Go's module and build caches, in MiB (measured: 3.1 GB and 1 GB).
const COLD_MIB: u64 = 6 * 1024;
/// What a build needs whose modules are there already, in MiB.
const WARM_MIB: u64 = 2 * 1024;
/// What the finished binaries need, in MiB.
const BINARIES_MIB: u64 = 600;
/// How many of the last lines an error quotes.
const TAIL: usize = 20;

/// A Go toolchain that fits.
pub(super) struct Go {
    module_cache: PathBuf,
    build_cache: PathBuf,
}

/// Checks the Go toolchain that `go` selects in a module of ours. `folder` is an empty folder.
pub(super) fn check(folder: &Path) -> Result<Go, LabError> {
    let go_mod = folder.join("go.mod");
    std::fs::write(&go_mod, "module check\n\ngo 1.26.0\n").map_err(LabError::file("write", &go_mod))?;
    let output = go(folder).args(["env", "GOVERSION", "GOMODCACHE", "GOCACHE"]).output();
    let output = match output {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Err(LabError::GoAbsent),
        Err(e) => return Err(LabError::io("run go")(e)),
        Ok(output) => output,
    };
    if !output.status.success() {
        // What go says when it is older than the module asks and may not fetch a newer one.
        return Err(LabError::GoVersion {
            found: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            why: "Go 1.26 is needed",
            remedy: "install Go 1.26 from https://go.dev/dl, or set GOTOOLCHAIN=auto",
        });
    }
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut lines = text.lines();
    let mut next = || lines.next().unwrap_or_default();
    fits(next())?;
    Ok(Go { module_cache: next().into(), build_cache: next().into() })
}

/// Accepts `go1.26.x` only.
fn fits(version: &str) -> Result<(), LabError> {
    let minor = version.strip_prefix("go1.").and_then(|rest| {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        rest[..digits].parse::<u32>().ok()
    });
    let (why, remedy) = match minor {
        Some(26) => return Ok(()),
        Some(..26) => ("Go 1.26 is needed", "install Go 1.26 from https://go.dev/dl"),
        _ => (
            "later Go compiles this Kubernetes into a server with broken OpenAPI",
            "set GOTOOLCHAIN=go1.26.8, or install Go 1.26 from https://go.dev/dl",
        ),
    };
    Err(LabError::GoVersion { found: version.to_owned(), why, remedy })
}

/// `go` in a folder, free of what the caller's environment would change in the build.
fn go(folder: &Path) -> Command {
    let mut command = Command::new("go");
    command.current_dir(folder).stdin(Stdio::null());
    command.env("CGO_ENABLED", "0").env("GOFLAGS", "-mod=readonly").env("GOWORK", "off");
    for name in ["GOOS", "GOARCH", "GO111MODULE", "GOEXPERIMENT"] {
        command.env_remove(name);
    }
    command
}

impl Go {
    /// Refuses before a build that would fill the disk.
    pub(super) fn require_space(&self, main: &str, version: &str) -> Result<(), LabError> {
        let warm = self.module_cache.join(format!("{main}@{version}")).is_dir();
        let need = if warm { WARM_MIB } else { COLD_MIB };
        cache::require_space(&self.module_cache, need, "building the control plane", "GOMODCACHE")?;
        cache::require_space(&self.build_cache, need, "building the control plane", "GOCACHE")?;
        cache::require_space(&cache::folder()?, BINARIES_MIB, "the control plane", "GATEWAYED_CACHE")
    }

    /// Builds the module's packages into `folder`, which holds nothing else afterwards.
    pub(super) fn build(
        &self,
        module: &Module,
        folder: &Path,
        progress: &mut Progress,
    ) -> Result<(), LabError> {
        let source = tempfile::tempdir_in(folder).map_err(LabError::file("create a folder in", folder))?;
        for (name, text) in [("go.mod", module.go_mod), ("go.sum", module.go_sum)] {
            let path = source.path().join(name);
            std::fs::write(&path, text).map_err(LabError::file("write", &path))?;
        }
        let leftover = folder.join("go.mod");
        std::fs::remove_file(&leftover).map_err(LabError::file("remove", &leftover))?;
        let out = folder.join(if module.packages.len() == 1 { module.name } else { "" });
        let mut command = go(source.path());
        command.args(["build", "-v", "-trimpath", "-ldflags", &ldflags(module), "-o"]).arg(&out);
        run(command.args(module.packages), module.name, progress)
    }
}

/// Strips symbols and, for Kubernetes, sets its version: without it the server calls itself by a
/// placeholder, and Helm's kubeVersion checks fail.
fn ldflags(module: &Module) -> String {
    let version = super::version(module);
    let mut numbers = version.trim_start_matches('v').split('.');
    let (major, minor) = (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default());
    let p = "k8s.io/component-base/version";
    match module.main {
        "k8s.io/kubernetes" => format!(
            "-s -w -X {p}.gitVersion={version} -X {p}.gitMajor={major} -X {p}.gitMinor={minor} -X {p}.gitTreeState=clean"
        ),
        _ => "-s -w".to_owned(),
    }
}

/// Runs `go build -v`, which names each module as it is fetched and each package as it is compiled.
fn run(command: &mut Command, name: &str, progress: &mut Progress) -> Result<(), LabError> {
    let mut child =
        command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().map_err(LabError::io("run go build"))?;
    let (mut fetched, mut compiled, mut tail) = (0, 0, VecDeque::new());
    let lines = lines(child.stderr.take());
    loop {
        match lines.recv_timeout(Duration::from_secs(1)) {
            Ok(line) if line.starts_with("go: downloading ") => fetched += 1,
            Ok(line) if !line.contains(' ') => compiled += 1,
            Ok(line) => {
                tail.push_back(line);
                if tail.len() > TAIL {
                    tail.pop_front();
                }
            }
            // Linking takes long and says nothing.
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        progress.at(&format!("{fetched} modules fetched, {compiled} packages compiled"));
    }
    let status = child.wait().map_err(LabError::io("wait for go build"))?;
    match status.success() {
        true => Ok(()),
        false => Err(failure(name, status.to_string(), Vec::from(tail).join("\n"))),
    }
}

/// The lines that a command writes, as they come.
fn lines(output: Option<ChildStderr>) -> Receiver<String> {
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        let lines = output.into_iter().flat_map(|output| BufReader::new(output).lines());
        lines.map_while(Result::ok).try_for_each(|line| send.send(line))
    });
    receive
}

/// What a failed build's last lines mean.
fn failure(name: &str, status: String, tail: String) -> LabError {
    let network = [
        "dial tcp",
        "no such host",
        "i/o timeout",
        "connection refused",
        "proxyconnect",
        "TLS handshake",
        "x509:",
    ];
    if tail.contains("no space left on device") {
        let what = format!("building {name} (the disk is full: free some, or move GOCACHE and GOMODCACHE)");
        return LabError::Command { what, status, tail };
    }
    if network.iter().any(|sign| tail.contains(sign)) {
        return LabError::GoDownload { tail };
    }
    LabError::Command { what: format!("building {name}"), status, tail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_go_1_26_fits_and_others_are_refused_with_a_remedy() {
        fits("go1.26.8").unwrap();
        fits("go1.26rc1").unwrap();
        let old = fits("go1.25.3").unwrap_err().to_string();
        assert!(old.contains("install Go 1.26"), "{old}");
        let new = fits("go1.27.0").unwrap_err().to_string();
        assert!(new.contains("GOTOOLCHAIN=go1.26"), "{new}");
        assert!(fits("devel +abc").is_err());
    }

    #[test]
    fn an_unreachable_proxy_is_told_from_a_broken_build() {
        let tail = "go: k8s.io/api@v0.36.4: Get \"https://example.test\": dial tcp: lookup example.test: no such host";
        assert!(matches!(failure("etcd", String::new(), tail.into()), LabError::GoDownload { .. }));
        assert!(matches!(failure("etcd", String::new(), "undefined: x".into()), LabError::Command { .. }));
    }
}
