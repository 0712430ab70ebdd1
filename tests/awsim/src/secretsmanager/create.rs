//! CreateSecret.

use serde_json::{Value, json};

use super::content::Content;
use super::error::{self, NO_TOKEN, invalid_request, limit};
use super::secret::{CURRENT, Secret};
use super::{find, tags};
use crate::fault::Fault;
use crate::input::text;
use crate::quota::Quota;
use crate::world::Call;

/// CreateSecret: with a value, or without any version.
///
/// # Errors
/// `ResourceExistsException` for a name in use, unless the call is one that was made before;
/// `InvalidRequestException` for a name that is scheduled for deletion, or a value without token.
pub fn create(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let others = ["AddReplicaRegions", "ForceOverwriteReplicaSecret", "Type", "CrossAccountPrimaryARN"];
    error::not_simulated(input, &others)?;
    let name = text(input, "Name").unwrap_or_default();
    find::check_name(name)?;
    let content = Content::read(input, &call.options.quotas)?;
    let token = text(input, "ClientRequestToken");
    let version = match (content, token) {
        (Some(content), Some(token)) => Some((token, content)),
        (Some(_), None) => return Err(invalid_request(NO_TOKEN)),
        (None, _) => None,
    };
    let given_tags = tags::read(input, &call.options.quotas)?;
    if let Some(existing) = call.region.secretsmanager.secrets.get(name) {
        return again(existing, token, version.as_ref().map(|(_, content)| content));
    }
    let most = call.options.quotas.get(Quota::Secrets);
    if call.region.secretsmanager.secrets.len() >= most {
        return Err(limit(format!("You have reached the limit of {most} secrets in this Region.")));
    }
    let suffix = call.ids.mixed_case(6);
    let mut secret = Secret {
        arn: call.region.arn("secretsmanager", &format!("secret:{name}-{suffix}")),
        name: name.to_owned(),
        description: text(input, "Description").filter(|text| !text.is_empty()).map(str::to_owned),
        kms_key: key(text(input, "KmsKeyId")),
        tags: Some(given_tags).filter(|tags| !tags.is_empty()),
        versions: Vec::new(),
        created: call.now,
        changed: call.now,
        accessed: None,
        deletion: None,
        rotation: None,
        policy: None,
    };
    let token = version.as_ref().map(|(token, _)| *token);
    if let Some((token, content)) = version {
        secret.add(token, Some(content), &[CURRENT.to_owned()], (call.now, call.options))?;
    }
    let reply = json!({"ARN": secret.arn, "Name": secret.name, "VersionId": token});
    call.region.secretsmanager.secrets.insert(name.to_owned(), secret);
    Ok(reply)
}

/// The answer where the name is in use: success for a call with the token and the value of a
/// version (BC, CreateSecret's ClientRequestToken).
fn again(existing: &Secret, token: Option<&str>, content: Option<&Content>) -> Result<Value, Fault> {
    if existing.deletion.is_some() {
        // LSS, `test_exp_raised_on_creation_of_secret_scheduled_for_deletion`
        return Err(invalid_request(
            "You can't create this secret because a secret with this name is already scheduled for deletion.",
        ));
    }
    let version = token.and_then(|token| existing.version(token));
    match (version, content) {
        (Some(version), Some(_)) if version.content.as_ref() == content => {
            Ok(json!({"ARN": existing.arn, "Name": existing.name, "VersionId": version.id}))
        }
        (Some(version), Some(_)) => Err(error::token_in_use(&version.id, &existing.arn)),
        _ => {
            // LSS, `test_secret_exists_snapshots`
            let text = format!("The operation failed because the secret {} already exists.", existing.name);
            Err(Fault::bad("ResourceExistsException", text))
        }
    }
}

/// The key to keep; `None` for the one that AWS takes by default and does not tell (BC, DescribeSecret).
/// No key is looked up: there is no KMS here.
pub(super) fn key(given: Option<&str>) -> Option<String> {
    given.filter(|key| !key.is_empty() && *key != "alias/aws/secretsmanager").map(str::to_owned)
}
