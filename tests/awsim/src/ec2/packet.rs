//! Whether security groups let a TCP connection pass. Only the first packet counts: groups are
//! stateful, what answers it passes back.

use std::net::Ipv4Addr;

use super::{Peer, State, network_interface, subnet};

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

/// Checks a TCP connection from one end to a port of the other: the sender's outbound rules, then
/// the receiver's inbound ones. An end without groups is not guarded.
///
/// # Errors
/// The hop at which the packet is dropped; the sender sees a time-out, not a refusal.
pub fn allows(state: &State, from: &End, to: &End, port: u16) -> Result<(), Hop> {
    if !from.groups.is_empty() && !passes(state, &from.groups, true, to, port) {
        return Err(Hop::Egress { from: from.ip, groups: from.groups.clone(), to: to.ip, port });
    }
    if !to.groups.is_empty() && !passes(state, &to.groups, false, from, port) {
        return Err(Hop::Ingress { from: from.ip, groups: to.groups.clone(), to: to.ip, port });
    }
    Ok(())
}

fn passes(state: &State, groups: &[String], egress: bool, other: &End, port: u16) -> bool {
    state.rules.values().filter(|r| r.egress == egress && groups.contains(&r.group)).any(|rule| {
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
