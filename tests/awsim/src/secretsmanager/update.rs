//! UpdateSecret.

use serde_json::{Value, json};

use super::content::Content;
use super::error::{self, NO_TOKEN, invalid_request};
use super::secret::{CURRENT, PENDING, PREVIOUS, Secret};
use super::{create, find};
use crate::fault::Fault;
use crate::input::text;
use crate::world::Call;

/// UpdateSecret: description, key, and a new current version. Absent leaves as it is; an empty
/// description is none, an empty key the default one.
///
/// # Errors
/// `ResourceExistsException` for the token of any version, also with the same value (BC: unlike
/// PutSecretValue it "results in an error").
pub fn update(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    error::not_simulated(input, &["Type"])?;
    let secret = find::active(call.region, call.now, text(input, "SecretId").unwrap_or_default())?;
    let token = text(input, "ClientRequestToken");
    let version = match (Content::read(input, &call.options.quotas)?, token) {
        (Some(_), None) => return Err(invalid_request(NO_TOKEN)),
        (Some(_), Some(token)) if secret.version(token).is_some() => {
            return Err(error::token_in_use(token, &secret.arn));
        }
        (Some(content), Some(token)) => Some((token, content)),
        (None, _) => None,
    };
    let id = version.as_ref().map(|(token, _)| *token);
    let old_key = secret.kms_key.clone();
    if let Some(key) = text(input, "KmsKeyId") {
        secret.kms_key = create::key(Some(key));
    }
    if let Some((token, content)) = version {
        let added = secret.add(token, Some(content), &[CURRENT.to_owned()], (call.now, call.options));
        if added.is_err() {
            secret.kms_key = old_key;
        }
        added?;
    }
    if !input["KmsKeyId"].is_null() {
        encrypt_again(secret);
        secret.changed = call.now;
    }
    if let Some(description) = text(input, "Description") {
        secret.description = Some(description.to_owned()).filter(|text| !text.is_empty());
        secret.changed = call.now;
    }
    Ok(json!({"ARN": secret.arn, "Name": secret.name, "VersionId": id}))
}

/// A new key is also that of the versions with AWS's own labels, and of no others (BC, KmsKeyId).
fn encrypt_again(secret: &mut Secret) {
    for version in &mut secret.versions {
        if [CURRENT, PENDING, PREVIOUS].iter().any(|label| version.labels.contains(*label)) {
            version.kms_key.clone_from(&secret.kms_key);
        }
    }
}
