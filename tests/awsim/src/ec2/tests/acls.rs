use serde_json::{Value, json};

use crate::ec2::packet::{End, Hop, allows};
use crate::seed;
use crate::testing::{Sim, length, string};

fn make(sim: &Sim) -> String {
    string(&sim.ec2("CreateNetworkAcl", json!({"VpcId": seed::VPC})), "/NetworkAcl/NetworkAclId")
}

fn of_subnet(sim: &Sim, subnet: &str) -> Value {
    let filter = json!({"Filters": [{"Name": "association.subnet-id", "Values": [subnet]}]});
    sim.ec2("DescribeNetworkAcls", filter)["NetworkAcls"][0].clone()
}

fn association(sim: &Sim, subnet: &str) -> String {
    let acl = of_subnet(sim, subnet);
    let associations = acl["Associations"].as_array().unwrap();
    let found = associations.iter().find(|a| a["SubnetId"] == subnet).unwrap();
    string(found, "/NetworkAclAssociationId")
}

fn entry(acl: &str, number: i64, egress: bool, action: &str) -> Value {
    json!({"NetworkAclId": acl, "RuleNumber": number, "Egress": egress, "RuleAction": action,
        "Protocol": "6", "PortRange": {"From": 80, "To": 80}, "CidrBlock": "10.0.1.7/16"})
}

/// VPC user guide, "Custom network ACLs": a new one denies everything; its last entry stays.
#[test]
fn a_new_acl_denies_everything_and_entries_are_numbered() {
    let sim = Sim::new();
    let acl = make(&sim);
    let told = || sim.ec2("DescribeNetworkAcls", json!({"NetworkAclIds": [acl]}))["NetworkAcls"][0].clone();
    assert_eq!((told()["IsDefault"].clone(), length(&told(), "/Entries")), (json!(false), 2));
    sim.ec2("CreateNetworkAclEntry", entry(&acl, 100, false, "allow"));
    sim.ec2("CreateNetworkAclEntry", entry(&acl, 100, true, "allow"));
    // botocore, CreateNetworkAclEntry.CidrBlock: made canonical.
    assert_eq!(
        told()["Entries"][2],
        json!({"CidrBlock": "10.0.0.0/16", "Egress": false, "Protocol": "6", "RuleAction": "allow",
            "RuleNumber": 100, "PortRange": {"From": 80, "To": 80}})
    );
    sim.ec2("ReplaceNetworkAclEntry", entry(&acl, 100, false, "deny"));
    assert_eq!(told()["Entries"][2]["RuleAction"], "deny");
    sim.ec2("DeleteNetworkAclEntry", json!({"NetworkAclId": acl, "RuleNumber": 100, "Egress": false}));
    assert_eq!(length(&told(), "/Entries"), 3);
}

/// EC2 error codes; moto (words of NetworkAclEntryAlreadyExists, as AWS's managed services print
/// them); VPC quotas: 20 entries a direction.
#[test]
fn entries_that_cannot_be_are_refused() {
    let sim = Sim::new();
    let acl = make(&sim);
    sim.ec2("CreateNetworkAclEntry", entry(&acl, 100, false, "allow"));
    let fault = sim.try_ec2("CreateNetworkAclEntry", entry(&acl, 100, false, "deny")).unwrap_err();
    assert_eq!(fault.code, "NetworkAclEntryAlreadyExists");
    assert_eq!(fault.message, "The network acl entry identified by 100 already exists.");
    for (member, value, code) in [
        ("NetworkAclId", json!("acl-12345678"), "InvalidNetworkAclID.NotFound"),
        ("NetworkAclId", json!("nonsense"), "InvalidNetworkAclId.Malformed"),
        ("RuleNumber", json!(0), "InvalidParameterValue"),
        ("RuleNumber", json!(32767), "InvalidParameterValue"),
        ("Protocol", json!("none"), "InvalidParameterValue"),
        ("Protocol", json!("1"), "MissingParameter"),
        ("PortRange", json!({"From": 80}), "MissingParameter"),
        ("PortRange", json!({"From": 81, "To": 80}), "InvalidParameterValue"),
        ("PortRange", json!({"From": 80, "To": 65536}), "InvalidParameterValue"),
        ("CidrBlock", json!("10.0.0/16"), "InvalidParameterValue"),
        ("CidrBlock", Value::Null, "MissingParameter"),
        ("Ipv6CidrBlock", json!("::/0"), "InvalidParameterCombination"),
        ("DryRun", json!(true), "DryRunOperation"),
    ] {
        let mut input = entry(&acl, 110, false, "allow");
        input[member] = value;
        assert_eq!(sim.ec2_code("CreateNetworkAclEntry", input.clone()), code, "{input}");
    }
    let missing = entry(&acl, 110, false, "allow");
    assert_eq!(sim.ec2_code("ReplaceNetworkAclEntry", missing), "InvalidNetworkAclEntry.NotFound");
    let missing = json!({"NetworkAclId": acl, "RuleNumber": 100, "Egress": true});
    assert_eq!(sim.ec2_code("DeleteNetworkAclEntry", missing), "InvalidNetworkAclEntry.NotFound");
    for number in 1..20 {
        sim.ec2("CreateNetworkAclEntry", entry(&acl, number, false, "allow"));
    }
    let one_more = entry(&acl, 20, false, "allow");
    assert_eq!(sim.ec2_code("CreateNetworkAclEntry", one_more), "NetworkAclEntryLimitExceeded");
    sim.ec2("CreateNetworkAclEntry", entry(&acl, 20, true, "allow"));
}

/// botocore, ReplaceNetworkAclAssociation and DeleteNetworkAcl; EC2 error codes
/// (InvalidAssociationID.NotFound); field logs (the default ACL).
#[test]
fn a_subnet_has_one_acl_and_an_acl_in_use_is_not_deleted() {
    let sim = Sim::new();
    let (acl, subnet) = (make(&sim), seed::SUBNETS[0]);
    let old = association(&sim, subnet);
    let input = json!({"AssociationId": old, "NetworkAclId": acl});
    let new = string(&sim.ec2("ReplaceNetworkAclAssociation", input.clone()), "/NewAssociationId");
    assert_ne!(new, old);
    assert_eq!(of_subnet(&sim, subnet)["NetworkAclId"], json!(acl));
    assert_eq!(sim.ec2_code("ReplaceNetworkAclAssociation", input), "InvalidAssociationID.NotFound");
    let fault = sim.try_ec2("DeleteNetworkAcl", json!({"NetworkAclId": acl})).unwrap_err();
    assert_eq!(fault.code, "DependencyViolation");
    assert_eq!(fault.message, format!("The networkAcl '{acl}' has dependencies and cannot be deleted."));
    let default = string(&of_subnet(&sim, seed::SUBNETS[1]), "/NetworkAclId");
    let fault = sim.try_ec2("DeleteNetworkAcl", json!({"NetworkAclId": default})).unwrap_err();
    assert_eq!(
        (fault.code, fault.message),
        ("InvalidParameterValue".to_owned(), format!("cannot delete default network ACL {default}"))
    );
    sim.ec2("ReplaceNetworkAclAssociation", json!({"AssociationId": new, "NetworkAclId": default}));
    assert_eq!(length(&of_subnet(&sim, subnet), "/Associations"), 3);
    sim.ec2("DeleteNetworkAcl", json!({"NetworkAclId": acl}));
    assert_eq!(
        sim.ec2_code("DeleteNetworkAcl", json!({"NetworkAclId": acl})),
        "InvalidNetworkAclID.NotFound"
    );
}

/// botocore, DeleteVpc: what is associated with a VPC goes before it, but for its defaults.
#[test]
fn a_vpc_is_not_deleted_while_an_acl_of_its_own_is_there() {
    let sim = Sim::new();
    let vpc = string(&sim.ec2("CreateVpc", json!({"CidrBlock": "10.9.0.0/16"})), "/Vpc/VpcId");
    let made = sim.ec2("CreateNetworkAcl", json!({"VpcId": vpc, "ClientToken": "t"}));
    assert_eq!(sim.ec2("CreateNetworkAcl", json!({"VpcId": vpc, "ClientToken": "t"})), made);
    assert_eq!(sim.ec2_code("DeleteVpc", json!({"VpcId": vpc})), "DependencyViolation");
    sim.ec2("DeleteNetworkAcl", json!({"NetworkAclId": made["NetworkAcl"]["NetworkAclId"]}));
    let table = sim.ec2("CreateRouteTable", json!({"VpcId": vpc}));
    assert_eq!(sim.ec2_code("DeleteVpc", json!({"VpcId": vpc})), "DependencyViolation");
    sim.ec2("DeleteRouteTable", json!({"RouteTableId": table["RouteTable"]["RouteTableId"]}));
    sim.ec2("DeleteVpc", json!({"VpcId": vpc}));
}

/// botocore, DescribeNetworkAcls: filters.
#[test]
fn acls_are_found_by_what_their_entries_say() {
    let sim = Sim::new();
    let acl = make(&sim);
    sim.ec2("CreateNetworkAclEntry", entry(&acl, 100, false, "allow"));
    let mut ping = entry(&acl, 110, false, "deny");
    ping["Protocol"] = json!("icmp");
    ping["IcmpTypeCode"] = json!({"Type": 8, "Code": -1});
    sim.ec2("CreateNetworkAclEntry", ping);
    let mut six = entry(&acl, 120, false, "deny");
    six["CidrBlock"] = Value::Null;
    six["Ipv6CidrBlock"] = json!("::/0");
    sim.ec2("CreateNetworkAclEntry", six);
    for (name, value, found) in [
        ("entry.protocol", "tcp", 1),
        ("entry.protocol", "6", 1),
        ("entry.protocol", "-1", 2),
        ("entry.port-range.from", "80", 1),
        ("entry.port-range.to", "443", 0),
        ("entry.icmp.type", "8", 1),
        ("entry.icmp.code", "-1", 1),
        ("entry.ipv6-cidr", "::/0", 1),
        ("entry.cidr", "10.0.0.0/16", 1),
        ("entry.egress", "true", 2),
        ("entry.rule-number", "32767", 2),
        ("entry.rule-action", "allow", 2),
        ("default", "false", 1),
        ("association.network-acl-id", &acl, 0),
        ("network-acl-id", &acl, 1),
    ] {
        let filters = json!([{"Name": name, "Values": [value]}]);
        let told = sim.ec2("DescribeNetworkAcls", json!({"Filters": filters}));
        assert_eq!(length(&told, "/NetworkAcls"), found, "{name} {value}");
    }
}

/// VPC user guide, "Network ACL basics": stateless, in order of numbers, between subnets only.
#[test]
fn acls_let_packets_and_their_answers_pass_between_subnets_or_not() {
    let sim = Sim::new();
    let acl = make(&sim);
    let old = association(&sim, seed::SUBNETS[1]);
    sim.ec2("ReplaceNetworkAclAssociation", json!({"AssociationId": old, "NetworkAclId": acl}));
    let end = |ip: [u8; 4]| End { ip: ip.into(), groups: Vec::new() };
    let (here, there) = (end([10, 0, 0, 4]), end([10, 0, 16, 4]));
    let refused_by = |from: &End, to: &End| match sim.with(|call| allows(&call.region.ec2, from, to, 80)) {
        Ok(()) => None,
        Err(Hop::Acl { subnet, port, .. }) => Some((subnet, port)),
        Err(other) => panic!("{other}"),
    };
    let subnet = seed::SUBNETS[1].to_owned();
    assert_eq!(refused_by(&here, &there), Some((subnet.clone(), 80)));
    sim.ec2("CreateNetworkAclEntry", entry(&acl, 100, false, "allow"));
    // The answer goes to a port that is not 80.
    assert!(matches!(refused_by(&here, &there), Some((s, port)) if s == subnet && port > 1024));
    let mut answers = entry(&acl, 100, true, "allow");
    answers["PortRange"] = json!({"From": 1024, "To": 65535});
    sim.ec2("CreateNetworkAclEntry", answers);
    assert_eq!(refused_by(&here, &there), None);
    sim.ec2("CreateNetworkAclEntry", entry(&acl, 90, false, "deny"));
    assert_eq!(refused_by(&here, &there), Some((subnet, 80)));
    assert_eq!(refused_by(&end([10, 0, 16, 5]), &there), None, "within a subnet no ACL is asked");
    assert_eq!(refused_by(&here, &end([10, 0, 32, 4])), None, "the default ACL lets everything pass");
}
