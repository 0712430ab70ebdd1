//! What the classes' selectors found in EC2, by class, until the operator ends. The class's status
//! keeps the outcome, so that an unchanged class is never looked up again.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::model::network::{NetworkFacts, NetworkQuery};
use crate::model::{AwsError, Time};

/// Until a class whose network does not fit is looked up again: somebody may be mending it.
pub const AGAIN: Duration = Duration::from_secs(60);

/// Answers by class.
#[derive(Debug, Default)]
pub struct Networks(Mutex<BTreeMap<String, Lookup>>);

/// The last look-up of a class's network.
#[derive(Clone, Debug)]
pub struct Lookup {
    /// What was asked.
    pub query: NetworkQuery,
    /// What EC2 answered.
    pub answer: Result<NetworkFacts, AwsError>,
    /// When.
    pub at: Time,
}

impl Networks {
    /// The last answer to `query` for `class`; one to another query does not count.
    pub fn get(&self, class: &str, query: &NetworkQuery) -> Option<Lookup> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(class).filter(|lookup| lookup.query == *query).cloned()
    }

    /// Forgets a class that is gone.
    pub fn forget(&self, class: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(class);
    }

    /// How many classes have one.
    pub fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Remembers an answer.
    pub fn put(&self, class: &str, lookup: Lookup) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(class.to_owned(), lookup);
    }
}
