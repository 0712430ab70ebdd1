//! What is known of a request, by condition key. Names of keys are compared without regard to case,
//! the keys of tags in them too (IAM User Guide, "Condition element").

use std::cell::OnceCell;
use std::collections::BTreeMap;

use crate::world::Tags;

/// Values by key, the keys in lower case. A key without values is as good as absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    values: BTreeMap<String, Vec<String>>,
}

impl Context {
    /// Adds a key with one value.
    #[must_use]
    pub fn set(self, key: &str, value: impl Into<String>) -> Context {
        self.all(key, [value.into()])
    }

    /// Adds a key with many values, such as `aws:TagKeys`.
    #[must_use]
    pub fn all(mut self, key: &str, values: impl IntoIterator<Item = String>) -> Context {
        let values: Vec<String> = values.into_iter().collect();
        if !values.is_empty() {
            self.values.insert(key.to_lowercase(), values);
        }
        self
    }

    /// Adds the keys of another context, which win.
    #[must_use]
    pub fn and(mut self, other: Context) -> Context {
        self.values.extend(other.values);
        self
    }

    /// Adds the tags that the request gives: `aws:RequestTag/KEY` and `aws:TagKeys`.
    #[must_use]
    pub fn request_tags(self, tags: &Tags) -> Context {
        let keyed = self.all("aws:TagKeys", tags.keys().cloned());
        tags.iter().fold(keyed, |context, (key, value)| context.set(&format!("aws:RequestTag/{key}"), value))
    }
}

/// The context of one action on one resource: what holds for the caller, for the action, and the
/// resource's tags, which are looked up if a policy asks for them.
pub struct Facts<'a> {
    caller: &'a Context,
    action: &'a Context,
    look_up: &'a dyn Fn() -> Option<Tags>,
    tags: OnceCell<Tags>,
}

/// The services' own names of `aws:ResourceTag/`.
const OF_RESOURCES: [&str; 4] = [
    "aws:resourcetag/",
    "ec2:resourcetag/",
    "elasticloadbalancing:resourcetag/",
    "secretsmanager:resourcetag/",
];

impl<'a> Facts<'a> {
    /// `look_up` gives the resource's tags; `None` if there is no such resource.
    pub fn new(caller: &'a Context, action: &'a Context, look_up: &'a dyn Fn() -> Option<Tags>) -> Facts<'a> {
        Facts { caller, action, look_up, tags: OnceCell::new() }
    }

    /// The values of a key; none where it is absent.
    pub fn get(&self, key: &str) -> Vec<&str> {
        let key = key.to_lowercase();
        if let Some(tag) = OF_RESOURCES.iter().find_map(|prefix| key.strip_prefix(prefix)) {
            let tags = self.tags.get_or_init(|| (self.look_up)().unwrap_or_default());
            let found = tags.iter().find(|(name, _)| name.to_lowercase() == tag);
            return found.map(|(_, value)| value.as_str()).into_iter().collect();
        }
        let values = self.action.values.get(&key).or_else(|| self.caller.values.get(&key));
        values.into_iter().flatten().map(String::as_str).collect()
    }
}
