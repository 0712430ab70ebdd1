//! What a spec means with every default resolved, shown in `status.effective`.

use kube::core::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::drift::DriftPolicy;
use super::routes::Throttling;
use super::schema;

/// A service's settings in effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EffectiveService {
    /// Fewest pods.
    pub min_replicas: i32,
    /// Most pods.
    pub max_replicas: i32,
    /// When a pod is healthy.
    pub health: EffectiveHealth,
    /// How a pod goes.
    pub shutdown: EffectiveShutdown,
    /// Each route.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub routes: Vec<EffectiveRoute>,
}

/// `spec.health` in effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EffectiveHealth {
    /// What readiness and the load balancer ask for.
    #[schemars(length(max = 1024))]
    pub path: String,
    /// The port asked.
    pub port: u16,
    /// Between two checks.
    #[schemars(schema_with = "schema::duration")]
    pub interval: Duration,
    /// For an answer.
    #[schemars(schema_with = "schema::duration")]
    pub timeout: Duration,
    /// Good answers in a row that make it healthy.
    pub healthy_threshold: i32,
    /// Bad answers in a row that make it unhealthy.
    pub unhealthy_threshold: i32,
    /// What the liveness probe asks for.
    #[schemars(length(max = 1024))]
    pub liveness_path: String,
    /// How long a start may take.
    #[schemars(schema_with = "schema::duration")]
    pub startup: Duration,
}

/// `spec.shutdown` in effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EffectiveShutdown {
    /// How long a pod that goes still answers.
    #[schemars(schema_with = "schema::duration")]
    pub drain: Duration,
    /// From SIGTERM to SIGKILL.
    #[schemars(schema_with = "schema::duration")]
    pub stop: Duration,
}

/// A route's settings in effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EffectiveRoute {
    /// The route's name.
    #[schemars(length(max = 63))]
    pub name: String,
    /// Whether anyone may call it.
    pub anonymous: bool,
    /// For an answer of the app.
    #[schemars(schema_with = "schema::duration")]
    pub timeout: Duration,
    /// Limits of each route key.
    pub throttling: Throttling,
}

/// A class's settings in effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EffectiveClass {
    /// The stage.
    #[schemars(length(max = 64))]
    pub stage: String,
    /// What a route key gets that names no limits.
    pub default_throttling: Throttling,
    /// The most that a route may ask for.
    pub max_throttling: Throttling,
    /// First listener port.
    pub first_port: u16,
    /// Last listener port.
    pub last_port: u16,
    /// Whether load balancers send across zones.
    pub cross_zone: bool,
    /// How long a pod that goes is still sent requests.
    #[schemars(schema_with = "schema::duration")]
    pub drain: Duration,
    /// How many load balancers at most.
    pub max_load_balancers: i32,
    /// What is done about changes that others make in AWS; absent in what an older version wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drift: Option<EffectiveDrift>,
}

/// `spec.drift` in effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EffectiveDrift {
    /// About changes of who reaches what.
    pub security: DriftPolicy,
    /// About all other changes.
    pub configuration: DriftPolicy,
    /// Between two looks; absent: the operator's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::duration")]
    pub interval: Option<Duration>,
}
