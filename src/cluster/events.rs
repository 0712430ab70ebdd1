//! Kubernetes events: one for a change, never for a reconcile. Publishing is best effort: an event
//! that cannot be written is logged and neither fails nor delays the work that it tells of. A task of its
//! own writes them one by one, since an API server under load lets events wait the longest, and the client
//! repeats what it throttles for minutes.

use std::time::Duration;

use std::hash::{DefaultHasher, Hash, Hasher};

use k8s_openapi::api::core::v1::ObjectReference;
use kube::Client;
use kube::runtime::events::{Event, EventType, Recorder, Reporter};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::runtime::vital::Vital;
use crate::status::Event as Told;

/// The API server refuses a longer note (`events.k8s.io/v1`: 1 kB).
const MAX_NOTE_BYTES: usize = 1024;

/// How long the API server may take for one event.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many events wait at most; more are dropped, and logged.
const WAITING: usize = 1000;

/// Publishes events. Clones share one cache, by which repeated events are counted, not repeated.
#[derive(Clone)]
pub struct Events {
    queue: mpsc::Sender<(Event, ObjectReference)>,
}

impl Events {
    /// Events that name `instance` (the pod) as their source; they are written until the last clone is
    /// gone. Within a runtime only.
    pub fn new(client: Client, instance: &str, vital: &Vital) -> Events {
        let reporter =
            Reporter { controller: "gatewayed.io/operator".into(), instance: Some(instance.into()) };
        let (queue, waiting) = mpsc::channel(WAITING);
        tokio::spawn(vital.guard("the writer of events", write(Recorder::new(client, reporter), waiting)));
        Events { queue }
    }

    /// Tells of a change of the object `about`, soon.
    pub fn publish(&self, about: &ObjectReference, event: &Told) {
        let event = Event {
            type_: if event.warning { EventType::Warning } else { EventType::Normal },
            reason: event.reason.clone(),
            note: Some(truncated(&event.note, MAX_NOTE_BYTES)),
            action: action(event),
            secondary: None,
        };
        if let Err(error) = self.queue.try_send((event, about.clone())) {
            let (event, _) = match &error {
                mpsc::error::TrySendError::Full(sent) | mpsc::error::TrySendError::Closed(sent) => sent,
            };
            tracing::warn!(reason = event.reason, "too many events wait to be written; this one is dropped");
        }
    }

    /// Tells that an object does not parse, and so is left as it is.
    pub fn unparsable(&self, about: &ObjectReference, error: &str) {
        tracing::warn!(
            kind = about.kind,
            namespace = about.namespace,
            name = about.name,
            error,
            "does not parse"
        );
        let note = format!(
            "The object does not parse and is left as it is: {error}. Put the named field right; other \
             objects are not concerned."
        );
        self.publish(about, &Told { warning: true, reason: "InvalidSpec".to_owned(), note, each: false });
    }
}

/// Writes what waits, in its order.
async fn write(recorder: Recorder, mut waiting: mpsc::Receiver<(Event, ObjectReference)>) {
    while let Some((event, about)) = waiting.recv().await {
        match timeout(PATIENCE, recorder.publish(&event, &about)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%error, reason = event.reason, "the event was not written"),
            Err(_) => tracing::debug!(reason = event.reason, "the event was not written in time"),
        }
    }
}

/// The recorder counts events of one reason and action as one, with the first one's note: what is to be read
/// each for itself has an action of its own.
fn action(event: &Told) -> String {
    if !event.each {
        return "Reconcile".to_owned();
    }
    let mut hasher = DefaultHasher::new();
    event.note.hash(&mut hasher);
    format!("Reconcile-{:016x}", hasher.finish())
}

/// `text`, cut at a character boundary so that it is at most `max` bytes long, with `…` where it was cut.
fn truncated(text: &str, max: usize) -> String {
    if text.len() <= max {
        return text.to_owned();
    }
    let mut end = max - '…'.len_utf8();
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::truncated;

    #[test]
    fn a_long_note_is_cut_at_a_character_within_the_limit() {
        assert_eq!(truncated("short", 10), "short");
        let cut = truncated(&"ä".repeat(600), 1024);
        assert!(cut.len() <= 1024 && cut.ends_with("ä…"));
    }
}
