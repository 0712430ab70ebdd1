//! The server as a process, and what Linux says of it.

use std::io::{BufRead, BufReader, Error, Result};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::client::SECRET;

/// Of `utime` and `stime` in `/proc/PID/stat`: a second has so many on every Linux (proc(5), USER_HZ).
const TICKS: u32 = 100;

/// A running server; dropping it ends it.
#[derive(Debug)]
pub struct Process {
    child: Child,
    /// Where it listens.
    pub addr: SocketAddr,
}

impl Process {
    /// Starts the binary, another one where AWSIM_BIN names it, and waits until it listens.
    pub fn start() -> Result<Process> {
        let switches = ["--throttling", "off", "--quotas", "off", "--conflicts", "off", "--secret", SECRET];
        let binary = std::env::var_os("AWSIM_BIN").unwrap_or_else(|| env!("CARGO_BIN_EXE_awsim").into());
        let mut child = Command::new(binary).args(switches).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let addr = line.trim().strip_prefix("ready http://").and_then(|addr| addr.parse().ok());
        match addr {
            Some(addr) => Ok(Process { child, addr }),
            None => {
                child.kill()?;
                Err(Error::other(format!("awsim is not ready: {line}")))
            }
        }
    }

    /// A line of `/proc/PID/status`, in MiB.
    pub fn memory(&self, name: &str) -> Result<u64> {
        let text = self.read("status")?;
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
        kib.map(|kib| kib / 1024).ok_or_else(|| Error::other(format!("no {name} in {text}")))
    }

    /// The processor's time that it took so far.
    pub fn cpu(&self) -> Result<Duration> {
        let text = self.read("stat")?;
        // The name, in parentheses, may have spaces: what is counted comes after it.
        let fields = text.rsplit(')').next().unwrap_or_default().split_whitespace();
        let ticks: u32 = fields.skip(11).take(2).filter_map(|field| field.parse::<u32>().ok()).sum();
        Ok(Duration::from_secs(1) * ticks / TICKS)
    }

    fn read(&self, file: &str) -> Result<String> {
        std::fs::read_to_string(format!("/proc/{}/{file}", self.child.id()))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself; there is nothing more to do then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
