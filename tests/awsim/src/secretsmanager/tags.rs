//! Tags of secrets.

use serde_json::{Value, json};

use super::error::invalid_parameter;
use super::find;
use crate::fault::Fault;
use crate::input::{list as elements, text, texts};
use crate::quota::{Quota, Quotas};
use crate::tagging::Wanted;
use crate::world::{Call, Region, Tags};

/// `Tags` of a request.
///
/// # Errors
/// `InvalidParameterException` for a key that is there twice, AWS's own keys, and too many tags.
pub(super) fn read(input: &Value, quotas: &Quotas) -> Result<Tags, Fault> {
    let mut tags = Tags::new();
    for tag in elements(input, "Tags") {
        let key = text(tag, "Key").ok_or_else(|| invalid_parameter("Each tag must have a key."))?;
        if key.to_lowercase().starts_with("aws:") {
            return Err(invalid_parameter(format!(
                "{key}: tag keys that begin with aws: are reserved for AWS."
            )));
        }
        let value = text(tag, "Value").unwrap_or_default().to_owned();
        if tags.insert(key.to_owned(), value).is_some() {
            return Err(invalid_parameter(format!("Tag keys must be unique: {key} is not.")));
        }
    }
    check_count(&tags, quotas)?;
    Ok(tags)
}

fn check_count(tags: &Tags, quotas: &Quotas) -> Result<(), Fault> {
    let most = quotas.get(Quota::TagsPerResource);
    if tags.len() > most {
        return Err(invalid_parameter(format!("A secret can have at most {most} tags.")));
    }
    Ok(())
}

/// Tags as a list of keys and values.
pub(super) fn list(tags: &Tags) -> Value {
    tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect()
}

/// TagResource: adds and overwrites.
pub fn tag_resource(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let given = read(input, &call.options.quotas)?;
    let secret = find::active(call.region, call.now, text(input, "SecretId").unwrap_or_default())?;
    let mut merged = secret.tags.clone().unwrap_or_default();
    merged.extend(given);
    check_count(&merged, &call.options.quotas)?;
    secret.tags = Some(merged);
    secret.changed = call.now;
    Ok(json!({}))
}

/// UntagResource: of keys that are not there it changes nothing (BC).
pub fn untag_resource(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let keys = texts(input, "TagKeys");
    let secret = find::active(call.region, call.now, text(input, "SecretId").unwrap_or_default())?;
    if let Some(tags) = &mut secret.tags {
        let before = tags.len();
        tags.retain(|key, _| !keys.contains(key));
        if tags.len() < before {
            secret.changed = call.now;
        }
    }
    Ok(json!({}))
}

/// ARN and tags of every secret of the region whose tags are wanted, for the tagging service.
pub fn tagged(region: &Region, wanted: Wanted<'_>) -> Vec<(String, Tags)> {
    let secrets = region.secretsmanager.secrets.values();
    let tagged = secrets.filter_map(|secret| Some((&secret.arn, secret.tags.as_ref()?)));
    tagged.filter(|(_, tags)| wanted(tags)).map(|(arn, tags)| (arn.clone(), tags.clone())).collect()
}

/// The tags of the secret with this complete ARN, for the tagging service; `None` if there is none.
pub fn tags_of(region: &Region, arn: &str) -> Option<Tags> {
    let secret = region.secretsmanager.secrets.values().find(|secret| secret.arn == arn)?;
    Some(secret.tags.clone().unwrap_or_default())
}

/// Sets and unsets tags of the secret with this complete ARN, for the tagging service; `None` if
/// there is none.
pub fn tag(region: &mut Region, arn: &str, set: &Tags, unset: &[String]) -> Option<()> {
    let secret = region.secretsmanager.secrets.values_mut().find(|secret| secret.arn == arn)?;
    let tags = secret.tags.get_or_insert_default();
    tags.retain(|key, _| !unset.contains(key));
    tags.extend(set.clone());
    Some(())
}
