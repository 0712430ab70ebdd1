//! What others put into what is ours: a rule in a security group, a listener on a load balancer, a route,
//! an integration, a stage or a route's settings in an HTTP API. Each opens the locked-down path. It is
//! the class's to remove, as a leftover under a key of its own that names it, or to tell.
//!
//! The danger is our own object that is merely not recognised yet. So a stray is only what no status
//! records, what carries no mark of ours (nor, for a route, leads to what does), and what two list passes
//! show so: the second starts a settle time after the first and after everything that could have made an
//! object without our hearing of it. A service's own leftovers are not among these, but for routes and
//! their settings, whose owner is only worked out.

use std::collections::BTreeSet;

use super::{Act, Op, Planner};
use crate::api::drift::DriftPolicy;
use crate::model::index::{Await, Collection, Known};
use crate::model::security_group::Direction;
use crate::model::{Body, Id, Kind, Owner, ResourceKey};

/// What can hold a stray.
const HOLDERS: [Kind; 4] = [Kind::SecurityGroup, Kind::LoadBalancer, Kind::Api, Kind::Stage];

impl<'a> Planner<'a> {
    /// What to do about the class's strays, those inside others too.
    pub(super) fn strays(&mut self) -> Vec<Op> {
        let Owner::Class(class) = self.owner else { return Vec::new() };
        let mut found: Vec<&'a Known> = Vec::new();
        for key in self.view.index.keys(self.owner).iter().filter(|key| HOLDERS.contains(&key.kind)) {
            for holder in self.view.index.under(key) {
                found.extend(self.foreign_children(&holder.seen.id));
            }
        }
        let inside: Vec<&Known> =
            found.iter().flat_map(|known| self.foreign_children(&known.seen.id)).collect();
        found.extend(inside);
        let mut ops = Vec::new();
        for known in found {
            let key = ResourceKey::stray(known.seen.body.kind(), class, &known.seen.id);
            if self.is_proven(known) && self.note_added(&key, known) == DriftPolicy::Repair {
                let act = self.leftover(&key, known, None);
                ops.push(Op { key, act });
            }
        }
        ops
    }

    /// What is inside `holder` without a mark of ours, and is in no status.
    fn foreign_children(&self, holder: &Id) -> Vec<&'a Known> {
        let foreign = |known: &&Known| {
            known.seen.body.lives_in() == Some(holder)
                && known.seen.key.is_none()
                && !self.view.recorded.contains(&known.seen.id)
                && !is_open_egress(&known.seen.body)
        };
        self.view.index.referrers(holder).filter(foreign).collect()
    }

    /// Whether two passes showed it, the later one late enough to be believed; else that is waited for.
    fn is_proven(&mut self, known: &Known) -> bool {
        let index = self.view.index;
        let seen_twice = index.keyed_since(known).max(known.since) + index.settle;
        let mut proven = true;
        for of in lists_that_tell(&known.seen.body) {
            let from = seen_twice.max(index.settled_from(of.kind, self.owner.class()));
            if index.listed(&of).is_none_or(|started| started < from) {
                self.read_from(of, from);
                proven = false;
            }
        }
        if !proven {
            self.plan.awaits.insert(Await::Object(known.seen.id.clone()));
        }
        proven
    }

    /// A route that somebody led to an integration of ours, or the settings of one: its key is worked out,
    /// and yet it is not ours. It is nothing that we wrote, recorded or want. Under an empty stack all that
    /// leads to what is ours goes with it.
    pub(super) fn is_added(&self, key: &ResourceKey, known: &Known) -> bool {
        matches!(key.kind, Kind::Route | Kind::RouteSettings)
            && self.owner.service().is_some()
            && !self.stack.0.is_empty()
            && self.view.entries.get(key).is_none_or(|entry| entry.id.is_some())
            && self.recorded(key) != Some(&known.seen.id)
            && known.looked_after().is_none()
    }

    /// What to do with one object of the owner's that is not current; `None`: it was added by others and
    /// must stay.
    pub(super) fn other(
        &mut self,
        key: &ResourceKey,
        known: &Known,
        standing: Option<&super::standing::Standing<'a>>,
    ) -> Option<Act> {
        if self.is_added(key, known) && self.note_added(key, known) == DriftPolicy::Report {
            return None;
        }
        Some(self.leftover(key, known, standing))
    }
}

/// The lists that tell whether an object is ours: whose a route is, its integration tells; whose a route's
/// settings are, its route.
fn lists_that_tell(body: &Body<Id>) -> BTreeSet<Collection> {
    let mut lists = BTreeSet::from([Collection::of(body)]);
    let kinds: &[Kind] = match body {
        Body::Route(_) => &[Kind::Integration],
        Body::RouteSettings(_) => &[Kind::Route, Kind::Integration],
        _ => &[],
    };
    if let Some(api) = Collection::of(body).parent {
        lists.extend(kinds.iter().map(|kind| Collection::under(*kind, &api)));
    }
    lists
}

/// The rule that AWS puts into every new group: the group's own setting `open_egress` tells of it.
fn is_open_egress(body: &Body<Id>) -> bool {
    let Body::SecurityGroupRule(rule) = body else { return false };
    let everywhere = ["-1/0.0.0.0/0", "-1/::/0"];
    rule.direction == Direction::Egress && everywhere.contains(&rule.peer.0.as_str())
}
