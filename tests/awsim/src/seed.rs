//! What exists when the simulator starts: networks and security groups, which the entry path needs
//! but does not make. Read from YAML (or JSON, which is YAML); `seeds/default.yaml` is the
//! documented example, and the default.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ipnet::Ipv4Net;
use serde::Deserialize;
use serde_json::json;

use crate::consistency::Lags;
use crate::datapath::outside::Place;
use crate::ec2::{self, Route, RouteTable, SecurityGroup, Subnet};
use crate::fault::Fault;
use crate::iam::policy::Policy;
use crate::world::GLOBAL_REGION;
use crate::world::{Call, Tags, World};
use crate::{acm, apigatewayv2, cloudwatch, elbv2, quota, route53, throttle};

/// The default seed's text.
pub const DEFAULT: &str = include_str!("../seeds/default.yaml");
/// Account of the default seed.
pub const ACCOUNT: &str = "123456789012";
/// Region of the default seed.
pub const REGION: &str = "eu-central-1";
/// VPC of the default seed, 10.0.0.0/16, tag Name=lab.
pub const VPC: &str = "vpc-0a1b2c3d4e5f60718";
/// The private subnets of the default seed, one a zone, tag tier=private.
pub const SUBNETS: [&str; 3] =
    ["subnet-0a000000000000001", "subnet-0a000000000000002", "subnet-0a000000000000003"];
/// The zones of [`SUBNETS`].
pub const ZONES: [&str; 3] = ["eu-central-1a", "eu-central-1b", "eu-central-1c"];
/// The part of each of [`SUBNETS`] in which pods have their addresses.
pub const POD_CIDRS: [&str; 3] = ["10.0.8.0/21", "10.0.24.0/21", "10.0.40.0/21"];
/// The cluster security group of the default seed, which pods carry.
pub const CLUSTER_GROUP: &str = "sg-0c1a57e4000000001";
/// The database security group of the default seed.
pub const DATABASE_GROUP: &str = "sg-0da7aba5e00000001";

/// Why a seed cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// Not the form of a seed: says where.
    #[error("the seed is not readable: {0}")]
    Form(#[from] serde_saphyr::Error),
    /// An object that AWS would not have.
    #[error("{object}: {why}")]
    Object {
        /// Id of the object.
        object: String,
        /// What is wrong with it.
        why: String,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Seed {
    account: String,
    region: String,
    #[serde(default)]
    vpcs: Vec<VpcSeed>,
    #[serde(default)]
    prefix_lists: Vec<PrefixListSeed>,
    #[serde(default)]
    s3: BTreeMap<String, PathBuf>,
    #[serde(default)]
    networks: ec2::Delays,
    #[serde(default)]
    load_balancing: elbv2::Delays,
    #[serde(default)]
    api_gateway: ApiGatewaySeed,
    #[serde(default)]
    certificates: acm::Delays,
    #[serde(default)]
    dns: route53::Delays,
    #[serde(default)]
    cloud_watch: cloudwatch::Delays,
    #[serde(default)]
    consistency: Lags,
    #[serde(default)]
    quotas: quota::Changes,
    #[serde(default)]
    throttles: throttle::Changes,
    #[serde(default)]
    policies: Vec<PolicySeed>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PolicySeed {
    principal: String,
    policy: serde_json::Value,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct ApiGatewaySeed {
    issuers: BTreeMap<String, Place>,
    functions: BTreeMap<String, Place>,
    #[serde(flatten)]
    delays: apigatewayv2::Delays,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct VpcSeed {
    id: String,
    cidr: Ipv4Net,
    #[serde(default)]
    dns_hostnames: bool,
    #[serde(default)]
    tags: Tags,
    #[serde(default)]
    pod_groups: Vec<String>,
    #[serde(default)]
    subnets: Vec<SubnetSeed>,
    #[serde(default)]
    route_tables: Vec<RouteTableSeed>,
    #[serde(default)]
    security_groups: Vec<GroupSeed>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SubnetSeed {
    id: String,
    zone: String,
    cidr: Ipv4Net,
    reserved: Option<Ipv4Net>,
    #[serde(default)]
    tags: Tags,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RouteTableSeed {
    id: String,
    #[serde(default)]
    subnets: Vec<String>,
    #[serde(default)]
    routes: Vec<RouteSeed>,
    #[serde(default)]
    tags: Tags,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RouteSeed {
    destination: Ipv4Net,
    target: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct GroupSeed {
    id: String,
    name: String,
    description: String,
    #[serde(default)]
    tags: Tags,
    #[serde(default)]
    ingress: Vec<RuleSeed>,
    #[serde(default)]
    egress: Vec<RuleSeed>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RuleSeed {
    protocol: String,
    from_port: Option<i64>,
    to_port: Option<i64>,
    cidr: Option<String>,
    group: Option<String>,
    prefix_list: Option<String>,
    #[serde(default)]
    description: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PrefixListSeed {
    id: String,
    name: String,
    max_entries: usize,
    #[serde(default)]
    entries: Vec<Ipv4Net>,
}

/// Puts the default seed into the world.
///
/// # Errors
/// None as long as the embedded file is sound, which a test checks.
pub fn default(world: &mut World) -> Result<(), SeedError> {
    load(world, DEFAULT)
}

/// Puts a seed into the world.
///
/// # Errors
/// What is wrong with the text, and where.
pub fn load(world: &mut World, text: &str) -> Result<(), SeedError> {
    let seed: Seed = serde_saphyr::from_str(text)?;
    world.consistency.lags = seed.consistency;
    world.options.quotas.seed(&seed.quotas).map_err(|why| object("quotas", why))?;
    world.options.throttles.seed(&seed.throttles).map_err(|why| object("throttles", why))?;
    for PolicySeed { principal, policy } in seed.policies {
        let policy = Policy::read(&policy).map_err(|e| object(&principal, e.to_string()))?;
        world.iam.attach(&principal, policy);
    }
    for (place, file) in seed.s3 {
        let read = std::fs::read_to_string(&file);
        let text = read.map_err(|e| object(&place, format!("s3: cannot read {}: {e}", file.display())))?;
        world.objects.insert(place, text);
    }
    world.call(&seed.account, GLOBAL_REGION).region.route53.delays = seed.dns;
    let ApiGatewaySeed { issuers, functions, delays } = seed.api_gateway;
    (world.outside.issuers, world.outside.functions) = (issuers, functions);
    let mut call = world.call(&seed.account, &seed.region);
    call.region.ec2.delays = seed.networks;
    call.region.elbv2.delays = seed.load_balancing;
    call.region.apigatewayv2.delays = delays;
    call.region.acm.delays = seed.certificates;
    call.region.cloudwatch.delays = seed.cloud_watch;
    for list in seed.prefix_lists {
        let PrefixListSeed { id, name, max_entries, entries } = list;
        // In the place of the one that the region has from its start.
        call.region.ec2.prefix_lists.retain(|_, there| there.name != name);
        let list = ec2::PrefixList { id: id.clone(), name, max_entries, entries };
        call.region.ec2.prefix_lists.insert(id, list);
    }
    for vpc in seed.vpcs {
        load_vpc(&mut call, vpc)?;
    }
    Ok(())
}

fn object(id: &str, why: impl Into<String>) -> SeedError {
    SeedError::Object { object: id.to_owned(), why: why.into() }
}

fn load_vpc(call: &mut Call<'_>, seed: VpcSeed) -> Result<(), SeedError> {
    ec2::vpc::insert(&mut call.region.ec2, call.ids, &seed.id, seed.cidr, seed.tags);
    for subnet in seed.subnets {
        load_subnet(call, &seed.id, seed.cidr, subnet)?;
    }
    for table in seed.route_tables {
        load_route_table(call, &seed.id, seed.cidr, table)?;
    }
    let mut rules: Vec<(String, bool, RuleSeed)> = Vec::new();
    for group in seed.security_groups {
        let GroupSeed { id, name, description, tags, ingress, egress } = group;
        rules.extend(ingress.into_iter().map(|r| (id.clone(), false, r)));
        rules.extend(egress.into_iter().map(|r| (id.clone(), true, r)));
        let group = SecurityGroup { id: id.clone(), name, description, vpc: seed.id.clone(), tags };
        call.region.ec2.security_groups.insert(id, group);
    }
    for (group, egress, rule) in rules {
        load_rule(call, &group, egress, &rule).map_err(|fault| object(&group, fault.message))?;
    }
    let groups = &call.region.ec2.security_groups;
    if let Some(missing) = seed.pod_groups.iter().find(|id| !groups.contains_key(*id)) {
        return Err(object(&seed.id, format!("podGroups: there is no security group {missing}")));
    }
    if let Some(vpc) = call.region.ec2.vpcs.get_mut(&seed.id) {
        vpc.pod_groups = seed.pod_groups;
        vpc.dns_hostnames = seed.dns_hostnames;
    }
    Ok(())
}

fn load_subnet(call: &mut Call<'_>, vpc: &str, block: Ipv4Net, seed: SubnetSeed) -> Result<(), SeedError> {
    let SubnetSeed { id, zone, cidr, reserved, tags } = seed;
    let zones = ec2::zone::zones(&call.region.name);
    let Some(zone) = zones.into_iter().find(|z| z.name == zone) else {
        return Err(object(&id, format!("zone: {} has no zone {zone}", call.region.name)));
    };
    if !block.contains(&cidr) {
        return Err(object(&id, format!("cidr: {cidr} is not inside the VPC's {block}")));
    }
    if let Some(reserved) = reserved.filter(|r| !cidr.contains(r)) {
        return Err(object(&id, format!("reserved: {reserved} is not inside {cidr}")));
    }
    let subnet = Subnet {
        id: id.clone(),
        vpc: vpc.to_owned(),
        zone: zone.name,
        zone_id: zone.id,
        cidr,
        reserved,
        tags,
    };
    call.region.ec2.subnets.insert(id, subnet);
    Ok(())
}

fn load_route_table(
    call: &mut Call<'_>,
    vpc: &str,
    block: Ipv4Net,
    seed: RouteTableSeed,
) -> Result<(), SeedError> {
    let subnets = &call.region.ec2.subnets;
    if let Some(missing) = seed.subnets.iter().find(|id| !subnets.contains_key(*id)) {
        return Err(object(&seed.id, format!("subnets: there is no subnet {missing}")));
    }
    let local = Route { destination: block, target: "local".to_owned() };
    let routes = seed.routes.into_iter().map(|r| Route { destination: r.destination, target: r.target });
    let table = RouteTable {
        id: seed.id.clone(),
        vpc: vpc.to_owned(),
        main_association: None,
        subnets: seed.subnets.into_iter().map(|subnet| (subnet, call.ids.ec2("rtbassoc"))).collect(),
        routes: std::iter::once(local).chain(routes).collect(),
        tags: seed.tags,
    };
    call.region.ec2.route_tables.insert(seed.id, table);
    Ok(())
}

/// Adds a rule by the API's own way, so that a seed cannot hold one that AWS would refuse.
fn load_rule(call: &mut Call<'_>, group: &str, egress: bool, seed: &RuleSeed) -> Result<(), Fault> {
    let with = |name: &str, peer: &Option<String>| match peer {
        Some(peer) if seed.description.is_empty() => json!([{name: peer}]),
        Some(peer) => json!([{name: peer, "Description": seed.description}]),
        None => json!([]),
    };
    let mut permission = json!({
        "IpProtocol": seed.protocol,
        "IpRanges": with("CidrIp", &seed.cidr),
        "UserIdGroupPairs": with("GroupId", &seed.group),
        "PrefixListIds": with("PrefixListId", &seed.prefix_list),
    });
    for (member, port) in [("FromPort", seed.from_port), ("ToPort", seed.to_port)] {
        if let Some(port) = port {
            permission[member] = json!(port);
        }
    }
    let operation = if egress { "AuthorizeSecurityGroupEgress" } else { "AuthorizeSecurityGroupIngress" };
    if let Some(handler) = ec2::handler(operation) {
        handler(call, &json!({"GroupId": group, "IpPermissions": [permission]}))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock::{Clock, SimTime};
    use crate::quota::Quota;
    use crate::world::Options;

    fn world() -> World {
        World::new(Clock::manual(SimTime(0)), 1, Options::default())
    }

    #[test]
    fn the_default_seed_holds_what_its_constants_name() {
        let mut world = world();
        default(&mut world).unwrap();
        let region = world.call(ACCOUNT, REGION).region;
        let vpc = &region.ec2.vpcs[VPC];
        assert_eq!(vpc.tags["Name"], "lab");
        assert_eq!(vpc.pod_groups, [CLUSTER_GROUP]);
        for ((id, zone), pods) in SUBNETS.into_iter().zip(ZONES).zip(POD_CIDRS) {
            let subnet = &region.ec2.subnets[id];
            assert_eq!((subnet.vpc.as_str(), subnet.zone.as_str()), (VPC, zone));
            assert_eq!(subnet.tags["tier"], "private");
            assert_eq!(subnet.reserved, Some(pods.parse().unwrap()));
        }
        for group in [CLUSTER_GROUP, DATABASE_GROUP] {
            assert_eq!(region.ec2.security_groups[group].vpc, VPC);
        }
    }

    #[test]
    fn a_seed_changes_how_long_things_take() {
        let mut world = world();
        let seed = DEFAULT
            .replace("loadBalancing: {}", "loadBalancing: {provisioning: 1}")
            .replace("apiGateway: {}", "apiGateway: {vpcLinkPending: 0.5}")
            .replace("cloudWatch: {}", "cloudWatch: {metricListed: 60}")
            .replace("consistency: {}", "consistency: {networks: 9}");
        load(&mut world, &seed).unwrap();
        assert_eq!(world.consistency.lags.networks, Duration::from_secs(9));
        let region = world.call(ACCOUNT, REGION).region;
        assert_eq!(region.elbv2.delays.provisioning, Duration::from_secs(1));
        assert_eq!(region.elbv2.delays.registration, elbv2::Delays::default().registration);
        assert_eq!(region.apigatewayv2.delays.vpc_link_pending, Duration::from_millis(500));
        assert_eq!(region.cloudwatch.delays.metric_listed, Duration::from_secs(60));
    }

    #[test]
    fn a_seed_says_where_issuers_and_functions_are() {
        let mut world = world();
        let settings = "apiGateway:\n  issuers: {https://issuer.example: http://127.0.0.1:81}\n  \
                        functions: {\"arn:aws:lambda:eu-central-1:123456789012:function:gate\": http://127.0.0.1:82}\n  \
                        vpcLinkPending: 2\n";
        load(&mut world, &DEFAULT.replace("apiGateway: {}\n", settings)).unwrap();
        assert_eq!(world.outside.issuers["https://issuer.example"], "http://127.0.0.1:81".parse().unwrap());
        assert_eq!(world.outside.functions.len(), 1);
        let delays = &world.call(ACCOUNT, REGION).region.apigatewayv2.delays;
        assert_eq!(delays.vpc_link_pending, Duration::from_secs(2));
        for wrong in ["{issuers: {a: http://8.8.8.8}}", "{isuers: {}}"] {
            let seed = DEFAULT.replace("apiGateway: {}", &format!("apiGateway: {wrong}"));
            assert!(load(&mut world, &seed).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_seed_sets_quotas_and_throttles() {
        let mut world = world();
        let seed = DEFAULT.replace("quotas: {}", "quotas: {vpc-links: 20, apis: off}").replace(
            "throttles: {}",
            "throttles: {scale: 2, elbv2:register: {rate: 1, burst: 5}, elbv2:describe: off}",
        );
        load(&mut world, &seed).unwrap();
        assert_eq!(world.options.quotas.get(Quota::VpcLinks), 20);
        assert_eq!(world.options.quotas.get(Quota::Apis), quota::NONE);
        let throttles = &world.options.throttles;
        assert_eq!(throttles.scale(), 2.0);
        assert_eq!(throttles.to_json()["elbv2:register"]["value"]["burst"], 5.0);
        assert_eq!(throttles.to_json()["elbv2:describe"]["value"], serde_json::Value::Null);
    }

    #[test]
    fn a_seed_that_names_what_is_not_there_says_where() {
        for (from, to, said) in [
            (
                "zone: eu-central-1a",
                "zone: eu-west-1a",
                "subnet-0a000000000000001: zone: eu-central-1 has no",
            ),
            ("cidr: 10.0.16.0/20", "cidr: 10.9.0.0/20", "subnet-0a000000000000002: cidr: 10.9.0.0/20 is not"),
            (
                "podGroups: [sg-0c1a57e4000000001]",
                "podGroups: [sg-1]",
                "podGroups: there is no security group",
            ),
            ("account:", "acount:", "acount"),
            ("quotas: {}", "quotas: {vpc-lnks: 1}", "quotas: there is no quota vpc-lnks"),
            ("throttles: {}", "throttles: {elb: off}", "throttles: there is no throttle elb"),
            ("s3: {}", "s3: {trust/store.pem: /nowhere}", "trust/store.pem: s3: cannot read /nowhere"),
        ] {
            assert!(DEFAULT.contains(from), "{from}");
            let refused = load(&mut world(), &DEFAULT.replace(from, to)).unwrap_err().to_string();
            assert!(refused.contains(said), "{refused}");
        }
    }
}
