//! Client tokens: a create call that comes again with its token gives what the first one made. A
//! call without a token is never a repetition.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::fault::Fault;
use crate::input::text;

/// Every token that made something that still exists, by operation and token.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Tokens(BTreeMap<String, Used>);

/// What a token was used for.
#[derive(Clone, Debug, Serialize)]
struct Used {
    /// The call's parameters.
    parameters: Value,
    /// What it made.
    id: String,
}

impl Tokens {
    /// The id of what an earlier call of `operation` with the same token made.
    ///
    /// # Errors
    /// `IdempotentParameterMismatch` if that call's parameters were others (EC2 developer guide,
    /// "Ensuring idempotency"; words as in ubicloud 5898), `InvalidClientToken` for a token that is
    /// not 1 to 64 ASCII characters (ditto).
    pub fn earlier(&self, operation: &str, input: &Value) -> Result<Option<&str>, Fault> {
        let Some(token) = text(input, "ClientToken") else { return Ok(None) };
        if !(1..=64).contains(&token.len()) || !token.is_ascii() {
            return Err(Fault::bad("InvalidClientToken", "The specified client token is not valid."));
        }
        let Some(used) = self.0.get(&key(operation, token)) else { return Ok(None) };
        if used.parameters != parameters(input) {
            let message = "Arguments on this idempotent request are inconsistent with arguments used in \
                           previous request(s).";
            return Err(Fault::bad("IdempotentParameterMismatch", message));
        }
        Ok(Some(&used.id))
    }

    /// Notes that a call made the object `id`, if it has a token.
    pub fn remember(&mut self, operation: &str, input: &Value, id: &str) {
        if let Some(token) = text(input, "ClientToken") {
            let used = Used { parameters: parameters(input), id: id.to_owned() };
            self.0.insert(key(operation, token), used);
        }
    }

    /// The object `id` is gone: the token that made it may make another.
    pub fn forget(&mut self, id: &str) {
        self.0.retain(|_, used| used.id != id);
    }
}

fn key(operation: &str, token: &str) -> String {
    format!("{operation} {token}")
}

fn parameters(input: &Value) -> Value {
    let mut parameters = input.clone();
    if let Some(members) = parameters.as_object_mut() {
        members.retain(|name, _| name != "ClientToken" && name != "DryRun");
    }
    parameters
}
