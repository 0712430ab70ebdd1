//! Security groups.

use serde::Serialize;
use serde_json::{Value, json};

use super::rule::{self, Peer, Rule, Traffic, peer_text};
use super::{State, authorize, filter, id, permission, reply, tags, vpc, vpc_endpoint};
use crate::fault::Fault;
use crate::input::{text, texts};
use crate::quota::Quota;
use crate::world::{Call, Region, Tags};

/// One security group; its rules are in [`super::State::rules`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SecurityGroup {
    /// `sg-…`
    pub id: String,
    /// Unique in its VPC whatever the case of its letters.
    pub name: String,
    /// Cannot be changed.
    pub description: String,
    /// The VPC that it belongs to.
    pub vpc: String,
    /// Tags by key.
    pub tags: Tags,
}

/// CreateSecurityGroup: the new group lets everything out and nothing in.
pub fn create(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let name = text(input, "GroupName").unwrap_or_default().trim_end();
    let description = text(input, "Description").unwrap_or_default();
    check_words(name, description)?;
    let Some(vpc) = text(input, "VpcId") else {
        return Err(Fault::bad("VPCIdNotSpecified", "No default VPC for this user"));
    };
    vpc::find(&call.region.ec2, vpc)?;
    let tags = tags::on_create(call.options, input, id::SECURITY_GROUP)?;
    let groups = &call.region.ec2.security_groups;
    let lower = name.to_lowercase();
    if groups.values().any(|g| g.vpc == vpc && g.name.to_lowercase() == lower) {
        let message = format!("The security group '{name}' already exists for VPC '{vpc}'");
        return Err(Fault::bad("InvalidGroup.Duplicate", message));
    }
    if groups.len() >= call.options.quotas.get(Quota::SecurityGroups) {
        let message = format!("The maximum number of security groups for VPC '{vpc}' has been reached.");
        return Err(Fault::bad("SecurityGroupLimitExceeded", message));
    }
    reply::unless_dry_run(input)?;
    let group = SecurityGroup {
        id: call.ids.ec2("sg"),
        name: name.to_owned(),
        description: description.to_owned(),
        vpc: vpc.to_owned(),
        tags,
    };
    let state = &mut call.region.ec2;
    rule::insert(state, call.ids, &group.id, true, Traffic::all(rule::anywhere()), "", Tags::new());
    state.security_groups.insert(group.id.clone(), group.clone());
    let arn = arn(call.region, &group.id);
    Ok(json!({"GroupId": group.id, "Tags": reply::tags(&group.tags), "SecurityGroupArn": arn}))
}

fn check_words(name: &str, description: &str) -> Result<(), Fault> {
    let bad = |message: String| Err(Fault::bad("InvalidParameterValue", message));
    if name == "default" {
        let message = "Cannot use reserved security group name: default";
        return Err(Fault::bad("InvalidGroup.Reserved", message));
    }
    if name.to_lowercase().starts_with("sg-") {
        return bad(format!("Invalid value '{name}' for groupName. It may not begin with 'sg-'."));
    }
    if name.is_empty() || !plain(name) {
        return bad(format!(
            "Invalid value '{name}' for groupName. Valid names are strings less than 256 characters from \
             the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{{}}!$*"
        ));
    }
    if description.is_empty() || !plain(description) {
        return bad("Invalid security group description. Valid descriptions are strings less than 256 \
                    characters from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"
            .to_owned());
    }
    Ok(())
}

/// Whether a name or description has at most 255 characters of the permitted set (botocore,
/// CreateSecurityGroupRequest).
pub(super) fn plain(words: &str) -> bool {
    words.chars().count() <= 255
        && words.chars().all(|c| c.is_ascii_alphanumeric() || "._-:/()#,@[]+=&;{}!$* ".contains(c))
}

/// The answer to a group named by its name: that is for default VPCs only, and none is here.
pub(super) fn by_name(name: &str) -> Fault {
    let message = format!(
        "Invalid value '{name}' for groupName. You may not reference Amazon VPC security groups by name. \
         Please use the corresponding id for this operation."
    );
    Fault::bad("InvalidParameterValue", message)
}

/// The group with this id.
///
/// # Errors
/// `InvalidGroupId.Malformed` or `InvalidGroup.NotFound`.
pub fn find<'a>(state: &'a State, id: &str) -> Result<&'a SecurityGroup, Fault> {
    id::SECURITY_GROUP.check(id)?;
    state.security_groups.get(id).ok_or_else(|| id::SECURITY_GROUP.not_found(&[id]))
}

/// DeleteSecurityGroup: an interface or a VPC endpoint that carries it (pods do too), or a rule of
/// another group that refers to it, is in the way.
pub fn delete(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let id = match (text(input, "GroupId"), text(input, "GroupName")) {
        (Some(id), _) => id,
        (None, Some(name)) => return Err(by_name(name)),
        (None, None) => {
            let message = "The request must contain the parameter groupName or groupId";
            return Err(Fault::bad("MissingParameter", message));
        }
    };
    let state = &mut call.region.ec2;
    let group = find(state, id)?;
    if group.name == "default" {
        let message = format!("the specified group: \"{id}\" name: \"default\" cannot be deleted by a user");
        return Err(Fault::bad("CannotDelete", message));
    }
    let carried = state.network_interfaces.values().any(|e| e.groups.iter().any(|g| g == id))
        || state.vpcs.values().any(|v| v.pod_groups.iter().any(|g| g == id))
        || vpc_endpoint::carries(state, id);
    if carried || authorize::referenced_elsewhere(state, id) {
        return Err(Fault::bad("DependencyViolation", format!("resource {id} has a dependent object")));
    }
    reply::unless_dry_run(input)?;
    state.rules.remove_group(id);
    state.security_groups.remove(id);
    Ok(json!({"Return": true, "GroupId": id}))
}

/// DescribeSecurityGroups.
pub fn describe(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    const FILTERS: [&str; 25] = [
        "description",
        "group-id",
        "group-name",
        "owner-id",
        "vpc-id",
        "ip-permission.cidr",
        "ip-permission.from-port",
        "ip-permission.group-id",
        "ip-permission.group-name",
        "ip-permission.ipv6-cidr",
        "ip-permission.prefix-list-id",
        "ip-permission.protocol",
        "ip-permission.to-port",
        "ip-permission.user-id",
        "egress.ip-permission.cidr",
        "egress.ip-permission.from-port",
        "egress.ip-permission.group-id",
        "egress.ip-permission.group-name",
        "egress.ip-permission.ipv6-cidr",
        "egress.ip-permission.prefix-list-id",
        "egress.ip-permission.protocol",
        "egress.ip-permission.to-port",
        "egress.ip-permission.user-id",
        "tag:",
        "tag-key",
    ];
    reply::unless_dry_run(input)?;
    let region = &*call.region;
    let groups = &region.ec2.security_groups;
    let ids = texts(input, "GroupIds");
    id::SECURITY_GROUP.check_all(&ids, |id| groups.contains_key(id))?;
    if let Some(name) = texts(input, "GroupNames").first() {
        return Err(id::SECURITY_GROUP.not_found(&[name]));
    }
    let filters = filter::read(input, &FILTERS)?;
    let found = id::chosen(groups, &ids);
    let found = found.filter(|g| filters.pass(&g.tags, |name| field(region, g, name)));
    let found = found.map(|g| (g.id.clone(), g)).collect();
    reply::pages_of(input, "SecurityGroups", found, |g| render(region, g))
}

fn field(region: &Region, group: &SecurityGroup, name: &str) -> Vec<String> {
    let (egress, of_rules) = match name.strip_prefix("egress.ip-permission.") {
        Some(of_rules) => (true, Some(of_rules)),
        None => (false, name.strip_prefix("ip-permission.")),
    };
    if let Some(name) = of_rules {
        let rules = region.ec2.rules.of(&group.id).filter(|r| r.egress == egress);
        return rules.filter_map(|r| rule_field(region, r, name)).collect();
    }
    vec![match name {
        "description" => group.description.clone(),
        "group-name" => group.name.clone(),
        "owner-id" => region.account.clone(),
        "vpc-id" => group.vpc.clone(),
        _ => group.id.clone(),
    }]
}

fn rule_field(region: &Region, rule: &Rule, name: &str) -> Option<String> {
    let peer = &rule.traffic.peer;
    match (name, peer) {
        ("cidr", Peer::Ipv4(_)) | ("ipv6-cidr", Peer::Ipv6(_)) => Some(peer_text(peer)),
        ("group-id", Peer::Group(id)) | ("prefix-list-id", Peer::PrefixList(id)) => Some(id.clone()),
        ("group-name", Peer::Group(id)) => region.ec2.security_groups.get(id).map(|g| g.name.clone()),
        ("user-id", Peer::Group(_)) => Some(region.account.clone()),
        ("from-port", _) => Some(rule.traffic.from_port.to_string()),
        ("to-port", _) => Some(rule.traffic.to_port.to_string()),
        ("protocol", _) => Some(rule.traffic.protocol.clone()),
        _ => None,
    }
}

fn arn(region: &Region, id: &str) -> String {
    region.arn("ec2", &format!("security-group/{id}"))
}

fn render(region: &Region, group: &SecurityGroup) -> Value {
    let rules = |egress: bool| region.ec2.rules.of(&group.id).filter(move |r| r.egress == egress);
    json!({
        "GroupId": group.id,
        "GroupName": group.name,
        "Description": group.description,
        "VpcId": group.vpc,
        "OwnerId": region.account,
        "SecurityGroupArn": arn(region, &group.id),
        "IpPermissions": permission::render(region, rules(false)),
        "IpPermissionsEgress": permission::render(region, rules(true)),
        "Tags": reply::tags(&group.tags),
    })
}

/// DescribeStaleSecurityGroups: rules go stale only across peered VPCs, of which there are none.
pub fn describe_stale(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    vpc::find(&call.region.ec2, text(input, "VpcId").unwrap_or_default())?;
    reply::unless_dry_run(input)?;
    reply::pages(input, "StaleSecurityGroupSet", Vec::new())
}

/// DescribeSecurityGroupReferences: tells of peered VPCs only, of which there are none.
pub fn describe_references(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let groups = &call.region.ec2.security_groups;
    id::SECURITY_GROUP.check_all(&texts(input, "GroupId"), |id| groups.contains_key(id))?;
    reply::unless_dry_run(input)?;
    Ok(json!({"SecurityGroupReferenceSet": []}))
}
