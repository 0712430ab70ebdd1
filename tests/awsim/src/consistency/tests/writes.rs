//! Changes that do not know yet of what they refer to.

use serde_json::{Value, json};

use super::Lab;
use crate::seed;

/// EC, and for `InvalidGroup.NotFound` right after creation the issues below.
#[test]
fn a_fresh_security_group_is_unknown_to_tags_and_rules() {
    // boto3 620, packer 6843.
    let lab = Lab::new();
    let group = lab.group("fresh");
    let before = lab.truth();
    let tag = json!({"Resources": [group], "Tags": [{"Key": "a", "Value": "b"}]});
    let rule = json!({"GroupId": group, "IpPermissions": [{"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1,
        "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}]});
    assert_eq!(lab.code("ec2", "CreateTags", tag.clone()), "InvalidGroup.NotFound");
    assert_eq!(lab.code("ec2", "AuthorizeSecurityGroupIngress", rule.clone()), "InvalidGroup.NotFound");
    assert_eq!(lab.truth(), before);
    lab.sim.advance(3);
    lab.call("ec2", "CreateTags", tag);
    lab.call("ec2", "AuthorizeSecurityGroupIngress", rule);
}

#[test]
fn a_fresh_target_group_is_unknown_to_attributes_tags_and_targets() {
    // TF 19920, cloud-provider-aws 275.
    let lab = Lab::new();
    let arn = lab.target_group("fresh");
    let calls = [
        ("AddTags", json!({"ResourceArns": [arn], "Tags": [{"Key": "a", "Value": "b"}]})),
        ("RegisterTargets", json!({"TargetGroupArn": arn, "Targets": [{"Id": "10.0.8.9"}]})),
        (
            "ModifyTargetGroupAttributes",
            json!({"TargetGroupArn": arn, "Attributes": [
            {"Key": "deregistration_delay.timeout_seconds", "Value": "5"}]}),
        ),
    ];
    for (operation, input) in &calls {
        assert_eq!(lab.code("elbv2", operation, input.clone()), "TargetGroupNotFound", "{operation}");
    }
    lab.sim.advance(3);
    for (operation, input) in calls {
        lab.call("elbv2", operation, input);
    }
}

#[test]
fn a_fresh_api_is_unknown_to_what_is_made_in_it() {
    // TF 46610.
    let lab = Lab::new();
    let api = lab.api("fresh");
    let stage = json!({"ApiId": api, "StageName": "$default", "AutoDeploy": true});
    assert_eq!(lab.code("apigatewayv2", "CreateStage", stage.clone()), "NotFoundException");
    lab.sim.advance(2);
    lab.call("apigatewayv2", "CreateStage", stage);
}

#[test]
fn other_refusals_are_those_of_the_truth() {
    let lab = Lab::new();
    let group = lab.group("one");
    lab.sim.advance(3);
    lab.call("ec2", "DeleteSecurityGroup", json!({"GroupId": group}));
    // It is deleted twice: the replica still has it, the truth has not.
    assert_eq!(lab.code("ec2", "DeleteSecurityGroup", json!({"GroupId": group})), "InvalidGroup.NotFound");
    lab.group("one");
    // The replica does not know of its name being taken.
    let same = json!({"GroupName": "one", "Description": "test", "VpcId": seed::VPC});
    assert_eq!(lab.code("ec2", "CreateSecurityGroup", same), "InvalidGroup.Duplicate");
}

/// Calls that replicas have nothing against, of every service that changes others' state with its own.
fn harmless(lab: &Lab) -> Vec<(&'static str, &'static str, Value)> {
    let certificate = lab.sim.with(crate::testing::certificate);
    let (balancer, group, api) = (lab.balancer("lb"), lab.target_group("tg"), lab.api("api"));
    lab.call("logs", "CreateLogGroup", json!({"logGroupName": "g"}));
    let log = format!("arn:aws:logs:{}:{}:log-group:g", seed::REGION, seed::ACCOUNT);
    lab.sim.advance(400);
    // Something of each service to be behind of.
    lab.group("young");
    lab.target_group("young");
    lab.api("young");
    vec![
        (
            "elbv2",
            "CreateLoadBalancer",
            json!({"Name": "b", "Type": "network", "Scheme": "internal",
            "Subnets": [seed::SUBNETS[0]], "SecurityGroups": [seed::CLUSTER_GROUP]}),
        ),
        (
            "elbv2",
            "CreateListener",
            json!({"LoadBalancerArn": balancer, "Protocol": "TLS", "Port": 443,
            "Certificates": [{"CertificateArn": certificate}],
            "DefaultActions": [{"Type": "forward", "TargetGroupArn": group}]}),
        ),
        ("elbv2", "DeleteLoadBalancer", json!({"LoadBalancerArn": balancer})),
        ("apigatewayv2", "CreateVpcLink", json!({"Name": "l", "SubnetIds": [seed::SUBNETS[0]]})),
        (
            "apigatewayv2",
            "CreateStage",
            json!({"ApiId": api, "StageName": "s", "AccessLogSettings": {
            "DestinationArn": log, "Format": "$context.requestId"}}),
        ),
        (
            "apigatewayv2",
            "CreateDomainName",
            json!({"DomainName": "shop.example",
            "DomainNameConfigurations": [{"CertificateArn": certificate, "EndpointType": "REGIONAL"}]}),
        ),
        (
            "ec2",
            "CreateVpcEndpoint",
            json!({"VpcId": seed::VPC, "VpcEndpointType": "Interface",
            "ServiceName": "com.amazonaws.eu-central-1.sts", "SubnetIds": [seed::SUBNETS[0]]}),
        ),
    ]
}

#[test]
fn a_change_that_is_tried_on_what_was_leaves_no_trace_and_takes_no_id() {
    let lab = Lab::new();
    for (service, operation, input) in harmless(&lab) {
        let before = lab.truth();
        let mut world = lab.sim.world.lock().unwrap();
        let way = world.consistency.way((service, operation), true, None, lab.sim.clock.now());
        let mut call = world.call(seed::ACCOUNT, seed::REGION);
        let names = call.domain_names.clone();
        let until = call.region.history.true_until(super::super::lags::seen(service), way.moment.unwrap());
        let old = (way.moment.unwrap(), until.unwrap());
        let handler = crate::pipeline::handler(service, operation).unwrap();
        super::super::rehearse(handler, &mut call, &input, &way, old).unwrap();
        assert_eq!((call.held.is_none(), &*call.domain_names), (true, &names), "{operation}");
        assert_eq!(call.now, lab.sim.clock.now());
        drop(world);
        assert_eq!(lab.truth(), before, "{operation}");
        lab.call(service, operation, input);
    }
}
