//! Pages of a Describe call.

use serde_json::{Map, Value};

use super::arn::invalid;
use crate::fault::Fault;
use crate::input::{number, text};
use crate::page;

/// Objects a page when the caller does not say (botocore, `PageSize`).
const PAGE_SIZE: usize = 400;

/// One page: `{list: [...], NextMarker}`. `items` are sorted by ARN.
///
/// # Errors
/// `ValidationError` for a marker that was not given out.
pub(super) fn pages(input: &Value, list: &str, items: Vec<(String, Value)>) -> Result<Value, Fault> {
    pages_of(input, list, items, |item| item)
}

/// As [`pages`], of objects of which only those on the page are rendered.
///
/// # Errors
/// As [`pages`].
pub(super) fn pages_of<T>(
    input: &Value,
    list: &str,
    items: Vec<(String, T)>,
    render: impl Fn(T) -> Value,
) -> Result<Value, Fault> {
    let max = number(input, "PageSize").and_then(|n| usize::try_from(n).ok()).unwrap_or(PAGE_SIZE);
    let marker = text(input, "Marker").filter(|m| !m.is_empty());
    let (page, next) =
        page::cut(items, marker, Some(max)).ok_or_else(|| invalid("The specified marker is not valid"))?;
    let page: Vec<Value> = page.into_iter().map(render).collect();
    let mut reply = Map::from_iter([(list.to_owned(), Value::from(page))]);
    if let Some(next) = next {
        reply.insert("NextMarker".to_owned(), Value::from(next));
    }
    Ok(Value::Object(reply))
}

/// Names or ARNs that a Describe call may be given (ELB API reference: 20).
///
/// # Errors
/// `ValidationError`.
pub(super) fn check_count(given: &[String], member: &str) -> Result<(), Fault> {
    const MAX: usize = 20;
    if given.len() > MAX {
        return Err(invalid(format!("{member} may hold {MAX} entries at most, not {}", given.len())));
    }
    Ok(())
}
