//! Headers on the way to the target and back.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use http_body_util::Full;

use super::plan::{Asked, Leg};
use super::refusal::Refusal;
use super::{cors, map};

/// Headers of one connection only (RFC 9110, 7.6.1).
const HOP_BY_HOP: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<String> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .collect();
    for name in named.iter().map(String::as_str).chain(HOP_BY_HOP) {
        headers.remove(name);
    }
}

/// The headers that the target gets: the client's, `Host` as it is, and API Gateway's own
/// `Forwarded`, `Via` and `X-Amzn-Trace-Id`. HTTP APIs set no `X-Forwarded-*`; what arrives at
/// targets behind application load balancers is theirs (express-session 886).
pub fn request(asked: &Asked, by: &str) -> HeaderMap {
    let mut headers = asked.headers.clone();
    remove_hop_by_hop(&mut headers);
    headers.remove(header::CONTENT_LENGTH);
    // The body is here already: nothing to wait for.
    headers.remove(header::EXPECT);
    let forwarded = format!("by={by};for={};host={};proto=https", asked.source_ip, asked.host);
    set(&mut headers, header::FORWARDED, &forwarded);
    add(&mut headers, header::VIA, "HTTP/1.1 AmazonAPIGateway");
    set(&mut headers, HeaderName::from_static("x-amzn-trace-id"), &trace_id(asked));
    headers
}

/// `X-Amzn-Trace-Id`: the client's with API Gateway's own part, or a new one.
pub fn trace_id(asked: &Asked) -> String {
    let root = asked.headers.get("x-amzn-trace-id").and_then(|v| v.to_str().ok());
    let id = format!("{:08x}-{:024x}", asked.now.0 / 1000, fold(&asked.request_id));
    match root {
        Some(root) => format!("Self=1-{id};{root}"),
        None => format!("Root=1-{id}"),
    }
}

fn fold(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

fn add(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.append(name, value);
    }
}

/// The response that the client gets: the target's, mapped.
pub fn response(from: Response<Bytes>, leg: &Leg) -> Result<Response<Full<Bytes>>, Refusal> {
    let (mut parts, body) = from.into_parts();
    remove_hop_by_hop(&mut parts.headers);
    if leg.method != http::Method::HEAD {
        parts.headers.remove(header::CONTENT_LENGTH);
    }
    if let Some(mappings) = leg.response_mappings.get(parts.status.as_str()) {
        let source = map::Source { headers: parts.headers.clone(), body: body.clone(), ..leg.source.clone() };
        let mut changed =
            map::Changed { headers: &mut parts.headers, query: Vec::new(), path: None, status: None };
        map::apply(mappings, &source, &mut changed);
        if let Some(status) = changed.status {
            parts.status = StatusCode::from_u16(status)
                .map_err(|_| Refusal::internal(format!("overwrite:statuscode gave {status}")))?;
        }
    }
    if let Some(cors) = &leg.cors {
        cors::apply(cors, leg.source.headers.get(header::ORIGIN), &mut parts.headers);
    }
    Ok(Response::from_parts(parts, Full::new(body)))
}
