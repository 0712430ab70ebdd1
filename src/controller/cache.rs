//! A watch whose objects are kept, with a readiness that any number of tasks may wait for.
//!
//! `Store::wait_until_ready` is not used: in kube 5.0 it wakes only the last of several waiters, and
//! each controller is one already.

use std::fmt::Debug;
use std::future::ready;
use std::time::Duration;

use futures::{Stream, StreamExt, TryStreamExt};
use kube::runtime::reflector::{self, Store};
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, Resource};
use serde::de::DeserializeOwned;
use tokio::sync::watch;

/// The objects of one kind, and whether all of them are there.
#[derive(Clone, Debug)]
pub struct Cache<K>
where
    K: Resource<DynamicType = ()> + Clone + 'static,
{
    store: Store<K>,
    filled: watch::Receiver<bool>,
}

impl<K> Cache<K>
where
    K: Resource<DynamicType = ()> + Clone + 'static,
{
    /// The objects.
    pub fn store(&self) -> &Store<K> {
        &self.store
    }

    /// Waits until the first list is in the store.
    pub async fn filled(&self) {
        // The watch ends only with the process.
        let _ = self.filled.clone().wait_for(|filled| *filled).await;
    }
}

/// Watches what `config` selects and keeps it; the stream must be polled for the cache to be kept.
pub fn cached<K>(
    api: Api<K>,
    config: watcher::Config,
) -> (Cache<K>, impl Stream<Item = watcher::Result<watcher::Event<K>>> + Send)
where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Send + Sync + 'static,
{
    kept(watched(api, config))
}

/// Keeps what `events` tell; each is handed on once the store knows it.
pub fn kept<K>(
    events: impl Stream<Item = watcher::Result<watcher::Event<K>>> + Send,
) -> (Cache<K>, impl Stream<Item = watcher::Result<watcher::Event<K>>> + Send)
where
    K: Resource<DynamicType = ()> + Clone + Debug + Send + Sync + 'static,
{
    let (store, writer) = reflector::store();
    let (fill, filled) = watch::channel(false);
    let events = events.reflect(writer).inspect_ok(move |event| {
        if matches!(event, watcher::Event::InitDone) {
            fill.send_replace(true);
        }
    });
    (Cache { store, filled }, events)
}

/// A watch whose connection died without a word looks as if nothing happened. The API server ends each
/// watch after this long, and the client looks for another one 5 s later at the latest (kube 5.0,
/// watcher.rs): so much old are our caches at most. Kubernetes' own clients take 5 to 10 minutes.
const WATCH_LASTS: Duration = Duration::from_secs(60);

/// Watches what `config` selects, for ever: an interruption is logged when it begins and when it is
/// over, and never handed on. A `Controller` would back off with *all* its triggers for each error of
/// any of them (kube 5.0: one backoff over the merged stream), on top of the watch's own, and after the
/// API server was away it could stay deaf.
pub fn watched<K>(
    api: Api<K>,
    config: watcher::Config,
) -> impl Stream<Item = watcher::Result<watcher::Event<K>>> + Send
where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Send + 'static,
{
    let kind = K::kind(&());
    let mut interrupted = false;
    let config = config.timeout(u32::try_from(WATCH_LASTS.as_secs()).unwrap_or(u32::MAX));
    watcher(api, config).default_backoff().filter_map(move |event| {
        match &event {
            Err(error) if !interrupted => {
                tracing::warn!(%kind, %error, "the watch is interrupted; it is tried again until it is back");
            }
            Err(error) => tracing::debug!(%kind, %error, "the watch is still interrupted"),
            Ok(_) if interrupted => tracing::info!(%kind, "the watch is back"),
            Ok(_) => {}
        }
        interrupted = event.is_err();
        ready(event.ok().map(Ok))
    })
}
