use serde_json::{Value, json};

use super::{NOT_FOUND, secret};
use crate::tagging;
use crate::testing::Sim;

fn tags(sim: &Sim) -> Value {
    sim.secrets("DescribeSecret", json!({"SecretId": "a"}))["Tags"].clone()
}

/// LSS, `test_secret_tags`: absent before the first, empty after the last.
#[test]
fn tags_are_added_overwritten_and_removed() {
    let sim = Sim::new();
    secret(&sim, "a");
    assert_eq!(tags(&sim), json!(null));
    let add = |key: &str, value: &str| {
        sim.secrets("TagResource", json!({"SecretId": "a", "Tags": [{"Key": key, "Value": value}]}));
    };
    add("k", "1");
    add("k", "2");
    add("l", "3");
    assert_eq!(tags(&sim), json!([{"Key": "k", "Value": "2"}, {"Key": "l", "Value": "3"}]));
    sim.secrets("UntagResource", json!({"SecretId": "a", "TagKeys": ["k", "l", "x"]}));
    assert_eq!(tags(&sim), json!([]));
}

/// AWS General Reference, tagging: 50 tags, AWS's own prefix.
#[test]
fn tags_that_cannot_be_are_refused_of_a_new_secret_too() {
    let sim = Sim::new();
    secret(&sim, "a");
    let many = |range: std::ops::Range<u32>| -> Value {
        range.map(|n| json!({"Key": format!("k{n}"), "Value": ""})).collect()
    };
    let twice = json!([{"Key": "k"}, {"Key": "k"}]);
    for bad in [many(0..51), twice, json!([{"Key": "aws:k"}]), json!([{"Value": "v"}])] {
        for input in [json!({"SecretId": "a", "Tags": bad}), json!({"Name": "b", "Tags": bad})] {
            let operation = if input["Name"].is_null() { "TagResource" } else { "CreateSecret" };
            let refusal = sim.secrets_refusal(operation, input);
            assert!(refusal.starts_with("InvalidParameterException"), "{refusal}");
        }
    }
    sim.secrets("TagResource", json!({"SecretId": "a", "Tags": many(0..50)}));
    sim.secrets_refusal("TagResource", json!({"SecretId": "a", "Tags": many(50..51)}));
    assert_eq!(sim.secrets_refusal("TagResource", json!({"SecretId": "b", "Tags": []})), NOT_FOUND);
}

/// botocore, GetResources of the Tagging API: all tagged resources of the region.
#[test]
fn the_tagging_service_sees_and_changes_the_tags_of_secrets() {
    let sim = Sim::new();
    let arn = secret(&sim, "a");
    let call = |operation: &str, input: Value| {
        let handler = tagging::handler(operation).unwrap();
        sim.with(|call| handler(call, &input).unwrap())
    };
    let done = call("TagResources", json!({"ResourceARNList": [arn], "Tags": {"team": "a"}}));
    assert_eq!(done["FailedResourcesMap"], json!({}));
    assert_eq!(tags(&sim), json!([{"Key": "team", "Value": "a"}]));
    for wanted in ["secretsmanager", "secretsmanager:secret"] {
        let found = call("GetResources", json!({"ResourceTypeFilters": [wanted]}));
        assert_eq!(found["ResourceTagMappingList"][0]["ResourceARN"], json!(arn), "{wanted}");
    }
    call("UntagResources", json!({"ResourceARNList": [arn], "TagKeys": ["team"]}));
    assert_eq!(tags(&sim), json!([]));
    let partial = &arn[..arn.len() - 7];
    let done = call("TagResources", json!({"ResourceARNList": [partial], "Tags": {"team": "a"}}));
    assert!(!done["FailedResourcesMap"][partial].is_null());
}
