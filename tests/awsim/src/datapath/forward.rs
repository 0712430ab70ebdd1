//! The exchange with the target.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;

use super::plan::{Destination, Leg};
use super::refusal::Refusal;
use super::whole;
use crate::clock::Clock;
use crate::dial;

/// Sends the request and waits for the whole response, for as long as the integration's timeout
/// lets it in simulated time.
pub async fn forward(clock: &Clock, leg: &Leg) -> Result<Response<Bytes>, Refusal> {
    let target = match &leg.destination {
        Destination::Target(target) => *target,
        // Packets that security groups drop are not answered: API Gateway waits, then gives up.
        Destination::Dropped { why, after } => {
            clock.sleep(*after).await;
            return Err(Refusal::unavailable(why.clone()));
        }
    };
    let exchange = async {
        let stream = dial::connect(target).await.map_err(|e| format!("connecting to {target}: {e}"))?;
        exchange(TokioIo::new(stream), leg).await.map_err(|e| format!("talking to {target}: {e}"))
    };
    tokio::select! {
        answered = exchange => answered.map_err(Refusal::unavailable),
        () = timeout(clock, leg.timeout) => {
            let millis = leg.timeout.as_millis();
            Err(Refusal::timed_out(format!("{target} did not answer within the integration's {millis} ms")))
        }
    }
}

/// A target has at least this much real time, however fast the simulated clock runs: it is a real
/// server on a machine with other things to do.
const PATIENCE: Duration = Duration::from_secs(5);

/// Waits for so long in simulated time, and for [`PATIENCE`] at least where the clock runs fast.
pub(super) async fn timeout(clock: &Clock, timeout: Duration) {
    if clock.scale() > 1.0 {
        tokio::join!(clock.sleep(timeout), tokio::time::sleep(PATIENCE));
    } else {
        clock.sleep(timeout).await;
    }
}

async fn exchange(io: TokioIo<tokio::net::TcpStream>, leg: &Leg) -> Result<Response<Bytes>, String> {
    let mut request = Request::new(Full::new(leg.source.body.clone()));
    *request.method_mut() = leg.method.clone();
    *request.uri_mut() = leg.uri.clone();
    *request.headers_mut() = leg.headers.clone();
    let (mut sender, connection) = http1::handshake(io).await.map_err(|e| e.to_string())?;
    let answer = async move {
        let response = sender.send_request(request).await.map_err(|e| e.to_string())?;
        let (parts, body) = response.into_parts();
        match whole(body).await {
            Ok(body) => Ok(Response::from_parts(parts, body)),
            Err(None) => Err("the response is larger than 10 MB".to_owned()),
            Err(Some(why)) => Err(why),
        }
    };
    // The connection ends when the sender is gone; how it ends no longer matters then.
    let (answer, _ended) = tokio::join!(answer, connection);
    answer
}
