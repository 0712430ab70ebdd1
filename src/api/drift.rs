//! What a class does about changes that others make in AWS.

use kube::KubeSchema;
use kube::core::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{rules, schema};

/// What is done about changes that others make in AWS to what we keep, and how often they are looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClassDrift {
    /// Changes of who reaches what: security groups, their rules and who carries them, who may call a route,
    /// and whatever others put into what is ours. Absent: Repair.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security: Option<DriftPolicy>,
    /// All other changes. Absent: Repair.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub configuration: Option<DriftPolicy>,
    /// Between two looks, 1m to 24h. Absent: the operator's, 1h unless it was told otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::duration")]
    #[x_kube(validation = rules::seconds("drift.interval", "1m", "24h"))]
    pub interval: Option<Duration>,
}

/// What is done about a change that others made in AWS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DriftPolicy {
    /// It is put right, and the condition Drifted tells of it meanwhile.
    #[default]
    Repair,
    /// The condition Drifted tells of it, until it is as wanted again; nothing is changed.
    Report,
}
