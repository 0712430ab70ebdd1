//! Custom domain names: regional, TLS 1.2, served under the certificate that they name. What lies
//! under one are its mappings ([`super::api_mapping`]).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::error::{bad, conflict, length, not_found, patch, read};
use super::{ApiMapping, certificate, list, ownership, tags};
use crate::clock::SimTime;
use crate::fault::Fault;
use crate::ids::Ids;
use crate::input::text;
use crate::quota::Quota;
use crate::world::{Call, Region, Tags};

/// The endpoints' hosted zones (AWS General Reference, API Gateway endpoints), for alias records.
const HOSTED_ZONES: [(&str, &str); 33] = [
    ("af-south-1", "Z2DHW2332DAMTN"),
    ("ap-east-1", "Z3FD1VL90ND7K5"),
    ("ap-east-2", "Z02909591O7FG9Q56HWB1"),
    ("ap-northeast-1", "Z1YSHQZHG15GKL"),
    ("ap-northeast-2", "Z20JF4UZKIW1U8"),
    ("ap-northeast-3", "Z22ILHG95FLSZ2"),
    ("ap-south-1", "Z3VO1THU9YC4UR"),
    ("ap-south-2", "Z0853509Q1135NJ66RUH"),
    ("ap-southeast-1", "ZL327KTPIQFUL"),
    ("ap-southeast-2", "Z2RPCDW04V8134"),
    ("ap-southeast-3", "Z10132843TYUYSLUG4HA3"),
    ("ap-southeast-4", "Z092189423Y7RJK61311D"),
    ("ap-southeast-5", "Z0314042F0KBUTZ3X5HF"),
    ("ap-southeast-7", "Z048508712PZLK5NKG8R0"),
    ("ca-central-1", "Z19DQILCV0OWEC"),
    ("ca-west-1", "Z04745493436AWVTG1OQY"),
    ("eu-central-1", "Z1U9ULNL0V5AJ3"),
    ("eu-central-2", "Z09222482MK253X48U76H"),
    ("eu-north-1", "Z3UWIKFBOOGXPP"),
    ("eu-south-1", "Z3BT4WSQ9TDYZV"),
    ("eu-south-2", "Z02499852UI5HEQ5JVWX3"),
    ("eu-west-1", "ZLY8HYME6SFDD"),
    ("eu-west-2", "ZJ5UAJN8Y3Z2Q"),
    ("eu-west-3", "Z3KY65QIEKYHQQ"),
    ("il-central-1", "Z07264553HBI44N5X2CKP"),
    ("me-central-1", "Z08780021BKYYY8U0YHTV"),
    ("me-south-1", "Z20ZBPC0SS8806"),
    ("mx-central-1", "Z00020171WIGL5M88SHRM"),
    ("sa-east-1", "ZCMLWB8V5SYIT"),
    ("us-east-1", "Z1UJRXOUMOOFQ8"),
    ("us-east-2", "ZOJJZC49E0EPZ"),
    ("us-west-1", "Z2MUQ32089INYE"),
    ("us-west-2", "Z2OJLYMUO9EFXC"),
];

/// The account that holds a name, by region and name.
pub type Holders = BTreeMap<(String, String), String>;

/// One domain name with what belongs to it.
#[derive(Clone, Debug, Serialize)]
pub struct Domain {
    /// The domain's own settings.
    pub domain: DomainName,
    /// By id.
    pub mappings: BTreeMap<String, ApiMapping>,
    /// When UPDATING ends.
    #[serde(skip)]
    pub changes_at: SimTime,
}

/// A domain name's own settings, as the operations answer them.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DomainName {
    /// `api.example.com`, or `*.example.com`.
    pub domain_name: String,
    /// `arn:aws:apigateway:REGION::/domainnames/NAME`
    pub domain_name_arn: String,
    /// `$request.basepath`
    pub api_mapping_selection_expression: String,
    /// Always exactly one.
    pub domain_name_configurations: Vec<Configuration>,
    /// The certificates that clients must show.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mutual_tls_authentication: Option<MutualTls>,
    /// `API_MAPPING_ONLY`
    pub routing_mode: String,
    /// Tags by key.
    pub tags: Tags,
}

/// Endpoint and certificate of a domain name.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Configuration {
    /// What the domain's DNS record is to point at: `d-ID.execute-api.REGION.amazonaws.com`.
    pub api_gateway_domain_name: String,
    /// The hosted zone of that name; absent in regions whose zone is not known here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hosted_zone_id: Option<String>,
    /// The certificate in ACM.
    pub certificate_arn: String,
    /// A public certificate for the name, where the other one is imported or private.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ownership_verification_certificate_arn: Option<String>,
    /// Whether it can be changed.
    pub domain_name_status: Status,
    /// Why it is pending.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain_name_status_message: Option<String>,
    /// `REGIONAL`
    pub endpoint_type: String,
    /// `ipv4` or `dualstack`.
    pub ip_address_type: String,
    /// `TLS_1_2`
    pub security_policy: String,
}

/// `DomainNameStatus`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Can be changed.
    Available,
    /// A change is under way, and no other is taken (BC).
    Updating,
    /// With mutual TLS: the certificate was imported anew, and its names are not good (see
    /// [`super::ownership`]).
    PendingCertificateReimport,
    /// With mutual TLS: the certificate that proves ownership has expired.
    PendingOwnershipVerification,
}

/// Mutual TLS: the TLS listener ([`crate::tls`]) verifies certificates, and on the plain port such a name
/// refuses every request.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct MutualTls {
    /// `s3://BUCKET/KEY`
    pub truststore_uri: String,
    /// Which version of that object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truststore_version: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    domain_name: String,
    domain_name_configurations: Option<Vec<ConfigurationInput>>,
    mutual_tls_authentication: Option<MutualTlsInput>,
    routing_mode: Option<String>,
    #[serde(default)]
    tags: Tags,
}

/// What the service answers by itself (`ApiGatewayDomainName`, `HostedZoneId`, the status, …) is
/// taken and has no effect (aws-sdk-java 2495).
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ConfigurationInput {
    certificate_arn: Option<String>,
    certificate_name: Option<String>,
    endpoint_type: Option<String>,
    ip_address_type: Option<String>,
    security_policy: Option<String>,
    ownership_verification_certificate_arn: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MutualTlsInput {
    truststore_uri: Option<String>,
    truststore_version: Option<String>,
}

/// CreateDomainName. The name must be free in the region, in all accounts (AGD).
pub fn create(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let given: Input = read(input)?;
    check_name(&given.domain_name)?;
    tags::check(&given.tags, &call.options.quotas)?;
    check_routing(given.routing_mode.as_deref())?;
    let name = given.domain_name;
    let place = (call.region.name.clone(), name.clone());
    if call.domain_names.contains_key(&place) {
        // Bad request and no conflict (SAM 2208, floci 2390).
        return Err(bad("The domain name you provided already exists."));
    }
    let most = call.options.quotas.get(Quota::DomainNames);
    if call.region.apigatewayv2.domain_names.len() >= most {
        let message = format!("Maximum number of domain names for this account has been reached: {most}");
        return Err(Fault::new(429, "TooManyRequestsException", message));
    }
    let changes = only(given.domain_name_configurations)?;
    let mut configuration = fresh(call.region, call.ids);
    merge(&mut configuration, changes, call.region, &name)?;
    let mut domain = DomainName {
        domain_name_arn: tags::arn(call.region, &format!("/domainnames/{name}")),
        domain_name: name.clone(),
        api_mapping_selection_expression: "$request.basepath".to_owned(),
        domain_name_configurations: vec![configuration],
        mutual_tls_authentication: None,
        routing_mode: "API_MAPPING_ONLY".to_owned(),
        tags: given.tags,
    };
    merge_mutual_tls(&mut domain, given.mutual_tls_authentication)?;
    ownership::check(call.region, &domain, call.now)?;
    let reply = json!(domain);
    let domain = Domain { domain, mappings: BTreeMap::new(), changes_at: call.now };
    call.domain_names.insert(place, call.region.account.clone());
    certificate::settle_use(call.region, &domain.domain, call.now);
    call.region.apigatewayv2.domain_names.insert(name, domain);
    Ok(reply)
}

/// A configuration that has no certificate yet; regional names are AVAILABLE at once (aws-cli 5059).
fn fresh(region: &Region, ids: &mut Ids) -> Configuration {
    let zone = HOSTED_ZONES.iter().find(|(name, _)| *name == region.name);
    Configuration {
        api_gateway_domain_name: format!(
            "d-{}.execute-api.{}.amazonaws.com",
            ids.alphanumeric(10),
            region.name
        ),
        hosted_zone_id: zone.map(|(_, id)| (*id).to_owned()),
        certificate_arn: String::new(),
        ownership_verification_certificate_arn: None,
        domain_name_status: Status::Available,
        domain_name_status_message: None,
        endpoint_type: "REGIONAL".to_owned(),
        ip_address_type: "ipv4".to_owned(),
        security_policy: "TLS_1_2".to_owned(),
    }
}

/// Labels of lower-case letters, digits and hyphens, at least two; the first may be `*` (AGD).
fn check_name(name: &str) -> Result<(), Fault> {
    length("DomainName", Some(name), 1..=512)?;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(plain)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let rest = name.strip_prefix("*.").unwrap_or(name);
    if name.len() > 253 || !rest.contains('.') || !rest.split('.').all(label) {
        return Err(bad(format!("Invalid domain name: {name}")));
    }
    Ok(())
}

fn check_routing(mode: Option<&str>) -> Result<(), Fault> {
    match mode {
        None | Some("API_MAPPING_ONLY") => Ok(()),
        Some(mode) => {
            let message = format!("RoutingMode {mode} is not simulated: there are no routing rules here");
            Err(Fault::new(501, "NotImplemented", message))
        }
    }
}

/// Exactly one, in AWS's words (floci 2390).
fn only(configurations: Option<Vec<ConfigurationInput>>) -> Result<ConfigurationInput, Fault> {
    let mut configurations = configurations.unwrap_or_default();
    match (configurations.pop(), configurations.is_empty()) {
        (Some(one), true) => Ok(one),
        _ => Err(bad("Invalid input. Expected one domain name configuration")),
    }
}

/// Checks what is given and takes it over; what is left out stays.
fn merge(
    to: &mut Configuration,
    given: ConfigurationInput,
    region: &Region,
    name: &str,
) -> Result<(), Fault> {
    if given.certificate_name.is_some() {
        let message = "CertificateName is not simulated: it belongs to edge-optimized endpoints";
        return Err(Fault::new(501, "NotImplemented", message));
    }
    for (value, only) in [(&given.endpoint_type, "REGIONAL"), (&given.security_policy, "TLS_1_2")] {
        if let Some(value) = value.as_deref().filter(|value| *value != only) {
            // AWS's words for TLS_1_0 (chalice 1255); edge-optimized names are of REST APIs only (AGD).
            return Err(bad(format!("{value} is not supported for APIGatewayV2 domainName.")));
        }
    }
    if let Some(arn) = given.certificate_arn {
        certificate::check(region, &arn, name)?;
        to.certificate_arn = arn;
    }
    if let Some(arn) = given.ownership_verification_certificate_arn.as_deref().filter(|arn| !arn.is_empty()) {
        certificate::check(region, arn, name)?;
    }
    patch(&mut to.ownership_verification_certificate_arn, given.ownership_verification_certificate_arn);
    if let Some(kind) = given.ip_address_type {
        to.ip_address_type = kind;
    }
    if to.certificate_arn.is_empty() {
        // TF 3276 has these words for EDGE.
        return Err(bad("A certificate was not provided for the endpoint type REGIONAL."));
    }
    Ok(())
}

/// Mutual TLS is switched off by an empty `TruststoreUri` (TF domain_name.go).
fn merge_mutual_tls(domain: &mut DomainName, given: Option<MutualTlsInput>) -> Result<(), Fault> {
    let Some(MutualTlsInput { truststore_uri, truststore_version }) = given else { return Ok(()) };
    if truststore_uri.as_deref() == Some("") {
        domain.mutual_tls_authentication = None;
        return Ok(());
    }
    let old = domain.mutual_tls_authentication.clone();
    let Some(uri) = truststore_uri.or_else(|| old.as_ref().map(|old| old.truststore_uri.clone())) else {
        return Err(bad("MutualTlsAuthentication must have a TruststoreUri"));
    };
    let object = uri.strip_prefix("s3://").and_then(|place| place.split_once('/'));
    if !object.is_some_and(|(bucket, key)| bucket.len() >= 3 && !key.is_empty()) || uri.len() > 2048 {
        return Err(bad(format!("Invalid truststore URI '{uri}': must be s3://bucket-name/key-name")));
    }
    length("TruststoreVersion", truststore_version.as_deref(), 0..=64)?;
    let mut version = old.and_then(|old| old.truststore_version);
    patch(&mut version, truststore_version);
    domain.mutual_tls_authentication = Some(MutualTls { truststore_uri: uri, truststore_version: version });
    Ok(())
}

/// Ends UPDATING where it is due, and looks at what proves ownership.
pub fn settle(region: &mut Region, now: SimTime) {
    let quiet = |d: &&Domain| d.changes_at <= now;
    let domains = region.apigatewayv2.domain_names.values().filter(quiet);
    let states: Vec<_> = domains.map(|d| ownership::status(region, &d.domain, now)).collect();
    let domains = region.apigatewayv2.domain_names.values_mut().filter(|d| d.changes_at <= now);
    for (domain, (status, why)) in domains.zip(states) {
        for configuration in &mut domain.domain.domain_name_configurations {
            configuration.domain_name_status = status;
            configuration.domain_name_status_message.clone_from(&why);
        }
    }
}

/// The domain that the input names.
pub(super) fn find<'a>(region: &'a mut Region, input: &Value) -> Result<&'a mut Domain, Fault> {
    let name = text(input, "DomainName").unwrap_or_default();
    region.apigatewayv2.domain_names.get_mut(name).ok_or_else(|| not_found("domain name", name))
}

/// GetDomainName.
pub fn get(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    Ok(json!(find(call.region, input)?.domain))
}

/// GetDomainNames.
pub fn list(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    list::page(input, call.region.apigatewayv2.domain_names.iter().map(|(name, d)| (name, json!(d.domain))))
}

/// UpdateDomainName: what is left out stays. Another update meanwhile is refused (chalice 1986).
pub fn update(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let old = find(call.region, input)?;
    let mut domain = old.domain.clone();
    if domain.domain_name_configurations.iter().any(|c| c.domain_name_status == Status::Updating) {
        return Err(conflict("There is already an update in progress"));
    }
    let given: Input = read(input)?;
    check_routing(given.routing_mode.as_deref())?;
    let proof = |c: &ConfigurationInput| c.ownership_verification_certificate_arn.is_some();
    let proves = given.domain_name_configurations.as_ref().is_some_and(|all| all.iter().any(proof));
    ownership::unlocked(&domain, proves)?;
    if given.domain_name_configurations.is_some() {
        let changes = only(given.domain_name_configurations)?;
        if let Some(configuration) = domain.domain_name_configurations.first_mut() {
            merge(configuration, changes, call.region, &domain.domain_name)?;
        }
    }
    merge_mutual_tls(&mut domain, given.mutual_tls_authentication)?;
    ownership::check(call.region, &domain, call.now)?;
    for configuration in &mut domain.domain_name_configurations {
        configuration.domain_name_status = Status::Updating;
        configuration.domain_name_status_message = None;
    }
    let until = call.now + call.region.apigatewayv2.delays.domain_name_update;
    let reply = json!(domain);
    certificate::settle_use(call.region, &domain, call.now);
    let held = find(call.region, input)?;
    held.domain = domain;
    held.changes_at = until;
    Ok(reply)
}

/// DeleteDomainName: its mappings go with it (chalice 1898).
pub fn delete(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let domain = find(call.region, input)?.domain.clone();
    let name = domain.domain_name.clone();
    certificate::release(call.region, &domain, call.now);
    call.region.apigatewayv2.domain_names.remove(&name);
    call.domain_names.remove(&(call.region.name.clone(), name));
    Ok(json!({}))
}
