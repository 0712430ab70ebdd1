//! Whatever was done in whatever order: what a call sees was true no longer ago than the lag, and
//! what is left alone is seen as it is.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::Lab;
use crate::testing::string;

/// Reads of everything that the steps change, one of each way to lag.
const READS: [(&str, &str); 6] = [
    ("ec2", "DescribeSecurityGroups"),
    ("elbv2", "DescribeTargetGroups"),
    ("apigatewayv2", "GetApis"),
    ("secretsmanager", "ListSecrets"),
    ("acm", "ListCertificates"),
    ("resourcegroupstaggingapi", "GetResources"),
];

/// Makes or deletes one of a few things, or lets time pass.
fn take(lab: &Lab, step: u8, n: u8) {
    let name = format!("n{}", n % 4);
    let tags = json!([{"Key": "a", "Value": name}]);
    let _ = match step % 6 {
        0 => {
            let tagged = json!([{"ResourceType": "security-group", "Tags": tags}]);
            let input = json!({"GroupName": name, "Description": "test", "VpcId": crate::seed::VPC,
                "TagSpecifications": tagged});
            lab.try_call("ec2", "CreateSecurityGroup", &input)
        }
        1 => {
            let made = lab.sim.with(|call| {
                let groups = call.region.ec2.security_groups.values();
                groups.filter(|group| group.name == name).map(|group| group.id.clone()).next()
            });
            lab.try_call("ec2", "DeleteSecurityGroup", &json!({"GroupId": made}))
        }
        2 => {
            let input = json!({"Name": name, "Protocol": "TCP", "Port": 80, "VpcId": crate::seed::VPC,
                "TargetType": "ip", "Tags": tags});
            lab.try_call("elbv2", "CreateTargetGroup", &input)
        }
        3 => lab.try_call("apigatewayv2", "CreateApi", &json!({"Name": name, "ProtocolType": "HTTP"})),
        4 => lab.try_call("secretsmanager", "CreateSecret", &json!({"Name": name})),
        _ => {
            lab.sim.clock.advance(Duration::from_millis(u64::from(n) * 20));
            return;
        }
    };
}

fn groups(answer: &Value) -> BTreeSet<String> {
    answer["SecurityGroups"].as_array().unwrap().iter().map(|group| string(group, "/GroupId")).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_nobody_changes_is_seen_as_it_is(steps in prop::collection::vec(any::<(u8, u8)>(), 1..60)) {
        let lab = Lab::new();
        for (step, n) in steps {
            take(&lab, step, n);
        }
        lab.sim.advance(301);
        for (service, operation) in READS {
            let seen = lab.call(service, operation, json!({}));
            lab.switch(false);
            let is = lab.call(service, operation, json!({}));
            lab.switch(true);
            prop_assert_eq!(seen, is, "{}", operation);
        }
    }

    #[test]
    fn what_is_seen_was_true_no_longer_ago_than_the_lag(
        steps in prop::collection::vec(any::<(u8, u8)>(), 1..80),
    ) {
        let lab = Lab::new();
        // Each truth with the moment until which it was one.
        let mut truths: Vec<(u64, BTreeSet<String>)> = Vec::new();
        for (step, n) in steps {
            let now = lab.sim.clock.now().0;
            let is: BTreeSet<String> =
                lab.sim.with(|call| call.region.ec2.security_groups.keys().cloned().collect());
            truths.push((now, is.clone()));
            let seen = groups(&lab.call("ec2", "DescribeSecurityGroups", json!({})));
            let young = truths.iter().any(|(until, truth)| until + 2000 >= now && *truth == seen);
            prop_assert!(young, "{:?} of {:?}", seen, truths);
            let before = lab.truth();
            lab.call("resourcegroupstaggingapi", "GetResources", json!({}));
            prop_assert_eq!(lab.truth(), before);
            take(&lab, step, n);
        }
    }
}
