use serde_json::{Value, json};

use super::super::delivery::{POLICY, allow, write};
use super::{NOW, all, group};
use crate::clock::SimTime;
use crate::testing::Sim;

/// What the policy of log delivery lets in.
fn let_in(sim: &Sim) -> Vec<String> {
    sim.with(|call| {
        let document = &call.region.logs.policies[POLICY].document;
        let document: Value = serde_json::from_str(document).unwrap();
        serde_json::from_value(document["Statement"][0]["Resource"].clone()).unwrap()
    })
}

fn arn(name: &str) -> String {
    format!("arn:aws:logs:eu-central-1:123456789012:log-group:{name}")
}

fn streams(name: &str) -> String {
    format!("{}:log-stream:*", arn(name))
}

/// API Gateway, developer guide, logging: AWS edits the resource policy for its caller.
#[test]
fn a_group_that_a_service_shall_write_to_is_added_to_the_policy_once() {
    let sim = Sim::new();
    group(&sim, "a");
    group(&sim, "b");
    for name in ["a", "b", "a"] {
        sim.with(|call| allow(call.region, &arn(name), call.now, &call.options.quotas)).unwrap();
    }
    sim.with(|call| allow(call.region, &format!("{}:*", arn("a")), call.now, &call.options.quotas)).unwrap();
    assert_eq!(let_in(&sim), [streams("a"), streams("b")]);
    let missing = sim.with(|call| allow(call.region, &arn("c"), call.now, &call.options.quotas)).unwrap_err();
    assert_eq!(missing.code, "ResourceNotFoundException");
}

/// Step Functions developer guide, "bp-cwl": near the policy's limit all groups below
/// /aws/vendedlogs/ are let in at once; groups of other names fill it up.
#[test]
fn a_full_policy_has_room_for_vended_groups_only() {
    let sim = Sim::new();
    let name = |n: usize| format!("/aws/vendedlogs/apis/{n:03}/{}", "x".repeat(100));
    for n in 0..40 {
        group(&sim, &name(n));
        sim.with(|call| allow(call.region, &arn(&name(n)), call.now, &call.options.quotas)).unwrap();
    }
    assert_eq!(let_in(&sim), [streams("/aws/vendedlogs/*")]);
    let sim = Sim::new();
    let refused = (0..40).find_map(|n| {
        let name = format!("other/{n:03}/{}", "x".repeat(100));
        group(&sim, &name);
        sim.with(|call| allow(call.region, &arn(&name), call.now, &call.options.quotas)).err()
    });
    assert_eq!(refused.unwrap().code, "InvalidParameterException");
}

#[test]
fn a_line_is_written_to_a_group_by_either_form_of_its_arn() {
    let sim = Sim::new();
    group(&sim, "g");
    let arn = "arn:aws:logs:eu-central-1:123456789012:log-group:g";
    let other_region = arn.replace("eu-central-1", "eu-west-1");
    sim.with(|call| {
        assert!(write(call.region, arn, "s", "one".to_owned(), SimTime(NOW)));
        assert!(write(call.region, &format!("{arn}:*"), "s", "two".to_owned(), SimTime(NOW)));
        for nowhere in [&format!("{arn}2"), &other_region, "g"] {
            assert!(!write(call.region, nowhere, "s", "lost".to_owned(), SimTime(NOW)));
        }
    });
    let told = sim.logs("GetLogEvents", json!({"logGroupName": "g", "logStreamName": "s"}));
    assert_eq!(all(&told, "events", "message"), ["one", "two"]);
}
