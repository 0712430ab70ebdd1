"""What the wire itself answers: signatures, unknown operations, bad input, refusals, throttles."""

import http.client
import json
import urllib.parse
import xml.etree.ElementTree

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError

SCOPE = "AWS4-HMAC-SHA256 Credential=AKIA{account}TEST/20261121/eu-central-1/{service}/aws4_request, SignedHeaders=host, Signature=00"


def raw(awsim, method="POST", path="/", body=b"", **headers):
    """A request that no SDK would send: status, headers, body."""
    address = urllib.parse.urlsplit(awsim.url)
    connection = http.client.HTTPConnection(address.hostname, address.port)
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    result = answer.status, answer.headers, answer.read()
    connection.close()
    return result


def signed(service, account="123456789012"):
    return SCOPE.format(account=account, service=service)


def error(refused):
    response = refused.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]


UNSIGNED = [
    ("POST", "/", b"Action=DescribeVpcs&Version=2016-11-15", {}),
    ("POST", "/", b"Action=DescribeLoadBalancers&Version=2015-12-01", {}),
    ("GET", "/v2/apis", b"", {}),
    ("POST", "/", b"{}", {"x_amz_target": "ResourceGroupsTaggingAPI_20170126.GetResources"}),
]


@pytest.mark.parametrize(("method", "path", "body", "headers"), UNSIGNED)
def test_a_request_without_a_signature_is_refused(awsim, method, path, body, headers):
    status, _, answer = raw(awsim, method, path, body, **headers)
    assert status == 403
    assert b"Missing Authentication Token" in answer or b"missing Authentication Token" in answer


def test_half_a_signature_is_refused(awsim):
    status, _, answer = raw(awsim, body=b"Action=DescribeVpcs&Version=2016-11-15", authorization="AWS4-HMAC-SHA256 x")
    assert status == 400
    assert b"IncompleteSignature" in answer


@pytest.mark.parametrize(
    ("service", "operation", "name"),
    [
        ("ec2", "run_instances", "RunInstances"),
        ("elbv2", "create_trust_store", "CreateTrustStore"),
        ("apigatewayv2", "list_portals", "ListPortals"),
        ("resourcegroupstaggingapi", "get_compliance_summary", "GetComplianceSummary"),
        ("sts", "get_session_token", "GetSessionToken"),
        ("secretsmanager", "replicate_secret_to_regions", "ReplicateSecretToRegions"),
        ("cloudwatch", "list_dashboards", "ListDashboards"),
        ("logs", "describe_metric_filters", "DescribeMetricFilters"),
        ("acm", "get_account_configuration", "GetAccountConfiguration"),
        ("route53", "list_geo_locations", "ListGeoLocations"),
    ],
)
def test_an_operation_that_is_not_served_is_answered_with_its_name(client, service, operation, name):
    with pytest.raises(ClientError, match=f"does not serve {name} of {service}") as refused:
        getattr(client(service), operation)()
    assert error(refused) == (501, "NotImplemented")


def test_a_service_that_is_not_known_is_answered_with_its_name(client):
    with pytest.raises(ClientError, match="sqs") as refused:
        client("sqs").list_queues()
    assert error(refused)[0] == 501


@pytest.mark.parametrize(
    ("service", "body", "headers", "code"),
    [
        ("ec2", b"Action=Dance&Version=2016-11-15", {}, "InvalidAction"),
        ("ec2", b"Action=DescribeVpcs&Version=1999-01-01", {}, "NoSuchVersion"),
        ("ec2", b"Version=2016-11-15", {}, "MissingAction"),
        ("ec2", b"\xff\xfe&&==%%%", {}, "MissingAction"),
        ("elasticloadbalancing", b"Action=Dance&Version=2015-12-01", {}, "InvalidAction"),
        ("tagging", b"{}", {"x_amz_target": "ResourceGroupsTaggingAPI_20170126.Dance"}, "UnknownOperationException"),
        ("tagging", b"{", {"x_amz_target": "ResourceGroupsTaggingAPI_20170126.GetResources"}, "SerializationException"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(awsim, service, body, headers, code):
    status, _, answer = raw(awsim, body=body, authorization=signed(service), **headers)
    assert status == 400
    assert code.encode() in answer


def test_rest_paths_and_bodies_that_make_no_sense_are_refused(awsim):
    status, headers, _ = raw(awsim, "GET", "/v2/nothing", authorization=signed("apigateway"))
    assert (status, headers["x-amzn-errortype"]) == (404, "UnknownOperationException")
    status, headers, _ = raw(awsim, "POST", "/v2/apis", b"[1", authorization=signed("apigateway"))
    assert (status, headers["x-amzn-errortype"]) == (400, "BadRequestException")


def test_a_body_without_end_is_refused(awsim):
    status, _, _ = raw(awsim, body=b"a" * (3 << 20), authorization=signed("ec2"))
    assert status == 413


@pytest.mark.parametrize(
    ("service", "operation", "options", "status", "code", "words"),
    [
        ("ec2", "delete_vpc", {}, 400, "MissingParameter", "The request must contain the parameter vpcId"),
        ("ec2", "describe_vpcs", {"MaxResults": 1}, 400, "InvalidParameterValue", "Expecting a value greater than 5"),
        ("ec2", "describe_vpcs", {"MaxResults": 1001}, 400, "InvalidParameterValue", "Expecting a value smaller than 1000"),
        ("elbv2", "create_load_balancer", {"Name": "n", "Scheme": "odd"}, 400, "ValidationError", "'scheme' failed"),
        ("elbv2", "create_target_group", {}, 400, "ValidationError", "Value null at 'name'"),
        ("apigatewayv2", "create_api", {"Name": "n"}, 400, "BadRequestException", "Value null at 'protocolType'"),
        ("apigatewayv2", "create_api", {"Name": "n" * 129, "ProtocolType": "HTTP"}, 400, "BadRequestException", "length less than or equal to 128"),
        ("apigatewayv2", "create_integration", {"ApiId": "a", "IntegrationType": "HTTP_PROXY", "TimeoutInMillis": 1}, 400, "BadRequestException", "'timeoutInMillis'"),
        ("resourcegroupstaggingapi", "get_tag_values", {}, 400, "InvalidParameterException", "Value null at 'key'"),
    ],
)
def test_bad_input_is_refused_in_the_services_own_way(client, service, operation, options, status, code, words):
    with pytest.raises(ClientError) as refused:
        getattr(client(service), operation)(**options)
    assert error(refused) == (status, code)
    assert words in refused.value.response["Error"]["Message"]


def test_every_answer_has_a_request_id_of_its_own(awsim, client):
    before = awsim.calls()[-1]["number"] if awsim.calls() else 0
    ids = {client("sts").get_caller_identity()["ResponseMetadata"]["RequestId"] for _ in range(3)}
    assert {call["request_id"] for call in awsim.calls(since=before)} == ids
    assert len(ids) == 3


def test_the_recorder_tells_who_called_what_and_what_came_of_it(awsim, client, account):
    before = len(awsim.calls())
    with pytest.raises(ClientError):
        client("ec2").delete_vpc()
    [call] = awsim.calls(since=before, service="ec2", operation="DeleteVpc")
    assert (call["account"], call["region"]) == (account, "eu-central-1")
    assert call["user_agent"].startswith("Boto3/")
    assert call["outcome"] == {
        "status": 400,
        "code": "MissingParameter",
        "message": "The request must contain the parameter vpcId",
        "delivered": True,
    }


def test_a_refusal_that_was_asked_for_befalls_one_call(awsim, client):
    refusal = {"code": "AccessDenied", "status": 403, "message": "not authorized"}
    awsim.inject(service="sts", operation="GetCallerIdentity", times=1, effect={"refuse": refusal})
    with pytest.raises(ClientError) as refused:
        client("sts").get_caller_identity()
    assert error(refused) == (403, "AccessDenied")
    client("sts").get_caller_identity()


def test_a_service_that_is_away_closes_connections_until_it_is_back(awsim, client):
    awsim.inject(service="sts", effect="reset")
    for _ in range(2):
        with pytest.raises((ConnectionClosedError, EndpointConnectionError)):
            client("sts").get_caller_identity()
    awsim.door("weather", "DELETE")
    client("sts").get_caller_identity()


def test_unknown_weather_is_refused_with_its_name(awsim):
    status, _, answer = raw(awsim, "POST", "/_awsim/weather/rules", json.dumps({"efect": "reset"}).encode())
    assert status == 400
    assert b"efect" in answer


def test_the_clock_moves_only_ahead(awsim):
    before = awsim.door("clock")["now"]
    awsim.advance(60)
    assert awsim.door("clock")["now"] >= before + 60_000
    status, _, _ = raw(awsim, "POST", "/_awsim/clock", b'{"advance": -1}')
    assert status == 400


def test_a_door_that_is_not_there_is_not_found(awsim):
    assert raw(awsim, "GET", "/_awsim/nothing")[0] == 404


def test_too_many_requests_are_throttled_with_each_services_own_code(start_awsim):
    awsim = start_awsim("--time-scale", "0")
    for service, operation, options, burst, expected in [
        ("apigatewayv2", "get_apis", {}, 40, (429, "TooManyRequestsException")),
        ("elbv2", "describe_account_limits", {}, 200, (400, "ThrottlingException")),
        ("ec2", "describe_tags", {}, 50, (503, "RequestLimitExceeded")),
    ]:
        call = getattr(awsim.client(service), operation)
        for _ in range(burst):
            call(**options)
        with pytest.raises(ClientError) as refused:
            call(**options)
        assert error(refused) == expected
        awsim.advance(1)
        call(**options)


def test_ec2_answers_are_xml_of_its_namespace(awsim):
    body = b"Action=DescribeVpcs&Version=2016-11-15&VpcId.1=vpc-0123456789abcdef0"
    status, headers, answer = raw(awsim, body=body, authorization=signed("ec2"))
    root = xml.etree.ElementTree.fromstring(answer)
    assert (status, root.tag, root.find("Errors/Error/Code").text) == (400, "Response", "InvalidVpcID.NotFound")
    assert root.find("RequestID").text == headers["x-amzn-requestid"]
