//! What a class's services have already, from the index where AWS was listed and from their status
//! where it was not yet. Pure.

use std::collections::{BTreeMap, BTreeSet};

use kube::ResourceExt;

use crate::api::GatewayedService;
use crate::api::service_status::ServiceStatus;
use crate::desire::fold::{Held, Need, Past, Spot};
use crate::desire::keys;
use crate::model::index::{Collection, Index, Known};
use crate::model::{Body, Kind, NsName, Owner, Slot, Time};
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

/// Whether every pod port that the class's groups admit must stay admitted, whoever asks for it now:
/// services have something in AWS whose ports are not known. They are in the cluster, but their spec is
/// refused since before we started; or, with `retain`, they go or are gone and what they have stays.
pub fn keeps_ports(
    index: &Index,
    class: &str,
    services: &[GatewayedService],
    needs: &[Need],
    retain: bool,
) -> bool {
    let in_cluster: BTreeSet<NsName> = services.iter().filter_map(named).collect();
    let heard =
        |service: &NsName| needs.iter().any(|need| need.service == *service && !(retain && need.deleting));
    let unheard = |service: &NsName| !heard(service) && (retain || in_cluster.contains(service));
    let unlisted = index.listed(&Collection::region(Kind::TargetGroup)).is_none();
    let mut seen = of_class(index, Kind::TargetGroup, class).filter_map(service_and_slot);
    seen.any(|(service, _)| unheard(&service)) || (unlisted && (retain || in_cluster.iter().any(unheard)))
}

/// The pod ports that the class's groups admit.
pub fn chain_ports(index: &Index, class: &Owner) -> BTreeSet<u16> {
    index.keys(class).iter().filter_map(keys::chain_port).collect()
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
    Some((named(service)?, service.status.as_ref()?))
}

fn named(service: &GatewayedService) -> Option<NsName> {
    Some(NsName::new(service.namespace()?, service.name_any()))
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::model::absorb::absorb;
    use crate::model::event::Event;
    use crate::model::security_group::{Direction, SecurityGroupRule};
    use crate::model::target_group::{HealthCheck, TargetGroup};
    use crate::model::{Id, ResourceKey, Seen, State};

    fn name() -> NsName {
        NsName::new("shop", "orders")
    }

    /// A region in which shop/orders has a target group, and the chain admits port 3000.
    fn index() -> Index {
        let mut index = Index::takeover(Time(0), Duration::from_secs(30));
        let class = Owner::Class("public".into());
        let service = Owner::Service { class: "public".into(), name: name() };
        let health = HealthCheck {
            path: "/".into(),
            port: None,
            interval_seconds: 10,
            timeout_seconds: 2,
            healthy_threshold: 2,
            unhealthy_threshold: 2,
        };
        let group = TargetGroup { name: "g".into(), vpc: "vpc-1".into(), health, attributes: None };
        let rule = SecurityGroupRule {
            group: Id::from("sg-pods"),
            direction: Direction::Ingress,
            from_port: 3000,
            to_port: 3000,
            peer: Id::from("sg-lb"),
        };
        let things = [
            (ResourceKey::new(Kind::TargetGroup, &service, "main"), Body::TargetGroup(group)),
            (keys::pods_ingress(&class, 3000), Body::SecurityGroupRule(rule)),
        ];
        for (key, body) in things {
            let of = Collection::of(&body);
            let seen = Seen { id: Id::from("x"), key: Some(key), body, at: Time(1), state: State::Usable };
            absorb(&mut index, Event::Listed { of, started: Time(1), items: vec![seen] });
        }
        index
    }

    fn service() -> GatewayedService {
        serde_json::from_value(json!({"apiVersion": "gatewayed.io/v1alpha1", "kind": "GatewayedService",
            "metadata": {"name": "orders", "namespace": "shop"},
            "spec": {"image": "i", "port": 3000, "health": {"path": "/"}, "routes": []}}))
        .unwrap()
    }

    fn need(deleting: bool) -> Need {
        let (routes, ports) = (BTreeMap::new(), BTreeSet::from([3000]));
        Need { service: name(), created: Time(0), deleting, routes, ports }
    }

    #[test]
    fn ports_stay_admitted_for_a_service_whose_spec_is_refused_since_before_we_started() {
        let keeps = |index: &Index, services: &[GatewayedService], needs: &[Need], retain| {
            keeps_ports(index, "public", services, needs, retain)
        };
        let (index, empty) = (index(), Index::takeover(Time(0), Duration::from_secs(30)));
        assert_eq!(chain_ports(&index, &Owner::Class("public".into())), BTreeSet::from([3000]));
        assert!(keeps(&index, &[service()], &[], false), "what it asks for is not known");
        assert!(keeps(&empty, &[service()], &[], false), "nor whether it has anything");
        assert!(!keeps(&index, &[service()], &[need(false)], false), "it says itself what it needs");
        assert!(!keeps(&index, &[service()], &[need(true)], false), "it goes, with its targets");
        assert!(!keeps(&index, &[], &[], false));
        assert!(keeps(&index, &[service()], &[need(true)], true), "it goes, and what it has stays");
        assert!(keeps(&index, &[], &[], true), "it is gone, and what it has stays");
        assert!(keeps(&empty, &[], &[], true), "it may be");
    }
}
