//! The cluster's state is lost, and the same objects are applied to another with the same cluster id.

use std::collections::BTreeSet;

use gatewayed::api::GatewayedService;
use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet};
use k8s_openapi::api::core::v1::{Pod, Service};
use k8s_openapi::api::networking::v1::NetworkPolicy;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use kube::api::{Api, DeleteParams, Patch, PropagationPolicy};
use kube::{Resource, ResourceExt};
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::support::load::Load;
use crate::support::operator::{World, gone, until};
use crate::support::stock;

/// Takes an object out of the cluster without a word to whoever looks after it, and leaves what it owns.
async fn lose<K>(api: &Api<K>, name: &str)
where
    K: Resource + Clone + std::fmt::Debug + DeserializeOwned,
{
    let orphan =
        DeleteParams { propagation_policy: Some(PropagationPolicy::Orphan), ..DeleteParams::default() };
    api.delete(name, &orphan).await.expect("deleted");
    // The garbage collector takes its own finalizer off once it has let the children go.
    until("what it owned is let go", || async {
        match api.get_opt(name).await.expect("an answer") {
            Some(object) if object.finalizers().iter().any(|f| f == "orphan") => Err("not yet".to_owned()),
            _ => Ok(()),
        }
    })
    .await;
    if api.get_opt(name).await.expect("an answer").is_some() {
        let patch = Patch::Merge(json!({"metadata": {"finalizers": null}}));
        api.patch(name, &Default::default(), &patch).await.expect("patched");
    }
    gone(api, name).await;
}

/// What becomes of one service's objects when the cluster's state is lost: nothing of them is there, but the
/// old pods still run.
async fn lose_service(services: &Api<GatewayedService>, client: &kube::Client, namespace: &str, name: &str) {
    lose(services, name).await;
    let deployments: Api<Deployment> = Api::namespaced(client.clone(), namespace);
    lose(&deployments, name).await;
    let sets: Api<ReplicaSet> = Api::namespaced(client.clone(), namespace);
    for set in sets.list(&Default::default()).await.unwrap() {
        if set.name_any().starts_with(name) {
            lose(&sets, &set.name_any()).await;
        }
    }
    lose(&Api::<NetworkPolicy>::namespaced(client.clone(), namespace), name).await;
    lose(&Api::<PodDisruptionBudget>::namespaced(client.clone(), namespace), name).await;
    let services: Api<Service> = Api::namespaced(client.clone(), namespace);
    lose(&services, name).await;
    let pods: Api<Pod> = Api::namespaced(client.clone(), namespace);
    for pod in pods.list(&Default::default()).await.unwrap() {
        // Another cluster's pod: nobody here knows it.
        let patch = Patch::Merge(json!({"metadata": {"labels": null, "ownerReferences": null}}));
        pods.patch(&pod.name_any(), &Default::default(), &patch).await.unwrap();
    }
}

#[tokio::test]
async fn a_rebuilt_cluster_takes_everything_back_makes_nothing_again_and_no_request_fails() {
    let world = World::start(&[]).await;
    let mut yaml = None;
    let place = world
        .class("rebuilt", |class| {
            // Five simulated seconds pass within a request here.
            class["spec"]["loadBalancer"]["network"]["drain"] = "60s".into();
            yaml = Some(class.clone());
        })
        .await;
    let class = yaml.expect("the class");
    let one = place.service("one", |_| ()).await;
    let url = place.ready("one").await.status.unwrap().url.unwrap();
    let two = place.service("two", |_| ()).await;
    place.ready("two").await;
    place.class_ready().await;
    let before = stock::of_class(world.aws(), &place.class);

    let load = [Load::start(&world, &url, "/one/1"), Load::start(&world, &url, "/two/1")];
    world.kill();
    for name in ["one", "two"] {
        lose_service(&place.services(), &place.client, &place.namespace, name).await;
    }
    lose(&place.classes(), &place.class).await;
    let since = world.aws().recorder().latest();
    world.launch();
    // In another order than at first: who has which listener is told by AWS alone.
    place.apply_service(&two).await;
    place.apply_class(&class).await;
    place.apply_service(&one).await;
    for name in ["one", "two"] {
        place.ready(name).await;
    }
    place.class_ready().await;
    // Until the old pods are let go of.
    until("only new pods are targets", || async {
        let targets = stock::region(world.aws(), |region| {
            region.elbv2.target_groups.values().map(|group| group.targets.len()).sum::<usize>()
        });
        if targets == 4 { Ok(()) } else { Err(format!("{targets} targets")) }
    })
    .await;
    for load in &load {
        load.more(50).await;
    }
    let mut pods = BTreeSet::new();
    for load in load {
        let answers = load.stop_unfailed().await;
        pods.extend(answers.iter().filter_map(|answer| answer["pod"].as_str().map(str::to_owned)));
    }
    assert!(pods.len() >= 6, "old pods and new ones answered: {pods:?}");
    assert_eq!(stock::of_class(world.aws(), &place.class), before);
    let made = world.calls_since(since);
    let creates = |call: &&awsim::recorder::Entry| {
        ["Create", "Authorize", "Delete", "Revoke"].iter().any(|verb| call.operation.starts_with(verb))
    };
    let made: Vec<&awsim::recorder::Entry> = made.iter().filter(creates).collect();
    assert!(made.is_empty(), "{made:#?}");
    for name in ["one", "two"] {
        place.delete_service(name).await;
    }
    place.delete_class().await;
}
