//! An object that goes without what it has in AWS: its class retains that, or an admin gives it up.

use std::collections::{BTreeMap, BTreeSet};

use kube::ResourceExt;

use super::conditions::Conditions;
use super::errors;
use super::events::Event;
use super::targets::{self, Targets};
use super::verdict::Failure;
use super::words::list;
use crate::api::service_status::ResourceEntry;
use crate::api::{
    ClassStatus, Condition, ConditionType, GatewayedService, GatewayedServiceClass, Reason, ServiceStatus,
    marks,
};
use crate::model::index::Index;
use crate::model::{Kind, Owner, Time};

/// How many things a message names.
const NAMED: usize = 20;

/// What an owner has in AWS, as seen or recorded: kinds and ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Left(BTreeSet<(String, String)>);

impl Left {
    /// What is seen of `owner`.
    pub fn seen(&mut self, index: &Index, owner: &Owner) {
        for key in index.keys(owner) {
            self.0.extend(index.under(&key).map(|known| (key.kind.to_string(), known.seen.id.to_string())));
        }
    }

    /// Both.
    pub fn and(mut self, more: Left) -> Left {
        self.0.extend(more.0);
        self
    }

    /// What a status records.
    pub fn recorded(&mut self, resources: &[ResourceEntry]) {
        let recorded = resources.iter().filter_map(|entry| Some((entry.kind.clone(), entry.id.clone()?)));
        self.0.extend(recorded);
    }

    /// `9 objects (1 target group, 1 listener, 7 routes)`.
    fn count(&self) -> String {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for (kind, _) in &self.0 {
            *counts.entry(words(kind)).or_default() += 1;
        }
        let counts: Vec<String> = counts.iter().map(|(kind, count)| many(*count, kind)).collect();
        match self.0.len() {
            0 => "nothing that is known of".to_owned(),
            all => format!("{} ({})", many(all, "object"), counts.join(", ")),
        }
    }

    /// The first things by kind and id; `whole`: ARNs in full, else what tells them apart.
    fn names(&self, whole: bool) -> String {
        let short = |id: &str| id.rsplit(':').next().unwrap_or(id).to_owned();
        let name = |(kind, id): &(String, String)| {
            format!("{} {}", words(kind), if whole { id.clone() } else { short(id) })
        };
        list(&self.0.iter().map(name).collect::<Vec<_>>(), NAMED)
    }

    /// For the log.
    pub fn log(&self) -> String {
        self.names(true)
    }
}

/// A kind in words; one that this version does not know stays as it is.
fn words(kind: &str) -> &str {
    match kind.parse::<Kind>() {
        Ok(known) => known.words(),
        Err(_) => kind,
    }
}

fn many(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        _ if what.ends_with('y') => format!("{count} {}ies", &what[..what.len() - 1]),
        _ => format!("{count} {what}s"),
    }
}

/// `whose` object goes under `Retain`.
pub fn retained(whose: &str, left: &Left, cluster: &str) -> Event {
    let note = format!(
        "{whose} is deleted and {} of it stay in AWS, marked as its own, since deletionPolicy is Retain. An object of the \
         same name takes them back in a cluster with the id {cluster}; gatewayed sweep lists them until then.",
        left.count()
    );
    super::events::normal(Reason::Retained.as_str(), &note)
}

/// `whose` object goes by annotation.
pub fn given_up(whose: &str, left: &Left) -> Event {
    let note = format!(
        "{whose} is let go as its annotation {} asks. In AWS {} may be left, which gatewayed sweep lists: {}.",
        marks::GIVE_UP,
        left.count(),
        left.names(false)
    );
    super::events::warning(Reason::OwnershipGivenUp.as_str(), &note)
}

/// The object is being deleted, and the annotation [`marks::GIVE_UP`] lets it go.
pub fn is_given_up(object: &impl ResourceExt) -> bool {
    object.meta().deletion_timestamp.is_some()
        && object.annotations().get(marks::GIVE_UP).is_some_and(|value| value == "true")
}

/// The status of a service that goes under `Retain`, while its pods are deregistered.
pub fn retaining_service(object: &GatewayedService, health: Option<&Targets>, now: Time) -> ServiceStatus {
    let old = object.status.clone().unwrap_or_default();
    let refused = health.and_then(|health| health.refused.as_ref());
    let why = match refused {
        Some(error) => errors::of_error(error, "the deregistration of its pods", None, true),
        None => {
            let what =
                "What the service has in AWS stays (deletionPolicy Retain); its pods are deregistered first.";
            Failure::new(Reason::Deleting, what)
        }
    };
    ServiceStatus {
        targets: targets::status(health, old.targets.clone()),
        conditions: conditions(&ConditionType::SERVICE, object, &old.conditions, why, now),
        ..old
    }
}

/// The status of a class that goes under `Retain`, while its last calls end.
pub fn retaining_class(object: &GatewayedServiceClass, now: Time) -> ClassStatus {
    let old = object.status.clone().unwrap_or_default();
    let what = "What the class has in AWS stays (deletionPolicy Retain); calls that are under way end first.";
    let why = Failure::new(Reason::Deleting, what);
    ClassStatus { conditions: conditions(&ConditionType::CLASS, object, &old.conditions, why, now), ..old }
}

/// The hops as they were, and why it is not gone yet.
fn conditions(
    types: &[ConditionType],
    object: &impl ResourceExt,
    old: &[Condition],
    why: Failure,
    now: Time,
) -> Vec<Condition> {
    use ConditionType::{Drifted, Paused, Ready, Reconciling, Stalled};
    let mut conditions = Conditions::new(old, object.meta().generation, now);
    let hops = types.iter().filter(|type_| ![Ready, Reconciling, Stalled, Drifted, Paused].contains(type_));
    hops.for_each(|type_| conditions.keep(*type_));
    conditions.going(why)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(count: usize) -> Left {
        let arn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012";
        let group = (
            "TargetGroup".to_owned(),
            format!("{arn}:targetgroup/gw-shop-orders-abcdefghij/6d0ecf831eec9f09"),
        );
        let routes = (1..count).map(|n| ("Route".to_owned(), format!("a1b2c3/route{n:02}")));
        Left(routes.chain([group]).collect())
    }

    #[test]
    fn what_stays_is_counted_by_kind_and_told_how_it_comes_back() {
        let event = retained("Service shop/orders", &left(3), "prod");
        assert!(!event.warning && event.reason == "Retained");
        assert_eq!(
            event.note,
            "Service shop/orders is deleted and 3 objects (2 routes, 1 target group) of it stay in AWS, marked as its \
             own, since deletionPolicy is Retain. An object of the same name takes them back in a cluster with the id \
             prod; gatewayed sweep lists them until then."
        );
    }

    #[test]
    fn what_is_given_up_is_named_up_to_twenty_things_within_an_event() {
        let event = given_up("Service shop/orders", &left(3));
        assert!(event.warning && event.reason == "OwnershipGivenUp");
        assert!(event.note.ends_with(
            "gatewayed sweep lists: route a1b2c3/route01, route a1b2c3/route02 and target group \
             targetgroup/gw-shop-orders-abcdefghij/6d0ecf831eec9f09."
        ));
        let event = given_up("Service shop/orders", &left(31));
        assert!(
            event.note.len() <= 1024 && event.note.ends_with("route a1b2c3/route20 and 11 more."),
            "{}",
            event.note
        );
        let nothing = given_up("Class public", &Left::default());
        assert!(nothing.note.contains("nothing that is known of may be left"), "{}", nothing.note);
    }
}
