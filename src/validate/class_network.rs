//! The network of a class: one VPC, its subnets one a zone in two zones or more, the pods' group.

use std::collections::{BTreeMap, BTreeSet};

use super::Violation;
use super::violation::Found;
use crate::api::class_status::{NetworkStatus, SubnetStatus};
use crate::api::{GatewayedServiceClassSpec, Reason};
use crate::model::network::{NetworkFacts, Subnet};

/// The account in use must be the class's, and the pods' group must exist, in `vpc` if that is known.
pub fn account_and_group(
    found: &mut Found,
    spec: &GatewayedServiceClassSpec,
    facts: &NetworkFacts,
    vpc: Option<&str>,
) {
    if let Some(account) = spec.account.as_ref().filter(|a| **a != facts.account) {
        let message = format!(
            "The class is for AWS account {account}, but our credentials belong to {}; give the operator \
             credentials of {account}, or correct spec.account.",
            facts.account
        );
        found.add(Reason::AccountMismatch, "spec.account", message);
    }
    let field = "spec.network.pods.shared.securityGroup.id";
    let id = &spec.network.pods.shared.security_group.id;
    match facts.security_groups.iter().find(|g| g.id == *id) {
        None => {
            let message = format!("Security group {id} does not exist in {}; correct {field}.", spec.region);
            found.add(Reason::SecurityGroupNotFound, field, message);
        }
        Some(group) if vpc.is_some_and(|vpc| vpc != group.vpc) => {
            let message = format!(
                "Security group {id} belongs to {}, not to the class's {}; name the group that its pods carry.",
                group.vpc,
                vpc.unwrap_or_default()
            );
            found.add(Reason::SecurityGroupNotFound, field, message);
        }
        Some(_) => {}
    }
}

/// The network that `facts` hold for `spec`; `None`: what is wrong is in `found`.
pub fn choose(
    found: &mut Found,
    spec: &GatewayedServiceClassSpec,
    facts: &NetworkFacts,
) -> Option<NetworkStatus> {
    let vpc = vpc(found, spec, facts)?;
    let before = found.0.len();
    let mut chosen = subnets(found, spec, facts, &vpc);
    zones(found, &chosen);
    if found.0.len() > before {
        return None;
    }
    chosen.sort_by(|a, b| a.zone_id.cmp(&b.zone_id));
    Some(NetworkStatus { vpc, subnets: chosen.into_iter().map(recorded).collect() })
}

/// Tells that the selectors now find another network than `latched`, which stays in use.
pub fn moved(
    spec: &GatewayedServiceClassSpec,
    facts: &NetworkFacts,
    latched: &NetworkStatus,
) -> Option<Violation> {
    let now = choose(&mut Found::default(), spec, facts);
    if now.as_ref() == Some(latched) {
        return None;
    }
    let ids = |n: &NetworkStatus| n.subnets.iter().map(|s| s.id.as_str()).collect::<Vec<_>>().join(", ");
    let found = match &now {
        Some(now) => format!("{} in {}", ids(now), now.vpc),
        None => "no network that fits".to_owned(),
    };
    let message = format!(
        "spec.network now selects {found}, but the class goes on in {} in {}; a change of subnets needs another \
         class.",
        ids(latched),
        latched.vpc
    );
    Some(Violation { reason: Reason::SubnetsChanged, field: "spec.network".to_owned(), message })
}

/// The one VPC.
fn vpc(found: &mut Found, spec: &GatewayedServiceClassSpec, facts: &NetworkFacts) -> Option<String> {
    let field = "spec.network.vpc";
    let place = format!("account {} in {}", facts.account, spec.region);
    let wanted = &spec.network.vpc;
    match facts.vpcs.as_slice() {
        [one] => return Some(one.id.clone()),
        [] => {
            let message = match (&wanted.id, &wanted.tags) {
                (Some(id), _) => format!("VPC {id} does not exist in {place}; correct {field}.id."),
                (None, tags) => {
                    format!("No VPC of {place} has the tags {}; correct {field}.tags.", list(tags.as_ref()))
                }
            };
            found.add(Reason::VpcNotFound, field, message);
        }
        several => {
            let ids: Vec<&str> = several.iter().map(|v| v.id.as_str()).collect();
            let message = format!(
                "The tags {} match {} VPCs of {place}: {}. Add a tag that only one of them has, or name it by \
                 {field}.id.",
                list(wanted.tags.as_ref()),
                ids.len(),
                ids.join(", ")
            );
            found.add(Reason::VpcAmbiguous, field, message);
        }
    }
    None
}

/// The subnets: by id all of them, each in `vpc`; by tags those in `vpc`.
fn subnets<'a>(
    found: &mut Found,
    spec: &GatewayedServiceClassSpec,
    facts: &'a NetworkFacts,
    vpc: &str,
) -> Vec<&'a Subnet> {
    let field = "spec.network.subnets";
    let (inside, outside): (Vec<&Subnet>, Vec<&Subnet>) = facts.subnets.iter().partition(|s| s.vpc == vpc);
    let Some(ids) = &spec.network.subnets.ids else {
        if inside.is_empty() {
            let elsewhere = match outside.len() {
                0 => String::new(),
                n => format!(" ({n} of other VPCs have)"),
            };
            let message = format!(
                "No subnet of {vpc} has the tags {}{elsewhere}; correct {field}.tags.",
                list(spec.network.subnets.tags.as_ref())
            );
            found.add(Reason::SubnetsNotFound, field, message);
        }
        return inside;
    };
    let missing: Vec<&str> =
        ids.iter().filter(|id| facts.subnets.iter().all(|s| s.id != **id)).map(String::as_str).collect();
    if !missing.is_empty() {
        let message =
            format!("No such subnet in {}: {}; correct {field}.ids.", spec.region, missing.join(", "));
        found.add(Reason::SubnetsNotFound, field, message);
    }
    for subnet in outside {
        let message =
            format!("Subnet {} lies in {}, not in {vpc}; take one of {vpc}.", subnet.id, subnet.vpc);
        found.add(Reason::SubnetsUnfit, field, message);
    }
    inside
}

/// Two zones or more, one subnet in each.
fn zones(found: &mut Found, subnets: &[&Subnet]) {
    let field = "spec.network.subnets";
    let mut by_zone: BTreeMap<&str, Vec<&Subnet>> = BTreeMap::new();
    for subnet in subnets {
        by_zone.entry(&subnet.zone_id).or_default().push(subnet);
    }
    for (_, many) in by_zone.iter().filter(|(_, many)| many.len() > 1) {
        let ids: BTreeSet<&str> = many.iter().map(|s| s.id.as_str()).collect();
        let zone = many.first().map(|s| s.zone.as_str()).unwrap_or_default();
        let message = format!(
            "Subnets {} lie in one zone, {zone}; select one subnet a zone.",
            ids.into_iter().collect::<Vec<_>>().join(", ")
        );
        found.add(Reason::SubnetsUnfit, field, message);
    }
    if let ([subnet, ..], 1) = (subnets, by_zone.len()) {
        let message =
            format!("Subnets lie in one zone only, {}; select subnets in two zones or more.", subnet.zone);
        found.add(Reason::SubnetsUnfit, field, message);
    }
}

fn recorded(subnet: &Subnet) -> SubnetStatus {
    SubnetStatus {
        id: subnet.id.clone(),
        zone: subnet.zone.clone(),
        zone_id: subnet.zone_id.clone(),
        cidr: subnet.cidr.clone(),
    }
}

/// Tags in a message: `Name=prod, tier=private`.
fn list(tags: Option<&BTreeMap<String, String>>) -> String {
    let each: Vec<String> = tags.into_iter().flatten().map(|(k, v)| format!("{k}={v}")).collect();
    each.join(", ")
}
