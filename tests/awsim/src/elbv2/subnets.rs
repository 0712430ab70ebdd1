//! Where a load balancer stands: one subnet a zone, in each a network interface.

use std::net::Ipv4Addr;

use serde::Serialize;
use serde_json::{Value, json};

use super::arn::{self, invalid, not_simulated};
use super::kind::Kind;
use super::load_balancer::{LoadBalancer, check_address_type};
use crate::ec2::{NewInterface, Subnet, network_interface};
use crate::fault::Fault;
use crate::input::{list, text, texts};
use crate::quota::Quota;
use crate::world::{Call, Region, Tags};

/// Free addresses that a subnet must have (user guides, "Availability Zones" and "Subnets": 8).
const FREE_ADDRESSES: u32 = 8;

/// A load balancer in one zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Node {
    /// Zone name.
    pub zone: String,
    /// Its subnet.
    pub subnet: String,
    /// Its network interface, `eni-…`.
    pub interface: String,
    /// That interface's address: what the DNS name resolves to.
    pub ip: Ipv4Addr,
    /// Whether the caller chose the address.
    pub chosen: bool,
}

/// A subnet as the caller asks for it, with the address if one was chosen.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub vpc: String,
    pub subnet: String,
    pub zone: String,
    pub ip: Option<Ipv4Addr>,
}

/// Reads `Subnets` or `SubnetMappings`. An application load balancer needs two zones; the words are
/// AWS's (hashicorp/terraform-provider-aws issue 15145, also for no subnet at all).
///
/// # Errors
/// `ValidationError`, `SubnetNotFound`, `InvalidSubnet`, `InvalidConfigurationRequest`.
pub(super) fn read(region: &Region, kind: Kind, input: &Value) -> Result<Vec<Place>, Fault> {
    let places = read_places(region, kind, input)?;
    check_places(&places)?;
    if kind == Kind::Application && places.len() < 2 {
        return Err(too_few());
    }
    Ok(places)
}

fn too_few() -> Fault {
    invalid("At least two subnets in two different Availability Zones must be specified")
}

fn read_places(region: &Region, kind: Kind, input: &Value) -> Result<Vec<Place>, Fault> {
    let (subnets, mappings) = (texts(input, "Subnets"), list(input, "SubnetMappings"));
    if kind == Kind::Application && subnets.is_empty() && mappings.is_empty() {
        return Err(too_few());
    }
    if subnets.is_empty() == mappings.is_empty() {
        return Err(invalid("You must specify either subnets or subnet mappings, but not both"));
    }
    let mut places = Vec::new();
    for subnet in &subnets {
        places.push(place(region, subnet, None)?);
    }
    for mapping in mappings {
        for member in ["AllocationId", "IPv6Address", "SourceNatIpv6Prefix"] {
            if mapping.get(member).is_some() {
                return Err(not_simulated(member));
            }
        }
        let ip = text(mapping, "PrivateIPv4Address");
        if ip.is_some() && kind == Kind::Application {
            let message = "You cannot specify private IPv4 addresses for an application load balancer";
            return Err(Fault::bad("InvalidConfigurationRequest", message));
        }
        places.push(place(region, text(mapping, "SubnetId").unwrap_or_default(), ip)?);
    }
    Ok(places)
}

fn check_places(places: &[Place]) -> Result<(), Fault> {
    for (i, place) in places.iter().enumerate() {
        let others = &places[..i];
        if others.iter().any(|o| o.zone == place.zone) {
            let message =
                "A load balancer cannot be attached to multiple subnets in the same Availability Zone";
            return Err(Fault::bad("InvalidConfigurationRequest", message));
        }
        if others.iter().any(|o| o.vpc != place.vpc) {
            let message = "All subnets must belong to the same VPC";
            return Err(Fault::bad("InvalidConfigurationRequest", message));
        }
    }
    Ok(())
}

fn place(region: &Region, subnet: &str, ip: Option<&str>) -> Result<Place, Fault> {
    let Some(found) = region.ec2.subnets.get(subnet) else {
        return Err(Fault::bad("SubnetNotFound", format!("The subnet ID '{subnet}' does not exist")));
    };
    let ip = ip.map(|ip| chosen(found, ip)).transpose()?;
    Ok(Place { vpc: found.vpc.clone(), subnet: found.id.clone(), zone: found.zone.clone(), ip })
}

fn chosen(subnet: &Subnet, ip: &str) -> Result<Ipv4Addr, Fault> {
    match ip.parse() {
        Ok(ip) if subnet.cidr.contains(&ip) => Ok(ip),
        _ => Err(invalid(format!("'{ip}' is not an address of subnet '{}' ({})", subnet.id, subnet.cidr))),
    }
}

/// Whether nodes stand where the caller wants them.
pub(super) fn same(nodes: &[Node], places: &[Place]) -> bool {
    nodes.len() == places.len() && places.iter().all(|place| nodes.iter().any(|node| fits(node, place)))
}

fn fits(node: &Node, place: &Place) -> bool {
    node.subnet == place.subnet && place.ip.is_none_or(|ip| ip == node.ip)
}

/// Places the network interfaces of a load balancer, all or none; those it has stay.
///
/// # Errors
/// `InvalidSubnet` if a subnet is out of addresses or a chosen one is taken;
/// `InvalidConfigurationRequest` if a VPC had too many interfaces of network load balancers.
pub(super) fn attach(
    call: &mut Call<'_>,
    balancer: &LoadBalancer,
    places: &[Place],
) -> Result<Vec<Node>, Fault> {
    check_count(call, balancer, places)?;
    let mut nodes: Vec<Node> = Vec::new();
    for place in places {
        let there = balancer.nodes.iter().find(|n| n.subnet == place.subnet).cloned();
        match there.map_or_else(|| attach_one(call, balancer, place), Ok) {
            Ok(node) => nodes.push(node),
            Err(fault) => {
                for node in nodes.iter().filter(|n| !balancer.nodes.contains(n)) {
                    call.region.ec2.network_interfaces.remove(&node.interface);
                }
                return Err(fault);
            }
        }
    }
    Ok(nodes)
}

/// Each network load balancer has one interface a zone, and a VPC so many of all of them (NLB user
/// guide, "Quotas"). Those that linger are counted. Which code AWS refuses with is unsure: this one is
/// modelled for both operations that attach.
fn check_count(call: &Call<'_>, balancer: &LoadBalancer, places: &[Place]) -> Result<(), Fault> {
    let of_vpc = call.region.ec2.network_interfaces.values().filter(|e| e.vpc == balancer.vpc);
    let held = of_vpc.filter(|e| e.interface_type == interface_type(Kind::Network)).count();
    let stays = |place: &&Place| balancer.nodes.iter().any(|n| n.subnet == place.subnet);
    let new = places.iter().filter(|place| !stays(place)).count();
    let most = call.options.quotas.get(Quota::NetworkInterfacesPerVpc);
    if balancer.kind == Kind::Network && new > 0 && held.saturating_add(new) > most {
        let message = format!(
            "The maximum number of Network Load Balancer ENIs has been reached in VPC '{}'",
            balancer.vpc
        );
        return Err(Fault::bad("InvalidConfigurationRequest", message));
    }
    Ok(())
}

fn attach_one(call: &mut Call<'_>, balancer: &LoadBalancer, place: &Place) -> Result<Node, Fault> {
    let region = &mut *call.region;
    let free = region.ec2.subnets.get(&place.subnet).map_or(0, |s| s.free_count(&region.ec2));
    if free < FREE_ADDRESSES {
        let message = format!(
            "Not enough IP space available in {}. ELB requires at least {FREE_ADDRESSES} free IP addresses in \
             each subnet.",
            place.subnet
        );
        return Err(Fault::bad("InvalidSubnet", message));
    }
    let short = balancer.arn.split("loadbalancer/").nth(1).unwrap_or_default();
    let spec = NewInterface {
        subnet: place.subnet.clone(),
        groups: balancer.security_groups.clone(),
        description: format!("ELB {short}"),
        interface_type: interface_type(balancer.kind).to_owned(),
        requester: "amazon-elb".to_owned(),
        owner: balancer.arn.clone(),
        ip: place.ip,
        tags: Tags::new(),
    };
    let interface = network_interface::attach(&mut region.ec2, call.ids, spec, &call.options.quotas)
        .map_err(|fault| Fault::bad("InvalidSubnet", fault.message))?;
    let ip = region.ec2.network_interfaces.get(&interface).map_or(Ipv4Addr::UNSPECIFIED, |e| e.ip);
    Ok(Node {
        zone: place.zone.clone(),
        subnet: place.subnet.clone(),
        interface,
        ip,
        chosen: place.ip.is_some(),
    })
}

/// As DescribeNetworkInterfaces tells it (botocore, `NetworkInterfaceType`): those of application
/// load balancers have no type of their own.
fn interface_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Application => "interface",
        Kind::Network => "network_load_balancer",
    }
}

/// Lets the interfaces of nodes go, after their time.
pub(super) fn release(call: &mut Call<'_>, nodes: &[Node]) {
    let gone = call.now + call.region.elbv2.delays.interfaces_linger;
    for node in nodes {
        network_interface::release(&mut call.region.ec2, &node.interface, gone);
    }
}

/// SetSubnets: what is new is attached, what is left out is let go, what stays stays as it is.
pub fn set(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let arn = text(input, "LoadBalancerArn").unwrap_or_default();
    let balancer = arn::load_balancer(&call.region.elbv2, arn)?.clone();
    check_address_type(balancer.kind, &balancer.scheme, text(input, "IpAddressType").unwrap_or("ipv4"))?;
    if input.get("EnablePrefixForIpv6SourceNat").is_some() {
        return Err(not_simulated("EnablePrefixForIpv6SourceNat"));
    }
    let places = read(call.region, balancer.kind, input)?;
    if places.iter().any(|p| p.vpc != balancer.vpc) {
        let message = format!("All subnets must belong to VPC '{}' of the load balancer", balancer.vpc);
        return Err(Fault::bad("InvalidConfigurationRequest", message));
    }
    let moved = |p: &&Place| balancer.nodes.iter().any(|n| n.subnet == p.subnet && !fits(n, p));
    if let Some(place) = places.iter().find(moved) {
        let message =
            format!("The address of the load balancer in subnet '{}' cannot be changed", place.subnet);
        return Err(Fault::bad("InvalidConfigurationRequest", message));
    }
    let nodes = attach(call, &balancer, &places)?;
    let gone: Vec<Node> = balancer.nodes.into_iter().filter(|n| !nodes.contains(n)).collect();
    release(call, &gone);
    let reply = json!({"AvailabilityZones": render(&nodes), "IpAddressType": "ipv4"});
    if let Some(balancer) = call.region.elbv2.load_balancers.get_mut(arn) {
        balancer.nodes = nodes;
    }
    Ok(reply)
}

/// `AvailabilityZones`; an address is told only if the caller chose it.
pub(super) fn render(nodes: &[Node]) -> Value {
    let zone = |node: &Node| {
        let addresses =
            if node.chosen { json!([{"PrivateIPv4Address": node.ip.to_string()}]) } else { json!([]) };
        json!({"ZoneName": node.zone, "SubnetId": node.subnet, "LoadBalancerAddresses": addresses})
    };
    nodes.iter().map(zone).collect()
}
