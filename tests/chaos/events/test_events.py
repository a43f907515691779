"""Readers that are killed every second, an api that restarts, stores that die: everybody hears everything, in order."""

import pytest

from tests.chaos.events.proof import SHORT, prove
from tests.e2e.system import System


@pytest.mark.feature("R13")
async def test_readers_that_only_apply_events_end_with_the_reports_counters(system: System) -> None:
    proof = await prove(system, SHORT)

    assert proof.problems == [], system.describe()
    assert all(verdict.heard for verdict in proof.verdicts.values())
