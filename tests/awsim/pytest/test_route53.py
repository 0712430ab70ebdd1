"""Route 53 as boto3 sees it: every operation, its success and its refusals."""

import datetime
import itertools

import pytest
from botocore.exceptions import ClientError
from conftest import code, refused

REFERENCES = (f"reference-{number}" for number in itertools.count())
CHECK = {"Type": "HTTPS", "FullyQualifiedDomainName": "lab.net", "ResourcePath": "/health"}


def bare(identifier):
    return identifier.rpartition("/")[2]


@pytest.fixture
def dns(client):
    return client("route53")


@pytest.fixture
def zone(dns):
    made = dns.create_hosted_zone(Name="lab.net", CallerReference=next(REFERENCES))
    return bare(made["HostedZone"]["Id"])


@pytest.fixture
def vpcs(client):
    """Region and id of two VPCs in two regions."""

    def make(region):
        made = client("ec2", region=region).create_vpc(CidrBlock="10.0.0.0/16")
        return {"VPCRegion": region, "VPCId": made["Vpc"]["VpcId"]}

    return [make("eu-central-1"), make("eu-west-1")]


@pytest.fixture
def private(dns, vpcs):
    made = dns.create_hosted_zone(Name="lab.internal", CallerReference=next(REFERENCES), VPC=vpcs[0])
    return bare(made["HostedZone"]["Id"])


@pytest.fixture
def check(dns):
    made = dns.create_health_check(CallerReference=next(REFERENCES), HealthCheckConfig=CHECK)
    return made["HealthCheck"]["Id"]


def record(name, kind="A", *values, **more):
    values = values or ("10.0.0.1",)
    return {"Name": name, "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": v} for v in values], **more}


def change(dns, zone, *changes):
    changes = [{"Action": action, "ResourceRecordSet": given} for action, given in changes]
    return dns.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})["ChangeInfo"]


def names(dns, zone, **given):
    page = dns.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone, **given)
    return [(one["Name"], one["Type"]) for answer in page for one in answer["ResourceRecordSets"]]


def test_a_public_zone_is_made_read_and_deleted(dns):
    reference = next(REFERENCES)
    config = {"Comment": "a <b> & c"}
    made = dns.create_hosted_zone(Name="Lab.net", CallerReference=reference, HostedZoneConfig=config)
    zone = bare(made["HostedZone"]["Id"])
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert made["Location"].endswith(f"/2013-04-01/hostedzone/{zone}")
    assert made["HostedZone"]["Name"] == "lab.net."
    assert made["HostedZone"]["Config"] == {"Comment": "a <b> & c", "PrivateZone": False}
    assert isinstance(made["ChangeInfo"]["SubmittedAt"], datetime.datetime)
    assert len(made["DelegationSet"]["NameServers"]) == 4
    read = dns.get_hosted_zone(Id=zone)
    assert (read["HostedZone"], read["DelegationSet"]) == (made["HostedZone"], made["DelegationSet"])
    assert dns.get_hosted_zone_count()["HostedZoneCount"] == 1
    assert code(dns.create_hosted_zone, Name="b.net", CallerReference=reference) == "HostedZoneAlreadyExists"
    changed = dns.update_hosted_zone_comment(Id=zone, Comment="new")
    assert changed["HostedZone"]["Config"]["Comment"] == "new"
    assert dns.delete_hosted_zone(Id=zone)["ChangeInfo"]["Status"] == "PENDING"
    for call in (dns.get_hosted_zone, dns.delete_hosted_zone, dns.update_hosted_zone_comment):
        assert refused(call, Id=zone) == ("NoSuchHostedZone", f"No hosted zone found with ID: {zone}")


def test_the_zones_of_an_account_are_the_same_whatever_region_signs(client, zone):
    for region in ("us-east-1", "eu-west-1"):
        assert client("route53", region=region).get_hosted_zone(Id=zone)["HostedZone"]["Name"] == "lab.net."


def test_zones_are_listed_in_pages(dns, vpcs):
    for name in ("b.net", "x.a.net", "a.net"):
        dns.create_hosted_zone(Name=name, CallerReference=name)
    pages = dns.get_paginator("list_hosted_zones").paginate(PaginationConfig={"PageSize": 1})
    assert sorted(zone["Name"] for page in pages for zone in page["HostedZones"]) == ["a.net.", "b.net.", "x.a.net."]
    listed = dns.list_hosted_zones_by_name(MaxItems="2")
    assert [zone["Name"] for zone in listed["HostedZones"]] == ["a.net.", "x.a.net."]
    assert (listed["IsTruncated"], listed["NextDNSName"]) == (True, "b.net.")
    assert code(dns.list_hosted_zones, MaxItems="none") == "InvalidInput"
    assert code(dns.list_hosted_zones_by_name, DNSName="a..b") == "InvalidDomainName"
    assert dns.list_hosted_zones_by_vpc(**vpcs[0])["HostedZoneSummaries"] == []


def test_a_private_zone_gains_and_loses_vpcs(dns, private, zone, vpcs, account):
    read = dns.get_hosted_zone(Id=private)
    assert (read["VPCs"], read["HostedZone"]["Config"]["PrivateZone"]) == ([vpcs[0]], True)
    assert code(dns.disassociate_vpc_from_hosted_zone, HostedZoneId=private, VPC=vpcs[0]) == "LastVPCAssociation"
    added = dns.associate_vpc_with_hosted_zone(HostedZoneId=private, VPC=vpcs[1], Comment="why")
    assert added["ChangeInfo"]["Comment"] == "why"
    again = code(dns.associate_vpc_with_hosted_zone, HostedZoneId=private, VPC=vpcs[1])
    assert again == "ConflictingDomainExists"
    public = code(dns.associate_vpc_with_hosted_zone, HostedZoneId=zone, VPC=vpcs[1])
    assert public == "PublicZoneVPCAssociation"
    (summary,) = dns.list_hosted_zones_by_vpc(**vpcs[1])["HostedZoneSummaries"]
    assert summary == {"HostedZoneId": private, "Name": "lab.internal.", "Owner": {"OwningAccount": account}}
    dns.disassociate_vpc_from_hosted_zone(HostedZoneId=private, VPC=vpcs[0])
    assert dns.list_hosted_zones_by_vpc(**vpcs[0])["HostedZoneSummaries"] == []
    assert code(dns.list_hosted_zones_by_vpc, **vpcs[0], NextToken="x") == "InvalidPaginationToken"


def test_records_are_changed_whole_or_not_at_all(dns, zone):
    info = change(dns, zone, ("CREATE", record("b.lab.net")), ("UPSERT", record("a.lab.net", "TXT", '"<x>"')))
    assert info["Status"] == "PENDING"
    assert names(dns, zone)[2:] == [("a.lab.net.", "TXT"), ("b.lab.net.", "A")]
    with pytest.raises(dns.exceptions.InvalidChangeBatch) as raised:
        change(dns, zone, ("CREATE", record("c.lab.net")), ("CREATE", record("b.lab.net")))
    assert raised.value.response["Error"]["Message"] == (
        "[Tried to create resource record set [name='b.lab.net.', type='A'] but it already exists]"
    )
    assert len(names(dns, zone)) == 4
    assert code(dns.delete_hosted_zone, Id=zone) == "HostedZoneNotEmpty"
    change(dns, zone, ("DELETE", record("b.lab.net")), ("DELETE", record("a.lab.net", "TXT", '"<x>"')))
    dns.delete_hosted_zone(Id=zone)
    assert code(dns.list_resource_record_sets, HostedZoneId=zone) == "NoSuchHostedZone"


def test_routed_sets_are_read_as_they_were_given_page_by_page(dns, zone, check):
    sets = [
        record("w.lab.net.", SetIdentifier="1", Weight=10, HealthCheckId=check),
        record("w.lab.net.", SetIdentifier="2", Weight=0),
        record("x.lab.net.", SetIdentifier="1", Region="eu-west-1"),
        record("y.lab.net.", SetIdentifier="1", Failover="PRIMARY"),
        record("z.lab.net.", SetIdentifier="1", MultiValueAnswer=True),
    ]
    change(dns, zone, *(("CREATE", one) for one in sets))
    pages = dns.get_paginator("list_resource_record_sets").paginate(
        HostedZoneId=zone, StartRecordName="w.lab.net", PaginationConfig={"PageSize": 2}
    )
    assert [one for page in pages for one in page["ResourceRecordSets"]] == sets


def test_an_alias_leads_to_a_record_of_its_zone(dns, zone):
    target = {"HostedZoneId": zone, "DNSName": "a.lab.net", "EvaluateTargetHealth": True}
    alias = {"Name": "lab.net", "Type": "A", "AliasTarget": target}
    with pytest.raises(dns.exceptions.InvalidChangeBatch):
        change(dns, zone, ("CREATE", alias))
    change(dns, zone, ("CREATE", record("a.lab.net")), ("CREATE", alias))
    first = dns.list_resource_record_sets(HostedZoneId=zone, MaxItems="1")
    assert first["ResourceRecordSets"][0]["AliasTarget"] == {**target, "DNSName": "a.lab.net."}
    assert (first["IsTruncated"], first["NextRecordType"]) == (True, "NS")


def test_a_change_comes_into_sync(dns, zone, awsim):
    change_id = change(dns, zone, ("UPSERT", record("a.lab.net")))["Id"]
    assert dns.get_change(Id=change_id)["ChangeInfo"]["Status"] == "PENDING"
    awsim.advance(60)
    assert dns.get_change(Id=change_id)["ChangeInfo"]["Status"] == "INSYNC"
    dns.get_waiter("resource_record_sets_changed").wait(Id=change_id)
    assert code(dns.get_change, Id="C0") == "NoSuchChange"


def test_a_health_check_is_made_read_changed_and_deleted(dns):
    reference = next(REFERENCES)
    made = dns.create_health_check(CallerReference=reference, HealthCheckConfig=CHECK)
    check = made["HealthCheck"]["Id"]
    assert made["Location"].endswith(f"/healthcheck/{check}")
    assert made["HealthCheck"]["HealthCheckConfig"]["Port"] == 443
    other = {**CHECK, "Port": 8443}
    assert code(dns.create_health_check, CallerReference=reference, HealthCheckConfig=other) == (
        "HealthCheckAlreadyExists"
    )
    assert dns.get_health_check(HealthCheckId=check)["HealthCheck"] == made["HealthCheck"]
    assert [one["Id"] for one in dns.list_health_checks()["HealthChecks"]] == [check]
    changed = dns.update_health_check(HealthCheckId=check, HealthCheckVersion=1, Regions=["eu-west-1", "us-east-1", "us-west-2"])
    assert changed["HealthCheck"]["HealthCheckVersion"] == 2
    stale = code(dns.update_health_check, HealthCheckId=check, HealthCheckVersion=1)
    assert stale == "HealthCheckVersionMismatch"
    assert code(dns.list_health_checks, MaxItems="0") == "InvalidInput"
    dns.delete_health_check(HealthCheckId=check)
    for call in (dns.get_health_check, dns.delete_health_check):
        assert code(call, HealthCheckId=check) == "NoSuchHealthCheck"


def test_zones_and_health_checks_have_tags_that_the_tagging_api_sees(dns, zone, check, client):
    for kind, identifier in (("hostedzone", zone), ("healthcheck", check)):
        place = {"ResourceType": kind, "ResourceId": identifier}
        dns.change_tags_for_resource(**place, AddTags=[{"Key": "owner", "Value": "me"}, {"Key": "x", "Value": ""}])
        dns.change_tags_for_resource(**place, RemoveTagKeys=["x"])
        told = dns.list_tags_for_resource(**place)["ResourceTagSet"]
        assert told == {**place, "Tags": [{"Key": "owner", "Value": "me"}]}
        many = dns.list_tags_for_resources(ResourceType=kind, ResourceIds=[identifier])
        assert many["ResourceTagSets"] == [told]
    found = client("resourcegroupstaggingapi", region="us-east-1").get_resources(ResourceTypeFilters=["route53"])
    arns = [one["ResourceARN"] for one in found["ResourceTagMappingList"]]
    assert arns == [f"arn:aws:route53:::healthcheck/{check}", f"arn:aws:route53:::hostedzone/{zone}"]
    missing = {"ResourceType": "hostedzone", "ResourceId": "Z0"}
    assert code(dns.list_tags_for_resource, **missing) == "NoSuchHostedZone"
    assert code(dns.change_tags_for_resource, **missing, RemoveTagKeys=["x"]) == "NoSuchHostedZone"
    assert code(dns.list_tags_for_resources, ResourceType="healthcheck", ResourceIds=["x"]) == "NoSuchHealthCheck"


def test_a_document_that_does_not_fit_the_schema_is_refused(dns, zone):
    given = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": {"Name": "a.lab.net"}}]}
    with pytest.raises(ClientError) as raised:
        dns.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=given)
    error = raised.value.response["Error"]
    assert error["Code"] == "InvalidInput"
    assert error["Message"].startswith("Invalid XML ; cvc-complex-type.2.4.b")


def test_the_account_has_fifty_requests_at_once_and_ten_a_second_wherever_they_are_signed(start_awsim):
    server = start_awsim("--time-scale", "0")
    clients = [server.client("route53", region=region) for region in ("us-east-1", "eu-central-1")]
    for allowed in (50, 10):
        for number in range(allowed):
            clients[number % 2].get_hosted_zone_count()
        assert refused(clients[0].get_hosted_zone_count) == ("Throttling", "Rate exceeded")
        server.advance(1)
    clients[1].get_hosted_zone_count()


def test_where_the_seed_says_so_a_busy_zone_refuses_another_change(start_awsim, tmp_path):
    seed = tmp_path / "seed.yaml"
    seed.write_text("{account: '123456789012', region: eu-central-1, dns: {zoneBusy: 1000}}")
    dns = start_awsim("--throttling", "off", "--seed", str(seed)).client("route53")
    zone = bare(dns.create_hosted_zone(Name="lab.net", CallerReference="r")["HostedZone"]["Id"])
    change(dns, zone, ("UPSERT", record("a.lab.net")))
    with pytest.raises(dns.exceptions.PriorRequestNotComplete):
        change(dns, zone, ("UPSERT", record("b.lab.net")))
