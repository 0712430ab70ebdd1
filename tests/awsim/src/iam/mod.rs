//! Who may do what: identity policies, evaluated as AWS does (IAM User Guide; Service Authorization
//! Reference, `SAR` in this folder, where `BC` is a service model (botocore) and `LBC` the AWS load balancer
//! controller).
//!
//! * [`policy`], [`condition`], [`evaluate`]: documents and what they say.
//! * [`action`]: which actions on which resources an operation needs, a file a service.
//! * [`grants`]: who has which policies. Without any, everyone may do everything.
//! * [`denial`]: how each service says no.
//! * [`used`]: what was asked for, for deriving a least policy.
//!
//! When AWS asks is not documented. Here it is after the signature, the throttle and the input's form,
//! and before anything is looked up: a denial does not tell whether the thing exists, and a condition
//! on the tags of what does not exist never matches.

pub mod action;
pub mod condition;
pub mod context;
pub mod denial;
pub mod evaluate;
pub mod grants;
pub mod pattern;
pub mod policy;
pub mod used;

#[cfg(test)]
mod tests;

use serde_json::Value;

use crate::fault::Fault;
use crate::tables::{Operation, Service};
use crate::tagging;
use crate::world::Call;

/// Asks for all that an operation needs, and notes in `call.used` what was asked.
///
/// # Errors
/// The service's denial of the first action that is not allowed.
pub fn authorize(
    service: &Service,
    (name, operation): (&str, &Operation),
    call: &mut Call<'_>,
    input: &Value,
) -> Result<(), Fault> {
    let Call { region, grants, used, .. } = call;
    let asked = action::Asked { service: &service.name, operation: name, table: operation, input, region };
    action::needed(&asked).iter().try_for_each(|need| {
        let tags = || tagging::tags_of(region, need.tagged());
        grants.ask(&service.name, need, &tags, used)
    })
}
