//! Where settings differ, in words: which one, what is wanted, what is seen.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use super::{Body, Id};

/// One setting that differs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// Its name, as in the model: `health.path`.
    pub setting: String,
    /// What it should be; `nothing` if it should not be set.
    pub wanted: String,
    /// What it is in AWS.
    pub seen: String,
}

impl Body<Id> {
    /// Where `seen` differs from these, the wanted settings. Of two bodies of one kind, empty means equal.
    pub fn differences(&self, seen: &Body<Id>) -> Vec<Difference> {
        let mut found = Vec::new();
        compare("", &settings(self), &settings(seen), &mut found);
        found
    }
}

/// The settings without the kind's name around them.
fn settings(body: &Body<Id>) -> Value {
    // A struct of strings and numbers: serialising it cannot fail.
    match serde_json::to_value(body).unwrap_or_default() {
        Value::Object(kind) => kind.into_iter().next().map(|(_, settings)| settings).unwrap_or_default(),
        other => other,
    }
}

fn compare(name: &str, wanted: &Value, seen: &Value, found: &mut Vec<Difference>) {
    match (wanted, seen) {
        (Value::Object(a), Value::Object(b)) => {
            let names: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for inner in names {
                let path = if name.is_empty() { inner.clone() } else { format!("{name}.{inner}") };
                let side = |of: &serde_json::Map<String, Value>| of.get(inner).cloned().unwrap_or_default();
                compare(&path, &side(a), &side(b), found);
            }
        }
        (wanted, seen) if wanted == seen => {}
        (wanted, seen) => {
            found.push(Difference { setting: name.to_owned(), wanted: words(wanted), seen: words(seen) })
        }
    }
}

fn words(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) if text.is_empty() => "nothing".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => "nothing".to_owned(),
        Value::Array(items) => items.iter().map(words).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::stage::{Stage, Throttle};
    use crate::model::vpc_link::VpcLink;

    #[test]
    fn each_setting_that_differs_is_named_with_both_values_and_equal_ones_are_not() {
        let stage = |auto_deploy, burst| {
            let throttle = Throttle { rate: 100.0, burst };
            Body::Stage(Stage { api: Id::from("a1"), name: "$default".into(), auto_deploy, throttle })
        };
        assert_eq!(stage(true, 5).differences(&stage(true, 5)), []);
        let found = stage(true, 5).differences(&stage(false, 7));
        let told: Vec<String> =
            found.iter().map(|d| format!("{}: {} {}", d.setting, d.wanted, d.seen)).collect();
        assert_eq!(told, ["autoDeploy: true false", "throttle.burst: 5 7"]);
    }

    #[test]
    fn sets_are_told_whole_and_an_empty_one_as_nothing() {
        let link = |groups: &[&str]| {
            let security_groups = groups.iter().map(|g| Id::from(*g)).collect();
            Body::VpcLink(VpcLink { name: "l".into(), subnets: Default::default(), security_groups })
        };
        let found = link(&["sg-1", "sg-2"]).differences(&link(&[]));
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].wanted.as_str(), found[0].seen.as_str()), ("sg-1 sg-2", "nothing"));
    }
}
