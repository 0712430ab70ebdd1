"""Identity policies as boto3 meets them, on servers that have some."""

import json

import pytest
from botocore.exceptions import ClientError
from conftest import refused

WRITER = "AKIA123456789012WRIT"
ROLE = "arn:aws:iam::123456789012:role/team/entry"
# Of the default seed.
VPC = "vpc-0a1b2c3d4e5f60718"
OWN = {"StringEquals": {"aws:RequestTag/owner": "me"}}
TAGGED = {"StringEquals": {"aws:ResourceTag/owner": "me"}}


def allow(action, resource="*", **condition):
    return {"Effect": "Allow", "Action": action, "Resource": resource, "Condition": condition}


@pytest.fixture
def start_with(start_awsim, tmp_path):
    """Starts a server that gives everyone these statements; `others` are those of a key or role."""

    def start(*statements, **others):
        def written(name, all_of_it):
            path = tmp_path / f"{name}.json"
            path.write_text(json.dumps({"Version": "2012-10-17", "Statement": list(all_of_it)}))
            return path

        arguments = ["--policy", str(written("everyone", statements))]
        for n, (who, its) in enumerate(others.items()):
            arguments += ["--policy", f"{who}={written(n, its)}"]
        return start_awsim("--throttling", "off", *arguments)

    return start


# A call of each service, and how it is refused.
CALLS = {
    "acm": (lambda c: c.list_certificates(), "AccessDeniedException", 400, "acm:ListCertificates"),
    "apigatewayv2": (lambda c: c.get_apis(), "AccessDeniedException", 403, "apigateway:GET"),
    "cloudwatch": (lambda c: c.list_metrics(), "AccessDenied", 403, "cloudwatch:ListMetrics"),
    "ec2": (lambda c: c.describe_vpcs(), "UnauthorizedOperation", 403, "ec2:DescribeVpcs"),
    "elbv2": (
        lambda c: c.describe_load_balancers(),
        "AccessDenied",
        403,
        "elasticloadbalancing:DescribeLoadBalancers",
    ),
    "logs": (lambda c: c.describe_log_groups(), "AccessDeniedException", 400, "logs:DescribeLogGroups"),
    "resourcegroupstaggingapi": (lambda c: c.get_resources(), "AccessDeniedException", 400, "tag:GetResources"),
    "route53": (lambda c: c.list_hosted_zones(), "AccessDenied", 403, "route53:ListHostedZones"),
    "secretsmanager": (lambda c: c.list_secrets(), "AccessDeniedException", 400, "secretsmanager:ListSecrets"),
    "sts": (
        lambda c: c.assume_role(RoleArn=ROLE, RoleSessionName="test"),
        "AccessDenied",
        403,
        "sts:AssumeRole",
    ),
}


def test_each_service_refuses_in_its_own_way_and_names_caller_and_action(start_with):
    awsim = start_with(allow("s3:*"))
    who = awsim.client("sts").get_caller_identity()["Arn"]
    for service, (call, code, status, action) in CALLS.items():
        with pytest.raises(ClientError) as raised:
            call(awsim.client(service))
        response = raised.value.response
        assert (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]) == (code, status), service
        words = response["Error"]["Message"]
        assert f"User: {who} is not authorized to perform: {action}" in words
        assert f"because no identity-based policy allows the {action} action" in words


def test_an_explicit_deny_wins_and_is_told_as_such(start_with):
    awsim = start_with(allow("*"), {"Effect": "Deny", "Action": "ec2:*", "Resource": "*"})
    awsim.client("elbv2").describe_load_balancers()
    _, words = refused(awsim.client("ec2").describe_vpcs)
    assert "with an explicit deny in an identity-based policy" in words


def test_who_may_create_only_with_its_tag_may_touch_only_what_has_it(start_with):
    awsim = start_with(
        allow("ec2:CreateSecurityGroup", "arn:aws:ec2:*:*:security-group/*", **OWN),
        allow("ec2:CreateSecurityGroup", "arn:aws:ec2:*:*:vpc/*"),
        allow("ec2:CreateTags", StringEquals={"ec2:CreateAction": "CreateSecurityGroup"}),
        allow(["ec2:DeleteSecurityGroup", "ec2:AuthorizeSecurityGroupIngress"], **TAGGED),
        **{WRITER: [allow("*")]},
    )
    ec2, writer = awsim.client("ec2"), awsim.client("ec2", key=WRITER)

    def made(client, name, *tags):
        tags = [{"Key": key, "Value": value} for key, value in tags]
        tags = [{"ResourceType": "security-group", "Tags": tags}] if tags else []
        given = {"GroupName": name, "Description": "test", "VpcId": VPC, "TagSpecifications": tags}
        return client.create_security_group(**given)["GroupId"]

    own, strange = made(ec2, "own", ("owner", "me")), made(writer, "strange")
    rule = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    ec2.authorize_security_group_ingress(GroupId=own, IpPermissions=[rule])
    ec2.delete_security_group(GroupId=own)
    for call, given in [
        (ec2.delete_security_group, {"GroupId": strange}),
        (ec2.authorize_security_group_ingress, {"GroupId": strange, "IpPermissions": [rule]}),
        # It is gone, and with it its tags.
        (ec2.delete_security_group, {"GroupId": own}),
        (ec2.create_tags, {"Resources": [strange], "Tags": [{"Key": "owner", "Value": "me"}]}),
        (ec2.create_security_group, {"GroupName": "x", "Description": "x", "VpcId": VPC}),
        # Permissions come before the dry run.
        (ec2.delete_security_group, {"GroupId": strange, "DryRun": True}),
    ]:
        assert refused(call, **given)[0] == "UnauthorizedOperation", given
    assert refused(writer.delete_security_group, GroupId=strange, DryRun=True)[0] == "DryRunOperation"


def test_a_log_groups_arn_wants_its_star(start_with):
    group = "arn:aws:logs:*:*:log-group:/shop"
    awsim = start_with(allow("logs:PutRetentionPolicy", group), allow("logs:CreateLogGroup", f"{group}:*"))
    logs = awsim.client("logs")
    logs.create_log_group(logGroupName="/shop")
    code, words = refused(logs.put_retention_policy, logGroupName="/shop", retentionInDays=1)
    assert code == "AccessDeniedException"
    assert ":log-group:/shop:log-stream: because" in words


def test_a_batch_of_secrets_leaves_out_what_may_not_be_read(start_with):
    awsim = start_with(
        allow("secretsmanager:BatchGetSecretValue"),
        allow("secretsmanager:GetSecretValue", StringEquals={"secretsmanager:ResourceTag/team": "a"}),
        **{WRITER: [allow("*")]},
    )
    writer = awsim.client("secretsmanager", key=WRITER)
    for name, team in [("one", "a"), ("two", "b")]:
        writer.create_secret(Name=name, SecretString="x", Tags=[{"Key": "team", "Value": team}])
    secrets = awsim.client("secretsmanager")
    read = secrets.batch_get_secret_value(SecretIdList=["one", "two"])
    assert [secret["Name"] for secret in read["SecretValues"]] == ["one"]
    assert [(error["SecretId"], error["ErrorCode"]) for error in read["Errors"]] == [("two", "AccessDeniedException")]
    filters = [{"Key": "name", "Values": ["one"]}]
    code, words = refused(secrets.batch_get_secret_value, Filters=filters)
    assert code == "AccessDeniedException" and "secretsmanager:ListSecrets" in words


def test_tags_set_by_arn_want_the_services_own_permission(start_with):
    awsim = start_with(allow("tag:*"))
    arn = f"arn:aws:ec2:eu-central-1:123456789012:vpc/{VPC}"
    tagging = awsim.client("resourcegroupstaggingapi")
    failed = tagging.tag_resources(ResourceARNList=[arn], Tags={"k": "v"})["FailedResourcesMap"]
    assert failed[arn]["ErrorCode"] == "AccessDeniedException"
    assert "ec2:CreateTags" in failed[arn]["ErrorMessage"]


def test_a_session_has_its_roles_policy_and_at_most_its_own(start_with):
    awsim = start_with(allow("sts:AssumeRole", ROLE), **{ROLE: [allow(["ec2:DescribeVpcs", "ec2:DescribeSubnets"])]})
    sts = awsim.client("sts")

    def session(**options):
        given = sts.assume_role(RoleArn=ROLE, RoleSessionName="test", **options)
        return awsim.client("ec2", session=given["Credentials"])

    session().describe_vpcs()
    session().describe_subnets()
    assert refused(session().describe_route_tables)[0] == "UnauthorizedOperation"
    assert refused(awsim.client("ec2").describe_vpcs)[0] == "UnauthorizedOperation"
    less = session(Policy=json.dumps({"Version": "2012-10-17", "Statement": [allow("ec2:DescribeVpcs")]}))
    less.describe_vpcs()
    assert "because no session policy allows" in refused(less.describe_subnets)[1]
    assert refused(sts.assume_role, RoleArn=ROLE, RoleSessionName="test", Policy="{}")[0] == "MalformedPolicyDocument"


def test_routes_of_an_api_are_paths_and_denials_say_which(start_with):
    apis = "arn:aws:apigateway:eu-central-1::/apis"
    awsim = start_with(allow("apigateway:POST", apis), allow("apigateway:*", f"{apis}/*/routes*"))
    gateway = awsim.client("apigatewayv2")
    api = gateway.create_api(Name="shop", ProtocolType="HTTP")["ApiId"]
    gateway.create_route(ApiId=api, RouteKey="GET /")
    code, words = refused(gateway.create_stage, ApiId=api, StageName="$default")
    assert code == "AccessDeniedException"
    assert f"apigateway:POST on resource: {apis}/{api}/stages because" in words
    code, words = refused(gateway.create_api, Name="shop", ProtocolType="HTTP", Tags={"a": "b"})
    assert "apigateway:TagResource" in words


def test_what_was_asked_is_told_once_each_and_with_each_call(start_with):
    awsim = start_with(allow("ec2:DescribeVpcs"))
    ec2 = awsim.client("ec2")
    ec2.describe_vpcs()
    refused(ec2.delete_vpc, VpcId=VPC)
    ec2.describe_vpcs()
    resource = f"arn:aws:ec2:eu-central-1:123456789012:vpc/{VPC}"
    assert awsim.door("actions") == [
        {"action": "ec2:DeleteVpc", "resource": resource, "allowed": False, "count": 1},
        {"action": "ec2:DescribeVpcs", "resource": "*", "allowed": True, "count": 2},
    ]
    assert len(awsim.door("actions?since=2")) == 1
    assert awsim.calls()[1]["actions"] == [{"action": "ec2:DeleteVpc", "resource": resource, "allowed": False}]


def test_a_policy_that_is_none_keeps_the_server_from_starting(start_awsim, tmp_path):
    path = tmp_path / "policy.json"
    path.write_text('{"Version": "2012-10-17", "Statement": [{"Effect": "Maybe"}]}')
    with pytest.raises(AssertionError, match="awsim did not start"):
        start_awsim("--policy", str(path))
