//! What all operations share: dry runs, pages of a Describe, tags as AWS renders them.

use serde_json::{Map, Value, json};

use crate::fault::Fault;
use crate::input::{flag, number, text};
use crate::page;
use crate::world::Tags;

/// Ends a dry run: called when everything else was checked and before anything is changed.
///
/// # Errors
/// `DryRunOperation`, status 412, if the call is one.
pub fn unless_dry_run(input: &Value) -> Result<(), Fault> {
    if flag(input, "DryRun") == Some(true) {
        let message = "Request would have succeeded, but DryRun flag is set.";
        return Err(Fault::new(412, "DryRunOperation", message));
    }
    Ok(())
}

/// One page of a Describe: `{list: [...], NextToken}`. `items` are sorted by id. Without
/// `MaxResults` everything is returned.
///
/// # Errors
/// `InvalidNextToken`.
pub fn pages(input: &Value, list: &str, items: Vec<(String, Value)>) -> Result<Value, Fault> {
    let max = number(input, "MaxResults").and_then(|n| usize::try_from(n).ok());
    let token = text(input, "NextToken").filter(|t| !t.is_empty());
    let Some((page, next)) = page::cut(items, token, max) else {
        return Err(Fault::bad("InvalidNextToken", "The specified NextToken is not valid."));
    };
    let mut reply = Map::from_iter([(list.to_owned(), Value::from(page))]);
    if let Some(next) = next {
        reply.insert("NextToken".to_owned(), Value::from(next));
    }
    Ok(Value::Object(reply))
}

/// `[{Key, Value}]`
pub fn tags(tags: &Tags) -> Value {
    tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect()
}
