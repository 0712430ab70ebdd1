//! How many shards there are, for every replica: one Lease object whose annotation says the layout in
//! force, so that replicas with different settings (a rolling update) never lead the same class.
//!
//! The rules, by which no class ever has two writers:
//! 1. Only whoever holds every lease of the layout in force changes it, and only on the version of the
//!    object that it read while it held them.
//! 2. Whoever gets a lease writes the object as it is ([`Layout::confirm`]) before it leads, and does not
//!    lead if the layout is another.
//!
//! Both write, so one of them conflicts: a replica that was frozen while it held all leases finds the
//! object changed by the next leader. Without the object the layout is one shard, as in versions that
//! know no shards, whose lease is the same.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use kube::Client;
use kube::api::ObjectMeta;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::leader::{Candidate, Observed, Timings};
use super::lease::{Attempt, Leases, holder};
use crate::api::marks::SHARDS;
use crate::model::shard::Shard;
use crate::runtime::boottime;

/// The most shards there can be.
pub const MOST: u16 = 32;
/// What must be left of the leases when the layout is written.
const MARGIN: Duration = Duration::from_secs(5);

/// The layout in force.
#[derive(Clone)]
pub struct Layout {
    client: Client,
    namespace: String,
    lease: String,
    identity: String,
    timings: Timings,
    object: Leases,
}

/// The layout could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The API server refused.
    #[error(transparent)]
    Kubernetes(#[from] kube::Error),
    /// Somebody wrote it by hand.
    #[error(
        "the annotation {SHARDS} of Lease {lease} is {found:?}, not a number from 1 to {MOST}; write how many \
         shards there are, or stop every replica and delete the Lease"
    )]
    Unreadable {
        /// The object's name.
        lease: String,
        /// What it says.
        found: String,
    },
}

/// How an attempt to change the layout went.
enum Change {
    /// It was changed, by us or by somebody else.
    Over,
    /// Somebody holds a lease of the layout in force.
    Held(String),
}

impl Layout {
    /// The layout of the replicas that share `lease` in `namespace`; `identity` is this one's.
    pub fn new(client: Client, namespace: &str, lease: &str, identity: &str, timings: Timings) -> Layout {
        let object = Leases::new(client.clone(), namespace, &format!("{lease}-layout"));
        let [namespace, lease, identity] = [namespace, lease, identity].map(str::to_owned);
        Layout { client, namespace, lease, identity, timings, object }
    }

    /// A candidate for the lease of `shard`.
    pub fn candidate(&self, shard: Shard) -> Candidate {
        let lease = shard.lease(&self.lease);
        Candidate::new(self.client.clone(), &self.namespace, &lease, &self.identity, self.timings)
    }

    /// How many shards there are.
    ///
    /// # Errors
    /// The API server's, or the object is unreadable.
    pub async fn read(&self) -> Result<u16, Error> {
        Ok(self.find().await?.0)
    }

    /// Writes that there are `shards`, if that is so; to be called with a lease in hand, before leading.
    /// `false`: there are others.
    ///
    /// # Errors
    /// As for [`Layout::read`].
    pub async fn confirm(&self, shards: u16) -> Result<bool, Error> {
        loop {
            let (found, object) = self.find().await?;
            if found != shards {
                return Ok(false);
            }
            if self.write(object, shards).await? {
                return Ok(true);
            }
        }
    }

    /// Waits until no replica leads any shard of a layout of `from`, and makes it one of `to`. Returns when
    /// the layout is another than `from`, or `stop` came.
    pub async fn change(&self, from: u16, to: u16, stop: &CancellationToken) {
        let candidates: Vec<Candidate> = Shard::all(from).map(|shard| self.candidate(shard)).collect();
        let mut observed = vec![Observed::default(); candidates.len()];
        let mut told = String::new();
        loop {
            let attempt = self.try_change(&candidates, &mut observed, (from, to));
            match timeout(self.timings.renew_deadline, attempt).await {
                Ok(Ok(Change::Over)) => return,
                Ok(Ok(Change::Held(holder))) if holder != told => {
                    tracing::info!(
                        from,
                        to,
                        holder,
                        "standing by: the classes are shared out otherwise, until no replica of that layout leads"
                    );
                    told = holder;
                }
                Ok(Ok(Change::Held(_))) => {}
                Ok(Err(error)) => tracing::warn!(%error, "the layout cannot be changed yet; trying again"),
                Err(_) => tracing::warn!("the API server does not answer; trying again"),
            }
            tokio::select! {
                () = sleep(self.timings.pause()) => {}
                () = stop.cancelled() => return,
            }
        }
    }

    async fn try_change(
        &self,
        candidates: &[Candidate],
        observed: &mut [Observed],
        (from, to): (u16, u16),
    ) -> Result<Change, Error> {
        if self.read().await? != from {
            return Ok(Change::Over);
        }
        // Nothing is taken before all is free: a shard without a leader is worse than an old layout.
        let mut found = Vec::new();
        for (candidate, observed) in candidates.iter().zip(observed) {
            let (lease, free) = candidate.look(observed).await?;
            if free.is_none() {
                let holder =
                    lease.and_then(|l| l.spec).as_ref().and_then(holder).unwrap_or_default().to_owned();
                return Ok(Change::Held(holder));
            }
            found.push(lease);
        }
        let before = boottime::now();
        let mut taken = Vec::new();
        // In order: of two that try at once, the one without the first gives way.
        for (candidate, lease) in candidates.iter().zip(&found) {
            match candidate.take(lease.as_ref()).await? {
                Attempt::Held(lease) => taken.push((candidate, lease)),
                Attempt::Refused(_) => break,
            }
        }
        let mut changed = false;
        if taken.len() == candidates.len() {
            let (now, object) = self.find().await?;
            let held = boottime::now() + MARGIN < before + self.timings.lease;
            changed = held && now == from && self.write(object, to).await?;
        }
        for (candidate, lease) in taken {
            candidate.release(lease).await;
        }
        if !changed {
            return Ok(Change::Held("another replica, which was faster".to_owned()));
        }
        tracing::info!(from, to, "the classes are shared out anew");
        Ok(Change::Over)
    }

    async fn find(&self) -> Result<(u16, Option<Lease>), Error> {
        let object = self.object.get().await?;
        let said = object.as_ref().and_then(|o| o.metadata.annotations.as_ref()?.get(SHARDS).cloned());
        let Some(said) = said else { return Ok((1, object)) };
        match said.parse::<u16>() {
            Ok(shards) if (1..=MOST).contains(&shards) => Ok((shards, object)),
            _ => Err(Error::Unreadable { lease: self.object.name.clone(), found: said }),
        }
    }

    /// Writes on what was found; `false`: somebody else wrote first. The time makes every write a change:
    /// the API server gives an equal object no new version.
    async fn write(&self, object: Option<Lease>, shards: u16) -> Result<bool, Error> {
        let exists = object.is_some();
        let mut record = object.unwrap_or_else(|| {
            let name = Some(self.object.name.clone());
            Lease { metadata: ObjectMeta { name, ..ObjectMeta::default() }, spec: None }
        });
        record.metadata.annotations.get_or_insert_default().insert(SHARDS.to_owned(), shards.to_string());
        record.spec =
            Some(LeaseSpec { renew_time: Some(MicroTime(Timestamp::now())), ..LeaseSpec::default() });
        let attempt =
            if exists { self.object.replace(record).await? } else { self.object.create(record).await? };
        Ok(matches!(attempt, Attempt::Held(_)))
    }
}
