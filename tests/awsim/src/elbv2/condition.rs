//! What a rule of an application load balancer matches. Limits are those of botocore's
//! `RuleCondition` and of the user guide's quotas; nothing is matched here, since no request goes
//! through an application load balancer yet.

use std::collections::BTreeSet;

use ipnet::IpNet;
use serde::Serialize;
use serde_json::{Value, json};

use super::arn::invalid;
use crate::fault::Fault;
use crate::input::{list, text, texts};
use crate::quota::{Quota, Quotas};

/// Letters of one value.
const MAX_VALUE: usize = 128;
/// Letters of a header's name and of a method.
const MAX_NAME: usize = 40;

/// One condition of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Condition {
    /// `host-header`, `path-pattern`, …
    pub field: String,
    /// Of `http-header`: the header's name.
    pub header: Option<String>,
    /// What the field is compared to; one must match.
    pub values: Vec<String>,
    /// Of `query-string`: key, if any, and value.
    pub pairs: Vec<(Option<String>, String)>,
    /// Regular expressions instead of values.
    pub regexes: Vec<String>,
}

/// The fields in the order in which a refusal lists them, and the member that configures each.
const FIELDS: [(&str, &str); 6] = [
    ("path-pattern", "PathPatternConfig"),
    ("host-header", "HostHeaderConfig"),
    ("http-header", "HttpHeaderConfig"),
    ("http-request-method", "HttpRequestMethodConfig"),
    ("query-string", "QueryStringConfig"),
    ("source-ip", "SourceIpConfig"),
];

/// Reads the conditions of a rule.
///
/// # Errors
/// `ValidationError`.
pub(super) fn read(conditions: &[Value], quotas: &Quotas) -> Result<Vec<Condition>, Fault> {
    if conditions.is_empty() {
        return Err(invalid("A condition must be specified"));
    }
    let mut read = Vec::new();
    let mut seen = BTreeSet::new();
    for given in conditions {
        let condition = read_one(given)?;
        let repeats = matches!(condition.field.as_str(), "http-header" | "query-string");
        if !seen.insert(condition.field.clone()) && !repeats {
            return Err(invalid(format!("A rule can only have one '{}' condition", condition.field)));
        }
        read.push(condition);
    }
    check_counts(&read, quotas)?;
    Ok(read)
}

/// The words are AWS's (aws/aws-cdk issue 10065); those for wildcards are in their manner.
fn check_counts(conditions: &[Condition], quotas: &Quotas) -> Result<(), Fault> {
    let values: usize = conditions.iter().map(|c| c.values.len() + c.pairs.len() + c.regexes.len()).sum();
    let most = quotas.get(Quota::ConditionValues);
    if values > most {
        return Err(invalid(format!("A rule can only have '{most}' condition values")));
    }
    let wildcards: usize = conditions.iter().flat_map(with_wildcards).map(wildcards_in).sum();
    let most = quotas.get(Quota::ConditionWildcards);
    if wildcards > most {
        return Err(invalid(format!("A rule can only have '{most}' condition wildcards")));
    }
    Ok(())
}

fn with_wildcards(condition: &Condition) -> Vec<&str> {
    let pairs = condition.pairs.iter().flat_map(|(key, value)| key.iter().chain([value]));
    match condition.field.as_str() {
        "http-request-method" | "source-ip" => Vec::new(),
        _ => condition.values.iter().chain(pairs).map(String::as_str).collect(),
    }
}

/// `*` and `?`, unless a backslash stands before.
fn wildcards_in(value: &str) -> usize {
    let before = std::iter::once('\0').chain(value.chars());
    value.chars().zip(before).filter(|(c, before)| matches!(c, '*' | '?') && *before != '\\').count()
}

fn read_one(given: &Value) -> Result<Condition, Fault> {
    let field = text(given, "Field").unwrap_or_default();
    let Some((_, own)) = FIELDS.into_iter().find(|(name, _)| *name == field) else {
        let names = FIELDS.map(|(name, _)| name).join(",");
        return Err(invalid(format!("Condition field '{field}' must be one of '[{names}]'")));
    };
    if let Some((_, other)) = FIELDS.into_iter().find(|(_, m)| *m != own && given.get(m).is_some()) {
        return Err(invalid(format!("{other} cannot be specified for a condition with field '{field}'")));
    }
    let config = given.get(own).unwrap_or(&Value::Null);
    let patterns = matches!(field, "path-pattern" | "host-header");
    let simple = texts(given, "Values");
    if !simple.is_empty() && !patterns {
        return Err(invalid(format!("Values cannot be specified for field '{field}'")));
    }
    if !simple.is_empty() && !config.is_null() {
        return Err(invalid(format!("Values and {own} cannot be specified at the same time")));
    }
    if simple.len() > 1 {
        return Err(invalid(format!("The '{field}' field contains too many values; the limit is '1'")));
    }
    let mut regexes = texts(given, "RegexValues");
    regexes.extend(texts(config, "RegexValues"));
    let pairs = if field == "query-string" { pairs(config)? } else { Vec::new() };
    let values = match field {
        "query-string" => Vec::new(),
        _ if simple.is_empty() => texts(config, "Values"),
        _ => simple,
    };
    let header = text(config, "HttpHeaderName").map(str::to_owned);
    let condition = Condition { field: field.to_owned(), header, values, pairs, regexes };
    check(&condition, config)?;
    Ok(condition)
}

fn pairs(config: &Value) -> Result<Vec<(Option<String>, String)>, Fault> {
    list(config, "Values")
        .iter()
        .map(|pair| {
            let value =
                text(pair, "Value").ok_or_else(|| invalid("A query string condition needs a value"))?;
            Ok((text(pair, "Key").map(str::to_owned), value.to_owned()))
        })
        .collect()
}

fn check(condition: &Condition, config: &Value) -> Result<(), Fault> {
    let Condition { field, header, values, pairs, regexes } = condition;
    if values.is_empty() && pairs.is_empty() && regexes.is_empty() {
        return Err(invalid("A condition value must be specified"));
    }
    if !regexes.is_empty() {
        if !values.is_empty() {
            return Err(invalid("Values and RegexValues cannot be specified at the same time"));
        }
        if !matches!(field.as_str(), "http-header" | "host-header" | "path-pattern") {
            return Err(invalid(format!("RegexValues cannot be specified for field '{field}'")));
        }
    }
    if field == "source-ip" && config.get("IpAddressType").is_some() {
        return Err(invalid("IpAddressType is for rules of network load balancers"));
    }
    if field == "http-header" {
        check_header(header.as_deref().unwrap_or_default())?;
    }
    let of_pairs = pairs.iter().flat_map(|(key, value)| key.iter().chain([value]));
    for value in values.iter().chain(of_pairs).chain(regexes) {
        if value.is_empty() || value.len() > MAX_VALUE {
            return Err(invalid(format!(
                "The condition value '{value}' for field '{field}' must have 1 to {MAX_VALUE} characters"
            )));
        }
    }
    match values.iter().find(|value| !fits(field, value)) {
        Some(value) => {
            Err(invalid(format!("The condition value '{value}' for field '{field}' is not valid")))
        }
        None => Ok(()),
    }
}

fn check_header(name: &str) -> Result<(), Fault> {
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if name.is_empty() || name.len() > MAX_NAME || !name.bytes().all(token) {
        return Err(invalid(format!("The HTTP header name '{name}' is not valid")));
    }
    if name.eq_ignore_ascii_case("host") {
        return Err(invalid(
            "An HTTP header condition cannot name the host header; use a host-header condition",
        ));
    }
    Ok(())
}

fn fits(field: &str, value: &str) -> bool {
    let all = |more: &[u8]| value.bytes().all(|b| b.is_ascii_alphanumeric() || more.contains(&b));
    match field {
        "host-header" => {
            let top = value.rsplit_once('.').map(|(_, top)| top);
            all(b"-.*?") && top.is_some_and(|top| top.bytes().all(|b| b.is_ascii_alphabetic()))
        }
        "path-pattern" => all(b"_-.$/~\"'@:+&*?"),
        "http-request-method" => {
            value.len() <= MAX_NAME && value.bytes().all(|b| b.is_ascii_uppercase() || b"-_".contains(&b))
        }
        "source-ip" => value.parse::<IpNet>().is_ok(),
        _ => true,
    }
}

/// As AWS tells it: with the member of the field, and for hosts and paths with `Values` as well.
pub(super) fn render(condition: &Condition) -> Value {
    let Condition { field, header, values, pairs, regexes } = condition;
    let mut config = json!({});
    if !values.is_empty() {
        config["Values"] = json!(values);
    }
    if !regexes.is_empty() {
        config["RegexValues"] = json!(regexes);
    }
    if let Some(header) = header {
        config["HttpHeaderName"] = json!(header);
    }
    if !pairs.is_empty() {
        let pair = |(key, value): &(Option<String>, String)| match key {
            Some(key) => json!({"Key": key, "Value": value}),
            None => json!({"Value": value}),
        };
        config["Values"] = pairs.iter().map(pair).collect();
    }
    let mut rendered = json!({"Field": field});
    if matches!(field.as_str(), "path-pattern" | "host-header") && !values.is_empty() {
        rendered["Values"] = json!(values);
    }
    if let Some((_, own)) = FIELDS.into_iter().find(|(name, _)| name == field) {
        rendered[own] = config;
    }
    rendered
}
