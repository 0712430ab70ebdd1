//! A pod's status from the states of its containers. Pure, but for the present time.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use k8s_openapi::api::core::v1::{Pod, PodSpec};
use serde_json::{Value, json};

use super::container::{Container, Ended, State};

/// The present time as Kubernetes writes it, in whole seconds.
pub(super) fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Where and since when a pod runs.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) ip: Ipv4Addr,
    pub(super) host_ip: Ipv4Addr,
    pub(super) since: String,
}

/// The conditions that the kubelet owns, and since when they are as they are.
#[derive(Debug, Default)]
pub(super) struct Conditions(BTreeMap<&'static str, (bool, String)>);

impl Conditions {
    fn json(&mut self, kind: &'static str, lack: Option<(&str, String)>) -> Value {
        let good = lack.is_none();
        let entry = self.0.entry(kind).or_insert_with(|| (good, now()));
        if entry.0 != good {
            *entry = (good, now());
        }
        let (reason, message) = lack.map_or((None, None), |(r, m)| (Some(r.to_owned()), Some(m)));
        json!({
            "type": kind, "status": if good { "True" } else { "False" },
            "lastTransitionTime": entry.1, "reason": reason, "message": message,
        })
    }
}

/// The status to patch in, strategically: conditions of others are left alone.
pub(super) fn of_pod(
    pod: &Pod,
    containers: &[Container],
    place: &Place,
    conditions: &mut Conditions,
) -> Value {
    let Some(spec) = &pod.spec else { return json!({}) };
    let phase = phase(containers);
    let containers_lack = containers_lack(phase, containers);
    let ready_lack = containers_lack.clone().or_else(|| gates_lack(pod, spec));
    let inits = spec.init_containers.iter().flatten().map(|init| init_status(init, &place.since));
    json!({
        "phase": phase,
        "startTime": place.since,
        "podIP": place.ip.to_string(), "podIPs": [{"ip": place.ip.to_string()}],
        "hostIP": place.host_ip.to_string(), "hostIPs": [{"ip": place.host_ip.to_string()}],
        "conditions": [
            conditions.json("PodReadyToStartContainers", None),
            conditions.json("Initialized", None),
            conditions.json("ContainersReady", containers_lack),
            conditions.json("Ready", ready_lack),
        ],
        "initContainerStatuses": inits.collect::<Vec<_>>(),
        "containerStatuses": containers.iter().map(|c| container_status(pod, c)).collect::<Vec<_>>(),
    })
}

/// As the kubelet's getPhase: what waits for its first run is pending, what waits for another is not.
pub(super) fn phase(containers: &[Container]) -> &'static str {
    let (mut first, mut alive, mut failed) = (false, false, false);
    for container in containers {
        alive |= container.due.is_some();
        match (&container.state, &container.last) {
            (State::Waiting { .. }, None) => first = true,
            (State::Waiting { .. }, Some(last)) => failed |= last.code != 0,
            (State::Running { .. }, _) => alive = true,
            (State::Terminated(ended), _) => failed |= ended.code != 0,
        }
    }
    match () {
        () if first => "Pending",
        () if alive => "Running",
        () if failed => "Failed",
        () => "Succeeded",
    }
}

fn containers_lack(phase: &str, containers: &[Container]) -> Option<(&'static str, String)> {
    if phase == "Succeeded" {
        return Some(("PodCompleted", String::new()));
    }
    if phase == "Failed" {
        return Some(("PodFailed", String::new()));
    }
    let unready: Vec<_> = containers.iter().filter(|c| !c.ready).map(|c| c.spec.name.as_str()).collect();
    let message = format!("containers with unready status: [{}]", unready.join(" "));
    (!unready.is_empty()).then_some(("ContainersNotReady", message))
}

/// Readiness gates: conditions that others set.
fn gates_lack(pod: &Pod, spec: &PodSpec) -> Option<(&'static str, String)> {
    let present = |kind: &str| {
        let conditions = pod.status.iter().flat_map(|s| s.conditions.iter().flatten());
        conditions.into_iter().find(|c| c.type_ == kind).map(|c| c.status.clone())
    };
    let messages: Vec<_> = spec
        .readiness_gates
        .iter()
        .flatten()
        .filter_map(|gate| match present(&gate.condition_type).as_deref() {
            Some("True") => None,
            Some(status) => Some(format!(
                "the status of pod readiness gate \"{}\" is not \"True\", but {status}",
                gate.condition_type
            )),
            None => Some(format!(
                "corresponding condition of pod readiness gate \"{}\" does not exist.",
                gate.condition_type
            )),
        })
        .collect();
    (!messages.is_empty()).then(|| ("ReadinessGatesNotReady", messages.join(", ")))
}

fn container_status(pod: &Pod, container: &Container) -> Value {
    let uid = pod.metadata.uid.as_deref().unwrap_or_default();
    let id = format!("lab://{uid}/{}/{}", container.spec.name, container.runs);
    let state = match &container.state {
        State::Waiting { reason, message } if message.is_empty() => json!({"waiting": {"reason": reason}}),
        State::Waiting { reason, message } => json!({"waiting": {"reason": reason, "message": message}}),
        State::Running { since } => json!({"running": {"startedAt": since}}),
        State::Terminated(ended) => terminated(ended, &id),
    };
    json!({
        "name": container.spec.name, "image": container.image, "imageID": container.image,
        "containerID": if container.runs == 0 { "" } else { &id },
        "ready": container.ready, "started": container.started, "restartCount": container.restarts,
        "state": state,
        "lastState": container.last.as_ref().map_or(json!({}), |last| terminated(last, &id)),
    })
}

fn terminated(ended: &Ended, id: &str) -> Value {
    json!({"terminated": {
        "exitCode": ended.code, "reason": if ended.code == 0 { "Completed" } else { "Error" },
        "message": ended.message, "startedAt": ended.started, "finishedAt": ended.finished,
        "containerID": id,
    }})
}

fn init_status(init: &k8s_openapi::api::core::v1::Container, since: &str) -> Value {
    json!({
        "name": init.name, "image": init.image, "imageID": init.image, "containerID": "",
        "ready": true, "started": false, "restartCount": 0, "lastState": {},
        "state": {"terminated": {"exitCode": 0, "reason": "Completed", "startedAt": since, "finishedAt": since}},
    })
}
