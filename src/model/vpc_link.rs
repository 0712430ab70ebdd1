//! VPC links of API Gateway v2.

use std::collections::BTreeSet;

use serde::Serialize;

/// A VPC link. Subnets and groups are immutable in AWS, the name is not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VpcLink<R: Ord> {
    /// Not unique.
    pub name: String,
    /// One a zone.
    pub subnets: BTreeSet<String>,
    /// The groups its network interfaces carry.
    pub security_groups: BTreeSet<R>,
}

impl<R: Ord> VpcLink<R> {
    /// Every reference.
    pub fn refs(&self) -> Vec<&R> {
        self.security_groups.iter().collect()
    }

    /// The same with each reference replaced; `None` if one has no replacement.
    pub fn resolve<S: Ord>(&self, f: &dyn Fn(&R) -> Option<S>) -> Option<VpcLink<S>> {
        let VpcLink { name, subnets, security_groups } = self;
        Some(VpcLink {
            name: name.clone(),
            subnets: subnets.clone(),
            security_groups: security_groups.iter().map(f).collect::<Option<_>>()?,
        })
    }
}
