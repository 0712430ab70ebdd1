use serde_json::json;

use super::{DAY, NOW, all, batch, group, stream, with_stream};
use crate::testing::Sim;

/// LS, test_describe_log_groups_with_prefix: these members and no others.
#[test]
fn a_group_is_told_with_both_forms_of_its_arn() {
    let sim = Sim::new();
    group(&sim, "/aws/vendedlogs/apis/a");
    let told = sim.logs("DescribeLogGroups", json!({"logGroupNamePrefix": "/aws/"}));
    let arn = "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/vendedlogs/apis/a";
    assert_eq!(
        told,
        json!({"logGroups": [{
            "logGroupName": "/aws/vendedlogs/apis/a", "creationTime": NOW, "arn": format!("{arn}:*"),
            "logGroupArn": arn, "logGroupClass": "STANDARD", "metricFilterCount": 0, "storedBytes": 0,
            "deletionProtectionEnabled": false, "retentionInDays": null,
        }]})
    );
}

/// BC, DescribeLogGroups: sorted by ASCII, prefix or pattern (case-sensitive, anywhere in the name)
/// or names. LS: what is left out where a pattern was given, and the refusal of both.
#[test]
fn groups_are_found_by_prefix_pattern_or_name() {
    let sim = Sim::new();
    for name in ["b/Data", "a/Data", "A/data"] {
        group(&sim, name);
    }
    let found = |input| all(&sim.logs("DescribeLogGroups", input), "logGroups", "logGroupName");
    assert_eq!(found(json!({})), ["A/data", "a/Data", "b/Data"]);
    assert_eq!(found(json!({"logGroupNamePrefix": "a"})), ["a/Data"]);
    assert_eq!(found(json!({"logGroupNamePattern": "Data"})), ["a/Data", "b/Data"]);
    let arn = "arn:aws:logs:eu-central-1:123456789012:log-group:b/Data";
    assert_eq!(found(json!({"logGroupIdentifiers": ["a/Data", arn, "none"]})), ["a/Data", "b/Data"]);
    assert_eq!(found(json!({"logGroupClass": "INFREQUENT_ACCESS"})), Vec::<String>::new());
    let short = sim.logs("DescribeLogGroups", json!({"logGroupNamePattern": "b/"}));
    assert_eq!(short["logGroups"][0].get("storedBytes"), None);
    let both = json!({"logGroupNamePrefix": "a", "logGroupNamePattern": "a"});
    assert_eq!(
        sim.logs_refusal("DescribeLogGroups", both),
        (
            "InvalidParameterException".into(),
            "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.".into()
        )
    );
    let mixed = json!({"logGroupNamePrefix": "a", "logGroupIdentifiers": ["a"]});
    assert_eq!(sim.logs_refusal("DescribeLogGroups", mixed).0, "InvalidParameterException");
}

/// BC, DescribeLogGroups: limit, 50 at most.
#[test]
fn groups_come_in_pages_of_fifty() {
    let sim = Sim::new();
    for n in 0..60 {
        group(&sim, &format!("g{n:02}"));
    }
    let first = sim.logs("DescribeLogGroups", json!({}));
    assert_eq!(all(&first, "logGroups", "logGroupName").len(), 50);
    let rest = sim.logs("DescribeLogGroups", json!({"nextToken": first["nextToken"], "limit": 10}));
    assert_eq!(all(&rest, "logGroups", "logGroupName")[0], "g50");
    assert_eq!(rest.get("nextToken"), None);
    let made_up = json!({"nextToken": "made up"});
    assert_eq!(sim.logs_refusal("DescribeLogGroups", made_up).1, "The specified nextToken is invalid.");
}

/// LS, test_create_log_group_duplicate_error and test_resource_does_not_exist; BC, CreateLogGroup:
/// names cannot start with `aws/`.
#[test]
fn a_group_is_made_once_and_known_until_it_is_deleted() {
    let sim = Sim::new();
    group(&sim, "g");
    let name = json!({"logGroupName": "g"});
    assert_eq!(
        sim.logs_refusal("CreateLogGroup", name.clone()),
        ("ResourceAlreadyExistsException".into(), "The specified log group already exists".into())
    );
    sim.logs("DeleteLogGroup", name.clone());
    assert_eq!(
        sim.logs_refusal("DeleteLogGroup", name),
        ("ResourceNotFoundException".into(), "The specified log group does not exist.".into())
    );
    let reserved = sim.logs_refusal("CreateLogGroup", json!({"logGroupName": "aws/x"}));
    assert_eq!(reserved.0, "InvalidParameterException");
}

#[test]
fn what_is_not_simulated_is_refused_by_name() {
    let sim = Sim::new();
    for (member, value) in [("kmsKeyId", "arn:aws:kms:a:b:key/c"), ("logGroupClass", "INFREQUENT_ACCESS")] {
        let refused = sim.logs_refusal("CreateLogGroup", json!({"logGroupName": "g", member: value}));
        assert_eq!(refused.0, "NotImplemented");
        assert!(refused.1.contains(member), "{refused:?}");
    }
}

/// BC, PutLogGroupDeletionProtection: every deletion is blocked until it is disabled.
#[test]
fn deletion_protection_keeps_the_group_and_its_streams() {
    let sim = Sim::new();
    sim.logs("CreateLogGroup", json!({"logGroupName": "g", "deletionProtectionEnabled": true}));
    stream(&sim, "s");
    let (group, stream) = (json!({"logGroupName": "g"}), json!({"logGroupName": "g", "logStreamName": "s"}));
    assert_eq!(sim.logs_refusal("DeleteLogGroup", group.clone()).0, "ValidationException");
    assert_eq!(sim.logs_refusal("DeleteLogStream", stream.clone()).0, "ValidationException");
    let off = json!({"logGroupIdentifier": "g", "deletionProtectionEnabled": false});
    sim.logs("PutLogGroupDeletionProtection", off);
    sim.logs("DeleteLogStream", stream);
    sim.logs("DeleteLogGroup", group);
}

/// ACK controller for CloudWatch Logs: AWS's words for a number of days that is not allowed.
#[test]
fn only_some_numbers_of_days_can_be_kept() {
    let sim = Sim::new();
    group(&sim, "g");
    let put = |days: i64| json!({"logGroupName": "g", "retentionInDays": days});
    for days in [1, 14, 1096, 3653] {
        sim.logs("PutRetentionPolicy", put(days));
        let told = sim.logs("DescribeLogGroups", json!({}));
        assert_eq!(told["logGroups"][0]["retentionInDays"], days);
    }
    for days in [0, -1, 2, 730, 3654] {
        let (code, words) = sim.logs_refusal("PutRetentionPolicy", put(days));
        assert_eq!(code, "InvalidParameterException");
        assert!(
            words.starts_with("Invalid retention value. Valid values are: [1, 3, 5, 7, 14, 30,"),
            "{words}"
        );
        assert!(words.ends_with("2922, 3288, 3653]"), "{words}");
    }
    for _ in 0..2 {
        sim.logs("DeleteRetentionPolicy", json!({"logGroupName": "g"}));
    }
    assert_eq!(sim.logs("DescribeLogGroups", json!({}))["logGroups"][0]["retentionInDays"], json!(null));
}

/// BC, PutRetentionPolicy: events are gone up to 72 hours after their retention is over.
#[test]
fn expired_events_are_gone_after_three_more_days() {
    let sim = with_stream();
    sim.logs("PutLogEvents", batch("s", &[NOW, NOW + 1]));
    sim.logs("PutRetentionPolicy", json!({"logGroupName": "g", "retentionInDays": 1}));
    let bytes = || sim.logs("DescribeLogGroups", json!({}))["logGroups"][0]["storedBytes"].clone();
    assert_eq!(bytes(), 2 * (13 + 26));
    sim.advance(4 * DAY / 1000 - 1);
    assert_eq!(bytes(), 2 * (13 + 26));
    sim.advance(2 * 3600);
    assert_eq!(bytes(), 0);
}
