//! A service's target group.

use super::keys;
use super::service::ServiceFacts;
use crate::model::target_group::{HealthCheck, TargetGroup, TargetGroupAttributes};
use crate::model::{Body, Ref, ResourceKey, names};
use crate::validate::ValidService;

/// The target group, checked as the pods' readiness is.
pub fn target_group(facts: &ServiceFacts, service: &ValidService) -> (ResourceKey, Body<Ref>) {
    let key = keys::target_group(&facts.owner);
    let health = &service.health;
    let body = TargetGroup {
        name: names::name(facts.cluster, &key, &[facts.vpc]),
        vpc: facts.vpc.to_owned(),
        health: HealthCheck {
            path: health.path.clone(),
            port: Some(health.port).filter(|port| *port != service.port),
            interval_seconds: seconds(health.interval),
            timeout_seconds: seconds(health.timeout),
            healthy_threshold: health.healthy_threshold.unsigned_abs(),
            unhealthy_threshold: health.unhealthy_threshold.unsigned_abs(),
        },
        attributes: Some(TargetGroupAttributes {
            deregistration_delay_seconds: seconds(service.shutdown.drain),
            connection_termination: true,
        }),
    };
    (key, Body::TargetGroup(body))
}

/// Whole seconds; validation keeps them within AWS's bounds.
fn seconds(duration: std::time::Duration) -> u32 {
    u32::try_from(duration.as_secs()).unwrap_or(u32::MAX)
}
