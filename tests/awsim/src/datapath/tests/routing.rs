use http::Request;
use serde_json::json;

use super::lab::{Lab, said};

const NOT_FOUND: (u16, &str) = (404, "Not Found");

/// AGD, routes: without a match, not even `$default`, the answer is 404 `{"message":"Not Found"}`.
#[tokio::test]
async fn a_request_without_a_route_an_api_or_a_stage_is_not_found() {
    let lab = Lab::with_routes(&["GET /orders"]).await;
    for (method, path) in [("GET", "/"), ("POST", "/orders"), ("GET", "/orders/1"), ("GET", "/orders/")] {
        let answer = lab.send(Request::builder().method(method).uri(path)).await;
        assert_eq!(answer.refusal(), said(NOT_FOUND.0, NOT_FOUND.1), "{method} {path}");
        assert!(answer.headers.contains_key("apigw-requestid"));
    }
    let stranger = "abcdefghij.execute-api.eu-central-1.amazonaws.com";
    let answer = lab.send(Request::get("/orders").header("host", stranger)).await;
    assert_eq!(answer.refusal(), said(NOT_FOUND.0, NOT_FOUND.1));
    lab.change("DeleteStage", json!({}));
    assert_eq!(lab.get("/orders").await.refusal(), said(NOT_FOUND.0, NOT_FOUND.1));
}

/// AGD: the most specific route wins.
#[tokio::test]
async fn the_most_specific_route_answers() {
    let lab = Lab::with_routes(&["GET /a/b", "GET /a/{x}", "ANY /{proxy+}", "$default"]).await;
    for (path, key) in
        [("/a/b", "GET /a/b"), ("/a/c", "GET /a/{x}"), ("/a/c/d", "ANY /{proxy+}"), ("/", "$default")]
    {
        assert_eq!(lab.get(path).await.status, 200);
        assert_eq!(lab.trace().route_key.as_deref(), Some(key), "{path}");
    }
}

/// AGD, stages and private integrations: a first segment that is a stage's name selects the stage, and
/// stays in the path that the target sees unless it is mapped away.
#[tokio::test]
async fn a_stages_name_in_the_path_selects_it_and_is_sent_on() {
    let lab = Lab::with_routes(&["GET /a", "GET /live/a"]).await;
    assert_eq!(lab.get("/live/a").await.json()["uri"], "/live/a");
    assert_eq!(lab.trace().route_key.as_deref(), Some("GET /live/a"));
    lab.change("CreateStage", json!({"StageName": "live", "AutoDeploy": true}));
    assert_eq!(lab.get("/live/a?q=1").await.json()["uri"], "/live/a?q=1");
    let trace = lab.trace();
    assert_eq!((trace.stage.as_deref(), trace.route_key.as_deref()), (Some("live"), Some("GET /a")));
    assert_eq!(lab.get("/a").await.json()["uri"], "/a");
    lab.change("UpdateIntegration", json!({"RequestParameters": {"overwrite:path": "$request.path"}}));
    assert_eq!(lab.get("/live/a?q=1").await.json()["uri"], "/a?q=1");
}

/// BC, AutoDeploy; AGD, disabling the default endpoint, which takes a deployment.
#[tokio::test]
async fn a_stage_serves_its_deployment() {
    let lab = Lab::with_routes(&["GET /a"]).await;
    lab.change("UpdateStage", json!({"AutoDeploy": false}));
    lab.route("GET /b", json!({}));
    lab.advance(1);
    assert_eq!(lab.get("/b").await.refusal(), said(NOT_FOUND.0, NOT_FOUND.1));
    lab.change("CreateDeployment", json!({}));
    assert_eq!(lab.get("/b").await.status, 200);
    lab.change("UpdateApi", json!({"DisableExecuteApiEndpoint": true}));
    assert_eq!(lab.get("/b").await.status, 200);
    lab.change("CreateDeployment", json!({}));
    assert_eq!(lab.get("/b").await.refusal(), said(NOT_FOUND.0, NOT_FOUND.1));
}

/// AGD, JWT authorizers and IAM authorization: without credentials nothing passes.
#[tokio::test]
async fn a_route_with_authorization_refuses_who_brings_none() {
    let lab = Lab::with_routes(&[]).await;
    let authorizer = lab.gw(
        "CreateAuthorizer",
        json!({
            "ApiId": lab.api, "Name": "tokens", "AuthorizerType": "JWT",
            "IdentitySource": ["$request.header.Authorization"],
            "JwtConfiguration": {"Issuer": "https://issuer.example", "Audience": ["shop"]},
        }),
    );
    lab.route("GET /jwt", json!({"AuthorizationType": "JWT", "AuthorizerId": authorizer["AuthorizerId"]}));
    lab.route("GET /iam", json!({"AuthorizationType": "AWS_IAM"}));
    lab.advance(1);
    assert_eq!(lab.get("/jwt").await.refusal(), said(401, "Unauthorized"));
    let token = Request::get("/jwt").header("authorization", "Bearer a.b.c");
    assert_eq!(lab.send(token).await.refusal(), said(401, "Unauthorized"));
    assert_eq!(lab.get("/iam").await.refusal(), said(403, "Forbidden"));
}
