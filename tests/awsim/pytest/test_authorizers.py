"""Who may call a route: tokens of an issuer, a function that is asked, and signatures, all verified for
real. The issuer and the function are small servers of this file."""

import base64
import hashlib
import http.server
import json
import pathlib
import random
import threading
import time
import urllib.error
import urllib.request

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from conftest import refused

SEED = pathlib.Path(__file__).parent.parent / "seeds" / "default.yaml"
ISSUER = "https://issuer.example"
FUNCTION = "arn:aws:lambda:eu-central-1:123456789012:function:gate"
URI = f"arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
HEADER = ["$request.header.Authorization"]
DISCOVERY = "/.well-known/openid-configuration"


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Key:
    """An RSA key of 2048 bits that signs tokens with RS256 (RFC 8017, 8.2)."""

    def __init__(self, name):
        self.name = name
        while True:
            p, q = prime(1024), prime(1024)
            totient = (p - 1) * (q - 1)
            if p != q and totient % 65537:
                break
        self.modulus, self.private = p * q, pow(65537, -1, totient)

    def published(self):
        modulus = encoded(self.modulus.to_bytes(256, "big"))
        return {"kty": "RSA", "use": "sig", "kid": self.name, "n": modulus, "e": "AQAB"}

    def token(self, **claims):
        head = encoded(json.dumps({"alg": "RS256", "kid": self.name}).encode())
        message = f"{head}.{encoded(json.dumps(claims).encode())}"
        digest = bytes.fromhex("3031300d060960864801650304020105000420") + hashlib.sha256(message.encode()).digest()
        padded = b"\x00\x01" + b"\xff" * (256 - 3 - len(digest)) + b"\x00" + digest
        signature = pow(int.from_bytes(padded, "big"), self.private, self.modulus)
        return f"{message}.{encoded(signature.to_bytes(256, 'big'))}"


def prime(bits):
    """A number of so many bits, the upper two set, that Fermat's test takes for a prime."""
    while True:
        number = random.getrandbits(bits) | 3 << bits - 2 | 1
        if all(number % small for small in (3, 5, 7, 11, 13, 17, 19)) and pow(2, number - 1, number) == 1:
            return number


@pytest.fixture(scope="module")
def key():
    return Key("k0")


@pytest.fixture
def serve():
    """Serves on a free port what `answer` gives for a path and a JSON body; gives the URL and what was asked."""
    servers = []

    def start(answer):
        asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                asked.append((self.path, json.loads(body or b"null")))
                status, reply = answer(*asked[-1])
                reply = json.dumps(reply).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

            do_POST = do_GET

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}", asked

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def start_seeded(start_awsim, tmp_path):
    """Starts a server whose seed has these settings of API Gateway."""

    def start(settings, *arguments):
        seed = tmp_path / "seed.yaml"
        seed.write_text(SEED.read_text().replace("\napiGateway: {}\n", f"\napiGateway: {json.dumps(settings)}\n"))
        return start_awsim("--seed", str(seed), *arguments)

    return start


class Api:
    """An API with a stage and one integration, which leads nowhere: whom its authorizers let through
    is told by the trace."""

    def __init__(self, awsim):
        self.awsim, self.gateway = awsim, awsim.client("apigatewayv2")
        self.id = self.gateway.create_api(Name="shop", ProtocolType="HTTP")["ApiId"]
        self.gateway.create_stage(ApiId=self.id, StageName="$default", AutoDeploy=True)
        self.integration = self.gateway.create_integration(
            ApiId=self.id, IntegrationType="HTTP_PROXY", IntegrationMethod="ANY", IntegrationUri="https://shop.example"
        )["IntegrationId"]
        self.host = f"{self.id}.execute-api.eu-central-1.amazonaws.com"

    def authorizer(self, **settings):
        made = self.gateway.create_authorizer(ApiId=self.id, Name="gate", IdentitySource=HEADER, **settings)
        return made["AuthorizerId"]

    def route(self, key, **settings):
        target = f"integrations/{self.integration}"
        self.gateway.create_route(ApiId=self.id, RouteKey=key, Target=target, **settings)
        self.awsim.advance(1)

    def ask(self, path, **headers):
        """Status, message and www-authenticate of the answer, and the trace."""
        request = urllib.request.Request(f"{self.awsim.url}{path}", headers={"Host": self.host, **headers})
        with pytest.raises(urllib.error.HTTPError) as answer:
            urllib.request.urlopen(request)
        told = answer.value
        message = json.load(told)["message"]
        return told.code, message, told.headers["www-authenticate"], self.awsim.door("trace")[-1]

    def passes(self, path, **headers):
        """Whether the request was let through to the integration."""
        return self.ask(path, **headers)[3]["integration"] == self.integration


def jwt(issuer=ISSUER):
    return {"AuthorizerType": "JWT", "JwtConfiguration": {"Issuer": issuer, "Audience": ["shop"]}}


def test_tokens_are_verified_with_the_keys_of_their_issuer(serve, start_seeded, key):
    documents = {DISCOVERY: {"jwks_uri": f"{ISSUER}/keys"}, "/keys": {"keys": [key.published()]}}
    url, asked = serve(lambda path, _: (200, documents[path]))
    api = Api(start_seeded({"issuers": {ISSUER: url}}))
    authorizer = api.authorizer(**jwt())
    # CreateAuthorizer asked the issuer already; the data path does so for itself.
    assert [path for path, _ in asked] == [DISCOVERY, "/keys"]
    api.route("GET /a", AuthorizationType="JWT", AuthorizerId=authorizer)
    api.route("GET /write", AuthorizationType="JWT", AuthorizerId=authorizer, AuthorizationScopes=["write"])
    good = {"iss": ISSUER, "aud": "shop", "exp": int(time.time()) + 86400, "scope": "read"}
    token = key.token(**good)
    assert api.passes("/a", Authorization=f"Bearer {token}")
    assert api.passes("/a", Authorization=token)
    assert len(asked) == 4
    assert api.ask("/a")[:3] == (401, "Unauthorized", "Bearer")
    head, claims, signature = token.split(".")
    for bad, description in [
        (key.token(**{**good, "aud": "other"}), "the token does not have a valid audience"),
        (key.token(**{**good, "iss": "https://other.example"}), "issuer does not match"),
        (key.token(**{**good, "exp": 1}), "the token has expired"),
        (f"{head}.{claims}x.{signature}", None),
        (f"{head}.{encoded(b'{}')}.{signature}", "crypto/rsa: verification error"),
        ("no-token", "token contains an invalid number of segments"),
    ]:
        status, message, header, trace = api.ask("/a", Authorization=f"Bearer {bad}")
        assert (status, message) == (401, "Unauthorized")
        if description:
            assert header == f'Bearer scope="" error="invalid_token" error_description="{description}"'
            assert trace["why"].startswith(f"'GET /a': {description}")
    status, message, header, _ = api.ask("/write", Authorization=token)
    assert (status, message) == (403, "Forbidden") and 'error="insufficient_scope"' in header
    assert api.passes("/write", Authorization=key.token(**{**good, "scope": "write"}))


def test_an_authorizer_is_made_only_of_an_issuer_that_answers(serve, start_seeded):
    keys = {"keys": []}
    url, _ = serve(lambda path, _: (200, {"jwks_uri": f"{ISSUER}/keys"} if path == DISCOVERY else keys))
    api = Api(start_seeded({"issuers": {ISSUER: url, "https://down.example": "http://127.0.0.1:1"}}))
    words = "Error: Invalid issuer: {0}. Issuer must have a valid discovery endpoint ended with '{1}'"
    for issuer in ("https://down.example", "https://other.example"):
        settings = {"ApiId": api.id, "Name": "gate", "IdentitySource": HEADER, **jwt(issuer)}
        code, message = refused(api.gateway.create_authorizer, **settings)
        assert code == "BadRequestException" and message.endswith(words.format(issuer, DISCOVERY))
    key = {"ApiId": api.id, "AuthorizerId": api.authorizer(**jwt())}
    other = {"Issuer": "https://other.example", "Audience": ["shop"]}
    code, _ = refused(api.gateway.update_authorizer, **key, JwtConfiguration=other)
    assert code == "BadRequestException"
    gate = {
        "type": "jwt",
        "identitySource": HEADER[0],
        "jwtConfiguration": {"issuer": "https://other.example", "audience": ["shop"]},
    }
    scheme = {"type": "oauth2", "flows": {}, "x-amazon-apigateway-authorizer": gate}
    definition = {
        "openapi": "3.0.1",
        "info": {"title": "shop"},
        "paths": {},
        "components": {"securitySchemes": {"gate": scheme}},
    }
    code, message = refused(api.gateway.import_api, Body=json.dumps(definition))
    assert code == "BadRequestException" and "Invalid issuer" in message


def test_a_function_is_asked_and_its_answer_kept(serve, start_seeded):
    def answer(_, event):
        if event["identitySource"] == ["broken"]:
            return 200, {"allow": True}
        return 200, {"isAuthorized": event["headers"]["authorization"] == "let me in"}

    url, asked = serve(answer)
    api = Api(start_seeded({"functions": {FUNCTION: url}}))
    authorizer = api.authorizer(
        AuthorizerType="REQUEST",
        AuthorizerUri=URI,
        AuthorizerPayloadFormatVersion="2.0",
        EnableSimpleResponses=True,
        AuthorizerResultTtlInSeconds=60,
    )
    api.route("GET /a/{id}", AuthorizationType="CUSTOM", AuthorizerId=authorizer)
    assert api.passes("/a/1", Authorization="let me in")
    assert asked[0][1]["routeArn"] == f"arn:aws:execute-api:eu-central-1:123456789012:{api.id}/$default/GET/a/1"
    assert asked[0][1]["pathParameters"] == {"id": "1"}
    assert api.passes("/a/2", Authorization="let me in") and len(asked) == 1
    api.gateway.reset_authorizers_cache(ApiId=api.id, StageName="$default")
    assert api.passes("/a/2", Authorization="let me in") and len(asked) == 2
    api.awsim.advance(60)
    assert api.passes("/a/2", Authorization="let me in") and len(asked) == 3
    assert api.ask("/a/1", Authorization="other")[:2] == (403, "Forbidden")
    assert api.ask("/a/1", Authorization="broken")[:2] == (500, "Internal Server Error")
    assert api.ask("/a/1")[:2] == (401, "Unauthorized")
    assert len(asked) == 5


def test_a_function_may_answer_with_a_policy(serve, start_seeded):
    def answer(_, event):
        statement = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": event["methodArn"]}
        return 200, {"principalId": "me", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}

    url, asked = serve(answer)
    api = Api(start_seeded({"functions": {FUNCTION: url}}))
    authorizer = api.authorizer(
        AuthorizerType="REQUEST",
        AuthorizerUri=URI,
        AuthorizerPayloadFormatVersion="1.0",
        AuthorizerResultTtlInSeconds=60,
    )
    for key in ("GET /a", "GET /b"):
        api.route(key, AuthorizationType="CUSTOM", AuthorizerId=authorizer)
    assert api.passes("/a", Authorization="x")
    # What is kept is the policy, which is about the first route only.
    assert api.ask("/b", Authorization="x")[:2] == (403, "Forbidden")
    assert len(asked) == 1 and asked[0][1]["authorizationToken"] == "x"


def test_signatures_of_requests_are_verified(start_awsim):
    awsim = start_awsim("--secret", "secret")
    api = Api(awsim)
    api.route("GET /iam/{id}", AuthorizationType="AWS_IAM")

    def signed(credentials, service="execute-api", region="eu-central-1"):
        request = AWSRequest("GET", f"{awsim.url}/iam/1?q=a%20b", headers={"Host": api.host})
        SigV4Auth(credentials, service, region).add_auth(request)
        return {name: value for name, value in request.headers.items() if name != "Host"}

    key = "AKIA123456789012TEST"
    path = "/iam/1?q=a%20b"
    assert api.passes(path, **signed(Credentials(key, "secret")))
    role = {"RoleArn": "arn:aws:iam::123456789012:role/caller", "RoleSessionName": "session"}
    given = awsim.client("sts").assume_role(**role)["Credentials"]
    session = Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    assert api.passes(path, **signed(session))
    for headers in (
        {},
        signed(Credentials(key, "other")),
        signed(Credentials("AKIA111122223333TEST", "secret")),
        signed(Credentials(key, "secret"), service="apigateway"),
        signed(Credentials(key, "secret"), region="eu-west-1"),
        signed(Credentials(given["AccessKeyId"], given["SecretAccessKey"])),
    ):
        assert api.ask(path, **headers)[:2] == (403, "Forbidden")
    assert api.ask("/iam/2?q=a%20b", **signed(Credentials(key, "secret")))[:2] == (403, "Forbidden")


def test_all_apis_of_an_account_and_region_share_a_throttle(start_awsim):
    awsim = start_awsim("--throttle", "execute-api:account=0.01/2", "--time-scale", "0")
    first, second = Api(awsim), Api(awsim)
    for api in (first, second):
        api.route("GET /a")
    assert first.passes("/a") and second.passes("/a")
    status, message, _, trace = second.ask("/a")
    assert (status, message) == (429, "Too Many Requests")
    assert trace["why"] == "throttled by the account: 0.01 a second, 2 at once"
    awsim.advance(100)
    assert first.passes("/a")
