//! What a policy lets pass and what not, on things that exist.

use serde_json::{Value, json};

use super::{OPERATOR, allow, allowed, ask, policy};
use crate::iam::grants::{self, EVERYONE};
use crate::iam::policy::Policy;
use crate::seed::{ACCOUNT, REGION, SUBNETS, VPC};
use crate::testing::{Sim, string};
use crate::world::Call;

const TOKEN: &str = "0f0e0d0c-0b0a-0908-0706-050403020100";

/// The operator's policy, with the seed's names in it.
fn operator() -> Policy {
    let text = OPERATOR.replace("REGION", REGION).replace("VPCID", VPC).replace("ZONEID", "Z1");
    Policy::parse(&text).unwrap()
}

fn group(sim: &Sim, name: &str, tags: Value) -> String {
    let mut input = json!({"GroupName": name, "Description": "d", "VpcId": VPC});
    if !tags.is_null() {
        input["TagSpecifications"] = json!([{"ResourceType": "security-group", "Tags": tags}]);
    }
    string(&sim.ec2("CreateSecurityGroup", input), "/GroupId")
}

fn own() -> Value {
    json!([{"Key": "OWNER", "Value": "CLUSTER"}])
}

/// A policy as an operator needs it, which lets it have only what carries its own tag: put together from the
/// actions, resources and conditions of SAR and of the API Gateway developer guide's examples.
#[test]
fn an_operators_policy_allows_what_it_is_meant_to_and_nothing_of_strangers() {
    let sim = Sim::new();
    let (mine, strange) =
        (group(&sim, "mine", own()), group(&sim, "strange", json!([{"Key": "OWNER", "Value": "x"}])));
    let tagged = |kind: &str| json!([{"ResourceType": kind, "Tags": own()}]);
    let map = json!({"OWNER": "CLUSTER"});
    let group_name = "/aws/vendedlogs/entry-path/a";
    let logs = json!({"DestinationArn": "x"});
    let record =
        json!({"Changes": [{"Action": "CREATE", "ResourceRecordSet": {"Name": "a.b", "Type": "A"}}]});
    let new_group = |tags: Value| json!({"GroupName": "g", "VpcId": VPC, "TagSpecifications": tags});
    let alarm = |name: &str| json!({"AlarmName": name, "Tags": own()});
    let calls: Vec<(&str, &str, Value, bool)> = vec![
        ("ec2", "DescribeVpcs", json!({}), true),
        ("ec2", "CreateVpc", json!({"CidrBlock": "10.0.0.0/16"}), false),
        ("ec2", "CreateSecurityGroup", new_group(tagged("security-group")), true),
        ("ec2", "CreateSecurityGroup", new_group(json!([])), false),
        (
            "ec2",
            "CreateSecurityGroup",
            json!({"GroupName": "g", "VpcId": "vpc-1", "TagSpecifications": tagged("security-group")}),
            false,
        ),
        ("ec2", "DeleteSecurityGroup", json!({"GroupId": mine}), true),
        ("ec2", "DeleteSecurityGroup", json!({"GroupId": strange}), false),
        // What does not exist has no tags.
        ("ec2", "DeleteSecurityGroup", json!({"GroupId": "sg-0123456789abcdef0"}), false),
        (
            "ec2",
            "AuthorizeSecurityGroupIngress",
            json!({"GroupId": mine, "TagSpecifications": tagged("security-group-rule")}),
            true,
        ),
        ("ec2", "CreateTags", json!({"Resources": [mine], "Tags": own()}), false),
        (
            "ec2",
            "CreateVpcEndpoint",
            json!({"VpcId": VPC, "SubnetIds": SUBNETS, "ServiceName": "s", "TagSpecifications": tagged("vpc-endpoint")}),
            true,
        ),
        ("elbv2", "CreateLoadBalancer", json!({"Name": "n", "Type": "network", "Tags": own()}), true),
        ("elbv2", "CreateLoadBalancer", json!({"Name": "n", "Type": "application", "Tags": own()}), false),
        ("elbv2", "CreateLoadBalancer", json!({"Name": "n", "Type": "network"}), false),
        (
            "elbv2",
            "CreateListener",
            json!({"LoadBalancerArn": format!("arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/net/n/0"), "Tags": own()}),
            true,
        ),
        ("apigatewayv2", "CreateApi", json!({"Name": "a", "Tags": map}), true),
        ("apigatewayv2", "CreateApi", json!({"Name": "a"}), false),
        ("apigatewayv2", "CreateRoute", json!({"ApiId": "a1b2c3d4e5"}), true),
        (
            "apigatewayv2",
            "CreateStage",
            json!({"ApiId": "a1b2c3d4e5", "StageName": "$default", "Tags": map, "AccessLogSettings": logs}),
            true,
        ),
        ("apigatewayv2", "DeleteApi", json!({"ApiId": "a1b2c3d4e5"}), false),
        ("route53", "ChangeResourceRecordSets", json!({"HostedZoneId": "Z1", "ChangeBatch": record}), true),
        ("route53", "ChangeResourceRecordSets", json!({"HostedZoneId": "Z2", "ChangeBatch": record}), false),
        ("route53", "GetChange", json!({"Id": "C1"}), true),
        ("acm", "RequestCertificate", json!({"DomainName": "a.b"}), false),
        ("logs", "CreateLogGroup", json!({"logGroupName": group_name, "tags": map}), true),
        ("logs", "CreateLogGroup", json!({"logGroupName": "other"}), false),
        ("cloudwatch", "PutMetricAlarm", alarm("entry-path-a"), true),
        ("cloudwatch", "PutMetricAlarm", alarm("other"), false),
        ("resourcegroupstaggingapi", "GetResources", json!({}), true),
        ("resourcegroupstaggingapi", "TagResources", json!({}), false),
        ("secretsmanager", "ListSecrets", json!({}), true),
        ("secretsmanager", "GetRandomPassword", json!({}), false),
        ("sts", "GetCallerIdentity", json!({}), true),
    ];
    let policy = operator();
    for (service, operation, input, expected) in calls {
        let text = format!("{operation} {input}");
        assert_eq!(
            allowed(&sim, std::slice::from_ref(&policy), service, operation, input),
            expected,
            "{text}"
        );
    }
}

/// The same policy wants the tag of a certificate that does not exist yet: ACM asks for tags on
/// creation by `acm:AddTagsToCertificate` (modernisation-platform #3721).
#[test]
fn a_condition_on_the_tags_of_what_is_to_be_made_never_matches() {
    let input = json!({"DomainName": "a.b", "Tags": own()});
    let denied = ask(&Sim::new(), &[operator()], "acm", "RequestCertificate", input).1.unwrap_err();
    assert!(denied.message.contains("acm:AddTagsToCertificate on resource: "), "{denied}");
}

/// IAM user guide, global condition keys: aws:RequestTag, aws:TagKeys.
#[test]
fn request_tags_and_tag_keys_are_those_of_the_request() {
    let sim = Sim::new();
    let mine = group(&sim, "mine", Value::Null);
    let only = policy(json!([{"Effect": "Allow", "Action": "ec2:CreateTags", "Resource": "*", "Condition": {
        "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}, "StringLike": {"aws:RequestTag/team": "a*"},
    }}]));
    for (tags, expected) in [
        (json!([{"Key": "team", "Value": "ab"}]), true),
        (json!([{"Key": "team", "Value": "b"}]), false),
        (json!([{"Key": "team", "Value": "ab"}, {"Key": "more", "Value": ""}]), false),
    ] {
        let input = json!({"Resources": [mine], "Tags": tags});
        assert_eq!(allowed(&sim, std::slice::from_ref(&only), "ec2", "CreateTags", input), expected);
    }
}

/// Service Authorization Reference, Amazon EC2: condition keys of its resources.
#[test]
fn ec2_knows_where_an_object_lies() {
    let sim = Sim::new();
    let mine = group(&sim, "mine", Value::Null);
    let in_vpc = |vpc: &str| {
        policy(json!([{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {
            "ArnEquals": {"ec2:Vpc": format!("arn:aws:ec2:*:*:vpc/{vpc}")}, "StringEquals": {"ec2:Region": REGION},
        }}]))
    };
    let input = json!({"GroupId": mine});
    assert!(allowed(&sim, &[in_vpc(VPC)], "ec2", "DeleteSecurityGroup", input.clone()));
    assert!(!allowed(&sim, &[in_vpc("vpc-1")], "ec2", "DeleteSecurityGroup", input));
}

#[test]
fn a_secret_is_its_arn_however_it_is_named_and_denials_show_what_was_given() {
    let sim = Sim::new();
    let made = sim.secrets(
        "CreateSecret",
        json!({"Name": "a/b", "SecretString": "x", "ClientRequestToken": TOKEN, "Tags": [{"Key": "k", "Value": "v"}]}),
    );
    let arn = string(&made, "/ARN");
    let by_arn = allow(json!("secretsmanager:GetSecretValue"), json!(arn));
    let by_tag = policy(json!([{"Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {"StringEquals": {"secretsmanager:ResourceTag/k": "v"}}}]));
    for id in ["a/b", &*arn, &arn[..arn.len() - 7]] {
        for policy in [&by_arn, &by_tag] {
            let input = json!({"SecretId": id});
            assert!(
                allowed(&sim, std::slice::from_ref(policy), "secretsmanager", "GetSecretValue", input),
                "{id}"
            );
        }
    }
    let denied =
        ask(&sim, &[by_arn], "secretsmanager", "GetSecretValue", json!({"SecretId": "none"})).1.unwrap_err();
    assert!(denied.message.contains("secretsmanager:GetSecretValue on resource: none because"), "{denied}");
    let new =
        allow(json!("secretsmanager:CreateSecret"), json!("arn:aws:secretsmanager:*:*:secret:team-??????"));
    assert!(allowed(
        &sim,
        std::slice::from_ref(&new),
        "secretsmanager",
        "CreateSecret",
        json!({"Name": "team"})
    ));
    assert!(!allowed(&sim, &[new], "secretsmanager", "CreateSecret", json!({"Name": "team/x"})));
}

/// Runs a handler with a policy and gives its answer and the actions that were asked for.
fn handle(sim: &Sim, policy: &Policy, f: impl Fn(&mut Call<'_>) -> Value) -> (Value, Vec<String>) {
    let mut iam = grants::State::default();
    iam.attach(EVERYONE, policy.clone());
    let mut world = sim.world.lock().unwrap();
    let grants = iam.of(&world.sts.principal("AKIATEST", ACCOUNT), REGION, sim.clock.now());
    let mut call = world.call(ACCOUNT, REGION);
    call.grants = grants;
    let answer = f(&mut call);
    (answer, call.used.iter().map(|used| format!("{} {}", used.action, used.allowed)).collect())
}

/// BC, BatchGetSecretValue: what fails for one secret is told for that one.
#[test]
fn a_batch_of_secrets_leaves_out_what_may_not_be_read() {
    let sim = Sim::new();
    for name in ["a", "b"] {
        sim.secrets("CreateSecret", json!({"Name": name, "SecretString": "x", "ClientRequestToken": TOKEN}));
    }
    let only_a = allow(json!("secretsmanager:*"), json!("arn:aws:secretsmanager:*:*:secret:a-*"));
    let (answer, used) = handle(&sim, &only_a, |call| {
        let handler = crate::secretsmanager::handler("BatchGetSecretValue").unwrap();
        handler(call, &json!({"SecretIdList": ["a", "b"]})).unwrap()
    });
    assert_eq!(answer["SecretValues"].as_array().unwrap().len(), 1);
    assert_eq!(answer["Errors"][0]["SecretId"], "b");
    assert_eq!(answer["Errors"][0]["ErrorCode"], "AccessDeniedException");
    assert_eq!(used, ["secretsmanager:GetSecretValue true", "secretsmanager:GetSecretValue false"]);
    let with_filters = super::needs(&sim, "secretsmanager", "BatchGetSecretValue", json!({"Filters": [{}]}));
    assert_eq!(with_filters[1].0, "secretsmanager:ListSecrets");
}

/// Resource Groups Tagging API Reference, TagResources: the service's own permission is needed too.
#[test]
fn tags_set_by_arn_want_the_services_own_action_on_each_resource() {
    let sim = Sim::new();
    let mine = group(&sim, "mine", own());
    let arns = [
        format!("arn:aws:ec2:{REGION}:{ACCOUNT}:security-group/{mine}"),
        format!("arn:aws:ec2:{REGION}:{ACCOUNT}:vpc/{VPC}"),
    ];
    let own_only = policy(json!([{"Effect": "Allow", "Action": "ec2:CreateTags", "Resource": "*",
        "Condition": {"StringEquals": {"aws:ResourceTag/OWNER": "CLUSTER"}}}]));
    let (answer, used) = handle(&sim, &own_only, |call| {
        let handler = crate::tagging::handler("TagResources").unwrap();
        handler(call, &json!({"ResourceARNList": arns, "Tags": {"k": "v"}})).unwrap()
    });
    let failed = answer["FailedResourcesMap"].as_object().unwrap();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[&arns[1]]["ErrorCode"], "AccessDeniedException");
    assert_eq!(used, ["ec2:CreateTags true", "ec2:CreateTags false"]);
}
