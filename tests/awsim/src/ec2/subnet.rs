//! Subnets and the addresses in them.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use serde::Serialize;

use super::State;
use crate::world::Tags;

/// One subnet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Subnet {
    /// `subnet-…`
    pub id: String,
    /// The VPC that it lies in.
    pub vpc: String,
    /// Zone name, `eu-central-1a`.
    pub zone: String,
    /// Zone id, `euc1-az2`.
    pub zone_id: String,
    /// Its addresses, inside the VPC's.
    pub cidr: Ipv4Net,
    /// Addresses that are never given to network interfaces: a subnet CIDR reservation, here kept
    /// for pods.
    pub reserved: Option<Ipv4Net>,
    /// Tags by key.
    pub tags: Tags,
}

impl Subnet {
    /// The lowest address that AWS would give to a network interface now: the first four and the
    /// last of a subnet are AWS's own (VPC user guide, "Subnet CIDR blocks"), reserved ranges and
    /// used addresses are left out. `None` when it is full.
    pub fn free_address(&self, state: &State) -> Option<Ipv4Addr> {
        let used: Vec<Ipv4Addr> =
            state.network_interfaces.values().filter(|e| e.subnet == self.id).map(|e| e.ip).collect();
        let (first, last) = (u32::from(self.cidr.network()), u32::from(self.cidr.broadcast()));
        (first.saturating_add(4)..last)
            .map(Ipv4Addr::from)
            .find(|ip| !used.contains(ip) && !self.reserved.is_some_and(|r| r.contains(ip)))
    }

    /// How many addresses are free, as `AvailableIpAddressCount` tells.
    pub fn free_count(&self, state: &State) -> u32 {
        let size = u32::from(self.cidr.broadcast()) - u32::from(self.cidr.network());
        let used = state.network_interfaces.values().filter(|e| e.subnet == self.id).count();
        size.saturating_sub(4).saturating_sub(u32::try_from(used).unwrap_or(u32::MAX))
    }
}

/// The subnet that holds `ip`.
pub fn of_address(state: &State, ip: Ipv4Addr) -> Option<&Subnet> {
    state.subnets.values().find(|s| s.cidr.contains(&ip))
}
