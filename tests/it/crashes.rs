//! The operator is killed just before and just after a call of its own changes AWS, and started again.
//! Whichever call it was, AWS ends as it does without: nothing twice, nothing left, no edit lost, and
//! not many calls more.
//!
//! The two long sweeps run with `make torture` only.

use std::collections::BTreeMap;

use awsim::recorder::Entry;
use awsim::weather::Rule;
use awsim::weather::effect::{Effect, Hang};
use kube::api::DeleteParams;
use serde_json::{Value, json};

use crate::support::figures::figure;
use crate::support::operator::{Place, World, gone, until};
use crate::support::stock;

/// More calls that change AWS than without a crash: those that were under way are looked up and perhaps
/// made again, attributes and targets are written anew.
const MORE_CALLS: usize = 6;

/// What is done while the operator is killed.
#[derive(Clone, Copy, Debug)]
enum Scenario {
    /// A class and a service are made.
    Create,
    /// A service gets a second route, with a throttle of its own.
    Routes,
    /// Service and class are deleted.
    Delete,
}

/// A call that the operator is killed at.
#[derive(Clone, Debug)]
struct Boundary {
    service: String,
    operation: String,
    /// So many calls of the operation come before it.
    skip: u32,
    /// Whether AWS has done it by then.
    committed: bool,
}

/// What a run came to.
struct Run {
    /// How many of each kind there are at its end.
    stock: BTreeMap<&'static str, usize>,
    /// The calls that changed AWS, in their order.
    changes: Vec<Entry>,
}

impl Scenario {
    /// Does it, kills the operator at the boundary, if one is given, starts it again and cleans up. `None`:
    /// the boundary did not come about.
    async fn run(self, world: &World, name: &str, boundary: Option<&Boundary>) -> Option<Run> {
        let place = match self {
            Scenario::Create => None,
            Scenario::Routes | Scenario::Delete => {
                let place = world.class(name, |_| ()).await;
                place.service("app", |_| ()).await;
                place.ready("app").await;
                Some(place)
            }
        };
        let from = world.aws().recorder().latest();
        if let Some(Boundary { service, operation, skip, committed }) = boundary {
            let hang = Effect::Hang(Hang { seconds: 3600.0, committed: *committed });
            world.aws().weather().set(0, vec![Rule::of(service, operation, hang).skip(*skip).times(1)]);
        }
        let place = match place {
            Some(place) => place,
            None => world.class(name, |_| ()).await,
        };
        self.begin(&place).await;
        let mut met = true;
        if boundary.is_some() {
            met = self.met(world, &place).await;
            world.kill();
            world.aws().weather().clear();
            world.launch();
        }
        self.end(&place).await;
        let changed = |call: &Entry| call.number > from && call.mutating() && call.succeeded();
        let run = Run {
            stock: stock::count(&stock::of_class(world.aws(), &place.class)),
            changes: world.aws().recorder().filter(changed),
        };
        if !matches!(self, Scenario::Delete) {
            place.delete_service("app").await;
            place.delete_class().await;
        }
        let left = stock::of_class(world.aws(), &place.class);
        assert!(left.is_empty(), "{self:?} {boundary:?} left {left:#?}");
        met.then_some(run)
    }

    async fn begin(self, place: &Place) {
        match self {
            Scenario::Create => drop(place.service("app", |_| ()).await),
            Scenario::Routes => drop(place.service("app", add_route).await),
            Scenario::Delete => {
                let at_once = DeleteParams::default();
                place.services().delete("app", &at_once).await.expect("deleted");
                place.classes().delete(&place.class, &at_once).await.expect("deleted");
            }
        }
    }

    /// Whether the call came about, or the scenario ended without it.
    async fn met(self, world: &World, place: &Place) -> bool {
        until("the call comes about, or all is done without it", || async {
            if world.aws().weather().rules().is_empty() {
                return Ok(true);
            }
            if self.ended(place).await { Ok(false) } else { Err("neither".to_owned()) }
        })
        .await
    }

    /// Whether there is nothing more to do.
    async fn ended(self, place: &Place) -> bool {
        match self {
            Scenario::Delete => place.classes().get_opt(&place.class).await.expect("an answer").is_none(),
            Scenario::Create | Scenario::Routes => place.is_ready("app").await,
        }
    }

    async fn end(self, place: &Place) {
        match self {
            Scenario::Create | Scenario::Routes => drop(place.ready("app").await),
            Scenario::Delete => {
                gone(&place.services(), "app").await;
                gone(&place.classes(), &place.class).await;
            }
        }
    }
}

fn add_route(service: &mut Value) {
    let two = json!({"name": "two", "path": "/app/two/{id}", "methods": ["GET"], "anonymous": true,
        "throttling": {"rate": 5, "burst": 5}});
    service["spec"]["routes"].as_array_mut().expect("routes").push(two);
}

/// Before and after every call that changed something.
fn boundaries(changes: &[Entry]) -> Vec<Boundary> {
    let mut seen: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    let mut found = Vec::new();
    for call in changes {
        let times = seen.entry((&call.service, &call.operation)).or_default();
        for committed in [false, true] {
            let (service, operation) = (call.service.clone(), call.operation.clone());
            found.push(Boundary { service, operation, skip: *times, committed });
        }
        *times += 1;
    }
    found
}

async fn sweep(scenario: Scenario) {
    let world = World::start(&[]).await;
    let stem = format!("{scenario:?}").to_lowercase();
    let plain = scenario.run(&world, &stem, None).await.expect("nothing came between");
    let boundaries = boundaries(&plain.changes);
    let (mut swept, mut missed, mut most) = (0, 0, 0);
    for boundary in &boundaries {
        let Some(run) = scenario.run(&world, &stem, Some(boundary)).await else {
            missed += 1;
            continue;
        };
        swept += 1;
        assert_eq!(run.stock, plain.stock, "killed at {boundary:?}");
        most = most.max(run.changes.len());
        let bound = plain.changes.len() + MORE_CALLS;
        let made: Vec<&str> = run.changes.iter().map(|call| &*call.operation).collect();
        assert!(
            made.len() <= bound,
            "killed at {boundary:?}: {} calls, {bound} at most: {made:?}",
            made.len()
        );
    }
    let what = format!("{scenario:?}: boundaries swept");
    let all = boundaries.len();
    figure("Crashes", &what, format!("{swept} of {all}, {missed} did not come about again"));
    let (plain, what) = (plain.changes.len(), format!("{scenario:?}: calls that change AWS"));
    figure("Crashes", &what, format!("{plain} without a crash, {most} at most with one"));
    // Calls that depend on who comes first need not come again; most must, or nothing is shown.
    assert!(swept >= missed * 5, "{missed} of {} boundaries did not come about", swept + missed);
}

#[tokio::test]
#[ignore = "takes minutes: make torture"]
async fn a_crash_at_any_call_while_things_are_made_makes_nothing_twice() {
    sweep(Scenario::Create).await;
}

#[tokio::test]
async fn a_crash_at_any_call_while_a_route_is_added_loses_no_edit() {
    sweep(Scenario::Routes).await;
}

#[tokio::test]
#[ignore = "takes minutes: make torture"]
async fn a_crash_at_any_call_while_things_are_deleted_leaves_nothing() {
    sweep(Scenario::Delete).await;
}
