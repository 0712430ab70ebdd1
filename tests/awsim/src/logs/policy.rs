//! Resource policies of the account: who may write to its log groups. (Policies of single groups,
//! with `resourceArn`, are not simulated.)

use serde::Serialize;
use serde_json::{Value, json};

use super::State;
use super::error::{invalid, limit, not_served, paged, refuse};
use crate::clock::SimTime;
use crate::fault::Fault;
use crate::input::text;
use crate::quota::{Quota, Quotas};
use crate::world::Call;

/// One policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ResourcePolicy {
    /// JSON, as it was given.
    pub document: String,
    /// When it was last put.
    pub updated: SimTime,
}

/// PutResourcePolicy: makes it or puts another in its place.
pub fn put(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    refuse(input, &["resourceArn", "expectedRevisionId"])?;
    let name = required(input, "policyName")?;
    let document = required(input, "policyDocument")?;
    insert(&mut call.region.logs, name, document, call.now, &call.options.quotas)?;
    let put = call.region.logs.policies.get(name).map(|policy| view(name, policy));
    Ok(json!({"resourcePolicy": put}))
}

/// Checks and keeps a policy.
///
/// # Errors
/// InvalidParameterException for what is no policy or too long, LimitExceededException for the
/// eleventh.
pub fn insert(
    state: &mut State,
    name: &str,
    document: &str,
    now: SimTime,
    quotas: &Quotas,
) -> Result<(), Fault> {
    let most = quotas.get(Quota::LogPolicyCharacters);
    if document.chars().count() > most {
        return Err(invalid(format!(
            "1 validation error detected: Value at 'policyDocument' failed to satisfy constraint: \
             Member must have length less than or equal to {most}"
        )));
    }
    let statements = serde_json::from_str::<Value>(document).ok().map(|policy| policy["Statement"].clone());
    if !matches!(statements, Some(Value::Array(_) | Value::Object(_))) {
        return Err(invalid("Unsupported policy document: it has no Statement"));
    }
    if !state.policies.contains_key(name) && state.policies.len() >= quotas.get(Quota::LogPolicies) {
        return Err(limit());
    }
    let policy = ResourcePolicy { document: document.to_owned(), updated: now };
    state.policies.insert(name.to_owned(), policy);
    Ok(())
}

/// DescribeResourcePolicies, sorted by name.
pub fn describe(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    refuse(input, &["resourceArn"])?;
    if text(input, "policyScope") == Some("RESOURCE") {
        return Err(not_served("policyScope RESOURCE"));
    }
    let policies = call.region.logs.policies.iter();
    paged(input, "resourcePolicies", policies.map(|(name, p)| (name.clone(), view(name, p))).collect())
}

/// DeleteResourcePolicy.
pub fn delete(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    refuse(input, &["resourceArn", "expectedRevisionId"])?;
    let name = required(input, "policyName")?;
    match call.region.logs.policies.remove(name) {
        Some(_) => Ok(json!({})),
        // In AWS's words: LS, error-policy-not-found.
        None => {
            let words = format!("Policy with name [{name}] does not exist.");
            Err(Fault::bad("ResourceNotFoundException", words))
        }
    }
}

/// The model does not say so, but its documentation: these are required.
fn required<'a>(input: &'a Value, member: &str) -> Result<&'a str, Fault> {
    text(input, member).ok_or_else(|| {
        invalid(format!(
            "1 validation error detected: Value null at '{member}' failed to satisfy constraint: \
             Member must not be null"
        ))
    })
}

fn view(name: &str, policy: &ResourcePolicy) -> Value {
    json!({
        "policyName": name,
        "policyDocument": policy.document,
        "lastUpdatedTime": policy.updated.0,
        "policyScope": "ACCOUNT",
    })
}
