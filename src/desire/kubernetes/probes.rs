//! Probes, all from the one definition of health that the load balancer's check follows too.

use k8s_openapi::api::core::v1::{HTTPGetAction, Probe};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::deployment::seconds;
use super::{APP_PORT, health_port};
use crate::validate::ValidService;

/// Between two startup probes: the shortest interval that `health` accepts, so that a pod that has
/// started is not kept waiting.
const STARTUP_PERIOD: i32 = 5;

/// Whether the pod may get requests.
pub fn readiness(service: &ValidService) -> Probe {
    let health = &service.health;
    Probe {
        period_seconds: Some(seconds(health.interval)),
        success_threshold: Some(health.healthy_threshold),
        failure_threshold: Some(health.unhealthy_threshold),
        ..get(service, &health.path)
    }
}

/// Whether the container must be restarted.
pub fn liveness(service: &ValidService) -> Probe {
    let health = &service.health;
    Probe {
        period_seconds: Some(seconds(health.interval)),
        failure_threshold: Some(health.unhealthy_threshold),
        ..get(service, &health.liveness_path)
    }
}

/// Whether the container has started: until then the other two are not asked.
pub fn startup(service: &ValidService) -> Probe {
    let health = &service.health;
    let allowed = seconds(health.startup);
    Probe {
        period_seconds: Some(STARTUP_PERIOD),
        failure_threshold: Some(allowed.div_euclid(STARTUP_PERIOD).max(1)),
        ..get(service, &health.liveness_path)
    }
}

fn get(service: &ValidService, path: &str) -> Probe {
    let port = if health_port(service).is_some() { "health" } else { APP_PORT };
    Probe {
        http_get: Some(HTTPGetAction {
            path: Some(path.to_owned()),
            port: IntOrString::String(port.to_owned()),
            ..HTTPGetAction::default()
        }),
        timeout_seconds: Some(seconds(service.health.timeout)),
        ..Probe::default()
    }
}
