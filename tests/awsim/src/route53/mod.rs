//! Route 53: public and private hosted zones, their record sets, changes on their way to the name
//! servers, health checks (which check nothing), tags. State and handlers, no IO.
//!
//! The service is global: its state lies in [`crate::world::GLOBAL_REGION`], whichever region a
//! call is signed for. ACM asks [`zone::cname_since`] whether a validation record stands.
//!
//! Sources named in the code: `BC` is the service model (botocore 1.44.5) with its documentation,
//! `DG` AWS's Route 53 developer guide; else the issue in which AWS's words were reported. Where
//! they are not known, the words here say what is wrong.

mod alias;
mod association;
mod batch;
pub mod change;
mod delays;
mod error;
pub mod health_check;
mod list;
pub mod name;
pub mod record;
mod record_list;
pub mod tags;
#[cfg(test)]
mod tests;
mod value;
pub mod zone;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

pub use change::Change;
pub use delays::Delays;
pub use health_check::HealthCheck;
pub use record::RecordSet;
pub use tags::{tag, tagged, tags_of};
pub use zone::HostedZone;

use crate::world::Handler;

/// What exists of this service in one account.
#[derive(Clone, Debug, Default, Serialize)]
pub struct State {
    /// `Z…`
    pub zones: BTreeMap<String, HostedZone>,
    /// `C…`, all that were ever made.
    pub changes: BTreeMap<String, Change>,
    /// By UUID.
    pub health_checks: BTreeMap<String, HealthCheck>,
    /// Caller references of health checks that were deleted: they are never accepted again (BC).
    pub spent_references: BTreeSet<String>,
    /// How long things take.
    pub delays: Delays,
}

impl State {
    /// The whole state, for `GET /_awsim/state`.
    pub fn to_json(&self) -> Value {
        let mut state = serde_json::to_value(self).unwrap_or_default();
        // Record sets are kept by a key of three parts, which JSON has not; they know their names.
        for (id, zone) in &self.zones {
            state["zones"][id]["records"] = zone.records.values().map(record::render).collect();
        }
        state
    }
}

/// The handler of an operation that is served.
pub fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "CreateHostedZone" => zone::create,
        "GetHostedZone" => zone::get,
        "DeleteHostedZone" => zone::delete,
        "UpdateHostedZoneComment" => zone::update_comment,
        "GetHostedZoneCount" => zone::count,
        "ListHostedZones" => list::zones,
        "ListHostedZonesByName" => list::by_name,
        "ListHostedZonesByVPC" => list::by_vpc,
        "AssociateVPCWithHostedZone" => association::associate,
        "DisassociateVPCFromHostedZone" => association::disassociate,
        "ChangeResourceRecordSets" => batch::change,
        "ListResourceRecordSets" => record_list::list,
        "GetChange" => change::get,
        "CreateHealthCheck" => health_check::create,
        "GetHealthCheck" => health_check::get,
        "ListHealthChecks" => health_check::list,
        "UpdateHealthCheck" => health_check::update,
        "DeleteHealthCheck" => health_check::delete,
        "ChangeTagsForResource" => tags::change,
        "ListTagsForResource" => tags::list,
        "ListTagsForResources" => tags::list_many,
        _ => return None,
    })
}
