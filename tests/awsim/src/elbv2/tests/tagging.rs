use serde_json::json;

use super::{balancer, group, listener};
use crate::elbv2;
use crate::testing::{Sim, length};
use crate::world::Tags;

/// botocore, AddTags, RemoveTags, DescribeTags.
#[test]
fn tags_are_added_overwritten_removed_and_described() {
    let sim = Sim::new();
    let (edge, app) = (balancer(&sim, "edge", 1, &[]), group(&sim, "app"));
    let front = listener(&sim, &edge, 80, &app);
    let rule = sim.elb("DescribeRules", json!({"ListenerArn": front}));
    let all = json!([edge, app, front, rule["Rules"][0]["RuleArn"]]);
    let add = |key: &str, value: &str| {
        sim.elb("AddTags", json!({"ResourceArns": all, "Tags": [{"Key": key, "Value": value}]}));
    };
    add("a", "1");
    add("a", "2");
    add("b", "3");
    sim.elb("RemoveTags", json!({"ResourceArns": [app], "TagKeys": ["a", "x"]}));
    let told = sim.elb("DescribeTags", json!({"ResourceArns": all}));
    assert_eq!(
        told["TagDescriptions"][0]["Tags"],
        json!([{"Key": "a", "Value": "2"}, {"Key": "b", "Value": "3"}])
    );
    assert_eq!(told["TagDescriptions"][1]["Tags"], json!([{"Key": "b", "Value": "3"}]));
}

/// botocore: the errors of AddTags and DescribeTags; ELB API reference: 20 ARNs.
#[test]
fn tags_that_cannot_be_and_objects_that_are_not_are_refused() {
    let sim = Sim::new();
    let arn = group(&sim, "app");
    let add = |arn: &str, tags| sim.elb_code("AddTags", json!({"ResourceArns": [arn], "Tags": tags}));
    let one = json!([{"Key": "k", "Value": "v"}]);
    assert_eq!(add(&format!("{arn}0"), one.clone()), "TargetGroupNotFound");
    let balancer = arn.replace(":targetgroup/app", ":loadbalancer/net/app");
    assert_eq!(add(&balancer, one.clone()), "LoadBalancerNotFound");
    assert_eq!(add("nonsense", one), "ValidationError");
    assert_eq!(add(&arn, json!([{"Key": "k"}, {"Key": "k"}])), "DuplicateTagKeys");
    assert_eq!(add(&arn, json!([{"Key": "aws:k"}])), "ValidationError");
    let many: Vec<_> = (0..51).map(|n| json!({"Key": format!("k{n}")})).collect();
    assert_eq!(add(&arn, json!(many)), "TooManyTags");
    let many = vec![arn; 21];
    assert_eq!(sim.elb_code("DescribeTags", json!({"ResourceArns": many})), "ValidationError");
}

/// botocore, GetResources of the Tagging API: all tagged resources of the region.
#[test]
fn the_tagging_service_sees_and_changes_tags_by_arn() {
    let sim = Sim::new();
    let (edge, app) = (balancer(&sim, "edge", 1, &[]), group(&sim, "app"));
    sim.with(|call| {
        let set = Tags::from([("x".to_owned(), "1".to_owned())]);
        assert_eq!(elbv2::tag(call.region, &app, &set, &[]), Some(()));
        assert_eq!(elbv2::tag(call.region, "nonsense", &set, &[]), None);
        assert_eq!(elbv2::tagged(call.region, &|_| true), [(edge.clone(), Tags::new()), (app.clone(), set)]);
    });
}

/// botocore, DescribeAccountLimits: the names of its limits.
#[test]
fn the_accounts_limits_are_told() {
    let sim = Sim::new();
    let limits = sim.elb("DescribeAccountLimits", json!({"PageSize": 2}));
    assert_eq!(limits["Limits"][0], json!({"Name": "application-load-balancers", "Max": "50"}));
    let rest = sim.elb("DescribeAccountLimits", json!({"Marker": limits["NextMarker"]}));
    assert_eq!(length(&rest, "/Limits"), 17);
}
