"""`docs/bots.md` says what reasons weigh and what a policy is by default: as the code has it."""

import re

import pytest

from tests.unit.house.sources import ROOT
from tracking.bots.policies.checking import GRAPH_NAMES
from tracking.bots.policies.rules import DEFAULT_POLICY, BotMode
from tracking.bots.rulesets import CURRENT_RULESET, RULESETS
from tracking.bots.verdicts import EVIDENCE, Reason

pytestmark = pytest.mark.feature("TR25")

PAGE = (ROOT / "docs/bots.md").read_text()
POINTS = re.compile(r"^\| (`[A-Z_]+`(?:, `[A-Z_]+`)*) \| .* \| (\d+(?:, \d+)*) \|$", re.MULTILINE)
DEFAULTS = re.compile(r"^\| (`\w+`(?:, `\w+`)*) \| ([^|]+) \|", re.MULTILINE)
WRITTEN_IN_WORDS = {"weights", "allow", "deny", "soon_after_delivery_s"}


def share(names: str, values: list[str]) -> dict[str, str]:
    """Several names of a row have as many values in the same order, or one for all."""
    found = re.findall(r"\w+", names)
    return dict(zip(found, values if len(values) == len(found) else values * len(found), strict=True))


def read_points(page: str) -> dict[str, int]:
    """By reason."""
    rows = [share(names, points.split(", ")) for names, points in POINTS.findall(page)]
    return {reason: int(points) for row in rows for reason, points in row.items()}


def read_defaults(page: str) -> dict[str, str]:
    """By the field's name in the graph."""
    table = page.partition("| Field | Default | Sets |")[2].partition("\n\n")[0]
    found: dict[str, str] = {}
    for names, values in DEFAULTS.findall(table):
        told = values.strip("` ")
        found |= share(names, told.split(", ") if names.count("`") > 2 else [told])
    return found


def write_default(value: object) -> str:
    if isinstance(value, BotMode):
        return value.value
    return str(value).lower() if isinstance(value, bool) else f"{value:g}"


def test_points_of_behaviour_are_those_of_the_current_ruleset() -> None:
    of_people = Reason.CONFIRMED | Reason.CONVERSION
    weights = RULESETS[CURRENT_RULESET].weights
    found_by_passes = [reason for reason in Reason if reason & EVIDENCE & ~of_people]

    assert read_points(PAGE) == {str(reason.name): weights[reason] for reason in found_by_passes}


def test_defaults_are_those_of_an_account_that_sets_nothing() -> None:
    fields = {GRAPH_NAMES[name]: getattr(DEFAULT_POLICY, name) for name in GRAPH_NAMES.keys() - WRITTEN_IN_WORDS}
    told = read_defaults(PAGE)

    assert {name: told[name] for name in fields} == {name: write_default(value) for name, value in fields.items()}
    assert told.keys() == set(GRAPH_NAMES.values())


def test_a_page_that_says_otherwise_is_found() -> None:
    assert read_points("| `HONEYPOT`, `NEAR_HONEYPOT` | what | 90 |") == {"HONEYPOT": 90, "NEAR_HONEYPOT": 90}
    assert read_points("| `MANY_CLICKS`, `VELOCITY` | what | 5, 10 |") == {"MANY_CLICKS": 5, "VELOCITY": 10}
    assert read_defaults("| Field | Default | Sets |\n|---|---|---|\n| `botScore`, `burstS` | 1, 2 | x |\n\n") == {
        "botScore": "1",
        "burstS": "2",
    }
