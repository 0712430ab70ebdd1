//! Tags of certificates.

use serde_json::{Value, json};

use super::certificate;
use crate::fault::Fault;
use crate::input::{list as elements, text};
use crate::quota::{Quota, Quotas};
use crate::tagging::Wanted;
use crate::world::{Call, Region, Tags};

/// Reads `Tags`.
///
/// # Errors
/// `InvalidTagException` for AWS's own keys, `TooManyTagsException`.
pub(super) fn read(input: &Value, quotas: &Quotas) -> Result<Tags, Fault> {
    let mut tags = Tags::new();
    for tag in elements(input, "Tags") {
        let key = text(tag, "Key").unwrap_or_default();
        if key.to_lowercase().starts_with("aws:") {
            let message = format!("Tag keys that begin with aws: are reserved for AWS: '{key}'");
            return Err(Fault::bad("InvalidTagException", message));
        }
        tags.insert(key.to_owned(), text(tag, "Value").unwrap_or_default().to_owned());
    }
    check_count(&tags, quotas)?;
    Ok(tags)
}

fn check_count(tags: &Tags, quotas: &Quotas) -> Result<(), Fault> {
    let most = quotas.get(Quota::TagsPerResource);
    if tags.len() > most {
        let message = format!("A certificate can have at most {most} tags");
        return Err(Fault::bad("TooManyTagsException", message));
    }
    Ok(())
}

/// AddTagsToCertificate: adds or overwrites.
pub fn add(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let quotas = &call.options.quotas;
    let certificate = certificate::find(&mut call.region.acm, &call.region.account, input)?;
    let mut merged = certificate.tags.clone();
    merged.extend(read(input, quotas)?);
    check_count(&merged, quotas)?;
    certificate.tags = merged;
    Ok(json!({}))
}

/// RemoveTagsFromCertificate: with a value only where it is that (BC).
pub fn remove(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let certificate = certificate::find(&mut call.region.acm, &call.region.account, input)?;
    for tag in elements(input, "Tags") {
        let (key, value) = (text(tag, "Key").unwrap_or_default(), text(tag, "Value"));
        certificate.tags.retain(|k, v| k != key || value.is_some_and(|value| value != v));
    }
    Ok(json!({}))
}

/// ListTagsForCertificate.
pub fn list(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let certificate = certificate::find(&mut call.region.acm, &call.region.account, input)?;
    let tags: Vec<Value> =
        certificate.tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    Ok(json!({"Tags": tags}))
}

/// ARN and tags of every certificate whose tags are wanted, for the tagging service.
pub fn tagged(region: &Region, wanted: Wanted<'_>) -> Vec<(String, Tags)> {
    let found = region.acm.certificates.values().filter(|c| wanted(&c.tags));
    found.map(|c| (c.arn.clone(), c.tags.clone())).collect()
}

/// The tags of the certificate, for the tagging service; `None` if there is none.
pub fn tags_of<'a>(region: &'a Region, arn: &str) -> Option<&'a Tags> {
    region.acm.certificates.get(arn).map(|certificate| &certificate.tags)
}

/// Sets and unsets tags of the certificate, for the tagging service; `None` if there is none.
pub fn tag(region: &mut Region, arn: &str, set: &Tags, unset: &[String]) -> Option<()> {
    let tags = &mut region.acm.certificates.get_mut(arn)?.tags;
    tags.retain(|key, _| !unset.contains(key));
    tags.extend(set.clone());
    Some(())
}
