use serde_json::{Value, json};

use super::fixture::{Aws, id};
use crate::logs::delivery::POLICY;

/// An API with a stage `s`.
fn staged(aws: &mut Aws) -> String {
    let api = aws.api();
    aws.ok("CreateStage", json!({"ApiId": api, "StageName": "s"}));
    api
}

fn of(api: &str, logs: &Value) -> Value {
    json!({"ApiId": api, "StageName": "s", "AccessLogSettings": logs})
}

fn to(arn: &str) -> Value {
    json!({"DestinationArn": arn, "Format": "$context.requestId"})
}

/// What the resource policy of log delivery lets in.
fn let_in(aws: &mut Aws) -> Vec<String> {
    let Some(policy) = aws.region().logs.policies.get(POLICY) else { return Vec::new() };
    let document: Value = serde_json::from_str(&policy.document).unwrap();
    serde_json::from_value(document["Statement"][0]["Resource"].clone()).unwrap()
}

/// BC, AccessLogSettings: a log group, with the request id in the format. That only DeleteAccessLogSettings
/// takes them away is inferred from cdkd 609 and 1577.
#[test]
fn access_logs_go_to_a_log_group_and_are_deleted_by_their_own_operation() {
    let mut aws = Aws::new();
    let api = staged(&mut aws);
    let group = aws.log_group("/aws/vendedlogs/apis/a");
    for logs in [
        json!({"DestinationArn": group}),
        json!({"DestinationArn": group, "Format": "$context.status"}),
        to("arn:aws:firehose:x:y:z"),
        to("arn:aws:logs:eu-central-1:1:log-group:a"),
        to(&format!("{group}:log-stream:b")),
        to("arn:aws:logs:eu-central-1:123456789012:log-group:"),
        to(&group.replace("eu-central-1", "eu-west-1")),
        to(&group.replace("123456789012", "123456789013")),
        json!({"DestinationArn": group, "Format": format!("$context.requestId{}", " ".repeat(1010))}),
    ] {
        let fault = aws.refused("UpdateStage", of(&api, &logs));
        assert_eq!(fault.code, "BadRequestException", "{logs}");
    }
    assert!(let_in(&mut aws).is_empty());
    aws.ok("UpdateStage", of(&api, &to(&group)));
    let stage = aws.ok("UpdateStage", json!({"ApiId": api, "StageName": "s", "Description": "d"}));
    assert_eq!(stage["AccessLogSettings"], to(&group));
    aws.ok("DeleteAccessLogSettings", json!({"ApiId": api, "StageName": "s"}));
    let stage = aws.ok("GetStage", json!({"ApiId": api, "StageName": "s"}));
    assert_eq!(stage.get("AccessLogSettings"), None);
}

/// stackd, `gateway_logs.go`: AWS's words.
#[test]
fn a_log_group_that_does_not_exist_is_not_found() {
    let mut aws = Aws::new();
    let api = staged(&mut aws);
    let arn = "arn:aws:logs:eu-central-1:123456789012:log-group:none";
    let new = json!({"ApiId": api, "StageName": "t", "AccessLogSettings": to(arn)});
    for (operation, input) in [("UpdateStage", of(&api, &to(arn))), ("CreateStage", new)] {
        let fault = aws.refused(operation, input);
        assert_eq!((fault.status, fault.code.as_str()), (404, "NotFoundException"));
        let words = "Cannot enable logging. LogDestination: none does not exist (Service: AWSIngestionHub; \
                     Status Code: 400; Error Code: LogDestinationNotFoundException; Request ID: ";
        assert!(fault.message.starts_with(words), "{}", fault.message);
    }
    assert_eq!(aws.all("GetStages", &json!({"ApiId": api})).len(), 1);
}

/// AGD, http-api-logging: AWS lets itself in by the account's resource policy.
#[test]
fn setting_access_logs_lets_log_delivery_write_to_the_group() {
    let mut aws = Aws::new();
    let api = staged(&mut aws);
    let (a, b) = (aws.log_group("a"), aws.log_group("b"));
    aws.ok("UpdateStage", of(&api, &to(&format!("{a}:*"))));
    let made = json!({"ApiId": api, "StageName": "t", "AccessLogSettings": to(&b)});
    let made = aws.ok("CreateStage", made);
    assert_eq!(id(&made, "StageName"), "t");
    let both = [format!("{a}:log-stream:*"), format!("{b}:log-stream:*")];
    assert_eq!(let_in(&mut aws), both);
    let c = aws.log_group("c");
    let twice = json!({"ApiId": api, "StageName": "t", "AccessLogSettings": to(&c)});
    aws.refuses("CreateStage", twice, "ConflictException", "Stage already exists");
    assert_eq!(let_in(&mut aws), both);
}

/// The words: centralized-logging-with-opensearch, troubleshooting. The length, and that groups outside
/// `/aws/vendedlogs/` fill it: Step Functions developer guide, best practices, log groups' policies.
#[test]
fn a_full_resource_policy_takes_no_more_groups() {
    let mut aws = Aws::new();
    let api = staged(&mut aws);
    let refused = (0..60).find_map(|n| {
        let group = aws.log_group(&format!("{n:03}{}", "x".repeat(100)));
        aws.call("UpdateStage", of(&api, &to(&group))).err()
    });
    let fault = refused.unwrap();
    assert_eq!((fault.status, fault.code.as_str()), (400, "BadRequestException"));
    let words = "Cannot enable logging. Policy document length breaking Cloudwatch Logs Constraints, \
                 either < 1 or > 5120";
    assert_eq!(fault.message, words);
}
