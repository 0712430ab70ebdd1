//! Access log settings of a stage, and what AWS does when they are set: API Gateway asks for a log
//! delivery, which wants the log group to be there and lets itself in by the resource policy of the
//! account (AGD, http-api-logging; CloudWatch Logs user guide, AWS-logs-infrastructure-CWL).
//!
//! The words of the refusals: `STK` is the simulator stackd, which measures AWS (its adapter from API
//! Gateway to Logs; no other source is known); `LEN` the troubleshooting pages of AWS solutions that quote
//! the one about the policy's length.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::{bad, length, patch};
use crate::fault::Fault;
use crate::logs::delivery;
use crate::quota::Quota;
use crate::world::Call;

/// Access log settings of a stage.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AccessLogSettings {
    /// A log group's ARN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination_arn: Option<String>,
    /// With `$context.requestId` in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
}

/// What is given, merged into what a stage has.
///
/// # Errors
/// 400 without an ARN or a format, for an ARN of something else than a log group (AGD: HTTP APIs
/// log to CloudWatch only), for a format that is too long (BC: 1024 characters) or does not tell
/// the request's id (BC).
pub fn merged(
    old: Option<&AccessLogSettings>,
    given: &AccessLogSettings,
) -> Result<AccessLogSettings, Fault> {
    let mut merged = old.cloned().unwrap_or_default();
    patch(&mut merged.destination_arn, given.destination_arn.clone());
    patch(&mut merged.format, given.format.clone());
    let (Some(arn), Some(format)) = (&merged.destination_arn, &merged.format) else {
        return Err(bad("Access Log value missing. Expected destinationArn and format."));
    };
    if log_group(arn).is_none() {
        return Err(bad_arn(arn));
    }
    length("Format", Some(format), 1..=1024)?;
    if !format.contains("$context.requestId") && !format.contains("$context.extendedRequestId") {
        return Err(bad("Access log format must contain $context.requestId or $context.extendedRequestId"));
    }
    Ok(merged)
}

/// Makes a change of a stage with these access log settings: lets log delivery write to the group
/// first. A change that is refused leaves the resource policy as it was.
///
/// # Errors
/// As [`merged`]; 400 for a group of another account or region, or when the resource policy has no
/// room for it (LEN); 404 without the group (STK); what `change` refuses.
pub fn enabled(
    call: &mut Call<'_>,
    old: Option<&AccessLogSettings>,
    given: Option<&AccessLogSettings>,
    change: impl FnOnce(&mut Call<'_>) -> Result<Value, Fault>,
) -> Result<Value, Fault> {
    let Some(given) = given else { return change(call) };
    let arn = merged(old, given)?.destination_arn.unwrap_or_default();
    let before = call.region.logs.policies.clone();
    enable(call, &arn)?;
    let changed = change(call);
    if changed.is_err() {
        call.region.logs.policies = before;
    }
    changed
}

fn enable(call: &mut Call<'_>, arn: &str) -> Result<(), Fault> {
    let Some((place, name)) = log_group(arn) else { return Err(bad_arn(arn)) };
    if place != (call.region.name.as_str(), call.region.account.as_str()) {
        return Err(bad_arn(arn));
    }
    let allowed = delivery::allow(call.region, arn, call.now, &call.options.quotas);
    allowed.map_err(|fault| match fault.code.as_str() {
        "ResourceNotFoundException" => {
            let message = format!(
                "Cannot enable logging. LogDestination: {name} does not exist (Service: AWSIngestionHub; \
                 Status Code: 400; Error Code: LogDestinationNotFoundException; Request ID: {}; Proxy: null)",
                call.ids.uuid()
            );
            Fault::new(404, "NotFoundException", message)
        }
        "InvalidParameterException" => {
            let most = call.options.quotas.get(Quota::LogPolicyCharacters);
            bad(format!(
                "Cannot enable logging. Policy document length breaking Cloudwatch Logs Constraints, either < 1 \
                 or > {most}"
            ))
        }
        _ => bad(format!("Cannot enable logging. {}", fault.message)),
    })
}

/// STK.
fn bad_arn(arn: &str) -> Fault {
    if !arn.starts_with("arn:") {
        return bad(format!("Invalid ARN specified in the request. ARNs must start with 'arn:': {arn}"));
    }
    bad("Invalid ARN specified in the request. The ARN must be a valid CloudWatch Logs log group or \
         Kinesis Data Firehose delivery stream ARN.")
}

/// Region and account, and the name, in `arn:aws:logs:REGION:ACCOUNT:log-group:NAME`, with or
/// without `:*` behind it (the name's characters are those of CreateLogGroup).
fn log_group(arn: &str) -> Option<((&str, &str), &str)> {
    let parts: Vec<&str> = arn.split(':').collect();
    let (region, account, name) = match parts[..] {
        ["arn", "aws", "logs", region, account, "log-group", name]
        | ["arn", "aws", "logs", region, account, "log-group", name, "*"] => (region, account, name),
        _ => return None,
    };
    let numbered = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/#".contains(c);
    let named = (1..=512).contains(&name.len()) && name.chars().all(plain);
    (!region.is_empty() && numbered && named).then_some(((region, account), name))
}
