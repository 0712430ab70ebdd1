//! Lambda authorizers (REQUEST): a function is asked, and its answer kept for a while (AGD, "Working
//! with AWS Lambda authorizers for HTTP APIs").

use std::sync::Arc;
use std::time::Duration;

use super::fetch::{self, Limits};
use super::kept::AnswerKey;
use super::reply::Answer;
use super::{Identity, Question, event};
use crate::datapath::refusal::Refusal;
use crate::datapath::with;

/// A function has 10 seconds (HQ), and 6 MB for its answer, as every function of Lambda.
const LIMITS: Limits = Limits { time: Duration::from_secs(10), size: 6 * 1024 * 1024 };

/// Lets a request pass if the function says so; what it says of the caller becomes context
/// variables.
pub async fn check(question: &Question<'_>) -> Result<Identity, Refusal> {
    let authorizer = question.authorizer;
    let mut sources = Vec::new();
    for expression in &authorizer.identity_source {
        let Some(value) = question.source(expression) else {
            let key = &question.route.route_key;
            return Err(Refusal::unauthorized(format!("'{key}': the request has no {expression}")));
        };
        sources.push(value);
    }
    let answer = answer(question, sources).await?;
    let arn = event::arn(question.asked, question.found);
    if !answer.allows(&arn) {
        let why =
            format!("'{}': the authorizer '{}' refuses {arn}", question.route.route_key, authorizer.name);
        return Err(Refusal::forbidden(why));
    }
    Ok(answer.identity.clone())
}

/// The function's answer: the one that is kept for these sources, or what it says now.
async fn answer(question: &Question<'_>, sources: Vec<String>) -> Result<Arc<Answer>, Refusal> {
    let authorizer = question.authorizer;
    let lasts = authorizer.authorizer_result_ttl_in_seconds.and_then(|ttl| u64::try_from(ttl).ok());
    let lasts = Duration::from_secs(lasts.filter(|_| !sources.is_empty()).unwrap_or(0));
    let key = AnswerKey {
        stage: question.found.stage.stage_name.clone(),
        authorizer: authorizer.authorizer_id.clone(),
        sources,
    };
    let now = question.clock.now();
    if let Some(answer) = question.api(|api| api.kept.answer(&key, now)).flatten() {
        return Ok(answer);
    }
    let answer = Arc::new(ask(question, &key.sources).await?);
    let now = question.clock.now();
    if !lasts.is_zero() {
        question.api(|api| api.kept.keep_answer(key, answer.clone(), now + lasts, now));
    }
    Ok(answer)
}

/// Asks the function.
async fn ask(question: &Question<'_>, sources: &[String]) -> Result<Answer, Refusal> {
    let (authorizer, key) = (question.authorizer, &question.route.route_key);
    let uri = authorizer.authorizer_uri.as_deref().unwrap_or_default();
    let Some(arn) = function_of(uri) else {
        return Err(Refusal::authorizer_misconfigured(format!("'{key}': '{uri}' names no function")));
    };
    let Some(place) = with(question.world, |w| w.outside.of_function(arn).cloned()) else {
        let why = format!("'{key}': no function {arn} here: add it to apiGateway.functions");
        return Err(Refusal::authorizer_misconfigured(why));
    };
    let event = event::event(question, sources).to_string();
    let failed = |why: String| Refusal::authorizer_failed(format!("'{key}': {arn}: {why}"));
    let body = fetch::fetch(&question.clock, &place, Some(event.into()), LIMITS).await.map_err(failed)?;
    Answer::read(&body, authorizer.enable_simple_responses == Some(true)).map_err(failed)
}

/// The function's ARN in
/// `arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/FUNCTION/invocations`.
fn function_of(uri: &str) -> Option<&str> {
    let (api, rest) = uri.split_once(":lambda:path/2015-03-31/functions/")?;
    let function = rest.strip_suffix("/invocations")?;
    (api.starts_with("arn:aws:apigateway:") && function.starts_with("arn:aws:lambda:")).then_some(function)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_functions_arn_is_within_the_authorizers_uri() {
        let arn = "arn:aws:lambda:us-west-2:123456789012:function:my-function";
        let uri = format!("arn:aws:apigateway:us-west-2:lambda:path/2015-03-31/functions/{arn}/invocations");
        assert_eq!(function_of(&uri), Some(arn));
        for other in [arn, "", "arn:aws:apigateway:us-west-2:lambda:path/2015-03-31/functions/x/invocations"]
        {
            assert_eq!(function_of(other), None, "{other}");
        }
    }
}
