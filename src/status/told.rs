//! What of a status cannot wait to be told.

use crate::api::condition::find;
use crate::api::service_status::ResourceEntry;
use crate::api::{ClassStatus, Condition, ConditionType, ServiceStatus};

/// A status as far as its pace is concerned.
pub trait Told {
    /// Its conditions.
    fn conditions(&self) -> &[Condition];
    /// What it records of AWS.
    fn resources(&self) -> &[ResourceEntry];

    /// Whether `self` must follow `old` at once: people and GitOps wait for `Ready` and `Stalled`, what others
    /// did is told before it is put right, an intent is recorded before the create that it announces, and before settings that no list shows are written
    /// it is forgotten what they were: a write that ends half-way must be seen as such later on.
    fn is_urgent_after(&self, old: &Self) -> bool {
        let changed = |type_| match (find(old.conditions(), type_), find(self.conditions(), type_)) {
            (Some(old), Some(new)) => {
                (&old.status, &old.reason, old.observed_generation)
                    != (&new.status, &new.reason, new.observed_generation)
            }
            (old, new) => old.is_some() != new.is_some(),
        };
        let intent = |entry: &ResourceEntry| entry.id.is_none() && !old.resources().contains(entry);
        let forgets = |entry: &ResourceEntry| {
            let same = |o: &&ResourceEntry| o.kind == entry.kind && o.slot == entry.slot && o.id == entry.id;
            entry.hash.is_none() && old.resources().iter().find(same).is_some_and(|o| o.hash.is_some())
        };
        [ConditionType::Ready, ConditionType::Stalled, ConditionType::Drifted].into_iter().any(changed)
            || self.resources().iter().any(|entry| intent(entry) || forgets(entry))
    }
}

impl Told for ServiceStatus {
    fn conditions(&self) -> &[Condition] {
        &self.conditions
    }
    fn resources(&self) -> &[ResourceEntry] {
        &self.resources
    }
}

impl Told for ClassStatus {
    fn conditions(&self) -> &[Condition] {
        &self.conditions
    }
    fn resources(&self) -> &[ResourceEntry] {
        &self.resources
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::testing::served;
    use super::*;

    #[test]
    fn readiness_a_new_generation_and_what_a_write_rests_on_cannot_wait_and_all_else_can() {
        let case = served().written(Duration::from_secs(1));
        let old = case.object.status.clone().unwrap();
        assert!(old.is_urgent_after(&ServiceStatus::default()), "the first status");

        let mut targets = old.clone();
        targets.targets.as_mut().unwrap().healthy += 1;
        assert!(!targets.is_urgent_after(&old));
        let mut made = old.clone();
        made.resources[0].id = Some("another".to_owned());
        assert!(!made.is_urgent_after(&old), "an id that is not recorded is found again by its mark");

        let mut intent = old.clone();
        intent.resources[0].id = None;
        assert!(intent.is_urgent_after(&old));
        assert!(!intent.is_urgent_after(&intent), "an intent that is recorded already");
        let mut writing = old.clone();
        let hashed = writing.resources.iter_mut().find(|entry| entry.hash.is_some()).unwrap();
        hashed.hash = None;
        assert!(writing.is_urgent_after(&old), "settings that no list shows are about to be written");
        assert!(!old.is_urgent_after(&writing), "they are written");
        let mut edited = case;
        edited.object.metadata.generation = Some(2);
        let ready = edited.status();
        assert!(ready.is_urgent_after(&old));
        edited.health.as_mut().unwrap().healthy = 0;
        edited.health.as_mut().unwrap().registered = 0;
        assert!(edited.status().is_urgent_after(&ready), "Ready falls");
    }
}
