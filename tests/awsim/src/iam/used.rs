//! Which actions were asked for, on which resources, and whether they were allowed.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

/// One action on one resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Used {
    /// `ec2:CreateTags`
    pub action: String,
    /// An ARN, with `*` for the id of what is to be made; `*` where the action knows no resources.
    pub resource: String,
    /// As the caller's policies have it.
    pub allowed: bool,
}

/// Each once, in the order of their names, with its `count`.
pub fn summary<'a>(all: impl IntoIterator<Item = &'a Used>) -> Value {
    let mut counts: BTreeMap<&Used, u64> = BTreeMap::new();
    for used in all {
        *counts.entry(used).or_default() += 1;
    }
    let one = |(used, count): (&Used, u64)| json!({"action": used.action, "resource": used.resource, "allowed": used.allowed, "count": count});
    counts.into_iter().map(one).collect()
}
