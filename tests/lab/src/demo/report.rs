//! What a person needs when a step did not hold: which, why, what the objects and the operator say,
//! and where the rest is.

use lab::LabError;

use super::error::DemoError;
use super::object::{CLASS, SERVICE};
use super::screen::Screen;
use super::setup::Demo;

/// How many of the operator's last lines are shown.
const LINES: usize = 25;

/// Nothing runs that could be asked.
pub fn not_started(screen: &Screen, error: &DemoError) {
    screen.complain(&format!("\nThe demo could not start: {error}"));
}

/// A step did not hold. Everything ends; the logs stay.
pub async fn failed(mut demo: Demo<'_>, error: &DemoError) {
    let screen = demo.screen;
    screen.complain(&format!("\nFailed at \"{}\": {error}", screen.current_step()));
    for object in [CLASS, SERVICE] {
        let mut args = vec!["describe", object.plural, object.name];
        args.extend(object.namespace.iter().flat_map(|namespace| ["-n", namespace]));
        // One that is not there has nothing to say.
        if let Ok(text) = demo.kubectl.run(&args).await {
            screen.complain(&format!("\nkubectl {}\n{}", args.join(" "), essence(&text)));
        }
    }
    // The error about a process quotes its log.
    if !matches!(error, DemoError::Lab(LabError::Process { .. })) {
        let log = demo.operator.log_tail(LINES);
        screen.complain(&format!("\nThe operator's last lines:\n{log}"));
    }
    demo.folder.disable_cleanup(true);
    screen.complain(&format!("\nLogs are kept in {}", demo.folder.path().join("log").display()));
}

/// Of what kubectl describes: the name, the conditions, the events.
fn essence(described: &str) -> String {
    let mut kept = Vec::new();
    let mut inside = false;
    for line in described.lines() {
        let indent = line.len() - line.trim_start().len();
        if line.starts_with("Events:") || line.trim_end() == "  Conditions:" {
            inside = true;
        } else if indent <= 2 {
            // The next key of the status, or of the object.
            inside = inside && line.starts_with("  ") && kept.iter().any(|k: &&str| k.starts_with("Events:"));
        }
        if inside || line.starts_with("Name:") {
            kept.push(line);
        }
    }
    kept.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_description_the_conditions_and_events_are_kept() {
        let text = "Name:         orders\nNamespace:    shop\nSpec:\n  Port:      3000\nStatus:\n  \
                    Class Name:  public\n  Conditions:\n    Message:  m\n    Type:     Ready\n  Effective:\n    \
                    Port:  3000\nEvents:\n  Type    Reason  Age\n  ----    ------  ---\n  Normal  Ready   1s\n";
        let kept = "Name:         orders\n  Conditions:\n    Message:  m\n    Type:     Ready\nEvents:\n  Type    \
                    Reason  Age\n  ----    ------  ---\n  Normal  Ready   1s";
        assert_eq!(essence(text), kept);
        assert_eq!(essence("Name:  a\nEvents:  <none>\n"), "Name:  a\nEvents:  <none>");
    }
}
