//! What to do about objects of the owner's that are not, or no longer, the wanted ones.

use std::collections::BTreeSet;
use std::time::Duration;

use super::standing::Standing;
use super::{Act, Blocker, FRESH, Hold, Planner, Why};
use crate::model::index::{Await, Collection, Known};
use crate::model::{Body, ErrorClass, Id, Kind, ResourceKey, State};

/// Between two looks at strangers' objects that keep one of ours from going.
const STRANGERS: Duration = Duration::from_secs(60);

impl<'a> Planner<'a> {
    /// The objects under a key that are not current.
    pub(super) fn leftovers(&self, key: &ResourceKey, standing: Option<&Standing<'a>>) -> Vec<&'a Known> {
        if let Some(Standing::Blocked(_)) = standing {
            return Vec::new();
        }
        let current = standing.and_then(Standing::current).map(|known| &known.seen.id);
        let mut objects = self.objects(key);
        objects.retain(|known| Some(&known.seen.id) != current);
        objects
    }

    /// What to do so that a leftover goes; the first that applies.
    pub(super) fn leftover(
        &mut self,
        key: &ResourceKey,
        known: &Known,
        standing: Option<&Standing<'_>>,
    ) -> Act {
        let id = &known.seen.id;
        if self.view.running.contains_key(key) {
            return Act::Wait(Why::Running);
        }
        if known.seen.state == State::Deleting {
            self.poll(Collection::of(&known.seen.body));
            return Act::Wait(Why::Deleting { id: id.clone(), since: known.since });
        }
        if standing.is_some_and(|standing| self.still_serves(known, standing)) {
            return Act::Wait(Why::Replacing { id: id.clone() });
        }
        let by = self.referrers(known);
        if !by.is_empty() {
            self.plan.awaits.extend(by.iter().filter_map(|b| b.id.clone()).map(Await::Object));
            self.look_for_strangers(id);
            return Act::Blocked { by, deleting: Some(id.clone()) };
        }
        if let Some(trouble) = self.view.index.trouble(key, Some(id)).filter(|t| t.hash.is_none())
            && trouble.holds(self.now)
        {
            // In use by what we do not see: look again, once after each refusal.
            if trouble.error.class == ErrorClass::Race {
                for of in self.referrer_lists(known) {
                    self.look_again(of, trouble.last);
                }
            }
            return self.wait_out(trouble);
        }
        if let Some(wait) = self.look_before_delete(known) {
            return wait;
        }
        Act::Delete { id: id.clone(), seen: known.seen.body.clone() }
    }

    /// What was in use until now stays until what replaces it is usable, unless it is in the way.
    fn still_serves(&self, known: &Known, standing: &Standing<'_>) -> bool {
        let Standing::Resolved(resolved) = standing else { return true };
        let replaced = resolved.current.is_some_and(|current| current.seen.state == State::Usable);
        let in_the_way =
            || self.view.index.holders(&resolved.wanted).any(|holder| holder.seen.id == known.seen.id);
        known.seen.state == State::Usable && !replaced && !in_the_way()
    }

    /// What is seen to use it or to be inside it, strangers' included: AWS would delete that along.
    fn referrers(&self, known: &Known) -> Vec<Blocker> {
        #[cfg(test)]
        if super::broken::is(super::broken::Rule::ReferrersBlock) {
            return Vec::new();
        }
        let id = &known.seen.id;
        let hold =
            |other: &Known| if other.seen.body.lives_in() == Some(id) { Hold::Inside } else { Hold::Refers };
        self.view.index.referrers(id).map(|other| Blocker::new(other, hold(other))).collect()
    }

    /// Nobody tells us when what strangers have goes, or that AWS put it there itself and we took it away
    /// (a new group's open egress): it is looked at again while it is in the way.
    fn look_for_strangers(&mut self, id: &Id) {
        let index = self.view.index;
        let strangers = index.referrers(id).filter(|other| other.seen.key.is_none());
        for of in strangers.map(|other| Collection::of(&other.seen.body)).collect::<BTreeSet<_>>() {
            let due = index.listed(&of).map_or(self.now, |started| started + STRANGERS);
            self.read_from(of, due);
        }
    }

    /// The lists that a delete rests on.
    fn look_before_delete(&mut self, known: &Known) -> Option<Act> {
        let id = &known.seen.id;
        let index = self.view.index;
        if let Body::RouteSettings(_) = known.seen.body
            && self.owner.service().is_none()
        {
            let until = index.keyed_since(known) + index.settle;
            if until > self.now {
                self.at(until);
                return Some(Act::Wait(Why::RouteMissing { id: id.clone(), until }));
            }
        }
        for of in self.referrer_lists(known) {
            let from = index.settled_from(of.kind, self.owner.class());
            if index.listed(&of).is_none_or(|started| started < from) {
                let trouble = index.list_trouble(&of).cloned();
                self.read_from(of.clone(), from);
                return Some(Act::Wait(Why::Unlisted { of, trouble }));
            }
        }
        let kinds = known.seen.body.kind().delete_takes_along();
        let stale = |of: &Collection| index.listed(of).is_none_or(|started| started + FRESH < self.now);
        let mut stale = kinds.iter().map(|kind| Collection::under(*kind, id)).filter(stale);
        let first = stale.next()?;
        // All at once: while one is read, another gets old.
        let others: Vec<Collection> = stale.collect();
        others.into_iter().for_each(|of| self.read(of));
        Some(self.unlisted(first))
    }

    /// Where everything that could refer to an object is listed. Not every kind is refused by AWS
    /// while it is in use, and what is inside is deleted along.
    fn referrer_lists(&self, known: &Known) -> Vec<Collection> {
        let id = &known.seen.id;
        let in_same_api = |kind| vec![Collection::under(kind, &Id(id.parts().0.to_owned()))];
        let anywhere = |kind| self.view.index.places(kind, self.owner.class()).into_iter();
        match known.seen.body.kind() {
            Kind::SecurityGroup => {
                let kinds = [Kind::SecurityGroupRule, Kind::LoadBalancer, Kind::VpcLink];
                kinds.map(Collection::region).to_vec()
            }
            Kind::VpcLink | Kind::Listener => anywhere(Kind::Integration).collect(),
            Kind::TargetGroup => anywhere(Kind::Listener).collect(),
            Kind::Integration => in_same_api(Kind::Route),
            Kind::Route | Kind::Stage => in_same_api(Kind::RouteSettings),
            Kind::LoadBalancer => vec![Collection::under(Kind::Listener, id)],
            Kind::Api => {
                let kinds = [Kind::Stage, Kind::Integration, Kind::Route];
                kinds.map(|kind| Collection::under(kind, id)).to_vec()
            }
            Kind::SecurityGroupRule | Kind::RouteSettings => Vec::new(),
        }
    }
}
