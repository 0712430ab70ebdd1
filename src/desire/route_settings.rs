//! The throttling of single routes, kept in the class's stage by the service that owns the route.

use super::keys;
use super::service::ServiceFacts;
use crate::model::stage::{RouteSettings, Throttle};
use crate::model::{Body, Ref, ResourceKey};

/// The limits of `route_key`.
pub fn route_settings(facts: &ServiceFacts, route_key: &str, throttle: Throttle) -> (ResourceKey, Body<Ref>) {
    let body = RouteSettings {
        stage: Ref::To(keys::stage(&facts.class)),
        route: Ref::To(keys::route(&facts.owner, route_key)),
        route_key: route_key.to_owned(),
        throttle,
    };
    (keys::route_settings(&facts.owner, route_key), Body::RouteSettings(body))
}
