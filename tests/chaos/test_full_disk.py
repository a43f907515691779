"""Disks of PostgreSQL's and of Valkey's own that fill up under load (F15)."""

from collections.abc import Callable

import pytest

from tests.chaos.scenarios.disks import (
    FULL_POSTGRES,
    FULL_VALKEY,
    POSTGRES_BYTES,
    VALKEY_BYTES,
    move_to_small_disk,
    unmount,
)
from tests.chaos.table import PROPERTY
from tests.chaos.trial import Pace, run_trial
from tests.e2e.system import open_system

pytestmark = [pytest.mark.at_length, pytest.mark.feature("R1", "R2", "R3")]


async def test_a_full_disk_of_postgresql_loses_no_click(
    pace: Pace, record_property: Callable[[str, object], None]
) -> None:
    if obstacle := FULL_POSTGRES.find_obstacle():
        pytest.skip(obstacle)
    async with open_system() as system:
        move_to_small_disk(system.postgres, POSTGRES_BYTES)
        try:
            outcome = await run_trial(system, FULL_POSTGRES, pace)
        finally:
            system.postgres.stop()
            unmount(system.postgres.data)

    record_property(PROPERTY, outcome.describe())
    assert outcome.problems == [], outcome.told


async def test_a_full_disk_of_valkey_loses_no_click(pace: Pace, record_property: Callable[[str, object], None]) -> None:
    if obstacle := FULL_VALKEY.find_obstacle():
        pytest.skip(obstacle)
    async with open_system() as system:
        move_to_small_disk(system.valkey, VALKEY_BYTES)
        try:
            outcome = await run_trial(system, FULL_VALKEY, pace)
        finally:
            system.valkey.stop()
            unmount(system.valkey.data)

    record_property(PROPERTY, outcome.describe())
    assert outcome.problems == [], outcome.told
