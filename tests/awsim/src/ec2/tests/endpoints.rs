use serde_json::{Value, json};

use crate::ec2::vpc_endpoint;
use crate::quota::Quotas;
use crate::seed;
use crate::testing::{Sim, length, string};

const SECRETS: &str = "com.amazonaws.eu-central-1.secretsmanager";
const S3: &str = "com.amazonaws.eu-central-1.s3";

/// An interface endpoint for Secrets Manager in the seed's first two subnets.
fn interface() -> Value {
    json!({
        "VpcId": seed::VPC, "VpcEndpointType": "Interface", "ServiceName": SECRETS,
        "SubnetIds": [seed::SUBNETS[0], seed::SUBNETS[1]],
    })
}

fn with(mut input: Value, member: &str, value: Value) -> Value {
    input[member] = value;
    input
}

fn make(sim: &Sim, input: Value) -> String {
    string(&sim.ec2("CreateVpcEndpoint", input), "/VpcEndpoint/VpcEndpointId")
}

fn make_ready(sim: &Sim, input: Value) -> String {
    let id = make(sim, input);
    sim.advance(90);
    id
}

fn told(sim: &Sim, id: &str) -> Value {
    sim.ec2("DescribeVpcEndpoints", json!({"VpcEndpointIds": [id]}))["VpcEndpoints"][0].clone()
}

fn modify(id: &str, member: &str, value: Value) -> Value {
    with(json!({"VpcEndpointId": id}), member, value)
}

/// Field logs of CreateVpcEndpoint: one interface a subnet, the VPC's default group, the policy that
/// lets everything through, names of its own for region and zones; with private DNS the service's.
#[test]
fn an_interface_endpoint_has_an_interface_a_subnet_and_names() {
    let sim = Sim::new();
    let made = sim.ec2("CreateVpcEndpoint", interface())["VpcEndpoint"].clone();
    let id = string(&made, "/VpcEndpointId");
    assert_eq!((made["State"].clone(), made["PrivateDnsEnabled"].clone()), (json!("pending"), json!(true)));
    assert_eq!(made["Groups"][0]["GroupName"], "default");
    assert!(string(&made, "/PolicyDocument").contains("\"Principal\": \"*\""));
    let names: Vec<String> = (0..4).map(|n| string(&made, &format!("/DnsEntries/{n}/DnsName"))).collect();
    let own = "secretsmanager.eu-central-1.vpce.amazonaws.com";
    assert!(names[0].starts_with(&format!("{id}-")) && names[0].ends_with(own), "{names:?}");
    assert!(names[2].ends_with(&format!("-eu-central-1b.{own}")), "{names:?}");
    assert_eq!(names[3], "secretsmanager.eu-central-1.amazonaws.com");
    let filter =
        json!({"Filters": [{"Name": "description", "Values": [format!("VPC Endpoint Interface {id}")]}]});
    let interfaces = sim.ec2("DescribeNetworkInterfaces", filter);
    assert_eq!(length(&interfaces, "/NetworkInterfaces"), 2);
    assert_eq!(interfaces["NetworkInterfaces"][0]["InterfaceType"], "vpc_endpoint");
    assert_eq!(interfaces["NetworkInterfaces"][0]["RequesterManaged"], true);
    sim.advance(89);
    assert_eq!(told(&sim, &id)["State"], "pending");
    sim.advance(1);
    assert_eq!(told(&sim, &id)["State"], "available");
}

/// VPC user guide: an address is one interface's. An endpoint's count as a load balancer's do.
#[test]
fn the_addresses_of_endpoints_are_taken() {
    let sim = Sim::new();
    let free = || {
        let subnet = sim.ec2("DescribeSubnets", json!({"SubnetIds": [seed::SUBNETS[0]]}));
        subnet["Subnets"][0]["AvailableIpAddressCount"].as_u64().unwrap()
    };
    let before = free();
    let chosen = json!([{"SubnetId": seed::SUBNETS[0], "Ipv4": "10.0.0.77"}]);
    make(&sim, with(interface(), "SubnetConfigurations", chosen.clone()));
    assert_eq!(free(), before - 1);
    let own = json!({"SubnetId": seed::SUBNETS[0], "PrivateIpAddress": "10.0.0.77"});
    assert_eq!(sim.ec2_code("CreateNetworkInterface", own), "InvalidIPAddress.InUse");
    let again = with(with(interface(), "SubnetConfigurations", chosen), "PrivateDnsEnabled", json!(false));
    assert_eq!(sim.ec2_code("CreateVpcEndpoint", again), "InvalidIPAddress.InUse");
    assert_eq!(length(&sim.ec2("DescribeVpcEndpoints", json!({})), "/VpcEndpoints"), 1);
}

/// EC2 developer guide, "Ensuring idempotency".
#[test]
fn a_token_gives_the_same_endpoint_and_no_other_parameters() {
    let sim = Sim::new();
    let input = with(interface(), "ClientToken", json!("t1"));
    let first = sim.ec2("CreateVpcEndpoint", input.clone());
    assert_eq!(first["ClientToken"], "t1");
    assert_eq!(sim.ec2("CreateVpcEndpoint", input.clone()), first);
    let other = with(input.clone(), "SubnetIds", json!([seed::SUBNETS[0]]));
    assert_eq!(sim.ec2_code("CreateVpcEndpoint", other), "IdempotentParameterMismatch");
    let long = with(input.clone(), "ClientToken", json!("t".repeat(65)));
    assert_eq!(sim.ec2_code("CreateVpcEndpoint", long), "InvalidClientToken");
    let id = string(&first, "/VpcEndpoint/VpcEndpointId");
    sim.ec2("DeleteVpcEndpoints", json!({"VpcEndpointIds": [id]}));
    sim.advance(60);
    assert_ne!(make(&sim, input), id, "what is gone is made anew");
}

/// terraform-provider-aws 17535, cfn-lint 4492, 37783; GuardDuty's troubleshooting (DNS attributes);
/// field logs (DynamoDB has no private name).
#[test]
fn private_dns_is_on_by_default_and_only_once_a_service_and_vpc() {
    let sim = Sim::new();
    make(&sim, interface());
    let second = with(interface(), "SubnetIds", json!([seed::SUBNETS[2]]));
    let fault = sim.try_ec2("CreateVpcEndpoint", second.clone()).unwrap_err();
    assert_eq!(fault.code, "InvalidParameter");
    assert_eq!(
        fault.message,
        format!(
            "private-dns-enabled cannot be set because there is already a conflicting DNS domain for \
             secretsmanager.eu-central-1.amazonaws.com in the VPC {}",
            seed::VPC
        )
    );
    let id = make_ready(&sim, with(second, "PrivateDnsEnabled", json!(false)));
    assert_eq!(told(&sim, &id)["PrivateDnsEnabled"], false);
    assert_eq!(length(&told(&sim, &id), "/DnsEntries"), 2);
    let on = modify(&id, "PrivateDnsEnabled", json!(true));
    assert_eq!(sim.ec2_code("ModifyVpcEndpoint", on), "InvalidParameter");
    sim.ec2("ModifyVpcAttribute", json!({"VpcId": seed::VPC, "EnableDnsHostnames": {"Value": false}}));
    let kms = with(interface(), "ServiceName", json!("com.amazonaws.eu-central-1.kms"));
    let fault = sim.try_ec2("CreateVpcEndpoint", kms).unwrap_err();
    assert!(fault.message.starts_with("Enabling private DNS requires both enableDnsSupport and"), "{fault}");
    let dynamodb = with(interface(), "ServiceName", json!("com.amazonaws.eu-central-1.dynamodb"));
    let fault = sim.try_ec2("CreateVpcEndpoint", with(dynamodb.clone(), "PrivateDnsEnabled", json!(true)));
    assert!(fault.unwrap_err().message.contains("does not provide a private DNS name"));
    make(&sim, dynamodb);
}

/// terraform-provider-aws 33689 and 32407: S3's private DNS wants a gateway endpoint beside it
/// unless it is told to answer everyone; 45846: no such option for gateway endpoints.
#[test]
fn private_dns_of_s3_needs_a_gateway_endpoint_unless_it_answers_everyone() {
    let sim = Sim::new();
    let s3 = with(interface(), "ServiceName", json!(S3));
    let fault = sim.try_ec2("CreateVpcEndpoint", s3.clone()).unwrap_err();
    assert!(fault.message.contains("must have a Gateway endpoint for the service"), "{fault}");
    let everyone = json!({"PrivateDnsOnlyForInboundResolverEndpoint": false});
    let id = make(&sim, with(s3.clone(), "DnsOptions", everyone.clone()));
    assert_eq!(told(&sim, &id)["DnsOptions"]["PrivateDnsOnlyForInboundResolverEndpoint"], false);
    sim.ec2("DeleteVpcEndpoints", json!({"VpcEndpointIds": [id]}));
    sim.advance(60);
    let gateway = json!({"VpcId": seed::VPC, "ServiceName": S3});
    let with_option = with(gateway.clone(), "DnsOptions", everyone);
    assert_eq!(sim.ec2_code("CreateVpcEndpoint", with_option), "InvalidParameter");
    make(&sim, gateway);
    let id = make(&sim, s3);
    let told = told(&sim, &id);
    assert_eq!(told["DnsOptions"]["PrivateDnsOnlyForInboundResolverEndpoint"], true);
    assert!(string(&told, "/DnsEntries/0/DnsName").starts_with("*.vpce-"));
}

/// terraform-provider-aws 37783: what Route 53 refuses a private zone for. And the state, whole.
#[test]
fn the_names_that_endpoints_answer_in_a_vpc_are_known() {
    let sim = Sim::new();
    make(&sim, interface());
    make(&sim, json!({"VpcId": seed::VPC, "ServiceName": S3, "ClientToken": "t"}));
    let names = sim.with(|call| vpc_endpoint::private_names(call.region, seed::VPC));
    let names: Vec<String> = names.into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["secretsmanager.eu-central-1.amazonaws.com"]);
    assert!(sim.with(|call| vpc_endpoint::private_names(call.region, "vpc-12345678")).is_empty());
    let state = sim.with(|call| call.region.ec2.to_json());
    assert_eq!(state["vpc_endpoints"].as_object().map(serde_json::Map::len), Some(2));
}

/// EC2 error codes: DuplicateSubnetsInSameZone, InvalidServiceName, InvalidPolicyDocument, ids; field
/// logs: the type that a service does not have.
#[test]
fn endpoints_that_cannot_be_are_refused() {
    let sim = Sim::new();
    let twin = sim.ec2(
        "CreateSubnet",
        json!({"VpcId": seed::VPC, "CidrBlock": "10.0.200.0/24", "AvailabilityZone": seed::ZONES[0]}),
    );
    let twin = string(&twin, "/Subnet/SubnetId");
    let vpc = string(&sim.ec2("CreateVpc", json!({"CidrBlock": "10.9.0.0/16"})), "/Vpc/VpcId");
    let foreign = string(
        &sim.ec2("CreateSubnet", json!({"VpcId": vpc, "CidrBlock": "10.9.0.0/24"})),
        "/Subnet/SubnetId",
    );
    let group = json!({"GroupName": "g", "Description": "d", "VpcId": vpc});
    let stranger = string(&sim.ec2("CreateSecurityGroup", group), "/GroupId");
    let six: Vec<String> = (0..6).map(|n| sim.group(&format!("g{n}"))).collect();
    for (member, value, code) in [
        ("VpcId", json!("vpc-12345678"), "InvalidVpcID.NotFound"),
        ("ServiceName", json!("com.amazonaws.eu-central-1.nothing"), "InvalidServiceName"),
        ("ServiceName", json!("com.amazonaws.us-east-1.kms"), "InvalidServiceName"),
        ("ServiceName", Value::Null, "MissingParameter"),
        ("VpcEndpointType", json!("Gateway"), "InvalidParameter"),
        ("VpcEndpointType", json!("Resource"), "NotImplemented"),
        ("IpAddressType", json!("dualstack"), "NotImplemented"),
        ("ServiceRegion", json!("us-east-1"), "NotImplemented"),
        ("SubnetIds", json!([seed::SUBNETS[0], twin]), "DuplicateSubnetsInSameZone"),
        ("SubnetIds", json!([foreign]), "InvalidParameter"),
        ("SubnetIds", json!(["subnet-12345678"]), "InvalidSubnetID.NotFound"),
        ("SecurityGroupIds", json!([stranger]), "InvalidGroup.NotFound"),
        ("SecurityGroupIds", json!(six), "SecurityGroupsPerInterfaceLimitExceeded"),
        ("RouteTableIds", json!(["rtb-0a000000000000001"]), "InvalidParameter"),
        ("PolicyDocument", json!("{"), "InvalidPolicyDocument"),
        ("PolicyDocument", json!("x".repeat(20_481)), "InvalidPolicyDocument"),
        ("TagSpecifications", json!([{"ResourceType": "vpc", "Tags": []}]), "InvalidParameterValue"),
    ] {
        let input = with(interface(), member, value);
        assert_eq!(sim.ec2_code("CreateVpcEndpoint", input.clone()), code, "{input}");
    }
    assert_eq!(
        sim.ec2_code("CreateVpcEndpoint", with(interface(), "DryRun", json!(true))),
        "DryRunOperation"
    );
    let none = sim.ec2("DescribeVpcEndpoints", json!({}));
    assert_eq!(length(&none, "/VpcEndpoints"), 0);
    assert_eq!(length(&sim.ec2("DescribeNetworkInterfaces", json!({})), "/NetworkInterfaces"), 0);
}

/// AWS PrivateLink quotas: 50 interface endpoints a VPC, 20 gateway endpoints a region.
#[test]
fn the_number_of_endpoints_is_limited() {
    let sim = Sim::new();
    let bare = json!({"VpcId": seed::VPC, "VpcEndpointType": "Interface", "ServiceName": SECRETS,
        "PrivateDnsEnabled": false});
    for _ in 0..50 {
        make(&sim, bare.clone());
    }
    assert_eq!(sim.ec2_code("CreateVpcEndpoint", bare.clone()), "VpcEndpointLimitExceeded");
    for _ in 0..20 {
        make(&sim, json!({"VpcId": seed::VPC, "ServiceName": S3}));
    }
    let one_more = json!({"VpcId": seed::VPC, "ServiceName": S3});
    assert_eq!(sim.ec2_code("CreateVpcEndpoint", one_more), "VpcEndpointLimitExceeded");
    sim.world.lock().unwrap().options.quotas = Quotas::off();
    make(&sim, bare);
}

/// terraform-provider-aws 42875 and 42698 (one change at a time), mongodb 590 (not while it is made).
#[test]
fn an_interface_endpoint_takes_one_change_at_a_time() {
    let sim = Sim::new();
    let group = sim.group("endpoints");
    let id = make(&sim, interface());
    let change = modify(&id, "AddSecurityGroupIds", json!([group]));
    let fault = sim.try_ec2("ModifyVpcEndpoint", change.clone()).unwrap_err();
    assert_eq!(fault.code, "InvalidParameter");
    assert!(fault.message.contains("there is an idempotent operation going on"), "{fault}");
    sim.advance(90);
    assert_eq!(sim.ec2("ModifyVpcEndpoint", change), json!({"Return": true}));
    assert_eq!(told(&sim, &id)["State"], "available");
    let subnet = modify(&id, "AddSubnetIds", json!([seed::SUBNETS[2]]));
    let fault = sim.try_ec2("ModifyVpcEndpoint", subnet.clone()).unwrap_err();
    assert_eq!(
        (fault.code.as_str(), fault.message.as_str()),
        ("OperationInProgress", "VpcEndpoint modify operation in progress",)
    );
    sim.advance(30);
    sim.ec2("ModifyVpcEndpoint", subnet);
    let now = told(&sim, &id);
    assert_eq!((now["State"].clone(), length(&now, "/NetworkInterfaceIds")), (json!("pending"), 3));
    assert_eq!(length(&now, "/Groups"), 2);
    sim.advance(30);
    assert_eq!(told(&sim, &id)["State"], "available");
    let filter = json!({"Filters": [{"Name": "group-id", "Values": [group]}]});
    assert_eq!(length(&sim.ec2("DescribeNetworkInterfaces", filter), "/NetworkInterfaces"), 3);
}

/// openshift/aws-vpce-operator (zones), botocore ModifyVpcEndpoint (policy, types).
#[test]
fn changes_that_cannot_be_are_refused() {
    let sim = Sim::new();
    let id = make_ready(&sim, interface());
    let default = string(&told(&sim, &id), "/Groups/0/GroupId");
    for (member, value, code) in [
        ("AddSubnetIds", json!([seed::SUBNETS[0]]), "DuplicateSubnetsInSameZone"),
        ("RemoveSubnetIds", json!([seed::SUBNETS[2]]), "InvalidParameter"),
        ("RemoveSecurityGroupIds", json!([default]), "InvalidParameter"),
        ("AddSecurityGroupIds", json!(["sg-12345678"]), "InvalidGroup.NotFound"),
        ("AddRouteTableIds", json!(["rtb-0a000000000000001"]), "InvalidParameter"),
        ("PolicyDocument", json!("no"), "InvalidPolicyDocument"),
        ("SubnetConfigurations", json!([]), "NotImplemented"),
        ("VpcEndpointId", json!("vpce-12345678"), "InvalidVpcEndpointId.NotFound"),
        ("VpcEndpointId", json!("vpce-x"), "InvalidVpcEndpointId.Malformed"),
        ("DryRun", json!(true), "DryRunOperation"),
    ] {
        let input = modify(&id, member, value);
        assert_eq!(sim.ec2_code("ModifyVpcEndpoint", input.clone()), code, "{input}");
    }
    let policy = json!({"Statement": []}).to_string();
    sim.ec2("ModifyVpcEndpoint", modify(&id, "PolicyDocument", json!(policy)));
    assert_eq!(told(&sim, &id)["PolicyDocument"], json!(policy));
    sim.advance(30);
    sim.ec2("ModifyVpcEndpoint", modify(&id, "ResetPolicy", json!(true)));
    assert!(string(&told(&sim, &id), "/PolicyDocument").contains("Allow"));
    sim.ec2("DeleteVpcEndpoints", json!({"VpcEndpointIds": [id]}));
    sim.advance(30);
    let off = modify(&id, "PrivateDnsEnabled", json!(false));
    assert_eq!(sim.ec2_code("ModifyVpcEndpoint", off), "IncorrectState");
}

/// botocore: DeleteVpcEndpoints deletes the interfaces, DeleteSecurityGroup wants none that has the group,
/// DeleteVpc nothing in the VPC. That it takes minutes is inferred from terraform-provider-aws, which waits
/// up to ten of them.
#[test]
fn a_deleted_endpoint_keeps_its_group_and_subnet_in_use_for_minutes() {
    let sim = Sim::new();
    let group = sim.group("endpoints");
    let id = make_ready(&sim, with(interface(), "SecurityGroupIds", json!([group])));
    let delete_group = json!({"GroupId": group});
    assert_eq!(sim.ec2_code("DeleteSecurityGroup", delete_group.clone()), "DependencyViolation");
    assert_eq!(sim.ec2_code("DeleteVpc", json!({"VpcId": seed::VPC})), "DependencyViolation");
    let deleted = sim.ec2("DeleteVpcEndpoints", json!({"VpcEndpointIds": [id]}));
    assert_eq!(deleted, json!({"Unsuccessful": []}));
    sim.ec2("DeleteVpcEndpoints", json!({"VpcEndpointIds": [id]}));
    sim.advance(59);
    assert_eq!(told(&sim, &id)["State"], "deleting");
    sim.advance(1);
    assert_eq!(
        sim.ec2_code("DescribeVpcEndpoints", json!({"VpcEndpointIds": [id]})),
        "InvalidVpcEndpointId.NotFound"
    );
    sim.advance(59);
    assert_eq!(sim.ec2_code("DeleteSecurityGroup", delete_group.clone()), "DependencyViolation");
    assert_eq!(sim.ec2_code("DeleteSubnet", json!({"SubnetId": seed::SUBNETS[0]})), "DependencyViolation");
    sim.advance(1);
    sim.ec2("DeleteSecurityGroup", delete_group);
    assert_eq!(length(&sim.ec2("DescribeNetworkInterfaces", json!({})), "/NetworkInterfaces"), 0);
}

/// The same for a subnet that is taken from an endpoint; and a group without any interface.
#[test]
fn a_removed_subnets_interface_stays_on_and_groups_count_without_interfaces() {
    let sim = Sim::new();
    let group = sim.group("endpoints");
    let id = make_ready(&sim, with(interface(), "SecurityGroupIds", json!([group])));
    let both = json!([seed::SUBNETS[0], seed::SUBNETS[1]]);
    sim.ec2("ModifyVpcEndpoint", modify(&id, "RemoveSubnetIds", both));
    assert_eq!(length(&told(&sim, &id), "/NetworkInterfaceIds"), 0);
    assert_eq!(sim.ec2_code("DeleteSubnet", json!({"SubnetId": seed::SUBNETS[0]})), "DependencyViolation");
    sim.advance(60);
    sim.ec2("DeleteSubnet", json!({"SubnetId": seed::SUBNETS[0]}));
    assert_eq!(sim.ec2_code("DeleteSecurityGroup", json!({"GroupId": group})), "DependencyViolation");
}

/// botocore DeleteVpcEndpoints; terraform-provider-aws 16656 (the code), 3370 (a pending one goes).
#[test]
fn what_cannot_be_deleted_is_told_beside_what_was() {
    let sim = Sim::new();
    let id = make(&sim, interface());
    let unknown = "vpce-0123456789abcdef0";
    let deleted = sim.ec2("DeleteVpcEndpoints", json!({"VpcEndpointIds": [unknown, id]}));
    let error = json!({"Code": "InvalidVpcEndpoint.NotFound",
        "Message": format!("The Vpc Endpoint Id '{unknown}' does not exist")});
    assert_eq!(deleted, json!({"Unsuccessful": [{"ResourceId": unknown, "Error": error}]}));
    assert_eq!(told(&sim, &id)["State"], "deleting");
    let malformed = json!({"VpcEndpointIds": ["vpce-x"]});
    assert_eq!(sim.ec2_code("DeleteVpcEndpoints", malformed), "InvalidVpcEndpointId.Malformed");
    let dry = json!({"VpcEndpointIds": [id], "DryRun": true});
    assert_eq!(sim.ec2_code("DeleteVpcEndpoints", dry), "DryRunOperation");
}

/// botocore, DescribeVpcEndpoints: filters, pages.
#[test]
fn endpoints_are_found_by_filters_and_pages() {
    let sim = Sim::new();
    let tags = json!([{"ResourceType": "vpc-endpoint", "Tags": [{"Key": "owner", "Value": "me"}]}]);
    make(&sim, with(interface(), "TagSpecifications", tags));
    make(&sim, json!({"VpcId": seed::VPC, "ServiceName": S3}));
    let find = |name: &str, value: &str| {
        let filters = json!([{"Name": name, "Values": [value]}]);
        length(&sim.ec2("DescribeVpcEndpoints", json!({"Filters": filters})), "/VpcEndpoints")
    };
    for (name, value, found) in [
        ("service-name", SECRETS, 1),
        ("vpc-id", seed::VPC, 2),
        ("vpc-endpoint-state", "pending", 1),
        ("vpc-endpoint-type", "Gateway", 1),
        ("vpc-endpoint-id", "vpce-*", 2),
        ("ip-address-type", "ipv4", 2),
        ("service-region", "eu-west-1", 0),
        ("tag:owner", "me", 1),
        ("tag-key", "owner", 1),
    ] {
        assert_eq!(find(name, value), found, "{name} {value}");
    }
    let first = sim.ec2("DescribeVpcEndpoints", json!({"MaxResults": 1}));
    assert_eq!(length(&first, "/VpcEndpoints"), 1);
    let next = json!({"MaxResults": 1, "NextToken": first["NextToken"]});
    let second = sim.ec2("DescribeVpcEndpoints", next);
    assert_eq!((length(&second, "/VpcEndpoints"), second.get("NextToken")), (1, None));
    assert_ne!(first["VpcEndpoints"], second["VpcEndpoints"]);
    assert_eq!(sim.ec2_code("DescribeVpcEndpoints", json!({"MaxResults": 0})), "InvalidMaxResults");
}

/// botocore, DescribeVpcEndpointServices; AWS PrivateLink guide (names, zones).
#[test]
fn services_are_told_with_zones_and_private_names() {
    let sim = Sim::new();
    let one = sim.ec2("DescribeVpcEndpointServices", json!({"ServiceNames": [SECRETS]}));
    assert_eq!(one["ServiceNames"], json!([SECRETS]));
    assert_eq!(one["ServiceDetails"][0]["AvailabilityZones"], json!(seed::ZONES));
    assert_eq!(one["ServiceDetails"][0]["PrivateDnsName"], "secretsmanager.eu-central-1.amazonaws.com");
    let both = sim.ec2("DescribeVpcEndpointServices", json!({"ServiceNames": [S3]}));
    assert_eq!((length(&both, "/ServiceDetails"), length(&both, "/ServiceNames")), (2, 1));
    let gateways = json!({"Filters": [{"Name": "service-type", "Values": ["Gateway"]}]});
    let gateways = sim.ec2("DescribeVpcEndpointServices", gateways);
    assert_eq!(gateways["ServiceNames"], json!(["com.amazonaws.eu-central-1.dynamodb", S3]));
    let unknown = json!({"ServiceNames": ["com.amazonaws.eu-central-1.nothing"]});
    let fault = sim.try_ec2("DescribeVpcEndpointServices", unknown).unwrap_err();
    assert_eq!(fault.code, "InvalidServiceName");
    assert_eq!(fault.message, "The Vpc Endpoint Service 'com.amazonaws.eu-central-1.nothing' does not exist");
    let elsewhere = json!({"ServiceRegions": ["us-east-1"]});
    assert_eq!(sim.ec2_code("DescribeVpcEndpointServices", elsewhere), "NotImplemented");
}
