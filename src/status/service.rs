//! The status of a service.

use kube::ResourceExt;

use super::conditions::Conditions;
use super::drifted::drifted;
use super::ops::Ops;
use super::targets::{self, Targets};
use super::verdict::{Verdict, first};
use super::workload::{self, Workload};
use super::{deleting, resource, routes, service_network};
use crate::api::condition::find;
use crate::api::service_status::{Placement, ServiceStatus};
use crate::api::{ClassStatus, ConditionStatus, ConditionType, GatewayedService, Reason};
use crate::desire::fold::{FoldSlice, Place};
use crate::desire::kubernetes::labels;
use crate::desire::quota::Quota;
use crate::model::{Kind, NsName, Time};
use crate::plan::Plan;
use crate::validate::{Refused, ValidService};

/// A rule of one of a service's conditions: what it says, or nothing.
pub type Rule = fn(&ServiceInput) -> Option<Verdict>;

/// Everything that a service's status tells of.
pub struct ServiceInput<'a> {
    /// The object, with its old status.
    pub object: &'a GatewayedService,
    /// What it means, or what is wrong with it.
    pub valid: Result<&'a ValidService, &'a Refused>,
    /// What its class gives it.
    pub slice: &'a FoldSlice,
    /// Its pods; `None`: not looked at.
    pub workload: Option<&'a Workload>,
    /// Why its Kubernetes objects cannot be applied, if a person must put that right.
    pub not_applied: Option<&'a str>,
    /// Its targets; `None`: not looked at.
    pub health: Option<Targets>,
    /// It is being deleted.
    pub deleting: bool,
    /// The status of its class; `None`: no class is known.
    pub class: Option<&'a ClassStatus>,
    /// What is to be done in AWS; `None`: nothing may be decided.
    pub plan: Option<&'a Plan>,
    /// Now.
    pub now: Time,
}

impl ServiceInput<'_> {
    /// The plan for the rules.
    pub(super) fn ops(&self) -> Option<Ops<'_>> {
        let class = self.class.and_then(service_network::class_trouble);
        self.plan.map(|plan| Ops { plan, now: self.now, class })
    }

    /// The class that serves it, for good: recorded once that class, known and accepted, grants what
    /// the service asks for. Before that nothing is made, and the service may name another.
    fn class_name(&self) -> Option<String> {
        let granting = self.valid.ok().map(|valid| &valid.class).filter(|class| class.network.is_some());
        let latched = self.object.status.as_ref().and_then(|s| s.class_name.clone());
        latched.or(granting.map(|class| class.name.clone()))
    }
}

/// The new status.
pub fn service(input: &ServiceInput) -> ServiceStatus {
    let old = input.object.status.clone().unwrap_or_default();
    let valid = input.valid.ok();
    let deployment = input.workload.and_then(|w| w.deployment.status.as_ref());
    let replicas = |of: Option<i32>, old: Option<i32>| deployment.map_or(old, |_| Some(of.unwrap_or(0)));
    let url = valid.and(input.class).and_then(|class| class.url.clone());
    let placement = input.slice.spot().map(|spot| Placement { nlb: spot.nlb, port: spot.port });
    ServiceStatus {
        class_name: input.class_name(),
        observed_generation: input.object.metadata.generation,
        url: url.or(old.url.clone()),
        api: valid.and(input.class).and_then(|class| class.api.clone()).or(old.api.clone()),
        replicas: replicas(deployment.and_then(|d| d.replicas), old.replicas),
        ready_replicas: replicas(deployment.and_then(|d| d.ready_replicas), old.ready_replicas),
        selector: Some(labels::selector_text(&input.object.name_any())),
        targets: targets::status(input.health.as_ref(), old.targets.clone()),
        routes: routes::status(input, &old.routes),
        effective: valid.map(ValidService::effective).or(old.effective.clone()),
        resources: input.plan.map_or(old.resources.clone(), |p| p.entries.iter().map(resource).collect()),
        placement: placement.or(old.placement),
        conditions: conditions(input, &old),
    }
}

/// The hops of the path, in the order that `Ready` reads them.
const HOPS: [(ConditionType, &[Rule]); 5] = [
    (ConditionType::Accepted, &[refused, class_refused, accepted]),
    (ConditionType::WorkloadReady, workload::RULES),
    (
        ConditionType::TargetsHealthy,
        &[no_place, target_ops, targets::refused, targets::waiting, targets::healthy],
    ),
    (ConditionType::NetworkLocked, service_network::RULES),
    (ConditionType::RoutesProgrammed, routes::RULES),
];

fn conditions(input: &ServiceInput, old: &ServiceStatus) -> Vec<crate::api::Condition> {
    let generation = input.object.metadata.generation;
    let mut conditions = Conditions::new(&old.conditions, generation, input.now);
    if input.deleting {
        for (type_, _) in HOPS {
            conditions.keep(type_);
        }
        let name = NsName::new(input.object.namespace().unwrap_or_default(), input.object.name_any());
        let (whose, class) = (format!("Service {name}"), input.class_name());
        return conditions.going(match class.filter(|_| input.class.is_none()) {
            Some(class) => deleting::without_class(&whose, &class),
            None => deleting::why(input.plan, input.now, &whose, false),
        });
    }
    for (type_, rules) in HOPS {
        conditions.hop(type_, first(rules.iter().map(|rule| rule(input))));
    }
    let foreign = input.health.as_ref().map(|targets| targets.foreign.clone()).unwrap_or_default();
    let added = input.valid.map(|valid| valid.class.drift.security).unwrap_or_default();
    conditions.present(ConditionType::Drifted, drifted(input.plan, &foreign, added));
    let ready = match input.class.and_then(|class| class.url.as_ref()) {
        Some(url) => format!("Served at {url}."),
        None => "All is well.".to_owned(),
    };
    conditions.sum_up(ready, input.plan.is_some_and(|plan| !plan.is_settled()))
}

fn refused(input: &ServiceInput) -> Option<Verdict> {
    let violations = &input.valid.err()?.violations;
    let reason = violations.first().map_or(Reason::InvalidSpec, |v| v.reason);
    let messages: Vec<&str> = violations.iter().map(|v| v.message.as_str()).collect();
    Some(Verdict::fails(reason, messages.join(" ")))
}

/// The class itself is wrong: its network does not fit, or AWS cannot be asked for it.
fn class_refused(input: &ServiceInput) -> Option<Verdict> {
    let class = &input.valid.ok()?.class;
    let condition = find(&input.class?.conditions, ConditionType::Accepted)?;
    if class.network.is_some() || condition.status == ConditionStatus::True {
        return None;
    }
    let message = format!("Class {} is not accepted: {}", class.name, condition.message);
    Some(Verdict::fails(Reason::ClassNotReady, message))
}

fn accepted(input: &ServiceInput) -> Option<Verdict> {
    let valid = input.valid.ok()?;
    Some(Verdict::holds(Reason::Accepted, format!("Class {} grants all that it asks for.", valid.class.name)))
}

/// The class has no room for it.
pub(super) fn no_place(input: &ServiceInput) -> Option<Verdict> {
    let Some(Place::Full { quota, limit, next }) = input.slice.place else { return None };
    let class = &input.valid.ok()?.class.name;
    Some(match quota {
        Quota::GroupRules => Verdict::fails(
            Reason::QuotaReached,
            format!(
                "The load balancers of class {class} admit {limit} ports of pods, all that AWS allows a security \
                 group ({}). Use a port that another service of the class uses, or another class.",
                super::words::quota(quota)
            ),
        ),
        _ => {
            let rest = next.map_or(String::new(), |at| {
                format!(" A port that was in use until lately is free again at {}.", super::words::time(at))
            });
            Verdict::fails(
                Reason::ClassFull,
                format!(
                    "Class {class} has {limit} of {limit} listener ports in use (AWS allows {} {}, {}); what is \
                     served is not touched.{rest} Have loadBalancer.network.max or listenerPorts raised, or take \
                     another class.",
                    Quota::Listeners.limit(),
                    Quota::Listeners.words(),
                    super::words::quota(Quota::Listeners)
                ),
            )
        }
    })
}

fn target_ops(input: &ServiceInput) -> Option<Verdict> {
    input.ops()?.of(&[Kind::TargetGroup, Kind::Listener])
}
