//! Whether policies allow an action on a resource (IAM User Guide, "Policy evaluation logic"): an
//! explicit deny wins, then an allow, and what nothing allows is denied.

use super::context::Facts;
use super::pattern;
use super::policy::{Effect, Names, Policy, Statement};

/// What policies say to an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Some statement allows it and none denies it.
    Allowed,
    /// No statement is about it.
    NotAllowed,
    /// A statement denies it.
    Denied,
}

/// What the policies, taken together, say to `action` (`service:Name`) on `resource` (an ARN or `*`).
pub fn decide<'p>(
    policies: impl IntoIterator<Item = &'p Policy>,
    action: &str,
    resource: &str,
    facts: &Facts<'_>,
) -> Decision {
    let mut decision = Decision::NotAllowed;
    for policy in policies {
        for statement in &policy.statements {
            // What would change nothing need not be looked at.
            if decision == Decision::Allowed && statement.effect == Effect::Allow {
                continue;
            }
            if !applies(statement, policy.variables, action, resource, facts) {
                continue;
            }
            match statement.effect {
                Effect::Deny => return Decision::Denied,
                Effect::Allow => decision = Decision::Allowed,
            }
        }
    }
    decision
}

fn applies(statement: &Statement, variables: bool, action: &str, resource: &str, facts: &Facts<'_>) -> bool {
    let is_action = |names: &[String]| names.iter().any(|name| pattern::like_action(name, action));
    let about_action = match &statement.actions {
        Names::In(names) => is_action(names),
        Names::NotIn(names) => !is_action(names),
    };
    about_action
        && about_resource(&statement.resources, variables, resource, facts)
        && statement.conditions.iter().all(|condition| condition.holds(facts, variables))
}

/// A variable that cannot be replaced makes neither `Resource` nor `NotResource` apply.
fn about_resource(names: &Names, variables: bool, resource: &str, facts: &Facts<'_>) -> bool {
    let variables = variables.then_some(facts);
    let (texts, wanted) = match names {
        Names::In(texts) => (texts, true),
        Names::NotIn(texts) => (texts, false),
    };
    let mut found = false;
    for text in texts {
        match pattern::expand(text, true, variables) {
            Some(parts) => found = found || pattern::matches(&parts, resource, false),
            None if wanted => {}
            None => return false,
        }
    }
    found == wanted
}
