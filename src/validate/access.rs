//! What a class grants: which namespaces, which paths, anonymous or not.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement};

use super::route_key::{Segment, path_text};
use super::{Namespace, ValidClass, ValidGrant};

/// The grants of `class` that match `namespace`.
pub fn grants<'a>(class: &'a ValidClass, namespace: &Namespace) -> Vec<&'a ValidGrant> {
    class.access.iter().filter(|g| admits(g, namespace)).collect()
}

fn admits(grant: &ValidGrant, namespace: &Namespace) -> bool {
    grant.names.contains(&namespace.name) || grant.selector.as_ref().is_some_and(|s| selects(s, namespace))
}

/// Whether `selector` matches the namespace's labels, as Kubernetes matches them.
fn selects(selector: &LabelSelector, namespace: &Namespace) -> bool {
    let labels = &namespace.labels;
    let equal = selector.match_labels.iter().flatten().all(|(k, v)| labels.get(k) == Some(v));
    equal && selector.match_expressions.iter().flatten().all(|e| holds(e, namespace))
}

fn holds(e: &LabelSelectorRequirement, namespace: &Namespace) -> bool {
    let label = namespace.labels.get(&e.key);
    let listed = label.is_some_and(|l| e.values.iter().flatten().any(|v| v == l));
    match e.operator.as_str() {
        "In" => listed,
        "NotIn" => !listed,
        "Exists" => label.is_some(),
        "DoesNotExist" => label.is_none(),
        // The CRD knows no other; one that Kubernetes adds later grants nothing.
        _ => false,
    }
}

/// How a path lies to what is granted.
#[derive(Debug, PartialEq, Eq)]
pub enum Reach {
    /// Under a granted path; whether one of those grants anonymous routes.
    Inside {
        /// It does.
        anonymous: bool,
    },
    /// A variable stands where this granted path has text: it could match other services' paths.
    Variable(String),
    /// Under none.
    Outside,
}

/// How `path` of a route in `namespace` lies to `grants`.
pub fn reach(grants: &[&ValidGrant], namespace: &str, path: &[Segment]) -> Reach {
    let mut result = Reach::Outside;
    for grant in grants {
        for granted in &grant.paths {
            let granted = expand(granted, namespace);
            match under(path, &granted) {
                Some(true) => {
                    let before = matches!(result, Reach::Inside { anonymous: true });
                    result = Reach::Inside { anonymous: before || grant.anonymous };
                }
                Some(false) if result == Reach::Outside => result = Reach::Variable(path_text(&granted)),
                _ => {}
            }
        }
    }
    result
}

/// Every path that `grants` give to `namespace`, for a message.
pub fn granted_paths(grants: &[&ValidGrant], namespace: &str) -> String {
    let mut paths: Vec<String> =
        grants.iter().flat_map(|g| &g.paths).map(|p| path_text(&expand(p, namespace))).collect();
    paths.sort();
    paths.dedup();
    paths.join(", ")
}

/// The granted path with `{namespace}` replaced.
fn expand(granted: &[Segment], namespace: &str) -> Vec<Segment> {
    let one = |s: &Segment| match s {
        Segment::Variable(_) => Segment::Static(namespace.to_owned()),
        other => other.clone(),
    };
    granted.iter().map(one).collect()
}

/// `Some(true)`: `path` lies under `granted`, segment by segment. `Some(false)`: it would, were it
/// not for a variable. `None`: it does not.
fn under(path: &[Segment], granted: &[Segment]) -> Option<bool> {
    let mut fixed = true;
    for (i, wanted) in granted.iter().enumerate() {
        match path.get(i)? {
            Segment::Static(_) if path.get(i) == Some(wanted) => {}
            Segment::Static(_) => return None,
            Segment::Variable(_) => fixed = false,
            Segment::Greedy(_) => return Some(false),
        }
    }
    Some(fixed)
}
