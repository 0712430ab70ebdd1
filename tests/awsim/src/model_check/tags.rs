//! The tagging API against what the services themselves say of their objects' tags.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Walk;
use crate::{seed, tagging};

/// Compares, both ways, for the services that show all tags in one list.
pub(super) fn check(walk: &mut Walk) {
    let index = index(walk);
    let region = walk.world.call(seed::ACCOUNT, seed::REGION).region;
    for (arn, tags) in &index {
        assert_eq!(tagging::tags_of(region, arn).as_ref(), Some(tags), "{arn}");
    }
    let mut truth = ec2(walk);
    truth.extend(load_balancing(walk));
    truth.extend(gateway(walk));
    truth.extend(secrets(walk));
    truth.retain(|_, tags| !tags.is_empty());
    let of = |arn: &String| {
        ["ec2", "elasticloadbalancing", "apigateway", "secretsmanager"]
            .contains(&arn.split(':').nth(2).unwrap())
    };
    // Without tags is what had some once.
    let indexed: BTreeMap<String, BTreeMap<String, String>> =
        index.into_iter().filter(|(arn, tags)| of(arn) && !tags.is_empty()).collect();
    assert_eq!(indexed, truth);
}

type Tags = BTreeMap<String, String>;

fn pairs(tags: &Value) -> Tags {
    let pair = |tag: &Value| Some((tag["Key"].as_str()?.to_owned(), tag["Value"].as_str()?.to_owned()));
    tags.as_array().into_iter().flatten().filter_map(pair).collect()
}

fn index(walk: &mut Walk) -> BTreeMap<String, Tags> {
    let told =
        walk.call("resourcegroupstaggingapi", "GetResources", &json!({"ResourcesPerPage": 100})).unwrap();
    assert_eq!(told["PaginationToken"].as_str().unwrap_or_default(), "", "more than a page: {told}");
    let all = told["ResourceTagMappingList"].as_array().unwrap();
    all.iter().map(|one| (one["ResourceARN"].as_str().unwrap().to_owned(), pairs(&one["Tags"]))).collect()
}

fn ec2(walk: &mut Walk) -> BTreeMap<String, Tags> {
    let told = walk.call("ec2", "DescribeTags", &json!({})).unwrap();
    let mut found: BTreeMap<String, Tags> = BTreeMap::new();
    for tag in told["Tags"].as_array().unwrap() {
        let text = |member: &str| tag[member].as_str().unwrap().to_owned();
        let arn = format!(
            "arn:aws:ec2:{}:{}:{}/{}",
            seed::REGION,
            seed::ACCOUNT,
            text("ResourceType"),
            text("ResourceId")
        );
        found.entry(arn).or_default().insert(text("Key"), text("Value"));
    }
    found
}

fn load_balancing(walk: &mut Walk) -> BTreeMap<String, Tags> {
    let mut found = BTreeMap::new();
    let mut arns: Vec<Value> = Vec::new();
    for (operation, items, arn) in [
        ("DescribeLoadBalancers", "LoadBalancers", "LoadBalancerArn"),
        ("DescribeTargetGroups", "TargetGroups", "TargetGroupArn"),
    ] {
        let told = walk.call("elbv2", operation, &json!({})).unwrap();
        arns.extend(told[items].as_array().unwrap().iter().map(|one| one[arn].clone()));
    }
    for balancer in arns.clone().iter().filter(|arn| arn.as_str().unwrap().contains(":loadbalancer/")) {
        let told = walk.call("elbv2", "DescribeListeners", &json!({"LoadBalancerArn": balancer})).unwrap();
        for listener in told["Listeners"].as_array().unwrap() {
            arns.push(listener["ListenerArn"].clone());
            let of = json!({"ListenerArn": listener["ListenerArn"]});
            let rules = walk.call("elbv2", "DescribeRules", &of).unwrap();
            arns.extend(rules["Rules"].as_array().unwrap().iter().map(|rule| rule["RuleArn"].clone()));
        }
    }
    for some in arns.chunks(20) {
        let told = walk.call("elbv2", "DescribeTags", &json!({"ResourceArns": some})).unwrap();
        for one in told["TagDescriptions"].as_array().unwrap() {
            found.insert(one["ResourceArn"].as_str().unwrap().to_owned(), pairs(&one["Tags"]));
        }
    }
    found
}

fn gateway(walk: &mut Walk) -> BTreeMap<String, Tags> {
    let mut found = BTreeMap::new();
    let mut keep = |place: String, one: &Value| {
        let tags = serde_json::from_value(one["Tags"].clone()).unwrap_or_default();
        found.insert(format!("arn:aws:apigateway:{}::{place}", seed::REGION), tags);
    };
    let all = |walk: &mut Walk, operation: &str, input: Value| -> Vec<Value> {
        walk.call("apigatewayv2", operation, &input).unwrap()["Items"].as_array().unwrap().clone()
    };
    for api in all(walk, "GetApis", json!({})) {
        let id = api["ApiId"].as_str().unwrap();
        keep(format!("/apis/{id}"), &api);
        for stage in all(walk, "GetStages", json!({"ApiId": id})) {
            keep(format!("/apis/{id}/stages/{}", stage["StageName"].as_str().unwrap()), &stage);
        }
    }
    for link in all(walk, "GetVpcLinks", json!({})) {
        keep(format!("/vpclinks/{}", link["VpcLinkId"].as_str().unwrap()), &link);
    }
    for domain in all(walk, "GetDomainNames", json!({})) {
        keep(format!("/domainnames/{}", domain["DomainName"].as_str().unwrap()), &domain);
    }
    found
}

fn secrets(walk: &mut Walk) -> BTreeMap<String, Tags> {
    let told = walk.call("secretsmanager", "ListSecrets", &json!({"IncludePlannedDeletion": true})).unwrap();
    let all = told["SecretList"].as_array().unwrap();
    all.iter().map(|one| (one["ARN"].as_str().unwrap().to_owned(), pairs(&one["Tags"]))).collect()
}
