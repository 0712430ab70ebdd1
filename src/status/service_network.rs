//! `NetworkLocked`: the security-group chain, which the class keeps, as far as this service's ports.

use std::collections::BTreeSet;

use super::service::{Rule, ServiceInput, no_place};
use super::verdict::{Failure, Verdict, Weight, weight};
use super::words;
use crate::api::condition::find;
use crate::api::{ClassStatus, Condition, ConditionStatus, ConditionType, Reason};
use crate::desire::keys;
use crate::desire::quota::Quota;
use crate::model::{Owner, ResourceKey};

/// What the condition is decided by.
pub const RULES: &[Rule] = &[refused, no_place, no_room, locked, class_fails, coming];

fn refused(input: &ServiceInput) -> Option<Verdict> {
    input.valid.is_err().then(|| Verdict::quiet("Nothing is decided while the service is not accepted."))
}

fn no_room(input: &ServiceInput) -> Option<Verdict> {
    let ports = &input.slice.refused_ports;
    if ports.is_empty() {
        return None;
    }
    let list: Vec<String> = ports.iter().map(u16::to_string).collect();
    let message = format!(
        "Port {} is not admitted: AWS allows {} {} ({}), and the class uses them all. Use a port that another \
         service of the class uses.",
        words::list(&list, 4),
        Quota::GroupRules.limit(),
        Quota::GroupRules.words(),
        words::quota(Quota::GroupRules)
    );
    Some(Verdict::fails(Reason::QuotaReached, message))
}

fn locked(input: &ServiceInput) -> Option<Verdict> {
    let (valid, class) = (input.valid.ok()?, input.class?);
    let ports = BTreeSet::from([valid.port, valid.health.port]);
    let owner = Owner::Class(valid.class.name.clone());
    let mut rules = vec![keys::link_egress(&owner), keys::load_balancer_ingress(&owner)];
    for port in &ports {
        rules.extend([keys::load_balancer_egress(&owner, *port), keys::pods_ingress(&owner, *port)]);
    }
    if !rules.iter().all(|rule| recorded(class, rule)) {
        return None;
    }
    let group = |key: ResourceKey| {
        let found = class.security_groups.iter().find(|part| part.slot == key.slot.0);
        found.map_or_else(String::new, |part| format!(" {}", part.id))
    };
    let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
    Some(Verdict::holds(
        Reason::Locked,
        format!(
            "VPC link{} reaches load balancers{} on {}-{}, they reach pods {} on {}, and nothing else does.",
            group(keys::link_group(&owner)),
            group(keys::load_balancer_group(&owner)),
            valid.class.pool.first_port,
            valid.class.pool.last_port,
            valid.class.pod_security_group,
            words::list(&ports, 2)
        ),
    ))
}

/// The class's status records a resource that stands.
fn recorded(class: &ClassStatus, key: &ResourceKey) -> bool {
    let resources = class.resources.iter();
    resources.into_iter().any(|r| r.kind == key.kind.as_str() && r.slot == key.slot.0 && r.id.is_some())
}

/// The class tells why not.
fn class_fails(input: &ServiceInput) -> Option<Verdict> {
    let condition = find(&input.class?.conditions, ConditionType::NetworkReady)?;
    let reason = reason(condition)?;
    if condition.status == ConditionStatus::True || weight(reason) != Weight::Stuck {
        return None;
    }
    Some(Verdict::Fails(Failure::new(reason, condition.message.clone()).losing(true)))
}

fn coming(input: &ServiceInput) -> Option<Verdict> {
    let valid = input.valid.ok()?;
    Some(Verdict::quiet(format!(
        "Class {} is about to make the security group rules for port {}.",
        valid.class.name, valid.port
    )))
}

/// Why the class cannot be used, in its own words.
pub fn class_trouble(class: &ClassStatus) -> Option<&str> {
    const PARTS: [ConditionType; 5] = [
        ConditionType::Accepted,
        ConditionType::NetworkReady,
        ConditionType::VpcLinkReady,
        ConditionType::LoadBalancerReady,
        ConditionType::ApiReady,
    ];
    let parts = PARTS.iter().filter_map(|type_| find(&class.conditions, *type_));
    let failing: Vec<&Condition> = parts.filter(|c| c.status != ConditionStatus::True).collect();
    let stuck = failing.iter().find(|c| reason(c).is_some_and(|r| weight(r) == Weight::Stuck));
    stuck.or(failing.first()).map(|c| c.message.as_str())
}

fn reason(condition: &Condition) -> Option<Reason> {
    Reason::ALL.into_iter().find(|reason| reason.as_str() == condition.reason)
}
