//! The Deployment: a release never takes away a pod before another has become ready.

use std::time::Duration;

use k8s_openapi::api::apps::v1::{Deployment, DeploymentSpec, DeploymentStrategy, RollingUpdateDeployment};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::{labels, metadata, pod};
use crate::validate::{Scale, ValidService};

/// How long after the last progress a rollout counts as stuck, beside what a start may take:
/// Kubernetes' own default, in seconds.
const PROGRESS_DEADLINE: i32 = 600;

/// The Deployment. With autoscaling it carries no replicas: they are the autoscaler's.
pub fn deployment(service: &ValidService) -> Deployment {
    let replicas = match service.scale {
        Scale::Fixed(replicas) => Some(replicas),
        Scale::Auto { .. } => None,
    };
    let rolling = RollingUpdateDeployment {
        max_unavailable: Some(IntOrString::Int(0)),
        max_surge: Some(IntOrString::String("25%".to_owned())),
    };
    Deployment {
        metadata: metadata(service),
        spec: Some(DeploymentSpec {
            replicas,
            selector: labels::label_selector(&service.name.name),
            strategy: Some(DeploymentStrategy {
                type_: Some("RollingUpdate".to_owned()),
                rolling_update: Some(rolling),
            }),
            progress_deadline_seconds: Some(
                PROGRESS_DEADLINE.saturating_add(seconds(service.health.startup)),
            ),
            template: pod::template(service),
            ..DeploymentSpec::default()
        }),
        status: None,
    }
}

/// Whole seconds, as Kubernetes counts them.
pub(super) fn seconds(duration: Duration) -> i32 {
    i32::try_from(duration.as_secs()).unwrap_or(i32::MAX)
}
