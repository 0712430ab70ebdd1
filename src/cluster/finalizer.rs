//! Our finalizer: an object that carries it has, or may have, something in AWS.

use std::fmt::Debug;

use kube::api::{Patch, PatchParams};
use kube::{Api, Resource, ResourceExt};
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::api::marks::FINALIZER;

/// Whether `object` carries it.
pub fn held(object: &impl ResourceExt) -> bool {
    object.finalizers().iter().any(|f| f == FINALIZER)
}

/// Adds it. The patch holds the resourceVersion: nobody's change to the list is lost.
///
/// # Errors
/// What the API server says; a conflict is one, and the next reconcile tries again.
pub async fn add<K>(api: &Api<K>, object: &K) -> kube::Result<()>
where
    K: Resource + Clone + Debug + DeserializeOwned,
{
    let mut all = object.finalizers().to_vec();
    all.push(FINALIZER.to_owned());
    set(api, object, &all).await
}

/// Removes it: only when nothing of ours is left in AWS. Gone already is fine.
///
/// # Errors
/// As for [`add`].
pub async fn remove<K>(api: &Api<K>, object: &K) -> kube::Result<()>
where
    K: Resource + Clone + Debug + DeserializeOwned,
{
    let all: Vec<String> = object.finalizers().iter().filter(|f| *f != FINALIZER).cloned().collect();
    match set(api, object, &all).await {
        Err(kube::Error::Api(status)) if status.is_not_found() => Ok(()),
        other => other,
    }
}

async fn set<K>(api: &Api<K>, object: &K, finalizers: &[String]) -> kube::Result<()>
where
    K: Resource + Clone + Debug + DeserializeOwned,
{
    let patch = json!({"metadata": {
        "finalizers": finalizers,
        "resourceVersion": object.resource_version(),
    }});
    api.patch_metadata(&object.name_any(), &PatchParams::default(), &Patch::Merge(patch)).await?;
    Ok(())
}
