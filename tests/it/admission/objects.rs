//! Objects as JSON, valid and small, changed by JSON merge patches, and how the API server answers.

use kube::api::{Api, ApiResource, DynamicObject, Patch, PatchParams};
use kube::{Client, Error};
use serde_json::{Value, json};

use gatewayed::api::{GatewayedService, GatewayedServiceClass};

use super::agreement;

/// A valid service with `patch`.
pub fn service(patch: Value) -> Value {
    let mut object = json!({
        "apiVersion": "gatewayed.io/v1alpha1",
        "kind": "GatewayedService",
        "metadata": {"name": "orders"},
        "spec": {"image": "registry.example.com/shop/orders:1", "port": 3000},
    });
    merge(&mut object, patch);
    object
}

/// A valid class with `patch`.
pub fn class(patch: Value) -> Value {
    let mut object = json!({
        "apiVersion": "gatewayed.io/v1alpha1",
        "kind": "GatewayedServiceClass",
        "metadata": {"name": "public"},
        "spec": {
            "region": "eu-central-1",
            "network": {
                "vpc": {"id": "vpc-0a1"},
                "subnets": {"tags": {"tier": "private"}},
                "pods": {"shared": {"securityGroup": {"id": "sg-0a1"}}},
            },
            "api": {},
            "loadBalancer": {"network": {}},
        },
    });
    merge(&mut object, patch);
    object
}

/// The API for objects of the kind that `object` says, in `namespace` if it is namespaced.
pub fn api(client: &Client, namespace: &str, object: &Value) -> Api<DynamicObject> {
    if object["kind"] == "GatewayedService" {
        Api::namespaced_with(client.clone(), namespace, &ApiResource::erase::<GatewayedService>(&()))
    } else {
        Api::all_with(client.clone(), &ApiResource::erase::<GatewayedServiceClass>(&()))
    }
}

/// Writes `object`, every field checked.
pub async fn apply(client: &Client, namespace: &str, object: &Value) -> Result<DynamicObject, Error> {
    let params = PatchParams::apply("tests").force().validation_strict();
    let name = object["metadata"]["name"].as_str().unwrap();
    api(client, namespace, object).patch(name, &params, &Patch::Apply(object)).await
}

/// Asks for `object` without writing it.
pub async fn dry_run(client: &Client, namespace: &str, object: &Value) -> Result<DynamicObject, Error> {
    let params = PatchParams::apply("tests").force().validation_strict().dry_run();
    let name = object["metadata"]["name"].as_str().unwrap();
    api(client, namespace, object).patch(name, &params, &Patch::Apply(object)).await
}

/// Writes `status` of the object.
pub async fn set_status(
    client: &Client,
    namespace: &str,
    object: &Value,
    status: Value,
) -> Result<(), Error> {
    let name = object["metadata"]["name"].as_str().unwrap();
    let patch = json!({"apiVersion": object["apiVersion"], "kind": object["kind"], "status": status});
    let params = PatchParams::apply("tests/status").force().validation_strict();
    api(client, namespace, object).patch_status(name, &params, &Patch::Apply(&patch)).await.map(|_| ())
}

/// The API server's message; panics if the answer is a success.
pub fn message<T: std::fmt::Debug>(answer: Result<T, Error>) -> String {
    match answer {
        Err(Error::Api(status)) => status.message,
        other => panic!("not refused by the API server: {other:?}"),
    }
}

/// Each object of `table` must be refused with a message that has the text beside it, and if a rule
/// does it, by `validate` too.
pub async fn all_refused(client: &Client, namespace: &str, table: Vec<(Value, &str)>) {
    let mut wrong = Vec::new();
    for (object, text) in table {
        match dry_run(client, namespace, &object).await {
            Err(Error::Api(status)) if status.message.contains(text) => {}
            Err(Error::Api(status)) => {
                wrong.push(format!("{object}\n  said:   {}\n  wanted: {text}", status.message))
            }
            other => wrong.push(format!("{object}\n  got {other:?}\n  wanted: {text}")),
        }
        if agreement::must_agree(text) && agreement::verdict(&object) == Some(Ok(())) {
            wrong.push(format!("{object}\n  is refused with {text:?}, but validate accepts it"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Each object of `list` must be refused for how it differs from what is stored.
pub async fn all_changes_refused(client: &Client, namespace: &str, table: Vec<(Value, &str)>) {
    for (object, text) in table {
        let said = message(dry_run(client, namespace, &object).await);
        assert!(said.contains(text), "{object}\n  said:   {said}\n  wanted: {text}");
    }
}

/// Each object of `list` must be accepted, by `validate` too.
pub async fn all_accepted(client: &Client, namespace: &str, list: Vec<Value>) {
    for object in list {
        if let Err(e) = dry_run(client, namespace, &object).await {
            panic!("{object}\n  {e}");
        }
        assert_eq!(agreement::verdict(&object), Some(Ok(())), "{object}");
    }
}

/// A JSON merge patch (RFC 7396).
pub fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    let fields = target.as_object_mut().unwrap();
    for (name, value) in patch {
        if value.is_null() {
            fields.remove(&name);
        } else {
            merge(fields.entry(name).or_insert(Value::Null), value);
        }
    }
}
