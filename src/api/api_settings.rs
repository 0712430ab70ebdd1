//! A class's HTTP API: stage and throttling.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use super::routes::Throttling;

/// The HTTP API of a class.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new(
    "(has(self.stage) ? self.stage : '$default') == (has(oldSelf.stage) ? oldSelf.stage : '$default')"
).message("api.stage is immutable; create another class").field_path(".stage"))]
pub struct ApiSettings {
    /// The stage's name, part of the URL unless `$default`. Absent: `$default`. Immutable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    #[x_kube(validation = Rule::new("self == '$default' || self.matches('^[A-Za-z0-9_-]+$')")
        .message("api.stage must be $default, or letters, digits, _ and -"))]
    pub stage: Option<String>,
    /// Limits on requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub throttling: Option<ApiThrottling>,
}

/// Limits on requests of a class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new(
    "(has(self.default) ? self.default.rate : 100) <= (has(self.max) ? self.max.rate : 1000) && \
     (has(self.default) ? self.default.burst : 200) <= (has(self.max) ? self.max.burst : 2000)"
).message("api.throttling.default (rate 100, burst 200 when absent) must not exceed api.throttling.max (rate 1000, burst 2000 when absent)"))]
pub struct ApiThrottling {
    /// What a route key gets that names no limits. Absent: rate 100, burst 200.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Throttling>,
    /// The most that a route may ask for. Absent: rate 1000, burst 2000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<Throttling>,
}
