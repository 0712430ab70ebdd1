//! The wire protocols, written once each over the generated tables. In: an HTTP request whose
//! body is read. Out: an operation's input by member names, and of its output or fault the reply.
//! No IO and no state: what a call means is the handlers' business.
//!
//! * [`inflated`]: its body, if the client compressed it.
//! * [`route`]: which operation a request is for.
//! * [`decode`] and [`validate`]: its input.
//! * [`encode`] and [`encode_fault`]: the reply.
//!
//! A further protocol is one more file with `decode`, `encode` and `fault` and a line in each
//! match here.

mod body;
mod cbor;
mod compressed;
mod document;
mod form;
mod json;
mod query;
mod redact;
mod rest;
mod rest_json;
mod rest_xml;
mod route;
mod scalar;
mod validate;
mod violation;
mod xml;

use bytes::Bytes;
use http::{HeaderMap, Method};
use serde_json::Value;

use crate::fault::Fault;
use crate::tables::{Operation, Protocol, Service};

pub use compressed::{MAX_BODY, inflated, taken, too_long};
pub use redact::redacted;
pub use route::{Route, guess, protocol, route};
pub use validate::{output_mismatch, validate};
pub use violation::{Step, Violation, Wrong};

/// A request, its body read.
#[derive(Clone, Debug)]
pub struct Request {
    /// The HTTP method.
    pub method: Method,
    /// The path as it was sent, percent-encoded.
    pub path: String,
    /// The query string as it was sent, without the `?`.
    pub query: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Request {
    /// A header's text; `""` where it is absent or not text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// A reply: status, headers, body.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The headers besides the body's length.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// An operation's input by member names, and what the request held that the model does not know.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decoded {
    /// By member names. A scalar that cannot be read as its type stays a string, for
    /// [`validate()`] to complain about.
    pub input: Value,
    /// Paths, as on the wire, that no member has.
    pub unknown: Vec<String>,
}

/// Reads the input of a served operation.
///
/// # Errors
/// A body that is not of the protocol's form.
pub fn decode(
    service: &Service,
    operation: &Operation,
    route: &Route,
    request: &Request,
) -> Result<Decoded, Fault> {
    match route.protocol {
        Protocol::Ec2 | Protocol::Query => query::decode(service, operation, route.protocol, request),
        Protocol::RestJson => rest_json::decode(service, operation, route, request),
        Protocol::Json => json::decode(service, operation, request),
        Protocol::Cbor => cbor::decode(service, operation, request),
        Protocol::RestXml => rest_xml::decode(service, operation, route, request),
    }
}

/// The reply to a call that succeeded with `output`, by member names.
pub fn encode(
    service: &Service,
    operation: &Operation,
    route: &Route,
    output: &Value,
    request_id: &str,
) -> Reply {
    match route.protocol {
        Protocol::Ec2 | Protocol::Query => query::encode(service, operation, route, output, request_id),
        Protocol::RestXml => rest_xml::encode(service, operation, output, request_id),
        Protocol::RestJson => rest_json::encode(service, operation, output, request_id),
        Protocol::Json => json::encode(service, operation, output, request_id),
        Protocol::Cbor => cbor::encode(service, operation, output, request_id),
    }
}

/// The reply to a call that failed. The model decides the status of an error that it has.
pub fn encode_fault(service: &Service, protocol: Protocol, fault: &Fault, request_id: &str) -> Reply {
    let modelled = service.error(&fault.code).and_then(|shape| shape.error.as_ref()?.status);
    let fault = Fault { status: modelled.unwrap_or(fault.status), ..fault.clone() };
    match protocol {
        // REST-XML's form of an error is the query protocol's.
        Protocol::Ec2 | Protocol::Query | Protocol::RestXml => {
            query::fault(service, protocol, &fault, request_id)
        }
        Protocol::RestJson => rest_json::fault(service, &fault, request_id),
        Protocol::Json => json::fault(service, &fault, request_id),
        Protocol::Cbor => cbor::fault(service, &fault, request_id),
    }
}

#[cfg(test)]
mod tests;
