//! What there is in the end: in AWS, in the cluster, and at the URL. Two runs of one scenario must come to
//! the same, but for what is random: ids, addresses, times.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use gatewayed::api::service_status::ResourceEntry;
use gatewayed::api::{Condition, marks};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::core::v1::{Pod, Service};
use k8s_openapi::api::networking::v1::NetworkPolicy;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use kube::api::{ListParams, ObjectMeta};
use kube::{Resource, ResourceExt};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::support::operator::{Place, World};
use crate::support::stock;

/// Everything there is, without what is random.
#[derive(Clone, Debug, PartialEq)]
pub struct State(Value);

impl State {
    /// As it is now. `paths` are asked for at the service's URL.
    pub async fn now(world: &World, place: &Place, paths: &[&str]) -> State {
        let service = place.services().get_opt("app").await.expect("an answer");
        let class = place.classes().get_opt(&place.class).await.expect("an answer");
        let url = service.as_ref().and_then(|s| s.status.as_ref()?.url.clone());
        let told = |meta: &ObjectMeta, generation, conditions, resources| {
            let seen = generation == meta.generation;
            let deleting = meta.deletion_timestamp.is_some();
            json!([seen, deleting, meta.finalizers, verdicts(conditions), records(resources)])
        };
        let service = service.as_ref().and_then(|s| {
            let status = s.status.as_ref()?;
            Some(told(&s.metadata, status.observed_generation, &status.conditions, &status.resources))
        });
        let class = class.as_ref().and_then(|c| {
            let status = c.status.as_ref()?;
            Some(told(&c.metadata, status.observed_generation, &status.conditions, &status.resources))
        });
        let things = stock::of_class(world.aws(), &place.class);
        State(json!({
            "of the class": stock::count(&things),
            "in the region": region(world),
            "targets": targets(world, place, &things).await,
            "service": service,
            "class": class,
            "objects": objects(place).await,
            "answers": answers(world, url, paths).await,
        }))
    }

    /// What is not as in `other`.
    pub fn unlike(&self, other: &State) -> Option<String> {
        let keys = self.0.as_object().expect("an object").keys();
        let unlike = keys.filter(|key| self.0[*key] != other.0[*key]);
        let told: Vec<String> =
            unlike.map(|key| format!("{key}: {} instead of {}", self.0[key], other.0[key])).collect();
        (!told.is_empty()).then(|| told.join("\n"))
    }
}

/// What there is of each kind in the whole region, with our marks or without.
fn region(world: &World) -> Value {
    stock::region(world.aws(), |region| {
        let (gateway, elb, ec2) = (&region.apigatewayv2, &region.elbv2, &region.ec2);
        json!({
            "HTTP APIs": gateway.apis.len(),
            "integrations": gateway.apis.values().map(|api| api.integrations.len()).sum::<usize>(),
            "routes": gateway.apis.values().map(|api| api.routes.len()).sum::<usize>(),
            "VPC links": gateway.vpc_links.len(),
            "load balancers": elb.load_balancers.len(),
            "listeners": elb.listeners.len(),
            "target groups": elb.target_groups.len(),
            "security groups": ec2.security_groups.len(),
            "security group rules": ec2.rules.len(),
        })
    })
}

/// The images of the pods that are to stay; whether they are the targets, and all healthy.
async fn targets(world: &World, place: &Place, things: &[stock::Thing]) -> Value {
    let selector = ListParams::default().labels(&format!("{}=app", marks::SERVICE));
    let mut pods = place.api::<Pod>().list(&selector).await.expect("pods").items;
    pods.retain(|pod| pod.metadata.deletion_timestamp.is_none());
    let ip = |pod: &Pod| pod.status.as_ref().and_then(|status| status.pod_ip.clone());
    let wanted: BTreeSet<String> = pods.iter().filter_map(ip).collect();
    let groups = stock::ids(things, "target group");
    let targets: Vec<(String, bool)> = stock::region(world.aws(), |region| {
        let targets = groups.iter().filter_map(|group| region.elbv2.target_groups.get(*group));
        let live = targets.flat_map(|group| group.targets.values()).filter(|t| t.draining_until.is_none());
        live.map(|t| (t.ip.to_string(), t.health == awsim::elbv2::Health::Healthy)).collect()
    });
    let healthy = targets.iter().all(|(_, healthy)| *healthy);
    let found: BTreeSet<String> = targets.into_iter().map(|(ip, _)| ip).collect();
    let images = pods.iter().filter_map(|pod| pod.spec.as_ref()?.containers[0].image.clone());
    json!({
        "pods": images.collect::<Vec<_>>(),
        "are the targets": groups.is_empty() || (found == wanted && wanted.len() == pods.len()),
        "healthy": healthy,
    })
}

fn verdicts(conditions: &[Condition]) -> Value {
    let verdicts =
        conditions.iter().map(|c| (format!("{:?}", c.type_), format!("{:?} {}", c.status, c.reason)));
    json!(verdicts.collect::<BTreeMap<_, _>>())
}

/// What is recorded of AWS; ids are random, and so are settings that hold ids.
fn records(resources: &[ResourceEntry]) -> Value {
    let told = |r: &ResourceEntry| format!("{} {} {} {}", r.kind, r.slot, r.id.is_some(), r.hash.is_some());
    json!(resources.iter().map(told).collect::<BTreeSet<_>>())
}

async fn objects(place: &Place) -> Value {
    json!({
        "Deployment": specs::<Deployment>(place).await,
        "HorizontalPodAutoscaler": specs::<HorizontalPodAutoscaler>(place).await,
        "Service": specs::<Service>(place).await,
        "PodDisruptionBudget": specs::<PodDisruptionBudget>(place).await,
        "NetworkPolicy": specs::<NetworkPolicy>(place).await,
    })
}

/// The objects of a kind that stay: labels, annotations of ours and spec.
async fn specs<K>(place: &Place) -> BTreeMap<String, Value>
where
    K: Resource<Scope = k8s_openapi::NamespaceResourceScope> + Clone + Debug + DeserializeOwned + Serialize,
    K::DynamicType: Default,
{
    let mut found = place.api::<K>().list(&ListParams::default()).await.expect("a list").items;
    found.retain(|object| object.meta().deletion_timestamp.is_none());
    let told = |object: &K| {
        let mut spec = serde_json::to_value(object).expect("JSON")["spec"].take();
        if let Some(spec) = spec.as_object_mut() {
            spec.retain(|field, _| !matches!(&**field, "clusterIP" | "clusterIPs"));
        }
        let mut annotations = object.annotations().clone();
        annotations.retain(|name, _| !name.starts_with("deployment.kubernetes.io/"));
        (object.name_any(), json!([object.labels(), annotations, spec]))
    };
    found.iter().map(told).collect()
}

/// Status and image that answer each path; nothing without a URL.
async fn answers(world: &World, url: Option<String>, paths: &[&str]) -> BTreeMap<String, Value> {
    let mut answers = BTreeMap::new();
    for path in paths {
        if let Some(url) = &url {
            let (status, body) = world.get(url, path).await;
            answers.insert((*path).to_owned(), json!([status, body["image"]]));
        }
    }
    answers
}
