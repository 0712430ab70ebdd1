//! `IpPermissions`: the older form of security-group rules, many peers under one protocol and port
//! range. Read into single rules, and rendered from them.

use ipnet::{Ipv4Net, Ipv6Net};
use serde_json::{Value, json};

use super::id;
use super::rule::{Peer, Rule, Traffic, peer_text};
use super::security_group::{self, SecurityGroup};
use crate::fault::Fault;
use crate::input::{list, number, text};
use crate::world::Region;

/// A rule as a caller asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Draft {
    pub traffic: Traffic,
    pub description: String,
}

/// Reads `IpPermissions`, or the single rule that the older members of the call make up
/// (`IpProtocol`, `FromPort`, `ToPort`, `CidrIp`), for rules of `group`.
///
/// # Errors
/// `MissingParameter`, `InvalidParameterValue`, `InvalidGroup.NotFound` and the like for what
/// cannot be a rule of the group.
pub(super) fn read(region: &Region, group: &SecurityGroup, input: &Value) -> Result<Vec<Draft>, Fault> {
    let flat = flat(input)?;
    let permissions = flat.as_ref().map_or(list(input, "IpPermissions"), std::slice::from_ref);
    if permissions.is_empty() {
        let message = "The request must contain the parameter ipPermissions.";
        return Err(Fault::bad("MissingParameter", message));
    }
    let mut drafts: Vec<Draft> = Vec::new();
    for permission in permissions {
        for draft in read_one(region, group, permission)? {
            if drafts.iter().any(|d| d.traffic == draft.traffic) {
                let message = "The same permission must not appear multiple times";
                return Err(Fault::bad("InvalidParameterValue", message));
            }
            drafts.push(draft);
        }
    }
    Ok(drafts)
}

/// The older members as one permission.
fn flat(input: &Value) -> Result<Option<Value>, Fault> {
    let Some(protocol) = text(input, "IpProtocol") else { return Ok(None) };
    if !list(input, "IpPermissions").is_empty() {
        let message = "The parameter 'ipPermissions' may not be used in combination with 'ipProtocol'";
        return Err(Fault::bad("InvalidParameterCombination", message));
    }
    let mut permission = json!({"IpProtocol": protocol});
    for port in ["FromPort", "ToPort"] {
        if let Some(number) = number(input, port) {
            permission[port] = json!(number);
        }
    }
    if let Some(cidr) = text(input, "CidrIp") {
        permission["IpRanges"] = json!([{"CidrIp": cidr}]);
    }
    if let Some(name) = text(input, "SourceSecurityGroupName") {
        permission["UserIdGroupPairs"] = json!([{"GroupName": name}]);
    }
    Ok(Some(permission))
}

fn read_one(region: &Region, group: &SecurityGroup, permission: &Value) -> Result<Vec<Draft>, Fault> {
    let protocol = protocol(text(permission, "IpProtocol").unwrap_or_default())?;
    let (from_port, to_port) =
        ports(&protocol, number(permission, "FromPort"), number(permission, "ToPort"))?;
    let mut drafts = Vec::new();
    let mut add = |peer: Peer, range: &Value| -> Result<(), Fault> {
        let description = description(text(range, "Description").unwrap_or_default())?;
        let traffic = Traffic { protocol: protocol.clone(), from_port, to_port, peer };
        drafts.push(Draft { traffic, description });
        Ok(())
    };
    for range in list(permission, "IpRanges") {
        let given = text(range, "CidrIp").unwrap_or_default();
        let net: Ipv4Net = given.parse().map_err(|_| malformed_block(given))?;
        add(Peer::Ipv4(net.trunc()), range)?;
    }
    for range in list(permission, "Ipv6Ranges") {
        let given = text(range, "CidrIpv6").unwrap_or_default();
        let net: Ipv6Net = given.parse().map_err(|_| malformed_block(given))?;
        add(Peer::Ipv6(net.trunc()), range)?;
    }
    for pair in list(permission, "UserIdGroupPairs") {
        add(Peer::Group(referenced(region, group, pair)?), pair)?;
    }
    for range in list(permission, "PrefixListIds") {
        let list = id::PREFIX_LIST.check(text(range, "PrefixListId").unwrap_or_default())?;
        if !region.ec2.prefix_lists.contains_key(list) {
            return Err(id::PREFIX_LIST.not_found(&[list]));
        }
        add(Peer::PrefixList(list.to_owned()), range)?;
    }
    if drafts.is_empty() {
        return Err(Fault::bad(
            "MissingParameter",
            "A permission must contain one of ipRanges, ipv6Ranges, userIdGroupPairs, prefixListIds.",
        ));
    }
    Ok(drafts)
}

fn malformed_block(given: &str) -> Fault {
    Fault::bad("InvalidParameterValue", format!("CIDR block {given} is malformed"))
}

/// Protocol names stay, numbers of named protocols become names, others stay numbers.
fn protocol(given: &str) -> Result<String, Fault> {
    let name = match given.to_lowercase().as_str() {
        "" => {
            let message = "The request must contain the parameter ipProtocol";
            return Err(Fault::bad("MissingParameter", message));
        }
        "tcp" | "6" => "tcp",
        "udp" | "17" => "udp",
        "icmp" | "1" => "icmp",
        "icmpv6" | "58" => "icmpv6",
        "-1" | "all" => "-1",
        other => match other.parse::<u8>() {
            Ok(number) => return Ok(number.to_string()),
            Err(_) => {
                let message = format!("Invalid value '{given}' for IP protocol. Unknown protocol.");
                return Err(Fault::bad("InvalidParameterValue", message));
            }
        },
    };
    Ok(name.to_owned())
}

/// Checks the port range or the ICMP type and code; all other protocols have none, whatever was
/// given (botocore, IpPermission.IpProtocol).
fn ports(protocol: &str, from: Option<i64>, to: Option<i64>) -> Result<(i64, i64), Fault> {
    let bad = |message: String| Err(Fault::bad("InvalidParameterValue", message));
    match (protocol, from, to) {
        ("tcp" | "udp", Some(from), Some(to)) => {
            if let Some(port) = [from, to].into_iter().find(|p| !(0..=65535).contains(p)) {
                return bad(format!("TCP/UDP port ({port}) out of range"));
            }
            if from > to {
                return bad(format!("Invalid TCP/UDP port range ({from}:{to})"));
            }
            Ok((from, to))
        }
        ("tcp" | "udp", _, _) => {
            bad("Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.".to_owned())
        }
        ("icmpv6", None, None) => Ok((-1, -1)),
        ("icmp" | "icmpv6", Some(from), Some(to)) => {
            if let Some(number) = [from, to].into_iter().find(|p| !(-1..=255).contains(p)) {
                return bad(format!("ICMP type or code ({number}) out of range"));
            }
            if from == -1 && to != -1 {
                return bad(format!("ICMP code ({to}) given for all ICMP types; it must be -1"));
            }
            Ok((from, to))
        }
        ("icmp" | "icmpv6", _, _) => {
            bad("Invalid value 'Must specify both type and code for ICMP.' for portRange.".to_owned())
        }
        _ => Ok((-1, -1)),
    }
}

/// Descriptions of rules: 255 characters of a set (botocore, IpRange.Description).
pub(super) fn description(given: &str) -> Result<String, Fault> {
    if security_group::plain(given) {
        return Ok(given.to_owned());
    }
    let message = "Invalid rule description. Valid descriptions are strings less than 256 characters \
                   from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*";
    Err(Fault::bad("InvalidParameterValue", message))
}

/// The group that a pair refers to: by id, of the same account and VPC (nothing is peered here).
fn referenced(region: &Region, group: &SecurityGroup, pair: &Value) -> Result<String, Fault> {
    let Some(id) = text(pair, "GroupId") else {
        return Err(match text(pair, "GroupName") {
            Some(name) => security_group::by_name(name),
            None => Fault::bad("MissingParameter", "Source group ID missing."),
        });
    };
    let other = security_group::find(&region.ec2, id)?;
    if text(pair, "UserId").is_some_and(|user| user != region.account) {
        return Err(id::SECURITY_GROUP.not_found(&[id]));
    }
    if other.vpc != group.vpc {
        let message = "You have specified two resources that belong to different networks.";
        return Err(Fault::bad("InvalidGroup.NotFound", message));
    }
    Ok(other.id.clone())
}

/// Rules of one direction as `IpPermissions`.
pub(super) fn render<'a>(region: &Region, rules: impl Iterator<Item = &'a Rule>) -> Value {
    let mut permissions: Vec<(Traffic, Value)> = Vec::new();
    for rule in rules {
        let same = |t: &Traffic| {
            (&t.protocol, t.from_port, t.to_port)
                == (&rule.traffic.protocol, rule.traffic.from_port, rule.traffic.to_port)
        };
        let at = permissions.iter().position(|(t, _)| same(t)).unwrap_or_else(|| {
            permissions.push((rule.traffic.clone(), empty(&rule.traffic)));
            permissions.len() - 1
        });
        let (member, mut peer) = match &rule.traffic.peer {
            Peer::Ipv4(_) => ("IpRanges", json!({"CidrIp": peer_text(&rule.traffic.peer)})),
            Peer::Ipv6(_) => ("Ipv6Ranges", json!({"CidrIpv6": peer_text(&rule.traffic.peer)})),
            Peer::Group(id) => ("UserIdGroupPairs", json!({"GroupId": id, "UserId": region.account})),
            Peer::PrefixList(id) => ("PrefixListIds", json!({"PrefixListId": id})),
        };
        if !rule.description.is_empty() {
            peer["Description"] = json!(rule.description);
        }
        if let Some(peers) = permissions[at].1[member].as_array_mut() {
            peers.push(peer);
        }
    }
    permissions.into_iter().map(|(_, value)| value).collect()
}

fn empty(traffic: &Traffic) -> Value {
    let mut value = json!({
        "IpProtocol": traffic.protocol,
        "IpRanges": [], "Ipv6Ranges": [], "UserIdGroupPairs": [], "PrefixListIds": [],
    });
    if traffic.has_ports() {
        value["FromPort"] = json!(traffic.from_port);
        value["ToPort"] = json!(traffic.to_port);
    }
    value
}
