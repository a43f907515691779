"""Disks of PostgreSQL's and of Valkey's own that fill up under load (F15)."""

from collections.abc import Callable

import pytest

from creatrail.embedded.postgres import EmbeddedPostgres
from creatrail.embedded.valkey import EmbeddedValkey
from tests.chaos.scenarios.disks import (
    FULL_POSTGRES,
    FULL_VALKEY,
    POSTGRES_BYTES,
    VALKEY_BYTES,
    move_to_small_disk,
    unmount,
)
from tests.chaos.table import PROPERTY
from tests.chaos.trial import Pace, Scenario, run_trial
from tests.e2e.system import open_system


@pytest.mark.at_length
@pytest.mark.feature("R1", "R2", "R3")
@pytest.mark.parametrize(
    ("name", "size_bytes", "scenario"),
    [("postgres", POSTGRES_BYTES, FULL_POSTGRES), ("valkey", VALKEY_BYTES, FULL_VALKEY)],
    ids=["postgresql", "valkey"],
)
async def test_a_full_disk_loses_no_click(
    name: str, size_bytes: int, scenario: Scenario, pace: Pace, record_property: Callable[[str, object], None]
) -> None:
    if obstacle := scenario.find_obstacle():
        pytest.skip(obstacle)
    async with open_system() as system:
        store: EmbeddedPostgres | EmbeddedValkey = getattr(system, name)
        move_to_small_disk(store, size_bytes)
        try:
            outcome = await run_trial(system, scenario, pace)
        finally:
            store.stop()
            unmount(store.data)

    record_property(PROPERTY, outcome.describe())
    assert outcome.problems == [], outcome.told
