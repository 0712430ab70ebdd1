//! Tells a person on stderr what a long step does and how far it is. IO: writes to stderr.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// One long step.
#[derive(Debug)]
pub struct Progress {
    what: String,
    start: Instant,
    last: Instant,
    /// A terminal gets one line that is rewritten, a file gets a line now and then.
    terminal: bool,
}

impl Progress {
    /// Says that the step begins.
    pub fn begin(what: impl Into<String>) -> Progress {
        let what = what.into();
        eprintln!("{what}");
        let now = Instant::now();
        Progress { what, start: now, last: now, terminal: std::io::stderr().is_terminal() }
    }

    /// Says how far it is; often called, seldom printed.
    pub fn at(&mut self, how_far: &str) {
        let pause = Duration::from_secs(if self.terminal { 1 } else { 15 });
        if self.last.elapsed() < pause {
            return;
        }
        self.last = Instant::now();
        let time = elapsed(self.start.elapsed());
        let mut err = std::io::stderr();
        // A progress line that cannot be written is no reason to stop.
        let _ = match self.terminal {
            true => write!(err, "\r\x1b[K  {time}  {how_far}").and_then(|()| err.flush()),
            false => writeln!(err, "  {time}  {how_far}"),
        };
    }

    /// Says that the step is done.
    pub fn done(self) {
        let clear = if self.terminal { "\r\x1b[K" } else { "" };
        eprintln!("{clear}  {}  done: {}", elapsed(self.start.elapsed()), self.what);
    }
}

fn elapsed(d: Duration) -> String {
    format!("{}:{:02}", d.as_secs() / 60, d.as_secs() % 60)
}
