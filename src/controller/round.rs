//! What both reconcilers do with a plan: make it at one moment with the status that tells of it, and
//! turn it into jobs.

use std::collections::{BTreeMap, BTreeSet};

use kube::runtime::controller::Action;

use crate::executor::{Call, Executor, Job, Lane, Source, Ticket};
use crate::model::index::Index;
use crate::model::{Entry, Id, Owner, ResourceKey, Stack, Time};
use crate::plan::{self, Act, DriftPolicies, Plan, View};
use crate::runtime::clock::Clock;
use crate::validate::ValidDrift;

/// A plan and the moment on which it rests.
#[derive(Debug)]
pub struct Round {
    /// What to do.
    pub plan: Plan,
    ticket: Ticket,
}

/// What is remembered, and what is to be done about what others changed.
#[derive(Clone, Copy, Debug)]
pub struct Basis<'a> {
    /// What status records, of the owner and, for a service, of its class.
    pub entries: &'a BTreeMap<ResourceKey, Entry>,
    /// For a class: every id that its status, or that of one of its services, records.
    pub recorded: &'a BTreeSet<Id>,
    /// About what others changed.
    pub drift: ValidDrift,
}

/// Plans for `owner` and calls `tell` with the plan and the index of the same moment.
pub fn plan<T>(
    executor: &Executor,
    owner: &Owner,
    stack: &Stack,
    basis: Basis<'_>,
    now: Time,
    tell: impl FnOnce(&Plan, &Index) -> T,
) -> (Round, T) {
    let ((plan, told), ticket) = executor.look(owner, |index, running| {
        let Basis { entries, recorded, drift: ValidDrift { security, configuration, .. } } = basis;
        let drift = DriftPolicies { security, configuration };
        let view = View { index, entries, running, recorded, drift };
        let plan = plan::plan(owner, stack, view, now);
        index.wants(owner, stack);
        index.wait(owner, plan.awaits.clone());
        let told = tell(&plan, index);
        (plan, told)
    });
    (Round { plan, ticket }, told)
}

impl Round {
    /// Forgets `owner`, for which there is nothing to do; false if a call of its was under way meanwhile.
    pub fn retire(&self, executor: &Executor, owner: &Owner) -> bool {
        executor.retire(owner, self.ticket)
    }

    /// Posts the plan's calls and reads, and `more`. Status must have acknowledged the plan's entries.
    pub fn post(
        &self,
        executor: &Executor,
        owner: &Owner,
        tags: &BTreeMap<String, String>,
        never_ready: bool,
        more: Option<Call>,
    ) {
        executor.with_index(|index| index.intended(&self.plan.intents));
        let lane = |key: &ResourceKey, usual| {
            if self.plan.drift_of(key).is_some() { Lane::Drift } else { usual }
        };
        let job = |lane, call| Job { lane, never_ready, call };
        let mut jobs = Vec::new();
        for op in &self.plan.ops {
            let key = op.key.clone();
            match op.act.clone() {
                Act::Create(body) => {
                    let call = Call::Create { key: key.clone(), body, tags: tags.clone() };
                    jobs.push(job(lane(&key, Lane::Create), call));
                }
                Act::Update { id, wanted, seen } => {
                    let call = Call::Update { key: key.clone(), id, wanted, seen };
                    jobs.push(job(lane(&key, Lane::Create), call));
                }
                Act::Delete { id, seen } => jobs.push(job(Lane::Delete, Call::Delete { key, id, seen })),
                Act::Adopt(_) | Act::Wait(_) | Act::Blocked { .. } | Act::Refuse(_) => {}
            }
        }
        jobs.extend(self.plan.reads.iter().map(|of| job(Lane::Create, Call::list(of.clone()))));
        jobs.extend(more.map(|call| job(Lane::Create, call)));
        executor.post(&Source::Owner(owner.clone()), jobs, Some(self.ticket));
    }
}

/// To be reconciled at the earliest of `times`, or when something wakes the owner.
pub fn again(clock: &Clock, times: impl IntoIterator<Item = Option<Time>>) -> Action {
    match times.into_iter().flatten().min() {
        Some(at) => Action::requeue(clock.real(at.since(clock.now()))),
        None => Action::await_change(),
    }
}

/// Posts a read alone, in place of all that `owner` has waiting.
pub fn post_read(executor: &Executor, owner: &Owner, read: Option<Call>) {
    let jobs = read.map(|call| Job { lane: Lane::Create, never_ready: true, call });
    executor.post(&Source::Owner(owner.clone()), jobs.into_iter().collect(), None);
}
