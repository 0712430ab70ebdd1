//! Labels of objects and pods.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

use crate::api::marks;

/// What every object of the service `name` carries.
pub fn own(name: &str) -> BTreeMap<String, String> {
    let mut labels = selector(name);
    labels.insert(marks::APP_NAME.to_owned(), name.to_owned());
    labels.insert(marks::MANAGED_BY.to_owned(), marks::MANAGED_BY_US.to_owned());
    labels
}

/// What selects the pods of the service `name` in its namespace. Never to change: a Deployment's
/// selector is immutable.
pub fn selector(name: &str) -> BTreeMap<String, String> {
    BTreeMap::from([(marks::SERVICE.to_owned(), name.to_owned())])
}

/// The same as a selector object.
pub fn label_selector(name: &str) -> LabelSelector {
    LabelSelector { match_labels: Some(selector(name)), match_expressions: None }
}

/// The same as text, for the scale subresource: `gatewayed.io/service=orders`.
pub fn selector_text(name: &str) -> String {
    format!("{}={name}", marks::SERVICE)
}
