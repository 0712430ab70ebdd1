//! The annotation that stops configuration, and not the pods' registration.

use gatewayed::api::{ConditionType, GatewayedService, GatewayedServiceClass, marks};
use kube::api::DeleteParams;
use serde_json::{Value, json};

use crate::support::operator::{eventually, gone, message, until, world};
use crate::support::stock;

fn paused(service: &GatewayedService) -> bool {
    service.status.iter().flat_map(|s| &s.conditions).any(|c| c.is(ConditionType::Paused))
}

fn pause(object: &mut Value, yes: bool) {
    object["metadata"]["annotations"] = if yes { json!({marks::PAUSED: "true"}) } else { json!({}) };
}

#[tokio::test]
async fn a_paused_service_keeps_its_routes_and_follows_its_pods() {
    let world = world().await;
    let place = world.class("paused", |_| ()).await;
    let mut service = place.service("orders", |_| ()).await;
    let ready = place.ready("orders").await;
    assert!(!paused(&ready));
    let status = ready.status.unwrap();
    let (url, api) = (status.url.unwrap(), status.api.unwrap());

    pause(&mut service, true);
    service["spec"]["routes"][0]["path"] = json!("/moved/{id}");
    place.apply_service(&service).await;
    let stands = eventually(&place.services(), "orders", "it says that it is paused", paused).await;
    let conditions = stands.status.unwrap().conditions;
    let told = message(&conditions, ConditionType::Paused);
    assert!(told.starts_with("Nothing is configured") && told.contains("gatewayed.io/paused"), "{told}");
    let before = world.aws().recorder().latest();

    // Every pod is new, and gets requests; the route is the old one.
    let pods = place.api::<k8s_openapi::api::core::v1::Pod>();
    let old = pods.list(&Default::default()).await.unwrap().items;
    let old: Vec<String> = old.into_iter().filter_map(|pod| pod.metadata.name).collect();
    for pod in &old {
        pods.delete(pod, &DeleteParams::default()).await.unwrap();
        gone(&pods, pod).await;
    }
    until("a new pod answers", || async {
        let (status, answer) = world.get(&url, "/orders/1").await;
        let new = answer["pod"].as_str().is_some_and(|pod| !old.iter().any(|old| old == pod));
        if status == 200 && new { Ok(()) } else { Err(format!("{status} {answer}")) }
    })
    .await;
    assert_eq!(world.get(&url, "/moved/1").await.0, 404);
    let mut changes = world.calls_since(before);
    changes.retain(|call| call.mutating() && call.input["ApiId"] == api.as_str());
    assert!(changes.is_empty(), "{changes:#?}");

    pause(&mut service, false);
    place.apply_service(&service).await;
    until("the moved route is served", || async {
        let (status, answer) = world.get(&url, "/moved/1").await;
        if status == 200 { Ok(()) } else { Err(format!("{status} {answer}")) }
    })
    .await;
    assert!(!paused(&place.ready("orders").await));
    place.delete_service("orders").await;
    place.delete_class().await;
}

#[tokio::test]
async fn what_is_paused_is_not_deleted_in_aws_until_it_goes_on() {
    let world = world().await;
    let place = world.class("kept", |_| ()).await;
    let mut service = place.service("orders", |_| ()).await;
    let url = place.ready("orders").await.status.unwrap().url.unwrap();
    pause(&mut service, true);
    place.apply_service(&service).await;
    eventually(&place.services(), "orders", "it says that it is paused", paused).await;
    place.services().delete("orders", &DeleteParams::default()).await.unwrap();
    eventually(&place.services(), "orders", "it says what that means", |s: &GatewayedService| {
        let conditions = s.status.as_ref().map(|s| &s.conditions[..]).unwrap_or_default();
        message(conditions, ConditionType::Paused).starts_with("Nothing is deleted in AWS")
    })
    .await;
    assert_eq!(world.get(&url, "/orders/1").await.0, 200);

    let patch = json!({"metadata": {"annotations": {marks::PAUSED: null}}});
    let patch = kube::api::Patch::Merge(patch);
    place.services().patch("orders", &Default::default(), &patch).await.unwrap();
    gone(&place.services(), "orders").await;
    let left = stock::of_service(world.aws(), &place.class, &format!("{}/orders", place.namespace));
    assert!(left.is_empty(), "{left:#?}");
    place.delete_class().await;
}

#[tokio::test]
async fn a_paused_class_leaves_what_others_change_until_it_goes_on_and_its_services_follow_their_pods() {
    let world = world().await;
    let place = world.class("paused-class", |_| ()).await;
    place.service("orders", |_| ()).await;
    let status = place.ready("orders").await.status.unwrap();
    let (url, api) = (status.url.unwrap(), status.api.unwrap());
    let annotate = |value: Value| {
        let classes = place.classes();
        let name = place.class.clone();
        async move {
            let patch = kube::api::Patch::Merge(json!({"metadata": {"annotations": {marks::PAUSED: value}}}));
            classes.patch(&name, &Default::default(), &patch).await.unwrap();
        }
    };
    annotate(json!("true")).await;
    eventually(&place.classes(), &place.class, "it says that it is paused", |c: &GatewayedServiceClass| {
        c.status.iter().flat_map(|s| &s.conditions).any(|c| c.is(ConditionType::Paused))
    })
    .await;
    let change = json!({"ApiId": api, "Description": "theirs"});
    world.by_hand("apigatewayv2", "UpdateApi", &change).expect("changed");
    let described = || world.region(|r| r.apigatewayv2.apis[&api].api.description.clone());
    let pods = place.api::<k8s_openapi::api::core::v1::Pod>();
    let old: Vec<String> = pods
        .list(&Default::default())
        .await
        .unwrap()
        .items
        .into_iter()
        .filter_map(|p| p.metadata.name)
        .collect();
    for pod in &old {
        pods.delete(pod, &DeleteParams::default()).await.unwrap();
        gone(&pods, pod).await;
    }
    until("a new pod answers", || async {
        let (status, answer) = world.get(&url, "/orders/1").await;
        let new = answer["pod"].as_str().is_some_and(|pod| !old.iter().any(|old| old == pod));
        if status == 200 && new { Ok(()) } else { Err(format!("{status} {answer}")) }
    })
    .await;
    world.pass(std::time::Duration::from_secs(300)).await;
    assert_eq!(described().as_deref(), Some("theirs"), "a drift pass changes nothing of a paused class");
    annotate(Value::Null).await;
    until("it is put right", || async {
        match described() {
            Some(text) if text != "theirs" => Ok(()),
            text => Err(format!("{text:?}")),
        }
    })
    .await;
    place.class_ready().await;
    place.delete_service("orders").await;
    place.delete_class().await;
}
