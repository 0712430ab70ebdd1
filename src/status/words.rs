//! Words of messages: names of resources, times, lists.

use jiff::Timestamp;

use crate::desire::quota::Quota;
use crate::model::{Id, Kind, ResourceKey, Time, marks};

/// A resource in the words of a sentence, without its owner: `the rule into the pods' security group
/// on port 3000`, `route GET /a`.
pub fn subject(key: &ResourceKey) -> String {
    let slot = &key.slot.0;
    if let Some(id) = key.as_stray() {
        return format!("{} {id}, which others made", key.kind.words());
    }
    match key.kind {
        Kind::SecurityGroup if slot == "link" => "the VPC link's security group".to_owned(),
        Kind::SecurityGroup => "the load balancers' security group".to_owned(),
        Kind::SecurityGroupRule => rule(slot),
        Kind::LoadBalancer => format!("load balancer {slot}"),
        Kind::VpcLink => "the VPC link".to_owned(),
        Kind::Api => "the HTTP API".to_owned(),
        Kind::Stage => "the stage".to_owned(),
        Kind::TargetGroup => "the target group".to_owned(),
        Kind::Listener => "the listener".to_owned(),
        Kind::Integration => format!("the integration with timeout {slot}"),
        Kind::Route => format!("route {slot}"),
        Kind::RouteSettings => format!("the throttling of route {slot}"),
    }
}

fn rule(slot: &str) -> String {
    if let Some(port) = slot.strip_prefix("pods-in-") {
        return format!("the rule into the pods' security group on port {port}");
    }
    if let Some(port) = slot.strip_prefix("lb-out-") {
        return format!("the rule from the load balancers' security group to pods on port {port}");
    }
    match slot {
        "link-out" => "the rule out of the VPC link's security group".to_owned(),
        "lb-in" => "the rule into the load balancers' security group".to_owned(),
        other => format!("security group rule {other}"),
    }
}

/// That `id`, which was made under `key`, does not carry its mark any more, and what to do.
pub fn unmarked(key: &ResourceKey, id: &Id) -> String {
    let mark = match key.kind {
        Kind::Integration => "the description that marks it as ours".to_owned(),
        _ => {
            // The cluster id is the operator's, and nobody here knows it.
            let tags = marks::tags("{cluster id}", key);
            let tags: Vec<String> = tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
            format!("the tags that mark it as ours ({})", tags.join(", "))
        }
    };
    format!(
        "{} {id} is recorded as {} and no longer carries {mark}. It is left alone, and no other is made in its \
         place; put the mark back, or delete it.",
        sentence(key.kind.words()),
        subject(key)
    )
}

/// `2026-11-20T10:00:00Z`.
pub fn time(time: Time) -> String {
    let seconds = i64::try_from(time.0 / 1000).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX).to_string()
}

/// `a`, `a and b`, `a, b and c`; at most `most` of them by name.
pub fn list(items: &[String], most: usize) -> String {
    if items.len() > most {
        let shown = &items[..most];
        return format!("{} and {} more", shown.join(", "), items.len() - most);
    }
    match items {
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        [init @ .., last] => format!("{} and {last}", init.join(", ")),
    }
}

/// `1 of 3 pods is`, `2 of 3 pods are`.
pub fn of(some: usize, all: usize, what: &str) -> String {
    let verb = if some == 1 { "is" } else { "are" };
    let plural = if all == 1 { "" } else { "s" };
    format!("{some} of {all} {what}{plural} {verb}")
}

/// With a capital first letter.
pub fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// AWS's state while it makes something.
pub fn pending(kind: Kind) -> &'static str {
    match kind {
        Kind::LoadBalancer => "provisioning",
        _ => "PENDING",
    }
}

/// ` (quota L-…)`, or what AWS says where Service Quotas has none.
pub fn quota(quota: Quota) -> String {
    match quota.code() {
        Some(code) => format!("quota {code}"),
        None => "not in Service Quotas".to_owned(),
    }
}
