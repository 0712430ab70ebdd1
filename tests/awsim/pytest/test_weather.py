"""What clients meet in bad weather, and everything made anew."""

import json
import urllib.error

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError
from conftest import code, refused

# A read of each service that needs nothing to exist.
READS = {
    "acm": "list_certificates",
    "apigatewayv2": "get_apis",
    "cloudwatch": "describe_alarms",
    "ec2": "describe_vpcs",
    "elbv2": "describe_load_balancers",
    "logs": "describe_log_groups",
    "resourcegroupstaggingapi": "get_tag_keys",
    "route53": "list_hosted_zones",
    "secretsmanager": "list_secrets",
    "sts": "get_caller_identity",
}


def met(client, service):
    """The status and the code that the service's read is refused with."""
    with pytest.raises(ClientError) as raised:
        getattr(client(service), READS[service])()
    response = raised.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        ("acm", (400, "ThrottlingException")),
        ("apigatewayv2", (429, "TooManyRequestsException")),
        ("cloudwatch", (400, "Throttling")),
        ("ec2", (503, "RequestLimitExceeded")),
        ("elbv2", (400, "ThrottlingException")),
        ("logs", (400, "ThrottlingException")),
        ("resourcegroupstaggingapi", (400, "ThrottledException")),
        ("route53", (400, "Throttling")),
        ("secretsmanager", (400, "ThrottlingException")),
        ("sts", (400, "Throttling")),
    ],
)
def test_a_simulated_throttle_has_the_services_own_code_and_is_recorded(awsim, client, service, expected):
    awsim.inject(effect="throttle", times=1)
    assert met(client, service) == expected
    assert awsim.calls(service=service)[-1]["weather"] == "throttle"
    getattr(client(service), READS[service])()
    assert awsim.calls(service=service)[-1]["weather"] is None


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        ("acm", {(500, "InternalFailure"), (503, "ServiceUnavailableException")}),
        ("apigatewayv2", {(500, "InternalFailure"), (503, "ServiceUnavailableException")}),
        ("cloudwatch", {(500, "InternalServiceError")}),
        ("ec2", {(500, "InternalError"), (503, "Unavailable")}),
        ("elbv2", {(500, "InternalFailure"), (503, "ServiceUnavailable")}),
        ("logs", {(500, "ServiceUnavailableException")}),
        ("resourcegroupstaggingapi", {(500, "InternalServiceException")}),
        ("route53", {(500, "InternalFailure"), (503, "ServiceUnavailable")}),
        ("secretsmanager", {(500, "InternalServiceError")}),
        ("sts", {(500, "InternalFailure"), (503, "ServiceUnavailable")}),
    ],
)
def test_a_server_error_is_one_of_the_services_own(awsim, client, service, expected):
    awsim.inject(effect="server_error")
    assert {met(client, service) for _ in range(10)} == expected


@pytest.mark.parametrize(
    ("service", "expected", "action"),
    [
        ("apigatewayv2", (403, "AccessDeniedException"), "apigateway:GET"),
        ("ec2", (403, "UnauthorizedOperation"), "ec2:DescribeVpcs"),
        ("elbv2", (403, "AccessDenied"), "elasticloadbalancing:DescribeLoadBalancers"),
        ("resourcegroupstaggingapi", (400, "AccessDeniedException"), "tag:GetTagKeys"),
        ("route53", (403, "AccessDenied"), "route53:ListHostedZones"),
        ("secretsmanager", (400, "AccessDeniedException"), "secretsmanager:ListSecrets"),
    ],
)
def test_a_denial_names_the_caller_and_the_action_in_the_services_words(
    awsim, client, account, service, expected, action
):
    awsim.inject(effect="access_denied", service=service)
    assert met(client, service) == expected
    _, words = refused(getattr(client(service), READS[service]))
    assert f"User: arn:aws:iam::{account}:user/awsim is not authorized to perform: {action}" in words


VPC = {"CidrBlock": "10.1.0.0/16"}
TARGETS = {"Name": "a", "Protocol": "TCP", "Port": 80, "TargetType": "ip"}
CHECK = {"CallerReference": "a", "HealthCheckConfig": {"Type": "TCP", "IPAddress": "192.0.2.1", "Port": 80}}


@pytest.mark.parametrize(
    ("service", "operation", "given", "expected"),
    [
        ("acm", "request_certificate", {"DomainName": "a.example", "ValidationMethod": "DNS"}, "LimitExceededException"),
        # A bad request, and no quota by its code (TF 40500).
        ("apigatewayv2", "create_vpc_link", {"Name": "a", "SubnetIds": "one"}, "BadRequestException"),
        ("apigatewayv2", "create_api", {"Name": "a", "ProtocolType": "HTTP"}, "TooManyRequestsException"),
        ("ec2", "create_vpc", VPC, "VpcLimitExceeded"),
        ("elbv2", "create_target_group", {**TARGETS, "VpcId": "one"}, "TooManyTargetGroups"),
        ("logs", "create_log_group", {"logGroupName": "a"}, "LimitExceededException"),
        ("route53", "create_health_check", CHECK, "TooManyHealthChecks"),
        ("secretsmanager", "create_secret", {"Name": "a"}, "LimitExceededException"),
    ],
)
def test_an_exhausted_quota_has_the_operations_own_error(awsim, client, service, operation, given, expected):
    subject, ec2 = client(service), client("ec2")
    if "one" in given.values():
        vpc = ec2.create_vpc(**VPC)["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.1.1.0/24")["Subnet"]["SubnetId"]
        places = {"VpcId": vpc, "SubnetIds": [subnet]}
        given = {**given, **{name: places[name] for name in given if name in places}}
    awsim.inject(service=service, effect="quota_exhausted")
    getattr(subject, READS[service])()
    found, words = refused(getattr(subject, operation), **given)
    assert found == expected, words
    assert awsim.calls(service=service)[-1]["weather"] == "quota_exhausted"
    awsim.door("weather", "DELETE")
    getattr(subject, operation)(**given)


@pytest.mark.parametrize("service", READS)
def test_a_service_whose_machines_are_away_answers_a_page_of_html(awsim, client, service):
    awsim.inject(effect="unavailable", service=service)
    assert met(client, service) == (503, "503")


def test_a_lost_reply_hides_what_was_done(awsim, client):
    awsim.inject(service="ec2", operation="CreateVpc", times=1, effect="lose_reply")
    ec2 = client("ec2")
    with pytest.raises(ConnectionClosedError):
        ec2.create_vpc(CidrBlock="10.1.0.0/16")
    assert [vpc["CidrBlock"] for vpc in ec2.describe_vpcs()["Vpcs"]] == ["10.1.0.0/16"]


@pytest.mark.parametrize(("committed", "made"), [(False, 0), (True, 1)])
def test_a_call_that_hangs_ends_with_the_clients_patience(awsim, client, committed, made):
    awsim.inject(operation="CreateVpc", effect={"hang": {"seconds": 30, "committed": committed}})
    with pytest.raises(ReadTimeoutError):
        client("ec2", read_timeout=0.2).create_vpc(CidrBlock="10.1.0.0/16")
    assert len(client("ec2").describe_vpcs()["Vpcs"]) == made
    call = awsim.calls(service="ec2", operation="CreateVpc")[-1]
    assert (call["weather"], call["outcome"]["delivered"]) == ("hang", False)


def test_a_slow_service_outlasts_an_impatient_client_and_no_other(awsim, client):
    awsim.inject(service="sts", effect={"slow": {"min_ms": 300, "max_ms": 300}})
    with pytest.raises(ReadTimeoutError):
        client("sts", read_timeout=0.1).get_caller_identity()
    client("sts", read_timeout=30).get_caller_identity()


def test_a_stale_read_misses_what_is_new(awsim, client):
    awsim.inject(service="ec2", operation="DescribeVpcs", times=1, effect={"stale": {"seconds": 600}})
    ec2 = client("ec2")
    ec2.create_vpc(CidrBlock="10.1.0.0/16")
    assert ec2.describe_vpcs()["Vpcs"] == []
    assert len(ec2.describe_vpcs()["Vpcs"]) == 1


def test_an_outage_begins_and_ends_by_the_clock(start_awsim):
    awsim = start_awsim("--time-scale", "0")
    awsim.door("weather", "POST", {"rules": [{"preset": "outage", "service": "sts", "after": 60, "lasts": 300}]})
    sts, vpcs = awsim.client("sts"), awsim.client("ec2").describe_vpcs
    sts.get_caller_identity()
    awsim.advance(60)
    for _ in range(20):
        with pytest.raises((ClientError, ConnectionClosedError)):
            sts.get_caller_identity()
    vpcs()
    seen = {call["weather"] for call in awsim.calls(service="sts")}
    assert seen == {None, "reset", "unavailable"}
    awsim.advance(300)
    sts.get_caller_identity()
    assert awsim.door("weather")["rules"] == []


def path(client):
    """Builds the beginning of an entry path and takes it down again; gives what was seen."""
    ec2, elb, gateway = client("ec2"), client("elbv2"), client("apigatewayv2")
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    group = elb.create_target_group(Name="a", Protocol="TCP", Port=80, VpcId=vpc, TargetType="ip")
    api = gateway.create_api(Name="a", ProtocolType="HTTP")["ApiId"]
    for route in ("GET /a", "GET /b", "GET /c"):
        gateway.create_route(ApiId=api, RouteKey=route)
    keys = sorted(route["RouteKey"] for route in gateway.get_routes(ApiId=api)["Items"])
    gateway.delete_api(ApiId=api)
    elb.delete_target_group(TargetGroupArn=group["TargetGroups"][0]["TargetGroupArn"])
    ec2.delete_vpc(VpcId=vpc)
    return keys


@pytest.mark.parametrize("mode", ["legacy", "standard"])
def test_boto3_that_retries_gets_through_throttles_and_server_errors(start_awsim, monkeypatch, mode):
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda seconds: None)
    awsim = start_awsim("--conflicts", "off")
    rules = [{"rate": 0.3, "effect": "throttle"}, {"rate": 0.1, "effect": "server_error"}]
    retries = {"mode": mode, "total_max_attempts": 20}
    histories = []
    for _ in range(2):
        awsim.door("reset", "POST", {})
        awsim.door("weather", "POST", {"seed": 11, "rules": rules})
        assert path(lambda service: awsim.client(service, retries=retries)) == ["GET /a", "GET /b", "GET /c"]
        histories.append([(call["operation"], call["weather"]) for call in awsim.calls()])
    assert histories[0] == histories[1]
    assert {weather for _, weather in histories[0]} == {None, "throttle", "server_error"}


def test_boto3_that_retries_gets_through_a_storm_started_with_the_server(start_awsim, monkeypatch):
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda seconds: None)
    awsim = start_awsim("--weather", "storm")
    sts = awsim.client("sts", retries={"mode": "standard", "total_max_attempts": 20})
    for _ in range(10):
        sts.get_caller_identity()
    seen = {call["weather"] for call in awsim.calls()}
    assert seen == {"slow", "throttle", "server_error"}


def test_weather_is_read_from_a_file_and_told_by_its_door(start_awsim, tmp_path):
    file = tmp_path / "weather.yaml"
    file.write_text("seed: 3\nrules:\n- {service: sts, times: 1, effect: {refuse: {code: Teapot, status: 418}}}\n")
    awsim = start_awsim("--weather", str(file))
    told = awsim.door("weather")
    refusal = {"refuse": {"code": "Teapot", "status": 418, "message": ""}}
    assert told == {"seed": 3, "rules": [{"service": "sts", "times": 1, "effect": refusal}]}
    assert code(awsim.client("sts").get_caller_identity) == "Teapot"
    awsim.client("sts").get_caller_identity()
    # A reset brings the weather of the start again.
    awsim.door("reset", "POST", {})
    assert awsim.door("weather") == told
    assert awsim.door("weather", "DELETE") == {"seed": 0, "rules": []}


@pytest.mark.parametrize(
    ("weather", "words"),
    [
        ({"rules": [{"effect": "rain"}]}, "rain"),
        ({"rules": [{"effect": "reset", "service": "s3"}]}, "there is no service s3"),
        ({"rules": [{"effect": "reset", "operation": "Creat"}]}, "no operation that is served fits Creat"),
        ({"rules": [{"effect": "reset", "rate": 2}]}, "rate: 2 is not within 0 and 1"),
        ({"seed": 1, "rule": []}, "rule"),
    ],
)
def test_weather_that_cannot_be_is_refused_and_the_old_stays(awsim, weather, words):
    awsim.door("weather", "POST", {"seed": 5})
    with pytest.raises(urllib.error.HTTPError) as raised:
        awsim.door("weather", "POST", weather)
    assert raised.value.code == 400
    assert words in json.load(raised.value)["error"]
    assert awsim.door("weather")["seed"] == 5


def test_after_a_reset_everything_is_as_in_a_fresh_simulator(start_awsim):
    awsim = start_awsim("--time-scale", "0")
    doors = ("calls", "requests", "trace", "weather")
    fresh = {door: awsim.door(door) for door in doors}
    ec2, sts = awsim.client("ec2"), awsim.client("sts")
    first = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    after_one = awsim.door("state")
    role = "arn:aws:iam::111122223333:role/team/entry"
    session = sts.assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    awsim.client("sts", session=session).get_caller_identity()
    awsim.inject(effect="reset", service="acm")
    awsim.door("reset", "POST", {})
    assert {door: awsim.door(door) for door in doors} == fresh
    assert code(awsim.client("sts", session=session).get_caller_identity) == "InvalidClientTokenId"
    assert ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"] == first
    assert awsim.door("state") == after_one


def test_a_frozen_clock_stands_until_it_is_resumed(start_awsim):
    awsim = start_awsim("--time-scale", "60")
    frozen = awsim.door("clock", "POST", {"freeze": True})
    assert frozen["scale"] == 0
    assert awsim.door("clock")["now"] == frozen["now"]
    awsim.advance(5)
    assert awsim.door("clock")["now"] == frozen["now"] + 5000
    assert awsim.door("clock", "POST", {"freeze": False})["scale"] == 60
