//! Token buckets of requests to APIs: of a stage, one for all routes without settings of their own
//! and one for each route that has them; and one of an account and region, for all its APIs. A
//! request that the stage refuses takes nothing of the account's (AGD, throttling: stage before
//! account). Whether requests without a route take some of it is not known; here they do not.

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

impl Bucket {
    fn full(burst: f64, now: SimTime) -> Bucket {
        Bucket { tokens: burst, at: now }
    }

    /// Takes a token, if there is one.
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

/// Requests a second and at once that all APIs of an account take together (LIM).
const LIMITS: (f64, f64) = (10_000.0, 5_000.0);
/// In these regions a quarter of that (LIM).
const SMALL_REGIONS: [&str; 14] = [
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

/// The throttle of all requests to the APIs of one account and region.
#[derive(Debug, Default)]
pub struct AccountThrottle {
    rate: Option<f64>,
    burst: Option<f64>,
    bucket: Option<Bucket>,
}

impl AccountThrottle {
    /// Sets other limits than AWS's: requests a second, and at once.
    pub fn set(&mut self, rate: Option<f64>, burst: Option<f64>) {
        *self = AccountThrottle { rate, burst, bucket: None };
    }

    /// Takes a token for one request in this region.
    ///
    /// # Errors
    /// The limit that refuses, in words.
    pub fn take(&mut self, region: &str, now: SimTime) -> Result<(), String> {
        let part = if SMALL_REGIONS.contains(&region) { 0.25 } else { 1.0 };
        let rate = self.rate.unwrap_or(LIMITS.0 * part);
        let burst = self.burst.unwrap_or(LIMITS.1 * part);
        let bucket = self.bucket.get_or_insert_with(|| Bucket::full(burst, now));
        if bucket.take(rate, burst, now) {
            return Ok(());
        }
        Err(format!("throttled by the account and region: {rate} a second, {burst} at once"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// LIM: 10,000 requests a second with a burst of 5,000, shared by all APIs.
    #[test]
    fn an_account_takes_its_burst_at_once_and_then_its_rate() {
        let mut throttle = AccountThrottle::default();
        let mut taken = |now| (0..20_000).filter(|_| throttle.take("eu-central-1", now).is_ok()).count();
        assert_eq!(taken(SimTime(0)), 5000);
        assert_eq!(taken(SimTime(100)), 1000);
        assert_eq!(taken(SimTime(10_000)), 5000);
        let refusal = throttle.take("eu-central-1", SimTime(10_000)).unwrap_err();
        assert_eq!(refusal, "throttled by the account and region: 10000 a second, 5000 at once");
        let mut small = AccountThrottle::default();
        assert_eq!((0..5000).filter(|_| small.take("eu-central-2", SimTime(0)).is_ok()).count(), 1250);
    }
}
