//! Certificates of custom domain names: which one can be used, and that ACM knows of it.

use std::collections::BTreeSet;

use super::domain_name::DomainName;
use super::error::bad;
use crate::acm::usage;
use crate::clock::SimTime;
use crate::fault::Fault;
use crate::world::Region;

/// The account in which API Gateway's own load balancers are; a made-up one, since AWS has another
/// in each region.
const GATEWAY: &str = "813000000000";

/// Checks that the domain name `name` can be served under a certificate: one of ACM in this region
/// and account, issued, with a name that covers the domain name.
///
/// # Errors
/// `BadRequestException`: by form and region (serverless-domain-manager 49), of another account
/// (aws-cdk 10529), not there (aws-cdk 3612), not issued (our words), not for this name (localstack,
/// tests of custom domains).
pub(super) fn check(region: &Region, arn: &str, name: &str) -> Result<(), Fault> {
    let parts: Vec<&str> = arn.split(':').collect();
    let digits = |account: &str| account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    let (place, account) = match parts[..] {
        ["arn", "aws", "acm", place, account, resource]
            if digits(account) && resource.strip_prefix("certificate/").is_some_and(|id| !id.is_empty()) =>
        {
            (place, account)
        }
        _ => return Err(bad(format!("Invalid certificate ARN: {arn}."))),
    };
    if place != region.name {
        let message = format!("Invalid certificate ARN: {arn}. Certificate must be in '{}'.", region.name);
        return Err(bad(message));
    }
    if account != region.account {
        return Err(bad("The certificate provided must be owned by the account creating the domain."));
    }
    let Some(names) = usage::names(region, arn) else {
        return Err(bad("The provided certificate does not exist."));
    };
    if !usage::usable(region, arn) {
        return Err(bad("The provided certificate is not issued."));
    }
    if !names.iter().any(|own| covers(own, name)) {
        return Err(bad("The domain name to be created is not covered by the provided certificate."));
    }
    Ok(())
}

/// Whether a certificate's name covers a domain name: the same, or with `*` for its one first label
/// (RFC 6125, 6.4.3). A domain name with `*` needs a certificate with it (AGD, wildcard names).
pub(super) fn covers(own: &str, name: &str) -> bool {
    let (own, name) = (own.to_ascii_lowercase(), name.to_ascii_lowercase());
    let below = |parent| name.split_once('.').is_some_and(|(_, rest)| rest == parent);
    own == name || own.strip_prefix("*.").is_some_and(below)
}

/// What ACM names as the user of a domain name's certificates: no object of the account, but a load
/// balancer of API Gateway's own (aws-cdk 16608, sst 5462; AWS has one a zone, here is one a name).
fn user(region: &Region, domain: &DomainName) -> String {
    let endpoint = domain.domain_name_configurations.first().map(|c| c.api_gateway_domain_name.as_str());
    let label = endpoint.and_then(|name| name.split('.').next()).unwrap_or_default();
    let id = label.trim_start_matches("d-");
    format!("arn:aws:elasticloadbalancing:{}:{GATEWAY}:loadbalancer/app/prod-az1/{id}", region.name)
}

/// Tells ACM which certificates a new or changed domain name uses. That one that proves ownership
/// is in use too is inferred: ACM renews it (AGD, mutual TLS), and it renews only what is in use.
pub(super) fn settle_use(region: &mut Region, domain: &DomainName, now: SimTime) {
    let configurations = &domain.domain_name_configurations;
    let used = configurations
        .iter()
        .flat_map(|c| [Some(&c.certificate_arn), c.ownership_verification_certificate_arn.as_ref()])
        .flatten()
        .cloned()
        .collect();
    usage::replace(region, &user(region, domain), &used, now);
}

/// The domain name is gone; for ACM it counts some minutes yet (aws-cdk 36265).
pub(super) fn release(region: &mut Region, domain: &DomainName, now: SimTime) {
    usage::replace(region, &user(region, domain), &BTreeSet::new(), now);
}
