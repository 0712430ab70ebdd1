//! Application and network load balancers.

use serde::Serialize;
use serde_json::{Value, json};

use super::arn::{self, invalid, not_simulated};
use super::attributes::{self, Attributes};
use super::kind::Kind;
use super::subnets::{self, Node, Place};
use super::{association, certificate, limits, name, reply, tags};
use crate::clock::SimTime;
use crate::ec2::security_group;
use crate::fault::Fault;
use crate::input::{text, texts};
use crate::quota::Quota;
use crate::world::{Call, Region, Tags};

/// One load balancer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LoadBalancer {
    /// `arn:aws:elasticloadbalancing:REGION:ACCOUNT:loadbalancer/net/NAME/ID`
    pub arn: String,
    /// What it balances; cannot be changed.
    pub kind: Kind,
    /// Unique in the region.
    pub name: String,
    /// `NAME-ID.elb.REGION.amazonaws.com`; of an application load balancer
    /// `NAME-NUMBER.REGION.elb.amazonaws.com`, with `internal-` before it for an internal one.
    pub dns_name: String,
    /// `internal` or `internet-facing`.
    pub scheme: String,
    /// The VPC that its subnets lie in.
    pub vpc: String,
    /// One a zone.
    pub nodes: Vec<Node>,
    /// None only for a network load balancer that was made without; then it can never have any.
    pub security_groups: Vec<String>,
    /// `on` or `off`: whether inbound rules of a network load balancer count for traffic through
    /// PrivateLink.
    pub private_link_rules: String,
    /// When it was made.
    pub created: SimTime,
    /// `provisioning` until then.
    pub active_at: SimTime,
    /// By key.
    pub attributes: Attributes,
    /// By key.
    pub tags: Tags,
}

impl LoadBalancer {
    /// Whether it takes connections.
    pub fn is_active(&self, now: SimTime) -> bool {
        now >= self.active_at
    }

    /// Its node in a zone.
    pub fn node(&self, zone: &str) -> Option<&Node> {
        self.nodes.iter().find(|n| n.zone == zone)
    }
}

/// What a caller asks for.
struct Wanted {
    kind: Kind,
    name: String,
    scheme: String,
    vpc: String,
    places: Vec<Place>,
    groups: Vec<String>,
    tags: Tags,
}

/// CreateLoadBalancer. One with the same name and settings is returned as it is, whoever made it,
/// its tags unchanged (botocore: the operation is idempotent).
pub fn create(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let wanted = read(call, input)?;
    let state = &call.region.elbv2;
    if let Some(twin) = state.load_balancers.values().find(|b| b.name == wanted.name) {
        let same = twin.kind == wanted.kind
            && twin.scheme == wanted.scheme
            && subnets::same(&twin.nodes, &wanted.places)
            && sorted(&twin.security_groups) == sorted(&wanted.groups);
        if same {
            return Ok(json!({"LoadBalancers": [render(twin, call.region, call.now)]}));
        }
        let message = format!(
            "A load balancer with the same name '{}' exists, but with different settings",
            wanted.name
        );
        return Err(Fault::bad("DuplicateLoadBalancerName", message));
    }
    check_gateway(call.region, &wanted.vpc, &wanted.scheme)?;
    let of_kind = state.load_balancers.values().filter(|b| b.kind == wanted.kind).count();
    if of_kind >= call.options.quotas.get(limits::load_balancers(wanted.kind)) {
        let message = "The maximum number of load balancers has been reached";
        return Err(Fault::bad("TooManyLoadBalancers", message));
    }
    let id = call.ids.hex16();
    let Wanted { kind, name, scheme, vpc, places, groups, tags } = wanted;
    let mut balancer = LoadBalancer {
        arn: call.region.arn("elasticloadbalancing", &format!("loadbalancer/{}/{name}/{id}", kind.short())),
        kind,
        dns_name: dns_name(kind, &name, &id, &scheme, &call.region.name),
        name,
        vpc,
        nodes: Vec::new(),
        security_groups: groups,
        private_link_rules: "on".to_owned(),
        created: call.now,
        active_at: call.now + state.delays.provisioning,
        attributes: attributes::of_load_balancer(kind, scheme == "internal"),
        scheme,
        tags,
    };
    balancer.nodes = subnets::attach(call, &balancer, &places)?;
    let rendered = render(&balancer, call.region, call.now);
    call.region.elbv2.load_balancers.insert(balancer.arn.clone(), balancer);
    Ok(json!({"LoadBalancers": [rendered]}))
}

fn read(call: &Call<'_>, input: &Value) -> Result<Wanted, Fault> {
    let region = &*call.region;
    let kind = match text(input, "Type") {
        None | Some("application") => Kind::Application,
        Some("network") => Kind::Network,
        Some(other) => return Err(not_simulated(format!("A load balancer of type '{other}'"))),
    };
    for member in ["CustomerOwnedIpv4Pool", "EnablePrefixForIpv6SourceNat", "IpamPools"] {
        if input.get(member).is_some() {
            return Err(not_simulated(member));
        }
    }
    let name = text(input, "Name").unwrap_or_default();
    name::check("load balancer", name)?;
    let scheme = text(input, "Scheme").unwrap_or("internet-facing");
    check_address_type(kind, scheme, text(input, "IpAddressType").unwrap_or("ipv4"))?;
    let places = subnets::read(region, kind, input)?;
    let vpc = places.first().map(|p| p.vpc.clone()).unwrap_or_default();
    let mut groups = texts(input, "SecurityGroups");
    if groups.is_empty() && kind == Kind::Application {
        groups = default_group(region, &vpc);
    }
    check_security_groups(call, &vpc, &groups)?;
    Ok(Wanted {
        kind,
        name: name.to_owned(),
        scheme: scheme.to_owned(),
        vpc,
        places,
        groups,
        tags: tags::read(input, &call.options.quotas)?,
    })
}

/// An application load balancer that is made without security groups has the default one of its VPC
/// (ALB user guide, "Security groups").
fn default_group(region: &Region, vpc: &str) -> Vec<String> {
    let default = region.ec2.security_groups.values().find(|g| g.vpc == vpc && g.name == "default");
    default.map(|group| group.id.clone()).into_iter().collect()
}

/// Names of both kinds, as AWS gives them (AWS CLI, examples of create-load-balancer).
fn dns_name(kind: Kind, name: &str, id: &str, scheme: &str, region: &str) -> String {
    match kind {
        Kind::Network => format!("{name}-{id}.elb.{region}.amazonaws.com"),
        Kind::Application => {
            let number = u64::from_str_radix(id, 16).unwrap_or_default() % 10_000_000_000;
            let prefix = if scheme == "internal" { "internal-" } else { "" };
            format!("{prefix}{name}-{number}.{region}.elb.amazonaws.com")
        }
    }
}

/// IPv6 clients without public IPv4 addresses are for application load balancers that face the
/// internet (botocore, CreateLoadBalancer); no subnet here has IPv6 addresses.
///
/// # Errors
/// `InvalidConfigurationRequest`, `InvalidSubnet`.
pub(super) fn check_address_type(kind: Kind, scheme: &str, given: &str) -> Result<(), Fault> {
    if given == "ipv4" {
        return Ok(());
    }
    if given == "dualstack-without-public-ipv4" && (kind == Kind::Network || scheme == "internal") {
        let message = format!(
            "IP address type '{given}' is not supported for load balancers with type '{}' and scheme '{scheme}'",
            kind.name()
        );
        return Err(Fault::bad("InvalidConfigurationRequest", message));
    }
    let message = "You must specify subnets with an associated IPv6 CIDR block.";
    Err(Fault::bad("InvalidSubnet", message))
}

/// One that faces the internet needs an internet gateway in its VPC.
fn check_gateway(region: &Region, vpc: &str, scheme: &str) -> Result<(), Fault> {
    let tables = region.ec2.route_tables.values().filter(|t| t.vpc == vpc);
    let gateway = tables.flat_map(|t| &t.routes).any(|r| r.target.starts_with("igw-"));
    if scheme == "internal" || gateway {
        return Ok(());
    }
    Err(Fault::bad("InvalidSubnet", format!("VPC {vpc} has no internet gateway")))
}

/// That there can be no more than an interface may have is unsure: AWS's pages do not say it.
fn check_security_groups(call: &Call<'_>, vpc: &str, groups: &[String]) -> Result<(), Fault> {
    for group in groups {
        if security_group::find(&call.region.ec2, group).ok().is_none_or(|g| g.vpc != vpc) {
            let message = format!("The security group '{group}' does not exist in VPC '{vpc}'");
            return Err(Fault::bad("InvalidSecurityGroup", message));
        }
    }
    let most = call.options.quotas.get(Quota::GroupsPerInterface);
    if groups.len() > most {
        let message = format!("A load balancer may have {most} security groups at most");
        return Err(Fault::bad("InvalidConfigurationRequest", message));
    }
    Ok(())
}

fn sorted(names: &[String]) -> Vec<&String> {
    let mut names: Vec<&String> = names.iter().collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// DescribeLoadBalancers.
pub fn describe(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let (arns, names) = (texts(input, "LoadBalancerArns"), texts(input, "Names"));
    if !arns.is_empty() && !names.is_empty() {
        return Err(invalid(
            "Load balancer names and load balancer ARNs cannot be specified at the same time",
        ));
    }
    reply::check_count(&arns, "LoadBalancerArns")?;
    reply::check_count(&names, "Names")?;
    let state = &call.region.elbv2;
    for arn in &arns {
        arn::load_balancer(state, arn)?;
    }
    if let Some(name) = names.iter().find(|n| !state.load_balancers.values().any(|b| b.name == **n)) {
        let message = format!("Load balancers '[{name}]' not found");
        return Err(Fault::bad("LoadBalancerNotFound", message));
    }
    let found = state.load_balancers.values().filter(|b| {
        (arns.is_empty() && names.is_empty()) || arns.contains(&b.arn) || names.contains(&b.name)
    });
    let found = found.map(|b| (b.arn.clone(), b)).collect();
    reply::pages_of(input, "LoadBalancers", found, |b| render(b, call.region, call.now))
}

fn render(balancer: &LoadBalancer, region: &Region, now: SimTime) -> Value {
    let code = if balancer.is_active(now) { "active" } else { "provisioning" };
    let mut value = json!({
        "LoadBalancerArn": balancer.arn,
        "LoadBalancerName": balancer.name,
        "DNSName": balancer.dns_name,
        "CanonicalHostedZoneId": balancer.kind.hosted_zone(&region.name),
        "CreatedTime": seconds(balancer.created),
        "Scheme": balancer.scheme,
        "VpcId": balancer.vpc,
        "State": {"Code": code},
        "Type": balancer.kind.name(),
        "IpAddressType": "ipv4",
        "AvailabilityZones": subnets::render(&balancer.nodes),
    });
    if !balancer.security_groups.is_empty() {
        value["SecurityGroups"] = json!(balancer.security_groups);
    }
    if !balancer.security_groups.is_empty() && balancer.kind == Kind::Network {
        value["EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"] = json!(balancer.private_link_rules);
    }
    value
}

/// Seconds since the epoch, as timestamps are rendered.
fn seconds(time: SimTime) -> f64 {
    std::time::Duration::from_millis(time.0).as_secs_f64()
}

/// DeleteLoadBalancer: its listeners go with it, its network interfaces a while later. One that
/// does not exist is no error (botocore, DeleteLoadBalancer).
pub fn delete(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let arn = text(input, "LoadBalancerArn").unwrap_or_default();
    let balancer = match arn::load_balancer(&call.region.elbv2, arn) {
        Ok(balancer) => balancer.clone(),
        Err(fault) if fault.code == "LoadBalancerNotFound" => return Ok(json!({})),
        Err(fault) => return Err(fault),
    };
    if attributes::value_flag(&balancer.attributes, "deletion_protection.enabled") {
        let message =
            format!("Load balancer '{arn}' cannot be deleted because deletion protection is enabled");
        return Err(Fault::bad("OperationNotPermitted", message));
    }
    let state = &mut call.region.elbv2;
    state.listeners.retain(|_, l| l.load_balancer != arn);
    state.rules.retain(|_, rule| state.listeners.contains_key(&rule.listener));
    state.load_balancers.remove(arn);
    subnets::release(call, &balancer.nodes);
    certificate::settle_use(call, arn);
    association::settle_use(call);
    Ok(json!({}))
}

/// SetSecurityGroups: never to none, and never for a network load balancer made without.
pub fn set_security_groups(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let arn = text(input, "LoadBalancerArn").unwrap_or_default();
    let balancer = arn::load_balancer(&call.region.elbv2, arn)?.clone();
    let groups = texts(input, "SecurityGroups");
    let rules = text(input, "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic");
    check_change(&balancer, &groups, rules)?;
    check_security_groups(call, &balancer.vpc, &groups)?;
    let rules = rules.unwrap_or(&balancer.private_link_rules).to_owned();
    for node in &balancer.nodes {
        if let Some(interface) = call.region.ec2.network_interfaces.get_mut(&node.interface) {
            interface.groups.clone_from(&groups);
        }
    }
    let mut reply = json!({"SecurityGroupIds": groups});
    if balancer.kind == Kind::Network {
        reply["EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"] = json!(rules);
    }
    if let Some(balancer) = call.region.elbv2.load_balancers.get_mut(arn) {
        balancer.security_groups = groups;
        balancer.private_link_rules = rules;
    }
    Ok(reply)
}

/// The words for network load balancers are AWS's (kubernetes-sigs/cluster-api-provider-aws issue
/// 4790).
fn check_change(balancer: &LoadBalancer, groups: &[String], rules: Option<&str>) -> Result<(), Fault> {
    let refuse = |message: &str| Err(Fault::bad("InvalidConfigurationRequest", message));
    match balancer.kind {
        Kind::Network if balancer.security_groups.is_empty() => refuse(
            "You cannot set security groups on a Network Load Balancer which was created without any security \
             groups.",
        ),
        Kind::Network if groups.is_empty() => {
            refuse("You cannot remove all security groups from a Network Load Balancer.")
        }
        Kind::Application if groups.is_empty() => {
            Err(invalid("At least one security group must be specified"))
        }
        Kind::Application if rules.is_some() => refuse(
            "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic is not supported for load balancers with \
             type 'application'",
        ),
        Kind::Application | Kind::Network => Ok(()),
    }
}

/// SetIpAddressType.
pub fn set_ip_address_type(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let arn = text(input, "LoadBalancerArn").unwrap_or_default();
    let balancer = arn::load_balancer(&call.region.elbv2, arn)?;
    let given = text(input, "IpAddressType").unwrap_or_default();
    check_address_type(balancer.kind, &balancer.scheme, given)?;
    Ok(json!({"IpAddressType": given}))
}
