//! Leader election on a Lease: at most one replica writes.
//!
//! Every write carries the resourceVersion it was decided on, so two candidates can never both win.
//! Decisions rest on this process's monotonic clock: another holder's lease has ended when its
//! record has not changed for a whole lease duration *as seen here*, whatever the clocks say. Our
//! own lease ends a lease duration after the moment *before* the renewing request was sent, on a clock
//! that goes on while the machine sleeps ([`boottime`]).

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use kube::api::{ObjectMeta, PostParams};
use kube::{Api, Client};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::runtime::boottime;

/// How long things take; the defaults are those of Kubernetes' own controllers.
#[derive(Clone, Copy, Debug)]
pub struct Timings {
    /// How long a lease holds without renewal.
    pub lease: Duration,
    /// A leader that could not renew for this long gives up, before its lease ends.
    pub renew_deadline: Duration,
    /// Between tries.
    pub retry: Duration,
}

impl Default for Timings {
    fn default() -> Self {
        Timings {
            lease: Duration::from_secs(15),
            renew_deadline: Duration::from_secs(10),
            retry: Duration::from_secs(2),
        }
    }
}

/// The end of the lease that we hold; `None` while we hold none.
pub type LeaseEnd = Option<Instant>;

/// A candidate for one Lease.
#[derive(Clone, Debug)]
pub struct Candidate {
    leases: Leases,
    identity: String,
    timings: Timings,
}

/// Why leading ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Ended {
    /// We were asked to stop, and gave the lease back.
    Released,
    /// The lease could not be renewed in time, or somebody else holds it: stop at once.
    Lost,
}

/// A lease as last read or written, and since when its record has been the same.
struct Observed {
    lease: Lease,
    since: Instant,
}

/// One attempt's result.
enum Attempt {
    Held(Lease),
    /// Another holds it, or won the race.
    Refused(Option<Lease>),
}

impl Candidate {
    /// A candidate named `identity` (the pod's name) for the Lease `name` in `namespace`.
    pub fn new(client: Client, namespace: &str, name: &str, identity: &str, timings: Timings) -> Candidate {
        let leases = Leases { api: Api::namespaced(client, namespace), name: name.to_owned() };
        Candidate { leases, identity: identity.to_owned(), timings }
    }

    /// Waits until the lease is ours. Never fails: an API server that is away is waited for.
    /// Returns the lease, to be kept by [`Candidate::keep`], or `None` when `stop` came first.
    pub async fn acquire(&self, end: &watch::Sender<LeaseEnd>, stop: &CancellationToken) -> Option<Lease> {
        let mut observed: Option<Observed> = None;
        let mut told = String::new();
        loop {
            let before = boottime::now();
            match timeout(self.timings.renew_deadline, self.try_acquire(&mut observed)).await {
                Ok(Ok(Attempt::Held(lease))) => {
                    end.send_replace(Some(before + self.timings.lease));
                    return Some(lease);
                }
                Ok(Ok(Attempt::Refused(lease))) => {
                    let holder = lease.as_ref().and_then(holder).unwrap_or("another replica").to_owned();
                    if told != holder {
                        tracing::info!(lease = self.leases.name, %holder, "standing by: another replica leads");
                        told = holder;
                    }
                }
                Ok(Err(error)) => {
                    tracing::warn!(lease = self.leases.name, %error, "the lease cannot be read or written; trying again")
                }
                Err(_) => {
                    tracing::warn!(lease = self.leases.name, "the API server does not answer; trying again")
                }
            }
            tokio::select! {
                () = sleep(jittered(self.timings.retry)) => {}
                () = stop.cancelled() => return None,
            }
        }
    }

    /// Renews `lease` until it is lost or `stop` is cancelled; then `end` is `None`. On `stop` the
    /// lease is given back: cancel it only when no call is running any more.
    pub async fn keep(
        &self,
        mut lease: Lease,
        end: &watch::Sender<LeaseEnd>,
        stop: &CancellationToken,
    ) -> Ended {
        let mut renewed = boottime::now();
        loop {
            tokio::select! {
                () = sleep(self.timings.retry) => {}
                () = stop.cancelled() => {
                    end.send_replace(None);
                    self.release(lease).await;
                    return Ended::Released;
                }
            }
            let before = boottime::now();
            let since = before.saturating_duration_since(renewed);
            let Some(left) = self.timings.renew_deadline.checked_sub(since) else {
                end.send_replace(None);
                return Ended::Lost;
            };
            match timeout(left, self.renew(&lease)).await {
                Ok(Ok(Attempt::Held(new))) => {
                    lease = new;
                    renewed = before;
                    end.send_replace(Some(before + self.timings.lease));
                }
                Ok(Ok(Attempt::Refused(_))) => {
                    end.send_replace(None);
                    return Ended::Lost;
                }
                Ok(Err(error)) => tracing::warn!(%error, "the lease was not renewed; trying again"),
                Err(_) => {}
            }
        }
    }

    async fn try_acquire(&self, observed: &mut Option<Observed>) -> kube::Result<Attempt> {
        let Some(found) = self.leases.get().await? else {
            return self.leases.create(self.record(None)).await;
        };
        let unchanged = observed.take().filter(|o| o.lease.spec == found.spec);
        let since = unchanged.map_or_else(Instant::now, |o| o.since);
        let ended = since.elapsed() >= lease_duration(&found).unwrap_or(self.timings.lease);
        let ours = holder(&found) == Some(&self.identity);
        if !(ours || ended || holder(&found).is_none()) {
            *observed = Some(Observed { lease: found.clone(), since });
            return Ok(Attempt::Refused(Some(found)));
        }
        let record = self.record(Some(&found));
        self.leases.replace(record).await
    }

    /// A renewal reads first only after a conflict: somebody may have added a label, say.
    async fn renew(&self, lease: &Lease) -> kube::Result<Attempt> {
        match self.leases.replace(self.record(Some(lease))).await? {
            Attempt::Held(lease) => Ok(Attempt::Held(lease)),
            Attempt::Refused(_) => match self.leases.get().await? {
                Some(found) if holder(&found) == Some(&self.identity) => {
                    self.leases.replace(self.record(Some(&found))).await
                }
                found => Ok(Attempt::Refused(found)),
            },
        }
    }

    async fn release(&self, lease: Lease) {
        let mut record = self.record(Some(&lease));
        if let Some(spec) = &mut record.spec {
            spec.holder_identity = None;
            spec.lease_duration_seconds = Some(1);
        }
        match timeout(self.timings.retry, self.leases.replace(record)).await {
            Ok(Ok(_)) => tracing::info!(lease = self.leases.name, "gave the lease back"),
            Ok(Err(error)) => tracing::warn!(%error, "the lease could not be given back; it will run out"),
            Err(_) => tracing::warn!("the lease could not be given back in time; it will run out"),
        }
    }

    /// The record that makes us the holder, on top of what was found.
    fn record(&self, found: Option<&Lease>) -> Lease {
        let now = MicroTime(Timestamp::now());
        let old = found.and_then(|l| l.spec.clone()).unwrap_or_default();
        let ours = old.holder_identity.as_deref() == Some(&self.identity);
        let transitions = old.lease_transitions.unwrap_or(0) + i32::from(found.is_some() && !ours);
        let spec = LeaseSpec {
            holder_identity: Some(self.identity.clone()),
            lease_duration_seconds: i32::try_from(self.timings.lease.as_secs()).ok(),
            acquire_time: if ours { old.acquire_time } else { Some(now.clone()) },
            renew_time: Some(now),
            lease_transitions: Some(transitions),
            ..LeaseSpec::default()
        };
        let metadata = found
            .map(|l| l.metadata.clone())
            .unwrap_or_else(|| ObjectMeta { name: Some(self.leases.name.clone()), ..ObjectMeta::default() });
        Lease { metadata, spec: Some(spec) }
    }
}

/// The one Lease, with the answers that a race gives told apart from errors.
#[derive(Clone, Debug)]
struct Leases {
    api: Api<Lease>,
    name: String,
}

impl Leases {
    async fn get(&self) -> kube::Result<Option<Lease>> {
        self.api.get_opt(&self.name).await
    }

    async fn create(&self, record: Lease) -> kube::Result<Attempt> {
        raced(self.api.create(&PostParams::default(), &record).await)
    }

    /// The record carries the resourceVersion that it was decided on: another writer's is never overwritten.
    async fn replace(&self, record: Lease) -> kube::Result<Attempt> {
        raced(self.api.replace(&self.name, &PostParams::default(), &record).await)
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

fn holder(lease: &Lease) -> Option<&str> {
    lease.spec.as_ref()?.holder_identity.as_deref().filter(|h| !h.is_empty())
}

fn lease_duration(lease: &Lease) -> Option<Duration> {
    let seconds = lease.spec.as_ref()?.lease_duration_seconds?;
    u64::try_from(seconds).ok().map(Duration::from_secs)
}

/// Up to a fifth longer, so that candidates do not step together.
fn jittered(d: Duration) -> Duration {
    d.mul_f64(1.0 + rand::random::<f64>() / 5.0)
}
