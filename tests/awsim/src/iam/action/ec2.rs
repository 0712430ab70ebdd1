//! EC2. Descriptions know no resources. What is made is `TYPE/*`, and `aws:RequestTag` holds for it
//! alone, not for what else the action is asked on; tags on creation want `ec2:CreateTags` with
//! `ec2:CreateAction` as well (EC2 User Guide, "Grant permission to tag resources during creation").
//!
//! Rules of security groups are asked on the group (IAM User Guide, example "Allows managing EC2
//! security groups with a specific tag"); only ModifySecurityGroupRules also on the rules (the same).
//! SAR knows the type `security-group-rule` for authorizing rules as well; whether AWS asks on it where
//! they are given tags is not told by any denial that was found, and here it is not asked.
//! Nor is `route53:AssociateVPCWithHostedZone` for private DNS of an endpoint, which SAR calls a dependent
//! action and the examples of the PrivateLink guide do not grant.

use super::{Asked, Need, tag_keys, tags};
use crate::ec2::id::{
    self, Kind, NETWORK_ACL, NETWORK_INTERFACE, PREFIX_LIST, ROUTE_TABLE, SECURITY_GROUP, SUBNET, VPC,
    VPC_ENDPOINT,
};
use crate::iam::context::Context;
use crate::input::{list, text, texts};
use crate::world::Tags;

/// What each operation is asked on: what it makes, and the members that hold ids.
type On = (&'static str, Option<Kind>, &'static [(&'static str, Kind)]);

const ON: [On; 28] = [
    ("AssociateRouteTable", None, &[("RouteTableId", ROUTE_TABLE), ("SubnetId", SUBNET)]),
    ("AuthorizeSecurityGroupEgress", None, &[("GroupId", SECURITY_GROUP)]),
    ("AuthorizeSecurityGroupIngress", None, &[("GroupId", SECURITY_GROUP)]),
    ("CreateNetworkAcl", Some(NETWORK_ACL), &[("VpcId", VPC)]),
    ("CreateNetworkAclEntry", None, &[("NetworkAclId", NETWORK_ACL)]),
    ("CreateNetworkInterface", Some(NETWORK_INTERFACE), &[("SubnetId", SUBNET), ("Groups", SECURITY_GROUP)]),
    ("CreateRouteTable", Some(ROUTE_TABLE), &[("VpcId", VPC)]),
    ("CreateSecurityGroup", Some(SECURITY_GROUP), &[("VpcId", VPC)]),
    ("CreateSubnet", Some(SUBNET), &[("VpcId", VPC)]),
    ("CreateVpc", Some(VPC), &[]),
    (
        "CreateVpcEndpoint",
        Some(VPC_ENDPOINT),
        &[
            ("VpcId", VPC),
            ("SubnetIds", SUBNET),
            ("SecurityGroupIds", SECURITY_GROUP),
            ("RouteTableIds", ROUTE_TABLE),
        ],
    ),
    ("DeleteNetworkAcl", None, &[("NetworkAclId", NETWORK_ACL)]),
    ("DeleteNetworkAclEntry", None, &[("NetworkAclId", NETWORK_ACL)]),
    ("DeleteNetworkInterface", None, &[("NetworkInterfaceId", NETWORK_INTERFACE)]),
    ("DeleteRouteTable", None, &[("RouteTableId", ROUTE_TABLE)]),
    ("DeleteSecurityGroup", None, &[("GroupId", SECURITY_GROUP)]),
    ("DeleteSubnet", None, &[("SubnetId", SUBNET)]),
    ("DeleteVpc", None, &[("VpcId", VPC)]),
    ("DeleteVpcEndpoints", None, &[("VpcEndpointIds", VPC_ENDPOINT)]),
    (
        "ModifyNetworkInterfaceAttribute",
        None,
        &[("NetworkInterfaceId", NETWORK_INTERFACE), ("Groups", SECURITY_GROUP)],
    ),
    ("ModifyVpcAttribute", None, &[("VpcId", VPC)]),
    (
        "ModifyVpcEndpoint",
        None,
        &[
            ("VpcEndpointId", VPC_ENDPOINT),
            ("AddSubnetIds", SUBNET),
            ("RemoveSubnetIds", SUBNET),
            ("AddSecurityGroupIds", SECURITY_GROUP),
            ("RemoveSecurityGroupIds", SECURITY_GROUP),
            ("AddRouteTableIds", ROUTE_TABLE),
            ("RemoveRouteTableIds", ROUTE_TABLE),
        ],
    ),
    ("ReplaceNetworkAclEntry", None, &[("NetworkAclId", NETWORK_ACL)]),
    ("RevokeSecurityGroupEgress", None, &[("GroupId", SECURITY_GROUP)]),
    ("RevokeSecurityGroupIngress", None, &[("GroupId", SECURITY_GROUP)]),
    ("UpdateSecurityGroupRuleDescriptionsEgress", None, &[("GroupId", SECURITY_GROUP)]),
    ("UpdateSecurityGroupRuleDescriptionsIngress", None, &[("GroupId", SECURITY_GROUP)]),
    ("GetManagedPrefixListEntries", None, &[("PrefixListId", PREFIX_LIST)]),
];

pub(super) fn needed(asked: &Asked<'_>) -> Vec<Need> {
    let mut needs = match asked.operation {
        "CreateTags" => on_any(asked, &|| Context::default().request_tags(&asked.tags("Tags"))),
        "DeleteTags" => on_any(asked, &|| tag_keys(asked.tags("Tags").into_keys().collect())),
        "ModifySecurityGroupRules" => modify_rules(asked),
        "DisassociateRouteTable" => disassociate(asked),
        "ReplaceNetworkAclAssociation" => replace_association(asked),
        operation => match ON.iter().find(|(name, ..)| *name == operation) {
            Some((_, made, members)) => on_members(asked, *made, members),
            None => vec![],
        },
    };
    needs.extend(tags_on_create(asked));
    if needs.is_empty() {
        let context = Context::default().set("ec2:Region", &*asked.region.name);
        needs.push(Need::new(asked.action("ec2"), "*").with(context));
    }
    needs
}

/// The operation's action on one object; `*` for the id stands for any.
fn on(asked: &Asked<'_>, kind: Kind, id: &str) -> Need {
    let resource = format!("{}/{id}", kind.resource_type);
    // Lists that AWS keeps are its own.
    let of_aws = kind.prefix == PREFIX_LIST.prefix && asked.region.ec2.prefix_lists.contains_key(id);
    let arn = if of_aws {
        format!("arn:aws:ec2:{}:aws:{resource}", asked.region.name)
    } else {
        asked.region.arn("ec2", &resource)
    };
    Need::new(asked.action("ec2"), arn).with(about(asked, kind, id))
}

fn on_members(asked: &Asked<'_>, made: Option<Kind>, members: &[(&str, Kind)]) -> Vec<Need> {
    let mut needs = Vec::new();
    if let Some(kind) = made {
        let mut context = about(asked, kind, "*").request_tags(&given_to(asked, kind));
        if let Some(service) = text(asked.input, "ServiceName") {
            context = context.set("ec2:VpceServiceName", service).set("ec2:VpceServiceOwner", "amazon");
        }
        needs.push(on(asked, kind, "*").with(context));
    }
    for (member, kind) in members {
        let ids = texts(asked.input, member);
        needs.extend(text(asked.input, member).map(|id| on(asked, *kind, id)));
        needs.extend(ids.iter().map(|id| on(asked, *kind, id)));
    }
    if needs.is_empty() {
        // A group by its name, of a default VPC, which awsim has none of.
        needs.extend(members.first().map(|(_, kind)| on(asked, *kind, "*")));
    }
    needs
}

/// The tags that the request gives to a new object of this kind.
fn given_to(asked: &Asked<'_>, kind: Kind) -> Tags {
    let specifications = list(asked.input, "TagSpecifications").iter();
    let own = specifications.filter(|spec| text(spec, "ResourceType") == Some(kind.resource_type));
    own.flat_map(|spec| tags(list(spec, "Tags"))).collect()
}

fn tags_on_create(asked: &Asked<'_>) -> Vec<Need> {
    let one = |spec| {
        let given = tags(list(spec, "Tags"));
        let kind = text(spec, "ResourceType").unwrap_or_default();
        let context = Context::default().request_tags(&given).set("ec2:CreateAction", asked.operation);
        let arn = asked.region.arn("ec2", &format!("{kind}/*"));
        (!given.is_empty()).then(|| Need::new("ec2:CreateTags", arn).with(context))
    };
    list(asked.input, "TagSpecifications").iter().filter_map(one).collect()
}

/// CreateTags and DeleteTags: on objects of any kind.
fn on_any(asked: &Asked<'_>, context: &dyn Fn() -> Context) -> Vec<Need> {
    let ids = texts(asked.input, "Resources");
    let kind = |id: &str| id::TAGGABLE.into_iter().find(|kind| kind.fits(id));
    let need = |id: &String| match kind(id) {
        Some(kind) => on(asked, kind, id).with(context()),
        None => Need::new(asked.action("ec2"), asked.region.arn("ec2", &format!("*/{id}"))).with(context()),
    };
    ids.iter().map(need).collect()
}

fn modify_rules(asked: &Asked<'_>) -> Vec<Need> {
    let rules = list(asked.input, "SecurityGroupRules");
    let ids = rules.iter().filter_map(|rule| text(rule, "SecurityGroupRuleId"));
    let group = on(asked, SECURITY_GROUP, asked.text("GroupId"));
    std::iter::once(group).chain(ids.map(|id| on(asked, id::RULE, id))).collect()
}

/// On the table, and the subnet, of the association.
fn disassociate(asked: &Asked<'_>) -> Vec<Need> {
    let id = asked.text("AssociationId");
    let mut tables = asked.region.ec2.route_tables.values();
    let found = tables.find_map(|table| {
        let (subnet, _) = table.subnets.iter().find(|(_, association)| association == id)?;
        Some((table.id.as_str(), subnet.as_str()))
    });
    match found {
        Some((table, subnet)) => vec![on(asked, ROUTE_TABLE, table), on(asked, SUBNET, subnet)],
        None => vec![on(asked, ROUTE_TABLE, "*")],
    }
}

fn replace_association(asked: &Asked<'_>) -> Vec<Need> {
    let acl = on(asked, NETWORK_ACL, asked.text("NetworkAclId"));
    let chosen = asked.region.ec2.acl_associations.iter();
    let subnet = chosen
        .filter(|(_, association)| association.id == asked.text("AssociationId"))
        .map(|(subnet, _)| subnet.clone())
        .next()
        // Of a subnet that none was chosen for yet.
        .unwrap_or_else(|| asked.text("AssociationId").replacen("aclassoc-", "subnet-", 1));
    vec![acl, on(asked, SUBNET, &subnet)]
}

/// The condition keys of an object that exists: where it lies (SAR).
fn about(asked: &Asked<'_>, kind: Kind, id: &str) -> Context {
    let state = &asked.region.ec2;
    let context = Context::default().set("ec2:Region", &*asked.region.name);
    let of_subnet = |context: Context, subnet: &str, zone: &str| {
        let arn = asked.region.arn("ec2", &format!("subnet/{subnet}"));
        context.set("ec2:Subnet", arn).set("ec2:AvailabilityZone", zone)
    };
    let (context, vpc) = match kind.prefix {
        "vpc" => (context.set("ec2:VpcID", id), None),
        "sg" => {
            let vpc = state.security_groups.get(id).map(|group| &group.vpc);
            (context.set("ec2:SecurityGroupID", id), vpc)
        }
        "sgr" => (context.set("ec2:SecurityGroupRuleID", id), None),
        "rtb" => {
            let vpc = state.route_tables.get(id).map(|table| &table.vpc);
            (context.set("ec2:RouteTableID", id), vpc)
        }
        "acl" => {
            let vpc = state.network_acls.get(id).map(|acl| &acl.vpc);
            (context.set("ec2:NetworkAclID", id), vpc)
        }
        "subnet" => match state.subnets.get(id) {
            Some(found) => {
                let context = context.set("ec2:SubnetID", id).set("ec2:AvailabilityZone", &*found.zone);
                (context, Some(&found.vpc))
            }
            None => (context.set("ec2:SubnetID", id), None),
        },
        "eni" => match state.network_interfaces.get(id) {
            Some(found) => {
                let context = context.set("ec2:NetworkInterfaceID", id);
                (of_subnet(context, &found.subnet, &found.zone), Some(&found.vpc))
            }
            None => (context, None),
        },
        "vpce" => match state.vpc_endpoints.get(id) {
            Some(found) => {
                let context = context.set("ec2:VpceServiceName", &*found.service);
                (context.set("ec2:VpceServiceOwner", "amazon"), None)
            }
            None => (context, None),
        },
        _ => (context, None),
    };
    context.all("ec2:Vpc", vpc.map(|vpc| asked.region.arn("ec2", &format!("vpc/{vpc}"))))
}
