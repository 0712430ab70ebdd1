//! The fold as a whole: its rules one by one, and its invariants over random classes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::fold::*;
use super::quota::Quota;
use crate::model::{NsName, Slot, Time};
use crate::validate::RouteKey;

const POOL: Pool = Pool { first_port: 10_000, last_port: 10_049, load_balancers: 1 };
const NOW: Time = Time(1_000_000_000);

fn key(text: &str) -> RouteKey {
    text.parse().unwrap()
}

fn need(namespace: &str, name: &str, created: u64, routes: &[&str]) -> Need {
    Need {
        service: NsName::new(namespace, name),
        created: Time(created),
        deleting: false,
        routes: routes.iter().map(|text| (key(text), Slot::from("30s"))).collect(),
        ports: BTreeSet::from([3000]),
    }
}

/// The world after everything that `fold` gives has been made.
fn made(fold: &Fold) -> Past {
    let places = fold.places.iter().filter_map(|(service, place)| match place {
        Place::At(spot) => Some((service.clone(), *spot)),
        Place::Full { .. } => None,
    });
    Past {
        places: places.collect(),
        released: BTreeMap::new(),
        integrations: fold.routes.values().map(|h| (h.service.clone(), h.integration.clone())).collect(),
        routes: fold.routes.clone(),
        ports: fold.ports.clone(),
        nlbs: fold.nlbs,
    }
}

fn at(nlb: u8, port: u16) -> Option<Place> {
    Some(Place::At(Spot { nlb, port }))
}

#[test]
fn the_oldest_gets_the_lowest_port_and_everyone_keeps_theirs() {
    let (old, young) = (need("a", "old", 1, &[]), need("a", "young", 2, &[]));
    let alone = fold(&POOL, std::slice::from_ref(&young), &Past::default(), NOW);
    assert_eq!(alone.places.get(&young.service).copied(), at(1, 10_000));
    let both = fold(&POOL, &[old.clone(), young.clone()], &made(&alone), NOW);
    assert_eq!(both.places.get(&young.service).copied(), at(1, 10_000));
    assert_eq!(both.places.get(&old.service).copied(), at(1, 10_001));
    let fresh = fold(&POOL, &[young.clone(), old.clone()], &Past::default(), NOW);
    assert_eq!(fresh.places.get(&old.service).copied(), at(1, 10_000));
}

#[test]
fn a_port_rests_ten_minutes_after_it_was_emptied() {
    let pool = Pool { last_port: 10_000, ..POOL };
    let spot = Spot { nlb: 1, port: 10_000 };
    let released = Time(NOW.0 - 599_000);
    let past = Past { released: BTreeMap::from([(spot, released)]), ..Past::default() };
    let orders = need("shop", "orders", 1, &[]);
    let early = fold(&pool, std::slice::from_ref(&orders), &past, NOW);
    let next = Some(released + PORT_REST);
    let full = Place::Full { quota: Quota::Listeners, limit: 1, next };
    assert_eq!(early.places.get(&orders.service).copied(), Some(full));
    assert_eq!(early.wake, next);
    let later = fold(&pool, std::slice::from_ref(&orders), &past, NOW + Duration::from_secs(1));
    assert_eq!(later.places.get(&orders.service).copied(), at(1, 10_000));
    assert_eq!(later.wake, None);
}

#[test]
fn a_place_stays_taken_until_its_leaving_or_vanished_service_has_left_it() {
    let mut leaving = need("shop", "leaving", 1, &["GET /a"]);
    let gone = need("shop", "gone", 2, &[]);
    let past = made(&fold(&POOL, &[leaving.clone(), gone], &Past::default(), NOW));
    leaving.deleting = true;
    let orders = need("shop", "orders", 3, &[]);
    let fold = fold(&POOL, &[leaving.clone(), orders.clone()], &past, NOW);
    assert_eq!(fold.places.get(&leaving.service).copied(), at(1, 10_000));
    assert_eq!(fold.slice(&leaving.service).routes, BTreeMap::new());
    assert_eq!(fold.places.get(&orders.service).copied(), at(1, 10_002));
}

#[test]
fn of_two_records_of_one_place_the_older_service_is_believed_and_none_outside_the_pool() {
    let (old, young) = (need("a", "old", 1, &[]), need("a", "young", 2, &[]));
    let liar = need("a", "liar", 3, &[]);
    let spot = Spot { nlb: 1, port: 10_007 };
    let outside = Spot { nlb: 1, port: 443 };
    let past = Past {
        places: BTreeMap::from([
            (old.service.clone(), spot),
            (young.service.clone(), spot),
            (liar.service.clone(), outside),
        ]),
        ..Past::default()
    };
    let fold = fold(&POOL, &[young.clone(), old.clone(), liar.clone()], &past, NOW);
    assert_eq!(fold.places.get(&old.service).copied(), at(1, 10_007));
    assert_eq!(fold.places.get(&young.service).copied(), at(1, 10_000));
    assert_eq!(fold.places.get(&liar.service).copied(), at(1, 10_001));
}

#[test]
fn the_51st_service_has_no_place_with_one_load_balancer_and_a_second_one_takes_it() {
    let needs: Vec<Need> = (0..51).map(|i| need("shop", &format!("s{i:02}"), i, &["GET /x"])).collect();
    let one = fold(&POOL, &needs, &Past::default(), NOW);
    let full = Place::Full { quota: Quota::Listeners, limit: 50, next: None };
    assert_eq!(one.places[&needs[50].service], full);
    assert_eq!((one.nlbs, one.used.listeners), (1, 50));
    let pool = Pool { load_balancers: 2, ..POOL };
    let two = fold(&pool, &needs, &made(&one), NOW);
    assert_eq!(two.places.get(&needs[50].service).copied(), at(2, 10_000));
    assert_eq!(two.nlbs, 2);
    let shrunk = fold(&POOL, &needs, &made(&two), NOW);
    assert_eq!(shrunk.places, two.places);
}

#[test]
fn a_route_stays_with_its_holder_then_goes_to_the_oldest_then_by_name() {
    let (a, b, c) = (
        need("shop", "a", 1, &["GET /x"]),
        need("shop", "b", 2, &["GET /x"]),
        need("shop", "c", 2, &["GET /x"]),
    );
    let fresh = fold(&POOL, &[c.clone(), b.clone()], &Past::default(), NOW);
    assert_eq!(fresh.routes[&key("GET /x")].service, b.service);
    let held = fold(&POOL, &[a.clone(), b.clone(), c.clone()], &made(&fresh), NOW);
    assert_eq!(held.routes[&key("GET /x")].service, b.service);
    let conflict = Refusal::Conflict { with: b.service.clone(), created: Time(2), key: key("GET /x") };
    assert_eq!(held.slice(&a.service).refused, BTreeMap::from([(key("GET /x"), conflict)]));

    let leaving = Need { deleting: true, ..b };
    let passed_on = fold(&POOL, &[a.clone(), leaving, c], &made(&fresh), NOW);
    assert_eq!(passed_on.routes[&key("GET /x")].service, a.service);
}

#[test]
fn across_namespaces_an_overlap_is_a_conflict_and_inside_one_it_is_not() {
    let holder = need("shop", "orders", 1, &["ANY /orders/{proxy+}"]);
    let inside = need("shop", "admin", 2, &["GET /orders/admin"]);
    let outside = need("bank", "admin", 3, &["GET /orders/admin"]);
    let alone = fold(&POOL, &[holder.clone(), outside.clone()], &Past::default(), NOW);
    assert_eq!(alone.slice(&outside.service).routes, BTreeMap::new());
    let refused = &alone.slice(&outside.service).refused[&key("GET /orders/admin")];
    assert!(matches!(refused, Refusal::Conflict { with, key: held, .. }
        if *with == holder.service && *held == key("ANY /orders/{proxy+}")));
    let beside = fold(&POOL, &[holder.clone(), inside.clone()], &Past::default(), NOW);
    assert_eq!(beside.slice(&inside.service).routes.len(), 1);
    let renamed = need("shop", "renamed", 4, &["ANY /orders/{rest+}"]);
    let same = fold(&POOL, &[holder, renamed.clone()], &Past::default(), NOW);
    assert_eq!(same.slice(&renamed.service).routes, BTreeMap::new());
}

#[test]
fn what_a_service_that_is_no_more_left_in_aws_is_given_to_nobody_but_itself() {
    let gone = need("shop", "gone", 1, &["GET /a", "ANY /b/{proxy+}"]);
    let past = made(&fold(&POOL, std::slice::from_ref(&gone), &Past::default(), NOW));
    let same = need("shop", "same", 2, &["GET /a", "GET /b/c"]);
    let over = need("bank", "over", 3, &["GET /b/c"]);
    let without = fold(&POOL, &[same.clone(), over.clone()], &past, NOW);
    assert_eq!(without.places.get(&same.service).copied(), at(1, 10_001), "nor its port");
    let left = |text: &str| Refusal::Left { by: gone.service.clone(), key: key(text) };
    let slice = without.slice(&same.service);
    assert_eq!(slice.refused, BTreeMap::from([(key("GET /a"), left("GET /a"))]));
    assert_eq!(
        slice.routes.keys().collect::<Vec<_>>(),
        [&key("GET /b/c")],
        "an overlap within the namespace"
    );
    let fresh = fold(&POOL, std::slice::from_ref(&over), &past, NOW);
    assert_eq!(fresh.slice(&over.service).refused[&key("GET /b/c")], left("ANY /b/{proxy+}"));
    let back = fold(&POOL, &[same, gone.clone()], &past, NOW);
    assert_eq!(back.slice(&gone.service).routes.len(), 2);
    assert_eq!(back.places.get(&gone.service).copied(), at(1, 10_000));
}

#[test]
fn the_301st_integration_is_refused_and_a_route_that_exists_stays_as_it_was() {
    let owner = NsName::new("shop", "many");
    let mut routes: BTreeMap<RouteKey, Slot> = BTreeMap::new();
    for i in 0..300 {
        routes.insert(key(&format!("GET /{i:03}")), Slot(format!("{}ms", 1000 + i)));
    }
    let mut many = Need { service: owner, routes, ..need("shop", "many", 1, &[]) };
    let full = fold(&POOL, std::slice::from_ref(&many), &Past::default(), NOW);
    assert_eq!((full.used.integrations, full.used.routes), (300, 300));
    assert!(full.refused.is_empty());

    many.routes.insert(key("GET /000"), Slot::from("9s"));
    let late = need("shop", "late", 2, &["GET /999"]);
    let after = fold(&POOL, &[many.clone(), late.clone()], &made(&full), NOW);
    assert_eq!(after.slice(&many.service).routes[&key("GET /000")], Slot::from("1000ms"));
    assert_eq!(after.slice(&many.service).refused[&key("GET /000")], Refusal::Full(Quota::Integrations));
    assert_eq!(after.slice(&late.service).refused[&key("GET /999")], Refusal::Full(Quota::Routes));
    assert_eq!((after.used.integrations, after.used.routes), (300, 300));
}

#[test]
fn the_61st_port_is_refused_to_an_old_service_and_keeps_a_new_one_out() {
    let ports: BTreeSet<u16> = (3000..3059).collect();
    let old = Need { ports: ports.clone(), ..need("shop", "old", 1, &[]) };
    let past = made(&fold(&POOL, std::slice::from_ref(&old), &Past::default(), NOW));
    let grown = Need { ports: ports.into_iter().chain([4000, 4001]).collect(), ..old };
    let new = Need { ports: BTreeSet::from([5000]), ..need("shop", "new", 2, &[]) };
    let fold = fold(&POOL, &[grown.clone(), new.clone()], &past, NOW);
    assert_eq!(fold.ports.len(), 60);
    assert_eq!(fold.slice(&grown.service).refused_ports, BTreeSet::from([4001]));
    let full = Place::Full { quota: Quota::GroupRules, limit: 60, next: None };
    assert_eq!(fold.places.get(&new.service).copied(), Some(full));
}

#[test]
fn ports_of_targets_that_are_still_registered_stay_admitted() {
    let past = Past { ports: BTreeSet::from([8080]), ..Past::default() };
    let fold = fold(&POOL, &[need("shop", "orders", 1, &[])], &past, NOW);
    assert_eq!(fold.ports, BTreeSet::from([3000, 8080]));
}

const KEYS: [&str; 6] = ["GET /a", "ANY /a", "ANY /a/{proxy+}", "GET /a/{id}", "GET /a/{key}", "GET /a/b"];

/// A small class in which everything is scarce: few ports, keys that overlap.
fn needs() -> impl Strategy<Value = Vec<Need>> {
    let routes = subsequence(&KEYS[..], 0..=4).prop_flat_map(|keys| {
        let slots = prop::collection::vec(select(&["5s", "10s"][..]), keys.len());
        (Just(keys), slots)
    });
    let one = (0u64..4, prop::bool::weighted(0.2), routes, subsequence(&[3000u16, 8080][..], 1..=2));
    prop::collection::vec(one, 0..7).prop_map(|list| {
        let named = list.into_iter().enumerate();
        named
            .map(|(i, (created, deleting, (keys, slots), ports))| Need {
                service: NsName::new(["a", "b"][i % 2], format!("s{i}")),
                created: Time(created),
                deleting,
                routes: keys.iter().zip(slots).map(|(k, s)| (key(k), Slot::from(s))).collect(),
                ports: ports.into_iter().collect(),
            })
            .collect()
    })
}

const SMALL: Pool = Pool { first_port: 10_000, last_port: 10_002, load_balancers: 2 };

/// Folds `needs` in an earlier form: someone is missing, nobody is leaving.
fn earlier(needs: &[Need], missing: usize) -> Past {
    let mut before: Vec<Need> = needs.iter().map(|n| Need { deleting: false, ..n.clone() }).collect();
    if !before.is_empty() {
        before.remove(missing % before.len());
    }
    made(&fold(&SMALL, &before, &Past::default(), NOW))
}

fn wins(fold: &Fold) -> BTreeSet<(RouteKey, NsName)> {
    fold.routes.iter().map(|(key, held)| (key.clone(), held.service.clone())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_needs_never_matters(needs in needs(), missing in 0usize..7, seed in any::<prop::sample::Index>()) {
        let past = earlier(&needs, missing);
        let mut shuffled = needs.clone();
        shuffled.reverse();
        if !shuffled.is_empty() {
            let by = seed.index(shuffled.len());
            shuffled.rotate_left(by);
        }
        prop_assert_eq!(fold(&SMALL, &needs, &past, NOW), fold(&SMALL, &shuffled, &past, NOW));
    }

    #[test]
    fn adding_a_service_moves_nobody(needs in needs(), newcomer in 0usize..7) {
        let mut before = needs.clone();
        if !before.is_empty() {
            before.remove(newcomer % needs.len());
        }
        let old = fold(&SMALL, &before, &Past::default(), NOW);
        let new = fold(&SMALL, &needs, &made(&old), NOW);
        for (service, place) in &old.places {
            if let Place::At(_) = place {
                prop_assert_eq!(new.places.get(service), Some(place));
            }
        }
        prop_assert!(wins(&old).is_subset(&wins(&new)));
        prop_assert!(old.ports.is_subset(&new.ports));
    }

    #[test]
    fn no_two_services_share_a_place_and_no_place_of_the_past_is_given_away(needs in needs(), missing in 0usize..7) {
        let past = earlier(&needs, missing);
        let fold = fold(&SMALL, &needs, &past, NOW);
        let mut seen: BTreeMap<Spot, &NsName> = BTreeMap::new();
        for (service, place) in &fold.places {
            if let Place::At(spot) = place {
                prop_assert_eq!(seen.insert(*spot, service), None);
                let holder = past.places.iter().find(|(_, s)| *s == spot).map(|(service, _)| service);
                prop_assert!(holder.is_none_or(|holder| holder == service));
            }
        }
    }

    #[test]
    fn a_route_key_has_one_winner_and_a_loser_never_takes_from_a_holder(needs in needs(), missing in 0usize..7) {
        let past = earlier(&needs, missing);
        let fold = fold(&SMALL, &needs, &past, NOW);
        let winners: Vec<(&RouteKey, &Held)> = fold.routes.iter().collect();
        for (i, (key, held)) in winners.iter().enumerate() {
            for (other, by) in &winners[..i] {
                let apart = held.service.namespace != by.service.namespace;
                prop_assert!(key != other && (!apart || !key.overlaps(other)));
            }
        }
        for (key, held) in &past.routes {
            let holder = needs.iter().find(|n| n.service == held.service && !n.deleting);
            if holder.is_some_and(|n| n.routes.contains_key(key)) {
                prop_assert_eq!(fold.routes.get(key).map(|h| &h.service), Some(&held.service));
            }
        }
    }

    #[test]
    fn every_wish_is_granted_or_refused_with_a_reason(needs in needs(), missing in 0usize..7) {
        let past = earlier(&needs, missing);
        let fold = fold(&SMALL, &needs, &past, NOW);
        for need in &needs {
            let slice = fold.slice(&need.service);
            prop_assert!(slice.place.is_some() || need.deleting);
            let placed = slice.spot().is_some() && !need.deleting;
            for key in need.routes.keys() {
                let answers = (slice.routes.contains_key(key), slice.refused.contains_key(key));
                prop_assert_eq!(answers, (placed && !answers.1, placed && !answers.0));
            }
            prop_assert!(!placed || need.ports.is_subset(&fold.ports));
        }
    }
}
