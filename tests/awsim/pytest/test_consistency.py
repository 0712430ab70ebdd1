"""Eventual consistency switched on: what boto3 sees of it. tests/awsim/src/consistency names the sources."""

import pytest
from botocore.exceptions import ClientError

from conftest import REGION, code

SEED = """
account: "123456789012"
region: eu-central-1
consistency: {share: 1}
vpcs:
  - id: vpc-0a1b2c3d4e5f60718
    cidr: 10.0.0.0/16
"""
VPC = "vpc-0a1b2c3d4e5f60718"


@pytest.fixture
def late(start_awsim, tmp_path):
    """A server of which every call lags, whose clock stands still."""
    seed = tmp_path / "seed.yaml"
    seed.write_text(SEED)
    server = start_awsim("--seed", str(seed), "--consistency", "on", "--time-scale", "0", "--throttling", "off")
    # Indexes are made anew at whole minutes: begin just after.
    now = server.door("clock")["now"] / 1000
    server.advance(600 - now % 600 + 1)
    return server


def group(ec2, name):
    return ec2.create_security_group(GroupName=name, Description="test", VpcId=VPC)["GroupId"]


def test_a_fresh_security_group_is_not_found_until_the_clock_moves_on(late):
    # packer 6843, boto3 620.
    ec2 = late.client("ec2")
    fresh = group(ec2, "fresh")
    assert code(ec2.describe_security_groups, GroupIds=[fresh]) == "InvalidGroup.NotFound"
    assert code(ec2.create_tags, Resources=[fresh], Tags=[{"Key": "a", "Value": "b"}]) == "InvalidGroup.NotFound"
    late.advance(3)
    ec2.create_tags(Resources=[fresh], Tags=[{"Key": "a", "Value": "b"}])
    late.advance(3)
    described = ec2.describe_security_groups(GroupIds=[fresh])["SecurityGroups"][0]
    assert described["Tags"] == [{"Key": "a", "Value": "b"}]


def test_a_deleted_security_group_is_described_for_a_while(late):
    ec2 = late.client("ec2")
    old = group(ec2, "old")
    late.advance(3)
    ec2.delete_security_group(GroupId=old)
    assert ec2.describe_security_groups(GroupIds=[old])["SecurityGroups"][0]["GroupName"] == "old"
    late.advance(3)
    assert code(ec2.describe_security_groups, GroupIds=[old]) == "InvalidGroup.NotFound"


def test_boto3_waits_until_a_security_group_exists(late):
    # boto3's own waiter is for this; here the clock moves while it waits.
    ec2 = late.client("ec2")
    fresh = group(ec2, "fresh")
    late.door("clock", "POST", {"scale": 600})
    waiter = ec2.get_waiter("security_group_exists")
    waiter.wait(GroupIds=[fresh], WaiterConfig={"Delay": 0.01, "MaxAttempts": 500})


def test_a_fresh_target_group_takes_no_tags_yet(late):
    # cloud-provider-aws 275.
    elbv2 = late.client("elbv2")
    made = elbv2.create_target_group(Name="fresh", Protocol="TCP", Port=80, VpcId=VPC, TargetType="ip")
    arn = made["TargetGroups"][0]["TargetGroupArn"]
    tags = [{"Key": "a", "Value": "b"}]
    assert code(elbv2.add_tags, ResourceArns=[arn], Tags=tags) == "TargetGroupNotFound"
    assert elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"] == []
    late.advance(3)
    elbv2.add_tags(ResourceArns=[arn], Tags=tags)


def test_a_fresh_api_takes_no_stage_yet(late):
    # terraform-provider-aws 46610.
    api = late.client("apigatewayv2")
    fresh = api.create_api(Name="fresh", ProtocolType="HTTP")["ApiId"]
    assert code(api.create_stage, ApiId=fresh, StageName="$default") == "NotFoundException"
    late.advance(2)
    api.create_stage(ApiId=fresh, StageName="$default")


def test_secrets_are_listed_five_minutes_late(late):
    # The service model, ListSecrets.
    secrets = late.client("secretsmanager")
    secrets.create_secret(Name="fresh", SecretString="s")
    late.advance(2)
    assert secrets.get_secret_value(SecretId="fresh")["SecretString"] == "s"
    assert secrets.list_secrets()["SecretList"] == []
    late.advance(300)
    assert [secret["Name"] for secret in secrets.list_secrets()["SecretList"]] == ["fresh"]


def test_a_requested_certificate_is_not_described_for_seconds(late):
    # The service model, DescribeCertificate.
    acm = late.client("acm")
    arn = acm.request_certificate(DomainName="shop.example", ValidationMethod="DNS")["CertificateArn"]
    assert code(acm.describe_certificate, CertificateArn=arn) == "ResourceNotFoundException"
    late.advance(6)
    assert acm.describe_certificate(CertificateArn=arn)["Certificate"]["DomainName"] == "shop.example"


def test_the_tag_index_is_late_and_lists_the_dead(late):
    # aws-cli 4173 and 8197.
    api, index = late.client("apigatewayv2"), late.client("resourcegroupstaggingapi")
    fresh = api.create_api(Name="fresh", ProtocolType="HTTP", Tags={"a": "b"})["ApiId"]
    arn = f"arn:aws:apigateway:{REGION}::/apis/{fresh}"

    def found():
        return [mapping["ResourceARN"] for mapping in index.get_resources()["ResourceTagMappingList"]]

    assert found() == []
    late.advance(120)
    assert found() == [arn]
    api.delete_api(ApiId=fresh)
    late.advance(100)
    assert found() == [arn]
    assert code(api.get_api, ApiId=fresh) == "NotFoundException"
    late.advance(20)
    assert found() == []


def test_a_client_that_asks_again_succeeds_on_a_running_clock(start_awsim):
    # The default share of lagging calls and the default lags, sixty times as fast.
    server = start_awsim("--consistency", "on", "--time-scale", "60", "--throttling", "off")
    ec2 = server.client("ec2")
    missed = 0
    for n in range(30):
        fresh = group(ec2, f"g{n}")
        for _ in range(1000):
            try:
                ec2.create_tags(Resources=[fresh], Tags=[{"Key": "a", "Value": "b"}])
                break
            except ClientError as refused:
                assert refused.response["Error"]["Code"] == "InvalidGroup.NotFound"
                missed += 1
        else:
            pytest.fail("never found")
    assert missed > 0


def test_nothing_lags_unless_asked_to(awsim):
    ec2 = awsim.client("ec2", account="777700000001")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    assert ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["VpcId"] == vpc
