//! Health checks of endpoints: their settings. Nothing is checked, and there is no status to ask
//! for; checks of other health checks, alarms and routing controls are not simulated.

use std::net::IpAddr;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{State, error, list};
use crate::fault::Fault;
use crate::input::{number, text, texts};
use crate::quota::Quota;
use crate::world::{Call, Tags};

/// Checks a page at most, and without `MaxItems` (BC, ListHealthChecks).
const PAGE: usize = 1000;
/// Members of the settings that only health checks of other kinds have.
const NOT_SERVED: [&str; 5] = [
    "HealthThreshold",
    "ChildHealthChecks",
    "AlarmIdentifier",
    "InsufficientDataHealthStatus",
    "RoutingControlArn",
];

/// One health check.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HealthCheck {
    /// A UUID.
    pub id: String,
    /// What its creator called the request.
    pub caller_reference: String,
    /// The settings as they were given at the creation.
    pub given: Value,
    /// `HealthCheckConfig`, defaults filled in.
    pub config: Map<String, Value>,
    /// 1, and one more with each update.
    pub version: i64,
    /// By key.
    pub tags: Tags,
}

/// The check with this id.
///
/// # Errors
/// `NoSuchHealthCheck`.
fn find<'a>(state: &'a mut State, input: &Value) -> Result<&'a mut HealthCheck, Fault> {
    let id = text(input, "HealthCheckId").unwrap_or_default();
    state.health_checks.get_mut(id).ok_or_else(|| error::no_health_check(id))
}

/// CreateHealthCheck: the same reference with the same settings gives the same check; with others,
/// or after a deletion, it is refused (BC).
pub fn create(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let reference = text(input, "CallerReference").unwrap_or_default();
    let given = &input["HealthCheckConfig"];
    let config = settings(given)?;
    let state = &mut call.region.route53;
    let twin = state.health_checks.values().find(|check| check.caller_reference == reference);
    if let Some(twin) = twin.filter(|twin| twin.given == *given) {
        return Ok(created(twin));
    }
    if twin.is_some() || state.spent_references.contains(reference) {
        let message = "A health check has already been created with the specified caller reference.";
        return Err(Fault::new(409, "HealthCheckAlreadyExists", message));
    }
    let most = call.options.quotas.get(Quota::HealthChecks);
    if state.health_checks.len() >= most {
        let message = format!("Limits Exceeded: MAX_HEALTH_CHECKS_BY_OWNER - Cannot create more than {most}");
        return Err(Fault::bad("TooManyHealthChecks", message));
    }
    let check = HealthCheck {
        id: call.ids.uuid(),
        caller_reference: reference.to_owned(),
        given: given.clone(),
        config,
        version: 1,
        tags: Tags::new(),
    };
    let output = created(&check);
    state.health_checks.insert(check.id.clone(), check);
    Ok(output)
}

fn created(check: &HealthCheck) -> Value {
    let location = format!("https://route53.amazonaws.com/2013-04-01/healthcheck/{}", check.id);
    json!({"HealthCheck": render(check), "Location": location})
}

fn render(check: &HealthCheck) -> Value {
    json!({
        "Id": check.id,
        "CallerReference": check.caller_reference,
        "HealthCheckConfig": check.config,
        "HealthCheckVersion": check.version,
    })
}

/// Settings with their defaults (BC, HealthCheckConfig), if they go together.
fn settings(given: &Value) -> Result<Map<String, Value>, Fault> {
    let kind = text(given, "Type").unwrap_or_default();
    let port = match kind {
        "HTTP" | "HTTP_STR_MATCH" => Some(80),
        "HTTPS" | "HTTPS_STR_MATCH" => Some(443),
        "TCP" => None,
        other => return Err(error::not_simulated(&format!("A health check of type {other}"))),
    };
    if let Some(member) = NOT_SERVED.into_iter().find(|member| !given[*member].is_null()) {
        return Err(error::input(format!("{member} cannot be given for a health check of type {kind}")));
    }
    let mut config = json!({
        "RequestInterval": 30, "FailureThreshold": 3, "MeasureLatency": false, "Inverted": false,
        "Disabled": false, "EnableSNI": kind.starts_with("HTTPS"),
    });
    if let Some(port) = port {
        config["Port"] = json!(port);
    }
    let Value::Object(mut config) = config else { return Ok(Map::new()) };
    for (member, value) in given.as_object().into_iter().flatten() {
        config.insert(member.clone(), value.clone());
    }
    check(kind, &Value::Object(config.clone()))?;
    Ok(config)
}

fn check(kind: &str, config: &Value) -> Result<(), Fault> {
    let wrong = |why: &str| Err(error::input(format!("Invalid parameter : {why}")));
    let (address, name) = (text(config, "IPAddress"), text(config, "FullyQualifiedDomainName"));
    if address.is_none() && name.is_none() {
        return wrong("IPAddress or FullyQualifiedDomainName must be given");
    }
    if address.is_some_and(|address| address.parse().is_ok_and(|address| !reachable(address))) {
        return wrong("IPAddress must not be a local, private, non-routable or multicast address");
    }
    if config["Port"].is_null() {
        return wrong("Port must be given for a health check of type TCP");
    }
    if !matches!(number(config, "RequestInterval"), Some(10 | 30)) {
        return wrong("RequestInterval must be 10 or 30");
    }
    let search = text(config, "SearchString").is_some_and(|search| !search.is_empty());
    if search != kind.ends_with("_STR_MATCH") {
        return wrong("SearchString must be given for health checks that match a string, and only for them");
    }
    let path = text(config, "ResourcePath");
    if path.is_some() && kind == "TCP" || path.is_some_and(|path| !path.is_empty() && !path.starts_with('/'))
    {
        return wrong("ResourcePath must begin with /, and TCP has none");
    }
    Ok(())
}

/// Route 53's checkers send from the Internet (BC, HealthCheckConfig$IPAddress).
fn reachable(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            !(v4.is_loopback()
                || v4.is_private()
                || v4.is_link_local()
                || v4.is_multicast()
                || v4.is_broadcast()
                || v4.is_unspecified())
        }
        IpAddr::V6(v6) => {
            !(v6.is_loopback()
                || v6.is_multicast()
                || v6.is_unspecified()
                || v6.is_unique_local()
                || v6.is_unicast_link_local())
        }
    }
}

/// GetHealthCheck.
pub fn get(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    Ok(json!({"HealthCheck": render(find(&mut call.region.route53, input)?)}))
}

/// ListHealthChecks, from the check that `Marker` names.
pub fn list(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let max = list::max_items(input, PAGE)?;
    let marker = text(input, "Marker");
    let mut checks = call
        .region
        .route53
        .health_checks
        .range(marker.unwrap_or_default().to_owned()..)
        .map(|(_, check)| check);
    let page: Vec<Value> = checks.by_ref().take(max).map(render).collect();
    let next = checks.next();
    let mut output =
        json!({"HealthChecks": page, "IsTruncated": next.is_some(), "MaxItems": max.to_string()});
    if let Some(marker) = marker {
        output["Marker"] = json!(marker);
    }
    if let Some(next) = next {
        output["NextMarker"] = json!(next.id);
    }
    Ok(output)
}

/// UpdateHealthCheck: what is given replaces what was, if the version is still the caller's. An
/// address can be changed, but neither added nor removed (BC).
pub fn update(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let check = find(&mut call.region.route53, input)?;
    if number(input, "HealthCheckVersion").is_some_and(|version| version != check.version) {
        let message = "The value of HealthCheckVersion does not match that of the health check.";
        return Err(Fault::new(409, "HealthCheckVersionMismatch", message));
    }
    if let Some(member) = NOT_SERVED.into_iter().find(|member| !input[*member].is_null()) {
        return Err(error::input(format!("{member} cannot be given for this type of health check")));
    }
    let mut config = check.config.clone();
    if !input["IPAddress"].is_null() && !config.contains_key("IPAddress") {
        return Err(error::input("IPAddress cannot be added to a health check that has none"));
    }
    for member in texts(input, "ResetElements") {
        config.remove(&member);
    }
    const OTHERS: [&str; 3] = ["HealthCheckId", "HealthCheckVersion", "ResetElements"];
    let given = input.as_object().into_iter().flatten();
    for (member, value) in given.filter(|(member, _)| !OTHERS.contains(&member.as_str())) {
        config.insert(member.clone(), value.clone());
    }
    let kind = config.get("Type").and_then(Value::as_str).unwrap_or_default().to_owned();
    self::check(&kind, &Value::Object(config.clone()))?;
    check.config = config;
    check.version += 1;
    Ok(json!({"HealthCheck": render(check)}))
}

/// DeleteHealthCheck: also one that record sets name (BC); its reference is spent.
pub fn delete(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let check = find(&mut call.region.route53, input)?;
    let (id, reference) = (check.id.clone(), check.caller_reference.clone());
    let state = &mut call.region.route53;
    state.health_checks.remove(&id);
    state.spent_references.insert(reference);
    Ok(json!({}))
}
