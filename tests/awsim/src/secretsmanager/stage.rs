//! The versions of a secret: ListSecretVersionIds and UpdateSecretVersionStage.

use serde_json::{Value, json};

use super::error::{bad_page_token, invalid_parameter, no_value};
use super::secret::{CURRENT, Secret, Version};
use super::{find, seconds};
use crate::fault::Fault;
use crate::input::{flag, number, text};
use crate::page;
use crate::quota::Quotas;
use crate::world::Call;

/// Versions a page, the greatest (BC).
const PAGE: usize = 100;
/// What AWS calls the key `aws/secretsmanager` here (LSS).
const DEFAULT_KEY: &str = "DefaultEncryptionKey";

/// ListSecretVersionIds: versions that have a value (BC, DescribeSecret), in the order of their
/// creation (LSS); deprecated ones only where asked for. Also of a secret that is scheduled for
/// deletion (BC: it has no `InvalidRequestException`).
pub fn list_versions(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let secret = find::any(call.region, call.now, text(input, "SecretId").unwrap_or_default())?;
    let deprecated = flag(input, "IncludeDeprecated") == Some(true);
    let listed = |version: &&Version| version.content.is_some() && (deprecated || !version.labels.is_empty());
    let mut found: Vec<(String, Value)> = secret
        .versions
        .iter()
        .filter(listed)
        .map(|version| (format!("{:020} {}", version.created.0, version.id), entry(version)))
        .collect();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    let size = number(input, "MaxResults").and_then(|n| usize::try_from(n).ok()).unwrap_or(PAGE);
    let (versions, next) =
        page::cut(found, text(input, "NextToken"), Some(size)).ok_or_else(bad_page_token)?;
    Ok(json!({"ARN": secret.arn, "Name": secret.name, "Versions": versions, "NextToken": next}))
}

fn entry(version: &Version) -> Value {
    json!({
        "VersionId": version.id,
        "VersionStages": Some(&version.labels).filter(|labels| !labels.is_empty()),
        "CreatedDate": seconds(version.created),
        "LastAccessedDate": version.accessed.map(seconds),
        "KmsKeyIds": [version.kms_key.as_deref().unwrap_or(DEFAULT_KEY)],
    })
}

/// UpdateSecretVersionStage: attaches a label, moves it, or removes it. A move must name the version
/// that has the label (BC).
///
/// # Errors
/// `InvalidParameterException` where it does not, and for the removal of `AWSCURRENT`.
pub fn update(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let secret = find::active(call.region, call.now, text(input, "SecretId").unwrap_or_default())?;
    let label = text(input, "VersionStage").unwrap_or_default();
    let (from, to) = (text(input, "RemoveFromVersionId"), text(input, "MoveToVersionId"));
    for id in [from, to].into_iter().flatten() {
        secret.version(id).ok_or_else(|| no_value(&format!("VersionId: {id}")))?;
    }
    let holder = secret.labelled(label).map(|version| version.id.clone());
    let changed = match (to, holder.as_deref()) {
        (Some(to), Some(holder)) if holder == to => {
            named(label, holder, from.unwrap_or(holder))?;
            false
        }
        (Some(to), holder) => {
            move_label(secret, label, (holder, from), &call.options.quotas)?;
            secret.attach(label, to, call.now);
            true
        }
        (None, holder) => {
            remove(secret, label, (holder, from))?;
            true
        }
    };
    if changed {
        secret.changed = call.now;
    }
    Ok(json!({"ARN": secret.arn, "Name": secret.name}))
}

fn move_label(
    secret: &Secret,
    label: &str,
    (holder, from): (Option<&str>, Option<&str>),
    quotas: &Quotas,
) -> Result<(), Fault> {
    match (holder, from) {
        (None, None) => secret.check_labels(&[label.to_owned()], quotas),
        (Some(holder), Some(from)) => named(label, holder, from),
        // getmoto/moto, `models.py`
        (Some(holder), None) => Err(invalid_parameter(format!(
            "The parameter RemoveFromVersionId can't be empty. Staging label {label} is currently attached to version {holder}, so you must explicitly reference that version in RemoveFromVersionId."
        ))),
        (None, Some(from)) => Err(unattached(label, from)),
    }
}

fn remove(
    secret: &mut Secret,
    label: &str,
    (holder, from): (Option<&str>, Option<&str>),
) -> Result<(), Fault> {
    let Some(from) = from else {
        return Err(invalid_parameter("You must specify RemoveFromVersionId, MoveToVersionId, or both."));
    };
    named(label, holder.unwrap_or_default(), from)?;
    if label == CURRENT {
        // TF, `secret_version.go`
        return Err(invalid_parameter(
            "You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed.",
        ));
    }
    secret.detach(label);
    Ok(())
}

fn named(label: &str, holder: &str, from: &str) -> Result<(), Fault> {
    if holder == from { Ok(()) } else { Err(unattached(label, from)) }
}

fn unattached(label: &str, version: &str) -> Fault {
    invalid_parameter(format!("Staging label {label} isn't attached to version {version}."))
}
