//! Attributes of load balancers, target groups and listeners: which there are, their defaults and
//! values (botocore, `LoadBalancerAttribute.Key`, `TargetGroupAttribute.Key`,
//! `ListenerAttribute.Key`; those of network load balancers).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::arn::{self, invalid};
use super::{listener, target};
use crate::fault::Fault;
use crate::input::{list, text};
use crate::world::Call;

/// Attributes by key.
pub type Attributes = BTreeMap<String, String>;

/// What values an attribute may have.
#[derive(Clone, Copy, Debug)]
enum Values {
    Flag,
    OneOf(&'static [&'static str]),
    Range(u64, u64),
    OffOrRange(u64, u64),
    Text,
}

type Known = &'static [(&'static str, &'static str, Values)];

const ROUTING: &[&str] =
    &["any_availability_zone", "availability_zone_affinity", "partial_availability_zone_affinity"];

const LOAD_BALANCER: Known = &[
    ("access_logs.s3.bucket", "", Values::Text),
    ("access_logs.s3.enabled", "false", Values::Flag),
    ("access_logs.s3.prefix", "", Values::Text),
    ("deletion_protection.enabled", "false", Values::Flag),
    ("dns_record.client_routing_policy", "any_availability_zone", Values::OneOf(ROUTING)),
    ("ipv6.deny_all_igw_traffic", "false", Values::Flag),
    ("load_balancing.cross_zone.enabled", "false", Values::Flag),
    ("secondary_ips.auto_assigned.per_subnet", "0", Values::Range(0, 7)),
    ("zonal_shift.config.enabled", "false", Values::Flag),
];

const CROSS_ZONE: &[&str] = &["true", "false", "use_load_balancer_configuration"];

const TARGET_GROUP: Known = &[
    ("deregistration_delay.connection_termination.enabled", "false", Values::Flag),
    ("deregistration_delay.timeout_seconds", "300", Values::Range(0, 3600)),
    ("load_balancing.cross_zone.enabled", "use_load_balancer_configuration", Values::OneOf(CROSS_ZONE)),
    ("preserve_client_ip.enabled", "false", Values::Flag),
    ("proxy_protocol_v2.enabled", "false", Values::Flag),
    ("stickiness.enabled", "false", Values::Flag),
    ("stickiness.type", "source_ip", Values::OneOf(&["source_ip"])),
    ("target_group_health.dns_failover.minimum_healthy_targets.count", "1", Values::OffOrRange(1, 1000)),
    (
        "target_group_health.dns_failover.minimum_healthy_targets.percentage",
        "off",
        Values::OffOrRange(1, 100),
    ),
    (
        "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count",
        "1",
        Values::Range(1, 1000),
    ),
    (
        "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage",
        "off",
        Values::OffOrRange(1, 100),
    ),
    ("target_health_state.unhealthy.connection_termination.enabled", "true", Values::Flag),
    ("target_health_state.unhealthy.draining_interval_seconds", "0", Values::Range(0, 360_000)),
];

const LISTENER: Known = &[("tcp.idle_timeout.seconds", "350", Values::Range(60, 6000))];

fn defaults(known: Known) -> Attributes {
    known.iter().map(|(key, default, _)| ((*key).to_owned(), (*default).to_owned())).collect()
}

/// Attributes of a new load balancer.
pub(super) fn of_load_balancer(internal: bool) -> Attributes {
    let mut attributes = defaults(LOAD_BALANCER);
    attributes.insert("ipv6.deny_all_igw_traffic".to_owned(), internal.to_string());
    attributes
}

/// Attributes of a new target group: UDP keeps the client's address and ends connections.
pub(super) fn of_target_group(protocol: &str) -> Attributes {
    let mut attributes = defaults(TARGET_GROUP);
    if matches!(protocol, "UDP" | "TCP_UDP") {
        for (key, value) in [
            ("preserve_client_ip.enabled", "true"),
            ("deregistration_delay.connection_termination.enabled", "true"),
            ("target_health_state.unhealthy.connection_termination.enabled", "false"),
        ] {
            attributes.insert(key.to_owned(), value.to_owned());
        }
    }
    attributes
}

/// Attributes of a new listener.
pub(super) fn of_listener() -> Attributes {
    defaults(LISTENER)
}

/// The attribute as a number; `None` for `off`.
pub(super) fn value_number(attributes: &Attributes, key: &str) -> Option<u64> {
    attributes.get(key)?.parse().ok()
}

/// Whether the attribute is `true`.
pub(super) fn value_flag(attributes: &Attributes, key: &str) -> bool {
    attributes.get(key).is_some_and(|value| value == "true")
}

/// Reads `Attributes` of a Modify call.
fn read(input: &Value, known: Known, words: &str) -> Result<Attributes, Fault> {
    let mut changed = Attributes::new();
    for attribute in list(input, "Attributes") {
        let (key, value) =
            (text(attribute, "Key").unwrap_or_default(), text(attribute, "Value").unwrap_or_default());
        let Some((_, _, values)) = known.iter().find(|(name, ..)| *name == key) else {
            return Err(invalid(format!("{words} attribute key '{key}' is not recognized")));
        };
        let in_range = |from: u64, to: u64| value.parse::<u64>().is_ok_and(|n| (from..=to).contains(&n));
        let (fits, expected) = match values {
            Values::Flag => (matches!(value, "true" | "false"), "true or false".to_owned()),
            Values::OneOf(some) => (some.contains(&value), some.join(", ")),
            Values::Range(from, to) => (in_range(*from, *to), format!("{from}-{to}")),
            Values::OffOrRange(from, to) => {
                (value == "off" || in_range(*from, *to), format!("off or {from}-{to}"))
            }
            Values::Text => (true, String::new()),
        };
        if !fits {
            return Err(invalid(format!(
                "{words} attribute value '{value}' for key '{key}' is not valid: it must be {expected}"
            )));
        }
        if changed.insert(key.to_owned(), value.to_owned()).is_some() {
            return Err(invalid(format!("{words} attribute key '{key}' is given twice")));
        }
    }
    Ok(changed)
}

fn render(attributes: &Attributes) -> Value {
    let all: Vec<Value> = attributes.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    json!({"Attributes": all})
}

/// DescribeLoadBalancerAttributes.
pub fn describe_load_balancer(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let arn = text(input, "LoadBalancerArn").unwrap_or_default();
    Ok(render(&arn::load_balancer(&call.region.elbv2, arn)?.attributes))
}

/// ModifyLoadBalancerAttributes.
pub fn modify_load_balancer(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let arn = text(input, "LoadBalancerArn").unwrap_or_default();
    let mut attributes = arn::load_balancer(&call.region.elbv2, arn)?.attributes.clone();
    attributes.extend(read(input, LOAD_BALANCER, "Load balancer")?);
    if value_flag(&attributes, "access_logs.s3.enabled") && attributes["access_logs.s3.bucket"].is_empty() {
        let message = "access_logs.s3.bucket is required when access_logs.s3.enabled is true";
        return Err(Fault::bad("InvalidConfigurationRequest", message));
    }
    let reply = render(&attributes);
    if let Some(balancer) = call.region.elbv2.load_balancers.get_mut(arn) {
        let before = std::mem::replace(&mut balancer.attributes, attributes);
        if let Err(fault) = target::check_limits(call, arn) {
            if let Some(balancer) = call.region.elbv2.load_balancers.get_mut(arn) {
                balancer.attributes = before;
            }
            return Err(fault);
        }
    }
    Ok(reply)
}

/// DescribeTargetGroupAttributes.
pub fn describe_target_group(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let arn = text(input, "TargetGroupArn").unwrap_or_default();
    Ok(render(&arn::target_group(&call.region.elbv2, arn)?.attributes))
}

/// ModifyTargetGroupAttributes.
pub fn modify_target_group(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let arn = text(input, "TargetGroupArn").unwrap_or_default();
    let group = arn::target_group(&call.region.elbv2, arn)?;
    let changed = read(input, TARGET_GROUP, "Target group")?;
    let mut attributes = group.attributes.clone();
    attributes.extend(changed.clone());
    check_target_group(&group.protocol, &attributes, &changed)?;
    let reply = render(&attributes);
    let balancers = listener::load_balancers_of(&call.region.elbv2, arn);
    if let Some(group) = call.region.elbv2.target_groups.get_mut(arn) {
        let before = std::mem::replace(&mut group.attributes, attributes);
        for balancer in balancers {
            if let Err(fault) = target::check_limits(call, &balancer) {
                if let Some(group) = call.region.elbv2.target_groups.get_mut(arn) {
                    group.attributes = before;
                }
                return Err(fault);
            }
        }
    }
    Ok(reply)
}

/// What must fit together.
fn check_target_group(protocol: &str, all: &Attributes, changed: &Attributes) -> Result<(), Fault> {
    let refuse = |message: &str| Err(Fault::bad("InvalidConfigurationRequest", message));
    let udp = matches!(protocol, "UDP" | "TCP_UDP");
    if udp && !value_flag(all, "preserve_client_ip.enabled") {
        return refuse("preserve_client_ip.enabled cannot be disabled for UDP and TCP_UDP target groups");
    }
    let ends = value_flag(all, "target_health_state.unhealthy.connection_termination.enabled");
    if udp && ends {
        return refuse(
            "target_health_state.unhealthy.connection_termination.enabled cannot be enabled for UDP and TCP_UDP \
             target groups",
        );
    }
    if ends && changed.contains_key("target_health_state.unhealthy.draining_interval_seconds") {
        return refuse(
            "target_health_state.unhealthy.draining_interval_seconds can only be set when \
             target_health_state.unhealthy.connection_termination.enabled is false",
        );
    }
    Ok(())
}

/// DescribeListenerAttributes.
pub fn describe_listener(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let arn = text(input, "ListenerArn").unwrap_or_default();
    Ok(render(&arn::listener(&call.region.elbv2, arn)?.attributes))
}

/// ModifyListenerAttributes.
pub fn modify_listener(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let arn = text(input, "ListenerArn").unwrap_or_default();
    arn::listener(&call.region.elbv2, arn)?;
    let changed = read(input, LISTENER, "Listener")?;
    let Some(listener) = call.region.elbv2.listeners.get_mut(arn) else { return Ok(json!({})) };
    listener.attributes.extend(changed);
    Ok(render(&listener.attributes))
}
