//! The refusals of this service, and checks that several nouns share.

use std::ops::RangeInclusive;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::fault::Fault;

/// 400 BadRequestException.
pub fn bad(message: impl Into<String>) -> Fault {
    Fault::bad("BadRequestException", message)
}

/// 409 ConflictException.
pub fn conflict(message: impl Into<String>) -> Fault {
    Fault::new(409, "ConflictException", message)
}

/// 404 NotFoundException: no `kind` of this id.
pub fn not_found(kind: &str, id: &str) -> Fault {
    Fault::new(404, "NotFoundException", format!("Invalid {kind} identifier specified {id}"))
}

/// 429: an API may hold `limit` of these and does. A quota, not a throttle: retrying does not help.
pub fn quota(held: usize, limit: usize, kinds: &str) -> Result<(), Fault> {
    if held < limit {
        return Ok(());
    }
    let message = format!(
        "Maximum number of {kinds} for this API has been reached. Please contact AWS if you need additional {kinds}."
    );
    Err(Fault::new(429, "TooManyRequestsException", message))
}

/// The input as a typed struct.
pub fn read<T: DeserializeOwned>(input: &Value) -> Result<T, Fault> {
    T::deserialize(input).map_err(|e| bad(format!("Invalid request input: {e}")))
}

/// The length of a text in characters.
pub fn length(member: &str, text: Option<&str>, allowed: RangeInclusive<usize>) -> Result<(), Fault> {
    match text {
        Some(text) if !allowed.contains(&text.chars().count()) => Err(bad(format!(
            "{member} must be between {} and {} characters long",
            allowed.start(),
            allowed.end()
        ))),
        _ => Ok(()),
    }
}

/// A member that only WebSocket APIs have.
pub fn websocket_only(member: &str, given: bool) -> Result<(), Fault> {
    if given {
        return Err(bad(format!("{member} is not supported on protocolType HTTP")));
    }
    Ok(())
}

/// What an update leaves of a text: absent keeps it, empty removes it.
pub fn patch(text: &mut Option<String>, given: Option<String>) {
    if let Some(given) = given {
        *text = Some(given).filter(|t| !t.is_empty());
    }
}
