"""Secrets of the operator are replaced under load, as docs/operations/secrets.md says; orders are still credited."""

import base64
import secrets
from collections.abc import Callable
from typing import Final

import pytest

from tests.chaos.load import LoadResult
from tests.chaos.table import FOUND, PROPERTY
from tests.chaos.trial import Pace, Scenario, Trial, run_trial
from tests.e2e.system import SECRET, System

PROGRAMS: Final = ("redirector", "redirector 2", "ingest", "jobs")
NEW: Final = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
# Everybody knows the new key before anybody signs with it.
STEPS: Final = (
    {"CLICK_TOKEN_KEYS": f"1:{SECRET},2:{NEW}", "SECRETS_KEYS": f"1:{SECRET},2:{NEW}"},
    {"CLICK_TOKEN_KEYS": f"2:{NEW},1:{SECRET}", "SECRETS_KEYS": f"2:{NEW},1:{SECRET}", "COOKIE_SECRET": NEW},
)


def rotate(trial: Trial) -> None:
    trial.let_pass()
    for step in STEPS:
        for name in PROGRAMS:
            trial.system.programs[name].replace(settings=step)
        trial.let_pass()


async def find_both_keys(_trial: Trial, load: LoadResult) -> None:
    used = {base64.urlsafe_b64decode(f"{token}==")[0] for token in load.tokens}
    assert (load.not_connected, load.unanswered, load.other, used) == (0, 0, {}, {1, 2})


@pytest.mark.at_length
@pytest.mark.feature("R2", "R7")
async def test_orders_of_clicks_with_old_keys_are_credited_while_keys_are_replaced(
    lone_system: System, pace: Pace, record_property: Callable[[str, object], None]
) -> None:
    scenario = Scenario(
        "-", "keys replaced", rotate, programs=PROGRAMS, settle=find_both_keys, buyers=0.1, networks=200, addresses=20
    )
    outcome = await run_trial(lone_system, scenario, pace)

    record_property(PROPERTY, outcome.describe())
    assert outcome.problems == [], outcome.told
    assert outcome.findings.sales.credited > 0
    done = "new keys behind the old ones, then in front, and another COOKIE_SECRET, program by program; one in ten buys"
    found = f"{outcome.findings.lost} clicks and {outcome.findings.sales.problems or 'no'} orders lost"
    record_property(FOUND, ["-", scenario.name, done, found])
