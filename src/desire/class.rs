//! The AWS resources of a class: what all its services share.

use std::collections::BTreeSet;

use super::fold::Fold;
use super::{api, load_balancer, security_group, security_group_rule, stage, vpc_link};
use crate::api::class_status::NetworkStatus;
use crate::api::routes::Throttling;
use crate::model::stage::Throttle;
use crate::model::{Owner, Stack};
use crate::validate::ValidClass;

/// What every resource of a class is made from.
pub struct ClassFacts<'a> {
    /// The class.
    pub owner: Owner,
    /// The cluster id.
    pub cluster: &'a str,
    /// The VPC.
    pub vpc: &'a str,
    /// Ids of the subnets, one a zone.
    pub subnets: BTreeSet<String>,
    /// The group that pods' network interfaces carry.
    pub pods_group: &'a str,
}

/// Everything that class `valid` needs, given what its services need of it. `network` is what status
/// records: latched, whatever the spec selects by now. A class that is being deleted and has no
/// services left needs [`Stack::default`].
pub fn class(valid: &ValidClass, network: &NetworkStatus, fold: &Fold, cluster: &str) -> Stack {
    let facts = ClassFacts {
        owner: Owner::Class(valid.name.clone()),
        cluster,
        vpc: &network.vpc,
        subnets: network.subnets.iter().map(|s| s.id.clone()).collect(),
        pods_group: &valid.pod_security_group,
    };
    let listeners = (valid.pool.first_port, valid.pool.last_port);
    let mut resources = Vec::from(security_group::groups(&facts));
    resources.extend(security_group_rule::chain(&facts, listeners, &fold.ports));
    resources.extend((1..=fold.nlbs).map(|n| load_balancer::load_balancer(&facts, n, valid.pool.cross_zone)));
    resources.push(vpc_link::vpc_link(&facts));
    resources.push(api::api(&facts));
    resources.push(stage::stage(&facts, &valid.stage, throttle(valid.default_throttling)));
    Stack(resources.into_iter().collect())
}

/// In the form that AWS has it.
pub(super) fn throttle(throttling: Throttling) -> Throttle {
    Throttle { rate: throttling.rate.into(), burst: throttling.burst }
}
