//! What befalls a request on its way to the API server.

use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use serde_json::json;

use super::Answer;

/// What befalls a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// It is refused, in the API server's form.
    Status(Refusal),
    /// No answer comes: the client has to end it, or [`super::Proxy::cut`] does.
    Hang {
        /// Whether the API server does it first.
        committed: bool,
    },
    /// The connection is closed without an answer, before the API server hears of it.
    Reset,
    /// The API server does it, then the connection is closed without an answer.
    LoseReply,
    /// It is handed on so late. Besides it another rule may befall the request.
    Delay(Duration),
    /// A watch: it ends in order after so long.
    EndWatch(Duration),
    /// A watch: its first event says that its resourceVersion is too old, as after a compaction.
    Gone,
    /// A watch: it stays open and nothing comes through any more.
    Freeze,
}

/// A refusal by the API server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    code: u16,
    reason: &'static str,
    message: &'static str,
    /// Seconds.
    retry_after: Option<u32>,
}

impl Effect {
    /// 409: somebody else changed the object.
    pub fn conflict() -> Effect {
        let message = "the object has been modified; please apply your changes to the latest version";
        Effect::refuse(409, "Conflict", message, None)
    }

    /// 410: the resourceVersion is too old.
    pub fn expired() -> Effect {
        Effect::refuse(410, "Expired", "The resourceVersion for the provided list is too old.", None)
    }

    /// 429 of the API server's priority and fairness.
    pub fn too_many_requests(retry_after: u32) -> Effect {
        let message = "Too many requests, please try again later.";
        Effect::refuse(429, "TooManyRequests", message, Some(retry_after))
    }

    /// 500, as when etcd changes its leader.
    pub fn internal_error() -> Effect {
        Effect::refuse(500, "InternalError", "etcdserver: leader changed", None)
    }

    /// 503, as while the API server shuts down.
    pub fn unavailable() -> Effect {
        let message = "apiserver is shutting down";
        Effect::refuse(503, "ServiceUnavailable", message, None)
    }

    fn refuse(code: u16, reason: &'static str, message: &'static str, retry_after: Option<u32>) -> Effect {
        Effect::Status(Refusal { code, reason, message, retry_after })
    }
}

impl Refusal {
    pub(super) fn answer(&self) -> Answer {
        let Refusal { code, reason, message, retry_after } = self;
        let details = retry_after.map(|seconds| json!({"retryAfterSeconds": seconds}));
        let status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": message, "reason": reason, "code": code, "details": details});
        let mut answer = http::Response::builder().status(*code).header("content-type", "application/json");
        if let Some(seconds) = retry_after {
            answer = answer.header("retry-after", *seconds);
        }
        answer.body(text(status.to_string())).expect("a response")
    }
}

/// A watch whose only event says that its resourceVersion is too old.
pub(super) fn gone() -> Answer {
    let status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": "too old resource version: 1 (2)", "reason": "Expired", "code": 410});
    let event = json!({"type": "ERROR", "object": status});
    let answer = http::Response::builder().header("content-type", "application/json");
    answer.body(text(format!("{event}\n"))).expect("a response")
}

fn text(text: String) -> super::Body {
    Full::new(Bytes::from(text)).map_err(|never| match never {}).boxed_unsync()
}
