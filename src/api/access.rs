//! What a class grants to namespaces. What no grant allows is refused.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use super::{rules, schema};

/// A grant. Grants add up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Grant {
    /// The grant's name.
    #[schemars(length(min = 1, max = 63))]
    pub name: String,
    /// Which namespaces.
    pub namespaces: Namespaces,
    /// Paths of whole segments that their routes may lie under; a segment may be `{namespace}`.
    /// Absent: `/{namespace}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 16), inner(length(min = 1, max = 256)))]
    #[x_kube(
        merge_strategy = ListMerge::Set,
        validation = Rule::new("self.all(p, p.matches('^/$|^(/([A-Za-z0-9._~:@$!*\\'()+,=-]+|[{]namespace[}]))+$'))")
            .message("access[].paths must be / or whole segments such as /orders or /{namespace}, without a trailing slash or another variable")
    )]
    pub paths: Option<Vec<String>>,
    /// Their routes may be anonymous. Absent: false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anonymous: Option<bool>,
}

/// Namespaces: exactly one member.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = rules::exactly_one("access[].namespaces", &["names", "selector"]))]
pub struct Namespaces {
    /// By name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64), inner(length(min = 1, max = 63)))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub names: Option<Vec<String>>,
    /// By label: trusts whoever may label namespaces. `{}` selects every namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::label_selector")]
    pub selector: Option<LabelSelector>,
}
