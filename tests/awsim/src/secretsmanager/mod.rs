//! Secrets Manager: secrets with their versions and staging labels, values, tags, rotation,
//! resource policies, random passwords. State and handlers, no IO.
//!
//! No Lambda function is called. RotateSecret stores its configuration and makes the empty version
//! labelled `AWSPENDING`, as AWS does before it calls the function; what the function would do
//! (PutSecretValue with the version's id, UpdateSecretVersionStage) is the test's to do. A schedule
//! starts no rotation: when its date has passed, it is that of a rotation that has not succeeded.
//!
//! Replication, partners' external secrets and secrets of other accounts are not simulated and
//! refused by name. Resource policies are kept and checked, not evaluated.
//!
//! Sources named here: `BC` is the service model (botocore), `UG` the user guide, `SMQ` its page on
//! quotas, `LSS` the answers of AWS that LocalStack recorded for its tests
//! (localstack/localstack, `tests/aws/services/secretsmanager/test_secretsmanager.snapshot.json`),
//! `MOTO` tests that moto ran on AWS (getmoto/moto, `tests/test_secretsmanager`, `aws_verified`),
//! `TF` the Terraform AWS provider or an issue of it. Where AWS's own words for an error are not
//! known, the words here say what is wrong.

mod batch;
mod content;
mod create;
mod cron;
mod delete;
mod describe;
mod error;
mod filter;
mod find;
mod list;
mod password;
mod policy;
mod rotation;
mod schedule;
mod secret;
mod stage;
pub mod tags;
#[cfg(test)]
mod tests;
mod update;
mod value;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

pub use content::Content;
pub use rotation::Rotation;
pub use schedule::Rules;
pub use secret::{Secret, Version};
pub use tags::{tag, tagged, tags_of};

use crate::clock::SimTime;
use crate::world::{Handler, Region};

/// What exists of this service in one region.
#[derive(Clone, Debug, Default, Serialize)]
pub struct State {
    /// Secrets by name, with those that are scheduled for deletion.
    pub secrets: BTreeMap<String, Secret>,
    /// Names of secrets that are scheduled for deletion, by the moment at which they are gone.
    #[serde(skip)]
    pub deletions: BTreeSet<(SimTime, String)>,
}

impl State {
    /// The whole state, values too, for `GET /_awsim/state`.
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// Removes the secrets whose recovery window has passed. AWS does so some time after (BC,
/// DeleteSecret); here they are gone at the moment itself.
pub fn settle(region: &mut Region, now: SimTime) {
    let state = &mut region.secretsmanager;
    while state.deletions.first().is_some_and(|(at, _)| *at <= now) {
        if let Some((_, name)) = state.deletions.pop_first() {
            state.secrets.remove(&name);
        }
    }
}

/// The handler of an operation that is served.
pub fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "CreateSecret" => create::create,
        "DescribeSecret" => describe::describe,
        "ListSecrets" => list::list_secrets,
        "UpdateSecret" => update::update,
        "DeleteSecret" => delete::delete,
        "RestoreSecret" => delete::restore,
        "GetSecretValue" => value::get,
        "PutSecretValue" => value::put,
        "BatchGetSecretValue" => batch::get,
        "ListSecretVersionIds" => stage::list_versions,
        "UpdateSecretVersionStage" => stage::update,
        "RotateSecret" => rotation::rotate,
        "CancelRotateSecret" => rotation::cancel,
        "TagResource" => tags::tag_resource,
        "UntagResource" => tags::untag_resource,
        "PutResourcePolicy" => policy::put,
        "GetResourcePolicy" => policy::get,
        "DeleteResourcePolicy" => policy::delete,
        "GetRandomPassword" => password::get,
        _ => return None,
    })
}

/// Seconds since the epoch, as handlers give times.
fn seconds(time: SimTime) -> f64 {
    std::time::Duration::from_millis(time.0).as_secs_f64()
}

/// Midnight (UTC) of the day of `time`.
fn midnight(time: SimTime) -> SimTime {
    const DAY: u64 = 24 * 3600 * 1000;
    SimTime(time.0 - time.0 % DAY)
}
