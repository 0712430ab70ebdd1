use serde_json::{Value, json};

use crate::seed;
use crate::testing::{Sim, length, string};

fn tcp(from: i64, to: i64, cidr: &str) -> Value {
    json!({"IpProtocol": "tcp", "FromPort": from, "ToPort": to, "IpRanges": [{"CidrIp": cidr}]})
}

fn authorize(sim: &Sim, group: &str, permission: Value) -> Value {
    let input = json!({"GroupId": group, "IpPermissions": [permission]});
    sim.ec2("AuthorizeSecurityGroupIngress", input)
}

fn refused(sim: &Sim, group: &str, permission: Value) -> String {
    let input = json!({"GroupId": group, "IpPermissions": [permission]});
    let fault = sim.try_ec2("AuthorizeSecurityGroupIngress", input).unwrap_err();
    format!("{}: {}", fault.code, fault.message)
}

/// botocore, AuthorizeSecurityGroupIngress: each rule has an id, and the tags given to it.
#[test]
fn each_peer_of_a_permission_becomes_a_rule_with_its_own_id_and_tags() {
    let sim = Sim::new();
    let group = sim.group("a");
    let input = json!({
        "GroupId": group,
        "IpPermissions": [{
            "IpProtocol": "TCP", "FromPort": 80, "ToPort": 81,
            "IpRanges": [{"CidrIp": "10.1.2.3/16", "Description": "office"}],
            "Ipv6Ranges": [{"CidrIpv6": "2001:db8::1/32"}],
            "UserIdGroupPairs": [{"GroupId": seed::CLUSTER_GROUP}],
            "PrefixListIds": [{"PrefixListId": "pl-6ea54007"}],
        }],
        "TagSpecifications": [{"ResourceType": "security-group-rule", "Tags": [{"Key": "k", "Value": "v"}]}],
    });
    let made = sim.ec2("AuthorizeSecurityGroupIngress", input);
    assert_eq!((made["Return"].clone(), length(&made, "/SecurityGroupRules")), (json!(true), 4));
    let filter = json!({"Filters": [
        {"Name": "group-id", "Values": [group]}, {"Name": "tag:k", "Values": ["v"]},
    ]});
    let rules = sim.ec2("DescribeSecurityGroupRules", filter);
    assert_eq!(rules["SecurityGroupRules"], made["SecurityGroupRules"]);
    let rules = rules["SecurityGroupRules"].as_array().unwrap().clone();
    // AWS canonicalises blocks (botocore, IpRange.CidrIp).
    let v4 = rules.iter().find(|r| r["CidrIpv4"] == "10.1.0.0/16").unwrap();
    assert_eq!(
        (v4["IpProtocol"].clone(), v4["FromPort"].clone(), v4["ToPort"].clone(), v4["Description"].clone()),
        (json!("tcp"), json!(80), json!(81), json!("office"))
    );
    assert!(rules.iter().any(|r| r["CidrIpv6"] == "2001:db8::/32"));
    assert!(rules.iter().any(|r| r["ReferencedGroupInfo"]["GroupId"] == seed::CLUSTER_GROUP));
    assert!(rules.iter().any(|r| r["PrefixListId"] == "pl-6ea54007"));
    let one = sim.ec2("DescribeSecurityGroups", json!({"GroupIds": [group]}));
    let permissions = &one["SecurityGroups"][0]["IpPermissions"];
    assert_eq!((length(permissions, ""), length(permissions, "/0/IpRanges")), (1, 1));
}

/// Messages as AWS words them (hashicorp/terraform and others report them verbatim).
#[test]
fn what_cannot_be_a_rule_is_refused_with_its_reason() {
    let sim = Sim::new();
    let group = sim.group("a");
    for (permission, said) in [
        (tcp(80, 80, "10.0.0.0/33"), "InvalidParameterValue: CIDR block 10.0.0.0/33 is malformed"),
        (tcp(80, 80, "10.0.0.1"), "InvalidParameterValue: CIDR block 10.0.0.1 is malformed"),
        (tcp(90, 80, "10.0.0.0/8"), "InvalidParameterValue: Invalid TCP/UDP port range (90:80)"),
        (tcp(0, 65536, "10.0.0.0/8"), "InvalidParameterValue: TCP/UDP port (65536) out of range"),
        (
            json!({"IpProtocol": "tcp", "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}),
            "InvalidParameterValue: Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.",
        ),
        (
            json!({"IpProtocol": "quic", "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}),
            "InvalidParameterValue: Invalid value 'quic' for IP protocol. Unknown protocol.",
        ),
        (
            json!({"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-0123456789abcdef0"}]}),
            "InvalidGroup.NotFound: The security group 'sg-0123456789abcdef0' does not exist",
        ),
        (json!({"IpProtocol": "-1", "UserIdGroupPairs": [{}]}), "MissingParameter: Source group ID missing."),
        (
            json!({"IpProtocol": "-1", "PrefixListIds": [{"PrefixListId": "pl-12345678"}]}),
            "InvalidPrefixListID.NotFound: The prefix list ID 'pl-12345678' does not exist",
        ),
        (
            json!({"IpProtocol": "icmp", "FromPort": -1, "ToPort": 3, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}),
            "InvalidParameterValue: ICMP code (3) given for all ICMP types; it must be -1",
        ),
    ] {
        assert_eq!(refused(&sim, &group, permission), said);
    }
    let said = refused(&sim, &group, json!({"IpProtocol": "-1"}));
    assert!(said.starts_with("MissingParameter: "), "{said}");
}

/// VPC user guide, "Security group referencing": groups of the same VPC or a peered one, and here are no
/// peers.
#[test]
fn a_group_of_another_vpc_cannot_be_referred_to() {
    let sim = Sim::new();
    let other = string(&sim.ec2("CreateVpc", json!({"CidrBlock": "10.9.0.0/16"})), "/Vpc/VpcId");
    let input = json!({"GroupName": "far", "Description": "d", "VpcId": other});
    let far = string(&sim.ec2("CreateSecurityGroup", input), "/GroupId");
    let near = sim.group("near");
    let permission = json!({"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": far}]});
    let said = "InvalidGroup.NotFound: You have specified two resources that belong to different networks.";
    assert_eq!(refused(&sim, &near, permission), said);
}

/// Error codes: InvalidPermission.Duplicate; whole calls succeed or fail.
#[test]
fn a_rule_that_exists_is_a_duplicate_whatever_its_description_and_nothing_is_added() {
    let sim = Sim::new();
    let group = sim.group("a");
    authorize(&sim, &group, tcp(80, 80, "10.0.0.0/8"));
    let input = json!({"GroupId": group, "IpPermissions": [
        tcp(443, 443, "10.0.0.0/8"),
        {"IpProtocol": "6", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "10.9.9.9/8", "Description": "x"}]},
    ]});
    let fault = sim.try_ec2("AuthorizeSecurityGroupIngress", input).unwrap_err();
    assert_eq!(fault.code, "InvalidPermission.Duplicate");
    let said =
        "the specified rule \"peer: 10.0.0.0/8, TCP, from port: 80, to port: 80, ALLOW\" already exists";
    assert_eq!(fault.message, said);
    let filter = json!({"Filters": [{"Name": "group-id", "Values": [group]}]});
    assert_eq!(length(&sim.ec2("DescribeSecurityGroupRules", filter), "/SecurityGroupRules"), 2);
    // lucidsoftware/cumulus issue 101: the default outbound rule.
    let all = json!({"GroupId": group, "IpPermissions": [
        {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ]});
    let fault = sim.try_ec2("AuthorizeSecurityGroupEgress", all).unwrap_err();
    assert_eq!(fault.message, "the specified rule \"peer: 0.0.0.0/0, ALL, ALLOW\" already exists");
    let twice =
        json!({"GroupId": group, "IpPermissions": [tcp(1, 1, "10.0.0.0/8"), tcp(1, 1, "10.0.0.0/8")]});
    let fault = sim.try_ec2("AuthorizeSecurityGroupIngress", twice).unwrap_err();
    assert_eq!(fault.message, "The same permission must not appear multiple times");
}

/// VPC quotas: 60 a direction, for IPv4 and IPv6 apart; a group counts for both, a prefix list for
/// as many as it may have.
#[test]
fn rules_are_limited_for_each_direction_and_family() {
    let sim = Sim::new();
    let group = sim.group("a");
    for port in 1..=60 {
        authorize(&sim, &group, tcp(port, port, "10.0.0.0/8"));
    }
    let full = "RulesPerSecurityGroupLimitExceeded: The maximum number of rules per security group has been reached.";
    assert_eq!(refused(&sim, &group, tcp(61, 61, "10.0.0.0/8")), full);
    let pair = json!({"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]});
    assert_eq!(refused(&sim, &group, pair), full);
    authorize(&sim, &group, json!({"IpProtocol": "-1", "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}));
    let out = json!({"GroupId": group, "IpPermissions": [tcp(61, 61, "10.0.0.0/8")]});
    sim.ec2("AuthorizeSecurityGroupEgress", out);
    let other = sim.group("b");
    let list = |port: i64| json!({"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "PrefixListIds": [{"PrefixListId": "pl-6ea54007"}]});
    for port in 1..=3 {
        authorize(&sim, &other, list(port));
    }
    assert_eq!(refused(&sim, &other, list(4)), full);
}

/// botocore, IpPermission.IpProtocol: other protocols have all ports whatever was given.
#[test]
fn protocols_without_ports_have_none_in_permissions_and_minus_one_in_rules() {
    let sim = Sim::new();
    let group = sim.group("a");
    let esp = json!({"IpProtocol": "50", "FromPort": 1, "ToPort": 2, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]});
    let made = authorize(&sim, &group, esp);
    assert_eq!(made["SecurityGroupRules"][0]["FromPort"], -1);
    let v6 = json!({"IpProtocol": "58", "Ipv6Ranges": [{"CidrIpv6": "::/0"}]});
    let made = authorize(&sim, &group, v6);
    assert_eq!(made["SecurityGroupRules"][0]["IpProtocol"], "icmpv6");
    let groups = sim.ec2("DescribeSecurityGroups", json!({"GroupIds": [group]}));
    let permissions = groups["SecurityGroups"][0]["IpPermissions"].as_array().unwrap().clone();
    let of = |name: &str| permissions.iter().find(|p| p["IpProtocol"] == name).unwrap().clone();
    assert_eq!(of("50").get("FromPort"), None);
    assert_eq!(of("icmpv6")["FromPort"], -1);
}

/// botocore, RevokeSecurityGroupIngress: in a VPC that is not a default one a rule that does not
/// exist is an error and nothing is revoked.
#[test]
fn rules_are_revoked_by_id_or_by_what_they_allow_all_or_none() {
    let sim = Sim::new();
    let group = sim.group("a");
    let made = authorize(&sim, &group, tcp(80, 80, "10.0.0.0/8"));
    let id = string(&made, "/SecurityGroupRules/0/SecurityGroupRuleId");
    authorize(&sim, &group, tcp(81, 81, "10.0.0.0/8"));
    let some =
        json!({"GroupId": group, "IpPermissions": [tcp(81, 81, "10.0.0.0/8"), tcp(82, 82, "10.0.0.0/8")]});
    assert_eq!(sim.ec2_code("RevokeSecurityGroupIngress", some), "InvalidPermission.NotFound");
    // A description does not matter.
    let described = json!({"IpProtocol": "tcp", "FromPort": 81, "ToPort": 81,
        "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "whatever"}]});
    let one = json!({"GroupId": group, "IpPermissions": [described]});
    let revoked = sim.ec2("RevokeSecurityGroupIngress", one);
    assert_eq!(revoked["RevokedSecurityGroupRules"][0]["CidrIpv4"], "10.0.0.0/8");
    let wrong_way = json!({"GroupId": group, "SecurityGroupRuleIds": [id]});
    let code = sim.ec2_code("RevokeSecurityGroupEgress", wrong_way.clone());
    assert_eq!(code, "InvalidSecurityGroupRuleId.NotFound");
    sim.ec2("RevokeSecurityGroupIngress", wrong_way.clone());
    assert_eq!(sim.ec2_code("RevokeSecurityGroupIngress", wrong_way), "InvalidSecurityGroupRuleId.NotFound");
    let malformed = json!({"GroupId": group, "SecurityGroupRuleIds": ["49.15.207.58/32"]});
    assert_eq!(sim.ec2_code("RevokeSecurityGroupIngress", malformed), "InvalidSecurityGroupRuleId.Malformed");
}

/// botocore, SecurityGroupRuleRequest: "When you modify a rule, you cannot change the rule type."
#[test]
fn a_rule_is_modified_in_place_but_not_into_another_kind_of_peer_nor_a_duplicate() {
    let sim = Sim::new();
    let group = sim.group("a");
    let made = authorize(&sim, &group, tcp(80, 80, "10.0.0.0/8"));
    let id = string(&made, "/SecurityGroupRules/0/SecurityGroupRuleId");
    authorize(&sim, &group, tcp(81, 81, "10.0.0.0/8"));
    let modify = |rule: Value| {
        let rules = json!([{"SecurityGroupRuleId": id, "SecurityGroupRule": rule}]);
        sim.try_ec2("ModifySecurityGroupRules", json!({"GroupId": group, "SecurityGroupRules": rules}))
    };
    let to =
        |port: i64| json!({"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIpv4": "10.0.0.0/8"});
    modify(to(90)).unwrap();
    let rules = sim.ec2("DescribeSecurityGroupRules", json!({"SecurityGroupRuleIds": [id]}));
    assert_eq!(rules["SecurityGroupRules"][0]["FromPort"], 90);
    modify(to(90)).unwrap();
    assert_eq!(modify(to(81)).unwrap_err().code, "InvalidPermission.Duplicate");
    let group_peer = json!({"IpProtocol": "-1", "ReferencedGroupId": seed::CLUSTER_GROUP});
    assert_eq!(modify(group_peer).unwrap_err().code, "InvalidParameterValue");
    let no_peer = json!({"IpProtocol": "-1"});
    assert_eq!(modify(no_peer).unwrap_err().code, "InvalidParameterCombination");
    let elsewhere =
        json!({"GroupId": seed::CLUSTER_GROUP, "SecurityGroupRules": [{"SecurityGroupRuleId": id}]});
    assert_eq!(sim.ec2_code("ModifySecurityGroupRules", elsewhere), "InvalidSecurityGroupRuleId.NotFound");
}

/// botocore, UpdateSecurityGroupRuleDescriptionsIngress: by permissions or by ids; omitted removes.
#[test]
fn descriptions_are_set_by_permission_and_by_rule_id_and_removed_by_leaving_them_out() {
    let sim = Sim::new();
    let group = sim.group("a");
    let made = authorize(&sim, &group, tcp(80, 80, "10.0.0.0/8"));
    let id = string(&made, "/SecurityGroupRules/0/SecurityGroupRuleId");
    let update = "UpdateSecurityGroupRuleDescriptionsIngress";
    let told = || {
        let rules = sim.ec2("DescribeSecurityGroupRules", json!({"SecurityGroupRuleIds": [id]}));
        rules["SecurityGroupRules"][0].get("Description").cloned()
    };
    let by_id = json!({"GroupId": group,
        "SecurityGroupRuleDescriptions": [{"SecurityGroupRuleId": id, "Description": "office"}]});
    assert_eq!(sim.ec2(update, by_id.clone()), json!({"Return": true}));
    assert_eq!(told(), Some(json!("office")));
    sim.ec2(update, json!({"GroupId": group, "IpPermissions": [tcp(80, 80, "10.0.0.0/8")]}));
    assert_eq!(told(), None);
    let unknown = json!({"GroupId": group, "IpPermissions": [tcp(81, 81, "10.0.0.0/8")]});
    assert_eq!(sim.ec2_code(update, unknown), "InvalidPermission.NotFound");
    let code = sim.ec2_code("UpdateSecurityGroupRuleDescriptionsEgress", by_id);
    assert_eq!(code, "InvalidSecurityGroupRuleId.NotFound");
    let bad = json!({"GroupId": group,
        "SecurityGroupRuleDescriptions": [{"SecurityGroupRuleId": id, "Description": "<b>"}]});
    assert_eq!(sim.ec2_code(update, bad), "InvalidParameterValue");
}

/// The members of the call that came before IpPermissions.
#[test]
fn a_single_rule_can_be_given_flat() {
    let sim = Sim::new();
    let group = sim.group("a");
    let flat =
        json!({"GroupId": group, "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "10.0.0.0/8"});
    sim.ec2("AuthorizeSecurityGroupIngress", flat.clone());
    sim.ec2("RevokeSecurityGroupIngress", flat);
    // aws/aws-cli issue 743: names are for default VPCs.
    let named = json!({"GroupName": "a", "IpProtocol": "-1", "CidrIp": "10.0.0.0/8"});
    assert_eq!(sim.ec2_code("AuthorizeSecurityGroupIngress", named), "InvalidParameterValue");
}
