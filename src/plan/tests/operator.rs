//! The operator around the planner, as a model: statuses that last, an index that dies with its
//! leader, queued and running calls, wakes and timers. One seed decides every choice.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::aws::{Answer, Aws, Thing, error};
use super::stacks::class_owner;
use crate::api::drift::DriftPolicy;
use crate::model::absorb::absorb;
use crate::model::event::Event;
use crate::model::index::{Collection, Index};
use crate::model::{Entry, ErrorClass, Id, Kind, Owner, ResourceKey, Stack, Time};
use crate::plan::{Act, DriftPolicies, Op, Plan, Running, View, plan};

pub const SETTLE: Duration = Duration::from_secs(30);

/// Chances in a hundred, of each call or list.
#[derive(Clone, Debug, Default)]
pub struct Weather {
    pub refused: u8,
    pub lost_before: u8,
    pub lost_after: u8,
    pub half: u8,
    pub unlisted: u8,
    /// How far lists lag, in milliseconds, less than SETTLE.
    pub lag: u64,
}

/// Where a crash hits an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Recorded and posted, not called.
    Before,
    /// AWS did it; nobody heard.
    Committed,
    /// Absorbed, not in status.
    Replied,
    /// In status.
    Recorded,
}

/// A call that runs.
struct Call {
    owner: Owner,
    op: Op,
    started: Time,
    event: Vec<Event>,
}

pub struct Operator {
    pub aws: Aws,
    pub now: Time,
    pub index: Index,
    pub status: BTreeMap<Owner, BTreeMap<ResourceKey, Entry>>,
    pub stacks: BTreeMap<Owner, Stack>,
    pub plans: BTreeMap<Owner, Plan>,
    pub weather: Weather,
    /// One call at a time, everyone plans after each reply.
    pub strict: bool,
    /// No call may be refused for what else is there or is not.
    pub fair: bool,
    /// What the index believes of the lag of lists.
    pub settle: Duration,
    /// Calls are checked once more before they are made.
    pub last_check: bool,
    /// Status records intents.
    pub intents: bool,
    /// About what others changed.
    pub drift: DriftPolicies,
    pub crashes: Vec<(u32, Phase)>,
    pub calls: u32,
    pub writes: Vec<String>,
    pub complaints: Vec<String>,
    woken: BTreeSet<Owner>,
    timers: BTreeMap<Owner, Time>,
    /// When everything is listed a second time after a takeover: the first lists may show what the
    /// last leader had just deleted.
    second_sweep: Option<Time>,
    queue: BTreeMap<Owner, Vec<Op>>,
    running: Vec<Call>,
    reads: BTreeSet<Collection>,
    listing: Vec<(Collection, Time)>,
    crash_when_recorded: Option<Owner>,
    seed: u64,
}

impl Operator {
    pub fn new(seed: u64, strict: bool) -> Operator {
        let now = Time(1_000_000_000);
        let mut operator = Operator {
            aws: Aws::default(),
            now,
            index: Index::takeover(now, SETTLE),
            status: BTreeMap::new(),
            stacks: BTreeMap::new(),
            plans: BTreeMap::new(),
            weather: Weather::default(),
            strict,
            fair: false,
            settle: SETTLE,
            last_check: true,
            intents: true,
            drift: DriftPolicies::default(),
            crashes: Vec::new(),
            calls: 0,
            writes: Vec::new(),
            complaints: Vec::new(),
            woken: BTreeSet::new(),
            timers: BTreeMap::new(),
            second_sweep: None,
            queue: BTreeMap::new(),
            running: Vec::new(),
            reads: BTreeSet::new(),
            listing: Vec::new(),
            crash_when_recorded: None,
            seed,
        };
        operator.takeover();
        operator
    }

    /// A number below `n`, by splitmix64.
    pub fn pick(&mut self, n: usize) -> usize {
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.seed;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n.max(1) as u64) as usize
    }

    fn chance(&mut self, percent: u8) -> bool {
        self.pick(100) < usize::from(percent)
    }

    /// A new leader: it knows what status says, and starts to list.
    pub fn takeover(&mut self) {
        self.index = Index::takeover(self.now, self.settle);
        self.queue.clear();
        self.running.clear();
        self.listing.clear();
        self.timers.clear();
        self.plans.clear();
        self.crash_when_recorded = None;
        self.woken = self.stacks.keys().cloned().collect();
        self.sweep();
        self.second_sweep = Some(self.now + self.settle);
    }

    /// List everything.
    pub fn sweep(&mut self) {
        for kind in Kind::ALL {
            self.reads.extend(self.index.places(kind, class_owner().class()));
        }
    }

    pub fn want(&mut self, owner: Owner, stack: Stack) {
        self.woken.insert(owner.clone());
        self.stacks.insert(owner, stack);
    }

    fn reconcile(&mut self, owner: &Owner) {
        self.timers.remove(owner);
        let Some(stack) = self.stacks.get(owner) else { return };
        let own = self.status.get(owner).cloned().unwrap_or_default();
        let mut entries = self.status.get(&class_owner()).cloned().unwrap_or_default();
        entries.extend(own.clone());
        let mut running = BTreeMap::new();
        for call in self.running.iter().filter(|call| call.owner == *owner) {
            let what = if call.op.act.is_delete() { Running::Delete } else { Running::Write };
            running.insert(call.op.key.clone(), what);
        }
        let all = self.status.values().flat_map(BTreeMap::values);
        let recorded: BTreeSet<Id> = all.filter_map(|entry| entry.id.clone()).collect();
        let (index, drift) = (&self.index, self.drift);
        let view = View { index, entries: &entries, running: &running, recorded: &recorded, drift };
        let plan = plan(owner, stack, view, self.now);
        let mut recorded = BTreeMap::new();
        for entry in plan.entries.iter().filter(|entry| self.intents || entry.id.is_some()) {
            let key = ResourceKey { kind: entry.kind, owner: owner.clone(), slot: entry.slot.clone() };
            recorded.insert(key, entry.clone());
        }
        if recorded != own && *owner == class_owner() {
            self.woken.extend(self.stacks.keys().cloned());
            self.woken.remove(owner);
        }
        self.status.insert(owner.clone(), recorded);
        if self.crash_when_recorded.as_ref() == Some(owner) {
            return self.takeover();
        }
        self.index.intended(&plan.intents);
        self.index.wait(owner, plan.awaits.clone());
        self.queue.insert(owner.clone(), plan.calls().cloned().collect());
        self.reads
            .extend(plan.reads.iter().filter(|of| !self.listing.iter().any(|(l, _)| l == *of)).cloned());
        self.timers.extend(plan.next.map(|next| (owner.clone(), next)));
        let deleted = stack.0.is_empty() && plan.is_clean() && running.is_empty();
        self.plans.insert(owner.clone(), plan);
        if deleted && owner.service().is_some() {
            self.stacks.remove(owner);
            self.status.remove(owner);
        }
    }

    /// Does one thing; `false` when nothing can be done but wait for the clock.
    fn step(&mut self) -> bool {
        let posted: usize = self.queue.values().map(Vec::len).sum();
        let sizes = [self.woken.len(), self.reads.len(), self.listing.len(), posted, self.running.len()];
        let most = if self.strict { [1, 1, 1, 1, 1] } else { [4, 2, 2, 2, 2] };
        let options: Vec<usize> =
            (0..5).filter(|i| sizes[*i] > 0).flat_map(|i| std::iter::repeat_n(i, most[i])).collect();
        let Some(first) = options.first().copied() else { return false };
        // Strictly: everyone plans, lists are read and replies absorbed before the next call.
        let option = if self.strict {
            [0, 4, 2, 1, 3].into_iter().find(|i| sizes[*i] > 0).unwrap_or(first)
        } else {
            options[self.pick(options.len())]
        };
        match option {
            0 => {
                let n = self.pick(sizes[0]);
                let owner = self.woken.iter().nth(n).unwrap().clone();
                self.woken.remove(&owner);
                self.reconcile(&owner);
            }
            1 => {
                let n = self.pick(sizes[1]);
                let of = self.reads.iter().nth(n).unwrap().clone();
                self.reads.remove(&of);
                self.listing.push((of, self.now));
            }
            2 => self.finish_list(),
            3 => self.start_call(posted),
            _ => {
                let i = self.pick(self.running.len());
                self.finish_call(i);
            }
        }
        self.now = self.now + Duration::from_millis(50);
        true
    }

    fn finish_list(&mut self) {
        let i = self.pick(self.listing.len());
        let (of, started) = self.listing.remove(i);
        if self.chance(self.weather.unlisted) {
            let event = Event::NotListed { of, error: error(ErrorClass::Transient, "Away"), at: self.now };
            return self.absorb(event);
        }
        let most = self.weather.lag as usize;
        // Lags count back from the start of the pass.
        let took = self.now.since(started);
        let lags: Vec<Duration> = (0..400)
            .map(|_| took + Duration::from_millis(if most == 0 { 0 } else { self.pick(most) as u64 }))
            .collect();
        let mut next = lags.into_iter().cycle();
        let lag = self.weather.lag > 0;
        let items =
            self.aws.list(&of, self.now, &mut || if lag { next.next().unwrap() } else { Duration::ZERO });
        let parent = of.kind;
        self.absorb(Event::Listed { of, started, items });
        for kind in Kind::ALL.into_iter().filter(|kind| kind.parent() == Some(parent)) {
            for place in self.index.places(kind, class_owner().class()) {
                if self.index.listed(&place).is_none() {
                    self.reads.insert(place);
                }
            }
        }
    }

    fn start_call(&mut self, posted: usize) {
        let mut n = self.pick(posted);
        let owner = self
            .queue
            .iter()
            .find(|(_, ops)| {
                let here = n < ops.len();
                n -= if here { 0 } else { ops.len() };
                here
            })
            .map(|(owner, _)| owner.clone())
            .unwrap();
        let op = self.queue.get_mut(&owner).unwrap().remove(n);
        if self.running.iter().any(|call| call.op.key == op.key) {
            // One call a key: the object is planned again after it.
            return;
        }
        let running = self.running.iter().filter_map(|call| call.op.act.touch());
        if self.last_check && !op.act.touch().unwrap().fits(&self.index, running) {
            return self.queue.entry(owner).or_default().push(op);
        }
        self.calls += 1;
        let crash = self.crashes.iter().position(|(at, _)| *at == self.calls);
        let crash = crash.map(|i| self.crashes.remove(i).1);
        if crash == Some(Phase::Before) {
            return self.takeover();
        }
        self.check_intent(&owner, &op);
        let event = self.run(&op);
        if crash == Some(Phase::Committed) {
            return self.takeover();
        }
        self.running.push(Call { owner: owner.clone(), op, started: self.now, event });
        match crash {
            Some(Phase::Replied) => {
                let i = self.running.len() - 1;
                self.finish_call(i);
                self.takeover();
            }
            Some(Phase::Recorded) => {
                let i = self.running.len() - 1;
                self.finish_call(i);
                self.crash_when_recorded = Some(owner.clone());
                self.woken.insert(owner);
            }
            _ => {}
        }
    }

    fn check_intent(&mut self, owner: &Owner, op: &Op) {
        let entry = self.status.get(owner).and_then(|entries| entries.get(&op.key));
        let intended = entry.is_some_and(|entry| entry.id.is_none());
        if self.intents && matches!(op.act, Act::Create(_)) && op.key.kind.token_less() && !intended {
            self.complaints.push(format!("{} is created without a recorded intent", op.key));
        }
    }

    /// Calls AWS; what will be heard of it.
    fn run(&mut self, op: &Op) -> Vec<Event> {
        let (key, id, hash) = (op.key.clone(), op.act.id().cloned(), op.act.hash());
        let create = matches!(op.act, Act::Create(_));
        let fail = |class, code: &str, at| Event::Failed {
            key: key.clone(),
            id: id.clone(),
            hash: hash.clone(),
            error: error(class, code),
            at,
        };
        if self.chance(self.weather.refused) {
            let classes = [
                ErrorClass::Throttle,
                ErrorClass::Transient,
                ErrorClass::Race,
                ErrorClass::Quota,
                ErrorClass::Permission,
                ErrorClass::Unknown,
            ];
            let class = classes[self.pick(classes.len())];
            return vec![fail(class, "Weather", self.now)];
        }
        if self.chance(self.weather.lost_before) {
            let lost = Event::Lost { key: key.clone(), at: self.now };
            return vec![if create { lost } else { fail(ErrorClass::Transient, "Away", self.now) }];
        }
        let half = op.key.kind.has_unlisted_settings() && self.chance(self.weather.half);
        let before = self.aws.served(self.now);
        let strangers = self.strangers();
        self.check_stray(op);
        let answer = self.aws.call(&op.key, &op.act, half, self.now);
        self.writes.push(format!("{} {}", verb(&op.act), op.key));
        self.check_served(before, op);
        if strangers != self.strangers() {
            self.complaints.push(format!("{op:?} touched a stranger's object"));
        }
        let lost = self.chance(self.weather.lost_after);
        let answer = match answer {
            Err(error) => {
                let misled = matches!(error.class, ErrorClass::Race | ErrorClass::Gone);
                if self.fair && misled {
                    self.complaints.push(format!("{op:?} was refused: {}", error.code));
                }
                return vec![Event::Failed { key, id, hash, error, at: self.now }];
            }
            Ok(answer) => answer,
        };
        if lost {
            let lost = Event::Lost { key: key.clone(), at: self.now };
            return vec![if create { lost } else { fail(ErrorClass::Transient, "Away", self.now) }];
        }
        match answer {
            Answer::Gone => vec![Event::Gone { kind: op.key.kind, id: id.unwrap(), at: self.now }],
            Answer::Going => vec![Event::Going { kind: op.key.kind, id: id.unwrap(), at: self.now }],
            Answer::Shown(seen) => {
                let mut events = Vec::new();
                let failed = fail(ErrorClass::Unknown, "Half", self.now);
                let written = if half { None } else { op.act.hash() };
                if create || !half {
                    events.push(Event::Replied { seen: *seen, written, created: create });
                }
                if half {
                    events.push(failed);
                }
                events
            }
        }
    }

    /// Nothing of ours is taken for a stray.
    fn check_stray(&mut self, op: &Op) {
        if op.key.as_stray().is_some() {
            let mut things = self.aws.things(self.now);
            let ours = things.any(|((kind, id), thing)| {
                *kind == op.key.kind && op.act.id() == Some(id) && thing.key.is_some()
            });
            if ours || self.drift.security == DriftPolicy::Report {
                self.complaints.push(format!("{op:?} takes what it must not for a stray"));
            }
        }
    }

    /// What no policy lets us touch: strangers' things outside of what is ours.
    fn strangers(&self) -> BTreeMap<(Kind, Id), String> {
        let strangers = self.aws.things(self.now).filter(|(_, thing)| thing.key.is_none());
        let strangers = strangers.filter(|(_, thing)| !self.is_inside_ours(thing));
        strangers.map(|(at, thing)| (at.clone(), format!("{:?}", thing.body))).collect()
    }

    fn check_served(&mut self, before: BTreeSet<(String, Owner)>, op: &Op) {
        let after = self.aws.served(self.now);
        for (route, owner) in before.difference(&after) {
            let key = ResourceKey::new(Kind::Route, owner, route);
            if self.stacks.get(owner).is_some_and(|stack| stack.0.contains_key(&key)) {
                self.complaints.push(format!("{op:?} cut {key}, which is wanted"));
            }
        }
    }

    /// Whether it is inside something of ours, or inside something inside.
    pub fn is_inside_ours(&self, thing: &Thing) -> bool {
        let Some(holder) = thing.body.lives_in() else { return false };
        let mut things = self.aws.things(self.now);
        let found = things.find(|((_, id), _)| id == holder).map(|(_, thing)| thing.clone());
        found.is_some_and(|holder| holder.key.is_some() || self.is_inside_ours(&holder))
    }

    fn finish_call(&mut self, i: usize) {
        let call = self.running.remove(i);
        self.woken.insert(call.owner);
        for event in call.event {
            let event = match event {
                Event::Lost { key, .. } => Event::Lost { key, at: self.now },
                other => other,
            };
            debug_assert!(call.started <= self.now);
            self.absorb(event);
        }
    }

    fn absorb(&mut self, event: Event) {
        let wake = absorb(&mut self.index, event);
        self.woken.extend(wake.into_iter().filter(|owner| self.stacks.contains_key(owner)));
    }

    /// Nothing is waited for but that strangers take away what is in the way: it is looked for again and
    /// again.
    fn waits_for_strangers(&self) -> bool {
        let stranger = |op: &Op| match &op.act {
            Act::Blocked { by, deleting: Some(_) } => by.iter().any(|by| by.key.is_none()),
            _ => false,
        };
        let still = |op: &Op| matches!(op.act, Act::Blocked { .. } | Act::Refuse(_) | Act::Adopt(_));
        self.second_sweep.is_none()
            && self.timers.keys().all(|owner| {
                let ops = self.plans.get(owner).map(|plan| &plan.ops[..]).unwrap_or_default();
                ops.iter().any(stranger) && ops.iter().all(still)
            })
    }

    /// Runs until nothing is left to do and no timer is set, but for strangers' sake. Panics if that takes
    /// too long.
    pub fn settle_down(&mut self) {
        let end = self.now + Duration::from_secs(4 * 3600);
        for steps in 0.. {
            if self.step() {
                assert!(steps < 60_000, "never still: {}", self.story());
                continue;
            }
            let Some(next) = self.timers.values().copied().chain(self.second_sweep).min() else { return };
            if self.waits_for_strangers() {
                return;
            }
            assert!(next < end, "still waiting for {next:?}: {}", self.story());
            self.now = self.now.max(next);
            self.ring();
        }
    }

    /// Does what is due.
    fn ring(&mut self) {
        let now = self.now;
        let due: Vec<Owner> =
            self.timers.iter().filter(|(_, at)| **at <= now).map(|(owner, _)| owner.clone()).collect();
        for owner in due {
            self.timers.remove(&owner);
            self.woken.insert(owner);
        }
        if self.second_sweep.is_some_and(|at| at <= now) {
            self.second_sweep = None;
            self.sweep();
        }
    }

    /// Runs for a number of steps, the clock going on when there is nothing else to do.
    pub fn run_for(&mut self, steps: usize) {
        for _ in 0..steps {
            if !self.step() {
                self.now = self.now + Duration::from_secs(1);
                self.ring();
            }
        }
    }

    /// What happened and what is planned, for a failed assertion.
    pub fn story(&self) -> String {
        let tail = self.writes.iter().rev().take(30).rev().cloned().collect::<Vec<_>>().join("\n  ");
        let plans: Vec<String> = self
            .plans
            .iter()
            .filter(|(_, plan)| !plan.ops.is_empty() || plan.next.is_some())
            .map(|(owner, plan)| {
                let ops: Vec<String> =
                    plan.ops.iter().map(|op| format!("\n    {} {}", op.key, brief(&op.act))).collect();
                format!("{owner}: next {:?}{}", plan.next, ops.concat())
            })
            .collect();
        format!("now {:?}\n  {tail}\n{}", self.now, plans.join("\n"))
    }
}

fn verb(act: &Act) -> &'static str {
    match act {
        Act::Create(_) => "create",
        Act::Update { .. } => "update",
        Act::Delete { .. } => "delete",
        _ => "no call",
    }
}

fn brief(act: &Act) -> String {
    let mut json = serde_json::to_string(act).unwrap();
    json.truncate(300);
    json
}
