//! Certificates of HTTPS and TLS listeners: the default one and the list beside it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::arn::{self, invalid};
use super::{Listener, State, limits, reply};
use crate::acm::usage;
use crate::fault::Fault;
use crate::input::{list, text};
use crate::world::{Call, Region};

/// Whether a listener of the protocol has a certificate.
pub(super) fn needed(protocol: &str) -> bool {
    matches!(protocol, "HTTPS" | "TLS")
}

/// Checks that a listener can use a certificate: of ACM, one of this region and account that is
/// issued and has a name that is fully qualified; of IAM, whose certificates are not kept here, any.
///
/// # Errors
/// `CertificateNotFound`, also for a certificate of another region or account
/// (hashicorp/terraform-provider-aws issue 11334 for the words); `UnsupportedCertificate`, with one
/// set of words whether it is not issued (issues 26245 and 41789 there) or its name is not whole
/// (aws-secure-environment-accelerator issue 990). Key sizes that a load balancer cannot use are not
/// refused: AWS takes them and the listener then does not work (mattclay/aws-terminator issue 309).
pub(super) fn check_exists(region: &Region, certificate: &str) -> Result<(), Fault> {
    if !certificate.starts_with("arn:aws:acm:") {
        return Ok(());
    }
    let names = usage::names(region, certificate)
        .ok_or_else(|| Fault::bad("CertificateNotFound", format!("Certificate '{certificate}' not found")))?;
    if usage::usable(region, certificate) && names.first().is_some_and(|name| name.contains('.')) {
        return Ok(());
    }
    let message = format!(
        "The certificate '{certificate}' must have a fully-qualified domain name, a supported signature, and a \
         supported key size."
    );
    Err(Fault::bad("UnsupportedCertificate", message))
}

/// Checks that it is the ARN of a certificate, of ACM or IAM.
fn check_form(certificate: &str) -> Result<(), Fault> {
    let parts: Vec<&str> = certificate.splitn(6, ':').collect();
    match parts[..] {
        ["arn", "aws", "acm", _, _, resource] if has_id(resource, "certificate/") => Ok(()),
        ["arn", "aws", "iam", "", _, resource] if has_id(resource, "server-certificate/") => Ok(()),
        _ => Err(invalid(format!("'{certificate}' is not a valid certificate ARN"))),
    }
}

/// Tells ACM which certificates the listeners of a load balancer use now; it names the load balancer
/// as what uses them (botocore, acm, CertificateDetail.InUseBy). To be called after each change of them.
pub(super) fn settle_use(call: &mut Call<'_>, balancer: &str) {
    let listeners = call.region.elbv2.listeners.values().filter(|l| l.load_balancer == balancer);
    let used = listeners.flat_map(|l| l.certificate.iter().chain(&l.certificates)).cloned().collect();
    usage::replace(call.region, balancer, &used, call.now);
}

fn has_id(resource: &str, kind: &str) -> bool {
    resource.strip_prefix(kind).is_some_and(|id| !id.is_empty())
}

/// Reads `Certificates` of a call that takes exactly one, for a listener to use it.
///
/// # Errors
/// `ValidationError`, `CertificateNotFound`, `UnsupportedCertificate`.
pub(super) fn read_one(region: &Region, input: &Value) -> Result<String, Fault> {
    let arn = given(input)?;
    check_exists(region, &arn)?;
    Ok(arn)
}

/// Reads `Certificates` of a call that takes exactly one, which need not exist.
fn given(input: &Value) -> Result<String, Fault> {
    let [given] = list(input, "Certificates") else {
        return Err(invalid("You must specify exactly one certificate"));
    };
    if given.get("IsDefault").is_some() {
        return Err(invalid("You cannot set the isDefault parameter for a certificate"));
    }
    let arn = text(given, "CertificateArn").unwrap_or_default();
    check_form(arn)?;
    Ok(arn.to_owned())
}

/// A listener with TLS (the words of the refusal are AWS's, for AddListenerCertificates on HTTP).
fn with_tls<'a>(state: &'a State, input: &Value) -> Result<&'a Listener, Fault> {
    let listener = arn::listener(state, text(input, "ListenerArn").unwrap_or_default())?;
    if needed(&listener.protocol) {
        return Ok(listener);
    }
    Err(invalid(format!("A certificate cannot be specified for {} listeners", listener.protocol)))
}

/// AddListenerCertificates: one that is in the list already stays there once.
pub fn add(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let state = &call.region.elbv2;
    let (listener, balancer) = {
        let listener = with_tls(state, input)?;
        (listener.arn.clone(), listener.load_balancer.clone())
    };
    let kind = arn::load_balancer(state, &balancer)?.kind;
    let certificate = read_one(call.region, input)?;
    let of_balancer = state.listeners.values().filter(|l| l.load_balancer == balancer);
    let mut used: BTreeSet<&String> = of_balancer.flat_map(|l| &l.certificates).collect();
    used.insert(&certificate);
    if used.len() > call.options.quotas.get(limits::certificates(kind)) {
        let message =
            format!("The maximum number of certificates has been reached on load balancer '{balancer}'");
        return Err(Fault::bad("TooManyCertificates", message));
    }
    let reply = json!({"Certificates": [{"CertificateArn": certificate, "IsDefault": false}]});
    if let Some(listener) = call.region.elbv2.listeners.get_mut(&listener) {
        listener.certificates.insert(certificate);
    }
    settle_use(call, &balancer);
    Ok(reply)
}

/// RemoveListenerCertificates: never the default one, unless it is in the list as well; one that is
/// not in the list is no error (the operation has no such one in botocore), nor one that is gone.
pub fn remove(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let listener = with_tls(&call.region.elbv2, input)?;
    let (arn, default) = (listener.arn.clone(), listener.certificate.clone());
    let (listed, balancer) = (listener.certificates.clone(), listener.load_balancer.clone());
    let certificate = given(input)?;
    if default.as_ref() == Some(&certificate) && !listed.contains(&certificate) {
        let message = format!("Default certificate '{certificate}' cannot be removed");
        return Err(Fault::bad("OperationNotPermitted", message));
    }
    if let Some(listener) = call.region.elbv2.listeners.get_mut(&arn) {
        listener.certificates.remove(&certificate);
    }
    settle_use(call, &balancer);
    Ok(json!({}))
}

/// DescribeListenerCertificates: the default one, then the list; one that is both is told twice
/// (botocore).
pub fn describe(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let listener = with_tls(&call.region.elbv2, input)?;
    let one = |key: &str, arn: &String, default: bool| {
        (format!("{key}{arn}"), json!({"CertificateArn": arn, "IsDefault": default}))
    };
    let default = listener.certificate.iter().map(|arn| one("0", arn, true));
    let listed = listener.certificates.iter().map(|arn| one("1", arn, false));
    reply::pages(input, "Certificates", default.chain(listed).collect())
}
