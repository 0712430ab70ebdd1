//! The routes part of the fold: who serves which route key, within what one HTTP API holds.

use std::collections::{BTreeMap, BTreeSet};

use super::fold::{Held, Need, Past, Place, Refusal};
use super::quota::Quota;
use crate::model::{NsName, Slot, Time};
use crate::validate::RouteKey;

/// Who serves what.
#[derive(Default)]
pub struct Routed {
    /// By route key.
    pub granted: BTreeMap<RouteKey, Held>,
    /// What is not granted as wanted.
    pub refused: BTreeMap<NsName, BTreeMap<RouteKey, Refusal>>,
    /// Integrations there are and will be.
    pub integrations: usize,
    /// Routes there are and will be.
    pub live: usize,
}

/// One service's wish for one route key.
struct Claim<'a> {
    key: &'a RouteKey,
    integration: &'a Slot,
    service: &'a NsName,
    created: Time,
    /// The route that the service has now.
    incumbent: Option<&'a Held>,
}

/// Grants the routes of `by_age` (oldest first): incumbents, then the oldest service, then by name.
/// A service without a place gets none.
pub fn route(by_age: &[&Need], places: &BTreeMap<NsName, Place>, past: &Past) -> Routed {
    let mut claims: Vec<Claim> = Vec::new();
    for need in by_age.iter().filter(|n| !n.deleting) {
        match places.get(&need.service) {
            Some(Place::At(_)) => claims.extend(claims_of(need, past)),
            Some(Place::Full { .. }) | None => {}
        }
    }
    claims.sort_by_key(|c| (c.incumbent.is_none(), c.created, c.service, c.key));

    let left = past.routes.iter().filter(|(_, held)| !by_age.iter().any(|n| n.service == held.service));
    let mut book = Book {
        granted: Vec::new(),
        left: left.map(|(key, held)| (key, &held.service)).collect(),
        integrations: past.integrations.iter().map(|(service, slot)| (service, slot)).collect(),
        routes: past.routes.keys().collect(),
        past,
    };
    let mut routed = Routed::default();
    for claim in claims {
        let (held, refusal) = book.decide(&claim);
        if let Some(refusal) = refusal {
            let refused = routed.refused.entry(claim.service.clone()).or_default();
            refused.insert(claim.key.clone(), refusal);
        }
        if let Some(integration) = held {
            let held = Held { service: claim.service.clone(), integration: integration.clone() };
            routed.granted.insert(claim.key.clone(), held);
            book.granted.push(claim);
        }
    }
    routed.integrations = book.integrations.len();
    routed.live = book.routes.len();
    routed
}

fn claims_of<'a>(need: &'a Need, past: &'a Past) -> Vec<Claim<'a>> {
    let claim = |(key, integration): (&'a RouteKey, &'a Slot)| Claim {
        key,
        integration,
        service: &need.service,
        created: need.created,
        incumbent: past.routes.get(key).filter(|held| held.service == need.service),
    };
    need.routes.iter().map(claim).collect()
}

/// What is given away so far.
struct Book<'a> {
    granted: Vec<Claim<'a>>,
    /// Routes of services that are no more: retained, or given up.
    left: Vec<(&'a RouteKey, &'a NsName)>,
    integrations: BTreeSet<(&'a NsName, &'a Slot)>,
    routes: BTreeSet<&'a RouteKey>,
    past: &'a Past,
}

impl<'a> Book<'a> {
    /// The integration that the claim gets, and what it is refused.
    fn decide(&mut self, claim: &Claim<'a>) -> (Option<&'a Slot>, Option<Refusal>) {
        let conflict = |winner: &&Claim| clash((winner.service, winner.key), (claim.service, claim.key));
        if let Some(winner) = self.granted.iter().find(conflict) {
            let (with, key) = (winner.service.clone(), winner.key.clone());
            return (None, Some(Refusal::Conflict { with, created: winner.created, key }));
        }
        let mut left = self.left.iter().filter(|_| claim.incumbent.is_none());
        if let Some((key, by)) = left.find(|(key, by)| clash((by, key), (claim.service, claim.key))) {
            return (None, Some(Refusal::Left { by: (*by).clone(), key: (*key).clone() }));
        }
        if !self.routes.contains(claim.key) && self.routes.len() >= Quota::Routes.limit() {
            return (None, Some(Refusal::Full(Quota::Routes)));
        }
        let integration = (claim.service, claim.integration);
        if self.integrations.contains(&integration) || self.integrations.len() < Quota::Integrations.limit() {
            self.routes.insert(claim.key);
            self.integrations.insert(integration);
            return (Some(claim.integration), None);
        }
        // No room for the new integration: a route that exists stays with the one it has.
        let has = claim.incumbent.map(|held| &held.integration);
        let has =
            has.filter(|slot| self.past.integrations.contains(&(claim.service.clone(), (*slot).clone())));
        if has.is_some() {
            self.routes.insert(claim.key);
        }
        (has, Some(Refusal::Full(Quota::Integrations)))
    }
}

/// Inside a namespace the same key is a conflict; across namespaces so is every overlap, since the
/// more specific route would take requests from the other.
fn clash((service, key): (&NsName, &RouteKey), (other, wanted): (&NsName, &RouteKey)) -> bool {
    if service.namespace == other.namespace { key == wanted } else { key.overlaps(wanted) }
}
