//! Horizontal autoscaling: with it, the number of replicas is the HorizontalPodAutoscaler's.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

/// How many pods, by load.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("self.maxReplicas >= self.minReplicas")
        .message("autoscaling.maxReplicas must be at least autoscaling.minReplicas"),
    validation = Rule::new("has(self.targetCPUUtilization) || has(self.targetMemoryUtilization)")
        .message("autoscaling needs targetCPUUtilization, targetMemoryUtilization or both"),
)]
pub struct Autoscaling {
    /// Never fewer pods, 1 to 500.
    #[schemars(range(min = 1, max = 500))]
    pub min_replicas: i32,
    /// Never more pods, 1 to 500.
    #[schemars(range(min = 1, max = 500))]
    pub max_replicas: i32,
    /// Wanted CPU use in percent of `resources.requests.cpu`, 1 to 1000.
    #[serde(default, rename = "targetCPUUtilization", skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub target_cpu_utilization: Option<i32>,
    /// Wanted memory use in percent of `resources.requests.memory`, 1 to 1000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub target_memory_utilization: Option<i32>,
}
