//! Which quota is for which kind of load balancer, and how DescribeAccountLimits tells them.

use serde_json::{Value, json};

use super::kind::Kind;
use super::reply;
use crate::fault::Fault;
use crate::quota::Quota;
use crate::world::Call;

/// Load balancers of this kind a region.
pub fn load_balancers(kind: Kind) -> Quota {
    of(kind, Quota::NetworkLoadBalancers, Quota::ApplicationLoadBalancers)
}

/// Listeners a load balancer.
pub fn listeners(kind: Kind) -> Quota {
    of(kind, Quota::ListenersPerNetwork, Quota::ListenersPerApplication)
}

/// Targets that a load balancer of this kind may have in all.
pub fn targets(kind: Kind) -> Quota {
    of(kind, Quota::TargetsPerNetwork, Quota::TargetsPerApplication)
}

/// Target groups a forward action.
pub fn groups_per_action(kind: Kind) -> Quota {
    of(kind, Quota::GroupsPerNetworkAction, Quota::GroupsPerApplicationAction)
}

/// Certificates a load balancer, default ones not counted.
pub fn certificates(kind: Kind) -> Quota {
    of(kind, Quota::CertificatesPerNetwork, Quota::CertificatesPerApplication)
}

fn of(kind: Kind, network: Quota, application: Quota) -> Quota {
    match kind {
        Kind::Network => network,
        Kind::Application => application,
    }
}

/// DescribeAccountLimits: the limits that concern what is simulated, as they are set, by the names of
/// the AWS CLI's example for the operation, which are those that they are set by here.
pub fn describe(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let quotas = Quota::ALL.iter().filter(|quota| quota.spec().service == "elbv2");
    let limits = quotas.map(|quota| {
        let (name, max) = (quota.spec().key, call.options.quotas.told(*quota));
        (name.to_owned(), json!({"Name": name, "Max": max.to_string()}))
    });
    let mut limits: Vec<(String, Value)> = limits.collect();
    limits.sort_by(|a, b| a.0.cmp(&b.0));
    reply::pages(input, "Limits", limits)
}
