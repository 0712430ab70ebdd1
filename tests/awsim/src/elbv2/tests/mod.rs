//! Elastic Load Balancing's behaviour. Comments name the source of each rule: the service model
//! (botocore), the Network Load Balancers user guide, or where AWS's words were reported.

mod load_balancers;

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
