//! What runs: container, pods, scale, health, shutdown. The rules of the CRD in Rust, and the
//! defaults.

use super::bounds::{self, seconds};
use super::violation::Found;
use super::{Scale, ValidClass, ValidHealth, ValidShutdown};
use crate::api::env::{EnvVar, FIELD_PATHS};
use crate::api::in_cluster::InCluster;
use crate::api::pod::RESERVED_LABELS;
use crate::api::{GatewayedServiceSpec, Reason, marks};

/// The most pods, as a Network Load Balancer with cross-zone on takes 500 targets.
const MAX_PODS: i64 = 500;

/// Image, port and environment.
pub fn container(found: &mut Found, spec: &GatewayedServiceSpec) {
    let printable = spec.image.chars().all(|c| c.is_ascii_graphic());
    found.check(
        !spec.image.is_empty() && printable,
        "spec.image",
        "must not be empty or contain spaces; write a reference such as registry.example.com/shop/orders:1.4.2",
    );
    bounds::number(found, "spec.port", spec.port.into(), (1, 65535));
    bounds::distinct(found, "spec.env[].name", spec.env.iter().map(|e| e.name.as_str()));
    for variable in &spec.env {
        env(found, variable);
    }
}

fn env(found: &mut Found, variable: &EnvVar) {
    let field = format!("spec.env[{}]", variable.name);
    let Some(from) = &variable.value_from else {
        return found.check(variable.value.is_some(), field, "needs exactly one of value and valueFrom");
    };
    found.check(variable.value.is_none(), &field, "needs exactly one of value and valueFrom");
    let sources =
        [from.config_map_key_ref.is_some(), from.secret_key_ref.is_some(), from.field_ref.is_some()];
    found.check(
        sources.into_iter().filter(|s| *s).count() == 1,
        format!("{field}.valueFrom"),
        "needs exactly one of configMapKeyRef, secretKeyRef and fieldRef",
    );
    if let Some(path) = from.field_ref.as_ref().map(|f| f.field_path.as_str()) {
        let keyed = ["metadata.labels['", "metadata.annotations['"]
            .iter()
            .filter_map(|start| path.strip_prefix(start)?.strip_suffix("']"))
            .any(|key| !key.is_empty() && !key.contains('\''));
        found.check(
            keyed || FIELD_PATHS.contains(&path),
            format!("{field}.valueFrom.fieldRef.fieldPath"),
            &format!(
                "must be one of {}, metadata.labels['key'], metadata.annotations['key']",
                FIELD_PATHS.join(", ")
            ),
        );
    }
}

/// Labels, annotations and the process's identity.
pub fn pod(found: &mut Found, spec: &GatewayedServiceSpec) {
    if let Some(pod) = &spec.pod {
        bounds::no_prefix(found, "spec.pod.labels", pod.labels.keys(), &RESERVED_LABELS);
        bounds::no_prefix(found, "spec.pod.annotations", pod.annotations.keys(), &[marks::OUR_PREFIX]);
    }
    if let Some(security) = &spec.security {
        let ids = (1, i64::from(i32::MAX));
        for (field, id) in
            [("spec.security.runAsUser", security.run_as_user), ("spec.security.fsGroup", security.fs_group)]
        {
            if let Some(id) = id {
                bounds::number(found, field, id, ids);
            }
        }
    }
}

/// What inside the cluster may reach the pods.
pub fn in_cluster(found: &mut Found, in_cluster: Option<&InCluster>) {
    let Some(in_cluster) = in_cluster else { return };
    found.check(
        !in_cluster.from.is_empty(),
        "spec.inCluster.from",
        "must name someone; an empty list would admit everyone",
    );
    for peer in &in_cluster.from {
        found.check(
            peer.namespace_selector.is_some() || peer.pod_selector.is_some(),
            "spec.inCluster.from[]",
            "needs namespaceSelector, podSelector or both; {} selects everything",
        );
    }
    bounds::distinct(found, "spec.inCluster.ports[].name", in_cluster.ports.iter().map(|p| p.name.as_str()));
    for port in &in_cluster.ports {
        let field = format!("spec.inCluster.ports[{}]", port.name);
        bounds::number(found, &format!("{field}.port"), port.port.into(), (1, 65535));
        found.check(
            !["http", "health"].contains(&port.name.as_str())
                && port.name.contains(|c: char| c.is_ascii_lowercase()),
            format!("{field}.name"),
            "needs a letter and must not be http or health, which are the app's and the health port",
        );
    }
}

/// How many pods.
pub fn scale(found: &mut Found, spec: &GatewayedServiceSpec) -> Scale {
    let Some(auto) = &spec.autoscaling else {
        bounds::number(found, "spec.replicas", spec.replicas.into(), (0, MAX_PODS));
        return Scale::Fixed(spec.replicas);
    };
    let (min, max) = (auto.min_replicas, auto.max_replicas);
    bounds::number(found, "spec.autoscaling.minReplicas", min.into(), (1, MAX_PODS));
    bounds::number(found, "spec.autoscaling.maxReplicas", max.into(), (1, MAX_PODS));
    found.check(
        max >= min,
        "spec.autoscaling.maxReplicas",
        &format!("must be at least spec.autoscaling.minReplicas, {min}"),
    );
    let (cpu, memory) = (auto.target_cpu_utilization, auto.target_memory_utilization);
    found.check(
        cpu.is_some() || memory.is_some(),
        "spec.autoscaling",
        "needs targetCPUUtilization, targetMemoryUtilization or both",
    );
    for (field, target, resource) in
        [("targetCPUUtilization", cpu, "cpu"), ("targetMemoryUtilization", memory, "memory")]
    {
        let Some(target) = target else { continue };
        let field = format!("spec.autoscaling.{field}");
        bounds::number(found, &field, target.into(), (1, 1000));
        let set = spec
            .resources
            .as_ref()
            .is_some_and(|r| r.requests.contains_key(resource) || r.limits.contains_key(resource));
        let rule = format!("is a share of spec.resources.requests.{resource}, which is absent; set it");
        found.check(set, field, &rule);
    }
    Scale::Auto { min, max, cpu, memory }
}

/// When a pod is healthy.
pub fn health(found: &mut Found, spec: &GatewayedServiceSpec) -> ValidHealth {
    let health = spec.health.clone().unwrap_or_default();
    let unit = seconds(1);
    let between = (seconds(5), seconds(300));
    let interval =
        bounds::duration(found, "spec.health.interval", health.interval, seconds(10), between, unit);
    let between = (seconds(2), seconds(120));
    let timeout = bounds::duration(found, "spec.health.timeout", health.timeout, seconds(2), between, unit);
    found.check(
        timeout <= interval,
        "spec.health.timeout",
        &format!("must be at most spec.health.interval, {interval:?}"),
    );
    let between = (seconds(5), seconds(3600));
    let startup = bounds::duration(found, "spec.health.startup", health.startup, seconds(60), between, unit);
    let healthy_threshold = health.healthy_threshold.unwrap_or(2);
    bounds::number(found, "spec.health.healthyThreshold", healthy_threshold.into(), (2, 10));
    let unhealthy_threshold = health.unhealthy_threshold.unwrap_or(2);
    bounds::number(found, "spec.health.unhealthyThreshold", unhealthy_threshold.into(), (2, 10));
    if let Some(port) = health.port {
        bounds::number(found, "spec.health.port", port.into(), (1, 65535));
    }
    let path = health.path.unwrap_or_else(|| "/healthz".to_owned());
    let liveness_path = health.liveness_path.unwrap_or_else(|| path.clone());
    for (field, path) in [("spec.health.path", &path), ("spec.health.livenessPath", &liveness_path)] {
        let fits = path.starts_with('/') && path.chars().all(|c| c.is_ascii_graphic());
        found.check(fits, field, "must start with / and contain no space, such as /healthz");
    }
    ValidHealth {
        path,
        port: health.port.unwrap_or(spec.port),
        interval,
        timeout,
        healthy_threshold,
        unhealthy_threshold,
        liveness_path,
        startup,
    }
}

/// How a pod goes: never before the load balancer has let go of it.
pub fn shutdown(found: &mut Found, spec: &GatewayedServiceSpec, class: &ValidClass) -> ValidShutdown {
    let shutdown = spec.shutdown.clone().unwrap_or_default();
    let between = (seconds(1), seconds(3600));
    let least = class.pool.drain;
    let drain = bounds::duration(found, "spec.shutdown.drain", shutdown.drain, least, between, seconds(1));
    if drain < least {
        let message = format!(
            "spec.shutdown.drain is {drain:?}, below {least:?}, for which class {} still sends requests to a pod \
             that goes; raise it, or leave it out.",
            class.name
        );
        found.add(Reason::DrainTooShort, "spec.shutdown.drain", message);
    }
    let stop = bounds::duration(found, "spec.shutdown.stop", shutdown.stop, seconds(30), between, seconds(1));
    ValidShutdown { drain, stop }
}
