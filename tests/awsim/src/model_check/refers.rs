//! Who refers to what, read off the state as a whole: an id or ARN that stands in it and is of a kind that
//! awsim makes must be that of something that is there.

use std::collections::BTreeSet;

use regex::Regex;
use serde_json::Value;
use std::sync::LazyLock;

/// Ids that awsim makes up, whole texts.
static ID: LazyLock<Regex> = LazyLock::new(|| {
    let ec2 = "(vpc|subnet|sg|sgr|eni|vpce|rtb|acl)-[0-9a-f]{17}";
    let elb = "arn:aws:elasticloadbalancing:[^ ]+/[0-9a-f]{16}";
    let acm = "arn:aws:acm:[^ ]+:certificate/[0-9a-f-]{36}";
    Regex::new(&format!("^({ec2}|{elb}|{acm})$")).unwrap()
});

/// Members whose texts may outlive what they name, and why.
const MAY_DANGLE: [(&str, &str); 3] = [
    ("vpcs", "a VPC can be deleted under a private zone, which goes on naming it (TF 2832)"),
    ("owner", "network interfaces outlive their load balancer and endpoint by minutes (TF 9495)"),
    ("IntegrationUri", "a listener can be deleted under an integration, which then answers 503"),
];

/// Keys of all collections: what is there.
pub(super) fn ids(state: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    keys(state, &mut found);
    found
}

fn keys(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                if ID.is_match(name) && value.is_object() {
                    found.insert(name.clone());
                }
                keys(value, found);
            }
        }
        Value::Array(elements) => elements.iter().for_each(|element| keys(element, found)),
        _ => {}
    }
}

/// References to what is not there, with their places.
pub(super) fn dangling(state: &Value) -> Vec<String> {
    let there = ids(state);
    let mut found = Vec::new();
    walk("", state, &there, &mut found);
    for region in state.as_object().into_iter().flat_map(|accounts| accounts.values()) {
        for services in region.as_object().into_iter().flat_map(|regions| regions.values()) {
            gateway(&services["apigatewayv2"], &mut found);
        }
    }
    found
}

/// API Gateway's references: its ids have no form of their own.
fn gateway(state: &Value, found: &mut Vec<String>) {
    let each = |value: &Value| -> Vec<(String, Value)> {
        value.as_object().into_iter().flatten().map(|(key, value)| (key.clone(), value.clone())).collect()
    };
    let mut refer = |from: &str, to: &Value, collection: &Value| {
        if let Some(id) = to.as_str()
            && collection.get(id).is_none()
        {
            found.push(format!("{from} -> {id}"));
        }
    };
    for (id, api) in each(&state["apis"]) {
        for (route, body) in each(&api["routes"]) {
            let target = body["Target"].as_str().and_then(|target| target.strip_prefix("integrations/"));
            refer(&format!("route {id}/{route}"), &target.into(), &api["integrations"]);
            refer(&format!("route {id}/{route}"), &body["AuthorizerId"], &api["authorizers"]);
        }
        for (integration, body) in each(&api["integrations"]) {
            refer(&format!("integration {id}/{integration}"), &body["ConnectionId"], &state["vpc_links"]);
        }
        for (stage, body) in each(&api["stages"]) {
            refer(&format!("stage {id}/{stage}"), &body["DeploymentId"], &api["deployments"]);
        }
    }
    for (name, domain) in each(&state["domain_names"]) {
        for (mapping, body) in each(&domain["mappings"]) {
            let api = &state["apis"][body["ApiId"].as_str().unwrap_or_default()];
            refer(&format!("mapping {name}/{mapping}"), &body["ApiId"], &state["apis"]);
            refer(&format!("mapping {name}/{mapping}"), &body["Stage"], &api["stages"]);
        }
    }
}

fn walk(place: &str, value: &Value, there: &BTreeSet<String>, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                if MAY_DANGLE.iter().any(|(member, _)| member == name) {
                    continue;
                }
                walk(&format!("{place}/{name}"), value, there, found);
            }
        }
        Value::Array(elements) => {
            elements.iter().for_each(|element| walk(place, element, there, found));
        }
        Value::String(text) if ID.is_match(text) && !there.contains(text) => {
            found.push(format!("{place} = {text}"));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_refers_to_nothing_is_found_by_its_place() {
        let (there, missing) = ("sg-0c1a57e4000000001", "sg-0c1a57e4000000002");
        let region = json!({
            "ec2": {"security_groups": {there: {"id": there}}, "rules": {"x": {"group": missing}}},
            "apigatewayv2": {"apis": {"a1": {
                "integrations": {},
                "routes": {"r1": {"Target": "integrations/i1", "AuthorizerId": null}},
            }}},
        });
        let found = dangling(&json!({"1": {"eu-central-1": region}}));
        let rule = format!("/1/eu-central-1/ec2/rules/x/group = {missing}");
        assert_eq!(found, [rule, "route a1/r1 -> i1".to_owned()]);
    }
}
