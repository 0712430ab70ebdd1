//! Quotas of load balancers, target groups, listeners and rules.

use serde_json::{Value, json};

use super::super::{NONE, Quota, Quotas};
use super::Lab;
use crate::seed::{CLUSTER_GROUP, SUBNETS, VPC};
use crate::testing::{self, string};

/// A call for an internal load balancer in two zones.
pub(super) fn balancer(kind: &str, name: &str) -> Value {
    json!({"Name": name, "Type": kind, "Scheme": "internal", "Subnets": SUBNETS[..2],
        "SecurityGroups": [CLUSTER_GROUP]})
}

fn group(protocol: &str, name: &str) -> Value {
    json!({"Name": name, "Protocol": protocol, "Port": 80, "VpcId": VPC, "TargetType": "ip"})
}

fn listener(balancer: &str, protocol: &str, port: u16, groups: &[&String]) -> Value {
    let groups: Vec<Value> = groups.iter().map(|arn| json!({"TargetGroupArn": arn, "Weight": 1})).collect();
    json!({"LoadBalancerArn": balancer, "Protocol": protocol, "Port": port,
        "DefaultActions": [{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}]})
}

fn targets(group: &str, targets: &[(&str, u16)]) -> Value {
    let targets: Vec<Value> = targets.iter().map(|(ip, port)| json!({"Id": ip, "Port": port})).collect();
    json!({"TargetGroupArn": group, "Targets": targets})
}

/// botocore, elbv2: the `TooMany…` errors; NLB and ALB user guides, "Quotas".
#[test]
fn quotas_of_load_balancing() {
    let mut lab = Lab::new();
    network_load_balancers(&mut lab);
    let network = lab.tried;
    let mut lab = Lab::new();
    application_load_balancers(&mut lab);
    lab.tried.extend(network);
    lab.all_tried("elbv2");
}

/// botocore, elbv2: the `TooMany…` errors of each operation. Of network interfaces a VPC no code is known.
fn network_load_balancers(lab: &mut Lab) {
    let arn = "/LoadBalancers/0/LoadBalancerArn";
    let of_group = "/TargetGroups/0/TargetGroupArn";
    let made = lab.make("elbv2", "CreateLoadBalancer", balancer("network", "a"), arn);
    let create = ("elbv2", "CreateLoadBalancer");
    lab.refuses((Quota::NetworkLoadBalancers, 1), create, balancer("network", "b"), "TooManyLoadBalancers");
    let interfaces = (Quota::NetworkInterfacesPerVpc, 5);
    lab.refuses(interfaces, create, balancer("network", "c"), "InvalidConfigurationRequest");
    lab.refuses(
        (Quota::GroupsPerInterface, 0),
        create,
        balancer("network", "d"),
        "InvalidConfigurationRequest",
    );
    let first = lab.make("elbv2", "CreateTargetGroup", group("TCP", "a"), of_group);
    let count = (Quota::TargetGroups, 1);
    lab.refuses(count, ("elbv2", "CreateTargetGroup"), group("TCP", "b"), "TooManyTargetGroups");
    let second = lab.make("elbv2", "CreateTargetGroup", group("TCP", "b"), of_group);
    let both = listener(&made, "TCP", 80, &[&first, &second]);
    let action = (Quota::GroupsPerNetworkAction, 1);
    lab.refuses(action, ("elbv2", "CreateListener"), both, "InvalidLoadBalancerAction");
    let one = listener(&made, "TCP", 81, &[&first]);
    lab.refuses((Quota::ListenersPerNetwork, 1), ("elbv2", "CreateListener"), one, "TooManyListeners");
    let register = ("elbv2", "RegisterTargets");
    let two = |base: &str| targets(&first, &[(&format!("{base}.1"), 1), (&format!("{base}.2"), 1)]);
    lab.refuses((Quota::TargetsPerGroup, 1), register, two("10.0.8"), "TooManyTargets");
    lab.refuses((Quota::TargetsPerZone, 3), register, two("10.0.9"), "TooManyTargets");
    lab.refuses((Quota::TargetsPerNetwork, 5), register, two("10.0.24"), "TooManyTargets");
    let tls = |arn: &str| {
        json!({"LoadBalancerArn": made, "Protocol": "TLS", "Port": 443,
        "Certificates": [{"CertificateArn": arn}],
        "DefaultActions": [{"Type": "forward", "TargetGroupArn": first}]})
    };
    let certificate = lab.sim.with(testing::certificate);
    let secure = lab.make("elbv2", "CreateListener", tls(&certificate), "/Listeners/0/ListenerArn");
    let more = json!({"ListenerArn": secure, "Certificates": [{"CertificateArn": certificate}]});
    let certificates = (Quota::CertificatesPerNetwork, 0);
    lab.refuses(certificates, ("elbv2", "AddListenerCertificates"), more, "TooManyCertificates");
    let tags = json!({"ResourceArns": [made], "Tags": [{"Key": "a"}, {"Key": "b"}]});
    lab.refuses((Quota::TagsPerResource, 1), ("elbv2", "AddTags"), tags, "TooManyTags");
}

/// NLB user guide, "Quotas": with cross-zone load balancing the quota of a zone is that of all zones
/// together, and a target that is registered with several groups counts for each.
#[test]
fn a_target_counts_for_each_of_its_groups_and_cross_zone_for_all_zones() {
    let mut lab = Lab::new();
    let made =
        lab.make("elbv2", "CreateLoadBalancer", balancer("network", "a"), "/LoadBalancers/0/LoadBalancerArn");
    let groups = ["a", "b"].map(|name| {
        lab.make("elbv2", "CreateTargetGroup", group("TCP", name), "/TargetGroups/0/TargetGroupArn")
    });
    lab.make("elbv2", "CreateListener", listener(&made, "TCP", 80, &[&groups[0], &groups[1]]), "");
    lab.make("elbv2", "RegisterTargets", targets(&groups[0], &[("10.0.8.1", 1)]), "");
    let again = targets(&groups[1], &[("10.0.8.1", 1)]);
    lab.refuses((Quota::TargetsPerZone, 1), ("elbv2", "RegisterTargets"), again, "TooManyTargets");
    let elsewhere = targets(&groups[1], &[("10.0.24.1", 1)]);
    lab.make("elbv2", "RegisterTargets", elsewhere, "");
    let crossing = json!({"LoadBalancerArn": made,
        "Attributes": [{"Key": "load_balancing.cross_zone.enabled", "Value": "true"}]});
    let modify = ("elbv2", "ModifyLoadBalancerAttributes");
    lab.refuses((Quota::TargetsPerZone, 2), modify, crossing, "TooManyTargets");
}

/// botocore, elbv2; aws/aws-cdk issue 10065 for conditions.
fn application_load_balancers(lab: &mut Lab) {
    let create = ("elbv2", "CreateLoadBalancer");
    let arn = "/LoadBalancers/0/LoadBalancerArn";
    let made = lab.make("elbv2", "CreateLoadBalancer", balancer("application", "a"), arn);
    let count = (Quota::ApplicationLoadBalancers, 1);
    lab.refuses(count, create, balancer("application", "b"), "TooManyLoadBalancers");
    let groups = ["a", "b"].map(|name| {
        lab.make("elbv2", "CreateTargetGroup", group("HTTP", name), "/TargetGroups/0/TargetGroupArn")
    });
    let listen = ("elbv2", "CreateListener");
    let both = |port| listener(&made, "HTTP", port, &[&groups[0], &groups[1]]);
    let action = (Quota::GroupsPerApplicationAction, 1);
    lab.refuses(action, listen, both(80), "InvalidLoadBalancerAction");
    lab.refuses((Quota::ListenersPerApplication, 1), listen, both(81), "TooManyListeners");
    let code = "TooManyUniqueTargetGroupsPerLoadBalancer";
    lab.refuses((Quota::GroupsPerApplication, 1), listen, both(82), code);
    let first = lab.make("elbv2", "CreateListener", both(83), "/Listeners/0/ListenerArn");
    let rule = |priority: u16, paths: &[&str]| {
        json!({"ListenerArn": first, "Priority": priority,
        "Conditions": [{"Field": "path-pattern", "PathPatternConfig": {"Values": paths}}],
        "Actions": [{"Type": "forward", "TargetGroupArn": groups[0]}]})
    };
    let add = ("elbv2", "CreateRule");
    lab.refuses((Quota::ConditionValues, 1), add, rule(1, &["/a", "/b"]), "ValidationError");
    lab.refuses((Quota::ConditionWildcards, 1), add, rule(2, &["/*/*"]), "ValidationError");
    lab.refuses((Quota::RulesPerApplication, 2), add, rule(3, &["/a"]), "TooManyRules");
    let register = ("elbv2", "RegisterTargets");
    let ports = targets(&groups[0], &[("10.0.8.1", 1), ("10.0.8.1", 2)]);
    let code = "TooManyRegistrationsForTargetId";
    lab.refuses((Quota::RegistrationsPerTarget, 1), register, ports, code);
    let more = targets(&groups[1], &[("10.0.8.2", 1)]);
    lab.refuses((Quota::TargetsPerApplication, 2), register, more, "TooManyTargets");
    let certificate = lab.sim.with(testing::certificate);
    let secure = json!({"LoadBalancerArn": made, "Protocol": "HTTPS", "Port": 443,
        "Certificates": [{"CertificateArn": certificate}],
        "DefaultActions": [{"Type": "forward", "TargetGroupArn": groups[0]}]});
    let secure = lab.make("elbv2", "CreateListener", secure, "/Listeners/0/ListenerArn");
    let more = json!({"ListenerArn": secure, "Certificates": [{"CertificateArn": certificate}]});
    let certificates = (Quota::CertificatesPerApplication, 0);
    lab.refuses(certificates, ("elbv2", "AddListenerCertificates"), more, "TooManyCertificates");
}

/// AWS CLI, describe-account-limits: what is set is told, by the same names.
#[test]
fn account_limits_are_told_as_they_are_set() {
    let lab = Lab::new();
    let mut quotas = Quotas::default();
    quotas.set(Quota::NetworkLoadBalancers, 7);
    quotas.set(Quota::TargetGroups, NONE);
    lab.sim.world.lock().unwrap().options.quotas = quotas;
    let told = lab.sim.elb("DescribeAccountLimits", json!({}));
    let max = |name: &str| {
        let limits = told["Limits"].as_array().unwrap();
        string(limits.iter().find(|limit| limit["Name"] == name).unwrap(), "/Max")
    };
    assert_eq!((max("network-load-balancers"), max("target-groups")), ("7".to_owned(), "3000".to_owned()));
    assert_eq!(max("network-load-balancer-enis-per-vpc"), "1200");
}
