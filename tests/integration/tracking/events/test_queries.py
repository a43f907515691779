import datetime as dt
from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.clicking import make_account
from tracking.clock import utc_now
from tracking.events.outbox import CLICK_KINDS, EventKind, append_events
from tracking.events.queries import Place, find_last_place, find_place_at, is_known, read_bounds, read_page
from tracking.events.relay import relay_once


async def log(pool: asyncpg.Pool, account_id: int, *ids: UUID, kind: EventKind = EventKind.CLICKS_STORED) -> int:
    """Log one event, as worker and relay do. Answers with its position."""
    async with pool.acquire() as connection, connection.transaction():
        await append_events(connection, [(account_id, kind, list(ids))])
        return (await relay_once(connection))[account_id]


async def read_positions(pool: asyncpg.Pool, account_id: int, after: Place, limit: int) -> list[int]:
    return [event.position for event in (await read_page(pool, account_id, CLICK_KINDS, after, limit)).events]


@pytest.mark.feature("R13")
async def test_a_reader_gets_what_follows_its_place(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    place = await find_last_place(pool)
    ids = [uuid4() for _ in range(3)]
    first, second = await log(pool, account_id, *ids), await log(pool, account_id, ids[0])

    assert await read_positions(pool, account_id, place, 10) == [first, second]
    assert await read_positions(pool, account_id, place, 1) == [first]
    in_the_middle = Place(first, 2, utc_now())
    assert await read_positions(pool, account_id, in_the_middle, 10) == [
        first,
        second,
    ]
    at_its_end = Place(first, 3, utc_now())
    assert await read_positions(pool, account_id, at_its_end, 10) == [second]


@pytest.mark.feature("R13")
async def test_events_about_links_are_none_of_a_reader_of_clicks(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    place = await find_last_place(pool)
    for kind in (EventKind.LINK_CREATED, EventKind.LINK_ARCHIVED):
        await log(pool, account_id, kind=kind)
    clicks = await log(pool, account_id, uuid4())

    assert await read_positions(pool, account_id, place, 1) == [clicks]


@pytest.mark.feature("R11", "R13")
async def test_events_of_another_account_are_not_read(pool: asyncpg.Pool) -> None:
    own, other = await make_account(pool), await make_account(pool, slug="other")
    place = await find_last_place(pool)
    await log(pool, own, uuid4())

    assert await read_positions(pool, other, place, 10) == []


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


@pytest.mark.feature("R13")
async def test_a_reader_moves_on_with_what_is_told_of_others(pool: asyncpg.Pool) -> None:
    own, other = await make_account(pool), await make_account(pool, slug="other")
    place = await find_last_place(pool)
    first, last = await log(pool, own, uuid4()), await log(pool, other, uuid4())

    whole, cut = [await read_page(pool, own, CLICK_KINDS, place, limit) for limit in (10, 1)]

    assert (whole.end.position, whole.is_last) == (last, True)
    assert (cut.end.position, cut.is_last) == (first, False)


@pytest.mark.feature("R13")
async def test_a_reader_learns_what_was_deleted_before_it_came_there(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    place = await find_last_place(pool)
    first, second, third = [await log(pool, account_id, uuid4()) for _ in range(3)]
    at_first = (await read_page(pool, account_id, CLICK_KINDS, place, 1)).end
    await pool.execute("DELETE FROM event_log WHERE position <= $1", second)

    pages = [await read_page(pool, account_id, CLICK_KINDS, after, 10) for after in (place, at_first)]

    assert [page.lost_until and page.lost_until.position for page in pages] == [second, second]
    assert [[event.position for event in page.events] for page in pages] == [[third], [third]]
    at_second = Place(second, 1, at_first.at)
    assert (await read_page(pool, account_id, CLICK_KINDS, at_second, 10)).lost_until is None
    assert first < second


@pytest.mark.feature("R13")
async def test_a_place_in_another_log_is_not_known(pool: asyncpg.Pool) -> None:
    """After a backup was restored, its position is given out again, or not yet."""
    account_id = await make_account(pool)
    position = await log(pool, account_id, uuid4())
    place = await find_last_place(pool)

    assert await is_known(pool, place)
    assert not await is_known(pool, place._replace(at=place.at - dt.timedelta(microseconds=1)))
    assert not await is_known(pool, place._replace(position=position + 1))
    await pool.execute("DELETE FROM event_log")
    assert await is_known(pool, place)
