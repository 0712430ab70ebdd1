//! List passes: which collections are due, after takeover and for drift. Pure.

use std::time::Duration;

use super::call::Call;
use super::lanes::{Job, Lane};
use crate::model::index::{Collection, Index};
use crate::model::{Id, Kind, Time};

/// The collections to list now, and when the next one is due. Everything is listed once after
/// takeover and again each `interval`: a parent's children as soon as the parent is known as ours.
pub fn due(ix: &Index, interval: Duration, now: Time) -> (Vec<Collection>, Time) {
    let mut due = Vec::new();
    let mut next = now + interval;
    for of in collections(ix) {
        let at = match (ix.listed(&of), ix.list_trouble(&of)) {
            (_, Some(trouble)) => trouble.retry_at.unwrap_or(trouble.last + interval),
            (Some(listed), None) => listed + interval,
            (None, None) => now,
        };
        if at <= now {
            due.push(of);
        } else {
            next = next.min(at);
        }
    }
    (due, next)
}

/// Jobs for a pass over `due`.
pub fn jobs(due: Vec<Collection>) -> Vec<Job> {
    let job = |of| Job { lane: Lane::Drift, never_ready: false, call: Call::list(of) };
    due.into_iter().map(job).collect()
}

/// Every collection that can hold something of ours. A stage's page holds its route settings.
fn collections(ix: &Index) -> Vec<Collection> {
    let mut all = Vec::new();
    for kind in Kind::ALL.into_iter().filter(|k| *k != Kind::RouteSettings) {
        match kind.parent() {
            None => all.push(Collection::region(kind)),
            Some(parent) => {
                let ours = ix.of_kind(parent).filter(|known| known.seen.key.is_some());
                let ids: Vec<Id> = ours.map(|known| known.seen.id.clone()).collect();
                all.extend(ids.iter().map(|id| Collection::under(kind, id)));
            }
        }
    }
    all
}
