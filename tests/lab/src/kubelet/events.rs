//! The events that a kubelet writes about a pod, as `kubectl describe` shows them. IO: writes them,
//! in the background; one that cannot be written is lost, as everywhere in Kubernetes.

use std::sync::Arc;

use k8s_openapi::api::core::v1::Pod;
use kube::runtime::events::{Event, EventType, Recorder, Reporter};
use kube::{Client, Resource};

/// The API server refuses more.
const LONGEST_NOTE: usize = 1024;

/// Writes events. One for all pods, since it folds what repeats.
pub(super) struct Events {
    recorder: Arc<Recorder>,
}

impl Events {
    pub(super) fn new(client: Client) -> Events {
        let reporter = Reporter { controller: "kubelet".to_owned(), instance: Some("lab".to_owned()) };
        Events { recorder: Arc::new(Recorder::new(client, reporter)) }
    }

    /// Something that is as it should be.
    pub(super) fn normal(&self, pod: &Pod, reason: &str, note: impl Into<String>) {
        self.write(EventType::Normal, pod, reason, note.into());
    }

    /// Something that is not.
    pub(super) fn warning(&self, pod: &Pod, reason: &str, note: impl Into<String>) {
        self.write(EventType::Warning, pod, reason, note.into());
    }

    fn write(&self, type_: EventType, pod: &Pod, reason: &str, note: String) {
        let end = (0..=LONGEST_NOTE.min(note.len())).rev().find(|&at| note.is_char_boundary(at)).unwrap_or(0);
        let event = Event {
            type_,
            reason: reason.to_owned(),
            note: Some(note[..end].to_owned()),
            action: "Run".to_owned(),
            secondary: None,
        };
        let (recorder, about) = (self.recorder.clone(), pod.object_ref(&()));
        tokio::spawn(async move {
            if let Err(e) = recorder.publish(&event, &about).await {
                tracing::debug!(error = %e, reason = event.reason, "event not written");
            }
        });
    }
}
