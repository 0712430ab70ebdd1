//! What the REST protocols share: operations by method and path, labels and query strings.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::{Request, scalar};
use crate::tables::{Location, Operation, Ref, Service, Type};

/// A path's labels, decoded.
pub type Labels = BTreeMap<String, String>;

/// The operation, served or not, that a method and a path lead to. A literal segment wins over a
/// label.
pub fn find(service: &Service, method: &str, path: &str) -> Option<(String, Labels)> {
    let served = service.operations.iter().map(|(name, op)| (name, op.method.as_str(), op.uri.as_str()));
    let not_served = service.not_served.iter().filter_map(|(name, place)| {
        let (method, uri) = place.split_once(' ')?;
        Some((name, method, uri))
    });
    let matching = served.chain(not_served).filter(|(_, m, _)| *m == method);
    let matched = matching.filter_map(|(name, _, uri)| Some((name, labels(uri, path)?)));
    let (name, labels) = matched.min_by_key(|(_, labels)| labels.len())?;
    Some((name.clone(), labels))
}

/// The labels with which the template gives the path. `{label+}` takes the rest of it.
fn labels(template: &str, path: &str) -> Option<Labels> {
    let template = template.split('?').next().unwrap_or_default();
    let mut rest = Some(path.trim_matches('/'));
    let mut found = Labels::new();
    for part in template.trim_matches('/').split('/') {
        let here = rest?;
        let (segment, after) = match here.split_once('/') {
            Some((segment, after)) => (segment, Some(after)),
            None => (here, None),
        };
        match part.strip_prefix('{').and_then(|label| label.strip_suffix('}')) {
            None if part != segment => return None,
            None => rest = after,
            Some(label) => {
                let greedy = label.strip_suffix('+');
                let text = if greedy.is_some() { here } else { segment };
                let text = percent_decode_str(text).decode_utf8_lossy().into_owned();
                found.insert(greedy.unwrap_or(label).to_owned(), text);
                rest = if greedy.is_some() { None } else { after };
            }
        }
    }
    rest.is_none().then_some(found)
}

/// The members that labels, the query string and headers give.
pub fn bind(
    service: &Service,
    operation: &Operation,
    labels: &Labels,
    request: &Request,
) -> Map<String, Value> {
    let mut input = Map::new();
    let Some(shape) = &operation.input else { return input };
    for (name, member) in &service.shape(shape).members {
        let wire = member.wire_name(name);
        let value = match member.location {
            Some(Location::Uri) => {
                labels.get(wire).map(|text| scalar::read(service.shape(&member.shape), text))
            }
            Some(Location::Querystring) => from_query(service, member, wire, &request.query),
            Some(Location::Header) => {
                let text = request.headers.get(wire).and_then(|value| value.to_str().ok());
                text.map(|text| scalar::read(service.shape(&member.shape), text))
            }
            None => None,
        };
        if let Some(value) = value {
            input.insert(name.clone(), value);
        }
    }
    input
}

fn from_query(service: &Service, member: &Ref, wire: &str, query: &str) -> Option<Value> {
    let shape = service.shape(&member.shape);
    let mut texts = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == wire).map(|(_, v)| v);
    match &shape.member {
        Some(of) if shape.kind == Type::List => {
            let of = service.shape(&of.shape);
            let elements: Vec<Value> = texts.map(|text| scalar::read(of, &text)).collect();
            (!elements.is_empty()).then_some(Value::Array(elements))
        }
        _ => texts.next().map(|text| scalar::read(shape, &text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables;

    fn found(method: &str, path: &str) -> Option<(String, Labels)> {
        find(tables::service("apigatewayv2").unwrap(), method, path)
    }

    /// Smithy, HTTP bindings: specificity of routes, labels.
    #[test]
    fn a_literal_segment_wins_over_a_label_and_labels_are_decoded_whole() {
        let (name, labels) = found("DELETE", "/v2/apis/a1/stages/prod/routesettings/GET%20%2Fa%2Fb").unwrap();
        assert_eq!(name, "DeleteRouteSettings");
        assert_eq!(labels["routeKey"], "GET /a/b");
        assert_eq!(found("DELETE", "/v2/apis/a1/cors").unwrap().0, "DeleteCorsConfiguration");
        assert_eq!(found("PUT", "/v2/apis/a1").unwrap().0, "ReimportApi");
        assert_eq!(found("PUT", "/v2/apis").unwrap().0, "ImportApi");
        assert_eq!(found("GET", "/v2/nothing"), None);
        assert_eq!(found("GET", "/v2/apis/a1/"), found("GET", "/v2/apis/a1"));
    }
}
