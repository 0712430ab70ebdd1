//! AGD, http-api-mutual-tls: "Using an imported or AWS Private CA certificate" and "Troubleshooting
//! domain name status messages".

use serde_json::{Value, json};

use super::fixture::{ACCOUNT, Aws, REGION};
use crate::testing;

const NAME: &str = "api.shop.example";
const NAMES: [&str; 2] = ["shop.example", "*.shop.example"];
const DAY: u64 = 24 * 3600;

/// A domain name with mutual TLS under a certificate.
fn mutual(name: &str, certificate: &str, proof: Option<&str>) -> Value {
    let mut configuration = json!({"CertificateArn": certificate});
    if let Some(proof) = proof {
        configuration["OwnershipVerificationCertificateArn"] = json!(proof);
    }
    json!({
        "DomainName": name, "DomainNameConfigurations": [configuration],
        "MutualTlsAuthentication": {"TruststoreUri": "s3://trust/store.pem"},
    })
}

fn status(aws: &mut Aws) -> (String, Option<String>) {
    // ACM first, as any call after the moment would have it.
    aws.region();
    let told = aws.ok("GetDomainName", json!({"DomainName": NAME}))["DomainNameConfigurations"][0].clone();
    let text = |member: &str| told[member].as_str().map(str::to_owned);
    (text("DomainNameStatus").unwrap(), text("DomainNameStatusMessage"))
}

/// Terraform AWS provider 35741 has the words for a missing one; the others are awsim's.
#[test]
fn mutual_tls_under_an_imported_certificate_needs_one_of_acms_that_proves_ownership() {
    let mut aws = Aws::new();
    let imported = aws.certificate.clone();
    let second = testing::certificate(&mut aws.world.call(ACCOUNT, REGION));
    let narrow = aws.issued(&[NAME]);
    let missing = "Missing ownershipVerificationCertificate.";
    let foreign = "The ownershipVerificationCertificate must be issued by ACM.";
    let uncovered =
        "The certificate's name shop.example is not covered by the ownershipVerificationCertificate.";
    for (proof, words) in [(None, missing), (Some(&*second), foreign), (Some(&*narrow), uncovered)] {
        aws.refuses("CreateDomainName", mutual(NAME, &imported, proof), "BadRequestException", words);
    }
    aws.domain(NAME);
    let trust = json!({"TruststoreUri": "s3://trust/store.pem"});
    let on = json!({"DomainName": NAME, "MutualTlsAuthentication": trust});
    aws.refuses("UpdateDomainName", on, "BadRequestException", missing);
    let proof = aws.issued(&NAMES);
    aws.ok("UpdateDomainName", mutual(NAME, &imported, Some(&proof)));
    aws.advance(60);
    assert_eq!(status(&mut aws), ("AVAILABLE".to_owned(), None));
    let off = json!({"DomainName": NAME, "DomainNameConfigurations": [{"OwnershipVerificationCertificateArn": ""}]});
    aws.refuses("UpdateDomainName", off, "BadRequestException", missing);
}

/// Only what ACM did not issue needs a proof besides.
#[test]
fn mutual_tls_under_a_certificate_of_acms_own_needs_no_proof_of_ownership() {
    let mut aws = Aws::new();
    let issued = aws.issued(&[NAME]);
    aws.ok("CreateDomainName", mutual(NAME, &issued, None));
    aws.advance(101 * DAY);
    assert_eq!(status(&mut aws), ("AVAILABLE".to_owned(), None));
}

/// "If a certificate expires and auto-renew fails, all updates to the domain name will be locked":
/// until there is a valid one.
#[test]
fn a_domain_name_whose_proof_has_expired_is_locked_until_it_gets_another() {
    let mut aws = Aws::new();
    let (imported, proof) = (aws.certificate.clone(), aws.issued(&NAMES));
    aws.ok("CreateDomainName", mutual(NAME, &imported, Some(&proof)));
    aws.advance(100 * DAY - 1);
    assert_eq!(status(&mut aws).0, "AVAILABLE");
    aws.advance(1);
    let why = "The ownershipVerificationCertificate is not valid any more.";
    assert_eq!(status(&mut aws), ("PENDING_OWNERSHIP_VERIFICATION".to_owned(), Some(why.to_owned())));
    let update =
        |configuration: Value| json!({"DomainName": NAME, "DomainNameConfigurations": [configuration]});
    let off = json!({"DomainName": NAME, "MutualTlsAuthentication": {"TruststoreUri": ""}});
    for input in [update(json!({"IpAddressType": "dualstack"})), off] {
        let refused = aws.refused("UpdateDomainName", input);
        assert!(refused.message.starts_with("The domain name is locked"), "{refused}");
    }
    let another = aws.issued(&NAMES);
    let changed =
        update(json!({"OwnershipVerificationCertificateArn": another, "IpAddressType": "dualstack"}));
    aws.ok("UpdateDomainName", changed);
    aws.advance(60);
    assert_eq!(status(&mut aws), ("AVAILABLE".to_owned(), None));
}

/// "You reimported a certificate to ACM and it failed validation": its names are not covered, or do not
/// cover the domain name. A valid one, imported again, mends it.
#[test]
fn a_certificate_imported_anew_with_other_names_makes_the_domain_name_pending() {
    let mut aws = Aws::new();
    let (imported, proof) = (aws.certificate.clone(), aws.issued(&NAMES));
    aws.ok("CreateDomainName", mutual(NAME, &imported, Some(&proof)));
    let other = include_str!("../../acm/tests/rsa.pem");
    let again = |pem: &str| {
        let mut input = testing::import_input();
        input["Certificate"] = json!(data_encoding::BASE64.encode(pem.as_bytes()));
        input["CertificateArn"] = json!(imported);
        input
    };
    aws.acm("ImportCertificate", again(other)).unwrap();
    let why = "The certificate does not cover the domain name api.shop.example.";
    assert_eq!(status(&mut aws), ("PENDING_CERTIFICATE_REIMPORT".to_owned(), Some(why.to_owned())));
    aws.acm("ImportCertificate", again(include_str!("../../acm/tests/shop.pem"))).unwrap();
    assert_eq!(status(&mut aws), ("AVAILABLE".to_owned(), None));
}

/// "The `ownershipVerificationCertificate` cannot be used as a server certificate for another mutual TLS
/// domain."
#[test]
fn what_proves_one_domain_name_cannot_serve_another() {
    let mut aws = Aws::new();
    let (imported, proof) = (aws.certificate.clone(), aws.issued(&NAMES));
    aws.ok("CreateDomainName", mutual(NAME, &imported, Some(&proof)));
    let words = "The ownershipVerificationCertificate cannot be used as a server certificate for another mutual \
                 TLS domain.";
    let other = mutual("b.shop.example", &proof, None);
    aws.refuses("CreateDomainName", other.clone(), "BadRequestException", words);
    aws.ok("DeleteDomainName", json!({"DomainName": NAME}));
    aws.ok("CreateDomainName", other);
    aws.refuses("CreateDomainName", mutual(NAME, &imported, Some(&proof)), "BadRequestException", words);
}
