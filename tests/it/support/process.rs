//! A process under test that never outlives the tests: a guard kills it when we are gone, however that
//! came about.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};

/// A running process and its guard. Dropping it kills both.
#[derive(Debug)]
pub struct Process {
    child: Child,
    guard: Child,
}

impl Process {
    /// Starts `command` and its guard.
    pub fn start(command: &mut Command) -> Process {
        let child = command.stdin(Stdio::null()).spawn().expect("the process starts");
        // Its standard input ends with us.
        let guard = Command::new("/bin/sh")
            .args(["-c", "cat >/dev/null; kill -KILL $0 2>/dev/null", &child.id().to_string()])
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            // Not in our group: what ends the group must not end the guard.
            .process_group(0)
            .spawn()
            .expect("/bin/sh");
        Process { child, guard }
    }

    /// Its id, for `/proc`.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Kills it at once, as a node that loses power does.
    pub fn kill(self) {
        drop(self);
    }

    /// Asks it to end, as Kubernetes does first.
    pub fn terminate(&self) {
        self.signal("TERM");
    }

    /// Stops it where it is, until [`Process::thaw`]: as a machine does that its hypervisor halts.
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let script = format!("kill -{name} $0");
        let sent = Command::new("/bin/sh").args(["-c", &script, &id]).status().expect("/bin/sh");
        assert!(sent.success(), "SIG{name} to {id}: {sent}");
    }

    /// How it ended, if it did.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("a child of ours")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Errors mean that they are gone. The guard first, so that it never kills a stranger's id.
        let _ = self.guard.kill();
        let _ = self.guard.wait();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
