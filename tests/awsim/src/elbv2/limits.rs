//! Quotas of Elastic Load Balancing (Network Load Balancers user guide, "Quotas").

use serde_json::{Value, json};

use super::reply;
use crate::fault::Fault;
use crate::world::Call;

/// Network load balancers a region.
pub const LOAD_BALANCERS: usize = 50;
/// Listeners a network load balancer; AWS does not raise it.
pub const LISTENERS: usize = 50;
/// Target groups a region.
pub const TARGET_GROUPS: usize = 3000;
/// Targets a target group.
pub const TARGETS_PER_GROUP: usize = 1000;
/// Targets a network load balancer.
pub const TARGETS: usize = 3000;
/// Targets a zone and network load balancer; with cross-zone load balancing, of all zones together.
pub const TARGETS_PER_ZONE: usize = 500;
/// Target groups a forward action.
pub const GROUPS_PER_ACTION: usize = 5;
/// Security groups a load balancer.
pub const SECURITY_GROUPS: usize = 5;

/// DescribeAccountLimits: the limits that concern what is simulated.
pub fn describe(_call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let mut limits = vec![
        ("listeners-per-network-load-balancer", LISTENERS),
        ("network-load-balancers", LOAD_BALANCERS),
        ("target-groups", TARGET_GROUPS),
        ("target-groups-per-action-on-network-load-balancer", GROUPS_PER_ACTION),
        ("targets-per-availability-zone-per-network-load-balancer", TARGETS_PER_ZONE),
        ("targets-per-network-load-balancer", TARGETS),
    ];
    limits.sort_unstable();
    let limits = limits
        .into_iter()
        .map(|(name, max)| (name.to_owned(), json!({"Name": name, "Max": max.to_string()})))
        .collect();
    reply::pages(input, "Limits", limits)
}
