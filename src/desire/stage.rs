//! The API's one stage.

use super::class::ClassFacts;
use super::keys;
use crate::model::stage::{Stage, Throttle};
use crate::model::{Body, Ref, ResourceKey};

/// The stage `name`, which releases every change at once; `throttle` holds for a route without
/// limits of its own.
pub fn stage(facts: &ClassFacts, name: &str, throttle: Throttle) -> (ResourceKey, Body<Ref>) {
    let body =
        Stage { api: Ref::To(keys::api(&facts.owner)), name: name.to_owned(), auto_deploy: true, throttle };
    (keys::stage(&facts.owner), Body::Stage(body))
}
