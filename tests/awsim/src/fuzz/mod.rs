//! Requests that no client should send, thousands of them from a seed: none brings the simulator down, each
//! is answered in its service's form, and what is refused changes nothing. AWS's code for most of them is
//! not known; that they have one, and no 500, is what counts here.

mod encode;
mod mutate;
mod values;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use self::values::Source;
use crate::caller::Caller;
use crate::clock::{Clock, SimTime};
use crate::pipeline::Pipeline;
use crate::reset::{Seed, Start};
use crate::server::{Config, Server};
use crate::tables::{self, Protocol};
use crate::weather::Forecast;
use crate::wire::{self, Reply, Request};
use crate::world::{GLOBAL_REGION, Options};
use crate::{control, seed};

/// How many requests are sent through the pipeline.
const REQUESTS: usize = 12_000;

fn source(seed: u64) -> Source {
    Source { rng: ChaCha8Rng::seed_from_u64(seed), known: Vec::new() }
}

fn pipeline() -> Pipeline {
    let clock = Clock::manual(SimTime(1_800_000_000_000));
    let options = Options { throttling: false, ..Options::default() };
    let start = Start { id_seed: 7, options, seed: Seed::Default, weather: Forecast::default() };
    let pipeline = Pipeline::new(clock, start).unwrap();
    pipeline.world.lock().unwrap().call(seed::ACCOUNT, GLOBAL_REGION);
    pipeline
}

/// A request to any operation of any service in any protocol of it. Some are as they should be, so that
/// there is something to refer to and those beside them come far.
fn draw(source: &mut Source) -> Request {
    let service = source.any(tables::services());
    let protocol = *source.any(&service.protocols);
    // What makes something comes more often than one in all operations.
    let names: Vec<&String> = service.operations.keys().collect();
    let made: Vec<&String> = names.iter().copied().filter(|n| n.starts_with("Create")).collect();
    let name = if source.chance(25) && !made.is_empty() { *source.any(&made) } else { *source.any(&names) };
    let mut input = source.input(service, &service.operations[name]);
    let fate = source.rng.random_range(0..100);
    if (25..60).contains(&fate) {
        source.twist(&mut input);
    }
    let mut request = encode::request(service, protocol, name, &input);
    match fate {
        50..99 => mutate::request(source, &mut request),
        99 if source.chance(30) => mutate::huge(source, &mut request),
        _ => {}
    }
    request
}

/// The regions that the seed has, as they are.
fn state(pipeline: &Pipeline) -> Value {
    let mut world = pipeline.world.lock().unwrap();
    let now = world.clock.now();
    let known = |name: &str| [seed::REGION, GLOBAL_REGION].contains(&name);
    let regions = world.regions().filter(|r| r.account == seed::ACCOUNT && known(&r.name));
    regions
        .map(|region| {
            region.settle(now);
            control::region_state(region)
        })
        .collect()
}

/// The error's code in a reply that has the form of the service's protocol.
fn code(request: &Request, reply: &Reply) -> Option<String> {
    let service = Caller::of(request).ok().and_then(|c| c.service()).unwrap_or_else(|| wire::guess(request));
    let protocol = wire::protocol(service, request);
    let header = |name: &str| reply.headers.iter().find(|(n, _)| *n == name).map(|(_, value)| value.clone());
    let text = || String::from_utf8(reply.body.clone()).ok();
    let element = |text: String| Some(text.split_once("<Code>")?.1.split_once("</Code>")?.0.to_owned());
    header("x-amzn-requestid").filter(|id| !id.is_empty())?;
    match protocol {
        Protocol::Ec2 => text().filter(|text| text.contains("<Response><Errors><Error>")).and_then(element),
        Protocol::Query | Protocol::RestXml => {
            text().filter(|t| t.contains("<ErrorResponse")).and_then(element)
        }
        Protocol::Json => {
            serde_json::from_slice::<Value>(&reply.body).ok()?["__type"].as_str().map(str::to_owned)
        }
        Protocol::RestJson => {
            serde_json::from_slice::<Value>(&reply.body).ok().filter(Value::is_object)?;
            header("x-amzn-errortype")
        }
        Protocol::Cbor => {
            let document: Value = ciborium::from_reader(&*reply.body).ok()?;
            document["__type"].as_str().map(str::to_owned)
        }
    }
}

fn shown(request: &Request) -> String {
    let body = String::from_utf8_lossy(&request.body[..request.body.len().min(2000)]).into_owned();
    let Request { method, path, query, headers, .. } = request;
    format!("{method} {path}?{query} {headers:?}\n{body}")
}

#[test]
fn malformed_requests_are_refused_in_their_services_form_and_change_nothing() {
    let (pipeline, mut source) = (pipeline(), source(1));
    let (mut refused, mut compared, mut before) = (0, 0, None);
    for number in 0..REQUESTS {
        let request = draw(&mut source);
        if number % 500 == 499 {
            pipeline.clock.advance(Duration::from_secs(source.rng.random_range(1..600)));
            before = None;
        }
        if before.is_none() && source.chance(20) {
            before = Some(state(&pipeline));
        }
        let Ok(served) = catch_unwind(AssertUnwindSafe(|| pipeline.call(&request))) else {
            panic!("request {number} panics: {}", shown(&request));
        };
        let reply = served.reply.unwrap();
        if reply.status < 300 {
            source.learn(&reply.body);
            before = None;
            continue;
        }
        refused += 1;
        let code = code(&request, &reply).unwrap_or_default();
        let answer = || format!("{} {:?} to {number}: {}", reply.status, reply.headers, shown(&request));
        assert!(!code.is_empty(), "no code in {} {}", String::from_utf8_lossy(&reply.body), answer());
        assert!(reply.status < 500 || [501, 503].contains(&reply.status), "{code} {}", answer());
        if source.chance(10)
            && let Some(before) = &before
        {
            compared += 1;
            assert_eq!(state(&pipeline), *before, "{code} {}", answer());
        }
    }
    // Else it would test something else: most are refused, and yet there is something in the account.
    assert!((REQUESTS / 2..REQUESTS - 500).contains(&refused), "{refused} are refused");
    assert!(compared > 200 && source.known.len() > 100, "{compared} times compared");
}

/// As it goes over the wire; what would not pass as HTTP is left to the server to refuse.
fn bytes(request: &Request) -> Vec<u8> {
    let question = if request.query.is_empty() { "" } else { "?" };
    let head = format!("{} {}{question}{} HTTP/1.1\r\n", request.method, request.path, request.query);
    let mut bytes = head.into_bytes();
    for (name, value) in &request.headers {
        bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    let length = format!("content-length: {}\r\nconnection: close\r\n\r\n", request.body.len());
    bytes.extend(length.as_bytes());
    bytes.extend_from_slice(&request.body);
    bytes
}

/// What comes back until the connection is closed; nothing where it is reset. `ends`: nothing more will
/// be sent, which a request that is cut short needs, and which makes the server drop others.
async fn send(server: &Server, bytes: &[u8], ends: bool) -> String {
    let mut stream = TcpStream::connect(server.addr()).await.unwrap();
    // The server may have refused the request before it was all sent.
    let _ = stream.write_all(bytes).await;
    if ends {
        let _ = stream.shutdown().await;
    }
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn malformed_requests_over_connections_leave_a_server_that_serves() {
    let options = Options { throttling: false, ..Options::default() };
    let server = Server::start(Config { options, ..Config::default() }).await.unwrap();
    let mut source = source(2);
    for number in 0..400 {
        let request = draw(&mut source);
        let mut bytes = bytes(&request);
        match number % 8 {
            0 => bytes.truncate(source.rng.random_range(0..=bytes.len())),
            1 => {
                let at = source.rng.random_range(0..bytes.len());
                bytes[at] = source.rng.random();
            }
            _ => {}
        }
        let broken = number % 8 < 2;
        let answer = send(&server, &bytes, broken).await;
        assert!(broken || answer.starts_with("HTTP/1.1 "), "'{answer}' to {}", shown(&request));
        let status = answer.strip_prefix("HTTP/1.1 ").unwrap_or("000").get(..3).unwrap_or_default();
        assert_ne!(status, "500", "{answer} to {}", shown(&request));
    }
    let who =
        encode::request(tables::service("sts").unwrap(), Protocol::Query, "GetCallerIdentity", &json!({}));
    assert!(send(&server, &bytes(&who), false).await.starts_with("HTTP/1.1 200"));
    server.stop().await;
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused_in_its_services_form() {
    let server = Server::start(Config::default()).await.unwrap();
    for (service, protocol, operation, form) in [
        (
            "ec2",
            Protocol::Ec2,
            "DescribeVpcs",
            "<Response><Errors><Error><Code>RequestEntityTooLargeException<",
        ),
        ("secretsmanager", Protocol::Json, "ListSecrets", "\"__type\":\"RequestEntityTooLargeException\""),
        ("apigatewayv2", Protocol::RestJson, "CreateApi", "x-amzn-errortype: RequestEntityTooLargeException"),
    ] {
        let mut request = encode::request(tables::service(service).unwrap(), protocol, operation, &json!({}));
        request.body = vec![b' '; wire::MAX_BODY + 1].into();
        let answer = send(&server, &bytes(&request), false).await;
        assert!(answer.starts_with("HTTP/1.1 413") && answer.contains(form), "{answer}");
    }
    server.stop().await;
}
