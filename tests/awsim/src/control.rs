//! The simulator's own doors, under `/_awsim/`: what was called, the whole state, the clock, faults.
//! JSON in and out.
//!
//! * `GET health`
//! * `GET calls?since=N&service=S&operation=O`, `GET requests?since=N`
//! * `GET trace`: how far the last requests to APIs came (see [`crate::datapath::trace`])
//! * `GET state`
//! * `GET clock`, `POST clock` with `{"advance": SECONDS}` or `{"scale": N}`
//! * `GET faults`, `POST faults` with a rule (see [`crate::faults::Rule`]), `DELETE faults`

use std::time::Duration;

use http::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::pipeline::Pipeline;
use crate::recorder::Entry;
use crate::wire::{Reply, Request};
use crate::world::{Region, World};

/// The path that these doors lie under.
pub const PREFIX: &str = "/_awsim/";

/// Serves one request whose path begins with [`PREFIX`].
pub fn serve(pipeline: &Pipeline, request: &Request) -> Reply {
    let door = request.path.strip_prefix(PREFIX).unwrap_or_default();
    let result = match (&request.method, door) {
        (&Method::GET, "health") => Ok(json!({"status": "ok"})),
        (&Method::GET, "calls") => calls(pipeline, request),
        (&Method::GET, "requests") => since(request).map(|n| json!(pipeline.recorder.data_since(n))),
        (&Method::GET, "trace") => Ok(with_world(pipeline, |world| world.traces.to_json())),
        (&Method::GET, "state") => Ok(with_world(pipeline, state)),
        (&Method::GET, "clock") => Ok(clock(pipeline)),
        (&Method::POST, "clock") => set_clock(pipeline, request),
        (&Method::GET, "faults") => Ok(json!(pipeline.faults.rules())),
        (&Method::POST, "faults") => read(request).map(|rule| {
            pipeline.faults.inject(rule);
            json!(pipeline.faults.rules())
        }),
        (&Method::DELETE, "faults") => {
            pipeline.faults.clear();
            Ok(json!([]))
        }
        _ => {
            let text = format!("there is no {} {}", request.method, request.path);
            return reply(404, &json!({"error": text}));
        }
    };
    match result {
        Ok(body) => reply(200, &body),
        Err(why) => reply(400, &json!({"error": why})),
    }
}

fn reply(status: u16, body: &Value) -> Reply {
    let headers = vec![("content-type", "application/json".to_owned())];
    Reply { status, headers, body: body.to_string().into_bytes() }
}

fn read<T: for<'de> Deserialize<'de>>(request: &Request) -> Result<T, String> {
    serde_json::from_slice(&request.body).map_err(|e| format!("the body: {e}"))
}

fn parameter(request: &Request, name: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(request.query.as_bytes());
    pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

fn since(request: &Request) -> Result<u64, String> {
    let Some(text) = parameter(request, "since") else { return Ok(0) };
    text.parse().map_err(|_| format!("since={text} is not a number"))
}

fn calls(pipeline: &Pipeline, request: &Request) -> Result<Value, String> {
    let (service, operation) = (parameter(request, "service"), parameter(request, "operation"));
    let is = |wanted: &Option<String>, name: &str| wanted.as_ref().is_none_or(|wanted| wanted == name);
    let number = since(request)?;
    let wanted = |entry: &Entry| is(&service, &entry.service) && is(&operation, &entry.operation);
    Ok(json!(pipeline.recorder.filter_since(number, wanted)))
}

fn with_world<T>(pipeline: &Pipeline, f: impl FnOnce(&mut World) -> T) -> T {
    f(&mut pipeline.world.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
}

/// By account, region and service.
fn state(world: &mut World) -> Value {
    let now = world.clock.now();
    let mut accounts: Map<String, Value> = Map::new();
    for region in world.regions() {
        region.settle(now);
        let account = accounts.entry(region.account.clone()).or_insert_with(|| json!({}));
        account[&region.name] = region_state(region);
    }
    Value::Object(accounts)
}

/// One region, by service.
pub(crate) fn region_state(region: &Region) -> Value {
    json!({
        "ec2": region.ec2.to_json(),
        "elbv2": region.elbv2.to_json(),
        "apigatewayv2": region.apigatewayv2.to_json(),
        "secretsmanager": region.secretsmanager.to_json(),
        "acm": region.acm.to_json(),
        "route53": region.route53.to_json(),
        "logs": region.logs.to_json(),
        "cloudwatch": region.cloudwatch.to_json(),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum SetClock {
    /// Seconds to jump ahead.
    Advance(f64),
    /// Simulated seconds a real second.
    Scale(f64),
}

fn clock(pipeline: &Pipeline) -> Value {
    let (now, scale) = (pipeline.clock.now(), pipeline.clock.scale());
    json!({"now": now, "scale": scale})
}

fn set_clock(pipeline: &Pipeline, request: &Request) -> Result<Value, String> {
    match read(request)? {
        SetClock::Advance(seconds) => {
            let by = Duration::try_from_secs_f64(seconds).map_err(|e| format!("advance: {e}"))?;
            pipeline.clock.advance(by);
        }
        SetClock::Scale(scale) if scale.is_finite() && scale >= 0.0 => pipeline.clock.set_scale(scale),
        SetClock::Scale(scale) => return Err(format!("scale: {scale} is not a pace")),
    }
    Ok(clock(pipeline))
}
