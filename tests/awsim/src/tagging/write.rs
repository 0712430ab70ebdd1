//! Tags set and unset by ARN. What fails for one resource is told for that one; the call succeeds.

use serde_json::{Map, Value, json};

use super::{index, invalid, read};
use crate::fault::Fault;
use crate::iam::action::tagging::of_service;
use crate::quota::Quota;
use crate::world::{Call, Tags};

/// Sets tags.
pub fn tag_resources(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let entries = input["Tags"].as_object().into_iter().flatten();
    let set: Tags =
        entries.map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned())).collect();
    reserved(set.keys())?;
    each(call, input, &set, &[])
}

/// Unsets tags.
pub fn untag_resources(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let keys = input["TagKeys"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let unset: Vec<String> = keys.map(str::to_owned).collect();
    reserved(unset.iter())?;
    each(call, input, &Tags::new(), &unset)
}

fn reserved<'a>(mut keys: impl Iterator<Item = &'a String>) -> Result<(), Fault> {
    match keys.find(|key| key.to_lowercase().starts_with("aws:")) {
        Some(key) => Err(invalid(format!("{key}: tag keys that begin with aws: are reserved for AWS"))),
        None => Ok(()),
    }
}

fn each(call: &mut Call<'_>, input: &Value, set: &Tags, unset: &[String]) -> Result<Value, Fault> {
    let mut failed = Map::new();
    for arn in read::arns(&input["ResourceARNList"])? {
        let why = match index::tags_of(call.region, &arn) {
            None => Some(format!("There is no resource {arn} in this Region")),
            Some(mut tags) => {
                tags.extend(set.clone());
                // A quota of the resource's own service.
                let global = arn.starts_with("arn:aws:route53:");
                let quota = if global { Quota::TagsPerZone } else { Quota::TagsPerResource };
                let most = call.options.quotas.get(quota);
                (tags.len() > most).then(|| format!("{arn} would have more than {most} tags"))
            }
        };
        let refused = ask(call, &arn, set, unset).err().or_else(|| why.map(invalid));
        match refused {
            None => {
                index::tag(call.region, &arn, set, unset);
            }
            Some(Fault { status, code, message, .. }) => {
                let info = json!({"StatusCode": status, "ErrorCode": code, "ErrorMessage": message});
                failed.insert(arn, info);
            }
        }
    }
    Ok(json!({"FailedResourcesMap": failed}))
}

/// Asks whether the service of the resource lets the caller change these tags.
fn ask(call: &mut Call<'_>, arn: &str, set: &Tags, unset: &[String]) -> Result<(), Fault> {
    let Some(need) = of_service(arn, set, unset) else { return Ok(()) };
    let Call { region, grants, used, .. } = call;
    let tags = || index::tags_of(region, need.tagged());
    grants.ask("resourcegroupstaggingapi", &need, &tags, used)
}
