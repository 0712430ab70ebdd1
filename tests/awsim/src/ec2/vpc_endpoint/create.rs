//! CreateVpcEndpoint.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::endpoint_service::{self, Service, Type};
use super::super::{State, id, reply, tags, vpc};
use super::place::{self, Wanted};
use super::{Interface, Status, VpcEndpoint, Way, policy, private_dns, render};
use crate::fault::Fault;
use crate::input::{flag, list, text, texts};
use crate::quota::Quota;
use crate::world::Call;

/// The operation, as tokens are kept for it.
const OPERATION: &str = "CreateVpcEndpoint";

/// CreateVpcEndpoint, of type gateway (the default) or interface.
pub fn create(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let way = check_served(&call.region.name, input)?;
    if let Some(earlier) = call.region.ec2.tokens.earlier(OPERATION, input)?.map(str::to_owned) {
        reply::unless_dry_run(input)?;
        return answer(call, input, &earlier);
    }
    let state = &call.region.ec2;
    let vpc = vpc::find(state, text(input, "VpcId").unwrap_or_default())?.id.clone();
    let name = text(input, "ServiceName").ok_or_else(|| reply::missing("ServiceName"))?;
    let service = endpoint_service::find(&call.region.name, name, way)?;
    let given = text(input, "PolicyDocument");
    let given = given.map(|given| policy::check(given, &call.options.quotas)).transpose()?;
    let default = if way == Type::Gateway { policy::OF_GATEWAY } else { policy::OF_INTERFACE };
    let tags = tags::on_create(call.options, input, id::VPC_ENDPOINT)?;
    let draft = match way {
        Type::Gateway => gateway(state, &vpc, &service, input)?,
        Type::Interface => interface(call, &vpc, &service, input)?,
    };
    check_quota(call, &vpc, way)?;
    reply::unless_dry_run(input)?;
    let id = call.ids.ec2("vpce");
    let mut endpoint = VpcEndpoint {
        id: id.clone(),
        vpc,
        service: service.name,
        way: Way::Gateway { prefix_list: String::new(), route_tables: Vec::new() },
        policy: given.unwrap_or(default).to_owned(),
        status: Status::Available,
        changes_at: call.now,
        modifying_until: call.now,
        created: call.now,
        tags,
    };
    match draft {
        Draft::Gateway(way) => endpoint.way = way,
        Draft::Interface { wanted, groups, private, inbound_only } => {
            let places = place::attach(call, &endpoint, &groups, &wanted)?;
            let private_zone = private.then(|| private_dns::zone(call.ids));
            let label = call.ids.alphanumeric(8);
            endpoint.way = Way::Interface(Interface { places, groups, private_zone, inbound_only, label });
            endpoint.changes_at = call.now + call.region.ec2.delays.endpoint_pending;
            endpoint.status = Status::Pending;
        }
    }
    call.region.ec2.vpc_endpoints.insert(id.clone(), endpoint);
    call.region.ec2.tokens.remember(OPERATION, input, &id);
    answer(call, input, &id)
}

fn answer(call: &Call<'_>, input: &Value, id: &str) -> Result<Value, Fault> {
    let endpoint = super::find(&call.region.ec2, id)?;
    let mut reply = json!({"VpcEndpoint": render::endpoint(call.region, endpoint)});
    if let Some(token) = text(input, "ClientToken") {
        reply["ClientToken"] = json!(token);
    }
    Ok(reply)
}

/// What is to be made, everything checked.
enum Draft {
    Gateway(Way),
    Interface { wanted: Vec<Wanted>, groups: Vec<String>, private: bool, inbound_only: bool },
}

/// Refuses what is not simulated; the endpoint's type.
fn check_served(region: &str, input: &Value) -> Result<Type, Fault> {
    reply::refuse(input, &["ServiceNetworkArn", "ResourceConfigurationArn"])?;
    if text(input, "ServiceRegion").is_some_and(|wanted| wanted != region) {
        return Err(reply::not_served("ServiceRegion of another region"));
    }
    check_addresses(input)?;
    match text(input, "VpcEndpointType").unwrap_or("Gateway") {
        "Gateway" => Ok(Type::Gateway),
        "Interface" => Ok(Type::Interface),
        other => Err(reply::not_served(&format!("A VPC endpoint of type {other}"))),
    }
}

/// Only IPv4 is simulated, and of the DNS options that of S3.
pub(super) fn check_addresses(input: &Value) -> Result<(), Fault> {
    let options = input.get("DnsOptions").unwrap_or(&Value::Null);
    reply::refuse(options, &["PrivateDnsPreference", "PrivateDnsSpecifiedDomains"])?;
    for (given, name) in [
        (text(input, "IpAddressType"), "IpAddressType"),
        (text(options, "DnsRecordIpType"), "DnsRecordIpType"),
    ] {
        if given.is_some_and(|given| given != "ipv4") {
            return Err(reply::not_served(&format!("{name} other than ipv4")));
        }
    }
    Ok(())
}

/// Members of the other type are refused (words as in ansible's and field logs).
fn only_for(input: &Value, members: &[(&str, &str)], way: &str) -> Result<(), Fault> {
    for (member, words) in members {
        let given = input.get(*member).is_some_and(|v| v.as_array().is_none_or(|list| !list.is_empty()));
        if given {
            let message = format!("{words} are only supported for {way} type VPC Endpoint.");
            return Err(Fault::bad("InvalidParameter", message));
        }
    }
    Ok(())
}

fn gateway(state: &State, vpc: &str, service: &Service, input: &Value) -> Result<Draft, Fault> {
    let others = [
        ("SubnetIds", "Subnet IDs"),
        ("SecurityGroupIds", "Security group IDs"),
        ("SubnetConfigurations", "Subnet configurations"),
    ];
    only_for(input, &others, "Interface")?;
    check_inbound_only(service, Type::Gateway, input)?;
    if flag(input, "PrivateDnsEnabled") == Some(true) {
        let message = "Private DNS is only supported for Interface type VPC Endpoint.";
        return Err(Fault::bad("InvalidParameter", message));
    }
    let prefix_list = place::list(state, &service.name)?;
    let route_tables = once_each(texts(input, "RouteTableIds"));
    place::route_tables(state, vpc, &route_tables, &prefix_list)?;
    Ok(Draft::Gateway(Way::Gateway { prefix_list, route_tables }))
}

/// Ids in their order, each once.
pub(super) fn once_each(ids: Vec<String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    ids.into_iter().filter(|id| seen.insert(id.clone())).collect()
}

/// Whether only inbound resolver endpoints are to be answered: so for S3 unless said otherwise
/// (terraform-provider-aws 32407).
///
/// # Errors
/// `InvalidParameter` for what is not an interface endpoint of S3 (terraform-provider-aws 45846).
pub(super) fn check_inbound_only(service: &Service, way: Type, input: &Value) -> Result<bool, Fault> {
    let options = input.get("DnsOptions").unwrap_or(&Value::Null);
    let given = flag(options, "PrivateDnsOnlyForInboundResolverEndpoint");
    let s3 = service.host == "s3";
    if given.is_some() && way == Type::Gateway {
        let message = "DnsOptions PrivateDnsOnlyForInboundResolverEndpoint is applicable only to Interface VPC \
                       Endpoints.";
        return Err(Fault::bad("InvalidParameter", message));
    }
    if given == Some(true) && !s3 {
        let message = "DnsOptions PrivateDnsOnlyForInboundResolverEndpoint is applicable only to services that \
                       support both gateway and interface endpoints.";
        return Err(Fault::bad("InvalidParameter", message));
    }
    Ok(given.unwrap_or(s3))
}

fn interface(call: &Call<'_>, vpc: &str, service: &Service, input: &Value) -> Result<Draft, Fault> {
    let state = &call.region.ec2;
    only_for(input, &[("RouteTableIds", "Route table IDs")], "Gateway")?;
    let wanted = subnets(state, vpc, input)?;
    let mut groups = once_each(texts(input, "SecurityGroupIds"));
    if groups.is_empty() {
        let default = state.security_groups.values().filter(|g| g.vpc == vpc && g.name == "default");
        groups = default.map(|g| g.id.clone()).collect();
    }
    place::groups(state, vpc, &groups, &call.options.quotas)?;
    let inbound_only = check_inbound_only(service, Type::Interface, input)?;
    // On unless it is switched off, for services that have it (terraform-provider-aws 37783).
    let private = flag(input, "PrivateDnsEnabled").unwrap_or(!service.private_names.is_empty());
    if private {
        private_dns::check(call, service, vpc, None, inbound_only)?;
    }
    Ok(Draft::Interface { wanted, groups, private, inbound_only: inbound_only && private })
}

/// `SubnetIds`, with the addresses that `SubnetConfigurations` choose in them.
fn subnets(state: &State, vpc: &str, input: &Value) -> Result<Vec<Wanted>, Fault> {
    let mut wanted = place::subnets(state, vpc, &texts(input, "SubnetIds"), &[])?;
    for chosen in list(input, "SubnetConfigurations") {
        reply::refuse(chosen, &["Ipv6"])?;
        let subnet =
            text(chosen, "SubnetId").ok_or_else(|| reply::missing("SubnetConfiguration.SubnetId"))?;
        let Some(place) = wanted.iter_mut().find(|wanted| wanted.subnet == subnet) else {
            let message = format!("The subnet ID '{subnet}' of SubnetConfigurations is not among SubnetIds");
            return Err(Fault::bad("InvalidParameter", message));
        };
        if let Some(given) = text(chosen, "Ipv4") {
            let ip = given.parse().map_err(|_| {
                Fault::bad("InvalidParameterValue", format!("Value ({given}) for parameter Ipv4 is invalid."))
            })?;
            place.ip = Some(ip);
        }
    }
    Ok(wanted)
}

/// Endpoints that are deleting count. Interface endpoints are counted by VPC, gateway endpoints by
/// region and by VPC (PrivateLink quotas).
fn check_quota(call: &Call<'_>, vpc: &str, way: Type) -> Result<(), Fault> {
    let gateway = |e: &&VpcEndpoint| matches!(e.way, Way::Gateway { .. });
    let kind = call.region.ec2.vpc_endpoints.values().filter(|e| gateway(e) == (way == Type::Gateway));
    let (of_region, of_vpc) = (kind.clone().count(), kind.filter(|e| e.vpc == vpc).count());
    let most = |quota| call.options.quotas.get(quota);
    let full = match way {
        Type::Gateway => {
            of_region >= most(Quota::GatewayEndpoints) || of_vpc >= most(Quota::GatewayEndpointsPerVpc)
        }
        Type::Interface => of_vpc >= most(Quota::InterfaceEndpointsPerVpc),
    };
    if full {
        let message = "The maximum number of VPC endpoints has been reached.";
        return Err(Fault::bad("VpcEndpointLimitExceeded", message));
    }
    Ok(())
}
