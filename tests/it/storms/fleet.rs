//! Many services over several classes, and when each of them became Ready or was gone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use awsim::clock::{Clock, SimTime};
use futures::StreamExt;
use gatewayed::api::condition::find;
use gatewayed::api::{ConditionStatus, ConditionType, GatewayedService};
use kube::api::DeleteParams;
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, Client, ResourceExt};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::support::operator::{Place, World};

/// Applied at once; the API server is not what is tested.
const AT_ONCE: usize = 8;

/// A service of the fleet: its class's place and its name.
pub type Name = (usize, String);

/// Classes and their services.
pub struct Fleet {
    /// The classes.
    pub places: Vec<Place>,
    /// Every service, as it was last applied.
    pub services: BTreeMap<Name, Value>,
    clock: Clock,
    watch: Watch,
}

/// What one phase took: for each service, simulated.
pub struct Phase(BTreeMap<Name, Duration>);

impl Fleet {
    /// `classes` classes, empty as yet.
    pub async fn start(world: &World, prefix: &str, classes: usize) -> Fleet {
        let clock = world.lab.clock().clone();
        let watch = Watch::start(world.client(), clock.clone());
        let mut places = Vec::new();
        for _ in 0..classes {
            places.push(world.class(prefix, |_| ()).await);
        }
        Fleet { places, services: BTreeMap::new(), clock, watch }
    }

    /// Adds `count` services of one pod each, spread over the classes, and waits until all are Ready.
    pub async fn create(&mut self, count: usize, patience: Duration) -> Phase {
        self.create_as("s", count, patience).await
    }

    /// The same, with names that begin so.
    pub async fn create_as(&mut self, prefix: &str, count: usize, patience: Duration) -> Phase {
        for i in 0..count {
            let (class, name) = (i % self.places.len(), format!("{prefix}{i}"));
            let place = &self.places[class];
            let service = place.described(&name, |service| service["spec"]["replicas"] = json!(1));
            self.services.insert((class, name), service);
        }
        let all: Vec<Name> = self.services.keys().cloned().collect();
        self.apply(&all, patience).await
    }

    /// Changes every service, each in one of three ways: a route more, another image, another pod.
    pub async fn change(&mut self, patience: Duration) -> Phase {
        for (i, ((_, name), service)) in self.services.iter_mut().enumerate() {
            let spec = &mut service["spec"];
            match i % 3 {
                0 => {
                    let path = format!("/{name}/more/{{id}}");
                    let more = json!({"name": "more", "path": path, "methods": ["GET"], "anonymous": true});
                    spec["routes"].as_array_mut().expect("routes").push(more);
                }
                1 => spec["image"] = json!(format!("registry.example.com/{name}:v2")),
                _ => spec["replicas"] = json!(2),
            }
        }
        let all: Vec<Name> = self.services.keys().cloned().collect();
        self.apply(&all, patience).await
    }

    /// Applies these as they are in `services` and waits until they are Ready so.
    pub async fn apply(&self, which: &[Name], patience: Duration) -> Phase {
        let began = Mutex::<BTreeMap<Name, SimTime>>::default();
        futures::stream::iter(which)
            .for_each_concurrent(AT_ONCE, |name| async {
                began.lock().unwrap().insert(name.clone(), self.clock.now());
                let generation = self.places[name.0].apply_service(&self.services[name]).await;
                self.watch.wants(self.namespaced(name), generation);
            })
            .await;
        self.reached("Ready", which, began, patience, Seen::ready).await
    }

    /// Deletes all services and classes at once and waits until they are gone.
    pub async fn delete(&mut self, patience: Duration) -> Phase {
        let began = Mutex::<BTreeMap<Name, SimTime>>::default();
        let all: Vec<Name> = self.services.keys().cloned().collect();
        futures::stream::iter(&all)
            .for_each_concurrent(AT_ONCE, |name| async {
                began.lock().unwrap().insert(name.clone(), self.clock.now());
                let services = self.places[name.0].services();
                services.delete(&name.1, &DeleteParams::default()).await.expect("deleted");
            })
            .await;
        let classes = self.places[0].classes();
        for place in &self.places {
            classes.delete(&place.class, &DeleteParams::default()).await.expect("deleted");
        }
        let phase = self.reached("gone", &all, began, patience, |seen| seen.gone).await;
        let start = Instant::now();
        for place in &self.places {
            while let Some(left) = classes.get_opt(&place.class).await.expect("the API server answers") {
                assert!(start.elapsed() < patience, "{} is not gone: {left:#?}", place.class);
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
        phase
    }

    fn namespaced(&self, (class, name): &Name) -> String {
        format!("{}/{name}", self.places[*class].namespace)
    }

    async fn reached(
        &self,
        what: &str,
        which: &[Name],
        began: Mutex<BTreeMap<Name, SimTime>>,
        patience: Duration,
        when: impl Fn(&Seen) -> Option<SimTime>,
    ) -> Phase {
        let began = began.into_inner().unwrap();
        let start = Instant::now();
        loop {
            let seen = self.watch.0.lock().unwrap().clone();
            let mut phase = BTreeMap::new();
            let mut left = Vec::new();
            for name in which {
                let seen = seen.get(&self.namespaced(name));
                match seen.and_then(&when) {
                    Some(at) => _ = phase.insert(name.clone(), at.since(began[name])),
                    None => left.push((self.namespaced(name), seen.map(|s| s.said.clone()))),
                }
            }
            if left.is_empty() {
                return Phase(phase);
            }
            let count = left.len();
            left.truncate(5);
            assert!(start.elapsed() < patience, "{count} services are not {what}, such as {left:#?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

impl Phase {
    /// The time of the service in the middle, in simulated minutes.
    pub fn median(&self) -> f64 {
        let mut all: Vec<Duration> = self.0.values().copied().collect();
        all.sort();
        minutes(all[all.len() / 2])
    }

    /// The time of the slowest, in simulated minutes.
    pub fn slowest(&self) -> f64 {
        minutes(self.0.values().copied().max().unwrap_or_default())
    }
}

/// Simulated minutes.
pub fn minutes(of: Duration) -> f64 {
    of.as_secs_f64() / 60.0
}

/// What the watch saw of a service.
#[derive(Clone, Debug, Default)]
struct Seen {
    /// The generation that is waited for.
    wanted: i64,
    /// The latest generation that was Ready, and when it first was.
    ready: Option<(i64, SimTime)>,
    gone: Option<SimTime>,
    /// It was seen.
    there: bool,
    /// What `Ready` says.
    said: String,
}

impl Seen {
    fn ready(&self) -> Option<SimTime> {
        self.ready.filter(|(generation, _)| *generation >= self.wanted).map(|(_, at)| at)
    }

    fn note(&mut self, service: &GatewayedService, now: SimTime) {
        self.there = true;
        let conditions = service.status.as_ref().map(|s| &s.conditions[..]).unwrap_or_default();
        let Some(ready) = find(conditions, ConditionType::Ready) else { return };
        self.said = format!("{}: {}", ready.reason, ready.message);
        let holds =
            ready.status == ConditionStatus::True && ready.observed_generation == service.metadata.generation;
        if let Some(generation) = ready.observed_generation.filter(|_| holds)
            && self.ready.is_none_or(|(before, _)| before < generation)
        {
            self.ready = Some((generation, now));
        }
    }
}

/// Follows every service.
struct Watch(Arc<Mutex<BTreeMap<String, Seen>>>, JoinHandle<()>);

impl Watch {
    fn start(client: Client, clock: Clock) -> Watch {
        let all: Arc<Mutex<BTreeMap<String, Seen>>> = Arc::default();
        let seen = all.clone();
        let watch = async move {
            let services = Api::<GatewayedService>::all(client);
            let mut listed = BTreeSet::new();
            let mut events = watcher(services, watcher::Config::default()).default_backoff().boxed();
            // After an error the watch lists anew.
            while let Some(event) = events.next().await {
                if let Ok(event) = event {
                    note(&mut seen.lock().unwrap(), &mut listed, event, clock.now());
                }
            }
        };
        Watch(all, tokio::spawn(watch))
    }

    fn wants(&self, name: String, generation: i64) {
        self.0.lock().unwrap().entry(name).or_default().wanted = generation;
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.1.abort();
    }
}

fn note(
    all: &mut BTreeMap<String, Seen>,
    listed: &mut BTreeSet<String>,
    event: watcher::Event<GatewayedService>,
    now: SimTime,
) {
    let key = |s: &GatewayedService| format!("{}/{}", s.namespace().unwrap_or_default(), s.name_any());
    match event {
        watcher::Event::Init => listed.clear(),
        watcher::Event::InitApply(service) => {
            listed.insert(key(&service));
            all.entry(key(&service)).or_default().note(&service, now);
        }
        watcher::Event::Apply(service) => all.entry(key(&service)).or_default().note(&service, now),
        watcher::Event::Delete(service) => all.entry(key(&service)).or_default().gone = Some(now),
        watcher::Event::InitDone => {
            let lost = all.iter_mut().filter(|(key, seen)| seen.there && !listed.contains(*key));
            lost.for_each(|(_, seen)| seen.gone = seen.gone.or(Some(now)));
        }
    }
}
