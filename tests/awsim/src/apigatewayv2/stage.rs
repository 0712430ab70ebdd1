//! Stages: each serves one deployment of its API, with its own settings, which hold at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::access_log::{self, AccessLogSettings};
use super::api::{self, HttpApi, seconds};
use super::change::settings_change;
use super::error::{bad, conflict, length, not_found, patch, quota, read, websocket_only};
use super::settings::RouteSettings;
use super::{Snapshot, api_mapping, deployment, list, tags};
use crate::clock::SimTime;
use crate::fault::Fault;
use crate::input::text;
use crate::quota::{Quota, Quotas};
use crate::world::{Call, Tags};

/// One stage, as the operations answer it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Stage {
    /// `$default`, or letters, digits, hyphens and underscores.
    pub stage_name: String,
    /// Every change of the API is deployed by itself.
    pub auto_deploy: bool,
    /// What it serves, or will as soon as that is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployment_id: Option<String>,
    /// How the last deployment went; only with AutoDeploy (BC).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_deployment_status_message: Option<String>,
    /// Any text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// For every route without settings of its own.
    pub default_route_settings: RouteSettings,
    /// By route key.
    pub route_settings: BTreeMap<String, RouteSettings>,
    /// By name.
    pub stage_variables: BTreeMap<String, String>,
    /// Where requests are logged and what of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_log_settings: Option<AccessLogSettings>,
    /// When it was made.
    #[serde(serialize_with = "seconds")]
    pub created_date: SimTime,
    /// When it was last changed.
    #[serde(serialize_with = "seconds")]
    pub last_updated_date: SimTime,
    /// Tags by key.
    pub tags: Tags,
    /// What it serves now.
    #[serde(skip)]
    pub live: Option<Arc<Snapshot>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    stage_name: String,
    auto_deploy: Option<bool>,
    deployment_id: Option<String>,
    description: Option<String>,
    default_route_settings: Option<RouteSettings>,
    #[serde(default)]
    route_settings: BTreeMap<String, RouteSettings>,
    #[serde(default)]
    stage_variables: BTreeMap<String, String>,
    access_log_settings: Option<AccessLogSettings>,
    client_certificate_id: Option<String>,
    #[serde(default)]
    tags: Tags,
}

/// CreateStage.
pub fn create(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    api::find(call.region, input)?;
    let given: Input = read(input)?;
    check_name(&given.stage_name)?;
    tags::check(&given.tags, &call.options.quotas)?;
    let logs = given.access_log_settings.as_ref();
    access_log::enabled(call, None, logs, |call| insert(call, input, &given))
}

fn insert(call: &mut Call<'_>, input: &Value, given: &Input) -> Result<Value, Fault> {
    let (now, delay) = (call.now, call.region.apigatewayv2.delays.deployment);
    let quotas = &call.options.quotas;
    settings_change(call, input, |api, ids| {
        let name = given.stage_name.clone();
        if api.stages.contains_key(&name) {
            return Err(conflict("Stage already exists"));
        }
        quota(api.stages.len(), quotas.get(Quota::StagesPerApi), "Stages")?;
        let mut stage = Stage {
            stage_name: name.clone(),
            auto_deploy: false,
            deployment_id: None,
            last_deployment_status_message: None,
            description: None,
            default_route_settings: RouteSettings::default(),
            route_settings: BTreeMap::new(),
            stage_variables: BTreeMap::new(),
            access_log_settings: None,
            created_date: now,
            last_updated_date: now,
            tags: given.tags.clone(),
            live: None,
        };
        apply(&mut stage, given, api, quotas)?;
        let auto = stage.auto_deploy;
        api.stages.insert(name.clone(), stage);
        if auto {
            deployment::auto_for(api, ids, now, delay, vec![name.clone()]);
        } else if let Some(id) = &given.deployment_id {
            deployment::point(api, &name, id, now);
        }
        Ok(json!(api.stages.get(&name)))
    })
}

fn check_name(name: &str) -> Result<(), Fault> {
    length("StageName", Some(name), 1..=128)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name != "$default" && !name.chars().all(plain) {
        return Err(bad("Stage name only allows a-zA-Z0-9_- or $default"));
    }
    Ok(())
}

/// Checks what is given and merges it into the stage.
fn apply(stage: &mut Stage, given: &Input, api: &HttpApi, quotas: &Quotas) -> Result<(), Fault> {
    length("Description", given.description.as_deref(), 0..=1024)?;
    websocket_only("ClientCertificateId", given.client_certificate_id.is_some())?;
    if let Some(settings) = &given.default_route_settings {
        settings.check()?;
        stage.default_route_settings.merge(settings);
    }
    stage.default_route_settings.merge(&RouteSettings::default());
    for (key, settings) in &given.route_settings {
        settings.check()?;
        stage.route_settings.entry(key.clone()).or_default().merge(settings);
    }
    check_route_settings(stage, api)?;
    merge_variables(stage, &given.stage_variables, quotas)?;
    if let Some(logs) = &given.access_log_settings {
        stage.access_log_settings = Some(access_log::merged(stage.access_log_settings.as_ref(), logs)?);
    }
    patch(&mut stage.description, given.description.clone());
    stage.auto_deploy = given.auto_deploy.unwrap_or(stage.auto_deploy);
    if !stage.auto_deploy {
        stage.last_deployment_status_message = None;
    }
    match &given.deployment_id {
        Some(_) if stage.auto_deploy => {
            Err(bad(format!("DeploymentId cannot be set on stage '{}': it has AutoDeploy", stage.stage_name)))
        }
        Some(id) if !api.deployments.contains_key(id) => Err(bad("Deployment id does not exist")),
        _ => Ok(()),
    }
}

/// Every key of the merged map must be a route's, also keys that this call does not speak of
/// (terraform-aws-apigateway-v2 80, serverless-api-gateway-throttling 33).
fn check_route_settings(stage: &Stage, api: &HttpApi) -> Result<(), Fault> {
    for key in stage.route_settings.keys() {
        if !api.routes.values().any(|r| r.route_key == *key) {
            let message = format!("Unable to find Route by key {key} within the provided RouteSettings");
            return Err(Fault::new(404, "NotFoundException", message));
        }
    }
    Ok(())
}

/// An empty value removes a variable (TF stage.go). HQ bounds how many there are and how long names and
/// values are; the model lets values be 2048 characters long.
fn merge_variables(
    stage: &mut Stage,
    given: &BTreeMap<String, String>,
    quotas: &Quotas,
) -> Result<(), Fault> {
    let (longest, longest_value) =
        (quotas.get(Quota::VariableKeyCharacters), quotas.get(Quota::VariableValueCharacters));
    for (name, value) in given {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#&=,".contains(c);
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Err(bad(format!("Stage variable name '{name}' may only have letters, digits and '_'")));
        }
        if name.chars().count() > longest {
            return Err(bad(format!("Stage variable name '{name}' is longer than {longest} characters")));
        }
        if value.len() > longest_value {
            return Err(bad(format!(
                "Stage variable value of '{name}' is longer than {longest_value} characters"
            )));
        }
        if value.len() > 2048 || !value.chars().all(plain) {
            return Err(bad(format!(
                "Stage variable value of '{name}' may only match [A-Za-z0-9-._~:/?#&=,]+"
            )));
        }
        match value.as_str() {
            "" => stage.stage_variables.remove(name),
            value => stage.stage_variables.insert(name.clone(), value.to_owned()),
        };
    }
    let most = quotas.get(Quota::VariablesPerStage);
    if stage.stage_variables.len() > most {
        return Err(bad(format!("A stage can have at most {most} stage variables")));
    }
    Ok(())
}

fn name(input: &Value) -> &str {
    text(input, "StageName").unwrap_or_default()
}

fn find<'a>(api: &'a HttpApi, input: &Value) -> Result<&'a Stage, Fault> {
    api.stages.get(name(input)).ok_or_else(|| not_found("stage", name(input)))
}

fn find_mut<'a>(api: &'a mut HttpApi, input: &Value) -> Result<&'a mut Stage, Fault> {
    api.stages.get_mut(name(input)).ok_or_else(|| not_found("stage", name(input)))
}

/// GetStage.
pub fn get(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    Ok(json!(find(api::find(call.region, input)?, input)?))
}

/// GetStages.
pub fn list(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let api = api::find(call.region, input)?;
    list::page(input, api.stages.iter().map(|(name, stage)| (name, json!(stage))))
}

/// UpdateStage: merges; only DeleteRouteSettings and DeleteAccessLogSettings take away.
pub fn update(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let old = find(api::find(call.region, input)?, input)?.access_log_settings.clone();
    let given: Input = read(input)?;
    let logs = given.access_log_settings.as_ref();
    access_log::enabled(call, old.as_ref(), logs, |call| change(call, input, &given))
}

fn change(call: &mut Call<'_>, input: &Value, given: &Input) -> Result<Value, Fault> {
    let (now, delay) = (call.now, call.region.apigatewayv2.delays.deployment);
    let quotas = &call.options.quotas;
    settings_change(call, input, |api, ids| {
        let mut stage = find(api, input)?.clone();
        let was_auto = stage.auto_deploy;
        apply(&mut stage, given, api, quotas)?;
        stage.last_updated_date = now;
        let (name, auto) = (stage.stage_name.clone(), stage.auto_deploy);
        api.stages.insert(name.clone(), stage);
        if auto && !was_auto {
            deployment::auto_for(api, ids, now, delay, vec![name.clone()]);
        } else if let Some(id) = &given.deployment_id {
            deployment::point(api, &name, id, now);
        }
        Ok(json!(api.stages.get(&name)))
    })
}

/// DeleteStage: refused while a domain name maps to it.
pub fn delete(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let api = api::find(call.region, input)?;
    find(api, input)?;
    api_mapping::check_unmapped(call.region, &api.api.api_id, Some(name(input)))?;
    settings_change(call, input, |api, _| {
        find(api, input)?;
        api.stages.remove(name(input));
        Ok(json!({}))
    })
}

/// DeleteRouteSettings: 404 for a key that has none.
pub fn delete_route_settings(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let now = call.now;
    settings_change(call, input, |api, _| {
        let stage = find_mut(api, input)?;
        let key = text(input, "RouteKey").unwrap_or_default();
        if stage.route_settings.remove(key).is_none() {
            return Err(not_found("RouteSettings", key));
        }
        stage.last_updated_date = now;
        Ok(json!({}))
    })
}

/// DeleteAccessLogSettings.
pub fn delete_access_log_settings(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let now = call.now;
    settings_change(call, input, |api, _| {
        let stage = find_mut(api, input)?;
        stage.access_log_settings = None;
        stage.last_updated_date = now;
        Ok(json!({}))
    })
}

/// ResetAuthorizersCache: forgets the answers of the stage's Lambda authorizers. No change of the API:
/// the model has no conflict for it (BC).
pub fn reset_authorizers_cache(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let api = api::find(call.region, input)?;
    let (id, stage) = (api.api.api_id.clone(), find(api, input)?.stage_name.clone());
    if let Some(api) = call.region.apigatewayv2.apis.get_mut(&id) {
        api.kept.reset(&stage);
    }
    Ok(json!({}))
}
