//! Shards: the classes are shared out by their names, and each part has a leader and a lease of its
//! own. A service is where its class is. Pure.

use sha2::{Digest, Sha256};

/// One of several parts of the classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 0 on.
    pub index: u16,
    /// How many there are, at least one.
    pub of: u16,
}

impl Shard {
    /// All classes in one.
    pub const ONLY: Shard = Shard { index: 0, of: 1 };

    /// All shards of a layout of that many.
    pub fn all(of: u16) -> impl Iterator<Item = Shard> {
        (0..of).map(move |index| Shard { index, of })
    }

    /// Whether `class`, and every service of it, belongs here. What has no class yet belongs to the first
    /// shard. The same in every version and on every machine.
    pub fn has(self, class: Option<&str>) -> bool {
        let index = class.map_or(0, |class| {
            let hash = Sha256::digest(class.as_bytes());
            let first = hash.iter().take(8).fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
            first % u64::from(self.of.max(1))
        });
        index == u64::from(self.index)
    }

    /// The name of its lease; an only shard has the name that the settings give.
    pub fn lease(self, base: &str) -> String {
        match self {
            Shard { of: 1, .. } => base.to_owned(),
            Shard { index, of } => format!("{base}-{index}-of-{of}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_has_one_shard_which_never_changes() {
        let shard = |class| Shard::all(3).find(|s| s.has(Some(class))).unwrap().index;
        // Fixed for ever: replicas of different versions must agree.
        assert_eq!(["default", "public", "internal", "orders"].map(shard), [1, 0, 2, 1]);
        for class in (0..200).map(|i| format!("class-{i}")) {
            assert_eq!(Shard::all(7).filter(|s| s.has(Some(&class))).count(), 1);
        }
        assert!(Shard { index: 0, of: 1 }.has(Some("any")));
    }

    #[test]
    fn classes_spread_and_what_has_none_is_in_the_first() {
        let classes: Vec<String> = (0..400).map(|i| format!("class-{i}")).collect();
        for shard in Shard::all(4) {
            let count = classes.iter().filter(|c| shard.has(Some(c))).count();
            assert!((70..130).contains(&count), "{shard:?}: {count}");
            assert_eq!(shard.has(None), shard.index == 0);
        }
    }

    #[test]
    fn an_only_shard_has_the_lease_of_that_name() {
        assert_eq!(Shard { index: 0, of: 1 }.lease("gatewayed"), "gatewayed");
        assert_eq!(Shard { index: 2, of: 3 }.lease("gatewayed"), "gatewayed-2-of-3");
    }
}
