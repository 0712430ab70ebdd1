//! The entries of network ACLs.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde::Serialize;
use serde_json::{Value, json};

use super::network_acl::{self, NetworkAcl};
use super::reply;
use crate::fault::Fault;
use crate::input::{flag, number, text};
use crate::quota::Quota;
use crate::world::Call;

/// The number of the last entry, which every ACL has and nobody can change (botocore,
/// CreateNetworkAclEntry: rule numbers go to 32766).
const LAST: u16 = 32767;

/// One entry; its number and direction are its place in the ACL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Protocol number, or `-1` for all.
    pub protocol: String,
    /// Allows, else denies.
    pub allow: bool,
    /// The addresses at the other end.
    pub cidr: IpNet,
    /// Destination ports, for TCP and UDP.
    pub ports: Option<(u16, u16)>,
    /// Type and code, for ICMP; -1 is all.
    pub icmp: Option<(i64, i64)>,
}

impl Entry {
    /// Whether it speaks of a TCP packet to or from `other` with destination `port`.
    pub fn fits_tcp(&self, other: Ipv4Addr, port: u16) -> bool {
        let ports = match (self.protocol.as_str(), self.ports) {
            ("-1", _) => true,
            ("6", Some((from, to))) => (from..=to).contains(&port),
            _ => false,
        };
        ports && matches!(self.cidr, IpNet::V4(net) if net.contains(&other))
    }

    fn denies_all() -> Entry {
        let cidr = IpNet::V4(Ipv4Net::default());
        Entry { protocol: "-1".to_owned(), allow: false, cidr, ports: None, icmp: None }
    }
}

/// CreateNetworkAclEntry.
pub fn create(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let (acl, number, entry) = (acl(call, input)?, rule_number(input)?, read(input)?);
    let entries = entries(&acl, input);
    if entries.contains_key(&number) {
        let message = format!("The network acl entry identified by {number} already exists.");
        return Err(Fault::bad("NetworkAclEntryAlreadyExists", message));
    }
    // In each direction, and without the last one, which denies (VPC quotas).
    if entries.len() >= call.options.quotas.get(Quota::RulesPerNetworkAcl) {
        let message = "The maximum number of network acl entries has been reached.";
        return Err(Fault::bad("NetworkAclEntryLimitExceeded", message));
    }
    set(call, input, number, Some(entry))
}

/// ReplaceNetworkAclEntry.
pub fn replace(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let (acl, number, entry) = (acl(call, input)?, rule_number(input)?, read(input)?);
    there(&acl, input, number)?;
    set(call, input, number, Some(entry))
}

/// DeleteNetworkAclEntry.
pub fn delete(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let (acl, number) = (acl(call, input)?, rule_number(input)?);
    there(&acl, input, number)?;
    set(call, input, number, None)
}

fn acl(call: &Call<'_>, input: &Value) -> Result<NetworkAcl, Fault> {
    network_acl::find(&call.region.ec2, text(input, "NetworkAclId").unwrap_or_default()).cloned()
}

fn entries<'a>(acl: &'a NetworkAcl, input: &Value) -> &'a BTreeMap<u16, Entry> {
    if flag(input, "Egress") == Some(true) { &acl.egress } else { &acl.ingress }
}

fn there(acl: &NetworkAcl, input: &Value, number: u16) -> Result<(), Fault> {
    if entries(acl, input).contains_key(&number) {
        return Ok(());
    }
    let message = format!("The network acl entry identified by {number} does not exist");
    Err(Fault::bad("InvalidNetworkAclEntry.NotFound", message))
}

/// Puts an entry at its place, or takes it away.
fn set(call: &mut Call<'_>, input: &Value, number: u16, entry: Option<Entry>) -> Result<Value, Fault> {
    reply::unless_dry_run(input)?;
    let id = text(input, "NetworkAclId").unwrap_or_default();
    if let Some(acl) = call.region.ec2.network_acls.get_mut(id) {
        let entries = if flag(input, "Egress") == Some(true) { &mut acl.egress } else { &mut acl.ingress };
        match entry {
            Some(entry) => entries.insert(number, entry),
            None => entries.remove(&number),
        };
    }
    Ok(json!({}))
}

fn rule_number(input: &Value) -> Result<u16, Fault> {
    let given = number(input, "RuleNumber").unwrap_or_default();
    match u16::try_from(given) {
        Ok(number) if (1..LAST).contains(&number) => Ok(number),
        _ => Err(Fault::bad(
            "InvalidParameterValue",
            format!(
                "Value ({given}) for parameter ruleNumber is invalid. It must be from 1 to {}.",
                LAST - 1
            ),
        )),
    }
}

fn read(input: &Value) -> Result<Entry, Fault> {
    let protocol = protocol(text(input, "Protocol").unwrap_or_default())?;
    let ports = match protocol.as_str() {
        "6" | "17" => Some(ports(input)?),
        _ => None,
    };
    let icmp = match protocol.as_str() {
        "1" | "58" => Some(icmp(input)?),
        _ => None,
    };
    let allow = text(input, "RuleAction") == Some("allow");
    Ok(Entry { protocol, allow, cidr: cidr(input)?, ports, icmp })
}

/// Protocol numbers; the names that `entry.protocol` knows too.
fn protocol(given: &str) -> Result<String, Fault> {
    match given.to_lowercase().as_str() {
        "-1" | "all" => Ok("-1".to_owned()),
        "tcp" => Ok("6".to_owned()),
        "udp" => Ok("17".to_owned()),
        "icmp" => Ok("1".to_owned()),
        other => match other.parse::<u8>() {
            Ok(number) => Ok(number.to_string()),
            Err(_) => Err(Fault::bad(
                "InvalidParameterValue",
                format!("Invalid value '{given}' for IP protocol. Unknown protocol."),
            )),
        },
    }
}

fn cidr(input: &Value) -> Result<IpNet, Fault> {
    let bad = |given: &str, member: &str| {
        let message =
            format!("Value ({given}) for parameter {member} is invalid. This is not a valid CIDR block.");
        Fault::bad("InvalidParameterValue", message)
    };
    match (text(input, "CidrBlock"), text(input, "Ipv6CidrBlock")) {
        (Some(given), None) => {
            let net = given.parse::<Ipv4Net>().map_err(|_| bad(given, "cidrBlock"))?;
            Ok(IpNet::V4(net.trunc()))
        }
        (None, Some(given)) => {
            let net = given.parse::<Ipv6Net>().map_err(|_| bad(given, "ipv6CidrBlock"))?;
            Ok(IpNet::V6(net.trunc()))
        }
        (None, None) => {
            Err(Fault::bad("MissingParameter", "Either 'cidrBlock' or 'ipv6CidrBlock' should be provided."))
        }
        (Some(_), Some(_)) => Err(Fault::bad(
            "InvalidParameterCombination",
            "The parameter 'cidrBlock' may not be used in combination with 'ipv6CidrBlock'",
        )),
    }
}

/// botocore, CreateNetworkAclEntry.PortRange: required for TCP and UDP.
fn ports(input: &Value) -> Result<(u16, u16), Fault> {
    let range = input.get("PortRange").ok_or_else(|| reply::missing("portRange"))?;
    let port = |member: &str| {
        let given = number(range, member).ok_or_else(|| reply::missing(&format!("portRange.{member}")))?;
        u16::try_from(given)
            .map_err(|_| Fault::bad("InvalidParameterValue", format!("TCP/UDP port ({given}) out of range")))
    };
    let (from, to) = (port("From")?, port("To")?);
    if from > to {
        let message = format!("Invalid TCP/UDP port range ({from}:{to})");
        return Err(Fault::bad("InvalidParameterValue", message));
    }
    Ok((from, to))
}

/// botocore, CreateNetworkAclEntry.IcmpTypeCode: required for ICMP.
fn icmp(input: &Value) -> Result<(i64, i64), Fault> {
    let given = input.get("IcmpTypeCode").ok_or_else(|| reply::missing("icmpTypeCode"))?;
    let part = |member: &str| {
        let value = number(given, member).ok_or_else(|| reply::missing(&format!("icmpTypeCode.{member}")))?;
        if (-1..=255).contains(&value) {
            return Ok(value);
        }
        Err(Fault::bad("InvalidParameterValue", format!("ICMP type or code ({value}) out of range")))
    };
    Ok((part("Type")?, part("Code")?))
}

/// Every entry with its direction and number, outbound ones first, the last one of each direction
/// included.
fn all(acl: &NetworkAcl) -> Vec<(bool, u16, Entry)> {
    let direction = |egress: bool, entries: &BTreeMap<u16, Entry>| {
        let mut all: Vec<_> =
            entries.iter().map(|(number, entry)| (egress, *number, entry.clone())).collect();
        all.push((egress, LAST, Entry::denies_all()));
        all
    };
    [direction(true, &acl.egress), direction(false, &acl.ingress)].concat()
}

/// What the entries of an ACL have for a filter `entry.NAME`.
pub fn fields(acl: &NetworkAcl, name: &str) -> Vec<String> {
    let of = |(egress, number, entry): (bool, u16, Entry)| -> Vec<String> {
        match (name, entry.cidr) {
            ("cidr", IpNet::V4(net)) => vec![net.to_string()],
            ("ipv6-cidr", IpNet::V6(net)) => vec![net.to_string()],
            ("egress", _) => vec![egress.to_string()],
            ("icmp.type", _) => entry.icmp.iter().map(|(kind, _)| kind.to_string()).collect(),
            ("icmp.code", _) => entry.icmp.iter().map(|(_, code)| code.to_string()).collect(),
            ("port-range.from", _) => entry.ports.iter().map(|(from, _)| from.to_string()).collect(),
            ("port-range.to", _) => entry.ports.iter().map(|(_, to)| to.to_string()).collect(),
            ("protocol", _) => {
                let named = match entry.protocol.as_str() {
                    "6" => Some("tcp"),
                    "17" => Some("udp"),
                    "1" => Some("icmp"),
                    _ => None,
                };
                named.map(str::to_owned).into_iter().chain([entry.protocol]).collect()
            }
            ("rule-action", _) => vec![action(&entry).to_owned()],
            ("rule-number", _) => vec![number.to_string()],
            _ => Vec::new(),
        }
    };
    all(acl).into_iter().flat_map(of).collect()
}

fn action(entry: &Entry) -> &'static str {
    if entry.allow { "allow" } else { "deny" }
}

/// The entries as DescribeNetworkAcls answers them.
pub fn render(acl: &NetworkAcl) -> Value {
    let one = |(egress, number, entry): (bool, u16, Entry)| {
        let mut value = json!({
            "Egress": egress, "RuleNumber": number, "Protocol": entry.protocol, "RuleAction": action(&entry),
        });
        match entry.cidr {
            IpNet::V4(net) => value["CidrBlock"] = json!(net.to_string()),
            IpNet::V6(net) => value["Ipv6CidrBlock"] = json!(net.to_string()),
        }
        if let Some((from, to)) = entry.ports {
            value["PortRange"] = json!({"From": from, "To": to});
        }
        if let Some((kind, code)) = entry.icmp {
            value["IcmpTypeCode"] = json!({"Type": kind, "Code": code});
        }
        value
    };
    all(acl).into_iter().map(one).collect()
}
