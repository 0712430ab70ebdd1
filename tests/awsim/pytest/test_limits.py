"""Quotas and throttles as they are set: on the command line, in a seed, at the doors."""

import json
import urllib.error

import pytest
from conftest import code, refused

SUBNET = "subnet-0a000000000000001"
GROUP = "sg-0c1a57e4000000001"
LINK = {"Name": "link", "SubnetIds": [SUBNET], "SecurityGroupIds": [GROUP]}


def links(gateway):
    """How many VPC links can be made."""
    for made in range(20):
        try:
            gateway.create_vpc_link(**LINK)
        except gateway.exceptions.BadRequestException as full:
            return made, full.response["Error"]["Message"]
    return None


def bad(awsim, door, changes):
    """What a door answers to changes that are wrong."""
    with pytest.raises(urllib.error.HTTPError) as raised:
        awsim.door(door, "POST", changes)
    assert raised.value.code == 400
    return json.load(raised.value)["error"]


def seed(tmp_path, more):
    path = tmp_path / "seed.yaml"
    path.write_text(f'{{account: "123456789012", region: eu-central-1, {more}}}')
    return str(path)


def test_a_quota_is_set_on_the_command_line(start_awsim):
    gateway = start_awsim("--throttling", "off", "--quota", "vpc-links=2", "--quota", "apis=0").client("apigatewayv2")
    assert links(gateway) == (2, "There are too many Vpc Links defined for this account. Limit is 2.")
    # The quota is told as a throttle would be.
    assert code(gateway.create_api, Name="a", ProtocolType="HTTP") == "TooManyRequestsException"
    awsim = start_awsim("--throttling", "off", "--quotas", "off", "--quota", "vpc-links=3")
    assert links(awsim.client("apigatewayv2"))[0] == 3
    assert awsim.door("quotas")["apis"]["value"] is None


def test_a_quota_is_set_by_the_seed_unless_the_command_line_does(start_awsim, tmp_path):
    path = seed(tmp_path, "quotas: {vpcs: 2, security-groups: 1, hosted-zones: off}")
    awsim = start_awsim("--throttling", "off", "--seed", path, "--quota", "vpcs=1")
    told = awsim.door("quotas")
    assert [told[name]["value"] for name in ("vpcs", "security-groups", "hosted-zones")] == [1, 1, None]
    ec2 = awsim.client("ec2")
    ec2.create_vpc(CidrBlock="10.0.0.0/16")
    assert code(ec2.create_vpc, CidrBlock="10.1.0.0/16") == "VpcLimitExceeded"


def test_a_quota_is_set_at_its_door_and_told_with_what_aws_says_of_it(start_awsim):
    awsim = start_awsim("--throttling", "off")
    elb = awsim.client("elbv2")
    told = awsim.door("quotas", "POST", {"target-groups": 0, "network-load-balancers": 7})
    assert told["target-groups"]["value"] == 0
    vpc_links = told["vpc-links"]
    assert (vpc_links["default"], vpc_links["code"], vpc_links["adjustable"]) == (10, "L-608BDCD4", True)
    group = {"Name": "a", "Protocol": "TCP", "Port": 80, "VpcId": "vpc-0a1b2c3d4e5f60718", "TargetType": "ip"}
    assert code(elb.create_target_group, **group) == "TooManyTargetGroups"
    limits = {limit["Name"]: limit["Max"] for limit in elb.describe_account_limits()["Limits"]}
    assert (limits["network-load-balancers"], limits["target-groups"]) == ("7", "0")
    awsim.door("quotas", "POST", {"all": "default"})
    elb.create_target_group(**group)


def test_quotas_that_are_none_are_refused_with_the_names_there_are(start_awsim):
    awsim = start_awsim("--throttling", "off")
    unknown = bad(awsim, "quotas", {"vpc-links": 3, "vpc-lnks": 3})
    assert "vpc-lnks" in unknown and "integrations-per-api" in unknown
    assert "1000" in bad(awsim, "quotas", {"rules-per-security-group": 201})
    assert awsim.door("quotas")["vpc-links"]["value"] == 10


def test_throttles_are_set_on_the_command_line_and_scaled(start_awsim):
    awsim = start_awsim("--time-scale", "0", "--throttle", "apigatewayv2:all=1/3", "--throttle-scale", "2")
    gateway = awsim.client("apigatewayv2")
    for allowed in (3, 2):
        for _ in range(allowed):
            gateway.get_apis()
        assert refused(gateway.get_apis) == ("TooManyRequestsException", "Too Many Requests")
        awsim.advance(1)


def test_throttles_are_set_by_the_seed_and_at_their_door_which_tells_what_is_left(start_awsim, tmp_path):
    path = seed(tmp_path, 'throttles: {"ec2:DescribeVpcs": {rate: 1, burst: 2}, "elbv2:describe": off}')
    awsim = start_awsim("--time-scale", "0", "--seed", path)
    ec2 = awsim.client("ec2")
    ec2.describe_vpcs(MaxResults=5)
    told = awsim.door("throttles")
    assert (told["on"], told["scale"], told["classes"]["elbv2:describe"]["value"]) == (True, 1, None)
    level = {"account": "123456789012", "region": "eu-central-1", "bucket": "ec2:DescribeVpcs", "tokens": 1}
    assert told["levels"] == [level]
    ec2.describe_vpcs(MaxResults=5)
    assert code(ec2.describe_vpcs, MaxResults=5) == "RequestLimitExceeded"
    tagging = {"resourcegroupstaggingapi:GetResources": {"rate": 1, "burst": 1}}
    awsim.door("throttles", "POST", {"ec2:DescribeVpcs": "default", **tagging})
    for _ in range(3):
        ec2.describe_vpcs(MaxResults=5)
    tags = awsim.client("resourcegroupstaggingapi")
    tags.get_resources()
    assert code(tags.get_resources) == "ThrottledException"
    assert "elbv2:register" in bad(awsim, "throttles", {"elbv2:registr": "off"})
    assert awsim.door("throttles", "POST", {"on": False})["on"] is False
    tags.get_resources()
