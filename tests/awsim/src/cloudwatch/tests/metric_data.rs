use serde_json::{Value, json};

use super::{NOW, put, put_datum};
use crate::testing::Sim;

fn query(id: &str, stat: &str, members: Value) -> Value {
    let mut query = json!({
        "Id": id,
        "MetricStat": {"Metric": {"Namespace": "n", "MetricName": "m"}, "Period": 60, "Stat": stat},
    });
    for (member, value) in members.as_object().unwrap() {
        match member.as_str() {
            "Period" | "Unit" => query["MetricStat"][member] = value.clone(),
            _ => query[member] = value.clone(),
        }
    }
    query
}

fn ask(queries: &[Value]) -> Value {
    json!({"MetricDataQueries": queries, "StartTime": NOW, "EndTime": NOW + 3600})
}

fn results(sim: &Sim, input: Value) -> Vec<Value> {
    sim.watch("GetMetricData", input)["MetricDataResults"].as_array().unwrap().clone()
}

/// BC, GetMetricData: newest first, where nothing else is asked for.
#[test]
fn data_is_told_newest_first_or_oldest_first() {
    let sim = Sim::new();
    put(&sim, NOW, 1.0);
    put(&sim, NOW + 120, 3.0);
    let mut input = ask(&[query("q", "Sum", json!({}))]);
    let view = |times: [u64; 2], values: [f64; 2]| json!({"Id": "q", "Label": "m", "Timestamps": times, "Values": values, "StatusCode": "Complete"});
    assert_eq!(results(&sim, input.clone()), [view([NOW + 120, NOW], [3.0, 1.0])]);
    input["ScanBy"] = json!("TimestampAscending");
    assert_eq!(results(&sim, input), [view([NOW, NOW + 120], [1.0, 3.0])]);
}

/// LS, test_label_generation.
#[test]
fn labels_tell_what_differs_between_the_queries() {
    let sim = Sim::new();
    let labels = |first: Value, second: Value| {
        let told = results(&sim, ask(&[first, second]));
        told.iter().map(|result| result["Label"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let plain = |id: &str, stat: &str| query(id, stat, json!({}));
    assert_eq!(labels(plain("a", "Sum"), plain("b", "Sum")), ["m", "m"]);
    assert_eq!(labels(plain("a", "Sum"), plain("b", "p99")), ["m Sum", "m p99"]);
    assert_eq!(labels(plain("a", "Sum"), query("b", "Sum", json!({"Period": 30}))), ["m 60", "m 30"]);
    assert_eq!(
        labels(plain("a", "Sum"), query("b", "Minimum", json!({"Period": 30}))),
        ["m Sum 60", "m Minimum 30"]
    );
    assert_eq!(labels(plain("a", "Sum"), query("b", "Sum", json!({"Label": "mine"}))), ["m", "mine"]);
}

/// LS, test_get_metric_data_different_units_no_unit_in_query and test_get_metric_data_with_different_units.
#[test]
fn of_several_units_the_first_is_told_with_a_message() {
    let sim = Sim::new();
    for (unit, value) in [("Seconds", 5), ("Milliseconds", 7)] {
        put_datum(&sim, json!({"MetricName": "m", "Value": value, "Unit": unit}));
    }
    let told =
        results(&sim, ask(&[query("a", "Sum", json!({})), query("b", "Sum", json!({"Unit": "Seconds"}))]));
    assert_eq!(told[0]["Values"], json!([7.0]));
    assert_eq!(
        told[0]["Messages"],
        json!([{"Code": "MultipleUnits", "Value": "Multiple units returned: '[Milliseconds, Seconds]'"}])
    );
    assert_eq!((&told[1]["Values"], told[1].get("Messages")), (&json!([5.0]), None));
}

/// BC, GetMetricData: pages of MaxDatapoints, PartialData until a query is told whole.
#[test]
fn pages_follow_each_other_and_partial_data_is_told_as_such() {
    let sim = Sim::new();
    for minute in 0..3 {
        put(&sim, NOW + 60 * minute, 1.0);
    }
    let mut input = ask(&[query("a", "Sum", json!({})), query("b", "Sum", json!({}))]);
    input["MaxDatapoints"] = json!(2);
    let mut seen = Vec::new();
    for _ in 0..3 {
        let page = sim.watch("GetMetricData", input.clone());
        let count = |n: usize| page["MetricDataResults"][n]["Values"].as_array().unwrap().len();
        let status = |n: usize| page["MetricDataResults"][n]["StatusCode"].as_str().unwrap().to_owned();
        seen.push((count(0), count(1), status(0), status(1)));
        input["NextToken"] = page["NextToken"].clone();
    }
    let (whole, partial) = ("Complete".to_owned(), "PartialData".to_owned());
    assert_eq!(
        seen,
        [
            (2, 0, partial.clone(), partial.clone()),
            (1, 1, whole.clone(), partial),
            (0, 2, whole.clone(), whole),
        ]
    );
    assert_eq!(input["NextToken"], json!(null));
    input["NextToken"] = json!("made up");
    assert_eq!(sim.watch_refusal("GetMetricData", input).0, "InvalidNextToken");
}

/// BC, MetricDataQuery, ReturnData.
#[test]
fn queries_whose_data_is_not_wanted_have_no_result() {
    let sim = Sim::new();
    let hidden = query("a", "Sum", json!({"ReturnData": false}));
    assert_eq!(results(&sim, ask(&[hidden, query("b", "Sum", json!({}))])).len(), 1);
}

/// BC, GetMetricData and MetricDataQuery.
#[test]
fn queries_that_cannot_be_are_refused() {
    let sim = Sim::new();
    let plain = query("a", "Sum", json!({}));
    let none = json!({"Id": "a"});
    for (queries, words) in [
        (vec![], "1 to 500"),
        (vec![plain.clone(); 501], "1 to 500"),
        (vec![plain.clone(), plain.clone()], "more than one query"),
        (vec![query("A", "Sum", json!({}))], "not matching the expected pattern"),
        (vec![query("a-b", "Sum", json!({}))], "not matching the expected pattern"),
        (vec![query("a", "Total", json!({}))], "Stat"),
        (vec![query("a", "Sum", json!({"Period": 90}))], "Period"),
        (vec![none], "either Expression or MetricStat"),
    ] {
        let (code, said) = sim.watch_refusal("GetMetricData", ask(&queries));
        assert_eq!(code, "ValidationError", "{words}");
        assert!(said.contains(words), "{said}");
    }
    let mut backwards = ask(&[plain]);
    backwards["EndTime"] = json!(NOW);
    assert_eq!(
        sim.watch_refusal("GetMetricData", backwards).1,
        "The parameter StartTime must be less than the parameter EndTime."
    );
}

#[test]
fn metric_math_is_refused_by_name() {
    let sim = Sim::new();
    for (member, value) in [("Expression", "m1 / m2"), ("AccountId", "1"), ("Label", "${LAST}")] {
        let (code, said) =
            sim.watch_refusal("GetMetricData", ask(&[query("a", "Sum", json!({member: value}))]));
        assert_eq!(code, "NotImplemented");
        assert!(said.contains(member), "{said}");
    }
}
