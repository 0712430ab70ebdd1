//! Inputs as a client that knows the service would give them, of calls that would hardly ever
//! succeed with drawn ones. Few names, so that calls meet each other's objects.

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::pool::Pool;
use crate::seed;
use crate::testing::KEY;

/// Draws the parts of an input.
struct Parts<'a> {
    pool: &'a Pool,
    /// The region's part of the state.
    state: &'a Value,
    rng: &'a mut ChaCha8Rng,
}

impl Parts<'_> {
    /// What earlier answers named under that member, else a text that names nothing.
    fn known(&mut self, member: &str) -> String {
        self.pool.any(member, self.rng).unwrap_or("none").to_owned()
    }

    /// The key of something that is there, by the place of its collection in the state.
    fn there(&mut self, collection: &str) -> String {
        let members = self.state.pointer(collection).and_then(Value::as_object);
        let keys: Vec<&String> = members.map(|members| members.keys().collect()).unwrap_or_default();
        keys.choose(self.rng).map_or_else(|| "none".to_owned(), |key| (*key).clone())
    }

    fn one_of(&mut self, from: &[&str]) -> String {
        from.choose(self.rng).copied().unwrap_or_default().to_owned()
    }

    fn below(&mut self, bound: u32) -> u32 {
        self.rng.random_range(0..bound)
    }

    fn name(&mut self, stem: &str) -> String {
        format!("{stem}{}", self.below(6))
    }

    fn group(&mut self) -> String {
        match self.rng.random_bool(0.3) {
            true => seed::CLUSTER_GROUP.to_owned(),
            false => self.known("GroupId"),
        }
    }

    fn subnets(&mut self) -> Vec<String> {
        let from = usize::try_from(self.below(3)).unwrap_or_default();
        let own = seed::SUBNETS[from].to_owned();
        match self.rng.random_bool(0.8) {
            true => vec![own],
            false => vec![own, self.known("SubnetId")],
        }
    }

    fn tags(&mut self) -> Value {
        json!([{"Key": self.one_of(&["a", "b", "Name"]), "Value": self.name("v")}])
    }

    fn tag_map(&mut self) -> Value {
        json!({self.one_of(&["a", "b", "Name"]): self.name("v")})
    }

    /// An ARN or id whose text holds `part`.
    fn known_with(&mut self, member: &str, part: &str) -> String {
        let found = (0..8).map(|_| self.known(member)).find(|text| text.contains(part));
        found.unwrap_or_else(|| "none".to_owned())
    }
}

/// A usual input of the operation, if there is one.
pub(super) fn input(
    service: &str,
    operation: &str,
    (pool, state): (&Pool, &Value),
    rng: &mut ChaCha8Rng,
) -> Option<Value> {
    let parts = &mut Parts { pool, state, rng };
    match service {
        "ec2" => ec2(operation, parts),
        "elbv2" => elbv2(operation, parts),
        "apigatewayv2" => apigatewayv2(operation, parts),
        "secretsmanager" => secretsmanager(operation, parts),
        "logs" => logs(operation, parts),
        "cloudwatch" => cloudwatch(operation, parts),
        "acm" => acm(operation, parts),
        "route53" => route53(operation, parts),
        _ => tagging(operation, parts),
    }
}

fn ec2(operation: &str, p: &mut Parts<'_>) -> Option<Value> {
    let specified = |kind: &str, p: &mut Parts<'_>| match p.rng.random_bool(0.5) {
        true => json!([{"ResourceType": kind, "Tags": p.tags()}]),
        false => Value::Null,
    };
    let permissions = |p: &mut Parts<'_>| {
        let port = 80 + p.below(4);
        let peer = match p.below(3) {
            0 => json!({"IpRanges": [{"CidrIp": p.one_of(&["10.0.0.0/16", "10.1.0.0/16"])}]}),
            1 => json!({"PrefixListIds": [{"PrefixListId": p.known("PrefixListId")}]}),
            _ => json!({"UserIdGroupPairs": [{"GroupId": p.group()}]}),
        };
        let mut permission = json!({"IpProtocol": "tcp", "FromPort": port, "ToPort": port});
        for (name, value) in peer.as_object().into_iter().flatten() {
            permission[name] = value.clone();
        }
        json!([permission])
    };
    Some(match operation {
        "CreateVpc" => json!({"CidrBlock": p.one_of(&["10.1.0.0/16", "10.2.0.0/16"])}),
        "CreateSubnet" => {
            let cidr = format!("10.{}.{}.0/24", p.below(3), 240 + p.below(8));
            json!({"VpcId": p.known("VpcId"), "CidrBlock": cidr, "TagSpecifications": specified("subnet", p)})
        }
        "CreateSecurityGroup" => json!({"GroupName": p.name("group"), "Description": "drawn",
            "VpcId": p.known("VpcId"), "TagSpecifications": specified("security-group", p)}),
        "DisassociateRouteTable" => json!({"AssociationId": p.known("RouteTableAssociationId")}),
        "ModifySecurityGroupRules" => {
            let rule = p.there("/ec2/rules");
            let group = p.state.pointer(&format!("/ec2/rules/{rule}/group")).cloned().unwrap_or_default();
            json!({"GroupId": group, "SecurityGroupRules": [{"SecurityGroupRuleId": rule, "SecurityGroupRule":
                {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 81, "CidrIpv4": "10.0.0.0/16"}}]})
        }
        "DeleteSecurityGroup" => json!({"GroupId": p.known("GroupId")}),
        "AuthorizeSecurityGroupIngress"
        | "AuthorizeSecurityGroupEgress"
        | "RevokeSecurityGroupIngress"
        | "RevokeSecurityGroupEgress" => json!({"GroupId": p.group(), "IpPermissions": permissions(p)}),
        "UpdateSecurityGroupRuleDescriptionsIngress" | "UpdateSecurityGroupRuleDescriptionsEgress" => {
            json!({"GroupId": p.group(), "SecurityGroupRuleDescriptions":
                [{"SecurityGroupRuleId": p.there("/ec2/rules"), "Description": "told"}]})
        }
        "CreateRouteTable" | "CreateNetworkAcl" => json!({"VpcId": p.known("VpcId")}),
        "AssociateRouteTable" => {
            json!({"SubnetId": p.known("SubnetId"), "RouteTableId": p.known("RouteTableId")})
        }
        "CreateNetworkAclEntry" | "ReplaceNetworkAclEntry" => json!({"NetworkAclId": p.known("NetworkAclId"),
            "RuleNumber": 100 + p.below(4), "Protocol": "-1", "RuleAction": "allow", "Egress": false,
            "CidrBlock": "10.0.0.0/8"}),
        "DeleteNetworkAclEntry" => json!({"NetworkAclId": p.known("NetworkAclId"),
            "RuleNumber": 100 + p.below(4), "Egress": false}),
        "ReplaceNetworkAclAssociation" => json!({"NetworkAclId": p.known("NetworkAclId"),
            "AssociationId": p.known("NetworkAclAssociationId")}),
        "CreateNetworkInterface" => json!({"SubnetId": p.subnets()[0], "Groups": [p.group()]}),
        "ModifyNetworkInterfaceAttribute" => {
            json!({"NetworkInterfaceId": p.known("NetworkInterfaceId"), "Groups": [p.group()]})
        }
        "CreateVpcEndpoint" if p.rng.random_bool(0.3) => json!({"VpcId": seed::VPC,
            "VpcEndpointType": "Gateway", "ServiceName": "com.amazonaws.eu-central-1.s3",
            "RouteTableIds": [p.known("RouteTableId")]}),
        "CreateVpcEndpoint" => json!({"VpcId": seed::VPC, "VpcEndpointType": "Interface",
            "ServiceName": p.one_of(&["com.amazonaws.eu-central-1.secretsmanager", "com.amazonaws.eu-central-1.logs"]),
            "SubnetIds": p.subnets(), "SecurityGroupIds": [p.group()],
            "PrivateDnsEnabled": p.rng.random_bool(0.5), "TagSpecifications": specified("vpc-endpoint", p)}),
        "ModifyVpcEndpoint" => json!({"VpcEndpointId": p.known("VpcEndpointId"),
            "AddSecurityGroupIds": [p.group()], "AddSubnetIds": p.subnets()}),
        "CreateTags" => json!({"Resources": [p.known("GroupId")], "Tags": p.tags()}),
        "DeleteTags" => json!({"Resources": [p.known("GroupId")], "Tags": [{"Key": "a"}]}),
        _ => return None,
    })
}

fn elbv2(operation: &str, p: &mut Parts<'_>) -> Option<Value> {
    let group = |p: &mut Parts<'_>| p.there("/elbv2/target_groups");
    // Only listeners of application load balancers have rules.
    let application = |p: &mut Parts<'_>| {
        let some: Vec<String> = (0..4).map(|_| p.there("/elbv2/listeners")).collect();
        some.into_iter().find(|arn| arn.contains("/app/")).unwrap_or_else(|| p.there("/elbv2/listeners"))
    };
    let targets =
        |p: &mut Parts<'_>| json!([{"Id": format!("10.0.8.{}", 4 + p.below(9)), "Port": 8080 + p.below(2)}]);
    Some(match operation {
        "CreateLoadBalancer" => json!({"Name": p.name("lb"), "Scheme": "internal",
            "Type": p.one_of(&["network", "network", "application"]), "Tags": p.tags(),
            "Subnets": [seed::SUBNETS[0], seed::SUBNETS[1]], "SecurityGroups": [p.group()]}),
        "CreateTargetGroup" => {
            json!({"Name": p.name("tg"), "Port": 80, "TargetType": "ip", "VpcId": seed::VPC,
            "Protocol": p.one_of(&["TCP", "TCP", "HTTP"]), "Tags": p.tags()})
        }
        "CreateListener" => {
            let group = group(p);
            let groups = &p.state["elbv2"]["target_groups"];
            let protocol = groups[&group]["protocol"].clone();
            json!({"LoadBalancerArn": p.there("/elbv2/load_balancers"), "Protocol": protocol,
                "Port": 80 + p.below(4), "DefaultActions": [{"Type": "forward", "TargetGroupArn": group}]})
        }
        "ModifyListener" => json!({"ListenerArn": p.there("/elbv2/listeners"),
            "DefaultActions": [{"Type": "forward", "TargetGroupArn": group(p)}]}),
        "CreateRule" => json!({"ListenerArn": application(p), "Priority": 1 + p.below(5),
            "Conditions": [{"Field": "path-pattern", "Values": ["/x"]}],
            "Actions": [{"Type": "forward", "TargetGroupArn": group(p)}]}),
        "RegisterTargets" | "DeregisterTargets" => json!({"TargetGroupArn": group(p), "Targets": targets(p)}),
        "SetSecurityGroups" => {
            json!({"LoadBalancerArn": p.there("/elbv2/load_balancers"), "SecurityGroups": [p.group()]})
        }
        "SetSubnets" => {
            json!({"LoadBalancerArn": p.there("/elbv2/load_balancers"), "Subnets": seed::SUBNETS})
        }
        "ModifyRule" => json!({"RuleArn": p.there("/elbv2/rules"),
            "Actions": [{"Type": "forward", "TargetGroupArn": group(p)}]}),
        "DeleteRule" => json!({"RuleArn": p.there("/elbv2/rules")}),
        "SetRulePriorities" => {
            json!({"RulePriorities": [{"RuleArn": p.there("/elbv2/rules"), "Priority": 1 + p.below(5)}]})
        }
        "DescribeRules" | "DescribeListenerCertificates" | "DescribeListenerAttributes" => {
            json!({"ListenerArn": p.there("/elbv2/listeners")})
        }
        "DescribeListeners" => json!({"LoadBalancerArn": p.there("/elbv2/load_balancers")}),
        "ModifyListenerAttributes" => json!({"ListenerArn": p.there("/elbv2/listeners"),
            "Attributes": [{"Key": "tcp.idle_timeout.seconds", "Value": "400"}]}),
        "AddTags" => json!({"ResourceArns": [group(p)], "Tags": p.tags()}),
        "RemoveTags" => json!({"ResourceArns": [group(p)], "TagKeys": ["a"]}),
        "DescribeTags" => json!({"ResourceArns": [group(p)]}),
        "DeleteLoadBalancer" => json!({"LoadBalancerArn": p.there("/elbv2/load_balancers")}),
        "DeleteTargetGroup" => json!({"TargetGroupArn": group(p)}),
        "DeleteListener" => json!({"ListenerArn": p.there("/elbv2/listeners")}),
        "AddListenerCertificates" | "RemoveListenerCertificates" => {
            json!({"ListenerArn": p.there("/elbv2/listeners"), "Certificates": [{"CertificateArn": p.known("CertificateArn")}]})
        }
        "ModifyTargetGroupAttributes" => json!({"TargetGroupArn": group(p),
            "Attributes": [{"Key": "deregistration_delay.timeout_seconds", "Value": format!("{}", p.below(300))}]}),
        "ModifyLoadBalancerAttributes" => json!({"LoadBalancerArn": p.there("/elbv2/load_balancers"),
            "Attributes": [{"Key": "deletion_protection.enabled", "Value": p.one_of(&["true", "false"])}]}),
        _ => return None,
    })
}

fn apigatewayv2(operation: &str, p: &mut Parts<'_>) -> Option<Value> {
    let api = p.there("/apigatewayv2/apis");
    let child = |p: &mut Parts<'_>, kind: &str| p.there(&format!("/apigatewayv2/apis/{api}/{kind}"));
    let of_child = |p: &mut Parts<'_>, kind: &str, member: &str| {
        let mut input = json!({"ApiId": api});
        input[member] = json!(child(p, kind));
        input
    };
    let log = |p: &mut Parts<'_>| match p.below(3) {
        0 => json!({"DestinationArn": p.known_with("arn", ":log-group:"), "Format": "$context.requestId"}),
        _ => Value::Null,
    };
    Some(match operation {
        "CreateApi" => json!({"Name": p.name("api"), "ProtocolType": "HTTP", "Tags": p.tag_map()}),
        "CreateVpcLink" => json!({"Name": p.name("link"), "SubnetIds": p.subnets(),
            "SecurityGroupIds": [p.group()], "Tags": p.tag_map()}),
        "CreateIntegration" => {
            json!({"ApiId": api, "IntegrationType": "HTTP_PROXY", "IntegrationMethod": "ANY",
            "PayloadFormatVersion": "1.0", "ConnectionType": "VPC_LINK", "ConnectionId": p.there("/apigatewayv2/vpc_links"),
            "IntegrationUri": p.there("/elbv2/listeners")})
        }
        "CreateRoute" => json!({"ApiId": api, "RouteKey": format!("GET /{}", p.name("r")),
            "Target": format!("integrations/{}", child(p, "integrations")),
            "AuthorizationType": "JWT", "AuthorizerId": child(p, "authorizers")}),
        "UpdateRoute" => json!({"ApiId": api, "RouteId": child(p, "routes"), "AuthorizationType": "NONE",
            "Target": format!("integrations/{}", child(p, "integrations"))}),
        "GetRoute" | "DeleteRoute" => of_child(p, "routes", "RouteId"),
        "GetIntegration" | "DeleteIntegration" => of_child(p, "integrations", "IntegrationId"),
        "UpdateIntegration" => json!({"ApiId": api, "IntegrationId": child(p, "integrations"),
            "ConnectionId": p.there("/apigatewayv2/vpc_links"), "TimeoutInMillis": 1000 + p.below(9)}),
        "GetAuthorizer" | "DeleteAuthorizer" => of_child(p, "authorizers", "AuthorizerId"),
        "UpdateAuthorizer" => {
            json!({"ApiId": api, "AuthorizerId": child(p, "authorizers"), "Name": p.name("auth")})
        }
        "GetDeployment" | "DeleteDeployment" => of_child(p, "deployments", "DeploymentId"),
        "UpdateDeployment" => {
            json!({"ApiId": api, "DeploymentId": child(p, "deployments"), "Description": "told"})
        }
        "CreateDeployment" => json!({"ApiId": api, "StageName": child(p, "stages")}),
        "GetStage" | "DeleteStage" | "ResetAuthorizersCache" | "DeleteAccessLogSettings" => {
            of_child(p, "stages", "StageName")
        }
        "UpdateStage" => json!({"ApiId": api, "StageName": child(p, "stages"), "AccessLogSettings": log(p),
            "RouteSettings": {format!("GET /{}", p.name("r")): {"ThrottlingBurstLimit": 5, "ThrottlingRateLimit": 5.0}}}),
        "DeleteRouteSettings" => json!({"ApiId": api, "StageName": child(p, "stages"),
            "RouteKey": format!("GET /{}", p.name("r"))}),
        "GetDomainName" | "GetApiMappings" | "DeleteDomainName" => {
            json!({"DomainName": p.there("/apigatewayv2/domain_names")})
        }
        "UpdateDomainName" => json!({"DomainName": p.there("/apigatewayv2/domain_names"),
            "DomainNameConfigurations": [{"CertificateArn": p.known("CertificateArn"), "EndpointType": "REGIONAL"}]}),
        "GetApiMapping" | "UpdateApiMapping" | "DeleteApiMapping" => {
            let domain = p.there("/apigatewayv2/domain_names");
            let mapping = p.there(&format!("/apigatewayv2/domain_names/{domain}/mappings"));
            json!({"DomainName": domain, "ApiMappingId": mapping, "ApiId": api})
        }
        "ExportApi" => json!({"ApiId": api, "OutputType": "JSON", "Specification": "OAS30"}),
        "CreateStage" => json!({"ApiId": api, "StageName": p.one_of(&["$default", "a", "b"]),
            "AutoDeploy": p.rng.random_bool(0.7), "AccessLogSettings": log(p), "Tags": p.tag_map()}),
        "CreateAuthorizer" => json!({"ApiId": api, "AuthorizerType": "JWT", "Name": p.name("auth"),
            "IdentitySource": ["$request.header.Authorization"],
            "JwtConfiguration": {"Issuer": "https://issuer.example", "Audience": ["a"]}}),
        "CreateDomainName" => json!({"DomainName": p.one_of(&["shop.example", "a.shop.example"]),
            "DomainNameConfigurations": [{"CertificateArn": p.known("CertificateArn"), "EndpointType": "REGIONAL"}]}),
        "CreateApiMapping" => json!({"ApiId": api, "DomainName": p.there("/apigatewayv2/domain_names"),
            "Stage": child(p, "stages"), "ApiMappingKey": p.name("m")}),
        "ImportApi" => json!({"Body": OPENAPI}),
        "ReimportApi" => json!({"ApiId": api, "Body": OPENAPI}),
        "DeleteApi" => json!({"ApiId": api}),
        "DeleteVpcLink" => json!({"VpcLinkId": p.known("VpcLinkId")}),
        "TagResource" => json!({"ResourceArn": p.known_with("arn", "::/apis/"), "Tags": p.tag_map()}),
        "GetTags" => json!({"ResourceArn": p.known_with("arn", "::/apis/")}),
        "UntagResource" => json!({"ResourceArn": p.known_with("arn", "::/apis/"), "TagKeys": ["a"]}),
        _ => return None,
    })
}

/// The least that can be imported.
const OPENAPI: &str = r#"{"openapi": "3.0.1", "info": {"title": "drawn", "version": "1"}, "paths": {"/x": {"get":
    {"x-amazon-apigateway-integration": {"type": "HTTP_PROXY", "httpMethod": "GET", "uri": "https://x.example",
    "payloadFormatVersion": "1.0"}}}}}"#;

fn secretsmanager(operation: &str, p: &mut Parts<'_>) -> Option<Value> {
    let secret = p.name("secret");
    Some(match operation {
        "CreateSecret" => json!({"Name": secret, "SecretString": p.name("value"), "Tags": p.tags()}),
        "PutSecretValue" | "UpdateSecret" => json!({"SecretId": secret, "SecretString": p.name("value")}),
        "DeleteSecret" => match p.rng.random_bool(0.5) {
            true => json!({"SecretId": secret, "ForceDeleteWithoutRecovery": true}),
            false => json!({"SecretId": secret}),
        },
        "RotateSecret" => json!({"SecretId": secret, "RotationRules": {"AutomaticallyAfterDays": 7},
            "RotationLambdaARN": "arn:aws:lambda:eu-central-1:123456789012:function:rotate"}),
        "PutResourcePolicy" => {
            json!({"SecretId": secret, "ResourcePolicy": r#"{"Version": "2012-10-17", "Statement": []}"#})
        }
        "TagResource" => json!({"SecretId": secret, "Tags": p.tags()}),
        "UntagResource" => json!({"SecretId": secret, "TagKeys": ["a"]}),
        "UpdateSecretVersionStage" => json!({"SecretId": secret, "VersionStage": "blue",
            "MoveToVersionId": p.known("VersionId")}),
        "BatchGetSecretValue" => json!({"SecretIdList": [secret]}),
        "CancelRotateSecret"
        | "RestoreSecret"
        | "DescribeSecret"
        | "GetSecretValue"
        | "GetResourcePolicy"
        | "DeleteResourcePolicy"
        | "ListSecretVersionIds" => json!({"SecretId": secret}),
        _ => return None,
    })
}

fn logs(operation: &str, p: &mut Parts<'_>) -> Option<Value> {
    let (group, stream) = (p.name("/group/"), p.name("stream"));
    Some(match operation {
        "CreateLogGroup" => json!({"logGroupName": group, "tags": p.tag_map()}),
        "CreateLogStream" | "DeleteLogStream" | "GetLogEvents" => {
            json!({"logGroupName": group, "logStreamName": stream})
        }
        "PutLogEvents" => json!({"logGroupName": group, "logStreamName": stream,
            "logEvents": [{"timestamp": 1_800_000_000_000_i64, "message": "drawn"}]}),
        "PutRetentionPolicy" => json!({"logGroupName": group, "retentionInDays": 7}),
        "PutLogGroupDeletionProtection" => {
            json!({"logGroupIdentifier": group, "deletionProtectionEnabled": p.rng.random_bool(0.3)})
        }
        "PutResourcePolicy" => json!({"policyName": p.name("policy"),
            "policyDocument": r#"{"Version": "2012-10-17", "Statement": []}"#}),
        "DeleteResourcePolicy" => json!({"policyName": p.name("policy")}),
        "TagResource" => json!({"resourceArn": p.known_with("arn", ":log-group:"), "tags": p.tag_map()}),
        "UntagResource" => json!({"resourceArn": p.known_with("arn", ":log-group:"), "tagKeys": ["a"]}),
        "ListTagsForResource" => json!({"resourceArn": p.known_with("arn", ":log-group:")}),
        "DeleteLogGroup" | "DeleteRetentionPolicy" | "DescribeLogStreams" | "FilterLogEvents" => {
            json!({"logGroupName": group})
        }
        _ => return None,
    })
}

fn cloudwatch(operation: &str, p: &mut Parts<'_>) -> Option<Value> {
    let alarm = p.name("alarm");
    Some(match operation {
        "PutMetricAlarm" => json!({"AlarmName": alarm, "MetricName": "Count", "Namespace": "AWS/ApiGateway",
            "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1, "Threshold": 1.0,
            "ComparisonOperator": "GreaterThanThreshold", "Tags": p.tags()}),
        "PutMetricData" => {
            json!({"Namespace": "Drawn", "MetricData": [{"MetricName": p.name("m"), "Value": 1.0}]})
        }
        "SetAlarmState" => json!({"AlarmName": alarm, "StateValue": "OK", "StateReason": "drawn"}),
        "DeleteAlarms" | "EnableAlarmActions" | "DisableAlarmActions" => json!({"AlarmNames": [alarm]}),
        "GetMetricStatistics" => json!({"Namespace": "Drawn", "MetricName": p.name("m"), "Period": 60,
            "StartTime": 1_799_990_000, "EndTime": 1_800_000_000, "Statistics": ["Sum"]}),
        "TagResource" => json!({"ResourceARN": p.known_with("arn", ":alarm:"), "Tags": p.tags()}),
        "UntagResource" => json!({"ResourceARN": p.known_with("arn", ":alarm:"), "TagKeys": ["a"]}),
        "ListTagsForResource" => json!({"ResourceARN": p.known_with("AlarmArn", ":alarm:")}),
        _ => return None,
    })
}

fn acm(operation: &str, p: &mut Parts<'_>) -> Option<Value> {
    let certificate = p.known("CertificateArn");
    Some(match operation {
        "RequestCertificate" => json!({"DomainName": p.one_of(&["lab.net", "*.lab.net", "shop.example"]),
            "ValidationMethod": "DNS", "Tags": p.tags()}),
        "ImportCertificate" => {
            let blob = |text: &str| data_encoding::BASE64.encode(text.as_bytes());
            let shop = include_str!("../acm/tests/shop.pem");
            json!({"Certificate": blob(shop), "PrivateKey": blob(KEY), "Tags": p.tags()})
        }
        "AddTagsToCertificate" => json!({"CertificateArn": certificate, "Tags": p.tags()}),
        "RemoveTagsFromCertificate" => json!({"CertificateArn": certificate, "Tags": [{"Key": "a"}]}),
        "UpdateCertificateOptions" => json!({"CertificateArn": certificate,
            "Options": {"CertificateTransparencyLoggingPreference": p.one_of(&["ENABLED", "DISABLED"])}}),
        _ => return None,
    })
}

fn route53(operation: &str, p: &mut Parts<'_>) -> Option<Value> {
    let zone = p.known_with("Id", "/hostedzone/").replace("/hostedzone/", "");
    let check = p.known_with("Id", "-");
    let vpc = json!({"VPCRegion": "eu-central-1", "VPCId": p.known("VpcId")});
    Some(match operation {
        "CreateHostedZone" => json!({"Name": p.one_of(&["lab.net", "shop.example"]),
            "CallerReference": p.name("zone"), "VPC": if p.below(2) == 0 { vpc } else { Value::Null }}),
        "ChangeResourceRecordSets" => json!({"HostedZoneId": zone, "ChangeBatch": {"Changes": [{
            "Action": p.one_of(&["CREATE", "UPSERT", "DELETE"]), "ResourceRecordSet": {"Type": "A", "TTL": 60,
            "Name": format!("{}.lab.net", p.name("a")), "ResourceRecords": [{"Value": "10.0.0.1"}]}}]}}),
        "AssociateVPCWithHostedZone" | "DisassociateVPCFromHostedZone" => {
            json!({"HostedZoneId": zone, "VPC": vpc})
        }
        "CreateHealthCheck" => json!({"CallerReference": p.name("check"), "HealthCheckConfig":
            {"Type": "HTTP", "IPAddress": "192.0.2.1", "Port": 80}}),
        "UpdateHealthCheck" => json!({"HealthCheckId": check, "FailureThreshold": 2}),
        "GetHealthCheck" | "DeleteHealthCheck" => json!({"HealthCheckId": check}),
        "GetHostedZone" => json!({"Id": zone}),
        "DeleteHostedZone" => json!({"Id": zone}),
        "UpdateHostedZoneComment" => json!({"Id": zone, "Comment": "drawn"}),
        "ListHostedZonesByVPC" => json!({"VPCId": p.known("VpcId"), "VPCRegion": "eu-central-1"}),
        "ListResourceRecordSets" => json!({"HostedZoneId": zone}),
        "ChangeTagsForResource" => {
            json!({"ResourceType": "hostedzone", "ResourceId": zone, "AddTags": p.tags()})
        }
        "ListTagsForResource" => json!({"ResourceType": "hostedzone", "ResourceId": zone}),
        "ListTagsForResources" => json!({"ResourceType": "hostedzone", "ResourceIds": [zone]}),
        "GetChange" => json!({"Id": p.known_with("Id", "/change/").replace("/change/", "")}),
        _ => return None,
    })
}

fn tagging(operation: &str, p: &mut Parts<'_>) -> Option<Value> {
    let arn = p.known_with("ResourceArn", "arn:");
    Some(match operation {
        "TagResources" => json!({"ResourceARNList": [arn], "Tags": p.tag_map()}),
        "UntagResources" => json!({"ResourceARNList": [arn], "TagKeys": ["a"]}),
        "GetTagValues" => json!({"Key": "a"}),
        "GetResources" | "GetTagKeys" => json!({}),
        _ => return None,
    })
}
