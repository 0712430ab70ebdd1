//! What inside the cluster may reach the pods beside the load balancer.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use super::schema;

/// `from` may reach `ports`; everything else in the cluster may not.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct InCluster {
    /// Absent: the app's port.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub ports: Vec<NamedPort>,
    /// Who may reach them: at least one, since an empty list would admit everyone.
    #[schemars(length(min = 1, max = 16))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub from: Vec<Peer>,
}

/// A port of the app's container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct NamedPort {
    /// The port's name; `http` and `health` are taken.
    #[schemars(length(min = 1, max = 15), regex(pattern = r"^[a-z0-9]+(-[a-z0-9]+)*$"))]
    #[x_kube(validation = Rule::new("!(self in ['http', 'health']) && self.matches('[a-z]')")
        .message("inCluster.ports[].name needs a letter and must not be http or health, which are the app's and the health port"))]
    pub name: String,
    /// Its number, 1 to 65535.
    #[schemars(range(min = 1, max = 65535))]
    pub port: u16,
}

/// Pods, as in a NetworkPolicy: with both selectors, pods that match both.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("has(self.namespaceSelector) || has(self.podSelector)")
    .message("inCluster.from[] needs namespaceSelector, podSelector or both; {} selects everything"))]
pub struct Peer {
    /// Namespaces. Absent: the service's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::label_selector")]
    pub namespace_selector: Option<LabelSelector>,
    /// Pods in them. Absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::label_selector")]
    pub pod_selector: Option<LabelSelector>,
}
