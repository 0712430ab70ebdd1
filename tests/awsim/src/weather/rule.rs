//! Which calls an effect befalls: of what service and operation, how many, when, how often.

use std::time::Duration;

use serde::Serialize;

use super::effect::Effect;
use crate::clock::SimTime;
use crate::ec2::filter::like;

/// What befalls which calls. How it is written in JSON is [`super::forecast::Said`]'s matter.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rule {
    /// botocore's name of the service; without it, every service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// The operation, with `*` and `?` as wildcards; without it, every operation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// How often it befalls a call that it is for: 0 to 1, which is always.
    #[serde(skip_serializing_if = "always")]
    pub rate: f64,
    /// So many calls that it is for pass first.
    #[serde(skip_serializing_if = "none")]
    pub skip: u32,
    /// It befalls so many calls, then it is gone; without it, until cleared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// It begins at this moment of simulated time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<SimTime>,
    /// From this moment of simulated time on it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<SimTime>,
    /// What befalls them.
    pub effect: Effect,
}

/// `skip_serializing_if` hands out references.
fn always(rate: &f64) -> bool {
    *rate >= 1.0
}

fn none(count: &u32) -> bool {
    *count == 0
}

impl Rule {
    /// A rule for one operation of one service (or several: `Create*`), until cleared.
    pub fn of(service: &str, operation: &str, effect: Effect) -> Rule {
        Rule { operation: Some(operation.to_owned()), ..Rule::of_service(service, effect) }
    }

    /// A rule for every operation of one service, until cleared.
    pub fn of_service(service: &str, effect: Effect) -> Rule {
        Rule { service: Some(service.to_owned()), ..Rule::all(effect) }
    }

    /// A rule for every call, until cleared.
    pub fn all(effect: Effect) -> Rule {
        let (service, operation, times, from, until) = (None, None, None, None, None);
        Rule { service, operation, rate: 1.0, skip: 0, times, from, until, effect }
    }

    /// Only so often, 0 to 1.
    #[must_use]
    pub fn rate(mut self, rate: f64) -> Rule {
        self.rate = rate;
        self
    }

    /// Only after `skip` calls that it is for.
    #[must_use]
    pub fn skip(mut self, skip: u32) -> Rule {
        self.skip = skip;
        self
    }

    /// Only for the next `times` calls.
    #[must_use]
    pub fn times(mut self, times: u32) -> Rule {
        self.times = Some(times);
        self
    }

    /// Only from that moment of simulated time on.
    #[must_use]
    pub fn from(mut self, from: SimTime) -> Rule {
        self.from = Some(from);
        self
    }

    /// Only until that moment of simulated time.
    #[must_use]
    pub fn until(mut self, until: SimTime) -> Rule {
        self.until = Some(until);
        self
    }

    /// Whether it can befall calls of that operation.
    pub fn is_for(&self, service: &str, operation: &str) -> bool {
        self.service.as_ref().is_none_or(|wanted| wanted == service)
            && self.operation.as_ref().is_none_or(|pattern| like(pattern, operation))
            && self.effect.is_for(service, operation)
    }

    /// How far back it may have to look.
    pub(super) fn memory(&self) -> Duration {
        match &self.effect {
            Effect::Stale(stale) => stale.lag(),
            _ => Duration::ZERO,
        }
    }

    /// Whether it has begun.
    pub(super) fn begun(&self, now: SimTime) -> bool {
        self.from.is_none_or(|from| from <= now)
    }

    /// Whether it can ever befall a call from now on.
    pub(super) fn lasts(&self, now: SimTime) -> bool {
        self.times != Some(0) && self.until.is_none_or(|until| now < until)
    }
}
