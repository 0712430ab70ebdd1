//! Which VPCs see a private zone.

use serde_json::{Value, json};

use super::{change, error, zone};
use crate::fault::Fault;
use crate::input::text;
use crate::quota::Quota;
use crate::world::Call;

/// AssociateVPCWithHostedZone: never a public zone, never two zones of one name with one VPC.
pub fn associate(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let id = text(input, "HostedZoneId").unwrap_or_default();
    let (private, name, count) = {
        let zone = zone::to_change(call, id)?;
        (zone.private(), zone.name.clone(), zone.vpcs.len())
    };
    let vpc = zone::read_vpc(call, input)?;
    if !private {
        // crossplane-contrib/provider-upjet-aws#456
        let message = format!("Attempting to associate public zone: {} with vpc: {}", zone::bare(id), vpc.1);
        return Err(Fault::bad("PublicZoneVPCAssociation", message));
    }
    zone::no_conflict(call, &name, &vpc)?;
    let most = call.options.quotas.get(Quota::VpcsPerHostedZone);
    if count >= most {
        let message =
            format!("Limits Exceeded: MAX_VPCS_ASSOCIATED_BY_ZONE - Cannot associate more than {most}");
        return Err(Fault::bad("LimitsExceeded", message));
    }
    zone::to_change(call, id)?.vpcs.insert(vpc);
    zone::changed(call, id);
    Ok(json!({"ChangeInfo": change::submit(call, text(input, "Comment"))}))
}

/// DisassociateVPCFromHostedZone: the last VPC stays (BC, LastVPCAssociation).
pub fn disassociate(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let zone = zone::find(&call.region.route53, input, "HostedZoneId")?;
    let id = zone.id.clone();
    let (Some(region), Some(vpc)) = (text(&input["VPC"], "VPCRegion"), text(&input["VPC"], "VPCId")) else {
        return Err(error::input("VPCRegion and VPCId must both be given for a VPC"));
    };
    let vpc = (region.to_owned(), vpc.to_owned());
    if !zone.vpcs.contains(&vpc) {
        let message = format!("The VPC {} is not associated with the hosted zone {id}", vpc.1);
        return Err(Fault::new(404, "VPCAssociationNotFound", message));
    }
    if zone.vpcs.len() == 1 {
        let message = "Cannot remove last VPC association for the private zone";
        return Err(Fault::bad("LastVPCAssociation", message));
    }
    if let Some(zone) = call.region.route53.zones.get_mut(&id) {
        zone.vpcs.remove(&vpc);
    }
    Ok(json!({"ChangeInfo": change::submit(call, text(input, "Comment"))}))
}
