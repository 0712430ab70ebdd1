//! What all operations share: dry runs, pages of a Describe, tags as AWS renders them.

use serde_json::{Map, Value, json};

use crate::fault::Fault;
use crate::input::{flag, number, text};
use crate::page;
use crate::world::Tags;

/// Objects a page, at most.
const MAX_PAGE: usize = 1000;

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

/// Refuses members that the model knows and this simulator does not.
///
/// # Errors
/// `NotImplemented`, status 501, naming the first.
pub fn refuse(input: &Value, members: &[&str]) -> Result<(), Fault> {
    match members.iter().find(|member| input.get(**member).is_some()) {
        Some(member) => Err(not_served(member)),
        None => Ok(()),
    }
}

/// `NotImplemented`: `what` is not simulated.
pub fn not_served(what: &str) -> Fault {
    Fault::new(501, "NotImplemented", format!("{what} is not simulated."))
}

/// The answer to a call that changes one attribute and was given none or several (words as in
/// kubernetes-sigs/cluster-api-provider-aws 783 and in field logs).
pub fn not_one_attribute(given: &[&str]) -> Fault {
    let lower = |name: &&str| {
        let mut letters = name.chars();
        let first = letters.next().map(|first| first.to_ascii_lowercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    let message = match given {
        [] => "No attributes specified.".to_owned(),
        _ => {
            let names: Vec<String> = given.iter().map(lower).collect();
            format!("Fields for multiple attribute types specified: {}", names.join(", "))
        }
    };
    Fault::bad("InvalidParameterCombination", message)
}

/// `MissingParameter`, naming the parameter as it is in the request.
pub fn missing(parameter: &str) -> Fault {
    Fault::bad("MissingParameter", format!("The request must contain the parameter {parameter}"))
}

/// What still depends on an object that shall be deleted; `kind` as AWS's messages name it.
pub fn dependency(kind: &str, id: &str) -> Fault {
    Fault::bad("DependencyViolation", format!("The {kind} '{id}' has dependencies and cannot be deleted."))
}

/// One page of a Describe: `{list: [...], NextToken}`. `items` are sorted by id. Without
/// `MaxResults` everything is returned. Where the model sets no bound, AWS's is 1000 (botocore,
/// DescribeVpcEndpoints: more is answered with 1000).
///
/// # Errors
/// `InvalidNextToken`; `InvalidMaxResults` for a page size below 1 that the model lets pass.
pub fn pages(input: &Value, list: &str, items: Vec<(String, Value)>) -> Result<Value, Fault> {
    pages_of(input, list, items, |item| item)
}

/// As [`pages`], of objects of which only those on the page are rendered.
///
/// # Errors
/// As [`pages`].
pub fn pages_of<T>(
    input: &Value,
    list: &str,
    items: Vec<(String, T)>,
    render: impl Fn(T) -> Value,
) -> Result<Value, Fault> {
    let max = match number(input, "MaxResults") {
        None => None,
        Some(wanted) => match usize::try_from(wanted) {
            Ok(wanted) if wanted > 0 => Some(wanted.min(MAX_PAGE)),
            _ => {
                let message = "The specified value for MaxResults is not valid.";
                return Err(Fault::bad("InvalidMaxResults", message));
            }
        },
    };
    let token = text(input, "NextToken").filter(|t| !t.is_empty());
    let Some((page, next)) = page::cut(items, token, max) else {
        return Err(Fault::bad("InvalidNextToken", "The specified NextToken is not valid."));
    };
    let page: Vec<Value> = page.into_iter().map(render).collect();
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
