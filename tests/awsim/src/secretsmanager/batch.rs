//! BatchGetSecretValue: the current values of up to 20 secrets, by names or by filters. What fails
//! for one secret is told for that one; the call succeeds (BC).

use serde_json::{Value, json};

use super::error::{bad_page_token, invalid_parameter};
use super::secret::Secret;
use super::{filter, find, value};
use crate::fault::Fault;
use crate::iam::action::secretsmanager::read_value;
use crate::input::{list, number, text, texts};
use crate::page;
use crate::tagging;
use crate::world::Call;

/// Secrets a page, the greatest; also the default, which AWS does not tell (BC).
const PAGE: usize = 20;
/// Values of all filters together (block/ftl#1937).
const MAX_FILTER_VALUES: usize = 10;

/// BatchGetSecretValue.
///
/// # Errors
/// `InvalidParameterException` unless either ids or filters are given, and for a page of ids.
pub fn get(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let (ids, filters) = (texts(input, "SecretIdList"), list(input, "Filters"));
    // Words of this and the next: getmoto/moto#7519.
    if ids.is_empty() == filters.is_empty() {
        return Err(invalid_parameter("Either 'SecretIdList' or 'Filters' must be provided, but not both."));
    }
    let paged = ["MaxResults", "NextToken"].into_iter().find(|member| !input[*member].is_null());
    if let Some(member) = paged.filter(|_| filters.is_empty()) {
        return Err(invalid_parameter(format!(
            "'Filters' not specified. 'Filters' must also be specified when '{member}' is provided."
        )));
    }
    if filters.iter().map(|filter| list(filter, "Values").len()).sum::<usize>() > MAX_FILTER_VALUES {
        return Err(invalid_parameter(
            "The filter list has too many filters. You can include up to 10 filters.",
        ));
    }
    let (ids, next) = if filters.is_empty() { (ids, None) } else { matching(call, input)? };
    let (mut values, mut errors) = (Vec::new(), Vec::new());
    for id in ids {
        let allowed = ask(call, &id);
        let read = allowed
            .and_then(|()| find::active(call.region, call.now, &id))
            .and_then(|secret| value::read(secret, None, None, call.now));
        match read {
            Ok(value) => values.push(value),
            Err(fault) if fault.status == 501 => return Err(fault),
            Err(fault) => {
                errors.push(json!({"SecretId": id, "ErrorCode": fault.code, "Message": fault.message}));
            }
        }
    }
    Ok(json!({"SecretValues": values, "Errors": errors, "NextToken": next}))
}

/// Asks whether the caller may read this secret's value.
fn ask(call: &mut Call<'_>, id: &str) -> Result<(), Fault> {
    let Call { region, grants, used, .. } = call;
    let need = read_value(region, id);
    let tags = || tagging::tags_of(region, need.tagged());
    grants.ask("secretsmanager", &need, &tags, used)
}

/// The names of one page of secrets that pass the filters, those scheduled for deletion left out as
/// ListSecrets does, in the order of their creation.
fn matching(call: &Call<'_>, input: &Value) -> Result<(Vec<String>, Option<String>), Fault> {
    let filters = filter::read(input)?;
    let secrets = call.region.secretsmanager.secrets.values();
    let wanted =
        secrets.filter(|secret| secret.deletion.is_none() && filters.iter().all(|f| f.passes(secret)));
    let keyed = |secret: &Secret| (format!("{:020} {}", secret.created.0, secret.name), json!(secret.name));
    let mut found: Vec<(String, Value)> = wanted.map(keyed).collect();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    let size = number(input, "MaxResults").and_then(|n| usize::try_from(n).ok()).unwrap_or(PAGE);
    let (names, next) = page::cut(found, text(input, "NextToken"), Some(size)).ok_or_else(bad_page_token)?;
    Ok((names.iter().filter_map(Value::as_str).map(str::to_owned).collect(), next))
}
