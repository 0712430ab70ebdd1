"""Starts awsim (the binary that AWSIM_BIN names) and gives tests boto3 clients of it.

One server serves the whole run, throttling off, its clock moved by tests; every test has an
account of its own, so that none sees what another made. A test that needs other switches starts
its own server with `start_awsim`.
"""

import collections
import itertools
import json
import os
import pathlib
import subprocess
import urllib.request

import boto3
import botocore.config
import pytest
from botocore.exceptions import ClientError

REGION = "eu-central-1"
TABLES = pathlib.Path(__file__).parent.parent / "src" / "tables"
SHOP = pathlib.Path(__file__).parent.parent / "src" / "acm" / "tests" / "shop.pem"


class Awsim:
    """A running simulator and its own doors."""

    def __init__(self, *arguments):
        binary = os.environ.get("AWSIM_BIN")
        if not binary:
            pytest.exit("AWSIM_BIN must name the awsim binary: cargo build -p awsim", returncode=2)
        command = [binary, "--listen", "127.0.0.1:0", *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        word, _, self.url = self.process.stdout.readline().strip().partition(" ")
        assert word == "ready", "awsim did not start"

    def door(self, path, method="GET", body=None):
        """Calls one of the doors under /_awsim/ and gives its JSON."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_awsim/{path}", data=data, method=method)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def advance(self, seconds):
        """Moves the clock ahead."""
        self.door("clock", "POST", {"advance": seconds})

    def inject(self, **rule):
        """Adds a rule to the weather; see tests/awsim/src/weather/forecast.rs for it."""
        self.door("weather/rules", "POST", rule)

    def calls(self, **wanted):
        """Recorded calls: since=N, service=…, operation=…."""
        query = "&".join(f"{key}={value}" for key, value in wanted.items())
        return self.door(f"calls?{query}")

    def client(self, service, account="123456789012", region=REGION, key=None, secret="secret", session=None, **config):
        """A client of one attempt, whose input boto3 does not check: awsim does. `session` are the
        credentials that AssumeRole gave."""
        session = session or {"AccessKeyId": key or f"AKIA{account}TEST", "SecretAccessKey": secret}
        config.setdefault("retries", {"total_max_attempts": 1})
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=self.url,
            aws_access_key_id=session["AccessKeyId"],
            aws_secret_access_key=session["SecretAccessKey"],
            aws_session_token=session.get("SessionToken"),
            config=botocore.config.Config(parameter_validation=False, **config),
        )

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=10)
        self.process.stdout.close()


def refused(call, **given):
    """The code and the words that a call is refused with."""
    with pytest.raises(ClientError) as raised:
        call(**given)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


def code(call, **given):
    """The code that a call is refused with."""
    return refused(call, **given)[0]


# (service, operation) → the outcomes seen in the whole run: True for success, False for a fault.
SEEN = collections.defaultdict(set)


def note(awsim):
    """Notes what the server was asked. What is not served does not count as an answer, nor does weather."""
    for call in awsim.calls():
        outcome = call["outcome"]
        if outcome["status"] not in (0, 501) and call["weather"] in (None, "slow"):
            SEEN[call["service"], call["operation"]].add(outcome["code"] is None)


@pytest.fixture(scope="session")
def awsim():
    server = Awsim("--throttling", "off")
    yield server
    server.stop()


@pytest.fixture
def start_awsim():
    """Starts servers with other switches; they end with the test."""
    servers = []

    def start(*arguments):
        servers.append(Awsim(*arguments))
        return servers[-1]

    yield start
    for server in servers:
        note(server)
        server.stop()


ACCOUNTS = itertools.count(200000000001)


@pytest.fixture
def account():
    """An account in which nothing exists."""
    return str(next(ACCOUNTS))


@pytest.fixture
def client(awsim, account):
    """Makes clients of the test's account: client("ec2")."""
    return lambda service, **options: awsim.client(service, **{"account": account, **options})


@pytest.fixture
def certificate(client):
    """Imports certificates for shop.example and *.shop.example and gives their ARNs."""
    # Nothing looks at what is in the key.
    key = b"-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n"
    acm = client("acm")
    return lambda: acm.import_certificate(Certificate=SHOP.read_bytes(), PrivateKey=key)["CertificateArn"]


@pytest.fixture
def issued(client, awsim):
    """Has ACM issue certificates for shop.example and *.shop.example and gives their ARNs."""
    acm, dns = client("acm"), client("route53")

    def make():
        names = {"DomainName": "shop.example", "SubjectAlternativeNames": ["*.shop.example"]}
        arn = acm.request_certificate(**names, ValidationMethod="DNS")["CertificateArn"]
        awsim.advance(5)
        told = acm.describe_certificate(CertificateArn=arn)["Certificate"]["DomainValidationOptions"][0]
        wanted = told["ResourceRecord"]
        records = {"Name": wanted["Name"], "Type": wanted["Type"], "TTL": 60}
        records["ResourceRecords"] = [{"Value": wanted["Value"]}]
        zone = dns.create_hosted_zone(Name="shop.example", CallerReference=arn)["HostedZone"]["Id"]
        change = {"Action": "UPSERT", "ResourceRecordSet": records}
        dns.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [change]})
        awsim.advance(360)
        return arn

    return make


@pytest.fixture(autouse=True)
def fair_weather(request):
    """Clears the weather after each test that has the shared server."""
    yield
    if "awsim" in request.fixturenames:
        request.getfixturevalue("awsim").door("weather", "DELETE")


def pytest_collection_modifyitems(config, items):
    """Coverage is looked at last."""
    items.sort(key=lambda item: item.path.name == "test_coverage.py")
