//! What to do about a wanted resource, and about a recorded one that is wanted no more.

use super::standing::{Resolved, Standing};
use super::{Act, Blocker, Hold, Planner, Why};
use crate::api::drift::DriftPolicy;
use crate::model::index::{Await, Collection, Known, Trouble, Written};
use crate::model::{Body, ErrorClass, Hash, Id, Kind, ResourceKey, State, Time};

impl Planner<'_> {
    /// What to do so that `key` is as wanted; the first that applies.
    pub(super) fn wanted(&mut self, key: &ResourceKey, standing: &Standing<'_>) -> Vec<Act> {
        let mut acts = Vec::new();
        if let Some(known) = standing.current()
            && self.recorded(key) != Some(&known.seen.id)
        {
            acts.push(Act::Adopt(known.seen.id.clone()));
        }
        if self.view.running.contains_key(key) {
            acts.push(Act::Wait(Why::Running));
            return acts;
        }
        acts.extend(match standing {
            Standing::Blocked(by) => Some(Act::Blocked { by: by.iter().cloned().collect(), deleting: None }),
            Standing::Resolved(resolved) => match resolved.current {
                Some(known) => self.keep(key, resolved, known),
                None => self.make(key, resolved),
            },
        });
        acts
    }

    /// There is no current object.
    fn make(&mut self, key: &ResourceKey, resolved: &Resolved<'_>) -> Option<Act> {
        let Resolved { wanted, assumed, unproven, .. } = resolved;
        let of = Collection::of(wanted);
        if *assumed {
            self.read(of);
            return None;
        }
        if let Some(act) = self.lost_its_mark(key).or_else(|| self.taken(key, wanted)) {
            return Some(act);
        }
        let Some(listed) = self.view.index.listed(&of) else { return Some(self.unlisted(of)) };
        let trouble = self.view.index.trouble(key, None).filter(|t| t.hash == Some(wanted.hash()));
        let trouble = trouble.and_then(|trouble| self.troubled(trouble, wanted, listed));
        if trouble.is_none()
            && let Some(act) = self.uncertain(key, of, listed)
        {
            return Some(act);
        }
        if self.note_absent(key, wanted) == DriftPolicy::Report {
            return Some(Act::Wait(Why::Drifted));
        }
        if trouble.is_some() {
            return trouble;
        }
        if let Some(of) = unproven.first() {
            return Some(self.unlisted(of.clone()));
        }
        Some(Act::Create(wanted.clone()))
    }

    /// There is a current object.
    fn keep(&mut self, key: &ResourceKey, resolved: &Resolved<'_>, known: &Known) -> Option<Act> {
        let Resolved { wanted, unproven, .. } = resolved;
        let id = &known.seen.id;
        if known.seen.state == State::Pending {
            self.poll(Collection::of(wanted));
            return Some(Act::Wait(Why::Pending { id: id.clone(), since: known.since }));
        }
        if self.is_as_wanted(key, known, wanted) {
            return None;
        }
        if self.note_changed(key, known, wanted) == Some(DriftPolicy::Report) {
            return Some(Act::Wait(Why::Drifted));
        }
        if let Some(trouble) =
            self.view.index.trouble(key, Some(id)).filter(|t| t.hash == Some(wanted.hash()))
            && trouble.holds(self.now)
        {
            if trouble.error.class == ErrorClass::Gone {
                self.look_for_refs(wanted, trouble.last);
                self.look_again(Collection::of(wanted), trouble.last);
            }
            return Some(self.wait_out(trouble));
        }
        if let Some(of) = unproven.first() {
            return Some(self.unlisted(of.clone()));
        }
        Some(Act::Update { id: id.clone(), wanted: wanted.clone(), seen: known.seen.body.clone() })
    }

    /// The object has the wanted settings; those that no list shows are as we last wrote them.
    pub(super) fn is_as_wanted(&self, key: &ResourceKey, known: &Known, wanted: &Body<Id>) -> bool {
        known.seen.body.listed() == wanted.listed()
            && (!key.kind.has_unlisted_settings() || self.written(key, known) == Some(wanted.hash()))
            && known.read.as_ref().is_none_or(|read| read == wanted)
    }

    /// The digest of what was last written to an object, completely.
    pub(super) fn written(&self, key: &ResourceKey, known: &Known) -> Option<Hash> {
        match &known.written {
            Written::All(hash) => Some(hash.clone()),
            Written::Partly => None,
            Written::Untouched => {
                let entry = self.view.entries.get(key)?;
                entry.hash.clone().filter(|_| entry.id.as_ref() == Some(&known.seen.id))
            }
        }
    }

    /// The recorded object is there, and no longer carries the mark of `key`: it is not provably ours, so
    /// it is left alone, and no other is made in its place. Routes and their settings carry no marks.
    fn lost_its_mark(&mut self, key: &ResourceKey) -> Option<Act> {
        if matches!(key.kind, Kind::Route | Kind::RouteSettings) {
            return None;
        }
        let known = self.view.index.get(key.kind, self.recorded(key)?)?;
        if known.seen.key.as_ref() == Some(key) || !known.stands() {
            return None;
        }
        self.plan.awaits.insert(Await::Object(known.seen.id.clone()));
        Some(Act::Refuse(known.seen.id.clone()))
    }

    /// Another object has what AWS gives only once: a name, a port, a route key.
    fn taken(&mut self, key: &ResourceKey, wanted: &Body<Id>) -> Option<Act> {
        let holder = self.view.index.holders(wanted).next()?;
        self.plan.awaits.insert(Await::Object(holder.seen.id.clone()));
        if holder.seen.key.is_some() {
            let by = vec![Blocker::new(holder, Hold::Holds)];
            return Some(Act::Blocked { by, deleting: None });
        }
        // Whose a route is, its integration tells.
        if let (Kind::Route | Kind::RouteSettings, Some(api)) = (key.kind, Collection::of(wanted).parent) {
            let of = Collection::under(Kind::Integration, &api);
            if self.view.index.listed(&of).is_none() {
                return Some(self.unlisted(of));
            }
        }
        Some(Act::Refuse(holder.seen.id.clone()))
    }

    /// The create of `wanted` failed before.
    fn troubled(&mut self, trouble: &Trouble, wanted: &Body<Id>, listed: Time) -> Option<Act> {
        match trouble.error.class {
            // The name or key is taken: a list tells by whom.
            ErrorClass::Exists if listed <= trouble.last => {
                self.read(Collection::of(wanted));
                return Some(Act::Wait(Why::Trouble(trouble.clone())));
            }
            // Something that it refers to is gone: lists tell what.
            ErrorClass::Gone => self.look_for_refs(wanted, trouble.last),
            _ => {}
        }
        trouble.holds(self.now).then(|| self.wait_out(trouble))
    }

    fn look_for_refs(&mut self, wanted: &Body<Id>, since: Time) {
        let refs = wanted.refs().into_iter().filter_map(|id| self.view.index.find(id));
        let places: Vec<Collection> = refs.map(|known| Collection::of(&known.seen.body)).collect();
        for of in places {
            self.look_again(of, since);
        }
    }

    /// List the collection, unless that was done after `since`.
    pub(super) fn look_again(&mut self, of: Collection, since: Time) {
        if self.view.index.listed(&of).is_none_or(|started| started <= since) {
            self.read(of);
        }
    }

    pub(super) fn wait_out(&mut self, trouble: &Trouble) -> Act {
        if let Some(retry_at) = trouble.retry_at {
            self.at(retry_at);
        }
        Act::Wait(Why::Trouble(trouble.clone()))
    }

    /// An object may exist under `key` that no list showed yet: only a list that starts late enough
    /// can tell. An earlier one may show it, though, so there is one at once after a lost reply.
    fn uncertain(&mut self, key: &ResourceKey, of: Collection, listed: Time) -> Option<Act> {
        let since = self.view.index.uncertain_since(key, self.view.entries.get(key))?;
        let until = since + self.view.index.settle;
        if listed >= until {
            return None;
        }
        if listed < since {
            self.read(of.clone());
        }
        self.read_from(of.clone(), until);
        Some(self.undecided(of, until))
    }

    /// A list of `of` that starts at `until` or later decides, if AWS lets us read it.
    fn undecided(&self, of: Collection, until: Time) -> Act {
        Act::Wait(match self.view.index.list_trouble(&of).cloned() {
            None => Why::Uncertain { until },
            trouble => Why::Unlisted { of, trouble },
        })
    }

    /// A key that is recorded, running or seen, but not wanted: here only what is not seen matters.
    pub(super) fn unwanted(&mut self, key: &ResourceKey) -> Vec<Act> {
        if self.view.running.contains_key(key) {
            return if self.objects(key).is_empty() { vec![Act::Wait(Why::Running)] } else { Vec::new() };
        }
        if let Some(act) = self.lost_its_mark(key) {
            return vec![act];
        }
        let entry = self.view.entries.get(key);
        let seen = self.recorded(key).is_some_and(|id| self.view.index.get(key.kind, id).is_some());
        let Some(since) = self.view.index.uncertain_since(key, entry).filter(|_| !seen) else {
            return Vec::new();
        };
        let until = since + self.view.index.settle;
        let mut acts = Vec::new();
        for of in self.view.index.places(key.kind, key.owner.class()) {
            match self.view.index.listed(&of) {
                Some(started) if started >= until => {}
                Some(started) => {
                    self.read_from(of.clone(), if started < since { self.now } else { until });
                    acts = vec![self.undecided(of, until)];
                }
                None => acts.push(self.unlisted(of)),
            }
        }
        acts.truncate(1);
        acts
    }
}
