//! EC2 as the entry path needs it: VPCs, subnets, route tables, network ACLs, security groups and
//! their rules, network interfaces, VPC endpoints, prefix lists, tags. State and handlers, no IO.
//!
//! Other services use [`network_interface`] to place and release interfaces, and [`packet`] to ask
//! whether security groups and network ACLs let a connection pass.

mod authorize;
mod delays;
mod endpoint_service;
pub(crate) mod filter;
pub(crate) mod id;
pub mod network_acl;
pub mod network_acl_entry;
pub mod network_interface;
mod own_interface;
pub mod packet;
mod permission;
pub mod prefix_list;
mod region;
mod reply;
pub mod route_table;
pub mod rule;
pub mod rules;
pub mod security_group;
pub mod subnet;
pub mod tags;
mod token;
pub mod vpc;
pub mod vpc_endpoint;
pub mod zone;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::clock::SimTime;
use crate::world::{Handler, Region};

pub use delays::Delays;
pub use network_acl::NetworkAcl;
pub use network_interface::{NetworkInterface, NewInterface};
pub use prefix_list::PrefixList;
pub use route_table::{Route, RouteTable};
pub use rule::{Peer, Rule, Traffic};
pub use rules::Rules;
pub use security_group::SecurityGroup;
pub use subnet::Subnet;
pub use tags::{tag, tagged, tags_of};
pub use token::Tokens;
pub use vpc::Vpc;
pub use vpc_endpoint::VpcEndpoint;

/// What exists of this service in one region, each kind by its id.
#[derive(Clone, Debug, Default, Serialize)]
pub struct State {
    /// `vpc-…`
    pub vpcs: BTreeMap<String, Vpc>,
    /// `subnet-…`
    pub subnets: BTreeMap<String, Subnet>,
    /// `rtb-…`
    pub route_tables: BTreeMap<String, RouteTable>,
    /// `acl-…`
    pub network_acls: BTreeMap<String, NetworkAcl>,
    /// What was chosen for a subnet, by subnet id; the others have their VPC's default ACL.
    pub acl_associations: BTreeMap<String, network_acl::Association>,
    /// `sg-…`
    pub security_groups: BTreeMap<String, SecurityGroup>,
    /// `sgr-…`, the rules of all groups.
    pub rules: Rules,
    /// `pl-…`, as AWS keeps them for its services.
    pub prefix_lists: BTreeMap<String, PrefixList>,
    /// `eni-…`
    pub network_interfaces: BTreeMap<String, NetworkInterface>,
    /// `vpce-…`
    pub vpc_endpoints: BTreeMap<String, VpcEndpoint>,
    /// Client tokens of create calls.
    pub tokens: Tokens,
    /// How long things take.
    pub delays: Delays,
}

impl State {
    /// A region in which nobody has made anything: there are AWS's own prefix lists.
    pub fn of_region(name: &str) -> State {
        State { prefix_lists: prefix_list::of_region(name), ..State::default() }
    }

    /// The whole state, for `GET /_awsim/state`.
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// Passes states on to `now`: VPC endpoints, then released network interfaces whose time has come
/// are gone.
pub fn settle(region: &mut Region, now: SimTime) {
    vpc_endpoint::settle(region, now);
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
        "DescribeRegions" => region::describe,
        "CreateRouteTable" => route_table::create,
        "DeleteRouteTable" => route_table::delete,
        "AssociateRouteTable" => route_table::associate,
        "DisassociateRouteTable" => route_table::disassociate,
        "DescribeRouteTables" => route_table::describe,
        "CreateNetworkAcl" => network_acl::create,
        "DeleteNetworkAcl" => network_acl::delete,
        "ReplaceNetworkAclAssociation" => network_acl::replace_association,
        "DescribeNetworkAcls" => network_acl::describe,
        "CreateNetworkAclEntry" => network_acl_entry::create,
        "ReplaceNetworkAclEntry" => network_acl_entry::replace,
        "DeleteNetworkAclEntry" => network_acl_entry::delete,
        "DescribePrefixLists" => prefix_list::describe,
        "DescribeManagedPrefixLists" => prefix_list::describe_managed,
        "GetManagedPrefixListEntries" => prefix_list::entries,
        "CreateVpcEndpoint" => vpc_endpoint::create,
        "ModifyVpcEndpoint" => vpc_endpoint::modify,
        "DescribeVpcEndpoints" => vpc_endpoint::describe,
        "DeleteVpcEndpoints" => vpc_endpoint::delete,
        "DescribeVpcEndpointServices" => endpoint_service::describe,
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
        "CreateNetworkInterface" => own_interface::create,
        "DeleteNetworkInterface" => own_interface::delete,
        "ModifyNetworkInterfaceAttribute" => own_interface::modify_attribute,
        "DescribeNetworkInterfaces" => network_interface::describe,
        "CreateTags" => tags::create,
        "DeleteTags" => tags::delete,
        "DescribeTags" => tags::describe,
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
