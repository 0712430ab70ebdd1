//! One Lease object: reads and writes of it, with the answers that a race gives told apart from errors,
//! and what its fields say.

use std::time::Duration;

use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use kube::api::PostParams;
use kube::{Api, Client};

use crate::api::marks::ASKED_BY;

/// One attempt's result.
#[derive(Debug)]
pub enum Attempt {
    /// It was written, and is this now.
    Held(Lease),
    /// Another holds it, or wrote first.
    Refused(Option<Lease>),
}

/// The one Lease.
#[derive(Clone, Debug)]
pub struct Leases {
    api: Api<Lease>,
    /// The Lease's name.
    pub name: String,
}

impl Leases {
    /// The Lease `name` in `namespace`, which need not exist.
    pub fn new(client: Client, namespace: &str, name: &str) -> Leases {
        Leases { api: Api::namespaced(client, namespace), name: name.to_owned() }
    }

    /// As it is, if it is there.
    ///
    /// # Errors
    /// The API server's.
    pub async fn get(&self) -> kube::Result<Option<Lease>> {
        self.api.get_opt(&self.name).await
    }

    /// Creates it, unless somebody else does.
    ///
    /// # Errors
    /// The API server's.
    pub async fn create(&self, record: Lease) -> kube::Result<Attempt> {
        raced(self.api.create(&PostParams::default(), &record).await)
    }

    /// The record carries the resourceVersion that it was decided on: another writer's is never overwritten.
    /// A Lease that was deleted since is as good as written by somebody else.
    ///
    /// # Errors
    /// The API server's.
    pub async fn replace(&self, record: Lease) -> kube::Result<Attempt> {
        match raced(self.api.replace(&self.name, &PostParams::default(), &record).await) {
            Err(kube::Error::Api(status)) if status.is_not_found() => Ok(Attempt::Refused(None)),
            result => result,
        }
    }
}

fn raced(result: kube::Result<Lease>) -> kube::Result<Attempt> {
    match result {
        Ok(lease) => Ok(Attempt::Held(lease)),
        Err(kube::Error::Api(status)) if status.is_conflict() || status.is_already_exists() => {
            Ok(Attempt::Refused(None))
        }
        Err(error) => Err(error),
    }
}

/// Who holds it, if anybody does.
pub fn holder(spec: &LeaseSpec) -> Option<&str> {
    spec.holder_identity.as_deref().filter(|h| !h.is_empty())
}

/// How long it holds without renewal.
pub fn lease_duration(spec: &LeaseSpec) -> Option<Duration> {
    u64::try_from(spec.lease_duration_seconds?).ok().map(Duration::from_secs)
}

/// Who asks its holder for it. (`spec.preferredHolder` would say the same, but the API server drops it
/// unless the feature `CoordinatedLeaderElection` is on.)
pub fn asked_by(lease: &Lease) -> Option<&str> {
    lease.metadata.annotations.as_ref()?.get(ASKED_BY).map(String::as_str)
}

/// The lease, with `who` asking for it.
pub fn ask(lease: &Lease, who: &str) -> Lease {
    let mut asked = lease.clone();
    asked.metadata.annotations.get_or_insert_default().insert(ASKED_BY.to_owned(), who.to_owned());
    asked
}

/// The lease, with nobody asking for it.
pub fn unasked(mut lease: Lease) -> Lease {
    if let Some(annotations) = &mut lease.metadata.annotations {
        annotations.remove(ASKED_BY);
    }
    lease
}
