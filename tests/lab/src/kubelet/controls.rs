//! How tests change what pods do while they run: CPU usage for the HPA, health, a crash.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc::UnboundedSender;

use super::worker::Event;

/// A pod by namespace and name.
pub(super) type PodName = (String, String);

/// The controls. Clones share one state.
#[derive(Clone, Debug, Default)]
pub struct Controls(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    cpu: Vec<CpuRule>,
    unhealthy: BTreeSet<PodName>,
    /// Where each running pod's worker hears of things.
    workers: BTreeMap<PodName, UnboundedSender<Event>>,
}

#[derive(Debug)]
struct CpuRule {
    namespace: String,
    /// `None`: every pod.
    pod: Option<String>,
    labels: BTreeMap<String, String>,
    millicores: u32,
}

impl Controls {
    /// From now on each container of the pods in `namespace` that carry all of `labels` uses this
    /// much CPU. The latest rule that fits a pod counts, before its annotation
    /// [`crate::metrics::CPU_ANNOTATION`].
    pub fn set_cpu(&self, namespace: &str, labels: &[(&str, &str)], millicores: u32) {
        let labels = labels.iter().map(|&(k, v)| (k.to_owned(), v.to_owned())).collect();
        self.state().cpu.push(CpuRule { namespace: namespace.to_owned(), pod: None, labels, millicores });
    }

    /// The same for one pod.
    pub fn set_pod_cpu(&self, namespace: &str, pod: &str, millicores: u32) {
        let (namespace, pod) = (namespace.to_owned(), Some(pod.to_owned()));
        self.state().cpu.push(CpuRule { namespace, pod, labels: BTreeMap::new(), millicores });
    }

    /// The CPU that a rule gives a pod.
    pub(crate) fn cpu(&self, namespace: &str, pod: &str, labels: &BTreeMap<String, String>) -> Option<u32> {
        let fits = |rule: &&CpuRule| {
            rule.namespace == namespace
                && rule.pod.as_deref().is_none_or(|name| name == pod)
                && rule.labels.iter().all(|(k, v)| labels.get(k) == Some(v))
        };
        self.state().cpu.iter().rev().find(fits).map(|rule| rule.millicores)
    }

    /// Has a pod answer 503 to everything, or again as its image says.
    pub fn set_unhealthy(&self, namespace: &str, pod: &str, unhealthy: bool) {
        let name = (namespace.to_owned(), pod.to_owned());
        let mut state = self.state();
        match unhealthy {
            true => state.unhealthy.insert(name),
            false => state.unhealthy.remove(&name),
        };
    }

    /// Whether [`Controls::set_unhealthy`] holds for a pod.
    pub(super) fn unhealthy(&self, name: &PodName) -> bool {
        self.state().unhealthy.contains(name)
    }

    /// Has every running container of a pod exit with code 1. False if no such pod runs here.
    pub fn crash(&self, namespace: &str, pod: &str) -> bool {
        let name = (namespace.to_owned(), pod.to_owned());
        self.state().workers.get(&name).is_some_and(|worker| worker.send(Event::Crash).is_ok())
    }

    pub(super) fn enter(&self, name: PodName, worker: UnboundedSender<Event>) {
        self.state().workers.insert(name, worker);
    }

    /// Forgets a worker, unless a successor's has its name by now.
    pub(super) fn leave(&self, name: &PodName, worker: &UnboundedSender<Event>) {
        let mut state = self.state();
        if state.workers.get(name).is_some_and(|entered| entered.same_channel(worker)) {
            state.workers.remove(name);
            state.unhealthy.remove(name);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_rule_that_fits_a_pod_decides_its_cpu() {
        let controls = Controls::default();
        controls.set_cpu("shop", &[], 100);
        controls.set_cpu("shop", &[("app", "orders")], 900);
        controls.set_cpu("billing", &[], 50);
        let orders = BTreeMap::from([("app".to_owned(), "orders".to_owned())]);
        controls.set_pod_cpu("shop", "orders-2", 500);
        assert_eq!(controls.cpu("shop", "orders-1", &orders), Some(900));
        assert_eq!(controls.cpu("shop", "orders-2", &orders), Some(500));
        assert_eq!(controls.cpu("shop", "carts-1", &BTreeMap::new()), Some(100));
        assert_eq!(controls.cpu("other", "orders-1", &orders), None);
    }
}
