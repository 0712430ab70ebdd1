//! What a rule does with what it matches: forward to target groups, redirect, answer by itself.
//! Signing users in and checking tokens is not simulated.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Value, json};

use super::arn::{invalid, not_simulated};
use super::kind::Kind;
use super::limits;
use crate::fault::Fault;
use crate::input::{flag, list, number, text};
use crate::quota::Quotas;

/// The one action of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Action {
    /// As given; it has no meaning where there is but one action.
    pub order: Option<i64>,
    /// What it is.
    pub what: What,
}

/// An action by its type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum What {
    /// To target groups.
    Forward(Forward),
    /// Of an application load balancer.
    Redirect(Redirect),
    /// Of an application load balancer.
    FixedResponse(FixedResponse),
}

/// Where requests or connections are sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Forward {
    /// ARN and weight (0-999) of each target group.
    pub groups: Vec<(String, u64)>,
    /// Whether a client stays with a target group.
    pub sticky: bool,
    /// For how long, of an application load balancer; of a network one it is for ever.
    pub sticky_seconds: Option<i64>,
}

/// A redirect, with what was left out filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Redirect {
    /// `HTTP`, `HTTPS` or `#{protocol}`.
    pub protocol: String,
    /// 1-65535 or `#{port}`.
    pub port: String,
    /// May hold `#{host}`.
    pub host: String,
    /// May hold `#{host}`, `#{path}`, `#{port}`.
    pub path: String,
    /// May hold any keyword.
    pub query: String,
    /// `HTTP_301` or `HTTP_302`.
    pub status_code: String,
}

/// A response that the load balancer gives by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FixedResponse {
    /// 2XX, 4XX or 5XX.
    pub status_code: String,
    /// The body.
    pub message_body: Option<String>,
    /// Of the body.
    pub content_type: Option<String>,
}

impl Action {
    /// ARN and weight of the target groups that it forwards to; none if it does not.
    pub fn groups(&self) -> &[(String, u64)] {
        self.forward().map_or(&[], |forward| &forward.groups)
    }

    /// The action as a forward.
    pub fn forward(&self) -> Option<&Forward> {
        match &self.what {
            What::Forward(forward) => Some(forward),
            What::Redirect(_) | What::FixedResponse(_) => None,
        }
    }
}

/// Reads the actions of a rule, of which exactly one is served.
///
/// # Errors
/// `ValidationError`, `TooManyActions`, `InvalidLoadBalancerAction`; 501 for users' authentication.
pub(super) fn read(actions: &[Value], kind: Kind, protocol: &str, quotas: &Quotas) -> Result<Action, Fault> {
    for action in actions {
        check_type(text(action, "Type").unwrap_or_default(), kind, protocol)?;
    }
    let action = match actions {
        [] => return Err(invalid("A rule must have an action")),
        [action] => action,
        _ if kind == Kind::Network => {
            let message = "A listener of a network load balancer has one default action";
            return Err(Fault::bad("TooManyActions", message));
        }
        _ => {
            return Err(wrong(
                "A rule must have exactly one action of type forward, redirect or fixed-response",
            ));
        }
    };
    let own = match text(action, "Type") {
        Some("redirect") => "RedirectConfig",
        Some("fixed-response") => "FixedResponseConfig",
        _ => "ForwardConfig",
    };
    for member in ["RedirectConfig", "FixedResponseConfig", "ForwardConfig", "TargetGroupArn"] {
        let forwards = own == "ForwardConfig" && member == "TargetGroupArn";
        if member != own && !forwards && action.get(member).is_some() {
            let kind = text(action, "Type").unwrap_or_default();
            return Err(wrong(format!("{member} cannot be specified for an action of type '{kind}'")));
        }
    }
    let what = match own {
        "RedirectConfig" => What::Redirect(redirect(action.get(own), protocol)?),
        "FixedResponseConfig" => What::FixedResponse(fixed_response(action.get(own))?),
        _ => What::Forward(forward(action, kind, protocol, quotas)?),
    };
    Ok(Action { order: number(action, "Order"), what })
}

fn wrong(message: impl Into<String>) -> Fault {
    Fault::bad("InvalidLoadBalancerAction", message)
}

/// Actions of users' authentication are for HTTPS listeners (the words of the refusal elsewhere are
/// AWS's).
fn check_type(given: &str, kind: Kind, protocol: &str) -> Result<(), Fault> {
    match given {
        "forward" => Ok(()),
        _ if kind == Kind::Network => {
            Err(wrong(format!("An action of type '{given}' is not supported by a network load balancer")))
        }
        "redirect" | "fixed-response" => Ok(()),
        _ if protocol != "HTTPS" => {
            Err(wrong(format!("Actions of type '{given}' are supported only on HTTPS listeners")))
        }
        _ => Err(not_simulated(format!("An action of type '{given}'"))),
    }
}

fn forward(action: &Value, kind: Kind, protocol: &str, quotas: &Quotas) -> Result<Forward, Fault> {
    let config = action.get("ForwardConfig").unwrap_or(&Value::Null);
    let mut groups: Vec<(String, u64)> = Vec::new();
    for group in list(config, "TargetGroups") {
        let weight = number(group, "Weight").unwrap_or(1);
        let weight = u64::try_from(weight).ok().filter(|w| *w <= 999).ok_or_else(|| {
            invalid(format!("The weight '{weight}' of a target group must be within 0-999"))
        })?;
        groups.push((text(group, "TargetGroupArn").unwrap_or_default().to_owned(), weight));
    }
    match (text(action, "TargetGroupArn"), groups.as_slice()) {
        (Some(arn), []) => groups.push((arn.to_owned(), 1)),
        (Some(arn), [(only, _)]) if arn == only => {}
        (Some(_), _) => {
            return Err(wrong("TargetGroupArn and ForwardConfig must name the same single target group"));
        }
        (None, []) => return Err(invalid("A forward action must name a target group")),
        (None, _) => {}
    }
    let distinct: BTreeSet<&String> = groups.iter().map(|(arn, _)| arn).collect();
    if distinct.len() < groups.len() {
        return Err(wrong("The target groups of a forward action must be different ones"));
    }
    let most = quotas.get(limits::groups_per_action(kind));
    if groups.len() > most {
        return Err(wrong(format!("A forward action names {most} different target groups at most")));
    }
    let (sticky, sticky_seconds) = stickiness(config, kind, protocol)?;
    Ok(Forward { groups, sticky, sticky_seconds })
}

/// Reads `TargetGroupStickinessConfig` (botocore: an application load balancer needs its duration,
/// 1-604800 s, which is not for others; NLB user guide, weighted target groups: not on TLS listeners).
fn stickiness(config: &Value, kind: Kind, protocol: &str) -> Result<(bool, Option<i64>), Fault> {
    const MAX: i64 = 604_800;
    let config = config.get("TargetGroupStickinessConfig").unwrap_or(&Value::Null);
    let sticky = flag(config, "Enabled").unwrap_or(false);
    let seconds = number(config, "DurationSeconds");
    match (kind, seconds) {
        (Kind::Network, Some(_)) => {
            return Err(wrong(
                "You cannot specify a target group stickiness duration on load balancers of type 'network'",
            ));
        }
        (Kind::Network, None) if sticky && protocol == "TLS" => {
            return Err(wrong("Target group stickiness is not supported for TLS listeners"));
        }
        (Kind::Application, None) if sticky => {
            return Err(wrong("You must specify a duration to enable target group stickiness"));
        }
        (Kind::Application, Some(seconds)) if !(1..=MAX).contains(&seconds) => {
            return Err(invalid(format!(
                "Target group stickiness duration '{seconds}' must be between '1-{MAX}' inclusive"
            )));
        }
        _ => {}
    }
    Ok((sticky, seconds))
}

fn redirect(config: Option<&Value>, protocol: &str) -> Result<Redirect, Fault> {
    let config = config.ok_or_else(|| invalid("A redirect action must have a redirect configuration"))?;
    let part = |member: &str, default: &str| text(config, member).unwrap_or(default).to_owned();
    let redirect = Redirect {
        protocol: part("Protocol", "#{protocol}"),
        port: part("Port", "#{port}"),
        host: part("Host", "#{host}"),
        path: part("Path", "/#{path}"),
        query: part("Query", "#{query}"),
        status_code: part("StatusCode", ""),
    };
    if !matches!(redirect.protocol.as_str(), "HTTP" | "HTTPS" | "#{protocol}") {
        return Err(wrong(format!("The redirect protocol '{}' is not valid", redirect.protocol)));
    }
    if protocol == "HTTPS" && redirect.protocol == "HTTP" {
        return Err(wrong("A redirect from HTTPS to HTTP is not supported"));
    }
    if redirect.port != "#{port}" && !redirect.port.parse::<u16>().is_ok_and(|port| port > 0) {
        return Err(wrong(format!("The redirect port '{}' is not valid", redirect.port)));
    }
    if !redirect.path.starts_with('/') {
        return Err(wrong(format!("The redirect path '{}' must begin with '/'", redirect.path)));
    }
    // A path that holds the old one does not end the loop (AWS's words and this case: AWS Load
    // Balancer Controller's guide to HTTPRoute redirects).
    let stays =
        redirect.protocol == "#{protocol}" && redirect.port == "#{port}" && redirect.host == "#{host}";
    if stays && redirect.path.contains("#{path}") {
        return Err(wrong("The redirect configuration is not valid because it creates a loop."));
    }
    Ok(redirect)
}

fn fixed_response(config: Option<&Value>) -> Result<FixedResponse, Fault> {
    const TYPES: [&str; 5] =
        ["text/html", "application/json", "application/javascript", "text/css", "text/plain"];
    let config =
        config.ok_or_else(|| invalid("A fixed-response action must have a fixed response configuration"))?;
    let content_type = text(config, "ContentType").filter(|given| !given.is_empty());
    if content_type.is_some_and(|given| !TYPES.contains(&given)) {
        let types = TYPES.map(|one| format!("'{one}'")).join(", ");
        return Err(wrong(format!("The ContentType must be one of:{types}")));
    }
    Ok(FixedResponse {
        status_code: text(config, "StatusCode").unwrap_or_default().to_owned(),
        message_body: text(config, "MessageBody").map(str::to_owned),
        content_type: content_type.map(str::to_owned),
    })
}

/// `Actions` or `DefaultActions`.
pub(super) fn render(action: &Action) -> Value {
    let mut value = match &action.what {
        What::Forward(forward) => render_forward(forward),
        What::Redirect(Redirect { protocol, port, host, path, query, status_code }) => json!({
            "Type": "redirect",
            "RedirectConfig": {
                "Protocol": protocol, "Port": port, "Host": host, "Path": path, "Query": query,
                "StatusCode": status_code,
            },
        }),
        What::FixedResponse(FixedResponse { status_code, message_body, content_type }) => {
            let mut config = json!({"StatusCode": status_code});
            for (member, value) in [("MessageBody", message_body), ("ContentType", content_type)] {
                if let Some(value) = value {
                    config[member] = json!(value);
                }
            }
            json!({"Type": "fixed-response", "FixedResponseConfig": config})
        }
    };
    if let Some(order) = action.order {
        value["Order"] = json!(order);
    }
    json!([value])
}

fn render_forward(forward: &Forward) -> Value {
    let groups: Vec<Value> =
        forward.groups.iter().map(|(arn, weight)| json!({"TargetGroupArn": arn, "Weight": weight})).collect();
    let mut stickiness = json!({"Enabled": forward.sticky});
    if let Some(seconds) = forward.sticky_seconds {
        stickiness["DurationSeconds"] = json!(seconds);
    }
    let mut action = json!({
        "Type": "forward",
        "ForwardConfig": {"TargetGroups": groups, "TargetGroupStickinessConfig": stickiness},
    });
    if let [(only, _)] = forward.groups.as_slice() {
        action["TargetGroupArn"] = json!(only);
    }
    action
}
