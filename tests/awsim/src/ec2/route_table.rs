//! Route tables and network ACLs: they are looked at, not changed; the data path does not use them
//! (everything here lies in one VPC, and the default network ACL lets everything pass).

use ipnet::Ipv4Net;
use serde::Serialize;
use serde_json::{Value, json};

use super::{State, filter, id, reply};
use crate::fault::Fault;
use crate::input::texts;
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
    /// In order.
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

/// One network ACL: only the default one of each VPC exists here, which lets everything pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NetworkAcl {
    /// `acl-…`
    pub id: String,
    /// The VPC that it belongs to.
    pub vpc: String,
    /// Tags by key.
    pub tags: Tags,
}

/// DescribeRouteTables.
pub fn describe(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    const FILTERS: [&str; 12] = [
        "association.route-table-association-id",
        "association.route-table-id",
        "association.subnet-id",
        "association.main",
        "owner-id",
        "route-table-id",
        "route.destination-cidr-block",
        "route.gateway-id",
        "route.nat-gateway-id",
        "route.origin",
        "route.state",
        "vpc-id",
    ];
    reply::unless_dry_run(input)?;
    let state = &call.region.ec2;
    let ids = texts(input, "RouteTableIds");
    id::ROUTE_TABLE.check_all(&ids, |id| state.route_tables.contains_key(id))?;
    let filters = filter::read(input, &FILTERS)?;
    let found = state.route_tables.values().filter(|t| ids.is_empty() || ids.contains(&t.id));
    let found = found.filter(|t| filters.pass(&t.tags, |name| field(t, name, &call.region.account)));
    let found = found.map(|t| (t.id.clone(), render(t, &call.region.account))).collect();
    reply::pages(input, "RouteTables", found)
}

fn field(table: &RouteTable, name: &str, account: &str) -> Vec<String> {
    let targets = |kind: &str| -> Vec<String> {
        table.routes.iter().map(|r| r.target.clone()).filter(|t| t.starts_with(kind)).collect()
    };
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
        "route.gateway-id" => [targets("local"), targets("igw-")].concat(),
        "route.nat-gateway-id" => targets("nat-"),
        "route.origin" => table.routes.iter().map(|r| origin(r).to_owned()).collect(),
        "route.state" => vec!["active".to_owned()],
        "vpc-id" => vec![table.vpc.clone()],
        _ => Vec::new(),
    }
}

fn origin(route: &Route) -> &'static str {
    if route.target == "local" { "CreateRouteTable" } else { "CreateRoute" }
}

fn render(table: &RouteTable, account: &str) -> Value {
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
    json!({
        "RouteTableId": table.id,
        "VpcId": table.vpc,
        "OwnerId": account,
        "Associations": main.chain(others).collect::<Vec<Value>>(),
        "Routes": routes.collect::<Vec<Value>>(),
        "PropagatingVgws": [],
        "Tags": reply::tags(&table.tags),
    })
}

/// DescribeNetworkAcls.
pub fn describe_acls(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    const FILTERS: [&str; 11] = [
        "association.association-id",
        "association.network-acl-id",
        "association.subnet-id",
        "default",
        "entry.cidr",
        "entry.protocol",
        "entry.rule-action",
        "entry.rule-number",
        "network-acl-id",
        "owner-id",
        "vpc-id",
    ];
    reply::unless_dry_run(input)?;
    let state = &call.region.ec2;
    let ids = texts(input, "NetworkAclIds");
    id::NETWORK_ACL.check_all(&ids, |id| state.network_acls.contains_key(id))?;
    let filters = filter::read(input, &FILTERS)?;
    let found = state.network_acls.values().filter(|a| ids.is_empty() || ids.contains(&a.id));
    let found = found.filter(|acl| {
        filters.pass(&acl.tags, |name| match name {
            "association.association-id" => associations(state, acl).map(|(_, id)| id).collect(),
            "association.subnet-id" => associations(state, acl).map(|(subnet, _)| subnet).collect(),
            "default" => vec!["true".to_owned()],
            "entry.cidr" => vec!["0.0.0.0/0".to_owned()],
            "entry.protocol" => vec!["-1".to_owned()],
            "entry.rule-action" => vec!["allow".to_owned(), "deny".to_owned()],
            "entry.rule-number" => vec!["100".to_owned(), "32767".to_owned()],
            "owner-id" => vec![call.region.account.clone()],
            "vpc-id" => vec![acl.vpc.clone()],
            _ => vec![acl.id.clone()],
        })
    });
    let found = found.map(|a| (a.id.clone(), render_acl(state, a, &call.region.account))).collect();
    reply::pages(input, "NetworkAcls", found)
}

/// Subnet and association id of every subnet of the VPC: all have the default ACL.
fn associations<'a>(state: &'a State, acl: &'a NetworkAcl) -> impl Iterator<Item = (String, String)> + 'a {
    state
        .subnets
        .values()
        .filter(|s| s.vpc == acl.vpc)
        .map(|s| (s.id.clone(), s.id.replacen("subnet-", "aclassoc-", 1)))
}

fn render_acl(state: &State, acl: &NetworkAcl, account: &str) -> Value {
    let entry = |egress: bool, number: i64, action: &str| {
        json!({
            "CidrBlock": "0.0.0.0/0", "Egress": egress, "Protocol": "-1",
            "RuleAction": action, "RuleNumber": number,
        })
    };
    let associations: Vec<Value> = associations(state, acl)
        .map(
            |(subnet, id)| json!({"NetworkAclAssociationId": id, "NetworkAclId": acl.id, "SubnetId": subnet}),
        )
        .collect();
    json!({
        "NetworkAclId": acl.id,
        "VpcId": acl.vpc,
        "OwnerId": account,
        "IsDefault": true,
        "Associations": associations,
        "Entries": [
            entry(true, 100, "allow"), entry(true, 32767, "deny"),
            entry(false, 100, "allow"), entry(false, 32767, "deny"),
        ],
        "Tags": reply::tags(&acl.tags),
    })
}
