//! Route settings of a stage: metrics and throttling, by default and for single routes.

use serde::{Deserialize, Serialize};

use super::error::bad;
use crate::fault::Fault;

/// Settings of one route or of all that have none of their own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RouteSettings {
    /// Detailed metrics; answered even if never set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detailed_metrics_enabled: Option<bool>,
    /// Only for WebSocket APIs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_trace_enabled: Option<bool>,
    /// Only for WebSocket APIs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logging_level: Option<String>,
    /// Requests at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub throttling_burst_limit: Option<i64>,
    /// Requests a second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub throttling_rate_limit: Option<f64>,
}

impl RouteSettings {
    /// Checks what a caller gives.
    pub fn check(&self) -> Result<(), Fault> {
        let logs = self.logging_level.as_deref().is_some_and(|level| level != "OFF");
        if logs || self.data_trace_enabled == Some(true) {
            return Err(bad("Execution logs are not supported on protocolType HTTP"));
        }
        if self.throttling_burst_limit.is_some_and(|burst| burst < 0) {
            return Err(bad("ThrottlingBurstLimit must not be negative"));
        }
        if self.throttling_rate_limit.is_some_and(|rate| rate < 0.0) {
            return Err(bad("ThrottlingRateLimit must not be negative"));
        }
        Ok(())
    }

    /// Takes over what is given and keeps the rest: UpdateStage merges, nothing is ever unset by
    /// leaving it out (cdkd 1577).
    pub fn merge(&mut self, given: &RouteSettings) {
        let old = std::mem::take(self);
        *self = RouteSettings {
            detailed_metrics_enabled: Some(
                given.detailed_metrics_enabled.or(old.detailed_metrics_enabled).unwrap_or(false),
            ),
            data_trace_enabled: given.data_trace_enabled.or(old.data_trace_enabled),
            logging_level: given.logging_level.clone().or(old.logging_level),
            throttling_burst_limit: given.throttling_burst_limit.or(old.throttling_burst_limit),
            throttling_rate_limit: given.throttling_rate_limit.or(old.throttling_rate_limit),
        };
    }

    /// Requests a second and at once, `None` if neither is set. One without the other leaves the
    /// other at zero, so that every request is refused (terraform-aws-apigateway-v2 13, 78).
    pub fn throttle(&self) -> Option<(f64, f64)> {
        if self.throttling_rate_limit.is_none() && self.throttling_burst_limit.is_none() {
            return None;
        }
        let burst = self.throttling_burst_limit.unwrap_or(0) as f64;
        Some((self.throttling_rate_limit.unwrap_or(0.0), burst))
    }
}
