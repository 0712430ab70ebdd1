//! What a class's selectors find in EC2: facts for validation, read when the spec changes and then
//! latched in the class's status.

use std::collections::BTreeMap;

use serde::Serialize;

/// What to look for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkQuery {
    /// The VPC.
    pub vpc: Selector,
    /// The subnets, looked for in every VPC so that a subnet of another one is named as such.
    pub subnets: Selector,
    /// Security groups that the spec names by id.
    pub security_groups: Vec<String>,
}

/// By ids or by tags, exactly one of the two.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Selector {
    /// These ids.
    Ids(Vec<String>),
    /// All of these tags.
    Tags(BTreeMap<String, String>),
}

/// What was found. Ids that do not exist are absent, not an error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkFacts {
    /// The account that our credentials belong to (STS).
    pub account: String,
    /// Every VPC that the selector matches.
    pub vpcs: Vec<Vpc>,
    /// Every subnet that the selector matches, by id.
    pub subnets: Vec<Subnet>,
    /// The groups asked for that exist.
    pub security_groups: Vec<Group>,
}

/// A VPC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Vpc {
    /// `vpc-…`.
    pub id: String,
    /// Its IPv4 ranges.
    pub cidrs: Vec<String>,
}

/// A subnet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Subnet {
    /// `subnet-…`.
    pub id: String,
    /// Its VPC.
    pub vpc: String,
    /// `eu-central-1a`.
    pub zone: String,
    /// `euc1-az2`: the same place in every account.
    pub zone_id: String,
    /// Its IPv4 range.
    pub cidr: String,
}

/// A security group that is not ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// `sg-…`.
    pub id: String,
    /// Its VPC.
    pub vpc: String,
}
