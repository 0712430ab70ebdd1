//! Token buckets: AWS's quotas as an input of the schedule instead of a surprise. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::aws::Action;
use crate::aws::quotas::{Bucket, Quota};
use crate::model::Time;

/// How slow a throttled bucket may get, as a part of its rate.
const SLOWEST: f64 = 1.0 / 16.0;
/// The same of the bucket that traffic waits for: at our share of a half it takes a quarter of what AWS
/// grants the account even then, so that whoever is throttled for more is not us.
const SLOWEST_FOR_TRAFFIC: f64 = 1.0 / 2.0;
/// A throttled bucket is back at its full rate after this long at most.
const RESTORED: Duration = Duration::from_secs(120);
/// Calls that ran side by side and were all throttled are one event.
const ONE_EVENT: Duration = Duration::from_secs(1);

/// Tokens that a call needs, by bucket.
pub(super) type Need = BTreeMap<Bucket, f64>;

/// All buckets of one account and region.
#[derive(Clone, Debug)]
pub struct Buckets(BTreeMap<Bucket, State>);

#[derive(Clone, Debug)]
struct State {
    quota: Quota,
    tokens: f64,
    at: Time,
    /// Part of the rate that flows in, `slowest` to 1.
    pace: f64,
    slowest: f64,
    throttled: Option<Time>,
}

impl Buckets {
    /// Full buckets of `share` (above 0, at most 1) of AWS's quotas.
    pub fn new(share: f64, now: Time) -> Buckets {
        let state = |b: Bucket| {
            let quota = b.share(share);
            let slowest = if b == Bucket::ElbRegister { SLOWEST_FOR_TRAFFIC } else { SLOWEST };
            State { quota, tokens: quota.burst, at: now, pace: 1.0, slowest, throttled: None }
        };
        Buckets(Bucket::ALL.into_iter().map(|b| (b, state(b))).collect())
    }

    /// The tokens that `actions` take.
    pub(super) fn need(&self, actions: &[Action]) -> Need {
        let mut need = Need::new();
        for bucket in actions.iter().flat_map(|a| a.buckets()) {
            *need.entry(bucket).or_default() += 1.0;
        }
        // More than a full bucket would wait for ever; a full one is all it can take.
        for (bucket, tokens) in &mut need {
            *tokens = tokens.min(self.0[bucket].quota.burst);
        }
        need
    }

    /// Lets tokens flow in until `now`.
    pub(super) fn refill(&mut self, now: Time) {
        self.0.values_mut().for_each(|s| s.refill(now));
    }

    /// Takes `need`, or says which buckets are short and when the last of them will do.
    pub(super) fn take(&mut self, need: &Need) -> Result<(), (Vec<Bucket>, Time)> {
        let short: Vec<(Bucket, Time)> =
            need.iter().filter_map(|(b, n)| self.0[b].short(*n).map(|t| (*b, t))).collect();
        if let Some(last) = short.iter().map(|(_, t)| *t).max() {
            return Err((short.into_iter().map(|(b, _)| b).collect(), last));
        }
        for (bucket, tokens) in need {
            if let Some(state) = self.0.get_mut(bucket) {
                state.tokens -= tokens;
            }
        }
        Ok(())
    }

    /// AWS throttled a call that took `need`: empties its buckets and halves what flows in.
    pub(super) fn throttled(&mut self, need: &Need, now: Time) {
        for bucket in need.keys() {
            if let Some(state) = self.0.get_mut(bucket) {
                state.throttled(now);
            }
        }
    }
}

impl State {
    fn refill(&mut self, now: Time) {
        let seconds = now.since(self.at).as_secs_f64();
        self.at = self.at.max(now);
        self.tokens = (self.tokens + seconds * self.quota.per_second * self.pace).min(self.quota.burst);
        self.pace = (self.pace + seconds / RESTORED.as_secs_f64()).min(1.0);
    }

    /// When `tokens` will be there, if they are not now.
    fn short(&self, tokens: f64) -> Option<Time> {
        let missing = tokens - self.tokens;
        // Sums of small parts of tokens: a millionth is no token.
        if missing <= 1e-6 {
            return None;
        }
        let wait = Duration::from_secs_f64(missing / (self.quota.per_second * self.pace));
        Some(self.at + wait + Duration::from_millis(1))
    }

    fn throttled(&mut self, now: Time) {
        self.tokens = self.tokens.min(0.0);
        if self.throttled.is_none_or(|t| now.since(t) >= ONE_EVENT) {
            self.pace = (self.pace / 2.0).max(self.slowest);
            self.throttled = Some(now);
        }
    }
}
