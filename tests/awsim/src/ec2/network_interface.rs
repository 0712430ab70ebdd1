//! Network interfaces. Services place them in subnets (a load balancer one a subnet, a VPC link and
//! a VPC endpoint likewise). What callers may do with their own is in [`super::own_interface`].

use std::net::Ipv4Addr;

use serde::Serialize;
use serde_json::{Value, json};

use super::{State, Subnet, filter, id, reply};
use crate::clock::SimTime;
use crate::fault::Fault;
use crate::ids::Ids;
use crate::input::{number, texts};
use crate::quota::{Quota, Quotas};
use crate::world::{Call, Region, Tags};

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
    /// The service that made it: `amazon-elb`, …; empty for one that a caller made.
    pub requester: String,
    /// Whether it takes only what is sent to it.
    pub source_dest_check: bool,
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
    /// `sg-…` of the same VPC, as many as the quota allows.
    pub groups: Vec<String>,
    /// Shown by DescribeNetworkInterfaces.
    pub description: String,
    /// Shown as `InterfaceType`.
    pub interface_type: String,
    /// Shown as `RequesterId`; empty for a caller's own.
    pub requester: String,
    /// ARN or id of the object that it belongs to.
    pub owner: String,
    /// This address of the subnet; `None` takes the lowest free one.
    pub ip: Option<Ipv4Addr>,
    /// Tags of the interface (API Gateway's VPC links tag theirs).
    pub tags: Tags,
}

/// Whether an interface can be placed so; its address.
///
/// # Errors
/// `InvalidSubnetID.NotFound`, `InvalidGroup.NotFound` (also for a group of another VPC),
/// `SecurityGroupsPerInterfaceLimitExceeded`, `InsufficientFreeAddressesInSubnet`,
/// `InvalidIPAddress.InUse`, `InvalidParameterValue` for an address outside the subnet,
/// `NetworkInterfaceLimitExceeded`, for which those of services count too (VPC quotas).
pub fn check(state: &State, spec: &NewInterface, quotas: &Quotas) -> Result<Ipv4Addr, Fault> {
    let Some(subnet) = state.subnets.get(&spec.subnet) else {
        return Err(id::SUBNET.not_found(&[&spec.subnet]));
    };
    for group in &spec.groups {
        if state.security_groups.get(group).is_none_or(|g| g.vpc != subnet.vpc) {
            let message = format!("The security group '{group}' does not exist in VPC '{}'", subnet.vpc);
            return Err(Fault::bad("InvalidGroup.NotFound", message));
        }
    }
    check_group_count(&spec.groups, quotas)?;
    let ip = address(state, subnet, spec.ip)?;
    if state.network_interfaces.len() >= quotas.get(Quota::NetworkInterfaces) {
        let message = "The maximum number of network interfaces has been reached.";
        return Err(Fault::bad("NetworkInterfaceLimitExceeded", message));
    }
    Ok(ip)
}

/// Places an interface and returns its id.
///
/// # Errors
/// Those of [`check`]. A service that places it translates them to its own codes, or checks first.
pub fn attach(
    state: &mut State,
    ids: &mut Ids,
    spec: NewInterface,
    quotas: &Quotas,
) -> Result<String, Fault> {
    let ip = check(state, &spec, quotas)?;
    let subnet = state.subnets.get(&spec.subnet);
    let eni = NetworkInterface {
        id: ids.ec2("eni"),
        vpc: subnet.map(|s| s.vpc.clone()).unwrap_or_default(),
        zone: subnet.map(|s| s.zone.clone()).unwrap_or_default(),
        subnet: spec.subnet,
        ip,
        groups: spec.groups,
        description: spec.description,
        // As field logs tell of load balancers, and of endpoints (which do check).
        source_dest_check: spec.requester.is_empty() || spec.interface_type == "vpc_endpoint",
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

/// Checks how many groups an interface shall have.
///
/// # Errors
/// `SecurityGroupsPerInterfaceLimitExceeded`.
pub fn check_group_count(groups: &[String], quotas: &Quotas) -> Result<(), Fault> {
    let most = quotas.get(Quota::GroupsPerInterface);
    if groups.len() <= most {
        return Ok(());
    }
    let message =
        format!("You have exceeded the maximum number of security groups ({most}) allowed per interface.");
    Err(Fault::bad("SecurityGroupsPerInterfaceLimitExceeded", message))
}

fn address(state: &State, subnet: &Subnet, wanted: Option<Ipv4Addr>) -> Result<Ipv4Addr, Fault> {
    match wanted {
        None => subnet.free_address(state).ok_or_else(|| {
            let message = format!("Insufficient free addresses in subnet '{}'.", subnet.id);
            Fault::bad("InsufficientFreeAddressesInSubnet", message)
        }),
        Some(ip) if !subnet.cidr.contains(&ip) => Err(Fault::bad(
            "InvalidParameterValue",
            format!("Address {ip} does not fall within the subnet's address range"),
        )),
        Some(ip) if state.network_interfaces.values().any(|e| e.subnet == subnet.id && e.ip == ip) => {
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

/// The interface that holds `ip`. Connections are dialled by address alone, so that VPCs between which
/// they are to be told apart must not overlap.
pub fn owner_of(state: &State, ip: Ipv4Addr) -> Option<&NetworkInterface> {
    state.network_interfaces.values().find(|e| e.ip == ip)
}

/// The interfaces of one owner, in the order of their ids.
pub fn of_owner<'a>(state: &'a State, owner: &'a str) -> impl Iterator<Item = &'a NetworkInterface> {
    state.network_interfaces.values().filter(move |e| e.owner == owner)
}

/// DescribeNetworkInterfaces. Filters of things that no interface here has (public addresses, IPv6,
/// instances) find nothing.
pub fn describe(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    const FILTERS: [&str; 37] = [
        "addresses.association.owner-id",
        "addresses.association.public-ip",
        "addresses.primary",
        "addresses.private-ip-address",
        "association.allocation-id",
        "association.association-id",
        "association.ip-owner-id",
        "association.public-dns-name",
        "association.public-ip",
        "attachment.attach-time",
        "attachment.attachment-id",
        "attachment.delete-on-termination",
        "attachment.device-index",
        "attachment.instance-id",
        "attachment.instance-owner-id",
        "attachment.status",
        "availability-zone",
        "availability-zone-id",
        "description",
        "group-id",
        "interface-type",
        "ipv6-addresses.ipv6-address",
        "mac-address",
        "network-interface-id",
        "operator.managed",
        "operator.principal",
        "owner-id",
        "private-dns-name",
        "private-ip-address",
        "requester-id",
        "requester-managed",
        "source-dest-check",
        "status",
        "subnet-id",
        "vpc-id",
        "tag:",
        "tag-key",
    ];
    reply::refuse(input, &["IncludeManagedResources"])?;
    reply::unless_dry_run(input)?;
    let region = &*call.region;
    let interfaces = &region.ec2.network_interfaces;
    let ids = texts(input, "NetworkInterfaceIds");
    if !ids.is_empty() && number(input, "MaxResults").is_some() {
        let message = "The parameter networkInterfaceIds cannot be used with the parameter maxResults";
        return Err(Fault::bad("InvalidParameterCombination", message));
    }
    id::NETWORK_INTERFACE.check_all(&ids, |id| interfaces.contains_key(id))?;
    let filters = filter::read(input, &FILTERS)?;
    let found = id::chosen(interfaces, &ids);
    let found = found.filter(|e| filters.pass(&e.tags, |name| field(region, e, name)));
    let found = found.map(|e| (e.id.clone(), e)).collect();
    reply::pages_of(input, "NetworkInterfaces", found, |e| render(region, e))
}

fn field(region: &Region, eni: &NetworkInterface, name: &str) -> Vec<String> {
    let own = eni.requester.is_empty();
    match name {
        "group-id" => return eni.groups.clone(),
        "attachment.attach-time" | "attachment.instance-id" => return Vec::new(),
        "ipv6-addresses.ipv6-address" | "operator.principal" => return Vec::new(),
        _ if own && name.starts_with("attachment.") => return Vec::new(),
        _ if name.starts_with("association.") || name.starts_with("addresses.association.") => {
            return Vec::new();
        }
        _ => {}
    }
    vec![match name {
        "addresses.primary" => "true".to_owned(),
        "requester-managed" => (!own).to_string(),
        "operator.managed" => "false".to_owned(),
        "source-dest-check" => eni.source_dest_check.to_string(),
        "addresses.private-ip-address" | "private-ip-address" => eni.ip.to_string(),
        "attachment.attachment-id" => attachment(eni),
        "attachment.delete-on-termination" => "false".to_owned(),
        "attachment.device-index" => "1".to_owned(),
        "attachment.instance-owner-id" => eni.requester.clone(),
        "requester-id" => requester(region, eni),
        "attachment.status" => "attached".to_owned(),
        "availability-zone" => eni.zone.clone(),
        "availability-zone-id" => zone_id(region, eni),
        "description" => eni.description.clone(),
        "interface-type" => eni.interface_type.clone(),
        "mac-address" => mac(eni),
        "owner-id" => region.account.clone(),
        "private-dns-name" => dns_name(region, eni),
        "status" => status(eni).to_owned(),
        "subnet-id" => eni.subnet.clone(),
        "vpc-id" => eni.vpc.clone(),
        _ => eni.id.clone(),
    }]
}

/// The service that made it, or the caller's account (botocore, NetworkInterface.RequesterId).
fn requester(region: &Region, eni: &NetworkInterface) -> String {
    if eni.requester.is_empty() { region.account.clone() } else { eni.requester.clone() }
}

/// One that a caller made is attached to nothing: there are no instances here.
pub(super) fn status(eni: &NetworkInterface) -> &'static str {
    if eni.requester.is_empty() { "available" } else { "in-use" }
}

/// One interface as DescribeNetworkInterfaces answers it.
pub(super) fn render(region: &Region, eni: &NetworkInterface) -> Value {
    let groups = eni.groups.iter().map(|id| {
        let name = region.ec2.security_groups.get(id).map(|g| g.name.clone()).unwrap_or_default();
        json!({"GroupId": id, "GroupName": name})
    });
    let ip = eni.ip.to_string();
    let mut value = json!({
        "NetworkInterfaceId": eni.id,
        "SubnetId": eni.subnet,
        "VpcId": eni.vpc,
        "AvailabilityZone": eni.zone,
        "AvailabilityZoneId": zone_id(region, eni),
        "OwnerId": region.account,
        "Description": eni.description,
        "InterfaceType": eni.interface_type,
        "RequesterId": requester(region, eni),
        "RequesterManaged": !eni.requester.is_empty(),
        "Groups": groups.collect::<Vec<Value>>(),
        "PrivateIpAddress": ip,
        "PrivateIpAddresses": [
            {"Primary": true, "PrivateIpAddress": ip, "PrivateDnsName": dns_name(region, eni)},
        ],
        "PrivateDnsName": dns_name(region, eni),
        "MacAddress": mac(eni),
        "SourceDestCheck": eni.source_dest_check,
        "Status": status(eni),
        "Ipv6Addresses": [],
        "TagSet": reply::tags(&eni.tags),
    });
    if !eni.requester.is_empty() {
        value["Attachment"] = json!({
            "AttachmentId": attachment(eni),
            "InstanceOwnerId": eni.requester,
            "DeviceIndex": 1,
            "DeleteOnTermination": false,
            "Status": "attached",
        });
    }
    value
}

/// Attachments of services have ids of their own form.
fn attachment(eni: &NetworkInterface) -> String {
    eni.id.replacen("eni-", "ela-attach-", 1)
}

fn zone_id(region: &Region, eni: &NetworkInterface) -> String {
    region.ec2.subnets.get(&eni.subnet).map(|s| s.zone_id.clone()).unwrap_or_default()
}

fn dns_name(region: &Region, eni: &NetworkInterface) -> String {
    format!("ip-{}.{}.compute.internal", eni.ip.to_string().replace('.', "-"), region.name)
}

/// A locally administered address from the digits of the id.
fn mac(eni: &NetworkInterface) -> String {
    let digits: Vec<char> = eni.id.chars().rev().take(10).collect();
    let pairs: Vec<String> = digits.chunks(2).map(|pair| pair.iter().collect()).collect();
    format!("06:{}", pairs.join(":"))
}
