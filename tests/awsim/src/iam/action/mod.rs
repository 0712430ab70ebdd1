//! From an operation and its input to what AWS authorizes: actions on resources, with the condition
//! keys of each. A file a service. Sources: the Service Authorization Reference (`SAR`) where nothing
//! else is said; denials that clients met where they tell more.

mod acm;
mod apigatewayv2;
mod cloudwatch;
mod ec2;
mod elbv2;
mod logs;
mod route53;
pub(crate) mod secretsmanager;
mod sts;
pub(crate) mod tagging;

use serde_json::Value;

use super::context::Context;
use crate::fault::Fault;
use crate::input::{list, text};
use crate::tables::Operation;
use crate::world::{Region, Tags};

/// A call whose authorization is wanted. Its input was validated.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// botocore's name of the service.
    pub service: &'a str,
    /// The operation's name.
    pub operation: &'a str,
    /// Where it is served.
    pub table: &'a Operation,
    /// By member names.
    pub input: &'a Value,
    /// Where it works.
    pub region: &'a Region,
}

/// One action on one resource that a call needs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Need {
    /// `service:Name`, as it stands in policies.
    pub action: String,
    /// An ARN, or `*` where the action knows no resources. The id of what is to be made is `*`, as
    /// denials show it (aws-load-balancer-controller #2692).
    pub resource: String,
    /// What the denial names instead of the resource.
    pub shown: Option<String>,
    /// The ARN that the tags of the resource are found under, where it is another one.
    pub tagged: Option<String>,
    /// Condition keys of this action.
    pub context: Context,
    /// Any of these, actions on resources, does as well.
    pub instead: Vec<(String, String)>,
    /// No permission is needed and no policy can deny it.
    pub free: bool,
    /// What is answered instead of the service's denial.
    pub refusal: Option<Fault>,
}

impl Need {
    /// An action on a resource, without condition keys.
    pub fn new(action: impl Into<String>, resource: impl Into<String>) -> Need {
        Need { action: action.into(), resource: resource.into(), ..Need::default() }
    }

    /// Adds condition keys.
    #[must_use]
    pub fn with(self, context: Context) -> Need {
        Need { context: self.context.and(context), ..self }
    }

    /// The ARN under which the resource's tags are found.
    pub fn tagged(&self) -> &str {
        self.tagged.as_deref().unwrap_or(&self.resource)
    }
}

/// What a call needs: at least one action, for every operation that is served.
pub fn needed(asked: &Asked<'_>) -> Vec<Need> {
    match asked.service {
        "acm" => acm::needed(asked),
        "apigatewayv2" => apigatewayv2::needed(asked),
        "cloudwatch" => cloudwatch::needed(asked),
        "ec2" => ec2::needed(asked),
        "elbv2" => elbv2::needed(asked),
        "logs" => logs::needed(asked),
        "resourcegroupstaggingapi" => tagging::needed(asked),
        "route53" => route53::needed(asked),
        "secretsmanager" => secretsmanager::needed(asked),
        "sts" => sts::needed(asked),
        _ => Vec::new(),
    }
}

impl Asked<'_> {
    /// `{prefix}:{operation}`
    fn action(&self, prefix: &str) -> String {
        format!("{prefix}:{}", self.operation)
    }

    /// A string member; absent is empty.
    fn text(&self, member: &str) -> &str {
        text(self.input, member).unwrap_or_default()
    }

    /// `[{Key, Value}]` of a member.
    fn tags(&self, member: &str) -> Tags {
        tags(list(self.input, member))
    }
}

/// `[{Key, Value}]`
fn tags(given: &[Value]) -> Tags {
    let of = |tag: &Value, member| text(tag, member).unwrap_or_default().to_owned();
    given.iter().map(|tag| (of(tag, "Key"), of(tag, "Value"))).collect()
}

/// `{KEY: VALUE}`
fn tag_map(given: &Value) -> Tags {
    let entries = given.as_object().into_iter().flatten();
    entries.map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned())).collect()
}

/// The context of tags being taken away.
fn tag_keys(keys: Vec<String>) -> Context {
    Context::default().all("aws:TagKeys", keys)
}
