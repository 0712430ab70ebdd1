//! The planner: what an owner wants × what is known of AWS → what to do now, what status must
//! remember, what to read, what is waited for and why. Pure: no IO, no clock.
//!
//! **One rule covers replacement, duplicates and removal.** Of the objects seen under a key,
//! *current* is the one with the wanted immutable settings that is neither failed nor going away;
//! the owner's other objects are *leftovers*. Order falls out of references: creates follow the
//! wanted ones, deletes the seen ones.

mod act;
mod drift;
mod leftover;
mod record;
mod standing;
mod stray;
mod wanted;

#[cfg(test)]
mod broken;
#[cfg(test)]
mod tests;

pub use act::{Act, Blocker, Hold, Op, Touch, Why};
pub use drift::{Change, DriftPolicies, Drifted};

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Serialize;

use crate::model::index::{Await, Collection, Index, Trouble};
use crate::model::{Entry, Id, Kind, Owner, ResourceKey, Stack, Time};
use standing::Standing;

/// At most this many calls of one owner are posted at once; each reply plans again.
pub const ROUND: usize = 16;

/// How old an empty list of what is below it may be when a load balancer or HTTP API is deleted with
/// all that is in it.
pub const FRESH: Duration = Duration::from_secs(60);

/// What a plan is made against.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// What is known of AWS.
    pub index: &'a Index,
    /// What status records, of the owner and, for a service, of its class.
    pub entries: &'a BTreeMap<ResourceKey, Entry>,
    /// The owner's calls that run now (not those that are only queued: posting replaces them).
    pub running: &'a BTreeMap<ResourceKey, Running>,
    /// Ids that the status of the class, or of any of its services, records: never strays. Only a class's
    /// plan needs them.
    pub recorded: &'a BTreeSet<Id>,
    /// What to do about changes that others made.
    pub drift: DriftPolicies,
}

/// What a running call does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Running {
    /// Creates or updates.
    Write,
    /// Deletes.
    Delete,
}

/// What to do now. To be followed in this order: `awaits` put into the index under the same lock that
/// the plan was made under ([`Index::wait`]), so that no wake is missed; `entries` acknowledged by the
/// API server as part of the owner's status; `intents` noted in the index ([`Index::intended`]); then
/// `ops` and `reads` posted.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// Calls of this round, and what stands in the way of the rest. Empty: all is as wanted.
    pub ops: Vec<Op>,
    /// What status must record, intents included.
    pub entries: Vec<Entry>,
    /// Keys with nothing under them for certain, whose entry is now an intent. To be noted in the index
    /// ([`Index::intended`]) once `entries` are acknowledged and before `ops` are posted.
    pub intents: BTreeSet<ResourceKey>,
    /// What AWS shows changed or gone although we want what we last wrote, and what others put into what
    /// is ours.
    pub drifted: Vec<Drifted>,
    /// Collections to list now.
    pub reads: BTreeSet<Collection>,
    /// Only of an empty stack: collections that must be listed before we believe that nothing is left,
    /// and why that did not succeed.
    pub unproven: Vec<Unproven>,
    /// When to plan again if nothing wakes the owner before.
    pub next: Option<Time>,
    /// What of others' wakes the owner.
    pub awaits: BTreeSet<Await>,
}

/// A collection in which something of a deleted owner's may still be.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Unproven {
    /// What must be listed.
    pub of: Collection,
    /// Why it could not be.
    pub trouble: Option<Trouble>,
}

impl Plan {
    /// The calls to post.
    pub fn calls(&self) -> impl Iterator<Item = &Op> {
        self.ops.iter().filter(|op| op.act.is_call())
    }

    /// All is as wanted, or left as others made it: nothing is to be done or waited for but recording what
    /// `entries` say.
    pub fn is_settled(&self) -> bool {
        let still = |op: &Op| matches!(op.act, Act::Adopt(_) | Act::Wait(Why::Drifted));
        self.unproven.is_empty() && self.ops.iter().all(still)
    }

    /// What others did to what is kept under `key`.
    pub fn drift_of(&self, key: &ResourceKey) -> Option<&Drifted> {
        self.drifted.iter().find(|drifted| drifted.key == *key)
    }

    /// Nothing is left to do, to wait for or to remember: a deleted owner's finalizer may go.
    pub fn is_clean(&self) -> bool {
        self.ops.is_empty() && self.entries.is_empty() && self.unproven.is_empty()
    }
}

/// What to do now so that AWS holds what `stack` wants for `owner`, and nothing else of the owner's.
/// The empty stack deletes everything.
pub fn plan(owner: &Owner, stack: &Stack, view: View<'_>, now: Time) -> Plan {
    let mut planner = Planner { owner, stack, view, now, standings: BTreeMap::new(), plan: Plan::default() };
    // By kind, and a reference only goes to an earlier kind: those it refers to stand already.
    for (key, body) in &stack.0 {
        let standing = planner.stand(key, body);
        planner.standings.insert(key.clone(), standing);
    }
    let standings = std::mem::take(&mut planner.standings);
    let mut ops = Vec::new();
    for key in planner.keys() {
        let standing = standings.get(&key);
        let acts = planner.acts(&key, standing);
        planner.plan.entries.extend(planner.record(&key, standing, &acts));
        if key.kind.token_less() && acts.iter().any(|act| matches!(act, Act::Create(_))) {
            planner.plan.intents.insert(key.clone());
        }
        ops.extend(acts.into_iter().map(|act| Op { key: key.clone(), act }));
    }
    ops.extend(planner.strays());
    if stack.0.is_empty() {
        planner.prove_nothing_is_left();
    }
    Plan { ops: round(ops, view.running), ..planner.plan }
}

/// A plan in the making.
struct Planner<'a> {
    owner: &'a Owner,
    stack: &'a Stack,
    view: View<'a>,
    now: Time,
    /// How each wanted key stands.
    standings: BTreeMap<ResourceKey, Standing<'a>>,
    plan: Plan,
}

impl<'a> Planner<'a> {
    /// Every key that may need something: wanted, seen, recorded, running or lost.
    fn keys(&self) -> BTreeSet<ResourceKey> {
        let entries = self.view.entries.keys().chain(self.view.running.keys());
        let mine = entries.filter(|key| key.owner == *self.owner);
        let lost = self.view.index.lost(self.owner);
        self.stack.0.keys().chain(mine).chain(lost).cloned().chain(self.view.index.keys(self.owner)).collect()
    }

    /// What to do under one key: with the wanted object, then with each of the others.
    fn acts(&mut self, key: &ResourceKey, standing: Option<&Standing<'a>>) -> Vec<Act> {
        let mut acts = match standing {
            Some(standing) => self.wanted(key, standing),
            None => self.unwanted(key),
        };
        #[cfg(test)]
        let standing = standing
            .filter(|s| !broken::is(broken::Rule::BlockedKeepsAll) || matches!(s, Standing::Resolved(_)));
        if acts.contains(&Act::Wait(Why::Drifted)) {
            // It stays as others made it.
            return acts;
        }
        for known in self.leftovers(key, standing) {
            acts.extend(self.other(key, known, standing));
        }
        acts
    }

    /// The deleted owner's finalizer may go only when lists show that nothing is left which an
    /// earlier leader, or a call without an answer, may have made unseen.
    fn prove_nothing_is_left(&mut self) {
        let settled = self.view.index.uncertain_owner_since(self.owner) + self.view.index.settle;
        let index = self.view.index;
        let places = Kind::ALL.into_iter().flat_map(|kind| index.places(kind, self.owner.class()));
        for of in places.collect::<BTreeSet<Collection>>() {
            if index.listed(&of).is_none_or(|started| started < settled) {
                let trouble = index.list_trouble(&of).cloned();
                self.plan.unproven.push(Unproven { of: of.clone(), trouble });
                self.read_from(of, settled);
            }
        }
    }

    /// Plan again then.
    fn at(&mut self, time: Time) {
        self.plan.next = Some(self.plan.next.map_or(time, |next| next.min(time)));
    }

    /// List the collection now, unless that failed a moment ago.
    fn read(&mut self, of: Collection) {
        self.plan.awaits.insert(Await::List(of.clone()));
        match self.view.index.list_trouble(&of) {
            Some(trouble) if trouble.holds(self.now) => {
                if let Some(retry_at) = trouble.retry_at {
                    self.at(retry_at);
                }
            }
            _ => _ = self.plan.reads.insert(of),
        }
    }

    /// List the collection, but not before `time`.
    fn read_from(&mut self, of: Collection, time: Time) {
        if time > self.now {
            self.plan.awaits.insert(Await::List(of));
            self.at(time);
        } else {
            self.read(of);
        }
    }

    /// List the collection again and again while AWS is at work on something in it.
    fn poll(&mut self, of: Collection) {
        let due = match self.view.index.listed(&of) {
            Some(started) => started + poll_interval(of.kind),
            None => self.now,
        };
        self.read_from(of, due);
    }

    /// A list must be read first.
    fn unlisted(&mut self, of: Collection) -> Act {
        self.read(of.clone());
        let trouble = self.view.index.list_trouble(&of).cloned();
        Act::Wait(Why::Unlisted { of, trouble })
    }

    /// The id that status records under a key.
    fn recorded(&self, key: &ResourceKey) -> Option<&Id> {
        self.view.entries.get(key)?.id.as_ref()
    }
}

/// How often to look while AWS makes or deletes one. A VPC link takes minutes (Terraform waits up
/// to 10), a load balancer about two.
fn poll_interval(kind: Kind) -> Duration {
    match kind {
        Kind::LoadBalancer => Duration::from_secs(15),
        _ => Duration::from_secs(10),
    }
}

/// Which calls may go now: creates and updates; deletes only while none of those is ready or runs,
/// so that what serves goes last, and yet a create that keeps failing cannot keep a public route
/// alive.
fn round(mut ops: Vec<Op>, running: &BTreeMap<ResourceKey, Running>) -> Vec<Op> {
    let writing = running.values().any(|r| *r == Running::Write) || ops.iter().any(|op| op.act.is_write());
    let mut room = ROUND;
    for op in ops.iter_mut().filter(|op| op.act.is_call()) {
        if room == 0 || (writing && op.act.is_delete()) {
            op.act = Act::Wait(Why::Later);
        } else {
            room -= 1;
        }
    }
    ops
}
