//! `TargetsHealthy`: the pods as the load balancer finds them.

use std::collections::BTreeSet;

use super::errors;
use super::service::ServiceInput;
use super::verdict::{Failure, Verdict};
use super::words::of;
use super::workload::{ready_pods, scaled_to_zero};
use crate::api::Reason;
use crate::api::service_status::TargetsStatus;
use crate::executor::{Health, Target, TargetHealth};
use crate::model::AwsError;
use crate::validate::ValidService;

/// How the targets are, as the targets lane knows it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Targets {
    /// Registered and getting requests.
    pub healthy: usize,
    /// Registered.
    pub registered: usize,
    /// Those that are not healthy.
    pub unhealthy: Vec<TargetHealth>,
    /// Why AWS refused to register or deregister one, if it did.
    pub refused: Option<AwsError>,
    /// Registered by others: no pod of ours is there.
    pub foreign: BTreeSet<Target>,
    /// What to record once AWS acknowledged all that the pods ask for; `None`: not yet.
    pub checkpoint: Option<String>,
}

/// The part of the status.
pub fn status(targets: Option<&Targets>, old: Option<TargetsStatus>) -> Option<TargetsStatus> {
    let Some(targets) = targets else { return old };
    let number = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
    Some(TargetsStatus {
        healthy: number(targets.healthy),
        registered: number(targets.registered),
        summary: format!("{}/{}", targets.healthy, targets.registered),
        checkpoint: targets.checkpoint.clone().or(old.and_then(|o| o.checkpoint)),
    })
}

/// AWS refuses to register pods.
pub fn refused(input: &ServiceInput) -> Option<Verdict> {
    let targets = input.health.as_ref()?;
    let error = targets.refused.as_ref()?;
    let failure = errors::of_error(error, "a pod as target", None, false);
    Some(Verdict::Fails(failure.losing(targets.healthy == 0)))
}

/// Not known, none, or not all there yet.
pub fn waiting(input: &ServiceInput) -> Option<Verdict> {
    let Some(targets) = &input.health else {
        return Some(Verdict::quiet("The targets have not been looked at yet."));
    };
    if scaled_to_zero(input) {
        let message = "No pod is wanted (replicas: 0), so requests are answered 503.";
        return Some(Verdict::Fails(Failure::new(Reason::ScaledToZero, message).losing(true)));
    }
    if targets.registered == 0 {
        let message = "No pod is registered with the load balancer: a pod is, once it has an address.";
        return Some(Verdict::Fails(Failure::new(Reason::NoTargets, message).losing(true)));
    }
    None
}

/// All, or why not.
pub fn healthy(input: &ServiceInput) -> Option<Verdict> {
    let targets = input.health.as_ref()?;
    let Targets { healthy, registered, unhealthy, .. } = targets;
    let count = of(*healthy, *registered, "target");
    let lost = *healthy == 0;
    if let Some(bad) = worst(unhealthy, &[Health::Unhealthy, Health::Unavailable]) {
        let how = input.valid.ok().map_or_else(String::new, |valid| check(valid, bad, input));
        let message = format!("{count} healthy: {how}");
        return Some(Verdict::Fails(Failure::new(Reason::HealthCheckFailing, message).losing(lost)));
    }
    if let Some(young) = worst(unhealthy, &[Health::Initial, Health::Unused, Health::Draining]) {
        let message = format!("{count} healthy; {} is {}.", young.target.address, word(young));
        return Some(Verdict::Fails(Failure::new(Reason::Registering, message).losing(lost)));
    }
    if targets.checkpoint.is_none() || healthy < registered {
        let message = format!("{count} healthy; more are being registered.");
        return Some(Verdict::Fails(Failure::new(Reason::Registering, message).losing(lost)));
    }
    Some(Verdict::holds(Reason::Healthy, format!("{count} healthy.")))
}

/// The first target in one of `states`.
fn worst<'a>(targets: &'a [TargetHealth], states: &[Health]) -> Option<&'a TargetHealth> {
    targets.iter().filter(|t| states.contains(&t.health)).min_by(|a, b| a.target.cmp(&b.target))
}

/// How the load balancer's check fails, and what that says if the pods themselves are well.
fn check(valid: &ValidService, bad: &TargetHealth, input: &ServiceInput) -> String {
    let health = &valid.health;
    let asked = format!("the load balancer's GET {} on port {}", health.path, health.port);
    let (how, hint) = match bad.reason.as_str() {
        "Target.ResponseCodeMismatch" => (
            "is answered with a code other than 200 to 399",
            "health.path is not what the app serves to every host name",
        ),
        "Target.Timeout" => (
            "is not answered in time",
            "a security group or network policy is in the way, or the app is slow",
        ),
        _ => ("fails", "health.port, a security group or a network policy is in the way"),
    };
    let reason = if bad.reason.is_empty() { String::new() } else { format!(" ({})", bad.reason) };
    let pods_ready = ready_pods(input).is_some_and(|ready| ready > 0 && ready >= input.registered());
    let hint = if pods_ready { format!(" The pods are ready, so {hint}.") } else { String::new() };
    format!("{asked} {how}{reason}.{hint}")
}

impl ServiceInput<'_> {
    fn registered(&self) -> usize {
        self.health.as_ref().map_or(0, |targets| targets.registered)
    }
}

/// `initial (Elb.InitialHealthChecking)`.
fn word(target: &TargetHealth) -> String {
    let state = match target.health {
        Health::Initial => "initial",
        Health::Healthy => "healthy",
        Health::Unhealthy => "unhealthy",
        Health::Draining => "draining",
        Health::Unused => "unused",
        Health::Unavailable => "unavailable",
    };
    if target.reason.is_empty() { state.to_owned() } else { format!("{state} ({})", target.reason) }
}
