//! What AWS refused, in one form for the planner, the scheduler and the status.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

/// What an error means for us; one table in `aws::errors` decides by service, code and message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum ErrorClass {
    /// Too many calls: the bucket is emptied, the call keeps its place.
    Throttle,
    /// No answer or a 5xx: tried again; the outcome of a token-less create is then unknown.
    Transient,
    /// Another change is under way, or something still holds the object: soon over by itself.
    Race,
    /// The name or key is taken: read who has it.
    Exists,
    /// There is no such object.
    Gone,
    /// It is there, and not ours.
    Stranger,
    /// An AWS limit is reached: a person must raise it or make room.
    Quota,
    /// Our role may not do this.
    Permission,
    /// AWS will never accept these settings.
    Spec,
    /// Not in the table.
    Unknown,
}

/// An error of AWS, or of reaching it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "camelCase")]
pub struct AwsError {
    /// What it means for us.
    pub class: ErrorClass,
    /// The call: `ec2:AuthorizeSecurityGroupIngress`, as an IAM policy would name it.
    pub action: String,
    /// AWS's code: `InvalidGroup.Duplicate`.
    pub code: String,
    /// AWS's words.
    pub message: String,
    /// What AWS support asks for.
    pub request_id: Option<String>,
    /// How long AWS asks us to wait.
    pub retry_after: Option<Duration>,
}

impl AwsError {
    /// Our code for a request that did not leave because nobody gave us credentials.
    pub const NO_CREDENTIALS: &'static str = "NoCredentials";
}

impl fmt::Display for AwsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({}", self.action, self.message, self.code)?;
        match &self.request_id {
            Some(id) => write!(f, ", request {id})"),
            None => f.write_str(")"),
        }
    }
}
