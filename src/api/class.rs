//! `GatewayedServiceClass`, the admin's object: where entry paths lie, and with what limits.

use std::collections::BTreeMap;

use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};

use super::access::Grant;
use super::api_settings::ApiSettings;
use super::class_status::ClassStatus;
use super::deletion::DeletionPolicy;
use super::drift::ClassDrift;
use super::load_balancer::ClassLoadBalancer;
use super::network::ClassNetwork;
use super::{rules, schema};

/// Where entry paths lie, and with what limits.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[kube(
    group = "gatewayed.io",
    version = "v1alpha1",
    kind = "GatewayedServiceClass",
    plural = "gatewayedserviceclasses",
    shortname = "gwsc",
    category = "gatewayed",
    doc = "One entry path that services share: HTTP API, VPC link, load balancers, and who may use them.",
    status = "ClassStatus",
    derive = "PartialEq",
    printcolumn(name = "URL", type_ = "string", json_path = ".status.url"),
    printcolumn(name = "Ready", type_ = "string", json_path = r#".status.conditions[?(@.type=="Ready")].status"#),
    printcolumn(name = "Reason", type_ = "string", json_path = r#".status.conditions[?(@.type=="Ready")].reason"#),
    printcolumn(name = "Services", type_ = "integer", json_path = ".status.services"),
    printcolumn(name = "Region", type_ = "string", json_path = ".spec.region"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    validation = Rule::new("self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$') && self.metadata.name.size() <= 63")
        .message("metadata.name must be a DNS label: at most 63 lower-case letters, digits and -, starting with a letter; AWS resources are named after it"),
    validation = Rule::new("!has(self.status) || !has(self.status.network) || !has(oldSelf.spec.account) || (has(self.spec.account) && self.spec.account == oldSelf.spec.account)")
        .message("spec.account cannot change once the network is found; create another class").field_path(".spec.account"),
    validation = Rule::new("!has(self.status) || !has(self.status.network) || self.spec.region == oldSelf.spec.region")
        .message("spec.region cannot change once the network is found; create another class").field_path(".spec.region"),
    validation = Rule::new("!has(self.status) || !has(self.status.network) || self.spec.network.vpc == oldSelf.spec.network.vpc")
        .message("spec.network.vpc cannot change once the network is found; create another class").field_path(".spec.network.vpc"),
)]
pub struct GatewayedServiceClassSpec {
    /// The AWS account that must be in use. Absent: whichever our credentials belong to. Fixed once the
    /// network is found, as are region and VPC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 12))]
    #[x_kube(validation = Rule::new("self.matches('^[0-9]{12}$')")
        .message("account must be 12 digits, in quotes, such as \"123456789012\""))]
    pub account: Option<String>,
    /// The AWS region.
    #[schemars(length(max = 32))]
    #[x_kube(validation = Rule::new("self.matches('^[a-z]{2}(-[a-z]+)+-[0-9]{1,2}$')")
        .message("region must be the code of an AWS region, such as eu-central-1"))]
    pub region: String,
    /// VPC, subnets and the pods' security group.
    pub network: ClassNetwork,
    /// The HTTP API; `{}` takes every default. (An update by server-side apply from a filled object
    /// to `{}` is refused, as API servers make a null of it: then leave one field.)
    pub api: ApiSettings,
    /// The load balancers; `{network: {}}` takes every default, as with `api`.
    pub load_balancer: ClassLoadBalancer,
    /// Who may use the class, and what of it. Absent: no one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub access: Vec<Grant>,
    /// What is done about changes that others make in AWS. Absent: they are put right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drift: Option<ClassDrift>,
    /// Tags on every AWS resource of the class and its services.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "schema::tags")]
    #[x_kube(validation = rules::no_prefix("tags", &["aws:", "gatewayed.io/"]))]
    pub tags: BTreeMap<String, String>,
    /// What becomes of what the class and its services have in AWS when they are deleted. The value at
    /// that moment counts.
    #[serde(default, skip_serializing_if = "DeletionPolicy::is_delete")]
    pub deletion_policy: DeletionPolicy,
}
