//! What the rates of token buckets are set to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::class::{self, CLASSES};
use crate::tables;

/// How a bucket fills.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Tokens a second.
    #[serde(rename = "rate")]
    pub refill: f64,
    /// Tokens when full: calls at once.
    pub burst: f64,
}

/// What is set, by name: `{"rate": 4, "burst": 20}`, `"off"` for no limit, `"default"` for AWS's own.
/// A name is a class's (`elbv2:register`) or that of one operation (`apigatewayv2:CreateApi`). The name
/// `scale` takes a number.
pub type Changes = BTreeMap<String, Value>;

/// The rates as they are set.
#[derive(Clone, Debug, PartialEq)]
pub struct Rates {
    scale: f64,
    /// `None` is no limit.
    set: BTreeMap<String, Option<Rate>>,
}

impl Default for Rates {
    /// AWS's own.
    fn default() -> Rates {
        Rates { scale: 1.0, set: BTreeMap::new() }
    }
}

impl Rates {
    /// How many times as fast as AWS's all buckets fill. What they hold stays.
    pub fn scale(&self) -> f64 {
        self.scale
    }

    /// Makes changes, all or none.
    ///
    /// # Errors
    /// What is wrong with them: an unknown name (with the names there are), a value that is none.
    pub fn change(&mut self, changes: &Changes) -> Result<(), String> {
        let mut changed = self.clone();
        for (name, value) in changes {
            if name == "scale" {
                changed.scale = value
                    .as_f64()
                    .filter(|scale| scale.is_finite() && *scale > 0.0)
                    .ok_or_else(|| format!("scale: {value} is not a number above 0"))?;
                continue;
            }
            known(name)?;
            match value {
                Value::String(word) if word == "default" => {
                    changed.set.remove(name);
                }
                // YAML reads `off` as false.
                Value::Bool(false) => {
                    changed.set.insert(name.clone(), None);
                }
                Value::String(word) if word == "off" => {
                    changed.set.insert(name.clone(), None);
                }
                _ => {
                    changed.set.insert(name.clone(), Some(rate(name, value)?));
                }
            }
        }
        *self = changed;
        Ok(())
    }

    /// Makes a seed's changes, where nothing else was set: what the command line says stands.
    ///
    /// # Errors
    /// As [`Rates::change`].
    pub fn seed(&mut self, changes: &Changes) -> Result<(), String> {
        let mut seeded = Rates::default();
        seeded.change(changes)?;
        if self.scale != Rates::default().scale {
            seeded.scale = self.scale;
        }
        seeded.set.extend(std::mem::take(&mut self.set));
        *self = seeded;
        Ok(())
    }

    /// The buckets that a call falls under, by name, and how they fill. What is set for the operation
    /// itself is for the bucket that it has of its own, and makes one where it had none.
    pub(super) fn buckets(&self, service: &str, operation: &str, input: &Value) -> Vec<(String, Rate)> {
        let own = format!("{service}:{operation}");
        let set = |name: &str| self.set.get(name).copied();
        let (mut buckets, mut has_own) = (Vec::new(), false);
        for name in class::of(service, operation, input) {
            let full = format!("{service}:{name}");
            let class = class::named(&full);
            let default = class.map(|class| class.rate);
            let each = class.is_some_and(|class| class.each);
            has_own |= each || name == operation;
            let rate = if each { set(&own).or_else(|| set(&full)) } else { set(&full) };
            let bucket = match name {
                "describe-everything" => format!("{own} of everything"),
                _ if each => own.clone(),
                _ => full,
            };
            buckets.push((bucket, rate.unwrap_or(default)));
        }
        if !has_own {
            buckets.push((own.clone(), set(&own).flatten()));
        }
        let scaled = |rate: Rate| Rate { refill: rate.refill * self.scale, ..rate };
        buckets.into_iter().filter_map(|(name, rate)| Some((name, scaled(rate?)))).collect()
    }

    /// How the bucket of a shared class fills. `None`: there is none.
    pub fn of_class(&self, name: &str) -> Option<Rate> {
        let set = self.set.get(name).copied();
        let rate = set.unwrap_or_else(|| class::named(name).map(|class| class.rate))?;
        Some(Rate { refill: rate.refill * self.scale, ..rate })
    }

    /// All classes and what else is set, as `GET /_awsim/throttles` tells them; `null` is no limit.
    pub fn to_json(&self) -> Value {
        let classes = CLASSES.iter().map(|class| {
            let now = self.set.get(class.name).copied().unwrap_or(Some(class.rate));
            let told = json!({
                "value": now,
                "default": class.rate,
                "eachOperation": class.each,
                "source": class.source,
            });
            (class.name.to_owned(), told)
        });
        let others = self.set.iter().filter(|(name, _)| class::named(name).is_none());
        let others = others.map(|(name, rate)| (name.clone(), json!({"value": rate, "default": null})));
        Value::Object(classes.chain(others).collect::<Map<String, Value>>())
    }
}

/// Whether there is such a class or such an operation.
fn known(name: &str) -> Result<(), String> {
    let operation = name.split_once(':').is_some_and(|(service, operation)| {
        tables::service(service).is_some_and(|service| service.operations.contains_key(operation))
    });
    if operation || class::named(name).is_some() {
        return Ok(());
    }
    let names: Vec<&str> = CLASSES.iter().map(|class| class.name).collect();
    let names = names.join(", ");
    Err(format!(
        "there is no throttle {name}; there are scale, every operation as SERVICE:OPERATION, {names}"
    ))
}

fn rate(name: &str, value: &Value) -> Result<Rate, String> {
    let rate = Rate::deserialize(value).map_err(|e| format!("{name}: {e}"))?;
    let sound = |number: f64| number.is_finite() && number >= 0.0;
    if !sound(rate.refill) || !sound(rate.burst) {
        return Err(format!("{name}: rate and burst must be 0 or greater"));
    }
    Ok(rate)
}

/// Reads `NAME=RATE/BURST`, as the command line has it.
///
/// # Errors
/// What is wrong with it.
pub fn argument(text: &str) -> Result<(String, Value), String> {
    let form = "must be NAME=RATE/BURST, NAME=off or NAME=default";
    let (name, value) = text.split_once('=').ok_or(form)?;
    let value = match value.split_once('/') {
        None => json!(value),
        Some((rate, burst)) => {
            let number = |text: &str| text.parse::<f64>().map_err(|_| format!("{text} is no number; {form}"));
            json!({"rate": number(rate)?, "burst": number(burst)?})
        }
    };
    let given = (name.to_owned(), value);
    // Only to tell at once what is wrong.
    Rates::default().change(&Changes::from([given.clone()]))?;
    Ok(given)
}
