//! Whether security groups and network ACLs let a TCP connection pass. Groups are stateful: what
//! answers the first packet passes back. Network ACLs are not: between two subnets, both must let
//! the packet pass and the answer too.

use std::net::Ipv4Addr;

use super::{Peer, State, network_acl, network_interface, subnet};

/// Stands for the sender's port, to which answers go: of the range that every system in use draws
/// from (VPC user guide, "Ephemeral ports": 1024-65535 for load balancers, 32768-60999 for Linux).
const EPHEMERAL: u16 = 50_000;

/// One end of a connection: its address and the security groups it carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// The simulated address.
    pub ip: Ipv4Addr,
    /// Empty: no security group guards this end (a network load balancer made without one).
    pub groups: Vec<String>,
}

/// Where a packet is dropped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Hop {
    /// No outbound rule of the sender's groups lets it out.
    #[error("no egress rule of {groups:?} lets {from} reach {to}:{port}")]
    Egress {
        /// Sender.
        from: Ipv4Addr,
        /// The sender's groups.
        groups: Vec<String>,
        /// Receiver.
        to: Ipv4Addr,
        /// Destination port.
        port: u16,
    },
    /// A network ACL denies the packet, or the answer to it.
    #[error("network ACL {acl} of {subnet} denies what goes from {from} to {to}:{port}")]
    Acl {
        /// The ACL.
        acl: String,
        /// The subnet that has it.
        subnet: String,
        /// Sender of the packet that is denied.
        from: Ipv4Addr,
        /// Its receiver.
        to: Ipv4Addr,
        /// Its destination port.
        port: u16,
    },
    /// No inbound rule of the receiver's groups lets it in.
    #[error("no ingress rule of {groups:?} lets {from} reach {to}:{port}")]
    Ingress {
        /// Sender.
        from: Ipv4Addr,
        /// The receiver's groups.
        groups: Vec<String>,
        /// Receiver.
        to: Ipv4Addr,
        /// Destination port.
        port: u16,
    },
}

/// The end at `ip`: the groups of the network interface that holds it; an address without one is a
/// pod's and carries its VPC's pod groups; outside every VPC no group guards it.
pub fn end(state: &State, ip: Ipv4Addr) -> End {
    let groups = match network_interface::owner_of(state, ip) {
        Some(eni) => eni.groups.clone(),
        None => {
            let vpc = state.vpcs.values().find(|v| subnet::of_address(state, &v.id, ip).is_some());
            vpc.map(|v| v.pod_groups.clone()).unwrap_or_default()
        }
    };
    End { ip, groups }
}

/// Checks a TCP connection from one end to a port of the other: the sender's outbound rules, the
/// network ACLs of both subnets, then the receiver's inbound rules. An end without groups is not
/// guarded by any.
///
/// # Errors
/// The hop at which the packet is dropped; the sender sees a time-out, not a refusal.
pub fn allows(state: &State, from: &End, to: &End, port: u16) -> Result<(), Hop> {
    if !from.groups.is_empty() && !passes(state, &from.groups, true, to, port) {
        return Err(Hop::Egress { from: from.ip, groups: from.groups.clone(), to: to.ip, port });
    }
    acls(state, (from.ip, to.ip), port)?;
    acls(state, (to.ip, from.ip), EPHEMERAL)?;
    if !to.groups.is_empty() && !passes(state, &to.groups, false, from, port) {
        return Err(Hop::Ingress { from: from.ip, groups: to.groups.clone(), to: to.ip, port });
    }
    Ok(())
}

/// Checks an established TCP connection: security groups remember it whatever becomes of their rules,
/// network ACLs look at every packet (EC2 user guide, "Security group connection tracking").
///
/// # Errors
/// The ACL that drops its packets.
pub fn established(state: &State, from: Ipv4Addr, to: Ipv4Addr, port: u16) -> Result<(), Hop> {
    acls(state, (from, to), port)?;
    acls(state, (to, from), EPHEMERAL)
}

/// Checks a packet against the ACLs on its way: out of the sender's subnet, into the receiver's. No
/// ACL looks at what stays in a subnet (VPC user guide, "Network ACL basics").
fn acls(state: &State, (from, to): (Ipv4Addr, Ipv4Addr), port: u16) -> Result<(), Hop> {
    let (out_of, into) = (network_acl::of_address(state, from), network_acl::of_address(state, to));
    if let (Some((a, _)), Some((b, _))) = (out_of, into)
        && a.id == b.id
    {
        return Ok(());
    }
    for (place, egress, other) in [(out_of, true, to), (into, false, from)] {
        if let Some((subnet, acl)) = place
            && !acl.passes(egress, other, port)
        {
            return Err(Hop::Acl { acl: acl.id.clone(), subnet: subnet.id.clone(), from, to, port });
        }
    }
    Ok(())
}

fn passes(state: &State, groups: &[String], egress: bool, other: &End, port: u16) -> bool {
    groups.iter().flat_map(|group| state.rules.of(group)).filter(|r| r.egress == egress).any(|rule| {
        let traffic = &rule.traffic;
        let range = traffic.from_port..=traffic.to_port;
        let ports =
            traffic.protocol == "-1" || (traffic.protocol == "tcp" && range.contains(&i64::from(port)));
        let peer = match &traffic.peer {
            Peer::Ipv4(net) => net.contains(&other.ip),
            Peer::Group(group) => other.groups.contains(group),
            Peer::PrefixList(id) => {
                state.prefix_lists.get(id).is_some_and(|l| l.entries.iter().any(|e| e.contains(&other.ip)))
            }
            Peer::Ipv6(_) => false,
        };
        ports && peer
    })
}
