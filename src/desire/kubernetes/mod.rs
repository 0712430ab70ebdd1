//! The Kubernetes objects of a service: what runs it and who may reach it. Each carries only the
//! fields that we own, for server-side apply; whoever applies them adds the owner reference.

mod autoscaler;
mod cluster_service;
mod deployment;
mod disruption_budget;
pub mod labels;
mod network_policy;
mod pod;
mod probes;

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::networking::v1::NetworkPolicy;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use serde::Serialize;

use crate::validate::ValidService;

/// Name of the app's port, in the container, the Service and its EndpointSlices.
pub const APP_PORT: &str = "http";

/// Every Kubernetes object of a service, all of its name.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KubeObjects {
    /// The pods.
    pub deployment: Deployment,
    /// How many of them; `None`: the spec says, and one that exists is to be deleted.
    pub autoscaler: Option<HorizontalPodAutoscaler>,
    /// Their name inside the cluster, and the EndpointSlices that targets come from.
    pub service: Service,
    /// How many may be evicted at once.
    pub disruption_budget: PodDisruptionBudget,
    /// Who may reach them.
    pub network_policy: NetworkPolicy,
}

/// Name, namespace and labels of an object.
fn metadata(service: &ValidService) -> ObjectMeta {
    ObjectMeta {
        name: Some(service.name.name.clone()),
        namespace: Some(service.name.namespace.clone()),
        labels: Some(labels::own(&service.name.name)),
        ..ObjectMeta::default()
    }
}

/// The health port, if it is another than the app's.
fn health_port(service: &ValidService) -> Option<u16> {
    Some(service.health.port).filter(|port| *port != service.port)
}

/// Further ports that others in the cluster may reach, by name, without app and health port.
fn further_ports(service: &ValidService) -> Vec<(&str, u16)> {
    let mut taken = vec![service.port, service.health.port];
    let mut ports = Vec::new();
    for port in service.in_cluster.iter().flat_map(|in_cluster| &in_cluster.ports) {
        // Kubernetes keys a container's ports by number: one that repeats would be refused.
        if !taken.contains(&port.port) {
            taken.push(port.port);
            ports.push((port.name.as_str(), port.port));
        }
    }
    ports
}

/// Every object. `sources` are the IPv4 ranges of the load balancers' subnets.
pub fn objects(service: &ValidService, sources: &[String]) -> KubeObjects {
    KubeObjects {
        deployment: deployment::deployment(service),
        autoscaler: autoscaler::autoscaler(service),
        service: cluster_service::service(service),
        disruption_budget: disruption_budget::disruption_budget(service),
        network_policy: network_policy::network_policy(service, sources),
    }
}

impl KubeObjects {
    /// The same, owned by `owner`: they go when it goes, and its controller is told of their changes.
    pub fn owned_by(mut self, owner: &OwnerReference) -> KubeObjects {
        let KubeObjects { deployment, autoscaler, service, disruption_budget, network_policy } = &mut self;
        let metadata = [
            Some(&mut deployment.metadata),
            autoscaler.as_mut().map(|autoscaler| &mut autoscaler.metadata),
            Some(&mut service.metadata),
            Some(&mut disruption_budget.metadata),
            Some(&mut network_policy.metadata),
        ];
        for metadata in metadata.into_iter().flatten() {
            metadata.owner_references = Some(vec![owner.clone()]);
        }
        self
    }
}
