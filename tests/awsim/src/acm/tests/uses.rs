use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{RSA, describe, import, request};
use crate::acm::usage;
use crate::testing::{Sim, length};

const USER: &str = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/net/edge/1";

/// hashicorp/terraform-provider-aws#3866: in use, and some minutes after.
#[test]
fn a_certificate_in_use_is_not_deleted_and_lingers() {
    let sim = Sim::new();
    let arn = import(&sim, RSA);
    sim.with(|call| {
        assert!(usage::usable(call.region, &arn));
        assert_eq!(usage::names(call.region, &arn).unwrap(), ["lab.net", "*.lab.net"]);
        usage::replace(call.region, USER, &[arn.clone()].into(), call.now);
    });
    assert_eq!(describe(&sim, &arn)["InUseBy"], json!([USER]));
    let fault = sim.try_acm("DeleteCertificate", json!({"CertificateArn": arn})).unwrap_err();
    assert_eq!(fault.code, "ResourceInUseException");
    assert_eq!(fault.message, format!("Certificate {arn} in account 123456789012 is in use."));
    let release = || sim.with(|call| usage::replace(call.region, USER, &BTreeSet::new(), call.now));
    release();
    sim.advance(299);
    // What is released already is not released anew.
    release();
    assert_eq!(sim.acm_code("DeleteCertificate", json!({"CertificateArn": arn})), "ResourceInUseException");
    sim.advance(1);
    sim.acm("DeleteCertificate", json!({"CertificateArn": arn}));
    for operation in ["DescribeCertificate", "DeleteCertificate", "GetCertificate", "ListTagsForCertificate"]
    {
        let fault = sim.try_acm(operation, json!({"CertificateArn": arn})).unwrap_err();
        assert_eq!(fault.code, "ResourceNotFoundException");
        assert_eq!(fault.message, format!("Could not find certificate {arn} in account 123456789012."));
    }
}

/// TF 26245: what is not issued is refused by load balancing; our words.
#[test]
fn a_pending_certificate_cannot_be_used() {
    let sim = Sim::new();
    let arn = request(&sim, "lab.net");
    sim.with(|call| assert!(!usage::usable(call.region, &arn) && !usage::usable(call.region, "none")));
}

/// BC, RemoveTagsFromCertificate.
#[test]
fn a_tag_is_removed_by_key_or_only_with_its_value() {
    let sim = Sim::new();
    let arn = request(&sim, "lab.net");
    let tags = |tags: Value| json!({"CertificateArn": arn, "Tags": tags});
    sim.acm("AddTagsToCertificate", tags(json!([{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])));
    sim.acm("RemoveTagsFromCertificate", tags(json!([{"Key": "a", "Value": "x"}, {"Key": "b"}])));
    let left = sim.acm("ListTagsForCertificate", json!({"CertificateArn": arn}));
    assert_eq!(left["Tags"], json!([{"Key": "a", "Value": "1"}]));
    let many: Vec<Value> = (0..50).map(|i| json!({"Key": format!("k{i}"), "Value": ""})).collect();
    assert_eq!(sim.acm_code("AddTagsToCertificate", tags(json!(many))), "TooManyTagsException");
}

/// botocore, GetResources of the Tagging API: all tagged resources of the region.
#[test]
fn the_tagging_api_sees_and_sets_tags() {
    let sim = Sim::new();
    let arn = request(&sim, "lab.net");
    let ask = |operation: &str, input: Value| {
        sim.with(|call| crate::tagging::handler(operation).unwrap()(call, &input).unwrap())
    };
    let set = json!({"ResourceARNList": [arn], "Tags": {"owner": "me"}});
    assert!(ask("TagResources", set)["FailedResourcesMap"].as_object().unwrap().is_empty());
    let find = json!({"ResourceTypeFilters": ["acm:certificate"]});
    let found = ask("GetResources", find);
    assert_eq!(length(&found, "/ResourceTagMappingList"), 1);
    assert_eq!(found["ResourceTagMappingList"][0]["ResourceARN"], arn);
}
