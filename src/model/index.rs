//! What is known of AWS: every object in the collections we list, ours and strangers', with what we
//! last wrote to it, what went wrong, and what is not known yet. One [`Index`] per account and
//! region, in memory only; filled by [`absorb`](super::absorb::absorb) from list passes and from the
//! replies to our calls. No IO, no clock.
//!
//! AWS reads lag behind AWS writes. The one bound we use is [`Index::settle`]: a list pass shows
//! each object as it was at most that long before the pass started.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use serde::Serialize;

use super::shard::Shard;
use super::{AwsError, Body, Entry, Hash, Id, Kind, Owner, ResourceKey, Seen, Slot, Stack, State, Time};

/// What one list call (all its pages) shows: every object of a kind, in the region or under a parent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Collection {
    /// What is listed.
    pub kind: Kind,
    /// The load balancer or HTTP API that it is listed under ([`Kind::parent`]).
    pub parent: Option<Id>,
}

impl Collection {
    /// Every object of a kind in the region.
    pub fn region(kind: Kind) -> Collection {
        Collection { kind, parent: None }
    }

    /// Every object of a kind under one parent.
    pub fn under(kind: Kind, parent: &Id) -> Collection {
        Collection { kind, parent: Some(parent.clone()) }
    }

    /// Where an object with these settings is listed.
    pub fn of(body: &Body<Id>) -> Collection {
        let parent = match body {
            Body::Listener(b) => Some(b.load_balancer.clone()),
            Body::Stage(b) => Some(b.api.clone()),
            Body::Integration(b) => Some(b.api.clone()),
            Body::Route(b) => Some(b.api.clone()),
            // A stage's id is `api/stage`.
            Body::RouteSettings(b) => Some(Id(b.stage.parts().0.to_owned())),
            Body::SecurityGroup(_)
            | Body::SecurityGroupRule(_)
            | Body::LoadBalancer(_)
            | Body::VpcLink(_)
            | Body::Api(_)
            | Body::TargetGroup(_) => None,
        };
        Collection { kind: body.kind(), parent }
    }
}

impl fmt::Display for Collection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.parent {
            None => write!(f, "{}", self.kind),
            Some(parent) => write!(f, "{} of {parent}", self.kind),
        }
    }
}

/// What went wrong with one operation, until it succeeds or something else is wanted.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Trouble {
    /// The last error.
    pub error: AwsError,
    /// Failed attempts in a row, at least 1.
    pub attempts: u32,
    /// When the first of them failed.
    pub since: Time,
    /// When the last of them failed.
    pub last: Time,
    /// When to try again; `None`: not until something else is wanted.
    pub retry_at: Option<Time>,
    /// Of the settings that were refused; `None`: a delete. Other settings are not concerned.
    pub hash: Option<Hash>,
}

impl Trouble {
    /// It is not yet time to try again.
    pub fn holds(&self, now: Time) -> bool {
        self.retry_at.is_none_or(|at| at > now)
    }
}

/// What an owner waits for from elsewhere; a change of it wakes the owner.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Await {
    /// Any object under a key.
    Key(ResourceKey),
    /// One object.
    Object(Id),
    /// The next pass over a collection.
    List(Collection),
}

/// An object in the index.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// As last shown; the key of a route or route setting is worked out.
    pub seen: Seen,
    /// What we wrote to it in this term of leadership.
    pub written: Written,
    /// All its settings as a pass read them since we last wrote; `None`: not read.
    pub read: Option<Body<Id>>,
    /// When a pass last asked for the settings that no list shows.
    pub(super) asked: Option<Time>,
    /// When its state became what it is, as far as we saw.
    pub since: Time,
    /// The start of our last create or update of it, or the moment its deletion was accepted.
    pub(super) replied: Option<Time>,
    /// It was made at this moment or before.
    pub(super) existed: Time,
    /// When its key was worked out or changed.
    pub(super) keyed: Time,
    /// We made it in this term: nothing is below it but what we made there.
    pub(super) created: bool,
}

/// Whether the settings that no list shows are as we last wrote them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// Not touched in this term: what status records holds.
    Untouched,
    /// An attempt was not completed.
    Partly,
    /// These settings, completely.
    All(Hash),
}

/// Everything known of one account and region.
#[derive(Clone, Debug, PartialEq)]
pub struct Index {
    /// How far a list may lag behind a write. AWS documents no bound; 30 s.
    pub settle: Duration,
    /// Whose owners' objects are looked after here; the others' are known, but not what is below them.
    shard: Shard,
    pub(super) objects: BTreeMap<(Kind, Id), Known>,
    /// The start of the latest pass over each collection.
    pub(super) lists: BTreeMap<Collection, Time>,
    pub(super) unlisted: BTreeMap<Collection, Trouble>,
    /// By operation: the key, and the object for an update or delete.
    pub(super) troubles: BTreeMap<(ResourceKey, Option<Id>), Trouble>,
    pub(super) lost: BTreeMap<ResourceKey, Time>,
    /// Deleted, when: a list that lags may still show them.
    pub(super) gone: BTreeMap<(Kind, Id), Time>,
    pub(super) takeover: Time,
    /// Intents that status acknowledged in this term.
    intended: BTreeSet<ResourceKey>,
    awaits: BTreeMap<Owner, BTreeSet<Await>>,
    awaited: BTreeMap<Await, BTreeSet<Owner>>,
    /// Secondary indexes over `objects`.
    owned: BTreeMap<Owner, BTreeSet<(Kind, Slot, Id)>>,
    referrers: BTreeMap<Id, BTreeSet<(Kind, Id)>>,
    naturals: BTreeMap<Natural, BTreeSet<Id>>,
}

/// What AWS keeps unique, so that only one object can have it.
type Natural = (Kind, Vec<String>);

impl Index {
    /// What a new leader knows at the moment it takes over: nothing.
    pub fn takeover(now: Time, settle: Duration) -> Index {
        Index {
            settle,
            shard: Shard::ONLY,
            objects: BTreeMap::new(),
            lists: BTreeMap::new(),
            unlisted: BTreeMap::new(),
            troubles: BTreeMap::new(),
            lost: BTreeMap::new(),
            gone: BTreeMap::new(),
            takeover: now,
            intended: BTreeSet::new(),
            awaits: BTreeMap::new(),
            awaited: BTreeMap::new(),
            owned: BTreeMap::new(),
            referrers: BTreeMap::new(),
            naturals: BTreeMap::new(),
        }
    }

    /// The API server acknowledged a status with these intents ([`Plan::intents`]
    /// (crate::plan::Plan::intents)): whatever comes of them is ours to hear. An intent of an earlier
    /// leader leaves its key uncertain.
    pub fn intended(&mut self, intents: &BTreeSet<ResourceKey>) {
        self.intended.extend(intents.iter().cloned());
    }

    /// `owner` waits for these, and no longer for what it waited for before.
    pub fn wait(&mut self, owner: &Owner, awaits: BTreeSet<Await>) {
        for old in self.awaits.remove(owner).unwrap_or_default() {
            if let Some(owners) = self.awaited.get_mut(&old) {
                owners.remove(owner);
                if owners.is_empty() {
                    self.awaited.remove(&old);
                }
            }
        }
        for new in &awaits {
            self.awaited.entry(new.clone()).or_default().insert(owner.clone());
        }
        if !awaits.is_empty() {
            self.awaits.insert(owner.clone(), awaits);
        }
    }

    /// `owner` is gone, and it is proved that nothing is left of it.
    pub fn forget(&mut self, owner: &Owner) {
        self.wait(owner, BTreeSet::new());
        self.troubles.retain(|(key, _), _| key.owner != *owner);
        self.lost.retain(|key, _| key.owner != *owner);
        self.intended.retain(|key| key.owner != *owner);
    }

    /// `owner` wants `stack`: what went wrong with making anything else of it concerns nobody any more.
    pub fn wants(&mut self, owner: &Owner, stack: &Stack) {
        self.troubles.retain(|(key, id), _| key.owner != *owner || id.is_some() || stack.0.contains_key(key));
    }

    /// How many objects are known, and how many notes are kept beside them.
    pub fn sizes(&self) -> (usize, usize) {
        let notes = [
            self.lists.len(),
            self.unlisted.len(),
            self.troubles.len(),
            self.lost.len(),
            self.gone.len(),
            self.intended.len(),
            self.awaits.len(),
            self.awaited.len(),
        ];
        (self.objects.len(), notes.iter().sum())
    }

    /// Its parent was deleted a moment ago: whatever a list of it shows is of the past.
    pub(super) fn is_of_the_past(&self, of: &Collection) -> bool {
        let parent = of.parent.as_ref().zip(of.kind.parent());
        parent.is_some_and(|(id, kind)| self.gone.contains_key(&(kind, id.clone())))
    }

    /// Who waits for it.
    pub(super) fn awaiting(&self, what: &Await) -> impl Iterator<Item = &Owner> {
        self.awaited.get(what).into_iter().flatten()
    }

    /// One object.
    pub fn get(&self, kind: Kind, id: &Id) -> Option<&Known> {
        self.objects.get(&(kind, id.clone()))
    }

    /// Every object, strangers' included, by kind and id.
    pub fn objects(&self) -> impl Iterator<Item = &Known> {
        self.objects.values()
    }

    /// The same for one shard.
    #[must_use]
    pub fn of_shard(self, shard: Shard) -> Index {
        Index { shard, ..self }
    }

    /// Whether an object is an owner's of our shard.
    pub fn is_ours(&self, known: &Known) -> bool {
        known.seen.key.as_ref().is_some_and(|key| self.shard.has(Some(key.owner.class())))
    }

    /// Every object of one kind.
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Known> {
        let first = (kind, Id(String::new()));
        self.objects.range(first..).take_while(move |((k, _), _)| *k == kind).map(|(_, known)| known)
    }

    /// Every object of one kind below an HTTP API: their ids start with the API's.
    pub(super) fn in_api(&self, kind: Kind, api: &str) -> impl Iterator<Item = &Known> {
        let prefix = format!("{api}/");
        let first = (kind, Id(prefix.clone()));
        self.objects
            .range(first..)
            .take_while(move |((k, id), _)| *k == kind && id.0.starts_with(&prefix))
            .map(|(_, known)| known)
    }

    /// The objects seen under a key, by id.
    pub fn under(&self, key: &ResourceKey) -> impl Iterator<Item = &Known> {
        let first = (key.kind, key.slot.clone(), Id(String::new()));
        let owned = self.owned.get(&key.owner).map(|owned| owned.range(first..));
        owned
            .into_iter()
            .flatten()
            .take_while(|(kind, slot, _)| *kind == key.kind && *slot == key.slot)
            .filter_map(|(kind, _, id)| self.get(*kind, id))
    }

    /// The keys under which an owner's objects are seen.
    pub fn keys(&self, owner: &Owner) -> BTreeSet<ResourceKey> {
        let owned = self.owned.get(owner).into_iter().flatten();
        owned
            .map(|(kind, slot, _)| ResourceKey { kind: *kind, owner: owner.clone(), slot: slot.clone() })
            .collect()
    }

    /// Everyone whose marks are seen, whether an object of that name exists in the cluster or not.
    pub fn owners(&self) -> BTreeSet<Owner> {
        self.owned.keys().cloned().collect()
    }

    /// The objects that refer to `id`.
    pub fn referrers(&self, id: &Id) -> impl Iterator<Item = &Known> {
        self.referrers.get(id).into_iter().flatten().filter_map(|(kind, id)| self.get(*kind, id))
    }

    /// The objects that have the name, port or route key which `body` needs for itself.
    pub fn holders(&self, body: &Body<Id>) -> impl Iterator<Item = &Known> {
        let kind = body.kind();
        let ids = natural(body).and_then(|natural| self.naturals.get(&natural));
        ids.into_iter().flatten().filter_map(move |id| self.get(kind, id))
    }

    /// The route of an HTTP API with this route key.
    pub(super) fn route(&self, api: &Id, route_key: &str) -> Option<&Known> {
        let natural = (Kind::Route, vec![api.0.clone(), route_key.to_owned()]);
        self.get(Kind::Route, self.naturals.get(&natural)?.first()?)
    }

    /// When the latest pass over a collection started; `None`: not listed in this term. What is
    /// below a parent that we made in this term counts as listed then.
    pub fn listed(&self, of: &Collection) -> Option<Time> {
        let pass = self.lists.get(of).copied();
        let parent = of.parent.as_ref().and_then(|id| self.get(of.kind.parent()?, id));
        pass.max(parent.filter(|known| known.created).map(|known| known.existed))
    }

    /// The collections in which a resource of `kind` of this class can be. Below a parent that is
    /// not seen yet there may be more: its own collection is among them.
    pub fn places(&self, kind: Kind, class: &str) -> BTreeSet<Collection> {
        let Some(parent) = kind.parent() else { return BTreeSet::from([Collection::region(kind)]) };
        let ours = |known: &&Known| known.seen.key.as_ref().is_some_and(|k| k.owner.class() == class);
        let parents = self.of_kind(parent).filter(ours);
        let below = parents.map(|known| Collection::under(kind, &known.seen.id));
        below.chain([Collection::region(parent)]).collect()
    }

    /// Why a collection could not be listed.
    pub fn list_trouble(&self, of: &Collection) -> Option<&Trouble> {
        self.unlisted.get(of)
    }

    /// What went wrong with a create (`id` is `None`) or with an update or delete of `id`.
    pub fn trouble(&self, key: &ResourceKey, id: Option<&Id>) -> Option<&Trouble> {
        self.troubles.get(&(key.clone(), id.cloned()))
    }

    /// Since when an object may exist under `key` that no list showed: a create of ours was lost, or
    /// status has an `entry` that an earlier leader wrote. Only a list that starts
    /// [`settle`](Index::settle) later can tell.
    pub fn uncertain_since(&self, key: &ResourceKey, entry: Option<&Entry>) -> Option<Time> {
        let recorded = match entry {
            None => None,
            Some(Entry { id: None, .. }) => (!self.intended.contains(key)).then_some(self.takeover),
            Some(Entry { id: Some(id), .. }) => {
                let known =
                    self.get(key.kind, id).is_some() || self.gone.contains_key(&(key.kind, id.clone()));
                (!known).then_some(self.takeover)
            }
        };
        recorded.max(self.lost.get(key).copied())
    }

    /// The owner's keys under which a create was lost in this term.
    pub fn lost(&self, owner: &Owner) -> impl Iterator<Item = &ResourceKey> {
        self.lost.keys().filter(move |key| key.owner == *owner)
    }

    /// The latest moment at which an object of `owner` may have come to be without our knowing it.
    pub fn uncertain_owner_since(&self, owner: &Owner) -> Time {
        let lost = self.lost(owner).filter_map(|key| self.lost.get(key));
        lost.max().copied().unwrap_or(self.takeover).max(self.takeover)
    }

    /// Since when the index believes that the object's key is what it is.
    pub fn keyed_since(&self, known: &Known) -> Time {
        known.keyed
    }

    /// A list that starts then or later shows what earlier leaders made, and nothing that they deleted.
    pub fn settled(&self) -> Time {
        self.takeover + self.settle
    }

    /// A list that starts then or later shows every object of `kind` of this class that came to be
    /// without our hearing of it: made by an earlier leader, or by a create that was lost.
    pub fn settled_from(&self, kind: Kind, class: &str) -> Time {
        let here = |key: &&ResourceKey| key.kind == kind && key.owner.class() == class;
        let lost = self.lost.keys().filter(here).filter_map(|key| self.lost.get(key)).max();
        lost.copied().unwrap_or(self.takeover).max(self.takeover) + self.settle
    }

    /// An object of any kind by its id.
    pub fn find(&self, id: &Id) -> Option<&Known> {
        Kind::ALL.into_iter().find_map(|kind| self.get(kind, id))
    }

    /// Puts an object in, in place of what is known under its kind and id.
    pub(super) fn insert(&mut self, known: Known) {
        let at = (known.seen.body.kind(), known.seen.id.clone());
        self.remove(&at);
        for id in known.seen.body.refs() {
            self.referrers.entry(id.clone()).or_default().insert(at.clone());
        }
        if let Some(key) = &known.seen.key {
            let owned = self.owned.entry(key.owner.clone()).or_default();
            owned.insert((at.0, key.slot.clone(), at.1.clone()));
        }
        if let Some(natural) = natural(&known.seen.body) {
            self.naturals.entry(natural).or_default().insert(at.1.clone());
        }
        self.objects.insert(at, known);
    }

    /// Takes an object out.
    pub(super) fn remove(&mut self, at: &(Kind, Id)) -> Option<Known> {
        let known = self.objects.remove(at)?;
        for id in known.seen.body.refs() {
            drop_from(&mut self.referrers, id, at);
        }
        if let Some(key) = &known.seen.key {
            drop_from(&mut self.owned, &key.owner, &(at.0, key.slot.clone(), at.1.clone()));
        }
        if let Some(natural) = natural(&known.seen.body) {
            drop_from(&mut self.naturals, &natural, &at.1);
        }
        Some(known)
    }
}

impl Known {
    /// When we last wrote it, or asked for the settings that no list shows; `None`: not since we lead.
    pub fn looked_after(&self) -> Option<Time> {
        self.asked.max(self.replied)
    }

    /// AWS counts it among the things that exist and last.
    pub fn stands(&self) -> bool {
        matches!(self.seen.state, State::Usable | State::Pending)
    }
}

/// Removes `value` from the set under `key`, and an empty set with it.
fn drop_from<K: Ord, V: Ord>(map: &mut BTreeMap<K, BTreeSet<V>>, key: &K, value: &V) {
    if let Some(set) = map.get_mut(key) {
        set.remove(value);
        if set.is_empty() {
            map.remove(key);
        }
    }
}

/// What of these settings only one object can have in AWS. VPC links, HTTP APIs and integrations
/// may be equal in everything.
fn natural(body: &Body<Id>) -> Option<Natural> {
    let parts = match body {
        Body::SecurityGroup(b) => vec![b.vpc.clone(), b.name.clone()],
        Body::SecurityGroupRule(b) => {
            let ports = format!("{:?} {}-{}", b.direction, b.from_port, b.to_port);
            vec![b.group.0.clone(), ports, b.peer.0.clone()]
        }
        Body::LoadBalancer(b) => vec![b.name.clone()],
        Body::TargetGroup(b) => vec![b.name.clone()],
        Body::Listener(b) => vec![b.load_balancer.0.clone(), b.port.to_string()],
        Body::Stage(b) => vec![b.api.0.clone(), b.name.clone()],
        Body::Route(b) => vec![b.api.0.clone(), b.route_key.clone()],
        Body::RouteSettings(b) => vec![b.stage.0.clone(), b.route_key.clone()],
        Body::VpcLink(_) | Body::Api(_) | Body::Integration(_) => return None,
    };
    Some((body.kind(), parts))
}
