//! What API Gateway answers when it does not forward, or nothing comes back.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;
use serde_json::json;

/// A refusal: what the client sees, and the reason, which only the trace tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    status: StatusCode,
    message: &'static str,
    /// For the trace.
    pub why: String,
}

impl Refusal {
    fn new(status: StatusCode, message: &'static str, why: impl Into<String>) -> Refusal {
        Refusal { status, message, why: why.into() }
    }

    /// 400
    pub fn bad_request(why: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::BAD_REQUEST, "Bad Request", why)
    }

    /// 401: a token is missing or not good.
    pub fn unauthorized(why: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::UNAUTHORIZED, "Unauthorized", why)
    }

    /// 403: a signature is missing or not good.
    pub fn forbidden(why: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::FORBIDDEN, "Forbidden", why)
    }

    /// 404: no API, no stage, no route.
    pub fn not_found(why: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::NOT_FOUND, "Not Found", why)
    }

    /// 413: more than [`super::MAX_PAYLOAD`].
    pub fn too_large(why: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large", why)
    }

    /// 431: more than [`super::MAX_HEAD`].
    pub fn head_too_large(why: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "Request Header Fields Too Large", why)
    }

    /// 429
    pub fn throttled(why: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests", why)
    }

    /// 500: the API is not made right.
    pub fn internal(why: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error", why)
    }

    /// 503: the way to the target is closed, or the target did not answer in time. HTTP APIs say
    /// the same for both (cortex 1225, serverless 11222; `Endpoint request timed out` with 504 is
    /// a REST API's).
    pub fn unavailable(why: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable", why)
    }

    /// As the client sees it.
    pub fn response(&self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(json!({ "message": self.message }).to_string().into()));
        *response.status_mut() = self.status;
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }
}
