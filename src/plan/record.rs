//! What status must record of a key: enough to do nothing after a restart, and the intents that keep
//! a create that AWS cannot repeat safely from being made twice.

use super::standing::{Resolved, Standing};
use super::{Act, Planner, Why};
use crate::model::index::{Collection, Known};
use crate::model::{Entry, ResourceKey};

impl Planner<'_> {
    /// The entry, before any of `acts` is posted; `None`: nothing.
    pub(super) fn record(
        &self,
        key: &ResourceKey,
        standing: Option<&Standing<'_>>,
        acts: &[Act],
    ) -> Option<Entry> {
        let old = self.view.entries.get(key);
        match standing {
            // What it is cannot be told now.
            Some(Standing::Blocked(_)) => old.cloned(),
            Some(Standing::Resolved(resolved)) => match resolved.current {
                Some(known) => Some(self.record_current(key, resolved, known, acts)),
                None => self.record_absent(key, resolved, acts, old),
            },
            None => self.record_unwanted(key, acts, old),
        }
    }

    fn record_current(
        &self,
        key: &ResourceKey,
        resolved: &Resolved<'_>,
        known: &Known,
        acts: &[Act],
    ) -> Entry {
        let updating = acts.iter().any(|act| matches!(act, Act::Update { .. }));
        let hash = if self.is_as_wanted(key, known, &resolved.wanted) {
            Some(resolved.wanted.hash())
        } else if updating && key.kind.has_unlisted_settings() {
            // If the update ends half-way, no list will show it.
            None
        } else {
            self.written(key, known)
        };
        Entry { kind: key.kind, slot: key.slot.clone(), id: Some(known.seen.id.clone()), hash }
    }

    fn record_absent(
        &self,
        key: &ResourceKey,
        resolved: &Resolved<'_>,
        acts: &[Act],
        old: Option<&Entry>,
    ) -> Option<Entry> {
        let creating = acts.iter().any(|act| matches!(act, Act::Create(_)));
        if creating {
            let intent = Entry { kind: key.kind, slot: key.slot.clone(), id: None, hash: None };
            return key.kind.token_less().then_some(intent);
        }
        let unlisted = self.view.index.listed(&Collection::of(&resolved.wanted)).is_none();
        let undecided = acts.iter().any(|act| {
            matches!(
                act,
                Act::Wait(Why::Running | Why::Uncertain { .. } | Why::Unlisted { .. } | Why::Drifted)
            )
        });
        let keep = resolved.assumed
            || unlisted
            || undecided
            || self.view.index.uncertain_since(key, old).is_some()
            || acts.iter().any(|act| matches!(act, Act::Refuse(id) if self.recorded(key) == Some(id)))
            || old.is_some_and(|old| old.id.is_none());
        old.filter(|_| keep).cloned()
    }

    /// Kept until it is proved that there is nothing.
    fn record_unwanted(&self, key: &ResourceKey, acts: &[Act], old: Option<&Entry>) -> Option<Entry> {
        let seen = self.recorded(key).is_some_and(|id| self.view.index.get(key.kind, id).is_some());
        let undecided = acts
            .iter()
            .any(|act| matches!(act, Act::Wait(Why::Running | Why::Uncertain { .. } | Why::Unlisted { .. })));
        old.filter(|_| seen || undecided).cloned()
    }
}
