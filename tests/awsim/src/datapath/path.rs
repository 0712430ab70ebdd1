//! From the integration through VPC link and load balancer to a target, over an open connection or a
//! new one; security groups and network ACLs checked at each hop.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::PoisonError;
use std::time::Duration;

use super::pool::{Kept, Pool, Side};
use super::refusal::Refusal;
use super::trace::{Hop, Trace};
use crate::apigatewayv2::Integration;
use crate::apigatewayv2::vpc_link::{self, Status};
use crate::clock::SimTime;
use crate::ec2::packet::{self, End};
use crate::ec2::{NetworkInterface, network_interface};
use crate::elbv2::{self, PickedTarget};
use crate::world::{Call, Region, SharedWorld};

/// Where the request goes.
#[derive(Debug)]
pub enum Destination {
    /// Over a connection that is open; if that turns out to be dead, perhaps once more.
    Kept(Box<Kept>, Box<Again>),
    /// Over a new connection.
    Fresh(Box<Fresh>),
    /// Nowhere: a security group or a network ACL drops it, and the client hears so after a while.
    Dropped {
        /// The hop that refuses.
        why: String,
        /// How long API Gateway tries.
        after: Duration,
    },
}

/// A connection to be opened.
#[derive(Debug)]
pub struct Fresh {
    /// The target's simulated address.
    pub to: SocketAddrV4,
    /// From where and by which listener.
    pub side: Side,
    /// What the load balancer picked.
    pub target: PickedTarget,
    /// Where it belongs.
    pub pool: Pool,
    /// How long it is kept without a request; zero: not at all.
    pub keep: Duration,
    /// When it was decided on.
    pub now: SimTime,
}

/// What is needed to look for a way once more.
#[derive(Debug)]
pub struct Again {
    account: String,
    region: String,
    integration: Integration,
}

/// Where the integration leads now: over an open connection, or a new one to the target that the load
/// balancer picks.
pub fn destination(
    call: &mut Call<'_>,
    integration: &Integration,
    trace: &mut Trace,
) -> Result<Destination, Refusal> {
    let (link, listener) = checked(call, integration, trace)?;
    let entry = link_end(call.region, &link, turn(trace))?;
    let keep = call.region.apigatewayv2.delays.connection_idle;
    let ends = (link.as_str(), entry.ip, listener.as_str());
    match call.region.connections.take(call.region, ends, keep, call.now) {
        Some(kept) => Ok(over(call.region, integration, kept, trace)),
        None => fresh(call, integration, (link, listener), entry, trace),
    }
}

/// As [`destination`], over a new connection in any case.
pub fn anew(world: &SharedWorld, again: &Again, trace: &mut Trace) -> Result<Destination, Refusal> {
    let mut world = world.lock().unwrap_or_else(PoisonError::into_inner);
    let mut call = world.call(&again.account, &again.region);
    trace.hops.clear();
    trace.reused = false;
    let (link, listener) = checked(&mut call, &again.integration, trace)?;
    let entry = link_end(call.region, &link, turn(trace))?;
    fresh(&mut call, &again.integration, (link, listener), entry, trace)
}

fn turn(trace: &Trace) -> usize {
    usize::try_from(trace.number).unwrap_or(0)
}

/// The VPC link and the listener of an integration that can be served.
fn checked(
    call: &mut Call<'_>,
    integration: &Integration,
    trace: &mut Trace,
) -> Result<(String, String), Refusal> {
    if integration.connection_type != "VPC_LINK" {
        return Err(Refusal::unavailable("only integrations through a VPC link are simulated"));
    }
    if integration.tls_config.is_some() {
        return Err(Refusal::unavailable("HTTPS to the load balancer is not simulated"));
    }
    let link = integration.connection_id.clone().unwrap_or_default();
    trace.vpc_link = Some(link.clone());
    vpc_link::used(call, &link);
    let listener = integration.integration_uri.clone().unwrap_or_default();
    trace.listener = Some(listener.clone());
    if !call.region.elbv2.listeners.contains_key(&listener) {
        return Err(Refusal::unavailable(format!("there is no listener {listener}")));
    }
    Ok((link, listener))
}

/// Over a connection that was open: security groups let it go on, network ACLs look at every packet,
/// and what they drop is sent again and again for as long as the integration's time.
fn over(region: &Region, integration: &Integration, kept: Kept, trace: &mut Trace) -> Destination {
    trace.reused = true;
    let (side, target) = (&kept.side, &kept.flow.target);
    trace.target = Some(format!("{}:{}", target.ip, target.port));
    let port = region.elbv2.listeners.get(&side.listener).map_or(0, |listener| listener.port);
    let client = if target.preserves_client_ip { side.entry } else { side.node };
    let hops = [
        ((side.entry, side.node, port), labels_to_node(side.entry, side.node, port)),
        ((client, target.ip, target.port), labels_to_target(side.node, target)),
    ];
    for ((from, to, port), labels) in hops {
        let refused = packet::established(&region.ec2, from, to, port).err().map(|hop| hop.to_string());
        if let Some(why) = note(labels, refused, trace) {
            return Destination::Dropped { why, after: Duration::from_millis(integration.timeout_in_millis) };
        }
    }
    let integration = integration.clone();
    let again = Again { account: region.account.clone(), region: region.name.clone(), integration };
    Destination::Kept(Box::new(kept), Box::new(again))
}

fn fresh(
    call: &mut Call<'_>,
    integration: &Integration,
    (link, arn): (String, String),
    entry: NetworkInterface,
    trace: &mut Trace,
) -> Result<Destination, Refusal> {
    let Some(listener) = call.region.elbv2.listeners.get(&arn) else {
        return Err(Refusal::unavailable(format!("there is no listener {arn}")));
    };
    let port = listener.port;
    let (node, zone) = node_end(call.region, &listener.load_balancer, turn(trace), call.now)?;
    if entry.vpc != node.vpc {
        let why = format!("VPC link '{link}' is in {}, the load balancer in {}", entry.vpc, node.vpc);
        return Err(Refusal::unavailable(why));
    }
    let labels = labels_to_node(entry.ip, node.ip, port);
    if let Some(why) = hop(call.region, (&end(&entry), &end(&node), port), labels, trace) {
        return Ok(dropped(call.region, integration, why));
    }
    let target = elbv2::pick_target(call.region, &arn, &zone, entry.ip, call.now)
        .map_err(|none| Refusal::unavailable(none.to_string()))?;
    trace.target = Some(format!("{}:{}", target.ip, target.port));
    // The target sees the node as its client, or the client's address; the groups are the node's
    // in either case (NLBS).
    let client = if target.preserves_client_ip { entry.ip } else { node.ip };
    let from = End { ip: client, groups: node.groups.clone() };
    let pod = packet::end(&call.region.ec2, target.ip);
    let labels = labels_to_target(node.ip, &target);
    match hop(call.region, (&from, &pod, target.port), labels, trace) {
        Some(why) => Ok(dropped(call.region, integration, why)),
        None => Ok(Destination::Fresh(Box::new(Fresh {
            to: SocketAddrV4::new(target.ip, target.port),
            side: Side { link, entry: entry.ip, node: node.ip, listener: arn },
            target,
            pool: call.region.connections.clone(),
            keep: call.region.apigatewayv2.delays.connection_idle,
            now: call.now,
        }))),
    }
}

fn labels_to_node(entry: Ipv4Addr, node: Ipv4Addr, port: u16) -> (String, String) {
    (format!("VPC link {entry}"), format!("load balancer {node}:{port}"))
}

fn labels_to_target(node: Ipv4Addr, target: &PickedTarget) -> (String, String) {
    (format!("load balancer {node}"), format!("target {}:{}", target.ip, target.port))
}

/// One of the link's interfaces, each in its turn.
fn link_end(region: &Region, id: &str, turn: usize) -> Result<NetworkInterface, Refusal> {
    let Some(link) = region.apigatewayv2.vpc_links.get(id) else {
        return Err(Refusal::unavailable(format!("there is no VPC link '{id}'")));
    };
    if link.vpc_link_status != Status::Available {
        return Err(Refusal::unavailable(format!("VPC link '{id}' is {:?}", link.vpc_link_status)));
    }
    let owner = vpc_link::owner(id);
    let interfaces: Vec<&NetworkInterface> =
        network_interface::of_owner(&region.ec2, &owner).filter(|e| e.gone_at.is_none()).collect();
    match turn.checked_rem(interfaces.len()) {
        Some(at) => Ok(interfaces[at].clone()),
        None => Err(Refusal::unavailable(format!("VPC link '{id}' has no network interface"))),
    }
}

/// One of the nodes that the load balancer's name resolves to, each in its turn, and its zone.
fn node_end(
    region: &Region,
    balancer: &str,
    turn: usize,
    now: SimTime,
) -> Result<(NetworkInterface, String), Refusal> {
    let nodes = elbv2::nodes(region, balancer, now);
    let node = turn.checked_rem(nodes.len()).map(|at| nodes[at]);
    node.and_then(|n| Some((region.ec2.network_interfaces.get(&n.interface)?.clone(), n.zone.clone())))
        .ok_or_else(|| Refusal::unavailable(format!("the name of {balancer} resolves to nothing")))
}

fn end(eni: &NetworkInterface) -> End {
    End { ip: eni.ip, groups: eni.groups.clone() }
}

/// Checks a hop and notes it; says why if it is refused.
fn hop(
    region: &Region,
    (from, to, port): (&End, &End, u16),
    labels: (String, String),
    trace: &mut Trace,
) -> Option<String> {
    let refused = packet::allows(&region.ec2, from, to, port).err().map(|hop| hop.to_string());
    note(labels, refused, trace)
}

fn note(labels: (String, String), refused: Option<String>, trace: &mut Trace) -> Option<String> {
    trace.hops.push(Hop { from: labels.0, to: labels.1, refused: refused.clone() });
    refused
}

fn dropped(region: &Region, integration: &Integration, why: String) -> Destination {
    let timeout = Duration::from_millis(integration.timeout_in_millis);
    Destination::Dropped { why, after: region.apigatewayv2.delays.connect_timeout.min(timeout) }
}
