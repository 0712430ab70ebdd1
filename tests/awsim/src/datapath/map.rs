//! Parameter mappings at work (their grammar is in [`crate::apigatewayv2::mapping`]).

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use crate::apigatewayv2::mapping::{Action, Mapping, Piece, Place};

/// Where the values come from.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// Headers of the request, or of the response in response mappings.
    pub headers: HeaderMap,
    /// Decoded parameters of the query string.
    pub query: Vec<(String, String)>,
    /// Body of the request, or of the response.
    pub body: Bytes,
    /// The request's path without the stage.
    pub path: String,
    /// Path variables.
    pub variables: BTreeMap<String, String>,
    /// Context variables by name.
    pub context: BTreeMap<String, String>,
    /// Stage variables.
    pub stage_variables: BTreeMap<String, String>,
}

/// What the mappings change.
#[derive(Debug)]
pub struct Changed<'a> {
    /// Headers that are sent on.
    pub headers: &'a mut HeaderMap,
    /// Query parameters that are sent on.
    pub query: Vec<(String, String)>,
    /// A new path.
    pub path: Option<String>,
    /// A new status code.
    pub status: Option<u16>,
}

/// Applies the mappings in their order. One whose value is not there changes nothing.
pub fn apply(mappings: &[Mapping], source: &Source, to: &mut Changed<'_>) {
    for mapping in mappings {
        let Some(value) = source.value(&mapping.value) else { continue };
        match &mapping.place {
            Place::Header(name) => header(to.headers, name, mapping.action, &value),
            Place::Query(name) => query(&mut to.query, name, mapping.action, value),
            Place::Path if value.starts_with('/') => to.path = Some(value),
            Place::Path => to.path = Some(format!("/{value}")),
            Place::Status => to.status = value.parse().ok().or(to.status),
        }
    }
}

fn header(headers: &mut HeaderMap, name: &str, action: Action, value: &str) {
    let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(value)) else { return };
    match action {
        Action::Remove => drop(headers.remove(name)),
        Action::Overwrite => drop(headers.insert(name, value)),
        Action::Append => drop(headers.append(name, value)),
    }
}

fn query(query: &mut Vec<(String, String)>, name: &str, action: Action, value: String) {
    if action != Action::Append {
        query.retain(|(n, _)| n != name);
    }
    if action != Action::Remove {
        query.push((name.to_owned(), value));
    }
}

impl Source {
    fn value(&self, pieces: &[Piece]) -> Option<String> {
        match pieces {
            [one] => self.piece(one),
            many => Some(many.iter().filter_map(|p| self.piece(p)).collect()),
        }
    }

    fn piece(&self, piece: &Piece) -> Option<String> {
        match piece {
            Piece::Text(text) => Some(text.clone()),
            Piece::Header(name) => joined(self.headers.get_all(name).iter().filter_map(|v| v.to_str().ok())),
            Piece::Query(name) => {
                joined(self.query.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str()))
            }
            Piece::Body(path) => member(&self.body, path),
            Piece::Path => Some(self.path.clone()),
            Piece::Variable(name) => self.variables.get(name).cloned(),
            Piece::Context(name) => self.context.get(name).cloned(),
            Piece::StageVariable(name) => self.stage_variables.get(name).cloned(),
        }
    }
}

/// Several values are combined with commas (AGD).
fn joined<'a>(values: impl Iterator<Item = &'a str>) -> Option<String> {
    let values: Vec<&str> = values.collect();
    (!values.is_empty()).then(|| values.join(","))
}

fn member(body: &Bytes, path: &[String]) -> Option<String> {
    let json: Value = serde_json::from_slice(body).ok()?;
    let found = path.iter().try_fold(&json, |value, name| value.get(name))?;
    Some(found.as_str().map_or_else(|| found.to_string(), str::to_owned))
}
