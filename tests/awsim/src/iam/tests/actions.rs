//! Which actions on which resources an operation needs. Sources as in `iam/action`.

use serde_json::{Value, json};

use super::{allow, ask, needs, policy};
use crate::seed::{ACCOUNT, SUBNETS, VPC};
use crate::tables;
use crate::testing::{Sim, string};

const HERE: &str = "eu-central-1:123456789012";

/// The needs of a call as `action resource` lines.
fn lines(service: &str, operation: &str, input: Value) -> Vec<String> {
    of(&Sim::new(), service, operation, input)
}

fn of(sim: &Sim, service: &str, operation: &str, input: Value) -> Vec<String> {
    needs(sim, service, operation, input).iter().map(|(action, on)| format!("{action} {on}")).collect()
}

/// Service Authorization Reference, each service.
#[test]
fn every_operation_that_is_served_needs_some_action_of_its_service() {
    let sim = Sim::new();
    let mut count = 0;
    for service in tables::services() {
        for operation in service.operations.keys() {
            let needs = needs(&sim, &service.name, operation, json!({}));
            let prefix = match service.name.as_str() {
                "elbv2" => "elasticloadbalancing",
                "apigatewayv2" => "apigateway",
                "resourcegroupstaggingapi" => "tag",
                name => name,
            };
            let first = needs.first().unwrap_or_else(|| panic!("{}:{operation}", service.name));
            let (of, name) = first.0.split_once(':').unwrap();
            assert_eq!(of, prefix, "{operation}");
            assert!(name == operation || service.name == "apigatewayv2", "{operation} {name}");
            count += 1;
        }
    }
    assert!(count >= 231);
}

/// Service Authorization Reference, Amazon EC2; EC2 user guide, "Grant permission to tag resources during
/// creation".
#[test]
fn what_ec2_makes_with_tags_is_asked_on_itself_on_its_vpc_and_for_its_tags() {
    let tags = json!([{"ResourceType": "security-group", "Tags": [{"Key": "k", "Value": "v"}]}]);
    let input = json!({"GroupName": "g", "Description": "d", "VpcId": VPC, "TagSpecifications": tags});
    assert_eq!(
        lines("ec2", "CreateSecurityGroup", input),
        [
            format!("ec2:CreateSecurityGroup ec2:{HERE}:security-group/*"),
            format!("ec2:CreateSecurityGroup ec2:{HERE}:vpc/{VPC}"),
            format!("ec2:CreateTags ec2:{HERE}:security-group/*"),
        ]
    );
    let input = json!({"VpcId": VPC, "ServiceName": "s", "SubnetIds": [SUBNETS[0]],
        "SecurityGroupIds": ["sg-1"], "RouteTableIds": ["rtb-1"]});
    assert_eq!(
        lines("ec2", "CreateVpcEndpoint", input),
        [
            "vpc-endpoint/*",
            &format!("vpc/{VPC}"),
            &format!("subnet/{}", SUBNETS[0]),
            "security-group/sg-1",
            "route-table/rtb-1"
        ]
        .map(|resource| format!("ec2:CreateVpcEndpoint ec2:{HERE}:{resource}"))
    );
}

/// Service Authorization Reference, Amazon EC2: ModifySecurityGroupRules.
#[test]
fn ec2_asks_on_rules_only_to_modify_them() {
    let input = json!({"GroupId": "sg-1", "SecurityGroupRuleIds": ["sgr-1"]});
    let group = format!("ec2:{HERE}:security-group/sg-1");
    assert_eq!(
        lines("ec2", "RevokeSecurityGroupIngress", input),
        [format!("ec2:RevokeSecurityGroupIngress {group}")]
    );
    let input = json!({"GroupId": "sg-1", "SecurityGroupRules": [{"SecurityGroupRuleId": "sgr-1"}]});
    assert_eq!(
        lines("ec2", "ModifySecurityGroupRules", input),
        [
            format!("ec2:ModifySecurityGroupRules {group}"),
            format!("ec2:ModifySecurityGroupRules ec2:{HERE}:security-group-rule/sgr-1"),
        ]
    );
    assert_eq!(
        lines("ec2", "DescribeSecurityGroups", json!({"GroupIds": ["sg-1"]})),
        ["ec2:DescribeSecurityGroups *"]
    );
}

/// Service Authorization Reference, Amazon EC2: CreateTags, AssociateRouteTable.
#[test]
fn ec2_tags_are_asked_on_each_object_and_associations_on_what_they_join() {
    let input = json!({"Resources": [VPC, SUBNETS[0]], "Tags": [{"Key": "k"}]});
    assert_eq!(
        lines("ec2", "CreateTags", input),
        [
            format!("ec2:CreateTags ec2:{HERE}:vpc/{VPC}"),
            format!("ec2:CreateTags ec2:{HERE}:subnet/{}", SUBNETS[0])
        ]
    );
    let sim = Sim::new();
    let made = sim.ec2("CreateRouteTable", json!({"VpcId": VPC}));
    let table = string(&made, "/RouteTable/RouteTableId");
    let subnet = sim.ec2("CreateSubnet", json!({"VpcId": VPC, "CidrBlock": "10.0.250.0/24"}));
    let subnet = string(&subnet, "/Subnet/SubnetId");
    let joined = sim.ec2("AssociateRouteTable", json!({"RouteTableId": table, "SubnetId": subnet}));
    let association = string(&joined, "/AssociationId");
    assert_eq!(
        of(&sim, "ec2", "DisassociateRouteTable", json!({"AssociationId": association})),
        [
            format!("ec2:DisassociateRouteTable ec2:{HERE}:route-table/{table}"),
            format!("ec2:DisassociateRouteTable ec2:{HERE}:subnet/{subnet}"),
        ]
    );
}

/// aws-load-balancer-controller #2692 (`targetgroup/NAME/*`) and #3086.
#[test]
fn what_elb_makes_with_tags_also_wants_add_tags_on_what_is_to_be() {
    let tags = json!([{"Key": "k", "Value": "v"}]);
    assert_eq!(
        lines("elbv2", "CreateTargetGroup", json!({"Name": "t", "Tags": tags})),
        ["CreateTargetGroup", "AddTags"]
            .map(|name| format!("elasticloadbalancing:{name} elasticloadbalancing:{HERE}:targetgroup/t/*"))
    );
    let balancer = format!("arn:aws:elasticloadbalancing:{HERE}:loadbalancer/net/n/0");
    assert_eq!(
        lines("elbv2", "CreateListener", json!({"LoadBalancerArn": balancer, "Tags": tags})),
        [
            format!("elasticloadbalancing:CreateListener elasticloadbalancing:{HERE}:loadbalancer/net/n/0"),
            format!("elasticloadbalancing:AddTags elasticloadbalancing:{HERE}:listener/net/n/0/*"),
        ]
    );
    assert_eq!(
        lines("elbv2", "CreateLoadBalancer", json!({"Name": "n", "Type": "network"})),
        [format!("elasticloadbalancing:CreateLoadBalancer elasticloadbalancing:{HERE}:loadbalancer/net/n/*")]
    );
    assert_eq!(
        lines("elbv2", "DescribeListeners", json!({"LoadBalancerArn": balancer})),
        ["elasticloadbalancing:DescribeListeners *"]
    );
}

/// Service Authorization Reference, Amazon API Gateway Management V2.
#[test]
fn api_gateway_asks_for_the_verb_on_the_path_without_an_account() {
    for (operation, input, expected) in [
        ("GetApis", json!({}), "apigateway:GET apigateway:eu-central-1::/apis"),
        ("ImportApi", json!({}), "apigateway:PUT apigateway:eu-central-1::/apis"),
        ("DeleteApi", json!({"ApiId": "a"}), "apigateway:DELETE apigateway:eu-central-1::/apis/a"),
        (
            "UpdateRoute",
            json!({"ApiId": "a", "RouteId": "r"}),
            "apigateway:PATCH apigateway:eu-central-1::/apis/a/routes/r",
        ),
        (
            "DeleteCorsConfiguration",
            json!({"ApiId": "a"}),
            "apigateway:DELETE apigateway:eu-central-1::/apis/a/cors",
        ),
        ("CreateVpcLink", json!({}), "apigateway:POST apigateway:eu-central-1::/vpclinks"),
        (
            "GetTags",
            json!({"ResourceArn": "arn:aws:apigateway:eu-central-1::/apis/a"}),
            "apigateway:GET apigateway:eu-central-1::/tags/arn%3Aaws%3Aapigateway%3Aeu%2Dcentral%2D1%3A%3A%2Fapis%2Fa",
        ),
    ] {
        assert_eq!(lines("apigatewayv2", operation, input), [expected]);
    }
}

/// amplify-studio #889, cloudtools/awacs #254; mattclay/aws-terminator #284.
#[test]
fn tags_of_a_new_api_want_tag_resource_or_a_verb_on_tags() {
    let (sim, input) = (Sim::new(), json!({"Name": "n", "ProtocolType": "HTTP", "Tags": {"k": "v"}}));
    let collection = "arn:aws:apigateway:*::/apis";
    let create = allow(json!("apigateway:POST"), json!(collection));
    let denied =
        ask(&sim, std::slice::from_ref(&create), "apigatewayv2", "CreateApi", input.clone()).1.unwrap_err();
    assert!(
        denied
            .message
            .contains("apigateway:TagResource on resource: arn:aws:apigateway:eu-central-1::/apis "),
        "{denied}"
    );
    for (action, resource) in
        [("apigateway:TagResource", collection), ("apigateway:PUT", "arn:aws:apigateway:*::/tags/*")]
    {
        let tag = allow(json!(action), json!(resource));
        assert!(
            super::allowed(&sim, &[create.clone(), tag], "apigatewayv2", "CreateApi", input.clone()),
            "{action}"
        );
    }
}

/// Service Authorization Reference, Amazon API Gateway Management V2; AGD, http-api-logging, permissions.
#[test]
fn api_gateway_asks_for_roles_trust_stores_and_log_delivery() {
    let input = json!({"ApiId": "a", "CredentialsArn": "arn:aws:iam::123456789012:role/x"});
    assert_eq!(lines("apigatewayv2", "CreateIntegration", input)[1], "iam:PassRole iam::123456789012:role/x");
    let input = json!({"DomainName": "d", "MutualTlsAuthentication": {"TruststoreUri": "s3://b/k"}});
    assert_eq!(
        lines("apigatewayv2", "CreateDomainName", input)[1],
        "apigateway:AddCertificateToDomain apigateway:eu-central-1::/domainnames"
    );
    let input = json!({"ApiId": "a", "StageName": "s", "AccessLogSettings": {"DestinationArn": "x"}});
    assert_eq!(
        lines("apigatewayv2", "CreateStage", input.clone())[1..],
        ["logs:CreateLogDelivery *", "logs:DescribeResourcePolicies *", "logs:PutResourcePolicy *"]
    );
    let refused =
        ask(&Sim::new(), &[allow(json!("apigateway:*"), json!("*"))], "apigatewayv2", "CreateStage", input);
    let refused = refused.1.unwrap_err();
    assert_eq!(
        (&*refused.code, &*refused.message),
        ("BadRequestException", "Insufficient permissions to enable logging")
    );
}

/// CloudWatch Logs User Guide: `:*` at the end for all but tags; vectordotdev/vector #714.
#[test]
fn a_log_group_is_named_with_a_star_after_it_but_for_its_tags() {
    let sim = Sim::new();
    for (operation, input) in [
        ("CreateLogGroup", json!({"logGroupName": "g"})),
        ("PutRetentionPolicy", json!({"logGroupName": "g", "retentionInDays": 1})),
        ("PutLogEvents", json!({"logGroupName": "g", "logStreamName": "s"})),
    ] {
        let exact = allow(json!("logs:*"), json!("arn:aws:logs:*:*:log-group:g"));
        let with_star = allow(json!("logs:*"), json!("arn:aws:logs:*:*:log-group:g:*"));
        assert!(!super::allowed(&sim, &[exact], "logs", operation, input.clone()), "{operation}");
        assert!(super::allowed(&sim, &[with_star], "logs", operation, input), "{operation}");
    }
    assert_eq!(
        lines("logs", "CreateLogGroup", json!({"logGroupName": "g", "tags": {"k": "v"}}))[1],
        format!("logs:TagResource logs:{HERE}:log-group:g")
    );
    assert_eq!(
        lines("logs", "DescribeLogGroups", json!({"logGroupNamePrefix": "g"})),
        [format!("logs:DescribeLogGroups logs:{HERE}:log-group::log-stream:")]
    );
}

/// Service Authorization Reference, each service: dependent actions.
#[test]
fn other_services_ask_for_tags_on_creation_too() {
    let tags = json!([{"Key": "k", "Value": "v"}]);
    let alarm = format!("cloudwatch:{HERE}:alarm:a");
    assert_eq!(
        lines("cloudwatch", "PutMetricAlarm", json!({"AlarmName": "a", "Tags": tags})),
        [format!("cloudwatch:PutMetricAlarm {alarm}"), format!("cloudwatch:TagResource {alarm}")]
    );
    assert_eq!(
        lines("acm", "RequestCertificate", json!({"DomainName": "d", "Tags": tags})),
        ["RequestCertificate", "AddTagsToCertificate"]
            .map(|name| format!("acm:{name} acm:{HERE}:certificate/*"))
    );
    assert_eq!(
        lines("secretsmanager", "CreateSecret", json!({"Name": "s", "Tags": tags})),
        ["CreateSecret", "TagResource"]
            .map(|name| format!("secretsmanager:{name} secretsmanager:{HERE}:secret:s-??????"))
    );
    let role = format!("arn:aws:iam::{ACCOUNT}:role/r");
    assert_eq!(
        lines("sts", "AssumeRole", json!({"RoleArn": role, "Tags": tags})),
        ["AssumeRole", "TagSession"].map(|name| format!("sts:{name} iam::{ACCOUNT}:role/r"))
    );
}

/// Service Authorization Reference, Amazon Route 53.
#[test]
fn route_53_asks_on_zones_and_changes_without_their_paths() {
    for (operation, input, expected) in [
        ("GetChange", json!({"Id": "/change/C1"}), &["route53:GetChange route53:::change/C1"][..]),
        ("DeleteHostedZone", json!({"Id": "Z1"}), &["route53:DeleteHostedZone route53:::hostedzone/Z1"]),
        (
            "AssociateVPCWithHostedZone",
            json!({"HostedZoneId": "Z1", "VPC": {"VPCId": VPC, "VPCRegion": "r"}}),
            &["route53:AssociateVPCWithHostedZone route53:::hostedzone/Z1", "ec2:DescribeVpcs *"],
        ),
        ("ListHostedZones", json!({}), &["route53:ListHostedZones *"]),
        (
            "ListTagsForResource",
            json!({"ResourceType": "healthcheck", "ResourceId": "h"}),
            &["route53:ListTagsForResource route53:::healthcheck/h"],
        ),
    ] {
        assert_eq!(lines("route53", operation, input), expected, "{operation}");
    }
}

/// Route 53 Developer Guide, "Using IAM policy conditions for fine-grained access control".
#[test]
fn route_53_tells_types_normal_names_and_kinds_of_changes() {
    let sim = Sim::new();
    let change = |action: &str, name: &str, kind: &str| json!({"Action": action, "ResourceRecordSet": {"Name": name, "Type": kind}});
    let batch = |changes: Value| json!({"HostedZoneId": "Z1", "ChangeBatch": {"Changes": changes}});
    let only = policy(json!([{"Effect": "Allow", "Action": "route53:*", "Resource": "*", "Condition": {
        "ForAllValues:StringEquals": {
            "route53:ChangeResourceRecordSetsRecordTypes": ["A"],
            "route53:ChangeResourceRecordSetsActions": ["CREATE", "UPSERT"],
        },
        "ForAllValues:StringLike": {"route53:ChangeResourceRecordSetsNormalizedRecordNames": "*.shop.example"},
    }}]));
    for (changes, expected) in [
        (json!([change("CREATE", "A.Shop.Example.", "A")]), true),
        (json!([change("CREATE", "a.shop.example", "A"), change("UPSERT", "\\052.shop.example", "A")]), true),
        (json!([change("CREATE", "a.shop.example", "A"), change("CREATE", "b.shop.example", "TXT")]), false),
        (json!([change("DELETE", "a.shop.example", "A")]), false),
        (json!([change("CREATE", "other.example", "A")]), false),
    ] {
        let text = changes.to_string();
        assert_eq!(
            super::allowed(
                &sim,
                std::slice::from_ref(&only),
                "route53",
                "ChangeResourceRecordSets",
                batch(changes)
            ),
            expected,
            "{text}"
        );
    }
}
