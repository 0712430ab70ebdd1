"""Secrets, sessions and the tags of everything."""

from ..play import said, step
from .common import group, tags, target_group, vpc

TOKENS = [f"00000000-0000-4000-8000-00000000000{n}" for n in range(9)]


def secrets(aws):
    manager = aws.secretsmanager
    given = {"Name": "team/db", "SecretString": "one", "ClientRequestToken": TOKENS[0]}
    made = yield step("make", manager.create_secret, **given, Description="the database", Tags=tags(owner="me"))
    arn = made["ARN"]
    yield step("make with the same token", manager.create_secret, **given)
    yield step("make again", manager.create_secret, Name="team/db", SecretString="one")
    yield step("make with a space", manager.create_secret, Name="no name")
    yield step("make with two values", manager.create_secret, Name="two", SecretString="a", SecretBinary=b"b")
    yield step("make with a token that is too short", manager.create_secret, Name="three", ClientRequestToken="short")
    yield step("make with a value that is too long", manager.create_secret, Name="four", SecretString="x" * 65537)
    yield step("describe", manager.describe_secret, SecretId=arn)
    yield step("describe by the ARN without its end", manager.describe_secret, SecretId=arn[:-7])
    yield step("describe none", manager.describe_secret, SecretId="nothing")
    yield step("get", manager.get_secret_value, SecretId="team/db")
    yield step("get a label that is not there", manager.get_secret_value, SecretId="team/db", VersionStage="AWSPENDING")
    yield step("get a version that is not there", manager.get_secret_value, SecretId="team/db", VersionId=TOKENS[8])
    put = {"SecretId": "team/db", "SecretString": "two", "ClientRequestToken": TOKENS[1]}
    yield step("describe what was got", manager.describe_secret, SecretId="team/db")
    yield step("put", manager.put_secret_value, **put)
    yield step("put again", manager.put_secret_value, **put)
    yield step("put another with the token", manager.put_secret_value, **{**put, "SecretString": "three"})
    yield step("put nothing", manager.put_secret_value, SecretId="team/db")
    yield step("get what was before", manager.get_secret_value, SecretId="team/db", VersionStage="AWSPREVIOUS")
    pending = {
        "SecretId": "team/db",
        "SecretString": "three",
        "ClientRequestToken": TOKENS[2],
        "VersionStages": ["AWSPENDING"],
    }
    yield step("put a pending one", manager.put_secret_value, **pending)
    yield step("list versions", manager.list_secret_version_ids, SecretId="team/db")
    move = {"SecretId": "team/db", "VersionStage": "AWSCURRENT", "MoveToVersionId": TOKENS[2]}
    yield step("move the label without its holder", manager.update_secret_version_stage, **move)
    yield step("move the label", manager.update_secret_version_stage, **move, RemoveFromVersionId=TOKENS[1])
    yield step("list versions after the move", manager.list_secret_version_ids, SecretId="team/db")
    yield step("update the description", manager.update_secret, SecretId="team/db", Description="new")
    yield step("update the value", manager.update_secret, SecretId="team/db", SecretString="four")
    yield step("update none", manager.update_secret, SecretId="nothing", Description="new")
    yield step("tag", manager.tag_resource, SecretId="team/db", Tags=tags(team="a"))
    yield step("untag", manager.untag_resource, SecretId="team/db", TagKeys=["owner", "nothing"])
    yield step("tag none", manager.tag_resource, SecretId="nothing", Tags=tags(team="a"))
    yield step("cancel a rotation that there is not", manager.cancel_rotate_secret, SecretId="team/db")
    yield step("get no policy", manager.get_resource_policy, SecretId="team/db")
    yield step("rotate without a function", manager.rotate_secret, SecretId="team/db")


def deleted_secrets(aws):
    manager = aws.secretsmanager
    aws.quietly(manager.create_secret, Name="team/db", SecretString="one")
    yield step("delete with too short a window", manager.delete_secret, SecretId="team/db", RecoveryWindowInDays=6)
    both = {"RecoveryWindowInDays": 7, "ForceDeleteWithoutRecovery": True}
    yield step("delete both ways", manager.delete_secret, SecretId="team/db", **both)
    yield step("delete", manager.delete_secret, SecretId="team/db", RecoveryWindowInDays=7)
    yield step("get", manager.get_secret_value, SecretId="team/db")
    yield step("delete again", manager.delete_secret, SecretId="team/db")
    yield step("describe", manager.describe_secret, SecretId="team/db")
    yield step("make one of the name", manager.create_secret, Name="team/db")
    yield step("list", manager.list_secrets)
    yield step("list with those planned for deletion", manager.list_secrets, IncludePlannedDeletion=True)
    yield step("restore", manager.restore_secret, SecretId="team/db")
    yield step("restore again", manager.restore_secret, SecretId="team/db")
    yield step("get what was restored", manager.get_secret_value, SecretId="team/db")
    yield step("delete at once", manager.delete_secret, SecretId="team/db", ForceDeleteWithoutRecovery=True)
    yield step("get what is gone", manager.get_secret_value, SecretId="team/db")
    yield step(
        "delete at once what is gone", manager.delete_secret, SecretId="team/db", ForceDeleteWithoutRecovery=True
    )
    yield step("delete what is gone", manager.delete_secret, SecretId="team/db")
    aws.quietly(manager.create_secret, Name="late", SecretString="one")
    aws.quietly(manager.delete_secret, SecretId="late")
    yield step("put to a deleted one", manager.put_secret_value, SecretId="late", SecretString="two")
    yield step("update a deleted one", manager.update_secret, SecretId="late", Description="new")
    yield step("restore what is gone", manager.restore_secret, SecretId="team/db")


def listed_secrets(aws):
    manager = aws.secretsmanager
    aws.quietly(manager.create_secret, Name="team/db", SecretString="one", Description="Database of the team")
    aws.quietly(manager.create_secret, Name="team/cache", SecretString="two", Tags=tags(team="red"))
    aws.quietly(manager.create_secret, Name="Other", SecretString="three")
    aws.quietly(manager.create_secret, Name="empty")

    def names(answer):
        return sorted(one["Name"] for one in answer["SecretList"])

    for key, value in (
        ("name", "team/"), ("name", "!team/"), ("name", "TEAM/"), ("tag-key", "te"), ("tag-value", "red"),
        ("description", "database"), ("all", "team"),
    ):  # fmt: skip
        found = yield step(f"list by {key} {value}", manager.list_secrets, Filters=[{"Key": key, "Values": [value]}])
        yield said(f"found by {key} {value}", names(found))
    yield step("list a page", manager.list_secrets, MaxResults=2)
    yield step("list a page that is too large", manager.list_secrets, MaxResults=101)
    yield step("list by no key there is", manager.list_secrets, Filters=[{"Key": "colour", "Values": ["a"]}])
    yield step("list from a made-up token", manager.list_secrets, NextToken="made up")
    yield step("get a batch", manager.batch_get_secret_value, SecretIdList=["team/db", "empty", "nothing"])
    yield step("get a batch by filter", manager.batch_get_secret_value, Filters=[{"Key": "name", "Values": ["team/"]}])
    both = {"SecretIdList": ["team/db"], "Filters": [{"Key": "name", "Values": ["team/"]}]}
    yield step("get a batch by ids and filter", manager.batch_get_secret_value, **both)
    yield step("get a batch of nothing named", manager.batch_get_secret_value)
    yield step("get a batch of more than 20", manager.batch_get_secret_value, SecretIdList=[f"s{n}" for n in range(21)])
    word = yield step("draw a password", manager.get_random_password, PasswordLength=20, ExcludePunctuation=True)
    yield said("the password is of the length", len(word["RandomPassword"]))
    yield step("draw a password that is too long", manager.get_random_password, PasswordLength=4097)
    yield step("draw a password that is too short", manager.get_random_password, PasswordLength=3)


def policies(aws):
    manager = aws.secretsmanager
    aws.quietly(manager.create_secret, Name="s", SecretString="one")
    statement = '{"Effect":"Allow","Principal":"*","Action":"secretsmanager:*","Resource":"*"}'
    document = f'{{"Version":"2012-10-17","Statement":[{statement}]}}'
    yield step("put", manager.put_resource_policy, SecretId="s", ResourcePolicy=document)
    yield step("put what is no policy", manager.put_resource_policy, SecretId="s", ResourcePolicy="{")
    yield step("get", manager.get_resource_policy, SecretId="s")
    yield step("delete", manager.delete_resource_policy, SecretId="s")
    yield step("delete of none", manager.delete_resource_policy, SecretId="nothing")


def sessions(aws):
    sts = aws.sts
    role = f"arn:aws:iam::{aws.account}:role/entry"
    yield step("who", sts.get_caller_identity)
    yield step("assume", sts.assume_role, RoleArn=role, RoleSessionName="test")
    yield step("assume for too short", sts.assume_role, RoleArn=role, RoleSessionName="test", DurationSeconds=60)
    yield step("assume for too long", sts.assume_role, RoleArn=role, RoleSessionName="test", DurationSeconds=43201)
    yield step("assume without a name", sts.assume_role, RoleArn=role)
    yield step("assume with a name of no form", sts.assume_role, RoleArn=role, RoleSessionName="a b")
    yield step("assume what is no role", sts.assume_role, RoleArn="short", RoleSessionName="test")


def tagged(aws):
    tagging = aws.resourcegroupstaggingapi
    vpc_id = vpc(aws)
    group_id = group(aws, vpc_id)
    aws.quietly(aws.ec2.create_tags, Resources=[group_id], Tags=tags(owner="me", team="a"))
    balanced = target_group(aws, vpc_id)
    aws.quietly(aws.elbv2.add_tags, ResourceArns=[balanced], Tags=tags(owner="me"))
    aws.quietly(aws.logs.create_log_group, logGroupName="g", tags={"owner": "other"})
    aws.quietly(aws.secretsmanager.create_secret, Name="s", Tags=tags(owner="me"))
    owner = [{"Key": "owner", "Values": ["me"]}]
    yield step("find by key and value", tagging.get_resources, TagFilters=owner)
    yield step("find by key", tagging.get_resources, TagFilters=[{"Key": "owner"}])
    yield step("find by type", tagging.get_resources, TagFilters=owner, ResourceTypeFilters=["ec2:security-group"])
    yield step("find by service", tagging.get_resources, TagFilters=owner, ResourceTypeFilters=["elasticloadbalancing"])
    both = [*owner, {"Key": "team", "Values": ["a"]}]
    yield step("find by two keys", tagging.get_resources, TagFilters=both)
    yield step("find nothing", tagging.get_resources, TagFilters=[{"Key": "owner", "Values": ["nobody"]}])
    yield step("find by ARN and key", tagging.get_resources, ResourceARNList=[balanced], TagFilters=owner)
    yield step("find in pages that are too large", tagging.get_resources, ResourcesPerPage=101)
    yield step("find in pages of too few tags", tagging.get_resources, TagsPerPage=99)
    yield step("find from a made-up token", tagging.get_resources, PaginationToken="made up")
    yield step("list keys", tagging.get_tag_keys)
    yield step("list values", tagging.get_tag_values, Key="owner")
    yield step("list values of no key", tagging.get_tag_values)
    yield step("tag", tagging.tag_resources, ResourceARNList=[balanced], Tags={"team": "b"})
    yield step("untag", tagging.untag_resources, ResourceARNList=[balanced], TagKeys=["owner"])
    yield step("read what was tagged", aws.elbv2.describe_tags, ResourceArns=[balanced])
    yield step("tag with a reserved key", tagging.tag_resources, ResourceARNList=[balanced], Tags={"aws:a": "b"})
    yield step("tag what is no ARN", tagging.tag_resources, ResourceARNList=["red"], Tags={"a": "b"})
    none = f"arn:aws:ec2:eu-central-1:{aws.account}:security-group/sg-0123456789abcdef0"
    yield step("tag what is not there", tagging.tag_resources, ResourceARNList=[none], Tags={"a": "b"})
    yield step("tag more than 20", tagging.tag_resources, ResourceARNList=[none] * 21, Tags={"a": "b"})


SCENARIOS = [secrets, deleted_secrets, listed_secrets, policies, sessions, tagged]
