use serde_json::{Value, json};

use super::fixture::{Aws, GROUP, SUBNETS, id};
use crate::apigatewayv2::vpc_link::{self, owner};
use crate::ec2::network_interface;
use crate::quota::Quotas;
use crate::seed;

fn input() -> Value {
    json!({"Name": "link", "SubnetIds": SUBNETS, "SecurityGroupIds": [GROUP]})
}

fn status(aws: &mut Aws, link: &str) -> String {
    id(&aws.ok("GetVpcLink", json!({"VpcLinkId": link})), "VpcLinkStatus")
}

/// AGD, VPC links V2: a link takes a few minutes; that it is one to two is inferred from field reports.
#[test]
fn a_link_is_pending_for_ninety_seconds_and_then_available() {
    let mut aws = Aws::new();
    let link = aws.ok("CreateVpcLink", input());
    assert_eq!((&link["VpcLinkStatus"], &link["VpcLinkVersion"]), (&json!("PENDING"), &json!("V2")));
    let link = id(&link, "VpcLinkId");
    aws.advance(89);
    assert_eq!(status(&mut aws, &link), "PENDING");
    aws.advance(1);
    let link = aws.ok("GetVpcLink", json!({"VpcLinkId": link}));
    assert_eq!(link["VpcLinkStatus"], "AVAILABLE");
    assert_eq!(link["VpcLinkStatusMessage"], "VPC link is ready to route traffic");
}

/// BC, CreateVpcLink: it has no token, so that each call makes another (inferred); HQ: ten; TF 40500 has
/// the words.
#[test]
fn creating_a_link_twice_makes_two_and_the_eleventh_is_refused() {
    let mut aws = Aws::new();
    for _ in 0..10 {
        aws.ok("CreateVpcLink", input());
    }
    let message = "There are too many Vpc Links defined for this account. Limit is 10.";
    aws.refuses("CreateVpcLink", input(), "BadRequestException", message);
    aws.world.options.quotas = Quotas::off();
    aws.ok("CreateVpcLink", input());
    assert_eq!(aws.all("GetVpcLinks", &json!({"MaxResults": "3"})).len(), 11);
}

/// AGD, VPC links V2: interfaces in the link's subnets. One in each, with the link's groups, is inferred.
#[test]
fn a_link_holds_an_interface_in_each_of_its_subnets() {
    let mut aws = Aws::new();
    let link = aws.link();
    let owner = owner(&link);
    let enis: Vec<_> = network_interface::of_owner(&aws.region().ec2, &owner).cloned().collect();
    assert_eq!(enis.len(), 2);
    for eni in enis {
        assert_eq!((eni.groups, eni.tags["VpcLinkId"].as_str()), (vec![GROUP.to_owned()], link.as_str()));
    }
}

/// A zone that is not served: amplify 8224, cdk 13569. That subnets and groups must exist and be in one VPC
/// is inferred; HQ: ten subnets.
#[test]
fn a_link_that_cannot_be_placed_is_refused() {
    let mut aws = Aws::new();
    aws.subnet("subnet-other", "vpc-2", "10.0.48.0/20", "euc1-az2");
    aws.subnet("subnet-far", "vpc-2", "10.0.64.0/20", "use1-az3");
    aws.group("sg-other", "vpc-2");
    for (subnets, groups, words) in [
        (json!(["subnet-none"]), json!([GROUP]), "The subnet ID 'subnet-none' does not exist"),
        (json!([SUBNETS[0]]), json!(["sg-none"]), "The security group 'sg-none' does not exist"),
        (
            json!([SUBNETS[0], "subnet-other"]),
            json!([]),
            "Subnets and security groups must all belong to one VPC",
        ),
        (json!([SUBNETS[0]]), json!(["sg-other"]), "Subnets and security groups must all belong to one VPC"),
        (
            json!(["subnet-far"]),
            json!([]),
            "Subnet 'subnet-far' is in Availability Zone 'use1-az3' where service is not available",
        ),
        (json!([]), json!([]), "SubnetIds must name 1 to 10 subnets"),
    ] {
        let input = json!({"Name": "link", "SubnetIds": subnets, "SecurityGroupIds": groups});
        aws.refuses("CreateVpcLink", input, "BadRequestException", words);
    }
    assert!(aws.region().ec2.network_interfaces.is_empty());
}

/// BC, VpcLinkStatus: `FAILED` is one; that it is for want of addresses is assumed.
#[test]
fn a_link_fails_when_a_subnet_has_no_address_left() {
    let mut aws = Aws::new();
    aws.subnet("subnet-tiny", seed::VPC, "10.0.64.0/29", "euc1-az1");
    let tiny = json!({"Name": "link", "SubnetIds": ["subnet-tiny"]});
    for _ in 0..3 {
        aws.ok("CreateVpcLink", tiny.clone());
    }
    let link = id(&aws.ok("CreateVpcLink", tiny), "VpcLinkId");
    aws.advance(90);
    assert_eq!(status(&mut aws, &link), "FAILED");
}

/// BC: UpdateVpcLink takes the name only.
#[test]
fn only_the_name_of_a_link_can_be_changed() {
    let mut aws = Aws::new();
    let link = aws.link();
    let updated =
        aws.ok("UpdateVpcLink", json!({"VpcLinkId": link, "Name": "new", "SubnetIds": ["subnet-x"]}));
    assert_eq!((&updated["Name"], &updated["SubnetIds"]), (&json!("new"), &json!(SUBNETS)));
    let message = "Invalid VpcLink identifier specified none";
    aws.refuses("UpdateVpcLink", json!({"VpcLinkId": "none"}), "NotFoundException", message);
}

/// BC, VpcLinkStatus: `DELETING` is one. That the interfaces go later, and the times, are inferred.
#[test]
fn a_deleted_link_is_deleting_then_gone_and_its_interfaces_linger() {
    let mut aws = Aws::new();
    let link = aws.link();
    aws.ok("DeleteVpcLink", json!({"VpcLinkId": link}));
    assert_eq!(status(&mut aws, &link), "DELETING");
    aws.ok("DeleteVpcLink", json!({"VpcLinkId": link}));
    aws.advance(60);
    let message = format!("Invalid VpcLink identifier specified {link}");
    aws.refuses("GetVpcLink", json!({"VpcLinkId": link}), "NotFoundException", &message);
    aws.refuses("DeleteVpcLink", json!({"VpcLinkId": link}), "NotFoundException", &message);
    assert_eq!(aws.region().ec2.network_interfaces.len(), 2);
    aws.advance(60);
    assert!(aws.region().ec2.network_interfaces.is_empty());
}

/// TF 12195: refused while an integration names it. That a stage which still serves one counts is inferred
/// from REST APIs (terraform 18392), the form of the list from theirs.
#[test]
fn a_link_that_an_integration_uses_cannot_be_deleted() {
    let mut aws = Aws::new();
    let (api, link) = (aws.api(), aws.link());
    let uri = "arn:aws:servicediscovery:eu-central-1:123456789012:service/srv-1";
    let private = json!({
        "ApiId": api, "IntegrationType": "HTTP_PROXY", "IntegrationMethod": "ANY", "IntegrationUri": uri,
        "ConnectionType": "VPC_LINK", "ConnectionId": link,
    });
    let integration = id(&aws.ok("CreateIntegration", private), "IntegrationId");
    let message = format!(
        "Cannot delete vpc link. Vpc link '{link}', is referenced in [{api}:{integration}] in format of [ApiId:IntegrationId]."
    );
    aws.refuses("DeleteVpcLink", json!({"VpcLinkId": link}), "BadRequestException", &message);
    let route = aws.route(&api, "GET /a", &integration);
    aws.ok("CreateStage", json!({"ApiId": api, "StageName": "s"}));
    aws.ok("CreateDeployment", json!({"ApiId": api, "StageName": "s"}));
    aws.advance(1);
    aws.ok("DeleteRoute", json!({"ApiId": api, "RouteId": route}));
    aws.ok("DeleteIntegration", json!({"ApiId": api, "IntegrationId": integration}));
    aws.refuses("DeleteVpcLink", json!({"VpcLinkId": link}), "BadRequestException", &message);
    aws.ok("DeleteStage", json!({"ApiId": api, "StageName": "s"}));
    aws.ok("DeleteVpcLink", json!({"VpcLinkId": link}));
}

/// AGD, VPC links V2: after 60 days without traffic INACTIVE without interfaces; the next request
/// makes it come back within minutes.
#[test]
fn a_link_without_traffic_falls_asleep_and_the_next_request_wakes_it() {
    let mut aws = Aws::new();
    let link = aws.link();
    aws.advance(60 * 24 * 3600);
    assert_eq!(status(&mut aws, &link), "INACTIVE");
    aws.advance(60);
    assert!(aws.region().ec2.network_interfaces.is_empty());
    vpc_link::used(&mut aws.world.call(super::fixture::ACCOUNT, super::fixture::REGION), &link);
    assert_eq!(status(&mut aws, &link), "PENDING");
    aws.advance(90);
    assert_eq!(status(&mut aws, &link), "AVAILABLE");
    assert_eq!(aws.region().ec2.network_interfaces.len(), 2);
}

/// BC, `VpcLinkStatus`: a link that cannot get its interfaces back is FAILED and says why; it
/// carries nothing, cannot be named by a new integration, and can be deleted.
#[test]
fn a_sleeping_link_whose_subnet_is_gone_fails_when_it_is_to_wake_up() {
    let mut aws = Aws::new();
    let (api, link) = (aws.api(), aws.link());
    aws.advance(61 * 24 * 3600);
    assert_eq!(status(&mut aws, &link), "INACTIVE");
    aws.region().ec2.subnets.remove(SUBNETS[1]);
    vpc_link::used(&mut aws.world.call(super::fixture::ACCOUNT, super::fixture::REGION), &link);
    assert_eq!(status(&mut aws, &link), "PENDING");
    aws.advance(90);
    let failed = aws.ok("GetVpcLink", json!({"VpcLinkId": link}));
    assert_eq!(failed["VpcLinkStatus"], "FAILED");
    assert!(id(&failed, "VpcLinkStatusMessage").contains(SUBNETS[1]), "{failed}");
    assert!(aws.region().ec2.network_interfaces.is_empty());
    let uri = "arn:aws:servicediscovery:eu-central-1:123456789012:service/srv-1";
    let private = json!({
        "ApiId": api, "IntegrationType": "HTTP_PROXY", "IntegrationMethod": "ANY", "IntegrationUri": uri,
        "ConnectionType": "VPC_LINK", "ConnectionId": link,
    });
    assert_eq!(aws.refused("CreateIntegration", private).code, "BadRequestException");
    aws.ok("DeleteVpcLink", json!({"VpcLinkId": link}));
    aws.advance(60);
    assert_eq!(aws.refused("GetVpcLink", json!({"VpcLinkId": link})).status, 404);
}
