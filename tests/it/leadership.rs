//! One writer. Replicas die, freeze, lose the API server, are asked to stop: whoever calls AWS holds the
//! lease at that moment, and the next leader goes on within the lease.
//!
//! Leases run in real time, so each change of hands takes some 17 seconds; but one of each kind, these
//! run with `make torture` only.

use std::time::Duration;

use awsim::weather::Rule;
use awsim::weather::effect::{Effect, Hang, Slow};
use gatewayed::cluster::leader::{Candidate, Timings};
use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use kube::Api;
use kube::api::PostParams;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::support::figures::figure;
use crate::support::fleet::{Fleet, LEASE, failover};
use crate::support::operator::{Place, until};
use crate::support::proxy::{Proxy, Reach};
use crate::support::stock;
use crate::support::{client, namespace};

/// No attempt takes longer.
const ATTEMPT: Duration = Duration::from_secs(10);

#[tokio::test]
async fn of_two_replicas_one_leads_until_it_dies_or_is_asked_to_stop() {
    let mut fleet = Fleet::start(&["abel", "bert"], &[]).await;
    let place = fleet.world.class("leader", |_| ()).await;
    let mut service = place.service("orders", |_| ()).await;
    let url = place.ready("orders").await.status.unwrap().url.unwrap();
    assert!(fleet.writes_of("bert", 0).is_empty(), "only the leader speaks to AWS");

    // The leader dies; its lease must run out.
    let since = fleet.world.aws().recorder().latest();
    let killed = fleet.kill("abel");
    add_route(&place, &mut service, "list").await;
    let took = fleet.first_write("bert", since).await.duration_since(killed);
    assert!(took.unsigned_abs() <= failover(), "{took:?}");
    place.ready("orders").await;
    assert_eq!(fleet.world.get(&url, "/orders/list").await.0, 200);

    // The leader is asked to stop: it gives the lease back, so nobody waits for it to run out.
    fleet.launch("abel");
    fleet.process("bert").terminate();
    let status = fleet.ended("bert").await;
    assert!(status.success(), "{status}");
    let since = fleet.world.aws().recorder().latest();
    fleet.leads("abel", LEASE).await;
    place.delete_service("orders").await;
    place.delete_class().await;
    assert!(fleet.writes_of("bert", since).is_empty(), "what stopped stays silent");
    assert!(stock::of_class(fleet.world.aws(), &place.class).is_empty());
    assert!(fleet.one_writer(|_| Some(LEASE.to_owned())).await > 40);
}

#[tokio::test]
async fn a_leader_frozen_past_its_lease_sends_nothing_when_it_wakes_and_ends() {
    freeze(1, &["abel", "bert"]).await;
}

#[tokio::test]
#[ignore = "takes minutes: make torture"]
async fn leaders_frozen_again_and_again_send_nothing_when_they_wake() {
    freeze(8, &["abel", "bert", "carl"]).await;
}

/// Freezes the leader while it has calls under way and calls waiting, and wakes it when another leads.
async fn freeze(times: usize, pods: &[&str]) {
    let mut fleet = Fleet::start(pods, &[]).await;
    let late = Effect::Slow(Slow { min_ms: 50, max_ms: 300 });
    fleet.world.aws().weather().set(1, vec![Rule::all(late)]);
    for round in 0..times {
        let frozen = fleet.holder(LEASE).await.expect("a leader");
        let since = fleet.world.aws().recorder().latest();
        let place = fleet.world.class("frozen", |_| ()).await;
        place.service("orders", |service| routes(service, 6)).await;
        // Each time elsewhere: the class's first calls, the service's, the routes.
        let calls = 2 + round * 3 % 20;
        until(&format!("{calls} calls"), || async {
            let made = fleet.writes_of(&frozen, since).len();
            if made >= calls { Ok(()) } else { Err(format!("{made}")) }
        })
        .await;
        fleet.process(&frozen).freeze();
        place.ready("orders").await;
        let next = fleet.holder(LEASE).await.expect("a leader");
        assert_ne!(next, frozen);
        let since = fleet.world.aws().recorder().latest();
        fleet.process(&frozen).thaw();
        let status = fleet.ended(&frozen).await;
        assert!(!status.success(), "{status}");
        assert!(fleet.writes_of(&frozen, since).is_empty());
        fleet.launch(&frozen);
        let counts = stock::count(&stock::of_class(fleet.world.aws(), &place.class));
        let once = ["HTTP API", "VPC link", "load balancer", "target group", "listener", "integration"];
        assert_eq!(once.map(|kind| counts.get(kind).copied()), [Some(1); 6], "{counts:?}");
    }
    let judged = fleet.one_writer(|_| Some(LEASE.to_owned())).await;
    figure(
        "One writer",
        "leader frozen past its lease and woken",
        format!("{times} times, {judged} mutating calls, none outside its caller's lease"),
    );
}

#[tokio::test]
#[ignore = "takes minutes: make torture"]
async fn when_leaders_are_killed_the_next_one_goes_on_within_the_lease() {
    const TIMES: usize = 10;
    let mut fleet = Fleet::start(&["abel", "bert"], &[]).await;
    let place = fleet.world.class("killed", |_| ()).await;
    let mut service = place.service("orders", |_| ()).await;
    place.ready("orders").await;
    let mut took = Vec::new();
    for round in 0..TIMES {
        let (leader, standby) = if round % 2 == 0 { ("abel", "bert") } else { ("bert", "abel") };
        fleet.leads(leader, LEASE).await;
        let since = fleet.world.aws().recorder().latest();
        let killed = fleet.kill(leader);
        add_route(&place, &mut service, &format!("r{round}")).await;
        let first = fleet.first_write(standby, since).await;
        took.push(first.duration_since(killed).unsigned_abs());
        fleet.launch(leader);
        place.ready("orders").await;
    }
    took.sort();
    let (median, longest) = (took[TIMES / 2], took[TIMES - 1]);
    figure("One writer", "leader killed, until the standby's first write, p50", seconds(median));
    figure("One writer", "leader killed, until the standby's first write, max", seconds(longest));
    assert!(longest <= failover(), "{took:?}");
    let judged = fleet.one_writer(|_| Some(LEASE.to_owned())).await;
    figure("One writer", "mutating calls judged over ten killed leaders", judged);
}

#[tokio::test]
#[ignore = "takes minutes: make torture"]
async fn a_leader_without_an_api_server_stops_before_its_lease_ends_though_aws_answers() {
    for reach in [Reach::Silent, Reach::Refused] {
        let mut fleet = Fleet::start(&[], &[]).await;
        let proxy = Proxy::start(&fleet.world.lab).await;
        fleet.launch_behind("abel", &proxy);
        fleet.leads("abel", LEASE).await;
        fleet.launch("bert");
        // Calls that go on for long: AWS is slow, and there is much to do.
        let late = Effect::Slow(Slow { min_ms: 200, max_ms: 400 });
        fleet.world.aws().weather().set(1, vec![Rule::all(late)]);
        let place = fleet.world.class("parted", |_| ()).await;
        for name in ["orders", "users", "items"] {
            place.service(name, |service| routes(service, 6)).await;
        }
        fleet.first_write("abel", 0).await;
        let parted = Timestamp::now();
        proxy.reach(reach);
        let status = fleet.ended("abel").await;
        let ended = Timestamp::now().duration_since(parted).unsigned_abs();
        assert!(!status.success(), "{status}");
        let Timings { lease, renew_deadline, .. } = Timings::default();
        assert!(ended < lease, "{ended:?}");
        fleet.leads("bert", LEASE).await;
        for name in ["orders", "users", "items"] {
            place.ready(name).await;
        }
        fleet.one_writer(|_| Some(LEASE.to_owned())).await;
        let last = fleet.writes_of("abel", 0).last().map(|call| fleet.wall(call));
        let last = last.expect("it wrote").duration_since(parted);
        assert!(last.unsigned_abs() <= renew_deadline + Duration::from_secs(2), "{last:?}");
        let what = format!("API server away ({reach:?}): until the leader ended");
        figure("One writer", &what, seconds(ended));
    }
}

#[tokio::test]
#[ignore = "takes minutes: make torture"]
async fn a_leader_asked_to_stop_keeps_its_lease_until_its_last_call_has_ended() {
    let mut fleet = Fleet::start(&["abel", "bert"], &[]).await;
    let hang = Effect::Hang(Hang { seconds: 3600.0, committed: false });
    fleet.world.aws().weather().set(0, vec![Rule::of("apigatewayv2", "CreateApi", hang).times(1)]);
    let place = fleet.world.class("stopped", |_| ()).await;
    place.service("orders", |_| ()).await;
    let hung = until("a call hangs", || async {
        let calls = fleet.writes_of("abel", 0);
        let hung = calls.iter().find(|call| !call.outcome.delivered);
        hung.map(|call| fleet.wall(call)).ok_or_else(|| format!("{} calls", calls.len()))
    })
    .await;
    fleet.process("abel").terminate();
    let asked = Timestamp::now();
    let status = fleet.ended("abel").await;
    assert!(status.success(), "{status}");
    fleet.leads("bert", LEASE).await;
    fleet.tenures.caught_up().await;
    let released = fleet.tenures.released(LEASE, asked).expect("it was given back");
    let held = released.duration_since(hung).unsigned_abs();
    assert!(held >= ATTEMPT - Duration::from_millis(500) && held <= ATTEMPT * 2, "{held:?}");
    let first = fleet.first_write("bert", 0).await;
    assert!(first > released, "{first} {released}");
    place.ready("orders").await;
    fleet.one_writer(|_| Some(LEASE.to_owned())).await;
    let apis = stock::region(fleet.world.aws(), |region| region.apigatewayv2.apis.len());
    assert_eq!(apis, 1);
    figure("One writer", "asked to stop while a call hangs: lease kept for", seconds(held));
}

/// Its times are another machine's wall clock, which may be wrong.
#[tokio::test]
async fn a_lease_is_judged_by_what_is_seen_of_it_whatever_time_it_says() {
    let client = client().await;
    let namespace = namespace(&client, "clocks").await;
    let leases: Api<Lease> = Api::namespaced(client.clone(), &namespace);
    let timings = Timings {
        lease: Duration::from_secs(2),
        renew_deadline: Duration::from_secs(1),
        retry: Duration::from_millis(200),
    };
    let hour = Duration::from_secs(3600);
    let stop = CancellationToken::new();
    let take = async |name: &str, renewed: Timestamp| {
        let lease = json!({"metadata": {"name": name}, "spec": {"holderIdentity": "another",
            "leaseDurationSeconds": 2, "acquireTime": MicroTime(renewed), "renewTime": MicroTime(renewed)}});
        let lease: Lease = serde_json::from_value(lease).unwrap();
        leases.create(&PostParams::default(), &lease).await.unwrap();
        let candidate = Candidate::new(client.clone(), &namespace, name, "me", timings);
        let (end, lease_end) = watch::channel(None);
        let start = Instant::now();
        candidate.acquire(&end, &stop).await.expect("the lease");
        assert!(lease_end.borrow().is_some_and(|end| end <= Instant::now() + timings.lease));
        start.elapsed()
    };
    let now = Timestamp::now();
    let (ahead, behind) = tokio::join!(take("ahead", now + hour), take("behind", now - hour));
    for took in [ahead, behind] {
        assert!(took >= timings.lease, "{took:?}");
    }
}

fn seconds(d: Duration) -> String {
    format!("{:.1} s", d.as_secs_f64())
}

fn route(name: &str) -> Value {
    json!({"name": name, "path": format!("/orders/{name}"), "methods": ["GET"], "anonymous": true})
}

fn routes(service: &mut Value, count: usize) {
    let name = service["metadata"]["name"].as_str().expect("a name").to_owned();
    let more = (0..count).map(|i| {
        json!({"name": format!("r{i}"), "path": format!("/{name}/r{i}"), "methods": ["GET"], "anonymous": true})
    });
    service["spec"]["routes"].as_array_mut().expect("routes").extend(more);
}

async fn add_route(place: &Place, service: &mut Value, name: &str) {
    service["spec"]["routes"].as_array_mut().expect("routes").push(route(name));
    place.apply_service(service).await;
}
