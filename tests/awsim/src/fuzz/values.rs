//! Inputs by their shapes: mostly such as the model allows, of objects that there are where any are known.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value, json};

use crate::tables::{Operation, Service, Shape, Type};

/// What inputs are made of.
pub struct Source {
    pub rng: ChaCha8Rng,
    /// Ids, ARNs and names that replies had.
    pub known: Vec<String>,
}

impl Source {
    /// Whether something of that chance, in percent, comes to pass.
    pub fn chance(&mut self, percent: u32) -> bool {
        self.rng.random_range(0..100) < percent
    }

    pub fn any<'l, T>(&mut self, of: &'l [T]) -> &'l T {
        &of[self.rng.random_range(0..of.len())]
    }

    /// Learns the ids that a reply names.
    pub fn learn(&mut self, reply: &[u8]) {
        let text = String::from_utf8_lossy(reply);
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || "-_:/.".contains(c)));
        for word in words.filter(|w| (7..200).contains(&w.len()) && w.contains(|c: char| c.is_ascii_digit()))
        {
            if self.known.len() < 400 {
                self.known.push(word.to_owned());
            } else {
                let at = self.rng.random_range(0..self.known.len());
                word.clone_into(&mut self.known[at]);
            }
        }
    }

    pub fn input(&mut self, service: &Service, operation: &Operation) -> Value {
        match &operation.input {
            Some(shape) => self.value(service, service.shape(shape), 0),
            None => json!({}),
        }
    }

    fn value(&mut self, service: &Service, shape: &Shape, depth: usize) -> Value {
        let number = |source: &mut Source| {
            let (min, max) = (shape.min.unwrap_or(0.0), shape.max.unwrap_or(1000.0).min(1e9));
            min + (max - min).max(0.0) * source.rng.random::<f64>()
        };
        match shape.kind {
            Type::Structure => self.structure(service, shape, depth),
            Type::List => {
                let of = shape.member.as_ref().map(|member| service.shape(&member.shape));
                let count = if depth > 6 { 0 } else { self.rng.random_range(0..3) };
                (0..count).filter_map(|_| of.map(|of| self.value(service, of, depth + 1))).collect()
            }
            Type::Map => {
                let of = shape.value.as_ref().map(|value| service.shape(&value.shape));
                let count = if depth > 6 { 0 } else { self.rng.random_range(0..3) };
                let entry = |n| Some((format!("key{n}"), self.value(service, of?, depth + 1)));
                Value::Object((0..count).filter_map(entry).collect())
            }
            Type::String => Value::String(self.text(shape)),
            Type::Blob => json!("MAA="),
            Type::Boolean => json!(self.chance(50)),
            #[allow(clippy::cast_possible_truncation)] // bounded above
            Type::Integer | Type::Long => json!(number(self) as i64),
            Type::Float | Type::Double => json!(number(self)),
            Type::Timestamp => json!(1_800_000_000),
        }
    }

    fn structure(&mut self, service: &Service, shape: &Shape, depth: usize) -> Value {
        let mut members = Map::new();
        for (name, member) in &shape.members {
            let wanted = shape.required.contains(name) || (depth < 5 && self.chance(35 >> depth));
            if name == "DryRun" || !wanted {
                continue;
            }
            members.insert(name.clone(), self.value(service, service.shape(&member.shape), depth + 1));
        }
        Value::Object(members)
    }

    fn text(&mut self, shape: &Shape) -> String {
        const WORDS: [&str; 16] = [
            "a",
            "shop",
            "10.0.0.0/16",
            "tcp",
            "443",
            "vpc-id",
            "10.0.8.9",
            "HTTP_PROXY",
            "GET /a",
            "$default",
            "*.shop.example",
            "shop.example.",
            "TCP",
            "HTTP",
            "true",
            "{\"Version\":\"2012-10-17\"}",
        ];
        if !shape.values.is_empty() && self.chance(90) {
            return self.any(&shape.values).clone();
        }
        if !self.known.is_empty() && self.chance(70) {
            let at = self.rng.random_range(0..self.known.len());
            return self.known[at].clone();
        }
        (*self.any(&WORDS)).to_owned()
    }

    /// Puts something into a value that does not belong there.
    pub fn twist(&mut self, value: &mut Value) {
        match value {
            Value::Object(members) if !members.is_empty() && self.chance(75) => {
                let at = self.rng.random_range(0..members.len());
                if let Some(member) = members.values_mut().nth(at) {
                    self.twist(member);
                }
            }
            Value::Array(elements) if !elements.is_empty() && self.chance(75) => {
                let at = self.rng.random_range(0..elements.len());
                self.twist(&mut elements[at]);
            }
            Value::Object(members) if self.chance(50) => {
                members.insert("NobodyKnowsThis".to_owned(), json!({"a": [1]}));
            }
            _ => *value = self.strange(),
        }
    }

    fn strange(&mut self) -> Value {
        match self.rng.random_range(0..16) {
            0 => Value::Null,
            1 => json!(true),
            2 => json!(-1),
            3 => json!(i64::MIN),
            4 => json!(u64::MAX),
            5 => json!(1e308),
            6 => json!(0.5),
            7 => json!(""),
            8 => json!("x".repeat(5000)),
            9 => json!("\u{0}\u{1}\u{fffe}\u{202e}\u{1f600}<&>\"'"),
            10 => (0..100).fold(json!([]), |inner, _| json!([inner])),
            11 => (0..100).fold(json!({}), |inner, _| json!({"a": inner})),
            12 => json!([[], {}, null]),
            13 => json!({"a": {"b": null}}),
            14 => json!(vec!["x"; 300]),
            _ => json!("*?*?*\\"),
        }
    }
}
