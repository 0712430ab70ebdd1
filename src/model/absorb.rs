//! Takes in what AWS told us, and says whom it concerns. Pure.
//!
//! - A reply to a write of ours beats a list pass that started less than
//!   [`settle`](Index::settle) later: the pass may lag.
//! - An object is gone when our delete was answered (also with "not found", unless it is younger than
//!   `settle`), or when a pass lacks it that started `settle` or more after the first evidence of it.
//! - Routes and route settings carry no marks: whose they are follows from what they are about.

use std::collections::BTreeSet;

use super::backoff::{backoff, spread};
use super::event::Event;
use super::index::{Await, Collection, Index, Known, Trouble, Written};
use super::stage::RouteSettings;
use super::{AwsError, Body, ErrorClass, Hash, Id, Kind, Owner, ResourceKey, Seen, State, Time};

/// Takes in one event. Returns whom to wake: the owners of what changed, of what refers to it and of
/// what it refers to anew, and whoever waits for it ([`Index::wait`]).
pub fn absorb(ix: &mut Index, event: Event) -> BTreeSet<Owner> {
    let mut changes = Changes::default();
    match event {
        Event::Listed { of, started, items } => listed(ix, &mut changes, of, started, items),
        Event::NotListed { of, error, at } => {
            if !ix.is_of_the_past(&of) {
                let trouble = again(ix.unlisted.get(&of), &of, error, None, at);
                ix.unlisted.insert(of.clone(), trouble);
            }
            changes.lists.insert(of);
        }
        Event::Attributes { kind, id, body, at } => attributes(ix, &mut changes, kind, &id, body, at),
        Event::Replied { seen, written, created } => replied(ix, &mut changes, seen, written, created),
        Event::Going { kind, id, at } => going(ix, &mut changes, kind, id, at),
        Event::Gone { kind, id, at } => gone(ix, &mut changes, kind, id, at),
        Event::Failed { key, id, hash, error, at } => failed(ix, &mut changes, key, id, hash, error, at),
        Event::Lost { key, at } => {
            let lost = ix.lost.entry(key.clone()).or_insert(at);
            *lost = at.max(*lost);
            changes.keys.insert(key);
        }
    }
    changes.work_out_keys(ix);
    changes.owners(ix)
}

/// What an event changed.
#[derive(Default)]
struct Changes {
    keys: BTreeSet<ResourceKey>,
    ids: BTreeSet<Id>,
    lists: BTreeSet<Collection>,
    /// What something began to refer to.
    used: BTreeSet<Id>,
    /// HTTP APIs below which something changed, with the time of the news.
    apis: BTreeSet<(Id, Time)>,
}

impl Changes {
    fn note(&mut self, known: &Known, at: Time) {
        self.ids.insert(known.seen.id.clone());
        self.keys.extend(known.seen.key.clone());
        match known.seen.body.kind() {
            Kind::Api | Kind::Stage | Kind::Integration | Kind::Route | Kind::RouteSettings => {
                self.apis.insert((Id(known.seen.id.parts().0.to_owned()), at));
            }
            _ => {}
        }
    }

    /// Whose the routes and route settings of the touched APIs are.
    fn work_out_keys(&mut self, ix: &mut Index) {
        for (api, at) in std::mem::take(&mut self.apis) {
            for kind in [Kind::Route, Kind::RouteSettings] {
                let moved: Vec<Known> =
                    ix.in_api(kind, &api.0).filter_map(|known| worked_out(ix, known, at)).collect();
                for known in moved {
                    let before = ix.get(kind, &known.seen.id).and_then(|k| k.seen.key.clone());
                    self.keys.extend(before);
                    self.note(&known, at);
                    ix.insert(known);
                }
            }
        }
        self.apis.clear();
    }

    fn owners(self, ix: &Index) -> BTreeSet<Owner> {
        let mut owners = BTreeSet::new();
        for id in self.ids {
            let keys = ix.referrers(&id).filter_map(|known| known.seen.key.as_ref());
            owners.extend(keys.map(|key| key.owner.clone()));
            owners.extend(ix.awaiting(&Await::Object(id)).cloned());
        }
        let used = self.used.iter().filter_map(|id| ix.find(id)?.seen.key.as_ref());
        owners.extend(used.map(|key| key.owner.clone()));
        for key in self.keys {
            owners.insert(key.owner.clone());
            owners.extend(ix.awaiting(&Await::Key(key)).cloned());
        }
        for of in self.lists {
            owners.extend(ix.awaiting(&Await::List(of)).cloned());
        }
        owners
    }
}

/// The route or route setting as it must stand in the index now; `None`: as it stands.
fn worked_out(ix: &Index, known: &Known, at: Time) -> Option<Known> {
    let mut new = match &known.seen.body {
        // Once known to be ours it stays so, whatever a hand makes it point at.
        Body::Route(_) if known.seen.key.is_some() => return None,
        Body::Route(route) => {
            let target = ix.get(Kind::Integration, &route.target)?;
            let owner = &target.seen.key.as_ref()?.owner;
            let key = ResourceKey::new(Kind::Route, owner, &route.route_key);
            Known { seen: Seen { key: Some(key), ..known.seen.clone() }, ..known.clone() }
        }
        Body::RouteSettings(settings) => {
            let api = Id(settings.stage.parts().0.to_owned());
            let route = ix.route(&api, &settings.route_key);
            let owner = match route {
                Some(route) => route.seen.key.as_ref().map(|key| key.owner.clone()),
                None => class_of(ix, &api),
            };
            let key = owner.map(|owner| ResourceKey::new(Kind::RouteSettings, &owner, &settings.route_key));
            let route = route.map_or_else(|| api.child(""), |route| route.seen.id.clone());
            if key == known.seen.key && route == settings.route {
                return None;
            }
            let body = Body::RouteSettings(RouteSettings { route, ..settings.clone() });
            Known { seen: Seen { key, body, ..known.seen.clone() }, ..known.clone() }
        }
        _ => return None,
    };
    if new.seen.key != known.seen.key {
        new.keyed = at;
    }
    Some(new)
}

/// The class whose HTTP API it is.
fn class_of(ix: &Index, api: &Id) -> Option<Owner> {
    let api = ix.get(Kind::Api, api)?;
    Some(Owner::Class(api.seen.key.as_ref()?.owner.class().to_owned()))
}

fn listed(ix: &mut Index, changes: &mut Changes, of: Collection, started: Time, items: Vec<Seen>) {
    if ix.lists.get(&of).is_some_and(|last| *last > started) {
        return;
    }
    let shown: BTreeSet<Id> = items.iter().map(|seen| seen.id.clone()).collect();
    for seen in items {
        shown_by(ix, changes, seen, started);
    }
    let absent: Vec<(Kind, Id)> = ix
        .of_kind(of.kind)
        .filter(|k| Collection::of(&k.seen.body) == of && !shown.contains(&k.seen.id))
        .filter(|k| started >= k.existed + ix.settle)
        .map(|k| (of.kind, k.seen.id.clone()))
        .collect();
    for at in absent {
        take_out(ix, changes, &at, started);
    }
    // No pass takes that long: what it shows cannot be older.
    let settle = ix.settle;
    ix.gone.retain(|_, at| *at + settle * 10 > started);
    ix.unlisted.remove(&of);
    if !ix.is_of_the_past(&of) {
        ix.lists.insert(of.clone(), started);
    }
    changes.lists.insert(of);
}

/// One item of a list pass.
fn shown_by(ix: &mut Index, changes: &mut Changes, mut seen: Seen, started: Time) {
    let at = (seen.body.kind(), seen.id.clone());
    if ix.gone.get(&at).is_some_and(|gone| started < *gone + ix.settle) {
        return;
    }
    seen.at = started;
    let Some(old) = ix.objects.get(&at).cloned() else {
        // Not made by a call of ours that was answered: by a lost one, or before we took over.
        let lost = seen.key.as_ref().and_then(|key| ix.lost.get(key)).copied();
        let new = Known {
            written: Written::Untouched,
            read: None,
            asked: None,
            since: started,
            replied: None,
            existed: lost.map_or(ix.takeover, |lost| lost.max(ix.takeover)),
            keyed: started,
            created: false,
            seen,
        };
        return put(ix, changes, None, new);
    };
    let mut new = old.clone();
    if seen.state.progress() > old.seen.state.progress()
        || old.replied.is_none_or(|r| started >= r + ix.settle)
    {
        new.seen.state = seen.state;
    }
    if old.replied.is_none_or(|replied| started >= replied + ix.settle) {
        let worked_out = matches!(at.0, Kind::Route | Kind::RouteSettings);
        let key = if worked_out { old.seen.key.clone() } else { seen.key };
        new.seen = Seen { key, state: new.seen.state, ..seen };
    }
    put(ix, changes, Some(old), new);
}

/// Puts an object in; notes it if it is news.
fn put(ix: &mut Index, changes: &mut Changes, old: Option<Known>, mut new: Known) {
    let at = new.seen.at;
    let changed = old.as_ref().is_none_or(|old| {
        old.seen.state != new.seen.state || old.seen.key != new.seen.key || old.seen.body != new.seen.body
    });
    if old.as_ref().is_some_and(|old| old.seen.state != new.seen.state) {
        new.since = at;
    }
    if old.as_ref().is_some_and(|old| old.seen.key != new.seen.key) {
        new.keyed = at;
    }
    if let (State::Failed(words), Some(key)) = (&new.seen.state, &new.seen.key)
        && old.as_ref().is_none_or(|old| old.seen.state != new.seen.state)
    {
        made_in_vain(ix, &new, key.clone(), words.clone(), at);
    }
    if changed {
        if let Some(old) = &old {
            changes.note(old, at);
        }
        changes.note(&new, at);
        let refs = |known: &Known| known.seen.body.refs().into_iter().cloned().collect::<BTreeSet<Id>>();
        let before = old.as_ref().map(refs).unwrap_or_default();
        changes.used.extend(refs(&new).difference(&before).cloned());
    }
    ix.insert(new);
}

/// AWS accepted a create and then gave up on the object: the next attempt waits like after an error.
fn made_in_vain(ix: &mut Index, known: &Known, key: ResourceKey, words: String, at: Time) {
    let hash = match &known.written {
        Written::All(hash) => hash.clone(),
        Written::Untouched | Written::Partly => known.seen.body.hash(),
    };
    let error = AwsError {
        class: ErrorClass::Unknown,
        action: format!("create {}", key.kind.words()),
        code: "FAILED".to_owned(),
        message: words,
        request_id: None,
        retry_after: None,
    };
    let old = ix.troubles.get(&(key.clone(), None));
    // Another attempt's trouble is about other settings: this one's tells nothing about those.
    if old.is_none_or(|old| old.hash.as_ref() == Some(&hash)) {
        let trouble = again(old, &key, error, Some(hash), at);
        ix.troubles.insert((key, None), trouble);
    }
}

fn replied(ix: &mut Index, changes: &mut Changes, seen: Seen, written: Option<Hash>, created: bool) {
    let at = (seen.body.kind(), seen.id.clone());
    let when = seen.at;
    let old = ix.objects.get(&at).cloned();
    let stale = ix.gone.get(&at).is_some_and(|gone| *gone >= when)
        || old.as_ref().is_some_and(|old| old.replied.is_some_and(|replied| replied > when));
    if let Some(key) = &seen.key {
        changes.keys.insert(key.clone());
        if created {
            ix.lost.remove(key);
        }
        // Of a create that AWS is still at work on, the attempts count on.
        if !created || seen.state == State::Usable {
            ix.troubles.remove(&(key.clone(), (!created).then(|| seen.id.clone())));
        }
    }
    if stale {
        return;
    }
    ix.gone.remove(&at);
    let mut new = Known {
        written: written.map_or(Written::Partly, Written::All),
        read: None,
        asked: old.as_ref().and_then(|old| old.asked),
        since: old.as_ref().map_or(when, |old| old.since),
        replied: Some(when),
        existed: old.as_ref().filter(|_| !created).map_or(when, |old| old.existed),
        keyed: old.as_ref().map_or(when, |old| old.keyed),
        created: created || old.as_ref().is_some_and(|old| old.created),
        seen,
    };
    if let Some(old) = old.as_ref().filter(|old| old.seen.state.progress() > new.seen.state.progress()) {
        new.seen.state = old.seen.state.clone();
    }
    put(ix, changes, old, new);
}

fn attributes(ix: &mut Index, changes: &mut Changes, kind: Kind, id: &Id, body: Option<Body<Id>>, at: Time) {
    let Some(old) = ix.get(kind, id).cloned() else { return };
    let mut new = Known { asked: Some(at), ..old.clone() };
    // Read while we wrote: it may show either.
    if old.replied.is_none_or(|replied| at >= replied + ix.settle) && body.is_some() {
        new.read = body;
    }
    if new.read != old.read {
        changes.note(&new, at);
    }
    ix.insert(new);
}

fn going(ix: &mut Index, changes: &mut Changes, kind: Kind, id: Id, at: Time) {
    let Some(old) = ix.get(kind, &id).cloned() else { return };
    forgive(ix, &old);
    let mut new = old.clone();
    new.seen.state = State::Deleting;
    new.seen.at = at;
    new.replied = Some(at);
    put(ix, changes, Some(old), new);
}

fn gone(ix: &mut Index, changes: &mut Changes, kind: Kind, id: Id, at: Time) {
    if ix.get(kind, &id).is_some_and(|known| known.replied.is_some_and(|replied| replied > at)) {
        return;
    }
    ix.gone.insert((kind, id.clone()), at);
    changes.ids.insert(id.clone());
    take_out(ix, changes, &(kind, id), at);
}

/// Takes an object out, with everything that goes when it goes.
fn take_out(ix: &mut Index, changes: &mut Changes, at: &(Kind, Id), when: Time) {
    let Some(known) = ix.remove(at) else { return };
    changes.note(&known, when);
    forgive(ix, &known);
    ix.lists.retain(|of, _| of.parent.as_ref() != Some(&at.1));
    ix.unlisted.retain(|of, _| of.parent.as_ref() != Some(&at.1));
    let inside: Vec<(Kind, Id)> = ix
        .referrers(&at.1)
        .filter(|k| k.seen.body.lives_in() == Some(&at.1))
        .map(|k| (k.seen.body.kind(), k.seen.id.clone()))
        .collect();
    for child in inside {
        ix.gone.insert(child.clone(), when);
        take_out(ix, changes, &child, when);
    }
}

/// Forgets what went wrong with an object.
fn forgive(ix: &mut Index, known: &Known) {
    let id = Some(known.seen.id.clone());
    match &known.seen.key {
        Some(key) => _ = ix.troubles.remove(&(key.clone(), id)),
        // Under the key by which a class removes it.
        None => ix.troubles.retain(|(key, of), _| *of != id || key.as_stray().is_none()),
    }
}

fn failed(
    ix: &mut Index,
    changes: &mut Changes,
    key: ResourceKey,
    id: Option<Id>,
    hash: Option<Hash>,
    error: AwsError,
    at: Time,
) {
    let known = id.as_ref().and_then(|id| ix.objects.get_mut(&(key.kind, id.clone())));
    let settle = ix.settle;
    if let (Some(known), Some(_)) = (known, &hash) {
        known.written = Written::Partly;
    }
    changes.keys.insert(key.clone());
    // Not found by an update may be about what it refers to: only a list tells.
    if let (ErrorClass::Gone, Some(id), None) = (error.class, &id, &hash) {
        // Not found soon after it was made is a lagging read; later it is true.
        let old_enough = |k: &Known| k.seen.state == State::Deleting || at >= k.existed + settle;
        if ix.get(key.kind, id).is_none_or(old_enough) {
            ix.troubles.remove(&(key.clone(), Some(id.clone())));
            return gone(ix, changes, key.kind, id.clone(), at);
        }
    }
    let slot = (key.clone(), id);
    let old = ix.troubles.get(&slot).filter(|old| old.hash == hash);
    let trouble = again(old, &key, error, hash, at);
    ix.troubles.insert(slot, trouble);
}

/// The trouble after one more failure.
fn again(
    old: Option<&Trouble>,
    whose: &impl std::hash::Hash,
    error: AwsError,
    hash: Option<Hash>,
    at: Time,
) -> Trouble {
    let attempts = old.map_or(1, |old| old.attempts.saturating_add(1));
    let wait = backoff(error.class, attempts, error.retry_after, spread(whose, attempts));
    Trouble {
        attempts,
        since: old.map_or(at, |old| old.since),
        last: at,
        retry_at: wait.map(|wait| at + wait),
        hash,
        error,
    }
}
