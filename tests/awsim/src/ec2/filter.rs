//! The filters of Describe calls: all filters must match, one value of each suffices; values may
//! hold the wildcards `*` and `?`, which a backslash makes plain; case counts
//! (EC2 user guide, "List and filter using the CLI and API").

use std::collections::BTreeSet;

use serde_json::Value;

use crate::fault::Fault;
use crate::input::{list, text, texts};
use crate::world::Tags;

/// Values a filter may have in one call, all filters together (EC2 API reference, `FilterLimitExceeded`).
const MAX_VALUES: usize = 200;

/// The filters of one call.
#[derive(Debug)]
pub struct Filters(Vec<(String, Vec<String>)>);

/// Reads `Filters`; `known` are the names that the operation documents, `tag:` among them for
/// `tag:KEY`.
///
/// # Errors
/// `InvalidParameterValue` for an unknown name or one without values, `FilterLimitExceeded`.
pub fn read(input: &Value, known: &[&str]) -> Result<Filters, Fault> {
    let mut filters = Vec::new();
    for filter in list(input, "Filters") {
        let name = text(filter, "Name").unwrap_or("null");
        let documented = if name.starts_with("tag:") { "tag:" } else { name };
        if !known.contains(&documented) {
            return Err(Fault::bad("InvalidParameterValue", format!("The filter '{name}' is invalid")));
        }
        let values = texts(filter, "Values");
        if values.is_empty() {
            let message = format!("The filter '{name}' has no values. Give at least one.");
            return Err(Fault::bad("InvalidParameterValue", message));
        }
        filters.push((name.to_owned(), values));
    }
    if filters.iter().map(|(_, values)| values.len()).sum::<usize>() > MAX_VALUES {
        let message =
            format!("The maximum number of filter values specified on a single call is {MAX_VALUES}");
        return Err(Fault::bad("FilterLimitExceeded", message));
    }
    Ok(Filters(filters))
}

impl Filters {
    /// The values of a filter of that name, if there is one and they stand for themselves.
    pub fn exactly(&self, name: &str) -> Option<BTreeSet<&String>> {
        let (_, values) = self.0.iter().find(|(filter, _)| filter == name)?;
        let plain = values.iter().all(|value| !value.contains(SPECIAL));
        plain.then(|| values.iter().collect())
    }

    /// Whether an object passes: `field` gives the values that it has for a filter name.
    pub fn pass(&self, tags: &Tags, field: impl Fn(&str) -> Vec<String>) -> bool {
        self.0.iter().all(|(name, wanted)| {
            let have = match name.strip_prefix("tag:") {
                Some(key) => tags.get(key).cloned().into_iter().collect(),
                None if name == "tag-key" => tags.keys().cloned().collect(),
                None => field(name),
            };
            have.iter().any(|value| wanted.iter().any(|pattern| like(pattern, value)))
        })
    }
}

/// What is not itself in a pattern.
const SPECIAL: [char; 3] = ['*', '?', '\\'];

/// Whether `value` fits `pattern`.
pub(crate) fn like(pattern: &str, value: &str) -> bool {
    if !pattern.contains(SPECIAL) {
        return pattern == value;
    }
    let pattern: Vec<char> = pattern.chars().collect();
    let value: Vec<char> = value.chars().collect();
    fits(&pattern, &value)
}

/// Goes back to the last `*` only: what an earlier one could take instead, the last one can too. So the
/// time grows with the product of the lengths, not with the number of stars.
fn fits(pattern: &[char], value: &[char]) -> bool {
    let (mut pattern, mut value) = (pattern, value);
    let mut back: Option<(&[char], &[char])> = None;
    loop {
        (pattern, value) = match (pattern, value) {
            ([], []) => return true,
            (['*', rest @ ..], _) => {
                back = Some((rest, value));
                (rest, value)
            }
            (['?', rest @ ..], [_, after @ ..]) => (rest, after),
            (['\\', plain, rest @ ..], [c, after @ ..]) if plain == c => (rest, after),
            ([plain, rest @ ..], [c, after @ ..]) if plain == c && !matches!(plain, '?' | '\\') => {
                (rest, after)
            }
            _ => match back {
                Some((rest, [_, after @ ..])) => {
                    back = Some((rest, after));
                    (rest, after)
                }
                _ => return false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// EC2 user guide, "List and filter your resources": `*`, `?` and the backslash.
    #[test]
    fn wildcards_stand_for_any_and_for_one_character_unless_escaped() {
        for (pattern, value, fit) in [
            ("private", "private", true),
            ("private", "Private", false),
            ("pri*", "private", true),
            ("*", "", true),
            ("*a*", "private", true),
            ("*x*", "private", false),
            ("10.0.?.0/20", "10.0.0.0/20", true),
            ("10.0.?.0/20", "10.0.16.0/20", false),
            ("a\\*", "a*", true),
            ("a\\*", "ab", false),
            ("?", "", false),
            ("*a?c*c", "xxabcabcc", true),
            ("*ab*ab", "abab", true),
            ("*ab*ab", "abb", false),
            ("\\", "\\", false),
        ] {
            assert_eq!(like(pattern, value), fit, "{pattern} {value}");
        }
    }

    #[test]
    fn a_pattern_of_many_stars_does_not_take_for_ever() {
        let (pattern, value) = ("*a".repeat(100), "a".repeat(5000));
        assert!(like(&pattern, &value) && !like(&format!("{pattern}b"), &value));
    }

    /// EC2 user guide, "List and filter your resources": filters are joined by AND, values by OR.
    #[test]
    fn every_filter_must_match_but_one_value_of_each_suffices() {
        let input = json!({"Filters": [
            {"Name": "vpc-id", "Values": ["vpc-1", "vpc-2"]},
            {"Name": "tag:tier", "Values": ["private"]},
        ]});
        let filters = read(&input, &["vpc-id", "tag:"]).unwrap();
        let tags = |tier: &str| Tags::from([("tier".to_owned(), tier.to_owned())]);
        assert!(filters.pass(&tags("private"), |_| vec!["vpc-2".to_owned()]));
        assert!(!filters.pass(&tags("public"), |_| vec!["vpc-2".to_owned()]));
        assert!(!filters.pass(&tags("private"), |_| vec!["vpc-3".to_owned()]));
    }

    /// EC2 error codes: InvalidParameterValue for a filter that there is not.
    #[test]
    fn an_unknown_filter_is_refused_by_name() {
        for name in ["vpcid", "tag:k", "tag-key"] {
            let input = json!({"Filters": [{"Name": name, "Values": ["vpc-1"]}]});
            let fault = read(&input, &["vpc-id"]).unwrap_err();
            assert_eq!(fault.code, "InvalidParameterValue");
            assert_eq!(fault.message, format!("The filter '{name}' is invalid"));
        }
    }
}
