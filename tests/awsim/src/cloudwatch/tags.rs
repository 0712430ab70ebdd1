//! Tags of alarms.

use serde_json::{Value, json};

use super::error::value as invalid;
use crate::fault::Fault;
use crate::input::{list as elements, text, texts};
use crate::quota::{Quota, Quotas};
use crate::tagging::Wanted;
use crate::world::{Call, Region, Tags};

/// An alarm's ARN.
pub fn arn(region: &Region, name: &str) -> String {
    region.arn("cloudwatch", &format!("alarm:{name}"))
}

/// Reads and checks `Tags` of the input.
///
/// # Errors
/// InvalidParameterValue.
pub fn read(input: &Value, quotas: &Quotas) -> Result<Tags, Fault> {
    let mut tags = Tags::new();
    for tag in elements(input, "Tags") {
        let key = text(tag, "Key").unwrap_or_default();
        if key.to_lowercase().starts_with("aws:") {
            return Err(invalid(format!("Tag keys that begin with aws: are reserved for AWS: {key}")));
        }
        if tags.insert(key.to_owned(), text(tag, "Value").unwrap_or_default().to_owned()).is_some() {
            return Err(invalid(format!("Duplicate tag key: {key}")));
        }
    }
    check_count(&tags, quotas)?;
    Ok(tags)
}

fn check_count(tags: &Tags, quotas: &Quotas) -> Result<(), Fault> {
    let most = quotas.get(Quota::TagsPerResource);
    if tags.len() > most {
        return Err(invalid(format!("A resource can have {most} tags at most.")));
    }
    Ok(())
}

/// The tags of the alarm with this ARN.
fn of<'a>(region: &'a mut Region, alarm_arn: &str) -> Option<&'a mut Tags> {
    let name = alarm_arn.strip_prefix(&arn(region, ""))?;
    region.cloudwatch.alarms.get_mut(name).map(|alarm| &mut alarm.tags)
}

/// The tags of the object that the input names.
fn find<'a>(region: &'a mut Region, input: &Value) -> Result<&'a mut Tags, Fault> {
    let arn = text(input, "ResourceARN").unwrap_or_default();
    let resource = arn.splitn(6, ':').nth(5).filter(|_| arn.starts_with("arn:"));
    let Some(resource) = resource.filter(|_| arn.split(':').nth(2) == Some("cloudwatch")) else {
        return Err(invalid(format!("Invalid ARN: {arn}")));
    };
    let name = resource.strip_prefix("alarm:").unwrap_or(resource).to_owned();
    of(region, arn).ok_or_else(|| {
        Fault::new(404, "ResourceNotFoundException", "")
            .with("ResourceType", "cloudwatch:alarm")
            .with("ResourceId", name)
    })
}

/// TagResource: adds or overwrites.
pub fn tag_resource(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let given = read(input, &call.options.quotas)?;
    let tags = find(call.region, input)?;
    let mut merged = tags.clone();
    merged.extend(given);
    check_count(&merged, &call.options.quotas)?;
    *tags = merged;
    Ok(json!({}))
}

/// UntagResource: keys that are not there are no error.
pub fn untag_resource(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let keys = texts(input, "TagKeys");
    find(call.region, input)?.retain(|key, _| !keys.contains(key));
    Ok(json!({}))
}

/// ListTagsForResource.
pub fn list(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let tags = find(call.region, input)?.iter();
    Ok(json!({"Tags": tags.map(|(key, value)| json!({"Key": key, "Value": value})).collect::<Vec<_>>()}))
}

/// ARN and tags of every alarm of the region whose tags are wanted, for the tagging service.
pub fn tagged(region: &Region, wanted: Wanted<'_>) -> Vec<(String, Tags)> {
    let found = region.cloudwatch.alarms.values().filter(|alarm| wanted(&alarm.tags));
    found.map(|alarm| (alarm.arn.clone(), alarm.tags.clone())).collect()
}

/// The tags of the alarm with this ARN, for the tagging service; `None` if there is none.
pub fn tags_of<'a>(region: &'a Region, alarm_arn: &str) -> Option<&'a Tags> {
    let name = alarm_arn.strip_prefix(&arn(region, ""))?;
    region.cloudwatch.alarms.get(name).map(|alarm| &alarm.tags)
}

/// Sets and unsets tags of the alarm with this ARN, for the tagging service; `None` if there is none.
pub fn tag(region: &mut Region, arn: &str, set: &Tags, unset: &[String]) -> Option<()> {
    let tags = of(region, arn)?;
    tags.retain(|key, _| !unset.contains(key));
    tags.extend(set.clone());
    Some(())
}
