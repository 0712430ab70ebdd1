//! Which class serves a service: named, default, latched, unknown.

use serde_json::{Value, json};

use super::fixtures::{class, service, shop, told};
use super::{Classes, Namespace, Refused, ValidService};
use crate::api::GatewayedServiceClass;

fn default(name: &str) -> GatewayedServiceClass {
    class(json!({"metadata": {"name": name, "annotations": {"gatewayed.io/is-default-class": "true"}}}))
}

fn named(name: &str) -> GatewayedServiceClass {
    class(json!({"metadata": {"name": name}}))
}

/// A service with `patch` among `classes`.
fn among(classes: &[GatewayedServiceClass], patch: Value) -> Result<ValidService, Refused> {
    super::service(&service(patch), &Classes::new(classes), &shop())
}

fn no_name() -> Value {
    json!({"spec": {"className": null}})
}

#[test]
fn an_unknown_class_is_told_with_the_classes_that_admit_the_namespace() {
    let elsewhere = class(json!({
        "metadata": {"name": "elsewhere"},
        "spec": {"access": [{"name": "x", "namespaces": {"names": ["billing"]}}]},
    }));
    let classes = [named("internal"), named("public"), elsewhere];
    let refused = among(&classes, json!({"spec": {"className": "publik"}})).unwrap_err();
    assert_eq!(
        told(&refused.violations),
        [
            "UnknownClass: Class \"publik\" does not exist. Classes that admit namespace shop: internal, public."
        ]
    );
    assert_eq!(refused.class_name, None, "nothing is latched");
    let refused = among(&[], json!({})).unwrap_err();
    assert_eq!(
        told(&refused.violations),
        [
            "UnknownClass: Class \"public\" does not exist. No class admits namespace shop: ask for an entry in a \
          class's spec.access."
        ]
    );
}

#[test]
fn without_a_name_the_default_class_serves() {
    let valid = among(&[named("internal"), default("public")], no_name()).unwrap();
    assert_eq!(valid.class.name, "public");
}

#[test]
fn without_a_name_and_a_default_class_the_service_is_refused() {
    let refused = among(&[named("public")], no_name()).unwrap_err();
    assert_eq!(
        told(&refused.violations),
        [
            "NoDefaultClass: spec.className is absent and no class is the default. Classes that admit namespace shop: \
          public."
        ]
    );
}

#[test]
fn two_default_classes_are_told_by_name() {
    let refused = among(&[default("a"), default("b")], no_name()).unwrap_err();
    assert_eq!(
        told(&refused.violations),
        [
            "TwoDefaultClasses: spec.className is absent and 2 classes are the default: a, b. Set spec.className, or \
          have the annotation gatewayed.io/is-default-class removed from all but one of them."
        ]
    );
}

#[test]
fn a_service_stays_with_its_class_when_the_default_changes() {
    let patch = json!({"spec": {"className": null}, "status": {"className": "old"}});
    assert_eq!(among(&[named("old"), default("new")], patch).unwrap().class.name, "old");
}

#[test]
fn another_name_than_the_latched_one_is_refused() {
    let patch = json!({"spec": {"className": "new"}, "status": {"className": "old"}});
    assert_eq!(
        told(&among(&[named("old"), named("new")], patch).unwrap_err().violations),
        [
            "ClassChanged: spec.className is new, but class old serves it. Set it back to old, or delete the service \
          and create it anew."
        ]
    );
}

#[test]
fn a_namespace_without_a_grant_is_refused_with_the_classes_that_have_one() {
    let billing = class(json!({
        "metadata": {"name": "internal"},
        "spec": {"access": [{"name": "x", "namespaces": {"names": ["billing"]}}]},
    }));
    let namespace = Namespace { name: "billing".to_owned(), ..Namespace::default() };
    let classes = Classes::new(&[named("public"), billing]);
    let refused = super::service(&service(json!({})), &classes, &namespace).unwrap_err();
    assert_eq!(
        told(&refused.violations),
        [
            "NamespaceNotAllowed: Class public grants namespace billing nothing. Classes that admit namespace billing: \
          internal."
        ]
    );
    assert_eq!(refused.class_name.as_deref(), Some("public"));
}

#[test]
fn namespaces_are_granted_by_label_too() {
    let admits = |selector: Value| {
        let by_label = class(json!({"spec": {"access": [
            {"name": "x", "namespaces": {"selector": selector}, "paths": ["/orders"], "anonymous": true}
        ]}}));
        among(&[by_label], json!({})).is_ok()
    };
    let e = |operator: &str, values: Value| json!({"matchExpressions": [{"key": "team", "operator": operator, "values": values}]});
    assert!(admits(json!({})), "an empty selector selects everything");
    assert!(admits(json!({"matchLabels": {"team": "shop"}})));
    assert!(!admits(json!({"matchLabels": {"team": "shop", "tier": "gold"}})));
    assert!(admits(e("In", json!(["shop", "x"]))));
    assert!(!admits(e("In", json!(["x"]))));
    assert!(!admits(e("NotIn", json!(["shop"]))));
    assert!(admits(e("NotIn", json!(["x"]))));
    assert!(admits(e("Exists", json!([]))));
    assert!(!admits(e("DoesNotExist", json!([]))));
    assert!(!admits(e("Like", json!(["shop"]))), "an operator that we do not know grants nothing");
}

#[test]
fn grants_add_up() {
    let two = class(json!({"spec": {"access": [
        {"name": "a", "namespaces": {"names": ["shop"]}, "paths": ["/a"], "anonymous": true},
        {"name": "b", "namespaces": {"selector": {"matchLabels": {"team": "shop"}}}, "anonymous": true},
    ]}}));
    let routes = json!({"spec": {"routes": [
        {"name": "a", "path": "/a/x", "anonymous": true},
        {"name": "b", "path": "/shop/x", "anonymous": true},
    ]}});
    assert!(among(&[two], routes).is_ok());
}

#[test]
fn a_class_that_is_refused_is_passed_on_with_its_message() {
    let broken = class(json!({"spec": {"region": "Frankfurt"}}));
    let refused = among(&[broken], json!({})).unwrap_err();
    assert_eq!(
        told(&refused.violations),
        [
            "ClassNotReady: Class public is not accepted: spec.region must be the code of an AWS region, such as \
          eu-central-1."
        ]
    );
    assert_eq!(refused.class_name.as_deref(), Some("public"));
}
