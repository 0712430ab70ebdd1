use bytes::Bytes;
use http::Request;
use serde_json::json;

use super::lab::{Lab, said};
use crate::datapath::MAX_PAYLOAD;
use crate::seed;

const THROTTLED: (u16, &str) = (429, "Too Many Requests");

/// AGD, throttling: a route's own settings replace the stage's defaults; buckets refill on the
/// clock.
#[tokio::test]
async fn throttles_of_the_stage_and_of_a_route_are_token_buckets() {
    let lab = Lab::with_routes(&["GET /a", "GET /b", "GET /own"]).await;
    lab.change(
        "UpdateStage",
        json!({
            "DefaultRouteSettings": {"ThrottlingRateLimit": 1.0, "ThrottlingBurstLimit": 2},
            "RouteSettings": {"GET /own": {"ThrottlingRateLimit": 0.5, "ThrottlingBurstLimit": 1}},
        }),
    );
    assert_eq!(lab.get("/a").await.status, 200);
    assert_eq!(lab.get("/b").await.status, 200);
    assert_eq!(lab.get("/a").await.refusal(), said(THROTTLED.0, THROTTLED.1));
    assert_eq!(lab.trace().why.unwrap(), "throttled by the stage's default: 1 a second, 2 at once");
    assert_eq!(lab.get("/own").await.status, 200);
    assert_eq!(lab.get("/own").await.refusal(), said(THROTTLED.0, THROTTLED.1));
    lab.advance(1);
    assert_eq!(lab.get("/b").await.status, 200);
    assert_eq!(lab.get("/own").await.refusal(), said(THROTTLED.0, THROTTLED.1));
    lab.advance(1);
    assert_eq!(lab.get("/own").await.status, 200);
}

/// LIM: 10,000 requests a second and 5,000 at once, of all APIs of an account in a region; fewer in newer
/// regions. AGD, order of limits: what a stage refuses takes nothing from it.
#[tokio::test]
async fn all_apis_of_an_account_share_a_throttle() {
    let lab = Lab::with_routes(&["GET /a"]).await;
    let set = |changes: serde_json::Value| {
        lab.server.with_world(|world| {
            world.options.throttling = true;
            world.options.throttles.change(&serde_json::from_value(changes).unwrap()).unwrap();
        });
    };
    assert_eq!(lab.get("/a").await.status, 200);
    let left = || lab.server.with_world(|w| w.call(seed::ACCOUNT, seed::REGION).region.apigatewayv2.requests);
    set(json!({"execute-api:account": {"rate": 1, "burst": 2}}));
    lab.server.with_world(|w| w.call(seed::ACCOUNT, seed::REGION).region.apigatewayv2.requests = None);
    for _ in 0..2 {
        assert_eq!(lab.get("/a").await.status, 200);
    }
    assert_eq!(lab.get("/a").await.refusal(), said(THROTTLED.0, THROTTLED.1));
    assert_eq!(lab.trace().why.unwrap(), "throttled by the account: 1 a second, 2 at once");
    lab.advance(1);
    let none = json!({"DefaultRouteSettings": {"ThrottlingRateLimit": 0.0, "ThrottlingBurstLimit": 0}});
    lab.change("UpdateStage", none);
    let before = left();
    assert_eq!(lab.get("/a").await.status, 429);
    assert_eq!(left(), before);
}

/// terraform-aws-apigateway-v2 13, 78: a rate without a burst refuses every request, and so does the reverse.
#[tokio::test]
async fn half_a_throttle_refuses_every_request() {
    for half in [json!({"ThrottlingRateLimit": 100.0}), json!({"ThrottlingBurstLimit": 100})] {
        let lab = Lab::with_routes(&["GET /a"]).await;
        lab.change("UpdateStage", json!({"DefaultRouteSettings": half}));
        assert_eq!(lab.get("/a").await.refusal(), said(THROTTLED.0, THROTTLED.1), "{half}");
    }
}

/// HQ: 10 MB of body, 10240 bytes of request line and headers.
#[tokio::test]
async fn too_large_a_request_is_refused() {
    let lab = Lab::with_routes(&["POST /a", "POST /bytes/{n}", "GET /a"]).await;
    let body = Bytes::from(vec![b'x'; MAX_PAYLOAD + 1]);
    let answer = lab.send_body(Request::post("/a"), body.clone()).await;
    assert_eq!(answer.refusal(), said(413, "Request Entity Too Large"));
    assert_eq!(lab.send_body(Request::post("/bytes/2"), body.slice(1..)).await.body.len(), 2);
    let too_long = said(431, "Request Header Fields Too Large");
    let answer = lab.send(Request::post("/a").header("x-long", "x".repeat(10_240))).await;
    assert_eq!(answer.refusal(), too_long);
    // The request line counts, the query with it.
    assert_eq!(lab.get(&format!("/a?{}", "x".repeat(10_240))).await.refusal(), too_long);
    assert_eq!(lab.get(&format!("/a?{}", "x".repeat(10_000))).await.status, 200);
    let body = Bytes::from(vec![b'x'; 1_000_000]);
    let answer = lab.send_body(Request::post("/a"), body).await;
    assert_eq!(answer.json()["body"].as_str().unwrap().len(), 1_000_000);
}

/// re:Post, API Gateway 5xx errors: "Backend payload size exceeding 10 MB" is an internal server error.
#[tokio::test]
async fn too_large_a_response_is_an_internal_server_error() {
    let lab = Lab::with_routes(&["GET /bytes/{n}"]).await;
    assert_eq!(lab.get(&format!("/bytes/{MAX_PAYLOAD}")).await.body.len(), MAX_PAYLOAD);
    let answer = lab.get(&format!("/bytes/{}", MAX_PAYLOAD + 1)).await;
    assert_eq!(answer.refusal(), said(500, "Internal Server Error"));
    assert!(lab.trace().why.unwrap().ends_with("is larger than 10 MB"));
}
