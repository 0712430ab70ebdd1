//! Which load balancer uses which target group: through the rules of its listeners. A target group
//! serves one load balancer at most (botocore, `TargetGroup.LoadBalancerArns`).

use std::collections::{BTreeMap, BTreeSet};

use super::action::Action;
use super::arn;
use super::attributes::value_flag;
use super::kind::Kind;
use super::{LoadBalancer, State, TargetGroup, target};
use crate::fault::Fault;
use crate::quota::Quota;
use crate::world::Call;

/// ARNs of the target groups that a load balancer's rules forward to.
pub(super) fn groups_of<'a>(state: &'a State, balancer: &str) -> BTreeSet<&'a str> {
    let of_balancer =
        |listener: &str| state.listeners.get(listener).is_some_and(|l| l.load_balancer == balancer);
    state
        .rules
        .values()
        .filter(|rule| of_balancer(&rule.listener))
        .flat_map(|rule| rule.action.groups())
        .map(|(arn, _)| arn.as_str())
        .collect()
}

/// Follows what rules came and went: the targets of a group that came into use begin to be
/// registered, a group that went out of use cannot be deleted for a moment.
pub(super) fn settle_use(call: &mut Call<'_>) {
    let state = &mut call.region.elbv2;
    let free = call.now + state.delays.target_group_release;
    let mut users: BTreeMap<&str, &str> = BTreeMap::new();
    for rule in state.rules.values() {
        let Some(listener) = state.listeners.get(&rule.listener) else { continue };
        let groups = rule.action.groups().iter();
        users.extend(groups.map(|(arn, _)| (arn.as_str(), listener.load_balancer.as_str())));
    }
    let user = |group: &TargetGroup| users.get(group.arn.as_str()).copied();
    let changes: Vec<(String, Option<String>)> = state
        .target_groups
        .values()
        .filter(|group| user(group) != group.load_balancer.as_deref())
        .map(|group| (group.arn.clone(), user(group).map(str::to_owned)))
        .collect();
    for (arn, user) in changes {
        let ready = user.as_deref().and_then(|user| target::ready_at(state, user, call.now));
        let Some(group) = state.target_groups.get_mut(&arn) else { continue };
        group.released_at = user.is_none().then_some(free);
        group.load_balancer = user;
        group.targets.values_mut().for_each(|t| t.restart(ready));
    }
}

/// Checks that an action can stand in a rule of a listener of `protocol` on the load balancer. What
/// `rule` forwards to now is about to go; `None` for a new rule.
///
/// # Errors
/// `TargetGroupNotFound`, `IncompatibleProtocols`, `InvalidConfigurationRequest`,
/// `TargetGroupAssociationLimit`, `InvalidLoadBalancerAction`,
/// `TooManyUniqueTargetGroupsPerLoadBalancer`.
pub(super) fn check(
    call: &Call<'_>,
    balancer: &LoadBalancer,
    protocol: &str,
    action: &Action,
    rule: Option<&str>,
) -> Result<(), Fault> {
    let state = &call.region.elbv2;
    let mut groups = Vec::new();
    for (arn, _) in action.groups() {
        groups.push(arn::target_group(state, arn)?);
    }
    check_protocols(protocol, &groups)?;
    for group in &groups {
        if group.vpc != balancer.vpc {
            let message = format!(
                "The target group '{}' is not in the VPC '{}' of the load balancer",
                group.arn, balancer.vpc
            );
            return Err(Fault::bad("InvalidConfigurationRequest", message));
        }
        if group.load_balancer.as_ref().is_some_and(|user| *user != balancer.arn) {
            let message = format!(
                "The following target groups cannot be associated with more than one load balancer: {}",
                group.arn
            );
            return Err(Fault::bad("TargetGroupAssociationLimit", message));
        }
    }
    check_together(balancer.kind, &groups)?;
    if balancer.kind == Kind::Application {
        let most = call.options.quotas.get(Quota::GroupsPerApplication);
        check_count(state, &balancer.arn, (action, rule), most)?;
    }
    Ok(())
}

/// Which target groups listeners forward to (NLB user guide, "Listener configuration"; botocore,
/// CreateTargetGroup: TCP_UDP only to TCP_UDP; the words are AWS's).
fn check_protocols(protocol: &str, groups: &[&TargetGroup]) -> Result<(), Fault> {
    let fits = |group: &str| match protocol {
        "HTTP" | "HTTPS" => matches!(group, "HTTP" | "HTTPS"),
        "TCP" => matches!(group, "TCP" | "TCP_UDP"),
        "TLS" => matches!(group, "TCP" | "TLS"),
        "UDP" => matches!(group, "UDP" | "TCP_UDP"),
        other => group == other,
    };
    let wrong: Vec<&str> = groups.iter().filter(|g| !fits(&g.protocol)).map(|g| g.arn.as_str()).collect();
    if wrong.is_empty() {
        return Ok(());
    }
    let wrong = wrong.join(", ");
    let message =
        format!("The listener and the following target groups have incompatible protocols: {wrong}");
    Err(Fault::bad("IncompatibleProtocols", message))
}

/// What target groups of one action must have in common: on a network load balancer the protocol
/// (NLB user guide, weighted target groups), on an application load balancer no cookie of the
/// application's (the words are AWS's).
fn check_together(kind: Kind, groups: &[&TargetGroup]) -> Result<(), Fault> {
    let wrong = |message: &str| Err(Fault::bad("InvalidLoadBalancerAction", message));
    let [first, _, ..] = groups else { return Ok(()) };
    if kind == Kind::Network && groups.iter().any(|group| group.protocol != first.protocol) {
        return wrong("All target groups of a forward action must have the same protocol");
    }
    let app_cookie = |group: &&TargetGroup| {
        value_flag(&group.attributes, "stickiness.enabled")
            && group.attributes.get("stickiness.type").is_some_and(|kind| kind == "app_cookie")
    };
    if groups.iter().any(app_cookie) {
        return wrong(
            "When configuring a rule with multiple target groups, none of them can have stickiness of type \
             'app_cookie' enabled.",
        );
    }
    Ok(())
}

fn check_count(
    state: &State,
    balancer: &str,
    (action, rule): (&Action, Option<&str>),
    most: usize,
) -> Result<(), Fault> {
    let mut used: BTreeSet<&str> = BTreeSet::new();
    for other in state.rules.values().filter(|r| Some(r.arn.as_str()) != rule) {
        if state.listeners.get(&other.listener).is_some_and(|l| l.load_balancer == balancer) {
            used.extend(other.action.groups().iter().map(|(arn, _)| arn.as_str()));
        }
    }
    used.extend(action.groups().iter().map(|(arn, _)| arn.as_str()));
    if used.len() > most {
        let message = format!(
            "The maximum number of unique target groups has been reached on load balancer '{balancer}'"
        );
        return Err(Fault::bad("TooManyUniqueTargetGroupsPerLoadBalancer", message));
    }
    Ok(())
}

/// With zonal shift and cross-zone load balancing together, every target group of a network load
/// balancer must be of TCP or TLS without application load balancers as targets, cross zones as the
/// load balancer does, and not end connections to unhealthy targets (NLB user guide, "Zonal shift").
///
/// # Errors
/// `InvalidConfigurationRequest`.
pub(super) fn check_zonal_shift(call: &Call<'_>, balancer: &str) -> Result<(), Fault> {
    const TERMINATION: &str = "target_health_state.unhealthy.connection_termination.enabled";
    const CROSS_ZONE: &str = "load_balancing.cross_zone.enabled";
    let state = &call.region.elbv2;
    let Some(found) = state.load_balancers.get(balancer).filter(|b| b.kind == Kind::Network) else {
        return Ok(());
    };
    if !value_flag(&found.attributes, "zonal_shift.config.enabled")
        || !value_flag(&found.attributes, CROSS_ZONE)
    {
        return Ok(());
    }
    for group in groups_of(state, balancer).into_iter().filter_map(|arn| state.target_groups.get(arn)) {
        let crosses = group.attributes.get(CROSS_ZONE).is_none_or(|own| own != "false");
        let fits = matches!(group.protocol.as_str(), "TCP" | "TLS") && group.target_type != "alb";
        if !fits || !crosses || value_flag(&group.attributes, TERMINATION) {
            let message = format!(
                "The target group '{}' does not support zonal shift with cross-zone load balancing enabled",
                group.arn
            );
            return Err(Fault::bad("InvalidConfigurationRequest", message));
        }
    }
    Ok(())
}
