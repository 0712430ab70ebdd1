//! What is remembered, and for how long.

use std::time::Duration;

use serde_json::json;

use super::Lab;
use crate::testing::length;

#[test]
fn nothing_lags_and_nothing_is_remembered_with_the_switch_off() {
    let lab = Lab::new();
    lab.switch(false);
    let by_id = json!({"GroupIds": [lab.group("fresh")]});
    lab.call("ec2", "DescribeSecurityGroups", by_id.clone());
    // Even a call that is to be stale shows the present.
    lab.stale("ec2", "DescribeSecurityGroups", &by_id, Some(Duration::from_secs(5))).unwrap();
}

#[test]
fn a_single_call_can_be_made_stale_once_history_is_kept() {
    let lab = Lab::new();
    lab.switch(false);
    lab.group("before");
    lab.sim.world.lock().unwrap().consistency.keep_for(Duration::from_secs(60));
    lab.group("after");
    lab.sim.advance(30);
    let count = |stale: Option<u64>| {
        let answer = lab.stale("ec2", "DescribeSecurityGroups", &json!({}), stale.map(Duration::from_secs));
        length(&answer.unwrap(), "/SecurityGroups")
    };
    let now = count(None);
    assert_eq!((count(Some(10)), count(Some(40)), count(Some(3600))), (now, now - 1, now - 1));
    // Services that never lag by themselves can be made to.
    lab.call("logs", "CreateLogGroup", json!({"logGroupName": "g"}));
    let listed = lab.stale("logs", "DescribeLogGroups", &json!({}), Some(Duration::from_secs(1))).unwrap();
    assert_eq!(length(&listed, "/logGroups"), 0);
}

#[test]
fn a_change_that_is_refused_is_not_remembered() {
    let lab = Lab::new();
    lab.group("one");
    lab.sim.advance(400);
    let refused = json!({"GroupName": "one", "Description": "test", "VpcId": crate::seed::VPC});
    lab.code("ec2", "CreateSecurityGroup", refused);
    lab.sim.with(|call| {
        let now = call.now;
        assert_eq!(call.region.history.true_until(&["ec2"], now), None);
    });
}

#[test]
fn what_a_test_changes_in_the_world_is_seen_at_once() {
    let lab = Lab::new();
    lab.sim.with(|call| call.region.ec2.security_groups.retain(|_, group| group.name == "default"));
    let all = lab.call("ec2", "DescribeSecurityGroups", json!({}));
    assert_eq!(length(&all, "/SecurityGroups"), 1);
}

#[test]
fn on_a_clock_that_stands_still_only_what_was_before_is_seen() {
    let lab = Lab::new();
    let first = lab.group("first");
    let second = lab.group("second");
    for group in [first, second] {
        let by_id = json!({"GroupIds": [group]});
        assert_eq!(lab.code("ec2", "DescribeSecurityGroups", by_id), "InvalidGroup.NotFound");
    }
}
