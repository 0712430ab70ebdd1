use serde_json::{Value, json};

use super::{describe, issued, records, request, zone};
use crate::seed;
use crate::testing::{Sim, string};

fn dns(more: &Value) -> Value {
    let mut input = json!({"DomainName": "lab.net", "ValidationMethod": "DNS"});
    for (member, value) in more.as_object().unwrap() {
        input[member] = value.clone();
    }
    input
}

/// BC, RequestCertificate ("a delay of several seconds"); aws/aws-sdk-js#2133.
#[test]
fn the_record_is_told_some_seconds_after_the_request() {
    let sim = Sim::new();
    let arn = request(&sim, "lab.net");
    assert!(arn.starts_with("arn:aws:acm:eu-central-1:123456789012:certificate/"), "{arn}");
    let option = |sim: &Sim| describe(sim, &arn)["DomainValidationOptions"][0].clone();
    assert_eq!(option(&sim)["ValidationStatus"], "PENDING_VALIDATION");
    assert!(option(&sim)["ResourceRecord"].is_null());
    sim.advance(5);
    let record = option(&sim)["ResourceRecord"].clone();
    assert_eq!(record["Type"], "CNAME");
    assert!(string(&record, "/Name").starts_with('_') && string(&record, "/Name").ends_with(".lab.net."));
    assert!(string(&record, "/Value").ends_with(".acm-validations.aws."), "{record}");
}

/// UG, DNS validation: the CNAME record in public DNS; Route 53 GetChange: INSYNC.
#[test]
fn a_certificate_is_issued_once_its_record_is_seen_by_all() {
    let sim = Sim::new();
    let (zone, arn) = (zone(&sim), request(&sim, "www.lab.net"));
    sim.advance(5);
    records(&sim, "CREATE", &zone, &arn);
    // 60 s until all name servers have the record, 300 s until ACM has looked.
    sim.advance(359);
    assert_eq!(describe(&sim, &arn)["Status"], "PENDING_VALIDATION");
    sim.advance(1);
    let told = describe(&sim, &arn);
    assert_eq!(told["Status"], "ISSUED");
    assert_eq!(told["DomainValidationOptions"][0]["ValidationStatus"], "SUCCESS");
    assert_eq!(told["IssuedAt"], told["NotBefore"]);
    assert_eq!(told["NotAfter"].as_f64().unwrap() - told["NotBefore"].as_f64().unwrap(), 198.0 * 86400.0);
    sim.advance(198 * 86400);
    assert_eq!(describe(&sim, &arn)["Status"], "EXPIRED");
}

#[test]
fn the_whole_state_shows_certificates_as_they_are_by_now() {
    let sim = Sim::new();
    let zone = zone(&sim);
    let arn = request(&sim, "lab.net");
    sim.advance(5);
    records(&sim, "CREATE", &zone, &arn);
    sim.advance(3600);
    let state = crate::control::state(&mut sim.world.lock().unwrap());
    let here = &state[seed::ACCOUNT][seed::REGION]["acm"];
    assert_eq!(here["certificates"][&arn]["status"], "ISSUED", "{here}");
}

/// UG, DNS validation: one record for a domain and its wildcard.
#[test]
fn every_name_must_be_proved_and_a_wildcard_shares_the_proof_of_its_domain() {
    let sim = Sim::new();
    let zone = zone(&sim);
    let input = dns(&json!({"SubjectAlternativeNames": ["*.lab.net", "www.lab.net", "lab.net"]}));
    let arn = string(&sim.acm("RequestCertificate", input), "/CertificateArn");
    sim.advance(5);
    let told = describe(&sim, &arn);
    assert_eq!(told["SubjectAlternativeNames"], json!(["lab.net", "*.lab.net", "www.lab.net"]));
    let record = |i: usize| told["DomainValidationOptions"][i]["ResourceRecord"].clone();
    assert_eq!(record(0), record(1));
    assert_ne!(record(0), record(2));
    let one = json!({"Name": record(0)["Name"], "Type": "CNAME", "TTL": 60,
        "ResourceRecords": [{"Value": record(0)["Value"]}]});
    let batch = json!({"Changes": [{"Action": "CREATE", "ResourceRecordSet": one}]});
    sim.dns("ChangeResourceRecordSets", json!({"HostedZoneId": zone, "ChangeBatch": batch}));
    sim.advance(3600);
    let states = describe(&sim, &arn);
    assert_eq!(states["Status"], "PENDING_VALIDATION");
    assert_eq!(states["DomainValidationOptions"][1]["ValidationStatus"], "SUCCESS");
    assert_eq!(states["DomainValidationOptions"][2]["ValidationStatus"], "PENDING_VALIDATION");
    records(&sim, "UPSERT", &zone, &arn);
    sim.advance(360);
    assert_eq!(describe(&sim, &arn)["Status"], "ISSUED");
}

/// BC, CertificateSummary$Status: 72 hours.
#[test]
fn without_its_record_a_request_times_out_after_72_hours() {
    let sim = Sim::new();
    let arn = request(&sim, "lab.net");
    sim.advance(72 * 3600 - 1);
    assert_eq!(describe(&sim, &arn)["Status"], "PENDING_VALIDATION");
    sim.advance(1);
    let told = describe(&sim, &arn);
    assert_eq!(told["Status"], "VALIDATION_TIMED_OUT");
    assert_eq!(told["DomainValidationOptions"][0]["ValidationStatus"], "FAILED");
    let zone = zone(&sim);
    records(&sim, "CREATE", &zone, &arn);
    sim.advance(3600);
    assert_eq!(describe(&sim, &arn)["Status"], "VALIDATION_TIMED_OUT");
}

/// UG, DNS validation: the record must stand in public DNS, until the certificate is issued.
#[test]
fn a_record_in_a_private_zone_or_taken_away_too_early_proves_nothing() {
    let sim = Sim::new();
    let private = json!({"Name": "lab.net", "CallerReference": "p",
        "VPC": {"VPCRegion": seed::REGION, "VPCId": seed::VPC}});
    let private = string(&sim.dns("CreateHostedZone", private), "/HostedZone/Id");
    let arn = request(&sim, "lab.net");
    sim.advance(5);
    records(&sim, "CREATE", &private, &arn);
    sim.advance(3600);
    assert_eq!(describe(&sim, &arn)["Status"], "PENDING_VALIDATION");
    let public = zone(&sim);
    records(&sim, "CREATE", &public, &arn);
    sim.advance(100);
    records(&sim, "DELETE", &public, &arn);
    sim.advance(3600);
    assert_eq!(describe(&sim, &arn)["Status"], "PENDING_VALIDATION");
}

/// UG, DNS validation: whose zone it is does not matter, only that the record is found.
#[test]
fn a_zone_of_another_account_proves_as_well() {
    let sim = Sim::new();
    let arn = request(&sim, "lab.net");
    sim.advance(5);
    let record = describe(&sim, &arn)["DomainValidationOptions"][0]["ResourceRecord"].clone();
    {
        let mut world = sim.world.lock().unwrap();
        let mut call = world.call("111122223333", crate::world::GLOBAL_REGION);
        let create = crate::route53::handler("CreateHostedZone").unwrap();
        let made = create(&mut call, &json!({"Name": "lab.net", "CallerReference": "r"})).unwrap();
        let set = json!({"Name": record["Name"], "Type": "CNAME", "TTL": 60,
            "ResourceRecords": [{"Value": record["Value"]}]});
        let batch = json!({"Changes": [{"Action": "CREATE", "ResourceRecordSet": set}]});
        let change = crate::route53::handler("ChangeResourceRecordSets").unwrap();
        change(&mut call, &json!({"HostedZoneId": made["HostedZone"]["Id"], "ChangeBatch": batch})).unwrap();
    }
    sim.advance(360);
    assert_eq!(describe(&sim, &arn)["Status"], "ISSUED");
}

/// BC, RequestCertificate$IdempotencyToken.
#[test]
fn a_token_gives_the_same_certificate_for_one_hour() {
    let sim = Sim::new();
    let ask =
        || string(&sim.acm("RequestCertificate", dns(&json!({"IdempotencyToken": "t"}))), "/CertificateArn");
    let first = ask();
    sim.advance(3599);
    assert_eq!(ask(), first);
    sim.advance(1);
    assert_ne!(ask(), first);
    assert_ne!(request(&sim, "lab.net"), request(&sim, "lab.net"));
}

#[test]
fn what_is_not_simulated_is_refused_by_name() {
    let sim = Sim::new();
    for (more, name) in [
        (json!({"ValidationMethod": null}), "ValidationMethod EMAIL"),
        (json!({"ValidationMethod": "HTTP"}), "ValidationMethod HTTP"),
        (json!({"ManagedBy": "CLOUDFRONT"}), "ManagedBy"),
        (json!({"CertificateAuthorityArn": "arn:aws:acm-pca:x:1:y"}), "CertificateAuthorityArn"),
        (json!({"Options": {"Export": "ENABLED"}}), "Export of certificates"),
    ] {
        let fault = sim.try_acm("RequestCertificate", dns(&more)).unwrap_err();
        assert_eq!((fault.status, fault.message), (501, format!("{name} is not simulated.")));
    }
}

/// BC, RequestCertificate; UG, quotas (ten names).
#[test]
fn names_keys_and_options_that_acm_does_not_take_are_refused() {
    let sim = Sim::new();
    let many: Vec<String> = (0..10).map(|i| format!("n{i}.lab.net")).collect();
    let long = format!("{}.lab.net", "a".repeat(60));
    for (more, code) in [
        (json!({"SubjectAlternativeNames": many}), "LimitExceededException"),
        (json!({"DomainName": long}), "InvalidParameterException"),
        (json!({"KeyAlgorithm": "RSA_4096"}), "InvalidParameterException"),
        (json!({"Options": {"CertificateTransparencyLoggingPreference": "DISABLED"}}), "ValidationException"),
        (json!({"Tags": [{"Key": "aws:x", "Value": ""}]}), "InvalidTagException"),
        (
            json!({"DomainValidationOptions": [{"DomainName": "lab.net", "ValidationDomain": "other.net"}]}),
            "InvalidDomainValidationOptionsException",
        ),
    ] {
        assert_eq!(sim.acm_code("RequestCertificate", dns(&more)), code, "{more}");
    }
    let option = json!([{"DomainName": "lab.net", "ValidationDomain": "net"}]);
    sim.acm("RequestCertificate", dns(&json!({"DomainValidationOptions": option})));
}

/// BC, GetCertificate: RequestInProgressException.
#[test]
fn a_certificate_is_got_when_it_was_imported_and_not_before_it_is_issued() {
    let sim = Sim::new();
    let get = |arn: &str| sim.try_acm("GetCertificate", json!({"CertificateArn": arn})).unwrap_err();
    let pending = get(&request(&sim, "lab.net"));
    assert_eq!(pending.code, "RequestInProgressException");
    assert_eq!(get(&issued(&sim, "www.lab.net")).status, 501);
}

/// BC, ResendValidationEmail: InvalidStateException; UpdateCertificateOptions.
#[test]
fn mails_are_not_sent_and_options_only_are_what_they_are() {
    let sim = Sim::new();
    let pending = request(&sim, "lab.net");
    let resend = json!({"CertificateArn": pending, "Domain": "lab.net", "ValidationDomain": "lab.net"});
    assert_eq!(sim.acm_code("ResendValidationEmail", resend), "InvalidStateException");
    let options = |arn: &str, preference: &str| json!({"CertificateArn": arn, "Options": {"CertificateTransparencyLoggingPreference": preference}});
    assert_eq!(
        sim.acm_code("UpdateCertificateOptions", options(&pending, "ENABLED")),
        "InvalidStateException"
    );
    let done = issued(&sim, "www.lab.net");
    sim.acm("UpdateCertificateOptions", options(&done, "ENABLED"));
    assert_eq!(sim.acm_code("UpdateCertificateOptions", options(&done, "DISABLED")), "ValidationException");
}
