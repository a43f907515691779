"""Readers that are killed every second, an api that restarts, stores that die: everybody hears everything, in order."""

import pytest

from tests.chaos.events.proof import LONG, SHORT, prove
from tests.chaos.table import is_at_length
from tests.e2e.system import System


@pytest.mark.feature("R13")
async def test_readers_that_only_apply_events_end_with_the_reports_counters(
    system: System, request: pytest.FixtureRequest
) -> None:
    pace = LONG if is_at_length(request.config) else SHORT

    proof = await prove(system, pace)

    assert proof.problems == [], system.describe()
    assert proof.events >= pace.events
    [mistaken] = proof.mistaken
    found = {problem.split()[1] for problem in proof.verdicts[mistaken].problems}
    assert {"missing", "wrong_counts"} <= found
