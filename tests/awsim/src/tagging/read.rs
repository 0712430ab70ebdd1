//! What is asked of the index: resources by tags and types, tag keys, tag values.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{index, invalid};
use crate::fault::Fault;
use crate::page;
use crate::world::{Call, Tags};

/// Resources, keys or values a page; of resources the greatest and the default.
const PAGE: usize = 100;

/// Resources whose tags pass every filter and whose type is among those asked for; without a filter for
/// tags also those that had some once (BC, `TagFilters`).
pub fn get_resources(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    check(input)?;
    let filters = Filters::read(input);
    let tagged = index::ever_tagged(call.region, &|tags| filters.pass(tags));
    let listed = input["ResourceARNList"].as_array().filter(|arns| !arns.is_empty());
    let wanted = |(arn, _): &Found<'_>| {
        listed.is_none_or(|arns| arns.iter().any(|wanted| wanted == arn.as_str()))
            && of_type(arn, &input["ResourceTypeFilters"])
    };
    let found: Vec<Found<'_>> = tagged.iter().filter(wanted).collect();
    let size = input["ResourcesPerPage"].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(PAGE);
    let (mut page, mut next) = cut(found.clone(), input, size)?;
    if let Some(tags) = input["TagsPerPage"].as_u64() {
        (page, next) = cut(found, input, with_tags_within(&page, tags))?;
    }
    let mapping = |(arn, tags): Found<'_>| {
        let list: Vec<Value> = tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
        json!({"ResourceARN": arn, "Tags": list})
    };
    let page: Vec<Value> = page.into_iter().map(mapping).collect();
    Ok(json!({"ResourceTagMappingList": page, "PaginationToken": next}))
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
    within("ResourcesPerPage", 1, PAGE as u64)?;
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

/// What tags are to be like, by key: any of the values or, without values, any value.
struct Filters<'a>(BTreeMap<&'a str, Vec<Vec<&'a str>>>);

impl<'a> Filters<'a> {
    fn read(input: &'a Value) -> Filters<'a> {
        let mut filters: BTreeMap<&str, Vec<Vec<&str>>> = BTreeMap::new();
        for filter in texts(&input["TagFilters"]) {
            let values = texts(&filter["Values"]).filter_map(Value::as_str).collect();
            filters.entry(filter["Key"].as_str().unwrap_or_default()).or_default().push(values);
        }
        Filters(filters)
    }

    /// Whether every filter lets the tags pass. It is asked of every object of the region, most of
    /// which have too few tags.
    fn pass(&self, tags: &Tags) -> bool {
        let is = |values: &Vec<&str>, value: &str| values.is_empty() || values.contains(&value);
        tags.len() >= self.0.len()
            && self.0.iter().all(|(key, filters)| {
                tags.get(*key).is_some_and(|value| filters.iter().all(|values| is(values, value)))
            })
    }
}

/// Every key that a tag of the region has.
pub fn get_tag_keys(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let tagged = index::tagged(call.region, &|_| true);
    let keys: BTreeSet<&String> = tagged.values().flat_map(Tags::keys).collect();
    listed(keys, input, "TagKeys")
}

/// Every value that a key has in the region.
pub fn get_tag_values(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let key = input["Key"].as_str().unwrap_or_default();
    let tagged = index::tagged(call.region, &|tags| tags.contains_key(key));
    let values: BTreeSet<&String> = tagged.values().filter_map(|tags| tags.get(key)).collect();
    listed(values, input, "TagValues")
}

/// One page under `name`.
fn listed(texts: BTreeSet<&String>, input: &Value, name: &str) -> Result<Value, Fault> {
    // The mark keeps an empty text apart from the beginning.
    let items = texts.into_iter().map(|text| (format!("={text}"), text)).collect();
    let (page, next) = page::cut(items, token(input), Some(PAGE)).ok_or_else(bad_token)?;
    Ok(json!({name: page, "PaginationToken": next.unwrap_or_default()}))
}

/// ARN and tags of a resource.
type Found<'t> = (&'t String, &'t Tags);

/// A page of resources and the next one's token, which is empty after the last one, as this API has it.
fn cut<'t>(found: Vec<Found<'t>>, input: &Value, size: usize) -> Result<(Vec<Found<'t>>, String), Fault> {
    let key = |(arn, _): &Found<'_>| (*arn).clone();
    let (page, next) = page::cut_by(found, key, token(input), Some(size)).ok_or_else(bad_token)?;
    Ok((page, next.unwrap_or_default()))
}

/// An empty one asks for the first page.
fn token(input: &Value) -> Option<&str> {
    input["PaginationToken"].as_str().filter(|token| !token.is_empty())
}

fn bad_token() -> Fault {
    invalid("The PaginationToken is not one that was given out")
}

/// How many resources fit on a page of so many tags. None is split; the first always fits, since
/// an object has 50 tags at most and a page 100 at least.
fn with_tags_within(page: &[Found<'_>], tags: u64) -> usize {
    let mut count = 0;
    let fits = |(_, of): &&Found<'_>| {
        count += of.len().max(1) as u64;
        count <= tags
    };
    page.iter().take_while(fits).count()
}
