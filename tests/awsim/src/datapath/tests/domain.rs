use http::Request;
use serde_json::json;

use super::lab::{Answer, Lab, said, text};
use crate::seed::{ACCOUNT, REGION};
use crate::testing::{certificate, issued};

pub(super) const NAME: &str = "api.shop.example";

/// A domain name, and what lies under its keys: stages of the lab's API.
pub(super) fn domain(lab: &Lab, name: &str, keys: &[(&str, &str)]) {
    let certificate = lab.server.with_world(|w| certificate(&mut w.call(ACCOUNT, REGION)));
    let configuration = json!([{"CertificateArn": certificate}]);
    lab.gw("CreateDomainName", json!({"DomainName": name, "DomainNameConfigurations": configuration}));
    for (key, stage) in keys {
        let mapping = json!({"DomainName": name, "ApiId": lab.api, "Stage": stage, "ApiMappingKey": key});
        lab.gw("CreateApiMapping", mapping);
    }
}

pub(super) async fn get(lab: &Lab, host: &str, path: &str) -> Answer {
    lab.send(Request::get(path).header("host", host)).await
}

/// AGD, API mappings; serverless-express 465: nothing of the key reaches the target, and the name
/// of the stage does, unless it is `$default`.
#[tokio::test]
async fn a_request_to_a_custom_domain_goes_to_the_mapped_stage_without_the_mappings_key() {
    let lab = Lab::with_routes(&["GET /a", "ANY /{proxy+}"]).await;
    lab.change("CreateStage", json!({"StageName": "live", "AutoDeploy": true}));
    domain(&lab, NAME, &[("", "$default"), ("v1", "$default"), ("v2/shop", "live")]);
    let answer = get(&lab, NAME, "/v1/a?x=1").await;
    assert_eq!((answer.status.as_u16(), &answer.json()["uri"]), (200, &json!("/a?x=1")));
    assert_eq!(answer.json()["headers"]["host"], NAME);
    let trace = lab.trace();
    assert_eq!((trace.route_key.as_deref(), trace.stage.as_deref()), (Some("GET /a"), Some("$default")));
    assert!(trace.mapping.is_some());
    assert_eq!(get(&lab, NAME, "/v2/shop/a").await.json()["uri"], "/live/a");
    assert_eq!(lab.trace().route_key.as_deref(), Some("GET /a"));
    // The mapping names the stage: no segment of the path does.
    assert_eq!(get(&lab, NAME, "/live/a").await.json()["uri"], "/live/a");
    assert_eq!(lab.trace().stage.as_deref(), Some("$default"));
    lab.change(
        "UpdateIntegration",
        json!({"RequestParameters": {
            "overwrite:path": "$request.path", "overwrite:header.x-domain": "$context.domainName",
            "overwrite:header.x-prefix": "$context.domainPrefix", "overwrite:header.x-path": "$context.path",
        }}),
    );
    assert_eq!(get(&lab, "API.Shop.Example:443", "/v1/b").await.json()["uri"], "/b");
    let got = get(&lab, NAME, "/v2/shop/b").await.json();
    assert_eq!((&got["uri"], &got["headers"]["x-path"]), (&json!("/b"), &json!("/live/b")));
    assert_eq!((&got["headers"]["x-domain"], &got["headers"]["x-prefix"]), (&json!(NAME), &json!("api")));
}

/// re:Post, API Gateway 403 errors: no mapping.
#[tokio::test]
async fn a_custom_domain_without_a_mapping_for_the_path_forbids() {
    let lab = Lab::with_routes(&["GET /a"]).await;
    domain(&lab, NAME, &[("v1", "$default")]);
    for path in ["/a", "/v2/a", "/v1a"] {
        assert_eq!(get(&lab, NAME, path).await.refusal(), said(403, "Forbidden"), "{path}");
    }
    assert_eq!(get(&lab, NAME, "/v1/b").await.refusal(), said(404, "Not Found"));
    let made = lab.gw("GetDomainName", json!({"DomainName": NAME}));
    let endpoint = text(&made["DomainNameConfigurations"][0], "ApiGatewayDomainName");
    assert_eq!(get(&lab, &endpoint, "/v1/a").await.refusal(), said(403, "Forbidden"));
    lab.gw("DeleteDomainName", json!({"DomainName": NAME}));
    // No longer a host of the data path: the front takes it for a call, which it is not.
    assert_ne!(get(&lab, NAME, "/v1/a").await.status, 200);
}

/// AGD, wildcard custom domain names: one label, and the name itself wins.
#[tokio::test]
async fn a_wildcard_domain_takes_the_names_that_are_not_there_themselves() {
    let lab = Lab::with_routes(&["GET /a"]).await;
    domain(&lab, "*.shop.example", &[("", "$default")]);
    domain(&lab, NAME, &[]);
    assert_eq!(get(&lab, "eu.shop.example", "/a").await.status, 200);
    assert_eq!(get(&lab, NAME, "/a").await.refusal(), said(403, "Forbidden"));
    assert_ne!(get(&lab, "a.eu.shop.example", "/a").await.status, 200);
}

/// AGD, "Disabling the default endpoint": 404 there, and the custom domain serves on. With mutual
/// TLS a client without a certificate is turned away.
#[tokio::test]
async fn a_disabled_default_endpoint_leaves_the_custom_domain_and_mutual_tls_closes_it() {
    let lab = Lab::with_routes(&["GET /a"]).await;
    domain(&lab, NAME, &[("", "$default")]);
    lab.change("UpdateApi", json!({"DisableExecuteApiEndpoint": true}));
    assert_eq!(lab.get("/a").await.refusal(), said(404, "Not Found"));
    assert_eq!(get(&lab, NAME, "/a").await.status, 200);
    let mutual = json!({"TruststoreUri": "s3://trust/store.pem"});
    let names = ["shop.example", "*.shop.example"];
    let proof = lab.server.with_world(|w| issued(&mut w.call(ACCOUNT, REGION), &names));
    let proof = json!([{"OwnershipVerificationCertificateArn": proof}]);
    lab.gw(
        "UpdateDomainName",
        json!({"DomainName": NAME, "MutualTlsAuthentication": mutual, "DomainNameConfigurations": proof}),
    );
    assert_eq!(get(&lab, NAME, "/a").await.refusal(), said(403, "Forbidden"));
}
