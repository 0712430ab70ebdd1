//! Looks now and then for what carries our mark in AWS and belongs to no object in the cluster: counted for
//! the metric, told once in the log, never touched. `gatewayed sweep` deletes it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::context::Context;
use crate::model::orphans::orphans;
use crate::model::{Kind, Owner, Time};

/// Between two looks: only at what is remembered, no call is made.
const EVERY: Duration = Duration::from_secs(60);
/// What has no object for so long is an orphan: lists of AWS may lag, and an object may come back.
const PATIENCE: Duration = Duration::from_secs(600);

/// An owner in a region.
type Whose = (String, Owner);

/// Who was seen without an object, since when, and whether that was told.
#[derive(Debug, Default)]
struct Orphans(BTreeMap<Whose, (Time, bool)>);

impl Orphans {
    /// Takes in who has no object at `now`; returns who is an orphan, and who of them is news.
    fn seen(&mut self, found: BTreeSet<Whose>, now: Time) -> (BTreeSet<Whose>, BTreeSet<Whose>) {
        self.0.retain(|whose, _| found.contains(whose));
        let (mut orphans, mut news) = (BTreeSet::new(), BTreeSet::new());
        for whose in found {
            let (since, told) = self.0.entry(whose.clone()).or_insert((now, false));
            if now.since(*since) >= PATIENCE {
                if !std::mem::replace(told, true) {
                    news.insert(whose.clone());
                }
                orphans.insert(whose);
            }
        }
        (orphans, news)
    }
}

/// Looks for ever.
pub async fn watch(context: &Context) {
    context.ready().await;
    let mut known = Orphans::default();
    loop {
        let now = context.clock.now();
        look(context, &mut known, now);
        context.clock.sleep_until(now + EVERY).await;
    }
}

fn look(context: &Context, known: &mut Orphans, now: Time) {
    let live = context.live();
    let mut found: BTreeMap<Whose, Vec<(Kind, String)>> = BTreeMap::new();
    for (region, executor) in context.regions.named() {
        executor.with_index(|index| {
            let orphans = orphans(index, &live).into_iter();
            for (owner, objects) in orphans.filter(|(owner, _)| context.shard.has(Some(owner.class()))) {
                let things = objects.iter().map(|known| (known.seen.body.kind(), known.seen.id.to_string()));
                found.insert((region.clone(), owner), things.collect());
            }
        });
    }
    let (orphans, news) = known.seen(found.keys().cloned().collect(), now);
    let mut counts: BTreeMap<Kind, usize> = BTreeMap::new();
    for (kind, _) in orphans.iter().filter_map(|whose| found.get(whose)).flatten() {
        *counts.entry(*kind).or_default() += 1;
    }
    for kind in Kind::ALL {
        context.metrics.orphans(context.shard.index, kind.as_str(), counts.get(&kind).copied().unwrap_or(0));
    }
    for whose in news {
        let (region, owner) = &whose;
        let objects = found.get(&whose).map_or(0, Vec::len);
        tracing::warn!(
            %owner,
            region,
            objects,
            "AWS holds objects that carry this cluster's mark and belong to no object in the cluster; they are left \
             alone. Apply the object again, or run gatewayed sweep, which lists them, and deletes them with --delete"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_without_an_object_for_ten_minutes_is_told_once_and_forgotten_when_it_is_back() {
        let whose = |name: &str| ("eu-central-1".to_owned(), Owner::Class(name.to_owned()));
        let set = |names: &[&str]| names.iter().map(|name| whose(name)).collect::<BTreeSet<Whose>>();
        let at = |seconds| Time(0) + Duration::from_secs(seconds);
        let mut orphans = Orphans::default();
        assert_eq!(orphans.seen(set(&["a"]), at(0)), (set(&[]), set(&[])));
        assert_eq!(orphans.seen(set(&["a", "b"]), at(599)), (set(&[]), set(&[])));
        assert_eq!(orphans.seen(set(&["a", "b"]), at(600)), (set(&["a"]), set(&["a"])));
        assert_eq!(orphans.seen(set(&["a", "b"]), at(1200)), (set(&["a", "b"]), set(&["b"])));
        assert_eq!(orphans.seen(set(&["b"]), at(1201)), (set(&["b"]), set(&[])));
        assert_eq!(orphans.seen(set(&["a", "b"]), at(1202)), (set(&["b"]), set(&[])), "counted anew");
    }
}
