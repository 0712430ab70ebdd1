use serde_json::json;

use super::zone;
use crate::testing::{Sim, length};
use crate::world::GLOBAL_REGION;
use crate::{seed, tagging};

/// BC, ChangeTagsForResource.
#[test]
fn tags_are_added_replaced_and_removed() {
    let sim = Sim::new();
    let id = zone(&sim, "lab.net");
    let place = json!({"ResourceType": "hostedzone", "ResourceId": id});
    let add = json!({"ResourceType": "hostedzone", "ResourceId": id,
        "AddTags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]});
    sim.dns("ChangeTagsForResource", add);
    let both = json!({"ResourceType": "hostedzone", "ResourceId": id,
        "AddTags": [{"Key": "a", "Value": "3"}], "RemoveTagKeys": ["b"]});
    sim.dns("ChangeTagsForResource", both);
    let told = sim.dns("ListTagsForResource", place.clone());
    assert_eq!(told["ResourceTagSet"]["Tags"], json!([{"Key": "a", "Value": "3"}]));
    let many = json!({"ResourceType": "hostedzone", "ResourceIds": [id]});
    assert_eq!(sim.dns("ListTagsForResources", many)["ResourceTagSets"][0], told["ResourceTagSet"]);
    assert_eq!(sim.dns_code("ChangeTagsForResource", place), "InvalidInput");
}

/// BC, ChangeTagsForResource: ten tags.
#[test]
fn an_object_has_ten_tags_and_none_of_aws() {
    let sim = Sim::new();
    let id = zone(&sim, "lab.net");
    let add = |keys: std::ops::Range<u32>, prefix: &str| {
        let tags: Vec<_> = keys.map(|i| json!({"Key": format!("{prefix}{i}"), "Value": ""})).collect();
        json!({"ResourceType": "hostedzone", "ResourceId": id, "AddTags": tags})
    };
    assert_eq!(sim.dns_code("ChangeTagsForResource", add(0..1, "aws:")), "InvalidInput");
    sim.dns("ChangeTagsForResource", add(0..10, "k"));
    assert_eq!(sim.dns_code("ChangeTagsForResource", add(10..11, "k")), "InvalidInput");
}

/// BC, ChangeTagsForResource: NoSuchHostedZone, NoSuchHealthCheck.
#[test]
fn an_object_that_is_not_there_is_told_by_its_kind() {
    let sim = Sim::new();
    for (kind, code) in [("hostedzone", "NoSuchHostedZone"), ("healthcheck", "NoSuchHealthCheck")] {
        let place = json!({"ResourceType": kind, "ResourceId": "x"});
        assert_eq!(sim.dns_code("ListTagsForResource", place), code);
        let many = json!({"ResourceType": kind, "ResourceIds": ["x"]});
        assert_eq!(sim.dns_code("ListTagsForResources", many), code);
    }
}

/// Tagging API: objects of global services are seen in us-east-1.
/// BC, GetResources: of the Region that is called.
#[test]
fn the_tagging_api_sees_and_sets_tags_in_the_global_region_only() {
    let sim = Sim::new();
    let id = zone(&sim, "lab.net");
    let arn = format!("arn:aws:route53:::hostedzone/{id}");
    let ask = |region: &str, operation: &str, input| {
        let mut world = sim.world.lock().unwrap();
        tagging::handler(operation).unwrap()(&mut world.call(seed::ACCOUNT, region), &input).unwrap()
    };
    let set = json!({"ResourceARNList": [arn], "Tags": {"owner": "me"}});
    assert!(
        !ask(seed::REGION, "TagResources", set.clone())["FailedResourcesMap"].as_object().unwrap().is_empty()
    );
    assert!(ask(GLOBAL_REGION, "TagResources", set)["FailedResourcesMap"].as_object().unwrap().is_empty());
    let find = json!({"ResourceTypeFilters": ["route53:hostedzone"]});
    let found = ask(GLOBAL_REGION, "GetResources", find.clone());
    assert_eq!(found["ResourceTagMappingList"][0]["ResourceARN"], arn);
    assert_eq!(length(&ask(seed::REGION, "GetResources", find), "/ResourceTagMappingList"), 0);
}
