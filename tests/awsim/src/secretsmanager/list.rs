//! ListSecrets.

use serde_json::{Value, json};

use super::describe::facts;
use super::error::bad_page_token;
use super::filter;
use super::secret::Secret;
use crate::clock::SimTime;
use crate::fault::Fault;
use crate::input::{flag, number, text};
use crate::page;
use crate::world::Call;

/// Secrets a page, the greatest and the default (BC).
const PAGE: usize = 100;

/// ListSecrets: with filters, those scheduled for deletion only where asked for, sorted by their
/// creation unless asked otherwise. Unlike AWS's, the list is up to date at once.
pub fn list_secrets(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let filters = filter::read(input)?;
    let planned = flag(input, "IncludePlannedDeletion") == Some(true);
    let by = text(input, "SortBy").unwrap_or("created-date");
    let descending = text(input, "SortOrder") == Some("desc");
    let wanted = |secret: &&Secret| {
        (planned || secret.deletion.is_none()) && filters.iter().all(|filter| filter.passes(secret))
    };
    let mut found: Vec<&Secret> = call.region.secretsmanager.secrets.values().filter(wanted).collect();
    // They stand in the order of their names, which is that of those of one moment.
    found.sort_by_key(|secret| moment(secret, by, descending));
    if by == "name" && descending {
        found.reverse();
    }
    let key = |secret: &&Secret| page_key(secret, by, descending);
    let size = number(input, "MaxResults").and_then(|n| usize::try_from(n).ok()).unwrap_or(PAGE);
    let (found, next) =
        page::cut_by(found, key, text(input, "NextToken"), Some(size)).ok_or_else(bad_page_token)?;
    let told: Vec<Value> = found.into_iter().map(|secret| facts(secret, "SecretVersionsToStages")).collect();
    Ok(json!({"SecretList": told, "NextToken": next}))
}

/// A number by which secrets are sorted, upwards; the same for all if their names decide.
fn moment(secret: &Secret, by: &str, descending: bool) -> u64 {
    let SimTime(millis) = match by {
        "name" => return 0,
        "last-changed-date" => secret.changed,
        "last-accessed-date" => secret.accessed.unwrap_or_default(),
        _ => secret.created,
    };
    if descending { u64::MAX - millis } else { millis }
}

/// A text that has the same order, for the tokens of pages.
fn page_key(secret: &Secret, by: &str, descending: bool) -> String {
    match by {
        "name" if descending => downwards(&secret.name),
        "name" => secret.name.clone(),
        _ => format!("{:020} {}", moment(secret, by, descending), secret.name),
    }
}

/// A text that is sorted the other way round than `name`, which is ASCII. Its end comes last, so
/// that a name follows those that it begins.
fn downwards(name: &str) -> String {
    let turned = name.bytes().map(|b| char::from(0x7e_u8.saturating_sub(b)));
    turned.chain(['\x7f']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_turned_round_for_the_other_order() {
        let mut names = vec!["a", "ab", "abc", "b", "A", "a/b", "a-b"];
        let mut turned: Vec<(String, &str)> = names.iter().map(|name| (downwards(name), *name)).collect();
        turned.sort();
        names.sort_by(|a, b| b.cmp(a));
        assert_eq!(turned.into_iter().map(|(_, name)| name).collect::<Vec<_>>(), names);
    }
}
