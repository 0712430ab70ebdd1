//! A service's listener: its place in the class's pool.

use super::fold::Spot;
use super::keys;
use super::service::ServiceFacts;
use crate::model::listener::Listener;
use crate::model::{Body, Ref, ResourceKey};

/// The listener at `spot`.
pub fn listener(facts: &ServiceFacts, spot: Spot) -> (ResourceKey, Body<Ref>) {
    let body = Listener {
        load_balancer: Ref::To(keys::load_balancer(&facts.class, spot.nlb)),
        port: spot.port,
        target_group: Ref::To(keys::target_group(&facts.owner)),
    };
    (keys::listener(&facts.owner), Body::Listener(body))
}
