//! The class's pool of internal network load balancers.

use std::collections::BTreeSet;

use super::class::ClassFacts;
use super::keys;
use crate::model::load_balancer::LoadBalancer;
use crate::model::{Body, Ref, ResourceKey, names};

/// The `nlb`th load balancer, counted from 1. `cross_zone`: its nodes send to pods of every zone.
pub fn load_balancer(facts: &ClassFacts, nlb: u8, cross_zone: bool) -> (ResourceKey, Body<Ref>) {
    let key = keys::load_balancer(&facts.owner, nlb);
    let body = LoadBalancer {
        name: names::name(facts.cluster, &key, &[facts.vpc]),
        subnets: facts.subnets.clone(),
        security_groups: BTreeSet::from([Ref::To(keys::load_balancer_group(&facts.owner))]),
        cross_zone: Some(cross_zone),
    };
    (key, Body::LoadBalancer(body))
}
