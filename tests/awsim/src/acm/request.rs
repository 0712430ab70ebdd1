//! RequestCertificate.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};

use super::certificate::{Certificate, Status};
use super::validation::{Validation, proof};
use super::{error, options, tags};
use crate::fault::Fault;
use crate::ids::Ids;
use crate::input::{list, text, texts};
use crate::quota::Quota;
use crate::world::Call;

/// Characters of the first name (BC, RequestCertificate$DomainName).
const MAX_FIRST_NAME: usize = 64;
/// For so long a token gives the same certificate (BC, RequestCertificate$IdempotencyToken).
const TOKEN_LIFE: Duration = Duration::from_secs(3600);

/// RequestCertificate: of a public certificate with validation by DNS.
pub fn request(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    served(input)?;
    options::check(&input["Options"])?;
    let algorithm = text(input, "KeyAlgorithm").unwrap_or("RSA_2048");
    if !["RSA_2048", "EC_prime256v1", "EC_secp384r1"].contains(&algorithm) {
        let message = format!("ACM does not issue public certificates with keys of {algorithm}");
        return Err(error::parameter(message));
    }
    let names = names(input)?;
    let tags = tags::read(input, &call.options.quotas)?;
    let token = text(input, "IdempotencyToken");
    let twin = call.region.acm.certificates.values().find(|certificate| {
        let lives = call.now < certificate.created + TOKEN_LIFE;
        token.is_some() && certificate.token.as_deref() == token && lives
    });
    if let Some(twin) = twin {
        return Ok(json!({"CertificateArn": twin.arn}));
    }
    let most = call.options.quotas.get(Quota::NamesPerCertificate);
    if names.len() > most {
        let message = format!("A certificate can have {most} domain names; {} were given", names.len());
        return Err(Fault::bad("LimitExceededException", message));
    }
    room(call, Quota::Certificates)?;
    let validations = validations(call, input, &names)?;
    let certificate = Certificate {
        arn: call.region.arn("acm", &format!("certificate/{}", call.ids.uuid())),
        domain: names.first().cloned().unwrap_or_default(),
        names,
        status: Status::Pending,
        key_algorithm: algorithm.to_owned(),
        serial: serial(call.ids),
        created: call.now,
        valid: None,
        validations,
        token: token.map(str::to_owned),
        material: None,
        users: BTreeMap::new(),
        tags,
    };
    let output = json!({"CertificateArn": certificate.arn});
    call.region.acm.certificates.insert(certificate.arn.clone(), certificate);
    Ok(output)
}

/// Whether one more certificate may exist; those that are imported have a quota of their own (UG).
///
/// # Errors
/// `LimitExceededException`.
pub(super) fn room(call: &Call<'_>, quota: Quota) -> Result<(), Fault> {
    let imported = quota == Quota::ImportedCertificates;
    let alike = call.region.acm.certificates.values().filter(|c| c.material.is_some() == imported);
    let most = call.options.quotas.get(quota);
    if alike.count() >= most {
        let message = format!("The account has reached its limit of {most} certificates");
        return Err(Fault::bad("LimitExceededException", message));
    }
    Ok(())
}

/// Refuses what is not simulated. Without a method AWS validates by mail.
fn served(input: &Value) -> Result<(), Fault> {
    for member in ["CertificateAuthorityArn", "ManagedBy"] {
        if !input[member].is_null() {
            return Err(error::not_simulated(member));
        }
    }
    match text(input, "ValidationMethod").unwrap_or("EMAIL") {
        "DNS" => Ok(()),
        other => Err(error::not_simulated(&format!("ValidationMethod {other}"))),
    }
}

/// The names, the first one first and none twice.
fn names(input: &Value) -> Result<Vec<String>, Fault> {
    let first = text(input, "DomainName").unwrap_or_default();
    if first.chars().count() > MAX_FIRST_NAME {
        let message = format!("The first domain name can have {MAX_FIRST_NAME} characters at most: {first}");
        return Err(error::parameter(message));
    }
    let mut names = vec![first.to_owned()];
    names.extend(texts(input, "SubjectAlternativeNames"));
    let mut seen = BTreeSet::new();
    names.retain(|name| seen.insert(name.to_lowercase()));
    Ok(names)
}

/// The proof of each name. `DomainValidationOptions` may name a domain of the certificate's names
/// and one above it (BC, InvalidDomainValidationOptionsException); for DNS it changes nothing else.
fn validations(call: &Call<'_>, input: &Value, names: &[String]) -> Result<Vec<Validation>, Fault> {
    let mut domains: BTreeMap<&str, &str> = BTreeMap::new();
    for option in list(input, "DomainValidationOptions") {
        let of = |member| text(option, member).unwrap_or_default();
        let (name, domain) = (of("DomainName"), of("ValidationDomain"));
        let above = name == domain || name.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
        if !names.iter().any(|known| known == name) || !above {
            let message = format!("{domain} is not a validation domain for {name}");
            return Err(Fault::bad("InvalidDomainValidationOptionsException", message));
        }
        domains.insert(name, domain);
    }
    let validation = |name: &String| Validation {
        domain: name.clone(),
        validation_domain: domains.get(name.as_str()).copied().unwrap_or(name).to_owned(),
        proof: proof(&call.region.account, name),
        proved: None,
    };
    Ok(names.iter().map(validation).collect())
}

/// 16 bytes in pairs of digits, `0a:1b:…`.
fn serial(ids: &mut Ids) -> String {
    let digits = format!("{}{}", ids.hex16(), ids.hex16());
    let pairs: Vec<String> =
        digits.as_bytes().chunks(2).map(|pair| String::from_utf8_lossy(pair).into_owned()).collect();
    pairs.join(":")
}
