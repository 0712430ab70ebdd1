//! VPC links: how API Gateway reaches load balancers in a VPC. One holds a network interface in each
//! of its subnets, takes minutes to come and to go, and cannot be changed but for its name.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::api::seconds;
use super::error::{bad, length, not_found, read};
use super::{list, tags};
use crate::clock::SimTime;
use crate::ec2::{self, NewInterface, network_interface};
use crate::fault::Fault;
use crate::ids::Ids;
use crate::input::text;
use crate::quota::{Quota, Quotas};
use crate::world::{Call, Region, Tags};

/// Zones that VPC links do not reach, by id (amplify 8224, cdk 12083, cdk 13569).
const UNSUPPORTED_ZONES: [&str; 3] = ["use1-az3", "euw3-az2", "ape1-az1"];

/// One VPC link, as the operations answer it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct VpcLink {
    /// Six letters and digits.
    pub vpc_link_id: String,
    /// Any text; not unique.
    pub name: String,
    /// As given; cannot be changed.
    pub subnet_ids: Vec<String>,
    /// As given; cannot be changed. Empty takes the VPC's default group.
    pub security_group_ids: Vec<String>,
    /// Where it is in its life.
    pub vpc_link_status: Status,
    /// The same in words.
    pub vpc_link_status_message: String,
    /// `V2`
    pub vpc_link_version: String,
    /// When it was made.
    #[serde(serialize_with = "seconds")]
    pub created_date: SimTime,
    /// Tags by key.
    pub tags: Tags,
    /// The groups that its interfaces carry.
    #[serde(skip)]
    pub groups: Vec<String>,
    /// When PENDING or DELETING ends.
    #[serde(skip)]
    pub changes_at: SimTime,
    /// When it last carried a request.
    #[serde(skip)]
    pub used_at: SimTime,
    /// Why it will be FAILED and not AVAILABLE.
    #[serde(skip)]
    pub failure: Option<String>,
}

/// `VpcLinkStatus`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Status {
    /// Interfaces are being made.
    Pending,
    /// Carries requests.
    Available,
    /// Interfaces are being removed.
    Deleting,
    /// Interfaces could not be made.
    Failed,
    /// No traffic for 60 days: interfaces are gone until the next request (AGD).
    Inactive,
}

impl VpcLink {
    fn turn(&mut self, status: Status, message: &str) {
        self.vpc_link_status = status;
        message.clone_into(&mut self.vpc_link_status_message);
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    name: Option<String>,
    #[serde(default)]
    subnet_ids: Vec<String>,
    #[serde(default)]
    security_group_ids: Vec<String>,
    #[serde(default)]
    tags: Tags,
}

/// CreateVpcLink.
pub fn create(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let input: Input = read(input)?;
    length("Name", input.name.as_deref(), 1..=128)?;
    tags::check(&input.tags, &call.options.quotas)?;
    let groups = placement(&call.region.ec2, &input, &call.options.quotas)?;
    let most = call.options.quotas.get(Quota::VpcLinks);
    // Deleting ones count.
    if call.region.apigatewayv2.vpc_links.len() >= most {
        // A bad request, and no quota by its code (TF 40500).
        let message = format!("There are too many Vpc Links defined for this account. Limit is {most}.");
        return Err(bad(message));
    }
    let mut link = VpcLink {
        vpc_link_id: call.ids.alphanumeric(6),
        name: input.name.unwrap_or_default(),
        subnet_ids: input.subnet_ids,
        security_group_ids: input.security_group_ids,
        vpc_link_status: Status::Pending,
        vpc_link_status_message: "VPC link is provisioning ENIs".to_owned(),
        vpc_link_version: "V2".to_owned(),
        created_date: call.now,
        tags: input.tags,
        groups,
        changes_at: call.now + call.region.apigatewayv2.delays.vpc_link_pending,
        used_at: call.now,
        failure: None,
    };
    link.failure =
        attach(&mut call.region.ec2, call.ids, &link, &call.options.quotas).err().map(|fault| fault.message);
    let reply = json!(link);
    call.region.apigatewayv2.vpc_links.insert(link.vpc_link_id.clone(), link);
    Ok(reply)
}

/// Checks where the link shall be and says which groups its interfaces carry.
fn placement(ec2: &ec2::State, input: &Input, quotas: &Quotas) -> Result<Vec<String>, Fault> {
    let most = quotas.get(Quota::SubnetsPerVpcLink);
    if !(1..=most).contains(&input.subnet_ids.len()) {
        return Err(bad(format!("SubnetIds must name 1 to {most} subnets")));
    }
    let mut vpcs = BTreeSet::new();
    for id in &input.subnet_ids {
        let Some(subnet) = ec2.subnets.get(id) else {
            return Err(bad(format!("The subnet ID '{id}' does not exist")));
        };
        if UNSUPPORTED_ZONES.contains(&subnet.zone_id.as_str()) {
            return Err(bad(format!(
                "Subnet '{id}' is in Availability Zone '{}' where service is not available",
                subnet.zone_id
            )));
        }
        vpcs.insert(subnet.vpc.as_str());
    }
    for id in &input.security_group_ids {
        let Some(group) = ec2.security_groups.get(id) else {
            return Err(bad(format!("The security group '{id}' does not exist")));
        };
        vpcs.insert(group.vpc.as_str());
    }
    if vpcs.len() > 1 {
        return Err(bad("Subnets and security groups must all belong to one VPC"));
    }
    let most = quotas.get(Quota::GroupsPerInterface);
    if input.security_group_ids.len() > most {
        return Err(bad(format!("At most {most} security groups may be given")));
    }
    if !input.security_group_ids.is_empty() {
        return Ok(input.security_group_ids.clone());
    }
    let default = ec2.security_groups.values().find(|g| g.name == "default" && vpcs.contains(g.vpc.as_str()));
    Ok(default.map(|g| g.id.clone()).into_iter().collect())
}

/// Places an interface in each subnet, all or none. Owner and tags are those that API Gateway's
/// service-linked role may set.
fn attach(ec2: &mut ec2::State, ids: &mut Ids, link: &VpcLink, quotas: &Quotas) -> Result<(), Fault> {
    let mut made: Vec<String> = Vec::new();
    for subnet in &link.subnet_ids {
        let id = &link.vpc_link_id;
        let spec = NewInterface {
            subnet: subnet.clone(),
            groups: link.groups.clone(),
            description: format!("VPC Link Interface {id}"),
            interface_type: "api_gateway_managed".to_owned(),
            requester: "amazon-apigateway".to_owned(),
            owner: owner(id),
            ip: None,
            tags: [("Owner".to_owned(), "APIGateway".to_owned()), ("VpcLinkId".to_owned(), id.clone())]
                .into(),
        };
        match network_interface::attach(ec2, ids, spec, quotas) {
            Ok(eni) => made.push(eni),
            Err(fault) => {
                for eni in &made {
                    ec2.network_interfaces.remove(eni);
                }
                return Err(fault);
            }
        }
    }
    Ok(())
}

/// By what name a link owns its interfaces.
pub fn owner(link: &str) -> String {
    format!("vpclink/{link}")
}

fn release(ec2: &mut ec2::State, link: &str, gone_at: SimTime) {
    let owner = owner(link);
    let enis: Vec<String> = network_interface::of_owner(ec2, &owner).map(|e| e.id.clone()).collect();
    for eni in enis {
        network_interface::release(ec2, &eni, gone_at);
    }
}

/// Ends what is due: PENDING, DELETING, and AVAILABLE for want of traffic.
pub fn settle(region: &mut Region, now: SimTime) {
    let state = &mut region.apigatewayv2;
    let delays = &state.delays;
    let ec2 = &mut region.ec2;
    state.vpc_links.retain(|id, link| {
        let due = link.changes_at <= now;
        if due && link.vpc_link_status == Status::Pending {
            match link.failure.clone() {
                Some(why) => link.turn(Status::Failed, &why),
                None => link.turn(Status::Available, "VPC link is ready to route traffic"),
            }
        }
        let idle_at = link.used_at.max(link.changes_at) + delays.vpc_link_idle;
        if idle_at <= now && link.vpc_link_status == Status::Available {
            link.turn(Status::Inactive, "VPC link is inactive because it carried no traffic for 60 days");
            release(ec2, id, idle_at + delays.interfaces_linger);
        }
        let gone = due && link.vpc_link_status == Status::Deleting;
        if gone {
            release(ec2, id, link.changes_at + delays.interfaces_linger);
        }
        !gone
    });
}

/// A request comes for this link. Keeps it awake; one that is asleep starts to wake up.
pub fn used(call: &mut Call<'_>, id: &str) {
    let Some(link) = call.region.apigatewayv2.vpc_links.get_mut(id) else { return };
    link.used_at = call.now;
    if link.vpc_link_status == Status::Inactive {
        link.turn(Status::Pending, "VPC link is provisioning ENIs");
        link.changes_at = call.now + call.region.apigatewayv2.delays.vpc_link_pending;
        let made = attach(&mut call.region.ec2, call.ids, link, &call.options.quotas);
        link.failure = made.err().map(|fault| fault.message);
    }
}

fn find<'a>(region: &'a mut Region, input: &Value) -> Result<&'a mut VpcLink, Fault> {
    let id = text(input, "VpcLinkId").unwrap_or_default();
    region.apigatewayv2.vpc_links.get_mut(id).ok_or_else(|| not_found("VpcLink", id))
}

/// GetVpcLink.
pub fn get(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    Ok(json!(find(call.region, input)?))
}

/// GetVpcLinks.
pub fn list(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    list::page(input, call.region.apigatewayv2.vpc_links.iter().map(|(id, link)| (id, json!(link))))
}

/// UpdateVpcLink: the name, nothing else can be changed (BC).
pub fn update(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    length("Name", text(input, "Name"), 1..=128)?;
    let link = find(call.region, input)?;
    if let Some(name) = text(input, "Name") {
        name.clone_into(&mut link.name);
    }
    Ok(json!(link))
}

/// DeleteVpcLink: DELETING for a while, then gone; its interfaces linger.
pub fn delete(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let id = find(call.region, input)?.vpc_link_id.clone();
    let users = references(call.region, &id);
    if !users.is_empty() {
        return Err(bad(format!(
            "Cannot delete vpc link. Vpc link '{id}', is referenced in [{}] in format of [ApiId:IntegrationId].",
            users.into_iter().collect::<Vec<_>>().join(", ")
        )));
    }
    let until = call.now + call.region.apigatewayv2.delays.vpc_link_deleting;
    let link = find(call.region, input)?;
    if link.vpc_link_status != Status::Deleting {
        link.turn(Status::Deleting, "VPC link is deleting ENIs");
        link.changes_at = until;
    }
    Ok(json!({}))
}

/// The integrations that use a link: those that exist and those that a stage still serves.
fn references(region: &Region, link: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (api_id, api) in &region.apigatewayv2.apis {
        let served =
            api.stages.values().filter_map(|s| s.live.as_ref()).flat_map(|s| s.integrations.values());
        for integration in api.integrations.values().chain(served) {
            if integration.connection_id.as_deref() == Some(link) {
                found.insert(format!("{api_id}:{}", integration.integration_id));
            }
        }
    }
    found
}
