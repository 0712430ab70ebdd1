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
use kube::Client;
use kube::api::ObjectMeta;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::lease::{Attempt, Leases, ask, asked_by, holder, lease_duration, unasked};
use super::shares::Shares;
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

impl Timings {
    /// Between two tries: up to a fifth longer, so that candidates do not step together.
    pub fn pause(&self) -> Duration {
        self.retry.mul_f64(1.0 + rand::random::<f64>() / 5.0)
    }
}

/// So often in a row somebody may change a lease of ours just before we write it.
const CONFLICTS: usize = 3;

/// The end of the lease that we hold; `None` while we hold none.
pub type LeaseEnd = Option<Instant>;

/// A candidate for one Lease.
#[derive(Clone, Debug)]
pub struct Candidate {
    leases: Leases,
    identity: String,
    timings: Timings,
    /// Which of the shares it is about.
    index: u16,
    shares: Shares,
}

/// Why leading ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Ended {
    /// We were asked to stop, and gave the lease back.
    Released,
    /// The lease could not be renewed in time, or somebody else holds it: stop at once.
    Lost,
}

/// What a lease says, and since when it has said the same as seen here. Nothing before the first look.
#[derive(Clone, Debug, Default)]
pub struct Observed(Option<(Option<LeaseSpec>, Instant)>);

impl Observed {
    /// The lease was found like this, or not at all.
    fn see(&mut self, found: Option<&Lease>, now: Instant) {
        let spec = found.and_then(|lease| lease.spec.clone());
        if self.0.as_ref().is_none_or(|(old, _)| *old != spec) {
            self.0 = Some((spec, now));
        }
    }

    /// For how long it has been nobody's: given back, not there, or unchanged for longer than it lasts
    /// (`lasts`, where it says nothing). `None`: somebody holds it.
    fn free_for(&self, lasts: Duration, now: Instant) -> Option<Duration> {
        let (spec, since) = self.0.as_ref()?;
        let unchanged = now.saturating_duration_since(*since);
        let held = spec.as_ref().filter(|spec| holder(spec).is_some());
        match held {
            None => Some(unchanged),
            Some(spec) => unchanged.checked_sub(lease_duration(spec).unwrap_or(lasts)),
        }
    }
}

impl Candidate {
    /// A candidate named `identity` (the pod's name) for the Lease `name` in `namespace`.
    pub fn new(client: Client, namespace: &str, name: &str, identity: &str, timings: Timings) -> Candidate {
        let leases = Leases::new(client, namespace, name);
        let shares = Shares::new(identity, 1, timings);
        Candidate { leases, identity: identity.to_owned(), timings, index: 0, shares }
    }

    /// For the lease of shard `index`, of which it takes no more than its share.
    #[must_use]
    pub fn sharing(self, index: u16, shares: &Shares) -> Candidate {
        Candidate { index, shares: shares.clone(), ..self }
    }

    /// Waits until the lease is ours. Never fails: an API server that is away is waited for.
    /// Returns the lease, to be kept by [`Candidate::keep`], or `None` when `stop` came first.
    pub async fn acquire(&self, end: &watch::Sender<LeaseEnd>, stop: &CancellationToken) -> Option<Lease> {
        let mut observed = Observed::default();
        let mut told = String::new();
        let lease = &self.leases.name;
        while !stop.is_cancelled() {
            let before = boottime::now();
            match timeout(self.timings.renew_deadline, self.try_acquire(&mut observed)).await {
                Ok(Ok(Attempt::Held(lease))) => {
                    end.send_replace(Some(before + self.timings.lease));
                    return Some(lease);
                }
                Ok(Ok(Attempt::Refused(found))) => {
                    let spec = found.as_ref().and_then(|lease| lease.spec.as_ref());
                    let holder = spec.and_then(holder).unwrap_or_default();
                    if told != holder && !holder.is_empty() {
                        tracing::info!(lease, holder, "standing by: another replica leads");
                        told = holder.to_owned();
                    }
                }
                Ok(Err(error)) => {
                    tracing::warn!(lease, %error, "the lease cannot be read or written; trying again");
                }
                Err(_) => tracing::warn!(lease, "the API server does not answer; trying again"),
            }
            tokio::select! {
                () = sleep(self.timings.pause()) => {}
                () = stop.cancelled() => {}
            }
        }
        None
    }

    /// Renews `lease` until it is lost or `release` is cancelled; then `end` is `None`. On `release` the
    /// lease is given back: cancel it only when no call is running any more. Cancels `stop` when another
    /// replica asks for the lease and is to have it.
    pub async fn keep(
        &self,
        mut lease: Lease,
        end: &watch::Sender<LeaseEnd>,
        stop: &CancellationToken,
        release: &CancellationToken,
    ) -> Ended {
        let Timings { lease: lasts, renew_deadline, retry } = self.timings;
        let mut renewed = boottime::now();
        let left =
            |renewed| renew_deadline.saturating_sub(boottime::now().saturating_duration_since(renewed));
        loop {
            tokio::select! {
                () = sleep(retry.min(left(renewed))) => {}
                () = release.cancelled() => {
                    end.send_replace(None);
                    self.release(lease).await;
                    return Ended::Released;
                }
            }
            let (before, left) = (boottime::now(), left(renewed));
            if left.is_zero() {
                end.send_replace(None);
                return Ended::Lost;
            }
            match timeout(left, self.renew(&lease, stop)).await {
                Ok(Ok(Attempt::Held(new))) => {
                    lease = new;
                    renewed = before;
                    end.send_replace(Some(before + lasts));
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

    /// Gives a lease of ours back. Best effort: it runs out by itself.
    pub async fn release(&self, lease: Lease) {
        let name = &self.leases.name;
        let given = timeout(self.timings.retry, self.write(&lease, |found| self.freed(found))).await;
        self.shares.left(self.index);
        match given {
            Ok(Ok(Attempt::Held(_))) => tracing::info!(lease = name, "gave the lease back"),
            Ok(Ok(Attempt::Refused(_))) => {
                tracing::warn!(lease = name, "another replica has the lease already")
            }
            Ok(Err(error)) => {
                tracing::warn!(lease = name, %error, "the lease could not be given back; it will run out");
            }
            Err(_) => {
                tracing::warn!(lease = name, "the lease could not be given back in time; it will run out");
            }
        }
    }

    /// Looks at the lease: as found, and whether it may be taken (ours still, or free).
    ///
    /// # Errors
    /// The API server's.
    pub async fn look(&self, observed: &mut Observed) -> kube::Result<(Option<Lease>, Option<Duration>)> {
        let found = self.leases.get().await?;
        let now = Instant::now();
        observed.see(found.as_ref(), now);
        let spec = found.as_ref().and_then(|lease| lease.spec.as_ref());
        let ours = spec.and_then(holder) == Some(&self.identity);
        let free = if ours { Some(Duration::MAX) } else { observed.free_for(self.timings.lease, now) };
        Ok((found, free))
    }

    /// Takes the lease as it was found.
    ///
    /// # Errors
    /// The API server's.
    pub async fn take(&self, found: Option<&Lease>) -> kube::Result<Attempt> {
        let record = self.record(found);
        if found.is_some() { self.leases.replace(record).await } else { self.leases.create(record).await }
    }

    async fn try_acquire(&self, observed: &mut Observed) -> kube::Result<Attempt> {
        let (found, free) = self.look(observed).await?;
        let spec = found.as_ref().and_then(|lease| lease.spec.as_ref());
        let holder = spec.and_then(holder).filter(|_| free.is_none()).map(str::to_owned);
        let asked = found.as_ref().and_then(asked_by).is_some();
        self.shares.saw(self.index, holder.as_deref(), asked);
        if free.is_some_and(|free| self.shares.take(self.index, free)) {
            let attempt = self.take(found.as_ref()).await;
            if !matches!(attempt, Ok(Attempt::Held(_))) {
                self.shares.left(self.index);
            }
            return attempt;
        }
        match found {
            Some(found) if self.shares.asks_for(self.index) => {
                tracing::info!(
                    lease = self.leases.name,
                    holder,
                    "asking for the lease: another replica holds more"
                );
                self.leases.replace(ask(&found, &self.identity)).await?;
                Ok(Attempt::Refused(Some(found)))
            }
            found => Ok(Attempt::Refused(found)),
        }
    }

    /// A renewal reads first only after a conflict: somebody may have asked for it, or added a label.
    async fn renew(&self, lease: &Lease, stop: &CancellationToken) -> kube::Result<Attempt> {
        self.write(lease, |found| {
            let Some(asker) = asked_by(found).filter(|_| !stop.is_cancelled()) else {
                return self.record(Some(found));
            };
            if !self.shares.gives(self.index, asker) {
                return unasked(self.record(Some(found)));
            }
            tracing::info!(
                lease = self.leases.name,
                asker,
                "giving the shard up: another replica holds fewer"
            );
            stop.cancel();
            self.record(Some(found))
        })
        .await
    }

    /// Writes what `next` makes of a lease of ours; after a conflict of what it is then, if it is ours
    /// still.
    async fn write(&self, lease: &Lease, next: impl Fn(&Lease) -> Lease) -> kube::Result<Attempt> {
        let mut attempt = self.leases.replace(next(lease)).await?;
        for _ in 0..CONFLICTS {
            if matches!(attempt, Attempt::Held(_)) {
                break;
            }
            attempt = match self.leases.get().await? {
                Some(found) if found.spec.as_ref().and_then(holder) == Some(&self.identity) => {
                    self.leases.replace(next(&found)).await?
                }
                found => return Ok(Attempt::Refused(found)),
            };
        }
        Ok(attempt)
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
        let lease = Lease { metadata, spec: Some(spec) };
        if ours { lease } else { unasked(lease) }
    }

    /// The record of a lease of ours without a holder.
    fn freed(&self, found: &Lease) -> Lease {
        let mut record = self.record(Some(found));
        if let Some(spec) = &mut record.spec {
            spec.holder_identity = None;
            spec.lease_duration_seconds = Some(1);
        }
        record
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LASTS: Duration = Duration::from_secs(15);

    fn lease(holder: &str, renewed: Timestamp) -> Lease {
        let spec = LeaseSpec {
            holder_identity: Some(holder.to_owned()),
            lease_duration_seconds: Some(15),
            renew_time: Some(MicroTime(renewed)),
            ..LeaseSpec::default()
        };
        Lease { spec: Some(spec), ..Lease::default() }
    }

    #[test]
    fn a_lease_ends_when_it_was_seen_unchanged_for_as_long_as_it_lasts_whatever_the_clocks_say() {
        let hour = Duration::from_secs(3600);
        for renewed in [Timestamp::now() - hour, Timestamp::now(), Timestamp::now() + hour] {
            let start = Instant::now();
            let mut observed = Observed::default();
            let found = lease("another", renewed);
            observed.see(Some(&found), start);
            assert_eq!(observed.free_for(LASTS, start), None);
            observed.see(Some(&found), start + LASTS / 2);
            assert_eq!(observed.free_for(LASTS, start + LASTS - Duration::from_millis(1)), None);
            assert_eq!(observed.free_for(LASTS, start + LASTS), Some(Duration::ZERO));
            // Renewed, by a clock that was set back.
            let found = lease("another", renewed - hour);
            observed.see(Some(&found), start + LASTS);
            assert_eq!(observed.free_for(LASTS, start + LASTS), None);
        }
    }

    #[test]
    fn a_lease_that_is_not_there_or_was_given_back_is_free_from_when_that_was_seen() {
        let start = Instant::now();
        let second = Duration::from_secs(1);
        let mut observed = Observed::default();
        assert_eq!(observed.free_for(LASTS, start), None, "nothing was seen yet");
        observed.see(None, start);
        assert_eq!(observed.free_for(LASTS, start + second), Some(second));
        observed.see(Some(&lease("", Timestamp::now())), start + second);
        assert_eq!(observed.free_for(LASTS, start + second), Some(Duration::ZERO));
        // An annotation is no renewal.
        let mut asked = lease("another", Timestamp::now());
        observed.see(Some(&asked), start + second);
        asked = ask(&asked, "me");
        observed.see(Some(&asked), start + second + LASTS);
        assert_eq!(observed.free_for(LASTS, start + second + LASTS), Some(Duration::ZERO));
    }
}
