//! Which API, stage and route a request is for.

use std::sync::Arc;

use super::domain::{self, Mapped};
use super::refusal::Refusal;
use crate::apigatewayv2::{HttpApi, Route, Snapshot, Stage};
use crate::tls::client::Client;
use crate::world::World;

/// Whether a host name is an API's: `{api}.execute-api.{region}.amazonaws.com`.
pub fn is_api_host(host: &str) -> bool {
    let parts: Vec<&str> = host.split('.').collect();
    matches!(parts[..], [_, "execute-api", _, "amazonaws", "com"])
}

/// Where a request's host, and with custom domain names its path, leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// The API's account.
    pub account: String,
    /// The API's region.
    pub region: String,
    /// The API's id.
    pub api: String,
    /// By which mapping of a custom domain name; `None`: by the API's own host name.
    pub mapped: Option<Mapped>,
}

/// The way to an API.
pub fn way(world: &mut World, host: &str, path: &str, client: Option<&Client>) -> Result<Way, Refusal> {
    let name = host.rsplit_once(':').map_or(host, |(name, _port)| name).to_ascii_lowercase();
    if let Some(found) = domain::mapped(world, &name, path, client) {
        let (account, region, mapped) = found?;
        return Ok(Way { account, region, api: mapped.api.clone(), mapped: Some(mapped) });
    }
    let mut parts = name.splitn(3, '.');
    let (id, service, rest) = (parts.next(), parts.next(), parts.next());
    let region = rest.and_then(|r| r.strip_suffix(".amazonaws.com"));
    let (Some(id), Some("execute-api"), Some(region)) = (id, service, region) else {
        return Err(Refusal::not_found(format!(
            "'{host}' is not of the form API.execute-api.REGION.amazonaws.com"
        )));
    };
    if id.starts_with("d-") {
        return Err(Refusal::forbidden("a custom domain's endpoint is asked by the domain's own name"));
    }
    world
        .regions()
        .find(|r| r.name == region && r.apigatewayv2.apis.contains_key(id))
        .map(|r| Way {
            account: r.account.clone(),
            region: region.to_owned(),
            api: id.to_owned(),
            mapped: None,
        })
        .ok_or_else(|| Refusal::not_found(format!("no API '{id}' in region {region}")))
}

/// The stage that a mapping names.
pub fn mapped_stage<'a>(api: &'a HttpApi, name: &str) -> Result<&'a Stage, Refusal> {
    api.stages.get(name).ok_or_else(|| Refusal::not_found(format!("the mapped stage '{name}' is gone")))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hosts_of_apis_lead_to_the_data_path() {
        assert!(is_api_host("a1b2c3.execute-api.eu-central-1.amazonaws.com"));
        for host in
            ["127.0.0.1", "ec2.eu-central-1.amazonaws.com", "execute-api.eu-central-1.amazonaws.com", ""]
        {
            assert!(!is_api_host(host), "{host}");
        }
    }
}
