//! How another service of AWS writes to a log group, as API Gateway does its access logs: once it
//! is let in by a resource policy ([`allow`]), it writes lines ([`write`]). No operation of the
//! API is part of that: `logs:CreateLogDelivery` and the like, which the caller of API Gateway
//! needs, are permissions without operations.

use serde_json::{Value, json};

use super::error::not_found;
use super::policy;
use super::{Event, LogGroup, LogStream, group};
use crate::clock::SimTime;
use crate::fault::Fault;
use crate::quota::{Quota, Quotas};
use crate::world::Region;

/// The policy that AWS keeps for this.
pub const POLICY: &str = "AWSLogDeliveryWrite20150319";

/// Groups below it need one line of the policy together.
const VENDED: &str = "/aws/vendedlogs/";

/// Lets AWS's log delivery write to the group with this ARN (with or without `:*`), which must
/// exist, by a statement in the account's policy of that purpose. When that grows too long, all groups below
/// `/aws/vendedlogs/` are let in at once (Step Functions developer guide, "bp-cwl"); a group of
/// another name then is not.
///
/// # Errors
/// ResourceNotFoundException without the group; InvalidParameterException or
/// LimitExceededException when there is no room for the policy.
pub fn allow(region: &mut Region, group_arn: &str, now: SimTime, quotas: &Quotas) -> Result<(), Fault> {
    let name = group::name_of(region, group_arn).filter(|name| region.logs.groups.contains_key(*name));
    let name = name.ok_or_else(|| not_found("log group"))?;
    let streams = |name: &str| format!("{}:log-stream:*", group::arn(region, name));
    let all_vended = streams(&format!("{VENDED}*"));
    let mut resources = resources(region);
    let this = streams(name);
    let vended = |resource: &str| resource.starts_with(&group::arn(region, VENDED));
    if resources.contains(&this) || (vended(&this) && resources.contains(&all_vended)) {
        return Ok(());
    }
    resources.push(this);
    let mut document = document(region, &resources);
    if document.chars().count() > quotas.get(Quota::LogPolicyCharacters) {
        resources.retain(|resource| !vended(resource));
        resources.push(all_vended);
        document = self::document(region, &resources);
    }
    policy::insert(&mut region.logs, POLICY, &document, now, quotas)
}

/// What the policy lets in so far.
fn resources(region: &Region) -> Vec<String> {
    let policy = region.logs.policies.get(POLICY);
    let document = policy.and_then(|policy| serde_json::from_str::<Value>(&policy.document).ok());
    let statement = document.map(|document| document["Statement"][0]["Resource"].clone());
    statement.and_then(|resources| serde_json::from_value(resources).ok()).unwrap_or_default()
}

/// As AWS's guide to vended logs has it (CWL, "AWS-logs-infrastructure-CWL").
fn document(region: &Region, resources: &[String]) -> String {
    let source = region.arn("logs", "*");
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": POLICY,
            "Effect": "Allow",
            "Principal": {"Service": "delivery.logs.amazonaws.com"},
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": resources,
            "Condition": {
                "StringEquals": {"aws:SourceAccount": region.account},
                "ArnLike": {"aws:SourceArn": source},
            },
        }],
    })
    .to_string()
}

/// Writes one line of the moment `now` to a stream of the group with this ARN (with or without
/// `:*`), which makes the stream if it is not there. `false`, and nothing is written, if there is
/// no such group.
pub fn write(region: &mut Region, group_arn: &str, stream: &str, line: String, now: SimTime) -> bool {
    let Some(name) = group::name_of(region, group_arn) else { return false };
    let state = &mut region.logs;
    let Some(LogGroup { streams, .. }) = state.groups.get_mut(name) else { return false };
    let event = Event { timestamp: now.0, ingestion: now.0, number: state.events_taken, message: line };
    state.events_taken += 1;
    streams.entry(stream.to_owned()).or_insert_with(|| LogStream::new(now)).add([event], now);
    true
}
