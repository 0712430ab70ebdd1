//! What a person sees: aligned lines, on a terminal with colour and a line that tells what is
//! waited for; in a pipe the same lines and nothing else. IO: writes to stdout, failures to stderr.

use std::cell::Cell;
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// Where the second column of the first lines and of the steps begins.
const SECOND: usize = 55;
/// What a line that is overwritten may take, so that it fits on one row of any terminal.
const ROW: usize = 76;

/// The screen.
#[derive(Debug)]
pub struct Screen {
    terminal: bool,
    colour: bool,
    /// A line stands there that is to be overwritten.
    waiting: Cell<bool>,
    began: Instant,
    /// The step that is shown.
    step: Cell<&'static str>,
}

impl Screen {
    /// Standard output, with colour and movement if that is a terminal (`NO_COLOR` has its way).
    pub fn stdout() -> Screen {
        let terminal = std::io::stdout().is_terminal();
        let colour = terminal && std::env::var_os("NO_COLOR").is_none();
        let step = Cell::new("The start");
        Screen { terminal, colour, waiting: Cell::new(false), began: Instant::now(), step }
    }

    /// How long the demo has been running.
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// The title of the step that is shown.
    pub fn current_step(&self) -> &'static str {
        self.step.get()
    }

    /// Something that stands now: `aws  awsim, eu-central-1, clock 60x  ready`.
    pub fn part(&self, name: &str, what: &str, state: &str) {
        self.print(&format!("{}{}", column(&format!("{name:<15}{what}"), SECOND), self.green(state)));
    }

    /// A step begins, by this command.
    pub fn step(&self, number: u8, title: &'static str, command: &str) {
        self.step.set(title);
        let line = column(&format!("{number}  {title}"), SECOND);
        self.print(&format!("\n{}{}", self.bold(&line), self.dim(command)));
    }

    /// Something came about so long after the step's command.
    pub fn fact(&self, after: Duration, what: &str, message: &str) {
        let time = format!("{:>8.1} s  ", after.as_secs_f64());
        self.print(&format!("{}{}{message}", self.dim(&time), self.green(&column(what, 19))));
    }

    /// A line of the step that is no event.
    pub fn note(&self, text: &str) {
        self.print(&format!("     {text}"));
    }

    /// What a program printed, as it is, indented.
    pub fn verbatim(&self, text: &str) {
        for line in text.trim_end().lines() {
            self.print(format!("     {line}").trim_end());
        }
    }

    /// What is waited for and what there is so far; on a terminal only, until the next line.
    pub fn waiting(&self, what: &str, seen: &str) {
        if self.terminal {
            let text: String = format!("       …    {what}: {seen}").chars().take(ROW).collect();
            self.write(&format!("\r\x1b[K{}", self.dim(&text)));
            self.waiting.set(true);
        }
    }

    /// A line.
    pub fn print(&self, line: &str) {
        let clear = if self.waiting.replace(false) { "\r\x1b[K" } else { "" };
        self.write(&format!("{clear}{line}\n"));
    }

    /// A line on standard error.
    pub fn complain(&self, line: &str) {
        if self.waiting.replace(false) {
            self.write("\r\x1b[K");
        }
        eprintln!("{line}");
    }

    /// Whoever reads may have gone; the demo's result is its exit code.
    fn write(&self, text: &str) {
        let mut out = std::io::stdout();
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }

    fn bold(&self, text: &str) -> String {
        self.paint("1", text)
    }

    fn dim(&self, text: &str) -> String {
        self.paint("2", text)
    }

    fn green(&self, text: &str) -> String {
        self.paint("32", text)
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// The text, filled up to this width and at least with two spaces.
fn column(text: &str, width: usize) -> String {
    let spaces = width.saturating_sub(text.chars().count()).max(2);
    format!("{text}{}", " ".repeat(spaces))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_a_long_text_keeps_its_distance() {
        assert_eq!(column("Ready", 8), "Ready   ");
        assert_eq!(column("RoutesProgrammed", 8), "RoutesProgrammed  ");
        assert_eq!(column("…", 4), "…   ");
    }
}
