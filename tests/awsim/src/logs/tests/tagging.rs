use serde_json::{Value, json};

use crate::logs;
use crate::testing::Sim;
use crate::world::Tags;

const ARN: &str = "arn:aws:logs:eu-central-1:123456789012:log-group:g";

fn tagged(tags: Value) -> Sim {
    let sim = Sim::new();
    sim.logs("CreateLogGroup", json!({"logGroupName": "g", "tags": tags}));
    sim
}

/// LS, test_tag_resource_api.
#[test]
fn tags_are_added_overwritten_and_removed() {
    let sim = tagged(json!({"a": "1", "b": "2"}));
    sim.logs("TagResource", json!({"resourceArn": ARN, "tags": {"a": "3", "c": "4"}}));
    sim.logs("UntagResource", json!({"resourceArn": ARN, "tagKeys": ["b", "none"]}));
    let told = sim.logs("ListTagsForResource", json!({"resourceArn": ARN}));
    assert_eq!(told, json!({"tags": {"a": "3", "c": "4"}}));
}

/// BC, TagResource (50 tags) and ListTagsForResource (the ARN without `:*`).
#[test]
fn tags_that_cannot_be_and_groups_that_are_not_are_refused() {
    let sim = tagged(json!({"a": "1"}));
    let tag = |arn: &str, tags: Value| sim.try_logs("TagResource", json!({"resourceArn": arn, "tags": tags}));
    let code = |arn: &str, tags: Value| tag(arn, tags).unwrap_err().code;
    let one = json!({"k": "v"});
    assert_eq!(code("g", one.clone()), "InvalidParameterException");
    assert_eq!(code(&format!("{ARN}2"), one.clone()), "ResourceNotFoundException");
    assert_eq!(code(&format!("{ARN}:*"), one), "ResourceNotFoundException");
    assert_eq!(code(ARN, json!({"AWS:k": "v"})), "InvalidParameterException");
    let many: Tags = (0..50).map(|n| (format!("k{n}"), String::new())).collect();
    let fault = tag(ARN, json!(many)).unwrap_err();
    assert_eq!((fault.code.as_str(), &fault.members["resourceName"]), ("TooManyTagsException", &json!(ARN)));
}

/// botocore, GetResources of the Tagging API: all tagged resources of the region.
#[test]
fn the_tagging_service_sees_and_changes_tags_by_arn() {
    let sim = tagged(json!({"a": "1"}));
    sim.with(|call| {
        let set = Tags::from([("x".to_owned(), "1".to_owned())]);
        assert_eq!(logs::tag(call.region, ARN, &set, &["a".to_owned()]), Some(()));
        assert_eq!(logs::tag(call.region, "nonsense", &set, &[]), None);
        assert_eq!(logs::tagged(call.region, &|_| true), [(ARN.to_owned(), set)]);
    });
}
