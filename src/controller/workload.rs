//! A service's Kubernetes objects: applied when they are wanted differently or somebody touched
//! them, and read back for the status.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{OwnerReference, Time};
use k8s_openapi::jiff::Timestamp;
use kube::api::{ListParams, Patch, PatchParams};
use kube::{Api, Client, Resource, ResourceExt};
use serde_json::json;

use super::guard::Error;
use crate::api::{GatewayedService, marks};
use crate::cluster::apply::{ApplyError, apply, delete_owned, keep_replicas};
use crate::desire::kubernetes::KubeObjects;
use crate::model::NsName;

/// What was applied last, by service.
#[derive(Debug, Default)]
pub struct Workloads(Mutex<BTreeMap<NsName, Kept>>);

#[derive(Debug, Default)]
struct Kept {
    /// Changes of the objects that were seen.
    touches: u64,
    applied: Option<Applied>,
}

#[derive(Clone, Debug)]
struct Applied {
    objects: KubeObjects,
    deployment: Deployment,
}

impl Workloads {
    /// Somebody, perhaps we, touched an object of `service`: the next reconcile applies all again.
    pub fn touched(&self, service: &NsName) {
        // Of a service that is gone the cluster's garbage collector touches every object once more.
        if let Some(kept) = self.all().get_mut(service) {
            kept.touches += 1;
            kept.applied = None;
        }
    }

    /// Makes the cluster hold `objects` for `service` and returns the Deployment with its status.
    ///
    /// # Errors
    /// What the API server refused.
    pub async fn keep(
        &self,
        client: &Client,
        service: &NsName,
        owner: &OwnerReference,
        objects: KubeObjects,
    ) -> Result<Deployment, ApplyError> {
        let (touches, applied) = self.with(service, |kept| (kept.touches, kept.applied.clone()));
        if let Some(applied) = applied.filter(|applied| applied.objects == objects) {
            return Ok(applied.deployment);
        }
        let deployment = write(client, &service.namespace, owner, &objects).await?;
        let applied = Applied { objects, deployment: deployment.clone() };
        self.with(service, |kept| {
            // A change that came meanwhile may be newer than what we were answered.
            kept.applied = Some(applied).filter(|_| kept.touches == touches);
        });
        Ok(deployment)
    }

    /// The service is gone.
    pub fn forget(&self, service: &NsName) {
        self.all().remove(service);
    }

    /// How many services something was applied for.
    pub fn count(&self) -> usize {
        self.all().len()
    }

    fn with<T>(&self, service: &NsName, f: impl FnOnce(&mut Kept) -> T) -> T {
        f(self.all().entry(service.clone()).or_default())
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<NsName, Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells a pod's kubelet that the load balancer has found the pod healthy. One that is gone needs
/// no telling.
///
/// # Errors
/// What the API server refused.
pub async fn open_gate(client: &Client, namespace: &str, pod: &str) -> Result<(), Error> {
    let condition = json!({
        "type": marks::TARGET_HEALTHY,
        "status": "True",
        "reason": "Healthy",
        "message": "The load balancer has found the pod healthy.",
        "lastTransitionTime": Time(Timestamp::now()),
    });
    let patch = Patch::Strategic(json!({"status": {"conditions": [condition]}}));
    let params =
        PatchParams { field_manager: Some(marks::FIELD_MANAGER.to_owned()), ..PatchParams::default() };
    let pods = Api::<Pod>::namespaced(client.clone(), namespace);
    match pods.patch_status(pod, &params, &patch).await {
        Err(kube::Error::Api(status)) if status.is_not_found() => Ok(()),
        Err(error) => Err(Error::kubernetes("to open a pod's readiness gate")(error)),
        Ok(_) => Ok(()),
    }
}

/// Applies every object; what is not wanted any more goes.
async fn write(
    client: &Client,
    namespace: &str,
    owner: &OwnerReference,
    objects: &KubeObjects,
) -> Result<Deployment, ApplyError> {
    let KubeObjects { deployment, autoscaler, service, disruption_budget, network_policy } = objects;
    apply(client, namespace, network_policy).await?;
    apply(client, namespace, service).await?;
    apply(client, namespace, disruption_budget).await?;
    if deployment.spec.as_ref().is_some_and(|spec| spec.replicas.is_none()) {
        keep_replicas(client, namespace, deployment).await?;
    }
    match autoscaler {
        Some(autoscaler) => _ = apply(client, namespace, autoscaler).await?,
        None => {
            delete_owned::<HorizontalPodAutoscaler>(client, namespace, &owner.name, &owner.uid).await?;
        }
    }
    apply(client, namespace, deployment).await
}

/// The service that a Kubernetes object is kept for.
pub fn owner_of(child: &impl ResourceExt) -> Option<NsName> {
    let owner = child.owner_references().iter().find(|owner| owner.controller == Some(true))?;
    (owner.kind == GatewayedService::kind(&())).then_some(())?;
    Some(NsName::new(child.namespace()?, &owner.name))
}

/// The service's pods, for what keeps them from being ready.
///
/// # Errors
/// What the API server refused.
pub async fn pods(client: &Client, namespace: &str, selector: &str) -> Result<Vec<Pod>, Error> {
    let pods = Api::<Pod>::namespaced(client.clone(), namespace);
    let list = pods.list(&ListParams::default().labels(selector)).await;
    Ok(list.map_err(Error::kubernetes("to list the pods"))?.items)
}

/// Every wanted pod is ready and of the present version: nothing keeps one from it.
pub fn settled(deployment: &Deployment) -> bool {
    let (Some(spec), Some(status)) = (&deployment.spec, &deployment.status) else { return false };
    let wanted = spec.replicas.unwrap_or(1);
    status.observed_generation >= deployment.metadata.generation
        && status.updated_replicas.unwrap_or(0) >= wanted
        && status.ready_replicas.unwrap_or(0) >= wanted
        && status.replicas.unwrap_or(0) == status.updated_replicas.unwrap_or(0)
}
