use serde_json::json;

use super::{balancer, checked, group, listener, register};
use crate::elbv2::{NoTarget, nodes, pick_target};
use crate::testing::{Sim, string};

const ZONES: [&str; 3] = crate::seed::ZONES;

/// A load balancer with a listener whose group has these targets, all ready to be checked.
fn path(sim: &Sim, ips: &[&str]) -> (String, String, String) {
    let (edge, app) = (balancer(sim, "edge", 3, &[]), group(sim, "app"));
    let front = listener(sim, &edge, 80, &app);
    register(sim, &app, ips);
    sim.advance(240);
    (edge, app, front)
}

/// Addresses that four connections at the node in a zone go to, sorted, each once.
fn picked(sim: &Sim, listener: &str, zone: &str) -> Result<Vec<String>, NoTarget> {
    let mut ips = Vec::new();
    for _ in 0..4 {
        let picked = sim.with(|call| pick_target(call.region, listener, zone, call.now))?;
        ips.push(picked.ip.to_string());
    }
    ips.sort();
    ips.dedup();
    Ok(ips)
}

fn cross_zone(sim: &Sim, edge: &str) {
    let attributes = json!([{"Key": "load_balancing.cross_zone.enabled", "Value": "true"}]);
    sim.elb("ModifyLoadBalancerAttributes", json!({"LoadBalancerArn": edge, "Attributes": attributes}));
}

fn dns(sim: &Sim, edge: &str) -> Vec<String> {
    sim.with(|call| nodes(call.region, edge, call.now).iter().map(|n| n.zone.clone()).collect())
}

/// NLB user guide, "Cross-zone load balancing": off by default.
#[test]
fn a_node_sends_to_healthy_targets_of_its_zone_and_with_cross_zone_to_all() {
    let sim = Sim::new();
    let (edge, app, front) = path(&sim, &["10.0.8.1", "10.0.8.2", "10.0.8.3", "10.0.24.1"]);
    for ip in ["10.0.8.1", "10.0.8.2", "10.0.24.1"] {
        checked(&sim, &app, ip, Ok(()));
    }
    assert_eq!(picked(&sim, &front, ZONES[0]).unwrap(), ["10.0.8.1", "10.0.8.2"]);
    assert_eq!(picked(&sim, &front, ZONES[1]).unwrap(), ["10.0.24.1"]);
    assert!(matches!(picked(&sim, &front, ZONES[2]), Err(NoTarget::NoTargets(..))));
    cross_zone(&sim, &edge);
    assert_eq!(picked(&sim, &front, ZONES[2]).unwrap(), ["10.0.24.1", "10.0.8.1", "10.0.8.2"]);
}

/// botocore, unhealthy_state_routing.minimum_healthy_targets.count: below it all targets are sent to.
#[test]
fn with_no_healthy_target_every_one_is_sent_to_but_none_that_drains_or_is_being_registered() {
    let sim = Sim::new();
    let (_, app, front) = path(&sim, &["10.0.8.1", "10.0.8.2", "10.0.8.3"]);
    let gone = json!({"TargetGroupArn": app, "Targets": [{"Id": "10.0.8.2"}]});
    sim.elb("DeregisterTargets", gone);
    register(&sim, &app, &["10.0.8.4"]);
    assert_eq!(picked(&sim, &front, ZONES[0]).unwrap(), ["10.0.8.1", "10.0.8.3"]);
    checked(&sim, &app, "10.0.8.3", Ok(()));
    assert_eq!(picked(&sim, &front, ZONES[0]).unwrap(), ["10.0.8.3"]);
}

/// botocore, dns_failover.minimum_healthy_targets.count: too few in a zone take it from DNS.
#[test]
fn a_zone_without_healthy_targets_leaves_dns_unless_all_would() {
    let sim = Sim::new();
    let (edge, app, _) = path(&sim, &["10.0.8.1", "10.0.24.1"]);
    assert_eq!(dns(&sim, &edge), ZONES, "all fail, so none leaves");
    checked(&sim, &app, "10.0.8.1", Ok(()));
    assert_eq!(dns(&sim, &edge), [ZONES[0]]);
    checked(&sim, &app, "10.0.24.1", Ok(()));
    assert_eq!(dns(&sim, &edge), [ZONES[0], ZONES[1]]);
    // One more target group of the load balancer that has none in a zone takes the zone for all.
    listener(&sim, &edge, 81, &group(&sim, "empty"));
    assert_eq!(dns(&sim, &edge), ZONES);
    cross_zone(&sim, &edge);
    assert_eq!(dns(&sim, &edge), ZONES);
}

#[test]
fn a_connection_goes_nowhere_without_listener_or_before_the_load_balancer_is_active() {
    let sim = Sim::new();
    let (edge, app) = (balancer(&sim, "edge", 1, &[]), group(&sim, "app"));
    let front = listener(&sim, &edge, 80, &app);
    assert!(matches!(picked(&sim, &front, ZONES[0]), Err(NoTarget::Provisioning(_))));
    sim.advance(150);
    assert!(matches!(picked(&sim, &front, ZONES[0]), Err(NoTarget::NoTargets(..))));
    assert!(matches!(picked(&sim, &front, ZONES[1]), Err(NoTarget::NoNode(..))));
    sim.elb("DeleteLoadBalancer", json!({"LoadBalancerArn": edge}));
    assert_eq!(picked(&sim, &front, ZONES[0]), Err(NoTarget::NoListener(front)));
}

/// NLB user guide, weighted target groups.
#[test]
fn weights_share_connections_among_target_groups() {
    let sim = Sim::new();
    let (edge, app, front) = path(&sim, &["10.0.8.1", "10.0.8.2"]);
    let canary = group(&sim, "canary");
    register(&sim, &canary, &["10.0.8.9"]);
    let groups = json!([{"TargetGroupArn": app, "Weight": 90}, {"TargetGroupArn": canary, "Weight": 10}]);
    let actions = json!([{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}]);
    let changed = sim.elb("ModifyListener", json!({"ListenerArn": front, "DefaultActions": actions}));
    assert_eq!(string(&changed, "/Listeners/0/LoadBalancerArn"), edge);
    sim.advance(90);
    for (group, ip) in [(&app, "10.0.8.1"), (&app, "10.0.8.2"), (&canary, "10.0.8.9")] {
        checked(&sim, group, ip, Ok(()));
    }
    let mut counts = std::collections::BTreeMap::new();
    for _ in 0..100 {
        let to = sim.with(|call| pick_target(call.region, &front, ZONES[0], call.now)).unwrap();
        *counts.entry(to.ip.to_string()).or_insert(0) += 1;
    }
    let expected = [("10.0.8.1", 46), ("10.0.8.2", 44), ("10.0.8.9", 10)];
    assert_eq!(counts, expected.map(|(ip, n)| (ip.to_owned(), n)).into());
}
