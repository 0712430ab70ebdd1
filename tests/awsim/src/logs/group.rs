//! Log groups.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::error::{exists, invalid, limit, not_found, paged, refuse};
use super::{LogStream, State, tags};
use crate::clock::SimTime;
use crate::fault::Fault;
use crate::input::{flag, list, text, texts};
use crate::quota::Quota;
use crate::world::{Call, Region, Tags};

/// The only class that is simulated.
const STANDARD: &str = "STANDARD";

/// One log group.
#[derive(Clone, Debug, Serialize)]
pub struct LogGroup {
    /// When it was made.
    pub created: SimTime,
    /// Days that events are kept; without it they are kept for ever.
    pub retention_days: Option<u32>,
    /// It and its streams cannot be deleted.
    pub deletion_protection: bool,
    /// By key.
    pub tags: Tags,
    /// By name.
    pub streams: BTreeMap<String, LogStream>,
}

impl LogGroup {
    /// An empty group.
    pub fn new(now: SimTime, tags: Tags) -> LogGroup {
        LogGroup {
            created: now,
            retention_days: None,
            deletion_protection: false,
            tags,
            streams: BTreeMap::new(),
        }
    }
}

/// A group's ARN without the `:*` at its end, as the tagging operations take it (BC, `logGroupArn`).
pub fn arn(region: &Region, name: &str) -> String {
    region.arn("logs", &format!("log-group:{name}"))
}

/// The name in a group's ARN, with or without `:*` at its end; `None` for an ARN of anything else
/// or of elsewhere.
pub fn name_of<'a>(region: &Region, group_arn: &'a str) -> Option<&'a str> {
    let name = group_arn.strip_prefix(&arn(region, ""))?;
    let name = name.strip_suffix(":*").unwrap_or(name);
    (!name.is_empty() && !name.contains(':')).then_some(name)
}

/// The group of that name.
///
/// # Errors
/// ResourceNotFoundException.
pub fn find<'a>(state: &'a mut State, name: &str) -> Result<&'a mut LogGroup, Fault> {
    state.groups.get_mut(name).ok_or_else(|| not_found("log group"))
}

/// The group that `logGroupName` or `logGroupIdentifier` (a name or an ARN) of the input names.
///
/// # Errors
/// ValidationException if both are given (LS, error-both-name-and-identifier), else
/// InvalidParameterException if none is, ResourceNotFoundException.
pub fn named(region: &Region, input: &Value) -> Result<String, Fault> {
    let name = match (text(input, "logGroupName"), text(input, "logGroupIdentifier")) {
        (Some(_), Some(_)) => {
            let words = "LogGroup name and LogGroup ARN are mutually exclusive parameters.";
            return Err(Fault::bad("ValidationException", words));
        }
        (Some(name), None) => name,
        (None, Some(given)) if given.starts_with("arn:") => {
            name_of(region, given).ok_or_else(|| not_found("log group"))?
        }
        (None, Some(name)) => name,
        (None, None) => return Err(invalid("Either logGroupName or logGroupIdentifier is required.")),
    };
    let found = region.logs.groups.contains_key(name);
    if found { Ok(name.to_owned()) } else { Err(not_found("log group")) }
}

/// CreateLogGroup.
pub fn create(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let name = text(input, "logGroupName").unwrap_or_default();
    if name.starts_with("aws/") {
        return Err(invalid("Log groups starting with AWS/ are reserved for AWS."));
    }
    refuse(input, &["kmsKeyId"])?;
    if let Some(class) = text(input, "logGroupClass").filter(|class| *class != STANDARD) {
        return Err(super::error::not_served(&format!("logGroupClass {class}")));
    }
    let tags = tags::read(input);
    tags::check(name, &tags, &call.options.quotas)?;
    let groups = &mut call.region.logs.groups;
    if groups.contains_key(name) {
        return Err(exists("log group"));
    }
    if groups.len() >= call.options.quotas.get(Quota::LogGroups) {
        return Err(limit());
    }
    let mut group = LogGroup::new(call.now, tags);
    group.deletion_protection = flag(input, "deletionProtectionEnabled").unwrap_or(false);
    groups.insert(name.to_owned(), group);
    Ok(json!({}))
}

/// DescribeLogGroups: by prefix, by pattern (a part of the name), or by names.
pub fn describe(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    refuse(input, &["includeLinkedAccounts", "accountIdentifiers"])?;
    let (prefix, pattern) = (text(input, "logGroupNamePrefix"), text(input, "logGroupNamePattern"));
    if prefix.is_some() && pattern.is_some() {
        let words = "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.";
        return Err(invalid(words));
    }
    let class = text(input, "logGroupClass");
    let identifiers = texts(input, "logGroupIdentifiers");
    let by_name = !list(input, "logGroupIdentifiers").is_empty();
    if by_name && (prefix.is_some() || pattern.is_some() || class.is_some()) {
        return Err(invalid("logGroupIdentifiers cannot be combined with another filter."));
    }
    let region = &*call.region;
    let names: Vec<&str> = identifiers.iter().map(|id| name_of(region, id).unwrap_or(id)).collect();
    let wanted = |name: &str| {
        prefix.is_none_or(|prefix| name.starts_with(prefix))
            && pattern.is_none_or(|pattern| name.contains(pattern))
            && (!by_name || names.contains(&name))
            && class.is_none_or(|class| class == STANDARD)
    };
    let groups = region.logs.groups.iter().filter(|(name, _)| wanted(name));
    let described = groups.map(|(name, group)| (name.clone(), view(region, name, group, pattern.is_some())));
    paged(input, "logGroups", described.collect())
}

/// As AWS tells a group; in less words where it was asked for by pattern (LS, both).
fn view(region: &Region, name: &str, group: &LogGroup, short: bool) -> Value {
    let plain = arn(region, name);
    let mut view = json!({
        "logGroupName": name,
        "creationTime": group.created.0,
        "arn": format!("{plain}:*"),
        "logGroupArn": plain,
        "logGroupClass": STANDARD,
        "metricFilterCount": 0,
    });
    if !short {
        view["storedBytes"] = group.streams.values().map(LogStream::bytes).sum::<u64>().into();
        view["deletionProtectionEnabled"] = group.deletion_protection.into();
        view["retentionInDays"] = group.retention_days.into();
    }
    view
}

/// DeleteLogGroup, with all its streams.
pub fn delete(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let name = text(input, "logGroupName").unwrap_or_default();
    check_deletable(find(&mut call.region.logs, name)?, name)?;
    call.region.logs.groups.remove(name);
    Ok(json!({}))
}

/// Deletion protection blocks every deletion (BC, PutLogGroupDeletionProtection); the operations'
/// errors have ValidationException for it.
pub fn check_deletable(group: &LogGroup, name: &str) -> Result<(), Fault> {
    if group.deletion_protection {
        let words = format!("Deletion protection is enabled for log group {name}.");
        return Err(Fault::bad("ValidationException", words));
    }
    Ok(())
}

/// PutLogGroupDeletionProtection.
pub fn protect(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let name = named(call.region, input)?;
    let on = flag(input, "deletionProtectionEnabled").unwrap_or(false);
    find(&mut call.region.logs, &name)?.deletion_protection = on;
    Ok(json!({}))
}
