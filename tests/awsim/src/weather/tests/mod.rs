//! What befalls which calls, what becomes of them, and how weather is written.

mod calls;
mod chance;
mod forecast;
mod rules;

use super::{Effect, Weather};
use crate::clock::SimTime;

const NOW: SimTime = SimTime(1000);

/// The name of what befalls a call now.
fn met(weather: &Weather, service: &str, operation: &str) -> Option<&'static str> {
    weather.befalls(service, operation, NOW).effect.as_ref().map(Effect::name)
}
