use serde_json::{Value, json};

use super::{private, zone};
use crate::seed;
use crate::testing::{Sim, length, string};

const ELSEWHERE: &str = "eu-west-1";

/// A VPC in another region of the account.
fn foreign_vpc(sim: &Sim) -> String {
    let mut world = sim.world.lock().unwrap();
    let handler = crate::ec2::handler("CreateVpc").unwrap();
    let made =
        handler(&mut world.call(seed::ACCOUNT, ELSEWHERE), &json!({"CidrBlock": "10.9.0.0/16"})).unwrap();
    string(&made, "/Vpc/VpcId")
}

fn of(zone: &str, region: &str, vpc: &str) -> Value {
    json!({"HostedZoneId": zone, "VPC": {"VPCRegion": region, "VPCId": vpc}})
}

fn made(sim: &Sim, name: &str) -> String {
    let made = sim.dns("CreateHostedZone", private(name, name, seed::REGION, seed::VPC));
    string(&made, "/HostedZone/Id").replace("/hostedzone/", "")
}

/// BC, CreateHostedZone: a private zone has VPCs and no delegation set.
#[test]
fn a_private_zone_has_vpcs_instead_of_name_servers() {
    let sim = Sim::new();
    let id = made(&sim, "lab.internal");
    let told = sim.dns("GetHostedZone", json!({"Id": id}));
    assert_eq!(told["HostedZone"]["Config"]["PrivateZone"], true);
    assert_eq!(told["VPCs"], json!([{"VPCRegion": seed::REGION, "VPCId": seed::VPC}]));
    assert!(told["DelegationSet"].is_null());
}

/// BC, InvalidVPCId.
#[test]
fn a_vpc_must_exist_in_its_region() {
    let sim = Sim::new();
    let vpc = foreign_vpc(&sim);
    for (region, vpc) in [(seed::REGION, vpc.as_str()), (ELSEWHERE, seed::VPC), (seed::REGION, "vpc-0")] {
        assert_eq!(sim.dns_code("CreateHostedZone", private("a.internal", "r", region, vpc)), "InvalidVPCId");
    }
    let half = json!({"Name": "a.internal", "CallerReference": "r", "VPC": {"VPCId": vpc}});
    assert_eq!(sim.dns_code("CreateHostedZone", half), "InvalidInput");
    let none =
        json!({"Name": "a.internal", "CallerReference": "r", "HostedZoneConfig": {"PrivateZone": true}});
    assert_eq!(sim.dns_code("CreateHostedZone", none), "InvalidInput");
    sim.dns("CreateHostedZone", private("a.internal", "r", ELSEWHERE, &vpc));
}

/// BC, ConflictingDomainExists and LastVPCAssociation; the words from reports.
#[test]
fn a_zone_gains_and_loses_vpcs_but_not_its_last_one() {
    let sim = Sim::new();
    let (id, vpc) = (made(&sim, "lab.internal"), foreign_vpc(&sim));
    assert_eq!(
        sim.dns_code("DisassociateVPCFromHostedZone", of(&id, seed::REGION, seed::VPC)),
        "LastVPCAssociation"
    );
    assert_eq!(
        sim.dns_code("DisassociateVPCFromHostedZone", of(&id, ELSEWHERE, &vpc)),
        "VPCAssociationNotFound"
    );
    let info = sim.dns("AssociateVPCWithHostedZone", of(&id, ELSEWHERE, &vpc));
    assert_eq!(info["ChangeInfo"]["Status"], "PENDING");
    let again = sim.try_dns("AssociateVPCWithHostedZone", of(&id, ELSEWHERE, &vpc)).unwrap_err();
    assert_eq!(
        again.message,
        format!(
            "The VPC {vpc} in region eu-west-1 has already been associated with the hosted zone {id} with the same \
             domain name."
        )
    );
    assert_eq!(again.code, "ConflictingDomainExists");
    assert_eq!(length(&sim.dns("GetHostedZone", json!({"Id": id})), "/VPCs"), 2);
    sim.dns("DisassociateVPCFromHostedZone", of(&id, seed::REGION, seed::VPC));
    assert_eq!(length(&sim.dns("GetHostedZone", json!({"Id": id})), "/VPCs"), 1);
}

/// BC, ConflictingDomainExists.
#[test]
fn a_vpc_sees_one_zone_of_a_name() {
    let sim = Sim::new();
    made(&sim, "lab.internal");
    let twin = private("lab.internal", "r", seed::REGION, seed::VPC);
    assert_eq!(sim.dns_code("CreateHostedZone", twin), "ConflictingDomainExists");
    made(&sim, "deeper.lab.internal");
}

/// terraform-provider-aws 37783: the hidden zone of an endpoint with private DNS counts, and (17535
/// there; AWS re:Post, conflicting DNS domain) a zone of the service's name keeps private DNS off in turn.
#[test]
fn a_private_zone_and_private_dns_of_an_endpoint_exclude_each_other_in_a_vpc() {
    let (sim, name) = (Sim::new(), "secretsmanager.eu-central-1.amazonaws.com");
    let endpoint = |private: bool| {
        let input = json!({
            "VpcId": seed::VPC, "VpcEndpointType": "Interface", "PrivateDnsEnabled": private,
            "ServiceName": "com.amazonaws.eu-central-1.secretsmanager", "SubnetIds": [seed::SUBNETS[0]],
        });
        sim.try_ec2("CreateVpcEndpoint", input).map(|made| string(&made, "/VpcEndpoint/VpcEndpointId"))
    };
    let first = endpoint(true).unwrap();
    let zone = |reference: &str| private(name, reference, seed::REGION, seed::VPC);
    let fault = sim.try_dns("CreateHostedZone", zone("a")).unwrap_err();
    assert_eq!(fault.code, "ConflictingDomainExists");
    let said = format!("The VPC {} in region eu-central-1 has already been associated with", seed::VPC);
    assert!(fault.message.starts_with(&said), "{fault}");
    let vpc = foreign_vpc(&sim);
    let id = string(&sim.dns("CreateHostedZone", private(name, "b", ELSEWHERE, &vpc)), "/HostedZone/Id");
    let associate = of(&id, seed::REGION, seed::VPC);
    assert_eq!(sim.dns_code("AssociateVPCWithHostedZone", associate.clone()), "ConflictingDomainExists");
    made(&sim, &format!("below.{name}"));
    sim.advance(90);
    sim.ec2("DeleteVpcEndpoints", json!({"VpcEndpointIds": [first]}));
    sim.advance(600);
    sim.dns("AssociateVPCWithHostedZone", associate);
    let fault = endpoint(true).unwrap_err();
    assert_eq!(fault.code, "InvalidParameter");
    let said = format!(
        "private-dns-enabled cannot be set because there is already a conflicting DNS domain for {name} in the \
         VPC {}",
        seed::VPC
    );
    assert_eq!(fault.message, said);
    let id = endpoint(false).unwrap();
    sim.advance(90);
    let on = json!({"VpcEndpointId": id, "PrivateDnsEnabled": true});
    assert_eq!(sim.ec2_code("ModifyVpcEndpoint", on), "InvalidParameter");
}

/// crossplane-contrib/provider-upjet-aws#456.
#[test]
fn a_public_zone_takes_no_vpc() {
    let sim = Sim::new();
    let id = zone(&sim, "lab.net");
    let fault = sim.try_dns("AssociateVPCWithHostedZone", of(&id, seed::REGION, seed::VPC)).unwrap_err();
    assert_eq!(fault.code, "PublicZoneVPCAssociation");
    assert_eq!(fault.message, format!("Attempting to associate public zone: {id} with vpc: {}", seed::VPC));
}

/// BC, ListHostedZonesByVPC.
#[test]
fn zones_are_listed_by_vpc_in_pages() {
    let sim = Sim::new();
    made(&sim, "a.internal");
    made(&sim, "b.internal");
    zone(&sim, "lab.net");
    let input = json!({"VPCId": seed::VPC, "VPCRegion": seed::REGION, "MaxItems": "1"});
    let first = sim.dns("ListHostedZonesByVPC", input.clone());
    assert_eq!(first["HostedZoneSummaries"][0]["Owner"], json!({"OwningAccount": seed::ACCOUNT}));
    let mut input = input;
    input["NextToken"] = first["NextToken"].clone();
    let second = sim.dns("ListHostedZonesByVPC", input.clone());
    assert_ne!(first["HostedZoneSummaries"], second["HostedZoneSummaries"]);
    assert!(second["NextToken"].is_null());
    input["NextToken"] = json!("x");
    assert_eq!(sim.dns_code("ListHostedZonesByVPC", input), "InvalidPaginationToken");
}
