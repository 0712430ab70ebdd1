//! The exchange with an issuer or with a function: one HTTP request to a place on this machine.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;

use crate::clock::Clock;
use crate::datapath::forward;
use crate::datapath::outside::Place;
use crate::dial;

/// How long and how large an answer may be.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Simulated time, see [`forward::timeout`].
    pub time: Duration,
    /// Bytes of the body.
    pub size: usize,
}

/// The body of an answer with status 200; `body` is sent as JSON by POST, without it GET is.
///
/// # Errors
/// In words, why there is none.
pub async fn fetch(
    clock: &Clock,
    place: &Place,
    body: Option<Bytes>,
    limits: Limits,
) -> Result<Bytes, String> {
    let named = format!("http://{}{}", place.address, place.path);
    tokio::select! {
        answered = exchange(place, body, limits.size) => answered.map_err(|why| format!("{named}: {why}")),
        () = forward::timeout(clock, limits.time) => {
            Err(format!("{named}: no answer within {} ms", limits.time.as_millis()))
        }
    }
}

async fn exchange(place: &Place, body: Option<Bytes>, size: usize) -> Result<Bytes, String> {
    let request = request(place, body)?;
    let stream = dial::connect(place.address).await.map_err(|e| e.to_string())?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|e| e.to_string())?;
    let answer = async move {
        let response = sender.send_request(request).await.map_err(|e| e.to_string())?;
        let status = response.status();
        if status != http::StatusCode::OK {
            return Err(format!("status {}", status.as_u16()));
        }
        match Limited::new(response.into_body(), size).collect().await {
            Ok(body) => Ok(body.to_bytes()),
            Err(e) if e.is::<http_body_util::LengthLimitError>() => {
                Err(format!("an answer of more than {size} bytes"))
            }
            Err(e) => Err(e.to_string()),
        }
    };
    // The connection ends when the sender is gone; how it ends no longer matters then.
    let (answer, _ended) = tokio::join!(answer, connection);
    answer
}

fn request(place: &Place, body: Option<Bytes>) -> Result<Request<Full<Bytes>>, String> {
    let path = if place.path.is_empty() { "/" } else { &place.path };
    let method = if body.is_some() { Method::POST } else { Method::GET };
    let mut request = Request::new(Full::new(body.unwrap_or_default()));
    *request.uri_mut() = path.parse().map_err(|_| format!("'{path}' is not a path"))?;
    let host = HeaderValue::try_from(place.address.to_string()).map_err(|e| e.to_string())?;
    request.headers_mut().insert(header::HOST, host);
    if method == Method::POST {
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(header::CONTENT_TYPE, json);
    }
    *request.method_mut() = method;
    Ok(request)
}
