use serde_json::{Value, json};

use super::fixture::{Aws, id};
use crate::quota::Quotas;

const NAME: &str = "api.shop.example";

/// A domain name, and an API with the stages `$default` and `live`.
fn shop(aws: &mut Aws) -> String {
    aws.domain(NAME);
    let api = aws.api();
    for stage in ["$default", "live"] {
        aws.ok("CreateStage", json!({"ApiId": api, "StageName": stage}));
    }
    api
}

fn under(api: &str, key: &str) -> Value {
    json!({"DomainName": NAME, "ApiId": api, "Stage": "$default", "ApiMappingKey": key})
}

/// cdk 22660, cloudformation-coverage-roadmap 1151; floci 2390: no key is the empty key.
#[test]
fn a_key_is_taken_once_in_a_domain_name() {
    let mut aws = Aws::new();
    let api = shop(&mut aws);
    let root = json!({"DomainName": NAME, "ApiId": api, "Stage": "live"});
    let made = aws.ok("CreateApiMapping", root);
    assert_eq!((&made["ApiMappingKey"], &made["Stage"]), (&json!(""), &json!("live")));
    let message = "ApiMapping key already exists for this domain name";
    aws.refuses("CreateApiMapping", under(&api, ""), "ConflictException", message);
    let orders = id(&aws.ok("CreateApiMapping", under(&api, "orders/v1")), "ApiMappingId");
    aws.refuses("CreateApiMapping", under(&api, "orders/v1"), "ConflictException", message);
    let update = json!({"DomainName": NAME, "ApiId": api, "ApiMappingId": orders, "ApiMappingKey": ""});
    aws.refuses("UpdateApiMapping", update, "ConflictException", message);
    assert_eq!(aws.all("GetApiMappings", &json!({"DomainName": NAME, "MaxResults": "1"})).len(), 2);
}

/// cdk 8983, 9077, 9078; floci 2390: bad requests, though something is not found.
#[test]
fn a_mapping_needs_a_key_of_the_form_an_api_and_a_stage() {
    let mut aws = Aws::new();
    let api = shop(&mut aws);
    let words = "An ApiMapping key may contain only letters, numbers and one of $-_.+!*'(),";
    for key in ["/", "/orders", "orders/", "a//b", "a b", "a?b"] {
        aws.refuses("CreateApiMapping", under(&api, key), "BadRequestException", words);
    }
    aws.ok("CreateApiMapping", under(&api, "a$-_.+!*'()/B2"));
    let long = "k".repeat(301);
    assert_eq!(aws.refused("CreateApiMapping", under(&api, &long)).code, "BadRequestException");
    let message = "Invalid API identifier specified 123456789012:none";
    aws.refuses("CreateApiMapping", under("none", "x"), "BadRequestException", message);
    let mut staged = under(&api, "x");
    staged["Stage"] = json!("none");
    aws.refuses("CreateApiMapping", staged, "BadRequestException", "Invalid stage identifier specified");
    let mut other = under(&api, "x");
    other["DomainName"] = json!("none.example");
    let message = "Invalid domain name identifier specified none.example";
    aws.refuses("CreateApiMapping", other, "NotFoundException", message);
}

/// AGD: 200 mappings of several levels a domain name; those of one level do not count.
#[test]
fn mappings_of_several_levels_have_a_quota() {
    let mut aws = Aws::new();
    let api = shop(&mut aws);
    for n in 0..200 {
        aws.ok("CreateApiMapping", under(&api, &format!("a/{n}")));
    }
    assert_eq!(aws.refused("CreateApiMapping", under(&api, "a/b")).code, "TooManyRequestsException");
    aws.ok("CreateApiMapping", under(&api, "a"));
    aws.world.options.quotas = Quotas::off();
    aws.ok("CreateApiMapping", under(&api, "a/b"));
}

/// BC: the API must be named, the rest stays as it is.
#[test]
fn a_mapping_can_be_moved_to_another_stage_and_key() {
    let mut aws = Aws::new();
    let api = shop(&mut aws);
    let mapping = id(&aws.ok("CreateApiMapping", under(&api, "orders")), "ApiMappingId");
    let key = json!({"DomainName": NAME, "ApiMappingId": mapping, "ApiId": api});
    let mut live = key.clone();
    live["Stage"] = json!("live");
    let updated = aws.ok("UpdateApiMapping", live);
    assert_eq!((&updated["Stage"], &updated["ApiMappingKey"]), (&json!("live"), &json!("orders")));
    assert_eq!(aws.ok("GetApiMapping", key.clone()), updated);
    aws.ok("DeleteApiMapping", key.clone());
    let message = format!("Invalid API mapping identifier specified {mapping}");
    for operation in ["GetApiMapping", "UpdateApiMapping", "DeleteApiMapping"] {
        aws.refuses(operation, key.clone(), "NotFoundException", &message);
    }
}

/// cloud-nuke 370; floci 2390; for stages terraform-aws-apigateway-v2 83, TF 28774.
#[test]
fn an_api_or_a_stage_that_a_domain_name_maps_to_cannot_be_deleted() {
    let mut aws = Aws::new();
    let api = shop(&mut aws);
    let mapping = id(&aws.ok("CreateApiMapping", under(&api, "orders")), "ApiMappingId");
    let message = format!(
        "Deleting API {api} failed. Please remove all API mappings for the API from your custom domain names."
    );
    aws.refuses("DeleteApi", json!({"ApiId": api}), "BadRequestException", &message);
    let message = "Deleting stage $default failed. Please remove all API mappings for the stage from your custom domain names.";
    let stage = json!({"ApiId": api, "StageName": "$default"});
    aws.refuses("DeleteStage", stage.clone(), "BadRequestException", message);
    aws.ok("DeleteStage", json!({"ApiId": api, "StageName": "live"}));
    aws.ok("DeleteApiMapping", json!({"DomainName": NAME, "ApiMappingId": mapping}));
    aws.ok("DeleteStage", stage);
    aws.ok("DeleteApi", json!({"ApiId": api}));
}
