//! Several replicas lead at once, each some of the classes. Replicas come, go, die and bring another
//! number of shards; each class has one writer all the while.

use std::collections::BTreeMap;

use awsim::recorder::Entry;
use gatewayed::model::shard::Shard;
use k8s_openapi::api::core::v1::Namespace;
use kube::Api;
use kube::api::{ObjectMeta, PostParams};
use serde_json::{Value, json};

use crate::support::figures::figure;
use crate::support::fleet::{Fleet, LEASE};
use crate::support::operator::{Place, World, until};
use crate::support::stock;

const SHARDS: u16 = 3;
const THREE: [&str; 2] = ["--shards", "3"];

/// Classes with one service each, so many in each of three shards.
struct Classes {
    places: Vec<Place>,
    services: Vec<Value>,
    /// Whose an id or ARN in AWS is or was.
    owners: BTreeMap<String, String>,
}

impl Classes {
    async fn make(world: &World, each: usize) -> Classes {
        let namespaces: Api<Namespace> = Api::all(world.client());
        let mut places = Vec::new();
        for shard in Shard::all(SHARDS) {
            let names = (0..).map(|i| format!("shop{i}")).filter(|name| shard.has(Some(name)));
            for name in names.take(each) {
                let metadata = ObjectMeta { name: Some(name.clone()), ..ObjectMeta::default() };
                let namespace = Namespace { metadata, ..Namespace::default() };
                namespaces.create(&PostParams::default(), &namespace).await.unwrap();
                places.push(world.class_in(&name, |_| ()).await);
            }
        }
        let mut services = Vec::new();
        for place in &places {
            services.push(place.service("app", |_| ()).await);
        }
        Classes { places, services, owners: BTreeMap::new() }
    }

    /// Adds a route to the service of one class.
    async fn edit(&mut self, which: usize, name: &str) {
        let which = which % self.places.len();
        let route =
            json!({"name": name, "path": format!("/app/{name}"), "methods": ["GET"], "anonymous": true});
        self.services[which]["spec"]["routes"].as_array_mut().unwrap().push(route);
        self.places[which].apply_service(&self.services[which]).await;
    }

    /// Waits until everything is as its YAML says, once; notes whose everything is.
    async fn ready(&mut self, world: &World) {
        for (place, service) in self.places.iter().zip(&self.services) {
            place.ready("app").await;
            let things = stock::of_class(world.aws(), &place.class);
            let counts = stock::count(&things);
            let once = ["HTTP API", "VPC link", "load balancer", "target group", "listener", "integration"];
            assert_eq!(once.map(|kind| counts.get(kind).copied()), [Some(1); 6], "{counts:?}");
            let routes = service["spec"]["routes"].as_array().unwrap().len();
            assert_eq!(counts.get("route"), Some(&routes));
            for thing in things {
                self.owners.insert(thing.id, place.class.clone());
            }
        }
    }

    /// The class that a call is about: it names the class, in a tag, or something of the class.
    fn class_of(&self, call: &Entry) -> String {
        let input = call.input.to_string();
        let named = |name: &&Place| input.contains(&format!("\"{}\"", name.class));
        let by_tag = self.places.iter().find(named).map(|place| place.class.clone());
        let by_id = || self.owners.iter().find(|(id, _)| input.contains(id.as_str()));
        by_tag.or_else(|| by_id().map(|(_, class)| class.clone())).unwrap_or_else(|| panic!("{call:#?}"))
    }

    async fn delete(&self) {
        for place in &self.places {
            place.delete_service("app").await;
        }
        for place in &self.places {
            place.delete_class().await;
        }
    }
}

/// The lease of a class in a layout of so many shards.
fn lease_of(class: &str, of: u16) -> String {
    Shard::all(of).find(|shard| shard.has(Some(class))).unwrap().lease(LEASE)
}

/// How many of three shards each of these replicas leads, most first.
async fn spread(fleet: &Fleet, pods: &[&str]) -> Vec<usize> {
    let mut holders = Vec::new();
    for shard in Shard::all(SHARDS) {
        holders.extend(fleet.holder(&shard.lease(LEASE)).await);
    }
    let mut counts: Vec<usize> = pods.iter().map(|p| holders.iter().filter(|h| h == p).count()).collect();
    counts.sort_by(|a, b| b.cmp(a));
    counts
}

async fn spreads(fleet: &Fleet, pods: &[&str], wanted: &[usize]) {
    until(&format!("{pods:?} lead {wanted:?} shards"), || async {
        let found = spread(fleet, pods).await;
        if found == wanted { Ok(()) } else { Err(format!("{found:?}")) }
    })
    .await;
}

/// Each mutating call was made by who led its class. Returns how many there were.
async fn one_writer(fleet: &Fleet, classes: &Classes) -> usize {
    fleet.one_writer(|call| Some(lease_of(&classes.class_of(call), SHARDS))).await
}

#[tokio::test]
async fn replicas_share_the_classes_out_and_each_class_has_one_writer() {
    let mut fleet = Fleet::start(&["abel"], &THREE).await;
    let mut classes = Classes::make(&fleet.world, 1).await;
    // It leads all until another comes; things are being made meanwhile.
    spreads(&fleet, &["abel"], &[3]).await;
    fleet.launch("bert");
    spreads(&fleet, &["abel", "bert"], &[2, 1]).await;
    classes.ready(&fleet.world).await;
    for which in 0..3 {
        classes.edit(which, "two").await;
    }
    classes.ready(&fleet.world).await;
    for pod in ["abel", "bert"] {
        assert!(!fleet.writes_of(pod, 0).is_empty(), "{pod} leads nothing");
    }
    // One goes in order: the other has all at once.
    fleet.process("abel").terminate();
    classes.edit(0, "three").await;
    let status = fleet.ended("abel").await;
    assert!(status.success(), "{status}");
    spreads(&fleet, &["bert"], &[3]).await;
    classes.ready(&fleet.world).await;
    classes.delete().await;
    assert!(one_writer(&fleet, &classes).await > 60);
}

#[tokio::test]
#[ignore = "takes minutes: make torture"]
async fn replicas_die_and_come_back_and_each_class_has_one_writer() {
    let pods = ["abel", "bert", "carl"];
    let mut fleet = Fleet::start(&pods, &THREE).await;
    let mut classes = Classes::make(&fleet.world, 2).await;
    spreads(&fleet, &pods, &[1, 1, 1]).await;
    classes.ready(&fleet.world).await;
    for round in 0..6 {
        let killed = pods[round % pods.len()];
        fleet.kill(killed);
        for which in 0..classes.places.len() {
            classes.edit(which, &format!("r{round}")).await;
        }
        let left: Vec<&str> = pods.into_iter().filter(|pod| *pod != killed).collect();
        spreads(&fleet, &left, &[2, 1]).await;
        classes.ready(&fleet.world).await;
        fleet.launch(killed);
        spreads(&fleet, &pods, &[1, 1, 1]).await;
    }
    classes.delete().await;
    let judged = one_writer(&fleet, &classes).await;
    let figures = format!("6 killed, 6 classes, {judged} mutating calls, each by its class's leader");
    figure("One writer", "three replicas share three shards and die in turn", figures);
}

/// A rolling update to another number of shards, while services are being edited: old and new replicas
/// run side by side, and no class ever has a leader in both layouts.
#[tokio::test]
#[ignore = "takes minutes: make torture"]
async fn the_number_of_shards_changes_while_services_are_edited_and_nothing_is_written_twice() {
    let mut fleet = Fleet::start(&["abel", "bert"], &[]).await;
    let mut classes = Classes::make(&fleet.world, 2).await;
    classes.ready(&fleet.world).await;
    let mut edits = 0;
    let mut order = Vec::new();
    for (old, new, of) in
        [(["abel", "bert"], ["carl", "dora"], SHARDS), (["carl", "dora"], ["emil", "fred"], 1)]
    {
        let flag = of.to_string();
        for (old, new) in old.into_iter().zip(new) {
            fleet.launch_with(new, &["--shards", &flag]);
            fleet.process(old).terminate();
            let mut ended = None;
            while ended.is_none() {
                classes.edit(edits, &format!("e{edits}")).await;
                edits += 1;
                tokio::time::sleep(std::time::Duration::from_millis(500)).await;
                ended = fleet.process(old).ended();
            }
            assert!(ended.is_some_and(|status| status.success()), "{ended:?}");
        }
        order.push(old);
        classes.ready(&fleet.world).await;
    }
    order.push(["emil", "fred"]);
    classes.delete().await;
    let shards = |call: &Entry| if ["carl", "dora"].contains(&&*fleet.caller(call)) { SHARDS } else { 1 };
    let judged = fleet.one_writer(|call| Some(lease_of(&classes.class_of(call), shards(call)))).await;
    // All of one layout's calls come before all of the next one's.
    let calls = fleet.world.aws().recorder().filter(Entry::mutating);
    let mut layouts: Vec<usize> = Vec::new();
    let mut sorted: Vec<&Entry> = calls.iter().collect();
    sorted.sort_by_key(|call| call.at);
    for call in sorted {
        let caller = fleet.caller(call);
        let layout = order.iter().position(|pods| pods.contains(&&*caller)).unwrap();
        if layouts.last() != Some(&layout) {
            layouts.push(layout);
        }
    }
    assert_eq!(layouts, [0, 1, 2]);
    let figures = format!("{edits} edits meanwhile, {judged} mutating calls, no class with two writers");
    figure("One writer", "1 to 3 to 1 shards by rolling updates", figures);
}
