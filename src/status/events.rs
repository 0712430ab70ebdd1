//! Events: one for a change that people want to know of, none for work that goes on as it should.

use super::verdict::{Weight, weight};
use crate::api::class_status::ClassStatus;
use crate::api::condition::find;
use crate::api::service_status::ServiceStatus;
use crate::api::{Condition, ConditionStatus, ConditionType, Reason};

/// A change to tell of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// A person may have to act.
    pub warning: bool,
    /// In one word.
    pub reason: String,
    /// In a sentence, at most 1 kB.
    pub note: String,
    /// Another note is another event; else events of one reason are counted as one.
    pub each: bool,
}

/// What has changed for a service.
pub fn service_events(old: &ServiceStatus, new: &ServiceStatus) -> Vec<Event> {
    transitions(&ConditionType::SERVICE, &old.conditions, &new.conditions)
}

/// What has changed for a class.
pub fn class_events(old: &ClassStatus, new: &ClassStatus) -> Vec<Event> {
    let mut events = transitions(&ConditionType::CLASS, &old.conditions, &new.conditions);
    if let (Some(old), Some(new)) = (&old.vpc_link, &new.vpc_link)
        && old.id != new.id
    {
        events.push(normal("Replaced", &format!("VPC link {} is replaced by {}.", old.id, new.id)));
    }
    events
}

fn transitions(types: &[ConditionType], old: &[Condition], new: &[Condition]) -> Vec<Event> {
    types.iter().filter_map(|type_| transition(*type_, find(old, *type_), find(new, *type_))).collect()
}

fn transition(type_: ConditionType, old: Option<&Condition>, new: Option<&Condition>) -> Option<Event> {
    let new = new?;
    // Another thing that others did is news.
    let told = |old: &Condition| type_ != ConditionType::Drifted || old.message == new.message;
    let same = |old: &Condition| old.status == new.status && old.reason == new.reason && told(old);
    if old.is_some_and(same) {
        return None;
    }
    match (type_, new.status) {
        // They repeat what a hop says.
        (ConditionType::Reconciling | ConditionType::Stalled, _) => None,
        (ConditionType::Drifted, ConditionStatus::True) => {
            Some(Event { each: true, ..warning(&new.reason, &new.message) })
        }
        (ConditionType::Ready, ConditionStatus::False) if new.reason == Reason::Deleting.as_str() => {
            Some(normal(&new.reason, &new.message))
        }
        (ConditionType::Ready, ConditionStatus::False) if new.reason == Reason::ServicesLeft.as_str() => {
            Some(warning(&new.reason, &new.message))
        }
        (ConditionType::Ready, ConditionStatus::False) => None,
        (_, ConditionStatus::True) => Some(normal(type_.as_str(), &new.message)),
        (_, _) => tell(&new.reason).then(|| warning(&new.reason, &new.message)),
    }
}

/// What keeps a hop from holding is worth an event: someone must act, or something is wrong.
fn tell(reason: &str) -> bool {
    let known = Reason::ALL.into_iter().find(|r| r.as_str() == reason);
    known.is_some_and(|reason| {
        let wrong =
            [Reason::PodsNotReady, Reason::HealthCheckFailing, Reason::AWSUnavailable, Reason::Throttled];
        weight(reason) == Weight::Stuck || wrong.contains(&reason)
    })
}

pub(super) fn normal(reason: &str, note: &str) -> Event {
    Event { warning: false, reason: reason.to_owned(), note: cut(note), each: false }
}

pub(super) fn warning(reason: &str, note: &str) -> Event {
    Event { warning: true, reason: reason.to_owned(), note: cut(note), each: false }
}

/// The API server refuses a note of more than 1 kB.
fn cut(note: &str) -> String {
    const MOST: usize = 1000;
    match note.char_indices().map(|(at, _)| at).take_while(|at| *at <= MOST).last() {
        Some(end) if note.len() > MOST => format!("{}…", &note[..end]),
        _ => note.to_owned(),
    }
}
