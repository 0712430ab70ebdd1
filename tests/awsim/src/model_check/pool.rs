//! What answers and inputs named so far: texts by the member they stood under.

use std::collections::BTreeMap;

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

/// How many texts are kept of one member: the oldest go first.
const KEPT: usize = 24;

/// Texts by [`name`].
#[derive(Debug, Default)]
pub(super) struct Pool {
    texts: BTreeMap<String, Vec<String>>,
}

impl Pool {
    /// Keeps every text of an answer or input.
    pub(super) fn learn(&mut self, value: &Value) {
        self.learn_as("", value);
    }

    fn learn_as(&mut self, member: &str, value: &Value) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    self.learn_as(name, value);
                }
            }
            Value::Array(elements) => elements.iter().for_each(|element| self.learn_as(member, element)),
            Value::String(text) if !text.is_empty() && text.len() < 300 => {
                let texts = self.texts.entry(name(member)).or_default();
                texts.retain(|known| known != text);
                texts.push(text.clone());
                if texts.len() > KEPT {
                    texts.remove(0);
                }
            }
            _ => {}
        }
    }

    /// A text that stood under such a member.
    pub(super) fn any(&self, member: &str, rng: &mut ChaCha8Rng) -> Option<&str> {
        let texts = self.texts.get(&name(member))?;
        // Late ones more often: the early ones are mostly gone.
        let late = &texts[texts.len().saturating_sub(4)..];
        let from = if rng.random_bool(0.6) { late } else { texts };
        from.choose(rng).map(String::as_str)
    }
}

/// One name for what is the same thing in several members: `GroupIds`, `SecurityGroups`, `GroupId`.
fn name(member: &str) -> String {
    let lower = member.to_ascii_lowercase();
    let one = lower.strip_suffix("list").or_else(|| lower.strip_suffix('s')).unwrap_or(&lower);
    let same = match one {
        "securitygroup" | "securitygroupid" | "group" | "sourcesecuritygroupid" => "groupid",
        "subnet" => "subnetid",
        "resourcearn" | "resourcearns" | "arn" | "resource" | "resourceid" => "resourcearn",
        "connectionid" => "vpclinkid",
        "hostedzoneid" => "hostedzoneid",
        "secretid" | "secretidlist" => "secretid",
        other => other,
    };
    same.to_owned()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_text_is_found_under_every_name_of_its_kind() {
        let mut pool = Pool::default();
        pool.learn(&json!({"SecurityGroups": [{"GroupId": "sg-1"}]}));
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for member in ["GroupIds", "SecurityGroupIds", "SecurityGroups"] {
            assert_eq!(pool.any(member, &mut rng), Some("sg-1"), "{member}");
        }
        assert_eq!(pool.any("VpcId", &mut rng), None);
    }
}
