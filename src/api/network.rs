//! Where a class's path lies: VPC, subnets, the pods' security group.

use std::collections::BTreeMap;

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use super::{rules, schema};

/// VPC, subnets and the pods' security group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClassNetwork {
    /// The VPC.
    pub vpc: VpcSelector,
    /// Subnets of the VPC link and the load balancer: in two zones or more, one a zone. The ids
    /// found are kept in status; a later change is told, not followed.
    pub subnets: SubnetSelector,
    /// The pods' security groups.
    pub pods: PodNetwork,
}

/// A VPC: exactly one member.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = rules::exactly_one("network.vpc", &["id", "tags"]))]
pub struct VpcSelector {
    /// By id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32), regex(pattern = r"^vpc-[0-9a-f]+$"))]
    pub id: Option<String>,
    /// By tags, all of them: must match exactly one VPC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::tag_selector")]
    pub tags: Option<BTreeMap<String, String>>,
}

/// Subnets: exactly one member.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = rules::exactly_one("network.subnets", &["ids", "tags"]))]
pub struct SubnetSelector {
    /// By id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 2, max = 16), inner(length(max = 32), regex(pattern = r"^subnet-[0-9a-f]+$")))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub ids: Option<Vec<String>>,
    /// By tags, all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::tag_selector")]
    pub tags: Option<BTreeMap<String, String>>,
}

/// The pods' security groups.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct PodNetwork {
    /// All pods share one group, such as the cluster's.
    pub shared: SharedPods,
}

/// One group for all pods.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SharedPods {
    /// The group that the pods' network interfaces carry.
    pub security_group: GroupRef,
}

/// A security group that is not ours; we add rules that admit the load balancer, and only those.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupRef {
    /// Its id.
    #[schemars(length(max = 32), regex(pattern = r"^sg-[0-9a-f]+$"))]
    pub id: String,
}
