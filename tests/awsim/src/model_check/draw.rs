//! Inputs from the service model: required members always, others at times, values that the
//! model allows mostly, and what earlier answers named wherever there is something.

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value, json};

use super::pool::Pool;
use crate::tables::{Operation, Service, Shape, Type};

/// Members that would only refuse or switch off what is to be seen.
const LEFT_OUT: [&str; 2] = ["DryRun", "Filters"];

/// A draw from one service's model.
pub(super) struct Draw<'a> {
    pub(super) service: &'static Service,
    pub(super) pool: &'a Pool,
    pub(super) rng: &'a mut ChaCha8Rng,
}

impl Draw<'_> {
    /// An input of the operation.
    pub(super) fn input(&mut self, operation: &Operation) -> Value {
        match &operation.input {
            Some(shape) => self.structure(self.service.shape(shape), 0),
            None => json!({}),
        }
    }

    /// Fills in the idempotency token, as every client of AWS does.
    pub(super) fn fill_in_token(&mut self, operation: &Operation, input: &mut Value) {
        let Some(shape) = &operation.input else { return };
        let members = &self.service.shape(shape).members;
        for (name, _) in members.iter().filter(|(_, member)| member.idempotency_token) {
            if input[name].is_null() {
                input[name] = json!(format!("token-{:032}", self.rng.random::<u64>()));
            }
        }
    }

    fn structure(&mut self, shape: &Shape, depth: u32) -> Value {
        let mut members = Map::new();
        for (name, member) in &shape.members {
            let known = self.pool.any(name, self.rng).is_some();
            let often = if known { 0.5 } else { 0.15 / f64::from(depth + 1) };
            let left_out = LEFT_OUT.contains(&name.as_str()) || !self.rng.random_bool(often);
            if !shape.required.contains(name) && left_out {
                continue;
            }
            members.insert(name.clone(), self.value(name, self.service.shape(&member.shape), depth + 1));
        }
        Value::Object(members)
    }

    fn value(&mut self, name: &str, shape: &Shape, depth: u32) -> Value {
        match shape.kind {
            Type::Structure if depth > 6 => json!({}),
            Type::Structure => self.structure(shape, depth),
            Type::List => {
                let count = self.rng.random_range(1..=2);
                let element = shape.member.as_ref().map(|member| self.service.shape(&member.shape));
                element.map_or(json!([]), |element| {
                    (0..count).map(|_| self.value(name, element, depth + 1)).collect()
                })
            }
            Type::Map => self.map(shape, depth),
            Type::String => json!(self.text(name, shape)),
            Type::Integer | Type::Long => json!(self.whole(shape)),
            Type::Float | Type::Double => json!(f64::from(self.rng.random_range(0_u32..100)) / 4.0),
            Type::Boolean => json!(self.rng.random_bool(0.5)),
            Type::Timestamp => json!(1_800_000_000 + self.rng.random_range(0..100_000)),
            Type::Blob => json!("bW9kZWw="),
        }
    }

    fn map(&mut self, shape: &Shape, depth: u32) -> Value {
        let (Some(key), Some(value)) = (&shape.key, &shape.value) else { return json!({}) };
        let (key, value) = (self.service.shape(&key.shape), self.service.shape(&value.shape));
        let key = self.text("Key", key);
        let mut entries = Map::new();
        entries.insert(key, self.value("Value", value, depth + 1));
        Value::Object(entries)
    }

    fn text(&mut self, name: &str, shape: &Shape) -> String {
        if let Some(value) = shape.values.choose(self.rng) {
            return value.clone();
        }
        match self.pool.any(name, self.rng) {
            Some(known) if self.rng.random_bool(0.9) => known.to_owned(),
            _ => {
                ["a", "b", "model-check", "/model/check"].choose(self.rng).copied().unwrap_or("a").to_owned()
            }
        }
    }

    fn whole(&mut self, shape: &Shape) -> i64 {
        #[expect(clippy::cast_possible_truncation, reason = "bounds in the models are whole and small")]
        let bound = |value: Option<f64>, default: i64| value.map_or(default, |value| value as i64);
        let least = bound(shape.min, 1);
        let greatest = bound(shape.max, least + 100).min(least + 100);
        self.rng.random_range(least..=greatest.max(least))
    }
}
