//! Tags of load balancers, target groups, listeners and rules.

use serde_json::{Value, json};

use super::arn::{self, invalid};
use super::{State, reply};
use crate::fault::Fault;
use crate::input::{list, text, texts};
use crate::quota::{Quota, Quotas};
use crate::tagging::Wanted;
use crate::world::{Call, Region, Tags};

/// Reads `Tags` of a create or of AddTags.
///
/// # Errors
/// `DuplicateTagKeys`, `TooManyTags`, `ValidationError` for AWS's own keys.
pub(super) fn read(input: &Value, quotas: &Quotas) -> Result<Tags, Fault> {
    let mut tags = Tags::new();
    for tag in list(input, "Tags") {
        let key = text(tag, "Key").unwrap_or_default();
        if key.starts_with("aws:") {
            return Err(invalid(format!(
                "Tag keys starting with 'aws:' are reserved for system use: '{key}'"
            )));
        }
        if tags.insert(key.to_owned(), text(tag, "Value").unwrap_or_default().to_owned()).is_some() {
            return Err(Fault::bad("DuplicateTagKeys", format!("Tag keys must be unique: '{key}' is not")));
        }
    }
    check_count(&tags, quotas)?;
    Ok(tags)
}

fn check_count(tags: &Tags, quotas: &Quotas) -> Result<(), Fault> {
    if tags.len() > quotas.get(Quota::TagsPerResource) {
        return Err(Fault::bad("TooManyTags", "The maximum number of tags has been reached"));
    }
    Ok(())
}

/// The tags of the object with this ARN.
fn of<'a>(state: &'a mut State, arn: &str) -> Result<&'a mut Tags, Fault> {
    let resource = arn.splitn(6, ':').nth(5).unwrap_or_default();
    let kind = resource.split('/').next().unwrap_or_default();
    let tags = match kind {
        "loadbalancer" => {
            arn::load_balancer(state, arn)?;
            state.load_balancers.get_mut(arn).map(|o| &mut o.tags)
        }
        "targetgroup" => {
            arn::target_group(state, arn)?;
            state.target_groups.get_mut(arn).map(|o| &mut o.tags)
        }
        "listener" => {
            arn::listener(state, arn)?;
            state.listeners.get_mut(arn).map(|o| &mut o.tags)
        }
        "listener-rule" => {
            arn::rule(state, arn)?;
            state.rules.get_mut(arn).map(|o| &mut o.tags)
        }
        _ => None,
    };
    tags.ok_or_else(|| invalid(format!("'{arn}' is not a valid ARN")))
}

/// AddTags: adds or overwrites, all objects or none.
pub fn add(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let arns = texts(input, "ResourceArns");
    let quotas = &call.options.quotas;
    let given = read(input, quotas)?;
    let state = &mut call.region.elbv2;
    for arn in &arns {
        let mut merged = of(state, arn)?.clone();
        merged.extend(given.clone());
        check_count(&merged, quotas)?;
    }
    for arn in &arns {
        of(state, arn)?.extend(given.clone());
    }
    Ok(json!({}))
}

/// RemoveTags.
pub fn remove(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let (arns, keys) = (texts(input, "ResourceArns"), texts(input, "TagKeys"));
    let state = &mut call.region.elbv2;
    for arn in &arns {
        of(state, arn)?;
    }
    for arn in &arns {
        of(state, arn)?.retain(|key, _| !keys.contains(key));
    }
    Ok(json!({}))
}

/// DescribeTags of at most 20 objects.
pub fn describe(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let arns = texts(input, "ResourceArns");
    reply::check_count(&arns, "ResourceArns")?;
    let mut described = Vec::new();
    for arn in &arns {
        let tags: Vec<Value> = of(&mut call.region.elbv2, arn)?
            .iter()
            .map(|(key, value)| json!({"Key": key, "Value": value}))
            .collect();
        described.push(json!({"ResourceArn": arn, "Tags": tags}));
    }
    Ok(json!({"TagDescriptions": described}))
}

/// ARN and tags of every object of the region whose tags are wanted, for the tagging service.
pub fn tagged(region: &Region, wanted: Wanted<'_>) -> Vec<(String, Tags)> {
    let state = &region.elbv2;
    let balancers = state.load_balancers.values().map(|o| (&o.arn, &o.tags));
    let groups = state.target_groups.values().map(|o| (&o.arn, &o.tags));
    let listeners = state.listeners.values().map(|o| (&o.arn, &o.tags));
    let rules = state.rules.values().map(|o| (&o.arn, &o.tags));
    let all = balancers.chain(groups).chain(listeners).chain(rules);
    all.filter(|(_, tags)| wanted(tags)).map(|(arn, tags)| (arn.clone(), tags.clone())).collect()
}

/// The tags of the object with this ARN, for the tagging service; `None` if there is none.
pub fn tags_of<'a>(region: &'a Region, arn: &str) -> Option<&'a Tags> {
    let state = &region.elbv2;
    let balancer = || state.load_balancers.get(arn).map(|o| &o.tags);
    let group = || state.target_groups.get(arn).map(|o| &o.tags);
    let listener = || state.listeners.get(arn).map(|o| &o.tags);
    let rule = || state.rules.get(arn).map(|o| &o.tags);
    balancer().or_else(group).or_else(listener).or_else(rule)
}

/// Sets and unsets tags of the object with this ARN, for the tagging service; `None` if there is none.
pub fn tag(region: &mut Region, arn: &str, set: &Tags, unset: &[String]) -> Option<()> {
    let tags = of(&mut region.elbv2, arn).ok()?;
    tags.retain(|key, _| !unset.contains(key));
    tags.extend(set.clone());
    Some(())
}
