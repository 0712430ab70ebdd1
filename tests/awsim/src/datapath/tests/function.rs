//! Lambda authorizers, asked for real: AGD, "Working with AWS Lambda authorizers for HTTP APIs", where
//! no other source is named.

use http::Request;
use serde_json::{Value, json};

use super::access_log::{last, log};
use super::lab::{Answer, Lab, said, text};
use super::local::Local;
use crate::seed::{ACCOUNT, REGION};

const FUNCTION: &str = "arn:aws:lambda:eu-central-1:123456789012:function:gate";

fn yes() -> Value {
    json!({"isAuthorized": true, "context": {"who": "me", "number": 1}})
}

fn policy(effect: &str, resource: &str) -> Value {
    let statement = json!({"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource});
    json!({"principalId": "me", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}})
}

/// An API with an authorizer: format 2.0, simple responses, the Authorization header, nothing kept, but
/// for what `settings` says; and the routes `GET /a/{id}` and `GET /b` that ask it.
struct Fixture {
    lab: Lab,
    function: Local,
}

impl Fixture {
    async fn new<F>(settings: Value, answer: F) -> Fixture
    where
        F: Fn(&Value) -> Option<(u16, Value)> + Send + Sync + 'static,
    {
        let function = Local::serve(move |_, event| answer(event)).await;
        let lab = Lab::with_routes(&[]).await;
        lab.server.with_world(|w| w.outside.functions.insert(FUNCTION.to_owned(), function.place()));
        let uri =
            format!("arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{FUNCTION}/invocations");
        let mut input = json!({
            "ApiId": lab.api, "Name": "gate", "AuthorizerType": "REQUEST", "AuthorizerUri": uri,
            "IdentitySource": ["$request.header.Authorization"], "AuthorizerPayloadFormatVersion": "2.0",
            "EnableSimpleResponses": true,
        });
        input.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        let authorizer = text(&lab.gw("CreateAuthorizer", input), "AuthorizerId");
        let mapping = json!({"append:header.x-who": "$context.authorizer.who"});
        lab.change("UpdateIntegration", json!({"RequestParameters": mapping}));
        for key in ["GET /a/{id}", "GET /b"] {
            lab.route(key, json!({"AuthorizationType": "CUSTOM", "AuthorizerId": authorizer}));
        }
        lab.change("UpdateStage", json!({"StageVariables": {"colour": "blue"}}));
        Fixture { lab, function }
    }

    async fn get(&self, path: &str) -> Answer {
        self.lab.send(Request::get(path).header("authorization", "let me in")).await
    }

    fn count(&self) -> usize {
        self.function.asked().len()
    }
}

#[tokio::test]
async fn a_simple_response_says_yes_and_who_it_is() {
    let fixture = Fixture::new(json!({}), |_| Some((200, yes()))).await;
    log(&fixture.lab, &["status", "authorizer.who", "authorizer.number", "authorizer.error"]);
    let answer = fixture.get("/a/1").await;
    assert_eq!((answer.status.as_u16(), &answer.json()["headers"]["x-who"]), (200, &json!("me")));
    assert_eq!(last(&fixture.lab), "200|me|1|-");
    assert!(fixture.lab.trace().authorizer.is_some());
}

#[tokio::test]
async fn who_is_refused_is_forbidden() {
    let no = |_: &Value| Some((200, json!({"isAuthorized": false})));
    let simple = Fixture::new(json!({}), no).await;
    assert_eq!(simple.get("/b").await.refusal(), said(403, "Forbidden"));
    let why = simple.lab.trace().why.unwrap();
    let arn = format!("arn:aws:execute-api:{REGION}:{ACCOUNT}:{}/$default/GET/b", simple.lab.api);
    assert_eq!(why, format!("'GET /b': the authorizer 'gate' refuses {arn}"));
    let by_policy = Fixture::new(json!({"EnableSimpleResponses": false}), |e| {
        Some((200, policy("Deny", e["routeArn"].as_str()?)))
    });
    assert_eq!(by_policy.await.get("/b").await.refusal(), said(403, "Forbidden"));
}

/// The example of format 2.0; what a request does not have is left out.
#[tokio::test]
async fn the_event_of_format_2_is_as_documented() {
    let settings = json!({"IdentitySource": ["$request.header.Authorization", "$request.querystring.q"]});
    let fixture = Fixture::new(settings, |_| Some((200, yes()))).await;
    let request = Request::get("/a/1?q=x&q=y&r=z%20z")
        .header("authorization", "let me in")
        .header("cookie", "one=1; two=2")
        .header("user-agent", "curl/8")
        .header("x-many", "1")
        .header("x-many", "2");
    assert_eq!(fixture.lab.send(request).await.status, 200);
    let lab = &fixture.lab;
    let (now, trace) = (lab.server.clock().now(), lab.trace());
    let time = jiff::Timestamp::from_millisecond(i64::try_from(now.0).unwrap()).unwrap();
    let mut event = fixture.function.asked()[0].1.clone();
    let id = event["headers"].as_object_mut().unwrap().remove("x-amzn-trace-id").unwrap();
    assert!(id.as_str().unwrap().starts_with("Root=1-"), "{id}");
    assert_eq!(
        event,
        json!({
            "version": "2.0", "type": "REQUEST",
            "routeArn": format!("arn:aws:execute-api:{REGION}:{ACCOUNT}:{}/$default/GET/a/1", lab.api),
            "identitySource": ["let me in", "x,y"],
            "routeKey": "GET /a/{id}", "rawPath": "/a/1", "rawQueryString": "q=x&q=y&r=z%20z",
            "cookies": ["one=1", "two=2"],
            "headers": {"authorization": "let me in", "host": lab.host(), "user-agent": "curl/8", "x-many": "1,2",
                "x-forwarded-for": "127.0.0.1", "x-forwarded-port": "443", "x-forwarded-proto": "https"},
            "queryStringParameters": {"q": "x,y", "r": "z z"},
            "requestContext": {
                "accountId": ACCOUNT, "apiId": lab.api, "domainName": lab.host(), "domainPrefix": lab.api,
                "http": {"method": "GET", "path": "/a/1", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1",
                    "userAgent": "curl/8"},
                "requestId": trace.request_id, "routeKey": "GET /a/{id}", "stage": "$default",
                "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(), "timeEpoch": now.0,
            },
            "pathParameters": {"id": "1"}, "stageVariables": {"colour": "blue"},
        })
    );
    fixture.lab.send(Request::get("/b?q=1").header("authorization", "x")).await;
    let event = fixture.function.asked()[1].1.clone();
    assert_eq!((&event["cookies"], &event["pathParameters"]), (&Value::Null, &Value::Null));
}

/// The example of format 1.0.
#[tokio::test]
async fn the_event_of_format_1_is_as_documented() {
    let settings = json!({"AuthorizerPayloadFormatVersion": "1.0", "EnableSimpleResponses": false});
    let fixture = Fixture::new(settings, |event| Some((200, policy("Allow", event["methodArn"].as_str()?))));
    let fixture = fixture.await;
    assert_eq!(fixture.get("/a/1?q=x&q=y").await.status, 200);
    let mut event = fixture.function.asked()[0].1.clone();
    let context = event["requestContext"].take();
    let headers = event["headers"].take();
    assert_eq!(
        (&headers["authorization"], &headers["x-forwarded-proto"]),
        (&json!("let me in"), &json!("https"))
    );
    assert_eq!(
        event,
        json!({
            "version": "1.0", "type": "REQUEST",
            "methodArn": format!("arn:aws:execute-api:{REGION}:{ACCOUNT}:{}/$default/GET/a/1", fixture.lab.api),
            "identitySource": "let me in", "authorizationToken": "let me in",
            "resource": "/a/{id}", "path": "/a/1", "httpMethod": "GET",
            "headers": null, "queryStringParameters": {"q": "y"}, "pathParameters": {"id": "1"},
            "stageVariables": {"colour": "blue"}, "requestContext": null,
        })
    );
    assert_eq!((&context["resourcePath"], &context["stage"]), (&json!("/a/{id}"), &json!("$default")));
    assert_eq!(context["identity"]["sourceIp"], "127.0.0.1");
}

#[tokio::test]
async fn without_its_identity_sources_a_request_is_refused_and_nobody_asked() {
    let settings = json!({"IdentitySource": ["$request.header.Authorization", "$stageVariables.none"]});
    let fixture = Fixture::new(settings, |_| Some((200, yes()))).await;
    assert_eq!(fixture.lab.get("/b").await.refusal(), said(401, "Unauthorized"));
    assert_eq!(
        fixture.lab.trace().why.unwrap(),
        "'GET /b': the request has no $request.header.Authorization"
    );
    assert_eq!(fixture.get("/b").await.refusal(), said(401, "Unauthorized"));
    assert_eq!(fixture.lab.trace().why.unwrap(), "'GET /b': the request has no $stageVariables.none");
    assert_eq!(fixture.count(), 0);
}

#[tokio::test]
async fn an_answer_is_kept_for_its_identity_sources_and_its_time() {
    let fixture = Fixture::new(json!({"AuthorizerResultTtlInSeconds": 300}), |_| Some((200, yes()))).await;
    for path in ["/a/1", "/b", "/b"] {
        assert_eq!(fixture.get(path).await.json()["headers"]["x-who"], "me");
    }
    assert_eq!(fixture.count(), 1);
    fixture.lab.send(Request::get("/b").header("authorization", "other")).await;
    assert_eq!(fixture.count(), 2);
    fixture.lab.advance(299);
    fixture.get("/b").await;
    assert_eq!(fixture.count(), 2);
    fixture.lab.advance(1);
    fixture.get("/b").await;
    assert_eq!(fixture.count(), 3);
    // BC: ResetAuthorizersCache, of one stage.
    fixture.lab.change("ResetAuthorizersCache", json!({}));
    fixture.get("/b").await;
    assert_eq!(fixture.count(), 4);
}

/// Without a time nothing is kept; with the route's key among the sources, each route has its own.
#[tokio::test]
async fn answers_are_kept_by_route_only_if_the_route_is_a_source() {
    let without = Fixture::new(json!({}), |_| Some((200, yes()))).await;
    without.get("/b").await;
    without.get("/b").await;
    assert_eq!(without.count(), 2);
    let sources = json!(["$request.header.Authorization", "$context.routeKey"]);
    let settings = json!({"AuthorizerResultTtlInSeconds": 300, "IdentitySource": sources});
    let by_route = Fixture::new(settings, |_| Some((200, yes()))).await;
    for path in ["/a/1", "/a/2", "/b", "/b"] {
        by_route.get(path).await;
    }
    assert_eq!(by_route.count(), 2);
}

/// "For more granular permissions, disable simple responses and return an IAM policy": a policy that is
/// kept is asked again for every route.
#[tokio::test]
async fn a_kept_policy_decides_for_each_route() {
    let settings = json!({"AuthorizerResultTtlInSeconds": 300, "EnableSimpleResponses": false});
    let fixture = Fixture::new(settings, |event| Some((200, policy("Allow", event["routeArn"].as_str()?))));
    let fixture = fixture.await;
    assert_eq!(fixture.get("/b").await.status, 200);
    assert_eq!(fixture.get("/a/1").await.refusal(), said(403, "Forbidden"));
    assert_eq!(fixture.count(), 1);
}

/// 500 for what is no answer of the right form; it is not kept.
#[tokio::test]
async fn an_answer_of_another_form_is_an_error() {
    for (status, answer, told) in [
        (200, json!({"isAuthorized": "yes"}), "its answer has no isAuthorized of true or false"),
        (200, policy("Allow", "*"), "its answer has no isAuthorized of true or false"),
        (500, yes(), "status 500"),
    ] {
        let settings = json!({"AuthorizerResultTtlInSeconds": 300});
        let fixture = Fixture::new(settings, move |_| Some((status, answer.clone()))).await;
        log(&fixture.lab, &["status", "error.responseType"]);
        assert_eq!(fixture.get("/b").await.refusal(), said(500, "Internal Server Error"));
        let why = fixture.lab.trace().why.unwrap();
        assert!(why.starts_with(&format!("'GET /b': {FUNCTION}: ")) && why.ends_with(told), "{why}");
        assert_eq!(last(&fixture.lab), "500|AUTHORIZER_FAILURE");
        fixture.get("/b").await;
        assert_eq!(fixture.count(), 2);
    }
}

/// HQ: ten seconds.
#[tokio::test]
async fn a_function_that_takes_too_long_is_an_error() {
    let fixture = Fixture::new(json!({}), |_| None).await;
    let before = fixture.lab.server.clock().now();
    let answer = fixture.lab.in_time(fixture.get("/b")).await;
    assert_eq!(answer.refusal(), said(500, "Internal Server Error"));
    let took = fixture.lab.server.clock().now().since(before).as_secs();
    assert!((10..12).contains(&took), "{took}");
    assert!(fixture.lab.trace().why.unwrap().ends_with("no answer within 10000 ms"));
}

#[tokio::test]
async fn a_function_that_is_nowhere_is_named_in_the_trace() {
    let fixture = Fixture::new(json!({}), |_| Some((200, yes()))).await;
    fixture.lab.server.with_world(|w| w.outside.functions.clear());
    log(&fixture.lab, &["status", "error.responseType"]);
    assert_eq!(fixture.get("/b").await.refusal(), said(500, "Internal Server Error"));
    let why = format!("'GET /b': no function {FUNCTION} here: add it to apiGateway.functions");
    assert_eq!(fixture.lab.trace().why.unwrap(), why);
    assert_eq!(last(&fixture.lab), "500|AUTHORIZER_CONFIGURATION_ERROR");
}
