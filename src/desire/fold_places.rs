//! The places part of the fold: a listener of a load balancer for each service, and the pod ports
//! that the security-group chain admits.

use std::collections::{BTreeMap, BTreeSet};

use super::fold::{Need, PORT_REST, Past, Place, Pool, Spot};
use super::quota::Quota;
use crate::model::{NsName, Time};

/// Who is where.
#[derive(Default)]
pub struct Placed {
    /// The place of each service.
    pub places: BTreeMap<NsName, Place>,
    /// Every spot in use, those of services that are no more included.
    pub taken: BTreeSet<Spot>,
    /// Ports that the chain admits.
    pub ports: BTreeSet<u16>,
    /// Ports for which the groups have no room.
    pub refused_ports: BTreeMap<NsName, BTreeSet<u16>>,
    /// When a resting port that someone waits for is free.
    pub wake: Option<Time>,
}

/// Places `by_age`, oldest first. A place of the past is kept; the rest get the lowest free one.
pub fn place(pool: &Pool, by_age: &[&Need], past: &Past, now: Time) -> Placed {
    let mut placed = Placed { ports: past.ports.clone(), ..Placed::default() };
    let kept: BTreeMap<&NsName, Spot> = keep(pool, by_age, past);
    let gone = past.places.iter().filter(|(service, _)| !by_age.iter().any(|n| n.service == **service));
    placed.taken = kept.values().copied().chain(gone.map(|(_, spot)| *spot)).collect();

    for need in by_age {
        if let Some(spot) = kept.get(&need.service) {
            placed.places.insert(need.service.clone(), Place::At(*spot));
            placed.admit(need);
        }
    }
    for need in by_age.iter().filter(|n| !n.deleting && !kept.contains_key(&n.service)) {
        let place = placed.find(pool, need, past, now);
        placed.places.insert(need.service.clone(), place);
        if let Place::At(spot) = place {
            placed.taken.insert(spot);
            placed.admit(need);
        }
    }
    placed
}

/// The places of the past that still hold: inside the pool, and of two that claim one, the older's.
fn keep<'a>(pool: &Pool, by_age: &[&'a Need], past: &Past) -> BTreeMap<&'a NsName, Spot> {
    let mut kept: BTreeMap<&NsName, Spot> = BTreeMap::new();
    for need in by_age {
        if let Some(spot) = past.places.get(&need.service)
            && (pool.first_port..=pool.last_port).contains(&spot.port)
            && (1..=pool.load_balancers.max(past.nlbs)).contains(&spot.nlb)
            && !kept.values().any(|other| other == spot)
        {
            kept.insert(&need.service, *spot);
        }
    }
    kept
}

impl Placed {
    /// The ports of `need` join those that the chain admits, as long as a group has room for rules.
    fn admit(&mut self, need: &Need) {
        if need.deleting {
            return;
        }
        for port in &need.ports {
            if self.ports.contains(port) || self.ports.len() < Quota::GroupRules.limit() {
                self.ports.insert(*port);
            } else {
                self.refused_ports.entry(need.service.clone()).or_default().insert(*port);
            }
        }
    }

    /// The lowest free spot for a newcomer.
    fn find(&mut self, pool: &Pool, need: &Need, past: &Past, now: Time) -> Place {
        if self.ports.union(&need.ports).count() > Quota::GroupRules.limit() {
            return Place::Full { quota: Quota::GroupRules, limit: Quota::GroupRules.limit(), next: None };
        }
        let spots = spots(pool);
        let empty = spots.iter().filter(|spot| !self.taken.contains(spot));
        let mut next = None;
        for spot in empty {
            match past.released.get(spot).map(|released| *released + PORT_REST) {
                Some(free) if free > now => next = Some(next.map_or(free, |n: Time| n.min(free))),
                _ => return Place::At(*spot),
            }
        }
        self.wake = match (self.wake, next) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        Place::Full { quota: Quota::Listeners, limit: spots.len(), next }
    }
}

/// Every spot of the pool, lowest load balancer first: at most as many ports on each as AWS allows
/// listeners.
fn spots(pool: &Pool) -> Vec<Spot> {
    let ports = || (pool.first_port..=pool.last_port).take(Quota::Listeners.limit());
    (1..=pool.load_balancers).flat_map(|nlb| ports().map(move |port| Spot { nlb, port })).collect()
}
