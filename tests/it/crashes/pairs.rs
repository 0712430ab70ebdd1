//! Two crashes, one after the other: the second while the operator still puts right what the first left.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

use super::scenario::{Scenario, Stage};
use crate::support::figures::figure;

const SCENARIOS: [Scenario; 5] =
    [Scenario::Everything, Scenario::Route, Scenario::PodPort, Scenario::Listener, Scenario::VpcLink];

/// `GATEWAYED_PAIRS` pairs, 20 unless it says otherwise, drawn by `GATEWAYED_SEED`, which is printed.
pub async fn pairs() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse().expect("a number"));
    let seed: u64 = number("GATEWAYED_SEED").unwrap_or_else(rand::random);
    let pairs = usize::try_from(number("GATEWAYED_PAIRS").unwrap_or(20)).expect("a number");
    println!("GATEWAYED_SEED={seed}");
    let mut chance = StdRng::seed_from_u64(seed);
    let mut killed = [0; 3];
    for scenario in SCENARIOS {
        let stage = Stage::start(scenario).await;
        let ways = stage.both_ways().await;
        // As often there as back.
        for at in 0..pairs.div_ceil(SCENARIOS.len()).next_multiple_of(2) {
            let (way, plain) = &ways[at % 2];
            let all = plain.boundaries();
            let first = all.choose(&mut chance).expect("a boundary").clone();
            let second = match chance.random_bool(0.5) {
                // The same again: what is made anew is lost anew.
                true => first.next(),
                false => all.choose(&mut chance).expect("a boundary").clone(),
            };
            let run = stage.killed(*way, &[first, second], plain).await;
            killed[run.met] += 1;
        }
        stage.clean_up().await;
    }
    let told = format!("{} twice, {} once, {} never (seed {seed})", killed[2], killed[1], killed[0]);
    figure("Crashes", "Pairs of crashes: runs that were killed", told);
    assert!(killed[2] > 0, "no run was killed twice");
}
