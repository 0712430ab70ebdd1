//! Token buckets of a stage: one for all routes without settings of their own, one for each route
//! that has them.

use std::collections::BTreeMap;

use crate::apigatewayv2::Stage;
use crate::clock::SimTime;

/// Buckets of one API, by stage and route key; the empty key is the stage's default.
pub type Buckets = BTreeMap<(String, String), Bucket>;

/// What is left to spend.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    tokens: f64,
    at: SimTime,
}

/// Takes a token for one request to the route.
///
/// # Errors
/// The limit that refuses, in words.
pub fn take(buckets: &mut Buckets, stage: &Stage, route_key: &str, now: SimTime) -> Result<(), String> {
    let (settings, key) = match stage.route_settings.get(route_key) {
        Some(own) => (own, route_key),
        None => (&stage.default_route_settings, ""),
    };
    let Some((rate, burst)) = settings.throttle() else { return Ok(()) };
    let whose = if key.is_empty() { "the stage's default" } else { key };
    let refusal = format!("throttled by {whose}: {rate} a second, {burst} at once");
    if rate <= 0.0 || burst < 1.0 {
        return Err(refusal);
    }
    let bucket = buckets
        .entry((stage.stage_name.clone(), key.to_owned()))
        .or_insert(Bucket { tokens: burst, at: now });
    let refilled = bucket.tokens + now.since(bucket.at).as_secs_f64() * rate;
    *bucket = Bucket { tokens: refilled.min(burst), at: now };
    if bucket.tokens < 1.0 {
        return Err(refusal);
    }
    bucket.tokens -= 1.0;
    Ok(())
}
