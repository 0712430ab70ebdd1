use serde_json::{Value, json};

use super::{balancer, balancer_input};
use crate::seed;
use crate::testing::{Sim, length, string};

fn described(sim: &Sim, arn: &str) -> Value {
    sim.elb("DescribeLoadBalancers", json!({"LoadBalancerArns": [arn]}))["LoadBalancers"][0].clone()
}

/// botocore, LoadBalancerState, and the form of ARNs in its examples; that it takes minutes is inferred.
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

/// botocore, CreateLoadBalancer: names, one subnet a zone, and its errors; NLB user guide: addresses that are
/// left.
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
        (with("Type", json!("gateway")), "NotImplemented"),
        (with("Scheme", json!("internet-facing")), "InvalidSubnet"),
        (with("IpAddressType", json!("dualstack")), "InvalidSubnet"),
        (with("IpAddressType", json!("dualstack-without-public-ipv4")), "InvalidConfigurationRequest"),
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

/// botocore, DeleteLoadBalancer. That interfaces and their groups stay in use for minutes is inferred from
/// terraform-provider-aws, which waits for them (load_balancer.go).
#[test]
fn a_deleted_load_balancer_takes_its_listeners_and_its_interfaces_linger() {
    let sim = Sim::new();
    let guard = sim.group("guard");
    let arn = balancer(&sim, "edge", 2, &[&guard]);
    let group = super::group(&sim, "app");
    let listener = super::listener(&sim, &arn, 80, &group);
    let filter = json!({"Filters": [{"Name": "description", "Values": ["ELB net/edge/*"]}]});
    let interfaces = || length(&sim.ec2("DescribeNetworkInterfaces", filter.clone()), "/NetworkInterfaces");
    assert_eq!(interfaces(), 2);
    sim.elb("DeleteLoadBalancer", json!({"LoadBalancerArn": arn}));
    let code = sim.elb_code("DescribeLoadBalancers", json!({"LoadBalancerArns": [arn]}));
    assert_eq!(code, "LoadBalancerNotFound");
    let code = sim.elb_code("DescribeListeners", json!({"ListenerArns": [listener]}));
    assert_eq!(code, "ListenerNotFound");
    sim.elb("DeleteLoadBalancer", json!({"LoadBalancerArn": arn}));
    assert_eq!(interfaces(), 2);
    assert_eq!(sim.ec2_code("DeleteSecurityGroup", json!({"GroupId": guard})), "DependencyViolation");
    sim.advance(60);
    assert_eq!(interfaces(), 0);
    sim.ec2("DeleteSecurityGroup", json!({"GroupId": guard}));
}

/// botocore, LoadBalancerAttribute: deletion_protection.enabled.
#[test]
fn a_protected_load_balancer_is_not_deleted() {
    let sim = Sim::new();
    let arn = balancer(&sim, "edge", 1, &[]);
    let protect = |value: &str| {
        let attributes = json!([{"Key": "deletion_protection.enabled", "Value": value}]);
        sim.elb("ModifyLoadBalancerAttributes", json!({"LoadBalancerArn": arn, "Attributes": attributes}));
    };
    protect("true");
    let delete = json!({"LoadBalancerArn": arn});
    assert_eq!(sim.elb_code("DeleteLoadBalancer", delete.clone()), "OperationNotPermitted");
    protect("false");
    sim.elb("DeleteLoadBalancer", delete);
}

/// NLB user guide, "Security groups"; the message is AWS's (cluster-api-provider-aws 4790).
#[test]
fn security_groups_are_swapped_but_never_added_to_a_load_balancer_without() {
    let sim = Sim::new();
    let (a, b) = (sim.group("a"), sim.group("b"));
    let bare = balancer(&sim, "bare", 1, &[]);
    let set = |arn: &str, groups: Value| json!({"LoadBalancerArn": arn, "SecurityGroups": groups});
    let fault = sim.try_elb("SetSecurityGroups", set(&bare, json!([a]))).unwrap_err();
    assert_eq!(fault.code, "InvalidConfigurationRequest");
    assert!(
        fault
            .message
            .starts_with("You cannot set security groups on a Network Load Balancer which was created")
    );
    assert_eq!(described(&sim, &bare).get("SecurityGroups"), None);
    let arn = balancer(&sim, "edge", 1, &[&a]);
    let reply = sim.elb("SetSecurityGroups", set(&arn, json!([b])));
    assert_eq!(reply["SecurityGroupIds"], json!([b]));
    sim.ec2("DeleteSecurityGroup", json!({"GroupId": a}));
    assert_eq!(sim.ec2_code("DeleteSecurityGroup", json!({"GroupId": b})), "DependencyViolation");
    assert_eq!(sim.elb_code("SetSecurityGroups", set(&arn, json!([]))), "InvalidConfigurationRequest");
    assert_eq!(sim.elb_code("SetSecurityGroups", set(&arn, json!(["sg-12345678"]))), "InvalidSecurityGroup");
}

/// NLB user guide, "Availability Zones": subnets of a network load balancer can be added and removed.
#[test]
fn subnets_are_added_and_taken_away_and_those_that_stay_keep_their_address() {
    let sim = Sim::new();
    let arn = balancer(&sim, "edge", 2, &[]);
    let addresses = || {
        let ips = |call: &mut crate::world::Call<'_>| {
            call.region.elbv2.load_balancers[&arn].nodes.iter().map(|n| n.ip.to_string()).collect::<Vec<_>>()
        };
        sim.with(ips)
    };
    assert_eq!(addresses(), ["10.0.0.4", "10.0.16.4"]);
    let set = json!({"LoadBalancerArn": arn, "Subnets": [seed::SUBNETS[1], seed::SUBNETS[2]]});
    let reply = sim.elb("SetSubnets", set);
    assert_eq!(string(&reply, "/AvailabilityZones/1/ZoneName"), "eu-central-1c");
    assert_eq!(addresses(), ["10.0.16.4", "10.0.32.4"]);
    let unknown = json!({"LoadBalancerArn": arn, "Subnets": ["subnet-12345678"]});
    assert_eq!(sim.elb_code("SetSubnets", unknown), "SubnetNotFound");
    let dual = json!({"LoadBalancerArn": arn, "IpAddressType": "dualstack"});
    assert_eq!(sim.elb_code("SetIpAddressType", dual), "InvalidSubnet");
    let ipv4 = json!({"LoadBalancerArn": arn, "IpAddressType": "ipv4"});
    assert_eq!(sim.elb("SetIpAddressType", ipv4), json!({"IpAddressType": "ipv4"}));
}

/// botocore, SubnetMapping: PrivateIPv4Address of internal load balancers, from the subnet.
#[test]
fn an_address_can_be_chosen_by_subnet_mapping() {
    let sim = Sim::new();
    let mut input = balancer_input("edge", 1, &[]);
    input.as_object_mut().unwrap().remove("Subnets");
    let mapping = |ip: &str| json!([{"SubnetId": seed::SUBNETS[0], "PrivateIPv4Address": ip}]);
    input["SubnetMappings"] = mapping("10.0.16.9");
    assert_eq!(sim.elb_code("CreateLoadBalancer", input.clone()), "ValidationError");
    input["SubnetMappings"] = mapping("10.0.0.9");
    let made = sim.elb("CreateLoadBalancer", input.clone());
    let told = "/LoadBalancers/0/AvailabilityZones/0/LoadBalancerAddresses/0/PrivateIPv4Address";
    assert_eq!(string(&made, told), "10.0.0.9");
    input["Name"] = json!("other");
    assert_eq!(sim.elb_code("CreateLoadBalancer", input), "InvalidSubnet");
}

/// botocore, DescribeLoadBalancers: up to 20 names or ARNs; LoadBalancerNotFound.
#[test]
fn load_balancers_are_found_by_name_arn_and_page() {
    let sim = Sim::new();
    for name in ["a", "b", "c"] {
        balancer(&sim, name, 1, &[]);
    }
    let by_name = sim.elb("DescribeLoadBalancers", json!({"Names": ["b"]}));
    assert_eq!(string(&by_name, "/LoadBalancers/0/LoadBalancerName"), "b");
    let code = sim.elb_code("DescribeLoadBalancers", json!({"Names": ["b", "x"]}));
    assert_eq!(code, "LoadBalancerNotFound");
    let code = sim.elb_code("DescribeLoadBalancers", json!({"LoadBalancerArns": ["nonsense"]}));
    assert_eq!(code, "ValidationError");
    let many: Vec<String> = (0..21).map(|n| format!("n{n}")).collect();
    assert_eq!(sim.elb_code("DescribeLoadBalancers", json!({"Names": many})), "ValidationError");
    let first = sim.elb("DescribeLoadBalancers", json!({"PageSize": 2}));
    assert_eq!(length(&first, "/LoadBalancers"), 2);
    let rest = json!({"PageSize": 2, "Marker": first["NextMarker"]});
    let rest = sim.elb("DescribeLoadBalancers", rest);
    assert_eq!((length(&rest, "/LoadBalancers"), rest.get("NextMarker")), (1, None));
    assert_eq!(sim.elb_code("DescribeLoadBalancers", json!({"Marker": "x"})), "ValidationError");
}

/// NLB user guide, "Quotas": 50 network load balancers a region.
#[test]
fn the_51st_load_balancer_of_a_region_is_refused() {
    let sim = Sim::new();
    for n in 0..50 {
        balancer(&sim, &format!("lb{n}"), 1, &[]);
    }
    assert_eq!(sim.elb_code("CreateLoadBalancer", balancer_input("more", 1, &[])), "TooManyLoadBalancers");
}

/// botocore, LoadBalancerAttribute.Key.
#[test]
fn attributes_of_a_load_balancer_have_defaults_and_are_checked() {
    let sim = Sim::new();
    let arn = balancer(&sim, "edge", 1, &[]);
    let told = sim.elb("DescribeLoadBalancerAttributes", json!({"LoadBalancerArn": arn}));
    let cross = json!({"Key": "load_balancing.cross_zone.enabled", "Value": "false"});
    assert!(told["Attributes"].as_array().unwrap().contains(&cross));
    let modify = |key: &str, value: &str| {
        let attributes = json!([{"Key": key, "Value": value}]);
        let input = json!({"LoadBalancerArn": arn, "Attributes": attributes});
        sim.try_elb("ModifyLoadBalancerAttributes", input).map_err(|f| f.code)
    };
    for (key, value, code) in [
        ("load_balancing.cross_zone.enabled", "yes", "ValidationError"),
        ("idle_timeout.timeout_seconds", "60", "ValidationError"),
        ("secondary_ips.auto_assigned.per_subnet", "8", "ValidationError"),
        ("access_logs.s3.enabled", "true", "InvalidConfigurationRequest"),
    ] {
        assert_eq!(modify(key, value), Err(code.to_owned()), "{key}");
    }
    modify("load_balancing.cross_zone.enabled", "true").unwrap();
}

#[test]
fn a_load_balancer_that_fails_in_one_subnet_leaves_nothing_in_the_others() {
    let sim = Sim::new();
    let mut input = balancer_input("taken", 1, &[]);
    input.as_object_mut().unwrap().remove("Subnets");
    let mapping = |n: usize, ip: &str| json!({"SubnetId": seed::SUBNETS[n], "PrivateIPv4Address": ip});
    input["SubnetMappings"] = json!([mapping(1, "10.0.16.9")]);
    sim.elb("CreateLoadBalancer", input.clone());
    input["Name"] = json!("edge");
    input["SubnetMappings"] = json!([mapping(0, "10.0.0.9"), mapping(1, "10.0.16.9")]);
    assert_eq!(sim.elb_code("CreateLoadBalancer", input), "InvalidSubnet");
    assert_eq!(length(&sim.ec2("DescribeNetworkInterfaces", json!({})), "/NetworkInterfaces"), 1);
}
