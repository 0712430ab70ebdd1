//! EC2 as the entry path needs it: VPCs, subnets, route tables, network ACLs, security groups and
//! their rules, network interfaces, tags. State and handlers, no IO.
//!
//! Other services use [`network_interface`] to place and release interfaces, and [`packet`] to ask
//! whether security groups let a connection pass.

mod authorize;
mod filter;
mod id;
pub mod network_interface;
pub mod packet;
mod permission;
mod reply;
pub mod route_table;
pub mod rule;
pub mod security_group;
pub mod subnet;
pub mod tags;
pub mod vpc;
pub mod zone;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::clock::SimTime;
use crate::world::{Handler, Region};

pub use network_interface::{NetworkInterface, NewInterface};
pub use route_table::{NetworkAcl, Route, RouteTable};
pub use rule::{Peer, PrefixList, Rule, Traffic};
pub use security_group::SecurityGroup;
pub use subnet::Subnet;
pub use tags::{tag, tagged};
pub use vpc::Vpc;

/// What exists of this service in one region, each kind by its id.
#[derive(Debug, Default, Serialize)]
pub struct State {
    /// `vpc-…`
    pub vpcs: BTreeMap<String, Vpc>,
    /// `subnet-…`
    pub subnets: BTreeMap<String, Subnet>,
    /// `rtb-…`
    pub route_tables: BTreeMap<String, RouteTable>,
    /// `acl-…`
    pub network_acls: BTreeMap<String, NetworkAcl>,
    /// `sg-…`
    pub security_groups: BTreeMap<String, SecurityGroup>,
    /// `sgr-…`, the rules of all groups.
    pub rules: BTreeMap<String, Rule>,
    /// `pl-…`, as AWS keeps them for its services.
    pub prefix_lists: BTreeMap<String, PrefixList>,
    /// `eni-…`
    pub network_interfaces: BTreeMap<String, NetworkInterface>,
}

impl State {
    /// The whole state, for `GET /_awsim/state`.
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// Passes states on to `now`: released network interfaces whose time has come are gone.
pub fn settle(region: &mut Region, now: SimTime) {
    region.ec2.network_interfaces.retain(|_, eni| eni.gone_at.is_none_or(|gone| gone > now));
}

/// The handler of an operation that is served.
pub fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "CreateVpc" => vpc::create,
        "DeleteVpc" => vpc::delete,
        "DescribeVpcs" => vpc::describe,
        "DescribeVpcAttribute" => vpc::describe_attribute,
        "ModifyVpcAttribute" => vpc::modify_attribute,
        "CreateSubnet" => subnet::create,
        "DeleteSubnet" => subnet::delete,
        "DescribeSubnets" => subnet::describe,
        "DescribeAvailabilityZones" => zone::describe,
        "DescribeRouteTables" => route_table::describe,
        "DescribeNetworkAcls" => route_table::describe_acls,
        "CreateSecurityGroup" => security_group::create,
        "DeleteSecurityGroup" => security_group::delete,
        "DescribeSecurityGroups" => security_group::describe,
        "DescribeStaleSecurityGroups" => security_group::describe_stale,
        "DescribeSecurityGroupReferences" => security_group::describe_references,
        "DescribeSecurityGroupRules" => rule::describe,
        "AuthorizeSecurityGroupIngress" => authorize::ingress,
        "AuthorizeSecurityGroupEgress" => authorize::egress,
        "RevokeSecurityGroupIngress" => authorize::revoke_ingress,
        "RevokeSecurityGroupEgress" => authorize::revoke_egress,
        "ModifySecurityGroupRules" => authorize::modify,
        "UpdateSecurityGroupRuleDescriptionsIngress" => authorize::describe_ingress,
        "UpdateSecurityGroupRuleDescriptionsEgress" => authorize::describe_egress,
        "DescribeNetworkInterfaces" => network_interface::describe,
        "CreateTags" => tags::create,
        "DeleteTags" => tags::delete,
        "DescribeTags" => tags::describe,
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
