//! Listeners of network load balancers: each forwards a port to target groups.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Value, json};

use super::arn::{self, invalid};
use super::attributes::{self, Attributes};
use super::{State, limits, reply, tags, target};
use crate::clock::SimTime;
use crate::fault::Fault;
use crate::input::{flag, list, number, text, texts};
use crate::world::{Call, Tags};

/// One listener.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listener {
    /// `arn:aws:elasticloadbalancing:REGION:ACCOUNT:listener/net/NAME/LB-ID/ID`
    pub arn: String,
    /// ARN of its load balancer.
    pub load_balancer: String,
    /// `TCP`, `UDP` or `TCP_UDP`.
    pub protocol: String,
    /// Unique on its load balancer.
    pub port: u16,
    /// When it was made.
    pub created: SimTime,
    /// Its one action.
    pub forward: Forward,
    /// By key.
    pub attributes: Attributes,
    /// By key.
    pub tags: Tags,
}

/// Where a listener sends connections.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Forward {
    /// ARN and weight of each target group.
    pub groups: Vec<(String, u64)>,
    /// Whether a client's connections stay with a target group.
    pub sticky: bool,
}

/// ARNs of the load balancers whose listeners forward to a target group; one at most.
pub(super) fn load_balancers_of(state: &State, group: &str) -> Vec<String> {
    let users = state.listeners.values().filter(|l| l.forward.groups.iter().any(|(g, _)| g == group));
    users.map(|l| l.load_balancer.clone()).collect::<BTreeSet<String>>().into_iter().collect()
}

/// Whether a listener of the load balancer forwards to the target group.
pub(super) fn uses(state: &State, balancer: &str, group: &str) -> bool {
    load_balancers_of(state, group).iter().any(|b| b == balancer)
}

/// Follows what listeners came and went: the targets of a group that came into use begin to be
/// registered, a group that went out of use cannot be deleted for a moment.
pub(super) fn settle_use(call: &mut Call<'_>) {
    let state = &mut call.region.elbv2;
    let free = call.now + state.delays.target_group_release;
    let changes: Vec<(String, bool)> = state
        .target_groups
        .values()
        .map(|g| (g.arn.clone(), g.in_use, !load_balancers_of(state, &g.arn).is_empty()))
        .filter(|(_, before, after)| before != after)
        .map(|(arn, _, after)| (arn, after))
        .collect();
    for (arn, in_use) in changes {
        let ready = target::ready_at(state, &arn, call.now);
        let Some(group) = state.target_groups.get_mut(&arn) else { continue };
        group.in_use = in_use;
        group.released_at = (!in_use).then_some(free);
        group.targets.values_mut().for_each(|t| t.restart(ready));
    }
}

/// CreateListener: one with the same port and settings is returned as it is (botocore: the
/// operation is idempotent).
pub fn create(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let balancer = text(input, "LoadBalancerArn").unwrap_or_default();
    let state = &call.region.elbv2;
    let balancer = arn::load_balancer(state, balancer)?.clone();
    let protocol = protocol(text(input, "Protocol").ok_or_else(|| invalid("A protocol must be specified"))?)?;
    let port = number(input, "Port").and_then(|n| u16::try_from(n).ok());
    let port = port.ok_or_else(|| invalid("A port must be specified"))?;
    check_plain(input)?;
    let forward = read_forward(list(input, "DefaultActions"))?;
    check_forward(call, &balancer.arn, &protocol, &forward)?;
    let tags = tags::read(input)?;
    let mut others = state.listeners.values().filter(|l| l.load_balancer == balancer.arn);
    if let Some(twin) = others.clone().find(|l| l.port == port) {
        if twin.protocol == protocol && twin.forward == forward {
            return Ok(json!({"Listeners": [render(twin)]}));
        }
        return Err(duplicate(&balancer.arn));
    }
    if call.options.quotas && others.by_ref().count() >= limits::LISTENERS {
        let message =
            format!("The maximum number of listeners has been reached on load balancer '{}'", balancer.arn);
        return Err(Fault::bad("TooManyListeners", message));
    }
    let own = balancer.arn.split("loadbalancer/").nth(1).unwrap_or_default().to_owned();
    let id = call.ids.hex16();
    let listener = Listener {
        arn: call.region.arn("elasticloadbalancing", &format!("listener/{own}/{id}")),
        load_balancer: balancer.arn,
        protocol,
        port,
        created: call.now,
        forward,
        attributes: attributes::of_listener(),
        tags,
    };
    let rendered = render(&listener);
    put(call, listener)?;
    Ok(json!({"Listeners": [rendered]}))
}

/// Puts a new or changed listener in its place, unless its load balancer then had too many targets.
fn put(call: &mut Call<'_>, listener: Listener) -> Result<(), Fault> {
    let (arn, balancer) = (listener.arn.clone(), listener.load_balancer.clone());
    let before = call.region.elbv2.listeners.insert(arn.clone(), listener);
    if let Err(fault) = target::check_limits(call, &balancer) {
        match before {
            Some(before) => call.region.elbv2.listeners.insert(arn, before),
            None => call.region.elbv2.listeners.remove(&arn),
        };
        return Err(fault);
    }
    settle_use(call);
    Ok(())
}

fn duplicate(balancer: &str) -> Fault {
    let message = format!("A listener already exists on this port for this load balancer '{balancer}'");
    Fault::bad("DuplicateListener", message)
}

fn protocol(given: &str) -> Result<String, Fault> {
    match given {
        "TCP" | "UDP" | "TCP_UDP" => Ok(given.to_owned()),
        "TLS" => Err(Fault::new(501, "NotImplemented", "A TLS listener is not simulated.")),
        other => {
            let message =
                format!("The protocol '{other}' is not supported for listeners of a network load balancer");
            Err(Fault::bad("UnsupportedProtocol", message))
        }
    }
}

/// What only listeners with TLS have.
fn check_plain(input: &Value) -> Result<(), Fault> {
    for member in ["SslPolicy", "Certificates", "AlpnPolicy", "MutualAuthentication"] {
        if input.get(member).is_some_and(|v| v.as_array().is_none_or(|list| !list.is_empty())) {
            let message = format!("{member} can only be specified for listeners with TLS");
            return Err(Fault::bad("InvalidConfigurationRequest", message));
        }
    }
    Ok(())
}

/// Reads `DefaultActions`: one action of type forward.
fn read_forward(actions: &[Value]) -> Result<Forward, Fault> {
    let [action] = actions else {
        return Err(match actions.len() {
            0 => invalid("A listener must have a default action"),
            _ => Fault::bad("TooManyActions", "A listener of a network load balancer has one default action"),
        });
    };
    let kind = text(action, "Type").unwrap_or_default();
    if kind != "forward" {
        let message = format!("An action of type '{kind}' is not supported by a network load balancer");
        return Err(Fault::bad("InvalidLoadBalancerAction", message));
    }
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
            let message = "TargetGroupArn and ForwardConfig must name the same single target group";
            return Err(Fault::bad("InvalidLoadBalancerAction", message));
        }
        (None, []) => return Err(invalid("A forward action must name a target group")),
        (None, _) => {}
    }
    let distinct: BTreeSet<&String> = groups.iter().map(|(arn, _)| arn).collect();
    if groups.len() > limits::GROUPS_PER_ACTION || distinct.len() < groups.len() {
        let message =
            format!("A forward action names {} different target groups at most", limits::GROUPS_PER_ACTION);
        return Err(Fault::bad("InvalidLoadBalancerAction", message));
    }
    let sticky = config.get("TargetGroupStickinessConfig").and_then(|s| flag(s, "Enabled"));
    Ok(Forward { groups, sticky: sticky.unwrap_or(false) })
}

/// Target groups must exist, fit the protocol and the VPC, and serve no other load balancer.
fn check_forward(call: &Call<'_>, balancer: &str, protocol: &str, forward: &Forward) -> Result<(), Fault> {
    let state = &call.region.elbv2;
    let vpc = &arn::load_balancer(state, balancer)?.vpc;
    for (arn, _) in &forward.groups {
        let group = arn::target_group(state, arn)?;
        let fits = match protocol {
            "TCP" => matches!(group.protocol.as_str(), "TCP" | "TCP_UDP"),
            "UDP" => matches!(group.protocol.as_str(), "UDP" | "TCP_UDP"),
            other => group.protocol == other,
        };
        if !fits {
            let message = format!(
                "The protocol '{}' of target group '{arn}' is not compatible with the listener's '{protocol}'",
                group.protocol
            );
            return Err(Fault::bad("IncompatibleProtocols", message));
        }
        if group.vpc != *vpc {
            let message = format!("The target group '{arn}' is not in the VPC '{vpc}' of the load balancer");
            return Err(Fault::bad("InvalidConfigurationRequest", message));
        }
        if load_balancers_of(state, arn).iter().any(|b| b != balancer) {
            let message = format!(
                "The following target groups cannot be associated with more than one load balancer: {arn}"
            );
            return Err(Fault::bad("TargetGroupAssociationLimit", message));
        }
    }
    Ok(())
}

/// DescribeListeners: of a load balancer, or by ARNs.
pub fn describe(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let state = &call.region.elbv2;
    let arns = texts(input, "ListenerArns");
    let balancer = text(input, "LoadBalancerArn");
    match (balancer, arns.is_empty()) {
        (Some(arn), true) => {
            arn::load_balancer(state, arn)?;
        }
        (None, false) => {
            for arn in &arns {
                arn::listener(state, arn)?;
            }
        }
        _ => return Err(invalid("You must specify either listener ARNs or a load balancer ARN")),
    }
    let found = state.listeners.values().filter(|l| match balancer {
        Some(arn) => l.load_balancer == arn,
        None => arns.contains(&l.arn),
    });
    let found = found.map(|l| (l.arn.clone(), render(l))).collect();
    reply::pages(input, "Listeners", found)
}

fn render(listener: &Listener) -> Value {
    let groups: Vec<Value> = listener
        .forward
        .groups
        .iter()
        .map(|(arn, weight)| json!({"TargetGroupArn": arn, "Weight": weight}))
        .collect();
    let mut action = json!({
        "Type": "forward",
        "ForwardConfig": {
            "TargetGroups": groups,
            "TargetGroupStickinessConfig": {"Enabled": listener.forward.sticky},
        },
    });
    if let [(only, _)] = listener.forward.groups.as_slice() {
        action["TargetGroupArn"] = json!(only);
    }
    json!({
        "ListenerArn": listener.arn,
        "LoadBalancerArn": listener.load_balancer,
        "Protocol": listener.protocol,
        "Port": listener.port,
        "DefaultActions": [action],
    })
}

/// ModifyListener: what is given replaces what was.
pub fn modify(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let arn = text(input, "ListenerArn").unwrap_or_default();
    let mut changed = arn::listener(&call.region.elbv2, arn)?.clone();
    check_plain(input)?;
    if let Some(given) = text(input, "Protocol") {
        changed.protocol = protocol(given)?;
    }
    if let Some(port) = number(input, "Port").and_then(|n| u16::try_from(n).ok()) {
        changed.port = port;
    }
    if input.get("DefaultActions").is_some() {
        changed.forward = read_forward(list(input, "DefaultActions"))?;
    }
    check_forward(call, &changed.load_balancer, &changed.protocol, &changed.forward)?;
    let taken = |l: &Listener| {
        l.arn != changed.arn && l.load_balancer == changed.load_balancer && l.port == changed.port
    };
    if call.region.elbv2.listeners.values().any(taken) {
        return Err(duplicate(&changed.load_balancer));
    }
    let rendered = render(&changed);
    put(call, changed)?;
    Ok(json!({"Listeners": [rendered]}))
}

/// DeleteListener.
pub fn delete(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let arn = text(input, "ListenerArn").unwrap_or_default();
    arn::listener(&call.region.elbv2, arn)?;
    call.region.elbv2.listeners.remove(arn);
    settle_use(call);
    Ok(json!({}))
}
