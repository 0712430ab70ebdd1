use serde_json::json;

use super::fixture::{Aws, id};
use crate::apigatewayv2::{tag, tagged};
use crate::quota::Quotas;

/// BC, CreateApi: it has no token, and names may repeat (inferred).
#[test]
fn creating_an_api_twice_makes_two() {
    let mut aws = Aws::new();
    let (first, second) = (aws.api(), aws.api());
    assert_ne!(first, second);
    assert_eq!(aws.all("GetApis", &json!({})).len(), 2);
}

/// BC: members and defaults of an HTTP API.
#[test]
fn a_new_api_has_the_defaults_of_aws() {
    let mut aws = Aws::new();
    let input = json!({"Name": "shop", "ProtocolType": "HTTP", "Tags": {"a": "b"}});
    let api = aws.ok("CreateApi", input);
    let api_id = id(&api, "ApiId");
    assert_eq!(api_id.len(), 10);
    assert_eq!(api["ApiEndpoint"], format!("https://{api_id}.execute-api.eu-central-1.amazonaws.com"));
    assert_eq!(api["RouteSelectionExpression"], "$request.method $request.path");
    assert_eq!(api["DisableExecuteApiEndpoint"], false);
    assert_eq!(api["IpAddressType"], "ipv4");
    assert_eq!(api["CreatedDate"], 1_700_000_000);
    assert_eq!(api["Tags"], json!({"a": "b"}));
    assert_eq!(api.get("Description"), None);
    assert_eq!(aws.ok("GetApi", json!({"ApiId": api_id})), api);
}

/// BC: NotFoundException, 404.
#[test]
fn an_api_that_is_not_there_is_not_found_by_any_operation() {
    let mut aws = Aws::new();
    let message = "Invalid API identifier specified 123456789012:abc";
    for operation in ["GetApi", "UpdateApi", "DeleteApi", "GetRoutes", "GetStages", "DeleteCorsConfiguration"]
    {
        aws.refuses(operation, json!({"ApiId": "abc"}), "NotFoundException", message);
    }
}

/// BC, UpdateApi: only the id is required. That an empty text takes one away is inferred.
#[test]
fn updating_an_api_keeps_what_is_left_out_and_removes_what_is_empty() {
    let mut aws = Aws::new();
    let api = aws.api();
    aws.ok("UpdateApi", json!({"ApiId": api, "Description": "first", "Version": "1"}));
    let updated = aws.ok("UpdateApi", json!({"ApiId": api, "Description": "", "Name": "other"}));
    assert_eq!((&updated["Name"], &updated["Version"]), (&json!("other"), &json!("1")));
    assert_eq!(updated.get("Description"), None);
}

/// cdk 9076: AllowCredentials does not go with the origin `*`; with headers and methods `*` it does
/// (aws-sam-cli 3719).
#[test]
fn cors_with_credentials_for_everyone_is_refused_and_cors_can_be_deleted() {
    let mut aws = Aws::new();
    let api = aws.api();
    let cors = json!({"AllowOrigins": ["*"], "AllowCredentials": true});
    let message = "allow-credentials is not supported if 'allow-origin' is *";
    let update = json!({"ApiId": api, "CorsConfiguration": cors});
    aws.refuses("UpdateApi", update, "BadRequestException", message);
    let cors = json!({
        "AllowOrigins": ["https://a.example"], "AllowHeaders": ["*"], "AllowMethods": ["*"],
        "AllowCredentials": true, "MaxAge": 60,
    });
    let updated = aws.ok("UpdateApi", json!({"ApiId": api, "CorsConfiguration": cors}));
    assert_eq!(updated["CorsConfiguration"], cors);
    aws.ok("DeleteCorsConfiguration", json!({"ApiId": api}));
    assert_eq!(aws.ok("GetApi", json!({"ApiId": api})).get("CorsConfiguration"), None);
}

/// Inferred from BC: DeleteApi knows no conflict with what the API has.
#[test]
fn deleting_an_api_takes_its_routes_integrations_and_stages_with_it() {
    let mut aws = Aws::new();
    let api = aws.api();
    let integration = aws.integration(&api);
    aws.route(&api, "GET /a", &integration);
    aws.ok("CreateStage", json!({"ApiId": api, "StageName": "$default", "AutoDeploy": true}));
    aws.ok("DeleteApi", json!({"ApiId": api}));
    assert_eq!(aws.refused("GetRoutes", json!({"ApiId": api})).status, 404);
    assert_eq!(aws.refused("GetStage", json!({"ApiId": api, "StageName": "$default"})).status, 404);
    assert!(aws.state().apis.is_empty());
}

/// LIM: 600 regional APIs a region; that HTTP APIs count is inferred.
#[test]
fn the_six_hundred_and_first_api_is_over_the_quota_unless_quotas_are_off() {
    let mut aws = Aws::new();
    for _ in 0..600 {
        aws.api();
    }
    let input = json!({"Name": "one more", "ProtocolType": "HTTP"});
    assert_eq!(aws.refused("CreateApi", input.clone()).code, "TooManyRequestsException");
    aws.world.options.quotas = Quotas::off();
    aws.ok("CreateApi", input);
}

/// BC: MaxResults is a string, NextToken is absent on the last page.
#[test]
fn lists_come_in_pages_of_twenty_five_or_as_asked_and_in_no_order() {
    let mut aws = Aws::new();
    for _ in 0..30 {
        aws.api();
    }
    let first = aws.ok("GetApis", json!({}));
    assert_eq!(first["Items"].as_array().unwrap().len(), 25);
    let second = aws.ok("GetApis", json!({"NextToken": first["NextToken"]}));
    assert_eq!(second["Items"].as_array().unwrap().len(), 5);
    assert_eq!(second.get("NextToken"), None);
    let ids: Vec<String> =
        aws.all("GetApis", &json!({"MaxResults": "7"})).iter().map(|a| id(a, "ApiId")).collect();
    let mut sorted = ids.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(sorted.len(), 30);
    assert_ne!(ids, sorted);
    for (member, value) in
        [("MaxResults", "0"), ("MaxResults", "x"), ("MaxResults", "501"), ("NextToken", "?")]
    {
        assert_eq!(
            aws.refused("GetApis", json!({member: value})).code,
            "BadRequestException",
            "{member} {value}"
        );
    }
}

/// AGD, tagging: APIs, stages and VPC links have tags; the ARN has no account in it.
#[test]
fn apis_stages_and_links_have_tags_and_nothing_else_has() {
    let mut aws = Aws::new();
    let api = aws.api();
    let integration = aws.integration(&api);
    let link = aws.link();
    aws.ok("CreateStage", json!({"ApiId": api, "StageName": "$default"}));
    let prefix = "arn:aws:apigateway:eu-central-1::";
    for path in [format!("/apis/{api}"), format!("/apis/{api}/stages/$default"), format!("/vpclinks/{link}")]
    {
        let arn = format!("{prefix}{path}");
        aws.ok("TagResource", json!({"ResourceArn": arn, "Tags": {"a": "1", "b": "2"}}));
        aws.ok("TagResource", json!({"ResourceArn": arn, "Tags": {"a": "3"}}));
        aws.ok("UntagResource", json!({"ResourceArn": arn, "TagKeys": ["b", "none"]}));
        assert_eq!(aws.ok("GetTags", json!({"ResourceArn": arn}))["Tags"], json!({"a": "3"}));
    }
    let message = "Invalid resource identifier specified";
    let arn = format!("{prefix}/apis/{api}/integrations/{integration}");
    aws.refuses("GetTags", json!({"ResourceArn": arn}), "NotFoundException", message);
    aws.refuses("GetTags", json!({"ResourceArn": format!("{prefix}/apis/x")}), "NotFoundException", message);
    assert_eq!(aws.refused("GetTags", json!({"ResourceArn": "x"})).code, "BadRequestException");
    for tags in [json!({"aws:x": "1"}), json!({"k".repeat(129): "1"})] {
        let arn = format!("{prefix}/apis/{api}");
        assert_eq!(aws.refused("TagResource", json!({"ResourceArn": arn, "Tags": tags})).status, 400);
    }
}

/// What the tagging service sees and does.
/// AGD, tagging; botocore, GetResources of the Tagging API: all tagged resources of the region.
#[test]
fn tagged_objects_can_be_listed_and_changed_by_arn() {
    let mut aws = Aws::new();
    let api = aws.api();
    aws.ok("CreateStage", json!({"ApiId": api, "StageName": "live", "Tags": {"x": "y"}}));
    let arn = format!("arn:aws:apigateway:eu-central-1::/apis/{api}/stages/live");
    let set = [("k".to_owned(), "v".to_owned())].into();
    tag(aws.region(), &arn, &set, &["x".to_owned()]).unwrap();
    let all = tagged(aws.region(), &|_| true);
    assert_eq!(all.len(), 2);
    assert!(all.contains(&(arn, set.clone())));
    assert_eq!(tag(aws.region(), "arn:aws:apigateway:eu-central-1::/apis/none", &set, &[]), None);
}
