//! Network ACLs: numbered entries that let packets into a subnet and out of it, the lowest number
//! first. Every subnet has one: its VPC's default ACL until it is given another.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnet::{IpNet, Ipv4Net};
use serde::Serialize;
use serde_json::{Value, json};

use super::network_acl_entry::{self, Entry};
use super::subnet::Subnet;
use super::{State, filter, id, reply, tags, vpc};
use crate::fault::Fault;
use crate::input::{text, texts};
use crate::quota::Quota;
use crate::world::{Call, Tags};

/// One network ACL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NetworkAcl {
    /// `acl-…`
    pub id: String,
    /// The VPC that it belongs to.
    pub vpc: String,
    /// Whether it is the VPC's default one, which cannot be deleted.
    pub default: bool,
    /// Entries for what comes into a subnet, by number from 1 to 32766. What none of them fits is
    /// denied.
    pub ingress: BTreeMap<u16, Entry>,
    /// Entries for what leaves a subnet.
    pub egress: BTreeMap<u16, Entry>,
    /// Tags by key.
    pub tags: Tags,
}

/// A subnet's place with an ACL that was chosen for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Association {
    /// `aclassoc-…`
    pub id: String,
    /// The ACL.
    pub acl: String,
}

impl NetworkAcl {
    /// The ACL that comes with a VPC: it lets everything pass (VPC user guide, "Default network
    /// ACL").
    pub fn default_of(id: String, vpc: &str) -> NetworkAcl {
        let all = Entry {
            protocol: "-1".to_owned(),
            allow: true,
            cidr: IpNet::V4(Ipv4Net::default()),
            ports: None,
            icmp: None,
        };
        NetworkAcl {
            id,
            vpc: vpc.to_owned(),
            default: true,
            ingress: BTreeMap::from([(100, all.clone())]),
            egress: BTreeMap::from([(100, all)]),
            tags: Tags::new(),
        }
    }

    /// Whether it lets a TCP packet pass to or from `other`; `port` is the packet's destination.
    pub fn passes(&self, egress: bool, other: Ipv4Addr, port: u16) -> bool {
        let entries = if egress { &self.egress } else { &self.ingress };
        entries.values().find(|entry| entry.fits_tcp(other, port)).is_some_and(|entry| entry.allow)
    }
}

/// The ACL of the subnet that holds `ip`; `None` outside every subnet.
pub fn of_address(state: &State, ip: Ipv4Addr) -> Option<(&Subnet, &NetworkAcl)> {
    let subnet = state.subnets.values().find(|s| s.cidr.contains(&ip))?;
    Some((subnet, state.network_acls.get(&association(state, subnet).acl)?))
}

/// What a subnet is associated with: until another is chosen, its VPC's default ACL.
fn association(state: &State, subnet: &Subnet) -> Association {
    state.acl_associations.get(&subnet.id).cloned().unwrap_or_else(|| {
        let default = state.network_acls.values().find(|acl| acl.default && acl.vpc == subnet.vpc);
        Association {
            id: subnet.id.replacen("subnet-", "aclassoc-", 1),
            acl: default.map(|acl| acl.id.clone()).unwrap_or_default(),
        }
    })
}

/// Subnet and association id of every subnet that has this ACL.
fn associations(state: &State, acl: &str) -> Vec<(String, String)> {
    let all = state.subnets.values().map(|subnet| (subnet.id.clone(), association(state, subnet)));
    all.filter(|(_, of)| of.acl == acl).map(|(subnet, of)| (subnet, of.id)).collect()
}

/// The ACL with this id.
///
/// # Errors
/// `InvalidNetworkAclId.Malformed` or `InvalidNetworkAclID.NotFound`.
pub fn find<'a>(state: &'a State, id: &str) -> Result<&'a NetworkAcl, Fault> {
    id::NETWORK_ACL.check(id)?;
    state.network_acls.get(id).ok_or_else(|| id::NETWORK_ACL.not_found(&[id]))
}

/// CreateNetworkAcl: the new one denies everything.
pub fn create(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let state = &call.region.ec2;
    let earlier = state.tokens.earlier("CreateNetworkAcl", input)?.map(str::to_owned);
    let vpc = vpc::find(state, text(input, "VpcId").unwrap_or_default())?.id.clone();
    let tags = tags::on_create(call.options, input, id::NETWORK_ACL)?;
    let there = state.network_acls.values().filter(|acl| acl.vpc == vpc).count();
    if earlier.is_none() && there >= call.options.quotas.get(Quota::NetworkAclsPerVpc) {
        let message = "The maximum number of network acls has been reached.";
        return Err(Fault::bad("NetworkAclLimitExceeded", message));
    }
    reply::unless_dry_run(input)?;
    let id = earlier.unwrap_or_else(|| {
        let id = call.ids.ec2("acl");
        let none = BTreeMap::new();
        let acl =
            NetworkAcl { id: id.clone(), vpc, default: false, ingress: none.clone(), egress: none, tags };
        call.region.ec2.network_acls.insert(id.clone(), acl);
        call.region.ec2.tokens.remember("CreateNetworkAcl", input, &id);
        id
    });
    let mut reply =
        json!({"NetworkAcl": render(&call.region.ec2, find(&call.region.ec2, &id)?, &call.region.account)});
    if let Some(token) = text(input, "ClientToken") {
        reply["ClientToken"] = json!(token);
    }
    Ok(reply)
}

/// DeleteNetworkAcl: not the default one, and not while a subnet has it.
pub fn delete(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let state = &mut call.region.ec2;
    let acl = find(state, text(input, "NetworkAclId").unwrap_or_default())?;
    let id = acl.id.clone();
    if acl.default {
        let message = format!("cannot delete default network ACL {id}");
        return Err(Fault::bad("InvalidParameterValue", message));
    }
    if !associations(state, &id).is_empty() {
        return Err(reply::dependency("networkAcl", &id));
    }
    reply::unless_dry_run(input)?;
    state.network_acls.remove(&id);
    state.tokens.forget(&id);
    Ok(json!({}))
}

/// ReplaceNetworkAclAssociation: the subnet's new association has a new id, also if the ACL is the
/// same (botocore calls that idempotent: nothing else changes).
pub fn replace_association(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let old = text(input, "AssociationId").unwrap_or_default();
    let state = &mut call.region.ec2;
    let acl = find(state, text(input, "NetworkAclId").unwrap_or_default())?;
    let subnet = state.subnets.values().find(|subnet| association(state, subnet).id == old);
    let subnet = subnet.ok_or_else(|| id::no_association(old))?;
    if subnet.vpc != acl.vpc {
        let message = format!("networkAcl {} and subnet {} belong to different networks", acl.id, subnet.id);
        return Err(Fault::bad("InvalidParameterValue", message));
    }
    reply::unless_dry_run(input)?;
    let (subnet, acl) = (subnet.id.clone(), acl.id.clone());
    let id = call.ids.ec2("aclassoc");
    state.acl_associations.insert(subnet, Association { id: id.clone(), acl });
    Ok(json!({"NewAssociationId": id}))
}

/// DescribeNetworkAcls.
pub fn describe(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    const FILTERS: [&str; 19] = [
        "association.association-id",
        "association.network-acl-id",
        "association.subnet-id",
        "default",
        "entry.cidr",
        "entry.egress",
        "entry.icmp.code",
        "entry.icmp.type",
        "entry.ipv6-cidr",
        "entry.port-range.from",
        "entry.port-range.to",
        "entry.protocol",
        "entry.rule-action",
        "entry.rule-number",
        "network-acl-id",
        "owner-id",
        "vpc-id",
        "tag:",
        "tag-key",
    ];
    reply::unless_dry_run(input)?;
    let state = &call.region.ec2;
    let ids = texts(input, "NetworkAclIds");
    id::NETWORK_ACL.check_all(&ids, |id| state.network_acls.contains_key(id))?;
    let filters = filter::read(input, &FILTERS)?;
    let found = state.network_acls.values().filter(|a| ids.is_empty() || ids.contains(&a.id));
    let found =
        found.filter(|acl| filters.pass(&acl.tags, |name| field(state, acl, name, &call.region.account)));
    let found = found.map(|a| (a.id.clone(), render(state, a, &call.region.account))).collect();
    reply::pages(input, "NetworkAcls", found)
}

fn field(state: &State, acl: &NetworkAcl, name: &str, account: &str) -> Vec<String> {
    if let Some(name) = name.strip_prefix("entry.") {
        return network_acl_entry::fields(acl, name);
    }
    match name {
        "association.association-id" => associations(state, &acl.id).into_iter().map(|(_, id)| id).collect(),
        "association.subnet-id" => associations(state, &acl.id).into_iter().map(|(s, _)| s).collect(),
        "association.network-acl-id" => associations(state, &acl.id).iter().map(|_| acl.id.clone()).collect(),
        "default" => vec![acl.default.to_string()],
        "owner-id" => vec![account.to_owned()],
        "vpc-id" => vec![acl.vpc.clone()],
        _ => vec![acl.id.clone()],
    }
}

fn render(state: &State, acl: &NetworkAcl, account: &str) -> Value {
    let associations = associations(state, &acl.id).into_iter().map(
        |(subnet, id)| json!({"NetworkAclAssociationId": id, "NetworkAclId": acl.id, "SubnetId": subnet}),
    );
    json!({
        "NetworkAclId": acl.id,
        "VpcId": acl.vpc,
        "OwnerId": account,
        "IsDefault": acl.default,
        "Associations": associations.collect::<Vec<Value>>(),
        "Entries": network_acl_entry::render(acl),
        "Tags": reply::tags(&acl.tags),
    })
}
