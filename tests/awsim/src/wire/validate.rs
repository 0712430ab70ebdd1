//! Holds values against the model: an operation's input against all of it, its output against
//! names and types.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::query::ec2_name;
use super::violation::{self, Step, Violation, Wrong};
use super::{Decoded, Route};
use crate::fault::Fault;
use crate::tables::{self, Operation, Ref, Service, Shape, Type};

/// Refuses what the model does not allow: unknown members, wrong types, missing members, values
/// out of their limits.
///
/// # Errors
/// The service's own fault for the first of these.
pub fn validate(
    service: &Service,
    operation: &Operation,
    route: &Route,
    decoded: &Decoded,
) -> Result<(), Fault> {
    let unknown =
        |path: &String| Violation { path: Vec::new(), value: None, wrong: Wrong::Unknown(path.clone()) };
    let mut walk = Walk::new(service, true);
    walk.found.extend(decoded.unknown.iter().map(unknown));
    if let Some(shape) = &operation.input {
        walk.value(service.shape(shape), &decoded.input);
    }
    if walk.found.is_empty() {
        return Ok(());
    }
    Err(violation::fault(service, route.protocol, &walk.found))
}

/// What in a handler's output has a name or type that the model does not: a bug of the handler.
pub fn output_mismatch(service: &Service, operation: &Operation, output: &Value) -> Option<String> {
    let mut walk = Walk::new(service, false);
    match &operation.output {
        Some(shape) => walk.value(service.shape(shape), output),
        None => return None,
    }
    walk.found.first().map(|violation| format!("{violation:?}"))
}

/// How many violations are told at most. AWS tells of several; how many is not known.
const MOST: usize = 100;

struct Walk<'t> {
    service: &'t Service,
    /// Limits and required members count too.
    limits: bool,
    path: Vec<Step>,
    found: Vec<Violation>,
}

impl<'t> Walk<'t> {
    fn new(service: &'t Service, limits: bool) -> Walk<'t> {
        Walk { service, limits, path: Vec::new(), found: Vec::new() }
    }

    fn report(&mut self, value: Option<&Value>, wrong: Wrong) {
        // One of those that decide about the error's kind is always among them.
        if self.found.len() >= MOST && (!wrong.structural() || self.found.len() >= 2 * MOST) {
            return;
        }
        let text = value.map(|value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        });
        self.found.push(Violation { path: self.path.clone(), value: text, wrong });
    }

    fn at(&mut self, step: Step, member: &Ref, value: &Value) {
        self.path.push(step);
        self.value(self.service.shape(&member.shape), value);
        self.path.pop();
    }

    fn value(&mut self, shape: &'t Shape, value: &Value) {
        match (shape.kind, value) {
            (Type::Structure, Value::Object(members)) => {
                for (name, value) in members {
                    match shape.members.get(name) {
                        Some(member) if !value.is_null() => {
                            self.at(Step::Member(name.clone(), ec2_name(member, name)), member, value);
                        }
                        Some(_) => {}
                        None => self.report(None, Wrong::Unknown(name.clone())),
                    }
                }
                if self.limits {
                    self.required(shape, value);
                }
            }
            (Type::List, Value::Array(elements)) => {
                if let Some(member) = &shape.member {
                    for (i, element) in elements.iter().enumerate() {
                        self.at(Step::Element(i + 1), member, element);
                    }
                }
                self.length(shape, value, elements.len());
            }
            (Type::Map, Value::Object(entries)) => {
                for (key, entry) in entries {
                    if let (Some(key_ref), Some(member)) = (&shape.key, &shape.value) {
                        self.at(Step::Key(key.clone()), key_ref, &Value::String(key.clone()));
                        self.at(Step::Key(key.clone()), member, entry);
                    }
                }
                self.length(shape, value, entries.len());
            }
            _ => self.scalar(shape, value),
        }
    }

    fn required(&mut self, shape: &'t Shape, value: &Value) {
        for name in &shape.required {
            if value[name].is_null() {
                let query_name = shape.members.get(name).map_or_else(|| name.clone(), |m| ec2_name(m, name));
                self.path.push(Step::Member(name.clone(), query_name));
                self.report(None, Wrong::Missing);
                self.path.pop();
            }
        }
    }

    fn scalar(&mut self, shape: &'t Shape, value: &Value) {
        match (shape.kind, value) {
            (Type::String, Value::String(text)) => self.string(shape, value, text),
            (Type::Blob, Value::String(_)) | (Type::Boolean, Value::Bool(_)) => {}
            (Type::Timestamp | Type::Float | Type::Double, Value::Number(number)) => {
                self.range(shape, value, number.as_f64());
            }
            (Type::Long, Value::Number(number)) if number.is_i64() => {
                self.range(shape, value, number.as_f64());
            }
            (Type::Integer, Value::Number(number))
                if number.as_i64().is_some_and(|n| i32::try_from(n).is_ok()) =>
            {
                self.range(shape, value, number.as_f64());
            }
            _ => self.report(shown(shape, value), Wrong::Type(shape.kind)),
        }
    }

    fn string(&mut self, shape: &'t Shape, value: &Value, text: &str) {
        if !self.limits {
            return;
        }
        if !shape.values.is_empty() && !shape.values.iter().any(|allowed| allowed == text) {
            self.report(shown(shape, value), Wrong::Enum(shape.values.clone()));
        }
        self.length(shape, value, text.chars().count());
        if let Some(pattern) = &shape.pattern
            && PATTERNS.get(pattern.as_str()).is_some_and(|regex| !regex.is_match(text))
        {
            self.report(shown(shape, value), Wrong::Pattern(pattern.clone()));
        }
    }

    fn length(&mut self, shape: &Shape, value: &Value, length: usize) {
        #[allow(clippy::cast_precision_loss)] // lengths of bodies that were read into memory
        let length = length as f64;
        if let Some(min) = shape.min.filter(|min| self.limits && length < *min) {
            self.report(shown(shape, value), Wrong::ShorterThan(min));
        }
        if let Some(max) = shape.max.filter(|max| self.limits && length > *max) {
            self.report(shown(shape, value), Wrong::LongerThan(max));
        }
    }

    fn range(&mut self, shape: &Shape, value: &Value, number: Option<f64>) {
        let Some(number) = number.filter(|_| self.limits) else { return };
        if let Some(min) = shape.min.filter(|min| number < *min) {
            self.report(Some(value), Wrong::LessThan(min));
        }
        if let Some(max) = shape.max.filter(|max| number > *max) {
            self.report(Some(value), Wrong::MoreThan(max));
        }
    }
}

/// The value, unless it is one that is not to be shown.
fn shown<'v>(shape: &Shape, value: &'v Value) -> Option<&'v Value> {
    Some(value).filter(|_| !shape.sensitive)
}

/// Every pattern of the tables, to match a whole value.
static PATTERNS: LazyLock<HashMap<&'static str, Regex>> = LazyLock::new(|| {
    let shapes = tables::services().iter().flat_map(|service| service.shapes.values());
    let patterns = shapes.filter_map(|shape| shape.pattern.as_deref());
    patterns.filter_map(|pattern| Some((pattern, whole(pattern).ok()?))).collect()
});

/// Compiles a pattern to match a whole value. ACM's domain names are the only ones that look ahead,
/// for a label that does not begin with a hyphen; said without, it begins with one of the others.
fn whole(pattern: &str) -> Result<Regex, regex::Error> {
    let pattern = pattern
        .replace("(?!-)[A-Za-z0-9-]{0,62}[A-Za-z0-9]", "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
        .replace("(?!-)[A-Za-z0-9-]{1,62}[A-Za-z0-9]", "[A-Za-z0-9][A-Za-z0-9-]{0,61}[A-Za-z0-9]");
    Regex::new(&format!("^(?:{pattern})$"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_of_the_tables_can_be_compiled() {
        for shape in tables::services().iter().flat_map(|service| service.shapes.values()) {
            if let Some(pattern) = &shape.pattern {
                whole(pattern).unwrap();
            }
        }
    }

    #[test]
    fn labels_of_acms_domain_names_neither_begin_nor_end_with_a_hyphen() {
        let shape = tables::service("acm").unwrap().shape("DomainNameString");
        let regex = whole(shape.pattern.as_deref().unwrap()).unwrap();
        let longest = format!("{}.net", "a".repeat(63));
        for name in ["a.net", "*.a.net", "a-b.x1.net", longest.as_str()] {
            assert!(regex.is_match(name), "{name}");
        }
        let too_long = format!("{}.net", "a".repeat(64));
        for name in ["-a.net", "a-.net", "a.-net", "a.n", "net", "*", "a..net", too_long.as_str()] {
            assert!(!regex.is_match(name), "{name}");
        }
    }
}
