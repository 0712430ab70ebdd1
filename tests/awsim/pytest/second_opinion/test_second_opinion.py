"""The same scenarios against awsim and against moto: each difference is explained, with its source."""

import concurrent.futures
import itertools
import os
from pathlib import Path

import pytest

from . import play, scenarios, verdict

SOURCES = Path(__file__).parents[2] / "src"
ACCOUNTS = itertools.count(200000000001)
SERVICES = {
    "acm", "apigatewayv2", "cloudwatch", "ec2", "elbv2", "logs", "resourcegroupstaggingapi", "route53",
    "secretsmanager", "sts",
}  # fmt: skip


@pytest.fixture(scope="module")
def table():
    return verdict.read()


@pytest.fixture(scope="module")
def run(table):
    """Plays every scenario on both sides."""
    if "AWSIM_BIN" not in os.environ:
        pytest.exit("AWSIM_BIN must name the awsim binary: cargo build -p awsim", returncode=2)
    ours, theirs, seen = play.start_awsim(), play.start_moto(), verdict.Run()
    try:
        with concurrent.futures.ThreadPoolExecutor(2) as threads:
            for name, scenario in scenarios.SCENARIOS.items():
                left = threads.submit(play.play, scenario, play.Awsim(ours.url, str(next(ACCOUNTS))))
                right = threads.submit(play.play, scenario, play.Moto(theirs.url))
                pairs = zip(left.result(), right.result(), strict=True)
                verdict.note(seen, name, pairs, table["not_in_moto"])
    finally:
        ours.stop()
        theirs.stop()
    return seen


def test_every_difference_from_moto_is_explained_and_every_explanation_is_needed(table, run, capsys):
    with capsys.disabled():
        print(f"\n\nsecond opinion: {verdict.summary(table, run)}")
    assert list(verdict.faults(table, run)) == []


def test_the_table_must_be_whole_true_and_without_surplus():
    def faults(steps=None, members=None, absent=(), run=None):
        table = {"steps": steps or {}, "members": members or {}, "not_in_moto": absent, "mended": {}}
        return list(verdict.faults(table, run or verdict.Run()))

    step = {"awsim": "Gone 404", "moto": "success", "right": "awsim", "source": "somewhere"}
    member = {"pairs": ["a | b"], "right": "awsim", "source": "somewhere"}
    run = verdict.Run(steps={"s/one": ["Gone 404", "success"]}, members={"ec2 Vpc.State": {"a | b"}})
    steps, members = {"s/one": step}, {"ec2 Vpc.State": member}
    assert faults(steps, members, run=run) == []
    assert len(faults(run=run)) == len(faults(steps, members)) == 2
    for change in ({"moto": "Gone 410"}, {"source": ""}, {"right": "moto"}, {"follows": "s/none"}):
        assert len(faults({"s/one": {**step, **change}}, members, run=run)) == 1
    for pairs, expected in ((["a | b", "a | c"], 1), (["a | c"], 2)):
        assert len(faults(steps, {"ec2 Vpc.State": {**member, "pairs": pairs}}, run=run)) == expected
    assert len(faults(absent=["ec2 DescribeVpcs"])) == 1
    served = verdict.Run(not_in_moto={"ec2 DescribeVpcs": ["InvalidVpcID.NotFound 400"]})
    assert len(faults(absent=["ec2 DescribeVpcs"], run=served)) == 1
    assert len(faults(run=verdict.Run(not_served=["s/two"]))) == 1


def test_the_steps_are_many_and_of_every_service(run):
    keys = [key for key, _ in run.compared]
    assert len(set(keys)) == len(keys) >= 120
    assert run.services - {""} == SERVICES


def test_what_was_mended_is_equal_now_and_has_a_test(table, run):
    assert table["mended"]
    rust = "\n".join(path.read_text() for path in SOURCES.rglob("*.rs"))
    for key, entry in table["mended"].items():
        assert entry["pair"] not in run.members.get(key, ())
        assert entry["source"]
        assert entry["was"]
        assert f"fn {entry['test']}()" in rust
