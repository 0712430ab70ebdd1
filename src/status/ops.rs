//! What a plan's operations say of one hop of the path.

use super::errors;
use super::verdict::{Failure, Verdict, Weight};
use super::words::{pending, sentence, subject, time, unmarked};
use super::{told, trouble};
use crate::api::Reason;
use crate::model::{Id, Kind, Owner, ResourceKey, Time};
use crate::plan::{Act, Blocker, Change, Hold, Op, Plan, Why};

/// A plan as the rules look at it.
#[derive(Clone, Copy)]
pub struct Ops<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// Now.
    pub now: Time,
    /// Why the class is not ready, if it says so: services wait for it.
    pub class: Option<&'a str>,
}

impl<'a> Ops<'a> {
    /// What the operations on `kinds` say; `None`: there are none, all is as wanted.
    pub fn of(&self, kinds: &[Kind]) -> Option<Verdict> {
        let told = |op: &&Op| kinds.contains(&op.key.kind) && !self.stands_changed(op);
        let ops: Vec<&Op> = self.plan.ops.iter().filter(told).collect();
        if ops.iter().all(|op| matches!(op.act, Act::Adopt(_))) {
            return None;
        }
        let failures: Vec<Failure> = ops.iter().filter_map(|op| self.failure(op)).collect();
        let stuck = failures.iter().find(|failure| failure.weight == Weight::Stuck);
        let losing = failures.iter().find(|failure| failure.lost);
        if let Some(failure) = stuck.or(losing).or(failures.first()) {
            let lost = failures.iter().any(|failure| failure.lost);
            return Some(Verdict::Fails(failure.clone().losing(lost)));
        }
        Some(Verdict::quiet(format!("{} is being set up in AWS.", self.first(&ops))))
    }

    /// The first thing that is worked on.
    fn first(&self, ops: &[&Op]) -> String {
        let op = ops.iter().find(|op| op.act.is_call()).or(ops.first());
        op.map(|op| sentence(&subject(&op.key))).unwrap_or_default()
    }

    /// What an operation has to tell, beyond that work goes on.
    fn failure(&self, op: &Op) -> Option<Failure> {
        let lost = !self.exists(&op.key);
        if let Some(trouble) = trouble(&op.act) {
            let what = match &op.act {
                Act::Wait(Why::Unlisted { of, .. }) => format!("the list of every {}", of.kind.words()),
                _ => subject(&op.key),
            };
            // A list has no settings either.
            let deleting = trouble.hash.is_none() && matches!(op.act, Act::Wait(Why::Trouble(_)));
            let told =
                told(trouble, self.now).then(|| errors::failure(trouble, &what, Some(op.key.kind), deleting));
            return told.map(|failure| failure.losing(lost && trouble.hash.is_some()));
        }
        match &op.act {
            Act::Refuse(id) if self.records(&op.key, id) => {
                Some(Failure::new(Reason::NotOurs, unmarked(&op.key, id)).losing(false))
            }
            Act::Wait(Why::Drifted) => {
                let message = format!(
                    "{} was deleted in AWS by someone else, and the class's drift policy is Report: it is not \
                     made again. Set the policy to Repair, or change its spec.",
                    sentence(&subject(&op.key))
                );
                Some(Failure::new(Reason::DriftReported, message).losing(true))
            }
            Act::Refuse(id) => {
                let message = format!(
                    "{} {id} has what {} needs and does not carry our marks. It is left alone; rename \
                 or delete it.",
                    sentence(op.key.kind.words()),
                    subject(&op.key)
                );
                Some(Failure::new(Reason::NotOurs, message).losing(lost))
            }
            Act::Blocked { by, deleting: None } => self.blocked(op, by.first()?).map(|f| f.losing(lost)),
            Act::Wait(Why::Pending { id, since }) => {
                let state = pending(op.key.kind);
                let message =
                    format!("{} {id} is {state} since {}.", sentence(op.key.kind.words()), time(*since));
                Some(Failure::new(Reason::WaitingForAWS, message).losing(!self.replaces(&op.key)))
            }
            _ => None,
        }
    }

    /// Something else must come first.
    fn blocked(&self, op: &Op, by: &Blocker) -> Option<Failure> {
        let key = by.key.as_ref();
        let of_class = key.map(|key| &key.owner).filter(|owner| matches!(owner, Owner::Class(_)));
        let of_class = of_class.filter(|owner| **owner != op.key.owner);
        let id = by.id.as_ref().map(|id| format!(" {id}")).unwrap_or_default();
        let what = format!("{}{id}", by.kind.words());
        Some(match (&by.hold, of_class) {
            (Hold::Pending(since), Some(class)) => Failure::new(
                Reason::ClassNotReady,
                format!(
                    "{} waits for its {what} ({} since {}).",
                    sentence(&class.to_string()),
                    pending(by.kind),
                    time(*since)
                ),
            ),
            (Hold::Missing | Hold::Ambiguous, Some(class)) => {
                let class = sentence(&class.to_string());
                let message = match self.class {
                    Some(why) => format!("{class} is not ready: {why}"),
                    None => format!("{class} is about to have its {what}."),
                };
                Failure::new(Reason::ClassNotReady, message)
            }
            (Hold::Holds, _) => {
                let message = match key.and_then(|key| key.owner.service()) {
                    Some(other) => {
                        format!("{} still belongs to {other}, which gives it up.", sentence(&what))
                    }
                    None => {
                        format!("{} is in the way of {} and goes first.", sentence(&what), subject(&op.key))
                    }
                };
                Failure::new(Reason::WaitingForAWS, message)
            }
            // Our own next step, or a list that is about to be read.
            _ => return None,
        })
    }

    /// Status records an object under `key`.
    pub fn exists(&self, key: &ResourceKey) -> bool {
        self.plan.entries.iter().any(|e| e.kind == key.kind && e.slot == key.slot && e.id.is_some())
            && !self.plan.ops.iter().any(|op| op.key == *key && matches!(op.act, Act::Create(_)))
    }

    /// Others changed it, and it is left so: it is there.
    fn stands_changed(&self, op: &Op) -> bool {
        let drift = self.plan.drift_of(&op.key).map(|drifted| &drifted.change);
        matches!(op.act, Act::Wait(Why::Drifted)) && !matches!(drift, Some(Change::Deleted) | None)
    }

    /// Status records this very object under `key`.
    fn records(&self, key: &ResourceKey, id: &Id) -> bool {
        let mut entries = self.plan.entries.iter();
        entries.any(|e| e.kind == key.kind && e.slot == key.slot && e.id.as_ref() == Some(id))
    }

    /// What it replaces still serves.
    fn replaces(&self, key: &ResourceKey) -> bool {
        let replacing = |op: &&Op| matches!(op.act, Act::Wait(Why::Replacing { .. }));
        self.plan.ops.iter().filter(|op| op.key == *key).any(|op| replacing(&op))
    }
}
