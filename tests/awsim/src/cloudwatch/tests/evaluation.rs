use serde_json::{Value, json};

use super::super::evaluate::evaluate;
use super::super::settings::Settings;
use super::super::{MetricId, record};
use super::{NOW, alarm, alarm_with, put, put_datum, told};
use crate::testing::Sim;

/// The range of an alarm, oldest first: `0` does not breach, `X` does, `-` is missing.
fn fill(sim: &Sim, range: &str) {
    for (n, point) in (0..).zip(range.replace(' ', "").chars()) {
        match point {
            '0' => put(sim, NOW + 60 * n, 0.0),
            'X' => put(sim, NOW + 60 * n, 11.0),
            _ => {}
        }
    }
}

/// Where an alarm stands at the end of the range: `ALARM`, `OK`, `INSUFFICIENT_DATA`, or `kept`.
fn stands(sim: &Sim, members: &Value) -> &'static str {
    let settings = Settings::read(&alarm_with("a", members.clone())).unwrap();
    sim.with(|call| {
        let metric = call.region.cloudwatch.metrics.get(&settings.metric);
        evaluate(&settings, metric, NOW + 300).map_or("kept", |verdict| verdict.state.name())
    })
}

/// What each way of treating missing data makes of a range.
fn check(range: &str, to_alarm: u64, expected: [&str; 4]) {
    let sim = Sim::new();
    fill(&sim, range);
    for (missing, expected) in ["missing", "ignore", "breaching", "notBreaching"].iter().zip(expected) {
        let members = json!({"DatapointsToAlarm": to_alarm, "TreatMissingData": missing});
        assert_eq!(stands(&sim, &members), expected, "{range}, {to_alarm} of 3, {missing}");
    }
}

/// CWU, "Configuring how CloudWatch alarms treat missing data", the table of 3 out of 3.
#[test]
fn missing_data_is_treated_as_in_the_table_of_three_of_three() {
    check("0 - X - X", 3, ["OK", "OK", "OK", "OK"]);
    check("0 - - - -", 3, ["OK", "OK", "OK", "OK"]);
    check("- - - - -", 3, ["INSUFFICIENT_DATA", "kept", "ALARM", "OK"]);
    check("0 X X - X", 3, ["ALARM", "ALARM", "ALARM", "ALARM"]);
    check("- - X - -", 3, ["ALARM", "kept", "ALARM", "OK"]);
}

/// The same page, the table of 2 out of 3.
#[test]
fn missing_data_is_treated_as_in_the_table_of_two_of_three() {
    check("0 - X - X", 2, ["ALARM", "ALARM", "ALARM", "ALARM"]);
    check("0 0 X 0 X", 2, ["ALARM", "ALARM", "ALARM", "ALARM"]);
    check("0 - X - -", 2, ["OK", "OK", "ALARM", "OK"]);
    check("- - - - 0", 2, ["OK", "OK", "ALARM", "OK"]);
    check("- - - X -", 2, ["ALARM", "kept", "ALARM", "OK"]);
}

/// The same page, "Avoiding premature transitions to alarm state": 3 out of 3 does not go off at
/// once.
#[test]
fn a_breach_that_is_young_and_alone_changes_nothing() {
    check("- - - - X", 3, ["kept", "kept", "ALARM", "OK"]);
    check("- - - X -", 3, ["kept", "kept", "ALARM", "OK"]);
}

/// BC, PutMetricAlarm, ComparisonOperator.
#[test]
fn each_comparison_breaches_on_its_side_of_the_threshold() {
    for (operator, low, equal, high) in [
        ("GreaterThanOrEqualToThreshold", "OK", "ALARM", "ALARM"),
        ("GreaterThanThreshold", "OK", "OK", "ALARM"),
        ("LessThanThreshold", "ALARM", "OK", "OK"),
        ("LessThanOrEqualToThreshold", "ALARM", "ALARM", "OK"),
    ] {
        for (value, expected) in [(9.0, low), (10.0, equal), (11.0, high)] {
            let sim = Sim::new();
            put(&sim, NOW + 240, value);
            let members = json!({"ComparisonOperator": operator, "EvaluationPeriods": 1});
            assert_eq!(stands(&sim, &members), expected, "{value} {operator}");
        }
    }
}

/// BC, `TreatMissingData`.
#[test]
fn alarms_on_dynamodb_always_ignore_missing_data() {
    let members = json!({"Namespace": "AWS/DynamoDB", "TreatMissingData": "breaching"});
    assert_eq!(stands(&Sim::new(), &members), "kept");
}

/// CWU, "Percentile-based alarms and low data samples": below 10/(1-percentile) values.
#[test]
fn a_percentile_of_too_few_values_may_be_ignored() {
    let sim = Sim::new();
    let values =
        |count: u64| json!({"MetricName": "m", "Timestamp": NOW + 240, "Values": [11], "Counts": [count]});
    let ignore = json!({
        "Statistic": null, "ExtendedStatistic": "p90", "EvaluationPeriods": 1,
        "EvaluateLowSampleCountPercentile": "ignore",
    });
    put_datum(&sim, values(99));
    assert_eq!(stands(&sim, &ignore), "kept");
    let mut evaluate = ignore.clone();
    evaluate["EvaluateLowSampleCountPercentile"] = json!("evaluate");
    assert_eq!(stands(&sim, &evaluate), "ALARM");
    put_datum(&sim, values(2));
    assert_eq!(stands(&sim, &ignore), "ALARM");
}

/// BC: a new alarm has INSUFFICIENT_DATA, is then evaluated. LS: the words of each reason.
#[test]
fn an_alarm_goes_off_and_back_on_the_clock() {
    let sim = Sim::new();
    sim.watch(
        "PutMetricAlarm",
        alarm_with("a", json!({"EvaluationPeriods": 1, "TreatMissingData": "notBreaching"})),
    );
    put(&sim, NOW, 21.5);
    sim.advance(59);
    assert_eq!(told(&sim, "a")["StateValue"], "INSUFFICIENT_DATA");
    sim.advance(1);
    let alarm = told(&sim, "a");
    assert_eq!(
        (&alarm["StateValue"], &alarm["StateUpdatedTimestamp"]),
        (&json!("ALARM"), &json!((NOW + 60) as f64))
    );
    assert_eq!(
        alarm["StateReason"],
        "Threshold Crossed: 1 datapoint [21.5 (15/01/27 08:00:00)] was greater than the threshold (10.0)."
    );
    let data: Value = serde_json::from_str(alarm["StateReasonData"].as_str().unwrap()).unwrap();
    assert_eq!(
        data,
        json!({
            "version": "1.0", "queryDate": "2027-01-15T08:01:00.000+0000", "startDate": "2027-01-15T08:00:00.000+0000",
            "statistic": "Sum", "period": 60, "recentDatapoints": [21.5], "threshold": 10.0,
            "evaluatedDatapoints": [{"timestamp": "2027-01-15T08:00:00.000+0000", "sampleCount": 1.0, "value": 21.5}],
        })
    );
    // The datapoint stays within the range for two more periods.
    sim.advance(179);
    assert_eq!(told(&sim, "a")["StateValue"], "ALARM");
    sim.advance(1);
    let alarm = told(&sim, "a");
    assert_eq!(
        (&alarm["StateValue"], &alarm["StateTransitionedTimestamp"]),
        (&json!("OK"), &json!((NOW + 240) as f64))
    );
    assert_eq!(
        alarm["StateReason"],
        "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as \
         [NonBreaching]."
    );
    let data: Value = serde_json::from_str(alarm["StateReasonData"].as_str().unwrap()).unwrap();
    assert_eq!(data["evaluatedDatapoints"], json!([{"timestamp": "2027-01-15T08:03:00.000+0000"}]));
    assert_eq!((&data["recentDatapoints"], data.get("startDate")), (&json!([]), None));
}

/// What happened while nobody looked happened at its time.
#[test]
fn a_jump_of_the_clock_passes_through_every_evaluation() {
    let sim = Sim::new();
    sim.watch("PutMetricAlarm", alarm("a"));
    fill(&sim, "X X X");
    sim.advance(365 * 24 * 3600);
    let alarm = told(&sim, "a");
    assert_eq!(alarm["StateValue"], "INSUFFICIENT_DATA");
    // ALARM from the third minute, until the last datapoint is out of the range of five.
    assert_eq!(alarm["StateTransitionedTimestamp"], (NOW + 480) as f64);
    assert_eq!(alarm["StateReason"], "Insufficient Data: 3 datapoints were unknown.");
}

/// BC, SetAlarmState: the alarm returns to its actual state quickly.
#[test]
fn a_state_set_by_hand_lasts_until_the_next_evaluation() {
    let sim = Sim::new();
    sim.watch("PutMetricAlarm", alarm("a"));
    sim.watch("PutMetricAlarm", alarm_with("b", json!({"TreatMissingData": "ignore"})));
    for name in ["a", "b"] {
        sim.watch("SetAlarmState", json!({"AlarmName": name, "StateValue": "ALARM", "StateReason": "test"}));
    }
    sim.advance(59);
    assert_eq!(told(&sim, "a")["StateValue"], "ALARM");
    sim.advance(1);
    assert_eq!(told(&sim, "a")["StateValue"], "INSUFFICIENT_DATA");
    assert_eq!(told(&sim, "b")["StateValue"], "ALARM");
}

/// BC, `EvaluationWindow`: the window slides, where nothing else is said.
#[test]
fn a_window_of_five_minutes_slides_by_the_minute() {
    let sim = Sim::new();
    sim.watch("PutMetricAlarm", alarm_with("a", json!({"Period": 300, "EvaluationPeriods": 1})));
    put(&sim, NOW + 60, 6.0);
    put(&sim, NOW + 300, 6.0);
    sim.advance(300);
    assert_eq!(told(&sim, "a")["StateValue"], "OK");
    sim.advance(60);
    assert_eq!(told(&sim, "a")["StateValue"], "ALARM");
}

/// BC, `Period`: below a minute for metrics of high resolution.
#[test]
fn an_alarm_of_ten_seconds_is_evaluated_every_ten_seconds() {
    let sim = Sim::new();
    sim.watch("PutMetricAlarm", alarm_with("a", json!({"Period": 10, "EvaluationPeriods": 1})));
    put_datum(&sim, json!({"MetricName": "m", "Timestamp": NOW + 12, "Value": 11, "StorageResolution": 1}));
    sim.advance(19);
    assert_eq!(told(&sim, "a")["StateValue"], "INSUFFICIENT_DATA");
    sim.advance(1);
    assert_eq!(told(&sim, "a")["StateValue"], "ALARM");
}

/// BC, PutMetricAlarm, Unit and Dimensions.
#[test]
fn only_data_of_the_alarms_unit_and_dimensions_counts() {
    let sim = Sim::new();
    let dimensions = json!([{"Name": "b", "Value": "2"}, {"Name": "a", "Value": "1"}]);
    let members = json!({"EvaluationPeriods": 1, "Unit": "Count", "Dimensions": dimensions});
    sim.watch("PutMetricAlarm", alarm_with("a", members));
    let datum = |unit: &str, dimensions: Value| {
        put_datum(
            &sim,
            json!({"MetricName": "m", "Timestamp": NOW, "Value": 99, "Unit": unit, "Dimensions": dimensions}),
        );
    };
    let other_order = json!([{"Name": "a", "Value": "1"}, {"Name": "b", "Value": "2"}]);
    datum("Seconds", other_order.clone());
    datum("Count", json!([{"Name": "a", "Value": "1"}]));
    sim.advance(60);
    assert_eq!(told(&sim, "a")["StateValue"], "INSUFFICIENT_DATA");
    datum("Count", other_order);
    sim.advance(60);
    assert_eq!(told(&sim, "a")["StateValue"], "ALARM");
    assert_eq!(told(&sim, "a")["Dimensions"], dimensions);
}

/// From the mails that alarms of M out of N send.
#[test]
fn the_reason_of_an_alarm_of_some_datapoints_counts_them() {
    let sim = Sim::new();
    sim.watch("PutMetricAlarm", alarm_with("a", json!({"DatapointsToAlarm": 2})));
    fill(&sim, "X 0 X 0 0");
    sim.advance(180);
    let points = "11.0 (15/01/27 08:00:00), 11.0 (15/01/27 08:02:00)";
    assert_eq!(
        told(&sim, "a")["StateReason"],
        format!(
            "Threshold Crossed: 2 out of the last 3 datapoints [{points}] were greater than the threshold \
             (10.0) (minimum 2 datapoints for OK -> ALARM transition)."
        )
    );
    sim.advance(60);
    let told = told(&sim, "a");
    let reason = told["StateReason"].as_str().unwrap();
    assert!(reason.starts_with("Threshold Crossed: 2 out of the last 3 datapoints [0.0 "), "{reason}");
    assert!(reason.ends_with("(minimum 2 datapoints for ALARM -> OK transition)."), "{reason}");
    assert_eq!(alarm("a")["EvaluationPeriods"], 3);
}

/// API Gateway, developer guide: HTTP APIs report `5xx` with the dimension ApiId.
#[test]
fn an_alarm_watches_what_a_service_of_aws_records() {
    let sim = Sim::new();
    let dimensions = json!([{"Name": "ApiId", "Value": "x"}]);
    let of_api = json!({"Namespace": "AWS/ApiGateway", "MetricName": "5xx", "Dimensions": dimensions});
    let mut members = of_api.clone();
    members["EvaluationPeriods"] = json!(1);
    sim.watch("PutMetricAlarm", alarm_with("a", members));
    for _ in 0..11 {
        sim.with(|call| {
            let metric = MetricId::new("AWS/ApiGateway", "5xx", &[("ApiId", "x")]);
            record(call.region, metric, "Count", 1.0, call.now);
        });
    }
    sim.advance(60);
    assert_eq!(told(&sim, "a")["StateValue"], "ALARM");
    sim.advance(900);
    assert_eq!(sim.watch("ListMetrics", json!({}))["Metrics"], json!([of_api]));
}
