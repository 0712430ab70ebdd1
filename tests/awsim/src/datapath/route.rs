//! Which API, stage and route a request is for.

use std::sync::Arc;

use super::refusal::Refusal;
use crate::apigatewayv2::{HttpApi, Route, Snapshot, Stage};
use crate::world::World;

/// The account and region of the API whose host name this is, and its id.
pub fn api(world: &mut World, host: &str) -> Result<(String, String, String), Refusal> {
    let name = host.rsplit_once(':').map_or(host, |(name, _port)| name).to_ascii_lowercase();
    let mut parts = name.splitn(3, '.');
    let (id, service, rest) = (parts.next(), parts.next(), parts.next());
    let region = rest.and_then(|r| r.strip_suffix(".amazonaws.com"));
    let (Some(id), Some("execute-api"), Some(region)) = (id, service, region) else {
        return Err(Refusal::not_found(format!(
            "'{host}' is not of the form API.execute-api.REGION.amazonaws.com"
        )));
    };
    world
        .regions()
        .find(|r| r.name == region && r.apigatewayv2.apis.contains_key(id))
        .map(|r| (r.account.clone(), region.to_owned(), id.to_owned()))
        .ok_or_else(|| Refusal::not_found(format!("no API '{id}' in region {region}")))
}

/// The stage, and the path without it: a first segment that is a stage's name wins over `$default`
/// (AGD), whether or not a route of that stage fits.
pub fn stage<'a, 'p>(api: &'a HttpApi, path: &'p str) -> Result<(&'a Stage, &'p str), Refusal> {
    let trimmed = path.strip_prefix('/').unwrap_or(path);
    let (first, rest) = trimmed
        .split_once('/')
        .map_or((trimmed, ""), |(first, _)| (first, path.get(1 + first.len()..).unwrap_or_default()));
    if first != "$default"
        && let Some(stage) = api.stages.get(first)
    {
        return Ok((stage, if rest.is_empty() { "/" } else { rest }));
    }
    match api.stages.get("$default") {
        Some(stage) => Ok((stage, path)),
        None => Err(Refusal::not_found(format!("API has neither a stage '{first}' nor a stage '$default'"))),
    }
}

/// What the stage serves.
pub fn live(stage: &Stage) -> Result<Arc<Snapshot>, Refusal> {
    let live = stage.live.clone();
    live.ok_or_else(|| Refusal::not_found(format!("stage '{}' has no deployment", stage.stage_name)))
}

/// The best of the deployed routes, with its path variables.
pub fn route<'a>(
    snapshot: &'a Snapshot,
    method: &str,
    path: &str,
) -> Result<(&'a Route, std::collections::BTreeMap<String, String>), Refusal> {
    snapshot
        .routes
        .iter()
        .filter_map(|route| Some((route, route.key.fit(method, path)?)))
        .min_by(|(_, a), (_, b)| a.compare(b))
        .map(|(route, fit)| (route, fit.variables))
        .ok_or_else(|| Refusal::not_found(format!("no deployed route for {method} {path}")))
}
