//! Certificates: what one is, and what is told of it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use super::validation::{self, Validation};
use super::{State, error};
use crate::clock::SimTime;
use crate::fault::Fault;
use crate::input::text;
use crate::world::{Call, Tags};

/// One certificate.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Certificate {
    /// `arn:aws:acm:REGION:ACCOUNT:certificate/UUID`
    pub arn: String,
    /// The first of its names.
    pub domain: String,
    /// All of them.
    pub names: Vec<String>,
    /// Where it is in its life.
    pub status: Status,
    /// `RSA_2048`, `EC_prime256v1`, …
    pub key_algorithm: String,
    /// Hexadecimal, in pairs.
    pub serial: String,
    /// Requested, or imported for the first time.
    pub created: SimTime,
    /// From when and until when it is valid; a requested one from its issue.
    pub valid: Option<(SimTime, SimTime)>,
    /// Of a requested one: the proof of each name.
    pub validations: Vec<Validation>,
    /// Of a requested one: the caller's token.
    pub token: Option<String>,
    /// Of an imported one: what was imported.
    pub material: Option<Material>,
    /// ARNs of what uses it; with a time, they are gone and only count until then.
    pub users: BTreeMap<String, Option<SimTime>>,
    /// By key.
    pub tags: Tags,
}

/// Where a certificate is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Status {
    /// Its records are not there, or were not looked at.
    #[serde(rename = "PENDING_VALIDATION")]
    Pending,
    /// It can be used.
    #[serde(rename = "ISSUED")]
    Issued,
    /// Its records were not there for 72 hours.
    #[serde(rename = "VALIDATION_TIMED_OUT")]
    TimedOut,
    /// Its time is over.
    #[serde(rename = "EXPIRED")]
    Expired,
}

impl Status {
    /// As AWS writes it.
    pub fn text(self) -> &'static str {
        match self {
            Status::Pending => "PENDING_VALIDATION",
            Status::Issued => "ISSUED",
            Status::TimedOut => "VALIDATION_TIMED_OUT",
            Status::Expired => "EXPIRED",
        }
    }
}

/// What was imported.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Material {
    /// PEM.
    pub body: String,
    /// PEM, of one certificate or more.
    pub chain: Option<String>,
    /// PEM; for the TLS listener, and told to nobody.
    #[serde(skip)]
    pub key: String,
    /// When, the last time.
    pub imported: SimTime,
    /// Common name of the issuer.
    pub issuer: String,
    /// Common name of the subject.
    pub subject: String,
    /// What it was signed with; `None` where ACM's name of that is not known.
    pub signature_algorithm: Option<&'static str>,
}

impl Certificate {
    /// `IMPORTED` or `AMAZON_ISSUED`.
    pub fn kind(&self) -> &'static str {
        if self.material.is_some() { "IMPORTED" } else { "AMAZON_ISSUED" }
    }

    /// Whose key pair it is.
    pub fn origin(&self) -> &'static str {
        if self.material.is_some() { "CUSTOMER_PROVIDED" } else { "AWS_MANAGED" }
    }

    /// When ACM issued it.
    pub fn issued(&self) -> Option<SimTime> {
        self.valid.filter(|_| self.material.is_none()).map(|(issued, _)| issued)
    }
}

/// Seconds since the epoch, as timestamps are rendered.
pub(super) fn seconds(time: SimTime) -> f64 {
    Duration::from_millis(time.0).as_secs_f64()
}

/// The certificate that `CertificateArn` names.
///
/// # Errors
/// `ResourceNotFoundException`.
pub(super) fn find<'a>(
    state: &'a mut State,
    account: &str,
    input: &Value,
) -> Result<&'a mut Certificate, Fault> {
    let arn = text(input, "CertificateArn").unwrap_or_default();
    state.certificates.get_mut(arn).ok_or_else(|| error::not_found(arn, account))
}

/// What both DescribeCertificate and ListCertificates tell. The algorithm has a hyphen where the
/// model and requests have `_`: `RSA-2048`, `EC-prime256v1` (as captured answers show, 2015 to 2025).
pub(super) fn common(certificate: &Certificate) -> Value {
    let mut value = json!({
        "CertificateArn": certificate.arn,
        "DomainName": certificate.domain,
        "Status": certificate.status.text(),
        "Type": certificate.kind(),
        "KeyAlgorithm": certificate.key_algorithm.replacen('_', "-", 1),
        "RenewalEligibility": eligibility(certificate),
        "CreatedAt": seconds(certificate.created),
        "CertificateKeyPairOrigin": certificate.origin(),
    });
    if let Some((from, until)) = certificate.valid {
        value["NotBefore"] = json!(seconds(from));
        value["NotAfter"] = json!(seconds(until));
    }
    if let Some(issued) = certificate.issued() {
        value["IssuedAt"] = json!(seconds(issued));
    }
    if let Some(material) = &certificate.material {
        value["ImportedAt"] = json!(seconds(material.imported));
    }
    value
}

/// ACM renews what it issued and what is in use (UG, managed renewal).
fn eligibility(certificate: &Certificate) -> &'static str {
    let renewed = certificate.issued().is_some() && !certificate.users.is_empty();
    if renewed { "ELIGIBLE" } else { "INELIGIBLE" }
}

/// DescribeCertificate.
pub fn describe(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let told = call.region.acm.delays.details;
    let certificate = find(&mut call.region.acm, &call.region.account, input)?;
    let mut value = common(certificate);
    value["SubjectAlternativeNames"] = json!(certificate.names);
    value["InUseBy"] = json!(certificate.users.keys().collect::<Vec<_>>());
    match &certificate.material {
        Some(material) => {
            value["Subject"] = json!(format!("CN={}", material.subject));
            value["Issuer"] = json!(material.issuer);
            value["Serial"] = json!(certificate.serial);
            if let Some(algorithm) = material.signature_algorithm {
                value["SignatureAlgorithm"] = json!(algorithm);
            }
        }
        None => {
            let records = call.now >= certificate.created + told;
            value["DomainValidationOptions"] = certificate
                .validations
                .iter()
                .map(|v| validation::render(v, certificate.status, records))
                .collect();
            value["Subject"] = json!(format!("CN={}", certificate.domain));
            value["Issuer"] = json!("Amazon");
            value["Options"] =
                json!({"CertificateTransparencyLoggingPreference": "ENABLED", "Export": "DISABLED"});
            if certificate.key_algorithm.starts_with("RSA") {
                value["SignatureAlgorithm"] = json!("SHA256WITHRSA");
            }
            value["KeyUsages"] = json!([]);
            value["ExtendedKeyUsages"] = json!([]);
            if certificate.issued().is_some() {
                value["Serial"] = json!(certificate.serial);
                value["KeyUsages"] = json!([{"Name": "DIGITAL_SIGNATURE"}, {"Name": "KEY_ENCIPHERMENT"}]);
                value["ExtendedKeyUsages"] =
                    json!([{"Name": "TLS_WEB_SERVER_AUTHENTICATION", "OID": "1.3.6.1.5.5.7.3.1"}]);
            }
        }
    }
    Ok(json!({"Certificate": value}))
}

/// DeleteCertificate: not while anything uses it, nor some minutes after
/// (hashicorp/terraform-provider-aws#3866).
pub fn delete(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let account = call.region.account.clone();
    let certificate = find(&mut call.region.acm, &account, input)?;
    let arn = certificate.arn.clone();
    if !certificate.users.is_empty() {
        let message = format!("Certificate {arn} in account {account} is in use.");
        return Err(Fault::bad("ResourceInUseException", message));
    }
    call.region.acm.certificates.remove(&arn);
    Ok(json!({}))
}

/// GetCertificate: what was imported. Of a certificate that ACM issued there is no PEM here.
pub fn get(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let account = call.region.account.clone();
    let certificate = find(&mut call.region.acm, &account, input)?;
    let arn = &certificate.arn;
    match (&certificate.material, certificate.status) {
        (Some(material), _) => {
            let mut output = json!({"Certificate": material.body});
            if let Some(chain) = &material.chain {
                output["CertificateChain"] = json!(chain);
            }
            Ok(output)
        }
        (None, Status::Pending) => {
            let message = format!("Certificate {arn} in account {account} not yet issued.");
            Err(Fault::bad("RequestInProgressException", message))
        }
        (None, Status::TimedOut) => {
            let message = format!("Certificate {arn} in account {account} was not issued.");
            Err(Fault::bad("ResourceNotFoundException", message))
        }
        (None, _) => Err(error::not_simulated("The PEM of a certificate that ACM issued")),
    }
}
