//! The class's HTTP API.

use super::class::ClassFacts;
use super::keys;
use crate::model::api::Api;
use crate::model::{Body, Ref, ResourceKey, names};

/// The HTTP API.
pub fn api(facts: &ClassFacts) -> (ResourceKey, Body<Ref>) {
    let key = keys::api(&facts.owner);
    let body = Api {
        name: names::name(facts.cluster, &key, &[]),
        description: format!("Gatewayed class {} of cluster {}", facts.owner.class(), facts.cluster),
    };
    (key, Body::Api(body))
}
