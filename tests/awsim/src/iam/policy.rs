//! A policy document: reading it, and saying what is wrong with it (IAM User Guide, "IAM JSON policy
//! element reference" and "Grammar of the IAM JSON policy language").

use serde_json::{Map, Value};

use super::condition::{Condition, Operator};

/// An identity policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Whether `${…}` is a variable: in version 2012-10-17.
    pub variables: bool,
    /// At least one.
    pub statements: Vec<Statement>,
}

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Its name, if it has one.
    pub sid: Option<String>,
    /// Allow or Deny.
    pub effect: Effect,
    /// `Action` or `NotAction`.
    pub actions: Names,
    /// `Resource` or `NotResource`.
    pub resources: Names,
    /// All have to hold.
    pub conditions: Vec<Condition>,
}

/// What a statement does where it applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub enum Effect {
    Allow,
    Deny,
}

/// Names with wildcards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Names {
    /// Those that match one of these.
    In(Vec<String>),
    /// Those that match none of these.
    NotIn(Vec<String>),
}

/// What is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {why}")]
pub struct PolicyError {
    /// `Statement[2] (ApiRead).Action`
    pub at: String,
    /// In words.
    pub why: String,
}

type Read<T> = Result<T, PolicyError>;

fn wrong<T>(at: impl Into<String>, why: impl Into<String>) -> Read<T> {
    Err(PolicyError { at: at.into(), why: why.into() })
}

impl Policy {
    /// Reads a document's text.
    ///
    /// # Errors
    /// Names the statement and the member that is wrong. Its length is not checked: a role may have
    /// several policies, and one file may stand for them all.
    pub fn parse(text: &str) -> Read<Policy> {
        match serde_json::from_str(text) {
            Ok(document) => Policy::read(&document),
            Err(e) => wrong("the document", format!("is not JSON: {e}")),
        }
    }

    /// Reads a document.
    ///
    /// # Errors
    /// As [`Policy::parse`].
    pub fn read(document: &Value) -> Read<Policy> {
        let Some(members) = document.as_object() else { return wrong("the document", "must be an object") };
        known(members, &["Version", "Id", "Statement"], "the document")?;
        let variables = match members.get("Version").map(Value::as_str) {
            None | Some(Some("2008-10-17")) => false,
            Some(Some("2012-10-17")) => true,
            Some(_) => return wrong("Version", "must be 2012-10-17 or 2008-10-17"),
        };
        let statements: Vec<&Value> = match members.get("Statement") {
            Some(Value::Array(statements)) if !statements.is_empty() => statements.iter().collect(),
            Some(one @ Value::Object(_)) => vec![one],
            _ => return wrong("Statement", "must be a statement or a list of them"),
        };
        let read = |(n, statement)| Statement::read(n, statement);
        let statements: Vec<Statement> = statements.into_iter().enumerate().map(read).collect::<Read<_>>()?;
        for (n, statement) in statements.iter().enumerate() {
            let twice = |other: &Statement| other.sid.is_some() && other.sid == statement.sid;
            if statements.iter().take(n).any(twice) {
                return wrong(place(n, statement.sid.as_deref(), "Sid"), "must be unique");
            }
        }
        Ok(Policy { variables, statements })
    }
}

/// Where a member stands.
fn place(n: usize, sid: Option<&str>, member: &str) -> String {
    match sid {
        Some(sid) => format!("Statement[{n}] ({sid}).{member}"),
        None => format!("Statement[{n}].{member}"),
    }
}

fn known(members: &Map<String, Value>, names: &[&str], at: &str) -> Read<()> {
    match members.keys().find(|key| !names.contains(&key.as_str())) {
        Some(key) if key.ends_with("Principal") => {
            wrong(format!("{at}.{key}"), "an identity policy has no principal")
        }
        Some(key) => wrong(format!("{at}.{key}"), "is not known"),
        None => Ok(()),
    }
}

impl Statement {
    fn read(n: usize, statement: &Value) -> Read<Statement> {
        let Some(members) = statement.as_object() else {
            return wrong(format!("Statement[{n}]"), "must be an object");
        };
        let sid = match members.get("Sid") {
            None => None,
            Some(Value::String(sid)) if sid.bytes().all(|b| b.is_ascii_alphanumeric()) => {
                (!sid.is_empty()).then(|| sid.clone())
            }
            Some(_) => return wrong(place(n, None, "Sid"), "must be of letters and digits"),
        };
        let at = |member: &str| place(n, sid.as_deref(), member);
        let names = ["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"];
        known(members, &names, at("").trim_end_matches('.'))?;
        let effect = match members.get("Effect").and_then(Value::as_str) {
            Some("Allow") => Effect::Allow,
            Some("Deny") => Effect::Deny,
            _ => return wrong(at("Effect"), "must be Allow or Deny"),
        };
        let actions = either(members, "Action", "NotAction", &at, is_action)?;
        let resources = either(members, "Resource", "NotResource", &at, is_resource)?;
        let conditions = conditions(members.get("Condition"), &at)?;
        Ok(Statement { sid, effect, actions, resources, conditions })
    }
}

/// `member` or `not`, exactly one of them.
fn either(
    members: &Map<String, Value>,
    member: &str,
    not: &str,
    at: &dyn Fn(&str) -> String,
    check: fn(&str) -> Result<(), &'static str>,
) -> Read<Names> {
    let (name, value) = match (members.get(member), members.get(not)) {
        (Some(value), None) => (member, value),
        (None, Some(value)) => (not, value),
        (Some(_), Some(_)) => return wrong(at(not), format!("excludes {member}")),
        (None, None) => return wrong(at(member), format!("it or {not} must be there")),
    };
    let texts = texts(value, &at(name))?;
    for text in &texts {
        check(text).or_else(|why| wrong(at(name), format!("{text}: {why}")))?;
    }
    Ok(if name == member { Names::In(texts) } else { Names::NotIn(texts) })
}

/// A string or a list of strings, not empty.
fn texts(value: &Value, at: &str) -> Read<Vec<String>> {
    let all = match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Array(texts) => texts.iter().map(|text| text.as_str().map(str::to_owned)).collect(),
        _ => None,
    };
    match all {
        Some(texts) if !texts.is_empty() => Ok(texts),
        _ => wrong(at, "must be a string or a list of strings"),
    }
}

fn is_action(text: &str) -> Result<(), &'static str> {
    let plain = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"*?-_".contains(&b));
    match text.split_once(':') {
        None if text == "*" => Ok(()),
        Some((service, name)) if plain(service) && !service.contains(['*', '?']) && !service.is_empty() => {
            if plain(name) && !name.is_empty() {
                Ok(())
            } else {
                Err("the action's name is malformed")
            }
        }
        _ => Err("must be * or SERVICE:NAME"),
    }
}

fn is_resource(text: &str) -> Result<(), &'static str> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    match parts[..] {
        ["*"] => Ok(()),
        ["arn", partition, service, _, _, resource]
            if !partition.is_empty() && !service.is_empty() && !resource.is_empty() =>
        {
            Ok(())
        }
        // A star may stand for the end of an ARN.
        ["arn", .., last] if last.ends_with('*') && parts.len() < 6 => Ok(()),
        _ => Err("must be * or an ARN"),
    }
}

fn conditions(value: Option<&Value>, at: &dyn Fn(&str) -> String) -> Read<Vec<Condition>> {
    let Some(value) = value else { return Ok(Vec::new()) };
    let object = |value: &Value, at: String| match value.as_object() {
        Some(members) => Ok(members.clone()),
        None => wrong(at, "must be an object"),
    };
    let mut conditions = Vec::new();
    for (name, keys) in &object(value, at("Condition"))? {
        let at_operator = at(&format!("Condition.{name}"));
        let Some(operator) = Operator::parse(name) else {
            return wrong(at_operator, "is no condition operator");
        };
        for (key, values) in &object(keys, at_operator.clone())? {
            let at_key = format!("{at_operator}.{key}");
            let values = condition_values(values, &at_key)?;
            if let Some(value) = values.iter().find(|value| !operator.takes(value)) {
                return wrong(at_key, format!("{value} is no value of {name}"));
            }
            if !key.contains(':') {
                return wrong(at_key, "must be SERVICE:KEY");
            }
            conditions.push(Condition { operator, key: key.clone(), values });
        }
    }
    Ok(conditions)
}

/// Strings, numbers and booleans, one or a list of them.
fn condition_values(value: &Value, at: &str) -> Read<Vec<String>> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    };
    let all: Option<Vec<String>> = match value {
        Value::Array(values) => values.iter().map(text).collect(),
        one => text(one).map(|text| vec![text]),
    };
    all.map_or_else(|| wrong(at, "must be a value or a list of values"), Ok)
}
