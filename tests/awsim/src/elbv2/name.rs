//! Names of load balancers and target groups.

use super::arn::invalid;
use crate::fault::Fault;

/// Checks a name: at most 32 letters, digits and hyphens, no hyphen at either end, and for a load
/// balancer not `internal-…` (botocore, `Name` of CreateLoadBalancer and CreateTargetGroup).
///
/// # Errors
/// `ValidationError`; `words` names the kind of object.
pub(super) fn check(words: &str, name: &str) -> Result<(), Fault> {
    let why = if name.is_empty() {
        "cannot be empty"
    } else if name.len() > 32 {
        "cannot be longer than '32' characters"
    } else if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        "can only contain characters that are alphanumeric characters and hyphens(-)"
    } else if name.starts_with('-') || name.ends_with('-') {
        "cannot begin or end with a hyphen(-)"
    } else if words == "load balancer" && name.starts_with("internal-") {
        "cannot begin with 'internal-'"
    } else {
        return Ok(());
    };
    Err(invalid(format!("The {words} name '{name}' {why}")))
}
