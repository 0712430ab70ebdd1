use serde_json::{Value, json};

use super::{ELLIPTIC, EXPIRED, KEY, RSA, blob, describe, import, request};
use crate::testing::Sim;

fn input(certificate: &str, key: &str) -> Value {
    json!({"Certificate": blob(certificate), "PrivateKey": blob(key)})
}

#[test]
fn what_is_told_of_an_imported_certificate_stands_in_it() {
    let sim = Sim::new();
    let told = describe(&sim, &import(&sim, RSA));
    for (member, value) in [
        ("Type", json!("IMPORTED")),
        ("Status", json!("ISSUED")),
        ("DomainName", json!("lab.net")),
        ("SubjectAlternativeNames", json!(["lab.net", "*.lab.net"])),
        ("Subject", json!("CN=lab.net")),
        ("Issuer", json!("Lab CA")),
        ("Serial", json!("0a:1b:2c:3d")),
        ("KeyAlgorithm", json!("RSA-2048")),
        // BC, CertificateDetail$SignatureAlgorithm, which knows no type without it; moto tells it too.
        ("SignatureAlgorithm", json!("SHA256WITHRSA")),
        ("NotBefore", json!(1_577_836_800.0)),
        ("NotAfter", json!(2_524_607_999.0)),
        ("CertificateKeyPairOrigin", json!("CUSTOMER_PROVIDED")),
    ] {
        assert_eq!(told[member], value, "{member}");
    }
    assert!(told["IssuedAt"].is_null() && told["DomainValidationOptions"].is_null());
    let told = describe(&sim, &import(&sim, ELLIPTIC));
    assert_eq!(told["DomainName"], "only-common.lab.net");
    assert_eq!(told["KeyAlgorithm"], "EC-prime256v1");
    assert_eq!(told["SignatureAlgorithm"], "SHA256WITHECDSA");
}

/// BC, GetCertificate: certificate and chain.
#[test]
fn what_was_imported_can_be_got() {
    let sim = Sim::new();
    let mut with_chain = input(RSA, KEY);
    with_chain["CertificateChain"] = json!(blob(&format!("{ELLIPTIC}{RSA}")));
    let arn = sim.acm("ImportCertificate", with_chain);
    let got = sim.acm("GetCertificate", arn);
    assert_eq!(got, json!({"Certificate": RSA, "CertificateChain": format!("{ELLIPTIC}{RSA}")}));
}

/// aws/aws-cli#6569; UG, prerequisites for importing.
#[test]
fn what_is_no_certificate_or_key_or_not_valid_now_is_refused() {
    let sim = Sim::new();
    let said = |input: Value| {
        let fault = sim.try_acm("ImportCertificate", input).unwrap_err();
        assert_eq!(fault.code, "ValidationException");
        fault.message
    };
    assert_eq!(
        said(input(&format!("{RSA}{ELLIPTIC}"), KEY)),
        "The certificate field contains more than one certificate. You can specify only one certificate in this field."
    );
    assert!(said(input("text", KEY)).contains("Could not parse the certificate"));
    assert!(said(input(KEY, KEY)).contains("Could not parse the certificate"));
    assert!(said(json!({"Certificate": "?", "PrivateKey": "?"})).contains("Could not parse the certificate"));
    assert_eq!(said(input(RSA, RSA)), "The private key is not supported.");
    assert_eq!(
        said(input(RSA, &KEY.replace("PRIVATE", "ENCRYPTED PRIVATE"))),
        "The private key is not supported."
    );
    assert!(said(input(EXPIRED, KEY)).contains("not valid now"));
    let mut chain = input(RSA, KEY);
    chain["CertificateChain"] = json!(blob(KEY));
    assert!(said(chain).contains("certificate chain"));
}

/// BC, ImportCertificate.
#[test]
fn another_certificate_takes_the_place_of_an_imported_one_and_keeps_its_tags() {
    let sim = Sim::new();
    let mut first = input(RSA, KEY);
    first["Tags"] = json!([{"Key": "a", "Value": "b"}]);
    let arn = sim.acm("ImportCertificate", first)["CertificateArn"].clone();
    let mut second = input(ELLIPTIC, KEY);
    second["CertificateArn"] = arn.clone();
    assert_eq!(sim.acm("ImportCertificate", second.clone())["CertificateArn"], arn);
    assert_eq!(describe(&sim, arn.as_str().unwrap())["DomainName"], "only-common.lab.net");
    let tags = sim.acm("ListTagsForCertificate", json!({"CertificateArn": arn}));
    assert_eq!(tags["Tags"], json!([{"Key": "a", "Value": "b"}]));
    second["Tags"] = json!([{"Key": "c", "Value": "d"}]);
    assert_eq!(sim.acm_code("ImportCertificate", second), "InvalidParameterException");
    let mut requested = input(ELLIPTIC, KEY);
    requested["CertificateArn"] = json!(request(&sim, "lab.net"));
    assert_eq!(sim.acm_code("ImportCertificate", requested), "ValidationException");
}

/// BC, CertificateSummary$Status: EXPIRED.
#[test]
fn an_imported_certificate_expires() {
    let sim = Sim::new();
    let arn = import(&sim, RSA);
    sim.advance(2_524_608_000 - 1_800_000_000);
    assert_eq!(describe(&sim, &arn)["Status"], "EXPIRED");
}
