use serde_json::{Value, json};

use super::fixture::{Aws, id};

/// An API with a route `GET /a` and a stage `s` without AutoDeploy.
fn staged(aws: &mut Aws) -> String {
    let api = aws.api();
    aws.ok("CreateRoute", json!({"ApiId": api, "RouteKey": "GET /a"}));
    aws.ok("CreateStage", json!({"ApiId": api, "StageName": "s"}));
    api
}

fn update(aws: &mut Aws, api: &str, changes: &Value) -> Value {
    aws.ok("UpdateStage", of(api, changes))
}

fn of(api: &str, changes: &Value) -> Value {
    let mut input = json!({"ApiId": api, "StageName": "s"});
    input.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    input
}

/// BC, CreateStage: ConflictException, inferred to be for a name twice in an API; HQ: ten stages an API.
#[test]
fn a_stages_name_is_unique_in_its_api_and_there_are_ten_at_most() {
    let mut aws = Aws::new();
    let api = staged(&mut aws);
    aws.refuses("CreateStage", of(&api, &json!({})), "ConflictException", "Stage already exists");
    for n in 1..10 {
        aws.ok("CreateStage", json!({"ApiId": api, "StageName": format!("s{n}")}));
    }
    let fault = aws.refused("CreateStage", json!({"ApiId": api, "StageName": "more"}));
    assert_eq!(fault.code, "TooManyRequestsException");
    assert_eq!(aws.all("GetStages", &json!({"ApiId": api, "MaxResults": "4"})).len(), 10);
    for name in ["a b", "a/b", "$other", ""] {
        let fault = aws.refused("CreateStage", json!({"ApiId": api, "StageName": name}));
        assert_eq!(fault.code, "BadRequestException", "{name}");
    }
}

/// BC and the CLI's examples: what a stage without settings answers.
#[test]
fn a_new_stage_has_the_defaults_of_aws() {
    let mut aws = Aws::new();
    let api = staged(&mut aws);
    let stage = aws.ok("GetStage", of(&api, &json!({})));
    assert_eq!(stage["DefaultRouteSettings"], json!({"DetailedMetricsEnabled": false}));
    assert_eq!((&stage["RouteSettings"], &stage["StageVariables"]), (&json!({}), &json!({})));
    assert_eq!((&stage["AutoDeploy"], stage.get("DeploymentId")), (&json!(false), None));
}

/// terraform-aws-apigateway-v2 80: RouteSettings must name existing routes.
#[test]
fn route_settings_of_a_route_that_does_not_exist_are_not_found() {
    let mut aws = Aws::new();
    let api = staged(&mut aws);
    let settings =
        json!({"RouteSettings": {"GET /x": {"ThrottlingRateLimit": 1.0, "ThrottlingBurstLimit": 1}}});
    let message = "Unable to find Route by key GET /x within the provided RouteSettings";
    aws.refuses("UpdateStage", of(&api, &settings), "NotFoundException", message);
    let create = json!({"ApiId": api, "StageName": "t", "RouteSettings": settings["RouteSettings"]});
    aws.refuses("CreateStage", create, "NotFoundException", message);
}

/// The settings of a deleted route break every later update until DeleteRouteSettings
/// (serverless-api-gateway-throttling 33, SAM 1939). That UpdateStage merges, and validates the merged map,
/// is inferred from cdkd 609 and 1577.
#[test]
fn settings_of_a_deleted_route_break_every_update_until_they_are_deleted() {
    let mut aws = Aws::new();
    let api = staged(&mut aws);
    let b = aws.ok("CreateRoute", json!({"ApiId": api, "RouteKey": "GET /b"}));
    update(&mut aws, &api, &json!({"RouteSettings": {"GET /a": {"ThrottlingRateLimit": 1.0}}}));
    let merged = update(
        &mut aws,
        &api,
        &json!({"RouteSettings": {"GET /a": {"ThrottlingBurstLimit": 2}, "GET /b": {"DetailedMetricsEnabled": true}}}),
    );
    assert_eq!(
        merged["RouteSettings"],
        json!({
            "GET /a": {"DetailedMetricsEnabled": false, "ThrottlingBurstLimit": 2, "ThrottlingRateLimit": 1.0},
            "GET /b": {"DetailedMetricsEnabled": true},
        })
    );
    aws.ok("DeleteRoute", json!({"ApiId": api, "RouteId": b["RouteId"]}));
    let message = "Unable to find Route by key GET /b within the provided RouteSettings";
    aws.refuses("UpdateStage", of(&api, &json!({"Description": "x"})), "NotFoundException", message);
    aws.ok("DeleteRouteSettings", of(&api, &json!({"RouteKey": "GET /b"})));
    update(&mut aws, &api, &json!({"Description": "x"}));
    let message = "Invalid RouteSettings identifier specified GET /b";
    aws.refuses(
        "DeleteRouteSettings",
        of(&api, &json!({"RouteKey": "GET /b"})),
        "NotFoundException",
        message,
    );
}

/// cdkd 609, 1577: leaving a member out keeps it, of the default settings as well.
#[test]
fn default_settings_are_merged_member_by_member() {
    let mut aws = Aws::new();
    let api = staged(&mut aws);
    update(&mut aws, &api, &json!({"DefaultRouteSettings": {"ThrottlingRateLimit": 10.0}}));
    let stage = update(&mut aws, &api, &json!({"DefaultRouteSettings": {"ThrottlingBurstLimit": 5}}));
    let merged =
        json!({"DetailedMetricsEnabled": false, "ThrottlingRateLimit": 10.0, "ThrottlingBurstLimit": 5});
    assert_eq!(stage["DefaultRouteSettings"], merged);
}

/// BC: logging levels are of WebSocket APIs only.
#[test]
fn settings_that_http_apis_do_not_have_are_refused() {
    let mut aws = Aws::new();
    let api = staged(&mut aws);
    for settings in [json!({"LoggingLevel": "INFO"}), json!({"DataTraceEnabled": true})] {
        let message = "Execution logs are not supported on protocolType HTTP";
        aws.refuses(
            "UpdateStage",
            of(&api, &json!({"DefaultRouteSettings": settings})),
            "BadRequestException",
            message,
        );
    }
    for settings in [json!({"ThrottlingBurstLimit": -1}), json!({"ThrottlingRateLimit": -1.0})] {
        let fault = aws.refused("UpdateStage", of(&api, &json!({"DefaultRouteSettings": settings})));
        assert_eq!(fault.code, "BadRequestException");
    }
}

/// That a stage variable is removed by setting "" is inferred from TF stage.go.
#[test]
fn stage_variables_are_merged_and_an_empty_one_is_removed() {
    let mut aws = Aws::new();
    let api = staged(&mut aws);
    update(&mut aws, &api, &json!({"StageVariables": {"a": "1", "b": "2"}}));
    let stage = update(&mut aws, &api, &json!({"StageVariables": {"a": "", "c": "3"}}));
    assert_eq!(stage["StageVariables"], json!({"b": "2", "c": "3"}));
    for variables in [json!({"a b": "1"}), json!({"a": "{}"})] {
        let fault = aws.refused("UpdateStage", of(&api, &json!({"StageVariables": variables})));
        assert_eq!(fault.code, "BadRequestException");
    }
}

/// BC: for Lambda authorizers of HTTP APIs.
#[test]
fn a_deleted_stage_is_not_found_and_one_that_is_there_can_have_its_authorizers_cache_reset() {
    let mut aws = Aws::new();
    let api = staged(&mut aws);
    aws.ok("ResetAuthorizersCache", of(&api, &json!({})));
    aws.ok("DeleteStage", of(&api, &json!({})));
    let operations =
        ["GetStage", "UpdateStage", "DeleteStage", "DeleteAccessLogSettings", "ResetAuthorizersCache"];
    for operation in operations {
        aws.refuses(
            operation,
            of(&api, &json!({})),
            "NotFoundException",
            "Invalid stage identifier specified s",
        );
    }
}

/// A refused update leaves nothing behind.
#[test]
fn a_refused_update_changes_nothing() {
    let mut aws = Aws::new();
    let api = staged(&mut aws);
    let before = aws.ok("GetStage", of(&api, &json!({})));
    let bad = json!({"Description": "new", "StageVariables": {"a": "1"}, "RouteSettings": {"GET /none": {}}});
    aws.refused("UpdateStage", of(&api, &bad));
    assert_eq!(aws.ok("GetStage", of(&api, &json!({}))), before);
    assert_eq!(id(&before, "StageName"), "s");
}
