"""The TLS listener as OpenSSL and boto3 see it."""

import http.client
import json
import socket
import ssl
import urllib.request

import boto3
import pytest

API = "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com"


@pytest.fixture
def secure(start_awsim, tmp_path):
    """A server's TLS port, and a file with the authority to trust."""
    server = start_awsim("--tls-listen", "127.0.0.1:0")
    word, _, url = server.process.stdout.readline().strip().partition(" ")
    assert word == "ready" and url.startswith("https://")
    authority = tmp_path / "ca.pem"
    with urllib.request.urlopen(f"{server.url}/_awsim/ca") as answer:
        authority.write_bytes(answer.read())
    return int(url.rpartition(":")[2]), str(authority)


def connect(port, context, name):
    return context.wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname=name)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_an_apis_own_host_is_served_by_tls_1_2_and_later(secure, version):
    port, authority = secure
    context = ssl.create_default_context(cafile=authority)
    context.minimum_version = context.maximum_version = version
    with connect(port, context, API) as stream:
        connection = http.client.HTTPConnection(API)
        connection.sock = stream
        connection.request("GET", "/")
        answer = connection.getresponse()
        assert (answer.status, json.load(answer)) == (404, {"message": "Not Found"})


def test_a_name_that_nobody_has_is_not_served(secure):
    port, authority = secure
    with pytest.raises((ssl.SSLError, ConnectionError)):
        connect(port, ssl.create_default_context(cafile=authority), "api.nobody.example")


def test_boto3_calls_over_tls(secure):
    port, authority = secure
    sts = boto3.client(
        "sts",
        endpoint_url=f"https://localhost:{port}",
        verify=authority,
        region_name="eu-central-1",
        aws_access_key_id="test",
        aws_secret_access_key="secret",
    )
    assert sts.get_caller_identity()["Account"] == "123456789012"
