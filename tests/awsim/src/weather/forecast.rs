//! Weather as people write it: JSON or YAML, checked.

use std::time::Duration;

use serde::Deserialize;

use super::effect::Effect;
use super::preset::Preset;
use super::rule::Rule;
use crate::clock::{Seconds, SimTime};
use crate::ec2::filter::like;
use crate::tables::{self, Service};

/// A seed and rules, `{"seed": 7, "rules": [{"preset": "storm", "service": "elbv2"}]}`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forecast {
    /// Where chance comes from: the same seed and calls give the same weather.
    #[serde(default)]
    pub seed: u64,
    /// What befalls which calls, in order.
    #[serde(default)]
    pub rules: Vec<Said>,
}

/// One rule, or those of a preset. It has either `effect` or `preset`; the rest narrows it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// What befalls the calls.
    #[serde(default)]
    effect: Option<Effect>,
    /// Rules by name; they can be narrowed by all but `rate`, `skip` and `times`.
    #[serde(default)]
    preset: Option<Preset>,
    /// See [`Rule::service`].
    #[serde(default)]
    service: Option<String>,
    /// See [`Rule::operation`].
    #[serde(default)]
    operation: Option<String>,
    /// See [`Rule::rate`].
    #[serde(default)]
    rate: Option<f64>,
    /// See [`Rule::skip`].
    #[serde(default)]
    skip: Option<u32>,
    /// See [`Rule::times`].
    #[serde(default)]
    times: Option<u32>,
    /// See [`Rule::from`].
    #[serde(default)]
    from: Option<SimTime>,
    /// See [`Rule::until`].
    #[serde(default)]
    until: Option<SimTime>,
    /// In place of `from`: so many simulated seconds from now.
    #[serde(default, with = "Lapse")]
    after: Option<Duration>,
    /// In place of `until`: so many simulated seconds from when it begins.
    #[serde(default, with = "Lapse")]
    lasts: Option<Duration>,
}

/// [`Seconds`] that may be left out.
struct Lapse;

impl Lapse {
    fn deserialize<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
        Seconds::deserialize(deserializer).map(Some)
    }
}

impl Forecast {
    /// Reads JSON or YAML.
    ///
    /// # Errors
    /// Where it is none, in words.
    pub fn read(text: &str) -> Result<Forecast, String> {
        let forecast: Forecast = serde_saphyr::from_str(text).map_err(|e| e.to_string())?;
        forecast.rules(SimTime(0))?;
        Ok(forecast)
    }

    /// A preset and nothing else.
    pub fn of(preset: Preset) -> Forecast {
        Forecast { seed: 0, rules: vec![Said { preset: Some(preset), ..Said::default() }] }
    }

    /// The rules, if they come into force at `now`.
    ///
    /// # Errors
    /// The first rule that is none, in words.
    pub fn rules(&self, now: SimTime) -> Result<Vec<Rule>, String> {
        let rules: Result<Vec<_>, _> = self.rules.iter().map(|said| said.rules(now)).collect();
        Ok(rules?.into_iter().flatten().collect())
    }
}

impl Said {
    /// The rules that it stands for, if it comes into force at `now`.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn rules(&self, now: SimTime) -> Result<Vec<Rule>, String> {
        self.check_names()?;
        let rules = match (&self.effect, self.preset) {
            (Some(effect), None) => vec![self.rule(effect)?],
            (None, Some(_)) if self.rate.or(self.skip.or(self.times).map(f64::from)).is_some() => {
                return Err("a preset has neither rate nor skip nor times".to_owned());
            }
            (None, Some(preset)) => preset.rules(),
            _ => return Err("a rule has either an effect or a preset".to_owned()),
        };
        let (from, until) = self.window(now)?;
        let (service, operation) = (&self.service, &self.operation);
        let narrowed =
            |rule| Rule { service: service.clone(), operation: operation.clone(), from, until, ..rule };
        let rules: Vec<Rule> = rules.into_iter().map(narrowed).collect();
        rules.iter().try_for_each(Said::check_befalls)?;
        Ok(rules)
    }

    fn rule(&self, effect: &Effect) -> Result<Rule, String> {
        effect.check()?;
        let rate = self.rate.unwrap_or(1.0);
        if !(0.0..=1.0).contains(&rate) {
            return Err(format!("rate: {rate} is not within 0 and 1"));
        }
        Ok(Rule { times: self.times, ..Rule::all(effect.clone()).rate(rate).skip(self.skip.unwrap_or(0)) })
    }

    fn window(&self, now: SimTime) -> Result<(Option<SimTime>, Option<SimTime>), String> {
        if self.from.is_some() && self.after.is_some() || self.until.is_some() && self.lasts.is_some() {
            return Err("a rule has either from or after, and either until or lasts".to_owned());
        }
        let from = self.from.or(self.after.map(|after| now + after));
        Ok((from, self.until.or(self.lasts.map(|lasts| from.unwrap_or(now) + lasts))))
    }

    /// A rule that can befall nothing is a slip.
    fn check_names(&self) -> Result<(), String> {
        let there = tables::services().iter();
        let meant: Vec<&Service> =
            there.clone().filter(|s| self.service.as_ref().is_none_or(|name| *name == s.name)).collect();
        if let (true, Some(name)) = (meant.is_empty(), &self.service) {
            let names: Vec<&str> = there.map(|service| service.name.as_str()).collect();
            return Err(format!("there is no service {name}, but {}", names.join(", ")));
        }
        let Some(pattern) = &self.operation else { return Ok(()) };
        let mut operations = meant.iter().flat_map(|service| service.operations.keys());
        if operations.any(|name| like(pattern, name)) {
            return Ok(());
        }
        Err(format!("no operation that is served fits {pattern}"))
    }

    /// Nor is one whose effect spares all that it is for.
    fn check_befalls(rule: &Rule) -> Result<(), String> {
        let befalls = |service: &Service| {
            service.operations.keys().any(|operation| rule.is_for(&service.name, operation))
        };
        if tables::services().iter().any(befalls) {
            return Ok(());
        }
        Err(format!("{}: none of these operations is ever met by it", rule.effect.name()))
    }
}
