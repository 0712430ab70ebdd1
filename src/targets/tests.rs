use std::time::Duration;

use super::lane::{Looks, Recorded};
use super::slices::{Endpoint, Slice};
use super::state::{Step, TargetsState};
use crate::api::drift::DriftPolicy;
use crate::executor::{Answer, Call, Health, Lane, Target, TargetHealth};
use crate::model::{AwsError, ErrorClass, Id, Time};

const START: Time = Time(1_000_000);
const PASS: Duration = Duration::from_secs(3600);

/// Nothing to do, until the pass that follows `since`.
fn well(since: Time) -> Step {
    Step { post: None, next: Some(since + PASS) }
}

/// A state that goes on from what status records.
fn resumed(checkpoint: Option<String>, all_healthy: bool) -> TargetsState {
    let recorded = Recorded { checkpoint, all_healthy, never_ready: false };
    let looks = Looks { pass: PASS, added: DriftPolicy::Repair };
    TargetsState::new(group(), recorded, looks, START)
}

fn target(n: u8) -> Target {
    Target { address: format!("10.0.0.{n}"), port: 8080 }
}

fn ready(n: u8) -> Endpoint {
    Endpoint { target: target(n), pod: format!("pod-{n}"), ready: true, terminating: false }
}

fn not_ready(n: u8) -> Endpoint {
    Endpoint { ready: false, ..ready(n) }
}

fn terminating(n: u8) -> Endpoint {
    Endpoint { ready: false, terminating: true, ..ready(n) }
}

fn slice(generation: i64, endpoints: Vec<Endpoint>) -> Vec<Slice> {
    vec![Slice { uid: "a".into(), generation, endpoints }]
}

fn group() -> Id {
    Id::from("arn:tg")
}

fn fresh() -> TargetsState {
    resumed(None, false)
}

/// A state that has looked at an empty group.
fn empty() -> TargetsState {
    let mut state = fresh();
    state.slices(slice(1, vec![]));
    assert!(matches!(calls(&state.step(START))[..], [(Lane::Register, Call::DescribeTargetHealth { .. })]));
    look(&mut state, vec![], START);
    state
}

fn calls(step: &Step) -> Vec<(Lane, Call)> {
    step.post.iter().flatten().map(|job| (job.lane, job.call.clone())).collect()
}

fn register(n: u8) -> (Lane, Call) {
    (Lane::Register, Call::RegisterTargets { target_group: group(), targets: vec![target(n)] })
}

fn deregister(n: u8) -> (Lane, Call) {
    (Lane::Deregister, Call::DeregisterTargets { target_group: group(), targets: vec![target(n)] })
}

fn look(state: &mut TargetsState, seen: Vec<(u8, Health)>, now: Time) {
    let call = Call::DescribeTargetHealth { target_group: group() };
    let health = seen
        .into_iter()
        .map(|(n, health)| TargetHealth { target: target(n), health, reason: String::new() })
        .collect();
    state.answer(&call, &Answer::Health(group(), health), now);
}

fn registered(state: &mut TargetsState, n: u8, now: Time) {
    let answer = Answer::Registered(group(), vec![target(n)]);
    state.answer(&register(n).1, &answer, now);
}

fn deregistered(state: &mut TargetsState, n: u8, now: Time) {
    let answer = Answer::Deregistered(group(), vec![target(n)]);
    state.answer(&deregister(n).1, &answer, now);
}

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

#[test]
fn pods_that_come_within_50_ms_are_registered_together_ready_or_not() {
    let mut state = empty();
    state.slices(slice(2, vec![ready(1)]));
    assert_eq!(state.step(START), Step { post: None, next: Some(START + ms(50)) });
    state.slices(slice(3, vec![ready(1), not_ready(2), terminating(3)]));
    assert_eq!(state.step(START + ms(30)).post, None);
    assert_eq!(calls(&state.step(START + ms(50))), [register(1), register(2)]);
    assert_eq!(state.step(START + ms(60)).post, None);
}

#[test]
fn a_terminating_and_a_vanished_pod_are_deregistered_at_once() {
    let mut state = empty();
    look(&mut state, vec![(1, Health::Healthy), (2, Health::Healthy), (3, Health::Healthy)], START);
    state.slices(slice(2, vec![terminating(1), ready(3)]));
    assert_eq!(calls(&state.step(START)), [deregister(1), deregister(2)]);
}

#[test]
fn a_pod_that_is_only_not_ready_stays_registered() {
    let mut state = empty();
    look(&mut state, vec![(1, Health::Healthy)], START);
    state.slices(slice(2, vec![not_ready(1)]));
    assert_eq!(state.step(START), well(START));
}

#[test]
fn a_pod_that_goes_while_its_registration_runs_is_deregistered_after_the_answer() {
    let mut state = empty();
    state.slices(slice(2, vec![ready(1)]));
    state.step(START);
    assert_eq!(calls(&state.step(START + ms(50))), [register(1)]);
    state.slices(slice(3, vec![terminating(1)]));
    assert_eq!(calls(&state.step(START + ms(60))), [], "the queued job is taken back");
    registered(&mut state, 1, START + ms(200));
    assert_eq!(calls(&state.step(START + ms(200))), [deregister(1)]);
    deregistered(&mut state, 1, START + ms(300));
    assert_eq!(state.step(START + ms(300)).post, None);
}

#[test]
fn after_a_restart_an_equal_checkpoint_costs_no_call_and_a_moved_one_a_single_look() {
    let mut before = empty();
    before.slices(slice(7, vec![ready(1), terminating(2)]));
    before.step(START);
    before.step(START + ms(50));
    assert_eq!(before.checkpoint(), None, "not acknowledged yet");
    registered(&mut before, 1, START + ms(99));
    let recorded = before.checkpoint();
    assert!(recorded.is_some());

    let mut after = resumed(recorded.clone(), true);
    after.slices(slice(7, vec![ready(1), terminating(2)]));
    assert_eq!(after.step(START), well(START));
    assert_eq!(after.checkpoint(), recorded);
    let summary = after.summary().expect("what was recorded still holds");
    assert_eq!((summary.healthy, summary.registered), (1, 1));

    let mut there_and_back = resumed(recorded, true);
    there_and_back.slices(slice(9, vec![ready(1), terminating(2)]));
    let looks = calls(&there_and_back.step(START));
    assert!(matches!(looks[..], [(Lane::Register, Call::DescribeTargetHealth { .. })]), "{looks:?}");
    look(&mut there_and_back, vec![(1, Health::Healthy), (9, Health::Healthy), (8, Health::Draining)], START);
    assert_eq!(calls(&there_and_back.step(START)), [deregister(9)]);
}

#[test]
fn a_pod_that_the_load_balancer_finds_healthy_may_open_its_gate_once() {
    let mut state = empty();
    state.slices(slice(2, vec![not_ready(1), not_ready(2)]));
    state.step(START);
    state.step(START + ms(50));
    registered(&mut state, 1, START + ms(60));
    registered(&mut state, 2, START + ms(60));
    assert_eq!(state.gates(), [""; 0], "nothing is known of them");
    look(&mut state, vec![(1, Health::Healthy), (2, Health::Initial)], START + ms(70));
    assert_eq!(state.gates(), ["pod-1"]);
    assert_eq!(state.gates(), ["pod-1"], "until it is said to be open");
    state.opened("pod-1".into());
    assert_eq!(state.gates(), [""; 0]);
    state.slices(slice(3, vec![ready(1), not_ready(2)]));
    look(&mut state, vec![(1, Health::Healthy), (2, Health::Healthy)], START + ms(80));
    assert_eq!(state.gates(), ["pod-2"]);
}

#[test]
fn the_health_of_an_earlier_pod_at_its_address_opens_no_gate() {
    let mut state = empty();
    look(&mut state, vec![(1, Health::Healthy)], START);
    state.slices(slice(2, vec![terminating(1)]));
    assert_eq!(calls(&state.step(START)), [deregister(1)]);
    deregistered(&mut state, 1, START + ms(10));
    state.slices(slice(3, vec![Endpoint { pod: "another".into(), ..not_ready(1) }]));
    assert_eq!(state.gates(), [""; 0]);
}

#[test]
fn a_gate_that_was_closed_at_the_restart_is_opened_after_one_look() {
    let recorded = {
        let mut state = empty();
        look(&mut state, vec![(1, Health::Healthy)], START);
        state.slices(slice(7, vec![not_ready(1)]));
        state.checkpoint()
    };
    let mut state = resumed(recorded, true);
    state.slices(slice(7, vec![not_ready(1)]));
    let looks = calls(&state.step(START));
    assert!(matches!(looks[..], [(Lane::Create, Call::DescribeTargetHealth { .. })]), "{looks:?}");
    look(&mut state, vec![(1, Health::Healthy)], START);
    assert_eq!(state.gates(), ["pod-1"]);
    assert_eq!(state.step(START), well(START));
}

#[test]
fn health_is_looked_at_ever_more_rarely_until_all_targets_are_healthy_and_then_in_passes() {
    let mut state = empty();
    state.slices(slice(2, vec![ready(1)]));
    state.step(START);
    state.step(START + ms(50));
    registered(&mut state, 1, START);
    let mut now = START;
    let mut pauses = Vec::new();
    for _ in 0..7 {
        let next = state.step(now).next.unwrap();
        pauses.push(next.since(now).as_secs());
        now = next;
        let looks = calls(&state.step(now));
        assert!(matches!(looks[..], [(Lane::Create, Call::DescribeTargetHealth { .. })]), "{looks:?}");
        look(&mut state, vec![(1, Health::Initial)], now);
    }
    assert_eq!(pauses, [10, 10, 15, 22, 33, 50, 60]);
    assert_eq!(state.summary().unwrap().healthy, 0);
    look(&mut state, vec![(1, Health::Healthy)], now);
    assert_eq!(state.step(now), well(now));
    assert_eq!(state.summary().unwrap().healthy, 1);

    let now = now + PASS;
    let looks = calls(&state.step(now));
    assert!(matches!(looks[..], [(Lane::Drift, Call::DescribeTargetHealth { .. })]), "{looks:?}");
    look(&mut state, vec![(1, Health::Unhealthy)], now);
    assert_eq!(state.summary().unwrap().healthy, 0);
    assert_eq!(state.step(now).next, Some(now + Duration::from_secs(10)), "until it is healthy again");
}

#[test]
fn a_target_that_someone_registered_by_hand_is_deregistered_in_the_next_pass() {
    let mut state = empty();
    state.slices(slice(2, vec![ready(1)]));
    look(&mut state, vec![(1, Health::Healthy)], START);
    assert_eq!(state.step(START), well(START));
    let now = START + PASS;
    state.step(now);
    look(&mut state, vec![(1, Health::Healthy), (9, Health::Healthy)], now);
    assert_eq!(calls(&state.step(now)), [deregister(9)]);
}

#[test]
fn a_refused_target_waits_alone_and_is_tried_again() {
    let mut state = empty();
    state.slices(slice(2, vec![ready(1), ready(2)]));
    state.step(START);
    state.step(START + ms(50));
    let now = START + ms(100);
    let error = AwsError {
        class: ErrorClass::Spec,
        action: "elasticloadbalancing:RegisterTargets".into(),
        code: "InvalidTarget".into(),
        message: "not within the VPC".into(),
        request_id: None,
        retry_after: None,
    };
    state.answer(&register(1).1, &Answer::Failed(error.clone()), now);
    registered(&mut state, 2, now);
    assert_eq!(state.step(now).post, None);
    assert_eq!(state.checkpoint(), None);
    look(&mut state, vec![(2, Health::Healthy)], now);
    assert_eq!(state.step(now), Step { post: None, next: Some(now + Duration::from_secs(300)) });
    assert_eq!(state.summary().unwrap().refused, Some((target(1), error)));
    assert_eq!(calls(&state.step(now + Duration::from_secs(300))), [register(1)]);
}

#[test]
fn a_target_that_someone_deregistered_by_hand_is_registered_again() {
    let mut state = empty();
    look(&mut state, vec![(1, Health::Healthy), (2, Health::Initial)], START);
    state.slices(slice(2, vec![ready(1), ready(2)]));
    assert_eq!(state.step(START).post, None);
    look(&mut state, vec![(2, Health::Healthy)], START);
    state.step(START);
    assert_eq!(calls(&state.step(START + ms(50))), [register(1)]);
}

#[test]
fn a_pod_that_moves_from_one_slice_to_another_stays() {
    let mut state = empty();
    look(&mut state, vec![(1, Health::Healthy)], START);
    let two = |first: Endpoint, second: Endpoint| {
        let slice = |uid: &str, e| Slice { uid: uid.into(), generation: 1, endpoints: vec![e] };
        vec![slice("a", first), slice("b", second)]
    };
    state.slices(two(ready(1), not_ready(1)));
    assert_eq!(state.step(START), well(START));
}

#[test]
fn a_group_that_stays_without_its_service_is_emptied_and_looked_at_before_that_is_believed() {
    let mut state = empty();
    state.slices(slice(2, vec![ready(1), ready(2)]));
    look(&mut state, vec![(1, Health::Healthy)], START);
    state.step(START);
    assert_eq!(calls(&state.step(START + ms(50))), [register(2)]);
    state.leave();
    // What is being registered goes too, after it; new pods are not registered.
    let step = state.step(START + ms(60));
    let (looks, ops): (Vec<_>, Vec<_>) =
        calls(&step).into_iter().partition(|(_, call)| matches!(call, Call::DescribeTargetHealth { .. }));
    assert_eq!((ops, looks.len()), (vec![deregister(1), deregister(2)], 1));
    state.slices(slice(3, vec![ready(1), ready(2), ready(3)]));
    assert_eq!(state.step(START + ms(200)).post, None);
    registered(&mut state, 2, START + ms(210));
    look(&mut state, vec![(1, Health::Healthy), (2, Health::Initial)], START + ms(210));
    for n in [1, 2] {
        let now = START + ms(220);
        state.answer(&deregister(n).1, &Answer::Deregistered(group(), vec![target(n)]), now);
        state.step(now);
        assert!(!state.is_left(), "AWS has not shown it yet");
    }
    let now = START + ms(300);
    look(&mut state, vec![(1, Health::Healthy), (2, Health::Draining)], now);
    assert_eq!(calls(&state.step(now)).first(), Some(&deregister(1)), "somebody was faster");
    state.answer(&deregister(1).1, &Answer::Deregistered(group(), vec![target(1)]), now);
    state.step(now);
    look(&mut state, vec![(1, Health::Draining), (2, Health::Draining)], now);
    state.step(now);
    assert!(state.is_left());
}

#[test]
fn a_group_that_is_gone_has_nothing_to_be_emptied_of() {
    let mut state = fresh();
    state.leave();
    let [(_, look)] = &calls(&state.step(START))[..] else { panic!("one look") };
    let error = AwsError {
        class: ErrorClass::Gone,
        action: "elasticloadbalancing:DescribeTargetHealth".into(),
        code: "TargetGroupNotFound".into(),
        message: String::new(),
        request_id: None,
        retry_after: None,
    };
    state.answer(look, &Answer::Failed(error), START);
    state.step(START);
    assert!(state.is_left());
}
