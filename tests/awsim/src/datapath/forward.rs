//! The exchange with the target, over a connection that is open already or a new one.

use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::path::{self, Destination, Fresh};
use super::plan::Leg;
use super::pool::{Cut, Kept, Sender};
use super::refusal::Refusal;
use super::trace::Trace;
use super::whole;
use crate::clock::Clock;
use crate::dial;
use crate::elbv2::Flow;
use crate::world::SharedWorld;

/// Sends the request and waits for the whole response, for as long as the integration's timeout
/// lets it in simulated time.
pub async fn forward(
    world: &SharedWorld,
    clock: &Clock,
    leg: &Leg,
    destination: Destination,
    trace: &mut Trace,
) -> Result<Response<Bytes>, Refusal> {
    let answered = tokio::select! {
        biased;
        answered = along(world, clock, leg, destination, trace) => Some(answered),
        () = timeout(clock, leg.timeout) => None,
    };
    answered.unwrap_or_else(|| {
        let (target, millis) = (trace.target.as_deref().unwrap_or_default(), leg.timeout.as_millis());
        Err(Refusal::timed_out(format!("{target} did not answer within the integration's {millis} ms")))
    })
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

/// What went wrong on a connection.
#[derive(Debug)]
enum Failure {
    /// It was closed before anything was sent.
    Unsent(String),
    /// It ended before anything of a response came.
    Silent(String),
    /// It ended within the response.
    Broken(String),
    /// The response is larger than API Gateway takes.
    TooLarge,
}

impl Failure {
    /// Whether the request is sent once more, over a new connection, when an old one failed so: where
    /// nothing was sent, or where it does no harm (RFC 9110, 9.2.2). What API Gateway does is not known,
    /// so that this is an assumption.
    fn allows_another(&self, leg: &Leg) -> bool {
        match self {
            Failure::Unsent(_) => true,
            Failure::Silent(_) => leg.method.is_idempotent(),
            Failure::Broken(_) | Failure::TooLarge => false,
        }
    }

    /// 503 for a connection that fails; 500 for too large a response (re:Post, API Gateway 5xx errors:
    /// "Backend payload size exceeding 10 MB").
    fn refusal(self, target: &str) -> Refusal {
        match self {
            Failure::Unsent(why) | Failure::Silent(why) | Failure::Broken(why) => {
                Refusal::unavailable(format!("talking to {target}: {why}"))
            }
            Failure::TooLarge => Refusal::internal(format!("the response of {target} is larger than 10 MB")),
        }
    }
}

async fn along(
    world: &SharedWorld,
    clock: &Clock,
    leg: &Leg,
    destination: Destination,
    trace: &mut Trace,
) -> Result<Response<Bytes>, Refusal> {
    let (kept, again) = match destination {
        // Packets that security groups drop are not answered: API Gateway waits, then gives up.
        Destination::Dropped { why, after } => return dropped(clock, why, after).await,
        Destination::Fresh(fresh) => return over_fresh(clock, leg, *fresh).await,
        Destination::Kept(kept, again) => (*kept, again),
    };
    let target = format!("{}:{}", kept.flow.target.ip, kept.flow.target.port);
    let failure = match over_kept(clock, leg, kept).await {
        Ok(response) => return Ok(response),
        Err(failure) => failure,
    };
    if !failure.allows_another(leg) {
        return Err(failure.refusal(&target));
    }
    match path::anew(world, &again, trace)? {
        Destination::Dropped { why, after } => dropped(clock, why, after).await,
        Destination::Fresh(fresh) => over_fresh(clock, leg, *fresh).await,
        // Asked for anew, it is never an old one.
        Destination::Kept(..) => Err(failure.refusal(&target)),
    }
}

async fn dropped(clock: &Clock, why: String, after: Duration) -> Result<Response<Bytes>, Refusal> {
    clock.sleep(after).await;
    Err(Refusal::unavailable(why))
}

async fn over_kept(clock: &Clock, leg: &Leg, kept: Kept) -> Result<Response<Bytes>, Failure> {
    let Kept { lease, mut sender, forgotten, .. } = kept;
    if let Some(ended) = forgotten {
        return Err(Failure::Silent(ended.to_string()));
    }
    let response = exchange(&mut sender, &lease.cut, leg).await?;
    lease.keep(sender, clock.now());
    Ok(response)
}

async fn over_fresh(clock: &Clock, leg: &Leg, fresh: Fresh) -> Result<Response<Bytes>, Refusal> {
    let Fresh { to, side, target, pool, keep, now } = fresh;
    let unreached = |why: String| Refusal::unavailable(format!("connecting to {to}: {why}"));
    let stream = dial::connect(to).await.map_err(|e| unreached(e.to_string()))?;
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|e| unreached(e.to_string()))?;
    let flow = Flow { listener: side.listener.clone(), target, opened: now, used: now };
    let lease = pool.open(side, flow);
    tokio::spawn(drive(connection, lease.cut.clone()));
    let response = exchange(&mut sender, &lease.cut, leg).await.map_err(|f| f.refusal(&to.to_string()))?;
    if !keep.is_zero() {
        lease.keep(sender, clock.now());
    }
    Ok(response)
}

/// Keeps a connection going until either end closes it, or the load balancer resets it.
async fn drive(mut connection: http1::Connection<TokioIo<TcpStream>, Full<Bytes>>, cut: std::sync::Arc<Cut>) {
    tokio::select! {
        // How it ends, the request that it carries hears by itself.
        _ended = &mut connection => return,
        () = cut.happens() => {}
    }
    // Closing then resets; if that cannot be had, the target sees an ordinary end.
    let _ = connection.into_parts().io.inner().set_zero_linger();
}

async fn exchange(sender: &mut Sender, cut: &Cut, leg: &Leg) -> Result<Response<Bytes>, Failure> {
    let mut request = Request::new(Full::new(leg.source.body.clone()));
    *request.method_mut() = leg.method.clone();
    *request.uri_mut() = leg.uri.clone();
    *request.headers_mut() = leg.headers.clone();
    let begun = async {
        sender.ready().await.map_err(|e| Failure::Unsent(e.to_string()))?;
        sender.try_send_request(request).await.map_err(|mut e| match e.take_message() {
            Some(_unsent) => Failure::Unsent(e.error().to_string()),
            None => Failure::Silent(e.error().to_string()),
        })
    };
    let response = unless_cut(cut, begun, Failure::Silent).await?;
    let (parts, body) = response.into_parts();
    let ended = async { whole(body).await.map_err(|why| why.map_or(Failure::TooLarge, Failure::Broken)) };
    let body = unless_cut(cut, ended, Failure::Broken).await?;
    Ok(Response::from_parts(parts, body))
}

async fn unless_cut<T>(
    cut: &Cut,
    work: impl Future<Output = Result<T, Failure>>,
    lost: fn(String) -> Failure,
) -> Result<T, Failure> {
    tokio::select! {
        biased;
        () = cut.happens() => Err(lost(cut.why())),
        done = work => done,
    }
}
