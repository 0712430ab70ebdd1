//! The schedule under every order of posts, picks and ends.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;

use super::call::{Call, Serial, Target};
use super::lanes::{Job, Lane, Source};
use super::queue::{Batch, Ended, Pick, Queue, RunId};
use crate::aws::quotas::Bucket;
use crate::model::absorb::absorb;
use crate::model::api::Api;
use crate::model::event::Event;
use crate::model::index::{Collection, Index};
use crate::model::integration::Integration;
use crate::model::security_group::{Direction, SecurityGroupRule};
use crate::model::stage::{RouteSettings, Throttle};
use crate::model::vpc_link::VpcLink;
use crate::model::{Body, Id, Kind, Owner, ResourceKey, Seen, State, Time};

const START: Time = Time(1_000_000_000);
const SHARE: f64 = 0.5;

fn nothing_known() -> Index {
    Index::takeover(START, Duration::from_secs(30))
}

fn owner(n: u8) -> Owner {
    Owner::Class(format!("class-{n}"))
}

fn source(n: u8) -> Source {
    Source::Owner(owner(n))
}

fn key(kind: Kind, n: u8, slot: u8) -> ResourceKey {
    ResourceKey::new(kind, &owner(n), format!("{slot}"))
}

/// A create whose tags carry `version`, so that it can be told from others.
fn create(key: ResourceKey, body: Body<Id>, version: u64) -> Call {
    Call::Create { key, body, tags: BTreeMap::from([("version".into(), version.to_string())]) }
}

fn version(call: &Call) -> Option<u64> {
    match call {
        Call::Create { tags, .. } => tags.get("version")?.parse().ok(),
        _ => None,
    }
}

fn api(n: u8, slot: u8, version: u64) -> Call {
    let body = Body::Api(Api { name: "a".into(), description: String::new() });
    create(key(Kind::Api, n, slot), body, version)
}

fn vpc_link(n: u8, slot: u8, version: u64) -> Call {
    let body = VpcLink { name: "l".into(), subnets: BTreeSet::new(), security_groups: BTreeSet::new() };
    create(key(Kind::VpcLink, n, slot), Body::VpcLink(body), version)
}

fn integration(n: u8, slot: u8, api: u8, version: u64) -> Call {
    let body = Integration {
        api: Id(format!("api{api}")),
        vpc_link: Id::from("l"),
        listener: Id::from("arn"),
        timeout_millis: 1_000,
        overwrite_path: None,
    };
    create(key(Kind::Integration, n, slot), Body::Integration(body), version)
}

fn settings(n: u8, slot: u8, api: u8, version: u64) -> Call {
    let body = RouteSettings {
        stage: Id(format!("api{api}/$default")),
        route: Id(format!("api{api}/r{slot}")),
        route_key: format!("GET /{n}/{slot}"),
        throttle: Throttle { rate: 1.0, burst: 1 },
    };
    create(key(Kind::RouteSettings, n, slot), Body::RouteSettings(body), version)
}

fn revoke(n: u8, slot: u8) -> Call {
    let body = SecurityGroupRule {
        group: Id::from("sg-1"),
        direction: Direction::Ingress,
        from_port: 1,
        to_port: 1,
        peer: Id::from("sg-2"),
    };
    let id = Id(format!("sgr-{n}-{slot}"));
    Call::Delete { key: key(Kind::SecurityGroupRule, n, slot), id, seen: Body::SecurityGroupRule(body) }
}

fn register(slot: u8) -> Call {
    let targets = vec![Target { address: "10.0.0.1".into(), port: u16::from(slot) + 1 }];
    Call::RegisterTargets { target_group: Id::from("tg"), targets }
}

fn list() -> Call {
    Call::list(Collection::region(Kind::Api))
}

fn job(lane: Lane, call: Call) -> Job {
    Job { lane, never_ready: false, call }
}

fn post(q: &mut Queue, n: u8, jobs: Vec<Job>) {
    let ticket = q.ticket();
    q.post(&source(n), jobs, ticket);
}

fn picked(q: &mut Queue, now: Time) -> Batch {
    match q.pick(now, true, &nothing_known()) {
        Pick::Run(batch) => batch,
        idle => panic!("{idle:?}"),
    }
}

#[test]
fn lanes_go_in_order_and_in_a_lane_never_ready_owners_and_then_the_oldest() {
    let mut q = Queue::new(1.0, START);
    let never = |call| Job { lane: Lane::Create, never_ready: true, call };
    post(&mut q, 1, vec![job(Lane::Drift, api(1, 1, 1)), job(Lane::Create, api(1, 2, 2))]);
    post(&mut q, 2, vec![job(Lane::Create, api(2, 1, 3)), never(api(2, 2, 4))]);
    post(&mut q, 3, vec![job(Lane::Register, register(1)), job(Lane::Deregister, revoke(3, 1))]);
    let order: Vec<Call> = (0..6).map(|_| picked(&mut q, START).calls[0].clone()).collect();
    let wanted = [revoke(3, 1), register(1), api(2, 2, 4), api(1, 2, 2), api(2, 1, 3), api(1, 1, 1)];
    assert_eq!(order, wanted);
}

/// However many calls AWS leaves without an answer.
#[test]
fn a_service_that_hangs_holds_up_neither_the_others_nor_the_targets() {
    let mut q = Queue::new(1.0, START);
    let health = |n: u8| Call::DescribeTargetHealth { target_group: Id(format!("tg-{n}")) };
    for n in 0..100 {
        post(&mut q, n, vec![job(Lane::Create, health(n))]);
    }
    let mut hung = 0;
    while let Pick::Run(_) = q.pick(START, true, &nothing_known()) {
        hung += 1;
    }
    assert_eq!(hung, 64, "tokens are left, and yet no more of that service");
    post(&mut q, 101, vec![job(Lane::Create, list())]);
    assert_eq!(picked(&mut q, START).calls, [list()]);
    post(&mut q, 102, vec![job(Lane::Register, register(1))]);
    assert_eq!(picked(&mut q, START).calls, [register(1)]);
    assert_eq!(q.pick(START, true, &nothing_known()), Pick::Idle { until: None });
}

#[test]
fn the_same_work_posted_again_keeps_its_age() {
    let mut q = Queue::new(1.0, START);
    post(&mut q, 1, vec![job(Lane::Create, api(1, 1, 1))]);
    post(&mut q, 2, vec![job(Lane::Create, api(2, 1, 2))]);
    post(&mut q, 1, vec![job(Lane::Create, api(1, 1, 3))]);
    assert_eq!(picked(&mut q, START).calls, [api(1, 1, 3)]);
}

#[test]
fn what_belongs_to_one_http_api_runs_one_at_a_time_and_other_apis_run_beside_it() {
    let mut q = Queue::new(1.0, START);
    let jobs = [integration(1, 1, 1, 1), integration(1, 2, 1, 2), integration(1, 3, 2, 3)];
    post(&mut q, 1, jobs.map(|c| job(Lane::Create, c)).to_vec());
    let first = picked(&mut q, START);
    assert_eq!(first.calls, [integration(1, 1, 1, 1)]);
    assert_eq!(picked(&mut q, START).calls, [integration(1, 3, 2, 3)]);
    assert_eq!(q.pick(START, true, &nothing_known()), Pick::Idle { until: None });
    assert_eq!(q.done(first.run, Ended::Over, START), BTreeSet::from([source(1)]));
    assert_eq!(picked(&mut q, START).calls, [integration(1, 2, 1, 2)]);
}

#[test]
fn a_job_decided_before_its_key_was_picked_is_dropped() {
    let mut q = Queue::new(1.0, START);
    post(&mut q, 1, vec![job(Lane::Create, api(1, 1, 1)), job(Lane::Create, api(1, 2, 2))]);
    let looked = q.ticket();
    let run = picked(&mut q, START);
    q.done(run.run, Ended::Over, START);
    q.post(&source(1), vec![job(Lane::Create, api(1, 1, 3)), job(Lane::Create, api(1, 2, 4))], looked);
    assert_eq!(picked(&mut q, START).calls, [api(1, 2, 4)]);
    assert_eq!(q.pick(START, true, &nothing_known()), Pick::Idle { until: None });
}

#[test]
fn what_waits_for_an_owner_goes_with_it_unless_a_call_of_its_ran_since_it_was_looked_at() {
    let mut q = Queue::new(1.0, START);
    post(&mut q, 1, vec![job(Lane::Create, api(1, 1, 1)), job(Lane::Create, api(1, 2, 2))]);
    post(&mut q, 2, vec![job(Lane::Create, api(2, 1, 3))]);
    let looked = q.ticket();
    let run = picked(&mut q, START);
    assert!(!q.retire(&owner(1), looked), "it runs");
    q.done(run.run, Ended::Over, START);
    assert!(!q.retire(&owner(1), looked), "it may have made something");
    assert!(q.retire(&owner(1), q.ticket()));
    assert_eq!(picked(&mut q, START).calls, [api(2, 1, 3)]);
    assert_eq!(q.pick(START, true, &nothing_known()), Pick::Idle { until: None });
}

#[test]
fn a_delete_planned_before_another_owner_came_to_use_the_object_waits() {
    let mut q = Queue::new(1.0, START);
    let used = integration(1, 1, 1, 1);
    let Call::Create { key: its_key, body, .. } = used.clone() else { panic!() };
    let link = VpcLink { name: "l".into(), subnets: BTreeSet::new(), security_groups: BTreeSet::new() };
    let delete = Call::Delete { key: key(Kind::VpcLink, 2, 1), id: Id::from("l"), seen: Body::VpcLink(link) };
    post(&mut q, 1, vec![job(Lane::Deregister, used)]);
    post(&mut q, 2, vec![job(Lane::Delete, delete.clone())]);
    let create = picked(&mut q, START);
    let idle = Pick::Idle { until: None };
    assert_eq!(q.pick(START, true, &nothing_known()), idle, "the integration is being made");
    q.done(create.run, Ended::Over, START);
    let mut index = nothing_known();
    let seen = Seen { id: Id::from("api1/i"), key: Some(its_key), body, at: START, state: State::Usable };
    absorb(&mut index, Event::Replied { seen, written: None, created: true });
    assert_eq!(q.pick(START, true, &index), idle, "the integration is there");
    assert_eq!(picked(&mut q, START).calls, [delete]);
}

#[test]
fn equal_reads_of_two_owners_are_one_call_that_wakes_both() {
    let mut q = Queue::new(1.0, START);
    post(&mut q, 1, vec![job(Lane::Create, list())]);
    post(&mut q, 2, vec![job(Lane::Drift, list())]);
    let batch = picked(&mut q, START);
    assert_eq!(batch.calls.len(), 2);
    post(&mut q, 1, vec![job(Lane::Create, list())]);
    assert_eq!(q.pick(START, true, &nothing_known()), Pick::Idle { until: None }, "it runs already");
    assert_eq!(q.done(batch.run, Ended::Over, START), BTreeSet::from([source(1), source(2)]));
}

#[test]
fn a_refused_batch_is_taken_apart_and_stays_apart() {
    let mut q = Queue::new(1.0, START);
    post(&mut q, 1, vec![job(Lane::Create, settings(1, 1, 1, 1)), job(Lane::Create, settings(1, 2, 1, 2))]);
    let both = picked(&mut q, START);
    assert_eq!(both.calls.len(), 2);
    q.done(both.run, Ended::Split, START);
    let first = picked(&mut q, START);
    assert_eq!(first.calls, [settings(1, 1, 1, 1)]);
    q.done(first.run, Ended::Over, START);
    assert_eq!(picked(&mut q, START).calls, [settings(1, 2, 1, 2)]);
}

#[test]
fn a_target_batch_holds_200() {
    let mut q = Queue::new(1.0, START);
    post(&mut q, 1, (0..=200).map(|n| job(Lane::Register, register(n))).collect());
    assert_eq!(picked(&mut q, START).calls.len(), 200);
}

#[test]
fn a_throttled_run_keeps_its_place_and_its_bucket_is_emptied_and_slowed() {
    let mut q = Queue::new(1.0, START);
    post(&mut q, 1, vec![job(Lane::Create, api(1, 1, 1)), job(Lane::Create, api(1, 2, 2))]);
    let run = picked(&mut q, START);
    q.done(run.run, Ended::Throttled, START);
    // Ten a second, halved: a token is there after 200 ms.
    let Pick::Idle { until: Some(until) } = q.pick(START, true, &nothing_known()) else {
        panic!("tokens are left")
    };
    assert!((200..=202).contains(&until.since(START).as_millis()), "{until:?}");
    let again = picked(&mut q, until);
    assert_eq!((again.run, again.calls), (run.run, run.calls));
    let full_rate = until + Duration::from_secs(300);
    let Pick::Run(_) = q.pick(full_rate, true, &nothing_known()) else { panic!("no token after minutes") };
}

#[test]
fn a_retry_waits_its_pause_and_counts() {
    let mut q = Queue::new(1.0, START);
    post(&mut q, 1, vec![job(Lane::Create, api(1, 1, 1))]);
    let run = picked(&mut q, START);
    q.done(run.run, Ended::Again(Duration::from_secs(2)), START);
    let at = START + Duration::from_secs(2);
    assert_eq!(q.pick(START, true, &nothing_known()), Pick::Idle { until: Some(at) });
    let again = picked(&mut q, at);
    assert_eq!((again.run, again.tries), (run.run, 1));
}

#[test]
fn creating_a_second_vpc_link_waits_for_its_own_quota_and_holds_nothing_else_up() {
    let mut q = Queue::new(SHARE, START);
    let links = [vpc_link(1, 1, 1), vpc_link(1, 2, 2), api(1, 3, 3)];
    post(&mut q, 1, links.map(|c| job(Lane::Create, c)).to_vec());
    assert_eq!(picked(&mut q, START).calls, [vpc_link(1, 1, 1)]);
    assert_eq!(picked(&mut q, START).calls, [api(1, 3, 3)]);
    let Pick::Idle { until: Some(until) } = q.pick(START, true, &nothing_known()) else {
        panic!("a second link")
    };
    assert_eq!(until.since(START).as_secs(), 30);
    assert_eq!(picked(&mut q, until).calls, [vpc_link(1, 2, 2)]);
}

/// What happens to the queue.
#[derive(Clone, Debug)]
enum Step {
    /// A source posts jobs, by lane and template.
    Post(u8, Vec<(u8, u8)>),
    /// Time passes, in milliseconds.
    Pass(u64),
    /// The lease is there or not; as many picks as give something, at most.
    Pick(bool, u8),
    /// The n-th attempt under way ends so.
    End(u8, u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..4u8, prop::collection::vec((0..5u8, 0..40u8), 0..12)).prop_map(|(s, j)| Step::Post(s, j)),
        2 => (0..3_000u64).prop_map(Step::Pass),
        4 => (prop::bool::weighted(0.8), 1..30u8).prop_map(|(w, n)| Step::Pick(w, n)),
        4 => (any::<u8>(), 0..8u8).prop_map(|(n, e)| Step::End(n, e)),
    ]
}

/// The queue beside what it must keep to.
struct World {
    q: Queue,
    now: Time,
    versions: u64,
    /// Versions that were replaced while they waited.
    dead: BTreeSet<u64>,
    waiting: BTreeMap<u8, BTreeSet<u64>>,
    running: BTreeMap<RunId, Vec<Call>>,
    /// Calls that a run is made of, from its start to its end.
    held: BTreeMap<RunId, Vec<Call>>,
    taken: Vec<(Time, Bucket)>,
}

impl World {
    fn new() -> World {
        World {
            q: Queue::new(SHARE, START),
            now: START,
            versions: 0,
            dead: BTreeSet::new(),
            waiting: BTreeMap::new(),
            running: BTreeMap::new(),
            held: BTreeMap::new(),
            taken: Vec::new(),
        }
    }

    fn call(&mut self, n: u8, template: u8) -> Call {
        self.versions += 1;
        let (slot, v) = (template % 5, self.versions);
        match template / 5 {
            0 => api(n, slot, v),
            1 => vpc_link(n, slot, v),
            2 | 3 => integration(n, slot, template % 2, v),
            4 => settings(n, slot, template % 2, v),
            5 => revoke(n, slot),
            6 => register(slot),
            _ => list(),
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Post(n, jobs) => {
                const LANES: [Lane; 5] =
                    [Lane::Deregister, Lane::Register, Lane::Delete, Lane::Create, Lane::Drift];
                let jobs: Vec<Job> =
                    jobs.iter().map(|(l, t)| job(LANES[usize::from(*l)], self.call(*n, *t))).collect();
                let new = jobs.iter().filter_map(|j| version(&j.call)).collect();
                let old = self.waiting.insert(*n, new).unwrap_or_default();
                self.dead.extend(old);
                post(&mut self.q, *n, jobs);
            }
            Step::Pass(ms) => self.now = self.now + Duration::from_millis(*ms),
            Step::Pick(may_write, most) => {
                for _ in 0..*most {
                    if !self.pick(*may_write) {
                        break;
                    }
                }
            }
            Step::End(n, how) => {
                let runs: Vec<RunId> = self.running.keys().copied().collect();
                if !runs.is_empty() {
                    self.end(runs[usize::from(*n) % runs.len()], *how);
                }
            }
        }
    }

    fn pick(&mut self, may_write: bool) -> bool {
        let Pick::Run(batch) = self.q.pick(self.now, may_write, &nothing_known()) else { return false };
        assert!(may_write || !batch.calls.iter().any(Call::mutates), "a write without the lease");
        for call in &batch.calls {
            if let Some(v) = version(call) {
                assert!(!self.dead.contains(&v), "a replaced job runs");
                self.waiting.values_mut().for_each(|w| _ = w.remove(&v));
            }
        }
        let first = &batch.calls[0];
        assert!(batch.calls.iter().all(|c| c == first || first.joins(c)));
        self.taken.extend(first.actions().iter().flat_map(|a| a.buckets()).map(|b| (self.now, b)));
        assert!(self.running.insert(batch.run, batch.calls.clone()).is_none(), "a run runs twice");
        self.held.entry(batch.run).or_insert(batch.calls);
        let mut serials = BTreeMap::new();
        for (run, calls) in &self.held {
            for serial in calls.iter().filter_map(Call::serial) {
                let other: Option<RunId> = serials.insert(serial.clone(), *run);
                assert!(other.is_none_or(|o| o == *run), "two run for {serial:?}");
            }
        }
        true
    }

    fn end(&mut self, run: RunId, how: u8) {
        let calls = self.running.remove(&run).unwrap();
        let ended = match how {
            0 => Ended::Throttled,
            1 => Ended::Again(Duration::from_secs(1)),
            2 => Ended::Held,
            3 => Ended::Next(Box::new(list())),
            4 if calls.len() > 1 => Ended::Split,
            _ => Ended::Over,
        };
        let over = matches!(ended, Ended::Over | Ended::Split);
        let split = ended == Ended::Split;
        self.q.done(run, ended, self.now);
        if over {
            let held = self.held.remove(&run).unwrap();
            if split {
                // They wait again, unless their source has posted since: then that replaced nothing.
                for call in held {
                    if let (Some(v), Some(key)) = (version(&call), call.key()) {
                        let n: u8 = key.owner.class().rsplit('-').next().unwrap().parse().unwrap();
                        self.waiting.entry(n).or_default().insert(v);
                    }
                }
            }
        }
    }

    /// Nothing more is posted, everything ends well: all that waits must run.
    fn drain(&mut self) {
        let deadline = self.now + Duration::from_secs(4 * 3600);
        loop {
            while self.pick(true) {}
            let runs: Vec<RunId> = self.running.keys().copied().collect();
            runs.iter().for_each(|run| self.end(*run, 9));
            match self.q.pick(self.now, true, &nothing_known()) {
                Pick::Run(batch) => {
                    let calls = batch.calls.clone();
                    self.taken
                        .extend(calls[0].actions().iter().flat_map(|a| a.buckets()).map(|b| (self.now, b)));
                    self.held.entry(batch.run).or_insert(calls);
                    self.running.insert(batch.run, batch.calls);
                    self.end(batch.run, 9);
                }
                Pick::Idle { until: Some(until) } => self.now = self.now.max(until),
                Pick::Idle { until: None } => break,
            }
            assert!(self.now < deadline, "something starves");
        }
        assert!(self.q.is_empty(), "something is left: {:?}", self.q.len());
    }

    /// In no window does a bucket give more than is in it and flows into it.
    fn check_buckets(&self) {
        for bucket in Bucket::ALL {
            let quota = bucket.share(SHARE);
            let at: Vec<Time> = self.taken.iter().filter(|(_, b)| *b == bucket).map(|(t, _)| *t).collect();
            for (i, from) in at.iter().enumerate() {
                for (j, to) in at.iter().enumerate().skip(i) {
                    let taken = (j - i + 1) as f64;
                    let most = quota.burst + quota.per_second * to.since(*from).as_secs_f64();
                    assert!(taken <= most + 1e-3, "{bucket:?} gave {taken} of {most}");
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn quotas_hold_in_every_window_keys_take_turns_and_nothing_starves(
        steps in prop::collection::vec(step(), 1..120),
    ) {
        let mut world = World::new();
        steps.iter().for_each(|step| world.step(step));
        world.drain();
        world.check_buckets();
    }
}

#[test]
fn children_of_an_api_exclude_each_other_and_targets_of_a_group_too() {
    let api1 = Some(Serial::Id(Id::from("api1")));
    assert_eq!(integration(1, 1, 1, 1).serial(), api1);
    assert_eq!(settings(2, 2, 1, 1).serial(), api1);
    assert_eq!(register(1).serial(), Some(Serial::Id(Id::from("tg"))));
    assert_eq!(list().serial(), None);
}
