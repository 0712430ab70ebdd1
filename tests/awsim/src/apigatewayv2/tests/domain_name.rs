use serde_json::{Value, json};

use super::fixture::{ACCOUNT, Aws, REGION, id};
use crate::apigatewayv2::{self, tag, tagged};
use crate::quota::Quotas;
use crate::testing;

const NAME: &str = "api.shop.example";

fn with(configuration: Value) -> Value {
    json!({"DomainName": NAME, "DomainNameConfigurations": [configuration]})
}

fn status(aws: &mut Aws) -> String {
    let domain = aws.ok("GetDomainName", json!({"DomainName": NAME}));
    id(&domain["DomainNameConfigurations"][0], "DomainNameStatus")
}

/// aws-cli 5059, floci 2390: what AWS answers for a regional name.
#[test]
fn a_new_domain_name_is_available_and_has_the_defaults_of_aws() {
    let mut aws = Aws::new();
    let made = aws.domain(NAME);
    assert_eq!(made["DomainNameArn"], format!("arn:aws:apigateway:eu-central-1::/domainnames/{NAME}"));
    assert_eq!(made["ApiMappingSelectionExpression"], "$request.basepath");
    assert_eq!((&made["RoutingMode"], &made["Tags"]), (&json!("API_MAPPING_ONLY"), &json!({})));
    let configuration = &made["DomainNameConfigurations"][0];
    let endpoint = id(configuration, "ApiGatewayDomainName");
    assert!(endpoint.starts_with("d-") && endpoint.ends_with(".execute-api.eu-central-1.amazonaws.com"));
    let rest = json!({
        "ApiGatewayDomainName": endpoint, "HostedZoneId": "Z1U9ULNL0V5AJ3", "CertificateArn": aws.certificate,
        "DomainNameStatus": "AVAILABLE", "EndpointType": "REGIONAL", "IpAddressType": "ipv4",
        "SecurityPolicy": "TLS_1_2",
    });
    assert_eq!(configuration, &rest);
    assert_eq!(aws.ok("GetDomainName", json!({"DomainName": NAME})), made);
}

/// SAM 2208: a bad request, no conflict. HQ: 120 names.
#[test]
fn a_domain_name_is_taken_once_and_there_are_a_hundred_and_twenty() {
    let mut aws = Aws::new();
    aws.domain(NAME);
    let message = "The domain name you provided already exists.";
    aws.refuses(
        "CreateDomainName",
        with(json!({"CertificateArn": aws.certificate})),
        "BadRequestException",
        message,
    );
    for n in 1..120 {
        aws.domain(&format!("a{n}.shop.example"));
    }
    let mut more = with(json!({"CertificateArn": aws.certificate}));
    more["DomainName"] = json!("*.shop.example");
    assert_eq!(aws.refused("CreateDomainName", more.clone()).code, "TooManyRequestsException");
    aws.world.options.quotas = Quotas::off();
    aws.ok("CreateDomainName", more);
    assert_eq!(aws.all("GetDomainNames", &json!({"MaxResults": "50"})).len(), 121);
}

/// AGD: unique within a region across all accounts; free again when it is deleted.
#[test]
fn a_domain_name_belongs_to_one_account_of_a_region() {
    let mut aws = Aws::new();
    aws.domain(NAME);
    let handler = apigatewayv2::handler("CreateDomainName").unwrap();
    let elsewhere = |aws: &mut Aws, account: &str, region: &str| {
        let certificate = testing::certificate(&mut aws.world.call(account, region));
        handler(&mut aws.world.call(account, region), &with(json!({"CertificateArn": certificate})))
    };
    let taken = elsewhere(&mut aws, "111122223333", "eu-central-1").unwrap_err();
    assert_eq!(taken.message, "The domain name you provided already exists.");
    elsewhere(&mut aws, "111122223333", "eu-west-1").unwrap();
    aws.ok("DeleteDomainName", json!({"DomainName": NAME}));
    elsewhere(&mut aws, "111122223333", "eu-central-1").unwrap();
}

/// floci 2390, chalice 1255, serverless-domain-manager 49, TF 3276.
#[test]
fn what_a_domain_name_cannot_have_is_refused_in_awss_words() {
    let mut aws = Aws::new();
    let abroad = "arn:aws:acm:us-east-1:123456789012:certificate/c-1";
    for (configurations, words) in [
        (json!([]), "Invalid input. Expected one domain name configuration"),
        (json!([{}, {}]), "Invalid input. Expected one domain name configuration"),
        (json!([{}]), "A certificate was not provided for the endpoint type REGIONAL."),
        (
            json!([{"CertificateArn": abroad}]),
            "Invalid certificate ARN: arn:aws:acm:us-east-1:123456789012:certificate/c-1. Certificate must be in 'eu-central-1'.",
        ),
        (json!([{"CertificateArn": "c-1"}]), "Invalid certificate ARN: c-1."),
        (
            json!([{"CertificateArn": aws.certificate, "SecurityPolicy": "TLS_1_0"}]),
            "TLS_1_0 is not supported for APIGatewayV2 domainName.",
        ),
        (
            json!([{"CertificateArn": aws.certificate, "EndpointType": "EDGE"}]),
            "EDGE is not supported for APIGatewayV2 domainName.",
        ),
    ] {
        let input = json!({"DomainName": NAME, "DomainNameConfigurations": configurations});
        aws.refuses("CreateDomainName", input, "BadRequestException", words);
    }
    for name in ["shop", "API.shop.example", "a.*.example", "-a.example", "a..example", "a_b.example"] {
        let mut input = with(json!({"CertificateArn": aws.certificate}));
        input["DomainName"] = json!(name);
        assert_eq!(aws.refused("CreateDomainName", input).code, "BadRequestException", "{name}");
    }
    let mut rules = with(json!({"CertificateArn": aws.certificate}));
    rules["RoutingMode"] = json!("ROUTING_RULE_ONLY");
    assert_eq!(aws.refused("CreateDomainName", rules).status, 501);
    let named = with(json!({"CertificateArn": aws.certificate, "CertificateName": "old"}));
    assert_eq!(aws.refused("CreateDomainName", named).status, 501);
    assert!(aws.state().domain_names.is_empty());
}

/// BC, `DomainNameStatus`; chalice 1986: one update at a time.
#[test]
fn a_domain_name_is_updating_for_a_while_and_takes_no_other_update_meanwhile() {
    let mut aws = Aws::new();
    aws.domain(NAME);
    let other = testing::certificate(&mut aws.world.call(ACCOUNT, REGION));
    let updated = aws.ok("UpdateDomainName", with(json!({"CertificateArn": other})));
    let configuration = &updated["DomainNameConfigurations"][0];
    assert_eq!(configuration["DomainNameStatus"], "UPDATING");
    assert_eq!(
        (&configuration["CertificateArn"], &configuration["IpAddressType"]),
        (&json!(other), &json!("ipv4"))
    );
    let dualstack = with(json!({"IpAddressType": "dualstack"}));
    let message = "There is already an update in progress";
    aws.refuses("UpdateDomainName", dualstack.clone(), "ConflictException", message);
    aws.advance(59);
    assert_eq!(status(&mut aws), "UPDATING");
    aws.advance(1);
    assert_eq!(status(&mut aws), "AVAILABLE");
    let updated = aws.ok("UpdateDomainName", dualstack);
    let configuration = &updated["DomainNameConfigurations"][0];
    assert_eq!(
        (&configuration["CertificateArn"], &configuration["IpAddressType"]),
        (&json!(other), &json!("dualstack"))
    );
    aws.advance(60);
    let wrong = with(json!({"CertificateArn": "c-3"}));
    assert_eq!(aws.refused("UpdateDomainName", wrong).code, "BadRequestException");
    assert_eq!(status(&mut aws), "AVAILABLE");
}

/// AGD, mutual TLS, and BC: an object in S3, with a version. That `""` switches it off is inferred from TF
/// domain_name.go.
#[test]
fn mutual_tls_is_kept_with_its_truststore_and_switched_off_by_an_empty_one() {
    let mut aws = Aws::new();
    let proof = aws.issued(&["shop.example", "*.shop.example"]);
    let mut input =
        with(json!({"CertificateArn": aws.certificate, "OwnershipVerificationCertificateArn": proof}));
    for uri in ["https://trust/store.pem", "s3://trust", "s3://trust/", "s3:///store.pem"] {
        input["MutualTlsAuthentication"] = json!({"TruststoreUri": uri});
        assert_eq!(aws.refused("CreateDomainName", input.clone()).code, "BadRequestException", "{uri}");
    }
    input["MutualTlsAuthentication"] = json!({"TruststoreVersion": "v1"});
    assert_eq!(aws.refused("CreateDomainName", input.clone()).code, "BadRequestException");
    input["MutualTlsAuthentication"] =
        json!({"TruststoreUri": "s3://trust/store.pem", "TruststoreVersion": "v1"});
    let made = aws.ok("CreateDomainName", input.clone());
    assert_eq!(made["MutualTlsAuthentication"], input["MutualTlsAuthentication"]);
    assert_eq!(made["DomainNameConfigurations"][0]["OwnershipVerificationCertificateArn"], proof);
    let version = json!({"DomainName": NAME, "MutualTlsAuthentication": {"TruststoreVersion": "v2"}});
    let updated = aws.ok("UpdateDomainName", version);
    let kept = json!({"TruststoreUri": "s3://trust/store.pem", "TruststoreVersion": "v2"});
    assert_eq!(updated["MutualTlsAuthentication"], kept);
    aws.advance(60);
    let off = json!({"DomainName": NAME, "MutualTlsAuthentication": {"TruststoreUri": ""}});
    assert_eq!(aws.ok("UpdateDomainName", off).get("MutualTlsAuthentication"), None);
}

/// chalice 1898: the mappings go with their domain name.
#[test]
fn deleting_a_domain_name_takes_its_mappings_with_it() {
    let mut aws = Aws::new();
    let api = aws.api();
    aws.ok("CreateStage", json!({"ApiId": api, "StageName": "$default"}));
    aws.domain(NAME);
    aws.ok("CreateApiMapping", json!({"DomainName": NAME, "ApiId": api, "Stage": "$default"}));
    aws.ok("DeleteDomainName", json!({"DomainName": NAME}));
    let message = format!("Invalid domain name identifier specified {NAME}");
    for operation in ["GetDomainName", "UpdateDomainName", "DeleteDomainName", "GetApiMappings"] {
        aws.refuses(operation, json!({"DomainName": NAME}), "NotFoundException", &message);
    }
    aws.ok("DeleteApi", json!({"ApiId": api}));
}

/// AGD, tagging: domain names have tags, by their ARN, which the tagging service sees.
#[test]
fn a_domain_name_can_be_tagged() {
    let mut aws = Aws::new();
    let mut input = with(json!({"CertificateArn": aws.certificate}));
    input["Tags"] = json!({"a": "1"});
    let arn = id(&aws.ok("CreateDomainName", input), "DomainNameArn");
    aws.ok("TagResource", json!({"ResourceArn": arn, "Tags": {"b": "2"}}));
    aws.ok("UntagResource", json!({"ResourceArn": arn, "TagKeys": ["a"]}));
    assert_eq!(aws.ok("GetTags", json!({"ResourceArn": arn}))["Tags"], json!({"b": "2"}));
    assert_eq!(aws.ok("GetDomainName", json!({"DomainName": NAME}))["Tags"], json!({"b": "2"}));
    let set = [("k".to_owned(), "v".to_owned())].into();
    tag(aws.region(), &arn, &set, &["b".to_owned()]).unwrap();
    assert_eq!(tagged(aws.region(), &|_| true), [(arn, set)]);
}
