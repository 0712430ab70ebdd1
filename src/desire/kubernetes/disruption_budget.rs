//! The PodDisruptionBudget: one pod at a time, and a lone or broken pod never blocks a drain.

use k8s_openapi::api::policy::v1::{PodDisruptionBudget, PodDisruptionBudgetSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::{labels, metadata};
use crate::validate::ValidService;

/// The budget.
pub fn disruption_budget(service: &ValidService) -> PodDisruptionBudget {
    PodDisruptionBudget {
        metadata: metadata(service),
        spec: Some(PodDisruptionBudgetSpec {
            max_unavailable: Some(IntOrString::Int(1)),
            selector: Some(labels::label_selector(&service.name.name)),
            unhealthy_pod_eviction_policy: Some("AlwaysAllow".to_owned()),
            ..PodDisruptionBudgetSpec::default()
        }),
        status: None,
    }
}
