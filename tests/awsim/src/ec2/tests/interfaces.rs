use serde_json::{Value, json};

use crate::ec2::NetworkInterface;
use crate::quota::Quotas;
use crate::seed;
use crate::testing::{Sim, length, string};

fn make(sim: &Sim, input: Value) -> String {
    string(&sim.ec2("CreateNetworkInterface", input), "/NetworkInterface/NetworkInterfaceId")
}

fn told(sim: &Sim, id: &str) -> Value {
    let told = sim.ec2("DescribeNetworkInterfaces", json!({"NetworkInterfaceIds": [id]}));
    told["NetworkInterfaces"][0].clone()
}

/// botocore, CreateNetworkInterface (the default group, its example's `pending`).
#[test]
fn a_callers_own_interface_is_attached_to_nothing_and_holds_its_groups() {
    let sim = Sim::new();
    let group = sim.group("a");
    let input =
        json!({"SubnetId": seed::SUBNETS[0], "Groups": [group], "Description": "mine", "ClientToken": "t"});
    let made = sim.ec2("CreateNetworkInterface", input.clone());
    assert_eq!(made["NetworkInterface"]["Status"], "pending");
    assert_eq!(sim.ec2("CreateNetworkInterface", input), made);
    let id = string(&made, "/NetworkInterface/NetworkInterfaceId");
    let own = told(&sim, &id);
    assert_eq!((&own["Status"], &own["RequesterManaged"]), (&json!("available"), &json!(false)));
    assert_eq!(own.get("Attachment"), None);
    assert_eq!(own["SourceDestCheck"], true);
    assert_eq!(sim.ec2_code("DeleteSecurityGroup", json!({"GroupId": group})), "DependencyViolation");
    assert_eq!(sim.ec2_code("DeleteSubnet", json!({"SubnetId": seed::SUBNETS[0]})), "DependencyViolation");
    sim.ec2("DeleteNetworkInterface", json!({"NetworkInterfaceId": id}));
    sim.ec2("DeleteSecurityGroup", json!({"GroupId": group}));
    let gone = json!({"NetworkInterfaceId": id});
    assert_eq!(sim.ec2_code("DeleteNetworkInterface", gone), "InvalidNetworkInterfaceID.NotFound");
    let default = make(&sim, json!({"SubnetId": seed::SUBNETS[0]}));
    assert_eq!(told(&sim, &default)["Groups"][0]["GroupName"], "default");
}

/// EC2 error codes; VPC quotas: 5 groups an interface.
#[test]
fn interfaces_that_cannot_be_are_refused() {
    let sim = Sim::new();
    let base = json!({"SubnetId": seed::SUBNETS[0], "PrivateIpAddress": "10.0.0.50"});
    make(&sim, base.clone());
    let six: Vec<String> = (0..6).map(|n| sim.group(&format!("g{n}"))).collect();
    for (member, value, code) in [
        ("SubnetId", json!("subnet-12345678"), "InvalidSubnetID.NotFound"),
        ("SubnetId", json!("nonsense"), "InvalidSubnetID.Malformed"),
        ("PrivateIpAddress", json!("10.0.0.50"), "InvalidIPAddress.InUse"),
        ("PrivateIpAddress", json!("10.0.16.50"), "InvalidParameterValue"),
        ("PrivateIpAddress", json!("ten"), "InvalidParameterValue"),
        ("Groups", json!(["sg-12345678"]), "InvalidGroup.NotFound"),
        ("Groups", json!(six), "SecurityGroupsPerInterfaceLimitExceeded"),
        ("Ipv6AddressCount", json!(1), "NotImplemented"),
    ] {
        let mut input = base.clone();
        input["PrivateIpAddress"] = json!("10.0.0.51");
        input[member] = value;
        assert_eq!(sim.ec2_code("CreateNetworkInterface", input.clone()), code, "{input}");
    }
    let dry = json!({"SubnetId": seed::SUBNETS[0], "DryRun": true});
    assert_eq!(sim.ec2_code("CreateNetworkInterface", dry), "DryRunOperation");
    assert_eq!(length(&sim.ec2("DescribeNetworkInterfaces", json!({})), "/NetworkInterfaces"), 1);
}

/// VPC quotas: 5000 network interfaces a region, whoever made them.
#[test]
fn the_5001st_interface_of_a_region_is_refused() {
    let sim = Sim::new();
    let id = make(&sim, json!({"SubnetId": seed::SUBNETS[0]}));
    sim.with(|call| {
        let one = call.region.ec2.network_interfaces[&id].clone();
        for n in 1..5000 {
            let twin = NetworkInterface { id: format!("eni-{n:08x}"), ..one.clone() };
            call.region.ec2.network_interfaces.insert(twin.id.clone(), twin);
        }
    });
    let input = json!({"SubnetId": seed::SUBNETS[0]});
    assert_eq!(sim.ec2_code("CreateNetworkInterface", input.clone()), "NetworkInterfaceLimitExceeded");
    sim.world.lock().unwrap().options.quotas = Quotas::off();
    make(&sim, input);
}

/// botocore, ModifyNetworkInterfaceAttribute: one attribute a call; words as in
/// kubernetes-sigs/cluster-api-provider-aws 783.
#[test]
fn attributes_of_an_interface_are_changed_one_at_a_time() {
    let sim = Sim::new();
    let (id, group) = (make(&sim, json!({"SubnetId": seed::SUBNETS[0]})), sim.group("a"));
    let modify = |member: &str, value: Value| {
        let mut input = json!({"NetworkInterfaceId": id});
        input[member] = value;
        input
    };
    sim.ec2("ModifyNetworkInterfaceAttribute", modify("Description", json!({"Value": "new"})));
    sim.ec2("ModifyNetworkInterfaceAttribute", modify("SourceDestCheck", json!({"Value": false})));
    sim.ec2("ModifyNetworkInterfaceAttribute", modify("Groups", json!([group])));
    let now = told(&sim, &id);
    assert_eq!((&now["Description"], &now["SourceDestCheck"]), (&json!("new"), &json!(false)));
    assert_eq!(now["Groups"], json!([{"GroupId": group, "GroupName": "a"}]));
    let mut two = modify("Groups", json!([group]));
    two["Description"] = json!({"Value": "x"});
    let fault = sim.try_ec2("ModifyNetworkInterfaceAttribute", two).unwrap_err();
    assert_eq!(fault.code, "InvalidParameterCombination");
    assert_eq!(fault.message, "Fields for multiple attribute types specified: description, groups");
    for (input, code) in [
        (json!({"NetworkInterfaceId": id}), "InvalidParameterCombination"),
        (modify("Groups", json!(["sg-12345678"])), "InvalidGroup.NotFound"),
        (modify("Attachment", json!({})), "NotImplemented"),
        (modify("NetworkInterfaceId", json!("eni-12345678")), "InvalidNetworkInterfaceID.NotFound"),
    ] {
        assert_eq!(sim.ec2_code("ModifyNetworkInterfaceAttribute", input.clone()), code, "{input}");
    }
}

/// gruntwork-io/cloud-nuke 431 (delete), terraform-provider-aws 12599 (modify).
#[test]
fn interfaces_of_services_are_not_the_callers_to_change() {
    let sim = Sim::new();
    let endpoint = sim.ec2(
        "CreateVpcEndpoint",
        json!({"VpcId": seed::VPC, "VpcEndpointType": "Interface", "SubnetIds": [seed::SUBNETS[0]],
            "ServiceName": "com.amazonaws.eu-central-1.logs"}),
    );
    let id = string(&endpoint, "/VpcEndpoint/NetworkInterfaceIds/0");
    let fault = sim.try_ec2("DeleteNetworkInterface", json!({"NetworkInterfaceId": id})).unwrap_err();
    assert_eq!(fault.code, "InvalidParameterValue");
    assert_eq!(fault.message, format!("Network interface '{id}' is currently in use."));
    let input = json!({"NetworkInterfaceId": id, "Groups": [seed::CLUSTER_GROUP]});
    assert_eq!(sim.ec2_code("ModifyNetworkInterfaceAttribute", input), "AuthFailure");
}

/// botocore, DescribeNetworkInterfaces: filters that nothing here fits find nothing.
#[test]
fn every_documented_filter_of_interfaces_is_honoured() {
    let sim = Sim::new();
    make(&sim, json!({"SubnetId": seed::SUBNETS[0]}));
    for (name, value, found) in [
        ("requester-managed", "false", 1),
        ("source-dest-check", "true", 1),
        ("operator.managed", "false", 1),
        ("requester-id", "123456789012", 1),
        ("status", "available", 1),
        ("attachment.status", "*", 0),
        ("attachment.instance-id", "*", 0),
        ("association.public-ip", "*", 0),
        ("addresses.association.public-ip", "*", 0),
        ("ipv6-addresses.ipv6-address", "*", 0),
        ("operator.principal", "*", 0),
    ] {
        let filters = json!([{"Name": name, "Values": [value]}]);
        let told = sim.ec2("DescribeNetworkInterfaces", json!({"Filters": filters}));
        assert_eq!(length(&told, "/NetworkInterfaces"), found, "{name} {value}");
    }
}
