//! The start, and everything made anew as it was then.
//!
//! A reset makes the world of the seed again, with the ids that it had, and clears what came since:
//! sessions of roles, who holds which domain name, traces, recorded calls and requests (their numbers
//! begin at 1 again), the token buckets, and switches that were changed. The weather is the one
//! of the start, from the beginning of its seed. The clock is left as it is: time goes on, and the
//! seed's objects are as old as the reset. Calls that are under way end in the new world or are
//! recorded in it. Connections stay open.

use std::sync::PoisonError;

use crate::clock::{Clock, SimTime};
use crate::ids::Ids;
use crate::pipeline::Pipeline;
use crate::seed::SeedError;
use crate::throttle::Throttle;
use crate::weather::{Forecast, Weather};
use crate::world::{Options, World};

/// What exists from the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seed {
    /// Nothing.
    Nothing,
    /// The default seed, see [`crate::seed::DEFAULT`].
    Default,
    /// The seed that this YAML or JSON says.
    Text(String),
}

/// How a simulator begins.
#[derive(Clone, Debug)]
pub struct Start {
    /// Where ids come from.
    pub id_seed: u64,
    /// What is switched on.
    pub options: Options,
    /// What exists.
    pub seed: Seed,
    /// What befalls calls.
    pub weather: Forecast,
}

/// A start that is none.
#[derive(Debug, thiserror::Error)]
pub enum BadStart {
    /// Of the seed.
    #[error(transparent)]
    Seed(#[from] SeedError),
    /// Of the weather.
    #[error("the weather: {0}")]
    Weather(String),
}

impl Start {
    /// The world at the start.
    ///
    /// # Errors
    /// If the seed is none.
    pub fn world(&self, clock: &Clock) -> Result<World, SeedError> {
        let mut world = World::new(clock.clone(), self.id_seed, self.options.clone());
        match &self.seed {
            Seed::Nothing => {}
            Seed::Default => crate::seed::default(&mut world)?,
            Seed::Text(text) => crate::seed::load(&mut world, text)?,
        }
        Ok(world)
    }

    /// Where request ids come from: never what other ids come from, so that a call more or less
    /// does not change those.
    pub(crate) fn request_ids(&self) -> Ids {
        Ids::new(!self.id_seed)
    }

    /// Sets the weather of the start, as if it began at `now`.
    ///
    /// # Errors
    /// If a rule is none.
    pub(crate) fn set_weather(&self, weather: &Weather, now: SimTime) -> Result<(), BadStart> {
        let rules = self.weather.rules(now).map_err(BadStart::Weather)?;
        weather.set(self.weather.seed, rules);
        Ok(())
    }
}

impl Pipeline {
    /// Makes everything anew, see [this module](self).
    ///
    /// # Errors
    /// None in practice: the start was good when it was one.
    pub fn reset(&self) -> Result<(), BadStart> {
        // Until the end no call is served.
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        *world = self.start.world(&self.clock)?;
        self.start.set_weather(&self.weather, self.clock.now())?;
        *self.throttle.lock().unwrap_or_else(PoisonError::into_inner) = Throttle::default();
        *self.request_ids.lock().unwrap_or_else(PoisonError::into_inner) = self.start.request_ids();
        self.recorder.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use http::{HeaderMap, HeaderValue, Method};

    use super::*;
    use crate::control;
    use crate::quota::Quotas;
    use crate::weather::{Effect, Preset, Rule};
    use crate::wire::Request;

    const VPC: &str = "Action=CreateVpc&Version=2016-11-15&CidrBlock=10.1.0.0/16";

    fn start() -> Start {
        let weather =
            Forecast::read("{seed: 3, rules: [{effect: throttle, operation: CreateRule}]}").unwrap();
        Start { id_seed: 5, options: Options::default(), seed: Seed::Default, weather }
    }

    fn pipeline() -> Pipeline {
        Pipeline::new(Clock::manual(SimTime(1_800_000_000_000)), start()).unwrap()
    }

    fn request(method: Method, path: &str, service: &str, body: &str) -> Request {
        let signature = format!(
            "AWS4-HMAC-SHA256 Credential=test/20261121/eu-central-1/{service}/aws4_request, \
             SignedHeaders=host, Signature=00"
        );
        let value = HeaderValue::from_str(&signature).unwrap();
        let headers = HeaderMap::from_iter([(http::header::AUTHORIZATION, value)]);
        let body = Bytes::copy_from_slice(body.as_bytes());
        Request { method, path: path.to_owned(), query: String::new(), headers, body }
    }

    /// Everything that the doors tell, and the answer of a call, with its ids.
    fn told(pipeline: &Pipeline) -> Vec<Vec<u8>> {
        let doors = ["state", "calls", "requests", "trace", "weather"];
        let mut told: Vec<_> = doors
            .iter()
            .map(|door| {
                control::serve(pipeline, &request(Method::GET, &format!("/_awsim/{door}"), "", "")).body
            })
            .collect();
        told.push(pipeline.call(&request(Method::POST, "/", "ec2", VPC)).reply.unwrap().body);
        told
    }

    #[test]
    fn after_a_reset_everything_is_as_at_the_start() {
        let pipeline = pipeline();
        let fresh = told(&pipeline);
        pipeline.weather.set(9, Preset::Outage.rules());
        pipeline.weather.clear();
        pipeline.weather.inject(Rule::all(Effect::Throttle).times(1));
        // More than the bucket lets through and more than there may be.
        for _ in 0..60 {
            pipeline.call(&request(Method::POST, "/", "ec2", VPC));
        }
        let role = "Action=AssumeRole&Version=2011-06-15&RoleSessionName=name\
                    &RoleArn=arn:aws:iam::111122223333:role/entry";
        pipeline.call(&request(Method::POST, "/", "sts", role));
        pipeline.world.lock().unwrap().options.quotas = Quotas::off();
        let reset = control::serve(&pipeline, &request(Method::POST, "/_awsim/reset", "", ""));
        assert_eq!(reset.status, 200);
        assert_eq!(told(&pipeline), fresh);
        assert_eq!(pipeline.world.lock().unwrap().options.quotas, Quotas::default());
    }

    #[test]
    fn a_reset_leaves_the_clock_and_the_seeds_objects_are_new() {
        let pipeline = pipeline();
        pipeline.clock.advance(Duration::from_secs(3600));
        let later = pipeline.clock.now();
        pipeline.reset().unwrap();
        assert_eq!(pipeline.clock.now(), later);
        let state = |p: &Pipeline| control::serve(p, &request(Method::GET, "/_awsim/state", "", "")).body;
        let fresh = Pipeline::new(Clock::manual(later), start()).unwrap();
        assert_eq!(state(&pipeline), state(&fresh));
    }

    #[test]
    fn a_start_that_is_none_is_refused() {
        let weather: Forecast =
            serde_json::from_str(r#"{"rules": [{"service": "x", "effect": "reset"}]}"#).unwrap();
        let start = Start { weather, ..start() };
        let why = Pipeline::new(Clock::manual(SimTime(0)), start).unwrap_err();
        assert!(matches!(why, BadStart::Weather(_)), "{why}");
    }
}
