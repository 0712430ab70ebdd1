//! The targets' lane keeps its pace in a storm: from the moment that a pod is in an EndpointSlice to the
//! moment that RegisterTargets is sent. Measured at true time, clock and latencies alike, since a lane of
//! a quarter of a second cannot be told apart from a busy machine sixty times as fast.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use awsim::clock::{Clock, SimTime};
use awsim::recorder::Entry;
use awsim::weather::Preset;
use futures::StreamExt;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::Api;
use kube::runtime::{WatchStreamExt, watcher};
use serde_json::json;

use super::fleet::Fleet;
use crate::support::figures::figure;
use crate::support::operator::{World, until};

/// Services whose pods come and go.
const SERVICES: usize = 12;
/// Services that are made meanwhile.
const OTHERS: usize = 24;
/// How often a pod comes, and how often in all.
const EVERY: Duration = Duration::from_secs(4);
const PODS: usize = 36;
const PATIENCE: Duration = Duration::from_secs(600);
/// The lane's time until the request leaves while it has tokens is 250 ms. Of a request that AWS throttled
/// the next one waits for a token, a second at most; and this machine is busy.
const HALF_WITHIN: Duration = Duration::from_secs(1);

type Seen = Arc<Mutex<BTreeMap<String, SimTime>>>;

#[tokio::test]
#[ignore = "takes minutes: make torture"]
async fn pods_are_registered_at_their_pace_while_all_else_waits() {
    let mut world = World::start(&["--drift-interval", "24h"]).await;
    let mut fleet = Fleet::start(&world, "lane", 2).await;
    fleet.create(SERVICES, PATIENCE).await;
    world.kill();
    let clock = world.lab.clock().clone();
    clock.set_scale(1.0);
    world.launch_with(&["--drift-interval", "24h", "--time-scale", "1"]);
    until("it leads", || async {
        let log = std::fs::read_to_string(&world.log).expect("a log");
        if log.matches("leading").count() >= 2 { Ok(()) } else { Err("it does not lead".to_owned()) }
    })
    .await;

    let seen = watch(&world, &clock);
    world.aws().weather().set(3, Preset::Storm.rules());
    let from = world.aws().recorder().latest();
    let names: Vec<_> = fleet.services.keys().cloned().collect();
    for i in 0..OTHERS {
        fleet.places[i % 2]
            .service(&format!("other{i}"), |service| service["spec"]["replicas"] = json!(1))
            .await;
    }
    for i in 0..PODS {
        let name = &names[i % names.len()];
        let service = fleet.services.get_mut(name).expect("a service");
        service["spec"]["replicas"] = json!(2 + i / names.len());
        fleet.places[name.0].apply_service(service).await;
        tokio::time::sleep(EVERY).await;
    }
    let known: Vec<String> = names.iter().map(|(_, name)| name.clone()).collect();
    let lags = until("every pod is registered", || async {
        lags(&world.calls_since(from), &seen.lock().unwrap(), &known, PODS)
    })
    .await;
    tell("first asked for", &lags.iter().map(|(first, _)| *first).collect::<Vec<_>>());
    tell("accepted", &lags.iter().map(|(_, accepted)| *accepted).collect::<Vec<_>>());
    let mut first: Vec<Duration> = lags.iter().map(|(first, _)| *first).collect();
    first.sort();
    assert!(first[first.len() / 2] <= HALF_WITHIN, "{first:?}");
}

fn tell(what: &str, lags: &[Duration]) {
    let mut lags = lags.to_vec();
    lags.sort();
    let at = |part: f64| lags[((lags.len() - 1) as f64 * part).round() as usize].as_millis();
    let told = format!("p50 {} ms, p99 {} ms of {} pods, true time", at(0.5), at(0.99), lags.len());
    figure("Storms", &format!("pod in an EndpointSlice to RegisterTargets {what}"), told);
}

/// When each address of `pods of the fleet` was first in an EndpointSlice: by service, slash, address.
fn watch(world: &World, clock: &Clock) -> Seen {
    let seen = Seen::default();
    let (all, clock) = (seen.clone(), clock.clone());
    let slices = Api::<EndpointSlice>::all(world.client());
    tokio::spawn(async move {
        let mut events = watcher(slices, watcher::Config::default()).default_backoff().boxed();
        while let Some(event) = events.next().await {
            let (slice, old) = match event {
                Ok(watcher::Event::Apply(slice)) => (slice, false),
                Ok(watcher::Event::InitApply(slice)) => (slice, true),
                _ => continue,
            };
            let service =
                slice.metadata.labels.iter().flatten().find(|(k, _)| *k == "kubernetes.io/service-name");
            let service = service.map(|(_, name)| name.clone()).unwrap_or_default();
            // What was there before is nobody's to wait for.
            let at = if old { SimTime(0) } else { clock.now() };
            for address in slice.endpoints.iter().filter_map(|endpoint| endpoint.addresses.first()) {
                all.lock().unwrap().entry(format!("{service}/{address}")).or_insert(at);
            }
        }
    });
    seen
}

/// For each pod that came: until it was first asked for, and until AWS accepted it.
fn lags(
    calls: &[Entry],
    seen: &BTreeMap<String, SimTime>,
    services: &[String],
    count: usize,
) -> Result<Vec<(Duration, Duration)>, String> {
    let new = seen.iter().filter(|(name, at)| {
        at.0 > 0 && services.iter().any(|s| name.split_once('/').is_some_and(|(of, _)| of == s))
    });
    let mut lags = Vec::new();
    for (name, at) in new {
        let address = name.split_once('/').map_or("", |(_, address)| address);
        let register = || {
            let calls = calls.iter().filter(|call| call.operation == "RegisterTargets");
            calls.filter(|call| call.input["Targets"].to_string().contains(&format!("\"{address}\"")))
        };
        let first = register().map(|call| call.at).min();
        let accepted = register().filter(|call| call.succeeded()).map(|call| call.at).min();
        match (first, accepted) {
            (Some(first), Some(accepted)) => lags.push((first.since(*at), accepted.since(*at))),
            _ => return Err(format!("{name} is not")),
        }
    }
    if lags.len() >= count { Ok(lags) } else { Err(format!("{} of {count}", lags.len())) }
}
