//! VPCs. A new one has a main route table, a default network ACL and a default security group.

use ipnet::Ipv4Net;
use serde::Serialize;
use serde_json::{Value, json};

use super::network_acl::NetworkAcl;
use super::route_table::{self, RouteTable};
use super::security_group::SecurityGroup;
use super::{State, filter, id, reply, rule, tags};
use crate::fault::Fault;
use crate::ids::Ids;
use crate::input::{flag, text, texts};
use crate::quota::Quota;
use crate::world::{Call, Tags};

/// One VPC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Vpc {
    /// `vpc-…`
    pub id: String,
    /// Its addresses.
    pub cidr: Ipv4Net,
    /// `enableDnsSupport`
    pub dns_support: bool,
    /// `enableDnsHostnames`
    pub dns_hostnames: bool,
    /// `enableNetworkAddressUsageMetrics`
    pub address_metrics: bool,
    /// Security groups that pods carry: they have no interface of their own but send from the
    /// nodes' (EKS's default), whose groups these are.
    pub pod_groups: Vec<String>,
    /// Tags by key.
    pub tags: Tags,
}

/// Puts a VPC with what belongs to each into the state. The default security group lets its
/// members reach each other and everything out (VPC user guide, "Default security groups").
pub(crate) fn insert(state: &mut State, ids: &mut Ids, id: &str, cidr: Ipv4Net, tags: Tags) {
    let table = RouteTable {
        id: ids.ec2("rtb"),
        vpc: id.to_owned(),
        main_association: Some(ids.ec2("rtbassoc")),
        subnets: Vec::new(),
        routes: vec![route_table::Route { destination: cidr, target: "local".to_owned() }],
        tags: Tags::new(),
    };
    let acl = NetworkAcl::default_of(ids.ec2("acl"), id);
    let group = SecurityGroup {
        id: ids.ec2("sg"),
        name: "default".to_owned(),
        description: "default VPC security group".to_owned(),
        vpc: id.to_owned(),
        tags: Tags::new(),
    };
    let itself = rule::Peer::Group(group.id.clone());
    rule::insert(state, ids, &group.id, false, rule::Traffic::all(itself), "", Tags::new());
    rule::insert(state, ids, &group.id, true, rule::Traffic::all(rule::anywhere()), "", Tags::new());
    state.route_tables.insert(table.id.clone(), table);
    state.network_acls.insert(acl.id.clone(), acl);
    state.security_groups.insert(group.id.clone(), group);
    let vpc = Vpc {
        id: id.to_owned(),
        cidr,
        dns_support: true,
        dns_hostnames: false,
        address_metrics: false,
        pod_groups: Vec::new(),
        tags,
    };
    state.vpcs.insert(id.to_owned(), vpc);
}

/// CreateVpc, with an IPv4 block between /28 and /16.
pub fn create(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    const NOT_SERVED: [&str; 8] = [
        "Ipv6Pool",
        "Ipv6CidrBlock",
        "Ipv4IpamPoolId",
        "Ipv4NetmaskLength",
        "Ipv6IpamPoolId",
        "Ipv6NetmaskLength",
        "Ipv6CidrBlockNetworkBorderGroup",
        "VpcEncryptionControl",
    ];
    if let Some(member) = NOT_SERVED.into_iter().find(|m| input.get(m).is_some()) {
        return Err(Fault::new(501, "NotImplemented", format!("{member} is not simulated.")));
    }
    if flag(input, "AmazonProvidedIpv6CidrBlock") == Some(true) {
        return Err(Fault::new(501, "NotImplemented", "AmazonProvidedIpv6CidrBlock is not simulated."));
    }
    let given = text(input, "CidrBlock").ok_or_else(|| {
        Fault::bad("MissingParameter", "Either 'cidrBlock' or 'ipv4IpamPoolId' should be provided.")
    })?;
    let cidr = block(given, "InvalidVpc.Range")?;
    let tags = tags::on_create(call.options, input, id::VPC)?;
    if call.region.ec2.vpcs.len() >= call.options.quotas.get(Quota::Vpcs) {
        return Err(Fault::bad("VpcLimitExceeded", "The maximum number of VPCs has been reached."));
    }
    reply::unless_dry_run(input)?;
    let id = call.ids.ec2("vpc");
    insert(&mut call.region.ec2, call.ids, &id, cidr, tags);
    let mut vpc = call.region.ec2.vpcs.get(&id).map(|v| render(v, &call.region.account)).unwrap_or_default();
    vpc["State"] = json!("pending");
    Ok(json!({"Vpc": vpc}))
}

/// An IPv4 block of /16 to /28 with its host bits cleared.
///
/// # Errors
/// `InvalidParameterValue` for what is no block, else `range` for its size.
pub(super) fn block(given: &str, range: &str) -> Result<Ipv4Net, Fault> {
    let Ok(cidr) = given.parse::<Ipv4Net>() else {
        let message =
            format!("Value ({given}) for parameter cidrBlock is invalid. This is not a valid CIDR block.");
        return Err(Fault::bad("InvalidParameterValue", message));
    };
    if !(16..=28).contains(&cidr.prefix_len()) {
        return Err(Fault::bad(range, format!("The CIDR '{given}' is invalid.")));
    }
    Ok(cidr.trunc())
}

/// DeleteVpc: subnets, endpoints, interfaces, further security groups, route tables or network ACLs
/// are in the way; what came with it goes with it.
pub fn delete(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let id = text(input, "VpcId").unwrap_or_default();
    let state = &mut call.region.ec2;
    find(state, id)?;
    let used = state.subnets.values().any(|s| s.vpc == id)
        || state.network_interfaces.values().any(|e| e.vpc == id)
        || state.security_groups.values().any(|g| g.vpc == id && g.name != "default")
        || state.route_tables.values().any(|t| t.vpc == id && t.main_association.is_none())
        || state.network_acls.values().any(|a| a.vpc == id && !a.default)
        || state.vpc_endpoints.values().any(|e| e.vpc == id);
    if used {
        return Err(reply::dependency("vpc", id));
    }
    reply::unless_dry_run(input)?;
    let groups: Vec<String> =
        state.security_groups.values().filter(|g| g.vpc == id).map(|g| g.id.clone()).collect();
    groups.iter().for_each(|group| state.rules.remove_group(group));
    state.security_groups.retain(|_, g| g.vpc != id);
    state.route_tables.retain(|_, t| t.vpc != id);
    state.network_acls.retain(|_, a| a.vpc != id);
    state.vpcs.remove(id);
    Ok(json!({}))
}

/// The VPC with this id.
///
/// # Errors
/// `InvalidVpcID.Malformed` or `InvalidVpcID.NotFound`.
pub fn find<'a>(state: &'a State, id: &str) -> Result<&'a Vpc, Fault> {
    id::VPC.check(id)?;
    state.vpcs.get(id).ok_or_else(|| id::VPC.not_found(&[id]))
}

/// DescribeVpcs.
pub fn describe(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    const FILTERS: [&str; 15] = [
        "cidr",
        "cidr-block-association.cidr-block",
        "cidr-block-association.association-id",
        "cidr-block-association.state",
        "dhcp-options-id",
        "ipv6-cidr-block-association.ipv6-cidr-block",
        "ipv6-cidr-block-association.ipv6-pool",
        "ipv6-cidr-block-association.association-id",
        "ipv6-cidr-block-association.state",
        "is-default",
        "owner-id",
        "state",
        "vpc-id",
        "tag:",
        "tag-key",
    ];
    reply::unless_dry_run(input)?;
    let state = &call.region.ec2;
    let ids = texts(input, "VpcIds");
    id::VPC.check_all(&ids, |id| state.vpcs.contains_key(id))?;
    let filters = filter::read(input, &FILTERS)?;
    let found = state.vpcs.values().filter(|v| ids.is_empty() || ids.contains(&v.id));
    let found = found.filter(|vpc| {
        filters.pass(&vpc.tags, |name| {
            if name.starts_with("ipv6-") {
                return Vec::new();
            }
            vec![match name {
                "cidr" | "cidr-block-association.cidr-block" => vpc.cidr.to_string(),
                "cidr-block-association.association-id" => association(vpc),
                "cidr-block-association.state" => "associated".to_owned(),
                "dhcp-options-id" => "default".to_owned(),
                "is-default" => "false".to_owned(),
                "owner-id" => call.region.account.clone(),
                "state" => "available".to_owned(),
                _ => vpc.id.clone(),
            }]
        })
    });
    let found = found.map(|v| (v.id.clone(), render(v, &call.region.account))).collect();
    reply::pages(input, "Vpcs", found)
}

fn association(vpc: &Vpc) -> String {
    vpc.id.replacen("vpc-", "vpc-cidr-assoc-", 1)
}

fn render(vpc: &Vpc, account: &str) -> Value {
    let block = json!({
        "AssociationId": association(vpc),
        "CidrBlock": vpc.cidr.to_string(),
        "CidrBlockState": {"State": "associated"},
    });
    json!({
        "VpcId": vpc.id,
        "OwnerId": account,
        "State": "available",
        "CidrBlock": vpc.cidr.to_string(),
        "CidrBlockAssociationSet": [block],
        "DhcpOptionsId": "default",
        "InstanceTenancy": "default",
        "IsDefault": false,
        "Tags": reply::tags(&vpc.tags),
    })
}

/// DescribeVpcAttribute: one attribute a call.
pub fn describe_attribute(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let vpc = find(&call.region.ec2, text(input, "VpcId").unwrap_or_default())?;
    reply::unless_dry_run(input)?;
    let (member, value) = match text(input, "Attribute").unwrap_or_default() {
        "enableDnsSupport" => ("EnableDnsSupport", vpc.dns_support),
        "enableDnsHostnames" => ("EnableDnsHostnames", vpc.dns_hostnames),
        _ => ("EnableNetworkAddressUsageMetrics", vpc.address_metrics),
    };
    Ok(json!({"VpcId": vpc.id, member: {"Value": value}}))
}

/// ModifyVpcAttribute: one attribute a call; host names only where DNS is on (botocore,
/// ModifyVpcAttribute.EnableDnsHostnames; code and words ours).
pub fn modify_attribute(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    const ATTRIBUTES: [&str; 3] =
        ["EnableDnsSupport", "EnableDnsHostnames", "EnableNetworkAddressUsageMetrics"];
    let id = text(input, "VpcId").unwrap_or_default();
    find(&call.region.ec2, id)?;
    let given: Vec<&str> = ATTRIBUTES.into_iter().filter(|a| input.get(a).is_some()).collect();
    let [attribute] = given[..] else { return Err(reply::not_one_attribute(&given)) };
    let value = input.get(attribute).and_then(|v| flag(v, "Value")).unwrap_or_default();
    let dns_off = call.region.ec2.vpcs.get(id).is_some_and(|vpc| !vpc.dns_support);
    if attribute == "EnableDnsHostnames" && value && dns_off {
        let message = format!("enableDnsHostnames requires enableDnsSupport to be true for {id}");
        return Err(Fault::bad("InvalidParameterValue", message));
    }
    if let Some(vpc) = call.region.ec2.vpcs.get_mut(id) {
        match attribute {
            "EnableDnsSupport" => vpc.dns_support = value,
            "EnableDnsHostnames" => vpc.dns_hostnames = value,
            _ => vpc.address_metrics = value,
        }
    }
    Ok(json!({}))
}
