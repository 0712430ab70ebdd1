//! Elastic Load Balancing v2 as the entry path needs it: network load balancers with target groups
//! of IP addresses. State and handlers, no IO; [`crate::prober`] performs the health checks.

pub mod delays;

use serde::Serialize;
use serde_json::Value;

use crate::clock::SimTime;
use crate::world::{Handler, Region};

pub use delays::Delays;

/// What exists of this service in one region.
#[derive(Debug, Default, Serialize)]
pub struct State {
    /// How long things take.
    pub delays: Delays,
}

impl State {
    /// The whole state, for `GET /_awsim/state`.
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// Passes states on to `now`.
pub fn settle(_region: &mut Region, _now: SimTime) {}

/// The handler of an operation that is served.
pub fn handler(_operation: &str) -> Option<Handler> {
    None
}
