//! The chain: VPC link → load balancers on the listener ports → pods on the ports that services use.
//! Each hop is two rules, out of the one group and into the next, and nothing else is open.

use std::collections::BTreeSet;

use super::class::ClassFacts;
use super::keys;
use crate::model::security_group::{Direction, SecurityGroupRule};
use crate::model::{Body, Ref, ResourceKey};

/// Every rule of the chain. `listeners` are the first and last listener port, `ports` those of the
/// pods.
pub fn chain(
    facts: &ClassFacts,
    listeners: (u16, u16),
    ports: &BTreeSet<u16>,
) -> Vec<(ResourceKey, Body<Ref>)> {
    let class = &facts.owner;
    let link = Ref::To(keys::link_group(class));
    let balancer = Ref::To(keys::load_balancer_group(class));
    let pods = Ref::Given(facts.pods_group.into());

    let mut rules = vec![
        (keys::link_egress(class), rule(&link, Direction::Egress, listeners, &balancer)),
        (keys::load_balancer_ingress(class), rule(&balancer, Direction::Ingress, listeners, &link)),
    ];
    for port in ports.iter().copied() {
        let one = (port, port);
        rules.push((keys::load_balancer_egress(class, port), rule(&balancer, Direction::Egress, one, &pods)));
        rules.push((keys::pods_ingress(class, port), rule(&pods, Direction::Ingress, one, &balancer)));
    }
    rules
}

fn rule(group: &Ref, direction: Direction, (from_port, to_port): (u16, u16), peer: &Ref) -> Body<Ref> {
    Body::SecurityGroupRule(SecurityGroupRule {
        group: group.clone(),
        direction,
        from_port,
        to_port,
        peer: peer.clone(),
    })
}
