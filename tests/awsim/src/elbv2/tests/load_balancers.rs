use serde_json::{Value, json};

use super::{balancer, balancer_input};
use crate::seed;
use crate::testing::{Sim, length, string};

fn described(sim: &Sim, arn: &str) -> Value {
    sim.elb("DescribeLoadBalancers", json!({"LoadBalancerArns": [arn]}))["LoadBalancers"][0].clone()
}

/// AWS-FACTS 3: provisioning takes minutes; the form of names and ARNs is AWS's.
#[test]
fn a_new_load_balancer_is_provisioning_and_after_a_while_active() {
    let sim = Sim::new();
    let arn = balancer(&sim, "edge", 3, &[seed::CLUSTER_GROUP]);
    let made = described(&sim, &arn);
    let id = arn.rsplit('/').next().unwrap();
    assert_eq!(id.len(), 16);
    let base = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/net/edge/";
    assert_eq!(arn, format!("{base}{id}"));
    assert_eq!(made["DNSName"], format!("edge-{id}.elb.eu-central-1.amazonaws.com"));
    assert_eq!(made["State"]["Code"], "provisioning");
    assert_eq!(made["VpcId"], seed::VPC);
    assert_eq!(made["SecurityGroups"], json!([seed::CLUSTER_GROUP]));
    assert_eq!(length(&made, "/AvailabilityZones"), 3);
    sim.advance(149);
    assert_eq!(described(&sim, &arn)["State"]["Code"], "provisioning");
    sim.advance(1);
    assert_eq!(described(&sim, &arn)["State"]["Code"], "active");
}

/// hashicorp/terraform-provider-aws 32942: one of somebody else is returned as if it were made.
#[test]
fn an_equal_create_returns_what_is_there_with_its_tags_and_another_is_a_duplicate() {
    let sim = Sim::new();
    let mut input = balancer_input("edge", 2, &[seed::CLUSTER_GROUP]);
    input["Tags"] = json!([{"Key": "owner", "Value": "a"}]);
    let arn = string(&sim.elb("CreateLoadBalancer", input.clone()), "/LoadBalancers/0/LoadBalancerArn");
    input["Tags"] = json!([{"Key": "owner", "Value": "b"}]);
    input["Subnets"] = json!([seed::SUBNETS[1], seed::SUBNETS[0]]);
    let again = sim.elb("CreateLoadBalancer", input.clone());
    assert_eq!(string(&again, "/LoadBalancers/0/LoadBalancerArn"), arn);
    let tags = sim.elb("DescribeTags", json!({"ResourceArns": [arn]}));
    assert_eq!(tags["TagDescriptions"][0]["Tags"], json!([{"Key": "owner", "Value": "a"}]));
    input["SecurityGroups"] = json!([seed::DATABASE_GROUP]);
    let fault = sim.try_elb("CreateLoadBalancer", input).unwrap_err();
    assert_eq!(fault.code, "DuplicateLoadBalancerName");
    let said = "A load balancer with the same name 'edge' exists, but with different settings";
    assert_eq!(fault.message, said);
}

#[test]
fn what_cannot_be_a_load_balancer_is_refused() {
    let sim = Sim::new();
    let with = |member: &str, value: Value| {
        let mut input = balancer_input("edge", 3, &[seed::CLUSTER_GROUP]);
        input[member] = value;
        input
    };
    let six: Vec<String> = (0..6).map(|n| sim.group(&format!("g{n}"))).collect();
    let more = sim.ec2("CreateSubnet", json!({"VpcId": seed::VPC, "CidrBlock": "10.0.200.0/24"}));
    let same_zone = json!([seed::SUBNETS[0], more["Subnet"]["SubnetId"]]);
    let tiny = sim.ec2("CreateSubnet", json!({"VpcId": seed::VPC, "CidrBlock": "10.0.201.0/28"}));
    for _ in 0..4 {
        let name = format!("x{}", sim.with(|call| call.ids.hex16()));
        let mut input = balancer_input(&name, 1, &[]);
        input["Subnets"] = json!([tiny["Subnet"]["SubnetId"]]);
        sim.elb("CreateLoadBalancer", input);
    }
    for (input, code) in [
        (with("Name", json!("internal-x")), "ValidationError"),
        (with("Name", json!("-x")), "ValidationError"),
        (with("Name", json!("a_b")), "ValidationError"),
        (with("Name", json!("a".repeat(33))), "ValidationError"),
        (with("Type", json!("application")), "NotImplemented"),
        (with("Scheme", json!("internet-facing")), "InvalidSubnet"),
        (with("IpAddressType", json!("dualstack")), "InvalidSubnet"),
        (with("Subnets", json!([])), "ValidationError"),
        (with("Subnets", json!(["subnet-12345678"])), "SubnetNotFound"),
        (with("Subnets", same_zone), "InvalidConfigurationRequest"),
        (with("Subnets", json!([tiny["Subnet"]["SubnetId"]])), "InvalidSubnet"),
        (with("SecurityGroups", json!(["sg-12345678"])), "InvalidSecurityGroup"),
        (with("SecurityGroups", json!(six)), "InvalidConfigurationRequest"),
        (with("Tags", json!([{"Key": "a"}, {"Key": "a"}])), "DuplicateTagKeys"),
    ] {
        assert_eq!(sim.elb_code("CreateLoadBalancer", input.clone()), code, "{input}");
    }
}
