//! The demo's two objects, and what their conditions say.

use kube::api::{ApiResource, DynamicObject};
use kube::{Api, Client};
use serde::Deserialize;

use super::error::DemoError;

/// One of the custom resources.
#[derive(Clone, Copy, Debug)]
pub struct Object {
    /// `GatewayedService`.
    pub kind: &'static str,
    /// `gatewayedservices`.
    pub plural: &'static str,
    /// None: of the cluster.
    pub namespace: Option<&'static str>,
    /// Its name.
    pub name: &'static str,
}

/// The class of examples/class.yaml.
pub const CLASS: Object = Object {
    kind: "GatewayedServiceClass",
    plural: "gatewayedserviceclasses",
    namespace: None,
    name: "public",
};
/// The service of examples/orders.yaml.
pub const SERVICE: Object = Object {
    kind: "GatewayedService",
    plural: "gatewayedservices",
    namespace: Some(super::NAMESPACE),
    name: "orders",
};

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// `Ready`.
    #[serde(rename = "type")]
    pub type_: String,
    /// `True`, `False` or `Unknown`.
    pub status: String,
    /// In one word.
    pub reason: String,
    /// In a sentence.
    pub message: String,
    /// Of which generation of the object.
    pub observed_generation: Option<i64>,
}

/// An object as the API server has it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// All of it.
    pub object: DynamicObject,
    /// Its conditions.
    pub conditions: Vec<Condition>,
}

impl Object {
    /// It as it is now; `None` if it does not exist.
    ///
    /// # Errors
    /// If the API server does not answer.
    pub async fn get(self, client: &Client) -> Result<Option<Seen>, DemoError> {
        let resource = ApiResource {
            group: "gatewayed.io".to_owned(),
            version: "v1alpha1".to_owned(),
            api_version: "gatewayed.io/v1alpha1".to_owned(),
            kind: self.kind.to_owned(),
            plural: self.plural.to_owned(),
        };
        let api: Api<DynamicObject> = match self.namespace {
            Some(namespace) => Api::namespaced_with(client.clone(), namespace, &resource),
            None => Api::all_with(client.clone(), &resource),
        };
        let object = api.get_opt(self.name).await.map_err(DemoError::kube("read an object"))?;
        Ok(object.map(Seen::new))
    }

    /// `GatewayedService shop/orders`.
    pub fn words(self) -> String {
        let namespace = self.namespace.map(|n| format!("{n}/")).unwrap_or_default();
        format!("{} {namespace}{}", self.kind, self.name)
    }
}

impl Seen {
    fn new(object: DynamicObject) -> Seen {
        // What does not parse is not there yet.
        let conditions = object.data.pointer("/status/conditions").cloned();
        let conditions = conditions.and_then(|c| serde_json::from_value(c).ok()).unwrap_or_default();
        Seen { object, conditions }
    }

    /// The condition of this type, if it is true of the spec as it stands now.
    pub fn holds(&self, type_: &str) -> Option<&Condition> {
        let present = self.object.metadata.generation;
        let holds =
            |c: &&Condition| c.type_ == type_ && c.status == "True" && c.observed_generation == present;
        self.conditions.iter().find(holds)
    }

    /// `Ready=False WaitingForAWS: …`, for people who wait.
    pub fn ready_words(&self) -> String {
        match self.conditions.iter().find(|c| c.type_ == "Ready") {
            Some(c) => format!("Ready={} {}: {}", c.status, c.reason, c.message),
            None => "it has no status yet".to_owned(),
        }
    }

    /// A text of its content, such as `/status/api`; empty if there is none.
    pub fn text(&self, pointer: &str) -> &str {
        self.object.data.pointer(pointer).and_then(|v| v.as_str()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_condition_of_an_older_generation_does_not_hold() {
        let seen = |generation: i64| {
            let condition = json!({"type": "Ready", "status": "True", "reason": "Ready", "message": "m",
                "observedGeneration": 2, "lastTransitionTime": "2026-01-01T00:00:00Z"});
            Seen::new(
                serde_json::from_value(json!({"metadata": {"name": "orders", "generation": generation},
                    "status": {"conditions": [condition], "api": "a1"}}))
                .unwrap(),
            )
        };
        assert!(seen(2).holds("Ready").is_some());
        assert!(seen(3).holds("Ready").is_none() && seen(2).holds("Accepted").is_none());
        assert_eq!(seen(2).ready_words(), "Ready=True Ready: m");
        assert_eq!((seen(2).text("/status/api"), seen(2).text("/status/url")), ("a1", ""));
    }
}
