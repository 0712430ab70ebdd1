use http::Request;
use serde_json::{Value, json};

use super::domain;
use super::lab::{Lab, text};
use crate::seed::{ACCOUNT, REGION};

const GROUP: &str = "/aws/vendedlogs/apis/shop";

/// Turns access logs on, with these variables.
pub(super) fn log(lab: &Lab, variables: &[&str]) {
    lab.call("logs", "CreateLogGroup", json!({"logGroupName": GROUP}));
    let variables: Vec<String> = variables.iter().map(|name| format!("$context.{name}")).collect();
    let format = format!("{}|$context.requestId", variables.join("|"));
    let arn = format!("arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{GROUP}");
    lab.change("UpdateStage", json!({"AccessLogSettings": {"DestinationArn": arn, "Format": format}}));
}

fn events(lab: &Lab) -> Vec<Value> {
    lab.call("logs", "FilterLogEvents", json!({"logGroupName": GROUP}))["events"].as_array().unwrap().clone()
}

/// The newest line without the request's id, which is checked.
#[track_caller]
pub(super) fn last(lab: &Lab) -> String {
    let line = text(events(lab).last().unwrap(), "message");
    let (line, id) = line.rsplit_once('|').unwrap();
    assert_eq!(id, lab.trace().request_id);
    line.to_owned()
}

/// AGD, logging variables: `-` for what has no value; `requestTimeEpoch` in seconds and one id for
/// both of the request's, as in lines of AWS.
#[tokio::test]
async fn a_request_leaves_a_line_in_the_stages_log_group() {
    let lab = Lab::with_routes(&["GET /a"]).await;
    let names = [
        "accountId",
        "apiId",
        "domainName",
        "domainPrefix",
        "httpMethod",
        "identity.sourceIp",
        "identity.userAgent",
        "path",
        "protocol",
        "requestTime",
        "requestTimeEpoch",
        "routeKey",
        "stage",
        "status",
        "integrationStatus",
        "integration.status",
        "integrationLatency",
        "responseLatency",
        "error.message",
        "error.responseType",
        "integrationErrorMessage",
        "authorizer.error",
        "authorizer.claims.sub",
        "extendedRequestId",
    ];
    log(&lab, &names);
    let before = lab.server.clock().now();
    assert_eq!(lab.send(Request::get("/a?b=c").header("user-agent", "curl/8")).await.status, 200);
    let at = i64::try_from(before.0).unwrap();
    let time = jiff::Timestamp::from_millisecond(at).unwrap();
    let (host, api) = (lab.host(), lab.api.clone());
    let expected = [
        ACCOUNT,
        &api,
        &host,
        &api,
        "GET",
        "127.0.0.1",
        "curl/8",
        "/a",
        "HTTP/1.1",
        &time.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
        &(at / 1000).to_string(),
        "GET /a",
        "$default",
        "200",
        "200",
        "200",
        "0",
        "0",
        "-",
        "-",
        "-",
        "-",
        "-",
        &lab.trace().request_id,
    ];
    assert_eq!(last(&lab), expected.join("|"));
    let stream = format!("{api}_.default-{}", time.strftime("%Y-%m-%d-%H-%M"));
    assert_eq!(text(&events(&lab)[0], "logStreamName"), stream);
}

/// AGD, http-api-monitor: what API Gateway refuses itself is logged.
#[tokio::test]
async fn refusals_of_a_stage_are_logged_with_their_reason() {
    let lab = Lab::with_routes(&["GET /a"]).await;
    log(&lab, &["status", "routeKey", "error.messageString", "error.responseType", "integration.status"]);
    lab.get("/none").await;
    assert_eq!(last(&lab), r#"404|-|"Not Found"|RESOURCE_NOT_FOUND|-"#);
    lab.route("GET /signed", json!({"AuthorizationType": "AWS_IAM"}));
    lab.advance(10);
    lab.get("/signed").await;
    assert_eq!(last(&lab), r#"403|GET /signed|"Forbidden"|ACCESS_DENIED|-"#);
    lab.change("UpdateStage", json!({"DefaultRouteSettings": {"ThrottlingRateLimit": 0.0}}));
    lab.get("/a").await;
    assert_eq!(last(&lab), r#"429|GET /a|"Too Many Requests"|THROTTLED|-"#);
    assert_eq!(events(&lab).len(), 3);
}

/// AGD, http-api-logging-variables: what a line can tell of a failed integration.
#[tokio::test]
async fn a_failing_integration_tells_its_error_and_how_long_it_took() {
    let lab = Lab::with_routes(&["GET /hang"]).await;
    lab.change("UpdateIntegration", json!({"TimeoutInMillis": 2500}));
    let names = ["status", "integrationLatency", "error.message", "error.responseType", "integration.error"];
    log(&lab, &names);
    lab.get_in_time("/hang").await;
    let line = last(&lab);
    let parts: Vec<&str> = line.split('|').collect();
    assert_eq!((parts[0], parts[2], parts[3]), ("503", "Service Unavailable", "INTEGRATION_TIMEOUT"));
    assert!(parts[1].parse::<u64>().unwrap() >= 2500, "{line}");
    assert!(parts[4].ends_with("did not answer within the integration's 2500 ms"), "{line}");
    lab.call("elbv2", "DeleteListener", json!({"ListenerArn": lab.listener}));
    lab.get("/hang").await;
    assert!(last(&lab).starts_with("503|-|Service Unavailable|INTEGRATION_FAILURE|there is no listener"));
}

/// Neither a line nor a metric.
#[track_caller]
fn nothing_told(lab: &Lab) {
    assert!(events(lab).is_empty());
    let told = lab.server.with_world(|w| w.call(ACCOUNT, REGION).region.cloudwatch.metrics.len());
    assert_eq!(told, 0);
}

/// AGD, logging variables and http-api-monitor: without a mapping there is nothing to log to.
#[tokio::test]
async fn requests_to_a_custom_domain_tell_the_mappings_key_and_none_is_not_logged() {
    let lab = Lab::with_routes(&["GET /a"]).await;
    log(&lab, &["status", "customDomain.basePathMatched", "domainName", "path"]);
    domain::domain(&lab, domain::NAME, &[("v1", "$default")]);
    assert_eq!(domain::get(&lab, domain::NAME, "/v2/a").await.status, 403);
    nothing_told(&lab);
    assert_eq!(domain::get(&lab, domain::NAME, "/v1/a").await.status, 200);
    assert_eq!(last(&lab), format!("200|v1|{}|/a", domain::NAME));
}

/// AGD, logging variables: what an authorizer says; a preflight is answered without one.
#[tokio::test]
async fn an_authorizers_refusal_and_a_preflight_are_logged() {
    let lab = Lab::with_routes(&[]).await;
    log(&lab, &["status", "httpMethod", "responseLength", "authorizer.error", "integrationLatency"]);
    let authorizer = lab.gw(
        "CreateAuthorizer",
        json!({
            "ApiId": lab.api, "Name": "tokens", "AuthorizerType": "JWT",
            "IdentitySource": ["$request.header.Authorization"],
            "JwtConfiguration": {"Issuer": "https://issuer.example", "Audience": ["shop"]},
        }),
    );
    lab.route("GET /a", json!({"AuthorizationType": "JWT", "AuthorizerId": authorizer["AuthorizerId"]}));
    lab.change("UpdateApi", json!({"CorsConfiguration": {"AllowOrigins": ["*"]}}));
    let length = lab.get("/a").await.body.len();
    assert_eq!(last(&lab), format!("401|GET|{length}|missing: token not provided|-"));
    let preflight = Request::options("/a").header("origin", "https://a.example");
    lab.send(preflight.header("access-control-request-method", "GET")).await;
    assert_eq!(last(&lab), "204|OPTIONS|0|-|-");
}

/// AGD, http-api-monitor: too large a request leaves neither a line nor a metric; without access
/// logs there is no line.
#[tokio::test]
async fn some_requests_are_not_logged() {
    let lab = Lab::with_routes(&["GET /a"]).await;
    log(&lab, &["status"]);
    let answer = lab.send(Request::get("/a").header("x-long", "x".repeat(10_240))).await;
    assert_eq!(answer.status, 431);
    nothing_told(&lab);
    lab.get("/a").await;
    assert_eq!(events(&lab).len(), 1);
    lab.change("DeleteAccessLogSettings", json!({}));
    lab.get("/a").await;
    assert_eq!(events(&lab).len(), 1);
    log_to_a_group_that_is_deleted(&lab).await;
}

async fn log_to_a_group_that_is_deleted(lab: &Lab) {
    lab.call("logs", "DeleteLogGroup", json!({"logGroupName": GROUP}));
    log(lab, &["status"]);
    lab.call("logs", "DeleteLogGroup", json!({"logGroupName": GROUP}));
    assert_eq!(lab.get("/a").await.status, 200);
}
