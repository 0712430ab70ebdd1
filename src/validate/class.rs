//! A class: every field of its spec, and the network that it selects.

use std::time::Duration;

use kube::ResourceExt;

use super::route_key::{Segment, parse_path};
use super::violation::Found;
use super::{ValidClass, ValidDrift, ValidGrant, ValidPool, Violation, bounds, class_network};
use crate::api::access::Grant;
use crate::api::load_balancer::PortRange;
use crate::api::routes::Throttling;
use crate::api::{GatewayedServiceClass, GatewayedServiceClassSpec, marks};
use crate::model::network::{NetworkFacts, NetworkQuery, Selector};

/// What a route key gets that names no limits, unless the class says.
const DEFAULT_THROTTLING: Throttling = Throttling { rate: 100, burst: 200 };
/// The most that a route may ask for, unless the class says.
const MAX_THROTTLING: Throttling = Throttling { rate: 1000, burst: 2000 };
/// Ports of listeners, unless the class says.
const LISTENER_PORTS: PortRange = PortRange { from: 10000, to: 10049 };
/// Between two looks for changes that others made: the shortest and the longest.
const DRIFT_INTERVAL: (Duration, Duration) = (bounds::seconds(60), bounds::seconds(86_400));
/// How many listeners a Network Load Balancer has at most (quota L-57A373D6).
const LISTENERS: u16 = 50;

/// What `object` means. With `facts`, what was found for [`network_query`] is checked too.
///
/// Err: all that is wrong with it.
pub fn class(
    object: &GatewayedServiceClass,
    facts: Option<&NetworkFacts>,
) -> Result<ValidClass, Vec<Violation>> {
    let mut found = Found::default();
    let spec = &object.spec;
    let name = object.name_any();
    bounds::dns_label(&mut found, "metadata.name", &name);
    place(&mut found, spec);
    drift_interval(&mut found, spec);
    let latched = object.status.as_ref().and_then(|s| s.network.as_ref());
    let mut notices = Vec::new();
    let network = match (latched, facts) {
        (Some(latched), facts) => {
            notices.extend(facts.and_then(|f| class_network::moved(spec, f, latched)));
            Some(latched.clone())
        }
        (None, Some(facts)) => class_network::choose(&mut found, spec, facts),
        (None, None) => None,
    };
    if let Some(facts) = facts {
        let vpc = network.as_ref().map(|n| n.vpc.as_str());
        class_network::account_and_group(&mut found, spec, facts, vpc);
    }
    let throttling = spec.api.throttling.unwrap_or_default();
    let default_throttling = throttling.default.unwrap_or(DEFAULT_THROTTLING);
    let max_throttling = throttling.max.unwrap_or(MAX_THROTTLING);
    found.check(
        default_throttling.rate <= max_throttling.rate && default_throttling.burst <= max_throttling.burst,
        "spec.api.throttling.default",
        &format!(
            "(rate {}, burst {}) must not exceed spec.api.throttling.max (rate {}, burst {})",
            default_throttling.rate, default_throttling.burst, max_throttling.rate, max_throttling.burst
        ),
    );
    bounds::no_prefix(&mut found, "spec.tags", spec.tags.keys(), &["aws:", marks::OUR_PREFIX]);
    found.check(spec.tags.len() <= 40, "spec.tags", "must have at most 40 entries");
    bounds::distinct(&mut found, "spec.access[].name", spec.access.iter().map(|g| g.name.as_str()));
    let valid = ValidClass {
        is_default: is_default(object),
        account: spec.account.clone(),
        region: spec.region.clone(),
        network,
        pod_security_group: spec.network.pods.shared.security_group.id.clone(),
        stage: stage(&mut found, spec),
        default_throttling,
        max_throttling,
        pool: pool(&mut found, spec),
        access: spec.access.iter().map(|g| grant(&mut found, g)).collect(),
        drift: drift(spec),
        tags: spec.tags.clone(),
        notices,
        name,
    };
    found.or(valid)
}

/// What the class does about changes that others make, also if something else in its spec is wrong. An
/// interval that is not allowed is left out.
pub fn drift(spec: &GatewayedServiceClassSpec) -> ValidDrift {
    let drift = spec.drift.clone().unwrap_or_default();
    let interval = drift.interval.filter(|interval| !interval.is_negative()).map(Duration::from);
    ValidDrift {
        security: drift.security.unwrap_or_default(),
        configuration: drift.configuration.unwrap_or_default(),
        interval: interval.filter(|interval| (DRIFT_INTERVAL.0..=DRIFT_INTERVAL.1).contains(interval)),
    }
}

fn drift_interval(found: &mut Found, spec: &GatewayedServiceClassSpec) {
    let interval = spec.drift.as_ref().and_then(|drift| drift.interval);
    let (least, most) = DRIFT_INTERVAL;
    bounds::duration(found, "spec.drift.interval", interval, least, (least, most), bounds::seconds(1));
}

/// What to look for in EC2 before [`class`] is asked with facts.
pub fn network_query(spec: &GatewayedServiceClassSpec) -> NetworkQuery {
    let network = &spec.network;
    let vpc = match (&network.vpc.id, &network.vpc.tags) {
        (Some(id), _) => Selector::Ids(vec![id.clone()]),
        (None, tags) => Selector::Tags(tags.clone().unwrap_or_default()),
    };
    let subnets = match (&network.subnets.ids, &network.subnets.tags) {
        (Some(ids), _) => Selector::Ids(ids.clone()),
        (None, tags) => Selector::Tags(tags.clone().unwrap_or_default()),
    };
    NetworkQuery { vpc, subnets, security_groups: vec![network.pods.shared.security_group.id.clone()] }
}

/// Whether services without a `className` are the class's.
pub fn is_default(object: &GatewayedServiceClass) -> bool {
    object.annotations().get(marks::IS_DEFAULT_CLASS).is_some_and(|v| v == "true")
}

/// Account, region and the form of the network's selectors.
fn place(found: &mut Found, spec: &GatewayedServiceClassSpec) {
    if let Some(account) = &spec.account {
        let fits = account.len() == 12 && account.chars().all(|c| c.is_ascii_digit());
        found.check(fits, "spec.account", "must be 12 digits, in quotes, such as \"123456789012\"");
    }
    found.check(
        is_region(&spec.region),
        "spec.region",
        "must be the code of an AWS region, such as eu-central-1",
    );
    let vpc = &spec.network.vpc;
    let tags = vpc.tags.as_ref().is_some_and(|t| !t.is_empty());
    found.check(vpc.id.is_some() != tags, "spec.network.vpc", "needs exactly one of id and tags");
    let subnets = &spec.network.subnets;
    let tags = subnets.tags.as_ref().is_some_and(|t| !t.is_empty());
    found.check(subnets.ids.is_some() != tags, "spec.network.subnets", "needs exactly one of ids and tags");
    let ids = subnets.ids.iter().flatten().map(String::as_str);
    bounds::distinct(found, "spec.network.subnets.ids", ids);
}

/// Letters, at least one more word, a number: `us-gov-west-1`.
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [area, words @ .., number] = parts.as_slice() else { return false };
    let letters = |s: &str| !s.is_empty() && s.chars().all(|c| c.is_ascii_lowercase());
    area.len() == 2
        && letters(area)
        && !words.is_empty()
        && words.iter().all(|w| letters(w))
        && (1..=2).contains(&number.len())
        && number.chars().all(|c| c.is_ascii_digit())
}

fn stage(found: &mut Found, spec: &GatewayedServiceClassSpec) -> String {
    let stage = spec.api.stage.clone().unwrap_or_else(|| "$default".to_owned());
    let plain = !stage.is_empty() && stage.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
    found.check(
        stage == "$default" || plain,
        "spec.api.stage",
        "must be $default, or letters, digits, _ and -",
    );
    stage
}

fn pool(found: &mut Found, spec: &GatewayedServiceClassSpec) -> ValidPool {
    let pool = &spec.load_balancer.network;
    let ports = pool.listener_ports.unwrap_or(LISTENER_PORTS);
    found.check(
        ports.from >= 1 && ports.from <= ports.to && ports.to - ports.from < LISTENERS,
        "spec.loadBalancer.network.listenerPorts",
        "must span 1 to 50 ports (a Network Load Balancer has at most 50 listeners), from not above to",
    );
    let most = pool.max.unwrap_or(4);
    bounds::number(found, "spec.loadBalancer.network.max", most.into(), (1, 10));
    let field = "spec.loadBalancer.network.drain";
    let between = (bounds::seconds(1), bounds::seconds(3600));
    let drain = bounds::duration(found, field, pool.drain, bounds::seconds(300), between, bounds::seconds(1));
    ValidPool {
        first_port: ports.from,
        last_port: ports.to,
        cross_zone: pool.cross_zone.unwrap_or(true),
        drain,
        max: u8::try_from(most).unwrap_or(1),
    }
}

fn grant(found: &mut Found, grant: &Grant) -> ValidGrant {
    let field = format!("spec.access[{}]", grant.name);
    let namespaces = &grant.namespaces;
    found.check(
        namespaces.names.is_some() != namespaces.selector.is_some(),
        format!("{field}.namespaces"),
        "needs exactly one of names and selector",
    );
    let own = vec!["/{namespace}".to_owned()];
    let mut paths = Vec::new();
    for text in grant.paths.as_ref().unwrap_or(&own) {
        let plain = |s: &Segment| match s {
            Segment::Static(_) => true,
            Segment::Variable(name) => name == "namespace",
            Segment::Greedy(_) => false,
        };
        match parse_path(text) {
            Ok(path) if path.iter().all(plain) => paths.push(path),
            _ => found.check(
                false,
                format!("{field}.paths"),
                &format!(
                    "contains {text}; a path must be / or whole segments such as /orders or /{{namespace}}, \
                     without a trailing slash or another variable"
                ),
            ),
        }
    }
    ValidGrant {
        name: grant.name.clone(),
        names: namespaces.names.clone().unwrap_or_default(),
        selector: namespaces.selector.clone(),
        paths,
        anonymous: grant.anonymous.unwrap_or(false),
    }
}
