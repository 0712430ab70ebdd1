//! CloudWatch Logs: groups of the standard class with retention and tags, streams, events, and the
//! resource policies that let other services of AWS write. State and handlers, no IO;
//! [`delivery`] is how such a service (API Gateway, with its access logs) writes.
//!
//! Sources named in the tests: `BC` is the service model with its documentation (botocore), `LS` a
//! reply recorded from AWS in localstack's tests (`tests/aws/services/logs/*.snapshot.json`), `CWL`
//! the CloudWatch Logs user guide. Where AWS's own words for an error are not known, the words here
//! say what is wrong.

pub mod delivery;
mod error;
mod event;
pub(crate) mod group;
mod pattern;
mod policy;
mod read;
mod retention;
mod stream;
mod tags;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

pub use event::Event;
pub use group::LogGroup;
pub use policy::ResourcePolicy;
pub use stream::LogStream;
pub use tags::{tag, tagged, tags_of};

use crate::clock::SimTime;
use crate::world::{Handler, Region};

/// What exists of this service in one region.
#[derive(Clone, Debug, Default, Serialize)]
pub struct State {
    /// Log groups by name.
    pub groups: BTreeMap<String, LogGroup>,
    /// Resource policies of the account by name.
    pub policies: BTreeMap<String, ResourcePolicy>,
    /// Events that were ever taken in; the next one's number.
    pub events_taken: u64,
    /// When expired events were last looked for.
    pub swept: SimTime,
}

impl State {
    /// The whole state but for the events themselves, for `GET /_awsim/state`.
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// Passes states on to `now`: events whose retention is long over are gone.
pub fn settle(region: &mut Region, now: SimTime) {
    retention::settle(&mut region.logs, now);
}

/// The handler of an operation that is served.
pub fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "CreateLogGroup" => group::create,
        "DescribeLogGroups" => group::describe,
        "DeleteLogGroup" => group::delete,
        "PutLogGroupDeletionProtection" => group::protect,
        "PutRetentionPolicy" => retention::put,
        "DeleteRetentionPolicy" => retention::delete,
        "CreateLogStream" => stream::create,
        "DescribeLogStreams" => stream::describe,
        "DeleteLogStream" => stream::delete,
        "PutLogEvents" => event::put,
        "GetLogEvents" => read::get,
        "FilterLogEvents" => read::filter,
        "PutResourcePolicy" => policy::put,
        "DescribeResourcePolicies" => policy::describe,
        "DeleteResourcePolicy" => policy::delete,
        "TagResource" => tags::tag_resource,
        "UntagResource" => tags::untag_resource,
        "ListTagsForResource" => tags::list,
        _ => return None,
    })
}
