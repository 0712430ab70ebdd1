//! Conditions: what holds now, one a type, each with a reason from a closed list.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Reason;
use super::schema;

/// One condition of an object.
///
/// Type and reason are text here, so that a status which a newer version wrote still parses; they
/// are made from [`ConditionType`] and [`Reason`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// What it is about.
    #[serde(rename = "type")]
    #[schemars(length(min = 1, max = 64))]
    pub type_: String,
    /// Whether it holds.
    pub status: ConditionStatus,
    /// The `metadata.generation` that it speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// When `status` last changed.
    #[schemars(schema_with = "schema::time")]
    pub last_transition_time: Time,
    /// Why, in one word; docs/reasons.md explains each.
    #[schemars(length(min = 1, max = 64))]
    pub reason: String,
    /// Why, in a sentence, and what to do.
    #[schemars(length(max = 4096))]
    pub message: String,
}

impl Condition {
    /// A condition that changed at `now`.
    pub fn new(
        type_: ConditionType,
        status: ConditionStatus,
        reason: Reason,
        message: impl Into<String>,
        generation: Option<i64>,
        now: Time,
    ) -> Condition {
        Condition {
            type_: type_.as_str().to_owned(),
            status,
            observed_generation: generation,
            last_transition_time: now,
            reason: reason.as_str().to_owned(),
            message: message.into(),
        }
    }

    /// Whether it is of type `type_`.
    pub fn is(&self, type_: ConditionType) -> bool {
        self.type_ == type_.as_str()
    }
}

/// The condition of type `type_` in `conditions`.
pub fn find(conditions: &[Condition], type_: ConditionType) -> Option<&Condition> {
    conditions.iter().find(|c| c.is(type_))
}

/// Whether a condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ConditionStatus {
    /// It does.
    True,
    /// It does not.
    False,
    /// Not known yet.
    Unknown,
}

impl From<bool> for ConditionStatus {
    fn from(holds: bool) -> ConditionStatus {
        if holds { ConditionStatus::True } else { ConditionStatus::False }
    }
}

/// What a condition is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConditionType {
    /// The spec is valid and its class grants it (service); the network it names exists (class).
    Accepted,
    /// Service: every wanted pod is ready and of the present version.
    WorkloadReady,
    /// Service: the load balancer finds every target healthy.
    TargetsHealthy,
    /// Service: the rules of the security-group chain stand.
    NetworkLocked,
    /// Service: its routes are served.
    RoutesProgrammed,
    /// Class: its security groups and their rules stand.
    NetworkReady,
    /// Class: the VPC link is available.
    VpcLinkReady,
    /// Class: the load balancers are active.
    LoadBalancerReady,
    /// Class: HTTP API and stage stand.
    ApiReady,
    /// The URL answers from what the spec says (service); services can use it (class).
    Ready,
    /// Work is going on (kstatus).
    Reconciling,
    /// No progress until someone acts (kstatus).
    Stalled,
    /// Present only when true: AWS differs from what we wrote, changed by someone else.
    Drifted,
    /// Present only when true: configuration stopped by annotation.
    Paused,
}

impl ConditionType {
    /// Those of a service, in the order of the path.
    pub const SERVICE: [ConditionType; 10] = [
        ConditionType::Accepted,
        ConditionType::WorkloadReady,
        ConditionType::TargetsHealthy,
        ConditionType::NetworkLocked,
        ConditionType::RoutesProgrammed,
        ConditionType::Ready,
        ConditionType::Reconciling,
        ConditionType::Stalled,
        ConditionType::Drifted,
        ConditionType::Paused,
    ];

    /// Those of a class, in the order of the path.
    pub const CLASS: [ConditionType; 10] = [
        ConditionType::Accepted,
        ConditionType::NetworkReady,
        ConditionType::VpcLinkReady,
        ConditionType::LoadBalancerReady,
        ConditionType::ApiReady,
        ConditionType::Ready,
        ConditionType::Reconciling,
        ConditionType::Stalled,
        ConditionType::Drifted,
        ConditionType::Paused,
    ];

    /// As in a condition's `type`.
    pub fn as_str(self) -> &'static str {
        match self {
            ConditionType::Accepted => "Accepted",
            ConditionType::WorkloadReady => "WorkloadReady",
            ConditionType::TargetsHealthy => "TargetsHealthy",
            ConditionType::NetworkLocked => "NetworkLocked",
            ConditionType::RoutesProgrammed => "RoutesProgrammed",
            ConditionType::NetworkReady => "NetworkReady",
            ConditionType::VpcLinkReady => "VpcLinkReady",
            ConditionType::LoadBalancerReady => "LoadBalancerReady",
            ConditionType::ApiReady => "ApiReady",
            ConditionType::Ready => "Ready",
            ConditionType::Reconciling => "Reconciling",
            ConditionType::Stalled => "Stalled",
            ConditionType::Drifted => "Drifted",
            ConditionType::Paused => "Paused",
        }
    }
}
