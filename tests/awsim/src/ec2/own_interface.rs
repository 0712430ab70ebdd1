//! Network interfaces that callers make for themselves, and what they may not do with those of
//! services.

use std::net::Ipv4Addr;

use serde_json::{Value, json};

use super::{
    NetworkInterface, NewInterface, State, id, network_interface, reply, security_group, subnet, tags,
};
use crate::fault::Fault;
use crate::input::{flag, list, text, texts};
use crate::world::Call;

/// The operation, as tokens are kept for it.
const OPERATION: &str = "CreateNetworkInterface";

/// CreateNetworkInterface, with one IPv4 address. Without groups it carries its VPC's default one.
pub fn create(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    const NOT_SERVED: [&str; 11] = [
        "Ipv4Prefixes",
        "Ipv4PrefixCount",
        "Ipv6Prefixes",
        "Ipv6PrefixCount",
        "InterfaceType",
        "EnablePrimaryIpv6",
        "ConnectionTrackingSpecification",
        "Operator",
        "SecondaryPrivateIpAddressCount",
        "Ipv6Addresses",
        "Ipv6AddressCount",
    ];
    reply::refuse(input, &NOT_SERVED)?;
    let earlier = call.region.ec2.tokens.earlier(OPERATION, input)?.map(str::to_owned);
    if let Some(id) = earlier {
        reply::unless_dry_run(input)?;
        return answer(call, input, &id);
    }
    let state = &call.region.ec2;
    let subnet = subnet::find(state, text(input, "SubnetId").unwrap_or_default())?;
    let mut groups = texts(input, "Groups");
    if groups.is_empty() {
        let default = state.security_groups.values().filter(|g| g.vpc == subnet.vpc && g.name == "default");
        groups = default.map(|g| g.id.clone()).collect();
    }
    let spec = NewInterface {
        subnet: subnet.id.clone(),
        groups,
        description: text(input, "Description").unwrap_or_default().to_owned(),
        interface_type: "interface".to_owned(),
        requester: String::new(),
        owner: String::new(),
        ip: address(input)?,
        tags: tags::on_create(call.options, input, id::NETWORK_INTERFACE)?,
    };
    network_interface::check(state, &spec, &call.options.quotas)?;
    reply::unless_dry_run(input)?;
    let id = network_interface::attach(&mut call.region.ec2, call.ids, spec, &call.options.quotas)?;
    call.region.ec2.tokens.remember(OPERATION, input, &id);
    answer(call, input, &id)
}

/// A new one is `pending` in the answer (botocore's example of CreateNetworkInterface).
fn answer(call: &Call<'_>, input: &Value, id: &str) -> Result<Value, Fault> {
    let interface = find(&call.region.ec2, id)?;
    let mut value = network_interface::render(call.region, interface);
    value["Status"] = json!("pending");
    let mut reply = json!({"NetworkInterface": value});
    if let Some(token) = text(input, "ClientToken") {
        reply["ClientToken"] = json!(token);
    }
    Ok(reply)
}

/// The one address that was chosen.
fn address(input: &Value) -> Result<Option<Ipv4Addr>, Fault> {
    let several = list(input, "PrivateIpAddresses");
    let given = match (text(input, "PrivateIpAddress"), several) {
        (given, []) => given,
        (None, [one]) if flag(one, "Primary") == Some(true) => text(one, "PrivateIpAddress"),
        _ => return Err(reply::not_served("More than one primary address in PrivateIpAddresses")),
    };
    let parse = |given: &str| {
        given.parse().map_err(|_| {
            let message =
                format!("Value ({given}) for parameter privateIpAddress is invalid. Invalid IPv4 address.");
            Fault::bad("InvalidParameterValue", message)
        })
    };
    given.map(parse).transpose()
}

fn find<'a>(state: &'a State, id: &str) -> Result<&'a NetworkInterface, Fault> {
    id::NETWORK_INTERFACE.check(id)?;
    state.network_interfaces.get(id).ok_or_else(|| id::NETWORK_INTERFACE.not_found(&[id]))
}

/// DeleteNetworkInterface: those of services are in use until the service lets them go
/// (gruntwork-io/cloud-nuke 431).
pub fn delete(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let state = &mut call.region.ec2;
    let interface = find(state, text(input, "NetworkInterfaceId").unwrap_or_default())?;
    let id = interface.id.clone();
    if !interface.requester.is_empty() {
        let message = format!("Network interface '{id}' is currently in use.");
        return Err(Fault::bad("InvalidParameterValue", message));
    }
    reply::unless_dry_run(input)?;
    state.network_interfaces.remove(&id);
    state.tokens.forget(&id);
    Ok(json!({}))
}

/// ModifyNetworkInterfaceAttribute: description, groups or the source and destination check, one a
/// call. Those of services belong to the service (terraform-provider-aws 12599).
pub fn modify_attribute(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    const ATTRIBUTES: [&str; 3] = ["Description", "SourceDestCheck", "Groups"];
    const NOT_SERVED: [&str; 6] = [
        "EnaSrdSpecification",
        "EnablePrimaryIpv6",
        "ConnectionTrackingSpecification",
        "AssociatePublicIpAddress",
        "AssociatedSubnetIds",
        "Attachment",
    ];
    reply::refuse(input, &NOT_SERVED)?;
    let state = &mut call.region.ec2;
    let interface = find(state, text(input, "NetworkInterfaceId").unwrap_or_default())?;
    let (id, vpc) = (interface.id.clone(), interface.vpc.clone());
    if !interface.requester.is_empty() {
        let message = "You do not have permission to access the specified resource.";
        return Err(Fault::bad("AuthFailure", message));
    }
    let given: Vec<&str> = ATTRIBUTES.into_iter().filter(|a| input.get(a).is_some()).collect();
    let [attribute] = given[..] else { return Err(reply::not_one_attribute(&given)) };
    let groups = texts(input, "Groups");
    for group in &groups {
        if security_group::find(state, group)?.vpc != vpc {
            return Err(id::SECURITY_GROUP.not_found(&[group]));
        }
    }
    network_interface::check_group_count(&groups, &call.options.quotas)?;
    reply::unless_dry_run(input)?;
    let value = input.get(attribute).unwrap_or(&Value::Null);
    if let Some(interface) = state.network_interfaces.get_mut(&id) {
        match attribute {
            "Description" => {
                text(value, "Value").unwrap_or_default().clone_into(&mut interface.description);
            }
            "SourceDestCheck" => interface.source_dest_check = flag(value, "Value").unwrap_or(true),
            _ => interface.groups = groups,
        }
    }
    Ok(json!({}))
}
