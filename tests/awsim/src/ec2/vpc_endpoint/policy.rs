//! Endpoint policies. Kept, not evaluated.

use serde_json::Value;

use crate::fault::Fault;
use crate::quota::{Quota, Quotas};

/// The policy that lets everything through, as interface endpoints answer it (field logs of
/// CreateVpcEndpoint).
pub const OF_INTERFACE: &str = "{\n  \"Statement\": [\n    {\n      \"Action\": \"*\", \n      \"Effect\": \"Allow\", \n      \"Principal\": \"*\", \n      \"Resource\": \"*\"\n    }\n  ]\n}";

/// The same, as gateway endpoints answer it (AWS CLI reference, describe-vpc-endpoints).
pub const OF_GATEWAY: &str = "{\"Version\":\"2008-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}]}";

/// Checks a policy that a caller gives.
///
/// # Errors
/// `InvalidPolicyDocument` for what is no JSON object or too long (EC2 error codes; our words).
pub fn check<'a>(policy: &'a str, quotas: &Quotas) -> Result<&'a str, Fault> {
    let bad = |message: String| Err(Fault::bad("InvalidPolicyDocument", message));
    let most = quotas.get(Quota::EndpointPolicyCharacters);
    if policy.chars().count() > most {
        return bad(format!("The policy document is longer than {most} characters."));
    }
    match serde_json::from_str::<Value>(policy) {
        Ok(Value::Object(members)) if members.contains_key("Statement") => Ok(policy),
        Ok(_) => bad("The policy document must be a JSON object with a Statement.".to_owned()),
        Err(e) => bad(format!("The policy document is not valid JSON: {e}")),
    }
}
