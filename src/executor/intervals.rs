//! How long to wait between two passes, by what is listed. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::index::{Collection, Index};

/// Between two passes. What is listed for the whole region is listed as often as the most eager class
/// asks, what is below a class's own load balancer or HTTP API as often as that class asks.
#[derive(Clone, Debug, PartialEq)]
pub struct Intervals {
    /// Of a class that does not say, and while there is none.
    usual: Duration,
    classes: BTreeMap<String, Duration>,
}

impl Intervals {
    /// No class yet.
    pub fn new(usual: Duration) -> Intervals {
        Intervals { usual, classes: BTreeMap::new() }
    }

    /// `class` asks for `interval`, or takes the usual one; whether that is new.
    pub fn set(&mut self, class: &str, interval: Option<Duration>) -> bool {
        let interval = interval.unwrap_or(self.usual);
        self.classes.insert(class.to_owned(), interval) != Some(interval)
    }

    /// The class is gone.
    pub fn forget(&mut self, class: &str) {
        self.classes.remove(class);
    }

    /// Of what is the class's.
    pub fn of(&self, class: &str) -> Duration {
        self.classes.get(class).copied().unwrap_or(self.usual)
    }

    /// Of one collection.
    pub fn between(&self, ix: &Index, of: &Collection) -> Duration {
        let parent = of.parent.as_ref().and_then(|id| ix.get(of.kind.parent()?, id));
        match parent.and_then(|known| known.seen.key.as_ref()) {
            Some(key) => self.of(key.owner.class()),
            None => self.classes.values().min().copied().unwrap_or(self.usual),
        }
    }
}
