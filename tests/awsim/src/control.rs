//! The simulator's own doors, under `/_awsim/`: what was called, the whole state, the clock, weather.
//! JSON in and out.
//!
//! * `GET health`
//! * `GET calls?since=N&service=S&operation=O`, `GET requests?since=N`
//! * `GET trace`: how far the last requests to APIs came (see [`crate::datapath::trace`])
//! * `GET actions?since=N`: what callers' policies were asked, each once with its count (see
//!   [`crate::iam::used`])
//! * `GET state`
//! * `GET ca`: PEM of the authority that the TLS listener's certificates are signed by
//! * `GET clock`, `POST clock` with `{"advance": SECONDS}`, `{"scale": N}`, `{"freeze": true}` or, to
//!   run on, `{"freeze": false}`
//! * `GET quotas`, `POST quotas` with `{"vpc-links": 20}` (see [`crate::quota::Changes`])
//! * `GET throttles`, `POST throttles` with `{"elbv2:register": {"rate": 4, "burst": 20}}`, `{"scale": 2}`
//!   or `{"on": false}` (see [`crate::throttle::Changes`])
//! * `GET weather`, `POST weather` with a seed and rules (see [`crate::weather::Forecast`]), which
//!   replace those in force, `POST weather/rules` with one more rule, `DELETE weather`
//! * `POST reset` (see [`crate::reset`])

mod limits;

use std::time::Duration;

use http::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::iam::used;
use crate::pipeline::Pipeline;
use crate::tls::authority::Authority;
use crate::weather::Forecast;
use crate::weather::forecast::Said;
use crate::wire::{Reply, Request};
use crate::world::{Region, World};

/// The path that these doors lie under.
pub const PREFIX: &str = "/_awsim/";

/// Serves one request whose path begins with [`PREFIX`].
pub fn serve(pipeline: &Pipeline, request: &Request) -> Reply {
    let door = request.path.strip_prefix(PREFIX).unwrap_or_default();
    match (&request.method, door) {
        (&Method::GET, "ca") => return authority(),
        (&Method::GET, "calls") => return calls(pipeline, request),
        _ => {}
    }
    let result = match (&request.method, door) {
        (&Method::GET, "health") => Ok(json!({"status": "ok"})),
        (&Method::GET, "actions") => actions(pipeline, request),
        (&Method::GET, "requests") => since(request).map(|n| json!(pipeline.recorder.data_since(n))),
        (&Method::GET, "trace") => Ok(with_world(pipeline, |world| world.traces.to_json())),
        (&Method::GET, "state") => Ok(with_world(pipeline, state)),
        (&Method::GET, "clock") => Ok(clock(pipeline)),
        (&Method::POST, "clock") => set_clock(pipeline, request),
        (method, "quotas" | "throttles") if method == Method::GET || method == Method::POST => {
            limits::serve(pipeline, request, door)
        }
        (&Method::GET, "weather") => Ok(pipeline.weather.to_json()),
        (&Method::POST, "weather") => set_weather(pipeline, request),
        (&Method::POST, "weather/rules") => add_weather(pipeline, request),
        (&Method::DELETE, "weather") => {
            pipeline.weather.clear();
            Ok(pipeline.weather.to_json())
        }
        (&Method::POST, "reset") => {
            pipeline.reset().map(|()| json!({"status": "ok"})).map_err(|e| e.to_string())
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

/// PEM, and no JSON: for a file that clients trust.
fn authority() -> Reply {
    match Authority::get() {
        Ok(authority) => {
            let headers = vec![("content-type", "application/x-pem-file".to_owned())];
            Reply { status: 200, headers, body: authority.pem().into_bytes() }
        }
        Err(why) => reply(500, &json!({"error": why})),
    }
}

fn reply(status: u16, body: &Value) -> Reply {
    json_reply(status, body.to_string())
}

fn json_reply(status: u16, body: String) -> Reply {
    let headers = vec![("content-type", "application/json".to_owned())];
    Reply { status, headers, body: body.into_bytes() }
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

fn calls(pipeline: &Pipeline, request: &Request) -> Reply {
    let (service, operation) = (parameter(request, "service"), parameter(request, "operation"));
    match since(request) {
        Ok(n) => json_reply(200, pipeline.recorder.json_since(n, service.as_deref(), operation.as_deref())),
        Err(why) => reply(400, &json!({"error": why})),
    }
}

fn actions(pipeline: &Pipeline, request: &Request) -> Result<Value, String> {
    Ok(used::summary(&pipeline.recorder.actions_since(since(request)?)))
}

fn with_world<T>(pipeline: &Pipeline, f: impl FnOnce(&mut World) -> T) -> T {
    f(&mut pipeline.world.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
}

/// By account, region and service.
pub(crate) fn state(world: &mut World) -> Value {
    world.settle();
    let mut accounts: Map<String, Value> = Map::new();
    for region in world.regions() {
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
        "connections": region.connections.to_json(),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum SetClock {
    /// Seconds to jump ahead.
    Advance(f64),
    /// Simulated seconds a real second.
    Scale(f64),
    /// Whether it stands still; then the pace that it had before.
    Freeze(bool),
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
        SetClock::Freeze(true) => pipeline.clock.freeze(),
        SetClock::Freeze(false) => pipeline.clock.resume(),
    }
    Ok(clock(pipeline))
}

fn set_weather(pipeline: &Pipeline, request: &Request) -> Result<Value, String> {
    let forecast: Forecast = read(request)?;
    pipeline.weather.set(forecast.seed, forecast.rules(pipeline.clock.now())?);
    Ok(pipeline.weather.to_json())
}

fn add_weather(pipeline: &Pipeline, request: &Request) -> Result<Value, String> {
    let said: Said = read(request)?;
    for rule in said.rules(pipeline.clock.now())? {
        pipeline.weather.inject(rule);
    }
    Ok(pipeline.weather.to_json())
}
