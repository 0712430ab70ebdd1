//! The API server is as bad as it gets: away, slow, refusing, its watches cut, too old or frozen. What
//! people and pods do meanwhile is done in the end, once, and nothing is left of what goes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use gatewayed::api::marks;
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use kube::api::{DeleteParams, ListParams};
use serde_json::{Value, json};

use crate::support::etcd;
use crate::support::figures::figure;
use crate::support::operator::{Place, World, gone, until};
use crate::support::proxy::{Effect, Reach, Rule};
use crate::support::stock;

/// Longer than a lease lasts without renewal (15 s of real time).
const LONGER_THAN_A_LEASE: Duration = Duration::from_secs(20);

/// A class with a service that is edited and one that is deleted while the API server is bad.
struct Life {
    world: World,
    place: Place,
    edited: Value,
}

impl Life {
    async fn start() -> Life {
        let world = World::behind_proxy(&[]).await;
        let place = world.class("life", |_| ()).await;
        let edited = place.service("edited", |_| ()).await;
        place.service("deleted", |_| ()).await;
        place.ready("edited").await;
        place.ready("deleted").await;
        Life { world, place, edited }
    }

    /// One service is created, one gets another route, one is deleted; a pod goes and another comes.
    async fn meanwhile(&self) {
        let place = &self.place;
        place.service("created", |_| ()).await;
        let mut edited = self.edited.clone();
        let two = json!({"name": "two", "path": "/two/{id}", "methods": ["GET"], "anonymous": true});
        edited["spec"]["routes"].as_array_mut().expect("routes").push(two);
        place.apply_service(&edited).await;
        place.services().delete("deleted", &DeleteParams::default()).await.expect("deleted");
        let pod = self.pods("edited").await.remove(0);
        place.api::<Pod>().delete(&pod.name_any(), &DeleteParams::default()).await.expect("deleted");
    }

    /// All is as the objects say, each thing was made once, and is gone when they are.
    async fn ends_well(self) {
        let (world, place) = (&self.world, &self.place);
        self.recovers().await;
        let url = place.ready("created").await.status.and_then(|status| status.url).expect("a URL");
        place.ready("edited").await;
        gone(&place.services(), "deleted").await;
        for path in ["/created/1", "/edited/1", "/two/1"] {
            until("it answers", || async {
                let (status, body) = world.get(&url, path).await;
                if status == 200 { Ok(()) } else { Err(format!("{path}: {status} {body}")) }
            })
            .await;
        }
        assert_eq!(world.get(&url, "/deleted/1").await.0, 404);
        for service in ["created", "edited"] {
            self.targets_are_the_pods(service).await;
        }
        let name = format!("{}/deleted", place.namespace);
        let left = stock::of_service(world.aws(), &place.class, &name);
        assert!(left.is_empty(), "{left:#?}");
        let mut made: BTreeMap<String, usize> = BTreeMap::new();
        for call in world.aws().recorder().filter(|call| call.mutating() && call.succeeded()) {
            *made.entry(call.operation).or_default() += 1;
        }
        let made = ["CreateApi", "CreateVpcLink", "CreateIntegration"].map(|create| made[create]);
        assert_eq!(made, [1, 1, 3], "each was made once");
        for service in ["created", "edited"] {
            place.services().delete(service, &DeleteParams::default()).await.expect("deleted");
        }
        place.classes().delete(&place.class, &DeleteParams::default()).await.expect("deleted");
        gone(&place.classes(), &place.class).await;
        let left = stock::of_class(world.aws(), &place.class);
        assert!(left.is_empty(), "{left:#?}");
    }

    /// Kubernetes starts an operator again that ended; sooner or later one leads.
    async fn recovers(&self) {
        let since = self.world.proxy().latest();
        until("an operator leads", || async {
            self.world.restart_if_ended();
            let seen = self.world.proxy().seen_since(since);
            let status = |seen: &&crate::support::proxy::Seen| {
                seen.asked.path.contains("/gatewayedservice") && seen.asked.method == "PATCH"
            };
            let leads = seen.iter().filter(status).any(|seen| seen.status == Some(200));
            if leads { Ok(()) } else { Err("it writes nothing".to_owned()) }
        })
        .await;
    }

    async fn pods(&self, service: &str) -> Vec<Pod> {
        let selector = ListParams::default().labels(&format!("{}={service}", marks::SERVICE));
        let mut pods = self.place.api::<Pod>().list(&selector).await.expect("pods").items;
        pods.retain(|pod| pod.metadata.deletion_timestamp.is_none());
        pods
    }

    async fn targets_are_the_pods(&self, service: &str) {
        let name = format!("{}/{service}", self.place.namespace);
        until("the targets are the pods", || async {
            let pods = self.pods(service).await;
            let ip = |pod: &Pod| pod.status.as_ref().and_then(|status| status.pod_ip.clone());
            let wanted: BTreeSet<String> = pods.iter().filter_map(ip).collect();
            let things = stock::of_service(self.world.aws(), &self.place.class, &name);
            let found: BTreeSet<String> = self.world.region(|region| {
                let groups = stock::ids(&things, "target group");
                let targets = groups.iter().flat_map(|g| region.elbv2.target_groups[*g].targets.values());
                targets.filter(|t| t.draining_until.is_none()).map(|t| t.ip.to_string()).collect()
            });
            let same = wanted.len() == 2 && found == wanted;
            if same { Ok(()) } else { Err(format!("{found:?} instead of {wanted:?}")) }
        })
        .await;
    }
}

/// What comes by all at once: events that nobody takes (API servers under load let them wait longest),
/// refused writes, lost replies, slow requests, watches that end all the time.
fn bad_weather() -> Vec<Rule> {
    let write = |effect, rate| Rule::writes(effect).but_leases().rate(rate);
    vec![
        Rule::writes(Effect::Hang { committed: false }).at("/apis/events.k8s.io/*"),
        write(Effect::conflict(), 0.1),
        write(Effect::too_many_requests(1), 0.1),
        write(Effect::internal_error(), 0.1),
        write(Effect::LoseReply, 0.05),
        Rule::watches(Effect::Gone).rate(0.2),
        Rule::watches(Effect::EndWatch(Duration::from_secs(3))),
        Rule::all(Effect::Delay(Duration::from_millis(50))),
    ]
}

#[tokio::test]
async fn in_bad_weather_all_that_is_done_meanwhile_ends_as_it_should() {
    let life = Life::start().await;
    life.world.proxy().set(7, bad_weather());
    life.world.proxy().cut();
    life.meanwhile().await;
    life.ends_well().await;
}

/// The operator must not act once its lease may be another's: it ends, and is started again.
async fn away(reach: Reach) {
    let life = Life::start().await;
    life.world.proxy().reach(reach);
    let begun = Instant::now();
    life.meanwhile().await;
    until("the lease is lost for certain", || async {
        life.world.restart_if_ended();
        if begun.elapsed() > LONGER_THAN_A_LEASE { Ok(()) } else { Err("not yet".to_owned()) }
    })
    .await;
    life.world.proxy().reach(Reach::Open);
    let back = Instant::now();
    life.recovers().await;
    let took = format!("{:.1} s", back.elapsed().as_secs_f64());
    figure("Storms", &format!("API server back ({reach:?}): first status written after"), took);
    life.ends_well().await;
}

#[tokio::test]
#[ignore = "takes minutes: make torture"]
async fn the_api_server_refuses_connections_for_longer_than_a_lease() {
    away(Reach::Refused).await;
}

#[tokio::test]
#[ignore = "takes minutes: make torture"]
async fn the_api_server_says_nothing_for_longer_than_a_lease() {
    away(Reach::Silent).await;
}

#[tokio::test]
#[ignore = "takes minutes: make torture"]
async fn every_request_to_the_api_server_takes_two_seconds() {
    let life = Life::start().await;
    life.world.proxy().set(0, vec![Rule::all(Effect::Delay(Duration::from_secs(2)))]);
    life.meanwhile().await;
    life.ends_well().await;
}

#[tokio::test]
#[ignore = "takes minutes: make torture"]
async fn watches_that_show_nothing_any_more_are_noticed_when_they_are_cut() {
    let life = Life::start().await;
    life.world.proxy().set(0, vec![Rule::watches(Effect::Freeze)]);
    life.world.proxy().cut();
    let since = life.world.proxy().latest();
    until("every watch is frozen", || async {
        let seen = life.world.proxy().seen_since(since);
        let watches = seen.iter().filter(|seen| seen.asked.watch && seen.status == Some(200)).count();
        if watches >= 9 { Ok(()) } else { Err(format!("{watches} of 9")) }
    })
    .await;
    life.meanwhile().await;
    life.world.pass(Duration::from_secs(180)).await;
    assert!(life.place.services().get("created").await.expect("it").status.is_none(), "nobody saw it");
    life.world.proxy().clear();
    life.world.proxy().cut();
    life.ends_well().await;
}

/// The connection of a watch may die without a word.
#[tokio::test]
#[ignore = "takes minutes: make torture"]
async fn watches_that_show_nothing_any_more_are_noticed_by_themselves() {
    let life = Life::start().await;
    life.world.proxy().set(0, vec![Rule::watches(Effect::Freeze).times(9)]);
    life.world.proxy().cut();
    until("every watch is frozen", || async {
        let left = life.world.proxy().rules();
        if left.is_empty() { Ok(()) } else { Err(format!("{left:?}")) }
    })
    .await;
    let begun = Instant::now();
    life.meanwhile().await;
    until("somebody saw it", || async {
        let created = life.place.services().get("created").await.expect("it");
        created.status.map(|_| ()).ok_or("not yet".to_owned())
    })
    .await;
    let took = format!("{:.0} s", begun.elapsed().as_secs_f64());
    figure("Storms", "A frozen watch, first status of a new service after", took);
    life.ends_well().await;
}

/// The API server starts anew without its past, while the operator's watches are where that ends.
#[tokio::test]
#[ignore = "takes minutes: make torture"]
async fn etcd_is_compacted_while_watches_are_away() {
    let life = Life::start().await;
    life.world.proxy().reach(Reach::Refused);
    life.meanwhile().await;
    etcd::compact(&life.world.lab).await;
    life.world.lab.stop_apiserver();
    life.world.lab.start_apiserver().await.expect("it starts");
    etcd::compact(&life.world.lab).await;
    let since = life.world.proxy().latest();
    life.world.proxy().reach(Reach::Open);
    life.recovers().await;
    let seen = life.world.proxy().seen_since(since);
    let lists = seen.iter().filter(|seen| {
        seen.asked.method == "GET" && !seen.asked.watch && seen.asked.path.ends_with("/gatewayedservices")
    });
    assert!(lists.count() > 0, "the services were listed anew");
    life.ends_well().await;
}
