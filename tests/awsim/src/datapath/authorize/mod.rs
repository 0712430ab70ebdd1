//! Who may call a route. In: a request and the route that it goes by. Out: what API Gateway then
//! knows of the caller, as context variables, or its refusal.
//!
//! * [`iam`]: AWS_IAM, a signature.
//! * [`jwt`], [`keys`], [`issuer`]: JWT, a token and the keys that its issuer publishes.
//! * [`function`], [`event`], [`reply`], [`policy`]: CUSTOM, a Lambda function that is asked.
//! * [`source`]: where in a request an authorizer looks.
//! * [`fetch`]: the exchange with an issuer or a function, the only IO.
//! * [`kept`]: keys and answers that are kept for a while.
//!
//! Not looked at: a function's own resource policy, and the role that is to call it.

mod event;
mod fetch;
mod function;
mod iam;
pub mod issuer;
mod jwt;
pub mod kept;
mod keys;
mod reply;
mod source;

use std::collections::BTreeMap;

use super::plan::{self, Asked, Found};
use super::refusal::Refusal;
use super::trace::Trace;
use super::with;
use crate::apigatewayv2::{Authorizer, HttpApi, Route};
use crate::clock::Clock;
use crate::world::{SharedWorld, World};

/// Context variables of the caller, by name: `authorizer.claims.sub`, `identity.userArn`.
pub type Identity = BTreeMap<String, String>;

/// One request that an authorizer decides on.
pub(super) struct Question<'a> {
    world: &'a SharedWorld,
    clock: Clock,
    asked: &'a Asked,
    found: &'a Found,
    route: &'a Route,
    authorizer: &'a Authorizer,
    /// The request's context variables.
    context: BTreeMap<String, String>,
}

/// Lets the request pass or not. A request without a route is a preflight that the API answers.
pub async fn check(
    world: &SharedWorld,
    asked: &Asked,
    found: &Found,
    trace: &mut Trace,
) -> Result<Identity, Refusal> {
    let Some(route) = &found.route else { return Ok(Identity::new()) };
    match route.authorization_type.as_str() {
        "AWS_IAM" => with(world, |w| iam::check(w, asked, found, route)),
        kind @ ("JWT" | "CUSTOM") => {
            let id = route.authorizer_id.as_deref().unwrap_or_default();
            trace.authorizer = Some(id.to_owned());
            let authorizer = found.snapshot.authorizers.get(id).ok_or_else(|| {
                Refusal::internal(format!("'{}': no authorizer '{id}' is deployed", route.route_key))
            })?;
            let context = plan::context(asked, &found.way, &found.stage.stage_name, &route.route_key);
            let clock = with(world, |w| w.clock.clone());
            let question = Question { world, clock, asked, found, route, authorizer, context };
            if kind == "JWT" { jwt::check(&question).await } else { function::check(&question).await }
        }
        _ => Ok(Identity::new()),
    }
}

impl Question<'_> {
    /// Works on the API as it is now; `None` if it is gone.
    fn api<T>(&self, f: impl FnOnce(&mut HttpApi) -> T) -> Option<T> {
        let way = &self.found.way;
        let api = |w: &mut World| {
            let call = w.call(&way.account, &way.region);
            call.region.apigatewayv2.apis.get_mut(&way.api).map(f)
        };
        with(self.world, api)
    }

    /// The value of an identity source.
    fn source(&self, expression: &str) -> Option<String> {
        source::value(expression, self.asked, &self.context, &self.found.stage.stage_variables)
    }
}
