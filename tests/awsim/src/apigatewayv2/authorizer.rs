//! Authorizers of an API.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::api::{self, HttpApi};
use super::change::change;
use super::error::{bad, conflict, length, not_found, patch, quota, read, websocket_only};
use super::list;
use crate::datapath::authorize::issuer;
use crate::fault::Fault;
use crate::ids::Ids;
use crate::input::text;
use crate::quota::{Quota, Quotas};
use crate::world::Call;

/// One authorizer, as the operations answer it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Authorizer {
    /// Six letters and digits.
    pub authorizer_id: String,
    /// Unique in its API.
    pub name: String,
    /// `JWT` or `REQUEST`.
    pub authorizer_type: String,
    /// `$request.header.Authorization`
    pub identity_source: Vec<String>,
    /// For JWT.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwt_configuration: Option<Jwt>,
    /// For REQUEST: the function.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorizer_uri: Option<String>,
    /// For REQUEST: the role to call it with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorizer_credentials_arn: Option<String>,
    /// For REQUEST: `1.0` or `2.0`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorizer_payload_format_version: Option<String>,
    /// For REQUEST: for how long an answer is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorizer_result_ttl_in_seconds: Option<i64>,
    /// For REQUEST with payload format 2.0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_simple_responses: Option<bool>,
}

/// Whose tokens are taken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Jwt {
    /// `https://…`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// At least one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audience: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    name: Option<String>,
    authorizer_type: Option<String>,
    identity_source: Option<Vec<String>>,
    jwt_configuration: Option<Jwt>,
    authorizer_uri: Option<String>,
    authorizer_credentials_arn: Option<String>,
    authorizer_payload_format_version: Option<String>,
    authorizer_result_ttl_in_seconds: Option<i64>,
    enable_simple_responses: Option<bool>,
    identity_validation_expression: Option<String>,
}

/// CreateAuthorizer.
pub fn create(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    api::find(call.region, input)?;
    check_issuer(call, input)?;
    let quotas = &call.options.quotas;
    change(call, input, |api, ids| add(api, ids, input, quotas))
}

/// The issuer that an input names must serve its discovery document and keys (see
/// [`crate::datapath::authorize::issuer::visit`]).
pub(super) fn check_issuer(call: &Call<'_>, input: &Value) -> Result<(), Fault> {
    let issuer = input.pointer("/JwtConfiguration/Issuer").and_then(Value::as_str).unwrap_or_default();
    // What is none at all is refused with the other settings.
    match issuer::refused(call.outside, issuer).filter(|_| issuer.starts_with("https://")) {
        Some(why) => Err(bad(why)),
        None => Ok(()),
    }
}

/// Adds the authorizer that an input of CreateAuthorizer asks for.
pub(super) fn add(api: &mut HttpApi, ids: &mut Ids, input: &Value, quotas: &Quotas) -> Result<Value, Fault> {
    let mut authorizer = Authorizer {
        authorizer_id: String::new(),
        name: String::new(),
        authorizer_type: String::new(),
        identity_source: Vec::new(),
        jwt_configuration: None,
        authorizer_uri: None,
        authorizer_credentials_arn: None,
        authorizer_payload_format_version: None,
        authorizer_result_ttl_in_seconds: None,
        enable_simple_responses: None,
    };
    apply(&mut authorizer, read(input)?)?;
    check(&authorizer, api, quotas)?;
    quota(api.authorizers.len(), quotas.get(Quota::AuthorizersPerApi), "Authorizers")?;
    authorizer.authorizer_id = ids.alphanumeric(6);
    let reply = json!(authorizer);
    api.authorizers.insert(authorizer.authorizer_id.clone(), authorizer);
    Ok(reply)
}

fn apply(authorizer: &mut Authorizer, given: Input) -> Result<(), Fault> {
    length("Name", given.name.as_deref(), 1..=128)?;
    websocket_only("IdentityValidationExpression", given.identity_validation_expression.is_some())?;
    if let Some(name) = given.name {
        authorizer.name = name;
    }
    if let Some(kind) = given.authorizer_type {
        authorizer.authorizer_type = kind;
    }
    if let Some(source) = given.identity_source {
        authorizer.identity_source = source;
    }
    if given.jwt_configuration.is_some() {
        authorizer.jwt_configuration = given.jwt_configuration;
    }
    patch(&mut authorizer.authorizer_uri, given.authorizer_uri);
    patch(&mut authorizer.authorizer_credentials_arn, given.authorizer_credentials_arn);
    patch(&mut authorizer.authorizer_payload_format_version, given.authorizer_payload_format_version);
    let ttl = given.authorizer_result_ttl_in_seconds;
    authorizer.authorizer_result_ttl_in_seconds = ttl.or(authorizer.authorizer_result_ttl_in_seconds);
    authorizer.enable_simple_responses = given.enable_simple_responses.or(authorizer.enable_simple_responses);
    Ok(())
}

fn check(authorizer: &Authorizer, api: &HttpApi, quotas: &Quotas) -> Result<(), Fault> {
    let mut others = api.authorizers.values().filter(|a| a.authorizer_id != authorizer.authorizer_id);
    if others.any(|a| a.name == authorizer.name) {
        let message = format!(
            "Authorizer name must be unique. Authorizer {} already exists in this RestApi.",
            authorizer.name
        );
        return Err(conflict(message));
    }
    for source in &authorizer.identity_source {
        let places = ["$request.header.", "$request.querystring.", "$context.", "$stageVariables."];
        if !places.iter().any(|p| source.strip_prefix(p).is_some_and(|name| !name.is_empty())) {
            return Err(bad(format!("Invalid identity source '{source}'")));
        }
    }
    match authorizer.authorizer_type.as_str() {
        "JWT" => check_jwt(authorizer, quotas.get(Quota::AudiencesPerAuthorizer)),
        _ => check_request(authorizer),
    }
}

fn check_jwt(authorizer: &Authorizer, most: usize) -> Result<(), Fault> {
    let jwt = authorizer.jwt_configuration.clone().unwrap_or_default();
    if !jwt.issuer.is_some_and(|issuer| issuer.starts_with("https://")) {
        return Err(bad("JwtConfiguration must have an Issuer that begins with https://"));
    }
    if !(1..=most).contains(&jwt.audience.len()) {
        return Err(bad(format!("JwtConfiguration must have 1 to {most} audiences")));
    }
    let [source] = &authorizer.identity_source[..] else {
        return Err(bad("A JWT authorizer must have exactly one identity source"));
    };
    // "Currently only header-based and query parameter-based selections are supported" (BC).
    if !source.starts_with("$request.") {
        return Err(bad(format!(
            "Invalid identity source '{source}': must be a header or a query parameter"
        )));
    }
    if authorizer.authorizer_uri.is_some() || authorizer.authorizer_payload_format_version.is_some() {
        return Err(bad("AuthorizerUri and AuthorizerPayloadFormatVersion are for REQUEST authorizers only"));
    }
    Ok(())
}

fn check_request(authorizer: &Authorizer) -> Result<(), Fault> {
    if authorizer.jwt_configuration.is_some() {
        return Err(bad("JwtConfiguration is for JWT authorizers only"));
    }
    if authorizer.authorizer_uri.is_none() {
        return Err(bad("A REQUEST authorizer must have an AuthorizerUri"));
    }
    let version = authorizer.authorizer_payload_format_version.as_deref();
    if !matches!(version, Some("1.0" | "2.0")) {
        return Err(bad(
            "AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizer: 1.0 or 2.0",
        ));
    }
    if authorizer.enable_simple_responses == Some(true) && version != Some("2.0") {
        return Err(bad("EnableSimpleResponses needs AuthorizerPayloadFormatVersion 2.0"));
    }
    if authorizer.authorizer_result_ttl_in_seconds.unwrap_or(0) > 0 && authorizer.identity_source.is_empty() {
        return Err(bad("Caching of authorizer answers needs an identity source"));
    }
    Ok(())
}

fn id(input: &Value) -> &str {
    text(input, "AuthorizerId").unwrap_or_default()
}

fn find<'a>(api: &'a HttpApi, input: &Value) -> Result<&'a Authorizer, Fault> {
    api.authorizers.get(id(input)).ok_or_else(|| not_found("Authorizer", id(input)))
}

/// GetAuthorizer.
pub fn get(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    Ok(json!(find(api::find(call.region, input)?, input)?))
}

/// GetAuthorizers.
pub fn list(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let api = api::find(call.region, input)?;
    list::page(input, api.authorizers.iter().map(|(id, authorizer)| (id, json!(authorizer))))
}

/// UpdateAuthorizer.
pub fn update(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    find(api::find(call.region, input)?, input)?;
    check_issuer(call, input)?;
    let given: Input = read(input)?;
    let quotas = &call.options.quotas;
    change(call, input, |api, _| {
        let mut authorizer = find(api, input)?.clone();
        apply(&mut authorizer, given)?;
        check(&authorizer, api, quotas)?;
        let reply = json!(authorizer);
        api.authorizers.insert(authorizer.authorizer_id.clone(), authorizer);
        Ok(reply)
    })
}

/// DeleteAuthorizer: refused while a route uses it (sst 5586).
pub fn delete(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    change(call, input, |api, _| {
        let authorizer = find(api, input)?;
        let user = api.routes.values().find(|r| r.authorizer_id.as_ref() == Some(&authorizer.authorizer_id));
        if let Some(route) = user {
            return Err(conflict(format!(
                "Cannot delete authorizer '{}', is referenced in route: {}",
                authorizer.name, route.route_key
            )));
        }
        api.authorizers.remove(id(input));
        Ok(json!({}))
    })
}
