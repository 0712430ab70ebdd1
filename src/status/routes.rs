//! `RoutesProgrammed`, and each route's state.

use super::service::{Rule, ServiceInput, no_place};
use super::verdict::Verdict;
use super::words;
use crate::api::Reason;
use crate::api::service_status::{RouteState, RouteStatus};
use crate::desire::fold::Refusal;
use crate::desire::{keys, need, owner, wanted_routes};
use crate::model::{Kind, NsName, Slot, Time};
use crate::validate::{RouteKey, ValidRoute, ValidService};

/// What the condition is decided by.
pub const RULES: &[Rule] =
    &[refused, none, no_place, conflict, no_room, undecided, unfolded, ops, programmed];

fn refused(input: &ServiceInput) -> Option<Verdict> {
    input.valid.is_err().then(|| Verdict::quiet("Nothing is decided while the service is not accepted."))
}

fn none(input: &ServiceInput) -> Option<Verdict> {
    let none = input.valid.ok()?.routes.is_empty();
    none.then(|| {
        Verdict::holds(Reason::NoRoutes, "The spec has no routes: nothing is reachable from outside.")
    })
}

/// A route key of ours that another service holds.
struct Lost<'a> {
    key: &'a RouteKey,
    with: &'a NsName,
    /// Since when it exists; `None`: it is in the cluster no more.
    created: Option<Time>,
    held: &'a RouteKey,
}

fn lost<'a>(input: &'a ServiceInput) -> Vec<Lost<'a>> {
    let refused = input.slice.refused.iter();
    refused
        .filter_map(|(key, refusal)| match refusal {
            Refusal::Conflict { with, created, key: held } => {
                Some(Lost { key, with, created: Some(*created), held })
            }
            Refusal::Left { by, key: held } => Some(Lost { key, with: by, created: None, held }),
            Refusal::Full(_) => None,
        })
        .collect()
}

fn conflict(input: &ServiceInput) -> Option<Verdict> {
    let valid = input.valid.ok()?;
    let lost = lost(input);
    let Lost { key, with, created, held } = lost.first()?;
    let holder = match created {
        Some(created) => format!("{with}, which exists since {}", words::time(*created)),
        None => format!("{with}, which is not served by the class any more and left it in AWS"),
    };
    let remedy = match created {
        Some(_) => "remove it there",
        None => "have it removed by `gatewayed sweep --delete`",
    };
    let what = if key == held {
        format!("{key} belongs to {holder}")
    } else {
        format!("{key} overlaps {held} of {holder}")
    };
    let others = match lost.len() - 1 {
        0 => String::new(),
        1 => " (and 1 more conflicts)".to_owned(),
        n => format!(" (and {n} more conflict)"),
    };
    let rest = match wanted_routes(valid).count() - lost.len() {
        0 => "none of its routes is served".to_owned(),
        1 => "the other route is served".to_owned(),
        n => format!("the other {n} routes are served"),
    };
    let message = format!("{what}{others}; {rest}. Choose another path, or {remedy}.");
    Some(Verdict::fails(Reason::RouteConflict, message))
}

fn no_room(input: &ServiceInput) -> Option<Verdict> {
    let mut full = input.slice.refused.iter().filter_map(|(key, refusal)| match refusal {
        Refusal::Full(quota) => Some((key, *quota)),
        Refusal::Conflict { .. } | Refusal::Left { .. } => None,
    });
    let (key, quota) = full.next()?;
    let more = match full.count() {
        0 => String::new(),
        n => format!(" (and {n} more)"),
    };
    let stays = input.slice.routes.contains_key(key);
    let what = if stays { "cannot be changed and is served as it was" } else { "cannot be served" };
    let remedy = if quota.adjustable() {
        "Use fewer routes, or another class."
    } else {
        "Give routes the same timeout, or use another class."
    };
    let message = format!(
        "{key}{more} {what}: class {} uses {limit} of {limit} {} ({}). {remedy}",
        input.valid.ok()?.class.name,
        quota.words(),
        words::quota(quota),
        limit = quota.limit()
    );
    Some(Verdict::fails(Reason::QuotaReached, message))
}

fn undecided(input: &ServiceInput) -> Option<Verdict> {
    input.plan.is_none().then(|| Verdict::quiet("The class is about to give it its place."))
}

/// The class gives what was asked for before the spec changed: it is about to decide anew.
fn unfolded(input: &ServiceInput) -> Option<Verdict> {
    let wanted = need(input.valid.ok()?, Time::default(), false).routes;
    let slice = input.slice;
    let open = |(key, slot): &(&RouteKey, &Slot)| {
        !slice.refused.contains_key(key) && slice.routes.get(key) != Some(slot)
    };
    let (key, _) = wanted.iter().find(open)?;
    Some(Verdict::quiet(format!("The class is about to decide who serves {key}.")))
}

fn ops(input: &ServiceInput) -> Option<Verdict> {
    input.ops()?.of(&[Kind::Integration, Kind::Route, Kind::RouteSettings])
}

fn programmed(input: &ServiceInput) -> Option<Verdict> {
    let keys = wanted_routes(input.valid.ok()?).count();
    let url = input.class.and_then(|class| class.url.clone()).unwrap_or_default();
    let routes = if keys == 1 { "1 route".to_owned() } else { format!("{keys} routes") };
    Some(Verdict::holds(Reason::Programmed, format!("{routes} on {url}.")))
}

/// Each route's state.
pub fn status(input: &ServiceInput, old: &[RouteStatus]) -> Vec<RouteStatus> {
    let Ok(valid) = input.valid else { return old.to_vec() };
    if input.deleting {
        return old.to_vec();
    }
    valid.routes.iter().map(|route| one(input, valid, route, old)).collect()
}

fn one(input: &ServiceInput, valid: &ValidService, route: &ValidRoute, old: &[RouteStatus]) -> RouteStatus {
    let keys: Vec<String> = route.keys.iter().map(ToString::to_string).collect();
    let holder = route.keys.iter().find_map(|key| match input.slice.refused.get(key)? {
        Refusal::Conflict { with, .. } | Refusal::Left { by: with, .. } => Some(with.to_string()),
        Refusal::Full(_) => None,
    });
    let owner = owner(valid);
    let served = |key: &RouteKey| {
        let resource = keys::route(&owner, &key.in_api());
        input.slice.routes.contains_key(key) && input.ops().is_some_and(|ops| ops.exists(&resource))
    };
    // While nothing can be known, what was said of the same keys stands.
    let before = old.iter().find(|o| o.name == route.name && o.keys == keys);
    let state = match (&holder, before) {
        (Some(_), _) => RouteState::Conflict,
        (None, Some(before)) if input.plan.is_none() => before.state,
        (None, _) if route.keys.iter().all(served) => RouteState::Served,
        (None, _) => RouteState::Waiting,
    };
    RouteStatus { name: route.name.clone(), keys, state, conflicts_with: holder }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{served, shown};

    #[test]
    fn a_route_of_a_new_spec_is_not_told_as_served_before_the_class_has_decided_about_it() {
        let mut case = served();
        let (key, _) = case.slice.routes.pop_first().unwrap();
        case.object.metadata.generation = Some(2);
        let status = case.status();
        let message = format!("The class is about to decide who serves {key}.");
        let wanted = format!("RoutesProgrammed=False Progressing: {message}");
        assert_eq!(shown(&status.conditions, "RoutesProgrammed"), wanted);
        assert_eq!(shown(&status.conditions, "Ready"), format!("Ready=False Progressing: {message}"));
    }
}
