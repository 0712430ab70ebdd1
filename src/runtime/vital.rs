//! Tasks that the process cannot do without. A panic ends only the task that it happens in; the rest
//! would go on without it, deaf and looking healthy. So a vital task that panics ends the process, and
//! Kubernetes starts it anew.

use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};

use futures::FutureExt;
use tokio_util::sync::CancellationToken;

use super::metrics::Metrics;

/// Watches over vital tasks. Clones watch together.
#[derive(Clone, Debug)]
pub struct Vital {
    metrics: Metrics,
    broken: CancellationToken,
    /// The first task that panicked.
    first: Arc<OnceLock<&'static str>>,
}

impl Vital {
    /// Nothing is broken yet; panics are counted in `metrics`.
    pub fn new(metrics: Metrics) -> Vital {
        Vital { metrics, broken: CancellationToken::new(), first: Arc::default() }
    }

    /// `task`, called `name`, to be spawned: if it panics, [`Vital::broken`] tells.
    pub fn guard<F>(&self, name: &'static str, task: F) -> impl Future<Output = ()> + use<F>
    where
        F: Future<Output = ()>,
    {
        let vital = self.clone();
        async move {
            if AssertUnwindSafe(task).catch_unwind().await.is_err() {
                vital.metrics.panicked();
                let _ = vital.first.set(name);
                vital.broken.cancel();
            }
        }
    }

    /// A panic was caught where it can do no harm: it is only counted.
    pub fn caught(&self) {
        self.metrics.panicked();
    }

    /// Waits until a vital task has panicked; returns its name.
    pub async fn broken(&self) -> &'static str {
        self.broken.cancelled().await;
        self.first.get().copied().unwrap_or("a task")
    }
}

/// What a panic said.
pub fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "without a message".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_vital_task_that_panics_is_told_by_its_name_and_counted() {
        let metrics = Metrics::default();
        let vital = Vital::new(metrics.clone());
        tokio::spawn(vital.guard("one that ends", async {})).await.unwrap();
        assert!(vital.broken().now_or_never().is_none(), "to end is no panic");
        tokio::spawn(vital.guard("one that panics", async { panic!("poison") })).await.unwrap();
        tokio::spawn(vital.guard("a later one", async { panic!("poison") })).await.unwrap();
        assert_eq!(vital.broken().await, "one that panics");
        assert!(metrics.encode().unwrap().contains("gatewayed_panics_total 2"));
    }
}
