//! Reads.

use serde_json::{Value, json};

use super::Lab;
use crate::testing::{length, string};

/// The names that a list has at a pointer within each of its elements.
fn names(answer: &Value, list: &str, name: &str) -> Vec<String> {
    answer[list]
        .as_array()
        .unwrap()
        .iter()
        .map(|element| element[name].as_str().unwrap().to_owned())
        .collect()
}

/// EC2 developer guide, "Eventual consistency in the Amazon EC2 API".
#[test]
fn a_security_group_is_not_described_until_the_lag_has_passed() {
    // TF 5529; EC.
    let lab = Lab::new();
    let group = lab.group("fresh");
    let by_id = json!({"GroupIds": [group]});
    assert_eq!(lab.code("ec2", "DescribeSecurityGroups", by_id.clone()), "InvalidGroup.NotFound");
    let listed = lab.call("ec2", "DescribeSecurityGroups", json!({}));
    assert!(!names(&listed, "SecurityGroups", "GroupName").contains(&"fresh".to_owned()));
    lab.sim.advance(3);
    assert_eq!(length(&lab.call("ec2", "DescribeSecurityGroups", by_id), "/SecurityGroups"), 1);
}

/// EC2 developer guide, "Eventual consistency"; botocore, AuthorizeSecurityGroupIngress: "a small delay might
/// occur".
#[test]
fn a_deleted_security_group_and_old_rules_are_described_for_a_while() {
    // EC: what commands do is not immediately visible.
    let lab = Lab::new();
    let group = lab.group("old");
    lab.sim.advance(3);
    lab.call("ec2", "DeleteSecurityGroup", json!({"GroupId": group}));
    let by_id = json!({"GroupIds": [group]});
    let described = lab.call("ec2", "DescribeSecurityGroups", by_id.clone());
    assert_eq!(string(&described, "/SecurityGroups/0/GroupName"), "old");
    lab.sim.advance(3);
    assert_eq!(lab.code("ec2", "DescribeSecurityGroups", by_id), "InvalidGroup.NotFound");
}

#[test]
fn load_balancing_is_behind_but_for_the_health_of_targets() {
    // TF 15214, 18634.
    let lab = Lab::new();
    let group = lab.target_group("fresh");
    let by_arn = json!({"TargetGroupArns": [group]});
    assert_eq!(lab.code("elbv2", "DescribeTargetGroups", by_arn.clone()), "TargetGroupNotFound");
    let health = lab.call("elbv2", "DescribeTargetHealth", json!({"TargetGroupArn": group}));
    assert_eq!(length(&health, "/TargetHealthDescriptions"), 0);
    lab.sim.advance(3);
    lab.call("elbv2", "DescribeTargetGroups", by_arn);
}

/// TF 46610: CreateStage right after CreateApi. That other calls of API Gateway lag too is assumed (see
/// `consistency/lags.rs`).
#[test]
fn an_api_is_not_found_until_the_lag_has_passed() {
    let lab = Lab::new();
    let api = lab.api("fresh");
    let input = json!({"ApiId": api});
    assert_eq!(lab.code("apigatewayv2", "GetApi", input.clone()), "NotFoundException");
    assert_eq!(length(&lab.call("apigatewayv2", "GetApis", json!({})), "/Items"), 0);
    lab.sim.advance(2);
    lab.call("apigatewayv2", "GetApi", input);
}

/// BC, ListSecrets: "might not reflect changes from the last five minutes".
#[test]
fn a_secret_is_found_by_name_long_before_it_is_listed() {
    // BC, ListSecrets: five minutes; DescribeSecret has more recent information.
    let lab = Lab::new();
    lab.secret("fresh");
    let by_name = json!({"SecretId": "fresh"});
    let listed = || length(&lab.call("secretsmanager", "ListSecrets", json!({})), "/SecretList");
    assert_eq!(lab.code("secretsmanager", "DescribeSecret", by_name.clone()), "ResourceNotFoundException");
    lab.sim.advance(2);
    lab.call("secretsmanager", "DescribeSecret", by_name.clone());
    lab.call("secretsmanager", "GetSecretValue", by_name);
    assert_eq!(listed(), 0);
    lab.sim.advance(298);
    assert_eq!(listed(), 1);
}

/// BC, RequestCertificate: "a delay of several seconds".
#[test]
fn a_requested_certificate_cannot_be_described_for_seconds() {
    // BC, DescribeCertificate.
    let lab = Lab::new();
    let made = lab.call(
        "acm",
        "RequestCertificate",
        json!({"DomainName": "shop.example", "ValidationMethod": "DNS"}),
    );
    let by_arn = json!({"CertificateArn": string(&made, "/CertificateArn")});
    assert_eq!(lab.code("acm", "DescribeCertificate", by_arn.clone()), "ResourceNotFoundException");
    lab.sim.advance(6);
    lab.call("acm", "DescribeCertificate", by_arn);
}

/// Inferred from the issues below: the index of the Tagging API lags and may list what is deleted.
#[test]
fn the_tag_index_is_late_for_everyone_and_lists_the_dead() {
    // aws-cli 4173, 8197.
    let lab = Lab::new();
    let tagged = |name: &str| {
        let input = json!({"Name": name, "ProtocolType": "HTTP", "Tags": {"team": name}});
        string(&lab.call("apigatewayv2", "CreateApi", input), "/ApiId")
    };
    let found = || {
        let wanted = json!({"ResourceTypeFilters": ["apigateway:apis"]});
        let answer = lab.call("resourcegroupstaggingapi", "GetResources", wanted);
        answer["ResourceTagMappingList"]
            .as_array()
            .unwrap()
            .iter()
            .map(|r| string(r, "/Tags/0/Value"))
            .collect::<Vec<_>>()
    };
    let old = tagged("old");
    assert_eq!(found(), [""; 0]);
    lab.sim.advance(120);
    assert_eq!(found(), ["old"]);
    lab.call("apigatewayv2", "DeleteApi", json!({"ApiId": old}));
    tagged("new");
    for _ in 0..109 {
        lab.sim.advance(1);
        assert_eq!(found(), ["old"]);
        assert_eq!(
            length(
                &lab.call("resourcegroupstaggingapi", "GetTagValues", json!({"Key": "team"})),
                "/TagValues"
            ),
            1
        );
    }
    lab.sim.advance(1);
    assert_eq!(found(), ["new"]);
}

#[test]
fn dns_logs_and_alarms_are_never_behind() {
    let lab = Lab::new();
    let zone =
        lab.call("route53", "CreateHostedZone", json!({"Name": "shop.example", "CallerReference": "1"}));
    lab.call("route53", "GetHostedZone", json!({"Id": string(&zone, "/HostedZone/Id")}));
    lab.call("logs", "CreateLogGroup", json!({"logGroupName": "g"}));
    assert_eq!(length(&lab.call("logs", "DescribeLogGroups", json!({})), "/logGroups"), 1);
    let alarm = json!({"AlarmName": "a", "Namespace": "n", "MetricName": "m", "Statistic": "Sum", "Period": 60,
        "EvaluationPeriods": 1, "Threshold": 1.0, "ComparisonOperator": "GreaterThanThreshold"});
    lab.call("cloudwatch", "PutMetricAlarm", alarm);
    assert_eq!(length(&lab.call("cloudwatch", "DescribeAlarms", json!({})), "/MetricAlarms"), 1);
}

#[test]
fn a_token_of_a_page_holds_whichever_replica_is_asked_next() {
    let lab = Lab::new();
    lab.set(|lags| lags.share = 0.5);
    for n in 0..40 {
        lab.group(&format!("g{n}"));
        lab.sim.clock.advance(std::time::Duration::from_millis(50));
    }
    for _ in 0..20 {
        let (mut seen, mut token) = (Vec::new(), None::<String>);
        loop {
            let mut input = json!({"MaxResults": 5});
            if let Some(token) = &token {
                input["NextToken"] = json!(token);
            }
            let page = lab.call("ec2", "DescribeSecurityGroups", input);
            seen.extend(names(&page, "SecurityGroups", "GroupId"));
            token = page["NextToken"].as_str().filter(|token| !token.is_empty()).map(str::to_owned);
            if token.is_none() {
                break;
            }
        }
        let count = seen.len();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), count);
    }
}

#[test]
fn a_share_of_the_calls_meets_a_replica_that_is_behind() {
    let lab = Lab::new();
    lab.set(|lags| lags.share = 0.5);
    let by_id = json!({"GroupIds": [lab.group("fresh")]});
    let behind = (0..200).filter(|_| lab.try_call("ec2", "DescribeSecurityGroups", &by_id).is_err()).count();
    assert!((60..140).contains(&behind), "{behind}");
}
