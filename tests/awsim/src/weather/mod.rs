//! Weather: what befalls calls on their way, by a test's script or by chance from a seed. Throttles,
//! 5xx, denials, connections closed before a call takes effect, replies lost after it did, calls
//! that are never answered, slow replies, stale ones, a service that is away.
//!
//! The rules stand in order, and the first that befalls a call is the one that does; a delay is
//! looked for by itself, so that a throttle can be slow as well. A rule with a rate takes its share
//! of all calls that it is for: of two with 0.3 and 0.1, the one befalls 30 and the other 10 of a
//! hundred calls. What no rule before it left over a rule cannot take.
//!
//! Chance depends on the seed, the operation, and how many calls of that operation there were since
//! the weather was set ([`draw::Draws`]), and on nothing else: the same seed gives the same calls of
//! an operation the same weather, whatever is called in between. `skip` and `times` count the calls
//! that a rule is for in the order in which they come, of all the operations that it is for.
//!
//! Weather is found after the operation is known and before the signature is looked at.

pub mod answer;
pub mod draw;
pub mod effect;
pub mod exhausted;
pub mod forecast;
mod pass;
pub mod preset;
pub mod rule;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::clock::SimTime;
use draw::Draws;
pub use effect::{Effect, Hang, Refusal, Slow, Stale};
pub use forecast::Forecast;
pub(crate) use pass::Target;
pub use preset::Preset;
pub use rule::Rule;

/// The weather: the rules in force and the seed of chance. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Weather {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    seed: u64,
    rules: Vec<Rule>,
    /// Calls so far, by service and operation.
    calls: HashMap<(String, String), u64>,
}

/// What befalls one call.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Befallen {
    /// But for [`Effect::Slow`].
    pub effect: Option<Effect>,
    /// How late the reply comes, of real time.
    pub delay: Duration,
    /// How long what was is to be remembered, for the stale calls that may come.
    pub memory: Duration,
    /// Which of several errors it is, 0 to 1.
    which: f64,
}

impl Weather {
    /// Adds a rule.
    pub fn inject(&self, rule: Rule) {
        self.with(|state| state.rules.push(rule));
    }

    /// These rules and no others, and chance from the beginning of `seed`.
    pub fn set(&self, seed: u64, rules: Vec<Rule>) {
        self.with(|state| *state = State { seed, rules, calls: HashMap::new() });
    }

    /// Removes every rule; the seed is 0 again.
    pub fn clear(&self) {
        self.set(0, Vec::new());
    }

    /// The rules that are still in force.
    pub fn rules(&self) -> Vec<Rule> {
        self.with(|state| state.rules.clone())
    }

    /// Seed and rules in force, as [`Forecast`] reads them.
    pub fn to_json(&self) -> Value {
        self.with(|state| json!({"seed": state.seed, "rules": state.rules}))
    }

    /// What befalls this call. It is counted, and so is what befalls it.
    pub fn befalls(&self, service: &str, operation: &str, now: SimTime) -> Befallen {
        self.with(|state| {
            state.rules.retain(|rule| rule.lasts(now));
            if state.rules.is_empty() {
                return Befallen::default();
            }
            let number = state.calls.entry((service.to_owned(), operation.to_owned())).or_default();
            let draws = Draws::of(state.seed, service, operation, *number);
            *number += 1;
            let memory = state.rules.iter().map(Rule::memory).max().unwrap_or_default();
            let mut met = Befallen { which: draws.which, memory, ..Befallen::default() };
            let begun = |rule: &&mut Rule| rule.is_for(service, operation) && rule.begun(now);
            meet(state.rules.iter_mut().filter(begun), draws, &mut met);
            state.rules.retain(|rule| rule.lasts(now));
            met
        })
    }

    fn with<T>(&self, f: impl FnOnce(&mut State) -> T) -> T {
        f(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Finds the first effect and the first delay among the rules for a call.
fn meet<'a>(rules: impl Iterator<Item = &'a mut Rule>, draws: Draws, met: &mut Befallen) {
    // What is left of each draw when the rules before took their share.
    let (mut fate, mut pace) = (draws.fate, draws.pace);
    let mut slow = false;
    for rule in rules {
        let delays = matches!(rule.effect, Effect::Slow(_));
        if if delays { slow } else { met.effect.is_some() } {
            continue;
        }
        if rule.skip > 0 {
            rule.skip -= 1;
            continue;
        }
        let left = if delays { &mut pace } else { &mut fate };
        if *left >= rule.rate {
            *left -= rule.rate;
            continue;
        }
        rule.times = rule.times.map(|times| times.saturating_sub(1));
        if let Effect::Slow(span) = &rule.effect {
            slow = true;
            met.delay = span.delay(draws.delay);
        } else {
            met.effect = Some(rule.effect.clone());
        }
    }
}
