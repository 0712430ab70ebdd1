//! `WorkloadReady`: the Deployment's pods.

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{ContainerStatus, Pod};

use super::service::{Rule, ServiceInput};
use super::verdict::{Failure, Verdict, Weight};
use super::words::of;
use crate::api::{Reason, marks};

/// The Deployment as the API server has it, and its pods.
#[derive(Clone, Debug, PartialEq)]
pub struct Workload {
    /// With its status.
    pub deployment: Deployment,
    /// Needed only while not all are ready; empty else.
    pub pods: Vec<Pod>,
}

/// What the condition is decided by.
pub const RULES: &[Rule] = &[not_applied, unknown, cannot_create, unseen, zero, stuck, rolling, ready];

/// The Deployment's numbers.
struct Counts {
    wanted: usize,
    updated: usize,
    all: usize,
    /// Their own checks pass.
    ready: usize,
    /// Of them, those that Kubernetes does not call ready yet: the load balancer is to find them healthy.
    gated: usize,
}

fn counts(workload: &Workload) -> Counts {
    let status = workload.deployment.status.clone().unwrap_or_default();
    let number = |n: Option<i32>| usize::try_from(n.unwrap_or(0)).unwrap_or(0);
    let wanted = workload.deployment.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1);
    let gated = workload.pods.iter().filter(|pod| gated(pod)).count();
    Counts {
        wanted: number(Some(wanted)),
        updated: number(status.updated_replicas),
        all: number(status.replicas),
        ready: number(status.ready_replicas) + gated,
        gated,
    }
}

/// All that keeps the pod from being ready is its readiness gate. What becomes of it is
/// `TargetsHealthy`'s to tell.
fn gated(pod: &Pod) -> bool {
    let is = |type_: &str, status: &str| {
        let mut conditions = pod.status.iter().flat_map(|s| s.conditions.iter().flatten());
        conditions.any(|c| c.type_ == type_ && c.status == status)
    };
    pod.metadata.deletion_timestamp.is_none()
        && is("ContainersReady", "True")
        && is("Ready", "False")
        && !is(marks::TARGET_HEALTHY, "True")
}

/// `; 2 wait for the load balancer to find them healthy`, or nothing.
fn gate_words(gated: usize) -> String {
    match gated {
        0 => String::new(),
        1 => "; 1 waits for the load balancer to find it healthy".to_owned(),
        n => format!("; {n} wait for the load balancer to find them healthy"),
    }
}

/// How many pods are ready; `None`: not looked at.
pub fn ready_pods(input: &ServiceInput) -> Option<usize> {
    input.workload.map(|workload| counts(workload).ready)
}

/// No pod is wanted.
pub fn scaled_to_zero(input: &ServiceInput) -> bool {
    input.workload.is_some_and(|workload| counts(workload).wanted == 0)
}

/// A Kubernetes object is refused, or somebody else's has its name.
fn not_applied(input: &ServiceInput) -> Option<Verdict> {
    let text = format!("{}.", input.not_applied?.trim_end_matches('.'));
    Some(Verdict::Fails(Failure::new(Reason::ApplyRefused, text)))
}

fn unknown(input: &ServiceInput) -> Option<Verdict> {
    input.workload.is_none().then(|| Verdict::quiet("The pods have not been looked at yet."))
}

/// The Deployment controller may not make pods: a quota of the namespace, a policy of the cluster.
fn cannot_create(input: &ServiceInput) -> Option<Verdict> {
    let workload = input.workload?;
    let status = workload.deployment.status.as_ref()?;
    let condition = status.conditions.iter().flatten();
    let failed = condition.into_iter().find(|c| c.type_ == "ReplicaFailure" && c.status == "True")?;
    let message = failed.message.clone().unwrap_or_default();
    let Counts { ready, .. } = counts(workload);
    let text = format!("Kubernetes refuses to make pods: {}.", message.trim_end_matches('.'));
    Some(Verdict::Fails(Failure::new(Reason::ApplyRefused, text).losing(ready == 0)))
}

fn unseen(input: &ServiceInput) -> Option<Verdict> {
    let deployment = &input.workload?.deployment;
    let seen = deployment.status.as_ref().and_then(|s| s.observed_generation);
    let behind = seen < deployment.metadata.generation;
    behind.then(|| {
        Verdict::fails(Reason::RollingOut, "The Deployment was changed; its rollout is about to start.")
    })
}

fn zero(input: &ServiceInput) -> Option<Verdict> {
    scaled_to_zero(input).then(|| Verdict::holds(Reason::ScaledToZero, "No pod is wanted (replicas: 0)."))
}

/// Some pod has a trouble of its own, or the rollout has made no progress for too long.
fn stuck(input: &ServiceInput) -> Option<Verdict> {
    let workload = input.workload?;
    let Counts { wanted, ready, updated, all, .. } = counts(workload);
    if ready >= wanted && updated >= wanted && all <= updated {
        return None;
    }
    let late = deadline_passed(&workload.deployment);
    let trouble = troubles(&workload.pods).into_iter().next();
    let text = match (trouble, late) {
        (Some(trouble), _) => trouble,
        (None, true) => "the rollout has made no progress for longer than a start may take".to_owned(),
        (None, false) => return None,
    };
    let message = format!("{} ready; {text}.", of(ready, wanted, "pod"));
    let weight = if late { Weight::Stuck } else { Weight::Progress };
    Some(Verdict::Fails(Failure { reason: Reason::PodsNotReady, message, weight, lost: ready == 0 }))
}

fn rolling(input: &ServiceInput) -> Option<Verdict> {
    let Counts { wanted, updated, all, ready, gated } = counts(input.workload?);
    if updated < wanted || all > updated {
        let message = format!(
            "A new version is rolling out: {} of it; {ready} in all are ready{}.",
            of(updated, wanted, "pod"),
            gate_words(gated)
        );
        return Some(Verdict::Fails(Failure::new(Reason::RollingOut, message).losing(ready == 0)));
    }
    if ready < wanted {
        let message = format!("{} ready; the others are starting.", of(ready, wanted, "pod"));
        return Some(Verdict::Fails(Failure::new(Reason::RollingOut, message).losing(ready == 0)));
    }
    None
}

fn ready(input: &ServiceInput) -> Option<Verdict> {
    let Counts { wanted, ready, gated, .. } = counts(input.workload?);
    let message = format!("{} ready{}.", of(ready, wanted, "pod"), gate_words(gated));
    Some(Verdict::holds(Reason::PodsReady, message))
}

/// The Deployment controller has given up hope (`progressDeadlineSeconds`).
fn deadline_passed(deployment: &Deployment) -> bool {
    let conditions = deployment.status.iter().flat_map(|s| s.conditions.iter().flatten());
    conditions
        .into_iter()
        .any(|c| c.type_ == "Progressing" && c.reason.as_deref() == Some("ProgressDeadlineExceeded"))
}

/// What keeps pods from being ready, by pod name.
fn troubles(pods: &[Pod]) -> Vec<String> {
    let mut all: Vec<String> = pods.iter().filter_map(trouble).collect();
    all.sort();
    all
}

fn trouble(pod: &Pod) -> Option<String> {
    if pod.metadata.deletion_timestamp.is_some() {
        return None;
    }
    let name = pod.metadata.name.as_deref()?;
    let status = pod.status.as_ref()?;
    let unscheduled = status.conditions.iter().flatten().find(|c| {
        c.type_ == "PodScheduled" && c.status == "False" && c.reason.as_deref() == Some("Unschedulable")
    });
    if let Some(condition) = unscheduled {
        let why = condition.message.as_deref().unwrap_or("no node fits").trim_end_matches('.');
        return Some(format!("{name} cannot be scheduled ({why})"));
    }
    status.container_statuses.iter().flatten().find_map(|container| waiting(name, container))
}

fn waiting(pod: &str, container: &ContainerStatus) -> Option<String> {
    let waiting = container.state.as_ref()?.waiting.as_ref()?;
    let reason = waiting.reason.as_deref()?;
    // A pod that is starting as it should waits in these.
    if ["ContainerCreating", "PodInitializing"].contains(&reason) {
        return None;
    }
    let exit = container.last_state.as_ref().and_then(|s| s.terminated.as_ref()).map(|t| t.exit_code);
    let detail = match (exit, waiting.message.as_deref()) {
        (Some(code), _) => format!(" (exit code {code})"),
        (None, Some(message)) => format!(" ({})", message.trim_end_matches('.')),
        (None, None) => String::new(),
    };
    Some(format!("{pod} waits in {reason}{detail}"))
}
