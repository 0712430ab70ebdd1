//! What must hold in any world. `PROPTEST_CASES` sets how many are tried.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use super::operator::{Operator, Phase, SETTLE, Weather};
use super::stacks::{Class, Service};
use super::worlds::{
    Meddling, Wish, all_is_settled, check, delete_all, lag, meddle, meddling, no_harm_done, nothing_left,
    phase, weather, wish,
};
use crate::api::drift::DriftPolicy;
use crate::plan::DriftPolicies;
use crate::plan::broken::{self, Rule};

/// Rules of the engine; each can be broken, to show that the properties depend on it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Rules {
    broken: Option<Rule>,
    settle: bool,
    intents: bool,
}

const RULES: Rules = Rules { broken: None, settle: true, intents: true };

fn operator(rules: Rules, seed: u64, strict: bool) -> Operator {
    let mut operator = Operator::new(seed, strict);
    if !rules.settle {
        operator.settle = Duration::ZERO;
        operator.takeover();
    }
    operator.intents = rules.intents;
    operator.last_check = rules.broken != Some(Rule::ReferrersBlock);
    operator
}

type FairWeather = (u64, Wish, Wish, bool);

fn fair_weather() -> impl Strategy<Value = FairWeather> {
    (any::<u64>(), wish(), wish(), any::<bool>())
}

fn in_fair_weather(rules: Rules, (seed, first, then, strict): FairWeather) -> Result<(), TestCaseError> {
    let mut operator = operator(rules, seed, strict);
    operator.fair = true;
    for wish in [first, then] {
        wish.tell(&mut operator);
        operator.settle_down();
        check(&operator)?;
        all_is_settled(&operator)?;
        let calls = operator.calls;
        operator.takeover();
        operator.settle_down();
        operator.sweep();
        operator.settle_down();
        prop_assert_eq!(operator.calls, calls, "an unchanged world costs calls: {}", operator.story());
    }
    delete_all(&mut operator);
    nothing_left(&operator)
}

type FoulWeather = (u64, Wish, Wish, Weather, usize);

fn foul_weather() -> impl Strategy<Value = FoulWeather> {
    (any::<u64>(), wish(), wish(), weather(), 0..400usize)
}

fn in_foul_weather(rules: Rules, case: FoulWeather) -> Result<(), TestCaseError> {
    let (seed, first, then, weather, steps) = case;
    let mut operator = operator(rules, seed, false);
    operator.weather = weather.clone();
    first.tell(&mut operator);
    operator.run_for(steps);
    then.tell(&mut operator);
    operator.run_for(steps);
    operator.weather = Weather::default();
    operator.settle_down();
    operator.sweep();
    operator.settle_down();
    check(&operator)?;
    all_is_settled(&operator)?;
    operator.weather = weather;
    Wish { class: then.class, services: BTreeMap::new() }.tell(&mut operator);
    operator.run_for(steps);
    operator.weather = Weather::default();
    delete_all(&mut operator);
    nothing_left(&operator)
}

type Meddled = (u64, Wish, Vec<Meddling>, bool, u64);

fn meddled() -> impl Strategy<Value = Meddled> {
    (any::<u64>(), wish(), proptest::collection::vec(meddling(), 1..6), any::<bool>(), lag())
}

fn after_meddling(rules: Rules, case: Meddled) -> Result<(), TestCaseError> {
    let (seed, wish, meddling, restart, lag) = case;
    let mut operator = operator(rules, seed, false);
    wish.tell(&mut operator);
    operator.settle_down();
    for what in &meddling {
        meddle(&mut operator, what);
    }
    if restart {
        operator.takeover();
    }
    operator.weather.lag = lag;
    operator.sweep();
    operator.settle_down();
    operator.weather.lag = 0;
    operator.now = operator.now + SETTLE;
    operator.sweep();
    operator.settle_down();
    check(&operator)?;
    if !meddling.iter().any(|what| matches!(what, Meddling::Usurp(_))) {
        all_is_settled(&operator)?;
    }
    delete_all(&mut operator);
    check(&operator)?;
    if !meddling.iter().any(|what| matches!(what, Meddling::Usurp(_))) {
        nothing_left(&operator)?;
    }
    Ok(())
}

/// Nothing is written about what others do, and once the policy is to repair, all is put right.
fn under_report(rules: Rules, case: Meddled) -> Result<(), TestCaseError> {
    let (seed, wish, mut meddling, restart, lag) = case;
    // Of two of ours one goes, whatever the policy.
    meddling.retain(|what| !matches!(what, Meddling::Double(_)));
    let mut operator = operator(rules, seed, false);
    operator.drift = DriftPolicies { security: DriftPolicy::Report, configuration: DriftPolicy::Report };
    wish.tell(&mut operator);
    operator.settle_down();
    let before = operator.writes.len();
    for what in &meddling {
        meddle(&mut operator, what);
    }
    if restart {
        operator.takeover();
    }
    operator.weather.lag = lag;
    for _ in 0..2 {
        operator.sweep();
        operator.settle_down();
        operator.now = operator.now + SETTLE;
    }
    no_harm_done(&operator)?;
    // Settings whose route is gone break every update of their stage: those go.
    let settings = |write: &&String| write.starts_with("delete") && write.contains("RouteSettings");
    let writes: Vec<&String> = operator.writes[before..].iter().filter(|w| !settings(w)).collect();
    prop_assert!(writes.is_empty(), "{:?} after {:?}\n{}", writes, meddling, operator.story());

    operator.drift = DriftPolicies::default();
    operator.weather.lag = 0;
    wish.tell(&mut operator);
    operator.sweep();
    operator.settle_down();
    check(&operator)?;
    if !meddling.iter().any(|what| matches!(what, Meddling::Usurp(_))) {
        all_is_settled(&operator)?;
    }
    Ok(())
}

type Crashes = (u64, Wish, Wish, Vec<(u32, Phase)>, bool, u64);

fn crashes() -> impl Strategy<Value = Crashes> {
    let crashes = proptest::collection::vec((1..60u32, phase()), 1..4);
    (any::<u64>(), wish(), wish(), crashes, any::<bool>(), lag())
}

fn with_crashes(rules: Rules, case: Crashes) -> Result<(), TestCaseError> {
    let (seed, first, then, crashes, strict, lag) = case;
    let mut operator = operator(rules, seed, strict && lag == 0);
    operator.crashes = crashes;
    operator.weather.lag = lag;
    first.tell(&mut operator);
    operator.settle_down();
    then.tell(&mut operator);
    operator.settle_down();
    check(&operator)?;
    all_is_settled(&operator)?;
    delete_all(&mut operator);
    nothing_left(&operator)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn in_fair_weather_any_wish_comes_true_without_one_refused_call(case in fair_weather()) {
        in_fair_weather(RULES, case)?;
    }

    #[test]
    fn in_any_weather_every_wish_comes_true_in_the_end(case in foul_weather()) {
        in_foul_weather(RULES, case)?;
    }

    #[test]
    fn services_move_to_another_load_balancer_without_a_cut_though_half_of_all_calls_fail(case in moving()) {
        in_foul_weather(RULES, case)?;
    }

    #[test]
    fn a_world_that_others_meddled_with_is_put_right_and_strangers_are_left_alone(case in meddled()) {
        after_meddling(RULES, case)?;
    }

    #[test]
    fn under_report_nothing_is_written_about_what_others_do_until_the_policy_changes(case in meddled()) {
        under_report(RULES, case)?;
    }

    #[test]
    fn crashes_leave_one_object_a_key_and_lose_none(case in crashes()) {
        with_crashes(RULES, case)?;
    }
}

/// At each call in turn, in each phase, and again at one of the next calls.
#[test]
fn a_crash_at_every_call_and_another_soon_after_leave_one_object_a_key() {
    let service = |nlb, routes| Service { port: 10_000 + u16::from(nlb), nlb, health: 0, drain: 0, routes };
    let routes = [(0, (10, Some(1))), (1, (30, None))];
    let class = Class { subnets: 0, groups: 0, balancers: 0, nlbs: 2, cross_zone: true, rate: 0 };
    let first = Wish { class, services: [(0, service(0, routes.into())), (1, service(1, [].into()))].into() };
    let mut then = first.clone();
    then.class.subnets = 1;
    then.services.insert(1, service(1, routes.into()));
    then.services.insert(0, service(0, [].into()));
    let mut quiet = operator(RULES, 0, true);
    first.tell(&mut quiet);
    quiet.settle_down();
    then.tell(&mut quiet);
    quiet.settle_down();
    let phases = [Phase::Before, Phase::Committed, Phase::Replied, Phase::Recorded];
    for call in 1..=quiet.calls {
        for (i, phase) in phases.into_iter().enumerate() {
            let again = (call + i as u32, phases[(call as usize + i) % 4]);
            let lag = if call % 2 == 0 { 29_000 } else { 0 };
            let case = (u64::from(call), first.clone(), then.clone(), vec![(call, phase), again], true, lag);
            with_crashes(RULES, case).unwrap_or_else(|error| panic!("call {call}, {phase:?}: {error}"));
        }
    }
}

/// Some case of a fixed sequence breaks the property.
fn fails<C: std::fmt::Debug>(
    rules: Rules,
    cases: impl Strategy<Value = C>,
    property: fn(Rules, C) -> Result<(), TestCaseError>,
) -> bool {
    let config = ProptestConfig {
        cases: 400,
        max_shrink_iters: 0,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    broken::with(rules.broken, || runner.run(&cases, |case| property(rules, case)).is_err())
}

#[test]
fn without_the_settle_time_crashes_leave_doubles() {
    assert!(fails(Rules { settle: false, ..RULES }, crashes(), with_crashes));
}

#[test]
fn without_intents_crashes_leave_doubles() {
    assert!(fails(Rules { intents: false, ..RULES }, crashes(), with_crashes));
}

#[test]
fn without_the_referrer_check_calls_are_refused() {
    assert!(fails(Rules { broken: Some(Rule::ReferrersBlock), ..RULES }, fair_weather(), in_fair_weather));
}

/// Every service moves to the other load balancer while half of all calls are refused.
fn moving() -> impl Strategy<Value = FoulWeather> {
    (any::<u64>(), wish()).prop_map(|(seed, mut first)| {
        first.class.nlbs = 2;
        let mut then = first.clone();
        for service in then.services.values_mut() {
            service.nlb = 1 - service.nlb;
        }
        (seed, first, then, Weather { refused: 50, ..Weather::default() }, 1500)
    })
}

#[test]
fn if_blocked_keys_had_leftovers_a_wanted_route_would_be_cut() {
    assert!(fails(Rules { broken: Some(Rule::BlockedKeepsAll), ..RULES }, moving(), in_foul_weather));
}
