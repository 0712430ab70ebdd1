//! What a class's services have already, from the index where AWS was listed and from their status
//! where it was not yet. Pure.

use std::collections::{BTreeMap, BTreeSet};

use kube::ResourceExt;

use crate::api::GatewayedService;
use crate::api::service_status::ServiceStatus;
use crate::desire::fold::{Held, Past, Spot};
use crate::desire::keys;
use crate::model::index::{Index, Known};
use crate::model::{Body, Kind, NsName, Slot, Time};
use crate::validate::RouteKey;

/// Whoever holds something of `class` now. `released` and `ports` (of targets that are still
/// registered) are remembered elsewhere.
pub fn past(
    index: &Index,
    class: &str,
    services: &[GatewayedService],
    released: BTreeMap<Spot, Time>,
    ports: BTreeSet<u16>,
) -> Past {
    let mut past = Past { places: places(index, class, services), released, ports, ..Past::default() };
    for (service, status) in services.iter().filter_map(recorded) {
        for entry in &status.resources {
            let slot = Slot(entry.slot.clone());
            match entry.kind.parse::<Kind>() {
                Ok(Kind::Integration) => _ = past.integrations.insert((service.clone(), slot)),
                Ok(Kind::Route) => {
                    // Which integration it goes to is seen once the API is listed.
                    let held = Held { service: service.clone(), integration: Slot::from("") };
                    past.routes.extend(slot.0.parse::<RouteKey>().ok().map(|key| (key, held)));
                }
                _ => {}
            }
        }
    }
    for known in of_class(index, Kind::Integration, class) {
        if let Some((service, slot)) = service_and_slot(known) {
            past.integrations.insert((service, slot));
        }
    }
    for known in of_class(index, Kind::Route, class) {
        if let (Some((service, slot)), Some(integration)) = (service_and_slot(known), target(index, known)) {
            past.routes
                .extend(slot.0.parse::<RouteKey>().ok().map(|key| (key, Held { service, integration })));
        }
    }
    past
}

/// Who has which listener: as seen, else as recorded.
pub fn places(index: &Index, class: &str, services: &[GatewayedService]) -> BTreeMap<NsName, Spot> {
    let recorded = services.iter().filter_map(recorded);
    let recorded = recorded.filter_map(|(service, status)| {
        let placement = status.placement?;
        Some((service, Spot { nlb: placement.nlb, port: placement.port }))
    });
    let mut places: BTreeMap<NsName, Spot> = recorded.collect();
    for known in of_class(index, Kind::Listener, class) {
        let Body::Listener(listener) = &known.seen.body else { continue };
        let balancer = index.get(Kind::LoadBalancer, &listener.load_balancer);
        let nlb = balancer.and_then(|b| keys::pool_number(b.seen.key.as_ref()?));
        if let (Some((service, _)), Some(nlb)) = (service_and_slot(known), nlb) {
            places.insert(service, Spot { nlb, port: listener.port });
        }
    }
    places
}

fn recorded(service: &GatewayedService) -> Option<(NsName, &ServiceStatus)> {
    Some((NsName::new(service.namespace()?, service.name_any()), service.status.as_ref()?))
}

fn of_class<'a>(index: &'a Index, kind: Kind, class: &'a str) -> impl Iterator<Item = &'a Known> {
    let ours = move |known: &&Known| known.seen.key.as_ref().is_some_and(|k| k.owner.class() == class);
    index.of_kind(kind).filter(ours)
}

fn service_and_slot(known: &Known) -> Option<(NsName, Slot)> {
    let key = known.seen.key.as_ref()?;
    Some((key.owner.service()?.clone(), key.slot.clone()))
}

/// The slot of the integration that a route goes to.
fn target(index: &Index, route: &Known) -> Option<Slot> {
    let Body::Route(route) = &route.seen.body else { return None };
    Some(index.get(Kind::Integration, &route.target)?.seen.key.as_ref()?.slot.clone())
}
