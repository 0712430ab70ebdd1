//! HTTP by an API's host name. In: a request whose host is `{api}.execute-api.{region}.amazonaws.com`
//! or a custom domain name.
//! Out: what API Gateway answers: the pod's response that came through VPC link and load balancer, or
//! the refusal of the first thing in the way. Connects to targets, through [`crate::dial`] only.
//!
//! * [`plan`]: from the request to a target, under the world's lock and without IO.
//! * `domain`, `route`, `throttle`, `cors`, `path` (link, load balancer, security groups): its steps.
//! * [`authorize`]: between route and integration, who may call; asks issuers and functions, which
//!   are at the places that [`outside`] knows.
//! * `map`, `head`: the request that is sent on, and the response that is sent back.
//! * [`pool`], `forward`: the connections to load balancers, and the exchange with the target over one.
//! * `answered`, `access_log`, `metrics`: the line in the stage's log group, and CloudWatch's metrics.
//! * [`trace`]: what happened to the last requests.
//!
//! Sources are abbreviated as in [`crate::apigatewayv2`].

mod access_log;
mod answered;
pub mod authorize;
mod cors;
mod domain;
mod forward;
mod head;
mod map;
mod metrics;
pub mod outside;
mod path;
mod plan;
pub mod pool;
mod refusal;
mod route;
#[cfg(test)]
mod tests;
pub mod throttle;
pub mod trace;

use std::sync::PoisonError;

use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;

use crate::apigatewayv2::domain_name::DomainName;
use crate::world::{SharedWorld, World};
use answered::{Answered, Integrated};
use plan::{Asked, Plan};
use refusal::Refusal;
use trace::Trace;

/// Bytes of a request's or a response's body (HQ).
pub const MAX_PAYLOAD: usize = 10 * 1024 * 1024;
/// Bytes of request line and headers together (HQ).
pub const MAX_HEAD: usize = 10_240;

/// Whether requests to a host, its port left out, are for an API: it is an API's own host name or
/// a custom domain name.
pub fn is_for_an_api(world: &SharedWorld, host: &str) -> bool {
    route::is_api_host(host) || with(world, |w| domain::is_custom(w, host))
}

/// The custom domain name of a host, with its account and region.
pub(crate) fn domain_name(world: &mut World, host: &str) -> Option<(String, String, DomainName)> {
    let (account, region, domain) = domain::find(world, host)?;
    Some((account, region, domain.domain.clone()))
}

/// Answers one request to an API's host name. The client's address is taken from an extension of
/// type [`std::net::SocketAddr`], if the server set one.
pub async fn serve(world: &SharedWorld, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let (mut trace, now) = with(world, |w| {
        let now = w.clock.now();
        (Trace::begin(w.traces.next_number(), now, &request), now)
    });
    let asked = Asked::read(request, &trace.request_id, now).await;
    let mut integrated = Integrated::default();
    let answer = match &asked {
        Ok(asked) => answer(world, asked, &mut trace, &mut integrated).await,
        Err(refusal) => Err(refusal.clone()),
    };
    let refusal = answer.as_ref().err().cloned();
    let mut response = answer.unwrap_or_else(|refusal| refusal.response());
    trace.why = refusal.as_ref().map(|refusal| refusal.why.clone());
    if let Ok(id) = HeaderValue::from_str(&trace.request_id) {
        response.headers_mut().insert("apigw-requestid", id);
    }
    trace.status = response.status().as_u16();
    with(world, |w| {
        if let Ok(asked) = &asked
            && let Some(answered) = Answered::new(asked, &trace, refusal.as_ref(), integrated, &response)
        {
            answered.report(w);
        }
        w.traces.push(trace);
    });
    response
}

async fn answer(
    world: &SharedWorld,
    asked: &Asked,
    trace: &mut Trace,
    integrated: &mut Integrated,
) -> Result<Response<Full<Bytes>>, Refusal> {
    let found = with(world, |w| plan::find(w, asked, trace))?;
    trace.identity = authorize::check(world, asked, &found, trace).await?;
    let (plan, clock) = with(world, |w| (plan::plan(w, asked, found, trace), w.clock.clone()));
    match plan? {
        Plan::Preflight(response) => Ok(*response),
        Plan::Forward(leg, destination) => {
            let begun = clock.now();
            let forwarded = forward::forward(world, &clock, &leg, destination, trace).await;
            integrated.latency = Some(clock.now().since(begun));
            let forwarded = forwarded?;
            integrated.status = Some(forwarded.status().as_u16());
            head::response(forwarded, &leg)
        }
    }
}

fn with<T>(world: &SharedWorld, f: impl FnOnce(&mut World) -> T) -> T {
    f(&mut world.lock().unwrap_or_else(PoisonError::into_inner))
}

/// The whole body.
///
/// # Errors
/// `None` if it is larger than [`MAX_PAYLOAD`], `Some` with the reason if it breaks off.
async fn whole(body: Incoming) -> Result<Bytes, Option<String>> {
    match Limited::new(body, MAX_PAYLOAD).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(e) if e.is::<http_body_util::LengthLimitError>() => Err(None),
        Err(e) => Err(Some(e.to_string())),
    }
}
