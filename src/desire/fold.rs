//! What the services of one class need of it together: who gets which listener, which route, which
//! security-group port. One pure function; every service sees its own slice of the outcome.
//!
//! The order in which needs are given never matters. What someone has is kept: a place, a route, an
//! integration is only ever given to another once its holder is gone or no longer wants it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Serialize;

use super::quota::Quota;
use super::{fold_places, fold_routes};
use crate::model::{NsName, Slot, Time};
use crate::validate::{RouteKey, ValidPool};

/// How long a listener port rests after its routes, integrations and listener are gone: API Gateway
/// may still hold connections and cached endpoints.
pub const PORT_REST: Duration = Duration::from_secs(600);

/// The class's load balancers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// First listener port.
    pub first_port: u16,
    /// Last listener port, included.
    pub last_port: u16,
    /// How many load balancers there may be, 1 or more.
    pub load_balancers: u8,
}

impl From<&ValidPool> for Pool {
    fn from(pool: &ValidPool) -> Pool {
        Pool { first_port: pool.first_port, last_port: pool.last_port, load_balancers: pool.max }
    }
}

/// What one service asks of its class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The service.
    pub service: NsName,
    /// Its creation: the older is served first.
    pub created: Time,
    /// It is being deleted: it keeps its place until that is empty, and wants nothing more.
    pub deleting: bool,
    /// The integration (by slot) of each wanted route key.
    pub routes: BTreeMap<RouteKey, Slot>,
    /// App and health port.
    pub ports: BTreeSet<u16>,
}

/// What there is already: live in AWS if that is known, else recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// Who has which listener; also those of services that are no more.
    pub places: BTreeMap<NsName, Spot>,
    /// When a spot became empty: its routes, integrations and listener gone.
    pub released: BTreeMap<Spot, Time>,
    /// Every route of the API that is ours, by key; also those of services that are no more.
    pub routes: BTreeMap<RouteKey, Held>,
    /// Every integration of the API that is ours.
    pub integrations: BTreeSet<(NsName, Slot)>,
    /// Ports of targets that are still registered.
    pub ports: BTreeSet<u16>,
    /// How many load balancers there are: a smaller pool empties none.
    pub nlbs: u8,
}

/// A listener's place in the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Spot {
    /// Which load balancer, from 1.
    pub nlb: u8,
    /// Its port.
    pub port: u16,
}

/// A route that exists, or is granted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Held {
    /// Whose it is.
    pub service: NsName,
    /// Which of the service's integrations it goes to.
    pub integration: Slot,
}

/// Where a service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Place {
    /// Here.
    At(Spot),
    /// Nowhere: there is no room.
    Full {
        /// What is used up.
        quota: Quota,
        /// How many there are.
        limit: usize,
        /// When a resting port may be used again, if one rests.
        next: Option<Time>,
    },
}

/// Why a route is not granted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Refusal {
    /// Another service has it, or one that overlaps.
    Conflict {
        /// Who.
        with: NsName,
        /// Since when that service exists.
        created: Time,
        /// Its route key.
        key: RouteKey,
    },
    /// A service that the class does not know any more left it, or one that overlaps, in AWS.
    Left {
        /// Who.
        by: NsName,
        /// Its route key.
        key: RouteKey,
    },
    /// The API has no room for it. A route that exists stays as it was.
    Full(Quota),
}

/// What a class gives to its services.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Fold {
    /// Where each service is. A service that is being deleted is absent unless it still has a place.
    pub places: BTreeMap<NsName, Place>,
    /// Who serves each route key, and by which integration.
    pub routes: BTreeMap<RouteKey, Held>,
    /// Wanted route keys that are not granted as wanted, and why.
    pub refused: BTreeMap<NsName, BTreeMap<RouteKey, Refusal>>,
    /// Pod ports that the security-group chain must admit.
    pub ports: BTreeSet<u16>,
    /// Wanted ports for which the groups have no room.
    pub refused_ports: BTreeMap<NsName, BTreeSet<u16>>,
    /// How many load balancers are needed, 1 or more.
    pub nlbs: u8,
    /// How full it is.
    pub used: Used,
    /// When to fold again although nothing changes: a resting port is awaited.
    pub wake: Option<Time>,
}

/// How much is taken, what is about to be made included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Used {
    /// Listeners, over all load balancers.
    pub listeners: usize,
    /// Integrations of the API.
    pub integrations: usize,
    /// Routes of the API.
    pub routes: usize,
}

/// One service's part of the [`Fold`]. When it changes, the service is woken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FoldSlice {
    /// Where it is; `None`: its need is not folded in yet, and nothing may be changed for it, or it
    /// is leaving and has left its place.
    pub place: Option<Place>,
    /// The integration of each granted route key.
    pub routes: BTreeMap<RouteKey, Slot>,
    /// What is not granted as wanted, and why.
    pub refused: BTreeMap<RouteKey, Refusal>,
    /// Ports that the chain has no room for.
    pub refused_ports: BTreeSet<u16>,
}

impl Fold {
    /// The part that concerns `service`.
    pub fn slice(&self, service: &NsName) -> FoldSlice {
        let routes = self.routes.iter().filter(|(_, held)| held.service == *service);
        FoldSlice {
            place: self.places.get(service).copied(),
            routes: routes.map(|(key, held)| (key.clone(), held.integration.clone())).collect(),
            refused: self.refused.get(service).cloned().unwrap_or_default(),
            refused_ports: self.refused_ports.get(service).cloned().unwrap_or_default(),
        }
    }
}

impl FoldSlice {
    /// The service's listener.
    pub fn spot(&self) -> Option<Spot> {
        match self.place {
            Some(Place::At(spot)) => Some(spot),
            Some(Place::Full { .. }) | None => None,
        }
    }
}

/// Gives each need its place, routes and ports.
///
/// `needs` in any order, one a service; `now` decides which resting ports may be used again.
pub fn fold(pool: &Pool, needs: &[Need], past: &Past, now: Time) -> Fold {
    let mut by_age: Vec<&Need> = needs.iter().collect();
    by_age.sort_by_key(|n| (n.created, &n.service));

    let placed = fold_places::place(pool, &by_age, past, now);
    let routed = fold_routes::route(&by_age, &placed.places, past);
    let nlbs = placed.taken.iter().map(|spot| spot.nlb).max().unwrap_or(1);
    Fold {
        used: Used { listeners: placed.taken.len(), integrations: routed.integrations, routes: routed.live },
        places: placed.places,
        routes: routed.granted,
        refused: routed.refused,
        ports: placed.ports,
        refused_ports: placed.refused_ports,
        nlbs,
        wake: placed.wake,
    }
}
