//! The HorizontalPodAutoscaler.

use k8s_openapi::api::autoscaling::v2::{
    CrossVersionObjectReference, HorizontalPodAutoscaler, HorizontalPodAutoscalerSpec, MetricSpec,
    MetricTarget, ResourceMetricSource,
};

use super::metadata;
use crate::validate::{Scale, ValidService};

/// The autoscaler; `None` without `autoscaling`.
pub fn autoscaler(service: &ValidService) -> Option<HorizontalPodAutoscaler> {
    let Scale::Auto { min, max, cpu, memory } = service.scale else { return None };
    let targets = [("cpu", cpu), ("memory", memory)];
    let metrics = targets.into_iter().filter_map(|(name, target)| Some(metric(name, target?)));
    Some(HorizontalPodAutoscaler {
        metadata: metadata(service),
        spec: Some(HorizontalPodAutoscalerSpec {
            scale_target_ref: CrossVersionObjectReference {
                api_version: Some("apps/v1".to_owned()),
                kind: "Deployment".to_owned(),
                name: service.name.name.clone(),
            },
            min_replicas: Some(min),
            max_replicas: max,
            metrics: Some(metrics.collect()),
            behavior: None,
        }),
        status: None,
    })
}

/// `percent` of what the pods request of `name`.
fn metric(name: &str, percent: i32) -> MetricSpec {
    MetricSpec {
        type_: "Resource".to_owned(),
        resource: Some(ResourceMetricSource {
            name: name.to_owned(),
            target: MetricTarget {
                type_: "Utilization".to_owned(),
                average_utilization: Some(percent),
                ..MetricTarget::default()
            },
        }),
        ..MetricSpec::default()
    }
}
