//! Parameter mappings of integrations: their grammar (AGD, "Transforming API requests and
//! responses"). The data path applies them.

use std::collections::BTreeMap;

use super::error::{bad, length};
use crate::fault::Fault;

/// What a mapping does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Takes away.
    Remove,
    /// Replaces or adds.
    Overwrite,
    /// Adds to what is there.
    Append,
}

/// What a mapping changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A header, its name in lower case.
    Header(String),
    /// A parameter of the query string; only of requests.
    Query(String),
    /// The whole path; only of requests, only overwritten.
    Path,
    /// The status code; only of responses, only overwritten.
    Status,
}

/// One piece of a mapping's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// As it is.
    Text(String),
    /// A header of the request (or, in response mappings, of the response), in lower case.
    Header(String),
    /// A parameter of the query string.
    Query(String),
    /// A member of the JSON body, by its path.
    Body(Vec<String>),
    /// The request's path without the stage.
    Path,
    /// A path variable.
    Variable(String),
    /// A context variable.
    Context(String),
    /// A stage variable.
    StageVariable(String),
}

/// One mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// What it does.
    pub action: Action,
    /// To what.
    pub place: Place,
    /// With what, joined.
    pub value: Vec<Piece>,
}

/// Which of the two an expression belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Before the integration.
    Request,
    /// After it.
    Response,
}

/// Parses all mappings of one side; removals come first, so that renaming works in any order.
///
/// # Errors
/// `BadRequestException` that names the expression, or the key of a value of more than 512 characters
/// (BC, IntegrationParameters).
pub fn parse(mappings: &BTreeMap<String, String>, side: Side) -> Result<Vec<Mapping>, Fault> {
    let mut parsed = Vec::new();
    for (key, value) in mappings {
        let (action, place) = target(key, side).ok_or_else(|| invalid(key))?;
        length(key, Some(value), 1..=512)?;
        let value = pieces(value, side).ok_or_else(|| invalid(value))?;
        parsed.push(Mapping { action, place, value });
    }
    parsed.sort_by_key(|m| m.action);
    Ok(parsed)
}

fn invalid(expression: &str) -> Fault {
    bad(format!(
        "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: {expression}]"
    ))
}

fn target(key: &str, side: Side) -> Option<(Action, Place)> {
    let (action, place) = key.split_once(':')?;
    let action = match action {
        "append" => Action::Append,
        "overwrite" => Action::Overwrite,
        "remove" => Action::Remove,
        _ => return None,
    };
    if let Some(name) = place.strip_prefix("header.") {
        let name = name.to_ascii_lowercase();
        let valid = http::HeaderName::try_from(&name).is_ok();
        return (valid && !reserved(&name)).then_some((action, Place::Header(name)));
    }
    match (side, action, place) {
        (Side::Request, Action::Overwrite, "path") => Some((action, Place::Path)),
        (Side::Response, Action::Overwrite, "statuscode") => Some((action, Place::Status)),
        (Side::Request, _, place) => {
            let name = place.strip_prefix("querystring.").filter(|name| !name.is_empty())?;
            Some((action, Place::Query(name.to_owned())))
        }
        _ => None,
    }
}

/// Headers that no mapping may touch (AGD).
pub fn reserved(name: &str) -> bool {
    const NAMES: [&str; 18] = [
        "authorization",
        "connection",
        "content-encoding",
        "content-length",
        "content-location",
        "forwarded",
        "keep-alive",
        "origin",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailers",
        "transfer-encoding",
        "upgrade",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
        "via",
    ];
    const PREFIXES: [&str; 4] = ["access-control-", "apigw-", "x-amz-", "x-amzn-"];
    NAMES.contains(&name) || PREFIXES.iter().any(|p| name.starts_with(p))
}

/// A value: an expression (`$request.path`), or text with expressions in it (`a/${request.path}`).
fn pieces(value: &str, side: Side) -> Option<Vec<Piece>> {
    if let Some(expression) = value.strip_prefix('$').filter(|e| !e.starts_with('{')) {
        return Some(vec![piece(expression, side)?]);
    }
    let mut pieces = Vec::new();
    let mut rest = value;
    while let Some((text, tail)) = rest.split_once("${") {
        let (expression, tail) = tail.split_once('}')?;
        if !text.is_empty() {
            pieces.push(Piece::Text(text.to_owned()));
        }
        pieces.push(piece(expression, side)?);
        rest = tail;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    Some(pieces)
}

fn piece(expression: &str, side: Side) -> Option<Piece> {
    let (root, rest) = expression.split_once('.')?;
    let (place, name) = match rest.split_once('.') {
        Some((place, name)) if !name.is_empty() => (place, name),
        Some(_) => return None,
        None => (rest, ""),
    };
    match (root, place, name, side) {
        ("context", "", ..) | ("stageVariables", "", ..) => None,
        ("context", ..) => Some(Piece::Context(rest.to_owned())),
        ("stageVariables", _, "", _) => Some(Piece::StageVariable(rest.to_owned())),
        ("request", "path", "", Side::Request) => Some(Piece::Path),
        (_, _, "", _) => None,
        ("request", "header", name, Side::Request) | ("response", "header", name, Side::Response) => {
            Some(Piece::Header(name.to_ascii_lowercase()))
        }
        ("request", "querystring", name, Side::Request) => Some(Piece::Query(name.to_owned())),
        ("request", "path", name, Side::Request) => Some(Piece::Variable(name.to_owned())),
        ("request", "body", name, Side::Request) | ("response", "body", name, Side::Response) => body(name),
        _ => None,
    }
}

/// A JSON path of plain names; recursive descent and filters are not supported (AGD).
fn body(path: &str) -> Option<Piece> {
    let names: Vec<String> = path.split('.').map(str::to_owned).collect();
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    names.iter().all(|n| !n.is_empty() && n.chars().all(plain)).then_some(Piece::Body(names))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(key: &str, value: &str, side: Side) -> Option<Mapping> {
        parse(&[(key.to_owned(), value.to_owned())].into(), side).ok()?.pop()
    }

    /// The tables of AGD's page on parameter mapping.
    #[test]
    fn every_documented_key_and_value_is_taken() {
        for key in [
            "append:header.a",
            "overwrite:header.a",
            "remove:header.a",
            "append:querystring.a",
            "overwrite:querystring.a",
            "remove:querystring.a",
            "overwrite:path",
        ] {
            assert!(one(key, "''", Side::Request).is_some(), "{key}");
        }
        for key in ["append:header.a", "overwrite:header.a", "remove:header.a", "overwrite:statuscode"] {
            assert!(one(key, "403", Side::Response).is_some(), "{key}");
        }
        for (value, piece) in [
            ("$request.header.X-A", Piece::Header("x-a".into())),
            ("$request.querystring.A", Piece::Query("A".into())),
            ("$request.body.a.b", Piece::Body(vec!["a".into(), "b".into()])),
            ("$request.path", Piece::Path),
            ("$request.path.id", Piece::Variable("id".into())),
            ("$context.identity.sourceIp", Piece::Context("identity.sourceIp".into())),
            ("$stageVariables.env", Piece::StageVariable("env".into())),
            ("constant", Piece::Text("constant".into())),
        ] {
            assert_eq!(one("append:header.a", value, Side::Request).unwrap().value, [piece], "{value}");
        }
        let value = one("overwrite:path", "/v1/${request.path.id}/x", Side::Request).unwrap().value;
        assert_eq!(value.len(), 3);
    }

    /// AGD, "Reserved headers".
    #[test]
    fn reserved_headers_cannot_be_mapped() {
        for name in [
            "Access-Control-Allow-Origin",
            "apigw-requestid",
            "Authorization",
            "Connection",
            "Content-Encoding",
            "Content-Length",
            "Content-Location",
            "Forwarded",
            "Keep-Alive",
            "Origin",
            "Proxy-Authenticate",
            "Proxy-Authorization",
            "TE",
            "Trailers",
            "Transfer-Encoding",
            "Upgrade",
            "X-Amz-Date",
            "x-amzn-trace-id",
            "X-Forwarded-For",
            "X-Forwarded-Host",
            "X-Forwarded-Proto",
            "Via",
        ] {
            for action in ["append", "overwrite", "remove"] {
                for side in [Side::Request, Side::Response] {
                    assert_eq!(one(&format!("{action}:header.{name}"), "''", side), None, "{action} {name}");
                }
            }
        }
        assert!(one("append:header.x-forwarded-port", "1", Side::Request).is_some());
    }

    /// BC, IntegrationParameters: values of 1 to 512 characters.
    #[test]
    fn a_mappings_value_has_512_characters_at_most() {
        assert!(one("append:header.a", &"x".repeat(512), Side::Request).is_some());
        assert_eq!(one("append:header.a", &"x".repeat(513), Side::Request), None);
        assert_eq!(one("append:header.a", "", Side::Response), None);
    }

    /// AGD, the tables of the same page: what stands in none of them.
    #[test]
    fn what_is_not_of_the_grammar_is_refused() {
        for (key, value) in [
            ("header.a", "x"),
            ("append:header.", "x"),
            ("append:path", "/"),
            ("overwrite:statuscode", "200"),
            ("append:header.a", "$request.nothing.a"),
            ("append:header.a", "$request.header."),
            ("append:header.a", "$response.header.a"),
            ("append:header.a", "${request.path"),
            ("append:header.a", "$"),
            ("append:header.a", "$request.body..a"),
            ("integration.request.header.a", "'x'"),
        ] {
            assert_eq!(one(key, value, Side::Request), None, "{key} = {value}");
        }
        assert_eq!(one("append:overwrite.static", "x", Side::Response), None);
        assert_eq!(one("overwrite:path", "/", Side::Response), None);
    }
}
