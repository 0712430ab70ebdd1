//! What arrives at the port: reads it, and hands it to the control doors, to the data path or to
//! the pipeline of AWS calls.

use std::sync::PoisonError;
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use http::{Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;

use crate::control;
use crate::datapath;
use crate::fault::Fault;
use crate::pipeline::{Pipeline, Served};
use crate::recorder::DataEntry;
use crate::wire::{self, Reply, Request};

/// The connection is to be closed without a reply.
#[derive(Debug, thiserror::Error)]
#[error("closed without a reply, as asked for")]
pub struct Reset;

/// Serves one request.
///
/// # Errors
/// [`Reset`] where the weather has it.
pub async fn serve(
    pipeline: &Pipeline,
    request: http::Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Reset> {
    if datapath::is_for_an_api(&pipeline.world, host(&request)) {
        return Ok(data(pipeline, request).await);
    }
    let request = match read(pipeline, request).await {
        Ok(request) => request,
        Err(reply) => return Ok(response(reply)),
    };
    if request.path.starts_with(control::PREFIX) {
        return Ok(response(control::serve(pipeline, &request)));
    }
    datapath::authorize::issuer::visit(&pipeline.world, &request).await;
    let Served { reply, held, wait } = pipeline.call(&request);
    if let Some(held) = held {
        held.pass(&pipeline.clock).await;
    }
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
    reply.map(|reply| dated(pipeline, response(reply))).ok_or(Reset)
}

/// The host name that a request is for, without its port.
fn host<B>(request: &http::Request<B>) -> &str {
    let header = || request.headers().get(http::header::HOST).and_then(|value| value.to_str().ok());
    let host =
        request.uri().authority().map(http::uri::Authority::as_str).or_else(header).unwrap_or_default();
    host.split(':').next().unwrap_or_default()
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

async fn read(pipeline: &Pipeline, request: http::Request<Incoming>) -> Result<Request, Reply> {
    let (head, body) = request.into_parts();
    let mut request = Request {
        method: head.method,
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers,
        body: Bytes::new(),
    };
    match whole(body).await {
        Ok(Some(body)) => request.body = body,
        Ok(None) => return Err(pipeline.refuse(&request, &wire::too_long())),
        Err(_) => {
            let fault = Fault::bad("IncompleteBody", "The body ended early");
            return Err(pipeline.refuse(&request, &fault));
        }
    }
    Ok(request)
}

/// How much of a body that is too long is read all the same. A connection that is closed before
/// that is reset, and clients that send to the end before they read would miss the answer.
const READ_ON: usize = 16 * wire::MAX_BODY;

/// The body; `None` if it is too long.
async fn whole(mut body: Incoming) -> Result<Option<Bytes>, hyper::Error> {
    let (mut kept, mut read) = (BytesMut::new(), 0);
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        read += data.len();
        if read > READ_ON {
            break;
        }
        if read <= wire::MAX_BODY {
            kept.extend_from_slice(&data);
        }
    }
    Ok((read <= wire::MAX_BODY).then(|| kept.freeze()))
}

/// With AWS's own time, where that is another than ours: clients correct theirs by it.
fn dated(pipeline: &Pipeline, mut response: Response<Full<Bytes>>) -> Response<Full<Bytes>> {
    let now = {
        let world = pipeline.world.lock().unwrap_or_else(PoisonError::into_inner);
        (world.options.clock_ahead != 0).then(|| world.options.wall_clock())
    };
    let now = now.and_then(|now| jiff::Timestamp::try_from(now).ok());
    let date = now.map(|now| now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string());
    if let Some(date) = date.and_then(|date| http::HeaderValue::try_from(date).ok()) {
        response.headers_mut().insert(http::header::DATE, date);
    }
    response
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
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use crate::server::{Config, Server};
    use crate::weather::{Effect, Rule};

    const WHO: &str = "Action=GetCallerIdentity&Version=2011-06-15";

    /// Sends a form to STS and reads until the connection is closed; empty where nothing came.
    async fn send(server: &Server, form: &str) -> String {
        let request = format!(
            "POST / HTTP/1.1\r\nhost: sts\r\nconnection: close\r\ncontent-length: {}\r\nauthorization: \
             AWS4-HMAC-SHA256 Credential=test/20261121/eu-central-1/sts/aws4_request, SignedHeaders=host, \
             Signature=00\r\n\r\n{form}",
            form.len()
        );
        let mut stream = TcpStream::connect(server.addr()).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        // A reset is an answer too: none.
        let _ = stream.read_to_string(&mut answer).await;
        answer
    }

    #[tokio::test]
    async fn a_call_is_answered_and_recorded() {
        let server = Server::start(Config::default()).await.unwrap();
        assert!(send(&server, WHO).await.contains("<Account>123456789012</Account>"));
        let calls = server.recorder().since(0);
        assert_eq!((calls.len(), calls[0].operation.as_str()), (1, "GetCallerIdentity"));
        assert!(calls[0].succeeded() && !calls[0].mutating());
        server.stop().await;
    }

    #[tokio::test]
    async fn a_reset_call_takes_no_effect_and_a_lost_reply_hides_one() {
        let server = Server::start(Config::default()).await.unwrap();
        let assume = "Action=AssumeRole&Version=2011-06-15&RoleSessionName=name\
                      &RoleArn=arn:aws:iam::111122223333:role/entry";
        for (effect, outcome) in [(Effect::Reset, Some("ConnectionReset")), (Effect::LoseReply, None)] {
            server.weather().inject(Rule::of("sts", "AssumeRole", effect).times(1));
            assert_eq!(send(&server, assume).await, "");
            let call = server.recorder().since(0).pop().unwrap();
            assert_eq!((call.outcome.code.as_deref(), call.outcome.delivered), (outcome, false));
        }
        assert!(send(&server, assume).await.starts_with("HTTP/1.1 200"));
        server.stop().await;
    }

    #[tokio::test]
    async fn a_request_to_an_api_host_is_recorded_apart_from_calls() {
        let server = Server::start(Config::default()).await.unwrap();
        let request =
            "GET /x HTTP/1.1\r\nhost: a1.execute-api.eu-central-1.amazonaws.com\r\nconnection: close\r\n\r\n";
        let mut stream = TcpStream::connect(server.addr()).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let data = server.recorder().data_since(0);
        assert_eq!((data.len(), data[0].path.as_str(), data[0].status), (1, "/x", 404));
        assert_eq!(server.recorder().latest(), 0);
        server.stop().await;
    }
}
