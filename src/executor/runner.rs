//! Carries the schedule out: one task for each account and region picks what may run, spawns the
//! calls, takes the answers into the index and wakes whom they concern.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::call::Call;
use super::conclude::{Answer, Attempt, Conclusion, Failure, Gathered, Reply, conclude};
use super::fence::{Fence, LONGEST};
use super::intervals::Intervals;
use super::lanes::{Job, Source};
use super::lists;
use super::queue::{Batch, Ended, Pick, Queue, RunId, Ticket};
use crate::aws;
use crate::model::absorb::absorb;
use crate::model::event::Event;
use crate::model::index::Index;
use crate::model::shard::Shard;
use crate::model::{AwsError, ErrorClass, Owner, ResourceKey, Time};
use crate::plan::Running;
use crate::runtime::clock::Clock;
use crate::runtime::vital::{Vital, panic_text};

/// What an executor is started with.
#[derive(Debug)]
pub struct Config {
    /// AWS, in one account and region.
    pub aws: aws::Region,
    /// What waits and settle times are measured by.
    pub clock: Clock,
    /// Guards every mutating attempt.
    pub fence: Fence,
    /// Whose owners ask; what is the others' is not looked after.
    pub shard: Shard,
    /// Our part of AWS's request quotas, above 0, at most 1.
    pub quota_share: f64,
    /// How far AWS's lists may lag behind its writes ([`Index::settle`]).
    pub settle: Duration,
    /// Between two passes over everything, to find what others changed, unless a class says.
    pub drift: Duration,
    /// Who is told.
    pub notices: mpsc::UnboundedSender<Notice>,
    /// Ends the executor: nothing new starts, what runs ends by its time-out.
    pub stop: CancellationToken,
    /// Told of panics: the executor's own ends the process.
    pub vital: Vital,
}

/// What the executor tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// Something that this owner's plan rests on has changed.
    Wake(Owner),
    /// What a source asked for outside the index.
    Answer(Box<Answered>),
}

/// An answer and whom it is for.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    /// Who asked.
    pub source: Source,
    /// What was asked.
    pub call: Call,
    /// The answer.
    pub answer: Answer,
}

/// The one caller of AWS in one account and region. Clones are the same executor.
#[derive(Clone, Debug)]
pub struct Executor(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    config: Config,
    state: Mutex<State>,
    /// Something was posted or has ended.
    changed: Notify,
    tasks: TaskTracker,
}

#[derive(Debug)]
struct State {
    queue: Queue,
    index: Index,
    /// What runs of several steps have so far.
    gathered: BTreeMap<RunId, Gathered>,
    /// Between two passes.
    intervals: Intervals,
    /// When to look for passes that are due.
    passes_at: Time,
}

impl Executor {
    /// Starts with an empty index and full buckets.
    pub fn start(config: Config) -> Executor {
        let now = config.clock.now();
        let state = State {
            queue: Queue::new(config.quota_share, now),
            index: Index::takeover(now, config.settle).of_shard(config.shard),
            gathered: BTreeMap::new(),
            intervals: Intervals::new(config.drift),
            passes_at: now,
        };
        let shared =
            Shared { config, state: Mutex::new(state), changed: Notify::new(), tasks: TaskTracker::new() };
        let executor = Executor(Arc::new(shared));
        let vital = &executor.0.config.vital;
        executor.0.tasks.spawn(vital.guard("the executor", executor.clone().run()));
        executor
    }

    /// Looks at the index and at the owner's running calls, both at one moment; the ticket names the
    /// moment for [`Executor::post`].
    pub fn look<T>(
        &self,
        owner: &Owner,
        f: impl FnOnce(&mut Index, &BTreeMap<ResourceKey, Running>) -> T,
    ) -> (T, Ticket) {
        let mut state = self.state();
        let State { queue, index, .. } = &mut *state;
        let running = queue.in_flight(&Source::Owner(owner.clone()));
        (f(index, &running), queue.ticket())
    }

    /// Looks at the index or tells it something.
    pub fn with_index<T>(&self, f: impl FnOnce(&mut Index) -> T) -> T {
        f(&mut self.state().index)
    }

    /// Replaces what `source` has waiting by `jobs`, decided on at `ticket`; what runs goes on.
    /// Without a ticket: now.
    pub fn post(&self, source: &Source, jobs: Vec<Job>, ticket: Option<Ticket>) {
        let mut state = self.state();
        let ticket = ticket.unwrap_or_else(|| state.queue.ticket());
        state.queue.post(source, jobs, ticket);
        drop(state);
        self.0.changed.notify_one();
    }

    /// Forgets `owner`, of which nothing was left at `ticket`, with what it has waiting: a create that
    /// waits for its tokens must not come after the owner's end. False: a call of its runs or has run
    /// since; when it ends the owner is woken.
    pub fn retire(&self, owner: &Owner, ticket: Ticket) -> bool {
        let mut state = self.state();
        let retired = state.queue.retire(owner, ticket);
        if retired {
            state.index.forget(owner);
        }
        retired
    }

    /// What others changed in `class` is looked for at each `interval`; `None`: at the usual one.
    pub fn look_for_drift(&self, class: &str, interval: Option<Duration>) {
        let mut state = self.state();
        if state.intervals.set(class, interval) {
            state.passes_at = self.0.config.clock.now();
            drop(state);
            self.0.changed.notify_one();
        }
    }

    /// The class is gone: its interval no longer counts.
    pub fn forget_class(&self, class: &str) {
        self.state().intervals.forget(class);
    }

    /// Jobs that wait, and runs: for metrics and for tests that wait for quiet.
    pub fn load(&self) -> (usize, usize) {
        self.state().queue.len()
    }

    /// Waits until everything has ended after the stop.
    pub async fn ended(&self) {
        self.0.config.stop.cancelled().await;
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn run(self) {
        let Config { clock, stop, fence, .. } = &self.0.config;
        let mut lease = fence.clone();
        loop {
            let (pick, wake_at) = self.next(clock.now());
            if let Pick::Run(batch) = pick {
                let attempt = self.clone().attempt(batch);
                self.0.tasks.spawn(self.0.config.vital.guard("a call's conclusion", attempt));
                continue;
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.0.changed.notified() => {}
                () = lease.changed() => {}
                () = clock.sleep_until(wake_at) => {}
            }
        }
    }

    /// What to do now; if nothing, when to look again.
    fn next(&self, now: Time) -> (Pick, Time) {
        let Config { fence, stop, .. } = &self.0.config;
        let mut state = self.state();
        if stop.is_cancelled() {
            return (Pick::Idle { until: None }, now);
        }
        if state.passes_at <= now {
            let (jobs, next) = lists::passes(&state.index, &state.intervals, now);
            state.passes_at = next;
            let ticket = state.queue.ticket();
            state.queue.post(&Source::Passes, jobs, ticket);
        }
        let State { queue, index, .. } = &mut *state;
        let pick = queue.pick(now, fence.permit().is_some(), index);
        let until = match &pick {
            Pick::Idle { until: Some(until) } => state.passes_at.min(*until),
            _ => state.passes_at,
        };
        (pick, until)
    }

    /// One attempt, from the fence to the wakes.
    async fn attempt(self, batch: Batch) {
        let Config { aws, clock, fence, vital, .. } = &self.0.config;
        let started = clock.now();
        let mutates = batch.calls.iter().any(Call::mutates);
        let limit = if mutates { fence.permit() } else { Some(LONGEST) };
        let Some(limit) = limit else {
            self.done(&batch, Conclusion { events: Vec::new(), answers: Vec::new(), ended: Ended::Held });
            return;
        };
        let call = AssertUnwindSafe(aws.run(&batch.calls, started)).catch_unwind();
        let call = async { if mutates { fence.during(call).await } else { Some(call.await) } };
        let result: Result<Reply, Failure> = match tokio::time::timeout(limit, call).await {
            Ok(Some(Ok(result))) => result.map_err(Failure::Aws),
            Ok(Some(Err(panic))) => {
                vital.caught();
                Err(Failure::Panic(panicked(&batch, panic.as_ref())))
            }
            Ok(None) => Err(Failure::Aws(lease_over(&batch))),
            Err(_) => Err(Failure::Aws(timed_out(&batch, limit))),
        };
        let mut gathered = self.state().gathered.remove(&batch.run).unwrap_or_default();
        let Batch { ref calls, tries, throttles, .. } = batch;
        let attempt = Attempt { calls, tries, throttles, started, now: clock.now() };
        let conclusion = conclude(attempt, &mut gathered, result);
        if !matches!(conclusion.ended, Ended::Over | Ended::Split) {
            self.state().gathered.insert(batch.run, gathered);
        }
        self.done(&batch, conclusion);
    }

    /// Takes the outcome in, under one lock: whoever looks sees either the run or its result.
    fn done(&self, batch: &Batch, conclusion: Conclusion) {
        let Conclusion { events, answers, ended } = conclusion;
        let now = self.0.config.clock.now();
        let mut state = self.state();
        let mut wake = BTreeSet::new();
        if events.iter().any(|e| matches!(e, Event::Listed { .. } | Event::NotListed { .. })) {
            // A new parent's children are due; a list that failed is due again in a while.
            state.passes_at = now;
        }
        for event in events {
            tracing::debug!(?event, "learnt");
            wake.extend(absorb(&mut state.index, event));
        }
        let sources = state.queue.done(batch.run, ended, now);
        drop(state);
        self.0.changed.notify_one();
        wake.extend(sources.iter().filter_map(|source| match source {
            Source::Owner(owner) => Some(owner.clone()),
            Source::Targets(_) | Source::Passes => None,
        }));
        for (call, answer) in answers {
            for source in sources.iter().cloned() {
                let (call, answer) = (call.clone(), answer.clone());
                self.tell(Notice::Answer(Box::new(Answered { source, call, answer })));
            }
        }
        wake.into_iter().for_each(|owner| self.tell(Notice::Wake(owner)));
    }

    fn tell(&self, notice: Notice) {
        // Nobody listens any more: the process is ending.
        let _ = self.0.config.notices.send(notice);
    }
}

fn panicked(batch: &Batch, panic: &(dyn std::any::Any + Send)) -> AwsError {
    let message = format!("a call panicked, which is a defect of the operator: {}", panic_text(panic));
    ours(batch, ErrorClass::Unknown, "Panic", message)
}

fn timed_out(batch: &Batch, limit: Duration) -> AwsError {
    let message = format!("no answer within {:.1} s", limit.as_secs_f64());
    ours(batch, ErrorClass::Transient, "Timeout", message)
}

/// What became of the request is not known, as after a time-out.
fn lease_over(batch: &Batch) -> AwsError {
    let message = "our lease ended before the answer came".to_owned();
    ours(batch, ErrorClass::Transient, "LeaseEnded", message)
}

/// An error that AWS did not send.
fn ours(batch: &Batch, class: ErrorClass, code: &str, message: String) -> AwsError {
    let action = batch.calls.first().and_then(|call| call.actions().first().copied());
    AwsError {
        class,
        action: action.map(|a| a.to_string()).unwrap_or_default(),
        code: code.to_owned(),
        message,
        request_id: None,
        retry_after: None,
    }
}
