use crate::ec2::packet::{End, Hop, allows, end};
use crate::seed;
use crate::testing::Sim;

use serde_json::json;

fn ends(from: &str, to: &str) -> (End, End) {
    let end = |group: &str, ip: [u8; 4]| End { ip: ip.into(), groups: vec![group.to_owned()] };
    (end(from, [10, 0, 0, 4]), end(to, [10, 0, 16, 4]))
}

/// VPC user guide, security group rules: a group as peer means whoever carries it.
#[test]
fn a_connection_passes_only_if_one_end_lets_it_out_and_the_other_in() {
    let sim = Sim::new();
    let (link, balancer) = (sim.group("link"), sim.group("balancer"));
    let (from, to) = ends(&link, &balancer);
    let pass = |port| sim.with(|call| allows(&call.region.ec2, &from, &to, port));
    assert!(matches!(pass(80), Err(Hop::Ingress { port: 80, .. })));
    sim.admit(&balancer, &link, 80);
    assert_eq!(pass(80), Ok(()));
    assert!(matches!(pass(81), Err(Hop::Ingress { port: 81, .. })));
    let all = json!([{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]);
    sim.ec2("RevokeSecurityGroupEgress", json!({"GroupId": link, "IpPermissions": all}));
    assert!(matches!(pass(80), Err(Hop::Egress { .. })));
    let narrow = json!([{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "10.0.16.0/20"}]}]);
    sim.ec2("AuthorizeSecurityGroupEgress", json!({"GroupId": link, "IpPermissions": narrow}));
    assert_eq!(pass(80), Ok(()));
}

/// VPC user guide, security group rules: a rule is for its protocol; -1 is for all.
#[test]
fn rules_for_other_protocols_let_no_tcp_pass() {
    let sim = Sim::new();
    let (a, b) = (sim.group("a"), sim.group("b"));
    let udp =
        json!([{"IpProtocol": "udp", "FromPort": 0, "ToPort": 65535, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]);
    sim.ec2("AuthorizeSecurityGroupIngress", json!({"GroupId": b, "IpPermissions": udp}));
    let (from, to) = ends(&a, &b);
    assert!(sim.with(|call| allows(&call.region.ec2, &from, &to, 53)).is_err());
}

#[test]
fn a_pod_carries_the_cluster_group_and_an_outside_address_none() {
    let sim = Sim::new();
    let pod = sim.with(|call| end(&call.region.ec2, [10, 0, 8, 17].into()));
    assert_eq!(pod.groups, [seed::CLUSTER_GROUP]);
    let outside = sim.with(|call| end(&call.region.ec2, [10, 200, 0, 1].into()));
    assert!(outside.groups.is_empty());
    let same = sim.with(|call| allows(&call.region.ec2, &pod, &pod, 8080));
    assert_eq!(same, Ok(()), "the cluster group admits itself");
}
