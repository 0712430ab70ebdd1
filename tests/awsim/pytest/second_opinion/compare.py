"""What two outcomes of one step differ in.

Left out of the comparison: ids, times, tokens and all that is drawn at random; the order of lists,
which AWS mostly does not promise; and whether an empty list or map is told or left out, since the
protocols and the SDKs make one of the other. Messages are for people and are not compared.
"""

import contextlib
import datetime
import json
import re

# What stands for a value that is drawn anew each time, and how such values look.
DRAWN = [
    (re.compile(r"(123456789012|2000000\d{5})"), "<account>"),
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "<uuid>"),
    (re.compile(r"\b([a-z]+(?:-[a-z]+)?)-[0-9a-f]{8,17}\b"), r"<\1>"),
    (re.compile(r"/[0-9a-f]{16}\b"), "/<hex>"),
    (re.compile(r"-[0-9a-f]{16}\.elb"), "-<hex>.elb"),
    (re.compile(r"/hostedzone/Z?[A-Z0-9]+"), "/hostedzone/<id>"),
    (re.compile(r"/change/C?[A-Z0-9]+"), "/change/<id>"),
    (re.compile(r"\bZ[A-Z0-9]{18,}\b"), "<zone>"),
    (re.compile(r"\b([0-9a-f]{2}:){5}[0-9a-f]{2}\b"), "<mac>"),
    (re.compile(r"_[0-9a-f]{32}\."), "_<hex>."),
    (re.compile(r"\.[a-z]{10}\.acm-validations"), ".<random>.acm-validations"),
    (re.compile(r"(:secret:[\w/+=.@-]+)-[A-Za-z0-9]{6}\b"), r"\1-<random>"),
    (re.compile(r"((?:/apis|/vpclinks|\bintegrations))/[a-z0-9]{6,10}\b"), r"\1/<id>"),
    (re.compile(r"\b(d-)?[a-z0-9]{8,10}\.execute-api"), r"\1<id>.execute-api"),
    (re.compile(r"\bns-\d+\.awsdns-\d+\.(com|net|org|co\.uk)"), r"<name server>.\1"),
    (re.compile(r"\beuc1-az\d"), "<zone id>"),
]
# Members that hold drawn values of no telling form.
DRAWN_MEMBERS = re.compile(
    r"^(NextToken|nextToken|Marker|NextMarker|PaginationToken|next(Forward|Backward)Token|uploadSequenceToken"
    r"|(Api|Route|Integration|Authorizer|Deployment|VpcLink|ApiMapping|Connection|HostedZone|HealthCheck)Id"
    r"|ResourceId|CallerReference|NameServers|SerialNumber|Serial|AccessKeyId|SecretAccessKey|SessionToken|AssumedRoleId"
    r"|NextHostedZoneId|nextSequenceToken|lastUpdatedTime|eventId|ingestionTime|timestamp|creationTime|RandomPassword|lastIngestionTime|ClientToken)$"
)
# Members that hold words for people.
WORDS = {"TargetHealth.Description", "MetricAlarm.StateReason", "Error.Message"}
ABSENT = "absent"
LONG = 70


def plain(value):
    """A scalar without what is drawn at random."""
    if isinstance(value, datetime.datetime):
        return "<time>"
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if not isinstance(value, str):
        return value
    if value.startswith("{"):
        # A policy: how it is laid out does not matter.
        with contextlib.suppress(ValueError):
            value = json.dumps(json.loads(value), sort_keys=True)
    for form, word in DRAWN:
        value = form.sub(word, value)
    return value


def normal(value, name=""):
    """A value, for the table: drawn values replaced, lists in an order of their own."""
    if DRAWN_MEMBERS.match(name):
        return "<drawn>"
    if isinstance(value, dict):
        return {str(plain(key)): normal(one, key) for key, one in sorted(value.items())}
    if isinstance(value, (list, tuple)):
        return sorted((normal(one, name) for one in value), key=repr)
    return plain(value)


def differences(shape, ours, theirs):
    """The differences of two answers as (member, pair): the member as Shape.Member of the service
    model, the pair as `pair` tells it."""
    found = (
        difference
        for member, inner in (shape.members.items() if shape else ())
        for difference in walk(inner, ours.get(member), theirs.get(member), f"{shape.name}.{member}")
    )
    return list(dict.fromkeys((member, pair(a, b)) for member, a, b in found if member not in WORDS))


def pair(ours, theirs):
    """How two values differ, for the table."""
    if theirs == ABSENT:
        return "moto lacks it"
    if ours == ABSENT:
        return "awsim lacks it"
    return " | ".join(text if len(text) <= LONG else text[:LONG] + "…" for text in (str(ours), str(theirs)))


def empty(value):
    return value is None or value == [] or value == {}


def walk(shape, ours, theirs, label):
    if empty(ours) and empty(theirs):
        return
    if empty(ours) or empty(theirs):
        name = label.rsplit(".")[-1]
        yield (
            label,
            ABSENT if empty(ours) else normal(ours, name),
            ABSENT if empty(theirs) else normal(theirs, name),
        )
    elif shape.type_name == "structure":
        for member, inner in shape.members.items():
            yield from walk(inner, ours.get(member), theirs.get(member), f"{shape.name}.{member}")
    elif shape.type_name == "list":
        yield from walk_list(shape.member, ours, theirs, label)
    elif normal(ours, label.rsplit(".")[-1]) != normal(theirs, label.rsplit(".")[-1]):
        yield label, normal(ours), normal(theirs)


def walk_list(shape, ours, theirs, label):
    """Pairs the items that are most alike."""
    if len(ours) != len(theirs):
        yield label, f"{len(ours)} items", f"{len(theirs)} items"
        return
    pairs = [
        (list(walk(shape, one, other, label)), i, j) for i, one in enumerate(ours) for j, other in enumerate(theirs)
    ]
    left, right = set(range(len(ours))), set(range(len(theirs)))
    for found, i, j in sorted(pairs, key=lambda pair: len(pair[0])):
        if i in left and j in right:
            left.remove(i)
            right.remove(j)
            yield from found
