//! State and handlers of one service.

use crate::clock::SimTime;
use crate::world::{Handler, Region};

/// What exists of this service in one region.
#[derive(Debug, Default)]
pub struct State {}

/// Passes states on to `now`.
pub fn settle(_region: &mut Region, _now: SimTime) {}

/// The handler of an operation that is served.
pub fn handler(_operation: &str) -> Option<Handler> {
    None
}
