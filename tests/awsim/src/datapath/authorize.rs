//! Who may call a route. Signatures and tokens are not verified here: a signed request passes
//! AWS_IAM, and no token passes an authorizer, since its issuer or function cannot be asked.

use http::{HeaderMap, header};

use super::refusal::Refusal;
use crate::apigatewayv2::Route;

/// Lets the request pass or not.
pub fn check(route: &Route, headers: &HeaderMap) -> Result<(), Refusal> {
    let given = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let key = &route.route_key;
    match route.authorization_type.as_str() {
        "AWS_IAM" if given.starts_with("AWS4-HMAC-SHA256 ") => Ok(()),
        "AWS_IAM" => Err(Refusal::forbidden(format!("'{key}' needs a signature: AWS_IAM"))),
        "JWT" | "CUSTOM" if given.is_empty() => Err(Refusal::unauthorized(format!("'{key}' needs a token"))),
        "JWT" | "CUSTOM" => Err(Refusal::unauthorized(format!("'{key}': tokens cannot be verified here"))),
        _ => Ok(()),
    }
}
