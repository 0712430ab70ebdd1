//! HTTP APIs. Creating one twice makes two: nothing about it is unique but its id.

use std::collections::BTreeMap;
use std::sync::Weak;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Value, json};

use super::change::{change, settings_change};
use super::error::{bad, length, not_found, patch, read, websocket_only};
use super::{Authorizer, Deployment, Integration, Route, Stage, api_mapping, list, tags};
use crate::clock::SimTime;
use crate::datapath::authorize::kept::Kept;
use crate::datapath::throttle::Buckets;
use crate::fault::Fault;
use crate::input::text;
use crate::quota::Quota;
use crate::world::{Call, Region, Tags};

/// One API with all that belongs to it. What is served is not this but what each stage deployed.
#[derive(Clone, Debug, Serialize)]
pub struct HttpApi {
    /// The API's own settings.
    pub api: Api,
    /// By id.
    pub integrations: BTreeMap<String, Integration>,
    /// By id.
    pub routes: BTreeMap<String, Route>,
    /// By name.
    pub stages: BTreeMap<String, Stage>,
    /// By id.
    pub deployments: BTreeMap<String, Deployment>,
    /// When the next of them is done, or earlier; `None`: none is under way.
    #[serde(skip)]
    pub next_done: Option<SimTime>,
    /// By id.
    pub authorizers: BTreeMap<String, Authorizer>,
    /// Alive while a change is under way (see [`super::change`]).
    #[serde(skip)]
    pub changing: Weak<()>,
    /// What is left of its throttles.
    #[serde(skip)]
    pub buckets: Buckets,
    /// What its authorizers keep.
    #[serde(skip)]
    pub kept: Kept,
}

/// An API's own settings, as the operations answer them.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Api {
    /// 10 letters and digits.
    pub api_id: String,
    /// Any text; not unique.
    pub name: String,
    /// `HTTP`
    pub protocol_type: String,
    /// `https://ID.execute-api.REGION.amazonaws.com`
    pub api_endpoint: String,
    /// Only of meaning for WebSocket APIs; answered all the same.
    pub api_key_selection_expression: String,
    /// `$request.method $request.path`
    pub route_selection_expression: String,
    /// Any text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Any text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// CORS, answered by the API itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cors_configuration: Option<Cors>,
    /// Switches the API's own host name off.
    pub disable_execute_api_endpoint: bool,
    /// `ipv4` or `dualstack`.
    pub ip_address_type: String,
    /// When it was made.
    #[serde(serialize_with = "seconds")]
    pub created_date: SimTime,
    /// Tags by key.
    pub tags: Tags,
}

/// CORS settings of an API.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Cors {
    /// Whether credentials may be sent; not with `*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_credentials: Option<bool>,
    /// Header names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow_headers: Vec<String>,
    /// Methods.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow_methods: Vec<String>,
    /// Origins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow_origins: Vec<String>,
    /// Header names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expose_headers: Vec<String>,
    /// Seconds; -1 switches caching off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    name: Option<String>,
    protocol_type: Option<String>,
    description: Option<String>,
    version: Option<String>,
    cors_configuration: Option<Cors>,
    disable_execute_api_endpoint: Option<bool>,
    disable_schema_validation: Option<bool>,
    ip_address_type: Option<String>,
    route_selection_expression: Option<String>,
    route_key: Option<String>,
    target: Option<String>,
    credentials_arn: Option<String>,
    tags: Option<Tags>,
}

/// A time as the whole seconds that this service answers.
pub fn seconds<S: Serializer>(time: &SimTime, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u64(time.0 / 1000)
}

/// CreateApi.
pub fn create(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let input: Input = read(input)?;
    if input.protocol_type.as_deref() != Some("HTTP") {
        return Err(Fault::new(501, "NotImplemented", "only ProtocolType HTTP is simulated"));
    }
    check(&input)?;
    let tags = input.tags.clone().unwrap_or_default();
    tags::check(&tags, &call.options.quotas)?;
    check_room(call)?;
    let api_id = call.ids.alphanumeric(10);
    let mut api = Api { tags, ..Api::new(&api_id, &call.region.name, call.now) };
    apply(&mut api, input);
    let reply = json!(api);
    call.region.apigatewayv2.apis.insert(api_id, HttpApi::empty(api));
    Ok(reply)
}

/// Refuses one more API than the quota allows.
pub(super) fn check_room(call: &Call<'_>) -> Result<(), Fault> {
    if call.region.apigatewayv2.apis.len() >= call.options.quotas.get(Quota::Apis) {
        let message = "Maximum number of APIs for this account has been reached. Please contact AWS if you need additional APIs.";
        return Err(Fault::new(429, "TooManyRequestsException", message));
    }
    Ok(())
}

impl Api {
    /// An API with AWS's defaults, still without a name.
    pub(super) fn new(id: &str, region: &str, now: SimTime) -> Api {
        Api {
            api_id: id.to_owned(),
            name: String::new(),
            protocol_type: "HTTP".to_owned(),
            api_endpoint: format!("https://{id}.execute-api.{region}.amazonaws.com"),
            api_key_selection_expression: "$request.header.x-api-key".to_owned(),
            route_selection_expression: "$request.method $request.path".to_owned(),
            description: None,
            version: None,
            cors_configuration: None,
            disable_execute_api_endpoint: false,
            ip_address_type: "ipv4".to_owned(),
            created_date: now,
            tags: Tags::new(),
        }
    }
}

impl HttpApi {
    /// An API that has nothing yet.
    pub(super) fn empty(api: Api) -> HttpApi {
        HttpApi {
            api,
            integrations: BTreeMap::new(),
            routes: BTreeMap::new(),
            stages: BTreeMap::new(),
            deployments: BTreeMap::new(),
            next_done: None,
            authorizers: BTreeMap::new(),
            changing: Weak::new(),
            buckets: Buckets::new(),
            kept: Kept::default(),
        }
    }
}

/// Sets what an input of UpdateApi gives.
pub(super) fn set(api: &mut Api, input: &Value) -> Result<(), Fault> {
    let input: Input = read(input)?;
    check(&input)?;
    apply(api, input);
    Ok(())
}

fn check(input: &Input) -> Result<(), Fault> {
    length("Name", input.name.as_deref(), 1..=128)?;
    length("Description", input.description.as_deref(), 0..=1024)?;
    length("Version", input.version.as_deref(), 1..=64)?;
    websocket_only("DisableSchemaValidation", input.disable_schema_validation == Some(true))?;
    if input.target.is_some() || input.route_key.is_some() || input.credentials_arn.is_some() {
        let message = "quick create (Target, RouteKey, CredentialsArn) is not simulated";
        return Err(Fault::new(501, "NotImplemented", message));
    }
    let expression = input.route_selection_expression.as_deref();
    if expression
        .is_some_and(|e| !matches!(e, "$request.method $request.path" | "${request.method} ${request.path}"))
    {
        return Err(bad("RouteSelectionExpression must be '$request.method $request.path' for HTTP APIs"));
    }
    match &input.cors_configuration {
        Some(cors) => check_cors(cors),
        None => Ok(()),
    }
}

/// Credentials cannot be allowed to everyone (cdk 9076).
fn check_cors(cors: &Cors) -> Result<(), Fault> {
    if cors.allow_credentials == Some(true) && cors.allow_origins.iter().any(|origin| origin == "*") {
        return Err(bad("allow-credentials is not supported if 'allow-origin' is *"));
    }
    Ok(())
}

fn apply(api: &mut Api, input: Input) {
    if let Some(name) = input.name {
        api.name = name;
    }
    patch(&mut api.description, input.description);
    patch(&mut api.version, input.version);
    if input.cors_configuration.is_some() {
        api.cors_configuration = input.cors_configuration;
    }
    if let Some(disable) = input.disable_execute_api_endpoint {
        api.disable_execute_api_endpoint = disable;
    }
    if let Some(kind) = input.ip_address_type {
        api.ip_address_type = kind;
    }
}

/// The API that the input names.
pub fn find<'a>(region: &'a Region, input: &Value) -> Result<&'a HttpApi, Fault> {
    let id = text(input, "ApiId").unwrap_or_default();
    region.apigatewayv2.apis.get(id).ok_or_else(|| absent(region, id))
}

/// What a call hears that names an API which is not there.
pub(super) fn absent(region: &Region, id: &str) -> Fault {
    not_found("API", &format!("{}:{id}", region.account))
}

/// GetApi.
pub fn get(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    Ok(json!(find(call.region, input)?.api))
}

/// GetApis.
pub fn list(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    list::page(input, call.region.apigatewayv2.apis.iter().map(|(id, api)| (id, &api.api)))
}

/// UpdateApi.
pub fn update(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    find(call.region, input)?;
    let changes: Input = read(input)?;
    check(&changes)?;
    change(call, input, |api, _| {
        apply(&mut api.api, changes);
        Ok(json!(api.api))
    })
}

/// DeleteApi: everything that belongs to it goes with it; refused while a domain name maps to it.
pub fn delete(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    find(call.region, input)?;
    api_mapping::check_unmapped(call.region, text(input, "ApiId").unwrap_or_default(), None)?;
    settings_change(call, input, |_, _| Ok(json!({})))?;
    call.region.apigatewayv2.apis.remove(text(input, "ApiId").unwrap_or_default());
    Ok(json!({}))
}

/// DeleteCorsConfiguration.
pub fn delete_cors(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    change(call, input, |api, _| {
        api.api.cors_configuration = None;
        Ok(json!({}))
    })
}
