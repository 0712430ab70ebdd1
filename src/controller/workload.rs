//! A service's Kubernetes objects: applied when they are wanted differently or somebody touched
//! them, and read back for the status.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::core::v1::{Pod, Service};
use k8s_openapi::api::networking::v1::NetworkPolicy;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::api::ListParams;
use kube::{Api, Client};

use super::guard::Error;
use crate::cluster::apply::{apply, delete_owned};
use crate::desire::kubernetes::KubeObjects;
use crate::model::NsName;

/// What was applied last, by service.
#[derive(Debug, Default)]
pub struct Workloads(Mutex<BTreeMap<NsName, Applied>>);

#[derive(Clone, Debug)]
struct Applied {
    objects: KubeObjects,
    deployment: Deployment,
}

impl Workloads {
    /// Somebody, perhaps we, touched an object of `service`: the next reconcile applies all again.
    pub fn touched(&self, service: &NsName) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(service);
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
    ) -> Result<Deployment, Error> {
        if let Some(applied) = self.applied(service).filter(|applied| applied.objects == objects) {
            return Ok(applied.deployment);
        }
        let deployment = write(client, &service.namespace, owner, objects.clone()).await?;
        let applied = Applied { objects, deployment: deployment.clone() };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(service.clone(), applied);
        Ok(deployment)
    }

    fn applied(&self, service: &NsName) -> Option<Applied> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(service).cloned()
    }
}

/// Applies every object; what is not wanted any more goes.
async fn write(
    client: &Client,
    namespace: &str,
    owner: &OwnerReference,
    objects: KubeObjects,
) -> Result<Deployment, Error> {
    let KubeObjects { deployment, autoscaler, service, disruption_budget, network_policy } = objects;
    apply::<NetworkPolicy>(client, namespace, &network_policy)
        .await
        .map_err(Error::kubernetes("to apply the NetworkPolicy"))?;
    apply::<Service>(client, namespace, &service).await.map_err(Error::kubernetes("to apply the Service"))?;
    apply::<PodDisruptionBudget>(client, namespace, &disruption_budget)
        .await
        .map_err(Error::kubernetes("to apply the PodDisruptionBudget"))?;
    match autoscaler {
        Some(autoscaler) => {
            apply::<HorizontalPodAutoscaler>(client, namespace, &autoscaler)
                .await
                .map_err(Error::kubernetes("to apply the HorizontalPodAutoscaler"))?;
        }
        None => delete_owned::<HorizontalPodAutoscaler>(client, namespace, &owner.name, &owner.uid)
            .await
            .map_err(Error::kubernetes("to delete the HorizontalPodAutoscaler"))?,
    }
    apply::<Deployment>(client, namespace, &deployment)
        .await
        .map_err(Error::kubernetes("to apply the Deployment"))
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
