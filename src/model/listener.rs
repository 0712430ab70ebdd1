//! Listeners of a load balancer.

use serde::Serialize;

/// A TCP listener that forwards to one target group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Listener<R> {
    /// Immutable.
    pub load_balancer: R,
    /// TCP port, immutable here: it is the service's place.
    pub port: u16,
    /// Where it forwards to.
    pub target_group: R,
}

impl<R> Listener<R> {
    /// Every reference.
    pub fn refs(&self) -> Vec<&R> {
        vec![&self.load_balancer, &self.target_group]
    }

    /// The same with each reference replaced; `None` if one has no replacement.
    pub fn resolve<S>(&self, f: &dyn Fn(&R) -> Option<S>) -> Option<Listener<S>> {
        let Listener { load_balancer, port, target_group } = self;
        Some(Listener { load_balancer: f(load_balancer)?, port: *port, target_group: f(target_group)? })
    }
}
