//! A service's routes, and the route keys that its spec's routes stand for.

use super::keys;
use super::service::ServiceFacts;
use crate::model::route::{Authorization, Route};
use crate::model::{Body, Ref, ResourceKey, Slot};

/// The route `route_key` to the integration in `integration`.
pub fn route(facts: &ServiceFacts, route_key: &str, integration: &Slot) -> (ResourceKey, Body<Ref>) {
    let body = Route {
        api: Ref::To(keys::api(&facts.class)),
        route_key: route_key.to_owned(),
        target: Ref::To(keys::integration(&facts.owner, integration)),
        authorization: Authorization::None,
    };
    (keys::route(&facts.owner, route_key), Body::Route(body))
}
