//! Server-side apply: we own the fields that we send and leave all others alone.

use std::fmt::Debug;

use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::apps::v1::Deployment;
use kube::api::{DeleteParams, Patch, PatchParams};
use kube::{Api, Client, Resource, ResourceExt};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::api::marks::{AUTOSCALED_FIELD_MANAGER, FIELD_MANAGER};

/// An object could not be applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// There is one of that name which somebody else made. It is left alone.
    #[error(
        "{kind} {namespace}/{name} exists and is not this service's; rename the service, or delete it there"
    )]
    NotOurs {
        /// `Deployment`.
        kind: String,
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
    /// The API server refuses it.
    #[error("{kind} {namespace}/{name} is refused: {source}")]
    Kubernetes {
        /// `Deployment`.
        kind: String,
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
        /// The API server's words.
        source: Box<kube::Error>,
    },
}

impl ApplyError {
    /// What a person must put right; `None` for what another try may mend.
    pub fn refused(&self) -> Option<String> {
        match self {
            ApplyError::NotOurs { .. } => Some(self.to_string()),
            ApplyError::Kubernetes { kind, namespace, name, source } => match source.as_ref() {
                kube::Error::Api(status) if (400..500).contains(&status.code) && !passing(status.code) => {
                    Some(format!("{kind} {namespace}/{name} is refused: {}", status.message))
                }
                _ => None,
            },
        }
    }
}

/// Conflicts and throttles.
fn passing(code: u16) -> bool {
    matches!(code, 408 | 409 | 429)
}

/// Applies `object`, which names its one owner, in its namespace and returns what the API server made
/// of it. Forced: a field that we send is ours, whoever set it last. An object of that name without our
/// owner is left alone.
///
/// # Errors
/// It is somebody else's, or what the API server says.
pub async fn apply<K>(client: &Client, namespace: &str, object: &K) -> Result<K, ApplyError>
where
    K: Resource<Scope = NamespaceResourceScope> + Serialize + DeserializeOwned + Clone + Debug,
    K::DynamicType: Default,
{
    let api = Api::<K>::namespaced(client.clone(), namespace);
    let name = object.name_any();
    let error = |source| failed::<K>(namespace, &name, source);
    let uid = object.owner_references().first().map(|owner| owner.uid.as_str());
    let found = api.get_metadata_opt(&name).await.map_err(error)?;
    if found.is_some_and(|found| !controlled_by(&found, uid)) {
        let kind = K::kind(&Default::default()).into_owned();
        return Err(ApplyError::NotOurs { kind, namespace: namespace.to_owned(), name });
    }
    let params = PatchParams::apply(FIELD_MANAGER).force();
    api.patch(&name, &params, &Patch::Apply(object)).await.map_err(error)
}

fn controlled_by(object: &impl ResourceExt, uid: Option<&str>) -> bool {
    object.owner_references().iter().any(|o| o.controller == Some(true) && Some(o.uid.as_str()) == uid)
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
) -> Result<(), ApplyError>
where
    K: Resource<Scope = NamespaceResourceScope> + DeserializeOwned + Clone + Debug,
    K::DynamicType: Default,
{
    let api = Api::<K>::namespaced(client.clone(), namespace);
    let error = |source| failed::<K>(namespace, name, source);
    let Some(found) = api.get_metadata_opt(name).await.map_err(error)? else {
        return Ok(());
    };
    if !controlled_by(&found, Some(owner_uid)) || found.metadata.deletion_timestamp.is_some() {
        return Ok(());
    }
    match api.delete(name, &DeleteParams::background()).await {
        Err(kube::Error::Api(status)) if status.is_not_found() => Ok(()),
        Err(source) => Err(error(source)),
        Ok(_) => Ok(()),
    }
}

/// Before `wanted` gives its replica count up to an autoscaler: the present count gets a second owner,
/// because a field that its last owner leaves out falls back to its default, one pod.
///
/// # Errors
/// What the API server says.
pub async fn keep_replicas(client: &Client, namespace: &str, wanted: &Deployment) -> Result<(), ApplyError> {
    let api = Api::<Deployment>::namespaced(client.clone(), namespace);
    let name = wanted.name_any();
    let error = |source| failed::<Deployment>(namespace, &name, source);
    let Some(found) = api.get_opt(&name).await.map_err(error)? else { return Ok(()) };
    let ours = found.managed_fields().iter().any(|m| {
        let fields = m.fields_v1.as_ref().map(|f| &f.0["f:spec"]["f:replicas"]);
        m.manager.as_deref() == Some(FIELD_MANAGER) && fields.is_some_and(|f| !f.is_null())
    });
    let Some(replicas) = found.spec.and_then(|spec| spec.replicas).filter(|_| ours) else { return Ok(()) };
    let patch = serde_json::json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {"replicas": replicas},
    });
    let params = PatchParams::apply(AUTOSCALED_FIELD_MANAGER).force();
    api.patch(&name, &params, &Patch::Apply(patch)).await.map_err(error)?;
    Ok(())
}

fn failed<K>(namespace: &str, name: &str, source: kube::Error) -> ApplyError
where
    K: Resource,
    K::DynamicType: Default,
{
    ApplyError::Kubernetes {
        kind: K::kind(&Default::default()).into_owned(),
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        source: Box::new(source),
    }
}
