"""A disk of PostgreSQL's own that fills up under load (F15)."""

from collections.abc import Callable

import pytest

from tests.chaos.scenarios.disks import FULL_POSTGRES, move_to_small_disk, unmount
from tests.chaos.table import PROPERTY
from tests.chaos.trial import Pace, run_trial
from tests.e2e.system import open_system


@pytest.mark.at_length
@pytest.mark.feature("R1", "R2", "R3")
async def test_a_full_disk_of_postgresql_loses_no_click(
    pace: Pace, record_property: Callable[[str, object], None]
) -> None:
    if obstacle := FULL_POSTGRES.find_obstacle():
        pytest.skip(obstacle)
    async with open_system() as system:
        move_to_small_disk(system.postgres)
        try:
            outcome = await run_trial(system, FULL_POSTGRES, pace)
        finally:
            system.postgres.stop()
            unmount(system.postgres.data)

    record_property(PROPERTY, outcome.describe())
    assert outcome.problems == []
