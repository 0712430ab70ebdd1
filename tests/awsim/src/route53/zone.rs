//! Hosted zones. A public one has four name servers of its own, a private one is seen from its VPCs.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Value, json};

use super::record::{self, Key, RecordSet, Routing};
use super::{State, change, error, name};
use crate::clock::SimTime;
use crate::ec2::vpc_endpoint;
use crate::fault::Fault;
use crate::ids::Ids;
use crate::input::{flag, text};
use crate::quota::Quota;
use crate::world::{Call, Region, Tags};

/// One hosted zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HostedZone {
    /// `Z…`
    pub id: String,
    /// Normal form, with the dot at its end.
    pub name: String,
    /// What its creator called the request.
    pub caller_reference: String,
    /// A description.
    pub comment: Option<String>,
    /// Region and id of the VPCs that see it; none if it is public.
    pub vpcs: BTreeSet<(String, String)>,
    /// Without dots at their ends.
    pub name_servers: Vec<String>,
    /// By reversed name, type and set identifier: AWS's order.
    #[serde(skip)]
    pub records: BTreeMap<Key, RecordSet>,
    /// Until then other changes are refused.
    pub busy_until: SimTime,
    /// By key.
    pub tags: Tags,
}

impl HostedZone {
    /// Only VPCs see it.
    pub fn private(&self) -> bool {
        !self.vpcs.is_empty()
    }
}

/// An id without the `/hostedzone/` that answers have before it.
pub fn bare(id: &str) -> &str {
    id.strip_prefix("/hostedzone/").unwrap_or(id)
}

/// The zone that `member` of the input names.
///
/// # Errors
/// `NoSuchHostedZone`.
pub fn find<'a>(state: &'a State, input: &Value, member: &str) -> Result<&'a HostedZone, Fault> {
    let id = bare(text(input, member).unwrap_or_default());
    state.zones.get(id).ok_or_else(|| error::no_zone(id))
}

/// As [`find`], to change it.
///
/// # Errors
/// `NoSuchHostedZone`, `PriorRequestNotComplete`.
pub fn to_change<'a>(call: &'a mut Call<'_>, id: &str) -> Result<&'a mut HostedZone, Fault> {
    let zone = call.region.route53.zones.get_mut(bare(id)).ok_or_else(|| error::no_zone(bare(id)))?;
    if call.now < zone.busy_until {
        return Err(error::busy());
    }
    Ok(zone)
}

/// Keeps further changes of the zone off for a while, where that is switched on.
pub fn changed(call: &mut Call<'_>, id: &str) {
    let until = call.now + call.region.route53.delays.zone_busy;
    if let Some(zone) = call.region.route53.zones.get_mut(bare(id)) {
        zone.busy_until = until;
    }
}

/// Region and id of the VPC in `VPC`, which must be one of the account's.
///
/// # Errors
/// `InvalidVPCId`, `InvalidInput` where a part is missing.
pub fn read_vpc(call: &Call<'_>, input: &Value) -> Result<(String, String), Fault> {
    let (Some(region), Some(id)) = (text(&input["VPC"], "VPCRegion"), text(&input["VPC"], "VPCId")) else {
        return Err(error::input("VPCRegion and VPCId must both be given for a VPC"));
    };
    if !regions(call).any(|r| r.name == region && r.ec2.vpcs.contains_key(id)) {
        let message = format!("The VPC: {id} in region {region} does not exist or is another account's");
        return Err(Fault::bad("InvalidVPCId", message));
    }
    Ok((region.to_owned(), id.to_owned()))
}

/// The account's regions, the caller's first.
fn regions<'a>(call: &'a Call<'_>) -> impl Iterator<Item = &'a Region> {
    std::iter::once(&*call.region).chain(call.others.iter().map(|other| &**other))
}

/// Names of the account's private zones that a VPC of a region sees, normal. Calls of any service
/// may ask: the zones are found wherever they are kept.
pub fn names_in_vpc(call: &Call<'_>, region: &str, vpc: &str) -> BTreeSet<String> {
    let vpc = (region.to_owned(), vpc.to_owned());
    let zones = regions(call).flat_map(|region| region.route53.zones.values());
    zones.filter(|zone| zone.vpcs.contains(&vpc)).map(|zone| zone.name.clone()).collect()
}

/// Whether the VPC sees a zone of that name already: a private one (kubernetes cluster-api), or the
/// hidden one of an endpoint with private DNS (terraform-provider-aws 37783, with the same words).
///
/// # Errors
/// `ConflictingDomainExists`.
pub fn no_conflict(call: &Call<'_>, zone_name: &str, vpc: &(String, String)) -> Result<(), Fault> {
    let zones = call.region.route53.zones.values();
    let mut twins = zones.filter(|zone| zone.name == zone_name && zone.vpcs.contains(vpc));
    let hidden = || {
        let region = regions(call).find(|region| region.name == vpc.0)?;
        let mut names = vpc_endpoint::private_names(region, &vpc.1).into_iter();
        names.find(|(hidden, _)| name::normal(hidden).is_ok_and(|hidden| hidden == zone_name))
    };
    let twin = twins.next().map(|zone| zone.id.clone()).or_else(|| hidden().map(|(_, zone)| zone));
    let Some(twin) = twin else { return Ok(()) };
    let message = format!(
        "The VPC {} in region {} has already been associated with the hosted zone {twin} with the same domain name.",
        vpc.1, vpc.0
    );
    Err(Fault::bad("ConflictingDomainExists", message))
}

/// CreateHostedZone: private if it names a VPC. A caller reference is good for one zone.
pub fn create(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    if let Some(id) = text(input, "DelegationSetId") {
        return Err(error::no_delegation_set(id));
    }
    let config = &input["HostedZoneConfig"];
    let vpc = if input["VPC"].is_null() { None } else { Some(read_vpc(call, input)?) };
    if flag(config, "PrivateZone") == Some(true) && vpc.is_none() {
        return Err(error::input("A private hosted zone must be given a VPC"));
    }
    let given = text(input, "Name").unwrap_or_default();
    let zone_name = zone_name(given, vpc.is_none())?;
    let reference = text(input, "CallerReference").unwrap_or_default();
    let state = &call.region.route53;
    if state.zones.values().any(|zone| zone.caller_reference == reference) {
        let message = "A hosted zone has already been created with the specified caller reference.";
        return Err(Fault::new(409, "HostedZoneAlreadyExists", message));
    }
    if let Some(vpc) = &vpc {
        no_conflict(call, &zone_name, vpc)?;
    }
    let most = call.options.quotas.get(Quota::HostedZones);
    if state.zones.len() >= most {
        let message = format!("Limits Exceeded: MAX_HOSTED_ZONES_BY_OWNER - Cannot create more than {most}");
        return Err(Fault::bad("TooManyHostedZones", message));
    }
    let info = change::submit(call, None);
    let mut zone = HostedZone {
        id: format!("Z0{}", call.ids.alphanumeric(19).to_uppercase()),
        name: zone_name,
        caller_reference: reference.to_owned(),
        comment: text(config, "Comment").map(str::to_owned),
        name_servers: name_servers(call.ids, vpc.is_some()),
        vpcs: vpc.into_iter().collect(),
        records: BTreeMap::new(),
        busy_until: SimTime(0),
        tags: Tags::new(),
    };
    for set in first_records(&zone, call.now + call.region.route53.delays.propagation) {
        zone.records.insert(set.key(), set);
    }
    let mut output = json!({
        "HostedZone": render(&zone),
        "ChangeInfo": info,
        "Location": format!("https://route53.amazonaws.com/2013-04-01/hostedzone/{}", zone.id),
    });
    match zone.vpcs.first() {
        Some((region, id)) => output["VPC"] = json!({"VPCRegion": region, "VPCId": id}),
        None => output["DelegationSet"] = json!({"NameServers": zone.name_servers}),
    }
    call.region.route53.zones.insert(zone.id.clone(), zone);
    Ok(output)
}

/// A zone's name. A public one may not be a top-level domain (BC, CreateHostedZone), nor lie in what
/// AWS reserves (reports of `example.com is reserved by AWS!`, for names below it too).
fn zone_name(given: &str, public: bool) -> Result<String, Fault> {
    const RESERVED: [&str; 4] = ["example.com.", "example.net.", "example.org.", "amazonaws.com."];
    let invalid = |message| Fault::bad("InvalidDomainName", message);
    let zone_name = name::normal(given).map_err(invalid)?;
    if public && zone_name.matches('.').count() == 1 {
        return Err(invalid(format!("{given} is a top-level domain")));
    }
    if public && RESERVED.iter().any(|reserved| name::within(&zone_name, reserved)) {
        return Err(invalid(format!("{} is reserved by AWS!", zone_name.trim_end_matches('.'))));
    }
    Ok(zone_name)
}

/// Four servers below four top-level domains; a private zone's are always the first of each.
fn name_servers(ids: &mut Ids, private: bool) -> Vec<String> {
    let server = |(i, tld): (usize, &str)| {
        let drawn = u64::from_str_radix(&ids.hex16(), 16).unwrap_or_default();
        let number = if private { 0 } else { drawn % 512 } + 512 * i as u64;
        format!("ns-{number}.awsdns-{:02}.{tld}", number / 8 % 64)
    };
    ["com", "net", "org", "co.uk"].into_iter().enumerate().map(server).collect()
}

/// NS and SOA, which every zone has at its apex (DG, "NS and SOA records").
fn first_records(zone: &HostedZone, in_sync: SimTime) -> [RecordSet; 2] {
    let servers: Vec<String> = zone.name_servers.iter().map(|server| format!("{server}.")).collect();
    let first = servers.first().cloned().unwrap_or_default();
    let soa = format!("{first} awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400");
    let set = |kind: &str, ttl, values| RecordSet {
        name: zone.name.clone(),
        kind: kind.to_owned(),
        set_identifier: None,
        routing: Routing::Simple,
        ttl: Some(ttl),
        values,
        alias: None,
        health_check: None,
        in_sync,
    };
    [set("NS", 172_800, servers), set("SOA", 900, vec![soa])]
}

/// A zone as answers have it.
pub fn render(zone: &HostedZone) -> Value {
    let mut config = json!({"PrivateZone": zone.private()});
    if let Some(comment) = &zone.comment {
        config["Comment"] = json!(comment);
    }
    json!({
        "Id": format!("/hostedzone/{}", zone.id),
        "Name": zone.name,
        "CallerReference": zone.caller_reference,
        "Config": config,
        "ResourceRecordSetCount": zone.records.len(),
    })
}

/// GetHostedZone: a public zone with its name servers, a private one with its VPCs.
pub fn get(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let zone = find(&call.region.route53, input, "Id")?;
    let mut output = json!({"HostedZone": render(zone)});
    if zone.private() {
        let vpcs: Vec<Value> =
            zone.vpcs.iter().map(|(region, id)| json!({"VPCRegion": region, "VPCId": id})).collect();
        output["VPCs"] = json!(vpcs);
    } else {
        output["DelegationSet"] = json!({"NameServers": zone.name_servers});
    }
    Ok(output)
}

/// DeleteHostedZone: only with nothing but its own NS and SOA in it (gruntwork-io/cloud-nuke#704).
pub fn delete(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let zone = to_change(call, text(input, "Id").unwrap_or_default())?;
    let own = |set: &RecordSet| set.name == zone.name && matches!(set.kind.as_str(), "NS" | "SOA");
    if !zone.records.values().all(own) {
        let message =
            "The specified hosted zone contains non-required resource record sets and so cannot be deleted.";
        return Err(Fault::bad("HostedZoneNotEmpty", message));
    }
    let id = zone.id.clone();
    call.region.route53.zones.remove(&id);
    Ok(json!({"ChangeInfo": change::submit(call, None)}))
}

/// UpdateHostedZoneComment: without a comment it is removed (BC).
pub fn update_comment(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let zone = to_change(call, text(input, "Id").unwrap_or_default())?;
    zone.comment = text(input, "Comment").map(str::to_owned);
    let (id, output) = (zone.id.clone(), json!({"HostedZone": render(zone)}));
    changed(call, &id);
    Ok(output)
}

/// GetHostedZoneCount.
pub fn count(call: &mut Call<'_>, _input: &Value) -> Result<Value, Fault> {
    Ok(json!({"HostedZoneCount": call.region.route53.zones.len()}))
}

/// From when on all the world sees a CNAME record of this name with this value, in the account's
/// public zones; `None` if it is not there. Name and value are normal.
pub fn cname_since(state: &State, cname: &str, value: &str) -> Option<SimTime> {
    let public = state.zones.values().filter(|zone| !zone.private() && name::within(cname, &zone.name));
    let sets = public.filter_map(|zone| zone.records.get(&record::key(cname, "CNAME", "")));
    let is = |set: &&RecordSet| set.values.iter().any(|v| name::normal(v).is_ok_and(|v| v == value));
    sets.filter(is).map(|set| set.in_sync).min()
}
