//! Every rule of a class, and its message.

use std::time::Duration;

use serde_json::{Value, json};

use super::fixtures::{class, facts, subnet, told, vpc};
use super::{ValidClass, Violation, network_query};
use crate::api::routes::Throttling;
use crate::model::network::{NetworkFacts, Selector};

/// What is told of the class with `spec` merged in, without facts.
fn refused(spec: Value) -> Vec<String> {
    told(&super::class(&class(json!({ "spec": spec })), None).expect_err("accepted"))
}

/// The class with `patch`, given what was found.
fn found(patch: Value, facts: &NetworkFacts) -> Result<ValidClass, Vec<Violation>> {
    super::class(&class(patch), Some(facts))
}

#[test]
fn every_default_is_resolved() {
    let valid = super::class(&class(json!({})), None).unwrap();
    assert_eq!((valid.stage.as_str(), valid.is_default), ("$default", false));
    assert_eq!(valid.default_throttling, Throttling { rate: 100, burst: 200 });
    assert_eq!(valid.max_throttling, Throttling { rate: 1000, burst: 2000 });
    let pool = valid.pool;
    assert_eq!((pool.first_port, pool.last_port, pool.cross_zone, pool.max), (10000, 10049, true, 4));
    assert_eq!(pool.drain, Duration::from_secs(300));
    assert_eq!(valid.network, None);
    assert_eq!(valid.effective().drain, Duration::from_secs(300));
}

#[test]
fn a_bad_field_is_refused_with_field_and_remedy() {
    let access = |change: Value| {
        let mut grant = json!({"name": "g", "namespaces": {"names": ["shop"]}});
        for (k, v) in change.as_object().unwrap() {
            grant[k] = v.clone();
        }
        json!({"access": [grant]})
    };
    let path = "a path must be / or whole segments such as /orders or /{namespace}, without a trailing slash or another variable";
    let ports = "spec.loadBalancer.network.listenerPorts must span 1 to 50 ports (a Network Load Balancer has at most 50 listeners), from not above to.";
    let table: Vec<(Value, String)> = vec![
        (json!({"account": "12345"}), "spec.account must be 12 digits, in quotes, such as \"123456789012\".".into()),
        (json!({"region": "Frankfurt"}), "spec.region must be the code of an AWS region, such as eu-central-1.".into()),
        (json!({"region": "eu-central-1a"}), "spec.region must be the code of an AWS region, such as eu-central-1.".into()),
        (json!({"network": {"vpc": {"id": null}}}), "spec.network.vpc needs exactly one of id and tags.".into()),
        (json!({"network": {"vpc": {"tags": {"a": "b"}}}}), "spec.network.vpc needs exactly one of id and tags.".into()),
        (json!({"network": {"subnets": {"tags": {"tier": null}}}}), "spec.network.subnets needs exactly one of ids and tags.".into()),
        (json!({"network": {"subnets": {"ids": ["subnet-a"]}}}), "spec.network.subnets needs exactly one of ids and tags.".into()),
        (json!({"api": {"stage": "a b"}}), "spec.api.stage must be $default, or letters, digits, _ and -.".into()),
        (
            json!({"api": {"throttling": {"max": {"rate": 99, "burst": 2000}}}}),
            "spec.api.throttling.default (rate 100, burst 200) must not exceed spec.api.throttling.max (rate 99, burst 2000).".into(),
        ),
        (json!({"loadBalancer": {"network": {"listenerPorts": {"from": 10000, "to": 10050}}}}), ports.into()),
        (json!({"loadBalancer": {"network": {"listenerPorts": {"from": 10001, "to": 10000}}}}), ports.into()),
        (json!({"loadBalancer": {"network": {"max": 11}}}), "spec.loadBalancer.network.max must be 1 to 10, not 11.".into()),
        (
            json!({"loadBalancer": {"network": {"drain": "0s"}}}),
            "spec.loadBalancer.network.drain must be a duration in whole seconds from 1s to 3600s.".into(),
        ),
        (json!({"tags": {"aws:x": "y"}}), "spec.tags must not contain aws:x: keys that start with aws:, gatewayed.io/ are reserved.".into()),
        (access(json!({"namespaces": {}})), "spec.access[g].namespaces needs exactly one of names and selector.".into()),
        (access(json!({"paths": ["orders"]})), format!("spec.access[g].paths contains orders; {path}.")),
        (access(json!({"paths": ["/orders/"]})), format!("spec.access[g].paths contains /orders/; {path}.")),
        (access(json!({"paths": ["/{id}"]})), format!("spec.access[g].paths contains /{{id}}; {path}.")),
        (access(json!({"paths": ["/x-{namespace}"]})), format!("spec.access[g].paths contains /x-{{namespace}}; {path}.")),
        (access(json!({"paths": ["/{namespace+}"]})), format!("spec.access[g].paths contains /{{namespace+}}; {path}.")),
    ];
    for (spec, message) in table {
        assert_eq!(refused(spec.clone()), [format!("InvalidSpec: {message}")], "{spec}");
    }
}

#[test]
fn more_than_forty_tags_are_refused() {
    let tags = |n: usize| (0..n).map(|i| (format!("t{i}"), json!("x"))).collect::<serde_json::Map<_, _>>();
    assert!(super::class(&class(json!({"spec": {"tags": tags(40)}})), None).is_ok());
    assert_eq!(refused(json!({"tags": tags(41)})), ["InvalidSpec: spec.tags must have at most 40 entries."]);
}

#[test]
fn what_to_look_for_follows_from_the_selectors() {
    let query = network_query(&class(json!({})).spec);
    assert_eq!(query.vpc, Selector::Ids(vec!["vpc-1".to_owned()]));
    assert_eq!(query.subnets, Selector::Tags([("tier".to_owned(), "private".to_owned())].into()));
    assert_eq!(query.security_groups, ["sg-pods"]);
}

#[test]
fn the_network_found_is_taken_in_order_of_zones() {
    let mut facts = facts();
    facts.subnets.reverse();
    let network = found(json!({}), &facts).unwrap().network.unwrap();
    assert_eq!(network.vpc, "vpc-1");
    let ids: Vec<&str> = network.subnets.iter().map(|s| s.id.as_str()).collect();
    assert_eq!(ids, ["subnet-a", "subnet-b", "subnet-c"]);
}

#[test]
fn a_network_that_does_not_fit_is_refused() {
    let by_ids = || json!({"spec": {"network": {"subnets": {"tags": null, "ids": ["subnet-a", "subnet-b", "subnet-x"]}}}});
    let by_tags = || json!({"spec": {"network": {"vpc": {"id": null, "tags": {"Name": "prod"}}}}});
    let change = |f: fn(&mut NetworkFacts)| {
        let mut facts = facts();
        f(&mut facts);
        facts
    };
    let table: Vec<(Value, NetworkFacts, &str)> = vec![
        (
            json!({}),
            change(|f| f.vpcs.clear()),
            "VpcNotFound: VPC vpc-1 does not exist in account 123456789012 in eu-central-1; correct spec.network.vpc.id.",
        ),
        (
            by_tags(),
            change(|f| f.vpcs.clear()),
            "VpcNotFound: No VPC of account 123456789012 in eu-central-1 has the tags Name=prod; correct spec.network.vpc.tags.",
        ),
        (
            by_tags(),
            change(|f| f.vpcs.push(vpc("vpc-2"))),
            "VpcAmbiguous: The tags Name=prod match 2 VPCs of account 123456789012 in eu-central-1: vpc-1, vpc-2. Add a tag that only one of them has, or name it by spec.network.vpc.id.",
        ),
        (
            json!({}),
            change(|f| f.subnets.clear()),
            "SubnetsNotFound: No subnet of vpc-1 has the tags tier=private; correct spec.network.subnets.tags.",
        ),
        (
            json!({}),
            change(|f| f.subnets.iter_mut().for_each(|s| s.vpc = "vpc-2".into())),
            "SubnetsNotFound: No subnet of vpc-1 has the tags tier=private (3 of other VPCs have); correct spec.network.subnets.tags.",
        ),
        (
            by_ids(),
            change(|f| f.subnets.truncate(2)),
            "SubnetsNotFound: No such subnet in eu-central-1: subnet-x; correct spec.network.subnets.ids.",
        ),
        (
            by_ids(),
            change(|f| {
                f.subnets[2].id = "subnet-x".into();
                f.subnets[2].vpc = "vpc-2".into();
            }),
            "SubnetsUnfit: Subnet subnet-x lies in vpc-2, not in vpc-1; take one of vpc-1.",
        ),
        (
            json!({}),
            change(|f| f.subnets.truncate(1)),
            "SubnetsUnfit: Subnets lie in one zone only, eu-central-1a; select subnets in two zones or more.",
        ),
        (
            json!({}),
            change(|f| f.subnets.push(subnet("subnet-d", "a"))),
            "SubnetsUnfit: Subnets subnet-a, subnet-d lie in one zone, eu-central-1a; select one subnet a zone.",
        ),
        (
            json!({}),
            change(|f| f.security_groups.clear()),
            "SecurityGroupNotFound: Security group sg-pods does not exist in eu-central-1; correct spec.network.pods.shared.securityGroup.id.",
        ),
        (
            json!({}),
            change(|f| f.security_groups[0].vpc = "vpc-2".into()),
            "SecurityGroupNotFound: Security group sg-pods belongs to vpc-2, not to the class's vpc-1; name the group that its pods carry.",
        ),
        (
            json!({"spec": {"account": "210987654321"}}),
            facts(),
            "AccountMismatch: The class is for AWS account 210987654321, but our credentials belong to 123456789012; give the operator credentials of 210987654321, or correct spec.account.",
        ),
    ];
    for (patch, facts, message) in table {
        assert_eq!(told(&found(patch.clone(), &facts).unwrap_err()), [message], "{patch}");
    }
}

#[test]
fn subnets_of_other_vpcs_with_the_same_tags_are_passed_over() {
    let mut facts = facts();
    let mut other = subnet("subnet-other", "a");
    other.vpc = "vpc-2".to_owned();
    facts.subnets.push(other);
    assert_eq!(found(json!({}), &facts).unwrap().network.unwrap().subnets.len(), 3);
}

#[test]
fn a_recorded_network_stays_in_use_and_a_change_is_told() {
    let recorded = found(json!({}), &facts()).unwrap().network.unwrap();
    let patch = json!({"status": {"network": recorded}});
    let same = found(patch.clone(), &facts()).unwrap();
    assert_eq!((same.network.as_ref(), same.notices.len()), (Some(&recorded), 0));

    let mut fewer = facts();
    fewer.subnets.pop();
    let kept = found(patch.clone(), &fewer).unwrap();
    assert_eq!(kept.network, Some(recorded.clone()));
    assert_eq!(
        told(&kept.notices),
        [
            "SubnetsChanged: spec.network now selects subnet-a, subnet-b in vpc-1, but the class goes on in subnet-a, \
          subnet-b, subnet-c in vpc-1; a change of subnets needs another class."
        ]
    );

    let nothing = NetworkFacts { vpcs: Vec::new(), ..facts() };
    let kept = found(patch.clone(), &nothing).unwrap();
    assert!(told(&kept.notices)[0].contains("no network that fits"), "{:?}", kept.notices);

    let without_facts = super::class(&class(patch), None).unwrap();
    assert_eq!(without_facts.network, Some(recorded), "services need no call to AWS to know it");
}
