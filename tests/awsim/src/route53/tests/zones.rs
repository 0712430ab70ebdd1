use serde_json::json;

use super::{change, private, set, zone};
use crate::route53::Delays;
use crate::seed;
use crate::testing::{Sim, length, string};

/// DG, "NS and SOA records that Amazon Route 53 creates for a public hosted zone".
#[test]
fn a_public_zone_has_four_name_servers_and_its_ns_and_soa() {
    let sim = Sim::new();
    let input = json!({"Name": "Lab.NET", "CallerReference": "r", "HostedZoneConfig": {"Comment": "mine"}});
    let made = sim.dns("CreateHostedZone", input);
    let id = string(&made, "/HostedZone/Id");
    assert!(id.starts_with("/hostedzone/Z0"), "{id}");
    assert_eq!(made["HostedZone"]["Name"], "lab.net.");
    assert_eq!(made["HostedZone"]["Config"], json!({"Comment": "mine", "PrivateZone": false}));
    assert_eq!(made["HostedZone"]["ResourceRecordSetCount"], 2);
    assert_eq!(length(&made, "/DelegationSet/NameServers"), 4);
    assert_eq!(made["Location"], format!("https://route53.amazonaws.com/2013-04-01{id}"));
    // DG, "NS and SOA records": 172800 s and 900 s.
    let listed = sim.dns("ListResourceRecordSets", json!({"HostedZoneId": id}));
    let [ns, soa] = listed["ResourceRecordSets"].as_array().unwrap().as_slice() else { panic!("{listed}") };
    assert_eq!((&ns["Type"], &ns["TTL"], length(ns, "/ResourceRecords")), (&json!("NS"), &json!(172_800), 4));
    assert!(string(soa, "/ResourceRecords/0/Value").ends_with(" 1 7200 900 1209600 86400"));
    assert_eq!(sim.dns("GetHostedZoneCount", json!({})), json!({"HostedZoneCount": 1}));
}

/// BC, HostedZoneAlreadyExists.
#[test]
fn a_caller_reference_is_good_for_one_zone() {
    let sim = Sim::new();
    zone(&sim, "lab.net");
    let again = json!({"Name": "other.net", "CallerReference": "lab.net"});
    let fault = sim.try_dns("CreateHostedZone", again).unwrap_err();
    assert_eq!((fault.status, fault.code.as_str()), (409, "HostedZoneAlreadyExists"));
    assert_eq!(fault.message, "A hosted zone has already been created with the specified caller reference.");
    // A public zone's name may be used again, with another reference and other servers (BC).
    sim.dns("CreateHostedZone", json!({"Name": "lab.net", "CallerReference": "second"}));
}

/// Reports of `InvalidDomainName: tap-stack.example.com is reserved by AWS!`; BC on top-level domains.
#[test]
fn reserved_and_top_level_names_and_what_is_no_name_are_refused() {
    let sim = Sim::new();
    let said = |name: &str| {
        let input = json!({"Name": name, "CallerReference": "r"});
        let fault = sim.try_dns("CreateHostedZone", input).unwrap_err();
        assert_eq!(fault.code, "InvalidDomainName");
        fault.message
    };
    assert_eq!(said("a.example.com"), "a.example.com is reserved by AWS!");
    assert!(said("com").contains("top-level"));
    assert!(said("a..net").contains("DomainLabelEmpty"));
    let made = private("example.com", "p", seed::REGION, seed::VPC);
    sim.dns("CreateHostedZone", made);
    sim.dns("CreateHostedZone", private("internal", "q", seed::REGION, seed::VPC));
}

/// gruntwork-io/cloud-nuke#704.
#[test]
fn a_zone_with_records_of_others_is_not_deleted() {
    let sim = Sim::new();
    let id = zone(&sim, "lab.net");
    change(&sim, &id, &[("CREATE", set("a.lab.net", "A", &["10.0.0.1"]))]);
    let fault = sim.try_dns("DeleteHostedZone", json!({"Id": id})).unwrap_err();
    assert_eq!((fault.status, fault.code.as_str()), (400, "HostedZoneNotEmpty"));
    change(&sim, &id, &[("DELETE", set("a.lab.net", "A", &["10.0.0.1"]))]);
    sim.dns("DeleteHostedZone", json!({"Id": id}));
    for operation in ["GetHostedZone", "DeleteHostedZone", "UpdateHostedZoneComment"] {
        let fault = sim.try_dns(operation, json!({"Id": id})).unwrap_err();
        assert_eq!((fault.status, fault.message), (404, format!("No hosted zone found with ID: {id}")));
    }
}

/// BC, UpdateHostedZoneComment.
#[test]
fn a_comment_is_changed_and_without_one_removed() {
    let sim = Sim::new();
    let id = zone(&sim, "lab.net");
    sim.dns("UpdateHostedZoneComment", json!({"Id": id, "Comment": "new"}));
    assert_eq!(sim.dns("GetHostedZone", json!({"Id": id}))["HostedZone"]["Config"]["Comment"], "new");
    sim.dns("UpdateHostedZoneComment", json!({"Id": id}));
    assert!(sim.dns("GetHostedZone", json!({"Id": id}))["HostedZone"]["Config"]["Comment"].is_null());
}

/// BC, GetChange and ChangeResourceRecordSets ("within 60 seconds").
#[test]
fn a_change_is_pending_for_a_minute_and_then_in_sync() {
    let sim = Sim::new();
    let id = zone(&sim, "lab.net");
    let mut input = super::batch(&id, &[("UPSERT", set("a.lab.net", "A", &["10.0.0.1"]))]);
    input["ChangeBatch"]["Comment"] = json!("why");
    let info = sim.dns("ChangeResourceRecordSets", input);
    let change = json!({"Id": string(&info, "/ChangeInfo/Id")});
    assert_eq!(info["ChangeInfo"]["Status"], "PENDING");
    assert_eq!(info["ChangeInfo"]["Comment"], "why");
    sim.advance(59);
    assert_eq!(sim.dns("GetChange", change.clone())["ChangeInfo"]["Status"], "PENDING");
    sim.advance(1);
    assert_eq!(sim.dns("GetChange", change)["ChangeInfo"]["Status"], "INSYNC");
    let fault = sim.try_dns("GetChange", json!({"Id": "C1"})).unwrap_err();
    assert_eq!((fault.status, fault.code.as_str()), (404, "NoSuchChange"));
}

/// DG, quotas; pcorliss/ruby_route_53#34. The other zone is not concerned.
#[test]
fn where_it_is_switched_on_a_busy_zone_refuses_other_changes() {
    let sim = Sim::new();
    let (id, other) = (zone(&sim, "lab.net"), zone(&sim, "other.net"));
    {
        let mut world = sim.world.lock().unwrap();
        let call = world.call(seed::ACCOUNT, crate::world::GLOBAL_REGION);
        call.region.route53.delays =
            Delays { zone_busy: std::time::Duration::from_secs(2), ..Delays::default() };
    }
    let one = |name: &str| [("UPSERT", set(name, "A", &["10.0.0.1"]))];
    change(&sim, &id, &one("a.lab.net"));
    let said = super::refused(&sim, &id, &one("b.lab.net"));
    assert_eq!(
        said,
        "PriorRequestNotComplete: The request was rejected because Route 53 was still processing a prior request."
    );
    assert_eq!(sim.dns_code("DeleteHostedZone", json!({"Id": id})), "PriorRequestNotComplete");
    assert_eq!(sim.dns_code("UpdateHostedZoneComment", json!({"Id": id})), "PriorRequestNotComplete");
    change(&sim, &other, &one("a.other.net"));
    sim.advance(2);
    change(&sim, &id, &one("b.lab.net"));
}

/// BC, NoSuchDelegationSet: none can be made here.
#[test]
fn a_reusable_delegation_set_does_not_exist() {
    let sim = Sim::new();
    let input = json!({"Name": "lab.net", "CallerReference": "r", "DelegationSetId": "N1"});
    assert_eq!(sim.dns_code("CreateHostedZone", input), "NoSuchDelegationSet");
    assert_eq!(sim.dns_code("ListHostedZones", json!({"DelegationSetId": "N1"})), "NoSuchDelegationSet");
}

/// DG, quotas: 500 zones an account.
#[test]
fn an_account_has_500_zones() {
    let sim = Sim::new();
    for i in 0..500 {
        zone(&sim, &format!("z{i}.net"));
    }
    let one_more = json!({"Name": "lab.net", "CallerReference": "r"});
    assert_eq!(sim.dns_code("CreateHostedZone", one_more), "TooManyHostedZones");
}

#[test]
fn the_whole_state_tells_the_records_of_each_zone() {
    let sim = Sim::new();
    let id = zone(&sim, "lab.net");
    let mut world = sim.world.lock().unwrap();
    let state = world.call(seed::ACCOUNT, crate::world::GLOBAL_REGION).region.route53.to_json();
    assert_eq!(length(&state["zones"][&id], "/records"), 2);
    assert_eq!(length(&state["zones"][&id], "/name_servers"), 4);
}
