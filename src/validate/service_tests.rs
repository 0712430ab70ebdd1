//! Every rule of a service, and its message.

use std::time::Duration;

use serde_json::{Value, json};

use super::fixtures::{class, service, shop, told, validated, with_spec};
use super::{Classes, Scale, ValidService, summary};
use crate::api::Reason;
use crate::api::routes::Throttling;

/// What is told of the service with `spec` merged in.
fn refused(spec: Value) -> Vec<String> {
    told(&with_spec(spec.clone()).expect_err(&format!("{spec} is accepted")).violations)
}

/// The service with one more field set in its one route.
fn route(change: Value) -> Value {
    let mut route = json!({"name": "one", "path": "/orders/{id}", "anonymous": true});
    for (name, value) in change.as_object().unwrap() {
        match value {
            Value::Null => route.as_object_mut().unwrap().remove(name),
            value => route.as_object_mut().unwrap().insert(name.clone(), value.clone()),
        };
    }
    json!({"routes": [route]})
}

fn keys(valid: &ValidService) -> Vec<String> {
    valid.routes.iter().flat_map(|r| &r.keys).map(|k| k.to_string()).collect()
}

#[test]
fn every_default_is_resolved() {
    let valid = with_spec(json!({})).unwrap();
    assert_eq!(valid.name.to_string(), "shop/orders");
    assert_eq!(valid.scale, Scale::Fixed(2));
    let health = &valid.health;
    assert_eq!(
        (health.path.as_str(), health.liveness_path.as_str(), health.port),
        ("/healthz", "/healthz", 3000)
    );
    assert_eq!((health.interval, health.timeout), (Duration::from_secs(10), Duration::from_secs(2)));
    assert_eq!((health.healthy_threshold, health.unhealthy_threshold), (2, 2));
    assert_eq!(health.startup, Duration::from_secs(60));
    assert_eq!(valid.shutdown.drain, Duration::from_secs(300));
    assert_eq!(valid.shutdown.stop, Duration::from_secs(30));
    let route = &valid.routes[0];
    assert_eq!((route.throttling, route.timeout), (None, Duration::from_secs(30)));
    let effective = valid.effective();
    assert_eq!(effective.routes[0].throttling, Throttling { rate: 100, burst: 200 });
    assert_eq!((effective.min_replicas, effective.max_replicas), (2, 2));
    assert_eq!(serde_json::to_value(&effective.shutdown).unwrap(), json!({"drain": "300s", "stop": "30s"}));
}

#[test]
fn what_is_given_is_kept() {
    let valid = with_spec(json!({
        "health": {"path": "/ready", "livenessPath": "/live", "port": 9000, "interval": "1m", "timeout": "20s"},
        "shutdown": {"drain": "10m", "stop": "5s"},
        "autoscaling": {"minReplicas": 2, "maxReplicas": 9, "targetCPUUtilization": 60},
        "resources": {"requests": {"cpu": 1}},
        "routes": [{"name": "one", "path": "/orders", "anonymous": true, "timeout": "1s500ms",
                    "throttling": {"rate": 5, "burst": 10}}],
    }))
    .unwrap();
    assert_eq!(valid.scale, Scale::Auto { min: 2, max: 9, cpu: Some(60), memory: None });
    assert_eq!((valid.health.port, valid.health.liveness_path.as_str()), (9000, "/live"));
    assert_eq!(valid.health.interval, Duration::from_secs(60));
    assert_eq!(valid.shutdown.drain, Duration::from_secs(600));
    assert_eq!(valid.routes[0].timeout, Duration::from_millis(1500));
    assert_eq!(valid.routes[0].throttling, Some(Throttling { rate: 5, burst: 10 }));
}

#[test]
fn a_route_becomes_a_key_for_each_method_and_a_prefix_two() {
    let routes = json!({"routes": [
        {"name": "a", "path": "/orders/{id}", "methods": ["GET", "PUT"], "anonymous": true},
        {"name": "b", "prefix": "/orders", "anonymous": true},
        {"name": "c", "prefix": "/shop", "methods": ["POST"], "anonymous": true},
    ]});
    let expected = [
        "GET /orders/{id}",
        "PUT /orders/{id}",
        "ANY /orders",
        "ANY /orders/{proxy+}",
        "POST /shop",
        "POST /shop/{proxy+}",
    ];
    assert_eq!(keys(&with_spec(routes).unwrap()), expected);
}

#[test]
fn the_root_can_be_a_prefix_where_it_is_granted() {
    let all = class(json!({"spec": {"access": [
        {"name": "shop", "namespaces": {"names": ["shop"]}, "paths": ["/"], "anonymous": true}
    ]}}));
    let wanted = service(json!({"spec": {"routes": [{"name": "all", "prefix": "/", "anonymous": true}]}}));
    let valid = super::service(&wanted, &Classes::new(&[all]), &shop()).unwrap();
    assert_eq!(keys(&valid), ["ANY /", "ANY /{proxy+}"]);
}

#[test]
fn a_bad_workload_is_refused_with_field_and_remedy() {
    let table: &[(Value, &str)] = &[
        (
            json!({"image": ""}),
            "spec.image must not be empty or contain spaces; write a reference such as registry.example.com/shop/orders:1.4.2.",
        ),
        (
            json!({"image": "a b"}),
            "spec.image must not be empty or contain spaces; write a reference such as registry.example.com/shop/orders:1.4.2.",
        ),
        (json!({"port": 0}), "spec.port must be 1 to 65535, not 0."),
        (json!({"replicas": -1}), "spec.replicas must be 0 to 500, not -1."),
        (json!({"replicas": 501}), "spec.replicas must be 0 to 500, not 501."),
        (json!({"env": [{"name": "A"}]}), "spec.env[A] needs exactly one of value and valueFrom."),
        (
            json!({"env": [{"name": "A", "value": "", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}]}),
            "spec.env[A] needs exactly one of value and valueFrom.",
        ),
        (
            json!({"env": [{"name": "A", "valueFrom": {}}]}),
            "spec.env[A].valueFrom needs exactly one of configMapKeyRef, secretKeyRef and fieldRef.",
        ),
        (
            json!({"env": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]}),
            "spec.env[].name must not contain A twice.",
        ),
        (
            json!({"pod": {"labels": {"gatewayed.io/service": "x"}}}),
            "spec.pod.labels must not contain gatewayed.io/service: keys that start with gatewayed.io/, app.kubernetes.io/name, app.kubernetes.io/managed-by, pod-template-hash are reserved.",
        ),
        (
            json!({"pod": {"annotations": {"gatewayed.io/x": "x"}}}),
            "spec.pod.annotations must not contain gatewayed.io/x: keys that start with gatewayed.io/ are reserved.",
        ),
        (json!({"security": {"runAsUser": 0}}), "spec.security.runAsUser must be 1 to 2147483647, not 0."),
        (json!({"security": {"fsGroup": 0}}), "spec.security.fsGroup must be 1 to 2147483647, not 0."),
        (
            json!({"inCluster": {"from": []}}),
            "spec.inCluster.from must name someone; an empty list would admit everyone.",
        ),
        (
            json!({"inCluster": {"from": [{}]}}),
            "spec.inCluster.from[] needs namespaceSelector, podSelector or both; {} selects everything.",
        ),
        (
            json!({"inCluster": {"from": [{"podSelector": {}}], "ports": [{"name": "http", "port": 1}]}}),
            "spec.inCluster.ports[http].name needs a letter and must not be http or health, which are the app's and the health port.",
        ),
        (
            json!({"inCluster": {"from": [{"podSelector": {}}], "ports": [{"name": "m", "port": 0}]}}),
            "spec.inCluster.ports[m].port must be 1 to 65535, not 0.",
        ),
    ];
    for (spec, message) in table {
        assert_eq!(refused(spec.clone()), [format!("InvalidSpec: {message}")], "{spec}");
    }
}

#[test]
fn a_field_path_must_be_one_that_kubernetes_offers() {
    let env = |path: &str| json!({"env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": path}}}]});
    for good in ["status.podIP", "metadata.labels['team']", "metadata.annotations['example.com/x']"] {
        assert!(with_spec(env(good)).is_ok(), "{good}");
    }
    for bad in ["spec.containers", "metadata.labels", "metadata.labels['']", "metadata.labels['a']['b']"] {
        assert!(refused(env(bad))[0].contains("fieldPath must be one of metadata.name"), "{bad}");
    }
}

#[test]
fn bad_scaling_is_refused_with_field_and_remedy() {
    let auto = |change: Value| {
        let mut auto = json!({"minReplicas": 2, "maxReplicas": 4, "targetCPUUtilization": 60});
        for (k, v) in change.as_object().unwrap() {
            auto[k] = v.clone();
        }
        json!({"autoscaling": auto, "resources": {"requests": {"cpu": "1"}}})
    };
    let table: &[(Value, &str)] = &[
        (
            auto(json!({"maxReplicas": 1})),
            "spec.autoscaling.maxReplicas must be at least spec.autoscaling.minReplicas, 2.",
        ),
        (auto(json!({"minReplicas": 0})), "spec.autoscaling.minReplicas must be 1 to 500, not 0."),
        (auto(json!({"maxReplicas": 501})), "spec.autoscaling.maxReplicas must be 1 to 500, not 501."),
        (
            auto(json!({"targetCPUUtilization": 0})),
            "spec.autoscaling.targetCPUUtilization must be 1 to 1000, not 0.",
        ),
        (
            auto(json!({"targetMemoryUtilization": 50})),
            "spec.autoscaling.targetMemoryUtilization is a share of spec.resources.requests.memory, which is absent; set it.",
        ),
        (
            json!({"autoscaling": {"minReplicas": 1, "maxReplicas": 2}}),
            "spec.autoscaling needs targetCPUUtilization, targetMemoryUtilization or both.",
        ),
    ];
    for (spec, message) in table {
        assert_eq!(refused(spec.clone()), [format!("InvalidSpec: {message}")], "{spec}");
    }
}

#[test]
fn bad_health_is_refused_with_field_and_bounds() {
    let table: &[(Value, &str)] = &[
        (
            json!({"interval": "4s"}),
            "spec.health.interval must be a duration in whole seconds from 5s to 300s.",
        ),
        (
            json!({"interval": "301s"}),
            "spec.health.interval must be a duration in whole seconds from 5s to 300s.",
        ),
        (
            json!({"interval": "10.5s"}),
            "spec.health.interval must be a duration in whole seconds from 5s to 300s.",
        ),
        (
            json!({"timeout": "1s"}),
            "spec.health.timeout must be a duration in whole seconds from 2s to 120s.",
        ),
        (
            json!({"timeout": "121s", "interval": "200s"}),
            "spec.health.timeout must be a duration in whole seconds from 2s to 120s.",
        ),
        (
            json!({"timeout": "-5s"}),
            "spec.health.timeout must be a duration in whole seconds from 2s to 120s.",
        ),
        (json!({"timeout": "11s"}), "spec.health.timeout must be at most spec.health.interval, 10s."),
        (json!({"healthyThreshold": 1}), "spec.health.healthyThreshold must be 2 to 10, not 1."),
        (json!({"unhealthyThreshold": 11}), "spec.health.unhealthyThreshold must be 2 to 10, not 11."),
        (json!({"port": 0}), "spec.health.port must be 1 to 65535, not 0."),
        (
            json!({"startup": "2h"}),
            "spec.health.startup must be a duration in whole seconds from 5s to 3600s.",
        ),
        (
            json!({"livenessPath": "live"}),
            "spec.health.livenessPath must start with / and contain no space, such as /healthz.",
        ),
    ];
    for (health, message) in table {
        assert_eq!(refused(json!({"health": health})), [format!("InvalidSpec: {message}")], "{health}");
    }
}

#[test]
fn a_drain_below_the_class_is_refused() {
    assert_eq!(
        refused(json!({"shutdown": {"drain": "299s"}})),
        [
            "DrainTooShort: spec.shutdown.drain is 299s, below 300s, for which class public still sends requests to a \
          pod that goes; raise it, or leave it out."
        ]
    );
    assert_eq!(
        refused(json!({"shutdown": {"stop": "0s"}})),
        ["InvalidSpec: spec.shutdown.stop must be a duration in whole seconds from 1s to 3600s."]
    );
}

#[test]
fn a_route_outside_the_grammar_is_refused_with_what_is_wrong() {
    let table: &[(Value, &str)] = &[
        (json!({"path": "orders"}), r#"Route one: "orders" does not start with /."#),
        (
            json!({"path": "/orders/"}),
            r#"Route one: "/orders/" has an empty segment: remove the doubled or trailing slash."#,
        ),
        (
            json!({"path": "/orders//x"}),
            r#"Route one: "/orders//x" has an empty segment: remove the doubled or trailing slash."#,
        ),
        (
            json!({"path": "/orders/{id}.json"}),
            r#"Route one: segment "{id}.json" must be letters, digits and ._~:@$!*'()+,=- or one variable in braces."#,
        ),
        (
            json!({"path": "/orders/a b"}),
            r#"Route one: segment "a b" must be letters, digits and ._~:@$!*'()+,=- or one variable in braces."#,
        ),
        (
            json!({"path": "/orders/{}"}),
            r#"Route one: segment "{}" must be letters, digits and ._~:@$!*'()+,=- or one variable in braces."#,
        ),
        (
            json!({"path": "/orders/{rest+}/x"}),
            "Route one: {rest+} takes all that follows and may only be the last segment.",
        ),
        (
            json!({"path": "/orders/{id}/{id}"}),
            "Route one: variable {id} occurs twice; give each its own name.",
        ),
        (
            json!({"path": null, "prefix": "/orders/{proxy}"}),
            "Route one: variable {proxy} occurs twice; give each its own name.",
        ),
        (
            json!({"path": null, "prefix": "/orders/{a+}"}),
            "Route one: {a+} takes all that follows and may only be the last segment.",
        ),
        (json!({"path": null}), "Route one: exactly one of path and prefix is needed."),
        (json!({"prefix": "/orders"}), "Route one: exactly one of path and prefix is needed."),
        (json!({"methods": []}), "Route one: methods is empty; name some, or leave methods out for all."),
    ];
    for (change, message) in table {
        assert_eq!(refused(route(change.clone())), [format!("InvalidRoute: {message}")], "{change}");
    }
}

#[test]
fn two_routes_that_are_one_to_api_gateway_are_refused() {
    let two = json!({"routes": [
        {"name": "a", "path": "/orders/{id}", "methods": ["GET"], "anonymous": true},
        {"name": "b", "path": "/orders/{key}", "methods": ["GET"], "anonymous": true},
    ]});
    assert_eq!(
        refused(two),
        [
            "InvalidRoute: Routes a and b are one route to API Gateway, GET /orders/{key}; names of variables do not \
          tell routes apart. Merge them, or change a path or method."
        ]
    );
    let any_beside_get = json!({"routes": [
        {"name": "a", "path": "/orders/{id}", "methods": ["GET"], "anonymous": true},
        {"name": "b", "path": "/orders/{key}", "anonymous": true},
    ]});
    assert!(with_spec(any_beside_get).is_ok());
}

#[test]
fn a_path_outside_the_granted_ones_is_refused() {
    assert_eq!(
        refused(route(json!({"path": null, "prefix": "/admin"}))),
        [
            "PathNotAllowed: Route /admin/{proxy+} is outside the paths that class public grants namespace shop: \
          /orders, /shop."
        ]
    );
    assert_eq!(
        refused(route(json!({"path": "/ordersX"}))),
        [
            "PathNotAllowed: Route /ordersX is outside the paths that class public grants namespace shop: /orders, \
          /shop."
        ]
    );
    assert_eq!(refused(route(json!({"path": "/"}))).len(), 1);
    assert!(with_spec(route(json!({"path": "/shop/x"}))).is_ok());
    assert!(with_spec(route(json!({"path": "/orders"}))).is_ok());
}

#[test]
fn a_variable_inside_the_granted_prefix_is_refused() {
    for path in ["/{any}", "/{any}/x", "/{any+}"] {
        assert_eq!(
            refused(route(json!({ "path": path }))),
            [format!(
                "PathNotAllowed: Route {path} has a variable inside /orders, the path that class public grants \
                 namespace shop; write those segments out."
            )]
        );
    }
}

#[test]
fn an_anonymous_route_needs_a_grant_that_covers_its_path() {
    let two_grants = class(json!({"spec": {"access": [
        {"name": "open", "namespaces": {"names": ["shop"]}, "paths": ["/orders/public"], "anonymous": true},
        {"name": "closed", "namespaces": {"names": ["shop"]}, "paths": ["/orders"]},
    ]}}));
    let classes = Classes::new(&[two_grants]);
    let told = |path: &str| {
        let object = service(json!({"spec": route(json!({ "path": path }))}));
        super::service(&object, &classes, &shop()).map_err(|r| told(&r.violations))
    };
    assert!(told("/orders/public/x").is_ok());
    assert_eq!(
        told("/orders/{id}").unwrap_err(),
        [
            "AnonymousNotAllowed: Route /orders/{id} is anonymous, which class public does not grant namespace shop \
          there; ask for anonymous: true in the entry of its spec.access."
        ]
    );
}

#[test]
fn a_route_that_says_not_who_may_call_it_is_refused() {
    for change in [json!({"anonymous": null}), json!({"anonymous": false})] {
        assert_eq!(
            refused(route(change)),
            [
                "AuthorizerMissing: Route /orders/{id} says not who may call it, and class public has no authorizer; \
              write anonymous: true on route one to let anyone."
            ]
        );
    }
}

#[test]
fn limits_of_a_route_are_bounded_by_the_class() {
    assert_eq!(
        refused(route(json!({"throttling": {"rate": 1001, "burst": 2001}}))),
        [
            "ThrottlingAboveMaximum: Route one asks for rate 1001, above the maximum of class public, 1000; lower \
             spec.routes[one].throttling.rate.",
            "ThrottlingAboveMaximum: Route one asks for burst 2001, above the maximum of class public, 2000; lower \
             spec.routes[one].throttling.burst.",
        ]
    );
    assert_eq!(
        refused(route(json!({"throttling": {"rate": 0, "burst": 1}}))),
        ["InvalidSpec: spec.routes[one].throttling needs a rate and a burst of at least 1."]
    );
    for timeout in ["49ms", "30001ms", "1m", "50500us"] {
        assert_eq!(
            refused(route(json!({ "timeout": timeout }))),
            [
                "InvalidSpec: spec.routes[one].timeout must be a duration in whole milliseconds from 50ms to 30s."
            ]
        );
    }
}

#[test]
fn rate_without_burst_does_not_even_parse() {
    let object = json!({"name": "a", "path": "/a", "throttling": {"rate": 1}});
    let error = serde_json::from_value::<crate::api::routes::Route>(object).unwrap_err();
    assert!(error.to_string().contains("missing field `burst`"), "{error}");
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let refused = refused(json!({"image": "", "port": 0, "routes": [
        {"name": "a", "path": "/admin", "anonymous": true},
        {"name": "b", "path": "/orders/", "anonymous": true},
    ]}));
    assert_eq!(refused.len(), 4, "{refused:?}");
}

#[test]
fn a_condition_tells_three_violations_and_the_number_of_the_others() {
    let violations = with_spec(json!({"image": "", "port": 0, "replicas": -1, "health": {"port": 0}}))
        .unwrap_err()
        .violations;
    let (reason, message) = summary(&violations).unwrap();
    assert_eq!(reason, Reason::InvalidSpec);
    assert!(message.starts_with("spec.image must not be empty"), "{message}");
    assert!(
        message.ends_with("spec.replicas must be 0 to 500, not -1. One more field is wrong."),
        "{message}"
    );
    assert_eq!(summary(&[]), None);
}

#[test]
fn a_name_that_no_kubernetes_service_can_have_is_refused() {
    for name in ["1st", "a.b", &"a".repeat(64)] {
        let refused = validated(json!({"metadata": {"name": name}})).unwrap_err();
        assert_eq!(refused.violations[0].field, "metadata.name");
        assert_eq!(refused.class_name.as_deref(), Some("public"));
    }
}
