//! Security groups and their rules.

use ipnet::{Ipv4Net, Ipv6Net};
use serde::Serialize;

use crate::world::Tags;

/// One security group; its rules are in [`super::State::rules`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SecurityGroup {
    /// `sg-…`
    pub id: String,
    /// Unique in its VPC whatever the case of its letters.
    pub name: String,
    /// Cannot be changed.
    pub description: String,
    /// The VPC that it belongs to.
    pub vpc: String,
    /// Tags by key.
    pub tags: Tags,
}

/// One rule of a security group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// `sgr-…`
    pub id: String,
    /// The group that it belongs to.
    pub group: String,
    /// Outbound, else inbound.
    pub egress: bool,
    /// `tcp`, `udp`, `icmp`, `icmpv6`, a protocol number, or `-1` for all.
    pub protocol: String,
    /// First port or ICMP type; -1 is all.
    pub from_port: i64,
    /// Last port or ICMP code; -1 is all.
    pub to_port: i64,
    /// Who is at the other end.
    pub peer: Peer,
    /// Empty is none.
    pub description: String,
    /// Tags by key.
    pub tags: Tags,
}

/// The other end of a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Peer {
    /// IPv4 addresses.
    Ipv4(Ipv4Net),
    /// IPv6 addresses.
    Ipv6(Ipv6Net),
    /// Whoever carries this security group.
    Group(String),
    /// A managed prefix list.
    PrefixList(String),
}
