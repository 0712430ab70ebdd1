//! Targets of a target group, and their health.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use super::arn::{self, invalid, not_simulated};
use super::attributes::{value_flag, value_number};
use super::kind::Kind;
use super::{LoadBalancer, State, TargetGroup, association, limits};
use crate::clock::SimTime;
use crate::ec2::subnet;
use crate::fault::Fault;
use crate::input::{list, number, text};
use crate::quota::Quota;
use crate::world::{Call, Region};

/// One address and port of a target group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Target {
    /// The address that was registered.
    pub ip: Ipv4Addr,
    /// The port that was registered, or the group's.
    pub port: u16,
    /// Its zone; `all` for an address outside the VPC that serves every zone.
    pub zone: String,
    /// From then on it is checked, and sent connections if it passes. `None` while its group is not
    /// in use.
    pub ready_at: Option<SimTime>,
    /// What its checks said.
    pub health: Health,
    /// Since when it is unhealthy, if it is.
    pub unhealthy_since: Option<SimTime>,
    /// Checks in a row that said otherwise.
    pub against: i64,
    /// When it is checked next.
    pub next_check: SimTime,
    /// A check is under way.
    pub checking: bool,
    /// When it was deregistered.
    pub deregistered_at: Option<SimTime>,
    /// It was deregistered and is gone then.
    pub draining_until: Option<SimTime>,
}

/// What the checks of a target said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Health {
    /// Too few so far.
    Initial,
    /// It passes.
    Healthy,
    /// It fails.
    Unhealthy {
        /// `Target.FailedHealthChecks`, `Target.ResponseCodeMismatch` or `Target.Timeout`.
        reason: String,
        /// In AWS's words.
        description: String,
    },
}

impl Target {
    fn new(ip: Ipv4Addr, port: u16, zone: String, ready_at: Option<SimTime>) -> Target {
        Target {
            ip,
            port,
            zone,
            ready_at,
            health: Health::Initial,
            unhealthy_since: None,
            against: 0,
            next_check: ready_at.unwrap_or_default(),
            checking: false,
            deregistered_at: None,
            draining_until: None,
        }
    }

    /// Begins anew: its group came into use, or went out of it.
    pub(super) fn restart(&mut self, ready_at: Option<SimTime>) {
        if self.draining_until.is_none() {
            *self = Target::new(self.ip, self.port, self.zone.clone(), ready_at);
        }
    }

    /// Whether it is checked and, if it passes, sent connections.
    pub fn is_served(&self, now: SimTime) -> bool {
        self.draining_until.is_none() && self.ready_at.is_some_and(|ready| ready <= now)
    }

    /// Whether it was deregistered so lately, less than `late` ago, that nodes do not know it yet. One
    /// that was not healthy is out of their choice already.
    pub fn is_leaving(&self, late: Duration, now: SimTime) -> bool {
        self.health == Health::Healthy && self.deregistered_at.is_some_and(|at| now < at + late)
    }

    /// Whether load balancer nodes in `zone` may send to it.
    pub fn serves_zone(&self, zone: &str) -> bool {
        self.zone == zone || self.zone == "all"
    }

    /// Takes in the outcome of a check that ended `now`. A new target is healthy after one check that
    /// passes (NLB user guide, "Troubleshooting"; ALB user guide, "Health checks"), and else changes
    /// when as many checks in a row as `thresholds` say (healthy, unhealthy) say otherwise.
    pub(crate) fn record(
        &mut self,
        outcome: Result<(), (String, String)>,
        thresholds: (i64, i64),
        now: SimTime,
    ) {
        let (healthy, unhealthy) = thresholds;
        let (agrees, threshold) = match (&self.health, &outcome) {
            (Health::Healthy, Ok(())) => (true, 0),
            (Health::Initial, Ok(())) => (false, 1),
            (Health::Unhealthy { .. }, Ok(())) => (false, healthy),
            (Health::Unhealthy { .. }, Err(_)) => (true, 0),
            (Health::Initial | Health::Healthy, Err(_)) => (false, unhealthy),
        };
        self.against = if agrees { 0 } else { self.against + 1 };
        if agrees && outcome.is_ok() || !agrees && self.against < threshold {
            return;
        }
        self.against = 0;
        if !agrees {
            self.unhealthy_since = outcome.is_err().then_some(now);
        }
        self.health = match outcome {
            Ok(()) => Health::Healthy,
            Err((reason, description)) => Health::Unhealthy { reason, description },
        };
    }
}

/// When a target that is registered now with a group of the load balancer is ready.
pub(super) fn ready_at(state: &State, balancer: &str, now: SimTime) -> Option<SimTime> {
    let active = state.load_balancers.get(balancer)?.active_at;
    Some(active.max(now) + state.delays.registration)
}

/// RegisterTargets: all or none; a target that is there already stays as it is, one that drains
/// begins anew.
pub fn register(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let arn = text(input, "TargetGroupArn").unwrap_or_default();
    let before = arn::target_group(&call.region.elbv2, arn)?.clone();
    let balancer = before.load_balancer.clone();
    let ready_at = balancer.as_deref().and_then(|b| ready_at(&call.region.elbv2, b, call.now));
    let mut targets = before.targets.clone();
    for given in list(input, "Targets") {
        let target = read(call.region, &before, given, ready_at)?;
        let key = format!("{}:{}", target.ip, target.port);
        if targets.get(&key).is_none_or(|t| t.draining_until.is_some()) {
            targets.insert(key, target);
        }
    }
    let staying = targets.values().filter(|t| t.draining_until.is_none()).count();
    if staying > call.options.quotas.get(Quota::TargetsPerGroup) {
        let message = "The maximum number of targets per target group has been reached";
        return Err(Fault::bad("TooManyTargets", message));
    }
    let after = TargetGroup { targets, ..before.clone() };
    call.region.elbv2.target_groups.insert(arn.to_owned(), after);
    if let Err(fault) = balancer.map_or(Ok(()), |balancer| check_limits(call, &balancer)) {
        call.region.elbv2.target_groups.insert(arn.to_owned(), before);
        return Err(fault);
    }
    Ok(json!({}))
}

/// Reads one target and finds its zone.
fn read(
    region: &Region,
    group: &TargetGroup,
    given: &Value,
    ready: Option<SimTime>,
) -> Result<Target, Fault> {
    let id = text(given, "Id").unwrap_or_default();
    match group.target_type.as_str() {
        "instance" => return Err(no_instance(id)),
        "alb" => return Err(not_simulated("An application load balancer as a target")),
        _ => {}
    }
    let Ok(ip) = id.parse::<Ipv4Addr>() else {
        return Err(invalid(format!("The IP address '{id}' is not a valid IPv4 address")));
    };
    if given.get("QuicServerId").is_some() {
        let message = "QuicServerId is for target groups of protocol QUIC or TCP_QUIC";
        return Err(Fault::bad("InvalidTarget", message));
    }
    let port = match number(given, "Port") {
        Some(port) => u16::try_from(port).map_err(|_| invalid(format!("'{port}' is not a port")))?,
        None => group.port,
    };
    let zone = zone(region, group, ip, text(given, "AvailabilityZone"))?;
    Ok(Target::new(ip, port, zone, ready))
}

/// There is no instance here, so that none can be registered (botocore, `InvalidTargetException`: one
/// that does not exist; the words are AWS's for instances that do not run).
fn no_instance(id: &str) -> Fault {
    let digits = id.strip_prefix("i-").unwrap_or_default();
    if !matches!(digits.len(), 8 | 17) || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return invalid(format!("Instance ID '{id}' is not valid"));
    }
    let message =
        format!("The following targets are not in a running state and cannot be registered: '{id}'");
    Fault::bad("InvalidTarget", message)
}

/// The zone of an address: found by its subnet, or told for one outside the VPC, which must be a
/// private one (botocore, `TargetDescription`; the messages are AWS's, from
/// aws-load-balancer-controller issues 561 and 3714).
fn zone(region: &Region, group: &TargetGroup, ip: Ipv4Addr, given: Option<&str>) -> Result<String, Fault> {
    if let Some(subnet) = subnet::of_address(&region.ec2, &group.vpc, ip) {
        return match given {
            Some(given) if given != subnet.zone => Err(invalid(format!(
                "The IP address '{ip}' is within the VPC, and cannot have its Availability Zone overridden to \
                 '{given}' from '{}'",
                subnet.zone
            ))),
            _ => Ok(subnet.zone.clone()),
        };
    }
    let shared = ip.octets()[0] == 100 && (64..128).contains(&ip.octets()[1]);
    if !ip.is_private() && !shared {
        let message = format!(
            "The IP address '{ip}' is not in a subnet of the VPC '{}' nor in 10.0.0.0/8, 100.64.0.0/10, \
             172.16.0.0/12 or 192.168.0.0/16",
            group.vpc
        );
        return Err(Fault::bad("InvalidTarget", message));
    }
    let zones = crate::ec2::zone::zones(&region.name);
    match given {
        None => Err(invalid(format!(
            "The Availability Zone is required for IP address '{ip}' because it is not in the VPC"
        ))),
        Some(given) if given == "all" || zones.iter().any(|z| z.name == given) => Ok(given.to_owned()),
        Some(given) => Err(invalid(format!("Availability Zone '{given}' is not valid"))),
    }
}

/// Checks the numbers of targets of a load balancer: of a network one 500 a zone, or of all zones
/// together with cross-zone load balancing, and 3000; of an application one 1000, and as many with one
/// address. A target in several groups counts for each (NLB user guide, "Quotas").
///
/// # Errors
/// `TooManyTargets`, `TooManyRegistrationsForTargetId`.
pub(super) fn check_limits(call: &Call<'_>, balancer: &str) -> Result<(), Fault> {
    let state = &call.region.elbv2;
    let quotas = &call.options.quotas;
    let Some(balancer) = state.load_balancers.get(balancer) else { return Ok(()) };
    let groups = association::groups_of(state, &balancer.arn);
    let groups = groups.into_iter().filter_map(|arn| state.target_groups.get(arn));
    let (mut all, mut crossing) = (0, 0);
    let mut zones: BTreeMap<&str, usize> = BTreeMap::new();
    let mut addresses: BTreeMap<Ipv4Addr, usize> = BTreeMap::new();
    for group in groups {
        for target in group.targets.values().filter(|t| t.draining_until.is_none()) {
            all += 1;
            crossing += usize::from(crosses_zones(balancer, group));
            *zones.entry(&target.zone).or_default() += 1;
            *addresses.entry(target.ip).or_default() += 1;
        }
    }
    let most = zones.values().copied().max().unwrap_or(0);
    let zonal = balancer.kind == Kind::Network;
    let (of_all, of_zone) = (quotas.get(limits::targets(balancer.kind)), quotas.get(Quota::TargetsPerZone));
    let of_all = if zonal && crossing > 0 { of_all.min(of_zone) } else { of_all };
    if all > of_all || zonal && most > of_zone {
        let message =
            format!("The maximum number of targets of load balancer '{}' has been reached", balancer.arn);
        return Err(Fault::bad("TooManyTargets", message));
    }
    let of_one = quotas.get(Quota::RegistrationsPerTarget);
    if let Some((ip, _)) = addresses.iter().find(|(_, count)| !zonal && **count > of_one) {
        let message = format!("The maximum number of registrations of target '{ip}' has been reached");
        return Err(Fault::bad("TooManyRegistrationsForTargetId", message));
    }
    Ok(())
}

/// Whether every node of the load balancer sends to targets of every zone.
pub(super) fn crosses_zones(balancer: &LoadBalancer, group: &TargetGroup) -> bool {
    const KEY: &str = "load_balancing.cross_zone.enabled";
    match group.attributes.get(KEY).map(String::as_str) {
        Some("use_load_balancer_configuration") | None => value_flag(&balancer.attributes, KEY),
        Some(own) => own == "true",
    }
}

/// DeregisterTargets: they drain for the group's delay. A target that is not there is no error
/// (botocore, DeregisterTargets); without a port every port of the address goes.
pub fn deregister(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let arn = text(input, "TargetGroupArn").unwrap_or_default();
    arn::target_group(&call.region.elbv2, arn)?;
    let now = call.now;
    let Some(group) = call.region.elbv2.target_groups.get_mut(arn) else { return Ok(json!({})) };
    let delay = value_number(&group.attributes, "deregistration_delay.timeout_seconds").unwrap_or(0);
    let gone = now + Duration::from_secs(delay);
    let in_use = group.load_balancer.is_some();
    for given in list(input, "Targets") {
        let (id, port) = (text(given, "Id").unwrap_or_default(), number(given, "Port"));
        for target in group.targets.values_mut() {
            let named = target.ip.to_string() == id && port.is_none_or(|port| port == i64::from(target.port));
            if named && target.draining_until.is_none() {
                target.deregistered_at = Some(now);
                let until = if in_use { gone } else { now };
                target.draining_until = Some(until);
                call.region.elbv2.drains.insert((until, arn.to_owned()));
            }
        }
    }
    group.targets.retain(|_, t| t.draining_until.is_none_or(|end| end > now));
    Ok(json!({}))
}

/// DescribeTargetHealth: of all targets or of those asked for, registered or not. `Include` adds the
/// detection of anomalies, which targets of application load balancers have (botocore).
pub fn describe_health(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let arn = text(input, "TargetGroupArn").unwrap_or_default();
    let state = &call.region.elbv2;
    let group = arn::target_group(state, arn)?;
    let asked = list(input, "Targets");
    let anomalies = !list(input, "Include").is_empty();
    let mut described = Vec::new();
    if asked.is_empty() {
        described.extend(group.targets.values().map(|t| render(call, group, t, anomalies)));
    }
    for wanted in asked {
        let (id, port) = (text(wanted, "Id").unwrap_or_default(), number(wanted, "Port"));
        let named = |t: &&Target| t.ip.to_string() == id && port.is_none_or(|port| port == i64::from(t.port));
        let found: Vec<Value> =
            group.targets.values().filter(named).map(|t| render(call, group, t, anomalies)).collect();
        if found.is_empty() {
            described.push(not_registered(group, id, port));
        }
        described.extend(found);
    }
    Ok(json!({"TargetHealthDescriptions": described}))
}

fn not_registered(group: &TargetGroup, id: &str, port: Option<i64>) -> Value {
    json!({
        "Target": {"Id": id, "Port": port.unwrap_or(i64::from(group.port))},
        "TargetHealth": {
            "State": "unused",
            "Reason": "Target.NotRegistered",
            "Description": "Target is not registered to the target group",
        },
    })
}

fn render(call: &Call<'_>, group: &TargetGroup, target: &Target, anomalies: bool) -> Value {
    let (state, why) = state_of(call.region, group, target, call.now);
    let mut health = json!({"State": state});
    if let Some((reason, description)) = why {
        health["Reason"] = json!(reason);
        health["Description"] = json!(description);
    }
    let mut described = json!({
        "Target": {"Id": target.ip.to_string(), "Port": target.port, "AvailabilityZone": target.zone},
        "HealthCheckPort": group.health_check.port_of(target.port).to_string(),
        "TargetHealth": health,
        "AdministrativeOverride": {
            "State": "no_override",
            "Reason": "AdministrativeOverride.NoOverride",
            "Description": "No override is currently active on target",
        },
    });
    if anomalies && Kind::of_group(&group.protocol) == Kind::Application {
        described["AnomalyDetection"] = json!({"Result": "normal", "MitigationInEffect": "no"});
    }
    described
}

/// State, and reason with description, as DescribeTargetHealth tells them.
pub(super) fn state_of(
    region: &Region,
    group: &TargetGroup,
    target: &Target,
    now: SimTime,
) -> (&'static str, Option<(String, String)>) {
    let told = |state, reason: &str, words: &str| (state, Some((reason.to_owned(), words.to_owned())));
    if target.draining_until.is_some() {
        let words = "Target deregistration is in progress";
        return told("draining", "Target.DeregistrationInProgress", words);
    }
    let Some(ready) = target.ready_at else {
        let words = "Target group is not configured to receive traffic from the load balancer";
        return told("unused", "Target.NotInUse", words);
    };
    let nodes = region.elbv2.load_balancers.values().filter(|b| b.vpc == group.vpc).flat_map(|b| &b.nodes);
    if nodes.into_iter().any(|node| node.ip == target.ip) {
        let words = "The target IP address is reserved for use by a load balancer";
        return told("unused", "Target.IpUnusable", words);
    }
    if !zone_enabled(&region.elbv2, group, target) {
        let words = "Target is in an Availability Zone that is not enabled for the load balancer";
        return told("unused", "Target.NotInUse", words);
    }
    if ready > now {
        return told("initial", "Elb.RegistrationInProgress", "Target registration is in progress");
    }
    match &target.health {
        Health::Initial => told("initial", "Elb.InitialHealthChecking", "Initial health checks in progress"),
        Health::Healthy => ("healthy", None),
        Health::Unhealthy { reason, description } if drains(group, target, now) => {
            told("unhealthy.draining", reason, description)
        }
        Health::Unhealthy { reason, description } => told("unhealthy", reason, description),
    }
}

/// Whether an unhealthy target may still finish its connections (botocore,
/// `target_health_state.unhealthy.draining_interval_seconds`).
fn drains(group: &TargetGroup, target: &Target, now: SimTime) -> bool {
    let ends = value_flag(&group.attributes, "target_health_state.unhealthy.connection_termination.enabled");
    let interval = value_number(&group.attributes, "target_health_state.unhealthy.draining_interval_seconds");
    let interval = Duration::from_secs(interval.unwrap_or(0));
    !ends && target.unhealthy_since.is_some_and(|since| now < since + interval)
}

/// Whether the load balancer of the group has a node in the target's zone.
pub(super) fn zone_enabled(state: &State, group: &TargetGroup, target: &Target) -> bool {
    let balancer = group.load_balancer.as_ref().and_then(|arn| state.load_balancers.get(arn));
    balancer.is_some_and(|b| b.nodes.iter().any(|n| target.serves_zone(&n.zone)))
}
