//! Environment variables of the app's container.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use super::rules;

/// An environment variable: `value`, or `valueFrom`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = rules::exactly_one("env[]", &["value", "valueFrom"]))]
pub struct EnvVar {
    /// The variable's name.
    #[schemars(length(min = 1, max = 256), regex(pattern = r"^[-._a-zA-Z][-._a-zA-Z0-9]*$"))]
    pub name: String,
    /// Its value as it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 16384))]
    pub value: Option<String>,
    /// Where its value comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_from: Option<EnvSource>,
}

/// Where a value comes from: exactly one member.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = rules::exactly_one("env[].valueFrom", &["configMapKeyRef", "secretKeyRef", "fieldRef"]))]
pub struct EnvSource {
    /// A key of a ConfigMap in the service's namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_map_key_ref: Option<KeyRef>,
    /// A key of a Secret in the service's namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_key_ref: Option<KeyRef>,
    /// A field of the pod.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field_ref: Option<FieldRef>,
}

/// A key of a ConfigMap or Secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeyRef {
    /// The object's name.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// The key in it.
    #[schemars(length(min = 1, max = 253))]
    pub key: String,
    /// The pod starts without the object or key too. Absent: it waits for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub optional: Option<bool>,
}

/// A field of the pod, as the downward API names it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct FieldRef {
    /// Such as `status.podIP` or `metadata.labels['team']`.
    #[schemars(length(min = 1, max = 400))]
    #[x_kube(validation = Rule::new(FIELD_PATH_RULE).message(FIELD_PATH_MESSAGE))]
    pub field_path: String,
}

/// The fields that Kubernetes offers to environment variables.
pub const FIELD_PATHS: [&str; 9] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];

const FIELD_PATH_RULE: &str = "self in ['metadata.name', 'metadata.namespace', 'metadata.uid', \
    'spec.nodeName', 'spec.serviceAccountName', 'status.hostIP', 'status.hostIPs', 'status.podIP', \
    'status.podIPs'] || self.matches('^metadata[.](labels|annotations)\\\\[\\'[^\\']+\\'\\\\]$')";

/// The message for any other field.
pub const FIELD_PATH_MESSAGE: &str = "env[].valueFrom.fieldRef.fieldPath must be one of metadata.name, \
    metadata.namespace, metadata.uid, spec.nodeName, spec.serviceAccountName, status.hostIP, status.hostIPs, \
    status.podIP, status.podIPs, metadata.labels['key'], metadata.annotations['key']";
