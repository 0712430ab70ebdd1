use data_encoding::BASE64;
use serde_json::{Value, json};

use super::fixture::{Aws, id};

/// A definition with one of everything that is understood.
const SHOP: &str = r##"{
  "openapi": "3.0.1",
  "info": {"title": "shop", "version": "7", "description": "orders"},
  "servers": [{
    "url": "https://shop.example/{basePath}", "variables": {"basePath": {"default": "/a/b/c"}},
    "x-amazon-apigateway-endpoint-configuration": {"disableExecuteApiEndpoint": true}
  }],
  "tags": [{"name": "owner", "x-amazon-apigateway-tag-value": "test"}, {"name": "orders"}],
  "paths": {
    "/orders/{id}": {
      "get": {
        "operationId": "order", "security": [{"tokens": ["orders.read"]}],
        "responses": {"default": {"description": "an order"}},
        "x-amazon-apigateway-integration": {
          "type": "http_proxy", "httpMethod": "GET", "uri": "https://orders.example",
          "payloadFormatVersion": "1.0", "connectionType": "INTERNET", "timeoutInMillis": 12000,
          "requestParameters": {"overwrite:path": "$request.path"},
          "responseParameters": {"200": {"overwrite:header.Cache-Control": "no-store"}}
        }
      },
      "delete": {
        "security": [{"sigv4": []}],
        "x-amazon-apigateway-integration": {"$ref": "#/components/x-amazon-apigateway-integrations/shared"}
      },
      "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}]
    },
    "/{proxy+}": {
      "x-amazon-apigateway-any-method": {
        "x-amazon-apigateway-integration": {"$ref": "#/components/x-amazon-apigateway-integrations/shared"}
      }
    },
    "/$default": {
      "x-amazon-apigateway-any-method": {
        "isDefaultRoute": true,
        "x-amazon-apigateway-integration": {
          "type": "http_proxy", "httpMethod": "ANY", "uri": "https://rest.example", "payloadFormatVersion": "1.0"
        }
      }
    }
  },
  "components": {
    "securitySchemes": {
      "tokens": {
        "type": "oauth2", "flows": {},
        "x-amazon-apigateway-authorizer": {
          "type": "jwt", "identitySource": "$request.header.Authorization",
          "jwtConfiguration": {"issuer": "https://issuer.example", "audience": ["shop"]}
        }
      },
      "sigv4": {
        "type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"
      }
    },
    "x-amazon-apigateway-integrations": {
      "shared": {
        "type": "aws_proxy", "payloadFormatVersion": "2.0",
        "uri": "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:shop"
      }
    }
  },
  "x-amazon-apigateway-cors": {"allowOrigins": ["https://a.example"], "maxAge": 60},
  "x-amazon-apigateway-importexport-version": "1.0"
}"##;

const GET: &str = "/paths/~1orders~1{id}/get";

fn shop() -> Value {
    serde_json::from_str(SHOP).unwrap()
}

fn import(definition: &Value) -> Value {
    json!({"Body": definition.to_string()})
}

/// Route keys with how each is authorized.
fn routes(aws: &mut Aws, api: &str) -> Vec<(String, String)> {
    let mut routes: Vec<(String, String)> = aws
        .all("GetRoutes", &json!({"ApiId": api}))
        .iter()
        .map(|r| (id(r, "RouteKey"), id(r, "AuthorizationType")))
        .collect();
    routes.sort();
    routes
}

fn keys(aws: &mut Aws, api: &str) -> Vec<String> {
    routes(aws, api).into_iter().map(|(key, _)| key).collect()
}

/// The exported document.
fn exported(aws: &mut Aws, input: &Value) -> String {
    let reply = aws.ok("ExportApi", input.clone());
    String::from_utf8(BASE64.decode(id(&reply, "body").as_bytes()).unwrap()).unwrap()
}

fn export(aws: &mut Aws, api: &str) -> Value {
    let input = json!({"ApiId": api, "Specification": "OAS30", "OutputType": "JSON"});
    serde_json::from_str(&exported(aws, &input)).unwrap()
}

/// AGD, "Working with OpenAPI definitions for HTTP APIs" and the pages on each extension.
#[test]
fn an_import_makes_routes_integrations_authorizers_cors_and_tags() {
    let mut aws = Aws::new();
    let made = aws.ok("ImportApi", import(&shop()));
    let api = id(&made, "ApiId");
    assert_eq!(
        (&made["Name"], &made["Version"], &made["Description"], &made["DisableExecuteApiEndpoint"]),
        (&json!("shop"), &json!("7"), &json!("orders"), &json!(true))
    );
    assert_eq!(made["CorsConfiguration"], json!({"AllowOrigins": ["https://a.example"], "MaxAge": 60}));
    assert_eq!(made["Tags"], json!({"owner": "test"}));
    assert_eq!((made.get("ImportInfo"), made.get("Warnings")), (None, None));
    let wanted = [
        ("$default", "NONE"),
        ("ANY /{proxy+}", "NONE"),
        ("DELETE /orders/{id}", "AWS_IAM"),
        ("GET /orders/{id}", "JWT"),
    ];
    assert_eq!(routes(&mut aws, &api), wanted.map(|(key, kind)| (key.to_owned(), kind.to_owned())));
    // The shared integration is one.
    let integrations = aws.all("GetIntegrations", &json!({"ApiId": api}));
    assert_eq!(integrations.len(), 3);
    let lambda = integrations.iter().find(|i| i["IntegrationType"] == "AWS_PROXY").unwrap();
    assert_eq!(lambda["IntegrationUri"], "arn:aws:lambda:eu-central-1:123456789012:function:shop");
    let found = aws.all("GetRoutes", &json!({"ApiId": api}));
    let get = found.iter().find(|r| r["RouteKey"] == "GET /orders/{id}").unwrap();
    assert_eq!(
        (&get["OperationName"], &get["AuthorizationScopes"]),
        (&json!("order"), &json!(["orders.read"]))
    );
    let authorizer = &aws.all("GetAuthorizers", &json!({"ApiId": api}))[0];
    assert_eq!((&authorizer["AuthorizerId"], &authorizer["Name"]), (&get["AuthorizerId"], &json!("tokens")));
    assert_eq!(authorizer["IdentitySource"], json!(["$request.header.Authorization"]));
    assert!(aws.all("GetStages", &json!({"ApiId": api})).is_empty());
}

/// AGD, "Set the OpenAPI basePath property": its own example.
#[test]
fn the_base_path_is_ignored_or_put_before_the_paths_whole_or_without_its_first_part() {
    let mut aws = Aws::new();
    let mut definition = shop();
    definition["paths"] = json!({"/e": {"get": {}}});
    for (basepath, key) in [("ignore", "GET /e"), ("prepend", "GET /a/b/c/e"), ("split", "GET /b/c/e")] {
        let mut input = import(&definition);
        input["Basepath"] = json!(basepath);
        let api = id(&aws.ok("ImportApi", input), "ApiId");
        assert_eq!(keys(&mut aws, &api), [key], "{basepath}");
    }
    definition["servers"] = json!([{"url": "https://shop.example/v1"}]);
    for (basepath, key) in [("prepend", "GET /v1/e"), ("split", "GET /e")] {
        let mut input = import(&definition);
        input["Basepath"] = json!(basepath);
        let api = id(&aws.ok("ImportApi", input), "ApiId");
        assert_eq!(keys(&mut aws, &api), [key], "{basepath}");
    }
    let mut input = import(&definition);
    input["Basepath"] = json!("append");
    assert_eq!(aws.refused("ImportApi", input).code, "BadRequestException");
}

/// AGD, "Import validation information": information, warnings, and failOnWarnings, which lets
/// nothing be made.
#[test]
fn warnings_are_told_or_stop_the_import() {
    let mut aws = Aws::new();
    let mut definition = shop();
    let mock = json!({"x-amazon-apigateway-integration": {"type": "mock"}, "requestBody": {"content": {}}});
    definition["paths"]["/mock"] = json!({"get": mock});
    definition["colour"] = json!("red");
    let made = aws.ok("ImportApi", import(&definition));
    assert_eq!(made["ImportInfo"].as_array().unwrap().len(), 1);
    let warnings = made["Warnings"].to_string();
    assert!(warnings.contains("attribute #.colour is unexpected"), "{warnings}");
    assert!(
        warnings.contains("HTTP APIs support only Lambda proxy and HTTP proxy integrations"),
        "{warnings}"
    );
    assert!(!keys(&mut aws, &id(&made, "ApiId")).contains(&"GET /mock".to_owned()));
    let before = aws.state().apis.len();
    let mut input = import(&definition);
    input["FailOnWarnings"] = json!(true);
    let fault = aws.refused("ImportApi", input);
    assert_eq!(fault.code, "BadRequestException");
    assert!(fault.message.starts_with("Warnings found during import:\n\tattribute #.colour"), "{fault}");
    assert_eq!(aws.state().apis.len(), before);
}

/// What is wrong is refused as by the operation for the single thing, and nothing is left behind.
#[test]
fn a_definition_that_is_wrong_makes_nothing() {
    let mut aws = Aws::new();
    for body in ["", "{", "[]", "openapi: 3.1.0", r#"{"openapi": "3.0.1", "info": {"title": "a"}}"#] {
        assert_eq!(aws.refused("ImportApi", json!({"Body": body})).code, "BadRequestException", "{body}");
    }
    let integration = format!("{GET}/x-amazon-apigateway-integration");
    for (place, value, word) in [
        ("/openapi", json!("2.0"), "OpenAPI 3.0"),
        (&format!("{integration}/timeoutInMillis"), json!(40_000), "30000"),
        (&format!("{integration}/timeoutInMillis"), json!("soon"), "imeout"),
        (&format!("{integration}/requestParameters"), json!({"integration.request.path.a": "b"}), "mapping"),
        (
            &format!("{GET}/security"),
            json!([{"tokens": []}, {"sigv4": []}]),
            "multiple security requirements",
        ),
        (&format!("{GET}/security"), json!([{"none": []}]), "none"),
        ("/components/securitySchemes/tokens/x-amazon-apigateway-authorizer/type", json!("token"), "jwt"),
        (
            "/components/securitySchemes/tokens/x-amazon-apigateway-authorizer/jwtConfiguration",
            json!({}),
            "Issuer",
        ),
        ("/x-amazon-apigateway-importexport-version", json!("2.0"), "1.0"),
        (
            "/x-amazon-apigateway-cors",
            json!({"allowOrigins": ["*"], "allowCredentials": true}),
            "credentials",
        ),
        ("/x-amazon-apigateway-cors", json!({"maxAge": 86_401}), "axAge"),
    ] {
        let mut definition = shop();
        *definition.pointer_mut(place).unwrap() = value.clone();
        let fault = aws.refused("ImportApi", import(&definition));
        assert_eq!(fault.code, "BadRequestException", "{place} {value}: {fault}");
        assert!(fault.message.contains(word), "{place} {value}: {fault}");
    }
    assert!(aws.state().apis.is_empty());
}

/// Extensions of API Gateway's, and properties of them, that are not simulated.
/// AGD, "OpenAPI extensions to API Gateway", lists them all.
#[test]
fn what_is_not_understood_is_refused_by_name() {
    let mut aws = Aws::new();
    let integration = format!("{GET}/x-amazon-apigateway-integration");
    for (place, name) in [
        ("", "x-amazon-apigateway-policy"),
        ("/x-amazon-apigateway-cors", "allowAll"),
        ("/servers/0/x-amazon-apigateway-endpoint-configuration", "vpcEndpointIds"),
        (GET, "x-amazon-apigateway-request-validator"),
        (&integration, "somethingNew"),
        ("/components/securitySchemes/tokens/x-amazon-apigateway-authorizer", "identityValidationExpression"),
    ] {
        let mut definition = shop();
        definition.pointer_mut(place).unwrap()[name] = json!({});
        let fault = aws.refused("ImportApi", import(&definition));
        assert_eq!((fault.status, fault.message.contains(name)), (501, true), "{fault}");
    }
    let mut definition = shop();
    definition["components"]["securitySchemes"]["tokens"]
        .as_object_mut()
        .unwrap()
        .remove("x-amazon-apigateway-authorizer");
    let fault = aws.refused("ImportApi", import(&definition));
    assert_eq!((fault.status, fault.message.contains("tokens")), (501, true), "{fault}");
    assert!(aws.state().apis.is_empty());
}

/// TF 12567 (inferred): routes, integrations, authorizers and CORS are replaced, stages stay, and
/// those with AutoDeploy serve the new ones.
#[test]
fn a_reimport_replaces_what_the_definition_has_and_keeps_the_stages() {
    let mut aws = Aws::new();
    let api = aws.api();
    let old = aws.integration(&api);
    aws.route(&api, "GET /old", &old);
    aws.ok(
        "TagResource",
        json!({"ResourceArn": format!("arn:aws:apigateway:eu-central-1::/apis/{api}"), "Tags": {"a": "1"}}),
    );
    aws.ok("CreateStage", json!({"ApiId": api, "StageName": "$default", "AutoDeploy": true}));
    aws.advance(1);
    let mut input = import(&shop());
    input["ApiId"] = json!(api);
    let made = aws.ok("ReimportApi", input.clone());
    assert_eq!((&made["ApiId"], &made["Name"]), (&json!(api), &json!("shop")));
    assert_eq!(made["Tags"], json!({"a": "1", "owner": "test"}));
    assert_eq!(aws.refused("GetIntegration", json!({"ApiId": api, "IntegrationId": old})).status, 404);
    aws.advance(1);
    aws.region();
    let live = aws.state().apis[&api].stages["$default"].live.clone().unwrap();
    assert_eq!((live.routes.len(), live.cors.is_some()), (4, true));
    let mut bare = shop();
    bare.as_object_mut().unwrap().remove("x-amazon-apigateway-cors");
    bare["info"] = json!({"title": "bare", "version": "8"});
    let made = aws.ok("ReimportApi", json!({"ApiId": api, "Body": bare.to_string()}));
    assert_eq!((made.get("CorsConfiguration"), made.get("Description")), (None, None));
    let before = keys(&mut aws, &api);
    bare["paths"]["/x"] = json!({"get": {"security": [{"none": []}]}});
    aws.refused("ReimportApi", json!({"ApiId": api, "Body": bare.to_string()}));
    assert_eq!(keys(&mut aws, &api), before);
    input["ApiId"] = json!("none");
    assert_eq!(aws.refused("ReimportApi", input).status, 404);
}

/// The form is that of a published export; what was imported comes out again.
#[test]
fn an_export_can_be_imported_again() {
    let mut aws = Aws::new();
    let first = id(&aws.ok("ImportApi", import(&shop())), "ApiId");
    let document = export(&mut aws, &first);
    assert_eq!((&document["openapi"], &document["info"]["title"]), (&json!("3.0.1"), &json!("shop")));
    let server = &document["servers"][0];
    assert_eq!(server["url"], format!("https://{first}.execute-api.eu-central-1.amazonaws.com/{{basePath}}"));
    assert_eq!(server["variables"]["basePath"]["default"], "");
    let get = &document["paths"]["/orders/{id}"]["get"];
    assert_eq!(get["responses"]["default"]["description"], "Default response for GET /orders/{id}");
    let shop = shop();
    let integration = &shop["paths"]["/orders/{id}"]["get"]["x-amazon-apigateway-integration"];
    assert_eq!(&get["x-amazon-apigateway-integration"], integration);
    assert_eq!(document["paths"]["/{proxy+}"]["parameters"][0]["name"], "proxy+");
    assert_eq!(document["x-amazon-apigateway-cors"], shop["x-amazon-apigateway-cors"]);
    let mut strict = import(&document);
    strict["FailOnWarnings"] = json!(true);
    let second = id(&aws.ok("ImportApi", strict), "ApiId");
    assert_eq!(routes(&mut aws, &second), routes(&mut aws, &first));
    let mut again = export(&mut aws, &second);
    again["servers"] = document["servers"].clone();
    assert_eq!(again, document);
    let yaml = json!({"ApiId": first, "Specification": "OAS30", "OutputType": "YAML"});
    let yaml = exported(&mut aws, &yaml);
    assert!(!yaml.starts_with('{'), "{yaml}");
    let third = id(&aws.ok("ImportApi", json!({"Body": yaml})), "ApiId");
    assert_eq!(routes(&mut aws, &third), routes(&mut aws, &first));
}

/// What people write in YAML: numbers for versions and for status codes.
#[test]
fn a_definition_may_be_yaml() {
    let mut aws = Aws::new();
    let body = "
openapi: 3.0.1
info: {title: shop, version: 1.0}
paths:
  /orders:
    get:
      responses:
        200: {description: all orders}
      x-amazon-apigateway-integration:
        type: HTTP_PROXY
        httpMethod: GET
        uri: https://orders.example
        payloadFormatVersion: '1.0'
        responseParameters:
          200: {'overwrite:statuscode': '201'}
";
    let made = aws.ok("ImportApi", json!({"Body": body, "FailOnWarnings": true}));
    assert_eq!(made["Version"], "1.0");
    let integration = &aws.all("GetIntegrations", &json!({"ApiId": made["ApiId"]}))[0];
    assert_eq!(integration["ResponseParameters"], json!({"200": {"overwrite:statuscode": "201"}}));
}

/// BC, ExportApi: of a stage what it serves; with and without extensions.
#[test]
fn a_stage_is_exported_as_it_serves_and_extensions_can_be_left_out() {
    let mut aws = Aws::new();
    let api = aws.api();
    aws.ok("CreateRoute", json!({"ApiId": api, "RouteKey": "GET /a", "AuthorizationType": "AWS_IAM"}));
    aws.ok("CreateStage", json!({"ApiId": api, "StageName": "live"}));
    let mut input = json!({
        "ApiId": api, "Specification": "OAS30", "OutputType": "JSON", "StageName": "live", "ExportVersion": "1.0",
    });
    assert_eq!(aws.refused("ExportApi", input.clone()).code, "BadRequestException");
    aws.ok("CreateDeployment", json!({"ApiId": api, "StageName": "live"}));
    aws.advance(1);
    aws.ok("CreateRoute", json!({"ApiId": api, "RouteKey": "GET /b"}));
    input["IncludeExtensions"] = json!(false);
    let text = exported(&mut aws, &input);
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["paths"].as_object().unwrap().keys().collect::<Vec<_>>(), ["/a"]);
    assert_eq!(document["servers"][0]["variables"]["basePath"]["default"], "live");
    assert_eq!(document["info"]["version"], "2023-11-14 22:13:20UTC");
    assert!(!text.contains("x-amazon"), "{text}");
    for (member, value) in
        [("Specification", "OAS20"), ("OutputType", "XML"), ("ExportVersion", "2.0"), ("StageName", "none")]
    {
        let mut wrong = input.clone();
        wrong[member] = json!(value);
        let status = if member == "StageName" { 404 } else { 400 };
        assert_eq!(aws.refused("ExportApi", wrong).status, status, "{member}");
    }
}
