//! Rules that tests break on purpose, to show that the properties depend on them.

use std::cell::Cell;

/// A rule of the planner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// What is seen to refer to an object blocks its deletion.
    ReferrersBlock,
    /// Nothing under a key whose references lead nowhere is a leftover.
    BlockedKeepsAll,
}

thread_local!(static BROKEN: Cell<Option<Rule>> = const { Cell::new(None) });

/// Whether the rule is broken now.
pub fn is(rule: Rule) -> bool {
    BROKEN.get() == Some(rule)
}

/// Runs `f` with a rule broken.
pub fn with<T>(rule: Option<Rule>, f: impl FnOnce() -> T) -> T {
    BROKEN.set(rule);
    let out = f();
    BROKEN.set(None);
    out
}
