"""The table of differences, and what it says of the outcomes of a run.

`table.yaml` has four parts: `not_in_moto`, operations that moto does not implement; `steps`, by
scenario/step, where one of the two refuses what the other does not, or otherwise; `members`, by
service and Shape.Member, where both succeed and tell it otherwise, in whatever steps; and `mended`,
where awsim was not as AWS and was changed.
"""

import collections
import dataclasses
from pathlib import Path

import yaml

from . import compare

TABLE = Path(__file__).with_name("table.yaml")
# Who is right. Where moto is, awsim is mended and the difference is gone. `both`: AWS does the one
# and the other, at different times or places. `unknown`: no source was found.
RIGHT = ("awsim", "both", "neither", "unknown")
NOT_THERE = (" 501", "404 404")


@dataclasses.dataclass
class Run:
    """What was seen: differences as the table has them, and how many steps of each kind."""

    steps: dict = dataclasses.field(default_factory=dict)
    members: dict = dataclasses.field(default_factory=lambda: collections.defaultdict(set))
    not_in_moto: dict = dataclasses.field(default_factory=lambda: collections.defaultdict(list))
    # (scenario/step, keys of the differences in the table).
    compared: list = dataclasses.field(default_factory=list)
    services: set = dataclasses.field(default_factory=set)
    not_served: list = dataclasses.field(default_factory=list)
    not_reached: list = dataclasses.field(default_factory=list)


def read():
    return yaml.safe_load(TABLE.read_text())


def note(run, scenario, pairs, absent):
    """Adds the pairs of outcomes of a scenario to a run. `absent`: operations that are not in moto."""
    for ours, theirs in pairs:
        key = f"{scenario}/{ours.name}"
        if not ours.reached or ours.refusal.endswith(" 501"):
            run.not_served.append(key)
        elif theirs.what in absent:
            run.not_in_moto[theirs.what].append(theirs.refusal)
        elif not theirs.reached:
            run.not_reached.append(key)
        else:
            run.services.add(ours.service)
            run.compared.append((key, list(differing(run, key, ours, theirs))))


def differing(run, key, ours, theirs):
    """The keys of what two outcomes differ in, which are noted."""
    if ours.shape is None or ours.refusal or theirs.refusal:
        said = [
            outcome.refusal or str(outcome.answer if outcome.operation == "" else "success")
            for outcome in (ours, theirs)
        ]
        if said[0] != said[1]:
            run.steps[key] = said
            yield key
        return
    for member, pair in compare.differences(ours.shape, ours.answer, theirs.answer):
        label = f"{ours.service} {member}"
        run.members[label].add(pair)
        yield label


def faults(table, run):
    """Everything that is wrong with the table, for the run that was seen."""
    yield from (f"{key}: awsim does not serve this step" for key in run.not_served)
    for key, (ours, theirs) in run.steps.items():
        entry = table["steps"].get(key)
        if entry is None:
            yield f"{key}: unexplained: awsim {ours}, moto {theirs}"
        elif [str(entry["awsim"]), str(entry["moto"])] != [ours, theirs]:
            yield f"{key}: the table has {entry['awsim']} and {entry['moto']}, seen were {ours} and {theirs}"
    for label, pairs in run.members.items():
        entry = table["members"].get(label)
        known = set(entry["pairs"]) if entry else set()
        yield from (f"{label}: unexplained: {pair}" for pair in sorted(pairs - known))
        yield from (f"{label}: no longer so: {pair}" for pair in sorted(known - pairs))
    yield from (f"{key}: no longer differs" for key in table["steps"].keys() - run.steps.keys())
    yield from (f"{label}: no longer differs" for label in table["members"].keys() - run.members.keys())
    yield from absences(table, run)
    yield from sources(table)


def absences(table, run):
    for operation in table["not_in_moto"]:
        seen = run.not_in_moto.get(operation)
        if not seen:
            yield f"{operation}: listed as not in moto, but not asked"
        elif not all(refusal.endswith(NOT_THERE) for refusal in seen):
            yield f"{operation}: listed as not in moto, which answered {seen}"


def sources(table):
    for part in ("steps", "members"):
        for key, entry in table[part].items():
            if entry.get("right") not in RIGHT:
                yield f"{key}: who is right? one of {', '.join(RIGHT)}"
            if "follows" in entry:
                if entry["follows"] not in table["steps"]:
                    yield f"{key}: follows {entry['follows']!r}, which is no entry"
            elif not entry.get("source"):
                yield f"{key}: has no source"
        if list(table[part]) != sorted(table[part]):
            yield f"{part}: is not sorted"


def summary(table, run):
    """A few lines on the run."""
    counts = collections.Counter()
    for _, keys in run.compared:
        rights = {(table["steps"].get(key) or table["members"].get(key) or {}).get("right") for key in keys}
        counts["equal" if not keys else next((right for right in RIGHT[::-1] if right in rights), "unexplained")] += 1
    absent = sum(len(seen) for seen in run.not_in_moto.values())
    total = len(run.compared) + absent + len(run.not_reached)
    return "\n".join(
        (
            f"{total} steps, {len(run.compared)} of them answered by awsim and by moto:",
            f"  {counts['equal']} equal",
            f"  {counts['awsim']} differ, awsim is right",
            f"  {counts['both']} differ, AWS does both; {counts['neither']} differ, neither is as AWS",
            f"  {counts['unknown']} differ, nobody knows; {counts['unexplained']} unexplained",
            f"  {len(table['mended'])} were mended in awsim: moto was right, or neither was",
            f"{absent} of {len(table['not_in_moto'])} operations that moto does not have; "
            f"{len(run.not_reached)} that moto did not come to",
        )
    )
