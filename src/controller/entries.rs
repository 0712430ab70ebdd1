//! What the objects' status remembers of their AWS resources, as the planner wants it.

use std::collections::BTreeMap;

use crate::api::service_status::ResourceEntry;
use crate::model::{Entry, Hash, Id, Kind, Owner, ResourceKey, Slot};

/// The entries of `owner`'s status by key. An entry of a kind that this version does not know was
/// written by a newer one: it is left out here, and a list pass finds the object by its marks.
pub fn of(owner: &Owner, recorded: &[ResourceEntry]) -> BTreeMap<ResourceKey, Entry> {
    let entries = recorded.iter().filter_map(|r| {
        let entry = Entry {
            kind: r.kind.parse::<Kind>().ok()?,
            slot: Slot(r.slot.clone()),
            id: r.id.clone().map(Id),
            hash: r.hash.clone().map(Hash),
        };
        let key = ResourceKey { kind: entry.kind, owner: owner.clone(), slot: entry.slot.clone() };
        Some((key, entry))
    });
    entries.collect()
}
