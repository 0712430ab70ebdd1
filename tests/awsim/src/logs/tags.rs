//! Tags of log groups, by the ARN without `:*`.

use serde_json::{Value, json};

use super::error::invalid;
use super::group;
use crate::fault::Fault;
use crate::input::{text, texts};
use crate::quota::{Quota, Quotas};
use crate::tagging::Wanted;
use crate::world::{Call, Region, Tags};

/// The input's `tags`.
pub fn read(input: &Value) -> Tags {
    let entries = input["tags"].as_object().into_iter().flatten();
    entries.map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned())).collect()
}

/// Checks the tags that an object is to have; `resource` names it.
///
/// # Errors
/// InvalidParameterException for AWS's own keys, TooManyTagsException.
pub fn check(resource: &str, tags: &Tags, quotas: &Quotas) -> Result<(), Fault> {
    if let Some(key) = tags.keys().find(|key| key.to_lowercase().starts_with("aws:")) {
        return Err(invalid(format!("Tag keys that begin with aws: are reserved for AWS: {key}")));
    }
    let most = quotas.get(Quota::TagsPerResource);
    if tags.len() > most {
        let words = format!("A resource can have {most} tags at most");
        return Err(Fault::bad("TooManyTagsException", words).with("resourceName", resource));
    }
    Ok(())
}

/// The tags of the group with this ARN, which has no `:*` at its end.
fn of<'a>(region: &'a mut Region, arn: &str) -> Option<&'a mut Tags> {
    let name = group::name_of(region, arn).filter(|_| !arn.ends_with(":*"))?.to_owned();
    region.logs.groups.get_mut(&name).map(|group| &mut group.tags)
}

/// The tags of the object that the input names.
fn find<'a>(region: &'a mut Region, input: &Value) -> Result<&'a mut Tags, Fault> {
    let arn = text(input, "resourceArn").unwrap_or_default();
    if !arn.starts_with("arn:") || arn.split(':').nth(2) != Some("logs") {
        return Err(invalid(format!("Invalid resource ARN: {arn}")));
    }
    if arn.contains(":destination:") {
        return Err(super::error::not_served("resourceArn of a destination"));
    }
    of(region, arn).ok_or_else(|| super::error::not_found("log group"))
}

/// TagResource: adds or overwrites.
pub fn tag_resource(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let arn = text(input, "resourceArn").unwrap_or_default();
    let tags = find(call.region, input)?;
    let mut merged = tags.clone();
    merged.extend(read(input));
    check(arn, &merged, &call.options.quotas)?;
    *tags = merged;
    Ok(json!({}))
}

/// UntagResource: keys that are not there are no error.
pub fn untag_resource(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let keys = texts(input, "tagKeys");
    find(call.region, input)?.retain(|key, _| !keys.contains(key));
    Ok(json!({}))
}

/// ListTagsForResource.
pub fn list(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    Ok(json!({ "tags": find(call.region, input)? }))
}

/// ARN and tags of every group of the region whose tags are wanted, for the tagging service.
pub fn tagged(region: &Region, wanted: Wanted<'_>) -> Vec<(String, Tags)> {
    let groups = region.logs.groups.iter().filter(|(_, group)| wanted(&group.tags));
    groups.map(|(name, group)| (group::arn(region, name), group.tags.clone())).collect()
}

/// The tags of the group with this ARN, which has no `:*` at its end, for the tagging service; `None` if
/// there is none.
pub fn tags_of<'a>(region: &'a Region, arn: &str) -> Option<&'a Tags> {
    let name = group::name_of(region, arn).filter(|_| !arn.ends_with(":*"))?;
    region.logs.groups.get(name).map(|group| &group.tags)
}

/// Sets and unsets tags of the object with this ARN, for the tagging service; `None` if there is none.
pub fn tag(region: &mut Region, arn: &str, set: &Tags, unset: &[String]) -> Option<()> {
    let tags = of(region, arn)?;
    tags.retain(|key, _| !unset.contains(key));
    tags.extend(set.clone());
    Some(())
}
