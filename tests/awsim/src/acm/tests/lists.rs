use serde_json::{Value, json};

use super::{ELLIPTIC, RSA, import, request};
use crate::testing::Sim;

fn domains(sim: &Sim, input: Value) -> Vec<String> {
    let listed = sim.acm("ListCertificates", input);
    let summaries = listed["CertificateSummaryList"].as_array().unwrap();
    summaries.iter().map(|summary| summary["DomainName"].as_str().unwrap().to_owned()).collect()
}

/// BC, Filters: by default only RSA keys of 1024 and 2048 bits.
#[test]
fn certificates_are_listed_by_key_status_and_origin() {
    let sim = Sim::new();
    request(&sim, "asked.lab.net");
    import(&sim, RSA);
    import(&sim, ELLIPTIC);
    let mut all = domains(&sim, json!({}));
    all.sort();
    assert_eq!(all, ["asked.lab.net", "lab.net"]);
    let by = |filter: Value| domains(&sim, json!({"Includes": filter}));
    assert_eq!(by(json!({"keyTypes": ["EC_prime256v1"]})), ["only-common.lab.net"]);
    assert_eq!(by(json!({"exportOption": "DISABLED"})), ["asked.lab.net"]);
    assert!(by(json!({"managedBy": "CLOUDFRONT"})).is_empty());
    assert_eq!(domains(&sim, json!({"CertificateStatuses": ["PENDING_VALIDATION"]})), ["asked.lab.net"]);
    assert_eq!(domains(&sim, json!({"CertificateKeyPairOrigins": ["CUSTOMER_PROVIDED"]})), ["lab.net"]);
    let usage = json!({"Includes": {"keyUsage": ["ANY"]}});
    assert_eq!(sim.acm_code("ListCertificates", usage), "NotImplemented");
}

/// BC, ListCertificates: MaxItems and NextToken.
#[test]
fn pages_follow_each_other_in_the_order_of_creation() {
    let sim = Sim::new();
    for name in ["a.net", "b.net", "c.net"] {
        request(&sim, name);
        sim.advance(1);
    }
    let mut input = json!({"MaxItems": 2, "SortBy": "CREATED_AT", "SortOrder": "DESCENDING"});
    assert_eq!(domains(&sim, input.clone()), ["c.net", "b.net"]);
    input["NextToken"] = sim.acm("ListCertificates", input.clone())["NextToken"].clone();
    assert_eq!(domains(&sim, input.clone()), ["a.net"]);
    input["NextToken"] = json!("x");
    assert_eq!(sim.acm_code("ListCertificates", input), "InvalidArgsException");
    assert_eq!(sim.acm_code("ListCertificates", json!({"SortBy": "CREATED_AT"})), "ValidationException");
}
