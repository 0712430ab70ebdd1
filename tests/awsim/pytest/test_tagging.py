"""The tagging API as boto3 sees it, in both protocols that the service speaks."""

import botocore.model
import pytest
from botocore.exceptions import ClientError

ORDER = ("smithy-rpc-v2-cbor", "json", "rest-json", "rest-xml", "query", "ec2")


@pytest.fixture(params=["json", "smithy-rpc-v2-cbor"])
def tagging(request, client, monkeypatch):
    """A client in each protocol: botocore prefers JSON, other SDKs prefer CBOR."""
    if request.param != "json":
        monkeypatch.setattr(botocore.model, "PRIORITY_ORDERED_SUPPORTED_PROTOCOLS", ORDER)
    made = client("resourcegroupstaggingapi")
    assert made.meta.service_model.resolved_protocol == request.param
    return made


@pytest.fixture
def group(client, account):
    """Makes security groups with tags and gives their ARNs."""
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]

    def make(name, **tags):
        made = ec2.create_security_group(
            GroupName=name,
            Description="for tags",
            VpcId=vpc,
            TagSpecifications=[
                {"ResourceType": "security-group", "Tags": [{"Key": k, "Value": v} for k, v in tags.items()]}
            ]
            if tags
            else [],
        )
        return f"arn:aws:ec2:eu-central-1:{account}:security-group/{made['GroupId']}"

    return make


def arns(answer):
    return [mapping["ResourceARN"] for mapping in answer["ResourceTagMappingList"]]


def invalid(call, **options):
    with pytest.raises(ClientError) as refused:
        call(**options)
    response = refused.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert response["Error"]["Code"] == "InvalidParameterException"
    return response["Error"]["Message"]


def test_resources_are_found_by_all_keys_and_any_value(tagging, group):
    red, blue = group("red", colour="red", team="a"), group("blue", colour="blue", team="a")
    group("bare")
    both = {"Key": "colour", "Values": ["red", "blue"]}
    assert set(arns(tagging.get_resources(TagFilters=[both, {"Key": "team"}]))) == {red, blue}
    assert arns(tagging.get_resources(TagFilters=[{"Key": "colour", "Values": ["red"]}])) == [red]
    assert arns(tagging.get_resources(TagFilters=[both, {"Key": "owner"}])) == []
    [mapping] = tagging.get_resources(ResourceARNList=[blue])["ResourceTagMappingList"]
    assert mapping["Tags"] == [{"Key": "colour", "Value": "blue"}, {"Key": "team", "Value": "a"}]


def test_resources_are_found_by_type(tagging, group):
    red = group("red", colour="red")
    for wanted in ("ec2", "ec2:security-group"):
        assert arns(tagging.get_resources(ResourceTypeFilters=[wanted])) == [red]
    assert arns(tagging.get_resources(ResourceTypeFilters=["ec2:vpc", "elasticloadbalancing"])) == []


def test_resources_of_every_service_are_found(tagging, client, account):
    tags = {"owner": "test"}
    api = client("apigatewayv2").create_api(Name="a", ProtocolType="HTTP", Tags=tags)["ApiId"]
    pairs = [{"Key": "owner", "Value": "test"}]
    target_group = client("elbv2").create_target_group(Name="t", Protocol="TCP", Port=80, TargetType="ip",
        VpcId=client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"], Tags=pairs)  # fmt: skip
    client("logs").create_log_group(logGroupName="g", tags=tags)
    client("cloudwatch").put_metric_alarm(AlarmName="a", Namespace="n", MetricName="m", Statistic="Sum", Period=60,
        EvaluationPeriods=1, Threshold=1, ComparisonOperator="LessThanThreshold", Tags=pairs)  # fmt: skip
    found = arns(tagging.get_resources(TagFilters=[{"Key": "owner"}]))
    assert set(found) == {
        f"arn:aws:apigateway:eu-central-1::/apis/{api}",
        target_group["TargetGroups"][0]["TargetGroupArn"],
        f"arn:aws:logs:eu-central-1:{account}:log-group:g",
        f"arn:aws:cloudwatch:eu-central-1:{account}:alarm:a",
    }
    for kind in ("logs:log-group", "cloudwatch:alarm"):
        assert len(arns(tagging.get_resources(ResourceTypeFilters=[kind]))) == 1


def test_pages_follow_each_other_to_an_empty_token(tagging, group):
    made = {group(f"g{i}", number=str(i)) for i in range(5)}
    pages, token = [], ""
    while True:
        answer = tagging.get_resources(ResourcesPerPage=2, PaginationToken=token)
        pages.append(arns(answer))
        token = answer["PaginationToken"]
        if not token:
            break
    assert [len(page) for page in pages] == [2, 2, 1]
    assert {arn for page in pages for arn in page} == made


def test_pages_are_cut_by_tags_but_never_within_a_resource(tagging, group):
    for i in range(5):
        group(f"g{i}", **{f"k{n}": "v" for n in range(40)})
    answer = tagging.get_resources(TagsPerPage=100)
    assert [len(mapping["Tags"]) for mapping in answer["ResourceTagMappingList"]] == [40, 40]
    assert answer["PaginationToken"]


def test_keys_and_values_are_listed(tagging, group):
    group("red", colour="red", team="a")
    group("blue", colour="blue")
    assert tagging.get_tag_keys()["TagKeys"] == ["colour", "team"]
    assert tagging.get_tag_values(Key="colour")["TagValues"] == ["blue", "red"]
    assert tagging.get_tag_values(Key="nothing")["TagValues"] == []


def test_tags_are_set_and_unset_by_arn(tagging, client, group):
    red = group("red", colour="red")
    assert tagging.tag_resources(ResourceARNList=[red], Tags={"team": "a", "colour": "pink"})["FailedResourcesMap"] == {}
    group_id = red.rpartition("/")[2]
    tags = client("ec2").describe_security_groups(GroupIds=[group_id])["SecurityGroups"][0]["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"team": "a", "colour": "pink"}
    assert tagging.untag_resources(ResourceARNList=[red], TagKeys=["colour"])["FailedResourcesMap"] == {}
    assert tagging.get_tag_keys()["TagKeys"] == ["team"]


def test_what_had_tags_once_is_listed_without_any(tagging, client, group):
    """botocore, GetResources, TagFilters: "currently tagged or ever had a tag", then an empty set."""
    red, blue = group("red", colour="red"), group("blue", colour="blue")
    group("bare")
    client("ec2").delete_tags(Resources=[red.rpartition("/")[2]])
    tagging.untag_resources(ResourceARNList=[blue], TagKeys=["colour"])
    listed = tagging.get_resources()["ResourceTagMappingList"]
    assert {mapping["ResourceARN"]: mapping["Tags"] for mapping in listed} == {red: [], blue: []}
    assert arns(tagging.get_resources(TagFilters=[{"Key": "colour"}])) == []
    assert tagging.get_tag_keys()["TagKeys"] == []


def test_what_is_not_there_fails_by_itself(tagging, group, account):
    red = group("red")
    gone = f"arn:aws:ec2:eu-central-1:{account}:security-group/sg-00000000000000000"
    for call, options in (
        (tagging.tag_resources, {"Tags": {"a": "b"}}),
        (tagging.untag_resources, {"TagKeys": ["a"]}),
    ):
        failed = call(ResourceARNList=[red, gone], **options)["FailedResourcesMap"]
        assert list(failed) == [gone]
        assert (failed[gone]["StatusCode"], failed[gone]["ErrorCode"]) == (400, "InvalidParameterException")


def test_the_51st_tag_of_a_resource_is_refused(tagging, group):
    red = group("red", **{f"k{n}": "v" for n in range(50)})
    failed = tagging.tag_resources(ResourceARNList=[red], Tags={"one": "more"})["FailedResourcesMap"]
    assert "50" in failed[red]["ErrorMessage"]


def test_bad_input_is_refused(tagging):
    assert "ResourceARNList and TagFilters" in invalid(
        tagging.get_resources, ResourceARNList=["arn:aws:ec2:r:a:x/y"], TagFilters=[{"Key": "a"}]
    )
    assert "ResourcesPerPage" in invalid(tagging.get_resources, ResourcesPerPage=101)
    assert "TagsPerPage" in invalid(tagging.get_resources, TagsPerPage=99)
    assert "IncludeComplianceDetails" in invalid(tagging.get_resources, ExcludeCompliantResources=True)
    assert "Key" in invalid(tagging.get_resources, TagFilters=[{"Values": ["a"]}])
    assert "not a valid AmazonResourceName" in invalid(tagging.tag_resources, ResourceARNList=["red"], Tags={"a": "b"})
    assert "reserved" in invalid(tagging.tag_resources, ResourceARNList=["arn:aws:ec2:r:a:x/y"], Tags={"aws:a": "b"})
    assert "reserved" in invalid(tagging.untag_resources, ResourceARNList=["arn:aws:ec2:r:a:x/y"], TagKeys=["aws:a"])
    assert "'key'" in invalid(tagging.get_tag_values)
    for call in (tagging.get_resources, tagging.get_tag_keys):
        assert "PaginationToken" in invalid(call, PaginationToken="made up")
    assert "length less than or equal to 20" in invalid(
        tagging.tag_resources, ResourceARNList=["arn:aws:ec2:r:a:x/y"] * 21, Tags={"a": "b"}
    )
    # botocore: the bounds of GetResources' lists.
    for options, most in (
        ({"ResourceARNList": ["arn:aws:ec2:r:a:x/y"] * 101}, 100),
        ({"TagFilters": [{"Key": f"k{n}"} for n in range(51)]}, 50),
        ({"TagFilters": [{"Key": "a", "Values": [str(n) for n in range(21)]}]}, 20),
    ):
        assert f"length less than or equal to {most}" in invalid(tagging.get_resources, **options)
