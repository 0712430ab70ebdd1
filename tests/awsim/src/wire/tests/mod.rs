mod rest_xml;

use http::{HeaderName, HeaderValue};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::tables;

fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Request {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(HeaderName::try_from(*name).unwrap(), HeaderValue::from_str(value).unwrap());
    }
    Request {
        method: method.parse().unwrap(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: map,
        body: Bytes::copy_from_slice(body),
    }
}

/// Routes, decodes and validates.
fn take(service: &str, request: &Request) -> Result<Value, Fault> {
    let service = tables::service(service).unwrap();
    let route = route(service, request)?;
    let Some(operation) = service.operations.get(&route.operation) else {
        return Err(Fault::new(501, "NotImplemented", route.operation));
    };
    let decoded = decode(service, operation, &route, request)?;
    validate(service, operation, &route, &decoded)?;
    Ok(decoded.input)
}

fn give(service: &str, request: &Request, output: &Value) -> String {
    let service = tables::service(service).unwrap();
    let route = route(service, request).unwrap();
    let operation = &service.operations[&route.operation];
    assert_eq!(output_mismatch(service, operation, output), None);
    String::from_utf8(encode(service, operation, &route, output, "rid").body).unwrap()
}

fn ec2(form: &str) -> Request {
    request("POST", "/", &[], format!("Version=2016-11-15&Action={form}").as_bytes())
}

fn elb(form: &str) -> Request {
    request("POST", "/", &[], format!("Version=2015-12-01&Action={form}").as_bytes())
}

fn tagging(operation: &str, body: &str) -> Request {
    let target = format!("ResourceGroupsTaggingAPI_20170126.{operation}");
    request("POST", "/", &[("x-amz-target", &target)], body.as_bytes())
}

fn refusal(service: &str, request: &Request) -> (String, String) {
    let fault = take(service, request).unwrap_err();
    (fault.code, fault.message)
}

/// Smithy, AWS EC2 query protocol: names of members, lists without `member`.
#[test]
fn an_ec2_form_becomes_members_by_query_names() {
    let form = "AuthorizeSecurityGroupIngress&GroupId=sg-1&IpPermissions.1.IpProtocol=tcp\
                &IpPermissions.1.FromPort=80&IpPermissions.1.ToPort=80&IpPermissions.1.Groups.1.GroupId=sg-2\
                &TagSpecification.1.ResourceType=security-group-rule&TagSpecification.1.Tag.1.Key=a\
                &TagSpecification.1.Tag.1.Value=b&DryRun=false";
    assert_eq!(
        take("ec2", &ec2(form)).unwrap(),
        json!({
            "GroupId": "sg-1",
            "IpPermissions": [{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [{"GroupId": "sg-2"}]}],
            "TagSpecifications": [{"ResourceType": "security-group-rule", "Tags": [{"Key": "a", "Value": "b"}]}],
            "DryRun": false,
        })
    );
}

/// EC2 error codes: MissingParameter, InvalidParameterValue, UnknownParameter.
#[test]
fn ec2_refuses_in_its_own_words() {
    let refused = |form: &str| refusal("ec2", &ec2(form));
    assert_eq!(
        refused("DeleteVpc"),
        ("MissingParameter".into(), "The request must contain the parameter vpcId".into())
    );
    assert_eq!(
        refused("DeleteVpc&VpcId=vpc-1&Colour=red"),
        ("UnknownParameter".into(), "The parameter Colour is not recognized".into())
    );
    assert_eq!(
        refused("DescribeVpcs&MaxResults=1").1,
        "Value ( 1 ) for parameter maxResults is invalid. Expecting a value greater than 5."
    );
    assert_eq!(refused("DescribeVpcs&MaxResults=many").0, "InvalidParameterValue");
    assert_eq!(refused("DescribeVpcs&DryRun=perhaps").0, "InvalidParameterValue");
    assert_eq!(refused("Nonsense").0, "InvalidAction");
    assert_eq!(refusal("ec2", &request("POST", "/", &[], b"Version=2016-11-15")).0, "MissingAction");
    let old = request("GET", "/?Action=DescribeVpcs&Version=2014-09-01", &[], b"");
    assert_eq!(refusal("ec2", &old).0, "NoSuchVersion");
}

#[test]
fn the_name_of_an_operation_that_is_not_served_is_known() {
    let fault = take("ec2", &ec2("RunInstances")).unwrap_err();
    assert_eq!((fault.status, fault.message.as_str()), (501, "RunInstances"));
}

/// Smithy, AWS EC2 query protocol: responses.
#[test]
fn an_ec2_answer_names_items_and_keeps_empty_lists() {
    let output = json!({"Vpcs": [{"VpcId": "vpc-1", "IsDefault": false, "Tags": []}]});
    assert_eq!(
        give("ec2", &ec2("DescribeVpcs"), &output),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <DescribeVpcsResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15\"><requestId>rid</requestId>\
         <vpcSet><item><isDefault>false</isDefault><tagSet/><vpcId>vpc-1</vpcId></item></vpcSet>\
         </DescribeVpcsResponse>"
    );
    assert!(give("ec2", &ec2("DeleteVpc"), &json!({})).contains("<return>true</return>"));
}

/// Smithy, AWS query protocol: `member.N`.
#[test]
fn a_query_form_wraps_lists_in_member() {
    let form = "CreateLoadBalancer&Name=lb&Subnets.member.1=s-1&Subnets.member.2=s-2&Tags.member.1.Key=a\
                &SecurityGroups=";
    assert_eq!(
        take("elbv2", &elb(form)).unwrap(),
        json!({"Name": "lb", "Subnets": ["s-1", "s-2"], "Tags": [{"Key": "a"}], "SecurityGroups": []})
    );
}

#[test]
fn elastic_load_balancing_names_every_constraint_that_failed() {
    let (code, message) =
        refusal("elbv2", &elb("CreateTargetGroup&Protocol=SMTP&Port=0&Tags.member.1.Value=x"));
    assert_eq!(code, "ValidationError");
    assert!(message.starts_with("4 validation errors detected: "), "{message}");
    for part in [
        "Value '0' at 'port' failed to satisfy constraint: Member must have value greater than or equal to 1",
        "Value 'SMTP' at 'protocol' failed to satisfy constraint: Member must satisfy enum value set: [HTTP,",
        "Value null at 'tags.1.member.key' failed to satisfy constraint: Member must not be null",
        "Value null at 'name' failed to satisfy constraint: Member must not be null",
    ] {
        assert!(message.contains(part), "{part} in {message}");
    }
    assert_eq!(refusal("elbv2", &elb("CreateTargetGroup&Name=n&Port=eighty")).0, "MalformedInput");
    assert_eq!(refusal("elbv2", &elb("CreateTargetGroup&Name=n&Nam=n")).0, "MalformedInput");
}

/// Smithy, AWS query protocol: result wrappers, errors of Sender or Receiver.
#[test]
fn a_query_answer_is_wrapped_and_escaped_and_an_error_says_whose_fault_it_is() {
    let output = json!({"TargetGroups": [{"TargetGroupName": "a<b&\u{1}", "LoadBalancerArns": []}]});
    let answer = give("elbv2", &elb("DescribeTargetGroups"), &output);
    assert!(
        answer.contains("<DescribeTargetGroupsResult><TargetGroups><member><LoadBalancerArns/>"),
        "{answer}"
    );
    assert!(answer.contains("<TargetGroupName>a&lt;b&amp;\u{fffd}</TargetGroupName>"), "{answer}");
    assert!(answer.contains("<ResponseMetadata><RequestId>rid</RequestId></ResponseMetadata>"), "{answer}");
    let service = tables::service("elbv2").unwrap();
    let fault = Fault::bad("LoadBalancerNotFound", "gone");
    let reply = encode_fault(service, Protocol::Query, &fault, "rid");
    let text = String::from_utf8(reply.body).unwrap();
    assert!(
        text.contains("<Error><Type>Sender</Type><Code>LoadBalancerNotFound</Code><Message>gone</Message>")
    );
}

/// Smithy, AWS restJson1 protocol: HTTP bindings.
#[test]
fn rest_json_reads_labels_query_and_body() {
    let create =
        request("POST", "/v2/apis/a1/routes", &[], br#"{"routeKey":"GET /x","apiKeyRequired":false}"#);
    assert_eq!(
        take("apigatewayv2", &create).unwrap(),
        json!({"ApiId": "a1", "RouteKey": "GET /x", "ApiKeyRequired": false})
    );
    let tags = request("DELETE", "/v2/tags/arn%3Aaws%3Ax%2Fy?tagKeys=a&tagKeys=b", &[], b"");
    assert_eq!(
        take("apigatewayv2", &tags).unwrap(),
        json!({"ResourceArn": "arn:aws:x/y", "TagKeys": ["a", "b"]})
    );
}

#[test]
fn api_gateway_refuses_with_its_only_code_for_bad_input() {
    let refused = |body: &str| refusal("apigatewayv2", &request("POST", "/v2/apis", &[], body.as_bytes()));
    assert_eq!(
        refused(r#"{"name":"n"}"#).1,
        "1 validation error detected: Value null at 'protocolType' failed to satisfy constraint: Member must not be null"
    );
    for body in
        [r#"{"name":1,"protocolType":"HTTP"}"#, r#"{"name":"n","protocolType":"HTTP","Name":"n"}"#, "[]", "{"]
    {
        assert_eq!(refused(body).0, "BadRequestException", "{body}");
    }
    assert_eq!(refusal("apigatewayv2", &request("GET", "/v3/apis", &[], b"")).0, "UnknownOperationException");
}

/// Smithy, AWS restJson1 protocol: `X-Amzn-Errortype`.
#[test]
fn an_api_gateway_error_has_its_code_in_a_header_and_its_status_from_the_model() {
    let service = tables::service("apigatewayv2").unwrap();
    let fault = Fault::bad("NotFoundException", "no api").with("ResourceType", "Api");
    let reply = encode_fault(service, Protocol::RestJson, &fault, "rid");
    assert_eq!(reply.status, 404);
    assert!(reply.headers.contains(&("x-amzn-errortype", "NotFoundException".into())));
    assert_eq!(reply.body, br#"{"message":"no api","resourceType":"Api"}"#);
}

/// Smithy, timestamp formats.
#[test]
fn api_gateway_timestamps_are_text_and_elastic_load_balancings_have_milliseconds() {
    let get = request("GET", "/v2/apis/a1", &[], b"");
    let answer = give("apigatewayv2", &get, &json!({"CreatedDate": 1_700_000_000.5, "Name": "n"}));
    assert_eq!(answer, r#"{"createdDate":"2023-11-14T22:13:20Z","name":"n"}"#);
    let output = json!({"LoadBalancers": [{"CreatedTime": 1_700_000_000.5}]});
    assert!(
        give("elbv2", &elb("DescribeLoadBalancers"), &output)
            .contains("<CreatedTime>2023-11-14T22:13:20.500Z<")
    );
}

/// Smithy, AWS JSON 1.1 and RPC v2 CBOR protocols.
#[test]
fn the_tagging_api_speaks_json_and_cbor_alike() {
    let input = json!({"TagFilters": [{"Key": "a", "Values": ["b"]}], "ResourcesPerPage": 10});
    assert_eq!(
        take("resourcegroupstaggingapi", &tagging("GetResources", &input.to_string())).unwrap(),
        input
    );
    let mut body = Vec::new();
    ciborium::into_writer(&input, &mut body).unwrap();
    let path = "/service/ResourceGroupsTaggingAPI_20170126/operation/GetResources";
    let cbor = request("POST", path, &[("smithy-protocol", "rpc-v2-cbor")], &body);
    assert_eq!(take("resourcegroupstaggingapi", &cbor).unwrap(), input);
    let fault = take("resourcegroupstaggingapi", &request("POST", path, &[], b"\xff")).unwrap_err();
    assert_eq!(fault.code, "SerializationException");
}

#[test]
fn the_tagging_api_refuses_in_both_protocols_with_its_own_code() {
    let (code, message) = refusal("resourcegroupstaggingapi", &tagging("GetTagValues", "{}"));
    assert_eq!(code, "InvalidParameterException");
    assert!(message.contains("Value null at 'key'"), "{message}");
    assert_eq!(
        refusal("resourcegroupstaggingapi", &tagging("GetTagValues", "{\"Key\":7}")).0,
        "SerializationException"
    );
    let service = tables::service("resourcegroupstaggingapi").unwrap();
    let fault = Fault::bad("InvalidParameterException", "why");
    let json = encode_fault(service, Protocol::Json, &fault, "rid");
    assert_eq!(json.body, br#"{"Message":"why","__type":"InvalidParameterException"}"#);
    let cbor = encode_fault(service, Protocol::Cbor, &fault, "rid");
    let read: Value = ciborium::from_reader(cbor.body.as_slice()).unwrap();
    assert_eq!(read, json!({"Message": "why", "__type": "InvalidParameterException"}));
}

/// The same call of CloudWatch in each of its protocols.
fn watch_in_each_protocol() -> [Request; 3] {
    let query = "Action=DeleteAlarms&Version=2010-08-01&AlarmNames.member.1=a";
    let target = [("x-amz-target", "GraniteServiceVersion20100801.DeleteAlarms")];
    let path = "/service/GraniteServiceVersion20100801/operation/DeleteAlarms";
    let mut cbor = Vec::new();
    ciborium::into_writer(&json!({"AlarmNames": ["a"]}), &mut cbor).unwrap();
    [
        request("POST", "/", &[], query.as_bytes()),
        request("POST", "/", &target, br#"{"AlarmNames": ["a"]}"#),
        request("POST", path, &[("smithy-protocol", "rpc-v2-cbor")], &cbor),
    ]
}

/// Smithy, AWS query, JSON 1.0 and RPC v2 CBOR protocols.
#[test]
fn cloudwatch_speaks_three_protocols_and_answers_without_output_in_each() {
    let bodies = watch_in_each_protocol().map(|request| {
        assert_eq!(take("cloudwatch", &request).unwrap(), json!({"AlarmNames": ["a"]}));
        give("cloudwatch", &request, &json!({}))
    });
    assert!(bodies[0].ends_with("<RequestId>rid</RequestId></ResponseMetadata></DeleteAlarmsResponse>"));
    assert_eq!((bodies[1].as_str(), bodies[2].as_str()), ("", ""));
}

/// Smithy, `awsQueryCompatible`: the body names the shape, a header the code of the query protocol.
#[test]
fn an_error_of_cloudwatch_has_its_old_code_in_a_header_and_its_shape_in_the_body() {
    let service = tables::service("cloudwatch").unwrap();
    let fault = Fault::bad("InvalidParameterValue", "no");
    let [query, json, cbor] = watch_in_each_protocol().map(|request| {
        let reply = encode_fault(service, protocol(service, &request), &fault, "rid");
        let header = ("x-amzn-query-error", "InvalidParameterValue;Sender".to_owned());
        (reply.headers.contains(&header), String::from_utf8_lossy(&reply.body).into_owned())
    });
    assert!(!query.0 && query.1.contains("<Code>InvalidParameterValue</Code>"), "{query:?}");
    for (header, body) in [json, cbor] {
        assert!(header && body.contains("InvalidParameterValueException"), "{body}");
    }
}

#[test]
fn an_output_member_that_the_model_lacks_is_found() {
    let service = tables::service("ec2").unwrap();
    let operation = &service.operations["DescribeVpcs"];
    assert!(output_mismatch(service, operation, &json!({"Vpcs": [{"Id": "vpc-1"}]})).is_some());
    assert!(output_mismatch(service, operation, &json!({"Vpcs": [{"VpcId": 1}]})).is_some());
}

/// Service model of Secrets Manager: such values are kept out of logs.
#[test]
fn a_value_that_the_model_marks_as_sensitive_is_neither_kept_nor_told() {
    let service = tables::service("secretsmanager").unwrap();
    let operation = &service.operations["PutSecretValue"];
    let input = json!({"SecretId": "a", "SecretString": "hush", "VersionStages": ["l"]});
    let kept = json!({"SecretId": "a", "SecretString": "***", "VersionStages": ["l"]});
    assert_eq!(redacted(service, operation, &input), kept);
    let put = |value: Value| {
        let body = json!({"SecretId": "", "SecretString": value}).to_string();
        let target = [("x-amz-target", "secretsmanager.PutSecretValue")];
        refusal("secretsmanager", &request("POST", "/", &target, body.as_bytes()))
    };
    let (code, words) = put(json!("hush".repeat(20_000)));
    assert_eq!(code, "ValidationException");
    assert_eq!(
        words,
        "2 validation errors detected: Value '' at 'secretId' failed to satisfy constraint: Member must have length greater than or equal to 1; Value at 'secretString' failed to satisfy constraint: Member must have length less than or equal to 65536"
    );
    let (code, words) = put(json!(["hush"]));
    assert!(code == "SerializationException" && !words.contains("hush"), "{words}");
}

/// A form whose names are made of what the tables know and of noise.
fn forms() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("IpPermissions".to_owned()),
        Just("Tags".to_owned()),
        Just("member".to_owned()),
        Just("GroupId".to_owned()),
        "[0-9]{1,3}",
        ".{0,5}",
    ];
    let name = prop::collection::vec(part, 1..8).prop_map(|parts| parts.join("."));
    prop::collection::vec((name, ".{0,8}"), 0..12)
        .prop_map(|pairs| pairs.iter().map(|(n, v)| format!("&{n}={v}")).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_form_makes_the_query_protocols_panic(form in forms(), noise in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = take("ec2", &ec2(&format!("AuthorizeSecurityGroupIngress{form}")));
        let _ = take("elbv2", &elb(&format!("CreateLoadBalancer{form}")));
        let _ = take("ec2", &request("POST", "/", &[], &noise));
    }

    #[test]
    fn no_document_makes_the_json_protocols_panic(
        noise in prop::collection::vec(any::<u8>(), 0..64),
        text in r#"\{("(tags|name|Tags|corsConfiguration)":(\[|\{|1e999|-0|"x"|null|\]|\}|,){0,6},?){0,4}\}?"#,
    ) {
        for body in [noise.as_slice(), text.as_bytes()] {
            let _ = take("apigatewayv2", &request("POST", "/v2/apis", &[], body));
            let target = [("x-amz-target", "ResourceGroupsTaggingAPI_20170126.TagResources")];
            let _ = take("resourcegroupstaggingapi", &request("POST", "/", &target, body));
        }
    }

    #[test]
    fn no_document_makes_cbor_panic(noise in prop::collection::vec(any::<u8>(), 0..96), deep in 0_usize..5000) {
        let path = "/service/ResourceGroupsTaggingAPI_20170126/operation/TagResources";
        let _ = take("resourcegroupstaggingapi", &request("POST", path, &[], &noise));
        let nested = vec![0x81_u8; deep];
        let _ = take("resourcegroupstaggingapi", &request("POST", path, &[], &nested));
    }

    #[test]
    fn no_document_makes_rest_xml_panic(
        noise in prop::collection::vec(any::<u8>(), 0..64),
        text in r#"(<(/|!|\?)?(Changes|Change|Action|Name|TTL|ResourceRecordSet|a)( xmlns="x"| b='1')?/?>|&(lt|#x41|#0|x);|<!\[CDATA\[|\]\]>|9){0,24}"#,
        deep in 0_usize..5000,
    ) {
        let _ = take("route53", &rest_xml::change_records(&text));
        let _ = take("route53", &rest_xml::change_records(&"<Changes>".repeat(deep)));
        for body in [noise.as_slice(), text.as_bytes()] {
            let _ = take("route53", &request("POST", "/2013-04-01/hostedzone/Z1/rrset/", &[], body));
            let _ = take("route53", &request("GET", "/2013-04-01/hostedzone", &[], body));
        }
    }

    #[test]
    fn no_path_makes_the_rest_protocols_panic(path in "/v2/(apis|tags|vpclinks)?[%/a-f0-9?=&]{0,20}") {
        for method in ["GET", "DELETE", "PATCH"] {
            let _ = take("apigatewayv2", &request(method, &path, &[], b""));
            let path = path.replace("/v2/", "/2013-04-01/").replace("apis", "hostedzone");
            let _ = take("route53", &request(method, &path, &[], b""));
        }
    }
}
