//! What a version holds.

use data_encoding::BASE64;
use serde::Serialize;
use serde_json::Value;

use super::error::{invalid_parameter, invalid_request};
use crate::fault::Fault;
use crate::input::text;
use crate::quota::{Quota, Quotas};

/// A secret value: text or bytes, never both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub enum Content {
    /// As `SecretString`.
    SecretString(String),
    /// As `SecretBinary`, in base64.
    SecretBinary(String),
}

impl Content {
    /// The value that a request gives, if it gives one.
    ///
    /// # Errors
    /// `InvalidParameterException` for both kinds, `ValidationException` for more bytes than a
    /// value may have, `SerializationException` for what is no base64.
    pub(super) fn read(input: &Value, quotas: &Quotas) -> Result<Option<Content>, Fault> {
        let most = quotas.get(Quota::SecretBytes);
        match (text(input, "SecretString"), text(input, "SecretBinary")) {
            // aws/aws-sdk-java#1556
            (Some(_), Some(_)) => Err(invalid_parameter(
                "You can't specify both a binary secret value and a string secret value in the same secret.",
            )),
            (Some(string), None) => {
                within("secretString", string.len(), most)?;
                Ok(Some(Content::SecretString(string.to_owned())))
            }
            (None, Some(base64)) => {
                let no_base64 = |_| Fault::bad("SerializationException", "SecretBinary is not base64");
                within("secretBinary", BASE64.decode(base64.as_bytes()).map_err(no_base64)?.len(), most)?;
                Ok(Some(Content::SecretBinary(base64.to_owned())))
            }
            (None, None) => Ok(None),
        }
    }

    /// As [`Content::read`], where a value must be given (words: LocalStack's `provider.py`).
    pub(super) fn required(input: &Value, quotas: &Quotas) -> Result<Content, Fault> {
        let missing = || invalid_request("You must provide either SecretString or SecretBinary.");
        Content::read(input, quotas)?.ok_or_else(missing)
    }

    /// Puts the value into a reply.
    pub(super) fn write(&self, reply: &mut Value) {
        match self {
            Content::SecretString(string) => reply["SecretString"] = string.clone().into(),
            Content::SecretBinary(base64) => reply["SecretBinary"] = base64.clone().into(),
        }
    }
}

/// The model bounds the characters of a text and not the bytes of a blob; the quota is of bytes.
/// The words are those for values that are not to be shown.
fn within(member: &str, bytes: usize, most: usize) -> Result<(), Fault> {
    let what = match bytes {
        0 => "greater than or equal to 1".to_owned(),
        _ if bytes <= most => return Ok(()),
        _ => format!("less than or equal to {most}"),
    };
    let text = format!(
        "1 validation error detected: Value at '{member}' failed to satisfy constraint: Member must have length {what}"
    );
    Err(Fault::bad("ValidationException", text))
}
