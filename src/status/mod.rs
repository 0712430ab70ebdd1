//! What people are told: from a validated object (or what is wrong with it), its plan, what AWS and
//! Kubernetes show, and the old status, to the new status and its events. Pure: no IO, no clock.
//!
//! Each condition is a list of rules, functions from the input to a [`Verdict`]; the first answer
//! wins. Equal input gives an equal status, so that nothing is written when nothing changes; noise
//! (a throttle, a race, a short outage) shows only once it has lasted [`NOISE`].

mod class;
mod class_parts;
mod conditions;
mod deleting;
mod drifted;
mod errors;
mod events;
mod leaving;
mod ops;
mod paused;
mod routes;
mod service;
mod service_network;
mod targets;
mod told;
mod verdict;
mod words;
mod workload;

#[cfg(test)]
mod message_tests;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod testing;

use std::time::Duration;

pub use class::{ClassInput, class};
pub use drifted::repairs;
pub use events::{Event, class_events, service_events};
pub use leaving::{Left, given_up, is_given_up, retained, retaining_class, retaining_service};
pub use paused::{is_paused, paused_class, paused_service};
pub use service::{ServiceInput, service};
pub use targets::Targets;
pub use told::Told;
pub use workload::Workload;

use crate::api::condition::find;
use crate::api::service_status::ResourceEntry;
use crate::api::{Condition, ConditionStatus, ConditionType};
use crate::model::index::Trouble;
use crate::model::{Entry, ErrorClass, Time};
use crate::plan::{Act, Plan, Why};

/// How long a trouble that ends by itself stays untold.
pub const NOISE: Duration = Duration::from_secs(60);

/// Whether an object with these conditions has ever become ready and is so still: what has never been
/// ready goes first in the executor's lanes.
pub fn was_ready(conditions: &[Condition]) -> bool {
    find(conditions, ConditionType::Ready).is_some_and(|c| c.status == ConditionStatus::True)
}

/// When the status will say something else although nothing happens: a trouble becomes old enough to
/// be told.
pub fn next(plan: &Plan, now: Time) -> Option<Time> {
    let troubles = plan.ops.iter().filter_map(|op| trouble(&op.act));
    troubles.filter(|t| !told(t, now)).map(|t| t.since + NOISE).min()
}

/// What went wrong with an operation.
fn trouble(act: &Act) -> Option<&Trouble> {
    match act {
        Act::Wait(Why::Trouble(trouble) | Why::Unlisted { trouble: Some(trouble), .. }) => Some(trouble),
        _ => None,
    }
}

/// The trouble is none that ends by itself, or it has lasted.
fn told(trouble: &Trouble, now: Time) -> bool {
    let noise = match trouble.error.class {
        ErrorClass::Throttle
        | ErrorClass::Transient
        | ErrorClass::Race
        | ErrorClass::Exists
        | ErrorClass::Gone => true,
        // Shows early whether something is wrong with us: told at the second failure.
        ErrorClass::Unknown => trouble.attempts < 2,
        ErrorClass::Stranger | ErrorClass::Quota | ErrorClass::Permission | ErrorClass::Spec => false,
    };
    !noise || now.since(trouble.since) >= NOISE
}

/// What status records of a resource, in its own words.
fn resource(entry: &Entry) -> ResourceEntry {
    let Entry { kind, slot, id, hash } = entry;
    ResourceEntry {
        kind: kind.to_string(),
        slot: slot.to_string(),
        id: id.as_ref().map(ToString::to_string),
        hash: hash.as_ref().map(ToString::to_string),
    }
}
