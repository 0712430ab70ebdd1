//! The status of a class.

use std::collections::BTreeSet;

use super::class_parts as parts;
use super::conditions::Conditions;
use super::drifted::drifted;
use super::ops::Ops;
use super::verdict::{Failure, Verdict, first};
use super::words::{list, sentence};
use super::{deleting, errors, resource};
use crate::api::class_status::ClassStatus;
use crate::api::drift::DriftPolicy;
use crate::api::{Condition, ConditionType, GatewayedServiceClass, Reason};
use crate::desire::fold::Fold;
use crate::model::index::Index;
use crate::model::network::NetworkFacts;
use crate::model::{AwsError, Kind, NsName, Time};
use crate::plan::Plan;
use crate::validate::{ValidClass, Violation};
use kube::ResourceExt;

/// A rule of one of a class's conditions: what it says, or nothing.
type Rule = fn(&ClassInput) -> Option<Verdict>;

/// Everything that a class's status tells of.
pub struct ClassInput<'a> {
    /// The object, with its old status.
    pub object: &'a GatewayedServiceClass,
    /// What it means, or what is wrong with it.
    pub valid: Result<&'a ValidClass, &'a [Violation]>,
    /// What was found in EC2 for it; `None`: not looked up.
    pub network: Option<&'a Result<NetworkFacts, AwsError>>,
    /// What it gives to its services.
    pub fold: Option<&'a Fold>,
    /// Its services.
    pub services: &'a [NsName],
    /// It is being deleted.
    pub deleting: bool,
    /// What is to be done in AWS; `None`: nothing may be decided.
    pub plan: Option<&'a Plan>,
    /// What is known of AWS.
    pub index: &'a Index,
    /// Now.
    pub now: Time,
}

impl ClassInput<'_> {
    fn ops(&self, kinds: &[Kind]) -> Option<Verdict> {
        match self.plan {
            Some(plan) => Ops { plan, now: self.now, class: None }.of(kinds),
            None => Some(Verdict::quiet("It waits for the class to be accepted.")),
        }
    }

    /// The id of a resource by its key's slot, as status will record it.
    pub(super) fn id(&self, kind: Kind, slot: &str) -> Option<String> {
        let entries = self.plan.into_iter().flat_map(|plan| &plan.entries);
        let mut found = entries.filter(|e| e.kind == kind && e.slot.0 == slot);
        found.next().and_then(|e| e.id.as_ref()).map(ToString::to_string)
    }
}

/// The new status.
pub fn class(input: &ClassInput) -> ClassStatus {
    let old = input.object.status.clone().unwrap_or_default();
    let valid = input.valid.ok();
    let network = valid.and_then(|valid| valid.network.clone());
    let planned = input.plan.is_some();
    let account = input.network.and_then(|n| n.as_ref().ok()).map(|facts| facts.account.clone());
    let api = parts::api_id(input);
    ClassStatus {
        observed_generation: input.object.metadata.generation,
        url: if planned { parts::url(input, api.as_deref()) } else { old.url.clone() },
        services: i32::try_from(input.services.len()).ok(),
        account: account.or(old.account.clone()),
        region: Some(input.object.spec.region.clone()),
        // Latched: what was found first stays.
        network: old.network.clone().or(network),
        api: if planned { api } else { old.api.clone() },
        vpc_link: if planned { parts::of(input, Kind::VpcLink).pop() } else { old.vpc_link.clone() },
        load_balancers: if planned {
            parts::of(input, Kind::LoadBalancer)
        } else {
            old.load_balancers.clone()
        },
        security_groups: if planned {
            parts::of(input, Kind::SecurityGroup)
        } else {
            old.security_groups.clone()
        },
        capacity: parts::capacity(input).or(old.capacity.clone()),
        effective: valid.map(ValidClass::effective).or(old.effective.clone()),
        resources: input.plan.map_or(old.resources.clone(), |p| p.entries.iter().map(resource).collect()),
        conditions: conditions(input, &old),
    }
}

/// The hops of the path, in the order that `Ready` reads them.
const HOPS: [(ConditionType, &[Rule]); 5] = [
    (ConditionType::Accepted, &[refused, lookup_failed, looking, noticed, accepted]),
    (ConditionType::NetworkReady, &[network_ops, network]),
    (ConditionType::VpcLinkReady, &[link_ops, link]),
    (ConditionType::LoadBalancerReady, &[balancer_ops, balancers]),
    (ConditionType::ApiReady, &[api_ops, api]),
];

fn conditions(input: &ClassInput, old: &ClassStatus) -> Vec<Condition> {
    let mut conditions = Conditions::new(&old.conditions, input.object.metadata.generation, input.now);
    let drifted = drifted(input.plan, &BTreeSet::new(), DriftPolicy::Repair);
    if input.deleting {
        for (type_, _) in HOPS {
            conditions.keep(type_);
        }
        conditions.present(ConditionType::Drifted, drifted);
        return conditions.going(going(input));
    }
    for (type_, rules) in HOPS {
        conditions.hop(type_, first(rules.iter().map(|rule| rule(input))));
    }
    conditions.present(ConditionType::Drifted, drifted);
    conditions.sum_up("Services can use it.".to_owned(), input.plan.is_some_and(|plan| !plan.is_settled()))
}

fn going(input: &ClassInput) -> Failure {
    let name = input.object.name_any();
    if input.services.is_empty() {
        let settled = input.index.settled() <= input.now;
        return deleting::why(input.plan, input.now, &format!("Class {name}"), settled);
    }
    let services: Vec<String> = input.services.iter().map(ToString::to_string).collect();
    let message =
        format!("Class {name} is being deleted and still serves {}. Delete them first.", list(&services, 10));
    Failure::new(Reason::ServicesLeft, message)
}

fn refused(input: &ClassInput) -> Option<Verdict> {
    let violations = input.valid.err()?;
    let reason = violations.first().map_or(Reason::InvalidSpec, |v| v.reason);
    let messages: Vec<&str> = violations.iter().map(|v| v.message.as_str()).collect();
    Some(Verdict::fails(reason, messages.join(" ")))
}

/// Without a recorded network, AWS must be asked; with one, only a change of the spec is at stake.
fn lookup_failed(input: &ClassInput) -> Option<Verdict> {
    let Some(Err(error)) = input.network else { return None };
    if input.valid.ok()?.network.is_some() {
        return None;
    }
    Some(Verdict::Fails(errors::of_error(error, "VPC, subnets and security groups", None, false)))
}

fn looking(input: &ClassInput) -> Option<Verdict> {
    let unknown = input.valid.ok()?.network.is_none();
    unknown
        .then(|| Verdict::fails(Reason::Progressing, "VPC, subnets and security groups are being looked up."))
}

/// Nothing is refused, but something is to be told.
fn noticed(input: &ClassInput) -> Option<Verdict> {
    let notice = input.valid.ok()?.notices.first()?;
    Some(Verdict::holds(notice.reason, notice.message.clone()))
}

fn accepted(input: &ClassInput) -> Option<Verdict> {
    let network = input.valid.ok()?.network.as_ref()?;
    let subnets = network.subnets.len();
    Some(Verdict::holds(
        Reason::Accepted,
        format!("VPC {}, {subnets} subnets in {subnets} zones.", network.vpc),
    ))
}

fn network_ops(input: &ClassInput) -> Option<Verdict> {
    input.ops(&[Kind::SecurityGroup, Kind::SecurityGroupRule])
}

fn network(input: &ClassInput) -> Option<Verdict> {
    let id = |slot: &str| input.id(Kind::SecurityGroup, slot).unwrap_or_default();
    let message = format!(
        "Security groups {} (VPC link) and {} (load balancers) and their rules stand.",
        id("link"),
        id("lb")
    );
    Some(Verdict::holds(Reason::Available, message))
}

fn link_ops(input: &ClassInput) -> Option<Verdict> {
    input.ops(&[Kind::VpcLink])
}

fn link(input: &ClassInput) -> Option<Verdict> {
    Some(Verdict::holds(Reason::Available, format!("VPC link {}.", parts::ids(input, Kind::VpcLink))))
}

fn balancer_ops(input: &ClassInput) -> Option<Verdict> {
    input.ops(&[Kind::LoadBalancer])
}

fn balancers(input: &ClassInput) -> Option<Verdict> {
    let ids = parts::ids(input, Kind::LoadBalancer);
    Some(Verdict::holds(Reason::Available, format!("{} {ids}.", sentence(Kind::LoadBalancer.words()))))
}

fn api_ops(input: &ClassInput) -> Option<Verdict> {
    input.ops(&[Kind::Api, Kind::Stage, Kind::RouteSettings])
}

fn api(input: &ClassInput) -> Option<Verdict> {
    let url = parts::url(input, parts::api_id(input).as_deref());
    Some(Verdict::holds(Reason::Available, format!("{}.", url.unwrap_or_default())))
}
