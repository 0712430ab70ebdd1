//! Eventual consistency: reads that lag behind writes, and writes that do not know yet of what
//! they refer to. Off unless [`crate::world::Options::consistency`] is on.
//!
//! No handler knows of it. What each service of a region was is kept for a while ([`history`]); a
//! read that lags runs the same handler on that, a write is tried on it first and refused if it
//! finds nothing there. Which operations lag by how much, and from which source, says [`lags`].
//!
//! Lags are simulated time: at sixty times the pace, two seconds are 33 ms. On a clock that stands
//! still what was just written is not seen until the clock is moved. What is not changed for
//! longer than the longest lag is seen as it is by everyone. A page's token names the item before
//! it, so that it holds whichever replica is asked next. States that pass by themselves
//! (provisioning, deleting) are not behind; they have their own durations. What the data path and
//! health checks do is never behind, and a read that is leaves no trace (LastAccessedDate).

pub mod history;
pub mod lags;
#[cfg(test)]
mod tests;

use std::mem;
use std::time::Duration;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use crate::clock::SimTime;
use crate::fault::Fault;
use crate::ids::Ids;
use crate::recorder::mutating;
use crate::world::{Call, Handler};

pub use history::History;
pub use lags::{Lag, Lags};

/// Draws how far behind each call is.
#[derive(Debug)]
pub struct Consistency {
    /// The longest lags.
    pub lags: Lags,
    /// History is kept for so long whatever the switch says; see [`Consistency::keep_for`].
    kept: Duration,
    rng: ChaCha8Rng,
}

/// How one call is to be served.
#[derive(Clone, Debug)]
pub struct Way<'a> {
    service: &'a str,
    operation: &'a str,
    /// The moment that the replica has come to; `None`: the present.
    moment: Option<SimTime>,
    /// How long what is changed is to be remembered; zero: not at all.
    horizon: Duration,
    /// How far behind the call was found to be, see [`Way::behind`].
    behind: Duration,
}

impl Way<'_> {
    /// Once served: how far behind the truth the call was, in simulated time. Zero where what it is
    /// about has not changed since, and for a change that the truth decided.
    pub fn behind(&self) -> Duration {
        self.behind
    }
}

impl Consistency {
    /// The default lags; draws come from `seed`.
    pub fn new(seed: u64) -> Consistency {
        let rng = ChaCha8Rng::seed_from_u64(seed ^ 0x1a65);
        Consistency { lags: Lags::default(), kept: Duration::ZERO, rng }
    }

    /// From now on remembers what things were for at least so long, though the switch be off: calls
    /// can then be made stale one by one, with [`Consistency::way`]'s `stale`.
    pub fn keep_for(&mut self, lag: Duration) {
        self.kept = self.kept.max(lag);
    }

    /// How a call is to be served at `now`. `on`: whether calls lag by themselves; `stale`: this one is
    /// behind by so much in any case, as far back as is remembered.
    pub fn way<'a>(
        &mut self,
        (service, operation): (&'a str, &'a str),
        on: bool,
        stale: Option<Duration>,
        now: SimTime,
    ) -> Way<'a> {
        let moment = match (stale, self.lags.of(service, operation)) {
            (Some(stale), _) => before(now, stale),
            (None, lag) if on => self.draw(lag, now),
            (None, _) => None,
        };
        let horizon = if on { self.kept.max(self.lags.longest()) } else { self.kept };
        Way { service, operation, moment, horizon, behind: Duration::ZERO }
    }

    /// The moment that the call sees; `None` for the present.
    fn draw(&mut self, lag: Lag, now: SimTime) -> Option<SimTime> {
        match lag {
            Lag::None => None,
            Lag::Replica(longest) => {
                let meets = self.rng.random_bool(self.lags.share.clamp(0.0, 1.0));
                let lag = longest.mul_f64(self.rng.random::<f64>());
                before(now, lag).filter(|_| meets)
            }
            Lag::Index(every) => {
                let every = millis(every);
                (every > 0).then(|| SimTime(now.0 - now.0 % every))
            }
        }
    }
}

/// The moment `lag` before `now`; `None` where that is now.
fn before(now: SimTime, lag: Duration) -> Option<SimTime> {
    let lag = millis(lag);
    (lag > 0).then(|| SimTime(now.0.saturating_sub(lag)))
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Runs the handler of a call, and notes in `way` how far behind that was.
///
/// # Errors
/// What the handler refuses, on the present state or on that which the call sees.
pub fn serve(
    handler: Handler,
    call: &mut Call<'_>,
    input: &Value,
    way: &mut Way<'_>,
) -> Result<Value, Fault> {
    let seen = lags::seen(way.service);
    // Where nothing has changed since that moment, it is the present.
    let old = way.moment.and_then(|moment| Some((moment, call.region.history.true_until(seen, moment)?)));
    let behind = old.map(|(moment, _)| call.now.since(moment)).unwrap_or_default();
    match old {
        Some(old) if !mutating(way.operation) => {
            way.behind = behind;
            return look(handler, call, input, seen, old);
        }
        Some(old) => rehearse(handler, call, input, way, old).inspect_err(|_| way.behind = behind)?,
        None => {}
    }
    if !mutating(way.operation) { handler(call, input) } else { change(handler, call, input, way) }
}

/// Runs a handler that reads on what the services `seen` were at a moment.
fn look(
    handler: Handler,
    call: &mut Call<'_>,
    input: &Value,
    seen: history::Services,
    (moment, mut now): (SimTime, SimTime),
) -> Result<Value, Fault> {
    let past = Instead::of(call, |call| {
        History::exchange(call.region, seen, moment);
        mem::swap(&mut call.now, &mut now);
    });
    handler(past.call, input)
}

/// Tries a change on copies of what the services were at a moment.
///
/// # Errors
/// What the change is refused with there, if that comes of not knowing the latest.
fn rehearse(
    handler: Handler,
    call: &mut Call<'_>,
    input: &Value,
    way: &Way<'_>,
    (moment, mut now): (SimTime, SimTime),
) -> Result<(), Fault> {
    let (seen, written) = (lags::seen(way.service), lags::written(way.service));
    let mut copies = history::Copies::new(call.region, seen, written, moment);
    let mut ids = Ids::new(0);
    let mut names = call.domain_names.clone();
    let past = Instead::of(call, |call| {
        copies.exchange(call.region);
        mem::swap(call.ids, &mut ids);
        mem::swap(call.domain_names, &mut names);
        mem::swap(&mut call.now, &mut now);
    });
    let asked = past.call.used.len();
    let tried = handler(past.call, input);
    past.call.held = None;
    past.call.used.truncate(asked);
    match tried {
        Err(fault) if lags::for_want_of_news(way.service, &fault) => Err(fault),
        _ => Ok(()),
    }
}

/// Runs a handler that changes what is, and remembers what that was.
fn change(handler: Handler, call: &mut Call<'_>, input: &Value, way: &Way<'_>) -> Result<Value, Fault> {
    if way.horizon.is_zero() {
        return handler(call, input);
    }
    let kept = History::keep(call.region, lags::kept(way.service, way.operation), call.now, way.horizon);
    let result = handler(call, input);
    if result.is_err() {
        History::forget(call.region, &kept);
    }
    result
}

/// A call on something else in the place of what is, until this is dropped.
struct Instead<'c, 'a, F: FnMut(&mut Call<'a>)> {
    call: &'c mut Call<'a>,
    /// Exchanges the one for the other.
    exchange: F,
}

impl<'c, 'a, F: FnMut(&mut Call<'a>)> Instead<'c, 'a, F> {
    fn of(call: &'c mut Call<'a>, mut exchange: F) -> Self {
        exchange(call);
        Instead { call, exchange }
    }
}

impl<'a, F: FnMut(&mut Call<'a>)> Drop for Instead<'_, 'a, F> {
    fn drop(&mut self) {
        (self.exchange)(self.call);
    }
}
