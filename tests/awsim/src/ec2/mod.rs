//! EC2 as the entry path needs it: VPCs, subnets, route tables, network ACLs, security groups and
//! their rules, network interfaces, tags. State and handlers, no IO.
//!
//! Other services use [`network_interface`] to place and release interfaces, and [`packet`] to ask
//! whether security groups let a connection pass.

pub mod network_interface;
pub mod packet;
pub mod security_group;
pub mod subnet;
pub mod vpc;
pub mod zone;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::clock::SimTime;
use crate::world::{Handler, Region};

pub use network_interface::{NetworkInterface, NewInterface};
pub use security_group::{Peer, Rule, SecurityGroup};
pub use subnet::Subnet;
pub use vpc::{NetworkAcl, Route, RouteTable, Vpc};

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
pub fn handler(_operation: &str) -> Option<Handler> {
    None
}
