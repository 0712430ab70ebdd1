//! Adding, removing and changing the rules of a security group.

use serde_json::{Value, json};

use super::permission::{self, Draft};
use super::rule::{self, Peer, Rule};
use super::security_group::{self, SecurityGroup};
use super::{State, id, reply, tags};
use crate::fault::Fault;
use crate::input::{list, text, texts};
use crate::quota::Quota;
use crate::world::Call;

/// AuthorizeSecurityGroupIngress.
pub fn ingress(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    authorize(call, input, false)
}

/// AuthorizeSecurityGroupEgress.
pub fn egress(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    authorize(call, input, true)
}

/// Adds all rules of the call or none.
fn authorize(call: &mut Call<'_>, input: &Value, egress: bool) -> Result<Value, Fault> {
    let group = named(&call.region.ec2, input)?;
    let drafts = permission::read(call.region, &group, input)?;
    let tags = tags::on_create(call.options, input, id::RULE)?;
    let state = &mut call.region.ec2;
    for draft in &drafts {
        if let Some(twin) = same(state, &group.id, egress, draft) {
            return Err(duplicate(twin));
        }
    }
    let mut added = Vec::new();
    for draft in drafts {
        let (traffic, description, tags) = (draft.traffic, &draft.description, tags.clone());
        added.push(rule::insert(state, call.ids, &group.id, egress, traffic, description, tags));
    }
    added.sort();
    let refused = check_quota(call, &group.id, egress).and_then(|()| reply::unless_dry_run(input));
    if let Err(fault) = refused {
        added.iter().for_each(|id| drop(call.region.ec2.rules.remove(id)));
        return Err(fault);
    }
    let region = &*call.region;
    let added = added.iter().filter_map(|id| region.ec2.rules.get(id));
    let added: Vec<Value> = added.map(|r| rule::render(region, r)).collect();
    Ok(json!({"Return": true, "SecurityGroupRules": added}))
}

/// The quota is of each direction and each of IPv4 and IPv6 (VPC quotas).
fn check_quota(call: &Call<'_>, group: &str, egress: bool) -> Result<(), Fault> {
    let (v4, v6) = rule::count(&call.region.ec2, group, egress);
    if v4.max(v6) > call.options.quotas.get(Quota::RulesPerSecurityGroup) {
        let message = "The maximum number of rules per security group has been reached.";
        return Err(Fault::bad("RulesPerSecurityGroupLimitExceeded", message));
    }
    Ok(())
}

fn duplicate(rule: &Rule) -> Fault {
    let message = format!("the specified rule \"{}\" already exists", rule.traffic.words());
    Fault::bad("InvalidPermission.Duplicate", message)
}

fn same<'a>(state: &'a State, group: &str, egress: bool, draft: &Draft) -> Option<&'a Rule> {
    state.rules.of(group).find(|r| r.egress == egress && r.traffic == draft.traffic)
}

/// The group that the call names, by id: no VPC here is a default one, in which names would do.
fn named(state: &State, input: &Value) -> Result<SecurityGroup, Fault> {
    match (text(input, "GroupId"), text(input, "GroupName")) {
        (Some(id), _) => security_group::find(state, id).cloned(),
        (None, Some(name)) => Err(security_group::by_name(name)),
        (None, None) => {
            Err(Fault::bad("MissingParameter", "The request must contain the parameter groupName or groupId"))
        }
    }
}

/// RevokeSecurityGroupIngress.
pub fn revoke_ingress(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    revoke(call, input, false)
}

/// RevokeSecurityGroupEgress.
pub fn revoke_egress(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    revoke(call, input, true)
}

/// Removes all rules of the call or none; one that does not exist is an error in a VPC that is not
/// a default one (botocore, RevokeSecurityGroupIngress).
fn revoke(call: &mut Call<'_>, input: &Value, egress: bool) -> Result<Value, Fault> {
    let rule_ids = texts(input, "SecurityGroupRuleIds");
    let by_permission = !list(input, "IpPermissions").is_empty() || text(input, "IpProtocol").is_some();
    if !rule_ids.is_empty() && by_permission {
        let message =
            "The parameter 'securityGroupRuleIds' may not be used in combination with 'ipPermissions'";
        return Err(Fault::bad("InvalidParameterCombination", message));
    }
    let group = named(&call.region.ec2, input)?;
    let gone: Vec<String> = if rule_ids.is_empty() {
        let drafts = permission::read(call.region, &group, input)?;
        let found = drafts.iter().map(|d| same(&call.region.ec2, &group.id, egress, d).map(|r| r.id.clone()));
        found.collect::<Option<Vec<String>>>().ok_or_else(no_such_rule)?
    } else {
        let state = &call.region.ec2;
        id::RULE.check_all(&rule_ids, |id| {
            state.rules.get(id).is_some_and(|r| r.group == group.id && r.egress == egress)
        })?;
        rule_ids
    };
    reply::unless_dry_run(input)?;
    let state = &mut call.region.ec2;
    let revoked: Vec<Value> =
        gone.iter().filter_map(|id| state.rules.remove(id)).map(|r| rule::render_revoked(&r)).collect();
    Ok(json!({"Return": true, "UnknownIpPermissions": [], "RevokedSecurityGroupRules": revoked}))
}

fn no_such_rule() -> Fault {
    let message = "The specified rule does not exist in this security group.";
    Fault::bad("InvalidPermission.NotFound", message)
}

/// ModifySecurityGroupRules: replaces what the rules allow and their descriptions, all or none. The
/// kind of the peer stays (a block cannot become a group).
pub fn modify(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let group = named(&call.region.ec2, input)?;
    let mut changed: Vec<Rule> = Vec::new();
    for update in list(input, "SecurityGroupRules") {
        let id = id::RULE.check(text(update, "SecurityGroupRuleId").unwrap_or_default())?;
        let state = &call.region.ec2;
        let Some(old) = state.rules.get(id).filter(|r| r.group == group.id) else {
            return Err(id::RULE.not_found(&[id]));
        };
        let request = update.get("SecurityGroupRule").unwrap_or(&Value::Null);
        let permissions = json!({"IpPermissions": [as_permission(request)?]});
        let drafts = permission::read(call.region, &group, &permissions)?;
        for Draft { traffic, description } in drafts {
            if std::mem::discriminant(&traffic.peer) != std::mem::discriminant(&old.traffic.peer) {
                let message = format!("The source or destination type of the rule '{id}' cannot be changed.");
                return Err(Fault::bad("InvalidParameterValue", message));
            }
            changed.push(Rule { traffic, description, ..old.clone() });
        }
    }
    check_unique(&call.region.ec2, &changed)?;
    let rules = &call.region.ec2.rules;
    let before: Vec<Rule> = changed.iter().filter_map(|rule| rules.get(&rule.id).cloned()).collect();
    changed.into_iter().for_each(|rule| call.region.ec2.rules.insert(rule));
    // Another prefix list may count for more rules.
    let refused = check_quota(call, &group.id, false)
        .and_then(|()| check_quota(call, &group.id, true))
        .and_then(|()| reply::unless_dry_run(input));
    if let Err(fault) = refused {
        before.into_iter().for_each(|rule| call.region.ec2.rules.insert(rule));
        return Err(fault);
    }
    Ok(json!({"Return": true}))
}

/// No two rules of a group and direction may allow the same.
fn check_unique(state: &State, changed: &[Rule]) -> Result<(), Fault> {
    let group = changed.first().map_or("", |rule| rule.group.as_str());
    let others = state.rules.of(group).filter(|r| !changed.iter().any(|c| c.id == r.id));
    let all: Vec<&Rule> = others.chain(changed).collect();
    for rule in changed {
        let twin = |r: &&&Rule| {
            r.id != rule.id && (&r.group, r.egress, &r.traffic) == (&rule.group, rule.egress, &rule.traffic)
        };
        if let Some(twin) = all.iter().find(twin) {
            return Err(duplicate(twin));
        }
    }
    Ok(())
}

/// A `SecurityGroupRuleRequest` in the form of an `IpPermission`.
fn as_permission(request: &Value) -> Result<Value, Fault> {
    const PEERS: [(&str, &str, &str); 4] = [
        ("CidrIpv4", "IpRanges", "CidrIp"),
        ("CidrIpv6", "Ipv6Ranges", "CidrIpv6"),
        ("PrefixListId", "PrefixListIds", "PrefixListId"),
        ("ReferencedGroupId", "UserIdGroupPairs", "GroupId"),
    ];
    let given: Vec<_> = PEERS.into_iter().filter(|(member, ..)| request.get(member).is_some()).collect();
    let [(member, into, name)] = given[..] else {
        let message = "Specify exactly one of CidrIpv4, CidrIpv6, PrefixListId, ReferencedGroupId.";
        return Err(Fault::bad("InvalidParameterCombination", message));
    };
    let mut peer = json!({name: request[member]});
    if let Some(description) = text(request, "Description") {
        peer["Description"] = json!(description);
    }
    let mut permission = json!({into: [peer]});
    for member in ["IpProtocol", "FromPort", "ToPort"] {
        if let Some(value) = request.get(member) {
            permission[member] = value.clone();
        }
    }
    Ok(permission)
}

/// UpdateSecurityGroupRuleDescriptionsIngress.
pub fn describe_ingress(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    update_descriptions(call, input, false)
}

/// UpdateSecurityGroupRuleDescriptionsEgress.
pub fn describe_egress(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    update_descriptions(call, input, true)
}

/// Sets descriptions by rule id or by what rules allow; without one it is removed.
fn update_descriptions(call: &mut Call<'_>, input: &Value, egress: bool) -> Result<Value, Fault> {
    let by_id = list(input, "SecurityGroupRuleDescriptions");
    if !by_id.is_empty() && !list(input, "IpPermissions").is_empty() {
        let message = "The parameter 'securityGroupRuleDescriptions' may not be used in combination with 'ipPermissions'";
        return Err(Fault::bad("InvalidParameterCombination", message));
    }
    let group = named(&call.region.ec2, input)?;
    let mut new: Vec<(String, String)> = Vec::new();
    for update in by_id {
        let id = id::RULE.check(text(update, "SecurityGroupRuleId").unwrap_or_default())?;
        let rule = call.region.ec2.rules.get(id).filter(|r| r.group == group.id && r.egress == egress);
        if rule.is_none() {
            return Err(id::RULE.not_found(&[id]));
        }
        let words = permission::description(text(update, "Description").unwrap_or_default())?;
        new.push((id.to_owned(), words));
    }
    if by_id.is_empty() {
        for draft in permission::read(call.region, &group, input)? {
            let rule = same(&call.region.ec2, &group.id, egress, &draft).ok_or_else(no_such_rule)?;
            new.push((rule.id.clone(), draft.description));
        }
    }
    reply::unless_dry_run(input)?;
    for (id, description) in new {
        if let Some((words, _)) = call.region.ec2.rules.notes(&id) {
            *words = description;
        }
    }
    Ok(json!({"Return": true}))
}

/// Whether a rule of another group refers to `group`.
pub(super) fn referenced_elsewhere(state: &State, group: &str) -> bool {
    let refers = |rule: &Rule| matches!(&rule.traffic.peer, Peer::Group(other) if other == group);
    state.rules.values().any(|rule| rule.group != group && refers(rule))
}
