//! What goes first. Pure.

use serde::Serialize;

use super::call::Call;
use crate::model::{Id, Owner};

/// Lanes, the most urgent first: traffic before everything, repair last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Lane {
    /// A pod is going: no more requests to it.
    Deregister,
    /// A pod is ready for requests.
    Register,
    /// What is no longer wanted.
    Delete,
    /// Creates, updates, and the reads that end a wait.
    Create,
    /// Drift passes and their repairs.
    Drift,
}

/// Who posts jobs, and is woken when one of them ends. Posting replaces only one's own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// A class's or a service's reconcile.
    Owner(Owner),
    /// The targets lane, for one target group.
    Targets(Id),
    /// List passes after takeover and for drift.
    Passes,
}

/// One piece of work.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// How urgent it is.
    pub lane: Lane,
    /// Its owner was never Ready: first within its lane.
    pub never_ready: bool,
    /// What to ask of AWS.
    pub call: Call,
}

/// A place in the queue, smallest first: lane, never-ready owners, age.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    lane: Lane,
    was_ready: bool,
    /// Counts up as jobs are first posted; posting the same work again keeps it.
    age: u64,
}

impl Place {
    pub(super) fn new(job: &Job, age: u64) -> Place {
        Place { lane: job.lane, was_ready: !job.never_ready, age }
    }

    /// It waits while AWS leaves many others without an answer. Traffic does not.
    pub(super) fn waits_for_room(&self) -> bool {
        self.lane > Lane::Register
    }
}
