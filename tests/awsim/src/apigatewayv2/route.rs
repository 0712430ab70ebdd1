//! Routes of an API.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::api::{self, HttpApi};
use super::change::change;
use super::error::{bad, conflict, length, not_found, patch, quota, read, websocket_only};
use super::list;
use super::route_key::{MALFORMED, RouteKey};
use crate::fault::Fault;
use crate::ids::Ids;
use crate::input::text;
use crate::quota::{Quota, Quotas};
use crate::world::Call;

/// One route, as the operations answer it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Route {
    /// Seven letters and digits.
    pub route_id: String,
    /// Unique in its API.
    pub route_key: String,
    /// `integrations/ID`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// `NONE`, `AWS_IAM`, `JWT` or `CUSTOM`.
    pub authorization_type: String,
    /// For JWT and CUSTOM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorizer_id: Option<String>,
    /// For JWT.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authorization_scopes: Vec<String>,
    /// Any text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_name: Option<String>,
    /// Always false for HTTP APIs.
    pub api_key_required: bool,
    /// The parsed route key.
    #[serde(skip)]
    pub key: RouteKey,
}

impl Route {
    /// The integration that the route goes to.
    pub fn integration(&self) -> Option<&str> {
        self.target.as_deref()?.strip_prefix("integrations/")
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    route_key: Option<String>,
    target: Option<String>,
    authorization_type: Option<String>,
    authorizer_id: Option<String>,
    authorization_scopes: Option<Vec<String>>,
    operation_name: Option<String>,
    api_key_required: Option<bool>,
    model_selection_expression: Option<String>,
    #[serde(default)]
    request_models: BTreeMap<String, String>,
    #[serde(default)]
    request_parameters: BTreeMap<String, Value>,
    route_response_selection_expression: Option<String>,
}

/// CreateRoute.
pub fn create(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    api::find(call.region, input)?;
    let quotas = &call.options.quotas;
    change(call, input, |api, ids| add(api, ids, input, quotas))
}

/// Adds the route that an input of CreateRoute asks for.
pub(super) fn add(api: &mut HttpApi, ids: &mut Ids, input: &Value, quotas: &Quotas) -> Result<Value, Fault> {
    let mut route = Route {
        route_id: String::new(),
        route_key: String::new(),
        target: None,
        authorization_type: "NONE".to_owned(),
        authorizer_id: None,
        authorization_scopes: Vec::new(),
        operation_name: None,
        api_key_required: false,
        key: RouteKey::Default,
    };
    apply(&mut route, read(input)?)?;
    check(&route, api, quotas)?;
    quota(api.routes.len(), quotas.get(Quota::RoutesPerApi), "Routes")?;
    route.route_id = ids.alphanumeric(7);
    let reply = json!(route);
    api.routes.insert(route.route_id.clone(), route);
    Ok(reply)
}

fn apply(route: &mut Route, given: Input) -> Result<(), Fault> {
    length("OperationName", given.operation_name.as_deref(), 1..=64)?;
    websocket_only("ApiKeyRequired", given.api_key_required == Some(true))?;
    websocket_only("ModelSelectionExpression", given.model_selection_expression.is_some())?;
    websocket_only("RequestModels", !given.request_models.is_empty())?;
    websocket_only("RequestParameters", !given.request_parameters.is_empty())?;
    websocket_only("RouteResponseSelectionExpression", given.route_response_selection_expression.is_some())?;
    if let Some(key) = given.route_key {
        route.key = RouteKey::parse(&key).ok_or_else(|| bad(MALFORMED))?;
        route.route_key = key;
    }
    patch(&mut route.target, given.target);
    patch(&mut route.operation_name, given.operation_name);
    if let Some(kind) = given.authorization_type {
        // Setting another type lets the authorizer go, leaving the member out does not (cdk 20695).
        if kind != route.authorization_type {
            route.authorizer_id = None;
            route.authorization_scopes.clear();
        }
        route.authorization_type = kind;
    }
    patch(&mut route.authorizer_id, given.authorizer_id);
    if let Some(scopes) = given.authorization_scopes {
        route.authorization_scopes = scopes;
    }
    Ok(())
}

fn check(route: &Route, api: &HttpApi, quotas: &Quotas) -> Result<(), Fault> {
    let others = || api.routes.values().filter(|r| r.route_id != route.route_id);
    if others().any(|r| r.route_key == route.route_key) {
        return Err(conflict(format!("Route with key {} already exists for this API", route.route_key)));
    }
    if let Some(other) = others().find(|r| r.key.clashes(&route.key)) {
        return Err(conflict(format!(
            "The provided route key \"{}\" has a conflicting variable on the same hierarchical level as \"{}\"",
            route.route_key, other.route_key
        )));
    }
    if let Some(target) = &route.target {
        match route.integration() {
            None => {
                return Err(bad(format!(
                    "Invalid target '{target}': must be integrations/{{integrationId}}"
                )));
            }
            Some(id) if !api.integrations.contains_key(id) => return Err(not_found("Integration", id)),
            Some(_) => {}
        }
    }
    check_authorization(route, api, quotas.get(Quota::ScopesPerRoute))
}

fn check_authorization(route: &Route, api: &HttpApi, most: usize) -> Result<(), Fault> {
    let wanted = match route.authorization_type.as_str() {
        "JWT" => Some("JWT"),
        "CUSTOM" => Some("REQUEST"),
        _ => None,
    };
    let kind = route
        .authorizer_id
        .as_ref()
        .and_then(|id| api.authorizers.get(id))
        .map(|a| a.authorizer_type.as_str());
    if wanted.is_some() && wanted != kind {
        return Err(bad(
            "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or JWT requires a valid authorizer.",
        ));
    }
    if wanted.is_none() && route.authorizer_id.is_some() {
        return Err(bad(format!(
            "AuthorizerId cannot be set with authorization type {}",
            route.authorization_type
        )));
    }
    if !route.authorization_scopes.is_empty() && wanted != Some("JWT") {
        return Err(bad("AuthorizationScopes can only be set with authorization type JWT"));
    }
    if route.authorization_scopes.len() > most {
        return Err(bad(format!("A route can have at most {most} authorization scopes")));
    }
    Ok(())
}

fn id(input: &Value) -> &str {
    text(input, "RouteId").unwrap_or_default()
}

fn find<'a>(api: &'a HttpApi, input: &Value) -> Result<&'a Route, Fault> {
    api.routes.get(id(input)).ok_or_else(|| not_found("Route", id(input)))
}

/// GetRoute.
pub fn get(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    Ok(json!(find(api::find(call.region, input)?, input)?))
}

/// GetRoutes.
pub fn list(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let api = api::find(call.region, input)?;
    list::page(input, api.routes.iter())
}

/// UpdateRoute.
pub fn update(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    find(api::find(call.region, input)?, input)?;
    let given: Input = read(input)?;
    let quotas = &call.options.quotas;
    change(call, input, |api, _| {
        let mut route = find(api, input)?.clone();
        apply(&mut route, given)?;
        check(&route, api, quotas)?;
        let reply = json!(route);
        api.routes.insert(route.route_id.clone(), route);
        Ok(reply)
    })
}

/// DeleteRoute. Settings that a stage keeps for its key stay there and are in the way later.
pub fn delete(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    change(call, input, |api, _| {
        find(api, input)?;
        api.routes.remove(id(input));
        Ok(json!({}))
    })
}

/// DeleteRouteRequestParameter: routes of HTTP APIs have none (BC).
pub fn delete_request_parameter(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    find(api::find(call.region, input)?, input)?;
    Err(not_found("RequestParameter", text(input, "RequestParameterKey").unwrap_or_default()))
}
