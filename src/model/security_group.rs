//! Security groups, and their rules as objects of their own.

use serde::Serialize;

/// A group without rules of its own making.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SecurityGroup {
    /// Unique in the VPC, immutable.
    pub name: String,
    /// Immutable.
    pub description: String,
    /// Immutable.
    pub vpc: String,
    /// The allow-all egress rule that AWS puts into every new group is (still) there.
    /// Wanted `false` always: an update revokes it.
    pub open_egress: bool,
}

/// Which way traffic goes, seen from the group that carries the rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Direction {
    /// Into the group's members.
    Ingress,
    /// Out of them.
    Egress,
}

/// One rule: TCP, a port range, the other side's group. All of it immutable: AWS could modify a
/// rule, but a replacement never opens a gap here, since both rules stand for a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SecurityGroupRule<R> {
    /// The group that carries the rule.
    pub group: R,
    /// Which way.
    pub direction: Direction,
    /// First TCP port.
    pub from_port: u16,
    /// Last TCP port.
    pub to_port: u16,
    /// The other side.
    pub peer: R,
}

impl<R> SecurityGroupRule<R> {
    /// Every reference.
    pub fn refs(&self) -> Vec<&R> {
        vec![&self.group, &self.peer]
    }

    /// The same with each reference replaced; `None` if one has no replacement.
    pub fn resolve<S>(&self, f: &dyn Fn(&R) -> Option<S>) -> Option<SecurityGroupRule<S>> {
        let SecurityGroupRule { group, direction, from_port, to_port, peer } = self;
        Some(SecurityGroupRule {
            group: f(group)?,
            direction: *direction,
            from_port: *from_port,
            to_port: *to_port,
            peer: f(peer)?,
        })
    }
}
