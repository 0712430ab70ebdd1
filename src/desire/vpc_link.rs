//! The class's VPC link.

use std::collections::BTreeSet;

use super::class::ClassFacts;
use super::keys;
use crate::model::vpc_link::VpcLink;
use crate::model::{Body, Ref, ResourceKey, names};

/// The VPC link, in every subnet of the class.
pub fn vpc_link(facts: &ClassFacts) -> (ResourceKey, Body<Ref>) {
    let key = keys::vpc_link(&facts.owner);
    let body = VpcLink {
        name: names::name(facts.cluster, &key, &[]),
        subnets: facts.subnets.clone(),
        security_groups: BTreeSet::from([Ref::To(keys::link_group(&facts.owner))]),
    };
    (key, Body::VpcLink(body))
}
