//! Subnets and the addresses in them.

use std::collections::HashSet;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use serde::Serialize;
use serde_json::{Value, json};

use super::zone::{Zone, zones};
use super::{State, filter, id, reply, tags, vpc};
use crate::fault::Fault;
use crate::input::{text, texts};
use crate::quota::Quota;
use crate::world::{Call, Region, Tags};

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
        let used: HashSet<Ipv4Addr> =
            state.network_interfaces.values().filter(|e| e.subnet == self.id).map(|e| e.ip).collect();
        let (first, last) = (u32::from(self.cidr.network()), u32::from(self.cidr.broadcast()));
        (first.saturating_add(4)..last)
            .map(Ipv4Addr::from)
            .find(|ip| !used.contains(ip) && !self.reserved.is_some_and(|r| r.contains(ip)))
    }

    /// How many addresses are free, as `AvailableIpAddressCount` tells: all but AWS's five and
    /// those of network interfaces.
    pub fn free_count(&self, state: &State) -> u32 {
        let size = u32::from(self.cidr.broadcast()) - u32::from(self.cidr.network());
        let used = state.network_interfaces.values().filter(|e| e.subnet == self.id).count();
        size.saturating_sub(4).saturating_sub(u32::try_from(used).unwrap_or(u32::MAX))
    }
}

/// The subnet of a VPC that holds `ip`.
pub fn of_address<'a>(state: &'a State, vpc: &str, ip: Ipv4Addr) -> Option<&'a Subnet> {
    state.subnets.values().find(|s| s.vpc == vpc && s.cidr.contains(&ip))
}

/// CreateSubnet, with an IPv4 block inside the VPC's that no other subnet has.
pub fn create(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    const NOT_SERVED: [&str; 6] = [
        "Ipv6CidrBlock",
        "OutpostArn",
        "Ipv4IpamPoolId",
        "Ipv4NetmaskLength",
        "Ipv6IpamPoolId",
        "Ipv6NetmaskLength",
    ];
    if let Some(member) = NOT_SERVED.into_iter().find(|m| input.get(m).is_some()) {
        return Err(Fault::new(501, "NotImplemented", format!("{member} is not simulated.")));
    }
    let vpc = vpc::find(&call.region.ec2, text(input, "VpcId").unwrap_or_default())?.clone();
    let zone = zone(&call.region.name, input)?;
    let given = text(input, "CidrBlock").ok_or_else(|| {
        Fault::bad("MissingParameter", "Either 'cidrBlock' or 'ipv4IpamPoolId' should be provided.")
    })?;
    let cidr = vpc::block(given, "InvalidSubnet.Range")?;
    if !vpc.cidr.contains(&cidr) {
        return Err(Fault::bad("InvalidSubnet.Range", format!("The CIDR '{given}' is invalid.")));
    }
    let others: Vec<&Subnet> = call.region.ec2.subnets.values().filter(|s| s.vpc == vpc.id).collect();
    if others.iter().any(|s| s.cidr.contains(&cidr) || cidr.contains(&s.cidr)) {
        let message = format!("The CIDR '{given}' conflicts with another subnet");
        return Err(Fault::bad("InvalidSubnet.Conflict", message));
    }
    if others.len() >= call.options.quotas.get(Quota::SubnetsPerVpc) {
        let message = "The maximum number of subnets has been reached.";
        return Err(Fault::bad("SubnetLimitExceeded", message));
    }
    let tags = tags::on_create(call.options, input, id::SUBNET)?;
    reply::unless_dry_run(input)?;
    let id = call.ids.ec2("subnet");
    let subnet = Subnet { id, vpc: vpc.id, zone: zone.name, zone_id: zone.id, cidr, reserved: None, tags };
    let rendered = render(call.region, &subnet);
    call.region.ec2.subnets.insert(subnet.id.clone(), subnet);
    Ok(json!({"Subnet": rendered}))
}

/// The zone that the caller names or, without one, the first.
fn zone(region: &str, input: &Value) -> Result<Zone, Fault> {
    let zones = zones(region);
    let (name, id) = (text(input, "AvailabilityZone"), text(input, "AvailabilityZoneId"));
    if name.is_some() && id.is_some() {
        let message = "Give AvailabilityZone or AvailabilityZoneId, not both.";
        return Err(Fault::bad("InvalidParameterCombination", message));
    }
    let names: Vec<String> = zones.iter().map(|z| z.name.clone()).collect();
    let found =
        zones.into_iter().find(|z| name.is_none_or(|name| z.name == name) && id.is_none_or(|id| z.id == id));
    found.ok_or_else(|| {
        let message = format!(
            "Value ({}) for parameter availabilityZone is invalid. Subnets can currently only be created \
             in the following availability zones: {}.",
            name.or(id).unwrap_or_default(),
            names.join(", "),
        );
        Fault::bad("InvalidParameterValue", message)
    })
}

/// DeleteSubnet: network interfaces in it are in the way.
pub fn delete(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let id = text(input, "SubnetId").unwrap_or_default();
    let state = &mut call.region.ec2;
    find(state, id)?;
    if state.network_interfaces.values().any(|e| e.subnet == id) {
        return Err(reply::dependency("subnet", id));
    }
    reply::unless_dry_run(input)?;
    state.subnets.remove(id);
    state.acl_associations.remove(id);
    for table in state.route_tables.values_mut() {
        table.subnets.retain(|(subnet, _)| subnet != id);
    }
    Ok(json!({}))
}

/// The subnet with this id.
///
/// # Errors
/// `InvalidSubnetID.Malformed` or `InvalidSubnetID.NotFound`.
pub fn find<'a>(state: &'a State, id: &str) -> Result<&'a Subnet, Fault> {
    id::SUBNET.check(id)?;
    state.subnets.get(id).ok_or_else(|| id::SUBNET.not_found(&[id]))
}

/// DescribeSubnets.
pub fn describe(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    const FILTERS: [&str; 30] = [
        "availability-zone",
        "availabilityZone",
        "availability-zone-id",
        "availabilityZoneId",
        "available-ip-address-count",
        "cidr-block",
        "cidr",
        "cidrBlock",
        "customer-owned-ipv4-pool",
        "default-for-az",
        "defaultForAz",
        "enable-dns64",
        "enable-lni-at-device-index",
        "ipv6-cidr-block-association.ipv6-cidr-block",
        "ipv6-cidr-block-association.association-id",
        "ipv6-cidr-block-association.state",
        "ipv6-native",
        "map-customer-owned-ip-on-launch",
        "map-public-ip-on-launch",
        "outpost-arn",
        "owner-id",
        "private-dns-name-options-on-launch.hostname-type",
        "private-dns-name-options-on-launch.enable-resource-name-dns-a-record",
        "private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record",
        "state",
        "subnet-arn",
        "subnet-id",
        "vpc-id",
        "tag:",
        "tag-key",
    ];
    reply::unless_dry_run(input)?;
    let region = &*call.region;
    let state = &region.ec2;
    let ids = texts(input, "SubnetIds");
    id::SUBNET.check_all(&ids, |id| state.subnets.contains_key(id))?;
    let filters = filter::read(input, &FILTERS)?;
    let found = state.subnets.values().filter(|s| ids.is_empty() || ids.contains(&s.id));
    let found = found.filter(|s| filters.pass(&s.tags, |name| field(region, s, name)));
    let found = found.map(|s| (s.id.clone(), render(region, s))).collect();
    reply::pages(input, "Subnets", found)
}

/// What a subnet has for a filter. None here has IPv6, an Outpost or what belongs to one.
fn field(region: &Region, subnet: &Subnet, name: &str) -> Vec<String> {
    vec![match name {
        "availability-zone" | "availabilityZone" => subnet.zone.clone(),
        "availability-zone-id" | "availabilityZoneId" => subnet.zone_id.clone(),
        "available-ip-address-count" => subnet.free_count(&region.ec2).to_string(),
        "cidr-block" | "cidr" | "cidrBlock" => subnet.cidr.to_string(),
        "owner-id" => region.account.clone(),
        "private-dns-name-options-on-launch.hostname-type" => "ip-name".to_owned(),
        "state" => "available".to_owned(),
        "subnet-arn" => arn(region, subnet),
        "subnet-id" => subnet.id.clone(),
        "vpc-id" => subnet.vpc.clone(),
        "customer-owned-ipv4-pool" | "enable-lni-at-device-index" | "outpost-arn" => return Vec::new(),
        ipv6 if ipv6.starts_with("ipv6-cidr-block-association.") => return Vec::new(),
        // The rest are switches, all off.
        _ => "false".to_owned(),
    }]
}

fn arn(region: &Region, subnet: &Subnet) -> String {
    region.arn("ec2", &format!("subnet/{}", subnet.id))
}

fn render(region: &Region, subnet: &Subnet) -> Value {
    json!({
        "SubnetId": subnet.id,
        "SubnetArn": arn(region, subnet),
        "VpcId": subnet.vpc,
        "OwnerId": region.account,
        "State": "available",
        "CidrBlock": subnet.cidr.to_string(),
        "AvailableIpAddressCount": subnet.free_count(&region.ec2),
        "AvailabilityZone": subnet.zone,
        "AvailabilityZoneId": subnet.zone_id,
        "DefaultForAz": false,
        "MapPublicIpOnLaunch": false,
        "MapCustomerOwnedIpOnLaunch": false,
        "AssignIpv6AddressOnCreation": false,
        "EnableDns64": false,
        "Ipv6Native": false,
        "Ipv6CidrBlockAssociationSet": [],
        "PrivateDnsNameOptionsOnLaunch": {
            "HostnameType": "ip-name",
            "EnableResourceNameDnsARecord": false,
            "EnableResourceNameDnsAAAARecord": false,
        },
        "Tags": reply::tags(&subnet.tags),
    })
}
