//! What had tags once. GetResources tells of such an object with an empty list of tags (BC, GetResources,
//! `TagFilters`: "all resources that are currently tagged or ever had a tag").

use std::collections::BTreeSet;

use super::index;
use crate::world::Region;

/// The operations that take tags away, by service.
const TAKING: [(&str, &str); 9] = [
    ("acm", "RemoveTagsFromCertificate"),
    ("apigatewayv2", "UntagResource"),
    ("cloudwatch", "UntagResource"),
    ("ec2", "DeleteTags"),
    ("elbv2", "RemoveTags"),
    ("logs", "UntagResource"),
    ("resourcegroupstaggingapi", "UntagResources"),
    ("route53", "ChangeTagsForResource"),
    ("secretsmanager", "UntagResource"),
];

/// The ARNs that have tags, before a call that may take some away.
#[derive(Debug)]
pub struct Before(BTreeSet<String>);

impl Before {
    /// `None` for calls that take no tags away.
    pub fn of(region: &Region, (service, operation): (&str, &str)) -> Option<Before> {
        let taking = TAKING.contains(&(service, operation));
        taking.then(|| Before(with_tags(region)))
    }

    /// After the call: notes what has no tags any more.
    pub fn note(self, region: &mut Region) {
        let now = with_tags(region);
        let mut once = std::mem::take(&mut region.once_tagged);
        once.extend(self.0.into_iter().filter(|arn| !now.contains(arn)));
        once.retain(|arn| index::tags_of(region, arn).is_some_and(|tags| tags.is_empty()));
        region.once_tagged = once;
    }
}

fn with_tags(region: &Region) -> BTreeSet<String> {
    index::tagged(region, &|_| true).into_keys().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::tagging::handler;
    use crate::testing::Sim;
    use crate::{elbv2, seed, tables};

    /// As the pipeline calls it.
    fn call(sim: &Sim, (service, operation): (&str, &str), input: &Value) -> Value {
        let handler = match service {
            "ec2" => crate::ec2::handler(operation),
            "elbv2" => elbv2::handler(operation),
            _ => handler(operation),
        };
        sim.with(|call| {
            let before = Before::of(call.region, (service, operation));
            let told = handler.unwrap()(call, input).unwrap();
            if let Some(before) = before {
                before.note(call.region);
            }
            told
        })
    }

    fn found(sim: &Sim, input: &Value) -> Vec<(String, usize)> {
        let told = call(sim, ("resourcegroupstaggingapi", "GetResources"), input);
        let one = |one: &Value| {
            (one["ResourceARN"].as_str().unwrap().to_owned(), one["Tags"].as_array().unwrap().len())
        };
        told["ResourceTagMappingList"].as_array().unwrap().iter().map(one).collect()
    }

    /// BC, GetResources, TagFilters: without a filter what was tagged once has an empty set of tags, with
    /// one it is not there; what never was tagged is never returned, nor what does not exist.
    #[test]
    fn what_had_tags_once_is_found_without_any_as_long_as_it_exists() {
        let sim = Sim::new();
        let input = |name: &str, tags: Value| json!({"Name": name, "Protocol": "TCP", "Port": 80, "TargetType": "ip", "VpcId": seed::VPC, "Tags": tags});
        let make = |name: &str, tags: Value| {
            let made = sim.elb("CreateTargetGroup", input(name, tags));
            made["TargetGroups"][0]["TargetGroupArn"].as_str().unwrap().to_owned()
        };
        let owner = json!([{"Key": "owner", "Value": "a"}]);
        let (tagged, bare) = (make("tagged", owner.clone()), make("bare", json!([])));
        let group = sim.group("group");
        let of = format!("arn:aws:ec2:{}:{}:security-group/{group}", seed::REGION, seed::ACCOUNT);
        call(&sim, ("ec2", "CreateTags"), &json!({"Resources": [group], "Tags": owner}));
        // The seed has tagged groups, too.
        let ours = |found: Vec<(String, usize)>| -> Vec<(String, usize)> {
            found.into_iter().filter(|(arn, _)| [&of, &tagged, &bare].contains(&arn)).collect()
        };
        let both = json!({"ResourceTypeFilters": ["elasticloadbalancing:targetgroup", "ec2:security-group"]});
        let (some, none) = (|arn: &String| (arn.clone(), 1), |arn: &String| (arn.clone(), 0));
        assert_eq!(ours(found(&sim, &both)), [some(&of), some(&tagged)]);
        call(&sim, ("elbv2", "RemoveTags"), &json!({"ResourceArns": [tagged, bare], "TagKeys": ["owner"]}));
        call(&sim, ("ec2", "DeleteTags"), &json!({"Resources": [group]}));
        assert_eq!(ours(found(&sim, &both)), [none(&of), none(&tagged)]);
        assert_eq!(found(&sim, &json!({"ResourceARNList": [of, tagged, bare]})), [none(&of), none(&tagged)]);
        assert_eq!(found(&sim, &json!({"TagFilters": [{"Key": "owner"}]})), []);
        let set = json!({"ResourceARNList": [tagged], "Tags": {"owner": "b"}});
        call(&sim, ("resourcegroupstaggingapi", "TagResources"), &set);
        assert_eq!(ours(found(&sim, &both)), [none(&of), some(&tagged)]);
        let unset = json!({"ResourceARNList": [tagged], "TagKeys": ["owner"]});
        call(&sim, ("resourcegroupstaggingapi", "UntagResources"), &unset);
        sim.ec2("DeleteSecurityGroup", json!({"GroupId": group}));
        assert_eq!(ours(found(&sim, &both)), [none(&tagged)]);
    }

    /// The model: the service's operations whose names say so.
    #[test]
    fn every_served_operation_that_takes_tags_away_is_known() {
        let mut served = Vec::new();
        for service in tables::services() {
            let takes = |name: &&String| {
                ["Untag", "RemoveTags", "DeleteTags", "ChangeTags"].iter().any(|word| name.starts_with(word))
            };
            served.extend(service.operations.keys().filter(takes).map(|name| (&*service.name, &**name)));
        }
        served.sort_unstable();
        assert_eq!(served, TAKING);
    }
}
