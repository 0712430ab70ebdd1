//! What is asked of the index: resources by tags and types, tag keys, tag values.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{index, invalid};
use crate::fault::Fault;
use crate::page;
use crate::world::{Call, Tags};

/// Resources a page; the greatest and the default.
const MAX_RESOURCES: u64 = 100;

/// Resources whose tags pass every filter and whose type is among those asked for; without a filter for
/// tags also those that had some once (BC, `TagFilters`).
pub fn get_resources(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    check(input)?;
    let tagged = index::ever_tagged(call.region);
    let listed = input["ResourceARNList"].as_array().filter(|arns| !arns.is_empty());
    let wanted = |(arn, tags): &(String, Tags)| {
        listed.is_none_or(|arns| arns.iter().any(|wanted| wanted == arn.as_str()))
            && of_type(arn, &input["ResourceTypeFilters"])
            && texts(&input["TagFilters"]).all(|filter| passes(tags, filter))
    };
    let mapping = |(arn, tags): (String, Tags)| {
        let list: Vec<Value> = tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
        let mapping = json!({"ResourceARN": arn, "Tags": list});
        (arn, mapping)
    };
    let found: Vec<(String, Value)> = tagged.into_iter().filter(wanted).map(mapping).collect();
    let size = input["ResourcesPerPage"].as_u64().unwrap_or(MAX_RESOURCES);
    paged(found, input, "ResourceTagMappingList", size, input["TagsPerPage"].as_u64())
}

/// What the operation's documentation forbids and the model does not say.
fn check(input: &Value) -> Result<(), Fault> {
    let given = |name: &str| match &input[name] {
        Value::Null => false,
        Value::Array(elements) => !elements.is_empty(),
        Value::String(text) => !text.is_empty(),
        _ => true,
    };
    if given("ResourceARNList") {
        let others =
            ["TagFilters", "ResourceTypeFilters", "ResourcesPerPage", "TagsPerPage", "PaginationToken"];
        if let Some(other) = others.iter().find(|other| given(other)) {
            return Err(invalid(format!("ResourceARNList and {other} can't be used in the same request")));
        }
        arns(&input["ResourceARNList"])?;
    }
    if input["ExcludeCompliantResources"] == true && input["IncludeComplianceDetails"] != true {
        return Err(invalid("ExcludeCompliantResources can be used only with IncludeComplianceDetails"));
    }
    let within = |name: &str, min: u64, max: u64| match input[name].as_i64() {
        Some(n) if u64::try_from(n).is_ok_and(|n| (min..=max).contains(&n)) => Ok(()),
        None => Ok(()),
        Some(n) => Err(invalid(format!("{name} {n} must be between {min} and {max}"))),
    };
    within("ResourcesPerPage", 1, MAX_RESOURCES)?;
    within("TagsPerPage", 100, 500)?;
    for filter in texts(&input["TagFilters"]) {
        if filter["Key"].as_str().is_none_or(str::is_empty) {
            return Err(invalid("Each TagFilter must contain a Key"));
        }
    }
    Ok(())
}

/// Refuses what has not an ARN's form (boto/boto3#2760).
pub fn arns(list: &Value) -> Result<Vec<String>, Fault> {
    let mut found = Vec::new();
    for arn in texts(list).filter_map(Value::as_str) {
        if !index::is_arn(arn) {
            return Err(invalid(format!("{arn} is not a valid AmazonResourceName (ARN)")));
        }
        found.push(arn.to_owned());
    }
    Ok(found)
}

fn texts(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

fn of_type(arn: &str, types: &Value) -> bool {
    let mut types = texts(types).filter_map(Value::as_str).peekable();
    types.peek().is_none() || types.any(|wanted| index::is_type(arn, wanted))
}

/// The key is there with one of the values; without values, with any.
fn passes(tags: &Tags, filter: &Value) -> bool {
    let Some(value) = filter["Key"].as_str().and_then(|key| tags.get(key)) else { return false };
    let mut values = texts(&filter["Values"]).peekable();
    values.peek().is_none() || values.any(|wanted| wanted == value.as_str())
}

/// Every key that a tag of the region has.
pub fn get_tag_keys(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let keys: BTreeSet<String> = index::tagged(call.region).into_values().flat_map(Tags::into_keys).collect();
    paged(
        keys.into_iter().map(|key| (key.clone(), json!(key))).collect(),
        input,
        "TagKeys",
        MAX_RESOURCES,
        None,
    )
}

/// Every value that a key has in the region.
pub fn get_tag_values(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let key = input["Key"].as_str().unwrap_or_default();
    let values: BTreeSet<String> =
        index::tagged(call.region).into_values().filter_map(|mut tags| tags.remove(key)).collect();
    let values = values.into_iter().map(|value| (format!("={value}"), json!(value))).collect();
    paged(values, input, "TagValues", MAX_RESOURCES, None)
}

/// One page under `name`. The token is empty after the last one, as this API has it; an empty one
/// asks for the first.
fn paged(
    items: Vec<(String, Value)>,
    input: &Value,
    name: &str,
    size: u64,
    tags: Option<u64>,
) -> Result<Value, Fault> {
    let token = input["PaginationToken"].as_str().filter(|token| !token.is_empty());
    let bad_token = || invalid("The PaginationToken is not one that was given out");
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let (mut page, mut next) = page::cut(items.clone(), token, Some(size)).ok_or_else(bad_token)?;
    if let Some(tags) = tags {
        let fewer = with_tags_within(&page, tags);
        (page, next) = page::cut(items, token, Some(fewer)).ok_or_else(bad_token)?;
    }
    let mut output = Map::new();
    output.insert(name.to_owned(), Value::Array(page));
    output.insert("PaginationToken".to_owned(), next.unwrap_or_default().into());
    Ok(Value::Object(output))
}

/// How many resources fit on a page of so many tags. None is split; the first always fits, since
/// an object has 50 tags at most and a page 100 at least.
fn with_tags_within(page: &[Value], tags: u64) -> usize {
    let mut count = 0;
    let fits = |resource: &&Value| {
        count += resource["Tags"].as_array().map_or(0, Vec::len).max(1) as u64;
        count <= tags
    };
    page.iter().take_while(fits).count()
}
