//! A connection through a network load balancer, as its nodes remember it: bound to its target for
//! as long as it lives, whatever becomes of the target's registration, until a rule of the target
//! group, the idle timeout or either end ends it (NLB user guide, "Target groups" and "Listeners").

use std::time::Duration;

use super::attributes::{Attributes, value_flag, value_number};
use super::{Health, PickedTarget, TargetGroup};
use crate::clock::SimTime;
use crate::world::Region;

/// What a load balancer remembers of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    /// ARN of the listener it came to.
    pub listener: String,
    /// Where all of it goes.
    pub target: PickedTarget,
    /// Since when.
    pub opened: SimTime,
    /// When something last passed.
    pub used: SimTime,
}

/// Why a load balancer no longer carries a connection. Both ends are told by a reset: at once, or in
/// case of [`Ended::Idle`] when they send something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Ended {
    /// The listener was deleted. That its connections end with it is an assumption: the guide is silent.
    #[error("the listener {0} is gone, and its connections with it")]
    Gone(String),
    /// Nothing passed for longer than the listener's `tcp.idle_timeout.seconds`.
    #[error("nothing passed for more than {0} s, after which the load balancer forgets a connection")]
    Idle(u64),
    /// `deregistration_delay.connection_termination.enabled`.
    #[error("target {0} is deregistered, and its target group then ends connections")]
    Deregistered(String),
    /// `target_health_state.unhealthy.connection_termination.enabled`, or the end of
    /// `target_health_state.unhealthy.draining_interval_seconds`.
    #[error("target {0} is unhealthy, and its target group then ends connections")]
    Unhealthy(String),
}

/// Why the load balancer no longer carries the connection; `None` while it does.
///
/// * A deregistered target keeps its connections, also after draining, unless
///   `deregistration_delay.connection_termination.enabled`: then they end with the draining (NLB user
///   guide, "Deregistration delay": "shortly after the end of the deregistration timeout").
/// * A target that turns unhealthy loses them at once, which is the default, or keeps them without
///   `target_health_state.unhealthy.connection_termination.enabled`; with an interval for
///   `unhealthy.draining` until that is over (NLB user guide, "Target group health"; re:Post, launch of
///   `unhealthy.draining`). A connection that was opened while the target was unhealthy already,
///   because every target was, stays: the rule is about targets that become it.
pub fn ended(region: &Region, flow: &Flow, now: SimTime) -> Option<Ended> {
    let state = &region.elbv2;
    let Some(listener) = state.listeners.get(&flow.listener) else {
        return Some(Ended::Gone(flow.listener.clone()));
    };
    let key = format!("{}:{}", flow.target.ip, flow.target.port);
    match state.target_groups.get(&flow.target.target_group) {
        // Gone with all its attributes, which no connection can outlive by a rule that is known.
        None => return Some(Ended::Deregistered(key)),
        Some(group) => {
            if let Some(ended) = ended_by_target(group, key, flow, now) {
                return Some(ended);
            }
        }
    }
    let idle = value_number(&listener.attributes, "tcp.idle_timeout.seconds")?;
    (now.since(flow.used) > Duration::from_secs(idle)).then_some(Ended::Idle(idle))
}

fn ended_by_target(group: &TargetGroup, key: String, flow: &Flow, now: SimTime) -> Option<Ended> {
    let attributes = &group.attributes;
    let Some(target) = group.targets.get(&key) else {
        let ends = value_flag(attributes, "deregistration_delay.connection_termination.enabled");
        return ends.then_some(Ended::Deregistered(key));
    };
    let since = match (&target.health, target.unhealthy_since) {
        (Health::Unhealthy { .. }, Some(since)) if since > flow.opened => since,
        _ => return None,
    };
    ends_unhealthy(attributes, now.since(since)).then_some(Ended::Unhealthy(key))
}

/// Whether a target that has been unhealthy for so long has lost its connections.
fn ends_unhealthy(attributes: &Attributes, unhealthy: Duration) -> bool {
    let at_once = value_flag(attributes, "target_health_state.unhealthy.connection_termination.enabled");
    let interval = value_number(attributes, "target_health_state.unhealthy.draining_interval_seconds");
    let drained = interval.filter(|s| *s > 0).is_some_and(|s| unhealthy >= Duration::from_secs(s));
    at_once || drained
}
