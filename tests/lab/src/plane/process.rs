//! A process of the control plane with its log, and the guard that ends all of them with us.

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};

use crate::LabError;

/// How many of a log's last lines an error quotes.
const TAIL: usize = 15;

/// Reads process ids and folders until its standard input ends, as it does when we are gone,
/// however that came about; then kills the processes and removes the folders. `-` forgets the ids.
const GUARD: &str = r#"
pids=
while read -r line; do
  case $line in
    -) pids= ;;
    /*) set -- "$@" "$line" ;;
    *) pids="$pids $line" ;;
  esac
done
[ -z "$pids" ] || kill -KILL $pids 2>/dev/null
rm -rf -- "$@" 2>/dev/null || { sleep 1; rm -rf -- "$@"; }
"#;

/// A child that outlives us for the moment that it takes to end the others. (A parent-death
/// signal would need unsafe code, and follows the spawning thread instead of the process.)
#[derive(Debug)]
pub(crate) struct Guard {
    child: Child,
    /// Taken when it is to end.
    input: Option<ChildStdin>,
}

impl Guard {
    /// Starts it.
    pub(crate) fn start() -> Result<Guard, LabError> {
        let mut child = Command::new("/bin/sh")
            .args(["-c", GUARD, "lab-guard"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Not in our group: what ends the group must not end the guard.
            .process_group(0)
            .spawn()
            .map_err(LabError::io("run /bin/sh"))?;
        let input = child.stdin.take();
        Ok(Guard { child, input })
    }

    /// Has it kill these processes at the end, and no others.
    pub(crate) fn watch(&mut self, ids: &[u32]) -> Result<(), LabError> {
        let lines: Vec<_> = ids.iter().map(u32::to_string).collect();
        // In one write, so that our end never comes between.
        self.tell(&format!("-\n{}", lines.join("\n")))
    }

    fn tell(&mut self, line: &str) -> Result<(), LabError> {
        match &mut self.input {
            Some(input) => writeln!(input, "{line}").map_err(LabError::io("write to the guard")),
            None => Ok(()),
        }
    }

    /// Has it remove `folder` at the end.
    pub(crate) fn remove(&mut self, folder: &Path) -> Result<(), LabError> {
        self.tell(&folder.display().to_string())
    }

    /// Lets it remove the folders, and waits for that.
    pub(crate) fn finish(&mut self) {
        // Nothing to add if it is gone already.
        let _ = self.tell("-");
        drop(self.input.take());
        let _ = self.child.wait();
    }
}

/// A running process. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Process {
    name: &'static str,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts `binary` with these variables and no others but PATH and HOME, its output at the end of
    /// `LOGS/NAME.log`. The guard is to be told.
    pub(crate) fn start(
        name: &'static str,
        binary: &Path,
        args: &[String],
        env: &BTreeMap<String, String>,
        logs: &Path,
    ) -> Result<Process, LabError> {
        let log = logs.join(format!("{name}.log"));
        let out = File::options().create(true).append(true).open(&log);
        let out = out.map_err(LabError::file("open", &log))?;
        let err = out.try_clone().map_err(LabError::file("open", &log))?;
        let child = Command::new(binary)
            .args(args)
            // Proxies, ETCD_* and Go settings of the caller are none of its business.
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", logs)
            .envs(env)
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(err)
            .process_group(0)
            .spawn()
            .map_err(LabError::file("run", binary))?;
        Ok(Process { name, child, log })
    }

    /// `kube-apiserver`.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// The process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, if it did.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// An error about it that quotes its log.
    pub(crate) fn error(&self, how: impl Into<String>) -> LabError {
        LabError::Process {
            process: self.name,
            how: how.into(),
            log: self.log.clone(),
            tail: tail(&self.log, TAIL),
        }
    }

    /// Where its output is.
    pub(crate) fn log(&self) -> &Path {
        &self.log
    }

    /// Kills it and waits until it is gone. A throw-away plane has nothing to flush.
    pub(crate) fn kill(&mut self) {
        // Errors mean that it is gone.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The last `lines` lines of a file; empty if it cannot be read.
pub(crate) fn tail(log: &Path, lines: usize) -> String {
    let Ok(file) = File::open(log) else { return String::new() };
    let mut last = VecDeque::new();
    for line in BufReader::new(file).lines().map_while(Result::ok) {
        last.push_back(line);
        if last.len() > lines {
            last.pop_front();
        }
    }
    Vec::from(last).join("\n")
}
