//! Writes a status: one server-side apply, only if something differs.

use std::fmt::Debug;

use kube::api::{Patch, PatchParams};
use kube::{Api, Resource};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::guard::Error;
use crate::api::marks;

/// Makes `new` the status of the object `name`, unless it is `old`.
///
/// # Errors
/// What the API server refused.
pub async fn status<K, S>(api: &Api<K>, name: &str, old: &S, new: &S) -> Result<(), Error>
where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned,
    S: Serialize + PartialEq,
{
    if old == new {
        return Ok(());
    }
    let patch = json!({
        "apiVersion": K::api_version(&()),
        "kind": K::kind(&()),
        "metadata": {"name": name},
        "status": new,
    });
    let params = PatchParams::apply(marks::STATUS_FIELD_MANAGER).force();
    match api.patch_status(name, &params, &Patch::Apply(patch)).await {
        // Deleted meanwhile: nobody reads it any more.
        Err(kube::Error::Api(status)) if status.is_not_found() => Ok(()),
        Err(error) => Err(Error::kubernetes("to write the status")(error)),
        Ok(_) => Ok(()),
    }
}
