//! Objects for tests: a small valid one of each kind, changed by JSON merge patches.

use serde_json::{Value, json};

use super::{Classes, Namespace, Refused, ValidService, Violation};
use crate::api::{GatewayedService, GatewayedServiceClass};
use crate::model::network::{Group, NetworkFacts, Subnet, Vpc};

/// Class `public`, which admits namespace `shop`, with `patch`.
pub fn class(patch: Value) -> GatewayedServiceClass {
    let mut object = json!({
        "apiVersion": "gatewayed.io/v1alpha1",
        "kind": "GatewayedServiceClass",
        "metadata": {"name": "public"},
        "spec": {
            "region": "eu-central-1",
            "network": {
                "vpc": {"id": "vpc-1"},
                "subnets": {"tags": {"tier": "private"}},
                "pods": {"shared": {"securityGroup": {"id": "sg-pods"}}},
            },
            "api": {},
            "loadBalancer": {"network": {}},
            "access": [{
                "name": "shop",
                "namespaces": {"names": ["shop"]},
                "paths": ["/orders", "/{namespace}"],
                "anonymous": true,
            }],
        },
    });
    merge(&mut object, patch);
    serde_json::from_value(object).unwrap()
}

/// Service `shop/orders` with one route, with `patch`.
pub fn service(patch: Value) -> GatewayedService {
    let mut object = json!({
        "apiVersion": "gatewayed.io/v1alpha1",
        "kind": "GatewayedService",
        "metadata": {"name": "orders", "namespace": "shop"},
        "spec": {
            "className": "public",
            "image": "registry.example.com/shop/orders:1",
            "port": 3000,
            "routes": [{"name": "one", "path": "/orders/{id}", "anonymous": true}],
        },
    });
    merge(&mut object, patch);
    serde_json::from_value(object).unwrap()
}

/// The service with `patch` in class `public`, validated.
pub fn validated(patch: Value) -> Result<ValidService, Refused> {
    super::service(&service(patch), &Classes::new(&[class(json!({}))]), &shop())
}

/// The service with `spec` merged into its spec, validated.
pub fn with_spec(spec: Value) -> Result<ValidService, Refused> {
    validated(json!({ "spec": spec }))
}

/// The namespace `shop`.
pub fn shop() -> Namespace {
    Namespace { name: "shop".to_owned(), labels: [("team".to_owned(), "shop".to_owned())].into() }
}

/// What EC2 holds for class `public`: three subnets in three zones.
pub fn facts() -> NetworkFacts {
    NetworkFacts {
        account: "123456789012".to_owned(),
        vpcs: vec![vpc("vpc-1")],
        subnets: vec![subnet("subnet-a", "a"), subnet("subnet-b", "b"), subnet("subnet-c", "c")],
        security_groups: vec![Group { id: "sg-pods".to_owned(), vpc: "vpc-1".to_owned() }],
    }
}

/// A VPC.
pub fn vpc(id: &str) -> Vpc {
    Vpc { id: id.to_owned(), cidrs: vec!["10.0.0.0/16".to_owned()] }
}

/// A subnet of `vpc-1` in zone `letter`.
pub fn subnet(id: &str, letter: &str) -> Subnet {
    Subnet {
        id: id.to_owned(),
        vpc: "vpc-1".to_owned(),
        zone: format!("eu-central-1{letter}"),
        zone_id: format!("euc1-az-{letter}"),
        cidr: "10.0.0.0/20".to_owned(),
    }
}

/// Reason and message of each violation, as `Reason: message`.
pub fn told(violations: &[Violation]) -> Vec<String> {
    violations.iter().map(|v| format!("{}: {}", v.reason, v.message)).collect()
}

/// A JSON merge patch (RFC 7396).
fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    let fields = target.as_object_mut().unwrap();
    for (name, value) in patch {
        if value.is_null() {
            fields.remove(&name);
        } else {
            merge(fields.entry(name).or_insert(Value::Null), value);
        }
    }
}
