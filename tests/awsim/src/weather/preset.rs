//! Weather by name.

use serde::Deserialize;

use super::effect::{Effect, Slow};
use super::rule::Rule;

/// Rules that go together. The rates are made up: they are no figures of AWS, which publishes none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// A common day: 3 % throttled, 1 % 5xx, 0.2 % of the replies lost, replies 5 to 50 ms late.
    Breeze,
    /// A very bad day: 30 % throttled, 10 % 5xx, 2 % of the replies lost, replies 50 to 500 ms late.
    Storm,
    /// Away: half of the connections closed, for the rest 503 without an error of the service.
    Outage,
}

impl Preset {
    /// Every preset.
    pub const ALL: [Preset; 3] = [Preset::Breeze, Preset::Storm, Preset::Outage];

    /// As in JSON and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Preset::Breeze => "breeze",
            Preset::Storm => "storm",
            Preset::Outage => "outage",
        }
    }

    /// The preset of that name.
    pub fn named(name: &str) -> Option<Preset> {
        Preset::ALL.into_iter().find(|preset| preset.name() == name)
    }

    /// Its rules, for every call and until cleared.
    pub fn rules(self) -> Vec<Rule> {
        let some = |effect, rate| Rule::all(effect).rate(rate);
        let mixed = |[throttled, failed, lost]: [f64; 3], min_ms, max_ms| {
            vec![
                some(Effect::Throttle, throttled),
                some(Effect::ServerError, failed),
                some(Effect::LoseReply, lost),
                Rule::all(Effect::Slow(Slow { min_ms, max_ms })),
            ]
        };
        match self {
            Preset::Breeze => mixed([0.03, 0.01, 0.002], 5, 50),
            Preset::Storm => mixed([0.3, 0.1, 0.02], 50, 500),
            Preset::Outage => vec![some(Effect::Reset, 0.5), Rule::all(Effect::Unavailable)],
        }
    }
}
