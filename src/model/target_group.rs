//! Target groups.

use serde::Serialize;

/// A target group of pod addresses (type `ip`, TCP). Its port is constant, each target carries its
/// own: a port change replaces nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TargetGroup {
    /// Unique in the region, immutable.
    pub name: String,
    /// Immutable.
    pub vpc: String,
    /// How targets are checked.
    pub health: HealthCheck,
    /// The attributes, which are in no list page: `None` when seen there.
    pub attributes: Option<TargetGroupAttributes>,
}

/// The load balancer's own check of each target, by HTTP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HealthCheck {
    /// `/healthz`.
    pub path: String,
    /// `None`: the target's own port.
    pub port: Option<u16>,
    /// Seconds between checks, 5 to 300.
    pub interval_seconds: u32,
    /// Seconds until a check has failed, 2 to 120.
    pub timeout_seconds: u32,
    /// Checks passed in a row until healthy, 2 to 10.
    pub healthy_threshold: u32,
    /// Checks failed in a row until unhealthy, 2 to 10.
    pub unhealthy_threshold: u32,
}

/// What `ModifyTargetGroupAttributes` sets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TargetGroupAttributes {
    /// `deregistration_delay.timeout_seconds`, 0 to 3600.
    pub deregistration_delay_seconds: u32,
    /// `deregistration_delay.connection_termination.enabled`: API Gateway keeps connections open,
    /// which would go on to reach a deregistered pod.
    pub connection_termination: bool,
}
