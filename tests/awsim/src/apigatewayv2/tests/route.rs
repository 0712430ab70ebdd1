use serde_json::json;

use super::fixture::{Aws, id};

/// sst 5031: the key is unique in its API.
#[test]
fn a_route_key_is_unique_in_its_api() {
    let mut aws = Aws::new();
    let (api, other) = (aws.api(), aws.api());
    let route = aws.ok("CreateRoute", json!({"ApiId": api, "RouteKey": "ANY /{proxy+}"}));
    assert_eq!(route["AuthorizationType"], "NONE");
    assert_eq!(route["ApiKeyRequired"], false);
    let message = "Route with key ANY /{proxy+} already exists for this API";
    aws.refuses(
        "CreateRoute",
        json!({"ApiId": api, "RouteKey": "ANY /{proxy+}"}),
        "ConflictException",
        message,
    );
    aws.ok("CreateRoute", json!({"ApiId": other, "RouteKey": "ANY /{proxy+}"}));
    let second = id(&aws.ok("CreateRoute", json!({"ApiId": api, "RouteKey": "GET /a"})), "RouteId");
    let update = json!({"ApiId": api, "RouteId": second, "RouteKey": "ANY /{proxy+}"});
    aws.refuses("UpdateRoute", update, "ConflictException", message);
}

/// AGD: the grammar of route keys, with AWS's words.
#[test]
fn a_route_key_that_is_not_of_the_form_is_refused() {
    let mut aws = Aws::new();
    let api = aws.api();
    let message = "The provided route key is not formatted properly for HTTP protocol. \
                   Format should be \"<HTTP METHOD> /<RESOURCE PATH>\" or \"$default\"";
    for key in ["GET", "FETCH /a", "GET /{proxy+}/a"] {
        aws.refuses("CreateRoute", json!({"ApiId": api, "RouteKey": key}), "BadRequestException", message);
    }
}

/// plutomi 271.
#[test]
fn two_names_for_one_path_variable_conflict() {
    let mut aws = Aws::new();
    let api = aws.api();
    aws.ok("CreateRoute", json!({"ApiId": api, "RouteKey": "GET /orgs/{id}"}));
    let message = "The provided route key \"GET /orgs/{org}/users\" has a conflicting variable on the same \
                   hierarchical level as \"GET /orgs/{id}\"";
    let input = json!({"ApiId": api, "RouteKey": "GET /orgs/{org}/users"});
    aws.refuses("CreateRoute", input, "ConflictException", message);
}

/// BC: Target is `integrations/ID`.
#[test]
fn a_target_must_be_an_integration_of_the_api() {
    let mut aws = Aws::new();
    let (api, other) = (aws.api(), aws.api());
    let foreign = aws.integration(&other);
    let route = |target: &str| json!({"ApiId": api, "RouteKey": "GET /a", "Target": target});
    let message = format!("Invalid Integration identifier specified {foreign}");
    aws.refuses("CreateRoute", route(&format!("integrations/{foreign}")), "NotFoundException", &message);
    assert_eq!(aws.refused("CreateRoute", route("https://example.com")).code, "BadRequestException");
    assert!(aws.all("GetRoutes", &json!({"ApiId": api})).is_empty());
}

/// cdk 20695: the authorizer stays unless the type is set to NONE.
#[test]
fn a_route_keeps_its_authorizer_until_the_type_is_set_to_none() {
    let mut aws = Aws::new();
    let api = aws.api();
    let jwt = json!({
        "ApiId": api, "Name": "tokens", "AuthorizerType": "JWT", "IdentitySource": ["$request.header.Authorization"],
        "JwtConfiguration": {"Issuer": "https://issuer.example", "Audience": ["shop"]},
    });
    let authorizer = id(&aws.ok("CreateAuthorizer", jwt), "AuthorizerId");
    let route = aws.ok(
        "CreateRoute",
        json!({
            "ApiId": api, "RouteKey": "GET /a", "AuthorizationType": "JWT", "AuthorizerId": authorizer,
            "AuthorizationScopes": ["read"],
        }),
    );
    let route = json!({"ApiId": api, "RouteId": route["RouteId"]});
    let kept = aws.ok("UpdateRoute", route.clone());
    assert_eq!(kept["AuthorizerId"], json!(authorizer));
    let mut none = route;
    none["AuthorizationType"] = json!("NONE");
    let freed = aws.ok("UpdateRoute", none);
    assert_eq!((freed.get("AuthorizerId"), freed.get("AuthorizationScopes")), (None, None));
}

/// BC, CreateRoute: `AuthorizerId` and `AuthorizationScopes` go with a type; HQ: ten scopes a route.
#[test]
fn authorization_that_does_not_fit_its_authorizer_is_refused() {
    let mut aws = Aws::new();
    let api = aws.api();
    let request = json!({
        "ApiId": api, "Name": "function", "AuthorizerType": "REQUEST", "AuthorizerUri": "arn:aws:lambda:x",
        "AuthorizerPayloadFormatVersion": "2.0", "IdentitySource": ["$request.header.Authorization"],
    });
    let authorizer = id(&aws.ok("CreateAuthorizer", request), "AuthorizerId");
    for (kind, authorizer, scopes) in [
        ("JWT", json!(authorizer), json!([])),
        ("CUSTOM", json!("none"), json!([])),
        ("JWT", json!(""), json!([])),
        ("AWS_IAM", json!(authorizer), json!([])),
        ("CUSTOM", json!(authorizer), json!(["read"])),
    ] {
        let input = json!({
            "ApiId": api, "RouteKey": "GET /a", "AuthorizationType": kind, "AuthorizerId": authorizer,
            "AuthorizationScopes": scopes,
        });
        assert_eq!(aws.refused("CreateRoute", input).code, "BadRequestException", "{kind}");
    }
}

/// HQ: 300 routes an API.
#[test]
fn the_three_hundred_and_first_route_is_over_the_quota() {
    let mut aws = Aws::new();
    let api = aws.api();
    for n in 0..300 {
        aws.ok("CreateRoute", json!({"ApiId": api, "RouteKey": format!("GET /{n}")}));
    }
    let message = "Maximum number of Routes for this API has been reached. Please contact AWS if you need additional Routes.";
    aws.refuses(
        "CreateRoute",
        json!({"ApiId": api, "RouteKey": "GET /more"}),
        "TooManyRequestsException",
        message,
    );
    assert_eq!(aws.all("GetRoutes", &json!({"ApiId": api, "MaxResults": "100"})).len(), 300);
}

/// BC: request parameters, models and API keys are of WebSocket APIs only.
#[test]
fn what_only_websocket_apis_have_is_refused() {
    let mut aws = Aws::new();
    let api = aws.api();
    for (member, value) in [
        ("RequestParameters", json!({"route.request.header.a": {"Required": true}})),
        ("RequestModels", json!({"a": "b"})),
        ("ApiKeyRequired", json!(true)),
        ("ModelSelectionExpression", json!("$request.body.a")),
    ] {
        let mut input = json!({"ApiId": api, "RouteKey": "GET /a"});
        input[member] = value;
        let message = format!("{member} is not supported on protocolType HTTP");
        aws.refuses("CreateRoute", input, "BadRequestException", &message);
    }
    let route = id(&aws.ok("CreateRoute", json!({"ApiId": api, "RouteKey": "GET /a"})), "RouteId");
    let input = json!({"ApiId": api, "RouteId": route, "RequestParameterKey": "x"});
    assert_eq!(aws.refused("DeleteRouteRequestParameter", input).code, "NotFoundException");
}

/// BC: NotFoundException is an error of GetRoute, UpdateRoute and DeleteRoute.
#[test]
fn a_deleted_route_is_not_found() {
    let mut aws = Aws::new();
    let api = aws.api();
    let route = id(&aws.ok("CreateRoute", json!({"ApiId": api, "RouteKey": "GET /a"})), "RouteId");
    aws.ok("DeleteRoute", json!({"ApiId": api, "RouteId": route}));
    let message = format!("Invalid Route identifier specified {route}");
    for operation in ["GetRoute", "UpdateRoute", "DeleteRoute"] {
        aws.refuses(operation, json!({"ApiId": api, "RouteId": route}), "NotFoundException", &message);
    }
}
