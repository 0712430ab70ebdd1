//! Many services made, changed and deleted while AWS throttles a third of all calls, fails, loses replies
//! and is slow. All are Ready, then all are gone; none waits much longer than the others; what is called
//! in vain is in proportion.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use awsim::weather::Rule;
use awsim::weather::effect::{Effect, Slow};

use super::fleet::{Fleet, Phase};
use crate::support::figures::figure;
use crate::support::operator::{SCALE, World};
use crate::support::stock;

/// The parts of calls that are throttled, fail with a 5xx and lose their reply.
const STORM: [(Effect, f64); 3] =
    [(Effect::Throttle, 0.3), (Effect::ServerError, 0.1), (Effect::LoseReply, 0.02)];
/// Simulated milliseconds that every reply is late.
const LATE: (f64, f64) = (50.0, 500.0);
/// VPC links in a region, of which a class needs one.
const VPC_LINKS: usize = 10;
/// At most so many calls that change AWS for one that is needed. Of a hundred attempts 42 are befallen, so
/// that a call takes 1.7; the rest is for calls that have to be made again because of what befell others:
/// what came of one whose reply was lost, attributes written with a group that was looked up.
const CALLS_FOR_ONE: f64 = 2.6;
/// The slowest is Ready within so many times the median. In a queue served in order it takes twice the
/// median; the rest is for what is refused again and again and pauses for longer each time.
const SLOWEST: f64 = 4.0;

/// The storm's weather on a clock [`SCALE`] times as fast.
pub fn storm() -> Vec<Rule> {
    let real = |simulated: f64| (simulated / SCALE).round() as u64;
    let slow = Effect::Slow(Slow { min_ms: real(LATE.0), max_ms: real(LATE.1) });
    let rules = STORM.iter().map(|(effect, rate)| Rule::all(effect.clone()).rate(*rate));
    rules.chain([Rule::all(slow)]).collect()
}

#[tokio::test]
async fn six_services_in_a_storm_come_and_go_together() {
    let world = World::start(&["--drift-interval", "24h"]).await;
    world.aws().weather().set(11, storm());
    let run = live(&world, "storm", 6, 2, Duration::from_secs(180)).await;
    nothing_is_left(&world);
    run.nobody_starves();
}

#[tokio::test]
#[ignore = "takes minutes: make torture"]
async fn sixty_services_in_a_storm_come_and_go_together() {
    weathered(60, VPC_LINKS, Duration::from_secs(900)).await;
}

#[tokio::test]
#[ignore = "takes minutes: make torture"]
async fn three_hundred_services_in_a_storm_come_and_go_together() {
    weathered(300, VPC_LINKS, Duration::from_secs(1800)).await;
}

/// One run: the services of one class in fair weather, then all of them in the storm.
async fn weathered(services: usize, classes: usize, patience: Duration) {
    let world = World::start(&["--drift-interval", "24h"]).await;
    let calm = live(&world, "calm", services / classes, 1, patience).await;
    world.aws().weather().set(11, storm());
    let run = live(&world, "storm", services, classes, patience).await;
    nothing_is_left(&world);
    run.tell(&calm, services, classes);
    run.nobody_starves();
}

/// What a run came to.
struct Run {
    phases: Vec<(&'static str, Phase, Duration)>,
    /// Calls that changed AWS or tried to, and those that read.
    writes: usize,
    reads: usize,
}

async fn live(world: &World, prefix: &str, services: usize, classes: usize, patience: Duration) -> Run {
    let from = world.aws().recorder().latest();
    let mut fleet = Fleet::start(world, prefix, classes).await;
    let mut phases = Vec::new();
    let mut start = Instant::now();
    let mut lap = || std::mem::replace(&mut start, Instant::now()).elapsed();
    let made = fleet.create(services, patience).await;
    phases.push(("made", made, lap()));
    for place in &fleet.places {
        place.class_ready().await;
        each_thing_once(world, &place.class, services / classes);
    }
    let changed = fleet.change(patience).await;
    phases.push(("changed", changed, lap()));
    let gone = fleet.delete(patience).await;
    phases.push(("deleted", gone, lap()));
    for place in &fleet.places {
        let left = stock::of_class(world.aws(), &place.class);
        assert!(left.is_empty(), "{left:#?}");
    }
    let calls = world.aws().recorder().count_since(from);
    let writes = |operation: &str| {
        let name = operation.split_once(':').map_or(operation, |(_, name)| name);
        awsim::recorder::mutating(name)
    };
    let sum = |wanted: bool| calls.iter().filter(|(o, _)| writes(o) == wanted).map(|(_, n)| n).sum();
    Run { phases, writes: sum(true), reads: sum(false) }
}

/// A class with so many services has what it should have, once.
fn each_thing_once(world: &World, class: &str, services: usize) {
    let things = stock::of_class(world.aws(), class);
    let wanted: BTreeMap<&str, usize> = BTreeMap::from([
        ("HTTP API", 1),
        ("VPC link", 1),
        ("load balancer", 1),
        ("security group", 2),
        ("security group rule", 4),
        ("stage", 1),
        ("integration", services),
        ("listener", services),
        ("route", services),
        ("target group", services),
    ]);
    assert_eq!(stock::count(&things), wanted);
}

/// Nor is there anything without marks.
fn nothing_is_left(world: &World) {
    let left = world.region(|region| {
        let (api, elb) = (&region.apigatewayv2, &region.elbv2);
        let made = [
            ("HTTP APIs", api.apis.len()),
            ("VPC links", api.vpc_links.len()),
            ("load balancers", elb.load_balancers.len()),
            ("target groups", elb.target_groups.len()),
            ("listeners", elb.listeners.len()),
        ];
        made.into_iter().filter(|(_, count)| *count > 0).collect::<Vec<_>>()
    });
    assert!(left.is_empty(), "{left:?}");
}

impl Run {
    fn tell(&self, calm: &Run, services: usize, classes: usize) {
        let of = format!("{services} services in {classes} classes");
        for ((what, phase, took), (_, fair, _)) in self.phases.iter().zip(&calm.phases) {
            let (median, slowest) = (phase.median(), phase.slowest());
            let fair = fair.median();
            let told = format!(
                "median {median:.1} min, slowest {slowest:.1} min simulated ({:.0} s of real time; in fair \
                 weather, one class alone: median {fair:.1} min)",
                took.as_secs_f64()
            );
            figure("Storms", &format!("{of} {what}"), told);
        }
        let needed = (calm.writes * classes) as f64;
        let ratio = self.writes as f64 / needed;
        let told = format!("{} / {needed:.0} = {ratio:.2}", self.writes);
        figure("Storms", &format!("{of}: calls that change AWS, made / needed"), told);
        let reads = format!("{} / {}", self.reads, calm.reads * classes);
        figure("Storms", &format!("{of}: reading calls, made / made in fair weather"), reads);
        assert!(ratio < CALLS_FOR_ONE, "{} calls for {needed}", self.writes);
    }

    /// The slowest waits not much longer than the one in the middle.
    fn nobody_starves(&self) {
        for (what, phase, _) in &self.phases {
            let (median, slowest) = (phase.median(), phase.slowest());
            assert!(slowest < SLOWEST * median + 5.0, "{what}: median {median:.1}, slowest {slowest:.1} min");
        }
    }
}
