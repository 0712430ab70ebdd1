//! Every rule and bound of a class.

use serde_json::{Value, json};

use super::objects::{all_accepted, all_refused, class};
use crate::support;

fn spec(patch: Value) -> Value {
    class(json!({"metadata": {"name": "tried"}, "spec": patch}))
}

fn access(change: Value) -> Value {
    let mut grant = json!({"name": "g", "namespaces": {"names": ["shop"]}});
    super::objects::merge(&mut grant, change);
    spec(json!({"access": [grant]}))
}

fn pool(pool: Value) -> Value {
    spec(json!({"loadBalancer": {"network": pool}}))
}

#[tokio::test]
async fn a_class_that_keeps_every_rule_is_accepted() {
    let client = support::client().await;
    let grants: Vec<Value> = (0..64)
        .map(|i| {
            json!({"name": format!("g{i}"), "namespaces": {"names": [format!("n{i}")]},
                        "paths": (0..16).map(|p| format!("/{p}{}", "a".repeat(240))).collect::<Vec<_>>()})
        })
        .collect();
    let list = vec![
        spec(json!({})),
        spec(json!({"account": "123456789012", "region": "us-gov-west-1"})),
        spec(json!({"network": {"vpc": {"id": null, "tags": {"Name": "prod"}}}})),
        spec(json!({"network": {"subnets": {"tags": null, "ids": ["subnet-0a", "subnet-0b"]}}})),
        spec(
            json!({"api": {"stage": "v1", "throttling": {"default": {"rate": 5, "burst": 5}, "max": {"rate": 5, "burst": 5}}}}),
        ),
        spec(json!({"api": {"stage": "$default"}})),
        pool(json!({"listenerPorts": {"from": 1, "to": 50}, "crossZone": false, "drain": "1s", "max": 10})),
        access(json!({"paths": ["/", "/orders", "/{namespace}", "/a/{namespace}/b"], "anonymous": true})),
        access(json!({"namespaces": {"names": null, "selector": {}}})),
        spec(json!({"access": grants})),
        spec(
            json!({"tags": (0..40).map(|i| (format!("t{i}"), json!("x"))).collect::<serde_json::Map<_, _>>()}),
        ),
    ];
    all_accepted(&client, "default", list).await;
}

#[tokio::test]
async fn a_bad_class_is_refused_with_its_message() {
    let client = support::client().await;
    let paths = "access[].paths must be / or whole segments such as /orders or /{namespace}";
    let ports = "loadBalancer.network.listenerPorts must span 1 to 50 ports";
    let table = vec![
        (spec(json!({"account": "1234"})), "account must be 12 digits, in quotes, such as \"123456789012\""),
        (
            spec(json!({"region": "Frankfurt"})),
            "region must be the code of an AWS region, such as eu-central-1",
        ),
        (spec(json!({"region": "eu-central-1a"})), "region must be the code of an AWS region"),
        (spec(json!({"region": null})), "spec.region: Required value"),
        (spec(json!({"api": null})), "spec.api: Required value"),
        (spec(json!({"loadBalancer": {"network": null}})), "spec.loadBalancer.network: Required value"),
        (spec(json!({"network": {"vpc": {"id": null}}})), "network.vpc needs exactly one of id, tags"),
        (
            spec(json!({"network": {"vpc": {"tags": {"a": "b"}}}})),
            "network.vpc needs exactly one of id, tags",
        ),
        (
            spec(json!({"network": {"vpc": {"id": null, "tags": {}}}})),
            "spec.network.vpc.tags in body should have at least 1 properties",
        ),
        (spec(json!({"network": {"vpc": {"id": "prod"}}})), "spec.network.vpc.id in body should match"),
        (
            spec(json!({"network": {"subnets": {"ids": ["subnet-0a", "subnet-0b"]}}})),
            "network.subnets needs exactly one of ids, tags",
        ),
        (
            spec(json!({"network": {"subnets": {"tags": null, "ids": ["subnet-0a"]}}})),
            "spec.network.subnets.ids in body should have at least 2 items",
        ),
        (
            spec(json!({"network": {"pods": {"shared": {"securityGroup": {"id": "default"}}}}})),
            "spec.network.pods.shared.securityGroup.id in body should match",
        ),
        (spec(json!({"network": {"pods": {"shared": null}}})), "spec.network.pods.shared: Required value"),
        (spec(json!({"api": {"stage": "a b"}})), "api.stage must be $default, or letters, digits, _ and -"),
        (
            spec(json!({"api": {"throttling": {"max": {"rate": 99, "burst": 2000}}}})),
            "api.throttling.default (rate 100, burst 200 when absent) must not exceed api.throttling.max",
        ),
        (
            spec(json!({"api": {"throttling": {"default": {"rate": 1}}}})),
            "spec.api.throttling.default.burst: Required value",
        ),
        (pool(json!({"listenerPorts": {"from": 10000, "to": 10050}})), ports),
        (pool(json!({"listenerPorts": {"from": 10001, "to": 10000}})), ports),
        (
            pool(json!({"listenerPorts": {"from": 0, "to": 5}})),
            "listenerPorts.from in body should be greater than or equal to 1",
        ),
        (
            pool(json!({"drain": "0s"})),
            "loadBalancer.network.drain must be a duration in whole seconds from 1s to 1h",
        ),
        (
            pool(json!({"max": 0})),
            "spec.loadBalancer.network.max in body should be greater than or equal to 1",
        ),
        (
            pool(json!({"max": 11})),
            "spec.loadBalancer.network.max in body should be less than or equal to 10",
        ),
        (
            access(json!({"namespaces": {"names": null}})),
            "access[].namespaces needs exactly one of names, selector",
        ),
        (
            access(json!({"namespaces": {"selector": {}}})),
            "access[].namespaces needs exactly one of names, selector",
        ),
        (access(json!({"paths": ["orders"]})), paths),
        (access(json!({"paths": ["/orders/"]})), paths),
        (access(json!({"paths": ["/{id}"]})), paths),
        (access(json!({"paths": ["/x-{namespace}"]})), paths),
        (access(json!({"paths": []})), "spec.access[0].paths in body should have at least 1 items"),
        (
            spec(json!({"tags": {"aws:x": "y"}})),
            "tags must not contain keys that start with aws: or gatewayed.io/",
        ),
        (
            spec(json!({"tags": {"gatewayed.io/class": "y"}})),
            "tags must not contain keys that start with aws: or gatewayed.io/",
        ),
        (
            spec(
                json!({"tags": (0..41).map(|i| (format!("t{i}"), json!("x"))).collect::<serde_json::Map<_, _>>()}),
            ),
            "spec.tags: Too many: 41: must have at most 40 items",
        ),
        (class(json!({"metadata": {"name": "a.b"}})), "metadata.name must be a DNS label"),
    ];
    all_refused(&client, "default", table).await;
}
