//! Every rule and bound of a service.

use serde_json::{Value, json};

use super::objects::{all_accepted, all_refused, dry_run, message, service};
use crate::support;

fn spec(patch: Value) -> Value {
    service(json!({ "spec": patch }))
}

fn route(change: Value) -> Value {
    let mut route = json!({"name": "one", "path": "/orders"});
    super::objects::merge(&mut route, change);
    spec(json!({"routes": [route]}))
}

fn env(change: Value) -> Value {
    let mut variable = json!({"name": "A"});
    super::objects::merge(&mut variable, change);
    spec(json!({"env": [variable]}))
}

fn long(n: usize) -> String {
    "a".repeat(n)
}

fn many(n: usize, one: impl Fn(usize) -> Value) -> Value {
    (0..n).map(one).collect()
}

#[tokio::test]
async fn a_service_that_keeps_every_rule_is_accepted() {
    let client = support::client().await;
    let ns = support::namespace(&client, "accepted").await;
    let list = vec![
        spec(json!({})),
        spec(json!({"className": "public", "replicas": 0})),
        spec(json!({"image": long(512), "port": 65535, "command": ["a"], "args": many(64, |_| json!("x"))})),
        env(json!({"value": ""})),
        env(json!({"valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}})),
        env(json!({"valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['example.com/team']"}}})),
        env(json!({"valueFrom": {"secretKeyRef": {"name": "a", "key": "b", "optional": true}}})),
        env(json!({"valueFrom": {"configMapKeyRef": {"name": "a", "key": "b"}}})),
        spec(json!({"resources": {"requests": {"cpu": 1, "memory": "1.5Gi"}, "limits": {"cpu": "500m"}}})),
        spec(json!({"pod": {"labels": {"a": "b"}, "tolerations": [{"key": "a", "operator": "Exists"}],
                            "imagePullSecrets": [{"name": "a"}], "priorityClassName": "high"}})),
        spec(json!({"security": {"runAsUser": 1, "fsGroup": 2147483647, "readOnlyRootFilesystem": true}})),
        spec(json!({"autoscaling": {"minReplicas": 1, "maxReplicas": 1, "targetCPUUtilization": 60},
                    "resources": {"limits": {"cpu": "1"}}})),
        spec(json!({"health": {"path": "/", "port": 1, "interval": "5m", "timeout": "120s", "startup": "1h",
                               "healthyThreshold": 10, "unhealthyThreshold": 2, "livenessPath": "/live?x=1"}})),
        spec(json!({"health": {"interval": "5s", "timeout": "5s"}})),
        spec(json!({"shutdown": {"drain": "1h", "stop": "1s"}})),
        spec(json!({"inCluster": {"from": [{"podSelector": {}}]}})),
        spec(json!({"inCluster": {"from": [{"namespaceSelector": {"matchExpressions": [
            {"key": "a", "operator": "In", "values": ["b"]}]}}], "ports": [{"name": "metrics", "port": 9090}]}})),
        route(json!({"path": "/"})),
        route(json!({"path": "/a.b/~c:d@e/{id}/{rest+}"})),
        route(json!({"path": null, "prefix": "/"})),
        route(json!({"path": null, "prefix": "/orders/{id}"})),
        route(json!({"methods": ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]})),
        route(json!({"anonymous": true, "throttling": {"rate": 1, "burst": 100000}, "timeout": "1s500ms"})),
        spec(json!({"routes": [
            {"name": "a", "path": "/x", "methods": ["GET"]},
            {"name": "b", "path": "/x"},
            {"name": "c", "path": "/x", "methods": ["PUT"]},
            {"name": "d", "path": "/x/y"},
        ]})),
        spec(
            json!({"routes": many(64, |i| json!({"name": format!("r{i}"), "path": format!("/{i}{}", long(240)),
            "methods": ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]}))}),
        ),
    ];
    all_accepted(&client, &ns, list).await;
}

#[tokio::test]
async fn a_null_is_refused_rather_than_kept_as_a_value() {
    let client = support::client().await;
    let ns = support::namespace(&client, "nulls").await;
    let mut object = spec(json!({}));
    object["spec"]["autoscaling"] = Value::Null;
    let said = message(dry_run(&client, &ns, &object).await);
    assert!(said.contains("spec.autoscaling in body must be of type object: \"null\""), "{said}");
}

#[tokio::test]
async fn replicas_is_the_only_default_that_is_written() {
    let client = support::client().await;
    let ns = support::namespace(&client, "defaults").await;
    let stored = dry_run(&client, &ns, &spec(json!({}))).await.unwrap();
    assert_eq!(
        stored.data["spec"],
        json!({"image": "registry.example.com/shop/orders:1", "port": 3000, "replicas": 2})
    );
}

#[tokio::test]
async fn an_unknown_field_is_refused_when_asked_to_and_never_stored() {
    let client = support::client().await;
    let ns = support::namespace(&client, "unknown").await;
    for field in ["serviceRef", "secrets", "egress", "imagePullPolicy"] {
        let object = spec(json!({ field: {"name": "x"} }));
        let said = message(dry_run(&client, &ns, &object).await);
        assert!(said.contains(field), "{said}");
    }
    let object = route(json!({"authorizer": {"name": "users"}}));
    let said = message(dry_run(&client, &ns, &object).await);
    assert!(said.contains("spec.routes[0].authorizer") || said.contains("authorizer"), "{said}");
}

#[tokio::test]
async fn a_bad_workload_is_refused_with_its_message() {
    let client = support::client().await;
    let ns = support::namespace(&client, "workload").await;
    let from = json!([{"podSelector": {}}]);
    let table = vec![
        (
            spec(json!({"image": ""})),
            "spec.image: Invalid value: \"\": image must not be empty or contain spaces; write a reference such as registry.example.com/shop/orders:1.4.2",
        ),
        (spec(json!({"image": "a b"})), "image must not be empty or contain spaces"),
        (spec(json!({"image": long(513)})), "spec.image: Too long"),
        (spec(json!({"image": null})), "spec.image: Required value"),
        (
            spec(json!({"port": 0})),
            "spec.port: Invalid value: 0: spec.port in body should be greater than or equal to 1",
        ),
        (spec(json!({"port": 65536})), "spec.port in body should be less than or equal to 65535"),
        (spec(json!({"port": null})), "spec.port: Required value"),
        (spec(json!({"replicas": -1})), "spec.replicas in body should be greater than or equal to 0"),
        (spec(json!({"replicas": 501})), "spec.replicas in body should be less than or equal to 500"),
        (spec(json!({"className": ""})), "spec.className in body should be at least 1 chars long"),
        (
            spec(json!({"args": many(65, |_| json!("x"))})),
            "spec.args: Too many: 65: must have at most 64 items",
        ),
        (spec(json!({"command": [long(4097)]})), "spec.command[0]: Too long"),
        (env(json!({})), "spec.env[0]: Invalid value: env[] needs exactly one of value, valueFrom"),
        (
            env(json!({"value": "", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}})),
            "env[] needs exactly one of value, valueFrom",
        ),
        (
            env(json!({"valueFrom": {}})),
            "env[].valueFrom needs exactly one of configMapKeyRef, secretKeyRef, fieldRef",
        ),
        (
            env(json!({"valueFrom": {"fieldRef": {"fieldPath": "spec.containers"}}})),
            "env[].valueFrom.fieldRef.fieldPath must be one of metadata.name",
        ),
        (env(json!({"name": "1A", "value": ""})), "spec.env[0].name in body should match"),
        (
            spec(json!({"env": many(129, |i| json!({"name": format!("A{i}"), "value": ""}))})),
            "spec.env: Too many: 129: must have at most 128 items",
        ),
        (spec(json!({"resources": {"requests": {"cpu": "lots"}}})), "spec.resources.requests.cpu in body"),
        (spec(json!({"resources": {"requests": {"cpu": 0.5}}})), "spec.resources.requests.cpu in body"),
        (
            spec(json!({"pod": {"labels": {"gatewayed.io/service": "x"}}})),
            "pod.labels must not contain keys that start with gatewayed.io/ or app.kubernetes.io/name",
        ),
        (
            spec(json!({"pod": {"annotations": {"gatewayed.io/x": "x"}}})),
            "pod.annotations must not contain keys that start with gatewayed.io/",
        ),
        (spec(json!({"pod": {"tolerations": [{"operator": "Like"}]}})), "Unsupported value: \"Like\""),
        (
            spec(json!({"security": {"runAsUser": 0}})),
            "spec.security.runAsUser in body should be greater than or equal to 1",
        ),
        (
            spec(json!({"security": {"fsGroup": 0}})),
            "spec.security.fsGroup in body should be greater than or equal to 1",
        ),
        (
            spec(json!({"inCluster": {"from": []}})),
            "spec.inCluster.from in body should have at least 1 items",
        ),
        (
            spec(json!({"inCluster": {"from": [{}]}})),
            "inCluster.from[] needs namespaceSelector, podSelector or both; {} selects everything",
        ),
        (
            spec(json!({"inCluster": {"from": from, "ports": [{"name": "http", "port": 1}]}})),
            "must not be http or health",
        ),
        (
            spec(json!({"inCluster": {"from": from, "ports": [{"name": "123", "port": 1}]}})),
            "inCluster.ports[].name needs a letter",
        ),
        (
            spec(json!({"inCluster": {"from": from, "ports": [{"name": "m", "port": 0}]}})),
            "spec.inCluster.ports[0].port in body should be greater than or equal to 1",
        ),
        (service(json!({"metadata": {"name": "1st"}})), "metadata.name must be a DNS label"),
        (service(json!({"metadata": {"name": "a.b"}})), "metadata.name must be a DNS label"),
        (service(json!({"metadata": {"name": long(64)}})), "metadata.name must be a DNS label"),
    ];
    all_refused(&client, &ns, table).await;
}

#[tokio::test]
async fn bad_scaling_health_and_shutdown_are_refused_with_their_message() {
    let client = support::client().await;
    let ns = support::namespace(&client, "lifecycle").await;
    let auto = |change: Value| {
        let mut auto = json!({"minReplicas": 2, "maxReplicas": 4, "targetCPUUtilization": 60});
        super::objects::merge(&mut auto, change);
        spec(json!({"autoscaling": auto, "resources": {"requests": {"cpu": "1"}}}))
    };
    let health = |health: Value| spec(json!({ "health": health }));
    let interval = "health.interval must be a duration in whole seconds from 5s to 300s, such as 5s";
    let timeout = "health.timeout must be a duration in whole seconds from 2s to 120s, such as 2s";
    let table = vec![
        (
            auto(json!({"maxReplicas": 1})),
            "spec.autoscaling: Invalid value: autoscaling.maxReplicas must be at least autoscaling.minReplicas",
        ),
        (
            auto(json!({"minReplicas": 0})),
            "spec.autoscaling.minReplicas in body should be greater than or equal to 1",
        ),
        (
            auto(json!({"maxReplicas": 501})),
            "spec.autoscaling.maxReplicas in body should be less than or equal to 500",
        ),
        (auto(json!({"maxReplicas": null})), "spec.autoscaling.maxReplicas: Required value"),
        (
            auto(json!({"targetCPUUtilization": null})),
            "autoscaling needs targetCPUUtilization, targetMemoryUtilization or both",
        ),
        (
            auto(json!({"targetCPUUtilization": 0})),
            "spec.autoscaling.targetCPUUtilization in body should be greater than or equal to 1",
        ),
        (
            auto(json!({"targetMemoryUtilization": 80})),
            "autoscaling.targetMemoryUtilization is a share of resources.requests.memory, which is absent; set it",
        ),
        (
            spec(json!({"autoscaling": {"minReplicas": 1, "maxReplicas": 2, "targetCPUUtilization": 50}})),
            "autoscaling.targetCPUUtilization is a share of resources.requests.cpu, which is absent; set it",
        ),
        (health(json!({"interval": "4s"})), interval),
        (health(json!({"interval": "301s"})), interval),
        (health(json!({"interval": "10"})), interval),
        (health(json!({"interval": "10.5s"})), interval),
        (health(json!({"interval": ""})), interval),
        (health(json!({"interval": "-10s"})), interval),
        (health(json!({"interval": "99999999999999s"})), "spec.health.interval"),
        (health(json!({"interval": long(17)})), "spec.health.interval: Too long"),
        (health(json!({"timeout": "1s"})), timeout),
        (health(json!({"timeout": "121s", "interval": "200s"})), timeout),
        (
            health(json!({"timeout": "11s"})),
            "spec.health: Invalid value: health.timeout (2s when absent) must be at most health.interval (10s when absent)",
        ),
        (health(json!({"timeout": "6s", "interval": "5s"})), "must be at most health.interval"),
        (
            health(json!({"healthyThreshold": 1})),
            "spec.health.healthyThreshold in body should be greater than or equal to 2",
        ),
        (
            health(json!({"unhealthyThreshold": 11})),
            "spec.health.unhealthyThreshold in body should be less than or equal to 10",
        ),
        (health(json!({"port": 0})), "spec.health.port in body should be greater than or equal to 1"),
        (health(json!({"path": "healthz"})), "spec.health.path in body should match"),
        (health(json!({"path": "/a b"})), "spec.health.path in body should match"),
        (
            health(json!({"startup": "4s"})),
            "health.startup must be a duration in whole seconds from 5s to 1h",
        ),
        (
            spec(json!({"shutdown": {"drain": "0s"}})),
            "shutdown.drain must be a duration in whole seconds from 1s to 1h",
        ),
        (
            spec(json!({"shutdown": {"stop": "61m"}})),
            "shutdown.stop must be a duration in whole seconds from 1s to 1h",
        ),
    ];
    all_refused(&client, &ns, table).await;
}

#[tokio::test]
async fn a_bad_route_is_refused_with_its_message() {
    let client = support::client().await;
    let ns = support::namespace(&client, "routes").await;
    let path = "routes[].path must be / or whole segments such as /orders/{id}";
    let prefix = "routes[].prefix must be / or whole segments such as /orders";
    let timeout = "routes[].timeout must be a duration in whole milliseconds from 50ms to 30s";
    let prefixed = |p: &str| route(json!({"path": null, "prefix": p}));
    let table = vec![
        (
            route(json!({"path": null})),
            "spec.routes[0]: Invalid value: routes[] needs exactly one of path, prefix",
        ),
        (route(json!({"prefix": "/a"})), "routes[] needs exactly one of path, prefix"),
        (route(json!({"path": "orders"})), path),
        (route(json!({"path": "/orders/"})), path),
        (route(json!({"path": "/a//b"})), path),
        (route(json!({"path": "/a b"})), path),
        (route(json!({"path": "/{}"})), path),
        (route(json!({"path": "/{id}.json"})), path),
        (route(json!({"path": "/{rest+}/x"})), path),
        (route(json!({"path": "/a%20b"})), path),
        (route(json!({"path": format!("/{}", long(256))})), "spec.routes[0].path: Too long"),
        (prefixed("/orders/"), prefix),
        (prefixed("/orders/{rest+}"), prefix),
        (route(json!({"name": "One"})), "spec.routes[0].name in body should match"),
        (route(json!({"methods": []})), "spec.routes[0].methods in body should have at least 1 items"),
        (route(json!({"methods": ["TRACE"]})), "Unsupported value: \"TRACE\""),
        (route(json!({"methods": ["GET", "GET"]})), "duplicate entries for key [=\"GET\"]"),
        (route(json!({"throttling": {"rate": 5}})), "spec.routes[0].throttling.burst: Required value"),
        (route(json!({"throttling": {"burst": 5}})), "spec.routes[0].throttling.rate: Required value"),
        (
            route(json!({"throttling": {"rate": 0, "burst": 5}})),
            "spec.routes[0].throttling.rate in body should be greater than or equal to 1",
        ),
        (route(json!({"timeout": "49ms"})), timeout),
        (route(json!({"timeout": "31s"})), timeout),
        (route(json!({"timeout": "500500us"})), timeout),
        (
            spec(json!({"routes": [{"name": "a", "path": "/x"}, {"name": "b", "path": "/x"}]})),
            "routes must not repeat a path with the same method; merge them into one route",
        ),
        (
            spec(json!({"routes": [{"name": "a", "path": "/x"}, {"name": "b", "prefix": "/x"}]})),
            "routes must not repeat a path with the same method",
        ),
        (
            spec(
                json!({"routes": [{"name": "a", "path": "/x", "methods": ["GET", "PUT"]}, {"name": "b", "path": "/x", "methods": ["PUT"]}]}),
            ),
            "routes must not repeat a path with the same method",
        ),
        (
            spec(json!({"routes": many(65, |i| json!({"name": format!("r{i}"), "path": format!("/{i}")}))})),
            "spec.routes: Too many: 65: must have at most 64 items",
        ),
    ];
    all_refused(&client, &ns, table).await;
}

#[tokio::test]
async fn two_routes_of_one_name_are_refused() {
    let client = support::client().await;
    let ns = support::namespace(&client, "names").await;
    let object = spec(json!({"routes": [{"name": "a", "path": "/x"}, {"name": "a", "path": "/y"}]}));
    let said = message(dry_run(&client, &ns, &object).await);
    assert!(said.contains("duplicate entries for key [name=\"a\"]"), "{said}");
}
