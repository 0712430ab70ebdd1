//! An error of AWS in words: what happened, to what, AWS's code and request id, what to do.

use super::verdict::{Failure, Weight};
use super::words::{sentence, time};
use crate::api::Reason;
use crate::model::index::Trouble;
use crate::model::{AwsError, ErrorClass, Kind};

/// From which attempt on an error that no table knows needs a person.
const ATTEMPTS: u32 = 5;

/// What to say of `trouble` with `subject` (of `kind`, if it is a resource); `deleting`: the call
/// was a delete.
pub fn failure(trouble: &Trouble, subject: &str, kind: Option<Kind>, deleting: bool) -> Failure {
    let stuck = trouble.attempts >= ATTEMPTS && trouble.error.class == ErrorClass::Unknown;
    let mut failure = of_error(&trouble.error, subject, kind, deleting);
    if failure.reason == Reason::AWSUnavailable && !deleting {
        failure.message.push_str(&format!(" So it has been since {}.", time(trouble.since)));
    }
    if trouble.error.class == ErrorClass::Unknown && !stuck {
        return Failure { weight: Weight::Progress, ..failure };
    }
    failure
}

/// What to say of `error`, however often it came.
pub fn of_error(error: &AwsError, subject: &str, kind: Option<Kind>, deleting: bool) -> Failure {
    let at = code(error);
    let AwsError { class, action, message, .. } = error;
    let message = plain(message);
    let (reason, text) = match class {
        ErrorClass::Transient if without_credentials(&error.code) => (
            Reason::AccessDenied,
            format!(
                "The operator has no valid credentials for AWS: {message} {at}. They are asked for anew before \
                 it is tried again. See that the role of its service account stands and that its pod reaches \
                 whoever gives them out; keys in environment variables are read at its start only."
            ),
        ),
        ErrorClass::Permission if credentials(&error.code) => (
            Reason::AccessDenied,
            format!(
                "AWS does not accept the operator's credentials: {message} {at}. Correct its role; it is tried \
                 again every 5 minutes."
            ),
        ),
        ErrorClass::Permission => (
            Reason::AccessDenied,
            format!(
                "{action} for {subject} was denied {at}. Add the action to the operator's policy; \
                 all else goes on, and it is tried again every 5 minutes."
            ),
        ),
        ErrorClass::Quota => (
            Reason::QuotaReached,
            format!(
                "{} cannot be made: {message} {}. Delete what is not needed or have the quota raised; \
                 it is tried again every 10 minutes.",
                sentence(subject),
                quota(error, kind)
            ),
        ),
        ErrorClass::Stranger => (
            Reason::NotOurs,
            format!(
                "{} is held by something that is not ours: {message} {at}. It is left alone; \
                 rename or delete it.",
                sentence(subject)
            ),
        ),
        ErrorClass::Spec => (
            Reason::RefusedByAWS,
            format!("AWS refuses {subject}: {message} {at}. It is tried again when the spec changes."),
        ),
        ErrorClass::Throttle => (
            Reason::Throttled,
            format!("AWS throttles {action} {at}; the calls are slowed down and tried again."),
        ),
        ErrorClass::Transient => (
            Reason::AWSUnavailable,
            format!("{action} for {subject} is not answered: {message} {at}; it is tried again."),
        ),
        ErrorClass::Race | ErrorClass::Gone | ErrorClass::Exists if deleting => {
            (Reason::WaitingForAWS, format!("{} cannot be deleted yet: {message} {at}.", sentence(subject)))
        }
        ErrorClass::Race | ErrorClass::Gone | ErrorClass::Exists => {
            (Reason::WaitingForAWS, format!("{} cannot be made yet: {message} {at}.", sentence(subject)))
        }
        ErrorClass::Unknown => (
            Reason::RefusedByAWS,
            format!("{action} for {subject} failed: {message} {at}; it is tried again."),
        ),
    };
    Failure::new(reason, text)
}

/// `(code, request id)`.
fn code(error: &AwsError) -> String {
    match &error.request_id {
        Some(id) => format!("({}, request {id})", error.code),
        None => format!("({})", error.code),
    }
}

/// The code with the quota's own, where the kind alone decides which it is.
fn quota(error: &AwsError, kind: Option<Kind>) -> String {
    let quota = match kind {
        Some(Kind::VpcLink) => Some("L-608BDCD4"),
        Some(Kind::Api) => Some("L-AA0FF27B"),
        Some(Kind::Route) => Some("L-65B5C802"),
        Some(Kind::Listener) => Some("L-57A373D6"),
        Some(Kind::TargetGroup) => Some("L-B22855CB"),
        Some(Kind::SecurityGroup) => Some("L-E79EC296"),
        Some(Kind::SecurityGroupRule) => Some("L-0EA8095F"),
        _ => None,
    };
    match quota {
        Some(quota) => code(error).replacen(", request", &format!(", quota {quota}, request"), 1),
        None => code(error),
    }
}

/// They have ended, or nobody gave us any. One that calls again may have new ones.
fn without_credentials(code: &str) -> bool {
    code.starts_with("ExpiredToken") || code == AwsError::NO_CREDENTIALS
}

/// AWS cannot tell who we are: no policy would help.
fn credentials(code: &str) -> bool {
    [
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "AuthFailure",
    ]
    .contains(&code)
        || code.starts_with("MissingAuthenticationToken")
        || code.starts_with("IncompleteSignature")
}

/// AWS's words without the full stop, on one line and not longer than a screen takes.
fn plain(message: &str) -> String {
    const MOST: usize = 300;
    let text = message.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = text.trim_end_matches('.');
    if text.chars().count() > MOST {
        return format!("{}…", text.chars().take(MOST).collect::<String>());
    }
    text.to_owned()
}
