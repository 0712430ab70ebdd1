//! Which operation of a service a request is for, and in which protocol it speaks.

use super::rest::{self, Labels};
use super::{Request, form};
use crate::fault::Fault;
use crate::tables::{self, Protocol, Service};

/// Where a request leads.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// What it speaks, and the reply must.
    pub protocol: Protocol,
    /// The operation's name, as AWS has it; perhaps not a served one.
    pub operation: String,
    /// The path's labels (REST protocols only).
    pub labels: Labels,
}

/// The service that an unsigned request seems to be for: the form of its error depends on it.
pub fn guess(request: &Request) -> &'static Service {
    let mut services = tables::services().iter();
    let prefix = target_prefix(request);
    let version = version(request);
    let found = if !prefix.is_empty() {
        services.find(|service| service.target_prefix == prefix)
    } else if !version.is_empty() {
        services.find(|service| service.api_version == version)
    } else {
        services.find(|service| rest::find(service, request.method.as_str(), &request.path).is_some())
    };
    found.or_else(|| tables::service("sts")).unwrap_or(&tables::services()[0])
}

/// The protocol that the request speaks, if the service does too; else the service's first.
pub fn protocol(service: &Service, request: &Request) -> Protocol {
    let spoken = if cbor_path(request).is_some() {
        Protocol::Cbor
    } else if !request.header("x-amz-target").is_empty() {
        Protocol::Json
    } else {
        Protocol::Query
    };
    if service.protocols.contains(&spoken) { spoken } else { service.protocols[0] }
}

/// Finds the operation.
///
/// # Errors
/// What AWS has no operation for.
pub fn route(service: &Service, request: &Request) -> Result<Route, Fault> {
    let protocol = protocol(service, request);
    let found = match protocol {
        Protocol::Ec2 | Protocol::Query => by_action(service, protocol, request),
        Protocol::Json => {
            let target = request.header("x-amz-target").split_once('.');
            known(
                service,
                target.filter(|(prefix, _)| *prefix == service.target_prefix).map(|(_, name)| name),
            )
        }
        Protocol::Cbor => known(
            service,
            cbor_path(request).filter(|(name, _)| *name == service.target_prefix).map(|(_, op)| op),
        ),
        Protocol::RestJson | Protocol::RestXml => {
            let found = rest::find(service, request.method.as_str(), &request.path);
            let (operation, labels) =
                found.ok_or_else(|| Fault::new(404, "UnknownOperationException", ""))?;
            return Ok(Route { protocol, operation, labels });
        }
    };
    Ok(Route { protocol, operation: found?, labels: Labels::new() })
}

/// The name, if AWS has an operation of it.
fn known(service: &Service, name: Option<&str>) -> Result<String, Fault> {
    let name = name.filter(|name| service.knows(name));
    name.map(str::to_owned).ok_or_else(|| Fault::bad("UnknownOperationException", ""))
}

fn by_action(service: &Service, protocol: Protocol, request: &Request) -> Result<String, Fault> {
    let [action, version] = form::texts(&request.query, &request.body, ["Action", "Version"]);
    let Some(action) = action else {
        return Err(Fault::bad("MissingAction", "The request must contain the parameter Action"));
    };
    let version = version.unwrap_or_default();
    if service.knows(&action) && version == service.api_version {
        return Ok(action);
    }
    Err(match protocol {
        Protocol::Ec2 if service.knows(&action) => {
            let text = format!("The requested version ({version}) of service AmazonEC2 does not exist");
            Fault::bad("NoSuchVersion", text)
        }
        Protocol::Ec2 => {
            Fault::bad("InvalidAction", format!("The action {action} is not valid for this web service."))
        }
        _ => Fault::bad("InvalidAction", format!("Could not find operation {action} for version {version}")),
    })
}

fn target_prefix(request: &Request) -> &str {
    match cbor_path(request) {
        Some((service, _)) => service,
        None => request.header("x-amz-target").split_once('.').map_or("", |(prefix, _)| prefix),
    }
}

fn version(request: &Request) -> String {
    let [version] = form::texts(&request.query, &request.body, ["Version"]);
    version.unwrap_or_default()
}

/// `/service/{service}/operation/{operation}`; what is before it does not matter.
fn cbor_path(request: &Request) -> Option<(&str, &str)> {
    let (_, rest) = request.path.split_once("/service/")?;
    rest.split_once("/operation/")
}
