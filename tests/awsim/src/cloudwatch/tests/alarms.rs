use serde_json::{Value, json};

use super::{NOW, alarm, alarm_with, found, told};
use crate::quota::Quota;
use crate::testing::{Sim, length};

/// LS, test_describe_minimal_metric_alarm: these members and no others.
#[test]
fn a_new_alarm_is_told_with_insufficient_data() {
    let sim = Sim::new();
    sim.watch("PutMetricAlarm", alarm("a"));
    let mut told = told(&sim, "a");
    told.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    let now = NOW as f64;
    assert_eq!(
        told,
        json!({
            "ActionsEnabled": true, "AlarmActions": [], "OKActions": [], "InsufficientDataActions": [],
            "AlarmArn": "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:a", "AlarmName": "a",
            "AlarmConfigurationUpdatedTimestamp": now, "ComparisonOperator": "GreaterThanThreshold",
            "Dimensions": [], "EvaluationPeriods": 3, "MetricName": "m", "Namespace": "n", "Period": 60,
            "StateReason": "Unchecked: Initial alarm creation", "StateTransitionedTimestamp": now,
            "StateUpdatedTimestamp": now, "StateValue": "INSUFFICIENT_DATA", "Statistic": "Sum",
            "Threshold": 10.0,
        })
    );
}

/// BC, PutMetricAlarm: the update overwrites all of the configuration, leaves the state, ignores tags.
#[test]
fn an_alarm_put_again_is_replaced_but_for_its_state_and_tags() {
    let sim = Sim::new();
    let tags = |value: &str| json!([{"Key": "k", "Value": value}]);
    sim.watch(
        "PutMetricAlarm",
        alarm_with("a", json!({"Tags": tags("1"), "AlarmDescription": "d", "Unit": "Count"})),
    );
    let state = json!({"AlarmName": "a", "StateValue": "ALARM", "StateReason": "test"});
    sim.watch("SetAlarmState", state);
    sim.advance(1);
    let arn = told(&sim, "a")["AlarmArn"].clone();
    sim.watch("PutMetricAlarm", alarm_with("a", json!({"Tags": tags("2"), "Threshold": 5})));
    let told = told(&sim, "a");
    assert_eq!(
        (&told["Threshold"], &told["AlarmDescription"], &told["Unit"]),
        (&json!(5.0), &Value::Null, &Value::Null)
    );
    assert_eq!((&told["StateValue"], &told["StateReason"]), (&json!("ALARM"), &json!("test")));
    assert_eq!(told["AlarmConfigurationUpdatedTimestamp"], (NOW + 1) as f64);
    assert_eq!(sim.watch("ListTagsForResource", json!({"ResourceARN": arn}))["Tags"], tags("1"));
    assert_eq!(found(&sim, json!({})), ["a"]);
}

/// BC, PutMetricAlarm; AWS's words for DatapointsToAlarm: hashicorp/terraform#24070, for the
/// period: awsdocs/aws-cloudformation-user-guide#777.
#[test]
fn what_cannot_be_an_alarm_is_refused() {
    let sim = Sim::new();
    for (members, words) in [
        (json!({"MetricName": null}), "MetricName is required"),
        (json!({"Namespace": null}), "Namespace is required"),
        (json!({"Period": null}), "Period is required"),
        (json!({"EvaluationPeriods": null}), "EvaluationPeriods is required"),
        (json!({"Threshold": null}), "Threshold is required"),
        (json!({"ComparisonOperator": null}), "ComparisonOperator is required"),
        (json!({"Statistic": null}), "Exactly one of Statistic"),
        (json!({"ExtendedStatistic": "p99"}), "Exactly one of Statistic"),
        (json!({"Statistic": null, "ExtendedStatistic": "p101"}), "p101"),
        (json!({"Statistic": null, "ExtendedStatistic": "Sum"}), "ExtendedStatistic is not supported"),
        (json!({"Period": 1}), "Period must be 10, 20, 30 or a multiple of 60"),
        (json!({"Period": 90}), "Period must be 10, 20, 30 or a multiple of 60"),
        (json!({"EvaluationPeriods": 1441}), "more than a day"),
        (json!({"Period": 3600, "EvaluationPeriods": 169}), "more than 7 days"),
        (
            json!({"DatapointsToAlarm": 4}),
            "DatapointsToAlarm must be less than or equal to EvaluationPeriods",
        ),
        (json!({"TreatMissingData": "perhaps"}), "TreatMissingData"),
        (json!({"EvaluateLowSampleCountPercentile": "perhaps"}), "EvaluateLowSampleCountPercentile"),
        (json!({"AlarmActions": ["page me"]}), "Invalid arn syntax: page me"),
        (json!({"AlarmName": "a\u{7}"}), "control characters"),
        (json!({"Dimensions": [{"Name": "d", "Value": "1"}, {"Name": "d", "Value": "2"}]}), "Dimensions"),
    ] {
        let (code, said) = sim.watch_refusal("PutMetricAlarm", alarm_with("a", members.clone()));
        assert_eq!(code, "ValidationError", "{members}");
        assert!(said.contains(words), "{members}: {said}");
    }
    sim.watch("PutMetricAlarm", alarm_with("a", json!({"EvaluationPeriods": 1440})));
    sim.watch("PutMetricAlarm", alarm_with("a", json!({"Period": 3600, "EvaluationPeriods": 168})));
}

#[test]
fn alarms_on_anything_but_a_single_metric_are_refused_by_name() {
    let sim = Sim::new();
    for (member, value) in [
        ("Metrics", json!([{"Id": "m1"}])),
        ("ThresholdMetricId", json!("m1")),
        ("EvaluationCriteria", json!({"PromQLCriteria": {"Query": "up"}})),
        ("EvaluationWindow", json!({"WallClockWindow": {}})),
        ("ComparisonOperator", json!("LessThanLowerThreshold")),
        ("ExtendedStatistic", json!("tm90")),
    ] {
        let (code, said) =
            sim.watch_refusal("PutMetricAlarm", alarm_with("a", json!({"Statistic": null, member: value})));
        assert_eq!(code, "NotImplemented", "{member}");
        assert!(said.contains(member) || said.contains("tm90"), "{said}");
    }
}

/// BC, DescribeAlarms.
#[test]
fn alarms_are_found_by_name_prefix_state_type_and_action() {
    let sim = Sim::new();
    let topic = "arn:aws:sns:eu-central-1:123456789012:pages";
    for name in ["b", "a1", "a2"] {
        sim.watch("PutMetricAlarm", alarm_with(name, json!({"OKActions": [topic]})));
    }
    sim.watch("PutMetricAlarm", alarm("c"));
    sim.watch("SetAlarmState", json!({"AlarmName": "b", "StateValue": "OK", "StateReason": ""}));
    assert_eq!(found(&sim, json!({})), ["a1", "a2", "b", "c"]);
    assert_eq!(found(&sim, json!({"AlarmNames": ["b", "none", "a1"]})), ["a1", "b"]);
    assert_eq!(found(&sim, json!({"AlarmNamePrefix": "a"})), ["a1", "a2"]);
    assert_eq!(found(&sim, json!({"StateValue": "OK"})), ["b"]);
    assert_eq!(found(&sim, json!({"ActionPrefix": "arn:aws:sns:", "AlarmNamePrefix": "a"})), ["a1", "a2"]);
    assert_eq!(found(&sim, json!({"AlarmTypes": ["CompositeAlarm", "LogAlarm"]})), Vec::<String>::new());
    assert_eq!(found(&sim, json!({"AlarmTypes": ["CompositeAlarm", "MetricAlarm"]})).len(), 4);
    let first = sim.watch("DescribeAlarms", json!({"MaxRecords": 3}));
    assert_eq!(length(&first, "/MetricAlarms"), 3);
    assert_eq!(found(&sim, json!({"NextToken": first["NextToken"]})), ["c"]);
    let code = |input| sim.watch_refusal("DescribeAlarms", input).0;
    assert_eq!(code(json!({"NextToken": "made up"})), "InvalidNextToken");
    assert_eq!(code(json!({"AlarmNames": ["a"], "AlarmNamePrefix": "a"})), "ValidationError");
    assert_eq!(code(json!({"ChildrenOfAlarmName": "a"})), "NotImplemented");
}

/// BC, DeleteAlarms: those with correct names are deleted though others are not.
#[test]
fn alarms_are_deleted_though_other_names_are_wrong() {
    let sim = Sim::new();
    for name in ["a", "b"] {
        sim.watch("PutMetricAlarm", alarm(name));
    }
    sim.watch("DeleteAlarms", json!({"AlarmNames": ["a", "none"]}));
    assert_eq!(found(&sim, json!({})), ["b"]);
    let gone = sim.try_watch("DeleteAlarms", json!({"AlarmNames": ["a", "none"]})).unwrap_err();
    assert_eq!((gone.status, gone.code.as_str()), (404, "ResourceNotFound"));
}

/// LS, test_enable_disable_alarm_actions; the model has no error for names that are wrong.
#[test]
fn actions_are_switched_off_and_on() {
    let sim = Sim::new();
    sim.watch("PutMetricAlarm", alarm("a"));
    let names = json!({"AlarmNames": ["a", "none"]});
    sim.watch("DisableAlarmActions", names.clone());
    assert_eq!(told(&sim, "a")["ActionsEnabled"], false);
    sim.watch("EnableAlarmActions", names);
    assert_eq!(told(&sim, "a")["ActionsEnabled"], true);
}

/// BC, MetricAlarm: `StateUpdatedTimestamp` follows any update, `StateTransitionedTimestamp` only
/// changes. LS, test_set_alarm_invalid_input.
#[test]
fn a_state_is_set_by_hand() {
    let sim = Sim::new();
    sim.watch("PutMetricAlarm", alarm("a"));
    let set = |state: &str| {
        let input =
            json!({"AlarmName": "a", "StateValue": state, "StateReason": "r", "StateReasonData": "{}"});
        sim.watch("SetAlarmState", input);
        told(&sim, "a")
    };
    sim.advance(1);
    assert_eq!(set("ALARM")["StateTransitionedTimestamp"], (NOW + 1) as f64);
    sim.advance(1);
    let again = set("ALARM");
    let times = [&again["StateTransitionedTimestamp"], &again["StateUpdatedTimestamp"]];
    assert_eq!(times, [&json!((NOW + 1) as f64), &json!((NOW + 2) as f64)]);
    assert_eq!((&again["StateReason"], &again["StateReasonData"]), (&json!("r"), &json!("{}")));
    let refused = |name: &str, data: &str| {
        let input =
            json!({"AlarmName": name, "StateValue": "OK", "StateReason": "", "StateReasonData": data});
        let fault = sim.try_watch("SetAlarmState", input).unwrap_err();
        (fault.status, fault.code)
    };
    assert_eq!(refused("none", "{}"), (404, "ResourceNotFound".to_owned()));
    assert_eq!(refused("a", "{"), (400, "InvalidFormat".to_owned()));
}

/// CloudWatch user guide, "service quotas": no limit on the number of alarms, which was 5000 a region once.
#[test]
fn alarms_are_refused_only_beyond_a_quota_that_was_set() {
    let sim = Sim::new();
    for n in 0..5001 {
        sim.watch("PutMetricAlarm", alarm(&format!("a{n}")));
    }
    sim.world.lock().unwrap().options.quotas.set(Quota::Alarms, 5001);
    assert_eq!(sim.watch_refusal("PutMetricAlarm", alarm("more")).0, "LimitExceeded");
    sim.watch("PutMetricAlarm", alarm("a0"));
}
