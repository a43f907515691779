"""Ranges of the log that are told once more: each event once, under its own id, whoever dies meanwhile."""

import asyncio
import datetime as dt
from contextlib import suppress

import asyncpg
import pytest

from tests.clicking import make_account, make_event, store
from tests.hooking import add_endpoint, list_ids, read_queue, tell_all
from tests.traits import relay_all
from tracking.clock import utc_now
from tracking.webhooks import replaying
from tracking.webhooks.deliveries import Origin
from tracking.webhooks.replaying import replay_once

pytestmark = pytest.mark.feature("R13")

LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


class KilledError(Exception):
    """As a process that dies there."""


async def happen(pool: asyncpg.Pool, account_id: int, *counts: int, link_id: int = 7) -> None:
    """So many clicks in each batch, told."""
    for count in counts:
        await store(pool, *(make_event(account_id, visitor=visitor, link_id=link_id) for visitor in range(count)))
        await relay_all(pool)
    await tell_all(pool)


async def find_moment_after(pool: asyncpg.Pool) -> dt.datetime:
    """All that is logged now was logged before it."""
    moment: dt.datetime = await pool.fetchval("SELECT max(logged_at) + interval '1 microsecond' FROM event_log")
    return moment


async def ask(
    pool: asyncpg.Pool, endpoint_id: int, from_at: dt.datetime = LONG_AGO, to_at: dt.datetime | None = None
) -> int:
    replay_id: int = await pool.fetchval(
        "INSERT INTO webhook_replay (endpoint_id, from_at, to_at, position, until_position, status, events_queued,"
        " actor_kind, created_at)"
        " SELECT $1, $2, $3, min(position) - 1, max(position), 'RUNNING', 0, 'SYSTEM', now() FROM event_log"
        " RETURNING id",
        endpoint_id,
        from_at,
        to_at or utc_now() + dt.timedelta(minutes=1),
    )
    return replay_id


async def replay_all(pool: asyncpg.Pool) -> None:
    while await replay_once(pool, None):
        pass


async def read_replay(pool: asyncpg.Pool, replay_id: int) -> tuple[str, int, bool]:
    """Its status, how many events it queued, and whether it has ended."""
    row = await pool.fetchrow("SELECT status, events_queued, ended_at FROM webhook_replay WHERE id = $1", replay_id)
    return row["status"], row["events_queued"], row["ended_at"] is not None


async def test_a_range_is_told_again_under_the_same_ids(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    endpoint_id, other = await add_endpoint(pool, account_id), await add_endpoint(pool, account_id)
    await happen(pool, account_id, 2)
    start = await find_moment_after(pool)
    await happen(pool, account_id, 1, 3)
    end = await find_moment_after(pool)
    await happen(pool, account_id, 2)
    replay_id = await ask(pool, endpoint_id, start, end)
    await replay_all(pool)

    first = list_ids(await read_queue(pool, endpoint_id))
    assert list_ids(await read_queue(pool, endpoint_id, origin=Origin.REPLAY)) == first[2:6]
    assert await read_replay(pool, replay_id) == ("COMPLETED", 4, True)
    assert await read_queue(pool, other, origin=Origin.REPLAY) == []


async def test_a_second_replay_tells_them_once_more(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    endpoint_id = await add_endpoint(pool, account_id)
    await happen(pool, account_id, 2)
    for _ in range(2):
        await ask(pool, endpoint_id)
        await replay_all(pool)

    ids = list_ids(await read_queue(pool, endpoint_id))
    assert list_ids(await read_queue(pool, endpoint_id, origin=Origin.REPLAY)) == ids * 2


async def test_a_replay_tells_what_the_endpoint_wants_now_and_also_what_came_before_it(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    await happen(pool, account_id, 2)
    await happen(pool, account_id, 3, link_id=8)
    newest = await pool.fetchval("SELECT max(position) FROM event_log")
    endpoint_id = await add_endpoint(pool, account_id, link_ids=(8,), batch=(2, 60_000), starts_after=newest)
    await ask(pool, endpoint_id)
    await replay_all(pool)

    queued = await read_queue(pool, endpoint_id, origin=Origin.REPLAY)
    assert [len(each.event_ids) for each in queued] == [2, 1]
    assert await pool.fetchval("SELECT bool_and(next_at <= now() AND open_until IS NULL) FROM webhook_delivery")


@pytest.mark.parametrize("point", ["after_webhook_replay", "before_webhook_replay_commit"])
async def test_a_replay_that_is_killed_goes_on_where_it_was(
    pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    monkeypatch.setattr(replaying, "EVENTS_AT_ONCE", 2)
    account_id = await make_account(pool)
    endpoint_id = await add_endpoint(pool, account_id)
    await happen(pool, account_id, 5, 1, 2)
    replay_id = await ask(pool, endpoint_id)
    deaths = iter([True, False, True, False, False, True])

    def kill(reached: str) -> None:
        if reached == point and next(deaths, False):
            raise KilledError

    monkeypatch.setattr(replaying, "maybe_crash", kill)
    for _ in range(10):
        with suppress(KilledError):
            await replay_once(pool, None)

    ids = list_ids(await read_queue(pool, endpoint_id))
    assert list_ids(await read_queue(pool, endpoint_id, origin=Origin.REPLAY)) == ids
    assert await read_replay(pool, replay_id) == ("COMPLETED", 8, True)


async def test_two_workers_share_replays_and_queue_each_event_once(
    pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replaying, "EVENTS_AT_ONCE", 3)
    account_id = await make_account(pool)
    endpoints = [await add_endpoint(pool, account_id) for _ in range(3)]
    await happen(pool, account_id, 10, 4)
    for endpoint_id in endpoints:
        await ask(pool, endpoint_id)
    while await pool.fetchval("SELECT EXISTS (SELECT FROM webhook_replay WHERE status = 'RUNNING')"):
        await asyncio.gather(replay_once(pool, None), replay_once(pool, None))

    for endpoint_id in endpoints:
        ids = list_ids(await read_queue(pool, endpoint_id))
        assert list_ids(await read_queue(pool, endpoint_id, origin=Origin.REPLAY)) == ids


async def test_a_short_replay_does_not_wait_for_a_long_one(pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replaying, "EVENTS_AT_ONCE", 2)
    account_id = await make_account(pool)
    long_one, short_one = await add_endpoint(pool, account_id), await add_endpoint(pool, account_id, link_ids=(8,))
    await happen(pool, account_id, 10)
    await happen(pool, account_id, 1, link_id=8)
    long_id, short_id = await ask(pool, long_one), await ask(pool, short_one, utc_now() + dt.timedelta(minutes=-1))
    for _ in range(8):
        await replay_once(pool, None)

    assert (await read_replay(pool, short_id))[0] == "COMPLETED"
    assert (await read_replay(pool, long_id))[0] == "RUNNING"


async def test_a_replay_waits_while_its_endpoint_takes_nothing(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    endpoint_id = await add_endpoint(pool, account_id)
    await happen(pool, account_id, 2)
    replay_id = await ask(pool, endpoint_id)
    await pool.execute("UPDATE webhook_endpoint SET status = 'PAUSED' WHERE id = $1", endpoint_id)
    await replay_all(pool)
    assert await read_replay(pool, replay_id) == ("RUNNING", 0, False)
    await pool.execute("UPDATE webhook_endpoint SET status = 'ENABLED' WHERE id = $1", endpoint_id)
    await replay_all(pool)

    assert await read_replay(pool, replay_id) == ("COMPLETED", 2, True)


async def test_a_replay_ends_with_its_endpoint(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    endpoint_id = await add_endpoint(pool, account_id)
    await happen(pool, account_id, 2)
    replay_id = await ask(pool, endpoint_id)
    await pool.execute("UPDATE webhook_endpoint SET deleted_at = now() WHERE id = $1", endpoint_id)
    await replay_all(pool)

    assert await read_replay(pool, replay_id) == ("CANCELLED", 0, True)
    assert await read_queue(pool, endpoint_id, origin=Origin.REPLAY) == []


@pytest.mark.feature("R11")
async def test_a_replay_tells_of_its_own_account_alone(pool: asyncpg.Pool) -> None:
    mine, other = await make_account(pool), await make_account(pool, slug="other")
    endpoint_id = await add_endpoint(pool, mine)
    await happen(pool, other, 3)
    await happen(pool, mine, 1)
    await ask(pool, endpoint_id)
    await replay_all(pool)

    ids = list_ids(await read_queue(pool, endpoint_id))
    assert len(ids) == 1
    assert list_ids(await read_queue(pool, endpoint_id, origin=Origin.REPLAY)) == ids


async def test_a_replay_that_the_log_overtook_is_cancelled_and_not_called_complete(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    endpoint_id = await add_endpoint(pool, account_id, status="PAUSED")
    await happen(pool, account_id, 1, 1, 1)
    replay_id, whole_id = await ask(pool, endpoint_id), await ask(pool, await add_endpoint(pool, account_id))
    await replay_all(pool)
    await pool.execute("DELETE FROM event_log WHERE position < (SELECT max(position) FROM event_log)")
    await pool.execute("UPDATE webhook_endpoint SET status = 'ENABLED'")
    await replay_all(pool)

    assert await read_replay(pool, replay_id) == ("CANCELLED", 0, True)
    assert await read_replay(pool, whole_id) == ("COMPLETED", 3, True)


async def test_a_replay_stands_still_while_much_waits_and_goes_on_afterwards(
    pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replaying, "EVENTS_AT_ONCE", 1_000)
    account_id = await make_account(pool)
    endpoint_id = await add_endpoint(pool, account_id)
    await happen(pool, account_id, *[500] * 12)
    await pool.execute("DELETE FROM webhook_delivery")
    replay_id = await ask(pool, endpoint_id)
    await replay_all(pool)
    stopped = await read_replay(pool, replay_id)
    await pool.execute("UPDATE webhook_delivery SET status = 1, next_at = NULL, ended_at = now()")
    await replay_all(pool)

    assert stopped == ("RUNNING", 5_000, False)
    assert await read_replay(pool, replay_id) == ("COMPLETED", 6_000, True)
