use serde_json::{Value, json};

use super::{change, refused, set, sets, with, zone};
use crate::seed;
use crate::testing::{Sim, string};

const APEX: [&str; 2] = ["lab.net. NS", "lab.net. SOA"];

fn lab() -> (Sim, String) {
    let sim = Sim::new();
    let id = zone(&sim, "lab.net");
    (sim, id)
}

fn a(name: &str) -> Value {
    set(name, "A", &["10.0.0.1"])
}

fn alias(name: &str, target: &str, zone: &str) -> Value {
    let target = json!({"DNSName": target, "HostedZoneId": zone, "EvaluateTargetHealth": false});
    json!({"Name": name, "Type": "A", "AliasTarget": target})
}

/// BC: "either makes all or none of the changes".
#[test]
fn a_batch_is_done_whole_or_not_at_all_and_every_reason_is_told() {
    let (sim, id) = lab();
    change(&sim, &id, &[("CREATE", a("a.lab.net"))]);
    let said = refused(
        &sim,
        &id,
        &[("CREATE", a("new.lab.net")), ("CREATE", a("a.lab.net")), ("DELETE", a("gone.lab.net"))],
    );
    assert_eq!(
        said,
        "InvalidChangeBatch: [Tried to create resource record set [name='a.lab.net.', type='A'] but it already \
         exists, Tried to delete resource record set [name='gone.lab.net.', type='A'] but it was not found]"
    );
    assert_eq!(sets(&sim, &id), ["lab.net. NS", "lab.net. SOA", "a.lab.net. A"]);
}

/// BC, Change$Action: CREATE, DELETE (all values), UPSERT.
#[test]
fn upsert_creates_and_replaces_and_delete_needs_all_values() {
    let (sim, id) = lab();
    change(&sim, &id, &[("UPSERT", a("a.lab.net"))]);
    change(&sim, &id, &[("UPSERT", set("A.lab.net.", "A", &["10.0.0.2", "10.0.0.3"]))]);
    let other_ttl = with(set("a.lab.net", "A", &["10.0.0.2", "10.0.0.3"]), &json!({"TTL": 61}));
    for wrong in [a("a.lab.net"), other_ttl] {
        assert_eq!(
            refused(&sim, &id, &[("DELETE", wrong)]),
            "InvalidChangeBatch: [Tried to delete resource record set [name='a.lab.net.', type='A'] but the values \
             provided do not match the current values]"
        );
    }
    change(&sim, &id, &[("DELETE", set("a.lab.net", "A", &["10.0.0.3", "10.0.0.2"]))]);
    assert_eq!(sets(&sim, &id), APEX);
}

/// BC: the same set twice, and a CNAME replaced within one batch.
#[test]
fn changes_are_done_in_their_order() {
    let (sim, id) = lab();
    let name = set("w.lab.net", "CNAME", &["a.other.net"]);
    change(&sim, &id, &[("CREATE", name.clone())]);
    // cookpad/roadworker#89: the CNAME is still there.
    let said = refused(&sim, &id, &[("CREATE", a("w.lab.net")), ("DELETE", name.clone())]);
    assert!(said.contains("a conflicting RRSet of type CNAME"), "{said}");
    let said = refused(&sim, &id, &[("DELETE", name.clone()), ("DELETE", name.clone())]);
    assert!(said.ends_with("but it was not found]"), "{said}");
    change(&sim, &id, &[("DELETE", name), ("CREATE", a("w.lab.net"))]);
    assert_eq!(sets(&sim, &id), ["lab.net. NS", "lab.net. SOA", "w.lab.net. A"]);
}

/// capitalone/Particle-Cloud-Framework#113, RJPearson94/terraform-aws-open-next#24.
#[test]
fn a_cname_stands_alone_and_not_at_the_apex() {
    let (sim, id) = lab();
    let cname = |name: &str| [("UPSERT", set(name, "CNAME", &["x.other.net"]))];
    assert_eq!(
        refused(&sim, &id, &cname("lab.net")),
        "InvalidChangeBatch: [RRSet of type CNAME with DNS name lab.net. is not permitted at apex in zone lab.net.]"
    );
    change(&sim, &id, &[("CREATE", a("a.lab.net"))]);
    assert_eq!(
        refused(&sim, &id, &cname("a.lab.net")),
        "InvalidChangeBatch: [RRSet of type CNAME with DNS name a.lab.net. is not permitted as it conflicts with \
         other records with the same DNS name in zone lab.net.]"
    );
    change(&sim, &id, &cname("c.lab.net"));
    assert_eq!(
        refused(&sim, &id, &[("CREATE", set("c.lab.net", "TXT", &["\"a\""]))]),
        "InvalidChangeBatch: [RRSet of type TXT with DNS name c.lab.net. is not permitted because a conflicting \
         RRSet of type CNAME with the same DNS name already exists in zone lab.net.]"
    );
    let two = set("d.lab.net", "CNAME", &["x.net", "y.net"]);
    assert!(refused(&sim, &id, &[("CREATE", two)]).contains("can only have one value"));
}

/// Reports of both messages, among them in the sources of cluster deletion tools.
#[test]
fn the_zones_own_ns_and_soa_are_changed_but_not_deleted() {
    let (sim, id) = lab();
    let listed = sim.dns("ListResourceRecordSets", json!({"HostedZoneId": id}))["ResourceRecordSets"].clone();
    let said = refused(&sim, &id, &[("DELETE", listed[0].clone()), ("DELETE", listed[1].clone())]);
    assert_eq!(
        said,
        "InvalidChangeBatch: [A HostedZone must contain at least one NS record for the zone itself., A HostedZone \
         must contain exactly one SOA record.]"
    );
    change(&sim, &id, &[("UPSERT", set("lab.net", "NS", &["ns1.other.net."]))]);
    let soa = set("a.lab.net", "SOA", &["ns.a.net. b.a.net. 1 7200 900 1209600 86400"]);
    assert!(refused(&sim, &id, &[("CREATE", soa)]).contains("only permitted at apex"));
}

/// BC, ChangeResourceRecordSets: InvalidChangeBatch; words as in gomodules/dns#7.
#[test]
fn names_outside_of_the_zone_and_values_that_do_not_fit_are_refused() {
    let (sim, id) = lab();
    assert_eq!(
        refused(&sim, &id, &[("CREATE", a("a.net"))]),
        "InvalidChangeBatch: [RRSet with DNS name a.net. is not permitted in zone lab.net.]"
    );
    assert_eq!(
        refused(&sim, &id, &[("CREATE", set("a.lab.net", "A", &["ten"]))]),
        "InvalidChangeBatch: [Invalid Resource Record: 'FATAL problem: ARRDATAIllegalIPv4Address (Value is not a \
         valid IPv4 address) encountered with 'ten'']"
    );
    let label = "x".repeat(64);
    assert_eq!(
        refused(&sim, &id, &[("CREATE", a(&format!("{label}.lab.net")))]),
        format!(
            "InvalidChangeBatch: [FATAL problem: DomainLabelTooLong (Domain label is too long) encountered with '{label}']"
        )
    );
    let twice = set("a.lab.net", "A", &["10.0.0.1", "10.0.0.1"]);
    assert!(refused(&sim, &id, &[("CREATE", twice)]).contains("Duplicate Resource Record: '10.0.0.1'"));
    change(&sim, &id, &[("CREATE", a("*.lab.net"))]);
    assert_eq!(sets(&sim, &id)[2], "\\052.lab.net. A");
}

/// ministryofjustice/modernisation-platform#10072 and others.
#[test]
fn parts_of_a_set_that_do_not_go_together_are_invalid_input() {
    let (sim, id) = lab();
    let place = "Change with [Action=CREATE, Name=a.lab.net, Type=A, SetIdentifier=null]";
    let expected = "InvalidInput: Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and \
                    ResourceRecords], or TrafficPolicyInstanceId], but found";
    let no_ttl = json!({"Name": "a.lab.net", "Type": "A", "ResourceRecords": [{"Value": "10.0.0.1"}]});
    assert_eq!(refused(&sim, &id, &[("CREATE", no_ttl)]), format!("{expected} none in {place}"));
    let both = with(alias("a.lab.net", "b.lab.net", &id), &json!({"TTL": 60}));
    assert_eq!(refused(&sim, &id, &[("CREATE", both)]), format!("{expected} more than one in {place}"));
    let weight = with(a("a.lab.net"), &json!({"Weight": 1}));
    assert_eq!(
        refused(&sim, &id, &[("CREATE", weight)]),
        format!("InvalidInput: Invalid request: Missing field 'SetIdentifier' in {place}")
    );
    for more in [
        json!({"SetIdentifier": "x"}),
        json!({"SetIdentifier": "x", "Weight": 1, "Failover": "PRIMARY"}),
        json!({"SetIdentifier": "x", "Weight": 1, "ResourceRecords": [{"Value": "10.0.0.1"}, {"Value": "10.0.0.2"}]}),
    ] {
        let said = refused(&sim, &id, &[("CREATE", with(a("a.lab.net"), &more))]);
        assert!(said.starts_with("InvalidInput: Invalid request: "), "{said}");
    }
    let geo = with(a("a.lab.net"), &json!({"SetIdentifier": "x", "GeoLocation": {"CountryCode": "*"}}));
    assert!(refused(&sim, &id, &[("CREATE", geo)]).contains("GeoLocation is not simulated"));
}

/// kubernetes-sigs/external-dns#3141, barnybug/cli53#257.
#[test]
fn sets_of_one_name_and_type_are_picked_in_one_way() {
    let (sim, id) = lab();
    let way = |identifier: &str, more: Value| {
        [("CREATE", with(with(a("a.lab.net"), &json!({"SetIdentifier": identifier})), &more))]
    };
    change(&sim, &id, &way("one", json!({"Weight": 1})));
    change(&sim, &id, &way("two", json!({"Weight": 0})));
    let cannot = "InvalidChangeBatch: [RRSet with DNS name a.lab.net., type A";
    assert_eq!(
        refused(&sim, &id, &[("CREATE", a("a.lab.net"))]),
        format!("{cannot} cannot be created as other RRSets exist with the same name and type.]")
    );
    assert_eq!(
        refused(&sim, &id, &way("three", json!({"Failover": "PRIMARY"}))),
        format!(
            "{cannot}, SetIdentifier three cannot be created as a non-failover set exists with the same name and type.]"
        )
    );
    assert_eq!(
        refused(&sim, &id, &way("three", json!({"Weight": 1, "TTL": 61}))),
        format!(
            "{cannot}, SetIdentifier three cannot be created as weighted sets must contain the same TTL.]"
        )
    );
    assert_eq!(
        refused(&sim, &id, &way("one", json!({"Weight": 1}))),
        "InvalidChangeBatch: [Tried to create resource record set [name='a.lab.net.', type='A', set \
         identifier='one'] but it already exists]"
    );
    assert_eq!(sets(&sim, &id)[2..], ["a.lab.net. A one", "a.lab.net. A two"]);
}

/// BC, ResourceRecordSet: one PRIMARY and one SECONDARY, one set a region; any number of multivalues.
#[test]
fn failover_and_latency_have_one_set_of_a_kind_and_multivalue_many() {
    let (sim, id) = lab();
    let way = |name: &str, identifier: &str, more: Value| {
        [("CREATE", with(with(a(name), &json!({"SetIdentifier": identifier})), &more))]
    };
    change(&sim, &id, &way("f.lab.net", "1", json!({"Failover": "PRIMARY"})));
    assert!(
        refused(&sim, &id, &way("f.lab.net", "2", json!({"Failover": "PRIMARY"})))
            .contains("of PRIMARY exists")
    );
    change(&sim, &id, &way("f.lab.net", "2", json!({"Failover": "SECONDARY"})));
    change(&sim, &id, &way("l.lab.net", "1", json!({"Region": "eu-west-1"})));
    assert!(
        refused(&sim, &id, &way("l.lab.net", "2", json!({"Region": "eu-west-1"})))
            .contains("of eu-west-1 exists")
    );
    change(&sim, &id, &way("l.lab.net", "2", json!({"Region": "us-east-1"})));
    for identifier in ["1", "2", "3"] {
        change(&sim, &id, &way("m.lab.net", identifier, json!({"MultiValueAnswer": true})));
    }
    let listed =
        sim.dns("ListResourceRecordSets", json!({"HostedZoneId": id, "StartRecordName": "m.lab.net"}));
    assert_eq!(listed["ResourceRecordSets"][0]["MultiValueAnswer"], true);
}

/// harmony-one/harmony-ops#491, barnybug/cli53#227.
#[test]
fn an_alias_leads_to_a_name_that_is_there() {
    let (sim, id) = lab();
    let missing = |target: &str, zone: &str| {
        format!(
            "Tried to create an alias that targets {target}, type A in zone {zone}, but that target was not found"
        )
    };
    let elsewhere = |target: &str, zone: &str| {
        let lie = "the alias target name does not lie within the target zone";
        format!(
            "Tried to create an alias that targets {target}, type A in zone {zone}, but {lie}, {}",
            missing(target, zone)
        )
    };
    let said = |set: Value| refused(&sim, &id, &[("CREATE", set)]);
    let wrapped = |reasons: String| format!("InvalidChangeBatch: [{reasons}]");
    assert_eq!(said(alias("w.lab.net", "a.lab.net", &id)), wrapped(missing("a.lab.net.", &id)));
    assert_eq!(said(alias("w.lab.net", "a.net", &id)), wrapped(elsewhere("a.net.", &id)));
    assert_eq!(said(alias("w.lab.net", "a.net", "Z1")), wrapped(elsewhere("a.net.", "Z1")));
    change(&sim, &id, &[("CREATE", a("a.lab.net")), ("CREATE", alias("w.lab.net", "A.lab.net", &id))]);
    let name = "edge-1.elb.eu-central-1.amazonaws.com";
    assert_eq!(said(alias("lab.net", name, "Z1")), wrapped(elsewhere(&format!("{name}."), "Z1")));
    let elb = "Z3F0SRJ5LGBH90";
    assert_eq!(said(alias("lab.net", name, elb)), wrapped(missing(&format!("{name}."), elb)));
}

/// DG, "Choosing between alias and non-alias records": aliases at the zone apex.
#[test]
fn an_alias_at_the_apex_leads_to_a_load_balancer_of_the_account() {
    let (sim, id) = lab();
    let input = json!({"Name": "edge", "Type": "network", "Scheme": "internal", "Subnets": [seed::SUBNETS[0]],
        "SecurityGroups": [seed::CLUSTER_GROUP]});
    let made = sim.elb("CreateLoadBalancer", input);
    let (name, zone) =
        (string(&made, "/LoadBalancers/0/DNSName"), string(&made, "/LoadBalancers/0/CanonicalHostedZoneId"));
    change(&sim, &id, &[("CREATE", alias("lab.net", &format!("dualstack.{name}"), &zone))]);
    assert_eq!(sets(&sim, &id)[0], "lab.net. A");
    let listed = sim.dns("ListResourceRecordSets", json!({"HostedZoneId": id}));
    assert_eq!(listed["ResourceRecordSets"][0]["AliasTarget"]["DNSName"], format!("dualstack.{name}."));
    assert!(listed["ResourceRecordSets"][0]["TTL"].is_null());
    change(&sim, &id, &[("DELETE", alias("lab.net", &format!("dualstack.{name}"), &zone))]);
}

/// DG, quotas.
#[test]
fn a_batch_has_1000_values_at_most_and_upserts_count_twice() {
    let (sim, id) = lab();
    let values: Vec<String> = (0..501).map(|i| format!("10.0.{}.{}", i / 250, i % 250)).collect();
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    assert_eq!(
        refused(&sim, &id, &[("UPSERT", set("a.lab.net", "A", &values))]),
        "InvalidChangeBatch: [Number of records limit of 1000 exceeded.]"
    );
    let long = format!("\"{}\"", "x".repeat(250));
    let long: Vec<String> = (0..130).map(|i| format!("{long} \"{i}\"")).collect();
    let long: Vec<&str> = long.iter().map(String::as_str).collect();
    assert!(refused(&sim, &id, &[("CREATE", set("a.lab.net", "TXT", &long))]).contains("limit of 32000"));
}

/// BC, ChangeResourceRecordSets: NoSuchHealthCheck.
#[test]
fn a_health_check_that_is_named_must_exist() {
    let (sim, id) = lab();
    let checked = with(a("a.lab.net"), &json!({"HealthCheckId": "none"}));
    let said = refused(&sim, &id, &[("CREATE", checked)]);
    assert_eq!(said, "NoSuchHealthCheck: A health check with id none does not exist.");
}
