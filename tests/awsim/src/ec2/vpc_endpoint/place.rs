//! Where an endpoint stands: subnets and security groups, or route tables. Checks before anything is
//! changed, and the network interfaces.

use std::net::Ipv4Addr;

use super::super::{
    NewInterface, State, id, network_interface, prefix_list, route_table, security_group, subnet,
};
use super::{Place, VpcEndpoint, routes};
use crate::fault::Fault;
use crate::quota::Quotas;
use crate::world::{Call, Tags};

/// A subnet in which an interface is wanted, at an address if one was chosen.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// `subnet-…`
    pub subnet: String,
    /// Its zone.
    pub zone: String,
    /// The address that was chosen.
    pub ip: Option<Ipv4Addr>,
}

/// Checks that subnets are of the VPC and each in a zone of its own, also beside `there`.
///
/// # Errors
/// `InvalidSubnetID.Malformed`, `InvalidSubnetID.NotFound`, `InvalidParameter` for another VPC's,
/// `DuplicateSubnetsInSameZone` (EC2 error codes; words as in openshift/aws-vpce-operator).
pub fn subnets(state: &State, vpc: &str, ids: &[String], there: &[Place]) -> Result<Vec<Wanted>, Fault> {
    let mut wanted: Vec<Wanted> = Vec::new();
    for id in ids {
        let subnet = subnet::find(state, id)?;
        if subnet.vpc != vpc {
            let message = format!("The subnet ID '{id}' does not belong to the VPC '{vpc}'");
            return Err(Fault::bad("InvalidParameter", message));
        }
        let beside = there.iter().map(|place| (&place.subnet, &place.zone));
        let mut beside = beside.chain(wanted.iter().map(|wanted| (&wanted.subnet, &wanted.zone)));
        if let Some((other, _)) = beside.find(|(_, zone)| **zone == subnet.zone) {
            let message = format!("Found another VPC endpoint subnet in the availability zone of {other}");
            return Err(Fault::bad("DuplicateSubnetsInSameZone", message));
        }
        wanted.push(Wanted { subnet: id.clone(), zone: subnet.zone.clone(), ip: None });
    }
    Ok(wanted)
}

/// Checks that groups are of the VPC and no more than an interface may have.
///
/// # Errors
/// `InvalidGroupId.Malformed`, `InvalidGroup.NotFound` (also for another VPC's: EC2 error codes),
/// `SecurityGroupsPerInterfaceLimitExceeded`.
pub fn groups(state: &State, vpc: &str, groups: &[String], quotas: &Quotas) -> Result<(), Fault> {
    for group in groups {
        if security_group::find(state, group)?.vpc != vpc {
            return Err(id::SECURITY_GROUP.not_found(&[group]));
        }
    }
    network_interface::check_group_count(groups, quotas)
}

/// Checks that route tables are of the VPC and have no route yet to where the endpoint leads.
///
/// # Errors
/// `InvalidRouteTableId.Malformed`, `InvalidRouteTableID.NotFound`, `InvalidParameter` for another
/// VPC's, `RouteAlreadyExists` (field logs).
pub fn route_tables(state: &State, vpc: &str, ids: &[String], list: &str) -> Result<(), Fault> {
    for id in ids {
        if route_table::find(state, id)?.vpc != vpc {
            let message = format!("The routeTable ID '{id}' does not belong to the VPC '{vpc}'");
            return Err(Fault::bad("InvalidParameter", message));
        }
        if routes(state, id).iter().any(|(there, _)| there == list) {
            let message =
                format!("route table {id} already has a route with destination-prefix-list-id {list}");
            return Err(Fault::bad("RouteAlreadyExists", message));
        }
    }
    Ok(())
}

/// The prefix list of a gateway endpoint's service.
///
/// # Errors
/// `InvalidServiceName` if a seed took it away.
pub fn list(state: &State, service: &str) -> Result<String, Fault> {
    prefix_list::by_name(state, service).map(|list| list.id.clone()).ok_or_else(|| {
        let message = format!("The Vpc Endpoint Service '{service}' does not exist");
        Fault::bad("InvalidServiceName", message)
    })
}

/// Places the interfaces of an endpoint, all or none.
///
/// # Errors
/// `InsufficientFreeAddressesInSubnet`, `InvalidIPAddress.InUse`, `InvalidParameterValue`,
/// `NetworkInterfaceLimitExceeded`.
pub fn attach(
    call: &mut Call<'_>,
    endpoint: &VpcEndpoint,
    groups: &[String],
    wanted: &[Wanted],
) -> Result<Vec<Place>, Fault> {
    let mut places: Vec<Place> = Vec::new();
    for Wanted { subnet, zone, ip } in wanted {
        let spec = NewInterface {
            subnet: subnet.clone(),
            groups: groups.to_vec(),
            description: format!("VPC Endpoint Interface {}", endpoint.id),
            interface_type: "vpc_endpoint".to_owned(),
            // AWS shows an account of its own here; the name is ours.
            requester: "amazon-vpce".to_owned(),
            owner: endpoint.id.clone(),
            ip: *ip,
            tags: Tags::new(),
        };
        match network_interface::attach(&mut call.region.ec2, call.ids, spec, &call.options.quotas) {
            Ok(interface) => places.push(Place { subnet: subnet.clone(), zone: zone.clone(), interface }),
            Err(fault) => {
                for place in &places {
                    call.region.ec2.network_interfaces.remove(&place.interface);
                }
                return Err(fault);
            }
        }
    }
    Ok(places)
}
