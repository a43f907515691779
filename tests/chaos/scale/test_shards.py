"""The click stream over two Valkeys: whatever happens to one of them, every answered click is one row."""

from collections.abc import AsyncIterator, Callable

import pytest
import redis

from tests.chaos.scale.shards import SCENARIOS, SETTING, ShardedSystem, open_sharded_system
from tests.chaos.scenarios.starts import leave_alone
from tests.chaos.table import PROPERTY
from tests.chaos.trial import SHORT, Pace, Scenario, run_trial
from tracking.streams import CLICK_STREAM

AT_LENGTH = pytest.mark.at_length
CASES = [
    pytest.param(scenario, id=scenario.name, marks=() if scenario.is_in_suite else AT_LENGTH) for scenario in SCENARIOS
]


@pytest.fixture(scope="module")
async def system() -> AsyncIterator[ShardedSystem]:
    async with open_sharded_system() as system:
        yield system


def count_added(url: str) -> int:
    """Entries that ever came into the stream there."""
    with redis.Redis.from_url(url) as client:
        found: dict[str, int] = client.xinfo_stream(CLICK_STREAM)
    return found["entries-added"]


@pytest.mark.feature("R1", "R2", "R3", "R6", "R12")
@pytest.mark.parametrize("scenario", CASES)
async def test_every_answered_click_is_stored_and_counted_once(
    system: ShardedSystem, scenario: Scenario, pace: Pace, record_property: Callable[[str, object], None]
) -> None:
    outcome = await run_trial(system, scenario, pace)

    record_property(PROPERTY, outcome.describe())
    assert outcome.problems == [], outcome.told
    assert all(count_added(url) for url in system.stream_urls), "a shard that took nothing proves nothing"


@pytest.mark.at_length
@pytest.mark.feature("R3")
async def test_workers_that_read_one_shard_only_are_caught(system: ShardedSystem) -> None:
    one_shard = {"ingest": {SETTING: system.valkey.url}}
    scenario = Scenario("shards", "one shard", leave_alone, programs=("redirector", "ingest"), settings=one_shard)

    with pytest.raises(AssertionError, match="in the stream"):
        await run_trial(system, scenario, SHORT)
