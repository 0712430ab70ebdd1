//! Network load balancers.

use std::collections::BTreeSet;

use serde::Serialize;

/// An internal network load balancer. Security groups are given at creation: AWS refuses to
/// attach the first one later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LoadBalancer<R: Ord> {
    /// Unique in the region, immutable.
    pub name: String,
    /// One a zone.
    pub subnets: BTreeSet<String>,
    /// The groups it carries.
    pub security_groups: BTreeSet<R>,
    /// Attribute `load_balancing.cross_zone.enabled`; in no list page.
    pub cross_zone: Option<bool>,
}

impl<R: Ord> LoadBalancer<R> {
    /// Every reference.
    pub fn refs(&self) -> Vec<&R> {
        self.security_groups.iter().collect()
    }

    /// The same with each reference replaced; `None` if one has no replacement.
    pub fn resolve<S: Ord>(&self, f: &dyn Fn(&R) -> Option<S>) -> Option<LoadBalancer<S>> {
        let LoadBalancer { name, subnets, security_groups, cross_zone } = self;
        Some(LoadBalancer {
            name: name.clone(),
            subnets: subnets.clone(),
            security_groups: security_groups.iter().map(f).collect::<Option<_>>()?,
            cross_zone: *cross_zone,
        })
    }
}
