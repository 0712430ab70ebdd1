//! Tags. APIs, stages, VPC links and domain names have them; integrations, routes, authorizers,
//! deployments and mappings cannot (AGD, tagging).

use serde::Deserialize;
use serde_json::{Value, json};

use super::error::{bad, read};
use crate::fault::Fault;
use crate::input::{text, texts};
use crate::quota::{Quota, Quotas};
use crate::tagging::Wanted;
use crate::world::{Call, Region, Tags};

/// `arn:aws:apigateway:REGION::{path}`: no account in it.
pub(super) fn arn(region: &Region, path: &str) -> String {
    format!("arn:aws:apigateway:{}::{path}", region.name)
}

/// Every taggable object whose tags are wanted, by its ARN.
pub fn tagged(region: &Region, wanted: Wanted<'_>) -> Vec<(String, Tags)> {
    let mut all = Vec::new();
    let mut add = |tags: &Tags, arn: &dyn Fn() -> String| {
        if wanted(tags) {
            all.push((arn(), tags.clone()));
        }
    };
    for (id, api) in &region.apigatewayv2.apis {
        add(&api.api.tags, &|| arn(region, &format!("/apis/{id}")));
        for (name, stage) in &api.stages {
            add(&stage.tags, &|| arn(region, &format!("/apis/{id}/stages/{name}")));
        }
    }
    for (id, link) in &region.apigatewayv2.vpc_links {
        add(&link.tags, &|| arn(region, &format!("/vpclinks/{id}")));
    }
    for domain in region.apigatewayv2.domain_names.values() {
        add(&domain.domain.tags, &|| domain.domain.domain_name_arn.clone());
    }
    all
}

/// The tags of the object; `None` if there is none of this ARN.
pub fn tags_of<'a>(region: &'a Region, resource: &str) -> Option<&'a Tags> {
    let prefix = arn(region, "/");
    let path: Vec<&str> = resource.strip_prefix(&prefix)?.split('/').collect();
    let state = &region.apigatewayv2;
    match path.as_slice() {
        ["apis", id] => Some(&state.apis.get(*id)?.api.tags),
        ["apis", id, "stages", name] => Some(&state.apis.get(*id)?.stages.get(*name)?.tags),
        ["domainnames", name] => Some(&state.domain_names.get(*name)?.domain.tags),
        ["vpclinks", id] => Some(&state.vpc_links.get(*id)?.tags),
        _ => None,
    }
}

/// Sets and unsets tags of the object; `None` if there is none of this ARN.
pub fn tag(region: &mut Region, arn: &str, set: &Tags, unset: &[String]) -> Option<()> {
    let tags = of(region, arn)?;
    tags.retain(|key, _| !unset.contains(key));
    tags.extend(set.clone());
    Some(())
}

fn of<'a>(region: &'a mut Region, resource: &str) -> Option<&'a mut Tags> {
    let prefix = arn(region, "/");
    let path: Vec<&str> = resource.strip_prefix(&prefix)?.split('/').collect();
    let state = &mut region.apigatewayv2;
    match path.as_slice() {
        ["apis", id] => Some(&mut state.apis.get_mut(*id)?.api.tags),
        ["apis", id, "stages", name] => Some(&mut state.apis.get_mut(*id)?.stages.get_mut(*name)?.tags),
        ["domainnames", name] => Some(&mut state.domain_names.get_mut(*name)?.domain.tags),
        ["vpclinks", id] => Some(&mut state.vpc_links.get_mut(*id)?.tags),
        _ => None,
    }
}

/// Checks tags that a caller gives.
pub fn check(tags: &Tags, quotas: &Quotas) -> Result<(), Fault> {
    let most = quotas.get(Quota::TagsPerResource);
    if tags.len() > most {
        return Err(bad(format!("The number of tags exceeds the limit of {most}")));
    }
    for (key, value) in tags {
        if key.starts_with("aws:") {
            return Err(bad("Tag keys starting with 'aws:' are reserved for system use"));
        }
        if key.is_empty() || key.chars().count() > 128 || value.chars().count() > 256 {
            return Err(bad(format!(
                "Invalid tag '{key}': keys have 1 to 128 characters, values at most 256"
            )));
        }
    }
    Ok(())
}

/// The tags of the object that the input names.
fn find<'a>(region: &'a mut Region, input: &Value) -> Result<&'a mut Tags, Fault> {
    let arn = text(input, "ResourceArn").unwrap_or_default();
    if !arn.starts_with("arn:aws:apigateway:") {
        return Err(bad(format!("Invalid ARN '{arn}'")));
    }
    of(region, arn)
        .ok_or_else(|| Fault::new(404, "NotFoundException", "Invalid resource identifier specified"))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    #[serde(default)]
    tags: Tags,
}

/// TagResource.
pub fn tag_resource(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let given: Input = read(input)?;
    let quotas = &call.options.quotas;
    check(&given.tags, quotas)?;
    let tags = find(call.region, input)?;
    let mut merged = tags.clone();
    merged.extend(given.tags);
    check(&merged, quotas)?;
    *tags = merged;
    Ok(json!({}))
}

/// UntagResource: keys that are not there are no error.
pub fn untag_resource(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let keys = texts(input, "TagKeys");
    find(call.region, input)?.retain(|key, _| !keys.contains(key));
    Ok(json!({}))
}

/// GetTags.
pub fn get(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    Ok(json!({ "Tags": find(call.region, input)? }))
}
