use serde_json::{Value, json};

use crate::ec2::{NewInterface, network_interface};
use crate::seed;
use crate::testing::{Sim, length, string};
use crate::world::Tags;

fn spec(subnet: &str) -> NewInterface {
    NewInterface {
        subnet: subnet.to_owned(),
        groups: vec![seed::CLUSTER_GROUP.to_owned()],
        description: "ELB net/a/1".to_owned(),
        interface_type: "network_load_balancer".to_owned(),
        requester: "amazon-elb".to_owned(),
        owner: "arn".to_owned(),
        ip: None,
        tags: Tags::new(),
    }
}

fn attach(sim: &Sim, spec: NewInterface) -> Result<String, String> {
    sim.with(|call| network_interface::attach(&mut call.region.ec2, call.ids, spec, &call.options.quotas))
        .map_err(|f| f.code)
}

/// VPC user guide: a VPC comes with a main route table, a network ACL and a default group.
#[test]
fn a_new_vpc_has_what_every_vpc_has_and_takes_it_along_when_deleted() {
    let sim = Sim::new();
    let vpc = sim.ec2("CreateVpc", json!({"CidrBlock": "10.9.1.1/16"}));
    assert_eq!(
        (vpc["Vpc"]["State"].clone(), vpc["Vpc"]["CidrBlock"].clone()),
        (json!("pending"), json!("10.9.0.0/16"))
    );
    let id = string(&vpc, "/Vpc/VpcId");
    let of_it = json!({"Filters": [{"Name": "vpc-id", "Values": [id]}]});
    let count = |operation, list| length(&sim.ec2(operation, of_it.clone()), list);
    let counts = || {
        [
            count("DescribeRouteTables", "/RouteTables"),
            count("DescribeNetworkAcls", "/NetworkAcls"),
            count("DescribeSecurityGroups", "/SecurityGroups"),
        ]
    };
    assert_eq!(counts(), [1, 1, 1]);
    let subnet = sim.ec2("CreateSubnet", json!({"VpcId": id, "CidrBlock": "10.9.0.0/24"}));
    let subnet = json!({"SubnetId": subnet["Subnet"]["SubnetId"]});
    assert_eq!(sim.ec2_code("DeleteVpc", json!({"VpcId": id})), "DependencyViolation");
    sim.ec2("DeleteSubnet", subnet);
    sim.ec2("DeleteVpc", json!({"VpcId": id}));
    assert_eq!(counts(), [0, 0, 0]);
    assert_eq!(sim.ec2_code("DeleteVpc", json!({"VpcId": id})), "InvalidVpcID.NotFound");
}

/// Error codes; VPC user guide: /28 to /16; VPC quotas: 5.
#[test]
fn blocks_of_vpcs_and_their_number_are_checked() {
    let sim = Sim::new();
    for (block, code) in [
        ("10.0.0.0/15", "InvalidVpc.Range"),
        ("10.0.0.0/29", "InvalidVpc.Range"),
        ("10.0.0/16", "InvalidParameterValue"),
    ] {
        assert_eq!(sim.ec2_code("CreateVpc", json!({"CidrBlock": block})), code, "{block}");
    }
    assert_eq!(sim.ec2_code("CreateVpc", json!({})), "MissingParameter");
    for n in 1..5 {
        sim.ec2("CreateVpc", json!({"CidrBlock": format!("10.{n}.0.0/16")}));
    }
    assert_eq!(sim.ec2_code("CreateVpc", json!({"CidrBlock": "10.5.0.0/16"})), "VpcLimitExceeded");
}

/// botocore, ModifyVpcAttribute: not two attributes in one call.
#[test]
fn attributes_of_a_vpc_are_read_and_changed_one_at_a_time() {
    let sim = Sim::new();
    let read = |attribute: &str| {
        sim.ec2("DescribeVpcAttribute", json!({"VpcId": seed::VPC, "Attribute": attribute}))
    };
    assert_eq!(read("enableDnsSupport")["EnableDnsSupport"]["Value"], true);
    let off = json!({"VpcId": seed::VPC, "EnableDnsHostnames": {"Value": false}});
    sim.ec2("ModifyVpcAttribute", off.clone());
    assert_eq!(read("enableDnsHostnames")["EnableDnsHostnames"]["Value"], false);
    let mut two = off;
    two["EnableDnsSupport"] = json!({"Value": false});
    assert_eq!(sim.ec2_code("ModifyVpcAttribute", two), "InvalidParameterCombination");
}

/// botocore, ModifyVpcAttribute.EnableDnsHostnames.
#[test]
fn dns_host_names_are_switched_on_only_where_dns_is_on() {
    let sim = Sim::new();
    let set = |member: &str, value: bool| {
        let mut input = json!({"VpcId": seed::VPC});
        input[member] = json!({"Value": value});
        sim.try_ec2("ModifyVpcAttribute", input).map_err(|fault| fault.code)
    };
    set("EnableDnsHostnames", false).unwrap();
    set("EnableDnsSupport", false).unwrap();
    assert_eq!(set("EnableDnsHostnames", true), Err("InvalidParameterValue".to_owned()));
    set("EnableDnsSupport", true).unwrap();
    set("EnableDnsHostnames", true).unwrap();
}

/// Error codes: InvalidSubnet.Range, InvalidSubnet.Conflict.
#[test]
fn a_new_subnet_lies_inside_its_vpc_and_beside_the_others() {
    let sim = Sim::new();
    let create = |block: &str| json!({"VpcId": seed::VPC, "CidrBlock": block});
    for (input, code) in [
        (create("10.1.0.0/24"), "InvalidSubnet.Range"),
        (create("10.0.200.0/29"), "InvalidSubnet.Range"),
        (create("10.0.15.0/24"), "InvalidSubnet.Conflict"),
        (json!({"VpcId": "vpc-12345678", "CidrBlock": "10.0.200.0/24"}), "InvalidVpcID.NotFound"),
        (
            json!({"VpcId": seed::VPC, "CidrBlock": "10.0.200.0/24", "AvailabilityZone": "eu-west-1a"}),
            "InvalidParameterValue",
        ),
    ] {
        assert_eq!(sim.ec2_code("CreateSubnet", input.clone()), code, "{input}");
    }
    let mut input = create("10.0.200.0/24");
    input["AvailabilityZoneId"] = json!("euc1-az3");
    let made = sim.ec2("CreateSubnet", input);
    assert_eq!(made["Subnet"]["AvailabilityZone"], "eu-central-1b");
    // VPC user guide, "Subnet CIDR blocks": five addresses are AWS's.
    assert_eq!(made["Subnet"]["AvailableIpAddressCount"], 251);
}

/// botocore, DescribeSubnets: filters.
#[test]
fn subnets_are_found_by_tag_zone_and_state() {
    let sim = Sim::new();
    let find = |filters| sim.ec2("DescribeSubnets", json!({"Filters": filters}));
    let private =
        find(json!([{"Name": "vpc-id", "Values": [seed::VPC]}, {"Name": "tag:tier", "Values": ["private"]}]));
    let ids: Vec<String> = (0..3).map(|n| string(&private, &format!("/Subnets/{n}/SubnetId"))).collect();
    assert_eq!(ids, seed::SUBNETS);
    let one = find(json!([{"Name": "availability-zone-id", "Values": ["euc1-az1"]}]));
    assert_eq!(
        (length(&one, "/Subnets"), string(&one, "/Subnets/0/AvailabilityZone")),
        (1, "eu-central-1c".to_owned())
    );
    assert_eq!(
        sim.ec2_code("DescribeSubnets", json!({"SubnetIds": ["subnet-x"]})),
        "InvalidSubnetID.Malformed"
    );
    let unknown = json!({"SubnetIds": ["subnet-12345678"]});
    assert_eq!(sim.ec2_code("DescribeSubnets", unknown), "InvalidSubnetID.NotFound");
}

/// EC2 user guide, "Regions and zones": zone ids are the same in every account.
#[test]
fn zones_have_names_and_ids() {
    let sim = Sim::new();
    let all = sim.ec2("DescribeAvailabilityZones", json!({}));
    let pairs: Vec<(String, String)> = (0..3)
        .map(|n| {
            let zone = |member| string(&all, &format!("/AvailabilityZones/{n}/{member}"));
            (zone("ZoneName"), zone("ZoneId"))
        })
        .collect();
    let expected =
        [("eu-central-1a", "euc1-az2"), ("eu-central-1b", "euc1-az3"), ("eu-central-1c", "euc1-az1")];
    assert_eq!(pairs, expected.map(|(name, id)| (name.to_owned(), id.to_owned())));
    let unknown = json!({"ZoneNames": ["eu-central-1z"]});
    assert_eq!(sim.ec2_code("DescribeAvailabilityZones", unknown), "InvalidParameterValue");
}

#[test]
fn the_seeds_subnets_share_a_route_table_beside_the_main_one() {
    let sim = Sim::new();
    let filter = json!({"Filters": [{"Name": "association.subnet-id", "Values": [seed::SUBNETS[1]]}]});
    let table = sim.ec2("DescribeRouteTables", filter);
    assert_eq!(length(&table, "/RouteTables"), 1);
    assert_eq!(length(&table, "/RouteTables/0/Associations"), 3);
    assert_eq!(string(&table, "/RouteTables/0/Routes/1/NatGatewayId"), "nat-0a000000000000001");
    let main = json!({"Filters": [{"Name": "association.main", "Values": ["true"]}]});
    assert_eq!(length(&sim.ec2("DescribeRouteTables", main), "/RouteTables"), 1);
    let acl = json!({"Filters": [{"Name": "association.subnet-id", "Values": [seed::SUBNETS[1]]}]});
    assert_eq!(length(&sim.ec2("DescribeNetworkAcls", acl), "/NetworkAcls"), 1);
}

/// VPC user guide: the first four addresses and the last are AWS's; pods' part stays free.
#[test]
fn interfaces_take_the_lowest_free_address_and_none_that_is_reserved() {
    let sim = Sim::new();
    let small = "account: '1'\nregion: eu-central-1\nvpcs:\n- id: vpc-12345678\n  cidr: 10.7.0.0/16\n  subnets:\n  \
                 - {id: subnet-12345678, zone: eu-central-1a, cidr: 10.7.0.0/28, reserved: 10.7.0.8/29}\n";
    let mut world = sim.world.lock().unwrap();
    seed::load(&mut world, small).unwrap();
    let call = world.call("1", seed::REGION);
    let mut taken = Vec::new();
    let refused = loop {
        let spec = NewInterface { groups: Vec::new(), ..spec("subnet-12345678") };
        match network_interface::attach(&mut call.region.ec2, call.ids, spec, &call.options.quotas) {
            Ok(id) => taken.push(call.region.ec2.network_interfaces[&id].ip.to_string()),
            Err(fault) => break fault.code,
        }
    };
    assert_eq!(taken, ["10.7.0.4", "10.7.0.5", "10.7.0.6", "10.7.0.7"]);
    assert_eq!(refused, "InsufficientFreeAddressesInSubnet");
}

/// VPC quotas: five groups an interface.
#[test]
fn an_interface_is_refused_where_aws_refuses_it() {
    let sim = Sim::new();
    let six: Vec<String> = (0..6).map(|n| sim.group(&format!("g{n}"))).collect();
    let base = spec(seed::SUBNETS[0]);
    for (spec, code) in [
        (NewInterface { subnet: "subnet-12345678".to_owned(), ..base.clone() }, "InvalidSubnetID.NotFound"),
        (NewInterface { groups: vec!["sg-12345678".to_owned()], ..base.clone() }, "InvalidGroup.NotFound"),
        (NewInterface { groups: six, ..base.clone() }, "SecurityGroupsPerInterfaceLimitExceeded"),
        (NewInterface { ip: Some([10, 0, 16, 4].into()), ..base.clone() }, "InvalidParameterValue"),
    ] {
        assert_eq!(attach(&sim, spec), Err(code.to_owned()));
    }
    let chosen = NewInterface { ip: Some([10, 0, 0, 99].into()), ..base };
    attach(&sim, chosen.clone()).unwrap();
    assert_eq!(attach(&sim, chosen), Err("InvalidIPAddress.InUse".to_owned()));
}

/// botocore, DescribeNetworkInterfaces: filters; EC2 error codes: DependencyViolation.
#[test]
fn interfaces_are_described_by_filters_and_block_their_subnet() {
    let sim = Sim::new();
    let id = attach(&sim, spec(seed::SUBNETS[2])).unwrap();
    let find = |name: &str, value: &str| -> Value {
        let filters = json!([{"Name": name, "Values": [value]}]);
        sim.ec2("DescribeNetworkInterfaces", json!({"Filters": filters}))
    };
    let found = find("description", "ELB net/a/*");
    assert_eq!(string(&found, "/NetworkInterfaces/0/NetworkInterfaceId"), id);
    assert_eq!(string(&found, "/NetworkInterfaces/0/PrivateIpAddress"), "10.0.32.4");
    assert_eq!(string(&found, "/NetworkInterfaces/0/AvailabilityZone"), "eu-central-1c");
    assert_eq!(found["NetworkInterfaces"][0]["RequesterManaged"], true);
    for (name, value) in [
        ("group-id", seed::CLUSTER_GROUP),
        ("vpc-id", seed::VPC),
        ("subnet-id", seed::SUBNETS[2]),
        ("interface-type", "network_load_balancer"),
        ("status", "in-use"),
        ("requester-managed", "true"),
        ("private-ip-address", "10.0.32.4"),
    ] {
        assert_eq!(length(&find(name, value), "/NetworkInterfaces"), 1, "{name}");
    }
    assert_eq!(length(&find("subnet-id", seed::SUBNETS[0]), "/NetworkInterfaces"), 0);
    assert_eq!(sim.ec2_code("DeleteSubnet", json!({"SubnetId": seed::SUBNETS[2]})), "DependencyViolation");
    // botocore, DescribeNetworkInterfaces.MaxResults: not together with ids.
    let both = json!({"NetworkInterfaceIds": [id], "MaxResults": 5});
    assert_eq!(sim.ec2_code("DescribeNetworkInterfaces", both), "InvalidParameterCombination");
}
