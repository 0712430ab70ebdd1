//! One target group: what is wanted in it, what AWS acknowledged, what was posted. Pure.
//!
//! A pod is registered 50 ms after it is seen (pods of one rollout step come together), ready or not;
//! a terminating or vanished one is deregistered at once. One job a target: the executor joins them
//! into one request, and takes a refused one apart again. A pod that is found healthy may open its
//! readiness gate. Once all are healthy, only a pass now and then looks for what others changed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::lane::{Looks, Recorded};
use super::slices::{Endpoint, Slice, Want, checkpoint, wants};
use crate::api::drift::DriftPolicy;
use crate::executor::{Answer, Call, Health, Job, Lane, Target, TargetHealth};
use crate::model::backoff::{backoff, spread};
use crate::model::{AwsError, ErrorClass, Id, Time};

/// Pods that come within it are registered together.
const WINDOW: Duration = Duration::from_millis(50);
/// Between two looks at the health of targets, from the first to the slowest.
const POLL: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(60));
/// How long targets that were there before us, and are no pods of ours, serve on until all pods of ours
/// are healthy: in a cluster that was rebuilt the old pods may still answer.
const HANDOVER: Duration = Duration::from_secs(300);
/// What AWS will never accept (an address outside the VPC) is asked again so rarely.
const HOPELESS: Duration = Duration::from_secs(300);

/// A target group and its pods.
#[derive(Clone, Debug)]
pub struct TargetsState {
    group: Id,
    never_ready: bool,
    /// `None` until the first slices are there.
    slices: Option<Vec<Slice>>,
    /// The checkpoint in status; only the first slices are compared with it.
    recorded: Option<String>,
    /// What is registered; `None`: not known, ask.
    acknowledged: Option<BTreeSet<Target>>,
    /// What waits or runs.
    posted: BTreeMap<Target, Op>,
    /// Found registered by the first look, and since when: pods of an earlier leader's time, or of the
    /// cluster that this one replaces.
    found: BTreeSet<Target>,
    found_at: Time,
    /// Deregistered by us; a look that lags may still show them.
    deregistered: BTreeSet<Target>,
    /// Registered by others: they came to what we had acknowledged, and no pod of ours is there.
    foreign: BTreeSet<Target>,
    refused: BTreeMap<Target, Refused>,
    /// When the first pod that is not posted yet was seen.
    window: Option<Time>,
    health: Option<BTreeMap<Target, TargetHealth>>,
    /// Pods whose gates are open for all we know.
    opened: BTreeSet<String>,
    /// A look at health is posted.
    looking: bool,
    /// When to look next, and how long to wait after that while not all are healthy.
    poll: (Time, Duration),
    /// No pod is wanted any more: the group stays without targets.
    leaving: bool,
    /// AWS has shown an empty group since then.
    seen_empty: bool,
    /// Looks while all are healthy, and what is done about what they show.
    looks: Looks,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    Register,
    Deregister,
}

#[derive(Clone, Debug)]
struct Refused {
    error: AwsError,
    attempts: u32,
    retry_at: Time,
}

/// What to do now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Step {
    /// Jobs that replace all that was posted for this group; `None`: nothing has changed.
    pub post: Option<Vec<Job>>,
    /// When to ask again if nothing happens before; `None`: never.
    pub next: Option<Time>,
}

/// How the targets are, for status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Registered and getting requests.
    pub healthy: usize,
    /// Registered.
    pub registered: usize,
    /// Those that are not healthy, by AWS's reasons.
    pub unhealthy: Vec<TargetHealth>,
    /// Why AWS refused one, if it did.
    pub refused: Option<(Target, AwsError)>,
    /// Registered by others.
    pub foreign: BTreeSet<Target>,
}

impl TargetsState {
    /// The group `group`, as `recorded` in status, looked at as `looks` says while all is well.
    pub fn new(group: Id, recorded: Recorded, looks: Looks, now: Time) -> TargetsState {
        let Recorded { checkpoint, all_healthy, never_ready } = recorded;
        TargetsState {
            group,
            never_ready,
            slices: None,
            recorded: checkpoint,
            acknowledged: None,
            posted: BTreeMap::new(),
            found: BTreeSet::new(),
            found_at: now,
            deregistered: BTreeSet::new(),
            foreign: BTreeSet::new(),
            refused: BTreeMap::new(),
            window: None,
            health: None,
            opened: BTreeSet::new(),
            looking: false,
            poll: (if all_healthy { now + looks.pass } else { Time::default() }, POLL.0),
            looks,
            leaving: false,
            seen_empty: false,
        }
    }

    /// From now on no pod is wanted, whatever the slices say.
    pub fn leave(&mut self) {
        if self.leaving {
            return;
        }
        self.leaving = true;
        // What is being registered is deregistered after it, whatever becomes of it; then AWS is asked.
        let registering = self.posted.iter().filter(|(_, op)| **op == Op::Register);
        let registering: Vec<Target> = registering.map(|(target, _)| target.clone()).collect();
        if let Some(acknowledged) = &mut self.acknowledged {
            acknowledged.extend(registering);
        }
        self.slices.get_or_insert_default();
        self.poll.0 = Time::default();
    }

    /// It was to be left, and AWS has shown that it is empty, or gone.
    pub fn is_left(&self) -> bool {
        self.leaving && self.seen_empty && self.posted.is_empty()
    }

    /// From now on looked at so.
    pub fn look(&mut self, looks: Looks, now: Time) {
        if looks.pass < self.looks.pass {
            self.poll.0 = self.poll.0.min(now + looks.pass);
        }
        self.looks = looks;
    }

    /// Takes in all slices of the Service, as they are now.
    pub fn slices(&mut self, slices: Vec<Slice>) {
        let first = self.slices.is_none();
        if first && self.recorded.as_ref() == Some(&checkpoint(&self.group, &slices)) {
            let wants = wants(&slices);
            let inside = wants.into_iter().filter(|(_, want)| *want == Want::In);
            self.acknowledged = Some(inside.map(|(target, _)| target).collect());
        }
        self.slices = Some(slices);
        self.opened = self.closed().map(|e| e.pod.clone()).filter(|pod| self.opened.contains(pod)).collect();
        // Pods have moved, or whoever was to open a gate may have ended before.
        if first && (self.acknowledged.is_none() || self.closed().next().is_some()) {
            self.poll.0 = Time::default();
        }
        if first && self.poll.0 != Time::default() {
            self.as_recorded();
        }
    }

    /// Status says that all targets were healthy; where no pod has moved since then, they are.
    fn as_recorded(&mut self) {
        let healthy = |target: &Target| {
            let seen =
                TargetHealth { target: target.clone(), health: Health::Healthy, reason: String::new() };
            (target.clone(), seen)
        };
        self.health = self.acknowledged.as_ref().map(|all| all.iter().map(healthy).collect());
    }

    /// Takes in the answer to one of our jobs.
    pub fn answer(&mut self, call: &Call, answer: &Answer, now: Time) {
        match answer {
            Answer::Registered(_, targets) => self.answered(targets, Op::Register, now),
            Answer::Deregistered(_, targets) => self.answered(targets, Op::Deregister, now),
            Answer::Health(_, health) => self.looked(health, now),
            Answer::Failed(error) => self.failed(call, error, now),
            Answer::Network(_) => {}
        }
    }

    fn answered(&mut self, targets: &[Target], op: Op, now: Time) {
        let acknowledged = self.acknowledged.get_or_insert_default();
        for target in targets {
            match op {
                Op::Register => _ = acknowledged.insert(target.clone()),
                Op::Deregister => {
                    acknowledged.remove(target);
                    self.deregistered.insert(target.clone());
                }
            }
            self.refused.remove(target);
            // What was seen was another pod at this address.
            if let Some(health) = &mut self.health {
                health.remove(target);
            }
            if self.posted.get(target) == Some(&op) {
                self.posted.remove(target);
            }
        }
        self.poll = (if self.leaving { now } else { now + POLL.0 }, POLL.0);
    }

    fn looked(&mut self, health: &[TargetHealth], now: Time) {
        self.looking = false;
        // What drains was deregistered.
        let present = health.iter().filter(|h| h.health != Health::Draining);
        let present: BTreeMap<Target, TargetHealth> =
            present.map(|h| (h.target.clone(), h.clone())).collect();
        // A look that ran beside our own changes may show either.
        self.foreign.retain(|target| present.contains_key(target));
        self.deregistered.retain(|target| present.contains_key(target));
        if self.posted.is_empty() {
            match &self.acknowledged {
                Some(before) => {
                    let new =
                        present.keys().filter(|t| !before.contains(*t) && !self.deregistered.contains(*t));
                    self.foreign.extend(new.cloned());
                }
                None => {
                    self.found = present.keys().cloned().collect();
                    self.found_at = now;
                }
            }
            self.acknowledged = Some(present.keys().cloned().collect());
        }
        self.seen_empty = self.leaving && self.posted.is_empty() && present.is_empty();
        self.health = Some(present);
        let pause = self.poll.1;
        self.poll = match self.all_healthy() {
            true => (now + self.looks.pass, POLL.0),
            false => (now + pause, (pause * 3 / 2).min(POLL.1)),
        };
    }

    fn failed(&mut self, call: &Call, error: &AwsError, now: Time) {
        if self.leaving && error.class == ErrorClass::Gone {
            (self.acknowledged, self.seen_empty) = (Some(BTreeSet::new()), true);
        }
        let (Call::RegisterTargets { targets, .. } | Call::DeregisterTargets { targets, .. }) = call else {
            self.looking = false;
            let wait = backoff(error.class, 1, error.retry_after, spread(&self.group, 1));
            let wait = wait.unwrap_or(HOPELESS);
            self.poll = (now + wait, POLL.0);
            return;
        };
        for target in targets {
            self.posted.remove(target);
            let attempts = self.refused.get(target).map_or(1, |r| r.attempts.saturating_add(1));
            let jitter = spread(&(&self.group, target), attempts);
            let wait = backoff(error.class, attempts, error.retry_after, jitter).unwrap_or(HOPELESS);
            let refused = Refused { error: error.clone(), attempts, retry_at: now + wait };
            self.refused.insert(target.clone(), refused);
        }
    }

    /// What to do at `now`. To be asked again after every slice and every answer.
    pub fn step(&mut self, now: Time) -> Step {
        let Some(slices) = &self.slices else { return Step::default() };
        let wants = if self.leaving { BTreeMap::new() } else { wants(slices) };
        let looked_before = self.looking;
        self.looking |= self.poll.0 <= now && self.has_targets();
        let mut next = Some(self.poll.0).filter(|at| *at > now);
        let mut ops = BTreeMap::new();
        if let Some(acknowledged) = self.acknowledged.clone() {
            let hold = self.found_serve(&wants, now, &mut next);
            let stays = |t: &Target| self.looks.added == DriftPolicy::Report && self.foreign.contains(t);
            let serves = |t: &Target| !self.leaving && (stays(t) || (hold && self.found.contains(t)));
            let out = |t: &&Target| match wants.get(*t) {
                Some(want) => *want == Want::Out,
                None => !serves(t),
            };
            ops.extend(acknowledged.iter().filter(out).map(|t| (t.clone(), Op::Deregister)));
            let missing: BTreeSet<&Target> = wants
                .iter()
                .filter(|(t, want)| **want == Want::In && !acknowledged.contains(*t))
                .map(|(t, _)| t)
                .collect();
            let open = self.window_open(&missing, now, &mut next);
            let due = |t: &&&Target| open || self.posted.get(**t) == Some(&Op::Register);
            ops.extend(missing.iter().filter(due).map(|t| ((*t).clone(), Op::Register)));
        }
        // Only what is wanted in or still registered can be refused.
        self.refused.retain(|t, _| ops.contains_key(t));
        for (target, refused) in &self.refused {
            if refused.retry_at > now {
                ops.remove(target);
                next = Some(next.map_or(refused.retry_at, |n| n.min(refused.retry_at)));
            }
        }
        let changed = ops != self.posted || self.looking != looked_before;
        self.posted = ops;
        Step { post: changed.then(|| self.jobs()), next }
    }

    /// Whether what the first look found must go on to serve, because not every pod of ours is healthy yet.
    fn found_serve(&self, wants: &BTreeMap<Target, Want>, now: Time, next: &mut Option<Time>) -> bool {
        let until = self.found_at + HANDOVER;
        let healthy = |target: &Target| {
            let seen = self.health.as_ref().and_then(|health| health.get(target));
            seen.is_some_and(|seen| seen.health == Health::Healthy)
        };
        let mut pods =
            wants.iter().filter(|(_, want)| **want == Want::In).map(|(target, _)| target).peekable();
        let served = pods.peek().is_some() && pods.all(healthy);
        let holds = now < until && self.found.iter().any(|target| !wants.contains_key(target)) && !served;
        if holds {
            *next = Some(next.map_or(until, |n| n.min(until)));
        }
        holds
    }

    /// Whether the pods that came may be registered now.
    fn window_open(&mut self, missing: &BTreeSet<&Target>, now: Time, next: &mut Option<Time>) -> bool {
        let new = missing.iter().any(|t| !self.posted.contains_key(*t) && !self.refused.contains_key(*t));
        if !new {
            self.window = None;
            return true;
        }
        let opens = *self.window.get_or_insert(now) + WINDOW;
        if opens > now {
            *next = Some(next.map_or(opens, |n| n.min(opens)));
        }
        opens <= now
    }

    /// Every target was seen to be.
    fn all_healthy(&self) -> bool {
        let Some(seen) = &self.health else { return false };
        self.registered().all(|target| seen.contains_key(target))
            && seen
                .values()
                .filter(|h| !self.foreign.contains(&h.target))
                .all(|h| h.health == Health::Healthy)
    }

    /// There are targets, or there may be.
    fn has_targets(&self) -> bool {
        (self.leaving && !self.seen_empty) || self.acknowledged.as_ref().is_none_or(|a| !a.is_empty())
    }

    fn jobs(&self) -> Vec<Job> {
        let group = || self.group.clone();
        let job = |lane, call| Job { lane, never_ready: self.never_ready, call };
        let mut jobs: Vec<Job> = self
            .posted
            .iter()
            .map(|(target, op)| {
                let targets = vec![target.clone()];
                match op {
                    Op::Register => {
                        job(Lane::Register, Call::RegisterTargets { target_group: group(), targets })
                    }
                    Op::Deregister => {
                        job(Lane::Deregister, Call::DeregisterTargets { target_group: group(), targets })
                    }
                }
            })
            .collect();
        if self.looking {
            let lane = match self.acknowledged {
                None => Lane::Register,
                Some(_) if self.all_healthy() => Lane::Drift,
                Some(_) => Lane::Create,
            };
            jobs.push(job(lane, Call::DescribeTargetHealth { target_group: group() }));
        }
        jobs
    }

    /// For status, once AWS acknowledged everything that the slices want: with it a restart costs
    /// no call. `None`: keep what is recorded.
    pub fn checkpoint(&self) -> Option<String> {
        let slices = self.slices.as_ref()?;
        let acknowledged = self.acknowledged.as_ref()?;
        let wants = wants(slices);
        let in_sync = wants.iter().all(|(t, want)| match want {
            Want::In => acknowledged.contains(t),
            Want::Out => !acknowledged.contains(t),
        });
        let nothing_else = acknowledged.iter().all(|t| wants.contains_key(t) || self.foreign.contains(t));
        (in_sync && nothing_else && self.posted.is_empty()).then(|| checkpoint(&self.group, slices))
    }

    /// What AWS has registered of ours, as far as is known.
    pub fn registered(&self) -> impl Iterator<Item = &Target> {
        self.acknowledged.iter().flatten().filter(|target| !self.foreign.contains(*target))
    }

    /// What is done about what others register.
    pub fn added(&self) -> DriftPolicy {
        self.looks.added
    }

    /// What others registered, as the last look showed it.
    pub fn foreign(&self) -> &BTreeSet<Target> {
        &self.foreign
    }

    /// The pods whose gate is to be opened: healthy targets that are not ready.
    pub fn gates(&self) -> Vec<String> {
        let healthy = |e: &&Endpoint| {
            let seen = self.health.as_ref().and_then(|health| health.get(&e.target));
            seen.is_some_and(|seen| seen.health == Health::Healthy)
        };
        let pods = self.closed().filter(healthy).map(|e| e.pod.clone());
        pods.filter(|pod| !self.opened.contains(pod)).collect()
    }

    /// The gate of this pod is open.
    pub fn opened(&mut self, pod: String) {
        self.opened.insert(pod);
    }

    /// The pods that may wait for their gate.
    fn closed(&self) -> impl Iterator<Item = &Endpoint> {
        let endpoints = self.slices.iter().flatten().flat_map(|slice| &slice.endpoints);
        endpoints.filter(|e| !e.ready && !e.terminating && !e.pod.is_empty())
    }

    /// How the targets are; `None`: neither recorded as healthy when we started, nor looked at since.
    pub fn summary(&self) -> Option<Summary> {
        let health = self.health.as_ref()?;
        let acknowledged: BTreeSet<Target> = self.registered().cloned().collect();
        let registered = health.values().filter(|h| acknowledged.contains(&h.target));
        let (healthy, unhealthy): (Vec<TargetHealth>, Vec<TargetHealth>) =
            registered.cloned().partition(|h| h.health == Health::Healthy);
        let refused = self.refused.iter().next().map(|(t, r)| (t.clone(), r.error.clone()));
        let foreign = self.foreign.clone();
        Some(Summary { healthy: healthy.len(), registered: acknowledged.len(), unhealthy, refused, foreign })
    }

    /// AWS says that the group is gone: nothing can be done until there is another.
    pub fn group_is_gone(&self) -> bool {
        self.refused.values().any(|r| r.error.class == ErrorClass::Gone)
    }
}
