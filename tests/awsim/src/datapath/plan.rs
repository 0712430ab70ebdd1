//! From a request to a target, or to the refusal of the first thing in the way. No IO.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{HeaderMap, Method, Request, Response, Uri, header};
use http_body_util::Full;
use hyper::body::Incoming;

use super::path::Destination;
use super::refusal::Refusal;
use super::route::Way;
use super::trace::Trace;
use super::{MAX_HEAD, cors, head, map, path, route, throttle, whole};
use crate::apigatewayv2::api::Cors;
use crate::apigatewayv2::mapping::{self, Mapping, Side};
use crate::apigatewayv2::{Integration, Route, Snapshot, Stage};
use crate::clock::SimTime;
use crate::fault::Fault;
use crate::tls::client::{Client, Shown};
use crate::world::World;

/// A request as it came.
#[derive(Debug)]
pub struct Asked {
    /// Method.
    pub method: Method,
    /// `Host`.
    pub host: String,
    /// With the stage, without the query.
    pub path: String,
    /// As it came, without `?`.
    pub query: Option<String>,
    /// All headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
    /// The client's address.
    pub source_ip: IpAddr,
    /// What it told when it connected, over TLS.
    pub client: Option<Arc<Client>>,
    /// API Gateway's id of the request.
    pub request_id: String,
    /// When it came.
    pub now: SimTime,
}

/// The route of a request, before it is known whether its sender may go there.
#[derive(Debug)]
pub struct Found {
    /// The way to the API.
    pub way: Way,
    /// The stage.
    pub stage: Stage,
    /// What the stage serves.
    pub snapshot: Arc<Snapshot>,
    /// The route; a preflight that the API answers may have none.
    pub route: Option<Route>,
    /// The route's path variables.
    pub variables: BTreeMap<String, String>,
    /// The path without the stage or the mapping's key.
    pub path: String,
    /// What the API itself answers to a preflight.
    preflight: Option<Box<Response<Full<Bytes>>>>,
}

/// What is to be done.
#[derive(Debug)]
pub enum Plan {
    /// Answer a CORS preflight.
    Preflight(Box<Response<Full<Bytes>>>),
    /// Send it on.
    Forward(Box<Leg>, Destination),
}

/// The request that is sent on, and what becomes of the response.
#[derive(Debug)]
pub struct Leg {
    /// For how long.
    pub timeout: Duration,
    /// Method.
    pub method: Method,
    /// Path and query.
    pub uri: Uri,
    /// Headers.
    pub headers: HeaderMap,
    /// The request's values, for mappings; its body is sent on.
    pub source: map::Source,
    /// Mappings of the response by its status code.
    pub response_mappings: BTreeMap<String, Vec<Mapping>>,
    /// The API's CORS settings.
    pub cors: Option<Cors>,
}

impl Asked {
    /// Reads the whole request.
    pub async fn read(request: Request<Incoming>, request_id: &str, now: SimTime) -> Result<Asked, Refusal> {
        let (parts, body) = request.into_parts();
        let line = parts.method.as_str().len() + parts.uri.to_string().len();
        let size =
            parts.headers.iter().fold(line, |sum, (name, value)| sum + name.as_str().len() + value.len());
        if size > MAX_HEAD {
            return Err(Refusal::head_too_large(format!("request line and headers have {size} bytes")));
        }
        let body = whole(body).await.map_err(|why| match why {
            None => Refusal::too_large("the body is larger than 10 MB"),
            Some(why) => Refusal::bad_request(why),
        })?;
        let host = parts.headers.get(header::HOST).and_then(|h| h.to_str().ok()).unwrap_or_default();
        let peer = parts.extensions.get::<SocketAddr>().map(SocketAddr::ip);
        Ok(Asked {
            host: host.to_owned(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().map(str::to_owned),
            source_ip: peer.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            client: parts.extensions.get::<Arc<Client>>().cloned(),
            method: parts.method,
            headers: parts.headers,
            body,
            request_id: request_id.to_owned(),
            now,
        })
    }
}

/// Goes through API, stage, route and throttles, and notes each in the trace.
pub fn find(world: &mut World, asked: &Asked, trace: &mut Trace) -> Result<Found, Refusal> {
    let way = route::way(world, &asked.host, &asked.path, asked.client.as_deref())?;
    trace.api = Some(way.api.clone());
    trace.way = Some(way.clone());
    trace.mapping = way.mapped.as_ref().map(|m| m.mapping.clone());
    let mut call = world.call(&way.account, &way.region);
    let Some(api) = call.region.apigatewayv2.apis.get_mut(&way.api) else {
        return Err(Refusal::not_found(format!("no API '{}'", way.api)));
    };
    let (stage, path) = match &way.mapped {
        Some(mapped) => (route::mapped_stage(api, &mapped.stage)?, mapped.path.as_str()),
        None => route::stage(api, &asked.path)?,
    };
    let (stage, path) = (stage.clone(), path.to_owned());
    trace.stage = Some(stage.stage_name.clone());
    let snapshot = route::live(&stage)?;
    if snapshot.disable_execute_api_endpoint && way.mapped.is_none() {
        return Err(Refusal::not_found("the API's execute-api endpoint is disabled"));
    }
    let preflight = snapshot.cors.as_ref();
    let preflight = preflight.and_then(|cors| cors::preflight(cors, &asked.method, &asked.headers));
    let found = route::route(&snapshot, asked.method.as_str(), &path);
    let (route, variables) = match (found, &preflight) {
        (Ok((route, variables)), _) => (Some(route.clone()), variables),
        (Err(_), Some(_)) => (None, BTreeMap::new()),
        (Err(refusal), None) => return Err(refusal),
    };
    trace.route_key = route.as_ref().map(|route| route.route_key.clone());
    if let (Some(route), None) = (&route, &preflight) {
        throttle::take(&mut api.buckets, &stage, &route.route_key, asked.now).map_err(Refusal::throttled)?;
        throttle::take_of_account(&mut call).map_err(Refusal::throttled)?;
    }
    Ok(Found { way, stage, snapshot, route, variables, path, preflight: preflight.map(Box::new) })
}

/// Goes on to integration and target, whoever asks being let through.
///
/// A preflight has its answer from the API itself, whether or not there is a route for it; a route
/// that does take OPTIONS (by `ANY` or `$default`, too) lets only those through whom its
/// authorization lets through (AGD, CORS for a `$default` route; arpadt.com, cors-in-http-api).
pub fn plan(world: &mut World, asked: &Asked, found: Found, trace: &mut Trace) -> Result<Plan, Refusal> {
    let Found { way, stage, snapshot, route, variables, path, preflight } = found;
    if let Some(answer) = preflight {
        return Ok(Plan::Preflight(answer));
    }
    let Some(route) = route else { return Err(Refusal::not_found("no route")) };
    let integration = route
        .integration()
        .and_then(|id| snapshot.integrations.get(id))
        .ok_or_else(|| Refusal::internal(format!("route '{}' leads to no integration", route.route_key)))?;
    trace.integration = Some(integration.integration_id.clone());
    let mut call = world.call(&way.account, &way.region);
    let destination = path::destination(&mut call, integration, trace)?;
    let mut context = context(asked, &way, &stage.stage_name, &route.route_key);
    context.extend(trace.identity.clone());
    let source = map::Source {
        headers: asked.headers.clone(),
        query: form_urlencoded::parse(asked.query.as_deref().unwrap_or_default().as_bytes())
            .into_owned()
            .collect(),
        body: asked.body.clone(),
        path,
        variables,
        context,
        stage_variables: stage.stage_variables.clone(),
    };
    let sent = sent_path(asked, &way, &stage.stage_name);
    leg(asked, &sent, integration, destination, source, snapshot.cors.clone())
}

/// The path that is sent on unless it is mapped: with the name of the stage, unless that is
/// `$default` (AGD); of a mapping's key nothing is left (serverless-express 465).
fn sent_path(asked: &Asked, way: &Way, stage: &str) -> String {
    match &way.mapped {
        None => asked.path.clone(),
        Some(mapped) if stage == "$default" => mapped.path.clone(),
        Some(mapped) => format!("/{stage}{}", mapped.path),
    }
}

fn leg(
    asked: &Asked,
    sent: &str,
    integration: &Integration,
    destination: Destination,
    source: map::Source,
    cors: Option<Cors>,
) -> Result<Plan, Refusal> {
    let unmappable = |fault: Fault| Refusal::internal(fault.message);
    let mappings = mapping::parse(&integration.request_parameters, Side::Request).map_err(unmappable)?;
    let mut response_mappings = BTreeMap::new();
    for (status, mappings) in &integration.response_parameters {
        let parsed = mapping::parse(mappings, Side::Response).map_err(unmappable)?;
        response_mappings.insert(status.clone(), parsed);
    }
    let mut headers = head::request(asked, "127.0.0.1");
    let mut changed =
        map::Changed { headers: &mut headers, query: source.query.clone(), path: None, status: None };
    map::apply(&mappings, &source, &mut changed);
    let path = changed.path.unwrap_or_else(|| sent.to_owned());
    let query = match changed.query == source.query {
        true => asked.query.clone(),
        false => Some(form_urlencoded::Serializer::new(String::new()).extend_pairs(changed.query).finish()),
    };
    let method = match integration.integration_method.as_deref() {
        None | Some("ANY") => asked.method.clone(),
        Some(method) => Method::from_bytes(method.as_bytes())
            .map_err(|_| Refusal::internal(format!("integration method '{method}'")))?,
    };
    let leg = Leg {
        timeout: Duration::from_millis(integration.timeout_in_millis),
        method,
        uri: uri(&path, query.as_deref())
            .ok_or_else(|| Refusal::internal(format!("'{path}' is not a path")))?,
        headers,
        source,
        response_mappings,
        cors,
    };
    Ok(Plan::Forward(Box::new(leg), destination))
}

fn uri(path: &str, query: Option<&str>) -> Option<Uri> {
    let text = match query {
        Some(query) if !query.is_empty() => format!("{path}?{query}"),
        _ => path.to_owned(),
    };
    text.parse::<PathAndQuery>().ok().map(Uri::from)
}

/// The context variables that mappings may use (AGD, logging variables).
pub fn context(asked: &Asked, way: &Way, stage: &str, route_key: &str) -> BTreeMap<String, String> {
    let domain = asked.host.split(':').next().unwrap_or_default();
    let prefix = domain.split('.').next().unwrap_or_default();
    let shown = asked.client.as_ref().and_then(|client| client.certificate.as_ref());
    let agent = asked.headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    [
        ("accountId", way.account.clone()),
        ("apiId", way.api.clone()),
        ("domainName", domain.to_owned()),
        ("domainPrefix", prefix.to_owned()),
        ("extendedRequestId", asked.request_id.clone()),
        ("httpMethod", asked.method.to_string()),
        ("identity.sourceIp", asked.source_ip.to_string()),
        ("identity.userAgent", agent.to_owned()),
        ("path", sent_path(asked, way, stage)),
        ("protocol", "HTTP/1.1".to_owned()),
        ("requestId", asked.request_id.clone()),
        ("requestTimeEpoch", (asked.now.0 / 1000).to_string()),
        ("routeKey", route_key.to_owned()),
        ("stage", stage.to_owned()),
    ]
    .into_iter()
    .chain(shown.into_iter().flat_map(Shown::variables))
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}
