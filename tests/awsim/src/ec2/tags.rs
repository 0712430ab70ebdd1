//! Tags of EC2 objects: on create, by CreateTags and DeleteTags, and for the tagging service.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::id::{self, Kind};
use super::{State, filter, reply};
use crate::fault::Fault;
use crate::input::{list, number, text, texts};
use crate::quota::Quota;
use crate::tagging::Wanted;
use crate::world::{Call, Options, Region, Tags};

/// The tags that `TagSpecifications` give to a new object of `kind`.
///
/// # Errors
/// `InvalidParameterValue` for the wrong resource type and for bad tags, `TagLimitExceeded`.
pub fn on_create(options: &Options, input: &Value, kind: Kind) -> Result<Tags, Fault> {
    let mut tags = Tags::new();
    for spec in list(input, "TagSpecifications") {
        let resource_type = text(spec, "ResourceType").unwrap_or_default();
        if resource_type != kind.resource_type {
            let message =
                format!("'{resource_type}' is not a valid taggable resource type for this operation.");
            return Err(Fault::bad("InvalidParameterValue", message));
        }
        let read = read(list(spec, "Tags"))?;
        if let Some(twice) = read.keys().find(|key| tags.contains_key(*key)) {
            return Err(duplicate(twice));
        }
        tags.extend(read);
    }
    check_count(&tags, options)?;
    Ok(tags)
}

/// Reads `[{Key, Value}]` as a caller gives it.
fn read(given: &[Value]) -> Result<Tags, Fault> {
    let mut tags = Tags::new();
    for tag in given {
        let key = text(tag, "Key").unwrap_or_default();
        let value = text(tag, "Value").unwrap_or_default();
        check_key(key)?;
        if value.chars().count() > 256 {
            let message = format!("Tag value exceeds the maximum length of 256 characters: '{key}'");
            return Err(Fault::bad("InvalidParameterValue", message));
        }
        if tags.insert(key.to_owned(), value.to_owned()).is_some() {
            return Err(duplicate(key));
        }
    }
    Ok(tags)
}

fn check_key(key: &str) -> Result<(), Fault> {
    let message = match key.chars().count() {
        0 => "Tag key cannot be null or empty".to_owned(),
        129.. => format!("Tag key exceeds the maximum length of 128 characters: '{key}'"),
        _ if key.starts_with("aws:") => {
            format!("Tag keys starting with 'aws:' are reserved for internal use: '{key}'")
        }
        _ => return Ok(()),
    };
    Err(Fault::bad("InvalidParameterValue", message))
}

fn duplicate(key: &str) -> Fault {
    Fault::bad("InvalidParameterValue", format!("Duplicate tag key '{key}' specified."))
}

/// Keys that AWS sets itself do not count.
fn check_count(tags: &Tags, options: &Options) -> Result<(), Fault> {
    if tags.keys().filter(|k| !k.starts_with("aws:")).count() > options.quotas.get(Quota::TagsPerResource) {
        return Err(Fault::bad(
            "TagLimitExceeded",
            "The maximum number of Tags for a resource has been reached.",
        ));
    }
    Ok(())
}

/// The tags of the object `id`, and what kind it is.
fn of<'a>(state: &'a mut State, id: &str) -> Option<(Kind, &'a mut Tags)> {
    let kind = id::TAGGABLE.into_iter().find(|kind| kind.fits(id))?;
    let tags = match kind.prefix {
        "vpc" => &mut state.vpcs.get_mut(id)?.tags,
        "subnet" => &mut state.subnets.get_mut(id)?.tags,
        "rtb" => &mut state.route_tables.get_mut(id)?.tags,
        "acl" => &mut state.network_acls.get_mut(id)?.tags,
        "sg" => &mut state.security_groups.get_mut(id)?.tags,
        "sgr" => state.rules.notes(id)?.1,
        "eni" => &mut state.network_interfaces.get_mut(id)?.tags,
        "vpce" => &mut state.vpc_endpoints.get_mut(id)?.tags,
        _ => return None,
    };
    Some((kind, tags))
}

/// Every object with its kind and tags, in the order of ids within a kind.
fn all(state: &State) -> impl Iterator<Item = (Kind, &str, &Tags)> {
    let vpcs = state.vpcs.values().map(|o| (id::VPC, o.id.as_str(), &o.tags));
    let subnets = state.subnets.values().map(|o| (id::SUBNET, o.id.as_str(), &o.tags));
    let tables = state.route_tables.values().map(|o| (id::ROUTE_TABLE, o.id.as_str(), &o.tags));
    let acls = state.network_acls.values().map(|o| (id::NETWORK_ACL, o.id.as_str(), &o.tags));
    let groups = state.security_groups.values().map(|o| (id::SECURITY_GROUP, o.id.as_str(), &o.tags));
    let rules = state.rules.values().map(|o| (id::RULE, o.id.as_str(), &o.tags));
    let interfaces = state.network_interfaces.values();
    let interfaces = interfaces.map(|o| (id::NETWORK_INTERFACE, o.id.as_str(), &o.tags));
    let endpoints = state.vpc_endpoints.values().map(|o| (id::VPC_ENDPOINT, o.id.as_str(), &o.tags));
    let networks = vpcs.chain(subnets).chain(tables).chain(acls);
    networks.chain(groups).chain(rules).chain(interfaces).chain(endpoints)
}

/// Checks that every id of the call names an object.
fn check_resources(state: &mut State, ids: &[String]) -> Result<(), Fault> {
    for id in ids {
        match id::TAGGABLE.into_iter().find(|kind| kind.fits(id)) {
            None => return Err(Fault::bad("InvalidID", format!("The ID '{id}' is not valid"))),
            Some(kind) if of(state, id).is_none() => return Err(kind.not_found(&[id])),
            Some(_) => {}
        }
    }
    Ok(())
}

/// CreateTags: adds or overwrites, all resources or none.
pub fn create(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let ids = texts(input, "Resources");
    let given = read(list(input, "Tags"))?;
    let state = &mut call.region.ec2;
    check_resources(state, &ids)?;
    for id in &ids {
        if let Some((_, tags)) = of(state, id) {
            let mut merged = tags.clone();
            merged.extend(given.clone());
            check_count(&merged, call.options)?;
        }
    }
    reply::unless_dry_run(input)?;
    for id in &ids {
        if let Some((_, tags)) = of(state, id) {
            tags.extend(given.clone());
        }
    }
    Ok(json!({}))
}

/// DeleteTags: a tag with a value goes only if it has that value; without tags all go that are
/// not AWS's own.
pub fn delete(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let ids = texts(input, "Resources");
    let given = list(input, "Tags");
    for tag in given {
        check_key(text(tag, "Key").unwrap_or_default())?;
    }
    let state = &mut call.region.ec2;
    check_resources(state, &ids)?;
    reply::unless_dry_run(input)?;
    for id in &ids {
        let Some((_, tags)) = of(state, id) else { continue };
        if given.is_empty() {
            tags.retain(|key, _| key.starts_with("aws:"));
        }
        for tag in given {
            let key = text(tag, "Key").unwrap_or_default();
            if text(tag, "Value").is_none_or(|value| tags.get(key).is_some_and(|have| have == value)) {
                tags.remove(key);
            }
        }
    }
    Ok(json!({}))
}

/// DescribeTags. Its page size has bounds that only the words of the model tell (botocore,
/// DescribeTags.MaxResults: 5 to 1000).
pub fn describe(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    reply::unless_dry_run(input)?;
    if let Some(max) = number(input, "MaxResults").filter(|max| !(5..=1000).contains(max)) {
        let bound = if max < 5 { "greater than 5" } else { "smaller than 1000" };
        let message =
            format!("Value ( {max} ) for parameter maxResults is invalid. Expecting a value {bound}.");
        return Err(Fault::bad("InvalidParameterValue", message));
    }
    let filters = filter::read(input, &["key", "resource-id", "resource-type", "value", "tag:"])?;
    let mut found = Vec::new();
    for (kind, id, tags) in all(&call.region.ec2) {
        for (key, value) in tags {
            let one = Tags::from([(key.clone(), value.clone())]);
            let pass = filters.pass(&one, |name| {
                vec![match name {
                    "key" => key.clone(),
                    "resource-id" => id.to_owned(),
                    "resource-type" => kind.resource_type.to_owned(),
                    _ => value.clone(),
                }]
            });
            if pass {
                let tag = json!({
                    "Key": key, "Value": value, "ResourceId": id, "ResourceType": kind.resource_type,
                });
                found.push((format!("{id} {key}"), tag));
            }
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    reply::pages(input, "Tags", found)
}

/// ARN and tags of every object of the region whose tags are wanted, for the tagging service.
pub fn tagged(region: &Region, wanted: Wanted<'_>) -> Vec<(String, Tags)> {
    let found = all(&region.ec2).filter(|(_, _, tags)| wanted(tags));
    found
        .map(|(kind, id, tags)| (region.arn("ec2", &format!("{}/{id}", kind.resource_type)), tags.clone()))
        .collect()
}

/// The tags of the object with this ARN, which may have none, for the tagging service; `None` if there is
/// no such object.
pub fn tags_of<'a>(region: &'a Region, arn: &str) -> Option<&'a Tags> {
    let base = region.arn("ec2", "");
    let (resource_type, id) = arn.strip_prefix(&base)?.split_once('/')?;
    let state = &region.ec2;
    match resource_type {
        "vpc" => state.vpcs.get(id).map(|o| &o.tags),
        "subnet" => state.subnets.get(id).map(|o| &o.tags),
        "route-table" => state.route_tables.get(id).map(|o| &o.tags),
        "network-acl" => state.network_acls.get(id).map(|o| &o.tags),
        "security-group" => state.security_groups.get(id).map(|o| &o.tags),
        "security-group-rule" => state.rules.get(id).map(|o| &o.tags),
        "network-interface" => state.network_interfaces.get(id).map(|o| &o.tags),
        "vpc-endpoint" => state.vpc_endpoints.get(id).map(|o| &o.tags),
        _ => None,
    }
}

/// Sets and unsets tags of the object with this ARN, for the tagging service; `None` if there is none.
pub fn tag(region: &mut Region, arn: &str, set: &Tags, unset: &[String]) -> Option<()> {
    let base = region.arn("ec2", "");
    let (resource_type, id) = arn.strip_prefix(&base)?.split_once('/')?;
    let (kind, tags) = of(&mut region.ec2, id)?;
    if kind.resource_type != resource_type {
        return None;
    }
    let unset: BTreeSet<&String> = unset.iter().collect();
    tags.retain(|key, _| !unset.contains(key));
    tags.extend(set.clone());
    Some(())
}
