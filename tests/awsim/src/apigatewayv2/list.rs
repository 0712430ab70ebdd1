//! Pages of the list operations. `MaxResults` is a string here (BC), and the order is stable but
//! means nothing.

use serde::Serialize;
use serde_json::{Value, json};

use super::error::bad;
use crate::fault::Fault;
use crate::input::text;
use crate::page;

/// Items a page when the caller does not say.
pub const DEFAULT_PAGE: usize = 25;

/// One page of `items`, given by their ids.
pub fn page<'a, T: Serialize>(
    input: &Value,
    items: impl Iterator<Item = (&'a String, T)>,
) -> Result<Value, Fault> {
    let max = match text(input, "MaxResults") {
        None => DEFAULT_PAGE,
        Some(t) => t.parse().ok().filter(|n| (1..=500).contains(n)).ok_or_else(|| {
            bad(format!("Invalid value '{t}' for maxResults: must be a number from 1 to 500"))
        })?,
    };
    // Sorted by the id read backwards: neither by name nor by time.
    let mut items: Vec<(String, T)> = items.map(|(id, item)| (id.chars().rev().collect(), item)).collect();
    items.sort_by(|a, b| a.0.cmp(&b.0));
    let Some((items, next)) = page::cut(items, text(input, "NextToken"), Some(max)) else {
        return Err(bad("Invalid nextToken specified"));
    };
    let mut reply = json!({ "Items": items });
    if let Some(next) = next {
        reply["NextToken"] = json!(next);
    }
    Ok(reply)
}
