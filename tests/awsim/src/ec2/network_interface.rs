//! Network interfaces. Services place them in subnets (a load balancer one a subnet, a VPC link
//! likewise); people only look at them.

use std::net::Ipv4Addr;

use serde::Serialize;

use super::State;
use crate::clock::SimTime;
use crate::fault::Fault;
use crate::ids::Ids;
use crate::world::Tags;

/// One network interface.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NetworkInterface {
    /// `eni-…`
    pub id: String,
    /// The subnet that it lies in.
    pub subnet: String,
    /// That subnet's VPC.
    pub vpc: String,
    /// That subnet's zone name.
    pub zone: String,
    /// Its one private address.
    pub ip: Ipv4Addr,
    /// Security groups; none only for a network load balancer made without.
    pub groups: Vec<String>,
    /// Who made it for what: `ELB net/NAME/ID`.
    pub description: String,
    /// `network_load_balancer`, `interface`, …
    pub interface_type: String,
    /// The service that made it: `amazon-elb`, …
    pub requester: String,
    /// ARN or id of the object that it belongs to; AWS does not tell it.
    pub owner: String,
    /// Its owner is gone; so is the interface at this time, and until then it still holds its
    /// address and its security groups.
    pub gone_at: Option<SimTime>,
    /// Tags by key.
    pub tags: Tags,
}

/// What a service asks for.
#[derive(Clone, Debug)]
pub struct NewInterface {
    /// `subnet-…`; must exist.
    pub subnet: String,
    /// `sg-…` of the same VPC, at most [`MAX_GROUPS`].
    pub groups: Vec<String>,
    /// Shown by DescribeNetworkInterfaces.
    pub description: String,
    /// Shown as `InterfaceType`.
    pub interface_type: String,
    /// Shown as `RequesterId`.
    pub requester: String,
    /// ARN or id of the object that it belongs to.
    pub owner: String,
    /// This address of the subnet; `None` takes the lowest free one.
    pub ip: Option<Ipv4Addr>,
    /// Tags of the interface (API Gateway's VPC links tag theirs).
    pub tags: Tags,
}

/// Security groups an interface (VPC quotas; adjustable to 16 on AWS).
pub const MAX_GROUPS: usize = 5;

/// Places an interface and returns its id.
///
/// # Errors
/// `InvalidSubnetID.NotFound`, `InvalidGroup.NotFound` (also for a group of another VPC),
/// `SecurityGroupsPerInterfaceLimitExceeded`, `InsufficientFreeAddressesInSubnet`,
/// `InvalidIPAddress.InUse`, `InvalidParameterValue` for an address outside the subnet. A service
/// that places it translates them to its own codes, or checks first.
pub fn attach(state: &mut State, ids: &mut Ids, spec: NewInterface) -> Result<String, Fault> {
    let Some(subnet) = state.subnets.get(&spec.subnet) else {
        let message = format!("The subnet ID '{}' does not exist", spec.subnet);
        return Err(Fault::bad("InvalidSubnetID.NotFound", message));
    };
    for group in &spec.groups {
        if state.security_groups.get(group).is_none_or(|g| g.vpc != subnet.vpc) {
            let message = format!("The security group '{group}' does not exist in VPC '{}'", subnet.vpc);
            return Err(Fault::bad("InvalidGroup.NotFound", message));
        }
    }
    if spec.groups.len() > MAX_GROUPS {
        let message = format!(
            "You have exceeded the maximum number of security groups ({MAX_GROUPS}) allowed per interface."
        );
        return Err(Fault::bad("SecurityGroupsPerInterfaceLimitExceeded", message));
    }
    let ip = address(state, &spec.subnet, spec.ip)?;
    let eni = NetworkInterface {
        id: ids.ec2("eni"),
        vpc: subnet.vpc.clone(),
        zone: subnet.zone.clone(),
        subnet: spec.subnet,
        ip,
        groups: spec.groups,
        description: spec.description,
        interface_type: spec.interface_type,
        requester: spec.requester,
        owner: spec.owner,
        gone_at: None,
        tags: spec.tags,
    };
    let id = eni.id.clone();
    state.network_interfaces.insert(id.clone(), eni);
    Ok(id)
}

fn address(state: &State, subnet: &str, wanted: Option<Ipv4Addr>) -> Result<Ipv4Addr, Fault> {
    let Some(subnet) = state.subnets.get(subnet) else {
        return Err(Fault::bad(
            "InvalidSubnetID.NotFound",
            format!("The subnet ID '{subnet}' does not exist"),
        ));
    };
    match wanted {
        None => subnet.free_address(state).ok_or_else(|| {
            let message = format!("Insufficient free addresses in subnet '{}'.", subnet.id);
            Fault::bad("InsufficientFreeAddressesInSubnet", message)
        }),
        Some(ip) if !subnet.cidr.contains(&ip) => Err(Fault::bad(
            "InvalidParameterValue",
            format!("Address {ip} does not fall within the subnet's address range"),
        )),
        Some(ip) if owner_of(state, ip).is_some() => {
            Err(Fault::bad("InvalidIPAddress.InUse", format!("Address {ip} is in use.")))
        }
        Some(ip) => Ok(ip),
    }
}

/// Lets an interface go: it stays, with its address and its groups, until `gone_at` (AWS takes
/// minutes after the owner is gone; 60 s by default here). Unknown ids are ignored.
pub fn release(state: &mut State, eni: &str, gone_at: SimTime) {
    if let Some(eni) = state.network_interfaces.get_mut(eni) {
        eni.gone_at = Some(gone_at);
    }
}

/// The interface that holds `ip`.
pub fn owner_of(state: &State, ip: Ipv4Addr) -> Option<&NetworkInterface> {
    state.network_interfaces.values().find(|e| e.ip == ip)
}

/// The interfaces of one owner, in the order of their ids.
pub fn of_owner<'a>(state: &'a State, owner: &'a str) -> impl Iterator<Item = &'a NetworkInterface> {
    state.network_interfaces.values().filter(move |e| e.owner == owner)
}
