//! Integrations: where the routes of an API lead. Here they lead through a VPC link to the listener
//! of a load balancer.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::api::{self, HttpApi};
use super::change::change;
use super::error::{bad, conflict, length, not_found, patch, quota, read, websocket_only};
use super::mapping::{self, Side};
use super::vpc_link::Status;
use super::{list, route_key};
use crate::clock::SimTime;
use crate::fault::Fault;
use crate::input::text;
use crate::quota::Quota;
use crate::world::{Call, Region};

/// One integration, as the operations answer it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Integration {
    /// Seven letters and digits.
    pub integration_id: String,
    /// `HTTP_PROXY` or `AWS_PROXY`.
    pub integration_type: String,
    /// A method or `ANY`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub integration_method: Option<String>,
    /// A listener's ARN; elsewhere a URL or a function's ARN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub integration_uri: Option<String>,
    /// AWS service and action of an AWS_PROXY integration without a function.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub integration_subtype: Option<String>,
    /// `INTERNET` or `VPC_LINK`.
    pub connection_type: String,
    /// The VPC link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_id: Option<String>,
    /// Role of an AWS_PROXY integration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credentials_arn: Option<String>,
    /// Any text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `1.0`, for functions also `2.0`.
    pub payload_format_version: String,
    /// 50 to 30000.
    pub timeout_in_millis: u64,
    /// Mappings of the request, see [`mapping`].
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub request_parameters: BTreeMap<String, String>,
    /// Mappings of the response by its status code.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub response_parameters: BTreeMap<String, BTreeMap<String, String>>,
    /// With it, and only then, the integration speaks HTTPS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_config: Option<TlsConfig>,
}

/// HTTPS to the load balancer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TlsConfig {
    /// Also sent as SNI.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_name_to_verify: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    integration_type: Option<String>,
    integration_method: Option<String>,
    integration_uri: Option<String>,
    integration_subtype: Option<String>,
    connection_type: Option<String>,
    connection_id: Option<String>,
    credentials_arn: Option<String>,
    description: Option<String>,
    payload_format_version: Option<String>,
    timeout_in_millis: Option<u64>,
    #[serde(default)]
    request_parameters: BTreeMap<String, String>,
    #[serde(default)]
    response_parameters: BTreeMap<String, BTreeMap<String, String>>,
    tls_config: Option<TlsConfig>,
    content_handling_strategy: Option<String>,
    passthrough_behavior: Option<String>,
    #[serde(default)]
    request_templates: BTreeMap<String, String>,
    template_selection_expression: Option<String>,
}

/// CreateIntegration: each call makes another one.
pub fn create(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let api = api::find(call.region, input)?;
    let most = call.options.quotas.get(Quota::IntegrationsPerApi);
    quota(api.integrations.len(), most, "Integrations")?;
    let mut integration = build(input, call.region, call.now)?;
    change(call, input, |api, ids| {
        integration.integration_id = ids.alphanumeric(7);
        let reply = json!(integration);
        api.integrations.insert(integration.integration_id.clone(), integration);
        Ok(reply)
    })
}

/// The integration that an input of CreateIntegration asks for, checked, without an id.
pub(super) fn build(input: &Value, region: &Region, now: SimTime) -> Result<Integration, Fault> {
    let mut integration = Integration {
        integration_id: String::new(),
        integration_type: String::new(),
        integration_method: None,
        integration_uri: None,
        integration_subtype: None,
        connection_type: "INTERNET".to_owned(),
        connection_id: None,
        credentials_arn: None,
        description: None,
        payload_format_version: "1.0".to_owned(),
        timeout_in_millis: 30_000,
        request_parameters: BTreeMap::new(),
        response_parameters: BTreeMap::new(),
        tls_config: None,
    };
    apply(&mut integration, read(input)?)?;
    check(&integration, None, region, now)?;
    Ok(integration)
}

/// Merges what is given. A mapping is removed by the value `""`, all mappings of a status code by
/// an empty map (AGD).
fn apply(integration: &mut Integration, given: Input) -> Result<(), Fault> {
    length("Description", given.description.as_deref(), 0..=1024)?;
    length("IntegrationUri", given.integration_uri.as_deref(), 1..=2048)?;
    websocket_only("ContentHandlingStrategy", given.content_handling_strategy.is_some())?;
    websocket_only("PassthroughBehavior", given.passthrough_behavior.is_some())?;
    websocket_only("RequestTemplates", !given.request_templates.is_empty())?;
    websocket_only("TemplateSelectionExpression", given.template_selection_expression.is_some())?;
    for (to, from) in [
        (&mut integration.integration_type, given.integration_type),
        (&mut integration.connection_type, given.connection_type),
        (&mut integration.payload_format_version, given.payload_format_version),
    ] {
        if let Some(from) = from {
            *to = from;
        }
    }
    patch(&mut integration.integration_method, given.integration_method);
    patch(&mut integration.integration_uri, given.integration_uri);
    patch(&mut integration.integration_subtype, given.integration_subtype);
    patch(&mut integration.connection_id, given.connection_id);
    patch(&mut integration.credentials_arn, given.credentials_arn);
    patch(&mut integration.description, given.description);
    integration.timeout_in_millis = given.timeout_in_millis.unwrap_or(integration.timeout_in_millis);
    if given.tls_config.is_some() {
        integration.tls_config = given.tls_config;
    }
    integration.request_parameters.extend(given.request_parameters);
    integration.request_parameters.retain(|_, value| !value.is_empty());
    integration.response_parameters.extend(given.response_parameters);
    integration.response_parameters.retain(|_, mappings| !mappings.is_empty());
    Ok(())
}

/// Checks an integration; what it names outside the API is looked up only if it changes.
fn check(
    integration: &Integration,
    old: Option<&Integration>,
    region: &Region,
    now: SimTime,
) -> Result<(), Fault> {
    if !(50..=30_000).contains(&integration.timeout_in_millis) {
        return Err(bad("Timeout should be between 50 ms and 30000 ms"));
    }
    match integration.integration_type.as_str() {
        "HTTP_PROXY" => check_http(integration)?,
        "AWS_PROXY" => check_aws(integration)?,
        _ => {
            return Err(bad("Currently, an API with a protocol type of HTTP may only be associated with \
                 proxy integrations (AWS_PROXY, HTTP_PROXY)"));
        }
    }
    match (integration.connection_type.as_str(), &integration.connection_id) {
        ("VPC_LINK", Some(link)) if old.and_then(|o| o.connection_id.as_ref()) == Some(link) => {}
        ("VPC_LINK", Some(link)) => check_link(link, region)?,
        ("VPC_LINK", None) => return Err(bad("ConnectionId must be set for ConnectionType VPC_LINK")),
        (_, Some(_)) => return Err(bad("ConnectionId can only be set for ConnectionType VPC_LINK")),
        (_, None) if integration.tls_config.is_some() => {
            return Err(bad("TlsConfig can only be set for ConnectionType VPC_LINK"));
        }
        (_, None) => return Ok(()),
    }
    match integration.integration_uri.as_deref() {
        uri if old.is_some_and(|o| o.integration_uri.as_deref() == uri) => Ok(()),
        uri => check_private_uri(uri.unwrap_or_default(), region, now),
    }
}

fn check_http(integration: &Integration) -> Result<(), Fault> {
    if integration.integration_uri.is_none() {
        return Err(bad("Either `integrationSubtype` or `integrationUri` must be specified"));
    }
    let method = integration.integration_method.as_deref();
    if !method.is_some_and(|m| route_key::METHODS.contains(&m)) {
        return Err(bad("IntegrationMethod of an HTTP_PROXY integration must be an HTTP method or ANY"));
    }
    if integration.payload_format_version != "1.0" {
        return Err(bad("PayloadFormatVersion of an HTTP_PROXY integration must be 1.0"));
    }
    if integration.integration_subtype.is_some() || integration.credentials_arn.is_some() {
        return Err(bad("IntegrationSubtype and CredentialsArn are for AWS_PROXY integrations only"));
    }
    mapping::parse(&integration.request_parameters, Side::Request)?;
    for (status, mappings) in &integration.response_parameters {
        if !status.parse::<u16>().is_ok_and(|code| (200..600).contains(&code)) {
            return Err(bad(format!("Invalid status code '{status}' in ResponseParameters")));
        }
        mapping::parse(mappings, Side::Response)?;
    }
    Ok(())
}

fn check_aws(integration: &Integration) -> Result<(), Fault> {
    if integration.integration_uri.is_none() && integration.integration_subtype.is_none() {
        return Err(bad("Either `integrationSubtype` or `integrationUri` must be specified"));
    }
    if integration.connection_type == "VPC_LINK" {
        return Err(bad("ConnectionType VPC_LINK is only supported for HTTP_PROXY integrations"));
    }
    if !matches!(integration.payload_format_version.as_str(), "1.0" | "2.0") {
        return Err(bad("PayloadFormatVersion must be 1.0 or 2.0"));
    }
    Ok(())
}

/// The link must exist and be up; one that is asleep is good, the next request wakes it.
fn check_link(id: &str, region: &Region) -> Result<(), Fault> {
    match region.apigatewayv2.vpc_links.get(id).map(|link| link.vpc_link_status) {
        None => Err(bad(format!("Invalid VpcLink identifier specified {id}"))),
        Some(Status::Available | Status::Inactive) => Ok(()),
        Some(status) => Err(bad(format!("VpcLink {id} cannot be used: its status is {}", json!(status)))),
    }
}

/// A listener that exists, or a Cloud Map service, which is not looked up here.
fn check_private_uri(uri: &str, region: &Region, now: SimTime) -> Result<(), Fault> {
    let parts: Vec<&str> = uri.splitn(6, ':').collect();
    let wrong = "For VpcLink VPC_LINK, integration uri should be a valid ELB listener ARN or a valid Cloud Map service ARN.";
    match parts.as_slice() {
        ["arn", "aws", "elasticloadbalancing", _, _, resource] if resource.starts_with("listener/") => {}
        ["arn", "aws", "servicediscovery", _, _, resource] if resource.starts_with("service/") => {
            return Ok(());
        }
        _ => return Err(bad(wrong)),
    }
    match region.elbv2.listeners.get(uri) {
        Some(listener) if listener.created + race(uri, region) <= now => Ok(()),
        _ => Err(bad("Unable to retrieve listener port and load balancer DNS name from ELB listener")),
    }
}

/// How long after its creation this listener cannot be found (TF 22590, "sometimes"): every other
/// one at once, the rest up to the delay; drawn from its ARN, so that it is the same each time.
fn race(arn: &str, region: &Region) -> Duration {
    let most = u64::try_from(region.apigatewayv2.delays.listener_visible.as_millis()).unwrap_or(u64::MAX);
    let drawn = arn.bytes().fold(0u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    if drawn % 2 == 0 {
        return Duration::ZERO;
    }
    Duration::from_millis(drawn % most.saturating_add(1))
}

fn id(input: &Value) -> &str {
    text(input, "IntegrationId").unwrap_or_default()
}

fn find<'a>(api: &'a HttpApi, input: &Value) -> Result<&'a Integration, Fault> {
    api.integrations.get(id(input)).ok_or_else(|| not_found("Integration", id(input)))
}

/// GetIntegration.
pub fn get(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    Ok(json!(find(api::find(call.region, input)?, input)?))
}

/// GetIntegrations.
pub fn list(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let api = api::find(call.region, input)?;
    list::page(input, api.integrations.iter())
}

/// UpdateIntegration: merges.
pub fn update(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let old = find(api::find(call.region, input)?, input)?;
    let mut integration = old.clone();
    apply(&mut integration, read(input)?)?;
    check(&integration, Some(old), call.region, call.now)?;
    change(call, input, |api, _| {
        let reply = json!(integration);
        api.integrations.insert(integration.integration_id.clone(), integration);
        Ok(reply)
    })
}

/// DeleteIntegration: refused while routes lead to it.
pub fn delete(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    change(call, input, |api, _| {
        find(api, input)?;
        let routes: Vec<&str> = api
            .routes
            .values()
            .filter(|r| r.integration() == Some(id(input)))
            .map(|r| r.route_id.as_str())
            .collect();
        if !routes.is_empty() {
            return Err(conflict(format!(
                "Cannot delete Integration because it is referenced by the following Routes with Ids: [{}]",
                routes.join(", ")
            )));
        }
        api.integrations.remove(id(input));
        Ok(json!({}))
    })
}
