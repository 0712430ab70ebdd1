//! The event that a Lambda authorizer gets, in both payload formats (AGD, Lambda authorizers, "Payload
//! format version"). What a request does not have is left out of format 2.0, as of the events of
//! integrations, and empty in format 1.0, as in AGD's example. Client certificates are not shown.

use std::collections::BTreeMap;

use http::header;
use serde_json::{Map, Value, json};

use super::Question;
use crate::datapath::head;
use crate::datapath::plan::{Asked, Found};

/// What a request asks for, as policies name it:
/// `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/METHOD/PATH`, the path as it was asked for.
pub fn arn(asked: &Asked, found: &Found) -> String {
    let (way, stage, method) = (&found.way, &found.stage.stage_name, &asked.method);
    let path = found.path.trim_start_matches('/');
    format!("arn:aws:execute-api:{}:{}:{}/{stage}/{method}/{path}", way.region, way.account, way.api)
}

/// The event; `sources` are the values of the identity sources.
pub(super) fn event(question: &Question<'_>, sources: &[String]) -> Value {
    match question.authorizer.authorizer_payload_format_version.as_deref() {
        Some("1.0") => first(question, sources),
        _ => second(question, sources),
    }
}

fn first(question: &Question<'_>, sources: &[String]) -> Value {
    let (asked, found, route) = (question.asked, question.found, question.route);
    let resource = route.route_key.split_once(' ').map_or(route.route_key.as_str(), |(_, path)| path);
    let path = question.context.get("path");
    json!({
        "version": "1.0",
        "type": "REQUEST",
        "methodArn": arn(asked, found),
        "identitySource": sources.join(","),
        "authorizationToken": sources.join(","),
        "resource": resource,
        "path": path,
        "httpMethod": asked.method.as_str(),
        "headers": headers(asked, true),
        "queryStringParameters": query(asked, |values| values.last().cloned().unwrap_or_default()),
        "pathParameters": found.variables,
        "stageVariables": found.stage.stage_variables,
        "requestContext": {
            "accountId": found.way.account,
            "apiId": found.way.api,
            "domainName": question.context.get("domainName"),
            "httpMethod": asked.method.as_str(),
            "identity": {"sourceIp": asked.source_ip.to_string(), "userAgent": agent(asked)},
            "path": path,
            "protocol": "HTTP/1.1",
            "requestId": asked.request_id,
            "requestTime": time(asked),
            "requestTimeEpoch": asked.now.0,
            "resourceId": route.route_id,
            "resourcePath": resource,
            "stage": found.stage.stage_name,
        },
    })
}

fn second(question: &Question<'_>, sources: &[String]) -> Value {
    let (asked, found, context) = (question.asked, question.found, &question.context);
    let mut event = json!({
        "version": "2.0",
        "type": "REQUEST",
        "routeArn": arn(asked, found),
        "identitySource": sources,
        "routeKey": question.route.route_key,
        "rawPath": context.get("path"),
        "rawQueryString": asked.query.as_deref().unwrap_or_default(),
        "headers": headers(asked, false),
        "requestContext": {
            "accountId": found.way.account,
            "apiId": found.way.api,
            "domainName": context.get("domainName"),
            "domainPrefix": context.get("domainPrefix"),
            "http": {
                "method": asked.method.as_str(),
                "path": context.get("path"),
                "protocol": "HTTP/1.1",
                "sourceIp": asked.source_ip.to_string(),
                "userAgent": agent(asked),
            },
            "requestId": asked.request_id,
            "routeKey": question.route.route_key,
            "stage": found.stage.stage_name,
            "time": time(asked),
            "timeEpoch": asked.now.0,
        },
    });
    let cookies = asked.headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
    let cookies: Vec<&str> = cookies.flat_map(|v| v.split("; ")).collect();
    for (name, value) in [
        ("cookies", json!(cookies)),
        ("queryStringParameters", json!(query(asked, |values| values.join(",")))),
        ("pathParameters", json!(found.variables)),
        ("stageVariables", json!(found.stage.stage_variables)),
    ] {
        let empty =
            value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(Map::is_empty);
        if !empty {
            event[name] = value;
        }
    }
    event
}

/// By name in lower case, several values joined with commas; format 2.0 has cookies apart. API
/// Gateway's own are among them, as in an integration's event (DefinitelyTyped 75458).
fn headers(asked: &Asked, with_cookies: bool) -> BTreeMap<String, String> {
    let names = asked.headers.keys().filter(|name| with_cookies || *name != header::COOKIE);
    let joined = |name: &http::HeaderName| {
        let values = asked.headers.get_all(name).iter().filter_map(|v| v.to_str().ok());
        (name.to_string(), values.collect::<Vec<_>>().join(","))
    };
    let mut headers: BTreeMap<String, String> = names.map(joined).collect();
    let client = asked.source_ip.to_string();
    let forwarded = match headers.get("x-forwarded-for") {
        Some(before) => format!("{before}, {client}"),
        None => client,
    };
    let trace = head::trace_id(asked);
    for (name, value) in [
        ("x-amzn-trace-id", trace),
        ("x-forwarded-for", forwarded),
        ("x-forwarded-port", "443".to_owned()),
        ("x-forwarded-proto", "https".to_owned()),
    ] {
        headers.insert(name.to_owned(), value);
    }
    headers
}

fn query(asked: &Asked, joined: fn(&[String]) -> String) -> BTreeMap<String, String> {
    let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(asked.query.as_deref().unwrap_or_default().as_bytes()) {
        values.entry(name.into_owned()).or_default().push(value.into_owned());
    }
    values.into_iter().map(|(name, values)| (name, joined(&values))).collect()
}

fn agent(asked: &Asked) -> &str {
    asked.headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default()
}

/// `12/Mar/2020:19:03:58 +0000`
fn time(asked: &Asked) -> String {
    let millis = i64::try_from(asked.now.0).unwrap_or_default();
    let time = jiff::Timestamp::from_millisecond(millis).unwrap_or_default();
    time.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string()
}
