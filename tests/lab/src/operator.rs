//! The operator as a process beside a lab: started with the lab's environment and pace, its log in
//! the lab's log folder, killed with us. IO: starts a process, reads its log.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::plane::process::{Guard, Process, tail};
use crate::{Lab, LabError};

/// A running operator. Dropping it kills it.
#[derive(Debug)]
pub struct Operator {
    process: Mutex<Process>,
    guard: Guard,
    log: PathBuf,
}

impl Operator {
    /// Starts `binary` with `args`, such as `run --cluster-id demo`. Besides them it gets
    /// [`Lab::env`], and its own time runs as fast as the lab's clock does now. Its log is
    /// `log/gatewayed.log` in the lab's folder.
    ///
    /// # Errors
    /// If it cannot be run; not if it ends soon, which [`Operator::check`] tells.
    pub fn start(lab: &Lab, binary: &Path, args: &[String]) -> Result<Operator, LabError> {
        let mut env = lab.env();
        env.insert("GATEWAYED_TIME_SCALE".to_owned(), lab.clock().scale().to_string());
        let mut guard = Guard::start()?;
        let process = Process::start("gatewayed", binary, args, &env, &lab.folder().join("log"))?;
        guard.watch(&[process.id()])?;
        let log = process.log().to_owned();
        Ok(Operator { process: Mutex::new(process), guard, log })
    }

    /// The binary of this name beside the program that runs now, as one build makes both.
    ///
    /// # Errors
    /// If it is not there.
    pub fn beside_us() -> Result<PathBuf, LabError> {
        let us = std::env::current_exe().map_err(LabError::io("find the program that runs"))?;
        let binary = us.with_file_name("gatewayed");
        match binary.is_file() {
            true => Ok(binary),
            false => Err(LabError::Config {
                field: "--operator",
                why: format!(
                    "there is no {}: build it with `cargo build --workspace`, or name another",
                    binary.display()
                ),
            }),
        }
    }

    /// What `binary` prints when it is run with `args` and ends by itself, such as `crd`.
    ///
    /// # Errors
    /// If it cannot be run or fails.
    pub fn ask(binary: &Path, args: &[&str]) -> Result<String, LabError> {
        let output = Command::new(binary).args(args).output().map_err(LabError::file("run", binary))?;
        match output.status.success() {
            true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
            false => Err(LabError::Command {
                what: format!("{} {}", binary.display(), args.join(" ")),
                status: output.status.to_string(),
                tail: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            }),
        }
    }

    /// Whether it runs.
    ///
    /// # Errors
    /// [`LabError::Process`] with the end of its log if it has ended.
    pub fn check(&self) -> Result<(), LabError> {
        let mut process = self.process();
        match process.ended() {
            Some(status) => Err(process.error(format!("ended with {status}"))),
            None => Ok(()),
        }
    }

    /// Its log file.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// The last `lines` lines of its log.
    pub fn log_tail(&self, lines: usize) -> String {
        tail(&self.log, lines)
    }

    fn process(&self) -> MutexGuard<'_, Process> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Operator {
    fn drop(&mut self) {
        self.process().kill();
        self.guard.finish();
    }
}
