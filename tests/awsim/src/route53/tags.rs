//! Tags of hosted zones and health checks.

use serde_json::{Value, json};

use super::{State, error, zone};
use crate::clock::SimTime;
use crate::fault::Fault;
use crate::input::{list as elements, text, texts};
use crate::quota::Quota;
use crate::tagging::Wanted;
use crate::world::{Call, Region, Tags};

/// The tags of the object of that type and id, and until when it is busy.
fn of<'a>(state: &'a mut State, kind: &str, id: &str) -> Result<(&'a mut Tags, SimTime), Fault> {
    if kind == "healthcheck" {
        let check = state.health_checks.get_mut(id).ok_or_else(|| error::no_health_check(id))?;
        return Ok((&mut check.tags, SimTime(0)));
    }
    let zone = state.zones.get_mut(zone::bare(id)).ok_or_else(|| error::no_zone(id))?;
    Ok((&mut zone.tags, zone.busy_until))
}

/// Type and id that the input names.
fn place(input: &Value) -> (&str, &str) {
    (text(input, "ResourceType").unwrap_or_default(), text(input, "ResourceId").unwrap_or_default())
}

/// ChangeTagsForResource: adds and removes, or neither if one of both cannot be done.
pub fn change(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let most = call.options.quotas.get(Quota::TagsPerZone);
    let (kind, id) = place(input);
    let (tags, busy_until) = of(&mut call.region.route53, kind, id)?;
    if call.now < busy_until {
        return Err(error::busy());
    }
    let (added, removed) = (elements(input, "AddTags"), texts(input, "RemoveTagKeys"));
    if added.is_empty() && removed.is_empty() {
        return Err(error::input("AddTags or RemoveTagKeys must be given"));
    }
    let mut changed = tags.clone();
    changed.retain(|key, _| !removed.contains(key));
    for tag in added {
        let key = text(tag, "Key").unwrap_or_default();
        if key.is_empty() || key.to_lowercase().starts_with("aws:") {
            return Err(error::input(format!("Tag keys may not be empty nor begin with aws: '{key}'")));
        }
        changed.insert(key.to_owned(), text(tag, "Value").unwrap_or_default().to_owned());
    }
    if changed.len() > most {
        return Err(error::input(format!("A resource can have at most {most} tags")));
    }
    *tags = changed;
    Ok(json!({}))
}

fn set(state: &mut State, kind: &str, id: &str) -> Result<Value, Fault> {
    let (tags, _) = of(state, kind, id)?;
    let tags: Vec<Value> = tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    Ok(json!({"ResourceType": kind, "ResourceId": id, "Tags": tags}))
}

/// ListTagsForResource.
pub fn list(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let (kind, id) = place(input);
    Ok(json!({"ResourceTagSet": set(&mut call.region.route53, kind, id)?}))
}

/// ListTagsForResources: of up to ten, which must all exist.
pub fn list_many(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let (kind, _) = place(input);
    let ids = texts(input, "ResourceIds");
    let sets: Result<Vec<Value>, Fault> =
        ids.iter().map(|id| set(&mut call.region.route53, kind, id)).collect();
    Ok(json!({"ResourceTagSets": sets?}))
}

/// `arn:aws:route53:::{kind}/{id}`: no region and no account in it.
fn arn(kind: &str, id: &str) -> String {
    format!("arn:aws:route53:::{kind}/{id}")
}

/// ARN and tags of every object whose tags are wanted, for the tagging service. They are only seen in the region that the
/// state lies in, us-east-1, as AWS's global objects are.
pub fn tagged(region: &Region, wanted: Wanted<'_>) -> Vec<(String, Tags)> {
    let state = &region.route53;
    let zones = state.zones.values().map(|zone| ("hostedzone", &zone.id, &zone.tags));
    let checks = state.health_checks.values().map(|check| ("healthcheck", &check.id, &check.tags));
    let found = zones.chain(checks).filter(|(.., tags)| wanted(tags));
    found.map(|(kind, id, tags)| (arn(kind, id), tags.clone())).collect()
}

/// The tags of the object with this ARN, for the tagging service; `None` if there is none.
pub fn tags_of<'a>(region: &'a Region, resource: &str) -> Option<&'a Tags> {
    let state = &region.route53;
    match resource.strip_prefix("arn:aws:route53:::")?.split_once('/')? {
        ("hostedzone", id) => state.zones.get(id).map(|zone| &zone.tags),
        ("healthcheck", id) => state.health_checks.get(id).map(|check| &check.tags),
        _ => None,
    }
}

/// Sets and unsets tags of the object with this ARN, for the tagging service; `None` if there is none.
pub fn tag(region: &mut Region, resource: &str, set: &Tags, unset: &[String]) -> Option<()> {
    let (kind, id) = resource.strip_prefix("arn:aws:route53:::")?.split_once('/')?;
    let known = matches!(kind, "hostedzone" | "healthcheck");
    let (tags, _) = of(&mut region.route53, kind, id).ok().filter(|_| known)?;
    tags.retain(|key, _| !unset.contains(key));
    tags.extend(set.clone());
    Some(())
}
