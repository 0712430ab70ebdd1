use serde_json::{Value, json};

use super::{alarm, alarm_with};
use crate::cloudwatch;
use crate::testing::Sim;
use crate::world::Tags;

const ARN: &str = "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:a";

/// LS, test_store_tags.
#[test]
fn tags_are_added_overwritten_and_removed() {
    let sim = Sim::new();
    sim.watch("PutMetricAlarm", alarm_with("a", json!({"Tags": [{"Key": "a", "Value": "1"}]})));
    let tags = json!([{"Key": "a", "Value": "2"}, {"Key": "b", "Value": "3"}]);
    sim.watch("TagResource", json!({"ResourceARN": ARN, "Tags": tags}));
    let told = || sim.watch("ListTagsForResource", json!({"ResourceARN": ARN}))["Tags"].clone();
    assert_eq!(told(), tags);
    sim.watch("UntagResource", json!({"ResourceARN": ARN, "TagKeys": ["a", "none"]}));
    assert_eq!(told(), json!([{"Key": "b", "Value": "3"}]));
}

/// BC: the errors of TagResource and their members; 50 tags.
#[test]
fn tags_that_cannot_be_and_alarms_that_are_not_are_refused() {
    let sim = Sim::new();
    sim.watch("PutMetricAlarm", alarm("a"));
    let tag =
        |arn: &str, tags: Value| sim.try_watch("TagResource", json!({"ResourceARN": arn, "Tags": tags}));
    let one = json!([{"Key": "k", "Value": "v"}]);
    let missing = tag(&format!("{ARN}2"), one.clone()).unwrap_err();
    assert_eq!((missing.status, missing.code.as_str()), (404, "ResourceNotFoundException"));
    assert_eq!(missing.members["ResourceId"], "a2");
    let many: Vec<Value> = (0..51).map(|n| json!({"Key": format!("k{n}"), "Value": ""})).collect();
    for (arn, tags) in [
        ("a", one.clone()),
        ("arn:aws:logs:eu-central-1:123456789012:alarm:a", one),
        (ARN, json!([{"Key": "aws:k", "Value": ""}])),
        (ARN, json!([{"Key": "k", "Value": ""}, {"Key": "k", "Value": ""}])),
        (ARN, json!(many)),
    ] {
        assert_eq!(tag(arn, tags).unwrap_err().code, "InvalidParameterValue", "{arn}");
    }
}

/// botocore, GetResources of the Tagging API: all tagged resources of the region.
#[test]
fn the_tagging_service_sees_and_changes_tags_by_arn() {
    let sim = Sim::new();
    sim.watch("PutMetricAlarm", alarm("a"));
    sim.with(|call| {
        let set = Tags::from([("x".to_owned(), "1".to_owned())]);
        assert_eq!(cloudwatch::tag(call.region, ARN, &set, &[]), Some(()));
        assert_eq!(cloudwatch::tag(call.region, "nonsense", &set, &[]), None);
        assert_eq!(cloudwatch::tagged(call.region, &|_| true), [(ARN.to_owned(), set)]);
    });
}
