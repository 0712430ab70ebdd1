//! The stage of an HTTP API, and the throttling of single routes inside it.

use serde::Serialize;

/// Requests a second and the burst above it. Always both: one alone has made AWS answer 429 to
/// every request.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Throttle {
    /// Requests a second, steady.
    pub rate: f64,
    /// Requests at once.
    pub burst: u32,
}

/// A stage that deploys by itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Stage<R> {
    /// Immutable.
    pub api: R,
    /// `$default` or a name, immutable.
    pub name: String,
    /// Every change is released at once.
    pub auto_deploy: bool,
    /// What holds for a route without settings of its own.
    pub throttle: Throttle,
}

impl<R> Stage<R> {
    /// Every reference.
    pub fn refs(&self) -> Vec<&R> {
        vec![&self.api]
    }

    /// The same with each reference replaced; `None` if one has no replacement.
    pub fn resolve<S>(&self, f: &dyn Fn(&R) -> Option<S>) -> Option<Stage<S>> {
        let Stage { api, name, auto_deploy, throttle } = self;
        Some(Stage {
            api: f(api)?,
            name: name.clone(),
            auto_deploy: *auto_deploy,
            throttle: throttle.clone(),
        })
    }
}

/// One route's entry in its stage's `RouteSettings`. Its id is `api/stage/route key`. It names an existing route, and must
/// go before the route does: a stale entry breaks every later `UpdateStage`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RouteSettings<R> {
    /// The stage that holds the entry.
    pub stage: R,
    /// The route that it is about. Seen: the route with this key, or the id `api/` if there is none.
    pub route: R,
    /// Its route key, `GET /orders/{id}`.
    pub route_key: String,
    /// Its own limits.
    pub throttle: Throttle,
}

impl<R> RouteSettings<R> {
    /// Every reference.
    pub fn refs(&self) -> Vec<&R> {
        vec![&self.stage, &self.route]
    }

    /// The same with each reference replaced; `None` if one has no replacement.
    pub fn resolve<S>(&self, f: &dyn Fn(&R) -> Option<S>) -> Option<RouteSettings<S>> {
        let RouteSettings { stage, route, route_key, throttle } = self;
        Some(RouteSettings {
            stage: f(stage)?,
            route: f(route)?,
            route_key: route_key.clone(),
            throttle: throttle.clone(),
        })
    }
}
