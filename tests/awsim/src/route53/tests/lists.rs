use serde_json::{Value, json};

use super::{change, labels, private, set, with, zone};
use crate::seed;
use crate::testing::Sim;

fn lab() -> (Sim, String) {
    let sim = Sim::new();
    let id = zone(&sim, "lab.net");
    let mut changes: Vec<(&str, Value)> = ["b.lab.net", "a.b.lab.net", "b-c.lab.net", "a.lab.net"]
        .iter()
        .map(|name| ("CREATE", set(name, "A", &["10.0.0.1"])))
        .collect();
    changes.push(("CREATE", set("a.lab.net", "TXT", &["\"x\""])));
    for identifier in ["2", "1"] {
        let weighted =
            with(set("w.lab.net", "A", &["10.0.0.1"]), &json!({"SetIdentifier": identifier, "Weight": 1}));
        changes.push(("CREATE", weighted));
    }
    change(&sim, &id, &changes);
    (sim, id)
}

/// BC, ListResourceRecordSets: by reversed labels, and `-` sorts before `.`.
#[test]
fn record_sets_are_in_the_order_of_their_reversed_names() {
    let (sim, id) = lab();
    let listed = sim.dns("ListResourceRecordSets", json!({"HostedZoneId": id}));
    assert_eq!(
        labels(&listed),
        [
            "lab.net. NS",
            "lab.net. SOA",
            "a.lab.net. A",
            "a.lab.net. TXT",
            "b-c.lab.net. A",
            "b.lab.net. A",
            "a.b.lab.net. A",
            "w.lab.net. A 1",
            "w.lab.net. A 2",
        ]
    );
    assert_eq!((&listed["IsTruncated"], &listed["MaxItems"]), (&json!(false), &json!("300")));
}

/// BC, ListResourceRecordSets: NextRecordName, NextRecordType, NextRecordIdentifier.
#[test]
fn pages_of_record_sets_begin_with_the_set_that_the_last_one_named() {
    let (sim, id) = lab();
    let whole = labels(&sim.dns("ListResourceRecordSets", json!({"HostedZoneId": id})));
    let mut input = json!({"HostedZoneId": id, "MaxItems": "1"});
    let mut seen = Vec::new();
    loop {
        let page = sim.dns("ListResourceRecordSets", input.clone());
        seen.extend(labels(&page));
        if page["IsTruncated"] == false {
            break;
        }
        for (start, next) in [
            ("StartRecordName", "NextRecordName"),
            ("StartRecordType", "NextRecordType"),
            ("StartRecordIdentifier", "NextRecordIdentifier"),
        ] {
            input[start] = page[next].clone();
        }
    }
    assert_eq!(seen, whole);
    // A name that is not there: what comes after it.
    let from = json!({"HostedZoneId": id, "StartRecordName": "c.lab.net"});
    assert_eq!(labels(&sim.dns("ListResourceRecordSets", from)), ["w.lab.net. A 1", "w.lab.net. A 2"]);
}

/// BC, ListResourceRecordSets.
#[test]
fn a_type_needs_a_name_and_an_identifier_a_type() {
    let (sim, id) = lab();
    for more in [
        json!({"StartRecordType": "A"}),
        json!({"StartRecordName": "a.lab.net", "StartRecordIdentifier": "1"}),
        json!({"MaxItems": "0"}),
        json!({"MaxItems": "many"}),
        json!({"StartRecordName": "a..net"}),
    ] {
        let input = with(json!({"HostedZoneId": id}), &more);
        assert_eq!(sim.dns_code("ListResourceRecordSets", input), "InvalidInput", "{more}");
    }
}

fn names(listed: &Value) -> Vec<String> {
    let zones = listed["HostedZones"].as_array().unwrap();
    zones.iter().map(|zone| zone["Name"].as_str().unwrap().to_owned()).collect()
}

/// BC, ListHostedZones: Marker and NextMarker.
#[test]
fn zones_are_listed_from_a_marker_on() {
    let sim = Sim::new();
    let mut ids: Vec<String> = ["a.net", "b.net", "c.net"].iter().map(|name| zone(&sim, name)).collect();
    ids.sort();
    let first = sim.dns("ListHostedZones", json!({"MaxItems": "2"}));
    assert_eq!((&first["IsTruncated"], &first["NextMarker"]), (&json!(true), &json!(ids[2])));
    let second = sim.dns("ListHostedZones", json!({"MaxItems": "2", "Marker": ids[2]}));
    assert_eq!((names(&second).len(), &second["IsTruncated"]), (1, &json!(false)));
    sim.dns("CreateHostedZone", private("d.internal", "d", seed::REGION, seed::VPC));
    let only = sim.dns("ListHostedZones", json!({"HostedZoneType": "PrivateHostedZone"}));
    assert_eq!(names(&only), ["d.internal."]);
}

/// BC, ListHostedZonesByName.
#[test]
fn zones_by_name_are_in_the_order_of_their_reversed_names() {
    let sim = Sim::new();
    for name in ["b.net", "x.a.net", "a.net", "a.org"] {
        zone(&sim, name);
    }
    let whole = sim.dns("ListHostedZonesByName", json!({}));
    assert_eq!(names(&whole), ["a.net.", "x.a.net.", "b.net.", "a.org."]);
    let first = sim.dns("ListHostedZonesByName", json!({"MaxItems": "1", "DNSName": "b.net"}));
    assert_eq!((names(&first), &first["DNSName"]), (vec!["b.net.".to_owned()], &json!("b.net")));
    assert_eq!(first["NextDNSName"], "a.org.");
    let next = json!({"DNSName": first["NextDNSName"], "HostedZoneId": first["NextHostedZoneId"]});
    assert_eq!(names(&sim.dns("ListHostedZonesByName", next)), ["a.org."]);
    assert_eq!(sim.dns_code("ListHostedZonesByName", json!({"HostedZoneId": "Z1"})), "InvalidInput");
    assert_eq!(sim.dns_code("ListHostedZonesByName", json!({"DNSName": "a..b"})), "InvalidDomainName");
}
