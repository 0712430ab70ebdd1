//! The Resource Groups Tagging API: what has which tags, over all services of a region.
//!
//! Its index lags where [`crate::consistency`] is on. Objects that have lost all their tags stay in it,
//! with an empty list ([`once`]).
//!
//! `BC` is its service model (botocore).

mod index;
pub mod once;
mod read;
mod write;

pub(crate) use index::{Wanted, tags_of};

use crate::fault::Fault;
use crate::world::Handler;

/// The handler of an operation that is served.
pub fn handler(operation: &str) -> Option<Handler> {
    match operation {
        "GetResources" => Some(read::get_resources),
        "GetTagKeys" => Some(read::get_tag_keys),
        "GetTagValues" => Some(read::get_tag_values),
        "TagResources" => Some(write::tag_resources),
        "UntagResources" => Some(write::untag_resources),
        _ => None,
    }
}

/// The API's only code for bad input.
fn invalid(message: impl Into<String>) -> Fault {
    Fault::bad("InvalidParameterException", message)
}
