//! One definition of health: readiness, liveness and startup probe, and the target group's check.

use kube::KubeSchema;
use kube::core::Duration;
use serde::{Deserialize, Serialize};

use super::{rules, schema};

/// When a pod is healthy. Bounds are those of a Network Load Balancer's health check.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new(
    "duration(has(self.timeout) ? self.timeout : '2s') <= duration(has(self.interval) ? self.interval : '10s')"
).message("health.timeout (2s when absent) must be at most health.interval (10s when absent)"))]
pub struct Health {
    /// What is asked for; 200 to 399 is healthy. Absent: `/healthz`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1024), regex(pattern = r"^/[!-~]*$"))]
    pub path: Option<String>,
    /// Absent: the app's port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65535))]
    pub port: Option<u16>,
    /// 5s to 300s. Absent: 10s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::duration")]
    #[x_kube(validation = rules::seconds("health.interval", "5s", "300s"))]
    pub interval: Option<Duration>,
    /// 2s to 120s, at most `interval`. Absent: 2s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::duration")]
    #[x_kube(validation = rules::seconds("health.timeout", "2s", "120s"))]
    pub timeout: Option<Duration>,
    /// Good answers in a row that make it healthy, 2 to 10. Absent: 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 2, max = 10))]
    pub healthy_threshold: Option<i32>,
    /// Bad answers in a row that make it unhealthy, 2 to 10. Absent: 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 2, max = 10))]
    pub unhealthy_threshold: Option<i32>,
    /// What the liveness probe asks for. Absent: `path`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1024), regex(pattern = r"^/[!-~]*$"))]
    pub liveness_path: Option<String>,
    /// How long a container may take to start before it is killed, 5s to 1h. Absent: 60s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::duration")]
    #[x_kube(validation = rules::seconds("health.startup", "5s", "1h"))]
    pub startup: Option<Duration>,
}
