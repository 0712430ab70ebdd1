//! Route tables. Callers make them, give them to subnets and to gateway endpoints; routes come from
//! the seed and from gateway endpoints. The data path does not use them: everything here lies in one
//! VPC.

use ipnet::Ipv4Net;
use serde::Serialize;
use serde_json::{Value, json};

use super::{State, filter, id, reply, subnet, tags, vpc, vpc_endpoint};
use crate::fault::Fault;
use crate::input::{text, texts};
use crate::quota::Quota;
use crate::world::{Call, Tags};

/// One route table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RouteTable {
    /// `rtb-…`
    pub id: String,
    /// The VPC that it belongs to.
    pub vpc: String,
    /// Association id if it is the VPC's main table.
    pub main_association: Option<String>,
    /// Subnet id and association id of each subnet that was given this table.
    pub subnets: Vec<(String, String)>,
    /// In order; those of gateway endpoints are with the endpoints.
    pub routes: Vec<Route>,
    /// Tags by key.
    pub tags: Tags,
}

/// One route of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Route {
    /// Where to.
    pub destination: Ipv4Net,
    /// `local`, `igw-…` or `nat-…`.
    pub target: String,
}

/// The table with this id.
///
/// # Errors
/// `InvalidRouteTableId.Malformed` or `InvalidRouteTableID.NotFound`.
pub fn find<'a>(state: &'a State, id: &str) -> Result<&'a RouteTable, Fault> {
    id::ROUTE_TABLE.check(id)?;
    state.route_tables.get(id).ok_or_else(|| id::ROUTE_TABLE.not_found(&[id]))
}

/// CreateRouteTable: with the route that every table has.
pub fn create(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let state = &call.region.ec2;
    let earlier = state.tokens.earlier("CreateRouteTable", input)?.map(str::to_owned);
    let vpc = vpc::find(state, text(input, "VpcId").unwrap_or_default())?.clone();
    let tags = tags::on_create(call.options, input, id::ROUTE_TABLE)?;
    let there = state.route_tables.values().filter(|table| table.vpc == vpc.id).count();
    if earlier.is_none() && there >= call.options.quotas.get(Quota::RouteTablesPerVpc) {
        let message = "The maximum number of route tables has been reached.";
        return Err(Fault::bad("RouteTableLimitExceeded", message));
    }
    reply::unless_dry_run(input)?;
    let id = earlier.unwrap_or_else(|| {
        let id = call.ids.ec2("rtb");
        let table = RouteTable {
            id: id.clone(),
            vpc: vpc.id,
            main_association: None,
            subnets: Vec::new(),
            routes: vec![Route { destination: vpc.cidr, target: "local".to_owned() }],
            tags,
        };
        call.region.ec2.route_tables.insert(id.clone(), table);
        call.region.ec2.tokens.remember("CreateRouteTable", input, &id);
        id
    });
    let state = &call.region.ec2;
    let mut reply = json!({"RouteTable": render(state, find(state, &id)?, &call.region.account)});
    if let Some(token) = text(input, "ClientToken") {
        reply["ClientToken"] = json!(token);
    }
    Ok(reply)
}

/// DeleteRouteTable: not the main one, and not while a subnet has it. Gateway endpoints lose their
/// route with the table.
pub fn delete(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let state = &mut call.region.ec2;
    let table = find(state, text(input, "RouteTableId").unwrap_or_default())?;
    let id = table.id.clone();
    if table.main_association.is_some() || !table.subnets.is_empty() {
        return Err(reply::dependency("routeTable", &id));
    }
    reply::unless_dry_run(input)?;
    state.route_tables.remove(&id);
    state.tokens.forget(&id);
    vpc_endpoint::forget_route_table(state, &id);
    Ok(json!({}))
}

/// AssociateRouteTable, with a subnet. A subnet has one table: a second is refused, the same again
/// is answered as before.
pub fn associate(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    reply::refuse(input, &["GatewayId", "PublicIpv4Pool"])?;
    let state = &mut call.region.ec2;
    let table = find(state, text(input, "RouteTableId").unwrap_or_default())?;
    let Some(subnet) = text(input, "SubnetId") else { return Err(reply::missing("subnetId or gatewayId")) };
    let subnet = subnet::find(state, subnet)?;
    if subnet.vpc != table.vpc {
        let message =
            format!("Route table {} and network {} belong to different networks", table.id, subnet.id);
        return Err(Fault::bad("InvalidParameterValue", message));
    }
    let (table, subnet) = (table.id.clone(), subnet.id.clone());
    let there = state.route_tables.values().find_map(|t| {
        t.subnets
            .iter()
            .find(|(s, _)| *s == subnet)
            .map(|(_, association)| (t.id.clone(), association.clone()))
    });
    let reply = |id: &str| json!({"AssociationId": id, "AssociationState": {"State": "associated"}});
    match there {
        Some((of, _)) if of != table => {
            let message = format!(
                "the specified association for route table {table} conflicts with an existing association"
            );
            return Err(Fault::bad("Resource.AlreadyAssociated", message));
        }
        Some((_, association)) => {
            reply::unless_dry_run(input)?;
            return Ok(reply(&association));
        }
        None => reply::unless_dry_run(input)?,
    }
    let id = call.ids.ec2("rtbassoc");
    if let Some(table) = state.route_tables.get_mut(&table) {
        table.subnets.push((subnet, id.clone()));
    }
    Ok(reply(&id))
}

/// DisassociateRouteTable: the subnet falls back to the main table, whose own association stays
/// (words as in hashicorp/vault 659).
pub fn disassociate(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let id = text(input, "AssociationId").unwrap_or_default();
    let tables = &mut call.region.ec2.route_tables;
    if tables.values().any(|table| table.main_association.as_deref() == Some(id)) {
        let message = format!("cannot disassociate the main route table association {id}");
        return Err(Fault::bad("InvalidParameterValue", message));
    }
    let table =
        tables.values_mut().find(|table| table.subnets.iter().any(|(_, association)| association == id));
    let table = table.ok_or_else(|| id::no_association(id))?;
    reply::unless_dry_run(input)?;
    table.subnets.retain(|(_, association)| association != id);
    Ok(json!({}))
}

/// DescribeRouteTables. Filters of things that no route here has (instances, peerings, transit
/// gateways, IPv6) find nothing.
pub fn describe(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    const FILTERS: [&str; 21] = [
        "association.gateway-id",
        "association.route-table-association-id",
        "association.route-table-id",
        "association.subnet-id",
        "association.main",
        "owner-id",
        "route-table-id",
        "route.destination-cidr-block",
        "route.destination-ipv6-cidr-block",
        "route.destination-prefix-list-id",
        "route.egress-only-internet-gateway-id",
        "route.gateway-id",
        "route.instance-id",
        "route.nat-gateway-id",
        "route.transit-gateway-id",
        "route.origin",
        "route.state",
        "route.vpc-peering-connection-id",
        "vpc-id",
        "tag:",
        "tag-key",
    ];
    reply::unless_dry_run(input)?;
    let state = &call.region.ec2;
    let ids = texts(input, "RouteTableIds");
    id::ROUTE_TABLE.check_all(&ids, |id| state.route_tables.contains_key(id))?;
    let filters = filter::read(input, &FILTERS)?;
    let found = state.route_tables.values().filter(|t| ids.is_empty() || ids.contains(&t.id));
    let found = found.filter(|t| filters.pass(&t.tags, |name| field(state, t, name, &call.region.account)));
    let found = found.map(|t| (t.id.clone(), render(state, t, &call.region.account))).collect();
    reply::pages(input, "RouteTables", found)
}

fn field(state: &State, table: &RouteTable, name: &str, account: &str) -> Vec<String> {
    let targets = |kind: &str| -> Vec<String> {
        table.routes.iter().map(|r| r.target.clone()).filter(|t| t.starts_with(kind)).collect()
    };
    let endpoints = || vpc_endpoint::routes(state, &table.id);
    let subnets = &table.subnets;
    match name {
        "association.route-table-association-id" => {
            table.main_association.iter().cloned().chain(subnets.iter().map(|(_, a)| a.clone())).collect()
        }
        "association.subnet-id" => subnets.iter().map(|(s, _)| s.clone()).collect(),
        "association.main" => {
            let main = table.main_association.iter().map(|_| "true".to_owned());
            main.chain(subnets.iter().map(|_| "false".to_owned())).collect()
        }
        "owner-id" => vec![account.to_owned()],
        "association.route-table-id" | "route-table-id" => vec![table.id.clone()],
        "route.destination-cidr-block" => table.routes.iter().map(|r| r.destination.to_string()).collect(),
        "route.destination-prefix-list-id" => endpoints().into_iter().map(|(list, _)| list).collect(),
        "route.gateway-id" => {
            let endpoints = endpoints().into_iter().map(|(_, endpoint)| endpoint).collect();
            [targets("local"), targets("igw-"), endpoints].concat()
        }
        "route.nat-gateway-id" => targets("nat-"),
        "route.origin" => {
            let endpoints = endpoints().into_iter().map(|_| "CreateRoute".to_owned());
            table.routes.iter().map(|r| origin(r).to_owned()).chain(endpoints).collect()
        }
        "route.state" => vec!["active".to_owned()],
        "vpc-id" => vec![table.vpc.clone()],
        _ => Vec::new(),
    }
}

fn origin(route: &Route) -> &'static str {
    if route.target == "local" { "CreateRouteTable" } else { "CreateRoute" }
}

fn render(state: &State, table: &RouteTable, account: &str) -> Value {
    let association = |id: &str, subnet: Option<&str>| {
        let mut association = json!({
            "Main": subnet.is_none(),
            "RouteTableAssociationId": id,
            "RouteTableId": table.id,
            "AssociationState": {"State": "associated"},
        });
        if let Some(subnet) = subnet {
            association["SubnetId"] = json!(subnet);
        }
        association
    };
    let main = table.main_association.iter().map(|id| association(id, None));
    let others = table.subnets.iter().map(|(subnet, id)| association(id, Some(subnet)));
    let routes = table.routes.iter().map(|route| {
        let member = if route.target.starts_with("nat-") { "NatGatewayId" } else { "GatewayId" };
        json!({
            "DestinationCidrBlock": route.destination.to_string(),
            member: route.target,
            "Origin": origin(route),
            "State": "active",
        })
    });
    let endpoints = vpc_endpoint::routes(state, &table.id).into_iter().map(|(list, endpoint)| {
        json!({
            "DestinationPrefixListId": list,
            "GatewayId": endpoint,
            "Origin": "CreateRoute",
            "State": "active",
        })
    });
    json!({
        "RouteTableId": table.id,
        "VpcId": table.vpc,
        "OwnerId": account,
        "Associations": main.chain(others).collect::<Vec<Value>>(),
        "Routes": routes.chain(endpoints).collect::<Vec<Value>>(),
        "PropagatingVgws": [],
        "Tags": reply::tags(&table.tags),
    })
}
