//! The schedule: which call goes next, and when. Pure: `now` and whether the lease allows writes are
//! arguments.
//!
//! A *job* waits until [`Queue::pick`] makes a *run* of it, perhaps with others that fit into the
//! same request. A run is one attempt or several (throttled, tried again, further pages), each of
//! which passes the buckets; until it ends its keys are in flight and its jobs cannot be replaced.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::buckets::Buckets;
use super::call::{BATCH, Call, Serial};
use super::lanes::{Job, Place, Source};
use crate::aws::quotas::Bucket;
use crate::aws::{Action, Service};
use crate::model::index::Index;
use crate::model::{Owner, ResourceKey, Time};
use crate::plan::Running;

/// Attempts at once with one AWS service: the quotas bind earlier, unless the service hangs. Targets come
/// and go beside it: their calls are few, and traffic waits for nothing but tokens.
const MOST_RUNNING: usize = 64;
/// How long a pick is remembered against a post that was decided before it; a reconcile ends sooner.
const REMEMBERED: Duration = Duration::from_secs(300);

/// A moment in the queue's life: what was decided on it is checked against what was picked since.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(u64);

/// Names a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunId(u64);

/// One attempt: these calls, joined into one request.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// To report the end by.
    pub run: RunId,
    /// What to ask; more than one if they are [joined](Call::joins) or equal.
    pub calls: Vec<Call>,
    /// Attempts before this one that got no answer.
    pub tries: u8,
    /// Attempts before this one that were throttled.
    pub throttles: u8,
}

/// What to do now.
#[derive(Clone, Debug, PartialEq)]
pub enum Pick {
    /// Make this attempt.
    Run(Batch),
    /// Nothing can run before then, unless something is posted or ends; `None`: at all.
    Idle {
        /// When to ask again.
        until: Option<Time>,
    },
}

/// How an attempt went.
#[derive(Clone, Debug, PartialEq)]
pub enum Ended {
    /// It is over, well or not.
    Over,
    /// AWS throttled it: its buckets are emptied and slowed, the run keeps its place.
    Throttled,
    /// Not allowed to start after all: the run keeps its place.
    Held,
    /// No answer: once more after a pause.
    Again(Duration),
    /// The run goes on with this request: the next page, or who holds a taken name.
    Next(Box<Call>),
    /// Refused as a batch: each job for itself.
    Split,
}

/// All that waits and runs for one account and region.
#[derive(Clone, Debug)]
pub struct Queue {
    buckets: Buckets,
    waiting: BTreeMap<Place, Waiting>,
    runs: BTreeMap<RunId, Run>,
    /// Attempts under way.
    attempts: BTreeMap<Service, usize>,
    ages: u64,
    picks: u64,
    picked: BTreeMap<ResourceKey, (u64, Time)>,
}

#[derive(Clone, Debug)]
struct Waiting {
    work: Work,
    not_before: Time,
}

#[derive(Clone, Debug)]
enum Work {
    Job(Box<Posted>),
    /// The next attempt of a run.
    Attempt(RunId),
}

/// A job and its circumstances.
#[derive(Clone, Debug)]
struct Posted {
    source: Source,
    job: Job,
    age: u64,
    /// Refused in a batch: it goes alone.
    alone: bool,
}

#[derive(Clone, Debug)]
struct Run {
    place: Place,
    jobs: Vec<Posted>,
    /// What the present attempt asks.
    calls: Vec<Call>,
    tries: u8,
    throttles: u8,
}

impl Queue {
    /// An empty queue with full buckets of `share` (above 0, at most 1) of AWS's quotas.
    pub fn new(share: f64, now: Time) -> Queue {
        Queue {
            buckets: Buckets::new(share, now),
            waiting: BTreeMap::new(),
            runs: BTreeMap::new(),
            attempts: BTreeMap::new(),
            ages: 0,
            picks: 0,
            picked: BTreeMap::new(),
        }
    }

    /// This moment, for a later [`Queue::post`].
    pub fn ticket(&self) -> Ticket {
        Ticket(self.picks)
    }

    /// The resources of `source` that a call is under way for.
    pub fn in_flight(&self, source: &Source) -> BTreeMap<ResourceKey, Running> {
        let jobs = self.runs.values().flat_map(|r| &r.jobs).filter(|p| p.source == *source);
        let running = |call: &Call| match call {
            Call::Delete { .. } => Running::Delete,
            _ => Running::Write,
        };
        jobs.filter_map(|p| Some((p.job.call.key()?.clone(), running(&p.job.call)))).collect()
    }

    /// Replaces what `source` has waiting by `jobs`; what runs goes on. The same work keeps its age
    /// and its pause. `ticket` is the moment on which the jobs were decided: a job for a resource that was
    /// picked since is dropped (its end wakes the source), as is a read that runs already.
    pub fn post(&mut self, source: &Source, jobs: Vec<Job>, ticket: Ticket) {
        let old = self.take_jobs_of(source);
        for job in jobs {
            let stale = |key| self.picked.get(key).is_some_and(|(pick, _)| *pick > ticket.0);
            if job.call.key().is_some_and(stale) || self.runs_read(source, &job.call) {
                continue;
            }
            let before = old.iter().find(|(p, _)| p.job.call.same_work(&job.call));
            let (age, alone, not_before) = match before {
                Some((old, not_before)) => (old.age, old.alone, *not_before),
                None => (self.next_age(), false, Time::default()),
            };
            self.wait(Posted { source: source.clone(), job, age, alone }, not_before);
        }
    }

    /// Drops what `owner` has waiting, for good. False, and nothing is dropped, if a call of its runs or was
    /// picked since `ticket`: what was seen then is not all there is, and the call's end wakes the owner.
    pub fn retire(&mut self, owner: &Owner, ticket: Ticket) -> bool {
        let source = Source::Owner(owner.clone());
        let picked = self.picked.iter().any(|(key, (pick, _))| key.owner == *owner && *pick > ticket.0);
        if picked || !self.in_flight(&source).is_empty() {
            return false;
        }
        self.take_jobs_of(&source);
        true
    }

    /// What to do at `now`; `may_write`: the lease holds long enough for a mutation. A call that does
    /// not [fit](crate::plan::Touch::fits) what `index` knows, or what runs, stays until it does or is replaced.
    pub fn pick(&mut self, now: Time, may_write: bool, index: &Index) -> Pick {
        self.buckets.refill(now);
        let mut until: Option<Time> = None;
        // Tokens that something more urgent waits for.
        let mut reserved: BTreeSet<Bucket> = BTreeSet::new();
        let busy = self.busy();
        let mut chosen = None;
        for (place, waiting) in &self.waiting {
            let Some(actions) = self.runnable(waiting, may_write, &busy, index) else { continue };
            if place.waits_for_room() && self.is_full(&actions) {
                continue;
            }
            if waiting.not_before > now {
                until = Some(until.map_or(waiting.not_before, |t| t.min(waiting.not_before)));
                continue;
            }
            let need = self.buckets.need(&actions);
            if need.keys().any(|b| reserved.contains(b)) {
                continue;
            }
            match self.buckets.take(&need) {
                Ok(()) => {
                    chosen = Some(*place);
                    break;
                }
                Err((short, at)) => {
                    reserved.extend(short);
                    until = Some(until.map_or(at, |t| t.min(at)));
                }
            }
        }
        match chosen.and_then(|place| self.start(place, now, index)) {
            Some(batch) => Pick::Run(batch),
            None => Pick::Idle { until },
        }
    }

    /// Reports how the present attempt of `run` went; returns whom its end concerns (nobody while
    /// it goes on).
    pub fn done(&mut self, run: RunId, ended: Ended, now: Time) -> BTreeSet<Source> {
        let Some(mut state) = self.runs.remove(&run) else { return BTreeSet::new() };
        if let Some(running) = service(&actions(&state.calls)).and_then(|s| self.attempts.get_mut(&s)) {
            *running = running.saturating_sub(1);
        }
        let mut not_before = now;
        match ended {
            Ended::Over | Ended::Split => {
                let sources = state.jobs.iter().map(|p| p.source.clone()).collect();
                if ended == Ended::Split {
                    state.jobs.into_iter().for_each(|p| self.wait(Posted { alone: true, ..p }, now));
                }
                return sources;
            }
            Ended::Held => {}
            Ended::Throttled => {
                let need = self.buckets.need(&actions(&state.calls));
                self.buckets.throttled(&need, now);
                state.throttles = state.throttles.saturating_add(1);
            }
            Ended::Again(pause) => {
                state.tries = state.tries.saturating_add(1);
                not_before = now + pause;
            }
            Ended::Next(call) => {
                (state.tries, state.throttles) = (0, 0);
                state.calls = vec![*call];
            }
        }
        let waiting = Waiting { work: Work::Attempt(run), not_before };
        self.waiting.insert(state.place, waiting);
        self.runs.insert(run, state);
        BTreeSet::new()
    }

    /// Jobs that wait, and runs.
    pub fn len(&self) -> (usize, usize) {
        let attempts = self.waiting.values().filter(|w| matches!(w.work, Work::Attempt(_))).count();
        (self.waiting.len() - attempts, self.runs.len())
    }

    /// Nothing waits, nothing runs.
    pub fn is_empty(&self) -> bool {
        self.len() == (0, 0)
    }

    fn next_age(&mut self) -> u64 {
        self.ages += 1;
        self.ages
    }

    fn wait(&mut self, mut posted: Posted, not_before: Time) {
        // A source may post the same read twice: each has a place.
        while self.waiting.contains_key(&Place::new(&posted.job, posted.age)) {
            posted.age = self.next_age();
        }
        let place = Place::new(&posted.job, posted.age);
        self.waiting.insert(place, Waiting { work: Work::Job(Box::new(posted)), not_before });
    }

    fn take_jobs_of(&mut self, source: &Source) -> Vec<(Posted, Time)> {
        let of = |w: &Waiting| matches!(&w.work, Work::Job(p) if p.source == *source);
        let places: Vec<Place> = self.waiting.iter().filter(|(_, w)| of(w)).map(|(p, _)| *p).collect();
        let taken = places.into_iter().filter_map(|place| match self.waiting.remove(&place)? {
            Waiting { work: Work::Job(posted), not_before } => Some((*posted, not_before)),
            Waiting { work: Work::Attempt(_), .. } => None,
        });
        taken.collect()
    }

    fn runs_read(&self, source: &Source, call: &Call) -> bool {
        let mut jobs = self.runs.values().flat_map(|r| &r.jobs);
        !call.mutates() && jobs.any(|p| p.source == *source && p.job.call == *call)
    }

    /// Serial keys that runs hold.
    fn busy(&self) -> BTreeSet<Serial> {
        self.runs.values().flat_map(|r| &r.jobs).filter_map(|p| p.job.call.serial()).collect()
    }

    /// The actions of what waits, if nothing but time and tokens keeps it from running.
    fn runnable(
        &self,
        waiting: &Waiting,
        may_write: bool,
        busy: &BTreeSet<Serial>,
        index: &Index,
    ) -> Option<Vec<Action>> {
        match &waiting.work {
            Work::Job(posted) => {
                let call = &posted.job.call;
                let free = self.free(call, busy, index);
                (free && (may_write || !call.mutates())).then(|| call.actions())
            }
            Work::Attempt(run) => {
                let calls = &self.runs.get(run)?.calls;
                (may_write || !calls.iter().any(Call::mutates)).then(|| actions(calls))
            }
        }
    }

    /// Neither what runs nor what is known stands in the call's way.
    fn free(&self, call: &Call, busy: &BTreeSet<Serial>, index: &Index) -> bool {
        let running = || self.runs.values().flat_map(|r| &r.jobs).filter_map(|p| p.job.call.touch());
        call.serial().is_none_or(|s| !busy.contains(&s))
            && call.touch().is_none_or(|touch| touch.fits(index, running()))
    }

    /// The service of `actions` has as many attempts under way as it may.
    fn is_full(&self, actions: &[Action]) -> bool {
        let running = service(actions).and_then(|service| self.attempts.get(&service));
        running.is_some_and(|running| *running >= MOST_RUNNING)
    }

    /// Makes a run of what waits at `place`, or goes on with one.
    fn start(&mut self, place: Place, now: Time, index: &Index) -> Option<Batch> {
        let first = match self.waiting.remove(&place)?.work {
            Work::Attempt(run) => {
                let Run { calls, tries, throttles, .. } = self.runs.get(&run)?;
                let batch = Batch { run, calls: calls.clone(), tries: *tries, throttles: *throttles };
                self.count(&batch.calls);
                return Some(batch);
            }
            Work::Job(first) => *first,
        };
        let jobs = if first.alone { vec![first] } else { self.join(first, now, index) };
        self.picks += 1;
        self.picked.retain(|_, (_, at)| now.since(*at) < REMEMBERED);
        for key in jobs.iter().filter_map(|p| p.job.call.key()) {
            self.picked.insert(key.clone(), (self.picks, now));
        }
        let run = RunId(self.picks);
        let calls: Vec<Call> = jobs.iter().map(|p| p.job.call.clone()).collect();
        self.runs.insert(run, Run { place, jobs, calls: calls.clone(), tries: 0, throttles: 0 });
        self.count(&calls);
        Some(Batch { run, calls, tries: 0, throttles: 0 })
    }

    /// One more attempt is under way.
    fn count(&mut self, calls: &[Call]) {
        if let Some(service) = service(&actions(calls)) {
            *self.attempts.entry(service).or_default() += 1;
        }
    }

    /// Takes what waits and fits into the same request as `first`.
    fn join(&mut self, first: Posted, now: Time, index: &Index) -> Vec<Posted> {
        let mut size = first.job.call.size();
        let mut places = Vec::new();
        let busy = self.busy();
        for (place, waiting) in &self.waiting {
            let Work::Job(posted) = &waiting.work else { continue };
            let call = &posted.job.call;
            let free = !posted.alone && self.free(call, &busy, index);
            let fits = waiting.not_before <= now && size + call.size() <= BATCH;
            if free && fits && first.job.call.joins(call) {
                size += call.size();
                places.push(*place);
            }
        }
        let joined = places.into_iter().filter_map(|place| match self.waiting.remove(&place)?.work {
            Work::Job(posted) => Some(*posted),
            Work::Attempt(_) => None,
        });
        std::iter::once(first).chain(joined).collect()
    }
}

/// Whom an attempt asks.
fn service(actions: &[Action]) -> Option<Service> {
    actions.first().map(|action| action.service())
}

/// The operations of one attempt: joined calls are one request.
fn actions(calls: &[Call]) -> Vec<Action> {
    calls.first().map(Call::actions).unwrap_or_default()
}
