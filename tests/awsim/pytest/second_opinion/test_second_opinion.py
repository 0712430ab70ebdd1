"""The same scenarios against awsim and against moto: each difference is explained, with its source."""

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
        for name, scenario in scenarios.SCENARIOS.items():
            left = play.play(scenario, play.Awsim(ours.url, str(next(ACCOUNTS))))
            right = play.play(scenario, play.Moto(theirs.url))
            verdict.note(seen, name, zip(left, right, strict=True), table["not_in_moto"])
    finally:
        ours.stop()
        theirs.stop()
    return seen


def test_every_difference_from_moto_is_explained_and_every_explanation_is_needed(table, run, capsys):
    with capsys.disabled():
        print(f"\n\nsecond opinion: {verdict.summary(table, run)}")
    assert list(verdict.faults(table, run)) == []


def test_the_steps_are_many_and_of_every_service(run):
    keys = [key for key, _ in run.compared]
    assert len(set(keys)) == len(keys) >= 120
    assert run.services - {""} == SERVICES


def test_what_was_mended_is_equal_now_and_has_a_test(table, run):
    assert table["mended"]
    rust = "\n".join(path.read_text() for path in SOURCES.rglob("*.rs"))
    for key, entry in table["mended"].items():
        assert key not in run.steps
        assert key not in run.members
        assert entry["source"]
        assert entry["was"]
        assert f"fn {entry['test']}()" in rust
