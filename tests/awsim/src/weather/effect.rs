//! What befalls a call.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::exhausted;
use crate::fault::Fault;

/// What befalls a call. In JSON the names are in snake case: `"throttle"`, `{"slow": {"min_ms": 50,
/// "max_ms": 500}}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Too many requests, in the service's own words (see [`crate::throttle::too_many`]); no token
    /// is taken.
    Throttle,
    /// The service's own 5xx (see [`super::answer::server_error`]).
    ServerError,
    /// 503 from the machines before the service, which know nothing of its errors' form.
    Unavailable,
    /// The caller may not do it, in the service's own words (see [`crate::iam::denial::denied`]).
    AccessDenied,
    /// It is refused as if the quotas that it uses up (see [`super::exhausted::quotas`]) were 0: by its
    /// own handler, in its order of checks. An operation that uses up none is spared.
    QuotaExhausted,
    /// It is refused with a code that the test says.
    Refuse(Refusal),
    /// The connection is closed without a reply, before the call takes effect. For every operation
    /// of a service, or of all, this is what AWS being away looks like.
    Reset,
    /// The call takes effect, then the connection is closed without a reply.
    LoseReply,
    /// No reply comes: the client's own time-out has to end it.
    Hang(Hang),
    /// The call is answered as of a moment ago (see [`crate::consistency`]), whether or not
    /// [`crate::world::Options::consistency`] is on; at most as of when the rule was set.
    Stale(Stale),
    /// The reply comes late. Besides it another rule may befall the call.
    Slow(Slow),
}

/// The answer of a refused call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// The error's code, `AccessDenied`.
    pub code: String,
    /// The HTTP status, 400 to 599; 400 where none is given.
    #[serde(default = "bad_request")]
    pub status: u16,
    /// The error's message.
    #[serde(default)]
    pub message: String,
}

/// How a call hangs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hang {
    /// After so many real seconds the connection is closed, if the client has not closed it before:
    /// 0 to 3600; 60 where none is given, which is how long boto3 waits.
    #[serde(default = "a_minute")]
    pub seconds: f64,
    /// Whether the call takes effect.
    #[serde(default)]
    pub committed: bool,
}

/// How far behind a call is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stale {
    /// Simulated seconds, more than 0 and at most 3600.
    pub seconds: f64,
}

/// How late a reply comes: anything between, each equally likely.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slow {
    /// Real milliseconds, at least.
    pub min_ms: u64,
    /// Real milliseconds, at most; 3,600,000 and no more.
    pub max_ms: u64,
}

fn bad_request() -> u16 {
    400
}

fn a_minute() -> f64 {
    60.0
}

/// The longest that a call is kept waiting, and the furthest that it is behind.
const AN_HOUR: Duration = Duration::from_secs(3600);

impl Effect {
    /// A refusal.
    pub fn refuse(status: u16, code: &str, message: &str) -> Effect {
        Effect::Refuse(Refusal { code: code.to_owned(), status, message: message.to_owned() })
    }

    /// As in JSON and in the recorder.
    pub fn name(&self) -> &'static str {
        match self {
            Effect::Throttle => "throttle",
            Effect::ServerError => "server_error",
            Effect::Unavailable => "unavailable",
            Effect::AccessDenied => "access_denied",
            Effect::QuotaExhausted => "quota_exhausted",
            Effect::Refuse(_) => "refuse",
            Effect::Reset => "reset",
            Effect::LoseReply => "lose_reply",
            Effect::Hang(_) => "hang",
            Effect::Stale(_) => "stale",
            Effect::Slow(_) => "slow",
        }
    }

    /// Whether it can befall that operation.
    pub fn is_for(&self, service: &str, operation: &str) -> bool {
        !matches!(self, Effect::QuotaExhausted) || !exhausted::quotas(service, operation).is_empty()
    }

    /// Its numbers are within their bounds.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn check(&self) -> Result<(), String> {
        match self {
            Effect::Refuse(Refusal { status, .. }) if !(400..600).contains(status) => {
                Err(format!("refuse: {status} is no HTTP status of an error"))
            }
            Effect::Hang(Hang { seconds, .. }) if !(0.0..=AN_HOUR.as_secs_f64()).contains(seconds) => {
                Err(format!("hang: {seconds} seconds are not within 0 and 3600"))
            }
            Effect::Stale(Stale { seconds }) if !(*seconds > 0.0 && *seconds <= AN_HOUR.as_secs_f64()) => {
                Err(format!("stale: {seconds} seconds are not more than 0 and at most 3600"))
            }
            Effect::Slow(Slow { min_ms, max_ms }) if min_ms > max_ms => {
                Err(format!("slow: min_ms {min_ms} is more than max_ms {max_ms}"))
            }
            Effect::Slow(Slow { max_ms, .. }) if u128::from(*max_ms) > AN_HOUR.as_millis() => {
                Err(format!("slow: max_ms {max_ms} is more than an hour"))
            }
            _ => Ok(()),
        }
    }
}

impl Hang {
    /// How long the connection is held.
    pub fn lasts(&self) -> Duration {
        Duration::try_from_secs_f64(self.seconds).unwrap_or(AN_HOUR).min(AN_HOUR)
    }
}

impl Stale {
    /// How far behind.
    pub fn lag(&self) -> Duration {
        Duration::try_from_secs_f64(self.seconds).unwrap_or(AN_HOUR).min(AN_HOUR)
    }
}

impl Slow {
    /// The delay at `drawn`, 0 to 1.
    pub fn delay(&self, drawn: f64) -> Duration {
        let (min, max) = (Duration::from_millis(self.min_ms), Duration::from_millis(self.max_ms));
        (min + max.saturating_sub(min).mul_f64(drawn.clamp(0.0, 1.0))).min(AN_HOUR)
    }
}

impl From<&Refusal> for Fault {
    fn from(refusal: &Refusal) -> Fault {
        Fault::new(refusal.status, &refusal.code, refusal.message.clone())
    }
}
