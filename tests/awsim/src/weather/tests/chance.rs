use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{NOW, met};
use crate::weather::{Effect, Preset, Rule, Weather};

const OPERATIONS: [(&str, &str); 4] = [
    ("ec2", "CreateVpc"),
    ("ec2", "DescribeVpcs"),
    ("elbv2", "CreateListener"),
    ("sts", "GetCallerIdentity"),
];

/// What befell the calls of each operation, in their order.
fn history(weather: &Weather, calls: &[usize]) -> BTreeMap<usize, Vec<String>> {
    let mut history: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for call in calls {
        let (service, operation) = OPERATIONS[*call];
        let met = weather.befalls(service, operation, NOW);
        history.entry(*call).or_default().push(format!("{met:?}"));
    }
    history
}

fn storm(seed: u64) -> Weather {
    let weather = Weather::default();
    weather.set(seed, Preset::Storm.rules());
    weather
}

proptest! {
    #[test]
    fn the_same_seed_gives_each_operation_the_same_weather_whatever_is_called_in_between(
        seed: u64,
        calls in prop::collection::vec(0..OPERATIONS.len(), 0..60).prop_flat_map(|calls| {
            (Just(calls.clone()), Just(calls).prop_shuffle())
        }),
    ) {
        let (once, otherwise) = calls;
        prop_assert_eq!(history(&storm(seed), &once), history(&storm(seed), &once));
        prop_assert_eq!(history(&storm(seed), &once), history(&storm(seed), &otherwise));
    }

    #[test]
    fn a_weather_that_is_set_again_begins_again(seed: u64, before in 0..50usize) {
        let weather = storm(seed);
        history(&weather, &vec![0; before]);
        weather.set(seed, Preset::Storm.rules());
        prop_assert_eq!(history(&weather, &[0; 20]), history(&storm(seed), &[0; 20]));
    }
}

#[test]
fn seeds_differ() {
    assert_ne!(history(&storm(1), &[0; 50]), history(&storm(2), &[0; 50]));
}

#[test]
fn a_rate_is_its_share_of_all_calls() {
    let weather = storm(7);
    let mut counts: BTreeMap<Option<&str>, usize> = BTreeMap::new();
    for _ in 0..10_000 {
        *counts.entry(met(&weather, "elbv2", "DescribeRules")).or_default() += 1;
    }
    let of = |name| counts[&name];
    let seen = [of(Some("throttle")), of(Some("server_error")), of(Some("lose_reply")), of(None)];
    assert_eq!(seen, [3055, 1010, 200, 5735]);
}

#[test]
fn what_earlier_rules_left_is_the_most_that_a_rule_gets() {
    let weather = Weather::default();
    weather.set(1, vec![Rule::all(Effect::Throttle).rate(0.5), Rule::all(Effect::Reset)]);
    let seen: Vec<_> = (0..100).map(|_| met(&weather, "sts", "AssumeRole")).collect();
    assert!(seen.iter().all(Option::is_some), "{seen:?}");
    assert!(seen.contains(&Some("throttle")) && seen.contains(&Some("reset")), "{seen:?}");
    weather.set(1, vec![Rule::all(Effect::Throttle).rate(0.0)]);
    assert_eq!((0..100).find_map(|_| met(&weather, "sts", "AssumeRole")), None);
}
