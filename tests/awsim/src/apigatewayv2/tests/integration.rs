use serde_json::{Value, json};

use super::fixture::{Aws, id};

const URI_WORDS: &str = "For VpcLink VPC_LINK, integration uri should be a valid ELB listener ARN or a valid Cloud Map service ARN.";
const RACE: &str = "Unable to retrieve listener port and load balancer DNS name from ELB listener";
const SERVICE: &str = "arn:aws:servicediscovery:eu-central-1:123456789012:service/srv-1";

fn private(api: &str, link: &str, uri: &str) -> Value {
    json!({
        "ApiId": api, "IntegrationType": "HTTP_PROXY", "IntegrationMethod": "ANY", "IntegrationUri": uri,
        "ConnectionType": "VPC_LINK", "ConnectionId": link, "PayloadFormatVersion": "1.0",
    })
}

/// BC, CreateIntegration: it has no token, so that each call makes another (inferred); HQ: 300 an API, not
/// adjustable.
#[test]
fn creating_an_integration_twice_makes_two_and_the_three_hundred_and_first_is_refused() {
    let mut aws = Aws::new();
    let api = aws.api();
    for _ in 0..300 {
        aws.integration(&api);
    }
    let input = json!({
        "ApiId": api, "IntegrationType": "HTTP_PROXY", "IntegrationMethod": "GET", "IntegrationUri": "https://e.x",
    });
    let message = "Maximum number of Integrations for this API has been reached. Please contact AWS if you need additional Integrations.";
    aws.refuses("CreateIntegration", input, "TooManyRequestsException", message);
    assert_eq!(aws.all("GetIntegrations", &json!({"ApiId": api})).len(), 300);
}

/// BC: defaults.
#[test]
fn a_new_integration_has_the_defaults_of_aws() {
    let mut aws = Aws::new();
    let (api, link) = (aws.api(), aws.link());
    let mut input = private(&api, &link, SERVICE);
    input.as_object_mut().unwrap().remove("PayloadFormatVersion");
    let made = aws.ok("CreateIntegration", input);
    assert_eq!((&made["TimeoutInMillis"], &made["PayloadFormatVersion"]), (&json!(30_000), &json!("1.0")));
    assert_eq!(made.get("RequestParameters"), None);
    assert_eq!(aws.ok("GetIntegration", json!({"ApiId": api, "IntegrationId": made["IntegrationId"]})), made);
}

/// BC, IntegrationUri; klotho 347 has the words.
#[test]
fn a_private_integration_leads_to_a_listener_or_a_service() {
    let mut aws = Aws::new();
    let (api, link) = (aws.api(), aws.link());
    for uri in [
        "http://example.com",
        "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/net/a/1",
        "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/a/1",
    ] {
        aws.refuses("CreateIntegration", private(&api, &link, uri), "BadRequestException", URI_WORDS);
    }
    let unknown = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener/net/a/1/2";
    aws.refuses("CreateIntegration", private(&api, &link, unknown), "BadRequestException", RACE);
    aws.ok("CreateIntegration", private(&api, &link, SERVICE));
}

/// Inferred from TF 22590: soon after CreateListener the listener sometimes cannot be found.
#[test]
fn some_listeners_cannot_be_found_for_two_seconds_after_they_are_made() {
    let mut aws = Aws::new();
    let (api, link) = (aws.api(), aws.link());
    let listeners = aws.listeners(16);
    let mut late = Vec::new();
    for listener in &listeners {
        match aws.call("CreateIntegration", private(&api, &link, listener)) {
            Ok(_) => {}
            Err(fault) => {
                assert_eq!((fault.code.as_str(), fault.message.as_str()), ("BadRequestException", RACE));
                late.push(listener);
            }
        }
    }
    assert!(!late.is_empty() && late.len() < listeners.len(), "{} of {}", late.len(), listeners.len());
    aws.advance(2);
    for listener in late {
        aws.ok("CreateIntegration", private(&api, &link, listener));
    }
    aws.state().delays.listener_visible = std::time::Duration::ZERO;
    for listener in aws.listeners(16) {
        aws.ok("CreateIntegration", private(&api, &link, &listener));
    }
}

/// The link must exist and be up.
#[test]
fn an_integration_cannot_name_a_link_that_is_not_up() {
    let mut aws = Aws::new();
    let api = aws.api();
    let message = "Invalid VpcLink identifier specified none";
    aws.refuses("CreateIntegration", private(&api, "none", SERVICE), "BadRequestException", message);
    let pending = json!({"Name": "l", "SubnetIds": super::fixture::SUBNETS});
    let link = id(&aws.ok("CreateVpcLink", pending), "VpcLinkId");
    let message = format!("VpcLink {link} cannot be used: its status is \"PENDING\"");
    aws.refuses("CreateIntegration", private(&api, &link, SERVICE), "BadRequestException", &message);
    aws.advance(90);
    aws.ok("DeleteVpcLink", json!({"VpcLinkId": link}));
    let message = format!("VpcLink {link} cannot be used: its status is \"DELETING\"");
    aws.refuses("CreateIntegration", private(&api, &link, SERVICE), "BadRequestException", &message);
}

/// BC, CreateIntegration; AGD, parameter mapping; aws-cli 6363 and cdk 22916 have words.
#[test]
fn what_an_http_api_does_not_have_is_refused() {
    let mut aws = Aws::new();
    let (api, link) = (aws.api(), aws.link());
    for (member, value) in [
        ("IntegrationType", json!("MOCK")),
        ("IntegrationType", json!("HTTP")),
        ("IntegrationMethod", json!("FETCH")),
        ("IntegrationMethod", json!("")),
        ("IntegrationUri", json!("")),
        ("PayloadFormatVersion", json!("2.0")),
        ("TimeoutInMillis", json!(49)),
        ("TimeoutInMillis", json!(30_001)),
        ("ConnectionId", json!("")),
        ("ConnectionType", json!("INTERNET")),
        ("PassthroughBehavior", json!("NEVER")),
        ("RequestTemplates", json!({"a": "b"})),
        ("RequestParameters", json!({"append:header.Authorization": "x"})),
        ("RequestParameters", json!({"append:header.a": "$request.nothing"})),
        ("ResponseParameters", json!({"99": {"append:header.a": "x"}})),
        ("ResponseParameters", json!({"200": {"overwrite:path": "/"}})),
    ] {
        let mut input = private(&api, &link, SERVICE);
        input[member] = value.clone();
        assert_eq!(aws.refused("CreateIntegration", input).code, "BadRequestException", "{member} {value}");
    }
    let mut tls = private(&api, &link, "https://example.com");
    tls["ConnectionType"] = json!("INTERNET");
    tls["ConnectionId"] = json!("");
    tls["TlsConfig"] = json!({"ServerNameToVerify": "example.com"});
    assert_eq!(aws.refused("CreateIntegration", tls).code, "BadRequestException");
    assert!(aws.all("GetIntegrations", &json!({"ApiId": api})).is_empty());
}

/// AGD, parameter mapping: an empty value removes a mapping, an empty map those of a status code;
/// what is left out stays.
#[test]
fn updating_an_integration_merges_its_mappings() {
    let mut aws = Aws::new();
    let api = aws.api();
    let integration = aws.integration(&api);
    let key = json!({"ApiId": api, "IntegrationId": integration});
    let update = |changes: Value| {
        let mut input = key.clone();
        input.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        input
    };
    aws.ok(
        "UpdateIntegration",
        update(json!({
            "RequestParameters": {"append:header.a": "1", "append:header.b": "2"},
            "ResponseParameters": {"500": {"overwrite:statuscode": "403"}, "404": {"append:header.c": "3"}},
            "TimeoutInMillis": 100,
        })),
    );
    let merged = aws.ok(
        "UpdateIntegration",
        update(json!({
            "RequestParameters": {"append:header.a": "", "overwrite:path": "$request.path"},
            "ResponseParameters": {"500": {}},
        })),
    );
    assert_eq!(
        merged["RequestParameters"],
        json!({"append:header.b": "2", "overwrite:path": "$request.path"})
    );
    assert_eq!(merged["ResponseParameters"], json!({"404": {"append:header.c": "3"}}));
    assert_eq!(merged["TimeoutInMillis"], 100);
}

/// TF 12195, terraform-aws-next-js 247.
#[test]
fn an_integration_that_routes_use_cannot_be_deleted() {
    let mut aws = Aws::new();
    let api = aws.api();
    let integration = aws.integration(&api);
    let route = aws.route(&api, "GET /a", &integration);
    let key = json!({"ApiId": api, "IntegrationId": integration});
    let message = format!(
        "Cannot delete Integration because it is referenced by the following Routes with Ids: [{route}]"
    );
    aws.refuses("DeleteIntegration", key.clone(), "ConflictException", &message);
    aws.ok("DeleteRoute", json!({"ApiId": api, "RouteId": route}));
    aws.ok("DeleteIntegration", key.clone());
    let message = format!("Invalid Integration identifier specified {integration}");
    for operation in ["GetIntegration", "UpdateIntegration", "DeleteIntegration"] {
        aws.refuses(operation, key.clone(), "NotFoundException", &message);
    }
}
