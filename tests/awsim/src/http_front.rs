//! What arrives at the port: reads it, and hands it to the control doors, to the data path or to
//! the pipeline of AWS calls.

use std::time::Instant;

use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;

use crate::control;
use crate::datapath;
use crate::pipeline::Pipeline;
use crate::recorder::DataEntry;
use crate::wire::{Reply, Request};

/// Greater than any served operation's input. AWS's own limits differ by service; this one guards
/// the simulator.
const MAX_BODY: usize = 2 * 1024 * 1024;

/// The connection is to be closed without a reply.
#[derive(Debug, thiserror::Error)]
#[error("closed without a reply, as asked for")]
pub struct Reset;

/// Serves one request.
///
/// # Errors
/// [`Reset`] where a fault asks for it.
pub async fn serve(
    pipeline: &Pipeline,
    request: http::Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Reset> {
    if is_api_host(host(&request)) {
        return Ok(data(pipeline, request).await);
    }
    let request = match read(request).await {
        Ok(request) => request,
        Err(reply) => return Ok(response(reply)),
    };
    if request.path.starts_with(control::PREFIX) {
        return Ok(response(control::serve(pipeline, &request)));
    }
    pipeline.call(&request).map(response).ok_or(Reset)
}

/// The host name that a request is for, without its port.
fn host<B>(request: &http::Request<B>) -> &str {
    let header = || request.headers().get(http::header::HOST).and_then(|value| value.to_str().ok());
    let host =
        request.uri().authority().map(http::uri::Authority::as_str).or_else(header).unwrap_or_default();
    host.split(':').next().unwrap_or_default()
}

/// Whether a host name is an API's: `{api}.execute-api.{region}.amazonaws.com`.
pub fn is_api_host(host: &str) -> bool {
    let parts: Vec<&str> = host.split('.').collect();
    matches!(parts[..], [_, "execute-api", _, "amazonaws", "com"])
}

async fn data(pipeline: &Pipeline, request: http::Request<Incoming>) -> Response<Full<Bytes>> {
    let started = Instant::now();
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let mut entry = DataEntry {
        number: 0,
        at: pipeline.clock.now(),
        method: request.method().to_string(),
        host: host(&request).to_owned(),
        path: path.to_owned(),
        status: 0,
        micros: 0,
    };
    let response = datapath::serve(&pipeline.world, request).await;
    entry.status = response.status().as_u16();
    entry.micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    pipeline.recorder.record_data(entry);
    response
}

async fn read(request: http::Request<Incoming>) -> Result<Request, Reply> {
    let (head, body) = request.into_parts();
    let refuse = |status, text: &str| Reply { status, headers: Vec::new(), body: text.as_bytes().to_vec() };
    let body = match Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => body.to_bytes(),
        Err(e) if e.is::<http_body_util::LengthLimitError>() => {
            return Err(refuse(413, "the body is longer than 2 MiB"));
        }
        Err(_) => return Err(refuse(400, "the body ended early")),
    };
    Ok(Request {
        method: head.method,
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers,
        body,
    })
}

fn response(reply: Reply) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(reply.body)));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in reply.headers {
        if let Ok(value) = http::HeaderValue::try_from(value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hosts_of_apis_lead_to_the_data_path() {
        assert!(is_api_host("a1b2c3.execute-api.eu-central-1.amazonaws.com"));
        for host in
            ["127.0.0.1", "ec2.eu-central-1.amazonaws.com", "execute-api.eu-central-1.amazonaws.com", ""]
        {
            assert!(!is_api_host(host), "{host}");
        }
    }
}
