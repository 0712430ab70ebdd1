use serde_json::{Value, json};

use super::with;
use crate::testing::{Sim, length, string};

fn settings() -> Value {
    json!({"Type": "HTTPS", "FullyQualifiedDomainName": "lab.net", "ResourcePath": "/health"})
}

fn create(reference: &str, config: Value) -> Value {
    json!({"CallerReference": reference, "HealthCheckConfig": config})
}

/// BC, HealthCheckConfig: defaults of interval, threshold and port.
#[test]
fn what_is_left_out_has_its_default() {
    let sim = Sim::new();
    let made = sim.dns("CreateHealthCheck", create("r", settings()));
    let config = &made["HealthCheck"]["HealthCheckConfig"];
    for (member, value) in [
        ("Port", json!(443)),
        ("RequestInterval", json!(30)),
        ("FailureThreshold", json!(3)),
        ("EnableSNI", json!(true)),
        ("Inverted", json!(false)),
        ("Disabled", json!(false)),
    ] {
        assert_eq!(config[member], value, "{member}");
    }
    assert_eq!(made["HealthCheck"]["HealthCheckVersion"], 1);
    assert!(string(&made, "/Location").ends_with(&string(&made, "/HealthCheck/Id")));
}

/// BC, CreateHealthCheck$CallerReference.
#[test]
fn a_reference_gives_the_same_check_for_the_same_settings_and_never_another() {
    let sim = Sim::new();
    let made = sim.dns("CreateHealthCheck", create("r", settings()));
    assert_eq!(sim.dns("CreateHealthCheck", create("r", settings())), made);
    let other = with(settings(), &json!({"Port": 8443}));
    let fault = sim.try_dns("CreateHealthCheck", create("r", other)).unwrap_err();
    assert_eq!((fault.status, fault.code.as_str()), (409, "HealthCheckAlreadyExists"));
    let id = json!({"HealthCheckId": string(&made, "/HealthCheck/Id")});
    sim.dns("DeleteHealthCheck", id);
    assert_eq!(sim.dns_code("CreateHealthCheck", create("r", settings())), "HealthCheckAlreadyExists");
    sim.dns("CreateHealthCheck", create("s", settings()));
}

/// BC, HealthCheckConfig.
#[test]
fn settings_that_do_not_go_together_are_refused() {
    let sim = Sim::new();
    for more in [
        json!({"FullyQualifiedDomainName": null}),
        json!({"IPAddress": "10.0.0.1"}),
        json!({"IPAddress": "127.0.0.1"}),
        json!({"Type": "TCP"}),
        json!({"RequestInterval": 20}),
        json!({"SearchString": "ok"}),
        json!({"Type": "HTTP_STR_MATCH"}),
        json!({"ResourcePath": "health"}),
        json!({"HealthThreshold": 1}),
    ] {
        let input = create("r", with(settings(), &more));
        assert_eq!(sim.dns_code("CreateHealthCheck", input), "InvalidInput", "{more}");
    }
    let calculated = create("r", json!({"Type": "CALCULATED"}));
    assert_eq!(sim.dns_code("CreateHealthCheck", calculated), "NotImplemented");
}

/// BC, UpdateHealthCheck: HealthCheckVersionMismatch.
#[test]
fn an_update_changes_what_is_given_if_the_version_is_right() {
    let sim = Sim::new();
    let made = sim.dns("CreateHealthCheck", create("r", settings()));
    let id = string(&made, "/HealthCheck/Id");
    let update = |more: Value| with(json!({"HealthCheckId": id}), &more);
    let changed = sim.dns("UpdateHealthCheck", update(json!({"HealthCheckVersion": 1, "Port": 8443})));
    assert_eq!(changed["HealthCheck"]["HealthCheckVersion"], 2);
    assert_eq!(changed["HealthCheck"]["HealthCheckConfig"]["Port"], 8443);
    let stale = sim.try_dns("UpdateHealthCheck", update(json!({"HealthCheckVersion": 1}))).unwrap_err();
    assert_eq!((stale.status, stale.code.as_str()), (409, "HealthCheckVersionMismatch"));
    // BC: an address can be changed, not added.
    assert_eq!(sim.dns_code("UpdateHealthCheck", update(json!({"IPAddress": "192.0.2.1"}))), "InvalidInput");
    let reset = sim.dns("UpdateHealthCheck", update(json!({"ResetElements": ["ResourcePath"]})));
    assert!(reset["HealthCheck"]["HealthCheckConfig"]["ResourcePath"].is_null());
    assert_eq!(sim.dns("GetHealthCheck", json!({"HealthCheckId": id})), reset);
}

/// BC, ListHealthChecks; NoSuchHealthCheck.
#[test]
fn checks_are_listed_in_pages_and_what_is_not_there_is_told() {
    let sim = Sim::new();
    for reference in ["a", "b", "c"] {
        sim.dns("CreateHealthCheck", create(reference, settings()));
    }
    let first = sim.dns("ListHealthChecks", json!({"MaxItems": "2"}));
    assert_eq!((length(&first, "/HealthChecks"), &first["IsTruncated"]), (2, &json!(true)));
    let second = sim.dns("ListHealthChecks", json!({"MaxItems": "2", "Marker": first["NextMarker"]}));
    assert_eq!((length(&second, "/HealthChecks"), &second["IsTruncated"]), (1, &json!(false)));
    for operation in ["GetHealthCheck", "UpdateHealthCheck", "DeleteHealthCheck"] {
        let fault = sim.try_dns(operation, json!({"HealthCheckId": "none"})).unwrap_err();
        assert_eq!((fault.status, fault.code.as_str()), (404, "NoSuchHealthCheck"));
    }
}
