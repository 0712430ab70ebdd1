//! What happened to the last requests: for people who look for the hop that refuses, and for tests.

use std::collections::{BTreeMap, VecDeque};

use http::{Request, header};
use serde::Serialize;
use serde_json::{Value, json};

use super::route::Way;
use crate::clock::SimTime;

/// How many requests are kept.
pub const KEPT: usize = 1000;

/// One request and how far it came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Trace {
    /// Counts the requests, from 1.
    pub number: u64,
    /// As in the answer's `apigw-requestid`.
    pub request_id: String,
    /// When it came.
    pub at: SimTime,
    /// Method.
    pub method: String,
    /// `Host`.
    pub host: String,
    /// With stage and query.
    pub path: String,
    /// Where its host led it, if that is an API.
    #[serde(skip)]
    pub(super) way: Option<Way>,
    /// The API mapping's id, if the request came by a custom domain name.
    pub mapping: Option<String>,
    /// The API's id.
    pub api: Option<String>,
    /// The stage's name.
    pub stage: Option<String>,
    /// The route's key.
    pub route_key: Option<String>,
    /// The authorizer's id, if the route has one.
    pub authorizer: Option<String>,
    /// What is known of the caller.
    #[serde(skip)]
    pub(super) identity: BTreeMap<String, String>,
    /// The integration's id.
    pub integration: Option<String>,
    /// The VPC link's id.
    pub vpc_link: Option<String>,
    /// The listener's ARN.
    pub listener: Option<String>,
    /// `10.0.1.2:8080`
    pub target: Option<String>,
    /// Whether it went over a connection that was open already: no target was picked for it then.
    pub reused: bool,
    /// The hops that were tried, in order; the last one may be the one that refuses.
    pub hops: Vec<Hop>,
    /// What the client got.
    pub status: u16,
    /// Why it did not get the target's answer.
    pub why: Option<String>,
}

/// One hop between two addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Hop {
    /// `VPC link 10.0.1.4`
    pub from: String,
    /// `load balancer 10.0.1.5:30001`
    pub to: String,
    /// The security groups' refusal, if they refuse.
    pub refused: Option<String>,
}

impl Trace {
    /// A request that has just come.
    pub fn begin<B>(number: u64, at: SimTime, request: &Request<B>) -> Trace {
        let host = request.headers().get(header::HOST).and_then(|h| h.to_str().ok());
        Trace {
            number,
            // Of the form of API Gateway's.
            request_id: format!("{number:015X}="),
            at,
            method: request.method().to_string(),
            host: host.unwrap_or_default().to_owned(),
            path: request.uri().path_and_query().map(ToString::to_string).unwrap_or_default(),
            ..Trace::default()
        }
    }
}

/// The last [`KEPT`] traces.
#[derive(Debug, Default)]
pub struct Traces {
    ring: VecDeque<Trace>,
    given: u64,
}

impl Traces {
    /// The number of the next request.
    pub fn next_number(&mut self) -> u64 {
        self.given += 1;
        self.given
    }

    /// Keeps one more and forgets the oldest beyond [`KEPT`].
    pub fn push(&mut self, trace: Trace) {
        if self.ring.len() == KEPT {
            self.ring.pop_front();
        }
        self.ring.push_back(trace);
    }

    /// Oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Trace> {
        self.ring.iter()
    }

    /// The request that was answered last.
    pub fn last(&self) -> Option<&Trace> {
        self.ring.back()
    }

    /// For `GET /_awsim/trace`: oldest first.
    pub fn to_json(&self) -> Value {
        json!(self.ring)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest_traces_are_kept() {
        let mut traces = Traces::default();
        for _ in 0..KEPT + 2 {
            let number = traces.next_number();
            traces.push(Trace { number, ..Trace::default() });
        }
        assert_eq!(traces.iter().count(), KEPT);
        assert_eq!(traces.iter().next().unwrap().number, 3);
    }
}
