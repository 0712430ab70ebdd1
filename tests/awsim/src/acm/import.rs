//! ImportCertificate. Checked: that certificate, chain and key are PEM, that the certificate is one
//! with a key that ACM takes, and its time (UG, prerequisites). Not checked: signatures, whether the
//! chain leads anywhere, and whether the key is a key and the certificate's.

use std::collections::BTreeMap;

use data_encoding::BASE64;
use serde_json::{Value, json};

use super::certificate::{self, Certificate, Material, Status};
use super::x509::{self, Facts};
use super::{error, pem, request, tags};
use crate::clock::SimTime;
use crate::fault::Fault;
use crate::input::{list, text};
use crate::quota::Quota;
use crate::world::{Call, Tags};

/// ImportCertificate: a new one, or another in the place of one that was imported.
pub fn import(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let (body, facts) = body(input)?;
    let key = key(input)?;
    let chain = chain(input)?;
    if call.now < facts.valid.0 || facts.valid.1 <= call.now {
        let message =
            "The certificate that you are importing is not valid now: it has not begun or has expired.";
        return Err(error::invalid(message));
    }
    let Some(key_algorithm) = facts.key_algorithm.clone() else {
        return Err(error::invalid(
            "The certificate's key is not of an algorithm and size that is supported.",
        ));
    };
    let material = Material {
        body,
        chain,
        key,
        imported: call.now,
        issuer: facts.issuer,
        subject: facts.subject.clone(),
        signature_algorithm: facts.signature_algorithm,
    };
    let names = if facts.names.is_empty() { vec![facts.subject] } else { facts.names };
    let (arn, created, users, tags) = place(call, input)?;
    let certificate = Certificate {
        arn: arn.clone(),
        domain: names.first().cloned().unwrap_or_default(),
        names,
        status: Status::Issued,
        key_algorithm,
        serial: facts.serial,
        created,
        valid: Some(facts.valid),
        validations: Vec::new(),
        token: None,
        material: Some(material),
        users,
        tags,
    };
    call.region.acm.certificates.insert(arn.clone(), certificate);
    Ok(json!({"CertificateArn": arn}))
}

/// What stays of a certificate when it is imported again: ARN, time of creation, users and tags; a
/// new one's are made here.
type Place = (String, SimTime, BTreeMap<String, Option<SimTime>>, Tags);

fn place(call: &mut Call<'_>, input: &Value) -> Result<Place, Fault> {
    if input["CertificateArn"].is_null() {
        request::room(call, Quota::ImportedCertificates)?;
        let tags = tags::read(input, &call.options.quotas)?;
        let arn = call.region.arn("acm", &format!("certificate/{}", call.ids.uuid()));
        return Ok((arn, call.now, BTreeMap::new(), tags));
    }
    if !list(input, "Tags").is_empty() {
        // BC, ImportCertificate$Tags.
        return Err(error::parameter("You cannot apply tags when reimporting a certificate."));
    }
    let present = certificate::find(&mut call.region.acm, &call.region.account, input)?;
    if present.material.is_none() {
        return Err(error::invalid(format!("Certificate {} is not an imported certificate.", present.arn)));
    }
    Ok((present.arn.clone(), present.created, present.users.clone(), present.tags.clone()))
}

/// The text in a blob.
fn blob(input: &Value, member: &str) -> Option<String> {
    let bytes = BASE64.decode(text(input, member)?.as_bytes()).ok()?;
    String::from_utf8(bytes).ok()
}

/// The one certificate (aws/aws-cli#6569 has the words).
fn body(input: &Value) -> Result<(String, Facts), Fault> {
    let unreadable =
        || error::invalid("Could not parse the certificate: it is not a PEM-encoded certificate.");
    let text = blob(input, "Certificate").ok_or_else(unreadable)?;
    let blocks = pem::read(&text).ok_or_else(unreadable)?;
    let [block] = blocks.as_slice() else {
        let message = "The certificate field contains more than one certificate. You can specify only one \
                       certificate in this field.";
        return Err(error::invalid(message));
    };
    let facts = x509::read(&block.content).filter(|_| block.label == "CERTIFICATE").ok_or_else(unreadable)?;
    Ok((text, facts))
}

/// An unencrypted key, its PEM (UG, prerequisites).
fn key(input: &Value) -> Result<String, Fault> {
    let text = blob(input, "PrivateKey").unwrap_or_default();
    let blocks = pem::read(&text).unwrap_or_default();
    match blocks.iter().map(|block| block.label.as_str()).collect::<Vec<_>>()[..] {
        ["PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY"] => Ok(text),
        _ => Err(error::invalid("The private key is not supported.")),
    }
}

fn chain(input: &Value) -> Result<Option<String>, Fault> {
    if input["CertificateChain"].is_null() {
        return Ok(None);
    }
    let text = blob(input, "CertificateChain").unwrap_or_default();
    let blocks = pem::read(&text).unwrap_or_default();
    let all = blocks.iter().all(|block| block.label == "CERTIFICATE" && x509::read(&block.content).is_some());
    if blocks.is_empty() || !all {
        return Err(error::invalid(
            "Could not parse the certificate chain: it is not PEM-encoded certificates.",
        ));
    }
    Ok(Some(text))
}
