//! Who owns a custom domain name with mutual TLS. Under a certificate that was imported, API Gateway wants
//! another one beside it that ACM issued, the `ownershipVerificationCertificate`, and looks at both for
//! as long as the domain name lives (AGD, http-api-mutual-tls: "Using an imported or AWS Private CA
//! certificate" and "Troubleshooting domain name status messages").
//!
//! The words are AWS's where a certificate is missing (TF 35741), else awsim's. That what would make a
//! domain name pending is refused when it is given is inferred.

use super::certificate::covers;
use super::domain_name::{Configuration, DomainName, Status};
use super::error::bad;
use crate::acm::usage;
use crate::clock::SimTime;
use crate::fault::Fault;
use crate::world::Region;

/// Why a domain name is not verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unverified {
    /// What the domain name is as long as that is so.
    status: Status,
    why: String,
}

fn unproved(why: &str) -> Unverified {
    Unverified { status: Status::PendingOwnershipVerification, why: why.to_owned() }
}

fn misnamed(why: String) -> Unverified {
    Unverified { status: Status::PendingCertificateReimport, why }
}

/// The only configuration, where the domain name has mutual TLS.
fn mutual(domain: &DomainName) -> Option<&Configuration> {
    domain.mutual_tls_authentication.as_ref()?;
    domain.domain_name_configurations.first()
}

/// Whether a domain name is verified at `now`; one without mutual TLS, or under a certificate of ACM's
/// own, always is.
fn verify(region: &Region, domain: &DomainName, now: SimTime) -> Result<(), Unverified> {
    let Some(configuration) = mutual(domain).filter(|c| usage::imported(region, &c.certificate_arn)) else {
        return Ok(());
    };
    let Some(proof) = configuration.ownership_verification_certificate_arn.as_deref() else {
        return Err(unproved("Missing ownershipVerificationCertificate."));
    };
    if usage::imported(region, proof) {
        return Err(unproved("The ownershipVerificationCertificate must be issued by ACM."));
    }
    if !usage::valid_at(region, proof, now) {
        return Err(unproved("The ownershipVerificationCertificate is not valid any more."));
    }
    let names = |arn| usage::names(region, arn).unwrap_or_default();
    let (served, proved) = (names(&configuration.certificate_arn), names(proof));
    let name = &domain.domain_name;
    if !served.iter().any(|own| covers(own, name)) {
        return Err(misnamed(format!("The certificate does not cover the domain name {name}.")));
    }
    match served.iter().find(|name| !proved.iter().any(|own| covers(own, name))) {
        Some(name) => Err(misnamed(format!(
            "The certificate's name {name} is not covered by the ownershipVerificationCertificate."
        ))),
        None => Ok(()),
    }
}

/// Checks a domain name that is new or has changed.
///
/// # Errors
/// `BadRequestException`: not verified; or its proof is the certificate that another domain name with
/// mutual TLS is served under, or the other way round.
pub(super) fn check(region: &Region, domain: &DomainName, now: SimTime) -> Result<(), Fault> {
    verify(region, domain, now).map_err(|unverified| bad(unverified.why))?;
    let Some(own) = mutual(domain) else { return Ok(()) };
    let others = region.apigatewayv2.domain_names.values().map(|other| &other.domain);
    let others = others.filter(|other| other.domain_name != domain.domain_name).filter_map(mutual);
    let proves = |proof: &Configuration, server: &Configuration| {
        proof.ownership_verification_certificate_arn.as_ref() == Some(&server.certificate_arn)
    };
    for other in others {
        if proves(own, other) || proves(other, own) {
            return Err(bad("The ownershipVerificationCertificate cannot be used as a server certificate \
                            for another mutual TLS domain."));
        }
    }
    Ok(())
}

/// A domain name whose proof is over takes no change but of that proof.
///
/// # Errors
/// `BadRequestException`.
pub(super) fn unlocked(domain: &DomainName, gives_proof: bool) -> Result<(), Fault> {
    let locked = |c: &Configuration| c.domain_name_status == Status::PendingOwnershipVerification;
    if !gives_proof && domain.domain_name_configurations.iter().any(locked) {
        return Err(bad("The domain name is locked: it needs a valid ownershipVerificationCertificate."));
    }
    Ok(())
}

/// What a domain name is at `now`, no change being under way, and why.
pub(super) fn status(region: &Region, domain: &DomainName, now: SimTime) -> (Status, Option<String>) {
    match verify(region, domain, now) {
        Ok(()) => (Status::Available, None),
        Err(Unverified { status, why }) => (status, Some(why)),
    }
}
