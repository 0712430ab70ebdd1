//! One run of a scenario with kills in it, and all of them, one after the other.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use awsim::recorder::Entry;

use super::boundary::{self, Boundary};
use super::scenario::{Scenario, Stage, Way};
use super::state::State;
use crate::support::figures::figure;
use crate::support::operator::until;
use crate::support::proxy::Seen;

/// More calls that change AWS than without a crash, for each: those that were under way are looked up and
/// perhaps made again, attributes and targets are written anew.
const MORE_CHANGES: usize = 6;
/// More calls of any kind for each crash: everything is listed twice, and what is polled is polled longer.
const MORE_CALLS: usize = 120;
/// What is asked for at the service's URL.
const PATHS: [&str; 2] = ["/app/1", "/app/two/1"];
/// How long nothing is written before all is done, if it is known what is to come of it: longer than a
/// status waits. Of real time.
const IDLE: Duration = Duration::from_millis(700);
/// And if it is not: two simulated minutes, longer than AWS takes for a VPC link.
const LONG_IDLE: Duration = Duration::from_secs(2);
/// What AWS makes twice if it is asked twice.
const TOKEN_LESS: [&str; 3] = ["CreateApi", "CreateVpcLink", "CreateIntegration"];

/// What a run came to.
pub struct Run {
    /// The boundaries that the operator was killed at.
    pub met: usize,
    pub state: State,
    pub calls: Vec<Entry>,
    pub writes: Vec<Seen>,
}

impl Run {
    fn changes(&self) -> impl Iterator<Item = &Entry> {
        self.calls.iter().filter(|call| call.mutating() && call.succeeded())
    }

    fn made(&self) -> BTreeMap<&str, usize> {
        let mut made = BTreeMap::new();
        for call in self.changes().filter(|call| TOKEN_LESS.contains(&&*call.operation)) {
            *made.entry(&*call.operation).or_default() += 1;
        }
        made
    }

    /// Every place at which to kill: before and after whatever changes something, and in a read of each
    /// kind.
    pub fn boundaries(&self) -> Vec<Boundary> {
        let mut all = boundary::of_changes(&self.calls);
        all.extend(boundary::of_writes(&self.writes));
        all.extend(boundary::of_reads(&self.calls));
        all
    }

    /// Made nothing twice that the `plain` run made once, and not many calls more.
    pub fn assert_like(&self, plain: &Run, killed: &[Boundary]) {
        assert_eq!(self.made(), plain.made(), "killed at {killed:?}");
        let changes: Vec<&str> = self.changes().map(|call| &*call.operation).collect();
        let crashes = self.met.max(1);
        let bound = plain.changes().count() + MORE_CHANGES * crashes;
        assert!(changes.len() <= bound, "killed at {killed:?}: {bound} changes at most: {changes:?}");
        let (calls, bound) = (self.calls.len(), plain.calls.len() + MORE_CALLS * crashes);
        assert!(calls <= bound, "killed at {killed:?}: {calls} calls, {bound} at most");
    }
}

impl Stage {
    /// Does and undoes it without a crash, after which all must be as it was.
    pub async fn both_ways(&self) -> [(Way, Run); 2] {
        let start = self.settled(None, None).await;
        let there = self.plain(Way::There, None).await;
        [(Way::There, there), (Way::Back, self.plain(Way::Back, Some(&start)).await)]
    }

    async fn plain(&self, way: Way, wanted: Option<&State>) -> Run {
        let from = (self.world.aws().recorder().latest(), self.world.proxy().latest());
        self.go(way).await;
        let (class, service) = self.leaves(way);
        if service {
            self.place.ready("app").await;
        }
        if class {
            self.place.class_ready().await;
        }
        let state = self.settled(None, wanted.map(|wanted| (wanted, &[][..]))).await;
        self.came_to(from, 0, state)
    }

    /// Does or undoes it, and kills the operator at each of the boundaries in turn, as far as they come
    /// about. It ends when everything is as `plain` left it.
    pub async fn killed(&self, way: Way, boundaries: &[Boundary], plain: &Run) -> Run {
        let from = (self.world.aws().recorder().latest(), self.world.proxy().latest());
        boundaries[0].arm(&self.world);
        self.go(way).await;
        let (mut since, mut met) = (None, 0);
        for (n, boundary) in boundaries.iter().enumerate() {
            let settling = Settling::new(self, since, Some(&plain.state), boundaries);
            let reached = until("the boundary is reached, or all is done without", || async {
                if boundary.is_met(&self.world) { Ok(true) } else { settling.look().await.map(|_| false) }
            });
            if !reached.await {
                break;
            }
            self.world.kill();
            Boundary::disarm(&self.world);
            since = Some(self.world.aws().recorder().latest());
            met += 1;
            if let Some(next) = boundaries.get(n + 1) {
                next.arm(&self.world);
            }
            self.world.launch();
        }
        Boundary::disarm(&self.world);
        let state = self.settled(since, Some((&plain.state, boundaries))).await;
        let run = self.came_to(from, met, state);
        run.assert_like(plain, boundaries);
        run
    }

    pub async fn settled(&self, since: Option<u64>, wanted: Option<(&State, &[Boundary])>) -> State {
        let (wanted, killed) = wanted.unzip();
        let settling = Settling::new(self, since, wanted, killed.unwrap_or_default());
        until("everything is as without a crash", || settling.look()).await
    }

    fn came_to(&self, (calls, writes): (u64, u64), met: usize, state: State) -> Run {
        let (calls, mut writes) = (self.world.calls_since(calls), self.world.proxy().seen_since(writes));
        writes.retain(boundary::is_write);
        Run { met, state, calls, writes }
    }
}

/// Whether everything is done.
struct Settling<'a> {
    stage: &'a Stage,
    /// The last call that AWS got before the operator was started, if it was.
    since: Option<u64>,
    wanted: Option<&'a State>,
    killed: &'a [Boundary],
    /// The last call that changed AWS, the last write to the API server, and since when they are.
    last: Mutex<(u64, u64, Instant)>,
}

impl<'a> Settling<'a> {
    fn new(stage: &'a Stage, since: Option<u64>, wanted: Option<&'a State>, killed: &'a [Boundary]) -> Self {
        Settling { stage, since, wanted, killed, last: Mutex::new((0, 0, Instant::now())) }
    }

    /// What there is, if it is what is wanted and an operator that knows all of AWS has nothing to do.
    async fn look(&self) -> Result<State, String> {
        let Stage { world, place, .. } = self.stage;
        // On a machine that is busy enough it loses its lease.
        world.restart_if_ended();
        if let Some(since) = self.since {
            let lists = world.aws().recorder().filter_since(since, |call| call.operation == "GetApis");
            if lists.len() < 2 {
                return Err("the operator has not listed everything twice since it was started".to_owned());
            }
        }
        let changes = world.aws().recorder().filter(Entry::mutating);
        let change = changes.last().map_or(0, |call| call.number);
        let writes = world.proxy().seen_since(0);
        let write = writes.iter().rfind(|seen| boundary::is_write(seen)).map_or(0, |seen| seen.number);
        {
            let mut last = self.last.lock().unwrap();
            if (last.0, last.1) != (change, write) {
                *last = (change, write, Instant::now());
            }
            if last.2.elapsed() < self.wanted.map_or(LONG_IDLE, |_| IDLE) {
                return Err(format!("something is written still; killed at {:?}", self.killed));
            }
        }
        let state = State::now(world, place, &PATHS).await;
        match self.wanted.and_then(|wanted| state.unlike(wanted)) {
            Some(unlike) => Err(format!("killed at {:?}:\n{unlike}", self.killed)),
            None => Ok(state),
        }
    }
}

/// How a sweep went.
#[derive(Default)]
struct Tally {
    swept: usize,
    missed: usize,
    most_changes: usize,
    most_calls: usize,
}

/// Kills at every boundary of doing and undoing it; of those at the API server only at every `stride`th.
/// For a look at one of them, `GATEWAYED_STRIDE` thins them all out, and `GATEWAYED_BOUNDARY` leaves those
/// whose text, as a failure prints it, holds this.
pub async fn sweep(scenario: Scenario, stride: usize) {
    let begun = Instant::now();
    let stage = Stage::start(scenario).await;
    let ways = stage.both_ways().await;
    let boundaries = ways.each_ref().map(|(_, plain)| thinned(plain.boundaries(), stride));
    let mut tallies = [Tally::default(), Tally::default()];
    for n in 0..boundaries[0].len().max(boundaries[1].len()) {
        for (at, (way, plain)) in ways.iter().enumerate() {
            match boundaries[at].get(n) {
                Some(boundary) => {
                    let run = stage.killed(*way, std::slice::from_ref(boundary), plain).await;
                    tallies[at].add(&run);
                }
                None => {
                    stage.go(*way).await;
                    stage.settled(None, Some((&plain.state, &[]))).await;
                }
            }
        }
    }
    for ((way, plain), tally) in ways.iter().zip(&tallies) {
        tally.tell(&format!("{scenario:?}, {way:?}"), plain);
    }
    figure("Crashes", &format!("{scenario:?}: took"), format!("{:.0} s", begun.elapsed().as_secs_f64()));
    stage.clean_up().await;
}

fn thinned(boundaries: Vec<Boundary>, stride: usize) -> Vec<Boundary> {
    let (kubernetes, mut aws): (Vec<_>, Vec<_>) = boundaries.into_iter().partition(Boundary::is_kubernetes);
    aws.extend(kubernetes.into_iter().step_by(stride));
    let stride = std::env::var("GATEWAYED_STRIDE").map_or(1, |text| text.parse().expect("a number"));
    let text = std::env::var("GATEWAYED_BOUNDARY").unwrap_or_default();
    let chosen = |boundary: &Boundary| format!("{boundary:?}").contains(&text);
    aws.into_iter().filter(chosen).step_by(stride).collect()
}

impl Tally {
    fn add(&mut self, run: &Run) {
        if run.met == 0 {
            self.missed += 1;
            return;
        }
        self.swept += 1;
        self.most_changes = self.most_changes.max(run.changes().count());
        self.most_calls = self.most_calls.max(run.calls.len());
    }

    fn tell(&self, what: &str, plain: &Run) {
        let Tally { swept, missed, most_changes, most_calls } = self;
        let all = swept + missed;
        figure(
            "Crashes",
            &format!("{what}: boundaries"),
            format!("{swept} of {all} swept, {missed} did not come about again"),
        );
        let changes = plain.changes().count();
        figure(
            "Crashes",
            &format!("{what}: calls that change AWS"),
            format!("{changes} without a crash, {most_changes} at most with one"),
        );
        let calls = plain.calls.len();
        figure(
            "Crashes",
            &format!("{what}: calls"),
            format!("{calls} without a crash, {most_calls} at most with one"),
        );
        // How often a status is written depends on who comes first; most must come again, or nothing is
        // shown.
        assert!(all < 10 || *swept >= missed * 2, "{what}: {missed} of {all} boundaries did not come about");
    }
}

impl Stage {
    /// Deletes what is left and sees that nothing stays.
    pub async fn clean_up(&self) {
        let (class, service) = self.leaves(Way::Back);
        if service {
            self.place.delete_service("app").await;
        }
        if class {
            self.place.delete_class().await;
        }
        let left = crate::support::stock::of_class(self.world.aws(), &self.place.class);
        assert!(left.is_empty(), "{left:#?}");
    }
}
