//! A request that has its answer: what the access log and the metrics tell of it.
//!
//! Neither tells of a request that did not come as far as a stage (no API, no API mapping, no stage)
//! or is larger than API Gateway takes (413, 431): the guide names both as not logged (AGD,
//! http-api-monitor). Excessive 429s and internal failures, which it names as well, do not happen
//! here: what a throttle refuses is logged, and so is every other refusal of a stage.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use http_body_util::Full;
use hyper::body::Body;

use super::plan::Asked;
use super::refusal::Refusal;
use super::route::Way;
use super::trace::Trace;
use super::{access_log, metrics};
use crate::clock::SimTime;
use crate::world::World;

/// The exchange with the integration; nothing of it if the request never went there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Integrated {
    /// The status of its response.
    pub status: Option<u16>,
    /// From sending the request on to its response, or to giving up.
    pub latency: Option<Duration>,
}

/// A request to a stage and its answer.
#[derive(Debug)]
pub struct Answered<'a> {
    /// The request.
    pub asked: &'a Asked,
    /// How it came to the API.
    pub way: &'a Way,
    /// The stage's name.
    pub stage: &'a str,
    /// The key of its route.
    pub route_key: Option<&'a str>,
    /// What is known of the caller, as context variables.
    pub identity: &'a BTreeMap<String, String>,
    /// Why API Gateway answered itself.
    pub refusal: Option<&'a Refusal>,
    /// What the integration did.
    pub integrated: Integrated,
    /// The status of the answer.
    pub status: u16,
    /// Bytes of the answer's body.
    pub length: u64,
}

impl<'a> Answered<'a> {
    /// `None` if the request came to no stage.
    pub fn new(
        asked: &'a Asked,
        trace: &'a Trace,
        refusal: Option<&'a Refusal>,
        integrated: Integrated,
        response: &Response<Full<Bytes>>,
    ) -> Option<Answered<'a>> {
        Some(Answered {
            asked,
            way: trace.way.as_ref()?,
            stage: trace.stage.as_deref()?,
            route_key: trace.route_key.as_deref(),
            identity: &trace.identity,
            refusal,
            integrated,
            status: response.status().as_u16(),
            length: response.body().size_hint().exact().unwrap_or_default(),
        })
    }

    /// From the request to its answer, of which `now` is the moment.
    pub fn latency(&self, now: SimTime) -> Duration {
        now.since(self.asked.now)
    }

    /// Bytes of both bodies. The guide says no more than "the amount of data processed".
    pub fn data_processed(&self) -> u64 {
        self.length.saturating_add(u64::try_from(self.asked.body.len()).unwrap_or(u64::MAX))
    }

    /// Writes the line and records the metrics.
    pub fn report(&self, world: &mut World) {
        let call = world.call(&self.way.account, &self.way.region);
        access_log::write(call.region, self, call.now);
        metrics::record(call.region, self, call.now);
    }
}
