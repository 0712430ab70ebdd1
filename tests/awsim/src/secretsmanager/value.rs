//! GetSecretValue and PutSecretValue.

use serde_json::{Value, json};

use super::content::Content;
use super::error::{self, NO_TOKEN, invalid_request, no_value};
use super::secret::{CURRENT, Secret};
use super::{find, seconds};
use crate::clock::SimTime;
use crate::fault::Fault;
use crate::input::{text, texts};
use crate::world::{Call, Options};

/// GetSecretValue.
pub fn get(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let secret = find::active(call.region, call.now, text(input, "SecretId").unwrap_or_default())?;
    read(secret, text(input, "VersionId"), text(input, "VersionStage"), call.now)
}

/// One version's value: by id, by label, by both where they are of the same version, else the
/// current one. Notes that it was read.
///
/// # Errors
/// `ResourceNotFoundException`, also for a version whose value is not there yet;
/// `InvalidRequestException` for an id and a label of different versions (LSS,
/// `test_get_secret_value_errors`).
pub(super) fn read(
    secret: &mut Secret,
    id: Option<&str>,
    label: Option<&str>,
    now: SimTime,
) -> Result<Value, Fault> {
    let (version, which) = match (id, label) {
        (Some(id), _) => (secret.version(id), format!("VersionId: {id}")),
        (None, label) => {
            let label = label.unwrap_or(CURRENT);
            (secret.labelled(label), format!("staging label: {label}"))
        }
    };
    let version = version.ok_or_else(|| no_value(&which))?;
    if label.is_some_and(|label| !version.labels.contains(label)) {
        let text = "You provided a VersionStage that is not associated to the provided VersionId.";
        return Err(invalid_request(text));
    }
    let content = version.content.as_ref().ok_or_else(|| no_value(&which))?;
    let mut value = json!({
        "ARN": secret.arn,
        "Name": secret.name,
        "VersionId": version.id,
        "CreatedDate": seconds(version.created),
    });
    content.write(&mut value);
    if !version.labels.is_empty() {
        value["VersionStages"] = json!(version.labels);
    }
    let id = version.id.clone();
    secret.accessed(&id, now);
    Ok(value)
}

/// PutSecretValue: a new version, or the value of one that a rotation has made. The same token with
/// the same value changes nothing (BC).
///
/// # Errors
/// `ResourceExistsException` for a token that names a version with another value.
pub fn put(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    error::not_simulated(input, &["RotationToken"])?;
    let secret = find::active(call.region, call.now, text(input, "SecretId").unwrap_or_default())?;
    let token = text(input, "ClientRequestToken").ok_or_else(|| invalid_request(NO_TOKEN))?;
    let content = Content::required(input, &call.options.quotas)?;
    let mut labels = texts(input, "VersionStages");
    if labels.is_empty() {
        labels.push(CURRENT.to_owned());
    }
    match secret.version(token).map(|version| version.content.as_ref()) {
        Some(Some(same)) if *same == content => {}
        Some(Some(_)) => return Err(error::token_in_use(token, &secret.arn)),
        Some(None) => fill(secret, token, content, &labels, (call.now, call.options))?,
        None => secret.add(token, Some(content), &labels, (call.now, call.options))?,
    }
    let labels = secret.version(token).map(|version| &version.labels).filter(|labels| !labels.is_empty());
    Ok(json!({"ARN": secret.arn, "Name": secret.name, "VersionId": token, "VersionStages": labels}))
}

/// Gives the version that RotateSecret made its value (UG, rotation: the step createSecret).
fn fill(
    secret: &mut Secret,
    id: &str,
    content: Content,
    labels: &[String],
    (now, options): (SimTime, &Options),
) -> Result<(), Fault> {
    secret.check_labels(labels, &options.quotas)?;
    if let Some(version) = secret.version_mut(id) {
        version.content = Some(content);
    }
    secret.attach_all(labels, id, now);
    secret.changed = now;
    Ok(())
}
