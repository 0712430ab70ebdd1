//! Writes a status: one server-side apply, only if something differs, and at most one a second for each
//! object, unless it tells of something that cannot wait.

use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use kube::api::{Patch, PatchParams};
use kube::{Api, Resource, ResourceExt};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::guard::Error;
use crate::api::marks;
use crate::model::Time;
use crate::status::Told;

/// Each reply of AWS plans anew; what changes meanwhile is told in one write.
const PACE: Duration = Duration::from_secs(1);

/// When each object's status was written last.
#[derive(Debug)]
pub struct Writes<K>(Mutex<HashMap<K, Time>>);

/// What became of a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// It is the status already.
    Same,
    /// It was written.
    Now,
    /// It can wait, until then.
    Later(Time),
}

impl Written {
    /// When to come back.
    pub fn later(self) -> Option<Time> {
        match self {
            Written::Later(at) => Some(at),
            Written::Same | Written::Now => None,
        }
    }
}

impl<K> Default for Writes<K> {
    fn default() -> Self {
        Writes(Mutex::default())
    }
}

impl<K: Hash + Eq> Writes<K> {
    /// Until when a write that is not `urgent` has to wait; `None`: it may go, and counts from now on.
    fn wait(&self, key: K, urgent: bool, now: Time) -> Option<Time> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = last.get(&key).map(|last| *last + PACE).filter(|due| !urgent && *due > now);
        if due.is_none() {
            last.insert(key, now);
        }
        due
    }

    /// The object is gone.
    pub fn forget(&self, key: &K) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }

    /// How many objects were written.
    pub fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

/// Makes `new` the status of `object`, unless it is `old`, or can wait. One that is `contested`, which another
/// leader may be about to write, is written on the very version that it was decided on only.
///
/// # Errors
/// What the API server refused.
pub async fn status<K, S, N>(
    api: &Api<K>,
    object: &K,
    (old, new): (&S, &S),
    (writes, key): (&Writes<N>, N),
    contested: bool,
    now: Time,
) -> Result<Written, Error>
where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned,
    S: Serialize + PartialEq + Told,
    N: Hash + Eq,
{
    if old == new {
        return Ok(Written::Same);
    }
    if let Some(due) = writes.wait(key, new.is_urgent_after(old), now) {
        return Ok(Written::Later(due));
    }
    let name = object.name_any();
    let mut metadata = json!({"name": name});
    if contested {
        metadata["resourceVersion"] = json!(object.resource_version());
    }
    let patch = json!({
        "apiVersion": K::api_version(&()),
        "kind": K::kind(&()),
        "metadata": metadata,
        "status": new,
    });
    let params = PatchParams::apply(marks::STATUS_FIELD_MANAGER).force();
    match api.patch_status(&name, &params, &Patch::Apply(patch)).await {
        // Deleted meanwhile: nobody reads it any more.
        Err(kube::Error::Api(status)) if status.is_not_found() => Ok(Written::Now),
        Err(error) => Err(Error::kubernetes("to write the status")(error)),
        Ok(_) => Ok(Written::Now),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_written_once_a_second_unless_it_is_urgent() {
        let writes = Writes::default();
        assert_eq!(writes.wait("a", false, Time(5000)), None);
        assert_eq!(writes.wait("a", false, Time(5400)), Some(Time(6000)));
        assert_eq!(writes.wait("b", false, Time(5400)), None, "each object has its own pace");
        assert_eq!(writes.wait("a", true, Time(5500)), None);
        assert_eq!(writes.wait("a", false, Time(6000)), Some(Time(6500)), "an urgent write counts too");
        assert_eq!(writes.wait("a", false, Time(6500)), None);
    }
}
