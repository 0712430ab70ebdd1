//! What surrounds every reconcile: a time limit, a panic that stays with its object, metrics, and a
//! backoff for each object that fails.

use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures::FutureExt;
use kube::runtime::controller::Action;

use crate::cluster::apply::ApplyError;
use crate::executor::Fence;
use crate::runtime::metrics::Metrics;
use crate::runtime::vital::panic_text;

/// A reconcile only computes and talks to the API server; AWS is the executor's.
const LIMIT: Duration = Duration::from_secs(30);
/// First pause after a failure; doubled each time.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// Longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(120);

/// Why a reconcile failed. What AWS refuses is not among these: that is a state, told in the status.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The API server refused or did not answer.
    #[error("the Kubernetes API refused {what}: {source}")]
    Kubernetes {
        /// What was asked.
        what: &'static str,
        /// Its answer.
        source: Box<kube::Error>,
    },
    /// A Kubernetes object of a service could not be applied; another try may do.
    #[error(transparent)]
    Apply(ApplyError),
    /// It took longer than [`LIMIT`].
    #[error("the reconcile took longer than {} s", LIMIT.as_secs())]
    TimedOut,
    /// Our lease ended: another replica may have written what this one has not seen.
    #[error("the lease ended before the reconcile did; whoever leads now does it again")]
    NotLeading,
    /// A defect of ours; the object fails alone.
    #[error("the reconcile panicked, which is a defect of the operator: {0}")]
    Panicked(String),
}

impl Error {
    /// For `map_err`: the API server's answer to `what`.
    pub fn kubernetes(what: &'static str) -> impl FnOnce(kube::Error) -> Error {
        move |source| Error::Kubernetes { what, source: Box::new(source) }
    }

    /// For the metric's label.
    fn label(&self) -> &'static str {
        match self {
            Error::Kubernetes { .. } | Error::Apply(_) => "kubernetes_error",
            Error::TimedOut => "timed_out",
            Error::NotLeading => "not_leading",
            Error::Panicked(_) => "panicked",
        }
    }
}

/// How a reconcile that did not fail ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything is as wanted.
    Settled,
    /// Calls were posted, or something is waited for.
    Waiting,
    /// The spec is refused, or it is paused: nothing is done.
    Refused,
    /// The object is gone, or not ours to act on.
    Nothing,
}

impl Outcome {
    fn label(self) -> &'static str {
        match self {
            Outcome::Settled => "settled",
            Outcome::Waiting => "waiting",
            Outcome::Refused => "refused",
            Outcome::Nothing => "nothing",
        }
    }
}

/// Runs one reconcile of an object of `kind`: counted, limited in time, behind the fence (it writes to the
/// API server what no later leader's write may be overwritten by), and its panic caught.
///
/// # Errors
/// The reconcile's own, or that it timed out or panicked, or that the lease ended.
pub async fn guarded(
    kind: &'static str,
    metrics: &Metrics,
    fence: &Fence,
    reconcile: impl Future<Output = Result<(Outcome, Action), Error>>,
) -> Result<Action, Error> {
    let start = Instant::now();
    let reconcile = fence.during(AssertUnwindSafe(reconcile).catch_unwind());
    let result = match tokio::time::timeout(LIMIT, reconcile).await {
        Ok(Some(Ok(result))) => result,
        Ok(None) => Err(Error::NotLeading),
        Ok(Some(Err(panic))) => {
            metrics.panicked();
            Err(Error::Panicked(panic_text(panic.as_ref())))
        }
        Err(_) => Err(Error::TimedOut),
    };
    let label = result.as_ref().map_or_else(Error::label, |(outcome, _)| outcome.label());
    metrics.reconciled(kind, label, start.elapsed());
    result.map(|(_, action)| action)
}

/// How often each object failed in a row, so that a poison object slows only itself.
#[derive(Debug)]
pub struct Failures<K>(Mutex<HashMap<K, u32>>);

impl<K> Default for Failures<K> {
    fn default() -> Self {
        Failures(Mutex::default())
    }
}

impl<K: Hash + Eq> Failures<K> {
    /// One more; how long to wait now, doubled from half a second to two minutes, with jitter.
    pub fn failed(&self, key: K) -> Duration {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let failures = all.entry(key).or_insert(0);
        let pause = FIRST_PAUSE.saturating_mul(1 << (*failures).min(16)).min(LONGEST_PAUSE);
        *failures = failures.saturating_add(1);
        pause.mul_f64(0.75 + rand::random::<f64>() / 4.0)
    }

    /// It went well: the next failure is the first again.
    pub fn succeeded(&self, key: &K) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }

    /// How many objects failed last.
    pub fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::watch;

    use super::*;
    use crate::runtime::boottime;

    #[tokio::test]
    async fn a_panic_stays_with_its_object_and_is_counted() {
        let metrics = Metrics::default();
        let (_lease, fence) = watch::channel(Some(boottime::now() + Duration::from_secs(15)));
        let fence = Fence::new(fence);
        let error = guarded("Test", &metrics, &fence, async { panic!("poison") }).await.unwrap_err();
        assert!(matches!(error, Error::Panicked(text) if text == "poison"));
        assert!(metrics.encode().unwrap().contains("gatewayed_panics_total 1"));
    }

    #[tokio::test]
    async fn without_a_lease_nothing_of_a_reconcile_is_done() {
        let fence = Fence::new(watch::channel(None).1);
        let mut done = false;
        let reconcile = async {
            done = true;
            Ok((Outcome::Settled, Action::await_change()))
        };
        let error = guarded("Test", &Metrics::default(), &fence, reconcile).await.unwrap_err();
        assert!(matches!(error, Error::NotLeading) && !done, "{error}");
    }

    #[test]
    fn pauses_grow_with_each_failure_of_an_object_up_to_two_minutes_and_start_anew_after_success() {
        let failures = Failures::default();
        let first = failures.failed("a");
        assert!(first <= Duration::from_millis(500));
        let last = (0..20).map(|_| failures.failed("a")).last().unwrap();
        assert!(last >= Duration::from_secs(90) && last <= Duration::from_secs(120), "{last:?}");
        assert!(failures.failed("b") <= Duration::from_millis(500));
        failures.succeeded(&"a");
        assert!(failures.failed("a") <= Duration::from_millis(500));
    }
}
