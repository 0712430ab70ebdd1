//! What others changed in AWS, and what the class's policy has done about it.

use serde::Serialize;

use super::Planner;
use crate::api::drift::DriftPolicy;
use crate::model::difference::Difference;
use crate::model::index::Known;
use crate::model::{Body, Id, Kind, ResourceKey};

/// What to do about changes that others made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DriftPolicies {
    /// About who reaches what.
    pub security: DriftPolicy,
    /// About all else.
    pub configuration: DriftPolicy,
}

impl DriftPolicies {
    /// The one for an object that is gone.
    fn of_gone(self, kind: Kind) -> DriftPolicy {
        match kind {
            Kind::SecurityGroup | Kind::SecurityGroupRule => self.security,
            _ => self.configuration,
        }
    }

    /// The one for an object that is no longer as `wanted`. It is put right as a whole: a change that
    /// concerns security takes the others with it.
    fn of_changed(self, wanted: &Body<Id>, seen: &Body<Id>) -> DriftPolicy {
        let security = match (wanted, seen) {
            (Body::LoadBalancer(a), Body::LoadBalancer(b)) => a.security_groups != b.security_groups,
            (Body::Route(a), Body::Route(b)) => a.authorization != b.authorization,
            _ => false,
        };
        if security { self.security } else { self.of_gone(wanted.kind()) }
    }
}

/// An object that is not as we left it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Drifted {
    /// Whose it is; of what others put into what is ours, a [stray](ResourceKey::stray)'s key.
    pub key: ResourceKey,
    /// Which object.
    pub id: Id,
    /// What happened to it.
    pub change: Change,
    /// What is done about it.
    pub policy: DriftPolicy,
}

/// What others did.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Change {
    /// The object is gone.
    Deleted,
    /// These settings differ from what we last wrote.
    Changed(Vec<Difference>),
    /// It is not ours, and is inside what is ours.
    Added(Box<Body<Id>>),
}

impl Planner<'_> {
    /// Notes that the object recorded under `key` is gone, or changed beyond repair (a listener's port, a
    /// rule), although nothing else is wanted. `Report`: no other may take its place.
    pub(super) fn note_absent(&mut self, key: &ResourceKey, wanted: &Body<Id>) -> DriftPolicy {
        let Some((entry, id)) = self.view.entries.get(key).and_then(|e| Some((e, e.id.clone()?))) else {
            return DriftPolicy::Repair;
        };
        match self.view.index.get(key.kind, &id) {
            // Something else is wanted by now: that is not theirs to decide.
            None if entry.hash != Some(wanted.hash()) => {
                self.note(key, id, Change::Deleted, DriftPolicy::Repair)
            }
            None => self.note(key, id, Change::Deleted, self.view.drift.of_gone(key.kind)),
            Some(known) if known.stands() => self.note_changed(key, known, wanted).unwrap_or_default(),
            Some(_) => DriftPolicy::Repair,
        }
    }

    /// Notes that we wrote `wanted`, completely, and yet the object is not so; `None`: another thing is
    /// wanted than what we wrote, or we wrote it in part. `Report`: it must stay so.
    pub(super) fn note_changed(
        &mut self,
        key: &ResourceKey,
        known: &Known,
        wanted: &Body<Id>,
    ) -> Option<DriftPolicy> {
        if self.written(key, known) != Some(wanted.hash()) {
            return None;
        }
        let mut differences = wanted.listed().differences(&known.seen.body.listed());
        if differences.is_empty() {
            differences.extend(known.read.iter().flat_map(|read| wanted.differences(read)));
        }
        let policy = self.view.drift.of_changed(wanted, &known.seen.body);
        Some(self.note(key, known.seen.id.clone(), Change::Changed(differences), policy))
    }

    /// Notes something that others put into what is ours. `Report`: it must stay.
    pub(super) fn note_added(&mut self, key: &ResourceKey, known: &Known) -> DriftPolicy {
        let change = Change::Added(Box::new(known.seen.body.clone()));
        self.note(key, known.seen.id.clone(), change, self.view.drift.security)
    }

    fn note(&mut self, key: &ResourceKey, id: Id, change: Change, policy: DriftPolicy) -> DriftPolicy {
        self.plan.drifted.push(Drifted { key: key.clone(), id, change, policy });
        policy
    }
}
