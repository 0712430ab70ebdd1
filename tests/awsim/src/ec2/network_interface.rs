//! Network interfaces. Services place them in subnets (a load balancer one a subnet, a VPC link
//! likewise); people only look at them.

use std::net::Ipv4Addr;

use serde::Serialize;
use serde_json::{Value, json};

use super::{State, filter, id, reply};
use crate::clock::SimTime;
use crate::fault::Fault;
use crate::ids::Ids;
use crate::input::{number, texts};
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
        return Err(id::SUBNET.not_found(&[&spec.subnet]));
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

/// DescribeNetworkInterfaces.
pub fn describe(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    const FILTERS: [&str; 22] = [
        "addresses.primary",
        "addresses.private-ip-address",
        "attachment.attachment-id",
        "attachment.delete-on-termination",
        "attachment.device-index",
        "attachment.instance-owner-id",
        "attachment.status",
        "availability-zone",
        "availability-zone-id",
        "description",
        "group-id",
        "interface-type",
        "mac-address",
        "network-interface-id",
        "owner-id",
        "private-dns-name",
        "private-ip-address",
        "requester-id",
        "requester-managed",
        "status",
        "subnet-id",
        "vpc-id",
    ];
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
    let found = interfaces.values().filter(|e| ids.is_empty() || ids.contains(&e.id));
    let found = found.filter(|e| filters.pass(&e.tags, |name| field(region, e, name)));
    let found = found.map(|e| (e.id.clone(), render(region, e))).collect();
    reply::pages(input, "NetworkInterfaces", found)
}

fn field(region: &Region, eni: &NetworkInterface, name: &str) -> Vec<String> {
    if name == "group-id" {
        return eni.groups.clone();
    }
    vec![match name {
        "addresses.primary" | "requester-managed" => "true".to_owned(),
        "addresses.private-ip-address" | "private-ip-address" => eni.ip.to_string(),
        "attachment.attachment-id" => attachment(eni),
        "attachment.delete-on-termination" => "false".to_owned(),
        "attachment.device-index" => "1".to_owned(),
        "attachment.instance-owner-id" | "requester-id" => eni.requester.clone(),
        "attachment.status" => "attached".to_owned(),
        "availability-zone" => eni.zone.clone(),
        "availability-zone-id" => zone_id(region, eni),
        "description" => eni.description.clone(),
        "interface-type" => eni.interface_type.clone(),
        "mac-address" => mac(eni),
        "owner-id" => region.account.clone(),
        "private-dns-name" => dns_name(region, eni),
        "status" => "in-use".to_owned(),
        "subnet-id" => eni.subnet.clone(),
        "vpc-id" => eni.vpc.clone(),
        _ => eni.id.clone(),
    }]
}

fn render(region: &Region, eni: &NetworkInterface) -> Value {
    let groups = eni.groups.iter().map(|id| {
        let name = region.ec2.security_groups.get(id).map(|g| g.name.clone()).unwrap_or_default();
        json!({"GroupId": id, "GroupName": name})
    });
    let ip = eni.ip.to_string();
    json!({
        "NetworkInterfaceId": eni.id,
        "SubnetId": eni.subnet,
        "VpcId": eni.vpc,
        "AvailabilityZone": eni.zone,
        "AvailabilityZoneId": zone_id(region, eni),
        "OwnerId": region.account,
        "Description": eni.description,
        "InterfaceType": eni.interface_type,
        "RequesterId": eni.requester,
        "RequesterManaged": true,
        "Groups": groups.collect::<Vec<Value>>(),
        "PrivateIpAddress": ip,
        "PrivateIpAddresses": [
            {"Primary": true, "PrivateIpAddress": ip, "PrivateDnsName": dns_name(region, eni)},
        ],
        "PrivateDnsName": dns_name(region, eni),
        "MacAddress": mac(eni),
        "SourceDestCheck": false,
        "Status": "in-use",
        "Attachment": {
            "AttachmentId": attachment(eni),
            "InstanceOwnerId": eni.requester,
            "DeviceIndex": 1,
            "DeleteOnTermination": false,
            "Status": "attached",
        },
        "Ipv6Addresses": [],
        "TagSet": reply::tags(&eni.tags),
    })
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
