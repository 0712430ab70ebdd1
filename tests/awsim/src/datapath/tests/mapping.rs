use http::Request;
use serde_json::json;

use super::lab::Lab;

/// AGD, parameter mapping, of requests.
#[tokio::test]
async fn request_mappings_change_headers_query_and_path() {
    let lab = Lab::with_routes(&["POST /orders/{id}"]).await;
    lab.change("UpdateStage", json!({"StageVariables": {"env": "live"}}));
    lab.change(
        "UpdateIntegration",
        json!({"RequestParameters": {
            "append:header.x-id": "$request.path.id",
            "overwrite:header.x-over": "$context.routeKey",
            "remove:header.x-secret": "''",
            "append:header.x-renamed": "$request.header.x-secret",
            "append:header.x-absent": "$request.header.x-none",
            "append:header.x-stage": "${stageVariables.env}-${context.stage}",
            "append:header.x-body": "$request.body.customer.name",
            "append:header.x-queries": "$request.querystring.q",
            "append:querystring.added": "$context.httpMethod",
            "remove:querystring.gone": "''",
            "overwrite:path": "/v2/${request.path.id}",
        }}),
    );
    let request =
        Request::post("/orders/7?q=1&gone=x&q=2").header("x-secret", "s").header("x-over", "client");
    let body = json!({"customer": {"name": "Ada"}}).to_string();
    let got = lab.send_body(request, body.into()).await.json();
    assert_eq!(got["uri"], "/v2/7?q=1&q=2&added=POST");
    let headers = &got["headers"];
    for (name, value) in [
        ("x-id", "7"),
        ("x-over", "POST /orders/{id}"),
        ("x-renamed", "s"),
        ("x-stage", "live-$default"),
        ("x-body", "Ada"),
        ("x-queries", "1,2"),
    ] {
        assert_eq!(headers[name], value, "{name}");
    }
    assert_eq!((headers.get("x-secret"), headers.get("x-absent")), (None, None));
}

/// AGD, parameter mapping, of responses: by the status code that the target answers.
#[tokio::test]
async fn response_mappings_change_status_and_headers_by_status_code() {
    let lab = Lab::with_routes(&["GET /status/{code}", "HEAD /status/{code}"]).await;
    lab.change(
        "UpdateIntegration",
        json!({"ResponseParameters": {
            "500": {"overwrite:statuscode": "403", "append:header.x-why": "$response.body.uri"},
            "200": {"remove:header.x-pod": "''"},
        }}),
    );
    let answer = lab.get("/status/500").await;
    assert_eq!((answer.status.as_u16(), &answer.headers["x-why"]), (403, &"/status/500".parse().unwrap()));
    let answer = lab.get("/status/200").await;
    assert_eq!((answer.status.as_u16(), answer.headers.get("x-pod")), (200, None));
    assert_eq!(lab.get("/status/404").await.status, 404);
    let answer = lab.send(Request::head("/status/404")).await;
    assert_eq!((answer.status.as_u16(), answer.body.len()), (404, 0));
}
