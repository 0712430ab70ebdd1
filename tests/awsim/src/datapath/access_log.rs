//! The line that a request leaves in the log group of its stage, in the stage's format.

use std::collections::BTreeMap;

use super::answered::Answered;
use super::plan;
use crate::clock::SimTime;
use crate::logs::delivery;
use crate::world::Region;

/// Before each variable of a format.
const VARIABLE: &str = "$context.";
/// What stands for a variable that is not known or has no value (sample log of Sumo Logic's
/// documentation, AWS API Gateway app).
const NONE: &str = "-";

/// Writes the line if the stage has access logs. Nothing happens without the log group: a delivery
/// that fails is no matter of the request.
pub fn write(region: &mut Region, answered: &Answered<'_>, now: SimTime) {
    let api = region.apigatewayv2.apis.get(&answered.way.api);
    let settings = api.and_then(|api| api.stages.get(answered.stage)?.access_log_settings.clone());
    let Some((arn, format)) = settings.and_then(|s| s.destination_arn.zip(s.format)) else { return };
    let line = fill(&format, &variables(answered, now));
    let stream = stream(&answered.way.api, answered.stage, now);
    delivery::write(region, &arn, &stream, line, now);
}

/// The stream of a stage in this minute, `a1b2c3d4e5_.default-2023-10-17-04-12` (so
/// in what `aws logs tail` prints of an HTTP API, for a line of 04:12:46; a delivery's name has `.` for
/// `$` in TF 46610, too).
fn stream(api: &str, stage: &str, now: SimTime) -> String {
    format!("{api}_{}-{}", stage.replace('$', "."), formatted(now, "%Y-%m-%d-%H-%M"))
}

fn formatted(time: SimTime, format: &str) -> String {
    let time = i64::try_from(time.0).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    time.map(|time| time.strftime(format).to_string()).unwrap_or_default()
}

/// Puts values in the place of the variables of a format. A name ends before the first character
/// that is not a letter, a digit, `_` or a `.` with a name behind it.
fn fill(format: &str, variables: &BTreeMap<String, String>) -> String {
    let mut pieces = format.split(VARIABLE);
    let mut line = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let part_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
        let end = piece.find(|c| !part_of_name(c)).unwrap_or(piece.len());
        let name = piece[..end].trim_end_matches('.');
        let value = variables.get(name).filter(|value| !value.is_empty());
        line.push_str(value.map_or(NONE, String::as_str));
        line.push_str(&piece[name.len()..]);
    }
    line
}

/// The variables that have a value (AGD, logging variables). Those of Cognito identities have none.
fn variables(answered: &Answered<'_>, now: SimTime) -> BTreeMap<String, String> {
    let Answered { asked, way, stage, route_key, .. } = answered;
    let mut variables = plan::context(asked, way, stage, route_key.unwrap_or_default());
    variables.extend(answered.identity.clone());
    let integrated = answered.integrated;
    let integration_status = integrated.status.map(|status| status.to_string());
    let integration_latency = integrated.latency.map(|latency| latency.as_millis().to_string());
    let refusal = answered.refusal;
    let message = refusal.map(|refusal| refusal.message.to_owned());
    let failure = refusal.filter(|r| r.kind.is_integration()).map(|r| r.why.clone());
    let more = [
        ("authorizer.error", refusal.and_then(|refusal| refusal.authorizer_error.clone())),
        ("customDomain.basePathMatched", way.mapped.as_ref().map(|mapped| mapped.key.clone())),
        ("dataProcessed", Some(answered.data_processed().to_string())),
        ("error.message", message.clone()),
        ("error.messageString", message.map(|message| format!("\"{message}\""))),
        ("error.responseType", refusal.map(|refusal| refusal.kind.name().to_owned())),
        ("integration.error", failure.clone()),
        ("integrationErrorMessage", failure),
        ("integration.latency", integration_latency.clone()),
        ("integrationLatency", integration_latency),
        ("integration.status", integration_status.clone()),
        ("integrationStatus", integration_status),
        ("requestTime", Some(formatted(asked.now, "%d/%b/%Y:%H:%M:%S +0000"))),
        ("responseLatency", Some(answered.latency(now).as_millis().to_string())),
        ("responseLength", Some(answered.length.to_string())),
        ("status", Some(answered.status.to_string())),
    ];
    variables.extend(more.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    variables
}

#[cfg(test)]
mod tests {
    use super::*;

    /// AGD, logging variables: what has no value is a dash.
    #[test]
    fn variables_of_a_format_are_replaced_and_unknown_ones_are_a_dash() {
        let variables = [("status", "200"), ("identity.sourceIp", "10.0.0.1"), ("path", "")];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        for (format, line) in [
            (
                r#"{"s":"$context.status","ip":"$context.identity.sourceIp"}"#,
                r#"{"s":"200","ip":"10.0.0.1"}"#,
            ),
            ("$context.status$context.status", "200200"),
            ("Done: $context.status.", "Done: 200."),
            ("$context.statuses $context.path $context.", "- - -"),
            ("$stageVariables.a, plain", "$stageVariables.a, plain"),
            ("ü$context.statusü", "ü200ü"),
        ] {
            assert_eq!(fill(format, &variables), line, "{format}");
        }
    }

    /// As AWS names them; see [`stream`].
    #[test]
    fn a_stream_is_named_after_api_stage_and_minute() {
        let at = SimTime(1_697_515_966_123);
        assert_eq!(stream("h933wewkw9", "$default", at), "h933wewkw9_.default-2023-10-17-04-12");
        assert_eq!(stream("h933wewkw9", "prod", at), "h933wewkw9_prod-2023-10-17-04-12");
    }
}
