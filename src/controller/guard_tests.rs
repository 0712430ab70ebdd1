//! What kube's `Controller` makes of a guarded reconcile that panics.

use std::collections::BTreeMap;
use std::future::ready;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::StreamExt;
use futures::channel::mpsc;
use futures::stream;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::ResourceExt;
use kube::api::ObjectMeta;
use kube::runtime::controller::{Action, Config};
use kube::runtime::reflector::{self, ObjectRef};
use kube::runtime::watcher::Event;
use kube::runtime::{Controller, WatchStreamExt};

use super::guard::{Error, Failures, Outcome, guarded};
use crate::executor::Fence;
use crate::runtime::metrics::Metrics;

const POISON: &str = "poison";
/// Between two wakes of each object.
const WOKEN: Duration = Duration::from_millis(50);
const WAKES: usize = 30;

#[derive(Default)]
struct Shared {
    metrics: Metrics,
    failures: Failures<String>,
    runs: Mutex<BTreeMap<String, Vec<Instant>>>,
}

async fn reconcile(object: Arc<ConfigMap>, shared: Arc<Shared>) -> Result<Action, Error> {
    let name = object.name_any();
    shared.runs.lock().unwrap().entry(name.clone()).or_default().push(Instant::now());
    let run = async {
        assert!(name != POISON, "a defect");
        Ok((Outcome::Settled, Action::await_change()))
    };
    guarded("Test", &shared.metrics, &Fence::open(), run).await
}

fn failed(object: Arc<ConfigMap>, _: &Error, shared: Arc<Shared>) -> Action {
    Action::requeue(shared.failures.failed(object.name_any()))
}

fn object(name: &str) -> ConfigMap {
    let metadata = ObjectMeta {
        name: Some(name.to_owned()),
        namespace: Some("shop".to_owned()),
        ..ObjectMeta::default()
    };
    ConfigMap { metadata, ..ConfigMap::default() }
}

#[tokio::test]
async fn an_object_whose_reconcile_panics_backs_off_alone_and_is_counted() {
    let names = [POISON, "one", "two"];
    let events = names.map(|name| Event::InitApply(object(name))).into_iter();
    let events = std::iter::once(Event::Init).chain(events).chain([Event::InitDone]);
    let (reader, writer) = reflector::store();
    let watch = stream::iter(events.map(Ok)).chain(stream::pending()).reflect(writer).applied_objects();
    let (wake, woken) = mpsc::unbounded();
    let shared = Arc::new(Shared::default());
    let controller = Controller::for_stream(watch, reader)
        .with_config(Config::default().concurrency(16))
        .reconcile_on(woken)
        .run(reconcile, failed, shared.clone());
    let driven = async {
        for _ in 0..WAKES {
            tokio::time::sleep(WOKEN).await;
            for name in ["one", "two"] {
                wake.unbounded_send(ObjectRef::new(name).within("shop")).unwrap();
            }
        }
        tokio::time::sleep(WOKEN).await;
    };
    tokio::select! {
        () = controller.for_each(|_| ready(())) => panic!("the controller ended"),
        () = driven => {}
    }
    let runs = shared.runs.lock().unwrap();
    for name in ["one", "two"] {
        assert!(runs[name].len() > WAKES * 9 / 10, "{name}: {} runs for {WAKES} wakes", runs[name].len());
    }
    // At 0, 0.4 to 0.5, and 1.1 to 1.5 seconds.
    let poison = &runs[POISON];
    assert!((2..=3).contains(&poison.len()), "{} runs of the poison object", poison.len());
    assert!(poison[1] - poison[0] >= Duration::from_millis(375), "{:?}", poison[1] - poison[0]);
    let text = shared.metrics.encode().unwrap();
    assert!(text.contains(&format!("gatewayed_panics_total {}", poison.len())), "{text}");
}
