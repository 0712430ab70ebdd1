use serde_json::{Value, json};

use crate::ec2;
use crate::seed;
use crate::testing::{Sim, length, string};

const S3: &str = "com.amazonaws.eu-central-1.s3";
const LIST: &str = "pl-6ea54007";
const TABLE: &str = "rtb-0a000000000000001";

fn gateway(tables: &[&str]) -> Value {
    json!({"VpcId": seed::VPC, "ServiceName": S3, "RouteTableIds": tables})
}

fn make(sim: &Sim, input: Value) -> String {
    string(&sim.ec2("CreateVpcEndpoint", input), "/VpcEndpoint/VpcEndpointId")
}

fn table(sim: &Sim) -> String {
    string(&sim.ec2("CreateRouteTable", json!({"VpcId": seed::VPC})), "/RouteTable/RouteTableId")
}

fn routes(sim: &Sim, table: &str) -> Vec<Value> {
    let told = sim.ec2("DescribeRouteTables", json!({"RouteTableIds": [table]}));
    let routes = told["RouteTables"][0]["Routes"].as_array().unwrap();
    routes.iter().filter(|route| route.get("DestinationPrefixListId").is_some()).cloned().collect()
}

/// botocore, CreateVpcEndpoint (the default type) and DeleteVpcEndpoints (routes go); AWS CLI
/// reference (available at once); field logs of RouteAlreadyExists.
#[test]
fn a_gateway_endpoint_is_a_route_in_each_of_its_tables() {
    let sim = Sim::new();
    let made = sim.ec2("CreateVpcEndpoint", gateway(&[TABLE]))["VpcEndpoint"].clone();
    let id = string(&made, "/VpcEndpointId");
    assert_eq!((&made["VpcEndpointType"], &made["State"]), (&json!("Gateway"), &json!("available")));
    assert_eq!(made["PrivateDnsEnabled"], false);
    let route =
        json!({"DestinationPrefixListId": LIST, "GatewayId": id, "Origin": "CreateRoute", "State": "active"});
    assert_eq!(routes(&sim, TABLE), [route]);
    let fault = sim.try_ec2("CreateVpcEndpoint", gateway(&[TABLE])).unwrap_err();
    assert_eq!(fault.code, "RouteAlreadyExists");
    assert_eq!(
        fault.message,
        format!("route table {TABLE} already has a route with destination-prefix-list-id {LIST}")
    );
    let dynamodb = json!({"VpcId": seed::VPC, "ServiceName": "com.amazonaws.eu-central-1.dynamodb",
        "RouteTableIds": [TABLE]});
    make(&sim, dynamodb);
    assert_eq!(routes(&sim, TABLE).len(), 2);
    sim.ec2("DeleteVpcEndpoints", json!({"VpcEndpointIds": [id]}));
    assert_eq!(routes(&sim, TABLE).len(), 1);
    sim.advance(5);
    let gone = json!({"VpcEndpointIds": [id]});
    assert_eq!(sim.ec2_code("DescribeVpcEndpoints", gone), "InvalidVpcEndpointId.NotFound");
}

/// botocore, ModifyVpcEndpoint: AddRouteTableIds and RemoveRouteTableIds of gateway endpoints.
#[test]
fn route_tables_are_added_to_a_gateway_endpoint_and_taken_away() {
    let sim = Sim::new();
    let (id, other) = (make(&sim, gateway(&[TABLE])), table(&sim));
    sim.ec2(
        "ModifyVpcEndpoint",
        json!({"VpcEndpointId": id, "AddRouteTableIds": [other], "RemoveRouteTableIds": [TABLE]}),
    );
    assert_eq!((routes(&sim, TABLE).len(), routes(&sim, &other).len()), (0, 1));
    let filter = |name: &str, value: &str| {
        let filters = json!([{"Name": name, "Values": [value]}]);
        length(&sim.ec2("DescribeRouteTables", json!({"Filters": filters})), "/RouteTables")
    };
    assert_eq!(filter("route.destination-prefix-list-id", LIST), 1);
    assert_eq!(filter("route.gateway-id", &id), 1);
    assert_eq!(filter("route.instance-id", "i-12345678"), 0);
    for (input, code) in [
        (json!({"VpcEndpointId": id, "RemoveRouteTableIds": [TABLE]}), "InvalidParameter"),
        (json!({"VpcEndpointId": id, "AddRouteTableIds": ["rtb-12345678"]}), "InvalidRouteTableID.NotFound"),
        (json!({"VpcEndpointId": id, "AddSubnetIds": [seed::SUBNETS[0]]}), "InvalidParameter"),
        (json!({"VpcEndpointId": id, "PrivateDnsEnabled": true}), "InvalidParameter"),
    ] {
        assert_eq!(sim.ec2_code("ModifyVpcEndpoint", input.clone()), code, "{input}");
    }
    sim.ec2("DeleteRouteTable", json!({"RouteTableId": other}));
    let told = sim.ec2("DescribeVpcEndpoints", json!({"VpcEndpointIds": [id]}));
    assert_eq!(told["VpcEndpoints"][0]["RouteTableIds"], json!([]));
}

/// botocore, CreateVpcEndpoint: what gateway endpoints do not have; EC2 error codes for ids.
#[test]
fn gateway_endpoints_that_cannot_be_are_refused() {
    let sim = Sim::new();
    let vpc = string(&sim.ec2("CreateVpc", json!({"CidrBlock": "10.9.0.0/16"})), "/Vpc/VpcId");
    let foreign = string(&sim.ec2("CreateRouteTable", json!({"VpcId": vpc})), "/RouteTable/RouteTableId");
    for (member, value, code) in [
        ("SubnetIds", json!([seed::SUBNETS[0]]), "InvalidParameter"),
        ("SecurityGroupIds", json!([seed::CLUSTER_GROUP]), "InvalidParameter"),
        ("PrivateDnsEnabled", json!(true), "InvalidParameter"),
        ("RouteTableIds", json!([foreign]), "InvalidParameter"),
        ("RouteTableIds", json!(["rtb-x"]), "InvalidRouteTableId.Malformed"),
    ] {
        let mut input = gateway(&[]);
        input[member] = value;
        assert_eq!(sim.ec2_code("CreateVpcEndpoint", input.clone()), code, "{input}");
    }
}

/// botocore, CreateRouteTable and its neighbours; terraform-provider-aws 73 and its documentation of
/// aws_route_table_association; hashicorp/vault 659; VPC quotas.
#[test]
fn a_route_table_in_use_is_not_deleted() {
    let sim = Sim::new();
    let made = sim.ec2("CreateRouteTable", json!({"VpcId": seed::VPC, "ClientToken": "t"}));
    assert_eq!(made["RouteTable"]["Routes"][0]["GatewayId"], "local");
    assert_eq!(sim.ec2("CreateRouteTable", json!({"VpcId": seed::VPC, "ClientToken": "t"})), made);
    let id = string(&made, "/RouteTable/RouteTableId");
    let subnet = sim.ec2("CreateSubnet", json!({"VpcId": seed::VPC, "CidrBlock": "10.0.200.0/24"}));
    let subnet = string(&subnet, "/Subnet/SubnetId");
    let associate = json!({"RouteTableId": id, "SubnetId": subnet});
    let association = sim.ec2("AssociateRouteTable", associate.clone());
    assert_eq!(association["AssociationState"]["State"], "associated");
    assert_eq!(sim.ec2("AssociateRouteTable", associate), association);
    let other = json!({"RouteTableId": TABLE, "SubnetId": subnet});
    assert_eq!(sim.ec2_code("AssociateRouteTable", other), "Resource.AlreadyAssociated");
    let delete = json!({"RouteTableId": id});
    let fault = sim.try_ec2("DeleteRouteTable", delete.clone()).unwrap_err();
    assert_eq!(fault.code, "DependencyViolation");
    assert_eq!(fault.message, format!("The routeTable '{id}' has dependencies and cannot be deleted."));
    let disassociate = json!({"AssociationId": association["AssociationId"]});
    sim.ec2("DisassociateRouteTable", disassociate.clone());
    assert_eq!(sim.ec2_code("DisassociateRouteTable", disassociate), "InvalidAssociationID.NotFound");
    sim.ec2("DeleteRouteTable", delete);
    let main = json!({"Filters": [{"Name": "association.main", "Values": ["true"]}]});
    let main = sim.ec2("DescribeRouteTables", main);
    let association = string(&main, "/RouteTables/0/Associations/0/RouteTableAssociationId");
    let input = json!({"AssociationId": association});
    assert_eq!(sim.ec2_code("DisassociateRouteTable", input), "InvalidParameterValue");
    let input = json!({"RouteTableId": string(&main, "/RouteTables/0/RouteTableId")});
    assert_eq!(sim.ec2_code("DeleteRouteTable", input), "DependencyViolation");
    for _ in 2..200 {
        table(&sim);
    }
    assert_eq!(sim.ec2_code("CreateRouteTable", json!({"VpcId": seed::VPC})), "RouteTableLimitExceeded");
}

/// VPC user guide, "AWS-managed prefix lists"; public logs of the ids; terraform-provider-aws
/// (findPrefixList: another code).
#[test]
fn awss_prefix_lists_are_there_from_the_start() {
    let sim = Sim::new();
    let managed = sim.ec2(
        "DescribeManagedPrefixLists",
        json!({"Filters": [{"Name": "prefix-list-name", "Values": [S3]}]}),
    );
    assert_eq!(length(&managed, "/PrefixLists"), 1);
    let list = &managed["PrefixLists"][0];
    assert_eq!((&list["PrefixListId"], &list["OwnerId"]), (&json!(LIST), &json!("AWS")));
    assert_eq!(list["PrefixListArn"], format!("arn:aws:ec2:eu-central-1:aws:prefix-list/{LIST}"));
    let old = sim.ec2("DescribePrefixLists", json!({"PrefixListIds": [LIST]}));
    assert_eq!(old["PrefixLists"][0]["PrefixListName"], S3);
    let entries = sim.ec2("GetManagedPrefixListEntries", json!({"PrefixListId": LIST}));
    assert_eq!(entries["Entries"].as_array().unwrap().len(), length(&old, "/PrefixLists/0/Cidrs"));
    let first = sim.ec2("GetManagedPrefixListEntries", json!({"PrefixListId": LIST, "MaxResults": 1}));
    assert_eq!(first["Entries"], json!([{"Cidr": "3.5.136.0/22"}]));
    let unknown = json!({"PrefixListIds": ["pl-12345678"]});
    assert_eq!(sim.ec2_code("DescribeManagedPrefixLists", unknown.clone()), "InvalidPrefixListID.NotFound");
    assert_eq!(sim.ec2_code("DescribePrefixLists", unknown), "InvalidPrefixListId.NotFound");
    let unknown = json!({"PrefixListId": "pl-12345678"});
    assert_eq!(sim.ec2_code("GetManagedPrefixListEntries", unknown), "InvalidPrefixListID.NotFound");
    let versioned = json!({"PrefixListId": LIST, "TargetVersion": 1});
    assert_eq!(sim.ec2_code("GetManagedPrefixListEntries", versioned), "NotImplemented");
}

/// EC2 user guide: what can be tagged; the tagging API names it by its ARN.
#[test]
fn the_tagging_service_sees_endpoints() {
    let sim = Sim::new();
    let id = make(&sim, gateway(&[]));
    sim.ec2("CreateTags", json!({"Resources": [id], "Tags": [{"Key": "owner", "Value": "me"}]}));
    let arn = format!("arn:aws:ec2:eu-central-1:123456789012:vpc-endpoint/{id}");
    let tagged = sim.with(|call| ec2::tagged(call.region, &|_| true));
    assert!(tagged.iter().any(|(found, tags)| *found == arn && tags["owner"] == "me"));
    let filter = json!({"Filters": [{"Name": "resource-type", "Values": ["vpc-endpoint"]}]});
    assert_eq!(length(&sim.ec2("DescribeTags", filter), "/Tags"), 1);
    let unknown = json!({"Resources": ["vpce-12345678"], "Tags": [{"Key": "a"}]});
    assert_eq!(sim.ec2_code("CreateTags", unknown), "InvalidVpcEndpointId.NotFound");
}

/// EC2 user guide, "Regions and zones".
#[test]
fn regions_are_told_with_their_endpoints() {
    let sim = Sim::new();
    assert_eq!(length(&sim.ec2("DescribeRegions", json!({})), "/Regions"), 17);
    let one = sim.ec2("DescribeRegions", json!({"RegionNames": ["af-south-1"]}));
    assert_eq!(one["Regions"][0]["OptInStatus"], "not-opted-in");
    let filter = json!({"Filters": [{"Name": "endpoint", "Values": ["*eu-central-1*"]}]});
    assert_eq!(sim.ec2("DescribeRegions", filter)["Regions"][0]["RegionName"], "eu-central-1");
    assert_eq!(sim.ec2_code("DescribeRegions", json!({"RegionNames": ["mars-1"]})), "InvalidParameterValue");
}
