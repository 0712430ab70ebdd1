//! Stories, step by step: what is called, in which order, and what the plan says meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};

use super::operator::{Operator, Phase, SETTLE};
use super::stacks::{Class, Service, class_owner, service_owner, service_stack};
use super::worlds::{Wish, check, delete_all, nothing_left};
use crate::api::drift::DriftPolicy;
use crate::golden;
use crate::model::absorb::absorb;
use crate::model::event::Event;
use crate::model::security_group::{Direction, SecurityGroupRule};
use crate::model::{Body, Entry, Id, Kind, Owner, ResourceKey, Stack, State};
use crate::plan::{Act, Change, DriftPolicies, Hold, Op, Plan, View, Why, plan};

const CLASS: Class = Class { subnets: 0, groups: 0, balancers: 0, nlbs: 1, cross_zone: true, rate: 50 };

fn service<const N: usize>(n: u16, routes: [(usize, (u8, Option<u8>)); N]) -> Service {
    Service { port: 10_000 + n, nlb: 0, health: 0, drain: 60, routes: routes.into() }
}

fn wish<const N: usize>(services: [Service; N]) -> Wish {
    Wish { class: CLASS, services: services.into_iter().enumerate().collect() }
}

/// A world in which the wish has come true; its calls are forgotten.
fn ready(wish: &Wish) -> Operator {
    let mut operator = Operator::new(1, true);
    operator.fair = true;
    wish.tell(&mut operator);
    operator.settle_down();
    check(&operator).unwrap();
    operator.writes.clear();
    operator
}

/// Tells the wish; the calls that follow.
fn calls_to(operator: &mut Operator, wish: &Wish) -> Vec<String> {
    operator.writes.clear();
    wish.tell(operator);
    operator.settle_down();
    check(operator).unwrap();
    operator.writes.clone()
}

fn ops_of(operator: &Operator, owner: &Owner, kind: Kind) -> Vec<Op> {
    let plan = &operator.plans[owner];
    plan.ops.iter().filter(|op| op.key.kind == kind).cloned().collect()
}

fn golden(name: &str, value: &Value) {
    golden::check(
        &format!("plan/{name}.json"),
        &format!("{}\n", serde_json::to_string_pretty(value).unwrap()),
    );
}

/// Runs until the plan of `owner` is as asked.
fn run_until(operator: &mut Operator, what: &str, is: impl Fn(&Operator) -> bool) {
    for _ in 0..3000 {
        if is(operator) {
            return;
        }
        operator.run_for(1);
    }
    panic!("never {what}: {}", operator.story());
}

fn links(operator: &Operator) -> Vec<Id> {
    let things = operator.aws.things(operator.now);
    things.filter(|((kind, _), _)| *kind == Kind::VpcLink).map(|((_, id), _)| id.clone()).collect()
}

#[test]
fn the_first_service_of_a_new_class() {
    let mut operator = Operator::new(1, true);
    operator.fair = true;
    let wish = wish([service(0, [(0, (10, Some(5))), (1, (30, None))])]);
    wish.tell(&mut operator);
    run_until(&mut operator, "planned", |operator| operator.plans.len() == 2 && operator.calls == 1);
    let plans: BTreeMap<String, Value> =
        operator.plans.iter().map(|(owner, plan)| (owner.to_string(), json!(plan))).collect();
    golden("first-round", &json!(plans));
    operator.settle_down();
    check(&operator).unwrap();
    golden("first-service", &json!(operator.writes));
}

#[test]
fn a_crash_after_create_vpc_link_committed_ends_with_the_one_link() {
    let mut operator = Operator::new(1, true);
    wish([]).tell(&mut operator);
    run_until(&mut operator, "posted", |operator| {
        let ops = operator.plans.get(&class_owner()).map(|plan| &plan.ops);
        ops.is_some_and(|ops| ops.iter().any(|op| op.key.kind == Kind::VpcLink && op.act.is_write()))
    });
    run_until(&mut operator, "made", |operator| !links(operator).is_empty());
    // The reply is lost with the leader, and the next one's first list lags.
    operator.weather.lag = 29_000;
    operator.takeover();
    run_until(&mut operator, "uncertain", |operator| {
        let uncertain = |op: &Op| matches!(op.act, Act::Wait(Why::Uncertain { .. }));
        operator.plans.contains_key(&class_owner())
            && ops_of(operator, &class_owner(), Kind::VpcLink).iter().any(uncertain)
    });
    golden("uncertain", &json!(ops_of(&operator, &class_owner(), Kind::VpcLink)));
    operator.settle_down();
    check(&operator).unwrap();
    assert_eq!(links(&operator).len(), 1);
}

#[test]
fn a_crash_before_create_vpc_link_costs_a_list_30_s_later_and_then_creates() {
    let mut operator = Operator::new(1, true);
    let link = ResourceKey::new(Kind::VpcLink, &class_owner(), "main");
    let intent = Entry { kind: Kind::VpcLink, slot: "main".into(), id: None, hash: None };
    operator.status.insert(class_owner(), BTreeMap::from([(link.clone(), intent)]));
    let took_over = operator.now;
    wish([]).tell(&mut operator);
    run_until(&mut operator, "made", |operator| !links(operator).is_empty());
    assert!(operator.now >= took_over + SETTLE, "{:?}", operator.now);
    operator.settle_down();
    check(&operator).unwrap();
}

#[test]
fn other_subnets_a_second_link_takes_over_and_the_first_goes_last() {
    let mut wish = wish([service(0, [(0, (10, None)), (1, (30, None))])]);
    let mut operator = ready(&wish);
    wish.class.subnets = 1;
    wish.tell(&mut operator);
    run_until(&mut operator, "pending", |operator| links(operator).len() == 2);
    operator.run_for(10);
    golden("link-replaced", &json!(ops_of(&operator, &class_owner(), Kind::VpcLink)));
    assert!(operator.plans[&service_owner(0)].is_settled(), "services go on with the old link");
    operator.settle_down();
    check(&operator).unwrap();
    operator.writes[1..3].sort();
    let calls = [
        "create class public | VpcLink | main",
        "update service public shop/s0 | Integration | 10s",
        "update service public shop/s0 | Integration | 30s",
        "delete class public | VpcLink | main",
    ];
    assert_eq!(operator.writes, calls);
}

#[test]
fn a_link_that_aws_gives_up_on_is_replaced_with_backoff_while_the_old_one_serves() {
    let mut wish = wish([service(0, [(0, (10, None))])]);
    let mut operator = ready(&wish);
    let old = links(&operator);
    operator.aws.failing_links = 2;
    wish.class.subnets = 1;
    wish.tell(&mut operator);
    run_until(&mut operator, "failed", |operator| {
        let failed = |op: &Op| matches!(&op.act, Act::Wait(Why::Trouble(trouble)) if trouble.attempts == 2);
        ops_of(operator, &class_owner(), Kind::VpcLink).iter().any(failed)
    });
    golden("link-failed", &json!(ops_of(&operator, &class_owner(), Kind::VpcLink)));
    let state = operator.aws.state(Kind::VpcLink, &old[0], operator.now);
    assert_eq!(state, Some(State::Usable));
    operator.settle_down();
    check(&operator).unwrap();
    assert_eq!(links(&operator).len(), 1);
}

#[test]
fn subnets_changed_and_changed_back_the_first_link_is_current_again() {
    let before = wish([service(0, [(0, (10, None))])]);
    let mut operator = ready(&before);
    let old = links(&operator);
    let mut after = before.clone();
    after.class.subnets = 1;
    after.tell(&mut operator);
    run_until(&mut operator, "pending", |operator| links(operator).len() == 2);
    before.tell(&mut operator);
    operator.settle_down();
    check(&operator).unwrap();
    assert_eq!(links(&operator), old);
    let calls = ["create class public | VpcLink | main", "delete class public | VpcLink | main"];
    assert_eq!(operator.writes, calls);
}

#[test]
fn a_service_that_needs_a_second_load_balancer() {
    let mut wish = wish([service(0, [(0, (10, None))])]);
    let mut operator = ready(&wish);
    wish.class.nlbs = 2;
    wish.services.insert(1, Service { nlb: 1, ..service(0, []) });
    golden("second-load-balancer", &json!(calls_to(&mut operator, &wish)));
}

#[test]
fn a_route_changes_hands_the_heir_waits_for_the_holder() {
    let holder = wish([service(0, [(0, (10, Some(1)))]), service(1, [])]);
    let mut operator = ready(&holder);
    let mut heir = holder.clone();
    heir.services.get_mut(&0).unwrap().routes.clear();
    heir.services.get_mut(&1).unwrap().routes.insert(0, (10, Some(2)));
    // The heir's reconcile comes first.
    operator.want(service_owner(1), service_stack(1, &heir.services[&1]));
    run_until(&mut operator, "blocked", |operator| {
        let holds = |op: &Op| matches!(&op.act, Act::Blocked { by, .. } if by[0].hold == Hold::Holds);
        ops_of(operator, &service_owner(1), Kind::Route).iter().any(holds)
    });
    golden("route-held", &json!(ops_of(&operator, &service_owner(1), Kind::Route)));
    heir.tell(&mut operator);
    operator.settle_down();
    check(&operator).unwrap();
    golden("route-changes-hands", &json!(operator.writes));
}

#[test]
fn a_delete_that_aws_refuses_for_an_hour_is_tried_about_35_times_and_then_done() {
    let mut operator = ready(&wish([]));
    operator.aws.held = Some((Kind::SecurityGroup, operator.now + Duration::from_secs(3600)));
    operator.fair = false;
    operator.want(class_owner(), Stack::default());
    run_until(&mut operator, "refused", |operator| {
        let refused = |op: &Op| matches!(&op.act, Act::Wait(Why::Trouble(t)) if t.attempts == 3);
        ops_of(operator, &class_owner(), Kind::SecurityGroup).iter().any(refused)
    });
    golden("delete-refused", &json!(ops_of(&operator, &class_owner(), Kind::SecurityGroup)));
    operator.settle_down();
    nothing_left(&operator).unwrap();
    let tries = operator.writes.iter().filter(|w| w.contains("delete") && w.ends_with("Group | lb")).count();
    assert!((30..=45).contains(&tries), "{tries}");
}

#[test]
fn a_restart_costs_lists_and_nothing_else() {
    let wish = wish([service(0, [(0, (10, Some(1)))]), service(1, [(1, (10, None))])]);
    let mut operator = ready(&wish);
    let status = operator.status.clone();
    operator.takeover();
    // Nothing is listed yet: what status records counts as seen.
    run_until(&mut operator, "planned", |operator| operator.plans.len() == 3);
    assert!(operator.plans.values().all(|plan| plan.is_settled()), "{}", operator.story());
    operator.settle_down();
    assert_eq!(operator.status, status);
    assert_eq!(operator.writes, Vec::<String>::new());
}

#[test]
fn a_route_deleted_by_hand_is_made_again_and_its_settings_stand() {
    let mut operator = ready(&wish([service(0, [(0, (10, Some(1)))])]));
    let key = ResourceKey::new(Kind::Route, &service_owner(0), "GET /a");
    let (id, _) = operator.aws.under(&key, operator.now).remove(0);
    operator.aws.destroy(Kind::Route, &id, operator.now);
    operator.now = operator.now + SETTLE;
    operator.sweep();
    operator.settle_down();
    check(&operator).unwrap();
    assert_eq!(operator.writes, ["create service public shop/s0 | Route | GET /a"]);
}

#[test]
fn a_strangers_target_group_of_our_name_is_refused_and_left_alone() {
    let mut operator = Operator::new(1, true);
    let wish = wish([service(0, [(0, (10, None))])]);
    let stack = service_stack(0, &wish.services[&0]);
    let key = ResourceKey::new(Kind::TargetGroup, &service_owner(0), "main");
    let body = stack.0[&key].resolve::<Id>(&|_| None).unwrap();
    let theirs = operator.aws.thing(body.clone(), None, operator.now);
    operator.aws.set(Kind::TargetGroup, "theirs".into(), Some(theirs), operator.now);
    wish.tell(&mut operator);
    operator.settle_down();
    golden("refused", &json!(operator.plans[&service_owner(0)].ops));
    delete_all(&mut operator);
    nothing_left(&operator).unwrap();
    assert_eq!(operator.aws.things(operator.now).count(), 1);
}

/// AWS's own rule in a new group is such a stranger's: a list shows it, and then we take it away unseen.
#[test]
fn a_strangers_rule_that_keeps_a_group_from_going_is_looked_for_until_it_is_gone() {
    let mut operator = ready(&wish([]));
    let of = |slot: &str| ResourceKey::new(Kind::SecurityGroup, &class_owner(), slot);
    let (group, _) = operator.aws.under(&of("lb"), operator.now).remove(0);
    let rule = |port| {
        Body::SecurityGroupRule(SecurityGroupRule {
            group: group.clone(),
            direction: Direction::Ingress,
            from_port: port,
            to_port: port,
            peer: Id::from("10.0.0.0/8"),
        })
    };
    let theirs = operator.aws.thing(rule(1), None, operator.now);
    let id = Id::from("sgr-theirs");
    operator.aws.set(Kind::SecurityGroupRule, id.clone(), Some(theirs), operator.now);
    operator.now = operator.now + SETTLE;
    operator.sweep();
    operator.want(class_owner(), Stack::default());
    run_until(&mut operator, "blocked", |operator| {
        let blocked = |op: &Op| matches!(&op.act, Act::Blocked { deleting: Some(_), .. });
        ops_of(operator, &class_owner(), Kind::SecurityGroup).iter().any(blocked)
    });
    operator.aws.destroy(Kind::SecurityGroupRule, &id, operator.now);
    operator.run_for(300);
    nothing_left(&operator).unwrap();
}

#[test]
fn under_the_report_policy_drift_is_told_and_not_repaired() {
    let mut operator = ready(&wish([service(0, [(0, (10, None)), (1, (30, None))])]));
    let find = |slot: &str| ResourceKey::new(Kind::Integration, &service_owner(0), slot);
    let (id, mut thing) = operator.aws.under(&find("10s"), operator.now).remove(0);
    if let Body::Integration(integration) = &mut thing.body {
        integration.timeout_millis = 50;
    }
    operator.aws.set(Kind::Integration, id, Some(thing), operator.now);
    let route = ResourceKey::new(Kind::Route, &service_owner(0), "PUT /a");
    let (id, _) = operator.aws.under(&route, operator.now).remove(0);
    operator.aws.destroy(Kind::Route, &id, operator.now);
    operator.now = operator.now + SETTLE;
    // Everything is listed by an operator that makes no calls.
    operator.stacks.clear();
    operator.sweep();
    operator.settle_down();

    let stack = service_stack(0, &service(0, [(0, (10, None)), (1, (30, None))]));
    let entries = operator.status.values().flatten().map(|(k, e)| (k.clone(), e.clone())).collect();
    let running = BTreeMap::new();
    let recorded = BTreeSet::new();
    let view = |policy| {
        let drift = DriftPolicies { security: DriftPolicy::Repair, configuration: policy };
        View { index: &operator.index, entries: &entries, running: &running, recorded: &recorded, drift }
    };
    let keys = |plan: &Plan| plan.drifted.iter().map(|d| d.key.clone()).collect::<BTreeSet<_>>();
    let report = plan(&service_owner(0), &stack, view(DriftPolicy::Report), operator.now);
    assert_eq!(keys(&report), [find("10s"), route.clone()].into());
    assert_eq!(report.calls().count(), 0);
    assert!(report.entries.iter().any(|entry| entry.kind == Kind::Route && entry.slot == route.slot));
    let repair = plan(&service_owner(0), &stack, view(DriftPolicy::Repair), operator.now);
    assert_eq!(keys(&repair), [find("10s"), route.clone()].into());
    assert_eq!(repair.calls().count(), 2);
}

#[test]
fn settings_that_no_list_shows_are_written_again_if_a_write_ended_half_way() {
    let mut wish = wish([service(0, [])]);
    let mut operator = ready(&wish);
    operator.fair = false;
    operator.crashes = vec![(operator.calls + 1, Phase::Before)];
    wish.services.get_mut(&0).unwrap().drain = 5;
    wish.tell(&mut operator);
    run_until(&mut operator, "crashed", |operator| operator.crashes.is_empty());
    // The old settings are wanted again, but nobody knows how far the update went.
    wish.services.get_mut(&0).unwrap().drain = 60;
    let calls = calls_to(&mut operator, &wish);
    assert_eq!(calls, ["update service public shop/s0 | TargetGroup | main"]);
}

#[test]
fn settings_that_no_list_shows_are_put_right_once_a_pass_reads_them_changed() {
    let wish = wish([service(0, [])]);
    let mut operator = ready(&wish);
    let key = ResourceKey::new(Kind::TargetGroup, &service_owner(0), "main");
    let (id, thing) = operator.aws.under(&key, operator.now).remove(0);
    let tell = |operator: &mut Operator, body: &Body<Id>| {
        let (kind, id, body) = (Kind::TargetGroup, id.clone(), Some(body.clone()));
        operator.now = operator.now + SETTLE;
        absorb(&mut operator.index, Event::Attributes { kind, id, body, at: operator.now });
    };
    tell(&mut operator, &thing.body);
    assert_eq!(calls_to(&mut operator, &wish), [""; 0]);
    let mut changed = thing.body.clone();
    if let Body::TargetGroup(group) = &mut changed {
        group.attributes.as_mut().unwrap().deregistration_delay_seconds += 1;
    }
    tell(&mut operator, &changed);
    let entries = operator.status.values().flatten().map(|(k, e)| (k.clone(), e.clone())).collect();
    let view = View {
        index: &operator.index,
        entries: &entries,
        running: &BTreeMap::new(),
        recorded: &BTreeSet::new(),
        drift: DriftPolicies::default(),
    };
    let plan = plan(&service_owner(0), &service_stack(0, &service(0, [])), view, operator.now);
    assert_eq!(plan.drifted.iter().map(|d| &d.key).collect::<Vec<_>>(), [&key]);
    let Change::Changed(differences) = &plan.drifted[0].change else { panic!("{:?}", plan.drifted) };
    assert_eq!(differences[0].setting, "attributes.deregistrationDelaySeconds");
    assert_eq!(calls_to(&mut operator, &wish), ["update service public shop/s0 | TargetGroup | main"]);
    assert_eq!(calls_to(&mut operator, &wish), [""; 0], "what was written counts until it is read again");
}
