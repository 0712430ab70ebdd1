//! The definitions and `validate` agree: what a rule of the API server refuses, we refuse as well, and
//! what it accepts, we accept where the class grants everything.

use serde_json::{Value, json};

use gatewayed::api::{GatewayedService, GatewayedServiceClass};
use gatewayed::validate::{self, Classes, Namespace};

/// Answers of the schema's own bounds, which `validate` need not repeat: sizes and patterns.
const SCHEMA: [&str; 5] = ["Too long", "Too many", "in body", "duplicate entries", "Unsupported value"];

/// Whether `validate` must refuse what the API server refuses with a message like `text`.
pub fn must_agree(text: &str) -> bool {
    !SCHEMA.iter().any(|s| text.contains(s))
}

/// What `validate` says of `object`; `None` if it does not even parse.
pub fn verdict(object: &Value) -> Option<Result<(), String>> {
    if object["kind"] == "GatewayedService" { service(object) } else { class(object) }
}

fn class(object: &Value) -> Option<Result<(), String>> {
    let object: GatewayedServiceClass = serde_json::from_value(object.clone()).ok()?;
    Some(validate::class(&object, None).map(|_| ()).map_err(|v| format!("{v:?}")))
}

fn service(object: &Value) -> Option<Result<(), String>> {
    let mut object: GatewayedService = serde_json::from_value(object.clone()).ok()?;
    object.spec.class_name = Some("public".to_owned());
    for route in &mut object.spec.routes {
        route.anonymous = Some(true);
    }
    let class = super::objects::class(json!({"spec": {
        "api": {"throttling": {"max": {"rate": 100_000, "burst": 100_000}}},
        "loadBalancer": {"network": {"drain": "1s"}},
        "access": [{"name": "all", "namespaces": {"selector": {}}, "paths": ["/"], "anonymous": true}],
    }}));
    let class: GatewayedServiceClass = serde_json::from_value(class).expect("a class");
    let namespace = Namespace { name: "shop".to_owned(), ..Namespace::default() };
    let answer = validate::service(&object, &Classes::new([&class]), &namespace);
    Some(answer.map(|_| ()).map_err(|r| format!("{:?}", r.violations)))
}
