//! Holds values against the model: an operation's input against all of it, its output against
//! names and types.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Number, Value};

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

/// One step on the way to a value, borrowed: most values are as they should be, and their way is
/// never told.
#[derive(Clone, Copy)]
enum Place<'p> {
    Member(&'p str, Option<&'p Ref>),
    Element(usize),
    Key(&'p str),
}

impl Place<'_> {
    fn step(self) -> Step {
        match self {
            Place::Member(name, member) => {
                let query_name = member.map_or(name.into(), |member| ec2_name(member, name));
                Step::Member(name.to_owned(), query_name.into_owned())
            }
            Place::Element(number) => Step::Element(number),
            Place::Key(key) => Step::Key(key.to_owned()),
        }
    }
}

struct Walk<'p> {
    service: &'p Service,
    /// Limits and required members count too.
    limits: bool,
    path: Vec<Place<'p>>,
    found: Vec<Violation>,
}

impl<'p> Walk<'p> {
    fn new(service: &'p Service, limits: bool) -> Walk<'p> {
        Walk { service, limits, path: Vec::new(), found: Vec::new() }
    }

    /// Notes what is wrong with a value, which is told as `value` unless that is `None`.
    fn report(&mut self, value: Option<String>, wrong: Wrong) {
        // One of those that decide about the error's kind is always among them.
        if self.found.len() >= MOST && (!wrong.structural() || self.found.len() >= 2 * MOST) {
            return;
        }
        let path = self.path.iter().map(|place| place.step()).collect();
        self.found.push(Violation { path, value, wrong });
    }

    fn at(&mut self, place: Place<'p>, member: &'p Ref, value: &'p Value) {
        self.path.push(place);
        self.value(self.service.shape(&member.shape), value);
        self.path.pop();
    }

    fn value(&mut self, shape: &'p Shape, value: &'p Value) {
        match (shape.kind, value) {
            (Type::Structure, Value::Object(members)) => {
                for (name, value) in members {
                    match shape.members.get(name) {
                        Some(member) if !value.is_null() => {
                            self.at(Place::Member(name, Some(member)), member, value);
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
                        self.at(Place::Element(i + 1), member, element);
                    }
                }
                self.length(shape, elements.len(), || text(value));
            }
            (Type::Map, Value::Object(entries)) => {
                for (key, entry) in entries {
                    if let (Some(key_ref), Some(member)) = (&shape.key, &shape.value) {
                        self.path.push(Place::Key(key));
                        self.string(self.service.shape(&key_ref.shape), key);
                        self.path.pop();
                        self.at(Place::Key(key), member, entry);
                    }
                }
                self.length(shape, entries.len(), || text(value));
            }
            _ => self.scalar(shape, value),
        }
    }

    fn required(&mut self, shape: &'p Shape, value: &Value) {
        for name in &shape.required {
            if value[name].is_null() {
                self.path.push(Place::Member(name, shape.members.get(name)));
                self.report(None, Wrong::Missing);
                self.path.pop();
            }
        }
    }

    fn scalar(&mut self, shape: &Shape, value: &Value) {
        match (shape.kind, value) {
            (Type::String, Value::String(text)) => self.string(shape, text),
            (Type::Blob, Value::String(_)) | (Type::Boolean, Value::Bool(_)) => {}
            (Type::Timestamp | Type::Float | Type::Double, Value::Number(number)) => {
                self.range(shape, number);
            }
            (Type::Long, Value::Number(number)) if number.is_i64() => self.range(shape, number),
            (Type::Integer, Value::Number(number))
                if number.as_i64().is_some_and(|n| i32::try_from(n).is_ok()) =>
            {
                self.range(shape, number);
            }
            _ => self.report(shown(shape, || text(value)), Wrong::Type(shape.kind)),
        }
    }

    fn string(&mut self, shape: &Shape, text: &str) {
        if !self.limits {
            return;
        }
        let own = || text.to_owned();
        if !shape.values.is_empty() && !shape.values.iter().any(|allowed| allowed == text) {
            self.report(shown(shape, own), Wrong::Enum(shape.values.clone()));
        }
        self.length(shape, text.chars().count(), own);
        if let Some(pattern) = &shape.pattern
            && PATTERNS.get(pattern.as_str()).is_some_and(|regex| !regex.is_match(text))
        {
            self.report(shown(shape, own), Wrong::Pattern(pattern.clone()));
        }
    }

    /// Holds the length of something that is told as `text` against its limits.
    fn length(&mut self, shape: &Shape, length: usize, text: impl Fn() -> String) {
        #[allow(clippy::cast_precision_loss)] // lengths of bodies that were read into memory
        let length = length as f64;
        if let Some(min) = shape.min.filter(|min| self.limits && length < *min) {
            self.report(shown(shape, &text), Wrong::ShorterThan(min));
        }
        if let Some(max) = shape.max.filter(|max| self.limits && length > *max) {
            self.report(shown(shape, &text), Wrong::LongerThan(max));
        }
    }

    fn range(&mut self, shape: &Shape, number: &Number) {
        let Some(value) = number.as_f64().filter(|_| self.limits) else { return };
        if let Some(min) = shape.min.filter(|min| value < *min) {
            self.report(Some(number.to_string()), Wrong::LessThan(min));
        }
        if let Some(max) = shape.max.filter(|max| value > *max) {
            self.report(Some(number.to_string()), Wrong::MoreThan(max));
        }
    }
}

/// A value as violations tell it.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The text, unless it is of a shape whose values are not to be shown.
fn shown(shape: &Shape, text: impl FnOnce() -> String) -> Option<String> {
    (!shape.sensitive).then(text)
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
