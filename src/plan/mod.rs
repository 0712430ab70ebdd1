//! The planner: what an owner wants × what is known of AWS → what to do now, what status must
//! remember, what to read, what is waited for and why. Pure: no IO, no clock.
//!
//! **One rule covers replacement, duplicates and removal.** Of the objects seen under a key,
//! *current* is the one with the wanted immutable settings that is neither failed nor going away;
//! the owner's other objects are *leftovers*. Order falls out of references: creates follow the
//! wanted ones, deletes the seen ones.

pub mod act;

pub use act::{Act, Blocker, Hold, Op, Why};

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::model::index::{Await, Collection, Index};
use crate::model::{Entry, ResourceKey, Time};

/// At most this many calls of one owner are posted at once; each reply plans again.
pub const ROUND: usize = 16;

/// What a plan is made against.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// What is known of AWS.
    pub index: &'a Index,
    /// What status records, of the owner and, for a service, of its class.
    pub entries: &'a BTreeMap<ResourceKey, Entry>,
    /// The owner's calls that run now (not those that are only queued: posting replaces them).
    pub running: &'a BTreeMap<ResourceKey, Running>,
    /// What to do about changes that others made.
    pub drift: DriftPolicy,
}

/// What a running call does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Running {
    /// Creates or updates.
    Write,
    /// Deletes.
    Delete,
}

/// What to do when AWS differs from what we last wrote although nothing else is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DriftPolicy {
    /// Put it right.
    #[default]
    Repair,
    /// Only say so.
    Report,
}

/// What to do now. To be followed in this order: `entries` acknowledged by the API server as the
/// owner's status ([`Index::intended`]), then `ops` and `reads` posted. `awaits` goes into the index
/// under the same lock that the plan was made under ([`Index::wait`]), so that no wake is missed.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// Calls of this round, and what stands in the way of the rest. Empty: all is as wanted.
    pub ops: Vec<Op>,
    /// What status must record, intents included.
    pub entries: Vec<Entry>,
    /// Keys that AWS shows changed or gone although we want what we last wrote.
    pub drifted: BTreeSet<ResourceKey>,
    /// Collections to list now.
    pub reads: BTreeSet<Collection>,
    /// When to plan again if nothing wakes the owner before.
    pub next: Option<Time>,
    /// What of others' wakes the owner.
    pub awaits: BTreeSet<Await>,
}

impl Plan {
    /// The calls to post.
    pub fn calls(&self) -> impl Iterator<Item = &Op> {
        self.ops.iter().filter(|op| op.act.is_call())
    }

    /// Nothing is left to do, to wait for or to remember: a deleted owner's finalizer may go.
    pub fn is_clean(&self) -> bool {
        self.ops.is_empty() && self.entries.is_empty()
    }
}
