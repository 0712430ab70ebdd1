use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::time::Duration;

use serde_json::json;

use super::{balancer, checked, group, listener, register};
use crate::elbv2::{NoTarget, nodes, pick_target};
use crate::testing::{Sim, string};

const ZONES: [&str; 3] = crate::seed::ZONES;
const CLIENT: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 99);

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
        let picked = sim.with(|call| pick_target(call.region, listener, zone, CLIENT, call.now))?;
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
    sim.with(|call| call.region.elbv2.delays.deregistration = Duration::ZERO);
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

/// botocore, LoadBalancerState: traffic only once it is active.
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

/// A listener on `edge` that forwards to `app` and a new group of one target by weight, all healthy.
fn weigh(sim: &Sim, front: &str, app: &str, weights: (u64, u64), sticky: bool) {
    let canary = group(sim, "canary");
    register(sim, &canary, &["10.0.8.9"]);
    let groups = json!([
        {"TargetGroupArn": app, "Weight": weights.0},
        {"TargetGroupArn": canary, "Weight": weights.1},
    ]);
    let forward = json!({"TargetGroups": groups, "TargetGroupStickinessConfig": {"Enabled": sticky}});
    let actions = json!([{"Type": "forward", "ForwardConfig": forward}]);
    sim.elb("ModifyListener", json!({"ListenerArn": front, "DefaultActions": actions}));
    sim.advance(90);
    for (group, ip) in [(app, "10.0.8.1"), (app, "10.0.8.2"), (canary.as_str(), "10.0.8.9")] {
        checked(sim, group, ip, Ok(()));
    }
}

/// How many of a hundred connections from each client go to each target.
fn shares(sim: &Sim, front: &str, clients: &[Ipv4Addr]) -> BTreeMap<String, i64> {
    let mut counts = BTreeMap::new();
    for client in clients.iter().cycle().take(100 * clients.len()) {
        let to = sim.with(|call| pick_target(call.region, front, ZONES[0], *client, call.now)).unwrap();
        *counts.entry(to.ip.to_string()).or_insert(0) += 1;
    }
    counts
}

/// NLB user guide, weighted target groups: per new connection; within a group targets take turns.
#[test]
fn weights_share_connections_among_target_groups() {
    let sim = Sim::new();
    let (_, app, front) = path(&sim, &["10.0.8.1", "10.0.8.2"]);
    weigh(&sim, &front, &app, (90, 10), false);
    for _ in 0..5 {
        let counts = shares(&sim, &front, &[CLIENT]);
        assert!((9..=11).contains(&counts["10.0.8.9"]), "{counts:?}");
        assert!((counts["10.0.8.1"] - counts["10.0.8.2"]).abs() <= 1, "{counts:?}");
    }
}

/// NLB user guide, weighted target groups: weight 0 takes no traffic.
#[test]
fn a_target_group_of_weight_0_has_no_connections() {
    let sim = Sim::new();
    let (_, app, front) = path(&sim, &["10.0.8.1", "10.0.8.2"]);
    weigh(&sim, &front, &app, (1, 0), false);
    assert_eq!(shares(&sim, &front, &[CLIENT]).keys().collect::<Vec<_>>(), ["10.0.8.1", "10.0.8.2"]);
}

/// NLB user guide, weighted target groups: stickiness by source address.
#[test]
fn a_client_stays_with_its_target_group_if_groups_stick_and_with_its_target_if_targets_do() {
    let sim = Sim::new();
    let (_, app, front) = path(&sim, &["10.0.8.1", "10.0.8.2"]);
    weigh(&sim, &front, &app, (50, 50), true);
    let clients: Vec<Ipv4Addr> = (1..=40).map(|n| Ipv4Addr::new(10, 0, 4, n)).collect();
    let canary = shares(&sim, &front, &clients)["10.0.8.9"];
    assert_eq!(canary % 100, 0, "each client is whole with one group");
    assert!((1000..=3000).contains(&canary), "{canary}");
    let sticky = json!([{"Key": "stickiness.enabled", "Value": "true"}]);
    sim.elb("ModifyTargetGroupAttributes", json!({"TargetGroupArn": app, "Attributes": sticky}));
    for client in clients {
        assert_eq!(shares(&sim, &front, &[client]).len(), 1, "{client}");
    }
}

/// API Gateway speaks no UDP, and TLS only to TLS.
/// botocore, TlsConfig of API Gateway's integrations: HTTPS with one; that it is HTTP without is inferred.
#[test]
fn only_plain_connections_to_network_load_balancers_go_anywhere() {
    let sim = Sim::new();
    let edge = balancer(&sim, "edge", 1, &[]);
    let mut input = super::group_input("udp");
    input["Protocol"] = json!("UDP");
    let udp = string(&sim.elb("CreateTargetGroup", input), "/TargetGroups/0/TargetGroupArn");
    let mut input = super::listener_input(&edge, 53, &udp);
    input["Protocol"] = json!("UDP");
    let front = string(&sim.elb("CreateListener", input), "/Listeners/0/ListenerArn");
    sim.advance(150);
    assert_eq!(picked(&sim, &front, ZONES[0]), Err(NoTarget::NotPlain(front, "UDP".to_owned())));
}
