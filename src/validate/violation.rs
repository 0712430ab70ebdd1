//! What is wrong with an object.

use std::fmt;

use crate::api::Reason;

/// One thing that is wrong: where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The reason that a condition gives.
    pub reason: Reason,
    /// The field, such as `spec.routes[one-order].path`.
    pub field: String,
    /// A sentence for people: what is wrong, and the remedy.
    pub message: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// The reason and message of a condition that tells `violations`: the first three in full, the number
/// of the others. `None` if there are none.
pub fn summary(violations: &[Violation]) -> Option<(Reason, String)> {
    let first = violations.first()?;
    let mut sentences: Vec<String> = violations.iter().take(3).map(Violation::to_string).collect();
    match violations.len() - sentences.len() {
        0 => {}
        1 => sentences.push("One more field is wrong.".to_owned()),
        n => sentences.push(format!("{n} more fields are wrong.")),
    }
    Some((first.reason, sentences.join(" ")))
}

/// Violations found so far.
#[derive(Debug, Default)]
pub(super) struct Found(pub Vec<Violation>);

impl Found {
    /// Adds a violation.
    pub fn add(&mut self, reason: Reason, field: impl Into<String>, message: impl Into<String>) {
        self.0.push(Violation { reason, field: field.into(), message: message.into() });
    }

    /// Unless `holds`, adds that `field` has a bad value; `rule` completes the sentence that the
    /// field begins.
    pub fn check(&mut self, holds: bool, field: impl Into<String>, rule: &str) {
        if !holds {
            let field = field.into();
            let message = format!("{field} {rule}.");
            self.add(Reason::InvalidSpec, field, message);
        }
    }

    /// `value`, unless something was found.
    pub fn or<T>(self, value: T) -> Result<T, Vec<Violation>> {
        if self.0.is_empty() { Ok(value) } else { Err(self.0) }
    }
}
