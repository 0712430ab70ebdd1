//! Token buckets of requests: of a stage, one for all routes without settings of their own, one for each
//! route that has them; and one of the account for all its APIs in a region.

use std::collections::BTreeMap;

use crate::apigatewayv2::Stage;
use crate::clock::SimTime;
use crate::throttle::Rate;
use crate::world::Call;

/// Buckets of one API, by stage and route key; the empty key is the stage's default.
pub type Buckets = BTreeMap<(String, String), Bucket>;

/// What is left to spend.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    tokens: f64,
    at: SimTime,
}

impl Bucket {
    fn full(burst: f64, now: SimTime) -> Bucket {
        Bucket { tokens: burst, at: now }
    }

    /// Takes a token, if there is one after it was filled up to now.
    fn take(&mut self, rate: f64, burst: f64, now: SimTime) -> bool {
        let refilled = self.tokens + now.since(self.at).as_secs_f64() * rate;
        *self = Bucket { tokens: refilled.min(burst), at: now };
        let enough = self.tokens >= 1.0;
        if enough {
            self.tokens -= 1.0;
        }
        enough
    }
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
    let bucket =
        buckets.entry((stage.stage_name.clone(), key.to_owned())).or_insert_with(|| Bucket::full(burst, now));
    if bucket.take(rate, burst, now) { Ok(()) } else { Err(refusal) }
}

/// Regions in which accounts have the smaller throttle (API Gateway developer guide, "Amazon API Gateway
/// quotas").
const SMALLER: [&str; 14] = [
    "af-south-1",
    "ap-east-2",
    "ap-south-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-west-1",
    "eu-central-2",
    "eu-south-1",
    "eu-south-2",
    "il-central-1",
    "mx-central-1",
];

/// Takes a token for one request to any API of the account in the region. The stage's and the route's
/// throttles come first (API Gateway developer guide, "Throttle requests", order of limits). Switched and set
/// as the throttles of the control planes are ([`crate::throttle`]).
///
/// # Errors
/// The limit that refuses, in words.
pub fn take_of_account(call: &mut Call<'_>) -> Result<(), String> {
    let smaller = SMALLER.contains(&call.region.name.as_str());
    let class = if smaller { "execute-api:account-smaller" } else { "execute-api:account" };
    let rate = call.options.throttles.of_class(class).filter(|_| call.options.throttling);
    let Some(Rate { refill, burst }) = rate else { return Ok(()) };
    let bucket = call.region.apigatewayv2.requests.get_or_insert_with(|| Bucket::full(burst, call.now));
    if bucket.take(refill, burst, call.now) {
        return Ok(());
    }
    Err(format!("throttled by the account: {refill} a second, {burst} at once"))
}
