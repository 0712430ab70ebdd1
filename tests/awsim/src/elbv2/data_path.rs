//! Where a connection to a network load balancer goes: which nodes its DNS name gives, and which
//! target a node picks.

use std::net::Ipv4Addr;

use super::attributes::{Attributes, value_flag, value_number};
use super::target::{self, Health, Target};
use super::{Kind, LoadBalancer, Node, State, TargetGroup, association, listener};
use crate::clock::SimTime;
use crate::world::Region;

/// The target that a connection is opened to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PickedTarget {
    /// Its address.
    pub ip: Ipv4Addr,
    /// Its port.
    pub port: u16,
    /// Its zone.
    pub zone: String,
    /// ARN of its group.
    pub target_group: String,
    /// The address that the target sees as the client's is the client's, else the node's.
    pub preserves_client_ip: bool,
}

/// Why a connection to a load balancer goes nowhere.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoTarget {
    /// The listener was deleted, with its load balancer or without.
    #[error("there is no listener {0}")]
    NoListener(String),
    /// The load balancer takes no connections yet.
    #[error("the load balancer {0} is still provisioning")]
    Provisioning(String),
    /// Nothing goes through listeners that do not speak plain TCP: API Gateway needs TLS for TLS
    /// (HTTP API developer guide, private integrations), and requests through an application load
    /// balancer are not simulated.
    #[error("the listener {0} is of protocol {1}: only TCP connections are simulated")]
    NotPlain(String, String),
    /// The load balancer has no node in the zone.
    #[error("the load balancer {0} is not enabled in zone {1}")]
    NoNode(String, String),
    /// No target of the group is ready for the node.
    #[error("the target group {0} has no target that is ready for the node in zone {1}")]
    NoTargets(String, String),
}

/// The nodes that the DNS name of a load balancer resolves to. A zone is left out when a target
/// group without cross-zone load balancing has too few healthy targets in it
/// (`target_group_health.dns_failover`); when all would be, none is.
pub fn nodes<'a>(region: &'a Region, load_balancer: &str, now: SimTime) -> Vec<&'a Node> {
    let state = &region.elbv2;
    let Some(balancer) = state.load_balancers.get(load_balancer) else { return Vec::new() };
    let groups = association::groups_of(state, load_balancer);
    let groups: Vec<&TargetGroup> =
        groups.into_iter().filter_map(|arn| state.target_groups.get(arn)).collect();
    let sound =
        |node: &&Node| groups.iter().all(|group| zone_is_sound(state, balancer, group, &node.zone, now));
    let good: Vec<&Node> = balancer.nodes.iter().filter(sound).collect();
    if good.is_empty() { balancer.nodes.iter().collect() } else { good }
}

fn zone_is_sound(
    state: &State,
    balancer: &LoadBalancer,
    group: &TargetGroup,
    zone: &str,
    now: SimTime,
) -> bool {
    if target::crosses_zones(balancer, group) {
        return true;
    }
    let targets: Vec<&Target> = served(state, group, now).filter(|t| t.serves_zone(zone)).collect();
    let healthy = targets.iter().filter(|t| t.health == Health::Healthy).count();
    enough(&group.attributes, "dns_failover", healthy, targets.len())
}

/// Targets of the group that are checked and may be sent connections.
fn served<'a>(state: &'a State, group: &'a TargetGroup, now: SimTime) -> impl Iterator<Item = &'a Target> {
    group.targets.values().filter(move |t| t.is_served(now) && target::zone_enabled(state, group, t))
}

/// Whether the healthy targets reach the minimum that the attributes of `rule` set.
fn enough(attributes: &Attributes, rule: &str, healthy: usize, all: usize) -> bool {
    let minimum = |unit: &str| {
        let key = format!("target_group_health.{rule}.minimum_healthy_targets.{unit}");
        value_number(attributes, &key).and_then(|n| usize::try_from(n).ok())
    };
    minimum("count").is_none_or(|count| healthy >= count)
        && minimum("percentage").is_none_or(|percentage| healthy * 100 >= percentage * all)
}

/// The node that checks a target: the one in its zone, or the first of its load balancer.
pub(crate) fn checking_node<'a>(
    region: &'a Region,
    group: &TargetGroup,
    target: &Target,
) -> Option<&'a Node> {
    let state = &region.elbv2;
    if !target::zone_enabled(state, group, target) {
        return None;
    }
    let balancer = state.load_balancers.get(group.load_balancer.as_ref()?)?;
    balancer.node(&target.zone).or_else(|| balancer.nodes.first())
}

/// Picks the target for a new connection of `client` to a listener at the node in `zone`. Target
/// groups are taken by weight and their targets take turns, unless clients stick to either. Healthy
/// targets are taken, of the node's zone or with cross-zone load balancing of all; with too few of
/// them (`target_group_health.unhealthy_state_routing`) every one is. One that drains is not, but for
/// the time that its deregistration takes ([`super::Delays::deregistration`]). A group without targets
/// does not pass connections on to another.
///
/// # Errors
/// Why it goes nowhere: the client's connection is reset or times out.
pub fn pick_target(
    region: &mut Region,
    listener: &str,
    zone: &str,
    client: Ipv4Addr,
    now: SimTime,
) -> Result<PickedTarget, NoTarget> {
    let turn = region.elbv2.connections;
    region.elbv2.connections += 1;
    let state = &region.elbv2;
    let found = state.listeners.get(listener);
    let found = found.and_then(|l| Some((l, state.load_balancers.get(&l.load_balancer)?)));
    let Some((listener, balancer)) = found else { return Err(NoTarget::NoListener(listener.to_owned())) };
    if balancer.kind == Kind::Application || !matches!(listener.protocol.as_str(), "TCP" | "TCP_UDP") {
        return Err(NoTarget::NotPlain(listener.arn.clone(), listener.protocol.clone()));
    }
    if !balancer.is_active(now) {
        return Err(NoTarget::Provisioning(balancer.arn.clone()));
    }
    if balancer.node(zone).is_none() {
        return Err(NoTarget::NoNode(balancer.arn.clone(), zone.to_owned()));
    }
    let forward = listener::default_action(state, listener).and_then(|action| action.forward());
    let (groups, sticky) = forward.map_or((&[][..], false), |f| (&f.groups[..], f.sticky));
    let client = u64::from(client.to_bits());
    let group = weighted(groups, if sticky { client } else { turn });
    let none = || NoTarget::NoTargets(group.to_owned(), zone.to_owned());
    let group = state.target_groups.get(group).ok_or_else(none)?;
    let crossing = target::crosses_zones(balancer, group);
    let late = state.delays.deregistration;
    let known = |t: &&Target| t.is_served(now) || t.is_leaving(late, now);
    let reached = |t: &&Target| target::zone_enabled(state, group, t) && (crossing || t.serves_zone(zone));
    let all: Vec<&Target> = group.targets.values().filter(|t| known(t) && reached(t)).collect();
    let healthy: Vec<&Target> = all.iter().copied().filter(|t| t.health == Health::Healthy).collect();
    let choice = if enough(&group.attributes, "unhealthy_state_routing", healthy.len(), all.len()) {
        healthy
    } else {
        all
    };
    let stays = value_flag(&group.attributes, "stickiness.enabled");
    let turn = if stays { spread(client) } else { group.connections };
    let turn = usize::try_from(turn).unwrap_or_default();
    let at = turn.checked_rem(choice.len()).ok_or_else(none)?;
    let picked = choice[at];
    let picked = PickedTarget {
        ip: picked.ip,
        port: picked.port,
        zone: picked.zone.clone(),
        target_group: group.arn.clone(),
        preserves_client_ip: value_flag(&group.attributes, "preserve_client_ip.enabled"),
    };
    if let Some(group) = region.elbv2.target_groups.get_mut(&picked.target_group) {
        group.connections += 1;
    }
    Ok(picked)
}

/// Spreads numbers in a row evenly over all numbers, so that every stretch of connections is shared
/// nearly as the weights say (multiples of the golden ratio, modulo 1).
fn spread(turn: u64) -> u64 {
    turn.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// The target group that a turn falls to; groups of weight 0 have none unless all are 0.
fn weighted(groups: &[(String, u64)], turn: u64) -> &str {
    let total: u64 = groups.iter().map(|(_, weight)| weight).sum();
    // The turn as a fraction of all numbers, times the sum of the weights.
    let at = (u128::from(spread(turn)) * u128::from(total)) >> 64;
    let mut at = u64::try_from(at).unwrap_or_default();
    for (arn, weight) in groups {
        if at < *weight {
            return arn;
        }
        at -= weight;
    }
    groups.first().map_or("", |(arn, _)| arn)
}
