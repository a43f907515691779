import datetime as dt
from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.clicking import make_account
from tracking.clock import utc_now
from tracking.events.outbox import CLICK_KINDS, EventKind, append_events
from tracking.events.queries import Place, find_last_place, find_place_at, read_bounds, read_events
from tracking.events.relay import relay_once


async def log(pool: asyncpg.Pool, account_id: int, *ids: UUID, kind: EventKind = EventKind.CLICKS_STORED) -> int:
    """Log one event, as worker and relay do. Answers with its position."""
    async with pool.acquire() as connection, connection.transaction():
        await append_events(connection, [(account_id, kind, list(ids))])
        return (await relay_once(connection))[account_id]


@pytest.mark.feature("R13")
async def test_a_reader_gets_what_follows_its_place(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    place = await find_last_place(pool)
    ids = [uuid4() for _ in range(3)]
    first, second = await log(pool, account_id, *ids), await log(pool, account_id, ids[0])

    assert [event.position for event in await read_events(pool, account_id, CLICK_KINDS, place, 10)] == [first, second]
    assert [event.position for event in await read_events(pool, account_id, CLICK_KINDS, place, 1)] == [first]
    in_the_middle = Place(first, 2, utc_now())
    assert [event.position for event in await read_events(pool, account_id, CLICK_KINDS, in_the_middle, 10)] == [
        first,
        second,
    ]
    at_its_end = Place(first, 3, utc_now())
    assert [event.position for event in await read_events(pool, account_id, CLICK_KINDS, at_its_end, 10)] == [second]


@pytest.mark.feature("R13")
async def test_events_about_links_are_none_of_a_reader_of_clicks(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    place = await find_last_place(pool)
    for kind in (EventKind.LINK_CREATED, EventKind.LINK_ARCHIVED):
        await log(pool, account_id, kind=kind)
    clicks = await log(pool, account_id, uuid4())

    assert [event.position for event in await read_events(pool, account_id, CLICK_KINDS, place, 1)] == [clicks]


@pytest.mark.feature("R11", "R13")
async def test_events_of_another_account_are_not_read(pool: asyncpg.Pool) -> None:
    own, other = await make_account(pool), await make_account(pool, slug="other")
    place = await find_last_place(pool)
    await log(pool, own, uuid4())

    assert await read_events(pool, other, CLICK_KINDS, place, 10) == []


@pytest.mark.feature("R13")
async def test_the_log_knows_what_was_deleted_from_it(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    first, second = await log(pool, account_id, uuid4()), await log(pool, account_id, uuid4())

    await pool.execute("DELETE FROM event_log WHERE position = $1", first)
    left = await read_bounds(pool)
    await pool.execute("DELETE FROM event_log")
    emptied = await read_bounds(pool)

    assert (left.first, left.last, left.beginning.position) == (second, second, first)
    assert (emptied.first, emptied.last) == (second + 1, second)
    assert (await find_last_place(pool)).position == second


async def test_a_moment_finds_the_last_event_before_it(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    first = await log(pool, account_id, uuid4())
    second = await log(pool, account_id, uuid4())
    logged_at = await pool.fetchval("SELECT logged_at FROM event_log WHERE position = $1", second)

    found = await find_place_at(pool, logged_at)

    assert found is not None
    assert found.position == first
    assert await find_place_at(pool, logged_at - dt.timedelta(days=1)) is None
