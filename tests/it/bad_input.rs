//! What people write wrong: every case says what is wrong, where, and what to do; nothing that was
//! right before is harmed, and what is put right heals.

mod network;

use awsim::seed;
use gatewayed::api::{ConditionType, GatewayedService};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Namespace;
use kube::ResourceExt;
use kube::api::{Api, ListParams, Patch, PatchParams};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::support;
use crate::support::operator::{Place, World, eventually, until, world};

const ACCEPTED: ConditionType = ConditionType::Accepted;
const READY: ConditionType = ConditionType::Ready;

/// A class that grants by the namespaces' labels, for all tests of grants: a VPC link less for each.
const GRANTING: &str = "granting";

/// A namespace named after `prefix` and labelled `grants: VALUE`, in the granting class.
async fn granted(world: &World, prefix: &str, value: &str) -> Place {
    static CLASS: OnceCell<()> = OnceCell::const_new();
    let client = world.client();
    let namespace = support::namespace(&client, prefix).await;
    let place = Place { class: GRANTING.to_owned(), namespace, client };
    CLASS
        .get_or_init(|| async {
            let grant = |name: &str, path: &str, anonymous: bool| {
                json!({"name": name, "namespaces": {"selector": {"matchLabels": {"grants": name}}},
                       "paths": [path], "anonymous": anonymous})
            };
            let access = [
                grant("own", "/{namespace}", true),
                grant("quiet", "/quiet", false),
                grant("shared", "/shared", true),
            ];
            place.apply_class(&class(world, GRANTING, &json!({"access": access}))).await;
        })
        .await;
    label(&place, value).await;
    place
}

async fn label(place: &Place, grants: &str) {
    let api: Api<Namespace> = Api::all(place.client.clone());
    let patch = json!({"metadata": {"labels": {"grants": grants}}});
    api.patch_metadata(&place.namespace, &PatchParams::default(), &Patch::Merge(patch))
        .await
        .expect("labelled");
}

/// A class in the lab's network; `change` replaces parts of its spec.
fn class(world: &World, name: &str, change: &Value) -> Value {
    let mut spec = json!({
        "region": seed::REGION,
        "network": {
            "vpc": {"tags": {"Name": "lab"}},
            "subnets": {"tags": {"tier": "private"}},
            "pods": {"shared": {"securityGroup": {"id": world.lab.env()["POD_SECURITY_GROUP_IDS"]}}},
        },
        "api": {"stage": "$default"},
        "loadBalancer": {"network": {"drain": "5s"}},
    });
    for (field, value) in change.as_object().expect("fields") {
        spec[field] = value.clone();
    }
    json!({"apiVersion": "gatewayed.io/v1alpha1", "kind": "GatewayedServiceClass", "metadata": {"name": name},
           "spec": spec})
}

/// A route `GET path`, anonymous.
fn route(path: &str) -> Value {
    json!({"name": "one", "path": path, "methods": ["GET"], "anonymous": true})
}

/// Waits until the service's condition has `reason` and every one of `words`; returns its message.
async fn told(place: &Place, service: &str, type_: ConditionType, reason: &str, words: &[&str]) -> String {
    until(&format!("{service} says {words:?}"), || async {
        let said = place.service_says(service, type_, reason).await;
        if words.iter().all(|word| said.contains(word)) { Ok(said) } else { Err(said) }
    })
    .await
}

async fn no_workload(place: &Place, app: &str) {
    let api: Api<Deployment> = place.api();
    let list = api.list(&ListParams::default()).await.expect("a list");
    assert!(list.items.iter().all(|d| d.name_any() != app), "nothing is made for a refused service");
}

/// Whether anything in the simulated AWS carries the name.
fn in_aws(world: &World, name: &str) -> bool {
    world.region(|r| {
        [r.ec2.to_json(), r.elbv2.to_json(), r.apigatewayv2.to_json()]
            .iter()
            .any(|s| s.to_string().contains(name))
    })
}

#[tokio::test]
async fn a_service_needs_a_class_that_exists_or_exactly_one_default() {
    let world = world().await;
    let place = granted(world, "classless", "own").await;
    let mut service = place
        .service("app", |s| {
            s["spec"]["className"] = json!("publik");
            s["spec"]["routes"] =
                json!([route(&format!("/{}/{{id}}", s["metadata"]["namespace"].as_str().unwrap()))]);
        })
        .await;
    let said = place.service_says("app", ACCEPTED, "UnknownClass").await;
    assert!(said.contains("Class \"publik\" does not exist"), "{said}");
    assert!(
        said.contains(&format!("Classes that admit namespace {}: {GRANTING}", place.namespace)),
        "{said}"
    );
    no_workload(&place, "app").await;

    // Removed: then the default would serve, but there is none, and then there are two.
    service["spec"].as_object_mut().unwrap().remove("className");
    place.apply_service(&service).await;
    let said = place.service_says("app", ACCEPTED, "NoDefaultClass").await;
    assert!(said.contains("spec.className is absent and no class is the default"), "{said}");
    assert!(said.contains(GRANTING), "{said}");
    for name in ["default-a", "default-b"] {
        let mut default = class(world, name, &json!({"account": "210987654321"}));
        default["metadata"]["annotations"] = json!({"gatewayed.io/is-default-class": "true"});
        place.apply_class(&default).await;
    }
    let said = place.service_says("app", ACCEPTED, "TwoDefaultClasses").await;
    assert!(said.contains("2 classes are the default: default-a, default-b"), "{said}");
    assert!(said.contains("Set spec.className") && said.contains("gatewayed.io/is-default-class"), "{said}");
    no_workload(&place, "app").await;

    // Set anew: served.
    service["spec"]["className"] = json!(GRANTING);
    place.apply_service(&service).await;
    place.ready("app").await;
    for name in ["default-a", "default-b"] {
        Place { class: name.to_owned(), ..place.clone() }.delete_class().await;
    }
    place.delete_service("app").await;
}

#[tokio::test]
async fn a_namespace_without_a_grant_is_refused_until_it_has_one() {
    let world = world().await;
    let place = granted(world, "ungranted", "none").await;
    let path = format!("/{}/{{id}}", place.namespace);
    place.service("app", |s| s["spec"]["routes"] = json!([route(&path)])).await;
    let said = place.service_says("app", ACCEPTED, "NamespaceNotAllowed").await;
    assert!(
        said.contains(&format!("Class {GRANTING} grants namespace {} nothing", place.namespace)),
        "{said}"
    );
    assert!(
        said.contains("ask for an entry in a class's spec.access") || said.contains("Classes that admit"),
        "{said}"
    );
    assert_eq!(place.service_says("app", READY, "NamespaceNotAllowed").await, said);
    no_workload(&place, "app").await;
    assert!(!in_aws(world, &place.namespace), "nothing is made for a refused service");

    label(&place, "own").await;
    place.ready("app").await;
    place.delete_service("app").await;
}

#[tokio::test]
async fn a_route_that_is_not_granted_is_refused_and_what_was_served_stays_served() {
    let world = world().await;
    let place = granted(world, "routes", "own").await;
    let own = format!("/{}", place.namespace);
    let good = place.service("app", |s| s["spec"]["routes"] = json!([route(&format!("{own}/{{id}}"))])).await;
    let url = place.ready("app").await.status.unwrap().url.unwrap();
    let since = world.aws().recorder().latest();

    let and = |second: Value| {
        let mut bad = good.clone();
        let mut second = second;
        second["name"] = json!("two");
        bad["spec"]["routes"].as_array_mut().unwrap().push(second);
        bad
    };
    let loud = json!({"path": format!("{own}/x"), "anonymous": true, "throttling": {"rate": 99_999, "burst": 99_999}});
    let table = [
        (
            and(route("/elsewhere/{id}")),
            "PathNotAllowed",
            vec!["Route /elsewhere/{id} is outside", GRANTING, &own],
        ),
        (
            and(route("/{any}/x")),
            "PathNotAllowed",
            vec!["Route /{any}/x has a variable inside", &own, "write those segments out"],
        ),
        (
            and(json!({"path": format!("{own}/x")})),
            "AuthorizerMissing",
            vec!["says not who may call it", "anonymous: true on route two"],
        ),
        (
            and(route(&format!("{own}/{{other}}"))),
            "InvalidRoute",
            vec!["Routes one and two are one route", "change a path or method"],
        ),
        (and(route(&format!("{own}/{{a}}/{{a}}"))), "InvalidRoute", vec!["Route two", "a"]),
        (
            and(loud),
            "ThrottlingAboveMaximum",
            vec!["Route two asks for rate 99999", "lower spec.routes[two].throttling.rate"],
        ),
    ];
    for (bad, reason, words) in table {
        place.apply_service(&bad).await;
        let said = told(&place, "app", ACCEPTED, reason, &words).await;
        assert_eq!(place.service_says("app", READY, reason).await, said);
        let (status, _) = world.get(&url, &format!("{own}/1")).await;
        assert_eq!(status, 200, "{reason}: what was served stays served");
    }
    let ours = |e: &awsim::recorder::Entry| e.mutating() && e.input.to_string().contains(&place.namespace);
    let calls: Vec<_> = world.calls_since(since).into_iter().filter(ours).collect();
    assert!(calls.is_empty(), "nothing is changed for a refused spec: {calls:#?}");
    place.apply_service(&good).await;
    place.ready("app").await;
    place.delete_service("app").await;
}

#[tokio::test]
async fn an_anonymous_route_needs_a_grant_for_it() {
    let world = world().await;
    let place = granted(world, "anonymous", "quiet").await;
    place.service("app", |s| s["spec"]["routes"] = json!([route("/quiet/{id}")])).await;
    let said = place.service_says("app", ACCEPTED, "AnonymousNotAllowed").await;
    for word in [
        "Route /quiet/{id} is anonymous",
        GRANTING,
        &place.namespace,
        "anonymous: true in the entry of its spec.access",
    ] {
        assert!(said.contains(word), "no \"{word}\" in: {said}");
    }
    no_workload(&place, "app").await;
    place.delete_service("app").await;
}

#[tokio::test]
async fn of_overlapping_routes_in_two_namespaces_the_holder_keeps_its_own() {
    let world = world().await;
    let holder = granted(world, "holder", "shared").await;
    let other = granted(world, "other", "shared").await;
    holder.service("first", |s| s["spec"]["routes"] = json!([route("/shared/{id}")])).await;
    let url = holder.ready("first").await.status.unwrap().url.unwrap();
    other
        .service("second", |s| {
            let mut free = route("/shared/free/{id}");
            free["name"] = json!("free");
            s["spec"]["routes"] = json!([route("/shared/{name}"), free]);
        })
        .await;
    let said = other.service_says("second", ConditionType::RoutesProgrammed, "RouteConflict").await;
    let who = format!("{}/first, which exists since 20", holder.namespace);
    for word in
        ["GET /shared/{name}", &who, "the other route is served", "Choose another path, or remove it there"]
    {
        assert!(said.contains(word), "no \"{word}\" in: {said}");
    }
    assert_eq!(other.service_says("second", READY, "RouteConflict").await, said);
    let to = |path: &'static str| async { world.get(&url, path).await.1["namespace"].clone() };
    assert_eq!(to("/shared/1").await, json!(holder.namespace), "the holder keeps it");
    until("the free route is served", || async {
        let namespace = to("/shared/free/1").await;
        if namespace == json!(other.namespace) { Ok(()) } else { Err(namespace.to_string()) }
    })
    .await;
    let served = other.services().get("second").await.unwrap().status.unwrap().routes;
    assert_eq!(served[0].conflicts_with.as_deref(), Some(&*format!("{}/first", holder.namespace)));
    holder.ready("first").await;

    holder.delete_service("first").await;
    other.ready("second").await;
    assert_eq!(to("/shared/1").await, json!(other.namespace), "and gets it once it is free");
    other.delete_service("second").await;
}

#[tokio::test]
async fn a_service_beyond_the_last_listener_port_waits_and_says_what_is_full() {
    let world = world().await;
    let place = world
        .class("full", |c| {
            c["spec"]["loadBalancer"]["network"]["listenerPorts"] = json!({"from": 10000, "to": 10000});
            c["spec"]["loadBalancer"]["network"]["max"] = json!(1);
        })
        .await;
    place.service("first", |_| ()).await;
    let url = place.ready("first").await.status.unwrap().url.unwrap();
    place.service("second", |_| ()).await;
    let said = place.service_says("second", READY, "ClassFull").await;
    for word in [
        "1 of 1 listener ports in use",
        "quota L-57A373D6",
        "what is served is not touched",
        "listenerPorts raised",
    ] {
        assert!(said.contains(word), "no \"{word}\" in: {said}");
    }
    assert!(said.contains(&format!("Class {}", place.class)), "{said}");
    assert_eq!(world.get(&url, "/first/1").await.0, 200);
    place.ready("first").await;

    place.delete_service("first").await;
    place.ready("second").await;
    place.delete_service("second").await;
    place.delete_class().await;
}

#[tokio::test]
async fn an_object_that_does_not_parse_fails_alone() {
    let world = world().await;
    let place = granted(world, "unreadable", "own").await;
    let broken = json!({
        "apiVersion": "gatewayed.io/v1alpha1",
        "kind": "GatewayedService",
        "metadata": {
            "name": "broken", "namespace": place.namespace, "uid": "6f4e9c52-7f6f-4a57-9df2-0d2b8a1b7f11",
            "generation": 1, "creationTimestamp": "2026-01-01T00:00:00Z",
        },
        "spec": {"image": "x", "port": "three thousand", "replicas": 2},
    });
    support::etcd::put(&world.lab, "gatewayedservices", &place.namespace, "broken", &broken).await;
    let path = format!("/{}/{{id}}", place.namespace);
    place.service("good", |s| s["spec"]["routes"] = json!([route(&path)])).await;
    place.ready("good").await;

    // It is told by an event: its status could not be written into an object of that form.
    let events: Api<k8s_openapi::api::events::v1::Event> = place.api();
    let told = until("an event tells of the broken object", || async {
        let list = events.list(&ListParams::default()).await.expect("events");
        let about = |e: &&k8s_openapi::api::events::v1::Event| {
            e.regarding.as_ref().and_then(|r| r.name.as_deref()) == Some("broken")
        };
        list.items.iter().find(about).cloned().ok_or_else(|| format!("{} other events", list.items.len()))
    })
    .await;
    let note = told.note.unwrap();
    assert_eq!(told.type_.as_deref(), Some("Warning"));
    for word in ["does not parse", "three thousand", "Put the named field right"] {
        assert!(note.contains(word), "no \"{word}\" in: {note}");
    }
    place.delete_service("good").await;
    // A service edited after it still gets what it asks for: the watch goes on.
    place.service("later", |s| s["spec"]["routes"] = json!([route(&path)])).await;
    eventually(&place.services(), "later", "it is looked at", |s: &GatewayedService| s.status.is_some())
        .await;
    place.ready("later").await;
    place.delete_service("later").await;
}
