//! VPCs with their route tables and network ACLs.

use ipnet::Ipv4Net;
use serde::Serialize;

use crate::world::Tags;

/// One VPC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Vpc {
    /// `vpc-…`
    pub id: String,
    /// Its addresses.
    pub cidr: Ipv4Net,
    /// `enableDnsSupport`
    pub dns_support: bool,
    /// `enableDnsHostnames`
    pub dns_hostnames: bool,
    /// `enableNetworkAddressUsageMetrics`
    pub address_metrics: bool,
    /// Security groups that pods carry: they have no interface of their own but send from the
    /// nodes' (EKS's default), whose groups these are.
    pub pod_groups: Vec<String>,
    /// Tags by key.
    pub tags: Tags,
}

/// One route table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RouteTable {
    /// `rtb-…`
    pub id: String,
    /// The VPC that it belongs to.
    pub vpc: String,
    /// Whether it is the VPC's main one.
    pub main: bool,
    /// Subnet id and association id of each subnet that was given this table.
    pub subnets: Vec<(String, String)>,
    /// Association id of the main table.
    pub main_association: Option<String>,
    /// In order.
    pub routes: Vec<Route>,
    /// Tags by key.
    pub tags: Tags,
}

/// One route of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Route {
    /// Where to.
    pub destination: Ipv4Net,
    /// `local`, `igw-…` or `nat-…`.
    pub target: String,
}

/// One network ACL: only the default one of each VPC exists here, which lets everything pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NetworkAcl {
    /// `acl-…`
    pub id: String,
    /// The VPC that it belongs to.
    pub vpc: String,
    /// Tags by key.
    pub tags: Tags,
}
