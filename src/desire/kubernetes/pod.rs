//! The pod template: one container, locked down, spread over zones, slow to leave.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{
    Capabilities, ConfigMapKeySelector, Container, ContainerPort, EnvVar, EnvVarSource, Lifecycle,
    LifecycleHandler, LocalObjectReference, ObjectFieldSelector, PodReadinessGate, PodSecurityContext,
    PodSpec, PodTemplateSpec, ResourceRequirements, SeccompProfile, SecretKeySelector, SecurityContext,
    SleepAction, TopologySpreadConstraint,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::deployment::seconds;
use super::{APP_PORT, further_ports, health_port, labels, probes};
use crate::api::env::{EnvSource, EnvVar as OurEnvVar};
use crate::api::marks;
use crate::api::pod::{PodSettings, Resources};
use crate::validate::ValidService;

/// The one container's name.
pub const CONTAINER: &str = "app";

/// The template of the service's pods.
pub fn template(service: &ValidService) -> PodTemplateSpec {
    let PodSettings {
        labels: extra,
        annotations,
        node_selector,
        tolerations,
        image_pull_secrets,
        priority_class_name,
    } = &service.pod;

    let mut labels = extra.clone();
    labels.extend(labels::own(&service.name.name));
    let grace = seconds(service.shutdown.drain).saturating_add(seconds(service.shutdown.stop));
    PodTemplateSpec {
        metadata: Some(ObjectMeta {
            labels: Some(labels),
            annotations: some_map(annotations),
            ..ObjectMeta::default()
        }),
        spec: Some(PodSpec {
            containers: vec![container(service)],
            termination_grace_period_seconds: Some(grace.into()),
            security_context: Some(pod_security(service)),
            service_account_name: service.service_account.clone(),
            // Only who asks for an identity gets one.
            automount_service_account_token: Some(service.service_account.is_some()),
            // The environment is what the spec says, not what else runs in the namespace.
            enable_service_links: Some(false),
            // A rollout goes on when the load balancer sends requests to the new pod: AWS takes minutes
            // from its registration to that, and by then the old ones would be gone.
            readiness_gates: Some(vec![PodReadinessGate {
                condition_type: marks::TARGET_HEALTHY.to_owned(),
            }]),
            topology_spread_constraints: Some(vec![spread(&service.name.name)]),
            node_selector: some_map(node_selector),
            tolerations: some(tolerations.clone()),
            image_pull_secrets: some(
                image_pull_secrets.iter().map(|s| LocalObjectReference { name: s.name.clone() }).collect(),
            ),
            priority_class_name: priority_class_name.clone(),
            ..PodSpec::default()
        }),
    }
}

fn container(service: &ValidService) -> Container {
    let Resources { requests, limits } = &service.resources;
    let resources = ResourceRequirements {
        requests: some_map(requests),
        limits: some_map(limits),
        ..ResourceRequirements::default()
    };
    // The pod goes on answering while the load balancer lets go of it.
    let drain = SleepAction { seconds: seconds(service.shutdown.drain).into() };
    Container {
        name: CONTAINER.to_owned(),
        image: Some(service.image.clone()),
        command: some(service.command.clone()),
        args: some(service.args.clone()),
        ports: Some(ports(service)),
        env: some(service.env.iter().map(variable).collect()),
        resources: Some(resources).filter(|r| *r != ResourceRequirements::default()),
        readiness_probe: Some(probes::readiness(service)),
        liveness_probe: Some(probes::liveness(service)),
        startup_probe: Some(probes::startup(service)),
        lifecycle: Some(Lifecycle {
            pre_stop: Some(LifecycleHandler { sleep: Some(drain), ..LifecycleHandler::default() }),
            ..Lifecycle::default()
        }),
        security_context: Some(SecurityContext {
            allow_privilege_escalation: Some(false),
            capabilities: Some(Capabilities { drop: Some(vec!["ALL".to_owned()]), add: None }),
            read_only_root_filesystem: service.security.read_only_root_filesystem,
            ..SecurityContext::default()
        }),
        ..Container::default()
    }
}

fn ports(service: &ValidService) -> Vec<ContainerPort> {
    let health = health_port(service).map(|port| ("health", port));
    let named = [(APP_PORT, service.port)].into_iter().chain(health).chain(further_ports(service));
    named
        .map(|(name, port)| ContainerPort {
            name: Some(name.to_owned()),
            container_port: port.into(),
            protocol: Some("TCP".to_owned()),
            ..ContainerPort::default()
        })
        .collect()
}

fn variable(variable: &OurEnvVar) -> EnvVar {
    let OurEnvVar { name, value, value_from } = variable;
    EnvVar { name: name.clone(), value: value.clone(), value_from: value_from.as_ref().map(source) }
}

fn source(source: &EnvSource) -> EnvVarSource {
    let EnvSource { config_map_key_ref, secret_key_ref, field_ref } = source;
    EnvVarSource {
        config_map_key_ref: config_map_key_ref.as_ref().map(|r| ConfigMapKeySelector {
            name: r.name.clone(),
            key: r.key.clone(),
            optional: r.optional,
        }),
        secret_key_ref: secret_key_ref.as_ref().map(|r| SecretKeySelector {
            name: r.name.clone(),
            key: r.key.clone(),
            optional: r.optional,
        }),
        field_ref: field_ref
            .as_ref()
            .map(|r| ObjectFieldSelector { field_path: r.field_path.clone(), api_version: None }),
        ..EnvVarSource::default()
    }
}

fn pod_security(service: &ValidService) -> PodSecurityContext {
    PodSecurityContext {
        run_as_non_root: Some(true),
        run_as_user: service.security.run_as_user,
        fs_group: service.security.fs_group,
        seccomp_profile: Some(SeccompProfile {
            type_: "RuntimeDefault".to_owned(),
            ..SeccompProfile::default()
        }),
        ..PodSecurityContext::default()
    }
}

/// Evenly over zones, each version for itself; a zone without room keeps no pod from running.
fn spread(name: &str) -> TopologySpreadConstraint {
    TopologySpreadConstraint {
        max_skew: 1,
        topology_key: "topology.kubernetes.io/zone".to_owned(),
        when_unsatisfiable: "ScheduleAnyway".to_owned(),
        label_selector: Some(labels::label_selector(name)),
        match_label_keys: Some(vec!["pod-template-hash".to_owned()]),
        ..TopologySpreadConstraint::default()
    }
}

/// Absent rather than empty: an empty list would be a field of ours.
fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

fn some_map<V: Clone>(map: &BTreeMap<String, V>) -> Option<BTreeMap<String, V>> {
    (!map.is_empty()).then(|| map.clone())
}
