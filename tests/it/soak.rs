//! Half an hour and more of what goes on in a cluster of two hundred services: edits, rollouts, deletions, pods
//! that die, AWS in common bad weather. What the operator's process takes is sampled all the while and must not
//! grow; at the end all is as wanted, and after that nothing is left, neither in AWS nor in memory.
//!
//! `GATEWAYED_SOAK` is its length (`30m`); `tests/it/soak/plot.py` draws the CSV that it leaves.

mod measure;
mod town;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use awsim::weather::Rule;
use awsim::weather::effect::{Effect, Slow};

use crate::support::figures::figure;
use crate::support::operator::{World, until};
use crate::support::seed::seeded;
use crate::support::stock;
use measure::{Quarters, Sample};
use town::{CLASSES, SERVICES, Town};

/// Between two samples.
const SAMPLED: Duration = Duration::from_secs(5);
/// Between two edits.
const EDITED: Duration = Duration::from_millis(1000);

/// What may be held when nothing is there: the region's own lists, and security groups of others.
const LEFT: [(&str, f64); 10] = [
    ("classes", 0.0),
    ("services", 0.0),
    ("endpoint_slices", 0.0),
    ("folds", 0.0),
    ("networks", 0.0),
    ("workloads", 0.0),
    ("targets", 0.0),
    ("failures", 0.0),
    ("writes", 0.0),
    ("aws_notes", 30.0),
];

fn length() -> Duration {
    let text = std::env::var("GATEWAYED_SOAK").unwrap_or_else(|_| "30m".to_owned());
    text.parse::<kube::core::Duration>().expect("GATEWAYED_SOAK is a duration such as 30m").into()
}

/// A common bad day.
fn weather(world: &World, seed: u64) {
    let some = |effect, rate| Rule::all(effect).rate(rate);
    let rules = vec![
        some(Effect::Throttle, 0.05),
        some(Effect::ServerError, 0.02),
        some(Effect::LoseReply, 0.005),
        Rule::all(Effect::Slow(Slow { min_ms: 5, max_ms: 50 })),
    ];
    world.aws().weather().set(seed, rules);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: make torture"]
async fn two_hundred_services_live_for_half_an_hour_and_nothing_grows() {
    let (seed, random) = seeded();
    let world = World::start(&["--log", "info", "--drift-interval", "30m"]).await;
    let mut town = Town::found(&world, random).await;
    let first = town.settled(&world).await;
    figure(
        "Soak",
        &format!("{} services in {CLASSES} classes, until all are Ready", CLASSES * SERVICES),
        seconds(first),
    );

    weather(&world, seed);
    let mut watch = Watch::start(&world).await;
    let (length, mut edits) = (length(), 0);
    let mut edit_at = Instant::now();
    while watch.start.elapsed() < length {
        watch.look(&world).await;
        if Instant::now() >= edit_at {
            town.live(&world).await;
            edits += 1;
            // Where one took long, the next ones do not come in a heap.
            edit_at = (edit_at + EDITED).max(Instant::now());
        }
        tokio::time::sleep_until(watch.due.min(edit_at).into()).await;
    }
    let samples = watch.samples;
    let csv = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("soak.csv");
    measure::write(&samples, &csv);
    println!("{} samples are in {}", samples.len(), csv.display());
    world.aws().weather().clear();
    let settled = town.settled(&world).await;
    report(&samples, edits, settled, &town);

    let gone = town.abandon(&world).await;
    figure("Soak", "all deleted at once, until nothing is left", seconds(gone));
    for class in town.classes() {
        let left = stock::of_class(world.aws(), &class);
        assert!(left.is_empty(), "{class} left {left:#?}");
    }
    nothing_is_held(&world).await;
    assert_eq!(Quarters::of(&samples).grown(), [""; 0], "see {}", csv.display());
}

/// The operator's process under watch.
struct Watch {
    process: (u32, SocketAddr),
    start: Instant,
    samples: Vec<Sample>,
    /// When to look next.
    due: Instant,
}

impl Watch {
    async fn start(world: &World) -> Watch {
        let (process, start) = ((world.process_id(), world.address().await), Instant::now());
        Watch { process, start, samples: Vec::new(), due: start }
    }

    /// Looks if it is time. On a busy machine the operator may lose its lease and end, as it must: it is
    /// started again, as its Deployment would, and the watch begins anew.
    async fn look(&mut self, world: &World) {
        if Instant::now() < self.due {
            return;
        }
        self.due += SAMPLED;
        match Sample::take(self.process, self.start).await {
            Some(sample) => self.samples.push(sample),
            None => {
                let log = std::fs::read_to_string(&world.log).expect("a log");
                let last = log.lines().last().unwrap_or_default();
                assert!(last.contains("lost the lease"), "the operator ended: {last}");
                println!("after {:?}: {last}", self.start.elapsed());
                world.restart_if_ended();
                let old = self.process.1;
                until("it listens again", || async {
                    if world.address().await == old { Err("not yet") } else { Ok(()) }.map_err(str::to_owned)
                })
                .await;
                *self = Watch::start(world).await;
            }
        }
    }
}

fn report(samples: &[Sample], edits: usize, settled: Duration, town: &Town) {
    let quarters = Quarters::of(samples);
    let both =
        |(before, after): (f64, f64)| format!("{before:.0} in the second quarter, {after:.0} in the last");
    let length = samples.last().map_or(0.0, |sample| sample.at / 60.0);
    figure("Soak", "length, edits", format!("{length:.0} min, {edits}: {:?}", town.done));
    figure("Soak", "memory (RSS), KiB", both(quarters.medians("rss_kib")));
    figure("Soak", "open files", both(quarters.medians("open_files")));
    figure("Soak", "threads", both(quarters.medians("threads")));
    figure("Soak", "tasks", both(quarters.medians("tasks")));
    figure("Soak", "calls that wait", both(quarters.medians("calls_waiting")));
    figure("Soak", "notes beside the AWS objects known", both(quarters.medians("aws_notes")));
    figure("Soak", "AWS calls an hour", both(quarters.hourly("aws_calls")));
    figure("Soak", "reconciles an hour", both(quarters.hourly("reconciles")));
    let panics = samples.last().map_or(0.0, |sample| sample.of("panics"));
    figure("Soak", "panics", panics);
    assert_eq!(panics, 0.0);
    figure("Soak", "after the last edit, until all are Ready", seconds(settled));
}

/// Waits until the operator's memory holds nothing any more of what is gone.
async fn nothing_is_held(world: &World) {
    let (operator, start) = ((world.process_id(), world.address().await), Instant::now());
    let held = until("nothing is held of what is gone", || async {
        let sample = Sample::take(operator, start).await.ok_or("the operator ended")?;
        let over: Vec<String> = LEFT
            .iter()
            .filter(|(column, most)| sample.of(column) > *most)
            .map(|(column, _)| format!("{column}: {}", sample.of(column)))
            .collect();
        if over.is_empty() { Ok(sample) } else { Err(over.join(", ")) }
    })
    .await;
    figure("Soak", "notes held when nothing is left", held.of("aws_notes"));
}

fn seconds(d: Duration) -> String {
    format!("{:.0} s", d.as_secs_f64())
}
