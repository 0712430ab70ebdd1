//! Watches all pods and keeps a worker for each that is bound to one of our nodes.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use k8s_openapi::api::core::v1::Pod;
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, ResourceExt};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};

use super::Shared;
use super::controls::PodName;
use super::node::Node;
use super::worker;

/// The workers of all pods. Dropping them ends them.
struct Workers {
    shared: Arc<Shared>,
    nodes: BTreeMap<String, Arc<Node>>,
    entries: BTreeMap<PodName, Entry>,
    tasks: JoinSet<()>,
    /// Pods that a list that is under way has shown.
    listed: Vec<PodName>,
}

struct Entry {
    uid: Option<String>,
    updates: watch::Sender<Arc<Pod>>,
    task: AbortHandle,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Runs for ever.
pub(super) async fn run(shared: Arc<Shared>, nodes: Vec<Node>) {
    let pods: Api<Pod> = Api::all(shared.client.clone());
    let nodes = nodes.into_iter().map(|node| (node.name.clone(), Arc::new(node))).collect();
    let mut workers =
        Workers { shared, nodes, entries: BTreeMap::new(), tasks: JoinSet::new(), listed: Vec::new() };
    let mut stream = watcher(pods, watcher::Config::default()).default_backoff().boxed();
    loop {
        tokio::select! {
            event = stream.try_next() => match event {
                Ok(Some(event)) => workers.hear(event),
                Ok(None) => return,
                Err(e) => tracing::debug!(error = %e, "watch of pods"),
            },
            Some(_) = workers.tasks.join_next() => {}
        }
    }
}

impl Workers {
    fn hear(&mut self, event: watcher::Event<Pod>) {
        match event {
            watcher::Event::Apply(pod) => self.apply(pod),
            watcher::Event::Delete(pod) => {
                self.entries.remove(&name(&pod));
            }
            watcher::Event::Init => self.listed.clear(),
            watcher::Event::InitApply(pod) => {
                self.listed.push(name(&pod));
                self.apply(pod);
            }
            watcher::Event::InitDone => {
                let listed = std::mem::take(&mut self.listed);
                self.entries.retain(|name, _| listed.contains(name));
            }
        }
    }

    fn apply(&mut self, pod: Pod) {
        let bound_to = pod.spec.as_ref().and_then(|s| s.node_name.as_ref());
        let Some(node) = bound_to.and_then(|name| self.nodes.get(name)) else { return };
        let name = name(&pod);
        if let Some(entry) = self.entries.get(&name).filter(|entry| entry.uid == pod.metadata.uid) {
            entry.updates.send_replace(Arc::new(pod));
            return;
        }
        // A predecessor of the same name ends before its successor begins to use the controls.
        self.entries.remove(&name);
        let uid = pod.metadata.uid.clone();
        let (updates, receiver) = watch::channel(Arc::new(pod));
        let task = self.tasks.spawn(worker::run(self.shared.clone(), node.clone(), receiver));
        self.entries.insert(name, Entry { uid, updates, task });
    }
}

fn name(pod: &Pod) -> PodName {
    (pod.namespace().unwrap_or_default(), pod.name_any())
}
