//! What each class last gave its services, and when their listener ports came free.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::desire::fold::{Fold, FoldSlice, Need, PORT_REST, Spot};
use crate::model::{NsName, Time};

/// The folds by class.
#[derive(Debug, Default)]
pub struct Folds(Mutex<BTreeMap<String, Given>>);

#[derive(Debug, Default)]
struct Given {
    fold: Arc<Fold>,
    /// The needs that it was folded from, by which a service knows whether its own has changed.
    needs: BTreeMap<NsName, Need>,
    /// Spots in use at the last fold.
    used: BTreeMap<Spot, NsName>,
    /// When spots came free.
    released: BTreeMap<Spot, Time>,
}

impl Folds {
    /// What `class` gives `service`, and the need that it was given for.
    pub fn slice(&self, class: &str, service: &NsName) -> (FoldSlice, Option<Need>) {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match all.get(class) {
            Some(given) => (given.fold.slice(service), given.needs.get(service).cloned()),
            None => (FoldSlice::default(), None),
        }
    }

    /// The need of `service` that was last valid: a service whose spec is refused keeps what it has.
    pub fn need(&self, class: &str, service: &NsName) -> Option<Need> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(class)?.needs.get(service).cloned()
    }

    /// When each spot came free, given those in use now.
    pub fn released(&self, class: &str, used: &BTreeMap<NsName, Spot>, now: Time) -> BTreeMap<Spot, Time> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let given = all.entry(class.to_owned()).or_default();
        let used: BTreeMap<Spot, NsName> = used.iter().map(|(name, spot)| (*spot, name.clone())).collect();
        let freed = given.used.keys().filter(|spot| !used.contains_key(spot)).map(|spot| (*spot, now));
        given.released.extend(freed.collect::<Vec<_>>());
        given.released.retain(|spot, at| !used.contains_key(spot) && now.since(*at) < PORT_REST);
        given.used = used;
        given.released.clone()
    }

    /// Publishes what `class` gives; returns the services whose part changed.
    pub fn publish(&self, class: &str, fold: &Arc<Fold>, needs: &[Need]) -> Vec<NsName> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let given = all.entry(class.to_owned()).or_default();
        let needs: BTreeMap<NsName, Need> = needs.iter().map(|n| (n.service.clone(), n.clone())).collect();
        let concerned = needs.keys().chain(given.needs.keys());
        let mut changed: Vec<NsName> = concerned
            .filter(|s| given.fold.slice(s) != fold.slice(s) || given.needs.get(*s) != needs.get(*s))
            .cloned()
            .collect();
        changed.sort();
        changed.dedup();
        given.fold = fold.clone();
        given.needs = needs;
        changed
    }

    /// Forgets a class that is gone.
    pub fn forget(&self, class: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(class);
    }

    /// How many classes have one.
    pub fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}
