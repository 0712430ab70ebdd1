//! Worlds: what is wished for, the weather, what others do behind our back; and whether a world is as
//! it should be.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::aws::Thing;
use super::operator::{Operator, Phase, Weather};
use super::stacks::{Class, Service, class_owner, class_stack, service_owner, service_stack};
use crate::model::integration::Integration;
use crate::model::listener::Listener;
use crate::model::route::{Authorization, Route};
use crate::model::{Body, Id, Kind, Owner, Ref, ResourceKey, Stack, State};
use crate::plan::{Act, Op};

/// What a world starts from and goes to.
#[derive(Clone, Debug)]
pub struct Wish {
    pub class: Class,
    pub services: BTreeMap<usize, Service>,
}

impl Wish {
    /// Tells the operator. Services that are no more get the empty stack.
    pub fn tell(&self, operator: &mut Operator) {
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
    let variants = (0..2u8, 0..2u8, 0..2u8, 1..=2u8, any::<bool>(), 0..2u8);
    variants.prop_map(|(subnets, groups, balancers, nlbs, cross_zone, rate)| Class {
        subnets,
        groups,
        balancers,
        nlbs,
        cross_zone,
        rate,
    })
}

/// Up to six services; each of the four route keys is at most one's.
pub fn wish() -> impl Strategy<Value = Wish> {
    let service = (0..2u8, 0..2u8, 0..2u8);
    let route =
        proptest::option::of((0..6usize, prop_oneof![Just(10u8), Just(30u8)], proptest::option::of(1..3u8)));
    (class(), proptest::collection::btree_map(0..6usize, service, 0..=6), proptest::collection::vec(route, 4))
        .prop_map(|(class, services, routes)| {
            let mut services: BTreeMap<usize, Service> = services
                .into_iter()
                .map(|(n, (nlb, health, drain))| {
                    let port = 10_000 + n as u16;
                    let nlb = nlb % class.nlbs;
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

pub fn weather() -> impl Strategy<Value = Weather> {
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
pub fn lag() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0u64), Just(29_000u64)]
}

pub fn phase() -> impl Strategy<Value = Phase> {
    prop_oneof![Just(Phase::Before), Just(Phase::Committed), Just(Phase::Replied), Just(Phase::Recorded)]
}

/// Things that people do to the world behind our back.
#[derive(Clone, Debug)]
pub enum Meddling {
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

pub fn meddling() -> impl Strategy<Value = Meddling> {
    prop_oneof![
        (0..60usize).prop_map(Meddling::Delete),
        (0..60usize).prop_map(Meddling::Mutate),
        (0..60usize).prop_map(Meddling::Double),
        Just(Meddling::FailLink),
        (0..60usize).prop_map(Meddling::Usurp),
        Just(Meddling::MoveIn),
    ]
}

pub fn meddle(operator: &mut Operator, what: &Meddling) {
    let now = operator.now;
    let ours: Vec<((Kind, Id), Thing)> = operator
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
        Body::Integration(Integration {
            api: api.clone(),
            vpc_link: Id("their-link".into()),
            listener: Id("their-listener".into()),
            timeout_millis: 1000,
            overwrite_path: None,
        }),
        Body::Route(Route {
            api: api.clone(),
            route_key: "GET /theirs".into(),
            target: api.child("theirs"),
            authorization: Authorization::Other,
        }),
        Body::Listener(Listener { load_balancer: balancer, port: 1, target_group: Id("their-group".into()) }),
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
pub fn no_harm_done(operator: &Operator) -> Result<(), TestCaseError> {
    let Operator { complaints, aws, .. } = operator;
    prop_assert!(complaints.is_empty(), "{:#?}\n{}", complaints, operator.story());
    prop_assert!(aws.doubled.is_empty(), "made twice: {:?}\n{}", aws.doubled, operator.story());
    Ok(())
}

/// The world is as wished: one object a key, with its settings, and nothing else of ours; or, where
/// strangers are in the way, the plan says so.
pub fn check(operator: &Operator) -> Result<(), TestCaseError> {
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
        // What has the id of a recorded one may be that, its mark removed.
        let refused = |op: &Op| matches!(&op.act, Act::Refuse(id) if *id == at.1);
        let refused = operator.plans.values().flat_map(|plan| &plan.ops).any(refused);
        let stray = thing.key.is_none() && operator.is_inside_ours(thing) && !refused;
        prop_assert!(!stray, "a stray stays: {:?}\n{}", at, operator.story());
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

pub fn all_is_settled(operator: &Operator) -> Result<(), TestCaseError> {
    for (owner, plan) in operator.plans.iter().filter(|(owner, _)| operator.stacks.contains_key(owner)) {
        prop_assert!(plan.is_settled(), "{}: {}", owner, operator.story());
    }
    Ok(())
}

/// Everything is deleted: the services, then the class.
pub fn delete_all(operator: &mut Operator) {
    let owners: Vec<Owner> = operator.stacks.keys().filter(|o| o.service().is_some()).cloned().collect();
    for owner in owners {
        operator.want(owner, Stack::default());
    }
    operator.settle_down();
    operator.want(class_owner(), Stack::default());
    operator.settle_down();
}

pub fn nothing_left(operator: &Operator) -> Result<(), TestCaseError> {
    no_harm_done(operator)?;
    prop_assert_eq!(operator.stacks.len(), 1, "services keep their finalizer: {}", operator.story());
    let ours = operator.aws.things(operator.now).filter(|(_, thing)| thing.key.is_some());
    let left: Vec<&Id> = ours.map(|((_, id), _)| id).collect();
    prop_assert!(left.is_empty(), "{:?}\n{}", left, operator.story());
    prop_assert!(operator.plans[&class_owner()].is_clean(), "{}", operator.story());
    Ok(())
}
