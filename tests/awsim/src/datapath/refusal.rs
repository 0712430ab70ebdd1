//! What API Gateway answers when it does not forward, or nothing comes back.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;
use serde_json::json;

/// A refusal: what the client sees, and the reason, which only the trace tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    status: StatusCode,
    /// What the client is told.
    pub message: &'static str,
    /// What refuses.
    pub kind: Kind,
    /// For the trace.
    pub why: String,
    /// What the authorizer says of it, for the access log.
    pub authorizer_error: Option<String>,
    /// `www-authenticate`
    challenge: Option<String>,
}

/// What refuses, as `$context.error.responseType` tells it: a type of gateway response (AGD, logging
/// variables and gateway response types). `ACCESS_DENIED` is in a line of an HTTP API that
/// webbpulse's end-to-end tests quote; the others are taken from the list by their description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 400
    BadRequest,
    /// 401: the authorizer.
    Unauthorized,
    /// 403
    AccessDenied,
    /// 404
    NotFound,
    /// 413 and 431
    TooLarge,
    /// 429
    Throttled,
    /// 500
    Configuration,
    /// 500: the authorizer does not answer, or not as it should.
    AuthorizerFailure,
    /// 500: the authorizer cannot be asked.
    AuthorizerConfiguration,
    /// 503: the integration cannot be reached.
    IntegrationFailure,
    /// 503: the integration does not answer.
    IntegrationTimeout,
}

impl Kind {
    /// The type of gateway response.
    pub fn name(self) -> &'static str {
        match self {
            Kind::BadRequest => "BAD_REQUEST_PARAMETERS",
            Kind::Unauthorized => "UNAUTHORIZED",
            Kind::AccessDenied => "ACCESS_DENIED",
            Kind::NotFound => "RESOURCE_NOT_FOUND",
            Kind::TooLarge => "REQUEST_TOO_LARGE",
            Kind::Throttled => "THROTTLED",
            Kind::Configuration => "API_CONFIGURATION_ERROR",
            Kind::AuthorizerFailure => "AUTHORIZER_FAILURE",
            Kind::AuthorizerConfiguration => "AUTHORIZER_CONFIGURATION_ERROR",
            Kind::IntegrationFailure => "INTEGRATION_FAILURE",
            Kind::IntegrationTimeout => "INTEGRATION_TIMEOUT",
        }
    }

    /// Whether the integration is to blame.
    pub fn is_integration(self) -> bool {
        matches!(self, Kind::IntegrationFailure | Kind::IntegrationTimeout)
    }
}

impl Refusal {
    fn new(status: StatusCode, message: &'static str, kind: Kind, why: impl Into<String>) -> Refusal {
        Refusal { status, message, kind, why: why.into(), authorizer_error: None, challenge: None }
    }

    /// 400
    pub fn bad_request(why: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::BAD_REQUEST, "Bad Request", Kind::BadRequest, why)
    }

    /// 401: what an authorizer looks at is missing. That the log then says what the client is told is
    /// an assumption.
    pub fn unauthorized(why: impl Into<String>) -> Refusal {
        let refusal = Refusal::new(StatusCode::UNAUTHORIZED, "Unauthorized", Kind::Unauthorized, why);
        Refusal { authorizer_error: Some("Unauthorized".to_owned()), ..refusal }
    }

    /// 401: a JWT authorizer finds no token. `www-authenticate: Bearer` and no more, and in the log
    /// `missing: token not provided` (two field reports).
    pub fn no_token(why: impl Into<String>) -> Refusal {
        let (error, challenge) = ("missing: token not provided".to_owned(), "Bearer".to_owned());
        let refusal = Refusal::unauthorized(why);
        Refusal { authorizer_error: Some(error), challenge: Some(challenge), ..refusal }
    }

    /// 401: a token is not good, with `www-authenticate` as in AGD's page on troubleshooting JWT
    /// authorizers; in the log as in an Okta sample's issue. That `scope` names those of the route
    /// is inferred: AGD's example has none.
    pub fn invalid_token(scopes: &str, description: &str, why: impl Into<String>) -> Refusal {
        Refusal::unauthorized(why).challenged("invalid_token", scopes, description)
    }

    /// 403: a token has none of the scopes of the route. Form and words of the header are inferred
    /// from [`Refusal::invalid_token`] and RFC 6750, 3.1.
    pub fn insufficient_scope(scopes: &str, why: impl Into<String>) -> Refusal {
        let description = "the token does not have any of the required scopes";
        Refusal::forbidden(why).challenged("insufficient_scope", scopes, description)
    }

    fn challenged(self, error: &str, scopes: &str, description: &str) -> Refusal {
        // Parts of the token are in some descriptions: a quote would end the text.
        let plain = description.replace(['"', '\\'], "'");
        let challenge = format!(r#"Bearer scope="{scopes}" error="{error}" error_description="{plain}""#);
        let error = format!("{error}: {description}");
        Refusal { authorizer_error: Some(error), challenge: Some(challenge), ..self }
    }

    /// 500: a Lambda authorizer does not answer, or not as it should (AGD, Lambda authorizers).
    pub fn authorizer_failed(why: impl Into<String>) -> Refusal {
        let refusal = Refusal { kind: Kind::AuthorizerFailure, ..Refusal::internal(why) };
        Refusal { authorizer_error: Some(refusal.why.clone()), ..refusal }
    }

    /// 500: a Lambda authorizer's function cannot be asked (AGD, Lambda authorizers).
    pub fn authorizer_misconfigured(why: impl Into<String>) -> Refusal {
        Refusal { kind: Kind::AuthorizerConfiguration, ..Refusal::authorizer_failed(why) }
    }

    /// 403: a signature is missing or not good, or the authorizer says no.
    pub fn forbidden(why: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::FORBIDDEN, "Forbidden", Kind::AccessDenied, why)
    }

    /// 404: no API, no stage, no route.
    pub fn not_found(why: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::NOT_FOUND, "Not Found", Kind::NotFound, why)
    }

    /// 413: more than [`super::MAX_PAYLOAD`].
    pub fn too_large(why: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large", Kind::TooLarge, why)
    }

    /// 431: more than [`super::MAX_HEAD`].
    pub fn head_too_large(why: impl Into<String>) -> Refusal {
        Refusal::new(
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "Request Header Fields Too Large",
            Kind::TooLarge,
            why,
        )
    }

    /// 429
    pub fn throttled(why: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests", Kind::Throttled, why)
    }

    /// 500: the API is not made right.
    pub fn internal(why: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error", Kind::Configuration, why)
    }

    /// 503: the way to the target is closed, or the target did not answer in time. HTTP APIs say
    /// the same for both (cortex 1225, serverless 11222; `Endpoint request timed out` with 504 is
    /// a REST API's).
    pub fn unavailable(why: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable", Kind::IntegrationFailure, why)
    }

    /// As [`Refusal::unavailable`], after the integration's time.
    pub fn timed_out(why: impl Into<String>) -> Refusal {
        Refusal { kind: Kind::IntegrationTimeout, ..Refusal::unavailable(why) }
    }

    /// As the client sees it.
    pub fn response(&self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(json!({ "message": self.message }).to_string().into()));
        *response.status_mut() = self.status;
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(value) = self.challenge.as_ref().and_then(|text| HeaderValue::from_str(text).ok()) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
        }
        response
    }
}
