//! Elastic Load Balancing's behaviour. Comments name the source of each rule: the service model
//! (botocore), the Network Load Balancers user guide, or where AWS's words were reported.

mod application;
mod data_path;
mod flow;
mod invariants;
mod listeners;
mod load_balancers;
mod rules;
mod tagging;
mod target_groups;
mod targets;
mod tls;

use serde_json::{Value, json};

use crate::seed;
use crate::testing::{Sim, string};

/// A call for an internal network load balancer in the first `zones` zones.
fn balancer_input(name: &str, zones: usize, groups: &[&str]) -> Value {
    json!({
        "Name": name, "Type": "network", "Scheme": "internal",
        "Subnets": &seed::SUBNETS[..zones], "SecurityGroups": groups,
    })
}

/// Makes one and returns its ARN.
fn balancer(sim: &Sim, name: &str, zones: usize, groups: &[&str]) -> String {
    let made = sim.elb("CreateLoadBalancer", balancer_input(name, zones, groups));
    string(&made, "/LoadBalancers/0/LoadBalancerArn")
}

/// Makes a target group of protocol TCP in the seed's VPC and returns its ARN.
fn group(sim: &Sim, name: &str) -> String {
    string(&sim.elb("CreateTargetGroup", group_input(name)), "/TargetGroups/0/TargetGroupArn")
}

fn group_input(name: &str) -> Value {
    json!({"Name": name, "Protocol": "TCP", "Port": 8080, "VpcId": seed::VPC, "TargetType": "ip"})
}

/// A call for a listener that forwards a port to a target group.
fn listener_input(balancer: &str, port: u16, group: &str) -> Value {
    json!({
        "LoadBalancerArn": balancer, "Protocol": "TCP", "Port": port,
        "DefaultActions": [{"Type": "forward", "TargetGroupArn": group}],
    })
}

/// Makes one and returns its ARN.
fn listener(sim: &Sim, balancer: &str, port: u16, group: &str) -> String {
    string(&sim.elb("CreateListener", listener_input(balancer, port, group)), "/Listeners/0/ListenerArn")
}

/// Makes an internal application load balancer in two zones and returns its ARN.
fn application(sim: &Sim, name: &str) -> String {
    let mut input = balancer_input(name, 2, &[seed::CLUSTER_GROUP]);
    input["Type"] = json!("application");
    string(&sim.elb("CreateLoadBalancer", input), "/LoadBalancers/0/LoadBalancerArn")
}

/// Makes a target group of protocol HTTP and returns its ARN.
fn web_group(sim: &Sim, name: &str) -> String {
    let mut input = group_input(name);
    input["Protocol"] = json!("HTTP");
    string(&sim.elb("CreateTargetGroup", input), "/TargetGroups/0/TargetGroupArn")
}

/// A call for a listener of protocol HTTP.
fn web_listener_input(balancer: &str, port: u16, action: Value) -> Value {
    json!({"LoadBalancerArn": balancer, "Protocol": "HTTP", "Port": port, "DefaultActions": [action]})
}

/// Makes a listener of protocol HTTP that answers 404 and returns its ARN.
fn web_listener(sim: &Sim, balancer: &str, port: u16) -> String {
    let action = json!({"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}});
    let made = sim.elb("CreateListener", web_listener_input(balancer, port, action));
    string(&made, "/Listeners/0/ListenerArn")
}

/// Registers addresses, with the group's port.
fn register(sim: &Sim, group: &str, ips: &[&str]) {
    let targets: Vec<Value> = ips.iter().map(|ip| json!({"Id": ip})).collect();
    sim.elb("RegisterTargets", json!({"TargetGroupArn": group, "Targets": targets}));
}

/// State and reason of each target, `IP STATE REASON`.
fn health(sim: &Sim, group: &str) -> Vec<String> {
    let told = sim.elb("DescribeTargetHealth", json!({"TargetGroupArn": group}));
    let all = told["TargetHealthDescriptions"].as_array().unwrap().clone();
    all.iter()
        .map(|t| {
            let reason = t["TargetHealth"]["Reason"].as_str().unwrap_or("-");
            format!("{} {} {reason}", string(t, "/Target/Id"), string(t, "/TargetHealth/State"))
        })
        .collect()
}

/// Says what the checks of a target would: `Ok` for one that passes.
fn checked(sim: &Sim, group: &str, ip: &str, outcome: Result<(), &str>) {
    sim.with(|call| {
        let group = call.region.elbv2.target_groups.get_mut(group).unwrap();
        let thresholds = (group.health_check.healthy, group.health_check.unhealthy);
        let target = group.targets.values_mut().find(|t| t.ip.to_string() == ip).unwrap();
        let outcome = outcome.map_err(|reason| (reason.to_owned(), "test".to_owned()));
        target.record(outcome, thresholds, call.now);
    });
}
