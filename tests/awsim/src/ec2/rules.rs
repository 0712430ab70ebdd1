//! All rules of a region, by id and by the group that they belong to: what a group lets pass is asked
//! with most calls about groups and with every packet, and must not depend on how many others there are.

use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Iter};
use std::ops::Deref;

use serde::{Serialize, Serializer};

use super::rule::Rule;

/// Rules by id; read it as that map.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    by_id: BTreeMap<String, Rule>,
    /// Group and rule.
    of_group: BTreeSet<(String, String)>,
}

impl Rules {
    /// The rules of a group, in the order of their ids.
    pub fn of(&self, group: &str) -> impl Iterator<Item = &Rule> + use<'_> {
        let group = group.to_owned();
        let own = self.of_group.range((group.clone(), String::new())..);
        own.take_while(move |(of, _)| *of == group).filter_map(|(_, id)| self.by_id.get(id))
    }

    /// Adds a rule, or replaces the one with its id.
    pub fn insert(&mut self, rule: Rule) {
        let place = (rule.group.clone(), rule.id.clone());
        if let Some(old) = self.by_id.insert(rule.id.clone(), rule) {
            self.of_group.remove(&(old.group, old.id));
        }
        self.of_group.insert(place);
    }

    /// Takes a rule out.
    pub fn remove(&mut self, id: &str) -> Option<Rule> {
        let rule = self.by_id.remove(id)?;
        self.of_group.remove(&(rule.group.clone(), rule.id.clone()));
        Some(rule)
    }

    /// Takes all rules of a group out.
    pub fn remove_group(&mut self, group: &str) {
        let gone: Vec<String> = self.of(group).map(|rule| rule.id.clone()).collect();
        gone.iter().for_each(|id| drop(self.remove(id)));
    }

    /// Changes a rule's description and tags; its group and id stay.
    pub fn notes(&mut self, id: &str) -> Option<(&mut String, &mut crate::world::Tags)> {
        self.by_id.get_mut(id).map(|rule| (&mut rule.description, &mut rule.tags))
    }
}

impl Deref for Rules {
    type Target = BTreeMap<String, Rule>;

    fn deref(&self) -> &BTreeMap<String, Rule> {
        &self.by_id
    }
}

impl<'a> IntoIterator for &'a Rules {
    type Item = (&'a String, &'a Rule);
    type IntoIter = Iter<'a, String, Rule>;

    fn into_iter(self) -> Iter<'a, String, Rule> {
        self.by_id.iter()
    }
}

impl Serialize for Rules {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.by_id.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::super::rule::{Traffic, anywhere};
    use super::*;
    use crate::world::Tags;

    fn rule(id: &str, group: &str) -> Rule {
        let (id, group) = (id.to_owned(), group.to_owned());
        let traffic = Traffic::all(anywhere());
        Rule { id, group, egress: true, traffic, description: String::new(), tags: Tags::new() }
    }

    fn of(rules: &Rules, group: &str) -> Vec<String> {
        rules.of(group).map(|rule| rule.id.clone()).collect()
    }

    #[test]
    fn a_groups_rules_are_those_that_a_look_at_all_finds() {
        let mut rules = Rules::default();
        for (id, group) in [("r3", "a"), ("r1", "a"), ("r2", "b"), ("r4", "ab"), ("r5", "")] {
            rules.insert(rule(id, group));
        }
        rules.insert(rule("r1", "b"));
        rules.remove("r3");
        rules.insert(rule("r6", "a"));
        for group in ["", "a", "ab", "b", "c"] {
            let all = rules.values().filter(|rule| rule.group == group);
            assert_eq!(of(&rules, group), all.map(|rule| rule.id.clone()).collect::<Vec<_>>(), "{group}");
        }
        assert_eq!(of(&rules, "b"), ["r1", "r2"]);
        assert_eq!((&rules).into_iter().count(), 5);
        rules.remove_group("b");
        assert!(of(&rules, "b").is_empty() && !rules.contains_key("r1") && rules.contains_key("r6"));
    }
}
