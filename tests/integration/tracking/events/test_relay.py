"""The relay gives every event one position, in an order that all readers share (rule 13)."""

from uuid import uuid4

import asyncpg
import pytest
import redis.asyncio

from tests.clicking import make_account, make_event, store
from tests.waiting import eventually
from tracking.events.outbox import EventKind, append_events
from tracking.events.relay import delete_old_events, relay_once, try_to_become_relay, wake_readers
from tracking.streams import events_channel

pytestmark = pytest.mark.feature("R13")


async def read_log(pool: asyncpg.Pool) -> list[tuple[int, str]]:
    rows = await pool.fetch("SELECT account_id, ids[1]::text FROM event_log ORDER BY position")
    return [tuple(row) for row in rows]


async def test_events_move_once_and_in_their_order(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    events = [make_event(account_id, visitor=visitor) for visitor in range(5)]
    stored = [str((await store(pool, event)).stored[0]) for event in events]

    async with pool.acquire() as connection:
        positions = await relay_once(connection)
        assert await relay_once(connection) == {}

    assert await read_log(pool) == [(account_id, click_id) for click_id in stored]
    assert positions == {account_id: await pool.fetchval("SELECT max(position) FROM event_log")}
    assert await pool.fetchval("SELECT count(*) FROM event_outbox") == 0


async def test_an_event_that_commits_late_is_not_skipped(pool: asyncpg.Pool) -> None:
    late, early = uuid4(), uuid4()
    async with pool.acquire() as slow, pool.acquire() as relay:
        transaction = slow.transaction()
        await transaction.start()
        await append_events(slow, [(1, EventKind.CLICKS_STORED, [late])])
        async with pool.acquire() as fast:
            await append_events(fast, [(1, EventKind.CLICKS_STORED, [early])])
        await relay_once(relay)
        assert await read_log(pool) == [(1, str(early))]

        await transaction.commit()
        await relay_once(relay)

    assert await read_log(pool) == [(1, str(early)), (1, str(late))]


async def test_events_about_rows_keep_their_ids(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    async with pool.acquire() as connection:
        await connection.execute(
            "INSERT INTO event_outbox (account_id, kind, ids, entity_ids) VALUES ($1, $2, '{}', '{5, 4}')",
            account_id,
            EventKind.LINK_ARCHIVED,
        )
        await relay_once(connection)

    logged = await pool.fetchrow("SELECT account_id, kind, ids, entity_ids FROM event_log")
    assert tuple(logged) == (account_id, EventKind.LINK_ARCHIVED, [], [5, 4])


async def test_only_one_connection_is_the_relay_until_it_is_gone(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as first, pool.acquire() as second:
        assert await try_to_become_relay(first)
        assert not await try_to_become_relay(second)
        await first.close()

        assert await eventually(lambda: try_to_become_relay(second))


async def test_readers_are_woken_with_the_newest_position(redis_client: redis.asyncio.Redis) -> None:
    async with redis_client.pubsub(ignore_subscribe_messages=True) as reader:
        await reader.subscribe(events_channel(3))
        await reader.get_message(timeout=5)

        await wake_readers(redis_client, {3: 41})

        message = await eventually(lambda: reader.get_message(timeout=1))
        assert message is not None
        assert message["data"] == b"41"


async def log_days_ago(pool: asyncpg.Pool, *days: int) -> None:
    """One event each, of an account by that number."""
    for each in days:
        await pool.execute(
            "INSERT INTO event_log (account_id, kind, ids, created_at, logged_at)"
            " VALUES ($1::int, 1, '{}', now(), now() - make_interval(days => $1::int))",
            each,
        )


FOLLOWERS = ("behaviour_state", "conversion_follower", "dimension_state", "webhook_state")


async def let_follow(pool: asyncpg.Pool, follower: str, place: str) -> None:
    await pool.execute(f"UPDATE {follower} SET position = (SELECT {place}(position) FROM event_log)")


async def test_old_events_go_and_newer_ones_stay(pool: asyncpg.Pool) -> None:
    await log_days_ago(pool, 31, 29, 1)
    for follower in FOLLOWERS:
        await let_follow(pool, follower, "max")

    await delete_old_events(pool, 30)

    assert [account_id for account_id, _ in await read_log(pool)] == [29, 1]


async def test_what_goes_is_the_beginning_even_where_a_clock_was_put_back(pool: asyncpg.Pool) -> None:
    await log_days_ago(pool, 33, 32, 29, 31, 1)
    for follower in FOLLOWERS:
        await let_follow(pool, follower, "max")

    await delete_old_events(pool, 30)
    assert [account_id for account_id, _ in await read_log(pool)] == [29, 31, 1]

    await pool.execute("UPDATE event_log SET logged_at = now() - interval '31 days'")
    await delete_old_events(pool, 30)
    assert await read_log(pool) == []


@pytest.mark.feature("TR9", "LO15")
@pytest.mark.parametrize("behind", FOLLOWERS)
async def test_old_events_that_a_reader_of_ours_has_not_followed_stay(pool: asyncpg.Pool, behind: str) -> None:
    """However long it did not run: a click that nobody looked at would keep its verdict, or be missing in a report."""
    await log_days_ago(pool, 33, 32, 31, 1)
    for ahead in FOLLOWERS:
        await let_follow(pool, ahead, "max")
    await let_follow(pool, behind, "min")

    await delete_old_events(pool, 30)

    assert [account_id for account_id, _ in await read_log(pool)] == [32, 31, 1]
