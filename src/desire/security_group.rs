//! The class's own security groups: one for the VPC link's network interfaces, one for the load
//! balancers.

use super::class::ClassFacts;
use super::keys;
use crate::model::security_group::SecurityGroup;
use crate::model::{Body, Ref, ResourceKey, names};

/// Both groups.
pub fn groups(facts: &ClassFacts) -> [(ResourceKey, Body<Ref>); 2] {
    let name = facts.owner.class();
    [
        group(facts, keys::link_group(&facts.owner), format!("VPC link of Gatewayed class {name}")),
        group(
            facts,
            keys::load_balancer_group(&facts.owner),
            format!("Load balancers of Gatewayed class {name}"),
        ),
    ]
}

fn group(facts: &ClassFacts, key: ResourceKey, description: String) -> (ResourceKey, Body<Ref>) {
    let vpc = facts.vpc.to_owned();
    let name = names::name(facts.cluster, &key, &[&vpc, &description]);
    (key, Body::SecurityGroup(SecurityGroup { name, description, vpc, open_egress: false }))
}
