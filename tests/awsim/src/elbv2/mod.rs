//! Elastic Load Balancing v2: application and network load balancers, their listeners and rules,
//! target groups. State and handlers, no IO; [`crate::prober`] performs the health checks, and the
//! data path asks [`data_path`] where a connection to a network load balancer goes.

mod action;
mod arn;
mod association;
mod attributes;
mod certificate;
mod condition;
pub mod data_path;
pub mod delays;
pub mod flow;
mod health_check;
mod kind;
mod limits;
mod listener;
mod load_balancer;
mod name;
mod reply;
mod rule;
mod ssl_policy;
mod subnets;
pub mod tags;
mod target;
mod target_group;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use crate::clock::SimTime;
use crate::world::{Handler, Region};

pub use action::{Action, FixedResponse, Forward, Redirect, What};
pub use condition::Condition;
pub use data_path::{NoTarget, PickedTarget, nodes, pick_target};
pub use delays::Delays;
pub use flow::{Ended, Flow};
pub use health_check::HealthCheck;
pub use kind::Kind;
pub use listener::Listener;
pub use load_balancer::LoadBalancer;
pub use rule::Rule;
pub use subnets::Node;
pub use tags::{tag, tagged, tags_of};
pub use target::{Health, Target};
pub use target_group::TargetGroup;

/// What exists of this service in one region, each kind by its ARN.
#[derive(Clone, Debug, Default, Serialize)]
pub struct State {
    /// How long things take.
    pub delays: Delays,
    /// Load balancers of both kinds.
    pub load_balancers: BTreeMap<String, LoadBalancer>,
    /// Target groups with their targets.
    pub target_groups: BTreeMap<String, TargetGroup>,
    /// Listeners of all load balancers.
    pub listeners: BTreeMap<String, Listener>,
    /// Rules of all listeners, default ones too.
    pub rules: BTreeMap<String, Rule>,
    /// Counts connections, so that target groups have their shares.
    pub connections: u64,
    /// When targets are drained, with the ARN of their group; those of groups that are gone or of targets
    /// that came back may stand here still.
    #[serde(skip)]
    pub drains: BTreeSet<(SimTime, String)>,
}

impl State {
    /// The whole state, for `GET /_awsim/state`.
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// Passes states on to `now`: targets that are drained are gone. All else is told by the time that
/// objects hold.
pub fn settle(region: &mut Region, now: SimTime) {
    let state = &mut region.elbv2;
    while state.drains.first().is_some_and(|(at, _)| *at <= now) {
        let group = state.drains.pop_first().and_then(|(_, arn)| state.target_groups.get_mut(&arn));
        if let Some(group) = group {
            group.targets.retain(|_, target| target.draining_until.is_none_or(|end| end > now));
        }
    }
}

/// The handler of an operation that is served.
pub fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "CreateLoadBalancer" => load_balancer::create,
        "DescribeLoadBalancers" => load_balancer::describe,
        "DeleteLoadBalancer" => load_balancer::delete,
        "SetSecurityGroups" => load_balancer::set_security_groups,
        "SetIpAddressType" => load_balancer::set_ip_address_type,
        "SetSubnets" => subnets::set,
        "DescribeLoadBalancerAttributes" => attributes::describe_load_balancer,
        "ModifyLoadBalancerAttributes" => attributes::modify_load_balancer,
        "CreateTargetGroup" => target_group::create,
        "DescribeTargetGroups" => target_group::describe,
        "ModifyTargetGroup" => target_group::modify,
        "DeleteTargetGroup" => target_group::delete,
        "DescribeTargetGroupAttributes" => attributes::describe_target_group,
        "ModifyTargetGroupAttributes" => attributes::modify_target_group,
        "RegisterTargets" => target::register,
        "DeregisterTargets" => target::deregister,
        "DescribeTargetHealth" => target::describe_health,
        "CreateListener" => listener::create,
        "DescribeListeners" => listener::describe,
        "ModifyListener" => listener::modify,
        "DeleteListener" => listener::delete,
        "DescribeListenerAttributes" => attributes::describe_listener,
        "ModifyListenerAttributes" => attributes::modify_listener,
        "AddListenerCertificates" => certificate::add,
        "RemoveListenerCertificates" => certificate::remove,
        "DescribeListenerCertificates" => certificate::describe,
        "DescribeSSLPolicies" => ssl_policy::describe,
        "CreateRule" => rule::create,
        "DescribeRules" => rule::describe,
        "ModifyRule" => rule::modify,
        "DeleteRule" => rule::delete,
        "SetRulePriorities" => rule::set_priorities,
        "AddTags" => tags::add,
        "RemoveTags" => tags::remove,
        "DescribeTags" => tags::describe,
        "DescribeAccountLimits" => limits::describe,
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
