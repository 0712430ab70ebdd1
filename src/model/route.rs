//! Routes of an HTTP API.

use serde::Serialize;

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Authorization {
    /// Anyone.
    None,
    /// Something that we did not set (seen only).
    Other,
}

/// A route. The key could be changed in AWS, but is the route's identity here: immutable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Route<R> {
    /// Immutable.
    pub api: R,
    /// `GET /orders/{id}`; unique in the API, immutable.
    pub route_key: String,
    /// The integration it goes to.
    pub target: R,
    /// Who may call it.
    pub authorization: Authorization,
}

impl<R> Route<R> {
    /// Every reference.
    pub fn refs(&self) -> Vec<&R> {
        vec![&self.api, &self.target]
    }

    /// The same with each reference replaced; `None` if one has no replacement.
    pub fn resolve<S>(&self, f: &dyn Fn(&R) -> Option<S>) -> Option<Route<S>> {
        let Route { api, route_key, target, authorization } = self;
        Some(Route {
            api: f(api)?,
            route_key: route_key.clone(),
            target: f(target)?,
            authorization: *authorization,
        })
    }
}
