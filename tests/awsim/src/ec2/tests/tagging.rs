use serde_json::json;

use crate::ec2;
use crate::seed;
use crate::testing::{Sim, length};
use crate::world::Tags;

/// botocore, CreateTags and DeleteTags: overwritten on create; deleted by key, or by key and value.
#[test]
fn tags_are_overwritten_and_deleted_by_key_or_by_key_and_value() {
    let sim = Sim::new();
    let group = sim.group("a");
    let set = |key: &str, value: &str| {
        let tags = json!([{"Key": key, "Value": value}]);
        sim.ec2("CreateTags", json!({"Resources": [group, seed::VPC], "Tags": tags}))
    };
    let unset = |tags| sim.ec2("DeleteTags", json!({"Resources": [group], "Tags": tags}));
    let told = || {
        let filter = json!({"Filters": [{"Name": "resource-id", "Values": [group]}]});
        sim.ec2("DescribeTags", filter)["Tags"].as_array().unwrap().clone()
    };
    set("a", "1");
    set("a", "2");
    set("b", "");
    let tag = |key, value| json!({"Key": key, "Value": value, "ResourceId": group, "ResourceType": "security-group"});
    assert_eq!(told(), [tag("a", "2"), tag("b", "")]);
    unset(json!([{"Key": "a", "Value": "1"}, {"Key": "b"}]));
    assert_eq!(told(), [tag("a", "2")]);
    sim.ec2("DeleteTags", json!({"Resources": [group]}));
    assert_eq!(told(), Vec::<serde_json::Value>::new());
}

/// EC2 user guide, "Tag restrictions"; error codes: InvalidID, TagLimitExceeded.
#[test]
fn tags_that_cannot_be_are_refused() {
    let sim = Sim::new();
    let group = sim.group("a");
    let create = |resource: &str, key: &str, value: &str| {
        let tags = json!([{"Key": key, "Value": value}]);
        sim.try_ec2("CreateTags", json!({"Resources": [resource], "Tags": tags})).map_err(|f| f.code)
    };
    for (resource, key, value, code) in [
        (group.as_str(), "aws:x", "", "InvalidParameterValue"),
        (&group, "", "", "InvalidParameterValue"),
        (&group, &"k".repeat(129), "", "InvalidParameterValue"),
        (&group, "k", &"v".repeat(257), "InvalidParameterValue"),
        ("nonsense", "k", "", "InvalidID"),
        ("sg-0123456789abcdef0", "k", "", "InvalidGroup.NotFound"),
        ("sgr-0123456789abcdef0", "k", "", "InvalidSecurityGroupRuleId.NotFound"),
    ] {
        assert_eq!(create(resource, key, value), Err(code.to_owned()), "{resource} {key}");
    }
    for n in 0..50 {
        create(&group, &format!("k{n}"), "").unwrap();
    }
    assert_eq!(create(&group, "k50", ""), Err("TagLimitExceeded".to_owned()));
    create(&group, "k49", "again").unwrap();
}

/// botocore, DescribeTags.MaxResults and its filters.
#[test]
fn pages_of_tags_have_bounds_and_tags_are_found_by_key_and_value() {
    let sim = Sim::new();
    for max in [0, 4, 1001] {
        assert_eq!(sim.ec2_code("DescribeTags", json!({"MaxResults": max})), "InvalidParameterValue");
    }
    let first = sim.ec2("DescribeTags", json!({"MaxResults": 5}));
    assert_eq!(length(&first, "/Tags"), 5);
    sim.ec2("DescribeTags", json!({"MaxResults": 5, "NextToken": first["NextToken"]}));
    let lab = json!({"Filters": [{"Name": "tag:Name", "Values": ["lab"]}]});
    assert_eq!(length(&sim.ec2("DescribeTags", lab), "/Tags"), 1);
}

/// botocore, GetResources of the Tagging API: all tagged resources of the region.
#[test]
fn the_tagging_service_sees_and_changes_tags_by_arn() {
    let sim = Sim::new();
    let arn = format!("arn:aws:ec2:eu-central-1:123456789012:vpc/{}", seed::VPC);
    sim.with(|call| {
        let tagged = ec2::tagged(call.region, &|_| true);
        assert!(tagged.iter().any(|(a, tags)| *a == arn && tags["Name"] == "lab"));
        let set = Tags::from([("x".to_owned(), "1".to_owned())]);
        assert_eq!(ec2::tag(call.region, &arn, &set, &["Name".to_owned()]), Some(()));
        assert_eq!(call.region.ec2.vpcs[seed::VPC].tags, set);
        assert_eq!(ec2::tag(call.region, &arn.replace("vpc/", "subnet/"), &set, &[]), None);
        assert_eq!(ec2::tag(call.region, "arn:aws:ec2:eu-central-1:123456789012:vpc/vpc-1", &set, &[]), None);
    });
    let filter =
        json!({"Filters": [{"Name": "key", "Values": ["x"]}, {"Name": "resource-type", "Values": ["vpc"]}]});
    assert_eq!(length(&sim.ec2("DescribeTags", filter), "/Tags"), 1);
}
