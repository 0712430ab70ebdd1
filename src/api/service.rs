//! `GatewayedService`, the app team's object: what runs and what of it is reachable.

use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};

use super::autoscaling::Autoscaling;
use super::env::EnvVar;
use super::health::Health;
use super::in_cluster::InCluster;
use super::pod::{PodSettings, Resources, Security};
use super::routes::Route;
use super::service_status::ServiceStatus;
use super::shutdown::Shutdown;

/// What runs and what of it is reachable.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[kube(
    group = "gatewayed.io",
    version = "v1alpha1",
    kind = "GatewayedService",
    plural = "gatewayedservices",
    shortname = "gws",
    category = "gatewayed",
    namespaced,
    doc = "One service: its pods and the locked-down path from the internet to them.",
    status = "ServiceStatus",
    derive = "PartialEq",
    selectable = ".spec.className",
    scale(
        spec_replicas_path = ".spec.replicas",
        status_replicas_path = ".status.replicas",
        label_selector_path = ".status.selector"
    ),
    printcolumn(name = "URL", type_ = "string", json_path = ".status.url"),
    printcolumn(name = "Ready", type_ = "string", json_path = r#".status.conditions[?(@.type=="Ready")].status"#),
    printcolumn(name = "Reason", type_ = "string", json_path = r#".status.conditions[?(@.type=="Ready")].reason"#),
    printcolumn(name = "Healthy", type_ = "string", json_path = ".status.targets.summary"),
    printcolumn(name = "Class", type_ = "string", json_path = ".status.className"),
    printcolumn(name = "API", type_ = "string", json_path = ".status.api", priority = 1),
    printcolumn(name = "Listener", type_ = "integer", json_path = ".status.placement.port", priority = 1),
    printcolumn(
        name = "Locked",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="NetworkLocked")].status"#,
        priority = 1
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    validation = Rule::new("self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$') && self.metadata.name.size() <= 63")
        .message("metadata.name must be a DNS label: at most 63 lower-case letters, digits and -, starting with a letter; the Kubernetes Service carries it"),
    validation = Rule::new("!has(self.status) || !has(self.status.className) || !has(oldSelf.spec.className) || has(self.spec.className)")
        .message("spec.className cannot be removed once the class is resolved; delete the service and create it anew to change its class"),
    validation = Rule::new("!has(self.status) || !has(self.status.className) || !has(self.spec.className) || self.spec.className == self.status.className")
        .message("spec.className cannot differ from status.className, the class that serves it; delete the service and create it anew to change its class"),
)]
#[x_kube(
    validation = Rule::new("!has(self.autoscaling) || !has(oldSelf.autoscaling) || self.replicas == oldSelf.replicas")
        .message("replicas belongs to the HorizontalPodAutoscaler while autoscaling is set; change autoscaling.minReplicas or maxReplicas, or remove autoscaling")
        .field_path(".replicas"),
    validation = Rule::new(
        "!has(self.autoscaling) || !has(self.autoscaling.targetCPUUtilization) || (has(self.resources) && \
         ((has(self.resources.requests) && 'cpu' in self.resources.requests) || \
          (has(self.resources.limits) && 'cpu' in self.resources.limits)))"
    ).message("autoscaling.targetCPUUtilization is a share of resources.requests.cpu, which is absent; set it"),
    validation = Rule::new(
        "!has(self.autoscaling) || !has(self.autoscaling.targetMemoryUtilization) || (has(self.resources) && \
         ((has(self.resources.requests) && 'memory' in self.resources.requests) || \
          (has(self.resources.limits) && 'memory' in self.resources.limits)))"
    ).message("autoscaling.targetMemoryUtilization is a share of resources.requests.memory, which is absent; set it"),
)]
pub struct GatewayedServiceSpec {
    /// The class that serves it. Absent: the default class. Fixed once the class is resolved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub class_name: Option<String>,
    /// The app's container image.
    #[schemars(length(max = 512))]
    #[x_kube(validation = Rule::new("self.matches('^[!-~]+$')")
        .message("image must not be empty or contain spaces; write a reference such as registry.example.com/shop/orders:1.4.2"))]
    pub image: String,
    /// The port that the app listens on, 1 to 65535.
    #[schemars(range(min = 1, max = 65535))]
    pub port: u16,
    /// Absent: the image's entry point.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(max = 4096)))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub command: Vec<String>,
    /// Absent: the image's arguments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(max = 4096)))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub args: Vec<String>,
    /// Environment variables.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 128))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub env: Vec<EnvVar>,
    /// Compute resources.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resources: Option<Resources>,
    /// The pods' service account. Absent: none, and no token in the pods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub service_account_name: Option<String>,
    /// Metadata and placement of the pods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod: Option<PodSettings>,
    /// Identity of the app's process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security: Option<Security>,
    /// How many pods, 0 to 500, unless `autoscaling` is set.
    #[serde(default = "default_replicas")]
    #[schemars(range(min = 0, max = 500))]
    pub replicas: i32,
    /// How many pods, by load.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub autoscaling: Option<Autoscaling>,
    /// When a pod is healthy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health: Option<Health>,
    /// How a pod goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shutdown: Option<Shutdown>,
    /// What is reachable from outside.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    #[x_kube(
        merge_strategy = ListMerge::Map(vec!["name".into()]),
        validation = Rule::new(
            "self.all(a, self.exists_one(b, \
             (has(a.path) ? a.path : a.prefix) == (has(b.path) ? b.path : b.prefix) && \
             has(a.methods) == has(b.methods) && (!has(a.methods) || a.methods.exists(m, m in b.methods))))"
        ).message("routes must not repeat a path with the same method; merge them into one route")
    )]
    pub routes: Vec<Route>,
    /// What inside the cluster may reach the pods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_cluster: Option<InCluster>,
}

/// The one default that is written into a spec: without it the scale subresource has no answer.
fn default_replicas() -> i32 {
    2
}
