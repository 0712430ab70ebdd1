//! The status of a `GatewayedService`. Empty members are not written, so that one server-side apply
//! carries all of it and nothing else.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Condition;
use super::effective::EffectiveService;

/// What a service has come to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServiceStatus {
    /// The class that serves it, fixed from when the class was first found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub class_name: Option<String>,
    /// The `metadata.generation` that the rest speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Where it is reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 512))]
    pub url: Option<String>,
    /// Id of the HTTP API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub api: Option<String>,
    /// Pods there are (scale subresource).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replicas: Option<i32>,
    /// Pods that are ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_replicas: Option<i32>,
    /// Label selector of the pods (scale subresource).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub selector: Option<String>,
    /// The pods as the load balancer sees them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub targets: Option<TargetsStatus>,
    /// Each route and whether it is served.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub routes: Vec<RouteStatus>,
    /// Every default resolved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective: Option<EffectiveService>,
    /// What exists in AWS or is about to: hints for the operator, never proof of ownership.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 2048))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub resources: Vec<ResourceEntry>,
    /// Its place in the class's pool of load balancers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placement: Option<Placement>,
    /// What holds, one condition a type.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".into()]))]
    pub conditions: Vec<Condition>,
}

/// The pods as the load balancer sees them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TargetsStatus {
    /// Targets that the load balancer finds healthy.
    pub healthy: i32,
    /// Targets that are registered.
    pub registered: i32,
    /// `healthy/registered`, for people.
    #[schemars(length(max = 16))]
    pub summary: String,
    /// Hash of the target group and the EndpointSlices that AWS last acknowledged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub checkpoint: Option<String>,
}

/// A route and whether it is served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RouteStatus {
    /// The route's name.
    #[schemars(length(max = 63))]
    pub name: String,
    /// Its route keys, such as `GET /orders/{id}`.
    #[schemars(length(max = 14), inner(length(max = 300)))]
    pub keys: Vec<String>,
    /// Whether it is served.
    pub state: RouteState,
    /// The `namespace/name` that holds one of its keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 127))]
    pub conflicts_with: Option<String>,
}

/// Whether a route is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum RouteState {
    /// Every key is.
    Served,
    /// Another service holds a key of it.
    Conflict,
    /// Not yet.
    Waiting,
}

/// A resource in AWS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResourceEntry {
    /// Such as `Listener`.
    #[schemars(length(max = 63))]
    pub kind: String,
    /// Which of the owner's resources of this kind.
    #[schemars(length(max = 320))]
    pub slot: String,
    /// Its id or ARN. Absent: an intent, written before it is created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 512))]
    pub id: Option<String>,
    /// Hash of the settings last written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub hash: Option<String>,
}

/// A place in the pool of load balancers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Placement {
    /// Which load balancer, from 1.
    pub nlb: u8,
    /// The listener's port.
    pub port: u16,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::ClassStatus;

    #[test]
    fn an_empty_status_writes_nothing() {
        assert_eq!(serde_json::to_string(&ServiceStatus::default()).unwrap(), "{}");
        assert_eq!(serde_json::to_string(&ClassStatus::default()).unwrap(), "{}");
    }

    #[test]
    fn a_status_of_a_newer_version_still_parses() {
        let text = r#"{"conditions": [{"type": "Rated", "status": "True", "reason": "New", "message": "",
            "lastTransitionTime": "2026-01-01T00:00:00Z", "more": 1}],
            "resources": [{"kind": "Alarm", "slot": "main", "id": "x"}], "network": {"isolation": "Shared"}}"#;
        let status: ServiceStatus = serde_json::from_str(text).unwrap();
        assert_eq!(status.resources[0].kind, "Alarm");
    }
}
