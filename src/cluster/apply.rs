//! Server-side apply: we own the fields that we send and leave all others alone.

use std::fmt::Debug;

use k8s_openapi::NamespaceResourceScope;
use kube::api::{DeleteParams, Patch, PatchParams};
use kube::{Api, Client, Resource, ResourceExt};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::api::marks::FIELD_MANAGER;

/// Applies `object` in its namespace and returns what the API server made of it. Forced: a field
/// that we send is ours, whoever set it last.
///
/// # Errors
/// What the API server says.
pub async fn apply<K>(client: &Client, namespace: &str, object: &K) -> kube::Result<K>
where
    K: Resource<Scope = NamespaceResourceScope> + Serialize + DeserializeOwned + Clone + Debug,
    K::DynamicType: Default,
{
    let api = Api::<K>::namespaced(client.clone(), namespace);
    let params = PatchParams::apply(FIELD_MANAGER).force();
    api.patch(&object.name_any(), &params, &Patch::Apply(object)).await
}

/// Deletes the object `name` if it exists and is controlled by the object with `owner_uid`; one
/// that somebody else made under this name stays.
///
/// # Errors
/// What the API server says.
pub async fn delete_owned<K>(
    client: &Client,
    namespace: &str,
    name: &str,
    owner_uid: &str,
) -> kube::Result<()>
where
    K: Resource<Scope = NamespaceResourceScope> + DeserializeOwned + Clone + Debug,
    K::DynamicType: Default,
{
    let api = Api::<K>::namespaced(client.clone(), namespace);
    let Some(found) = api.get_metadata_opt(name).await? else {
        return Ok(());
    };
    let ours = found.owner_references().iter().any(|o| o.controller == Some(true) && o.uid == owner_uid);
    if !ours || found.metadata.deletion_timestamp.is_some() {
        return Ok(());
    }
    match api.delete(name, &DeleteParams::background()).await {
        Err(kube::Error::Api(status)) if status.is_not_found() => Ok(()),
        Err(error) => Err(error),
        Ok(_) => Ok(()),
    }
}
