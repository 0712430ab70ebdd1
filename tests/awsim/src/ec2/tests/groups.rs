use serde_json::json;

use crate::clock::SimTime;
use crate::ec2::{NewInterface, network_interface};
use crate::quota::Quotas;
use crate::seed;
use crate::testing::{Sim, length, string};
use crate::world::Tags;

/// EC2 documentation of CreateSecurityGroup: a new group lets everything out.
#[test]
fn a_new_group_lets_everything_out_and_nothing_in() {
    let sim = Sim::new();
    let id = sim.group("app");
    let group = sim.ec2("DescribeSecurityGroups", json!({"GroupIds": [id]}));
    assert_eq!(group["SecurityGroups"][0]["IpPermissions"], json!([]));
    assert_eq!(
        group["SecurityGroups"][0]["IpPermissionsEgress"],
        json!([{
            "IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}],
            "Ipv6Ranges": [], "UserIdGroupPairs": [], "PrefixListIds": [],
        }])
    );
    let arn = format!("arn:aws:ec2:eu-central-1:123456789012:security-group/{id}");
    assert_eq!(group["SecurityGroups"][0]["SecurityGroupArn"], arn);
}

/// botocore, CreateSecurityGroup: unique in the VPC, case-insensitive; `InvalidGroup.Duplicate`.
#[test]
fn a_group_name_is_unique_in_its_vpc_whatever_its_case() {
    let sim = Sim::new();
    sim.group("app");
    let input = json!({"GroupName": "APP", "Description": "d", "VpcId": seed::VPC});
    let fault = sim.try_ec2("CreateSecurityGroup", input).unwrap_err();
    assert_eq!(fault.code, "InvalidGroup.Duplicate");
    assert_eq!(fault.message, format!("The security group 'APP' already exists for VPC '{}'", seed::VPC));
    let other = string(&sim.ec2("CreateVpc", json!({"CidrBlock": "10.9.0.0/16"})), "/Vpc/VpcId");
    sim.ec2("CreateSecurityGroup", json!({"GroupName": "app", "Description": "d", "VpcId": other}));
}

/// botocore, CreateSecurityGroup: 255 characters of a set, not sg-*; error codes: Reserved,
/// VPCIdNotSpecified, InvalidVpcID.
#[test]
fn names_descriptions_and_vpcs_of_new_groups_are_checked() {
    let sim = Sim::new();
    let vpc = seed::VPC;
    for (input, code) in [
        (json!({"GroupName": "sg-x", "Description": "d", "VpcId": vpc}), "InvalidParameterValue"),
        (json!({"GroupName": "ä", "Description": "d", "VpcId": vpc}), "InvalidParameterValue"),
        (json!({"GroupName": "a".repeat(256), "Description": "d", "VpcId": vpc}), "InvalidParameterValue"),
        (json!({"GroupName": "a", "Description": "d".repeat(256), "VpcId": vpc}), "InvalidParameterValue"),
        (json!({"GroupName": "a", "Description": "<d>", "VpcId": vpc}), "InvalidParameterValue"),
        (json!({"GroupName": "default", "Description": "d", "VpcId": vpc}), "InvalidGroup.Reserved"),
        (json!({"GroupName": "a", "Description": "d"}), "VPCIdNotSpecified"),
        (json!({"GroupName": "a", "Description": "d", "VpcId": "vpc-1"}), "InvalidVpcID.Malformed"),
        (json!({"GroupName": "a", "Description": "d", "VpcId": "vpc-12345678"}), "InvalidVpcID.NotFound"),
        (
            json!({"GroupName": "a", "Description": "d", "VpcId": vpc,
                "TagSpecifications": [{"ResourceType": "vpc", "Tags": []}]}),
            "InvalidParameterValue",
        ),
    ] {
        assert_eq!(sim.ec2_code("CreateSecurityGroup", input.clone()), code, "{input}");
    }
}

/// Error codes: DryRunOperation; the call would have succeeded, and nothing has happened.
#[test]
fn a_dry_run_changes_nothing_and_says_that_it_would_have() {
    let sim = Sim::new();
    let input = json!({"GroupName": "app", "Description": "d", "VpcId": seed::VPC, "DryRun": true});
    let fault = sim.try_ec2("CreateSecurityGroup", input).unwrap_err();
    assert_eq!((fault.code.as_str(), fault.status), ("DryRunOperation", 412));
    let id = sim.group("app");
    assert_eq!(
        sim.ec2_code("DeleteSecurityGroup", json!({"GroupId": id, "DryRun": true})),
        "DryRunOperation"
    );
    let rule = json!([{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}]);
    let input = json!({"GroupId": id, "IpPermissions": rule, "DryRun": true});
    assert_eq!(sim.ec2_code("AuthorizeSecurityGroupIngress", input), "DryRunOperation");
    let group = sim.ec2("DescribeSecurityGroups", json!({"GroupIds": [id]}));
    assert_eq!(group["SecurityGroups"][0]["IpPermissions"], json!([]));
}

/// VPC quotas: 2500 security groups a region.
#[test]
fn the_2501st_group_of_a_region_is_refused() {
    let sim = Sim::new();
    let there = length(&sim.ec2("DescribeSecurityGroups", json!({})), "/SecurityGroups");
    for n in there..2500 {
        sim.group(&format!("g{n}"));
    }
    let input = json!({"GroupName": "one-more", "Description": "d", "VpcId": seed::VPC});
    assert_eq!(sim.ec2_code("CreateSecurityGroup", input.clone()), "SecurityGroupLimitExceeded");
    sim.world.lock().unwrap().options.quotas = Quotas::off();
    sim.ec2("CreateSecurityGroup", input);
}

/// botocore, DeleteSecurityGroup: `DependencyViolation` if another group refers to it.
#[test]
fn a_group_that_another_group_refers_to_cannot_be_deleted() {
    let sim = Sim::new();
    let (a, b) = (sim.group("a"), sim.group("b"));
    sim.admit(&a, &b, 80);
    sim.admit(&b, &b, 80);
    let fault = sim.try_ec2("DeleteSecurityGroup", json!({"GroupId": b})).unwrap_err();
    assert_eq!(fault.code, "DependencyViolation");
    assert_eq!(fault.message, format!("resource {b} has a dependent object"));
    sim.ec2("DeleteSecurityGroup", json!({"GroupId": a}));
    let deleted = sim.ec2("DeleteSecurityGroup", json!({"GroupId": b}));
    assert_eq!(deleted, json!({"Return": true, "GroupId": b}));
    assert_eq!(sim.ec2_code("DeleteSecurityGroup", json!({"GroupId": b})), "InvalidGroup.NotFound");
}

/// botocore, DeleteSecurityGroup: not while an interface has it. That interfaces outlive their owner is
/// inferred from terraform-provider-aws, which waits for those of load balancers.
#[test]
fn a_group_on_an_interface_cannot_be_deleted_until_the_interface_is_gone() {
    let sim = Sim::new();
    let group = sim.group("a");
    let eni = sim.with(|call| {
        let spec = NewInterface {
            subnet: seed::SUBNETS[0].to_owned(),
            groups: vec![group.clone()],
            description: "VPC link".to_owned(),
            interface_type: "interface".to_owned(),
            requester: "amazon".to_owned(),
            owner: "link".to_owned(),
            ip: None,
            tags: Tags::new(),
        };
        network_interface::attach(&mut call.region.ec2, call.ids, spec, &call.options.quotas).unwrap()
    });
    let delete = json!({"GroupId": group});
    assert_eq!(sim.ec2_code("DeleteSecurityGroup", delete.clone()), "DependencyViolation");
    let gone = SimTime(sim.clock.now().0 + 60_000);
    sim.with(|call| network_interface::release(&mut call.region.ec2, &eni, gone));
    sim.advance(59);
    assert_eq!(sim.ec2_code("DeleteSecurityGroup", delete.clone()), "DependencyViolation");
    sim.advance(1);
    sim.ec2("DeleteSecurityGroup", delete);
    let filter = json!({"Filters": [{"Name": "network-interface-id", "Values": [eni]}]});
    assert_eq!(length(&sim.ec2("DescribeNetworkInterfaces", filter), "/NetworkInterfaces"), 0);
}

/// Error codes: CannotDelete; and pods carry the cluster's group.
#[test]
fn the_default_group_and_the_pods_group_cannot_be_deleted() {
    let sim = Sim::new();
    let filter = json!({"Filters": [{"Name": "group-name", "Values": ["default"]}]});
    let default = string(&sim.ec2("DescribeSecurityGroups", filter), "/SecurityGroups/0/GroupId");
    assert_eq!(sim.ec2_code("DeleteSecurityGroup", json!({"GroupId": default})), "CannotDelete");
    let pods = json!({"GroupId": seed::CLUSTER_GROUP});
    assert_eq!(sim.ec2_code("DeleteSecurityGroup", pods), "DependencyViolation");
}

/// botocore, DescribeSecurityGroups: filters; MaxResults from 5 to 1000.
#[test]
fn groups_are_found_by_id_filters_and_pages() {
    let sim = Sim::new();
    for name in ["web-1", "web-2", "db-1"] {
        sim.group(name);
    }
    let find =
        |filters| length(&sim.ec2("DescribeSecurityGroups", json!({"Filters": filters})), "/SecurityGroups");
    assert_eq!(find(json!([{"Name": "group-name", "Values": ["web-*"]}])), 2);
    assert_eq!(find(json!([{"Name": "group-name", "Values": ["web-?", "db-1"]}])), 3);
    assert_eq!(find(json!([{"Name": "tag:Name", "Values": ["cluster"]}])), 1);
    assert_eq!(
        find(json!([{"Name": "tag-key", "Values": ["Name"]}, {"Name": "vpc-id", "Values": [seed::VPC]}])),
        2
    );
    assert_eq!(find(json!([{"Name": "ip-permission.to-port", "Values": ["5432"]}])), 1);
    assert_eq!(find(json!([{"Name": "ip-permission.group-name", "Values": ["eks-cluster-sg-lab"]}])), 2);
    let mut input = json!({"MaxResults": 5});
    let first = sim.ec2("DescribeSecurityGroups", input.clone());
    assert_eq!(length(&first, "/SecurityGroups"), 5);
    input["NextToken"] = first["NextToken"].clone();
    let second = sim.ec2("DescribeSecurityGroups", input.clone());
    assert_eq!((length(&second, "/SecurityGroups"), second.get("NextToken")), (1, None));
    input["NextToken"] = json!("x");
    assert_eq!(sim.ec2_code("DescribeSecurityGroups", input), "InvalidNextToken");
}

/// EC2 error codes: InvalidGroupId.Malformed, InvalidGroup.NotFound.
#[test]
fn ids_that_are_malformed_or_unknown_are_told_apart() {
    let sim = Sim::new();
    let ids = |ids| sim.try_ec2("DescribeSecurityGroups", json!({"GroupIds": ids})).unwrap_err();
    assert_eq!(ids(json!(["sg-xyz"])).code, "InvalidGroupId.Malformed");
    let one = ids(json!(["sg-0123456789abcdef0"]));
    assert_eq!(one.code, "InvalidGroup.NotFound");
    assert_eq!(one.message, "The security group 'sg-0123456789abcdef0' does not exist");
    let two = ids(json!(["sg-0123456789abcdef0", "sg-0123456789abcdef1", seed::CLUSTER_GROUP]));
    assert_eq!(two.message, "The security groups 'sg-0123456789abcdef0, sg-0123456789abcdef1' do not exist");
}

/// botocore: both tell of peered VPCs only.
#[test]
fn nothing_is_stale_or_referred_to_across_vpcs() {
    let sim = Sim::new();
    let stale = sim.ec2("DescribeStaleSecurityGroups", json!({"VpcId": seed::VPC}));
    assert_eq!(stale, json!({"StaleSecurityGroupSet": []}));
    let references = sim.ec2("DescribeSecurityGroupReferences", json!({"GroupId": [seed::CLUSTER_GROUP]}));
    assert_eq!(references, json!({"SecurityGroupReferenceSet": []}));
    let unknown = json!({"GroupId": ["sg-0123456789abcdef0"]});
    assert_eq!(sim.ec2_code("DescribeSecurityGroupReferences", unknown), "InvalidGroup.NotFound");
}
