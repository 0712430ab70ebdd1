//! Routes: their grammar, their grants, their limits.

use std::collections::BTreeMap;

use super::access::{self, Reach};
use super::route_key::{NotARoute, Segment, parse_path};
use super::violation::Found;
use super::{Namespace, RouteKey, ValidClass, ValidGrant, ValidRoute, bounds};
use crate::api::Reason;
use crate::api::routes::{Method, Route};
use std::time::Duration;

/// For an answer of the app, unless the route says less: the most that API Gateway waits.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// Every route that can be read; what is wrong goes to `found`.
pub fn routes(
    found: &mut Found,
    routes: &[Route],
    class: &ValidClass,
    grants: &[&ValidGrant],
    namespace: &Namespace,
) -> Vec<ValidRoute> {
    bounds::distinct(found, "spec.routes[].name", routes.iter().map(|r| r.name.as_str()));
    let mut valid = Vec::new();
    let mut holders: BTreeMap<RouteKey, &str> = BTreeMap::new();
    for route in routes {
        let field = format!("spec.routes[{}]", route.name);
        limits(found, &field, route, class);
        let timeout = timeout(found, &field, route);
        let (path, keys) = match parse(route) {
            Ok(parsed) => parsed,
            Err(why) => {
                found.add(Reason::InvalidRoute, &field, format!("Route {}: {why}.", route.name));
                continue;
            }
        };
        for key in &keys {
            if let Some(other) = holders.insert(key.clone(), &route.name) {
                let message = format!(
                    "Routes {other} and {} are one route to API Gateway, {key}; names of variables do not tell \
                     routes apart. Merge them, or change a path or method.",
                    route.name
                );
                found.add(Reason::InvalidRoute, &field, message);
            }
        }
        granted(found, &field, route, &path, class, grants, namespace);
        let anonymous = route.anonymous.unwrap_or(false);
        let name = route.name.clone();
        valid.push(ValidRoute { name, keys, anonymous, throttling: route.throttling, timeout });
    }
    valid
}

/// The path as written and the route keys that it makes.
fn parse(route: &Route) -> Result<(Vec<Segment>, Vec<RouteKey>), String> {
    let methods: Vec<Option<Method>> = match &route.methods {
        None => vec![None],
        Some(list) if list.is_empty() => {
            return Err("methods is empty; name some, or leave methods out for all".to_owned());
        }
        Some(list) => list.iter().copied().map(Some).collect(),
    };
    let text = |e: NotARoute| e.to_string();
    let (path, all) = match (&route.path, &route.prefix) {
        (Some(path), None) => {
            let path = parse_path(path).map_err(text)?;
            (path.clone(), vec![path])
        }
        (None, Some(prefix)) => {
            let path = parse_path(prefix).map_err(text)?;
            // Parsed as text, so that a variable of the name that we add is found too.
            let below = parse_path(&format!("{}/{{proxy+}}", prefix.trim_end_matches('/'))).map_err(text)?;
            (path.clone(), vec![path, below])
        }
        _ => return Err("exactly one of path and prefix is needed".to_owned()),
    };
    let keys = all.iter().flat_map(|p| methods.iter().map(|m| RouteKey::new(*m, p.clone()))).collect();
    Ok((path, keys))
}

/// The class must grant the path, and anonymous access.
fn granted(
    found: &mut Found,
    field: &str,
    route: &Route,
    path: &[Segment],
    class: &ValidClass,
    grants: &[&ValidGrant],
    namespace: &Namespace,
) {
    let (class_name, ns) = (&class.name, &namespace.name);
    let shown = match (&route.path, &route.prefix) {
        (Some(path), _) => path.clone(),
        (None, Some(prefix)) => format!("{}/{{proxy+}}", prefix.trim_end_matches('/')),
        (None, None) => String::new(),
    };
    let paths = access::granted_paths(grants, ns);
    match access::reach(grants, ns, path) {
        Reach::Outside => found.add(
            Reason::PathNotAllowed,
            field,
            format!("Route {shown} is outside the paths that class {class_name} grants namespace {ns}: {paths}."),
        ),
        Reach::Variable(granted) => found.add(
            Reason::PathNotAllowed,
            field,
            format!(
                "Route {shown} has a variable inside {granted}, the path that class {class_name} grants namespace \
                 {ns}; write those segments out."
            ),
        ),
        Reach::Inside { anonymous } if route.anonymous == Some(true) && !anonymous => found.add(
            Reason::AnonymousNotAllowed,
            field,
            format!(
                "Route {shown} is anonymous, which class {class_name} does not grant namespace {ns} there; ask for \
                 anonymous: true in the entry of its spec.access."
            ),
        ),
        Reach::Inside { .. } if route.anonymous != Some(true) => found.add(
            Reason::AuthorizerMissing,
            field,
            format!(
                "Route {shown} says not who may call it, and class {class_name} has no authorizer; write \
                 anonymous: true on route {} to let anyone.",
                route.name
            ),
        ),
        Reach::Inside { .. } => {}
    }
}

fn limits(found: &mut Found, field: &str, route: &Route, class: &ValidClass) {
    let Some(own) = route.throttling else { return };
    let field = format!("{field}.throttling");
    found.check(own.rate >= 1 && own.burst >= 1, &field, "needs a rate and a burst of at least 1");
    for (what, own, most) in
        [("rate", own.rate, class.max_throttling.rate), ("burst", own.burst, class.max_throttling.burst)]
    {
        if own > most {
            let message = format!(
                "Route {} asks for {what} {own}, above the maximum of class {}, {most}; lower \
                 {field}.{what}.",
                route.name, class.name
            );
            found.add(Reason::ThrottlingAboveMaximum, &field, message);
        }
    }
}

fn timeout(found: &mut Found, field: &str, route: &Route) -> Duration {
    let field = format!("{field}.timeout");
    let bounds = (Duration::from_millis(50), DEFAULT_TIMEOUT);
    bounds::duration(found, &field, route.timeout, DEFAULT_TIMEOUT, bounds, Duration::from_millis(1))
}
