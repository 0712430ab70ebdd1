//! ModifyVpcEndpoint.

use serde_json::{Value, json};

use super::super::endpoint_service::{self, Type};
use super::super::reply;
use super::create::{check_addresses, check_inbound_only, once_each};
use super::place::{self, Wanted};
use super::{Interface, Status, VpcEndpoint, Way, policy, private_dns};
use crate::fault::Fault;
use crate::input::{flag, text, texts};
use crate::quota::Quotas;
use crate::world::Call;

/// ModifyVpcEndpoint: all of the call or nothing.
///
/// An interface endpoint takes one change at a time: the next is refused for a while
/// (`OperationInProgress`, terraform-provider-aws 42875). While subnets or private DNS change it is
/// `pending` again, while groups or the policy change it is not (inferred).
pub fn modify(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    reply::refuse(input, &["SubnetConfigurations"])?;
    check_addresses(input)?;
    let id = text(input, "VpcEndpointId").unwrap_or_default();
    let endpoint = super::find(&call.region.ec2, id)?.clone();
    check_state(call, &endpoint)?;
    let policy = new_policy(&endpoint, input, &call.options.quotas)?;
    match &endpoint.way {
        Way::Gateway { prefix_list, route_tables } => {
            let tables = new_tables(call, &endpoint, (prefix_list, route_tables), input)?;
            reply::unless_dry_run(input)?;
            if let Some(endpoint) = call.region.ec2.vpc_endpoints.get_mut(id) {
                endpoint.policy = policy;
                endpoint.way = Way::Gateway { prefix_list: prefix_list.clone(), route_tables: tables };
            }
        }
        Way::Interface(interface) => {
            let change = new_interface(call, &endpoint, interface, input)?;
            reply::unless_dry_run(input)?;
            apply(call, endpoint.clone(), interface, change, policy)?;
        }
    }
    Ok(json!({"Return": true}))
}

/// Words of field logs: mongodb/terraform-provider-mongodbatlas 590 for one that is being made,
/// terraform-provider-aws 42698 for one that is being changed; for one that is going, ours.
fn check_state(call: &Call<'_>, endpoint: &VpcEndpoint) -> Result<(), Fault> {
    let id = &endpoint.id;
    if endpoint.status == Status::Deleting {
        let message =
            format!("The Vpc Endpoint Id '{id}' is not in a valid state for this operation: deleting");
        return Err(Fault::bad("IncorrectState", message));
    }
    if endpoint.modifying_until > call.now {
        return Err(Fault::bad("OperationInProgress", "VpcEndpoint modify operation in progress"));
    }
    if endpoint.status == Status::Pending {
        let message = format!(
            "Cannot modify VPC Endpoint {id} at this time because there is an idempotent operation going on"
        );
        return Err(Fault::bad("InvalidParameter", message));
    }
    Ok(())
}

fn new_policy(endpoint: &VpcEndpoint, input: &Value, quotas: &Quotas) -> Result<String, Fault> {
    let reset = flag(input, "ResetPolicy") == Some(true);
    match (text(input, "PolicyDocument"), reset) {
        (Some(_), true) => Err(Fault::bad(
            "InvalidParameterCombination",
            "The parameter 'policyDocument' may not be used in combination with 'resetPolicy'",
        )),
        (Some(given), false) => Ok(policy::check(given, quotas)?.to_owned()),
        (None, true) => Ok(match endpoint.way {
            Way::Gateway { .. } => policy::OF_GATEWAY.to_owned(),
            Way::Interface(_) => policy::OF_INTERFACE.to_owned(),
        }),
        (None, false) => Ok(endpoint.policy.clone()),
    }
}

fn only_for(input: &Value, members: &[&str], way: &str) -> Result<(), Fault> {
    match members.iter().find(|member| input.get(**member).is_some()) {
        Some(member) => {
            let message = format!("{member} is only supported for {way} type VPC Endpoint.");
            Err(Fault::bad("InvalidParameter", message))
        }
        None => Ok(()),
    }
}

fn new_tables(
    call: &Call<'_>,
    endpoint: &VpcEndpoint,
    (prefix_list, there): (&str, &[String]),
    input: &Value,
) -> Result<Vec<String>, Fault> {
    let others = [
        "AddSubnetIds",
        "RemoveSubnetIds",
        "AddSecurityGroupIds",
        "RemoveSecurityGroupIds",
        "PrivateDnsEnabled",
    ];
    only_for(input, &others, "Interface")?;
    let service = endpoint_service::find(&call.region.name, &endpoint.service, Type::Gateway)?;
    check_inbound_only(&service, Type::Gateway, input)?;
    let (add, remove) = (texts(input, "AddRouteTableIds"), texts(input, "RemoveRouteTableIds"));
    let mut tables = without(there, &remove, "route table", &endpoint.id)?;
    let add: Vec<String> = once_each(add).into_iter().filter(|table| !tables.contains(table)).collect();
    place::route_tables(&call.region.ec2, &endpoint.vpc, &add, prefix_list)?;
    tables.extend(add);
    Ok(tables)
}

/// What is left of `there`; what is not there cannot be taken away (our words).
fn without(there: &[String], remove: &[String], kind: &str, of: &str) -> Result<Vec<String>, Fault> {
    if let Some(stranger) = remove.iter().find(|id| !there.contains(id)) {
        let message = format!("The {kind} '{stranger}' is not associated with the VPC Endpoint {of}");
        return Err(Fault::bad("InvalidParameter", message));
    }
    Ok(there.iter().filter(|id| !remove.contains(id)).cloned().collect())
}

/// A change of an interface endpoint, everything checked.
struct Change {
    add: Vec<Wanted>,
    remove: Vec<String>,
    groups: Vec<String>,
    private: bool,
    inbound_only: bool,
}

fn new_interface(
    call: &Call<'_>,
    endpoint: &VpcEndpoint,
    there: &Interface,
    input: &Value,
) -> Result<Change, Fault> {
    only_for(input, &["AddRouteTableIds", "RemoveRouteTableIds"], "Gateway")?;
    let (state, vpc, id) = (&call.region.ec2, &endpoint.vpc, &endpoint.id);
    let remove = texts(input, "RemoveSubnetIds");
    let subnets: Vec<String> = there.places.iter().map(|place| place.subnet.clone()).collect();
    without(&subnets, &remove, "subnet", id)?;
    // A subnet of a zone can be added only after the one there was taken away, in a call of its own
    // (openshift/aws-vpce-operator).
    let add = place::subnets(state, vpc, &texts(input, "AddSubnetIds"), &there.places)?;
    let mut groups = without(&there.groups, &texts(input, "RemoveSecurityGroupIds"), "security group", id)?;
    for group in texts(input, "AddSecurityGroupIds") {
        if !groups.contains(&group) {
            groups.push(group);
        }
    }
    if groups.is_empty() {
        let message = format!("The VPC Endpoint {id} must have at least one security group");
        return Err(Fault::bad("InvalidParameter", message));
    }
    place::groups(state, vpc, &groups, &call.options.quotas)?;
    let service = endpoint_service::find(&call.region.name, &endpoint.service, Type::Interface)?;
    let private = flag(input, "PrivateDnsEnabled").unwrap_or(there.private_zone.is_some());
    let stays = input.get("DnsOptions").is_none() && there.private_zone.is_some();
    let inbound_only =
        if stays { there.inbound_only } else { check_inbound_only(&service, Type::Interface, input)? };
    if private && (there.private_zone.is_none() || inbound_only != there.inbound_only) {
        private_dns::check(call, &service, vpc, Some(id), inbound_only)?;
    }
    Ok(Change { add, remove, groups, private, inbound_only: private && inbound_only })
}

fn apply(
    call: &mut Call<'_>,
    mut endpoint: VpcEndpoint,
    there: &Interface,
    change: Change,
    policy: String,
) -> Result<(), Fault> {
    let Change { add, remove, groups, private, inbound_only } = change;
    let added = place::attach(call, &endpoint, &groups, &add)?;
    let state = &mut call.region.ec2;
    let linger = call.now + state.delays.interfaces_linger;
    let (gone, mut places): (Vec<_>, Vec<_>) =
        there.places.iter().cloned().partition(|place| remove.contains(&place.subnet));
    for place in &gone {
        super::release(state, &place.interface, linger);
    }
    for place in &places {
        if let Some(interface) = state.network_interfaces.get_mut(&place.interface) {
            interface.groups.clone_from(&groups);
        }
    }
    places.extend(added);
    let private_zone = match (&there.private_zone, private) {
        (_, false) => None,
        (Some(zone), true) => Some(zone.clone()),
        (None, true) => Some(private_dns::zone(call.ids)),
    };
    endpoint.modifying_until = call.now + state.delays.endpoint_modifying;
    if places != there.places || private_zone != there.private_zone {
        endpoint.status = Status::Pending;
        endpoint.changes_at = endpoint.modifying_until;
    }
    endpoint.policy = policy;
    let label = there.label.clone();
    endpoint.way = Way::Interface(Interface { places, groups, private_zone, inbound_only, label });
    state.vpc_endpoints.insert(endpoint.id.clone(), endpoint);
    Ok(())
}
