//! One service, from the first apply to nothing left: its routes, releases, pods and scale.

use std::collections::BTreeSet;

use gatewayed::api::service_status::RouteState;
use gatewayed::api::{GatewayedService, marks};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use kube::api::{DeleteParams, ListParams};
use serde_json::{Value, json};

use crate::support::load::Load;
use crate::support::operator::{Place, World, eventually, until, world};
use crate::support::stock;

#[tokio::test]
async fn a_service_becomes_ready_and_answers_through_api_link_and_load_balancer() {
    let world = world().await;
    let place = world.class("create", |_| ()).await;
    place.service("orders", |_| ()).await;
    let url = url(&place.ready("orders").await);

    let (status, answer) = world.get(&url, "/orders/42").await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["path"], "/orders/42");
    assert_eq!(answer["namespace"], place.namespace);
    let (status, _) = world.get(&url, "/elsewhere").await;
    assert_eq!(status, 404);

    place.delete_service("orders").await;
    place.delete_class().await;
    let left = stock::of_class(world.aws(), &place.class);
    assert!(left.is_empty(), "{left:#?}");
}

#[tokio::test]
async fn routes_come_and_go_while_the_others_answer() {
    let world = world().await;
    let place = world.class("routes", |_| ()).await;
    let mut service = place.service("orders", |_| ()).await;
    let one = service["spec"]["routes"].clone();
    let ready = place.ready("orders").await;
    let url = url(&ready);
    let api = ready.status.unwrap().api.unwrap();
    let load = Load::start(world, &url, "/orders/1");

    // A plain one.
    service["spec"]["routes"] = json!([one[0], route("list", "/orders")]);
    place.apply_service(&service).await;
    answers(world, &url, "/orders", 200).await;
    let ready = place.ready("orders").await;
    let states: Vec<RouteState> = ready.status.unwrap().routes.iter().map(|r| r.state).collect();
    assert_eq!(states, [RouteState::Served, RouteState::Served]);
    service["spec"]["routes"] = one.clone();
    place.apply_service(&service).await;
    answers(world, &url, "/orders", 404).await;

    // One with a throttle of its own. A stage's settings for a route that is gone would apply to
    // whoever takes the route key next, so they go first.
    let mut narrow = route("narrow", "/orders");
    narrow["throttling"] = json!({"rate": 100, "burst": 200});
    service["spec"]["routes"] = json!([one[0], narrow]);
    place.apply_service(&service).await;
    answers(world, &url, "/orders", 200).await;
    place.ready("orders").await;
    assert_eq!(settings(world, &api), [("GET /orders".to_owned(), Some(200), Some(100.0))]);
    let before = world.aws().recorder().latest();
    service["spec"]["routes"] = one.clone();
    place.apply_service(&service).await;
    answers(world, &url, "/orders", 404).await;
    place.ready("orders").await;
    assert_eq!(settings(world, &api), []);
    let of_api = |operation: &str| {
        let calls = world.calls_since(before);
        let mut calls = calls.iter().filter(|c| c.operation == operation && c.succeeded());
        calls.find(|c| c.input["ApiId"] == api.as_str()).map(|c| c.number)
    };
    let (settings_gone, route_gone) = (of_api("DeleteRouteSettings"), of_api("DeleteRoute"));
    assert!(settings_gone.unwrap() < route_gone.unwrap(), "{settings_gone:?} {route_gone:?}");
    service["spec"]["routes"] = json!([one[0], narrow]);
    place.apply_service(&service).await;
    answers(world, &url, "/orders", 200).await;
    place.ready("orders").await;
    assert_eq!(settings(world, &api).len(), 1);

    assert!(!load.stop_unfailed().await.is_empty());
    place.delete_service("orders").await;
    place.delete_class().await;
}

/// A time that the operator can meet on a busy machine, at this pace: while AWS is told that a pod
/// goes, the pod still answers.
fn drain(class: &mut Value) {
    class["spec"]["loadBalancer"]["network"]["drain"] = json!("120s");
}

#[tokio::test]
async fn a_new_image_rolls_out_and_no_request_fails_meanwhile() {
    let world = world().await;
    let place = world.class("rollout", drain).await;
    let mut service = place.service("orders", |_| ()).await;
    let url = url(&place.ready("orders").await);
    let load = Load::start(world, &url, "/orders/1");
    load.more(10).await;

    service["spec"]["image"] = json!("registry.example.com/orders:v2");
    place.apply_service(&service).await;
    place.ready("orders").await;
    until("only the new version's pods are there", || async {
        let pods = pods(&place).await;
        let images: Vec<&str> =
            pods.iter().filter_map(|pod| pod.spec.as_ref()?.containers[0].image.as_deref()).collect();
        let new = images == ["registry.example.com/orders:v2"; 2];
        if new { Ok(()) } else { Err(format!("{images:?}")) }
    })
    .await;
    load.more(10).await;

    let answers = load.stop_unfailed().await;
    let version = |answer: &Value| answer["version"].as_str().unwrap().to_owned();
    assert_eq!(version(answers.first().unwrap()), "v1");
    let last: BTreeSet<String> = answers.iter().rev().take(10).map(version).collect();
    assert_eq!(last, BTreeSet::from(["v2".to_owned()]));
    place.delete_service("orders").await;
    place.delete_class().await;
}

#[tokio::test]
async fn a_port_that_no_pod_has_any_more_is_closed_in_the_security_groups() {
    let world = world().await;
    let place = world.class("port", |_| ()).await;
    place.service("orders", |_| ()).await;
    place.ready("orders").await;
    let before = ports_of_pods(world, &place).await;
    assert_eq!(before, BTreeSet::from([3000]));
    place.service("orders", |service| service["spec"]["port"] = json!(8080)).await;
    let url = url(&place.ready("orders").await);
    until("the old port is closed", || async {
        let ports = ports_of_pods(world, &place).await;
        if ports == BTreeSet::from([8080]) { Ok(()) } else { Err(format!("{ports:?}")) }
    })
    .await;
    assert_eq!(world.get(&url, "/orders/1").await.0, 200);
    place.delete_service("orders").await;
    place.delete_class().await;
}

/// The ports that rules of the class open between load balancers and pods.
async fn ports_of_pods(world: &World, place: &Place) -> BTreeSet<u16> {
    let listeners = 10_000..=10_049;
    let things = stock::of_class(world.aws(), &place.class);
    stock::region(world.aws(), |region| {
        let rules = stock::ids(&things, "security group rule");
        let ports = rules.iter().map(|rule| region.ec2.rules[*rule].traffic.from_port);
        let ports = ports.filter_map(|port| u16::try_from(port).ok());
        ports.filter(|port| !listeners.contains(port)).collect()
    })
}

#[tokio::test]
async fn a_pod_that_dies_is_replaced_behind_the_load_balancer_too() {
    let world = world().await;
    let place = world.class("pod-dies", drain).await;
    place.service("orders", |_| ()).await;
    let url = url(&place.ready("orders").await);
    let before = pods(&place).await;
    targets_are(world, &place, "orders", &before).await;
    let dies = &before[0];
    let load = Load::start(world, &url, "/orders/1");
    load.more(10).await;

    place.api::<Pod>().delete(&dies.name_any(), &DeleteParams::default()).await.unwrap();
    let after = until("another pod is in its place", || async {
        let pods = pods(&place).await;
        let names: Vec<String> = pods.iter().map(ResourceExt::name_any).collect();
        let replaced = pods.len() == 2 && !names.contains(&dies.name_any());
        if replaced && pods.iter().all(|p| ip(p).is_some()) { Ok(pods) } else { Err(format!("{names:?}")) }
    })
    .await;
    targets_are(world, &place, "orders", &after).await;
    eventually(&place.services(), "orders", "both targets are healthy", |s: &GatewayedService| {
        s.status.as_ref().and_then(|s| s.targets.as_ref()).is_some_and(|t| t.summary == "2/2")
    })
    .await;
    place.ready("orders").await;
    load.more(10).await;

    load.stop_unfailed().await;
    place.delete_service("orders").await;
    place.delete_class().await;
}

#[tokio::test]
async fn load_scales_the_pods_and_the_targets_follow_while_replicas_are_not_ours() {
    let world = world().await;
    let place = world.class("scale", |_| ()).await;
    let use_cpu = |millicores| {
        let pods = world.lab.pods().expect("nodes");
        pods.set_cpu(&place.namespace, &[(marks::SERVICE, "orders")], millicores);
    };
    use_cpu(50);
    place
        .service("orders", |service| {
            let spec = service["spec"].as_object_mut().unwrap();
            spec.remove("replicas");
            spec.insert("resources".into(), json!({"requests": {"cpu": "100m", "memory": "64Mi"}}));
            let autoscaling = json!({"minReplicas": 2, "maxReplicas": 4, "targetCPUUtilization": 50});
            spec.insert("autoscaling".into(), autoscaling);
        })
        .await;
    let url = url(&place.ready("orders").await);
    targets_are(world, &place, "orders", &pods(&place).await).await;

    use_cpu(200);
    let deployment =
        eventually(&place.api::<Deployment>(), "orders", "it has 4 replicas", |d: &Deployment| {
            d.spec.as_ref().unwrap().replicas == Some(4)
        })
        .await;
    let ours = deployment.managed_fields().iter().filter(|m| m.manager.as_deref() == Some("gatewayed"));
    let replicas: Vec<bool> = ours
        .map(|m| m.fields_v1.as_ref().is_some_and(|fields| fields.0["f:spec"].get("f:replicas").is_some()))
        .collect();
    assert_eq!(replicas, [false], "one set of fields is ours, and replicas are not among them");
    let pods = until("4 pods have an address", || async {
        let pods = pods(&place).await;
        let addresses = pods.iter().filter_map(ip).count();
        if addresses == 4 { Ok(pods) } else { Err(format!("{addresses}")) }
    })
    .await;
    targets_are(world, &place, "orders", &pods).await;
    place.ready("orders").await;
    assert_eq!(world.get(&url, "/orders/1").await.0, 200);
    place.delete_service("orders").await;
    place.delete_class().await;
}

fn url(service: &GatewayedService) -> String {
    service.status.as_ref().and_then(|s| s.url.clone()).expect("a URL")
}

fn route(name: &str, path: &str) -> Value {
    json!({"name": name, "path": path, "methods": ["GET"], "anonymous": true})
}

/// Waits until `GET path` is answered with `status`.
async fn answers(world: &World, url: &str, path: &str, status: u16) {
    until(&format!("GET {path} is answered {status}"), || async {
        let (found, body) = world.get(url, path).await;
        if found == status { Ok(()) } else { Err(format!("{found} {body}")) }
    })
    .await;
}

/// Route key, burst and rate of every route's own settings.
fn settings(world: &World, api: &str) -> Vec<(String, Option<i64>, Option<f64>)> {
    stock::region(world.aws(), |region| {
        let stages = region.apigatewayv2.apis[api].stages.values();
        let settings = stages.flat_map(|stage| &stage.route_settings);
        settings.map(|(key, s)| (key.clone(), s.throttling_burst_limit, s.throttling_rate_limit)).collect()
    })
}

async fn pods(place: &Place) -> Vec<Pod> {
    let selector = ListParams::default().labels(&format!("{}=orders", marks::SERVICE));
    place.api::<Pod>().list(&selector).await.expect("pods").items
}

fn ip(pod: &Pod) -> Option<String> {
    pod.status.as_ref()?.pod_ip.clone()
}

/// Waits until the service's target group holds exactly these pods, all of them healthy. What drains
/// is on its way out and does not count.
async fn targets_are(world: &World, place: &Place, service: &str, pods: &[Pod]) {
    let wanted: BTreeSet<String> = pods.iter().filter_map(ip).collect();
    assert_eq!(wanted.len(), pods.len(), "every pod has an address");
    until("the targets are the pods, and healthy", || async {
        let things = stock::of_service(world.aws(), &place.class, &format!("{}/{service}", place.namespace));
        let groups = stock::ids(&things, "target group");
        let targets: Vec<(String, awsim::elbv2::Health)> = stock::region(world.aws(), |region| {
            let targets = groups.iter().flat_map(|group| region.elbv2.target_groups[*group].targets.values());
            let live = targets.filter(|target| target.draining_until.is_none());
            live.map(|target| (target.ip.to_string(), target.health.clone())).collect()
        });
        let found: BTreeSet<String> = targets.iter().map(|(ip, _)| ip.clone()).collect();
        let healthy = targets.iter().all(|(_, health)| *health == awsim::elbv2::Health::Healthy);
        if found == wanted && healthy { Ok(()) } else { Err(format!("{targets:?}, wanted {wanted:?}")) }
    })
    .await;
}
