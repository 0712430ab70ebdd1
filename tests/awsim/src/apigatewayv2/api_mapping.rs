//! API mappings: which stage of which API lies under which path of a custom domain name.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::domain_name::{self, Domain};
use super::error::{bad, conflict, length, not_found, read};
use super::list;
use crate::fault::Fault;
use crate::input::text;
use crate::quota::Quota;
use crate::world::{Call, Region};

/// Characters of a key (AGD).
const MAX_KEY: usize = 300;

/// One mapping, as the operations answer it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ApiMapping {
    /// Six letters and digits.
    pub api_mapping_id: String,
    /// `orders/v1`; empty takes what no other mapping of the domain takes.
    pub api_mapping_key: String,
    /// The API.
    pub api_id: String,
    /// Its stage.
    pub stage: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    api_id: String,
    stage: Option<String>,
    api_mapping_key: Option<String>,
}

/// CreateApiMapping. No key and an empty one are the same (floci 2390).
pub fn create(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    domain_name::find(call.region, input)?;
    let given: Input = read(input)?;
    let mut mapping = ApiMapping {
        api_mapping_id: String::new(),
        api_mapping_key: given.api_mapping_key.unwrap_or_default(),
        api_id: given.api_id,
        stage: given.stage.unwrap_or_default(),
    };
    check(&mapping, call.region)?;
    let most = call.options.quotas.get(Quota::MultiLevelMappings);
    let domain = domain_name::find(call.region, input)?;
    check_place(&mapping, domain, most)?;
    mapping.api_mapping_id = call.ids.alphanumeric(6);
    let reply = json!(mapping);
    domain.mappings.insert(mapping.api_mapping_id.clone(), mapping);
    Ok(reply)
}

/// The key's form, and that API and stage exist, which is a bad request if not (cdk 9078, floci 2390).
fn check(mapping: &ApiMapping, region: &Region) -> Result<(), Fault> {
    length("ApiMappingKey", Some(&mapping.api_mapping_key), 0..=MAX_KEY)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "$-_.+!*'()".contains(c);
    let level = |level: &str| !level.is_empty() && level.chars().all(plain);
    if !mapping.api_mapping_key.is_empty() && !mapping.api_mapping_key.split('/').all(level) {
        // AWS's words, also for a slash at either end (cdk 8983, 9077).
        return Err(bad("An ApiMapping key may contain only letters, numbers and one of $-_.+!*'(),"));
    }
    let Some(api) = region.apigatewayv2.apis.get(&mapping.api_id) else {
        return Err(bad(format!("Invalid API identifier specified {}:{}", region.account, mapping.api_id)));
    };
    if !api.stages.contains_key(&mapping.stage) {
        return Err(bad("Invalid stage identifier specified"));
    }
    Ok(())
}

/// The key must be free among the domain's other mappings (cdk 22660), and of those with multiple levels
/// there are at most so many (HQ).
fn check_place(mapping: &ApiMapping, domain: &Domain, most: usize) -> Result<(), Fault> {
    let others = || domain.mappings.values().filter(|m| m.api_mapping_id != mapping.api_mapping_id);
    if others().any(|m| m.api_mapping_key == mapping.api_mapping_key) {
        return Err(conflict("ApiMapping key already exists for this domain name"));
    }
    let multi_level = |mapping: &ApiMapping| mapping.api_mapping_key.contains('/');
    if multi_level(mapping) && others().filter(|m| multi_level(m)).count() >= most {
        let message = format!(
            "Maximum number of API mappings with multiple levels for this domain name has been reached: {most}"
        );
        return Err(Fault::new(429, "TooManyRequestsException", message));
    }
    Ok(())
}

fn id(input: &Value) -> &str {
    text(input, "ApiMappingId").unwrap_or_default()
}

fn find<'a>(domain: &'a Domain, input: &Value) -> Result<&'a ApiMapping, Fault> {
    domain.mappings.get(id(input)).ok_or_else(|| not_found("API mapping", id(input)))
}

/// GetApiMapping.
pub fn get(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    Ok(json!(find(domain_name::find(call.region, input)?, input)?))
}

/// GetApiMappings.
pub fn list(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let domain = domain_name::find(call.region, input)?;
    list::page(input, domain.mappings.iter().map(|(id, mapping)| (id, json!(mapping))))
}

/// UpdateApiMapping: what is left out stays; the API must be named (BC).
pub fn update(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let mut mapping = find(domain_name::find(call.region, input)?, input)?.clone();
    let given: Input = read(input)?;
    mapping.api_id = given.api_id;
    mapping.stage = given.stage.unwrap_or(mapping.stage);
    mapping.api_mapping_key = given.api_mapping_key.unwrap_or(mapping.api_mapping_key);
    check(&mapping, call.region)?;
    let most = call.options.quotas.get(Quota::MultiLevelMappings);
    let domain = domain_name::find(call.region, input)?;
    check_place(&mapping, domain, most)?;
    let reply = json!(mapping);
    domain.mappings.insert(mapping.api_mapping_id.clone(), mapping);
    Ok(reply)
}

/// DeleteApiMapping.
pub fn delete(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let domain = domain_name::find(call.region, input)?;
    find(domain, input)?;
    domain.mappings.remove(id(input));
    Ok(json!({}))
}

/// Refuses to delete an API, or one stage of it, that a mapping still names. AWS's words for an API
/// (cloud-nuke 370); that a stage is refused too is known (terraform-aws-apigateway-v2 83, TF 28774), its
/// words are not.
pub(super) fn check_unmapped(region: &Region, api: &str, stage: Option<&str>) -> Result<(), Fault> {
    let mut mappings = region.apigatewayv2.domain_names.values().flat_map(|d| d.mappings.values());
    if !mappings.any(|m| m.api_id == api && stage.is_none_or(|stage| m.stage == stage)) {
        return Ok(());
    }
    let (what, kind) = match stage {
        Some(stage) => (format!("stage {stage}"), "stage"),
        None => (format!("API {api}"), "API"),
    };
    Err(bad(format!(
        "Deleting {what} failed. Please remove all API mappings for the {kind} from your custom domain names."
    )))
}
