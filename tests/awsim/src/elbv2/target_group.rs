//! Target groups.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Value, json};

use super::arn::{self, invalid, not_simulated};
use super::attributes::{self, Attributes};
use super::health_check::{Checked, HealthCheck};
use super::kind::Kind;
use super::target::Target;
use super::{name, reply, tags};
use crate::clock::SimTime;
use crate::ec2::vpc;
use crate::fault::Fault;
use crate::input::{number, text, texts};
use crate::quota::Quota;
use crate::world::{Call, Tags};

/// One target group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TargetGroup {
    /// `arn:aws:elasticloadbalancing:REGION:ACCOUNT:targetgroup/NAME/ID`
    pub arn: String,
    /// Unique in the region.
    pub name: String,
    /// `HTTP`, `HTTPS`; `TCP`, `TLS`, `UDP`, `TCP_UDP`; cannot be changed.
    pub protocol: String,
    /// `ip`, `instance` or `alb`; cannot be changed.
    pub target_type: String,
    /// Port of targets registered without one; cannot be changed.
    pub port: u16,
    /// Cannot be changed.
    pub vpc: String,
    /// How targets are checked.
    pub health_check: HealthCheck,
    /// By `IP:PORT`.
    pub targets: BTreeMap<String, Target>,
    /// Counts connections to it, so that its targets take turns.
    pub connections: u64,
    /// ARN of the load balancer whose rules forward to it.
    pub load_balancer: Option<String>,
    /// It cannot be deleted before this time: its last rule went away just now.
    pub released_at: Option<SimTime>,
    /// By key.
    pub attributes: Attributes,
    /// By key.
    pub tags: Tags,
}

/// CreateTargetGroup. One with the same name and settings is returned as it is, whoever made it, its
/// tags unchanged (botocore: the operation is idempotent).
pub fn create(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let name = text(input, "Name").unwrap_or_default();
    name::check("target group", name)?;
    let target_type = text(input, "TargetType").unwrap_or("instance");
    let protocol = protocol(input, target_type)?;
    let port = number(input, "Port").and_then(|n| u16::try_from(n).ok());
    let port = port.ok_or_else(|| invalid("A port must be specified"))?;
    let vpc = text(input, "VpcId").ok_or_else(|| invalid("A VPC ID must be specified"))?;
    if vpc::find(&call.region.ec2, vpc).is_err() {
        return Err(invalid(format!("The VPC ID '{vpc}' is not found")));
    }
    let health_check = HealthCheck::create(input, Checked { protocol, target_type })?;
    let tags = tags::read(input, &call.options.quotas)?;
    let state = &call.region.elbv2;
    if let Some(twin) = state.target_groups.values().find(|g| g.name == name) {
        let same = (twin.protocol.as_str(), twin.target_type.as_str()) == (protocol, target_type)
            && (twin.port, twin.vpc.as_str(), &twin.health_check) == (port, vpc, &health_check);
        if same {
            return Ok(json!({"TargetGroups": [render(twin)]}));
        }
        let message =
            format!("A target group with the same name '{name}' exists, but with different settings");
        return Err(Fault::bad("DuplicateTargetGroupName", message));
    }
    if state.target_groups.len() >= call.options.quotas.get(Quota::TargetGroups) {
        let message = "The maximum number of target groups has been reached";
        return Err(Fault::bad("TooManyTargetGroups", message));
    }
    let id = call.ids.hex16();
    let group = TargetGroup {
        arn: call.region.arn("elasticloadbalancing", &format!("targetgroup/{name}/{id}")),
        name: name.to_owned(),
        protocol: protocol.to_owned(),
        target_type: target_type.to_owned(),
        port,
        vpc: vpc.to_owned(),
        health_check,
        targets: BTreeMap::new(),
        connections: 0,
        load_balancer: None,
        released_at: None,
        attributes: attributes::of_target_group(protocol, target_type),
        tags,
    };
    let rendered = render(&group);
    call.region.elbv2.target_groups.insert(group.arn.clone(), group);
    Ok(json!({"TargetGroups": [rendered]}))
}

/// The protocol, which must go with the target type and with what else is asked for: application
/// load balancers are targets by TCP only (NLB user guide, "Application Load Balancers as targets").
fn protocol<'a>(input: &'a Value, target_type: &str) -> Result<&'a str, Fault> {
    let refuse = |message: String| Err(Fault::bad("InvalidConfigurationRequest", message));
    if target_type == "lambda" {
        return Err(not_simulated("A target group of type 'lambda'"));
    }
    let protocol = text(input, "Protocol").ok_or_else(|| invalid("A protocol must be specified"))?;
    if matches!(protocol, "GENEVE" | "QUIC" | "TCP_QUIC") {
        return Err(not_simulated(format!("A target group of protocol '{protocol}'")));
    }
    if target_type == "alb" && protocol != "TCP" {
        return refuse(format!(
            "Protocol '{protocol}' is not supported for target groups with target type 'alb'"
        ));
    }
    if text(input, "IpAddressType").is_some_and(|t| t != "ipv4") {
        return Err(not_simulated("An IPv6 target group"));
    }
    for member in ["ProtocolVersion", "TargetControlPort"] {
        let Some(given) = input.get(member) else { continue };
        if Kind::of_group(protocol) == Kind::Network {
            return refuse(format!("{member} is for target groups of application load balancers"));
        }
        if given != "HTTP1" {
            return Err(not_simulated(format!("{member} {given}")));
        }
    }
    Ok(protocol)
}

/// DescribeTargetGroups: all, or by load balancer, ARNs or names (the words are AWS's, by
/// getmoto/moto).
pub fn describe(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let (arns, names) = (texts(input, "TargetGroupArns"), texts(input, "Names"));
    let balancer = text(input, "LoadBalancerArn");
    if [!arns.is_empty(), !names.is_empty(), balancer.is_some()].iter().filter(|given| **given).count() > 1 {
        return Err(invalid(
            "Target group names, target group ARNs, and a load balancer ARN cannot be specified at the same time",
        ));
    }
    let state = &call.region.elbv2;
    if let Some(arn) = balancer {
        arn::load_balancer(state, arn)?;
    }
    for arn in &arns {
        arn::target_group(state, arn)?;
    }
    if names.iter().any(|n| !state.target_groups.values().any(|g| g.name == *n)) {
        return Err(Fault::bad("TargetGroupNotFound", "One or more target groups not found"));
    }
    let found: Vec<&TargetGroup> = match balancer {
        _ if !arns.is_empty() => {
            let arns: BTreeSet<&String> = arns.iter().collect();
            arns.into_iter().filter_map(|arn| state.target_groups.get(arn)).collect()
        }
        Some(arn) => {
            state.target_groups.values().filter(|g| g.load_balancer.as_deref() == Some(arn)).collect()
        }
        None => {
            state.target_groups.values().filter(|g| names.is_empty() || names.contains(&g.name)).collect()
        }
    };
    let found = found.into_iter().map(|g| (g.arn.clone(), g)).collect();
    reply::pages_of(input, "TargetGroups", found, render)
}

fn render(group: &TargetGroup) -> Value {
    let mut value = json!({
        "TargetGroupArn": group.arn,
        "TargetGroupName": group.name,
        "Protocol": group.protocol,
        "Port": group.port,
        "VpcId": group.vpc,
        "TargetType": group.target_type,
        "IpAddressType": "ipv4",
        "LoadBalancerArns": group.load_balancer.iter().collect::<Vec<_>>(),
    });
    if Kind::of_group(&group.protocol) == Kind::Application {
        value["ProtocolVersion"] = json!("HTTP1");
    }
    group.health_check.render(&mut value);
    value
}

/// ModifyTargetGroup: the health check; nothing else of a target group can be changed.
pub fn modify(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let arn = text(input, "TargetGroupArn").unwrap_or_default();
    let group = arn::target_group(&call.region.elbv2, arn)?;
    let checked = Checked { protocol: &group.protocol, target_type: &group.target_type };
    let changed = group.health_check.changed(input, checked)?;
    if let Some(group) = call.region.elbv2.target_groups.get_mut(arn) {
        group.health_check = changed;
    }
    let group = arn::target_group(&call.region.elbv2, arn)?;
    Ok(json!({"TargetGroups": [render(group)]}))
}

/// DeleteTargetGroup: not while a rule uses it, nor for a moment after. One that does not exist
/// is no error (the operation has no such one in botocore).
pub fn delete(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let arn = text(input, "TargetGroupArn").unwrap_or_default();
    let group = match arn::target_group(&call.region.elbv2, arn) {
        Ok(group) => group,
        Err(fault) if fault.code == "TargetGroupNotFound" => return Ok(json!({})),
        Err(fault) => return Err(fault),
    };
    if group.load_balancer.is_some() || group.released_at.is_some_and(|free| free > call.now) {
        let message = format!("Target group '{arn}' is currently in use by a listener or a rule");
        return Err(Fault::bad("ResourceInUse", message));
    }
    call.region.elbv2.target_groups.remove(arn);
    Ok(json!({}))
}
