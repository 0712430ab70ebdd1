use serde_json::{Value, json};

use super::fixture::{Aws, id};

fn jwt(api: &str, name: &str) -> Value {
    json!({
        "ApiId": api, "Name": name, "AuthorizerType": "JWT", "IdentitySource": ["$request.header.Authorization"],
        "JwtConfiguration": {"Issuer": "https://issuer.example", "Audience": ["shop"]},
    })
}

/// cdk 13711 and 20170: the name is unique in its API; HQ: ten an API.
#[test]
fn an_authorizers_name_is_unique_in_its_api_and_there_are_ten_at_most() {
    let mut aws = Aws::new();
    let api = aws.api();
    for n in 0..10 {
        aws.ok("CreateAuthorizer", jwt(&api, &format!("a{n}")));
    }
    let message = "Authorizer name must be unique. Authorizer a0 already exists in this RestApi.";
    aws.refuses("CreateAuthorizer", jwt(&api, "a0"), "ConflictException", message);
    assert_eq!(aws.refused("CreateAuthorizer", jwt(&api, "more")).code, "TooManyRequestsException");
    assert_eq!(aws.all("GetAuthorizers", &json!({"ApiId": api})).len(), 10);
}

/// BC, CreateAuthorizer; AGD, JWT authorizers.
#[test]
fn an_authorizer_must_be_whole() {
    let mut aws = Aws::new();
    let api = aws.api();
    for (member, value) in [
        ("JwtConfiguration", json!({"Audience": ["a"]})),
        ("JwtConfiguration", json!({"Issuer": "http://issuer.example", "Audience": ["a"]})),
        ("JwtConfiguration", json!({"Issuer": "https://issuer.example"})),
        ("IdentitySource", json!([])),
        ("IdentitySource", json!(["Authorization"])),
        ("AuthorizerUri", json!("arn:aws:lambda:x")),
        ("AuthorizerType", json!("REQUEST")),
    ] {
        let mut input = jwt(&api, "a");
        input[member] = value.clone();
        assert_eq!(aws.refused("CreateAuthorizer", input).code, "BadRequestException", "{member} {value}");
    }
    let request = json!({
        "ApiId": api, "Name": "f", "AuthorizerType": "REQUEST", "AuthorizerUri": "arn:aws:lambda:x",
        "IdentitySource": [], "AuthorizerPayloadFormatVersion": "1.0",
    });
    for (member, value) in [
        ("AuthorizerPayloadFormatVersion", json!("3.0")),
        ("EnableSimpleResponses", json!(true)),
        ("AuthorizerResultTtlInSeconds", json!(300)),
    ] {
        let mut input = request.clone();
        input[member] = value;
        assert_eq!(aws.refused("CreateAuthorizer", input).code, "BadRequestException", "{member}");
    }
    aws.ok("CreateAuthorizer", request);
}

/// sst 5586.
#[test]
fn an_authorizer_that_a_route_uses_cannot_be_deleted() {
    let mut aws = Aws::new();
    let api = aws.api();
    let authorizer = id(&aws.ok("CreateAuthorizer", jwt(&api, "tokens")), "AuthorizerId");
    let key = json!({"ApiId": api, "AuthorizerId": authorizer});
    let updated =
        aws.ok("UpdateAuthorizer", json!({"ApiId": api, "AuthorizerId": authorizer, "Name": "other"}));
    assert_eq!(updated["JwtConfiguration"]["Audience"], json!(["shop"]));
    assert_eq!(aws.ok("GetAuthorizer", key.clone()), updated);
    let route = aws.ok(
        "CreateRoute",
        json!({
            "ApiId": api, "RouteKey": "POST /a", "AuthorizationType": "JWT", "AuthorizerId": authorizer,
        }),
    );
    let message = "Cannot delete authorizer 'other', is referenced in route: POST /a";
    aws.refuses("DeleteAuthorizer", key.clone(), "ConflictException", message);
    aws.ok("DeleteRoute", json!({"ApiId": api, "RouteId": route["RouteId"]}));
    aws.ok("DeleteAuthorizer", key.clone());
    let message = format!("Invalid Authorizer identifier specified {authorizer}");
    aws.refuses("GetAuthorizer", key, "NotFoundException", &message);
}
