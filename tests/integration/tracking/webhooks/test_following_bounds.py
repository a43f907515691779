"""What a pass over the log is bounded by, and a log that begins again."""

import asyncpg
import pytest

from tests.clicking import make_account, make_event, store
from tests.hooking import add_endpoint, tell_all
from tests.traits import relay_all
from tracking.events.types import EventType
from tracking.webhooks import following
from tracking.webhooks.following import follow_once

pytestmark = pytest.mark.feature("R13")


async def store_clicks(pool: asyncpg.Pool, account_id: int, count: int) -> None:
    await store(pool, *(make_event(account_id, visitor=visitor) for visitor in range(count)))


@pytest.mark.parametrize("batch_max_events", [1, 10])
async def test_places_that_are_given_out_again_are_queued_beside_those_before(
    pool: asyncpg.Pool, batch_max_events: int
) -> None:
    """The log alone is lost, and what was queued of it is not."""
    account_id = await make_account(pool)
    await add_endpoint(pool, account_id, EventType.CLICK_RECORDED, batch=(batch_max_events, 0))
    await store_clicks(pool, account_id, 3)
    await tell_all(pool)
    await pool.execute("TRUNCATE event_log RESTART IDENTITY")
    await tell_all(pool)
    await store_clicks(pool, account_id, 3)
    await tell_all(pool)

    assert await pool.fetchval("SELECT max(position) FROM event_log") == 1
    assert await pool.fetchval("SELECT sum(cardinality(event_ids)) FROM webhook_delivery") == 6


async def test_many_endpoints_are_told_of_fewer_events_at_once(
    pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "LETTERS_AT_ONCE", 6)
    account_id = await make_account(pool)
    for _ in range(3):
        await add_endpoint(pool, account_id, EventType.CLICK_RECORDED)
    await store_clicks(pool, account_id, 5)
    await relay_all(pool)
    queued = []
    while await follow_once(pool, None):
        queued.append(await pool.fetchval("SELECT count(*) FROM webhook_delivery"))

    assert queued == [6, 12]
    assert await pool.fetchval("SELECT count(*) FROM webhook_delivery") == 15
