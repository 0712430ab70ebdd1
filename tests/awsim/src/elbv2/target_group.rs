//! Target groups of IP addresses.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::arn::{self, invalid};
use super::attributes::{self, Attributes};
use super::health_check::HealthCheck;
use super::target::Target;
use super::{State, limits, listener, name, reply, tags};
use crate::clock::SimTime;
use crate::ec2::vpc;
use crate::fault::Fault;
use crate::input::{number, text, texts};
use crate::world::{Call, Tags};

/// One target group, of target type `ip`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TargetGroup {
    /// `arn:aws:elasticloadbalancing:REGION:ACCOUNT:targetgroup/NAME/ID`
    pub arn: String,
    /// Unique in the region.
    pub name: String,
    /// `TCP`, `TLS`, `UDP` or `TCP_UDP`; cannot be changed.
    pub protocol: String,
    /// Port of targets registered without one; cannot be changed.
    pub port: u16,
    /// Cannot be changed.
    pub vpc: String,
    /// How targets are checked.
    pub health_check: HealthCheck,
    /// By `IP:PORT`.
    pub targets: BTreeMap<String, Target>,
    /// Whether a listener forwards to it.
    pub in_use: bool,
    /// It cannot be deleted before this time: its last listener went away just now.
    pub released_at: Option<SimTime>,
    /// By key.
    pub attributes: Attributes,
    /// By key.
    pub tags: Tags,
}

/// CreateTargetGroup: of target type ip. One with the same name and settings is returned as it is,
/// whoever made it, its tags unchanged (botocore: the operation is idempotent).
pub fn create(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    check_served(input)?;
    let name = text(input, "Name").unwrap_or_default();
    name::check("target group", name)?;
    let protocol = text(input, "Protocol").ok_or_else(|| invalid("A protocol must be specified"))?;
    let port = number(input, "Port").and_then(|n| u16::try_from(n).ok());
    let port = port.ok_or_else(|| invalid("A port must be specified"))?;
    let vpc = text(input, "VpcId").ok_or_else(|| invalid("A VPC ID must be specified"))?;
    if vpc::find(&call.region.ec2, vpc).is_err() {
        return Err(invalid(format!("The VPC ID '{vpc}' is not found")));
    }
    let health_check = HealthCheck::create(input)?;
    let tags = tags::read(input)?;
    let state = &call.region.elbv2;
    if let Some(twin) = state.target_groups.values().find(|g| g.name == name) {
        let same = (twin.protocol.as_str(), twin.port, twin.vpc.as_str(), &twin.health_check)
            == (protocol, port, vpc, &health_check);
        if same {
            return Ok(json!({"TargetGroups": [render(state, twin)]}));
        }
        let message =
            format!("A target group with the same name '{name}' exists, but with different settings");
        return Err(Fault::bad("DuplicateTargetGroupName", message));
    }
    if call.options.quotas && state.target_groups.len() >= limits::TARGET_GROUPS {
        let message = "The maximum number of target groups has been reached";
        return Err(Fault::bad("TooManyTargetGroups", message));
    }
    let id = call.ids.hex16();
    let group = TargetGroup {
        arn: call.region.arn("elasticloadbalancing", &format!("targetgroup/{name}/{id}")),
        name: name.to_owned(),
        protocol: protocol.to_owned(),
        port,
        vpc: vpc.to_owned(),
        health_check,
        targets: BTreeMap::new(),
        in_use: false,
        released_at: None,
        attributes: attributes::of_target_group(protocol),
        tags,
    };
    let rendered = render(&call.region.elbv2, &group);
    call.region.elbv2.target_groups.insert(group.arn.clone(), group);
    Ok(json!({"TargetGroups": [rendered]}))
}

fn check_served(input: &Value) -> Result<(), Fault> {
    let refuse = |what: String| Err(Fault::new(501, "NotImplemented", format!("{what} is not simulated.")));
    match text(input, "TargetType") {
        Some("ip") => {}
        other => return refuse(format!("A target group of type '{}'", other.unwrap_or("instance"))),
    }
    match text(input, "Protocol") {
        None | Some("TCP" | "TLS" | "UDP" | "TCP_UDP") => {}
        Some(other) => return refuse(format!("A target group of protocol '{other}'")),
    }
    if text(input, "IpAddressType").is_some_and(|t| t != "ipv4") {
        return refuse("An IPv6 target group".to_owned());
    }
    for member in ["ProtocolVersion", "TargetControlPort"] {
        if input.get(member).is_some() {
            let message = format!("{member} is for target groups of application load balancers");
            return Err(Fault::bad("InvalidConfigurationRequest", message));
        }
    }
    Ok(())
}

/// DescribeTargetGroups: all, or by load balancer, ARNs or names.
pub fn describe(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let (arns, names) = (texts(input, "TargetGroupArns"), texts(input, "Names"));
    let balancer = text(input, "LoadBalancerArn");
    if [!arns.is_empty(), !names.is_empty(), balancer.is_some()].iter().filter(|given| **given).count() > 1 {
        return Err(invalid(
            "Only one of target group ARNs, target group names and a load balancer ARN can be specified",
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
    let found = state.target_groups.values().filter(|g| match balancer {
        Some(arn) => listener::load_balancers_of(state, &g.arn).iter().any(|b| b == arn),
        None => (arns.is_empty() && names.is_empty()) || arns.contains(&g.arn) || names.contains(&g.name),
    });
    let found = found.map(|g| (g.arn.clone(), render(state, g))).collect();
    reply::pages(input, "TargetGroups", found)
}

fn render(state: &State, group: &TargetGroup) -> Value {
    let mut value = json!({
        "TargetGroupArn": group.arn,
        "TargetGroupName": group.name,
        "Protocol": group.protocol,
        "Port": group.port,
        "VpcId": group.vpc,
        "TargetType": "ip",
        "IpAddressType": "ipv4",
        "LoadBalancerArns": listener::load_balancers_of(state, &group.arn),
    });
    group.health_check.render(&mut value);
    value
}

/// ModifyTargetGroup: the health check; nothing else of a target group can be changed.
pub fn modify(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let arn = text(input, "TargetGroupArn").unwrap_or_default();
    let changed = arn::target_group(&call.region.elbv2, arn)?.health_check.changed(input)?;
    if let Some(group) = call.region.elbv2.target_groups.get_mut(arn) {
        group.health_check = changed;
    }
    let group = arn::target_group(&call.region.elbv2, arn)?;
    Ok(json!({"TargetGroups": [render(&call.region.elbv2, group)]}))
}

/// DeleteTargetGroup: not while a listener uses it, nor for a moment after. One that does not exist
/// is no error (the operation has no such one in botocore).
pub fn delete(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let arn = text(input, "TargetGroupArn").unwrap_or_default();
    let group = match arn::target_group(&call.region.elbv2, arn) {
        Ok(group) => group,
        Err(fault) if fault.code == "TargetGroupNotFound" => return Ok(json!({})),
        Err(fault) => return Err(fault),
    };
    if group.in_use || group.released_at.is_some_and(|free| free > call.now) {
        let message = format!("Target group '{arn}' is currently in use by a listener or a rule");
        return Err(Fault::bad("ResourceInUse", message));
    }
    call.region.elbv2.target_groups.remove(arn);
    Ok(json!({}))
}
