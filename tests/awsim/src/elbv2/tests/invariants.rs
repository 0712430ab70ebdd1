//! Whatever calls come in whatever order, nothing dangles.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{balancer_input, group_input, listener_input, web_listener_input};
use crate::seed;
use crate::testing::Sim;
use crate::world::Call;

/// One call: which operation, and which of the things that there are it is about.
type Step = (u8, u8, u8, u8);

fn pick(from: &[String], n: u8) -> &str {
    match from.len() {
        0 => "arn:aws:elasticloadbalancing:eu-central-1:123456789012:nothing/x",
        len => &from[usize::from(n) % len],
    }
}

/// The ARNs of what there is: load balancers, target groups, listeners, rules.
fn things(call: &Call<'_>) -> [Vec<String>; 4] {
    let state = &call.region.elbv2;
    [
        state.load_balancers.keys().cloned().collect(),
        state.target_groups.keys().cloned().collect(),
        state.listeners.keys().cloned().collect(),
        state.rules.keys().cloned().collect(),
    ]
}

fn take(sim: &Sim, (operation, a, b, c): Step) {
    let [balancers, groups, listeners, rules] = sim.with(|call| things(call));
    let weighted = json!([{"Type": "forward", "ForwardConfig": {"TargetGroups": [
        {"TargetGroupArn": pick(&groups, b), "Weight": c}, {"TargetGroupArn": pick(&groups, c), "Weight": b},
    ]}}]);
    let forward = json!([{"Type": "forward", "TargetGroupArn": pick(&groups, b)}]);
    let condition = json!([{"Field": "path-pattern", "Values": ["/x"]}]);
    let (name, input) = match operation % 16 {
        0 => {
            let mut input = balancer_input(&format!("lb{}", a % 4), 2, &[seed::CLUSTER_GROUP]);
            input["Type"] = json!(if a % 2 == 0 { "network" } else { "application" });
            ("CreateLoadBalancer", input)
        }
        1 => {
            let mut input = group_input(&format!("g{}", a % 8));
            input["Protocol"] = json!(["TCP", "HTTP", "HTTP", "UDP"][usize::from(a % 4)]);
            ("CreateTargetGroup", input)
        }
        2 | 14 => (
            if operation % 16 == 2 { "RegisterTargets" } else { "DeregisterTargets" },
            json!({"TargetGroupArn": pick(&groups, a),
                "Targets": [{"Id": format!("10.0.9.{}", b % 3), "Port": 80 + c % 2}]}),
        ),
        3 => ("CreateListener", listener_input(pick(&balancers, a), 80 + u16::from(c % 3), pick(&groups, b))),
        4 => (
            "CreateListener",
            web_listener_input(pick(&balancers, a), 80 + u16::from(c % 3), forward[0].clone()),
        ),
        5 | 12 | 13 => (
            "CreateRule",
            json!({"ListenerArn": pick(&listeners, a), "Priority": 1 + c % 5, "Conditions": condition,
                "Actions": if c % 2 == 0 { weighted } else { forward }}),
        ),
        6 => ("ModifyRule", json!({"RuleArn": pick(&rules, a), "Actions": weighted})),
        7 => ("ModifyListener", json!({"ListenerArn": pick(&listeners, a), "DefaultActions": weighted})),
        8 => ("DeleteRule", json!({"RuleArn": pick(&rules, a)})),
        9 if c % 2 == 0 => ("DeleteListener", json!({"ListenerArn": pick(&listeners, a)})),
        10 if c % 4 == 0 => ("DeleteLoadBalancer", json!({"LoadBalancerArn": pick(&balancers, a)})),
        9 | 10 => ("DeleteTargetGroup", json!({"TargetGroupArn": pick(&groups, a)})),
        11 => (
            "SetRulePriorities",
            json!({"RulePriorities": [{"RuleArn": pick(&rules, a), "Priority": 1 + c % 5},
                {"RuleArn": pick(&rules, b), "Priority": 1 + b % 5}]}),
        ),
        _ => {
            sim.advance(u64::from(c));
            return;
        }
    };
    // Most are refused; what matters is what they leave behind.
    let _refused: Result<Value, _> = sim.try_elb(name, input);
}

/// Two application load balancers, a network one, target groups for both, a listener with a rule.
fn stocked() -> Sim {
    let sim = Sim::new();
    for (operation, a) in [(0, 0), (0, 1), (0, 3), (1, 0), (1, 1), (1, 2), (1, 5)] {
        take(&sim, (operation, a, 0, 0));
    }
    for (operation, b) in [(4, 1), (4, 2), (3, 0), (5, 1), (5, 2)] {
        for a in 0..3 {
            take(&sim, (operation, a, b, a));
        }
    }
    sim
}

fn check(call: &mut Call<'_>) {
    let state = &call.region.elbv2;
    let mut priorities = BTreeSet::new();
    let mut users: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for rule in state.rules.values() {
        let listener = &state.listeners[&rule.listener];
        assert!(priorities.insert((&rule.listener, rule.priority)), "one rule a priority and one default");
        for (group, _) in rule.action.groups() {
            assert!(state.target_groups.contains_key(group), "a rule forwards to what there is");
            users.entry(group).or_default().insert(&listener.load_balancer);
        }
    }
    for listener in state.listeners.values() {
        assert_eq!(state.rules[&listener.default_rule].listener, listener.arn);
        assert!(state.load_balancers.contains_key(&listener.load_balancer));
    }
    for group in state.target_groups.values() {
        let of_group = users.get(group.arn.as_str()).cloned().unwrap_or_default();
        assert!(of_group.len() <= 1, "a target group serves one load balancer");
        assert_eq!(group.load_balancer.as_deref(), of_group.into_iter().next());
        let mut ends = group.targets.values().filter_map(|target| target.draining_until);
        assert!(ends.all(|end| end > call.now), "what is drained is gone");
    }
    let ports: BTreeSet<_> = state.listeners.values().map(|l| (&l.load_balancer, l.port)).collect();
    assert_eq!(ports.len(), state.listeners.len(), "one listener a port");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// botocore, DeleteTargetGroup, DeleteListener, DeleteLoadBalancer: what goes and what stays.
    /// DeregisterTargets: a target is there until its delay is over.
    #[test]
    fn nothing_dangles_after_any_sequence_of_calls(
        steps in prop::collection::vec(any::<Step>(), 1..120)
    ) {
        let sim = stocked();
        for step in steps {
            take(&sim, step);
            sim.with(check);
        }
    }
}
