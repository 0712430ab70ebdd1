//! Deployments: frozen copies of an API, which is what a stage serves.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use super::api::{self, Cors, HttpApi, seconds};
use super::change::settings_change;
use super::error::{bad, length, not_found, patch};
use super::{Authorizer, Integration, Route, list};
use crate::clock::SimTime;
use crate::fault::Fault;
use crate::ids::Ids;
use crate::input::text;
use crate::world::Call;

/// How many automatic deployments that no stage serves are kept.
const KEPT: usize = 10;
const NO_ROUTES: &str = "Unable to deploy API because no routes exist in this API";

/// One deployment, as the operations answer it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Deployment {
    /// Six letters and digits.
    pub deployment_id: String,
    /// Made by a stage with AutoDeploy.
    pub auto_deployed: bool,
    /// `PENDING` or `DEPLOYED`.
    pub deployment_status: &'static str,
    /// Any text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// When it was made.
    #[serde(serialize_with = "seconds")]
    pub created_date: SimTime,
    /// Counts up: which of two was made later.
    #[serde(skip)]
    pub number: u64,
    /// What it froze.
    #[serde(skip)]
    pub snapshot: Arc<Snapshot>,
    /// When it is DEPLOYED.
    #[serde(skip)]
    pub done_at: SimTime,
    /// The stages that then serve it.
    #[serde(skip)]
    pub targets: Vec<String>,
}

/// A frozen copy of what an API serves.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// In no order.
    pub routes: Vec<Route>,
    /// By id.
    pub integrations: BTreeMap<String, Integration>,
    /// By id.
    pub authorizers: BTreeMap<String, Authorizer>,
    /// The API's CORS settings.
    pub cors: Option<Cors>,
    /// Whether the API's own host name is switched off (AGD: needs a deployment).
    pub disable_execute_api_endpoint: bool,
}

impl Snapshot {
    fn of(api: &HttpApi) -> Snapshot {
        Snapshot {
            routes: api.routes.values().cloned().collect(),
            integrations: api.integrations.clone(),
            authorizers: api.authorizers.clone(),
            cors: api.api.cors_configuration.clone(),
            disable_execute_api_endpoint: api.api.disable_execute_api_endpoint,
        }
    }
}

/// Deploys for every stage that deploys by itself.
pub fn auto(api: &mut HttpApi, ids: &mut Ids, now: SimTime, delay: Duration) {
    let targets: Vec<String> =
        api.stages.values().filter(|s| s.auto_deploy).map(|s| s.stage_name.clone()).collect();
    auto_for(api, ids, now, delay, targets);
}

/// Deploys for these stages, by AutoDeploy. Without routes the attempt fails and says so.
pub fn auto_for(api: &mut HttpApi, ids: &mut Ids, now: SimTime, delay: Duration, targets: Vec<String>) {
    if targets.is_empty() {
        return;
    }
    if api.routes.is_empty() {
        for stage in api.stages.values_mut().filter(|s| targets.contains(&s.stage_name)) {
            stage.last_deployment_status_message = Some(format!("Deployment attempt failed: {NO_ROUTES}"));
        }
        return;
    }
    let description = "Automatic deployment triggered by changes to the Api configuration".to_owned();
    add(api, ids, now, delay, true, Some(description), targets);
    settle(api, now);
}

fn add(
    api: &mut HttpApi,
    ids: &mut Ids,
    now: SimTime,
    delay: Duration,
    auto: bool,
    description: Option<String>,
    targets: Vec<String>,
) -> String {
    let id = ids.alphanumeric(6);
    let number = api.deployments.values().map(|d| d.number + 1).max().unwrap_or(0);
    let deployment = Deployment {
        deployment_id: id.clone(),
        auto_deployed: auto,
        deployment_status: "PENDING",
        description,
        created_date: now,
        number,
        snapshot: Arc::new(Snapshot::of(api)),
        done_at: now + delay,
        targets,
    };
    api.deployments.insert(id.clone(), deployment);
    schedule(api);
    id
}

/// Points a stage at a deployment, which serves as soon as it is done. Unknown names are ignored.
pub fn point(api: &mut HttpApi, stage: &str, deployment: &str, now: SimTime) {
    for other in api.deployments.values_mut() {
        other.targets.retain(|target| target != stage);
    }
    if let Some(target) = api.stages.get_mut(stage) {
        target.deployment_id = Some(deployment.to_owned());
    }
    if let Some(deployment) = api.deployments.get_mut(deployment) {
        deployment.targets.push(stage.to_owned());
    }
    schedule(api);
    settle(api, now);
}

/// Whether the deployment is still to be done, or to serve stages when it is.
fn is_open(deployment: &Deployment) -> bool {
    deployment.deployment_status == "PENDING" || !deployment.targets.is_empty()
}

/// Notes when a deployment is done next, after one came or got a stage to serve.
fn schedule(api: &mut HttpApi) {
    api.next_done = api.deployments.values().filter(|d| is_open(d)).map(|d| d.done_at).min();
}

/// Deployments that are done serve from now on, in the order in which they were done.
pub fn settle(api: &mut HttpApi, now: SimTime) {
    if api.next_done.is_none_or(|next| now < next) {
        return;
    }
    let mut due: Vec<&mut Deployment> =
        api.deployments.values_mut().filter(|d| d.done_at <= now && is_open(d)).collect();
    due.sort_by_key(|d| (d.done_at, d.number));
    for deployment in due {
        deployment.deployment_status = "DEPLOYED";
        for name in std::mem::take(&mut deployment.targets) {
            let Some(stage) = api.stages.get_mut(&name) else { continue };
            let id = &deployment.deployment_id;
            stage.live = Some(deployment.snapshot.clone());
            // Only stages with AutoDeploy tell how it went (BC, Stage).
            if stage.auto_deploy {
                stage.last_deployment_status_message =
                    Some(format!("Successfully deployed stage with deployment ID '{id}'"));
            }
            stage.deployment_id = Some(id.clone());
        }
    }
    schedule(api);
    prune(api);
}

/// Forgets the oldest automatic deployments that nothing serves.
fn prune(api: &mut HttpApi) {
    let mut old: Vec<(u64, String)> = api
        .deployments
        .values()
        .filter(|d| d.auto_deployed && d.deployment_status == "DEPLOYED" && !in_use(api, &d.deployment_id))
        .map(|d| (d.number, d.deployment_id.clone()))
        .collect();
    old.sort();
    for (_, id) in old.iter().take(old.len().saturating_sub(KEPT)) {
        api.deployments.remove(id);
    }
}

fn in_use(api: &HttpApi, deployment: &str) -> bool {
    api.stages.values().any(|s| s.deployment_id.as_deref() == Some(deployment))
}

/// CreateDeployment.
pub fn create(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    length("Description", text(input, "Description"), 0..=1024)?;
    let (now, delay) = (call.now, call.region.apigatewayv2.delays.deployment);
    settings_change(call, input, |api, ids| {
        let stage = text(input, "StageName");
        if let Some(name) = stage {
            match api.stages.get(name) {
                None => return Err(not_found("stage", name)),
                Some(s) if s.auto_deploy => {
                    return Err(bad(format!("Stage '{name}' has AutoDeploy: it cannot be deployed by hand")));
                }
                Some(_) => {}
            }
        }
        if api.routes.is_empty() {
            return Err(bad(NO_ROUTES));
        }
        let description = text(input, "Description").map(str::to_owned);
        let id = add(api, ids, now, delay, false, description, Vec::new());
        match stage {
            Some(name) => point(api, name, &id, now),
            None => settle(api, now),
        }
        Ok(json!(api.deployments.get(&id)))
    })
}

fn find<'a>(api: &'a HttpApi, input: &Value) -> Result<&'a Deployment, Fault> {
    let id = text(input, "DeploymentId").unwrap_or_default();
    api.deployments.get(id).ok_or_else(|| not_found("Deployment", id))
}

/// GetDeployment.
pub fn get(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    Ok(json!(find(api::find(call.region, input)?, input)?))
}

/// GetDeployments.
pub fn list(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let api = api::find(call.region, input)?;
    list::page(input, api.deployments.iter())
}

/// UpdateDeployment: the description, nothing else.
pub fn update(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    length("Description", text(input, "Description"), 0..=1024)?;
    settings_change(call, input, |api, _| {
        let id = find(api, input)?.deployment_id.clone();
        let Some(deployment) = api.deployments.get_mut(&id) else { return Err(not_found("Deployment", &id)) };
        patch(&mut deployment.description, text(input, "Description").map(str::to_owned));
        Ok(json!(deployment))
    })
}

/// DeleteDeployment.
pub fn delete(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    settings_change(call, input, |api, _| {
        let id = find(api, input)?.deployment_id.clone();
        if in_use(api, &id) {
            return Err(bad("Active stages pointing to this deployment must be moved or deleted"));
        }
        api.deployments.remove(&id);
        Ok(json!({}))
    })
}
