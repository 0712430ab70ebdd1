"""Plays a scenario on one side, awsim or moto, and writes down the outcome of each step.

A scenario is a generator over a `Side`: it yields steps and gets what the service answered.
"""

import dataclasses
import json
import os
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import boto3
import botocore.config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

REGION = "eu-central-1"
# The HTTP status of the last answer: `LAST.status`. Each side is played in a thread of its own.
LAST = threading.local()


class Missing(str):
    """What an answer lacks, and everything within it. A step that is asked with it is not reached."""

    def __getitem__(self, _key):
        return self


class Answer(dict):
    """An answer that gives `Missing` for what it lacks."""

    def __missing__(self, key):
        return Missing(f"no {key}")


def open_up(value):
    """`value` with every structure in it an `Answer`."""
    if isinstance(value, dict):
        return Answer((key, open_up(one)) for key, one in value.items())
    if isinstance(value, list):
        return Items(open_up(one) for one in value)
    return value


class Items(list):
    """A list that gives `Missing` beyond its end."""

    def __getitem__(self, key):
        try:
            return super().__getitem__(key)
        except IndexError:
            return Missing("no such item")


def lacks(value):
    """Whether something in `value` is `Missing`."""
    if isinstance(value, dict):
        return any(lacks(one) for one in value.values())
    if isinstance(value, (list, tuple)):
        return any(lacks(one) for one in value)
    return isinstance(value, Missing)


@dataclasses.dataclass
class Step:
    """A call, or with `call` None a statement about earlier answers, whose value is `given`."""

    name: str
    call: object
    given: object


@dataclasses.dataclass
class Outcome:
    """How a step went: the answer of a success, the code and HTTP status of a refusal, or neither
    where the step was not reached."""

    name: str
    service: str = ""
    operation: str = ""
    answer: object = None
    shape: object = None
    refusal: str = ""
    reached: bool = True

    @property
    def what(self):
        return f"{self.service} {self.operation}"


def step(name, call, **given):
    """A call to be made and compared."""
    return Step(name, call, given)


def said(name, value):
    """A statement about earlier answers, to be compared."""
    return Step(name, None, value)


class Side:
    """One of the two that are asked, with a client of each service as an attribute. `account` is an
    account in which nothing exists but what AWS gives to each."""

    def __init__(self, url, account):
        self.url = url
        self.account = account
        self.clients = {}

    def __getattr__(self, service):
        if service.startswith("_"):
            raise AttributeError(service)
        if service not in self.clients:
            self.clients[service] = self.make_client(service)
        return self.clients[service]

    def make_client(self, service):
        """A client of one attempt, whose input boto3 does not check: how a service refuses bad input is
        part of the comparison."""
        client = self.session.client(
            service,
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id=f"AKIA{self.account}TEST",
            aws_secret_access_key="secret",
            config=botocore.config.Config(parameter_validation=False, retries={"total_max_attempts": 1}),
        )
        client.meta.events.register("before-parse", self.note_status)
        return client

    def note_status(self, response_dict, **_):
        """Keeps the HTTP status even of what cannot be read."""
        LAST.status = response_dict["status_code"]

    def door(self, path, body=None):
        data = b"" if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/{path}", data=data, method="POST")
        with urllib.request.urlopen(request) as answer:
            return answer.read()

    def quietly(self, call, **given):
        """Makes a call that prepares a scenario; it is not compared."""
        return perform(Step("", call, given)).answer or Answer()

    def wait(self, seconds):
        """Lets simulated seconds pass."""
        raise NotImplementedError


class Awsim(Side):
    # It keeps the service models, which take long to read; sessions are not for several threads.
    session = boto3.session.Session()

    def wait(self, seconds):
        self.door("_awsim/clock", {"advance": seconds})


class Moto(Side):
    session = boto3.session.Session()

    def __init__(self, url):
        """moto has one account, which is emptied."""
        super().__init__(url, "123456789012")
        self.door("moto-api/reset")

    def wait(self, seconds):
        """Nothing in moto takes time."""


def perform(asked):
    """Makes the call of a step and gives its outcome."""
    if lacks(asked.given):
        return Outcome(asked.name, reached=False)
    if asked.call is None:
        return Outcome(asked.name, answer=asked.given)
    client = asked.call.__self__
    operation = client.meta.method_to_api_mapping[asked.call.__name__]
    outcome = Outcome(asked.name, client.meta.service_model.service_name, operation)
    try:
        answer = asked.call(**asked.given)
    except ClientError as refusal:
        outcome.refusal = f"{refusal.response['Error']['Code']} {LAST.status}"
    except (BotoCoreError, ResponseParserError):
        # What is answered is not what the service model says.
        outcome.refusal = f"unreadable {LAST.status}"
    else:
        answer.pop("ResponseMetadata")
        outcome.answer = open_up(answer)
        outcome.shape = client.meta.service_model.operation_model(operation).output_shape
    return outcome


def play(scenario, side):
    """The outcomes of a scenario's steps."""
    outcomes, answer, steps = [], None, scenario(side)
    while True:
        try:
            asked = steps.send(answer)
        except StopIteration:
            return outcomes
        outcomes.append(perform(asked))
        answer = outcomes[-1].answer
        if answer is None:
            answer = Answer()


class Server:
    """A server process that prints `ready URL`."""

    def __init__(self, *command):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        word, _, self.url = self.process.stdout.readline().strip().partition(" ")
        assert word == "ready", f"{command[0]} did not start"

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=10)
        self.process.stdout.close()


def start_awsim():
    return Server(os.environ["AWSIM_BIN"], "--listen", "127.0.0.1:0", "--throttling", "off")


def start_moto():
    return Server(sys.executable, str(Path(__file__).with_name("moto_server.py")))
