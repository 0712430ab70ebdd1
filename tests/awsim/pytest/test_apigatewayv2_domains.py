"""Custom domain names and their mappings as boto3 sees them, and requests that come by them."""

import json
import urllib.error
import urllib.request

import pytest
from test_apigatewayv2 import bare, refused


@pytest.fixture
def gateway(client):
    return client("apigatewayv2")


@pytest.fixture
def arn(certificate):
    """A certificate for the domain name."""
    return certificate()


@pytest.fixture
def domain(gateway, account, arn):
    """A domain name: names are the account's own, since requests tell no accounts apart."""
    name = f"api-{account}.shop.example"
    gateway.create_domain_name(DomainName=name, DomainNameConfigurations=[{"CertificateArn": arn}])
    return name


@pytest.fixture
def api(gateway, awsim):
    """An API whose stage `live` is deployed."""
    made = gateway.create_api(Name="shop", ProtocolType="HTTP")["ApiId"]
    gateway.create_route(ApiId=made, RouteKey="GET /a")
    gateway.create_stage(ApiId=made, StageName="live", AutoDeploy=True)
    awsim.advance(1)
    return made


def request(awsim, host, path):
    """Status and body of a request to an API."""
    try:
        with urllib.request.urlopen(urllib.request.Request(awsim.url + path, headers={"Host": host})) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_domain_names(gateway, account, domain, arn, issued, awsim):
    made = bare(gateway.get_domain_name(DomainName=domain))
    configuration = made["DomainNameConfigurations"][0]
    assert made["DomainNameArn"] == f"arn:aws:apigateway:eu-central-1::/domainnames/{domain}"
    assert configuration["DomainNameStatus"] == "AVAILABLE"
    assert configuration["HostedZoneId"] == "Z1U9ULNL0V5AJ3"
    assert [item["DomainName"] for item in gateway.get_domain_names()["Items"]] == [domain]
    trust = {"TruststoreUri": "s3://trust/store.pem", "TruststoreVersion": "v1"}
    mutual = {"DomainName": domain, "MutualTlsAuthentication": trust}
    message = refused("BadRequestException", gateway.update_domain_name, **mutual)
    assert message == "Missing ownershipVerificationCertificate."
    proof = [{"OwnershipVerificationCertificateArn": issued()}]
    changed = gateway.update_domain_name(**mutual, DomainNameConfigurations=proof)
    assert changed["MutualTlsAuthentication"] == trust
    assert changed["DomainNameConfigurations"][0]["DomainNameStatus"] == "UPDATING"
    message = refused("ConflictException", gateway.update_domain_name, DomainName=domain)
    assert message == "There is already an update in progress"
    awsim.advance(60)
    gateway.update_domain_name(DomainName=domain, DomainNameConfigurations=[{"IpAddressType": "dualstack"}])
    again = {"DomainName": domain, "DomainNameConfigurations": [{"CertificateArn": arn}]}
    message = refused("BadRequestException", gateway.create_domain_name, **again)
    assert message == "The domain name you provided already exists."
    abroad = [{"CertificateArn": arn.replace("eu-central-1", "us-east-1")}]
    message = refused(
        "BadRequestException",
        gateway.create_domain_name,
        DomainName=f"b-{account}.shop.example",
        DomainNameConfigurations=abroad,
    )
    assert message.endswith("Certificate must be in 'eu-central-1'.")
    refused("BadRequestException", gateway.get_domain_names, MaxResults="0")
    assert gateway.delete_domain_name(DomainName=domain)["ResponseMetadata"]["HTTPStatusCode"] == 204
    for call in (gateway.get_domain_name, gateway.update_domain_name, gateway.delete_domain_name):
        message = refused("NotFoundException", call, DomainName=domain)
        assert message == f"Invalid domain name identifier specified {domain}"


def test_a_certificate_of_a_domain_name_is_checked_and_in_use(gateway, client, account, domain, arn, awsim):
    acm = client("acm")
    given = {"DomainName": "shop.test", "DomainNameConfigurations": [{"CertificateArn": arn}]}
    message = refused("BadRequestException", gateway.create_domain_name, **given)
    assert message == "The domain name to be created is not covered by the provided certificate."
    pending = acm.request_certificate(DomainName="shop.test", ValidationMethod="DNS")["CertificateArn"]
    given["DomainNameConfigurations"] = [{"CertificateArn": pending}]
    message = refused("BadRequestException", gateway.create_domain_name, **given)
    assert message == "The provided certificate is not issued."
    (user,) = acm.describe_certificate(CertificateArn=arn)["Certificate"]["InUseBy"]
    assert user.startswith("arn:aws:elasticloadbalancing:eu-central-1:") and account not in user
    message = refused("ResourceInUseException", acm.delete_certificate, CertificateArn=arn)
    assert message == f"Certificate {arn} in account {account} is in use."
    gateway.delete_domain_name(DomainName=domain)
    awsim.advance(300)
    acm.delete_certificate(CertificateArn=arn)
    given = {"DomainName": domain, "DomainNameConfigurations": [{"CertificateArn": arn}]}
    message = refused("BadRequestException", gateway.create_domain_name, **given)
    assert message == "The provided certificate does not exist."


def test_api_mappings(gateway, domain, api):
    given = {"DomainName": domain, "ApiId": api, "Stage": "live", "ApiMappingKey": "orders/v1"}
    made = bare(gateway.create_api_mapping(**given))
    key = {"DomainName": domain, "ApiMappingId": made["ApiMappingId"]}
    assert bare(gateway.get_api_mapping(**key)) == made
    assert gateway.update_api_mapping(**key, ApiId=api, ApiMappingKey="orders")["ApiMappingKey"] == "orders"
    assert [item["ApiMappingKey"] for item in gateway.get_api_mappings(DomainName=domain)["Items"]] == ["orders"]
    message = refused("ConflictException", gateway.create_api_mapping, **{**given, "ApiMappingKey": "orders"})
    assert message == "ApiMapping key already exists for this domain name"
    message = refused("BadRequestException", gateway.create_api_mapping, **{**given, "Stage": "none"})
    assert message == "Invalid stage identifier specified"
    message = refused("BadRequestException", gateway.delete_api, ApiId=api)
    assert message.startswith(f"Deleting API {api} failed. Please remove all API mappings")
    assert gateway.delete_api_mapping(**key)["ResponseMetadata"]["HTTPStatusCode"] == 204
    for call in (gateway.get_api_mapping, gateway.delete_api_mapping):
        refused("NotFoundException", call, **key)
    refused("NotFoundException", gateway.update_api_mapping, **key, ApiId=api)
    refused("NotFoundException", gateway.get_api_mappings, DomainName="none.example")
    gateway.delete_api(ApiId=api)


def test_a_domain_name_has_tags_that_the_tagging_service_finds(gateway, client, domain):
    arn = gateway.get_domain_name(DomainName=domain)["DomainNameArn"]
    gateway.tag_resource(ResourceArn=arn, Tags={"owner": "test"})
    assert gateway.get_tags(ResourceArn=arn)["Tags"] == {"owner": "test"}
    found = client("resourcegroupstaggingapi").get_resources(TagFilters=[{"Key": "owner", "Values": ["test"]}])
    assert [item["ResourceARN"] for item in found["ResourceTagMappingList"]] == [arn]


def test_requests_by_a_custom_domain_reach_the_mapped_stage(gateway, domain, api, awsim):
    """A route without an integration answers 500: that far the request came."""
    assert request(awsim, domain, "/v1/a") == (403, {"message": "Forbidden"})
    gateway.create_api_mapping(DomainName=domain, ApiId=api, Stage="live", ApiMappingKey="v1")
    assert request(awsim, domain, "/v1/a") == (500, {"message": "Internal Server Error"})
    assert request(awsim, domain, "/v1/b") == (404, {"message": "Not Found"})
    own = f"{api}.execute-api.eu-central-1.amazonaws.com"
    assert request(awsim, own, "/live/a")[0] == 500
    gateway.update_api(ApiId=api, DisableExecuteApiEndpoint=True)
    awsim.advance(1)
    assert request(awsim, own, "/live/a") == (404, {"message": "Not Found"})
    assert request(awsim, domain, "/v1/a")[0] == 500
