//! What must hold in any world. `PROPTEST_CASES` sets how many are tried.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use super::operator::{Operator, Phase, SETTLE, Weather};
use super::stacks::{Class, Service, class_owner, class_stack, service_owner, service_stack};
use crate::model::{Body, Id, Kind, Owner, Ref, ResourceKey, Stack, State};
use crate::plan::Act;
use crate::plan::broken::{self, Rule};

/// What a world starts from and goes to.
#[derive(Clone, Debug)]
struct Wish {
    class: Class,
    services: BTreeMap<usize, Service>,
}

impl Wish {
    /// Tells the operator. Services that are no more get the empty stack.
    fn tell(&self, operator: &mut Operator) {
        let ports: BTreeSet<u16> = self.services.values().map(|service| service.port).collect();
        operator.want(class_owner(), class_stack(&self.class, &ports));
        let gone: Vec<Owner> = operator.stacks.keys().filter(|o| o.service().is_some()).cloned().collect();
        for owner in gone {
            operator.want(owner, Stack::default());
        }
        for (n, service) in &self.services {
            operator.want(service_owner(*n), service_stack(*n, service));
        }
    }
}

fn class() -> impl Strategy<Value = Class> {
    (0..2u8, 0..2u8, 0..2u8, any::<bool>(), 0..2u8).prop_map(
        |(subnets, groups, balancers, cross_zone, rate)| Class {
            subnets,
            groups,
            balancers,
            cross_zone,
            rate,
        },
    )
}

/// Up to six services; each of the four route keys is at most one's.
fn wish() -> impl Strategy<Value = Wish> {
    let service = (0..2u8, 0..2u8, 0..2u8);
    let route =
        proptest::option::of((0..6usize, prop_oneof![Just(10u8), Just(30u8)], proptest::option::of(1..3u8)));
    (class(), proptest::collection::btree_map(0..6usize, service, 0..=6), proptest::collection::vec(route, 4))
        .prop_map(|(class, services, routes)| {
            let mut services: BTreeMap<usize, Service> = services
                .into_iter()
                .map(|(n, (nlb, health, drain))| {
                    let port = 10_000 + n as u16;
                    (n, Service { port, nlb, health, drain, routes: BTreeMap::new() })
                })
                .collect();
            for (index, route) in routes.into_iter().enumerate() {
                if let Some((n, timeout, rate)) = route
                    && let Some(service) = services.get_mut(&n)
                {
                    service.routes.insert(index, (timeout, rate));
                }
            }
            Wish { class, services }
        })
}

fn weather() -> impl Strategy<Value = Weather> {
    (0..20u8, 0..15u8, 0..15u8, 0..15u8, 0..15u8, lag()).prop_map(
        |(refused, lost_before, lost_after, half, unlisted, lag)| Weather {
            refused,
            lost_before,
            lost_after,
            half,
            unlisted,
            lag,
        },
    )
}

/// How far lists lag, in milliseconds.
fn lag() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0u64), Just(29_000u64)]
}

fn phase() -> impl Strategy<Value = Phase> {
    prop_oneof![Just(Phase::Before), Just(Phase::Committed), Just(Phase::Replied), Just(Phase::Recorded)]
}

/// Things that people do to the world behind our back.
#[derive(Clone, Debug)]
enum Meddling {
    /// Delete the nth of our objects.
    Delete(usize),
    /// Change what can be changed of it.
    Mutate(usize),
    /// Make another with the same marks.
    Double(usize),
    /// The next VPC link fails.
    FailLink,
    /// A stranger's object takes the place of one of ours, which is deleted.
    Usurp(usize),
    /// A stranger's integration, route and listener inside what is ours.
    MoveIn,
}

fn meddling() -> impl Strategy<Value = Meddling> {
    prop_oneof![
        (0..60usize).prop_map(Meddling::Delete),
        (0..60usize).prop_map(Meddling::Mutate),
        (0..60usize).prop_map(Meddling::Double),
        Just(Meddling::FailLink),
        (0..60usize).prop_map(Meddling::Usurp),
        Just(Meddling::MoveIn),
    ]
}

fn meddle(operator: &mut Operator, what: &Meddling) {
    let now = operator.now;
    let ours: Vec<((Kind, Id), super::aws::Thing)> = operator
        .aws
        .things(now)
        .filter(|(_, thing)| thing.key.is_some())
        .map(|(at, thing)| (at.clone(), thing.clone()))
        .collect();
    let nth = |n: usize| ours.get(n % ours.len().max(1)).cloned();
    match what {
        Meddling::FailLink => operator.aws.failing_links += 1,
        Meddling::Delete(n) => {
            if let Some(((kind, id), _)) = nth(*n) {
                operator.aws.destroy(kind, &id, now);
            }
        }
        Meddling::Mutate(n) => {
            if let Some(((kind, id), mut thing)) = nth(*n) {
                mutate(&mut thing.body);
                operator.aws.set(kind, id, Some(thing), now);
            }
        }
        Meddling::Double(n) => {
            if let Some(((kind, _), thing)) = nth(*n)
                && kind.token_less()
            {
                let id = operator.aws.new_id(&thing.body);
                operator.aws.set(kind, id, Some(thing), now);
            }
        }
        Meddling::Usurp(n) => {
            if let Some(((kind, id), thing)) = nth(*n)
                // What has no unique name cannot be usurped; a setting belongs to whoever has its route.
                && !matches!(kind, Kind::VpcLink | Kind::Api | Kind::Integration | Kind::RouteSettings)
            {
                operator.aws.destroy(kind, &id, now);
                let stranger = operator.aws.thing(foreign(thing.body), None, now);
                let id = operator.aws.new_id(&stranger.body);
                operator.aws.set(kind, id, Some(stranger), now);
            }
        }
        Meddling::MoveIn => move_in(operator),
    }
}

/// A stranger's route goes nowhere of ours: a route to our integration counts as ours.
fn foreign(mut body: Body<Id>) -> Body<Id> {
    if let Body::Route(route) = &mut body {
        route.target = route.api.child("theirs");
    }
    body
}

fn mutate(body: &mut Body<Id>) {
    match body {
        Body::SecurityGroup(b) => b.open_egress = true,
        Body::LoadBalancer(b) => b.subnets = ["subnet-9".to_owned()].into(),
        Body::VpcLink(b) => b.name = "renamed".into(),
        Body::Api(b) => b.description = "edited".into(),
        Body::Stage(b) => b.auto_deploy = false,
        Body::TargetGroup(b) => b.health.interval_seconds = 300,
        Body::Integration(b) => b.timeout_millis = 50,
        Body::Route(b) => b.target = b.api.child("elsewhere"),
        Body::RouteSettings(b) => b.throttle.burst = 1,
        Body::SecurityGroupRule(_) | Body::Listener(_) => {}
    }
}

fn move_in(operator: &mut Operator) {
    let now = operator.now;
    let find = |kind: Kind| {
        let mut ours = operator.aws.things(now).filter(|((k, _), thing)| *k == kind && thing.key.is_some());
        ours.next().map(|((_, id), _)| id.clone())
    };
    let (Some(api), Some(balancer)) = (find(Kind::Api), find(Kind::LoadBalancer)) else { return };
    let bodies = [
        Body::Integration(crate::model::integration::Integration {
            api: api.clone(),
            vpc_link: Id("their-link".into()),
            listener: Id("their-listener".into()),
            timeout_millis: 1000,
            overwrite_path: None,
        }),
        Body::Route(crate::model::route::Route {
            api: api.clone(),
            route_key: "GET /theirs".into(),
            target: api.child("theirs"),
            authorization: crate::model::route::Authorization::Other,
        }),
        Body::Listener(crate::model::listener::Listener {
            load_balancer: balancer,
            port: 1,
            target_group: Id("their-group".into()),
        }),
    ];
    for body in bodies {
        let taken = operator.aws.things(now).any(|(_, thing)| thing.body == body);
        if !taken {
            let id = operator.aws.new_id(&body);
            let thing = operator.aws.thing(body.clone(), None, now);
            operator.aws.set(body.kind(), id, Some(thing), now);
        }
    }
}

/// No call did what none may.
fn no_harm_done(operator: &Operator) -> Result<(), TestCaseError> {
    let Operator { complaints, aws, .. } = operator;
    prop_assert!(complaints.is_empty(), "{:#?}\n{}", complaints, operator.story());
    prop_assert!(aws.doubled.is_empty(), "made twice: {:?}\n{}", aws.doubled, operator.story());
    Ok(())
}

/// The world is as wished: one object a key, with its settings, and nothing else of ours; or, where
/// strangers are in the way, the plan says so.
fn check(operator: &Operator) -> Result<(), TestCaseError> {
    no_harm_done(operator)?;
    let mut wanted = BTreeSet::new();
    let mut ids: BTreeMap<ResourceKey, Id> = BTreeMap::new();
    for (owner, stack) in &operator.stacks {
        let plan = operator.plans.get(owner);
        for (key, body) in &stack.0 {
            wanted.insert(key.clone());
            let things = operator.aws.under(key, operator.now);
            let hindered = plan.is_some_and(|plan| {
                let hinders = |act: &Act| matches!(act, Act::Refuse(_) | Act::Blocked { .. });
                plan.ops.iter().any(|op| op.key == *key && hinders(&op.act))
            });
            if hindered {
                continue;
            }
            prop_assert!(things.len() == 1, "{}: {:?}\n{}", key, things, operator.story());
            let (id, thing) = &things[0];
            let resolved = body.resolve(&|r: &Ref| match r {
                Ref::Given(id) => Some(id.clone()),
                Ref::To(key) => ids.get(key).cloned(),
            });
            let Some(mut resolved) = resolved else { continue };
            if let (Body::RouteSettings(wanted), Body::RouteSettings(there)) = (&mut resolved, &thing.body) {
                wanted.route = there.route.clone();
            }
            prop_assert_eq!(&thing.body, &resolved, "{}\n{}", key, operator.story());
            let state = operator.aws.state(key.kind, id, operator.now);
            prop_assert_eq!(state, Some(State::Usable), "{}", key);
            ids.insert(key.clone(), id.clone());
        }
    }
    for (at, thing) in operator.aws.things(operator.now) {
        if let Some(key) = &thing.key {
            let kept = wanted.contains(key) || is_kept(operator, &at.1);
            prop_assert!(kept, "left over: {:?} {}\n{}", at, key, operator.story());
        }
    }
    Ok(())
}

/// Something that says why blocks its deletion.
fn is_kept(operator: &Operator, id: &Id) -> bool {
    let plans = operator.plans.values().flat_map(|plan| &plan.ops);
    plans.into_iter().any(|op| matches!(&op.act, Act::Blocked { deleting: Some(other), .. } if other == id))
}

fn all_is_settled(operator: &Operator) -> Result<(), TestCaseError> {
    for (owner, plan) in operator.plans.iter().filter(|(owner, _)| operator.stacks.contains_key(owner)) {
        prop_assert!(plan.is_settled(), "{}: {}", owner, operator.story());
    }
    Ok(())
}

/// Everything is deleted: the services, then the class.
fn delete_all(operator: &mut Operator) {
    let owners: Vec<Owner> = operator.stacks.keys().filter(|o| o.service().is_some()).cloned().collect();
    for owner in owners {
        operator.want(owner, Stack::default());
    }
    operator.settle_down();
    operator.want(class_owner(), Stack::default());
    operator.settle_down();
}

fn nothing_left(operator: &Operator) -> Result<(), TestCaseError> {
    no_harm_done(operator)?;
    prop_assert_eq!(operator.stacks.len(), 1, "services keep their finalizer: {}", operator.story());
    let ours = operator.aws.things(operator.now).filter(|(_, thing)| thing.key.is_some());
    let left: Vec<&Id> = ours.map(|((_, id), _)| id).collect();
    prop_assert!(left.is_empty(), "{:?}\n{}", left, operator.story());
    prop_assert!(operator.plans[&class_owner()].is_clean(), "{}", operator.story());
    Ok(())
}

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

type FairWeather = (u64, Wish, Wish);

fn fair_weather() -> impl Strategy<Value = FairWeather> {
    (any::<u64>(), wish(), wish())
}

fn in_fair_weather(rules: Rules, (seed, first, then): FairWeather) -> Result<(), TestCaseError> {
    let mut operator = operator(rules, seed, true);
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
    if !meddling.iter().any(|what| matches!(what, Meddling::Usurp(_) | Meddling::MoveIn)) {
        nothing_left(&operator)?;
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
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 200, ..ProptestConfig::default() })]

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
    fn crashes_leave_one_object_a_key_and_lose_none(case in crashes()) {
        with_crashes(RULES, case)?;
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
    (any::<u64>(), wish()).prop_map(|(seed, first)| {
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
