//! Two hundred services in five classes, and what people do to them all day long, from a seed.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use gatewayed::api::condition::find;
use gatewayed::api::{ConditionStatus, ConditionType, GatewayedService};
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use kube::api::{DeleteParams, ListParams};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use serde_json::{Value, json};

use crate::support::operator::{Place, World};

/// Classes, and services in each: what one load balancer's 50 listeners hold.
pub const CLASSES: usize = 5;
pub const SERVICES: usize = 40;

/// How long all may take to become as wanted. The machine may be busy.
const SETTLED: Duration = Duration::from_secs(900);

/// All services, by what is wanted of them.
pub struct Town {
    places: Vec<Place>,
    /// By place and name.
    wanted: BTreeMap<(usize, String), Value>,
    /// Deleted; as soon as it is gone something comes in its place.
    leaving: Vec<(usize, String)>,
    born: usize,
    random: StdRng,
    /// What was done, by kind.
    pub done: BTreeMap<&'static str, usize>,
}

impl Town {
    /// The classes with their services, all applied.
    pub async fn found(world: &World, random: StdRng) -> Town {
        let mut town = Town {
            places: Vec::new(),
            wanted: BTreeMap::new(),
            leaving: Vec::new(),
            born: 0,
            random,
            done: BTreeMap::new(),
        };
        for _ in 0..CLASSES {
            town.places.push(world.class("soak", |_| ()).await);
        }
        for place in 0..CLASSES {
            for _ in 0..SERVICES {
                let name = town.fresh_name();
                town.open(place, name).await;
            }
        }
        town
    }

    /// Does one thing that people do.
    pub async fn live(&mut self, world: &World) {
        let what = match self.random.random_range(0..100) {
            0..25 => self.edit("routes", |random, name, spec| spec["routes"] = routes(random, name)).await,
            25..40 => {
                self.edit("image", |random, name, spec| {
                    spec["image"] = json!(image(name, random.random_range(0..1000)));
                })
                .await
            }
            40..55 => {
                self.edit("replicas", |random, _, spec| spec["replicas"] = json!(random.random_range(0..3)))
                    .await
            }
            55..70 => {
                self.edit("environment", |random, _, spec| {
                    spec["env"] = json!([{"name": "SEED", "value": random.random::<u32>().to_string()}]);
                })
                .await
            }
            70..80 => self.close().await,
            80..90 => self.reopen().await,
            90..97 => self.kill_pod(world).await,
            _ => self.retag().await,
        };
        *self.done.entry(what).or_default() += 1;
    }

    /// Waits until every service is Ready as it is wanted, and every deleted one is gone.
    pub async fn settled(&mut self, world: &World) -> Duration {
        let start = Instant::now();
        loop {
            world.restart_if_ended();
            let (mut missing, mut left) = (Vec::new(), 0);
            for (at, place) in self.places.iter().enumerate() {
                let list = place.services().list(&ListParams::default()).await.expect("a list").items;
                left += list.iter().filter(|s| s.metadata.deletion_timestamp.is_some()).count();
                let ready = |name: &str| list.iter().any(|s| s.name_any() == name && is_ready(s));
                let mine = self.wanted.keys().filter(|(place, name)| *place == at && !ready(name));
                missing.extend(mine.map(|(_, name)| {
                    let found = list.iter().find(|s| s.name_any() == *name);
                    format!("{}/{name}: {}", place.namespace, found.map_or_else(|| "not there".into(), told))
                }));
            }
            if missing.is_empty() && left == 0 {
                return start.elapsed();
            }
            let words = || missing.iter().take(5).cloned().collect::<Vec<_>>().join("\n");
            assert!(start.elapsed() < SETTLED, "{} not Ready, {left} not gone:\n{}", missing.len(), words());
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    /// Deletes every service and class at once, and waits until they are gone.
    pub async fn abandon(&mut self, world: &World) -> Duration {
        let start = Instant::now();
        for place in &self.places {
            let every = ListParams::default();
            place.services().delete_collection(&DeleteParams::default(), &every).await.expect("deleted");
            place.classes().delete(&place.class, &DeleteParams::default()).await.expect("deleted");
        }
        self.wanted.clear();
        self.settled(world).await;
        for place in &self.places {
            while let Some(class) = place.classes().get_opt(&place.class).await.expect("an answer") {
                assert!(start.elapsed() < SETTLED, "{class:#?}");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
        start.elapsed()
    }

    /// The classes' names.
    pub fn classes(&self) -> Vec<String> {
        self.places.iter().map(|place| place.class.clone()).collect()
    }

    fn fresh_name(&mut self) -> String {
        self.born += 1;
        format!("s{}", self.born)
    }

    async fn open(&mut self, place: usize, name: String) {
        let port = *[3000, 8080].choose(&mut self.random).expect("a port");
        let routes = routes(&mut self.random, &name);
        let edit = |service: &mut Value| {
            service["spec"]["port"] = json!(port);
            service["spec"]["replicas"] = json!(1);
            service["spec"]["health"]["interval"] = json!("60s");
            service["spec"]["routes"] = routes;
        };
        let service = self.places[place].service(&name, edit).await;
        self.wanted.insert((place, name), service);
    }

    fn any(&mut self) -> (usize, String) {
        let nth = self.random.random_range(0..self.wanted.len());
        self.wanted.keys().nth(nth).cloned().expect("there are services")
    }

    async fn edit(
        &mut self,
        what: &'static str,
        change: impl FnOnce(&mut StdRng, &str, &mut Value),
    ) -> &'static str {
        let at = self.any();
        let service = self.wanted.get_mut(&at).expect("it is wanted");
        change(&mut self.random, &at.1, &mut service["spec"]);
        self.places[at.0].apply_service(service).await;
        what
    }

    /// A service is deleted, unless many are missing.
    async fn close(&mut self) -> &'static str {
        if self.wanted.len() < CLASSES * SERVICES * 9 / 10 {
            return self.reopen().await;
        }
        let at = self.any();
        self.wanted.remove(&at);
        self.places[at.0].services().delete(&at.1, &DeleteParams::default()).await.expect("deleted");
        self.leaving.push(at);
        "delete"
    }

    /// For one that is gone another comes, half of the time of the same name.
    async fn reopen(&mut self) -> &'static str {
        for nth in 0..self.leaving.len() {
            let (place, name) = self.leaving[nth].clone();
            if self.places[place].services().get_opt(&name).await.expect("an answer").is_some() {
                continue;
            }
            self.leaving.remove(nth);
            let name = if self.random.random() { name } else { self.fresh_name() };
            self.open(place, name).await;
            return "create";
        }
        "nothing to create yet"
    }

    /// A pod is deleted, or its process ends.
    async fn kill_pod(&mut self, world: &World) -> &'static str {
        let place = &self.places[self.random.random_range(0..CLASSES)];
        let pods = place.api::<Pod>().list(&ListParams::default()).await.expect("pods").items;
        let Some(pod) = pods.choose(&mut self.random) else { return "no pod" };
        if self.random.random() {
            // It may be gone by now.
            let _ = place.api::<Pod>().delete(&pod.name_any(), &DeleteParams::default()).await;
            return "delete a pod";
        }
        world.lab.pods().expect("pods").crash(&place.namespace, &pod.name_any());
        "crash a pod"
    }

    /// The admin gives a class other limits, and with them every route of it.
    async fn retag(&mut self) -> &'static str {
        let place = &self.places[self.random.random_range(0..CLASSES)];
        let limits = json!({"rate": self.random.random_range(50..100), "burst": 100});
        let class = json!({
            "apiVersion": "gatewayed.io/v1alpha1", "kind": "GatewayedServiceClass",
            "metadata": {"name": place.class},
            "spec": {"api": {"throttling": {"default": limits}}},
        });
        let patch = kube::api::Patch::Merge(&class);
        place
            .classes()
            .patch(&place.class, &kube::api::PatchParams::default(), &patch)
            .await
            .expect("accepted");
        "limits of a class"
    }
}

fn image(name: &str, version: u32) -> String {
    format!("registry.example.com/{name}:v{version}")
}

/// One to three routes, some with limits or a time-out of their own.
fn routes(random: &mut StdRng, name: &str) -> Value {
    let route = |random: &mut StdRng, n: usize| {
        let mut route = json!({"name": format!("r{n}"), "path": format!("/{name}/r{n}/{{id}}"), "methods": ["GET"],
            "anonymous": true});
        if random.random_bool(0.3) {
            route["throttling"] =
                json!({"rate": random.random_range(1..100), "burst": random.random_range(1..100)});
        }
        if random.random_bool(0.3) {
            route["timeout"] = json!(*["5s", "10s"].choose(random).expect("a time-out"));
        }
        route
    };
    let count = random.random_range(1..=3);
    (0..count).map(|n| route(random, n)).collect()
}

fn is_ready(service: &GatewayedService) -> bool {
    let found = service.status.as_ref().and_then(|s| find(&s.conditions, ConditionType::Ready));
    found.is_some_and(|c| {
        c.status == ConditionStatus::True && c.observed_generation == service.metadata.generation
    })
}

/// What it says of itself.
fn told(service: &GatewayedService) -> String {
    let found = service.status.as_ref().and_then(|s| find(&s.conditions, ConditionType::Ready));
    found.map_or_else(|| "no condition".to_owned(), |c| format!("{}: {}", c.reason, c.message))
}
