//! Listeners: each takes a port of its load balancer, and its rules say where to go from there.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Value, json};

use super::action::{self, Action};
use super::arn::{self, invalid, not_simulated};
use super::attributes::{self, Attributes};
use super::kind::Kind;
use super::rule::{self, Rule};
use super::{LoadBalancer, State, association, certificate, limits, reply, ssl_policy, tags};
use crate::clock::SimTime;
use crate::fault::Fault;
use crate::input::{list, number, text, texts};
use crate::world::{Call, Tags};

/// One listener. Its actions are those of its default rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listener {
    /// `arn:aws:elasticloadbalancing:REGION:ACCOUNT:listener/net/NAME/LB-ID/ID`
    pub arn: String,
    /// ARN of its load balancer.
    pub load_balancer: String,
    /// `HTTP`, `HTTPS`; `TCP`, `TLS`, `UDP`, `TCP_UDP`.
    pub protocol: String,
    /// Unique on its load balancer.
    pub port: u16,
    /// When it was made.
    pub created: SimTime,
    /// ARN of its default rule.
    pub default_rule: String,
    /// With TLS: the name of its security policy.
    pub ssl_policy: Option<String>,
    /// With TLS: its default certificate.
    pub certificate: Option<String>,
    /// With TLS: certificates beside the default one.
    pub certificates: BTreeSet<String>,
    /// `HTTP2Preferred`, …; of TLS listeners.
    pub alpn_policy: Option<String>,
    /// `off` or `passthrough`; of HTTPS listeners.
    pub mutual_authentication: Option<String>,
    /// By key.
    pub attributes: Attributes,
    /// By key.
    pub tags: Tags,
}

/// What a listener with TLS has and another has not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Tls {
    ssl_policy: Option<String>,
    certificate: Option<String>,
    alpn_policy: Option<String>,
    mutual_authentication: Option<String>,
}

impl Tls {
    fn of(listener: &Listener) -> Tls {
        Tls {
            ssl_policy: listener.ssl_policy.clone(),
            certificate: listener.certificate.clone(),
            alpn_policy: listener.alpn_policy.clone(),
            mutual_authentication: listener.mutual_authentication.clone(),
        }
    }
}

/// The action of a listener's default rule.
pub(super) fn default_action<'a>(state: &'a State, listener: &Listener) -> Option<&'a Action> {
    state.rules.get(&listener.default_rule).map(|rule| &rule.action)
}

/// CreateListener: one with the same port and settings is returned as it is (botocore: the
/// operation is idempotent).
pub fn create(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let balancer = text(input, "LoadBalancerArn").unwrap_or_default();
    let state = &call.region.elbv2;
    let balancer = arn::load_balancer(state, balancer)?.clone();
    let given = text(input, "Protocol").ok_or_else(|| invalid("A protocol must be specified"))?;
    let protocol = protocol(balancer.kind, given)?;
    let port = number(input, "Port").and_then(|n| u16::try_from(n).ok());
    let port = port.ok_or_else(|| invalid("A port must be specified"))?;
    let tls = read_tls(call, input, &protocol, Tls::default())?;
    let action = action::read(list(input, "DefaultActions"), balancer.kind, &protocol, &call.options.quotas)?;
    association::check(call, &balancer, &protocol, &action, None)?;
    let tags = tags::read(input, &call.options.quotas)?;
    let others: Vec<&Listener> =
        state.listeners.values().filter(|l| l.load_balancer == balancer.arn).collect();
    if let Some(twin) = others.iter().find(|l| l.port == port) {
        if twin.protocol == protocol && default_action(state, twin) == Some(&action) && Tls::of(twin) == tls {
            return Ok(json!({"Listeners": [render(state, twin)]}));
        }
        return Err(duplicate(&balancer.arn));
    }
    if others.len() >= call.options.quotas.get(limits::listeners(balancer.kind)) {
        let message =
            format!("The maximum number of listeners has been reached on load balancer '{}'", balancer.arn);
        return Err(Fault::bad("TooManyListeners", message));
    }
    let own = balancer.arn.replacen(":loadbalancer/", ":listener/", 1);
    let arn = format!("{own}/{}", call.ids.hex16());
    let rule = default_rule(rule::new_arn(&arn, &call.ids.hex16()), &arn, action);
    let listener = Listener {
        load_balancer: balancer.arn,
        port,
        created: call.now,
        default_rule: rule.arn.clone(),
        ssl_policy: tls.ssl_policy,
        certificate: tls.certificate,
        certificates: BTreeSet::new(),
        alpn_policy: tls.alpn_policy,
        mutual_authentication: tls.mutual_authentication,
        attributes: attributes::of_listener(&protocol),
        tags,
        protocol,
        arn,
    };
    let arn = listener.arn.clone();
    put(call, listener, rule)?;
    let state = &call.region.elbv2;
    Ok(json!({"Listeners": [render(state, arn::listener(state, &arn)?)]}))
}

fn default_rule(arn: String, listener: &str, action: Action) -> Rule {
    Rule {
        arn,
        listener: listener.to_owned(),
        priority: None,
        conditions: Vec::new(),
        action,
        tags: Tags::new(),
    }
}

/// Puts a new or changed listener in its place with its default rule, unless its load balancer then
/// had too many targets.
fn put(call: &mut Call<'_>, listener: Listener, rule: Rule) -> Result<(), Fault> {
    let (arn, balancer) = (listener.arn.clone(), listener.load_balancer.clone());
    let before = call.region.elbv2.listeners.insert(arn.clone(), listener);
    let put = rule::put(call, &balancer, rule);
    if put.is_err() {
        match before {
            Some(before) => call.region.elbv2.listeners.insert(arn, before),
            None => call.region.elbv2.listeners.remove(&arn),
        };
    }
    certificate::settle_use(call, &balancer);
    put
}

fn duplicate(balancer: &str) -> Fault {
    let message = format!("A listener already exists on this port for this load balancer '{balancer}'");
    Fault::bad("DuplicateListener", message)
}

/// The words are AWS's (hashicorp/terraform-provider-aws issue 6173, pulumi/pulumi-aws issue 1193).
fn protocol(kind: Kind, given: &str) -> Result<String, Fault> {
    let known = kind.listener_protocols();
    if known.contains(&given) {
        return Ok(given.to_owned());
    }
    if kind == Kind::Network && matches!(given, "QUIC" | "TCP_QUIC") {
        return Err(not_simulated(format!("A {given} listener")));
    }
    Err(invalid(format!("Listener protocol '{given}' must be one of '{}'", known.join(", "))))
}

/// Reads what concerns TLS, over what was. Without TLS there is none of it (botocore,
/// ModifyListener: changing the protocol removes it); the words are AWS's, of the certificate that
/// is missing by pulumi/pulumi-awsx issue 1242.
fn read_tls(call: &Call<'_>, input: &Value, protocol: &str, before: Tls) -> Result<Tls, Fault> {
    let given = |member: &str| {
        input.get(member).is_some_and(|v| !v.is_null() && v.as_array().is_none_or(|list| !list.is_empty()))
    };
    if !certificate::needed(protocol) {
        for (member, words) in [
            ("SslPolicy", "An SSL policy"),
            ("Certificates", "A certificate"),
            ("AlpnPolicy", "An ALPN policy"),
            ("MutualAuthentication", "Mutual authentication"),
        ] {
            if given(member) {
                return Err(invalid(format!("{words} cannot be specified for {protocol} listeners")));
            }
        }
        return Ok(Tls::default());
    }
    let mut tls = before;
    if given("Certificates") {
        tls.certificate = Some(certificate::read_one(call.region, input)?);
    }
    if tls.certificate.is_none() {
        return Err(invalid(format!("A certificate must be specified for {protocol} listeners")));
    }
    if let Some(policy) = text(input, "SslPolicy") {
        ssl_policy::check(policy)?;
        tls.ssl_policy = Some(policy.to_owned());
    }
    tls.ssl_policy.get_or_insert_with(|| ssl_policy::DEFAULT.to_owned());
    if given("AlpnPolicy") {
        tls.alpn_policy = Some(alpn(&texts(input, "AlpnPolicy"), protocol)?);
    }
    if protocol != "TLS" {
        tls.alpn_policy = None;
    }
    tls.mutual_authentication = mutual(input, protocol, tls.mutual_authentication)?;
    Ok(tls)
}

/// One policy (NLB user guide, "ALPN policies").
fn alpn(given: &[String], protocol: &str) -> Result<String, Fault> {
    const POLICIES: [&str; 5] = ["HTTP1Only", "HTTP2Only", "HTTP2Optional", "HTTP2Preferred", "None"];
    if protocol != "TLS" {
        return Err(invalid(format!("An ALPN policy cannot be specified for {protocol} listeners")));
    }
    match given {
        [one] if POLICIES.contains(&one.as_str()) => Ok(one.clone()),
        [one] => Err(Fault::bad("ALPNPolicyNotFound", format!("ALPN policy '{one}' is not supported"))),
        _ => Err(invalid("You can specify one ALPN policy name")),
    }
}

/// `off` by default; checking clients' certificates needs a trust store, and there is none.
fn mutual(input: &Value, protocol: &str, before: Option<String>) -> Result<Option<String>, Fault> {
    let Some(given) = input.get("MutualAuthentication") else {
        return Ok((protocol == "HTTPS").then(|| before.unwrap_or_else(|| "off".to_owned())));
    };
    if protocol != "HTTPS" {
        let message = format!("Mutual authentication cannot be specified for {protocol} listeners");
        return Err(invalid(message));
    }
    let mode = text(given, "Mode").unwrap_or("off");
    match mode {
        "verify" => Err(not_simulated("Mutual authentication with mode 'verify'")),
        "off" | "passthrough" => {
            for member in ["TrustStoreArn", "IgnoreClientCertificateExpiry", "AdvertiseTrustStoreCaNames"] {
                if given.get(member).is_some() {
                    return Err(invalid(format!("{member} can only be specified with mode 'verify'")));
                }
            }
            Ok(Some(mode.to_owned()))
        }
        other => Err(invalid(format!(
            "Mutual authentication mode '{other}' must be one of 'off, passthrough, verify'"
        ))),
    }
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
    let found = found.map(|l| (l.arn.clone(), l)).collect();
    reply::pages_of(input, "Listeners", found, |l| render(state, l))
}

fn render(state: &State, listener: &Listener) -> Value {
    let actions = default_action(state, listener).map_or_else(|| json!([]), action::render);
    let mut value = json!({
        "ListenerArn": listener.arn,
        "LoadBalancerArn": listener.load_balancer,
        "Protocol": listener.protocol,
        "Port": listener.port,
        "DefaultActions": actions,
    });
    if let Some(certificate) = &listener.certificate {
        value["Certificates"] = json!([{"CertificateArn": certificate}]);
    }
    if let Some(policy) = &listener.ssl_policy {
        value["SslPolicy"] = json!(policy);
    }
    if let Some(policy) = &listener.alpn_policy {
        value["AlpnPolicy"] = json!([policy]);
    }
    if let Some(mode) = &listener.mutual_authentication {
        value["MutualAuthentication"] = json!({"Mode": mode});
    }
    value
}

/// ModifyListener: what is given replaces what was.
pub fn modify(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let arn = text(input, "ListenerArn").unwrap_or_default();
    let state = &call.region.elbv2;
    let mut changed = arn::listener(state, arn)?.clone();
    let balancer = arn::load_balancer(state, &changed.load_balancer)?;
    if let Some(given) = text(input, "Protocol") {
        changed.protocol = protocol(balancer.kind, given)?;
    }
    if let Some(port) = number(input, "Port").and_then(|n| u16::try_from(n).ok()) {
        changed.port = port;
    }
    let before = Tls::of(&changed);
    let tls = read_tls(call, input, &changed.protocol, before)?;
    let mut rule = arn::rule(state, &changed.default_rule)?.clone();
    if input.get("DefaultActions").is_some() {
        rule.action = action::read(
            list(input, "DefaultActions"),
            balancer.kind,
            &changed.protocol,
            &call.options.quotas,
        )?;
    }
    association::check(call, balancer, &changed.protocol, &rule.action, Some(&rule.arn))?;
    check_rules(call, balancer, &changed)?;
    let taken = |l: &Listener| {
        l.arn != changed.arn && l.load_balancer == changed.load_balancer && l.port == changed.port
    };
    if state.listeners.values().any(taken) {
        return Err(duplicate(&changed.load_balancer));
    }
    let mut known = attributes::of_listener(&changed.protocol);
    for (key, value) in &changed.attributes {
        known.entry(key.clone()).and_modify(|own| own.clone_from(value));
    }
    changed.attributes = known;
    if tls.certificate.is_none() {
        changed.certificates.clear();
    }
    Tls {
        ssl_policy: changed.ssl_policy,
        certificate: changed.certificate,
        alpn_policy: changed.alpn_policy,
        mutual_authentication: changed.mutual_authentication,
    } = tls;
    put(call, changed, rule)?;
    let state = &call.region.elbv2;
    Ok(json!({"Listeners": [render(state, arn::listener(state, arn)?)]}))
}

/// The listener's other rules must fit its new protocol.
fn check_rules(call: &Call<'_>, balancer: &LoadBalancer, changed: &Listener) -> Result<(), Fault> {
    for rule in rule::of_listener(&call.region.elbv2, &changed.arn) {
        if rule.priority.is_some() {
            association::check(call, balancer, &changed.protocol, &rule.action, Some(&rule.arn))?;
        }
    }
    Ok(())
}

/// DeleteListener: its rules go with it.
pub fn delete(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let arn = text(input, "ListenerArn").unwrap_or_default();
    let balancer = arn::listener(&call.region.elbv2, arn)?.load_balancer.clone();
    call.region.elbv2.listeners.remove(arn);
    call.region.elbv2.rules.retain(|_, rule| rule.listener != arn);
    certificate::settle_use(call, &balancer);
    association::settle_use(call);
    Ok(json!({}))
}
