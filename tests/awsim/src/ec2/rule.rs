//! Security-group rules: each is an object of its own with id and tags.

use std::net::Ipv4Addr;

use ipnet::{Ipv4Net, Ipv6Net};
use serde::Serialize;
use serde_json::{Value, json};

use super::{State, filter, id, reply};
use crate::fault::Fault;
use crate::ids::Ids;
use crate::input::texts;
use crate::world::{Call, Region, Tags};

/// One rule of a security group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// `sgr-…`
    pub id: String,
    /// The group that it belongs to.
    pub group: String,
    /// Outbound, else inbound.
    pub egress: bool,
    /// What it lets pass: unique in its group and direction.
    #[serde(flatten)]
    pub traffic: Traffic,
    /// Empty is none.
    pub description: String,
    /// Tags by key.
    pub tags: Tags,
}

/// What a rule lets pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Traffic {
    /// `tcp`, `udp`, `icmp`, `icmpv6`, a protocol number, or `-1` for all.
    pub protocol: String,
    /// First port or ICMP type; -1 is all.
    pub from_port: i64,
    /// Last port or ICMP code; -1 is all.
    pub to_port: i64,
    /// Who is at the other end.
    pub peer: Peer,
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
    /// The addresses of a prefix list.
    PrefixList(String),
}

/// `0.0.0.0/0`
pub fn anywhere() -> Peer {
    Peer::Ipv4(Ipv4Net::new_assert(Ipv4Addr::UNSPECIFIED, 0))
}

impl Traffic {
    /// Everything from or to `peer`.
    pub fn all(peer: Peer) -> Traffic {
        Traffic { protocol: "-1".to_owned(), from_port: -1, to_port: -1, peer }
    }

    /// Whether it has ports or ICMP types at all.
    pub fn has_ports(&self) -> bool {
        matches!(self.protocol.as_str(), "tcp" | "udp" | "icmp" | "icmpv6")
    }

    /// As `InvalidPermission.Duplicate` words it.
    pub fn words(&self) -> String {
        let (peer, protocol) = (peer_text(&self.peer), self.protocol.to_uppercase());
        let (from, to) = (self.from_port, self.to_port);
        match self.protocol.as_str() {
            "tcp" | "udp" => format!("peer: {peer}, {protocol}, from port: {from}, to port: {to}, ALLOW"),
            "icmp" | "icmpv6" => format!("peer: {peer}, {protocol}, type: {from}, code: {to}, ALLOW"),
            "-1" => format!("peer: {peer}, ALL, ALLOW"),
            _ => format!("peer: {peer}, {protocol}, ALLOW"),
        }
    }
}

/// The block or the id.
pub fn peer_text(peer: &Peer) -> String {
    match peer {
        Peer::Ipv4(net) => net.to_string(),
        Peer::Ipv6(net) => net.to_string(),
        Peer::Group(id) | Peer::PrefixList(id) => id.clone(),
    }
}

/// Adds a rule without further checks; returns its id.
pub(super) fn insert(
    state: &mut State,
    ids: &mut Ids,
    group: &str,
    egress: bool,
    traffic: Traffic,
    description: &str,
    tags: Tags,
) -> String {
    let id = ids.ec2("sgr");
    let (group, description) = (group.to_owned(), description.to_owned());
    let rule = Rule { id: id.clone(), group, egress, traffic, description, tags };
    state.rules.insert(rule);
    id
}

/// How many rules of one direction count against the quota of a group, for IPv4 and for IPv6:
/// one with a group counts for both, one with a prefix list as many as the list may have
/// (VPC quotas).
pub(super) fn count(state: &State, group: &str, egress: bool) -> (usize, usize) {
    let rules = state.rules.of(group).filter(|r| r.egress == egress);
    rules.fold((0, 0), |(v4, v6), rule| match &rule.traffic.peer {
        Peer::Ipv4(_) => (v4 + 1, v6),
        Peer::Ipv6(_) => (v4, v6 + 1),
        Peer::Group(_) => (v4 + 1, v6 + 1),
        Peer::PrefixList(id) => {
            let entries = state.prefix_lists.get(id).map_or(1, |l| l.max_entries);
            (v4 + entries, v6 + entries)
        }
    })
}

/// DescribeSecurityGroupRules.
pub fn describe(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    reply::unless_dry_run(input)?;
    let region = &*call.region;
    let ids = texts(input, "SecurityGroupRuleIds");
    id::RULE.check_all(&ids, |id| region.ec2.rules.contains_key(id))?;
    let filters = filter::read(input, &["group-id", "security-group-rule-id", "tag:", "tag-key"])?;
    let mut rules: Vec<&Rule> = match (&ids[..], filters.exactly("group-id")) {
        ([], Some(groups)) => groups.into_iter().flat_map(|group| region.ec2.rules.of(group)).collect(),
        ([], None) => region.ec2.rules.values().collect(),
        (ids, _) => ids.iter().filter_map(|id| region.ec2.rules.get(id)).collect(),
    };
    rules.sort_by(|a, b| a.id.cmp(&b.id));
    rules.dedup_by(|a, b| a.id == b.id);
    let found = rules.into_iter().filter(|r| {
        filters.pass(&r.tags, |name| vec![if name == "group-id" { r.group.clone() } else { r.id.clone() }])
    });
    let found = found.map(|r| (r.id.clone(), r)).collect();
    reply::pages_of(input, "SecurityGroupRules", found, |r| render(region, r))
}

/// A rule as DescribeSecurityGroupRules and Authorize… return it.
pub(super) fn render(region: &Region, rule: &Rule) -> Value {
    let mut value = json!({
        "SecurityGroupRuleId": rule.id,
        "SecurityGroupRuleArn": region.arn("ec2", &format!("security-group-rule/{}", rule.id)),
        "GroupId": rule.group,
        "GroupOwnerId": region.account,
        "IsEgress": rule.egress,
        "IpProtocol": rule.traffic.protocol,
        "FromPort": rule.traffic.from_port,
        "ToPort": rule.traffic.to_port,
        "Tags": reply::tags(&rule.tags),
    });
    match &rule.traffic.peer {
        Peer::Ipv4(net) => value["CidrIpv4"] = json!(net.to_string()),
        Peer::Ipv6(net) => value["CidrIpv6"] = json!(net.to_string()),
        Peer::PrefixList(id) => value["PrefixListId"] = json!(id),
        Peer::Group(id) => {
            value["ReferencedGroupInfo"] = json!({"GroupId": id, "UserId": region.account});
        }
    }
    if !rule.description.is_empty() {
        value["Description"] = json!(rule.description);
    }
    value
}

/// A rule as Revoke… returns it.
pub(super) fn render_revoked(rule: &Rule) -> Value {
    let mut value = json!({
        "SecurityGroupRuleId": rule.id,
        "GroupId": rule.group,
        "IsEgress": rule.egress,
        "IpProtocol": rule.traffic.protocol,
        "FromPort": rule.traffic.from_port,
        "ToPort": rule.traffic.to_port,
    });
    let member = match &rule.traffic.peer {
        Peer::Ipv4(_) => "CidrIpv4",
        Peer::Ipv6(_) => "CidrIpv6",
        Peer::PrefixList(_) => "PrefixListId",
        Peer::Group(_) => "ReferencedGroupId",
    };
    value[member] = json!(peer_text(&rule.traffic.peer));
    if !rule.description.is_empty() {
        value["Description"] = json!(rule.description);
    }
    value
}
