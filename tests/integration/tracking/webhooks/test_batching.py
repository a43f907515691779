"""Endpoints that ask for several events at once."""

import asyncio
import datetime as dt
from typing import Any

import asyncpg
import pytest

from tests.clicking import make_account, make_event, store
from tests.event_schemas import check_body
from tests.hooking import add_endpoint, list_ids, read_queue, tell_all
from tests.traits import relay_all
from tests.waiting import eventually
from tracking.events.types import EventType
from tracking.webhooks.deliveries import Due, Origin, claim_due, write_body
from tracking.webhooks.following import follow_all

pytestmark = pytest.mark.feature("R13")

LONG_MS = 60_000


async def happen(pool: asyncpg.Pool, account_id: int, count: int) -> None:
    """So many clicks, told in one pass."""
    await store(pool, *(make_event(account_id, visitor=visitor) for visitor in range(1, count + 1)))
    await tell_all(pool)


async def list_sizes(pool: asyncpg.Pool, endpoint_id: int) -> list[int]:
    return [len(each.event_ids) for each in await read_queue(pool, endpoint_id)]


async def read_times(pool: asyncpg.Pool, endpoint_id: int) -> list[dict[str, Any]]:
    rows = await pool.fetch(
        "SELECT next_at <= now() AS is_due, open_until IS NOT NULL AS is_open, next_at - created_at AS waits"
        " FROM webhook_delivery WHERE endpoint_id = $1 ORDER BY first_position, first_ordinal",
        endpoint_id,
    )
    return [dict(row) for row in rows]


async def test_the_events_of_a_pass_go_together(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    endpoint_id = await add_endpoint(pool, account_id, batch=(3, 0))
    await happen(pool, account_id, 7)
    await happen(pool, account_id, 1)

    queued = await read_queue(pool, endpoint_id)
    assert [len(each.event_ids) for each in queued] == [3, 3, 1, 1]
    assert len(set(list_ids(queued))) == 8
    assert all(each.webhook_id.startswith("bat_") for each in queued)
    assert len({each.webhook_id for each in queued}) == 4
    assert [each["is_due"] for each in await read_times(pool, endpoint_id)] == [True] * 4


async def test_a_batch_grows_until_it_is_full(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    endpoint_id = await add_endpoint(pool, account_id, batch=(4, LONG_MS))
    await happen(pool, account_id, 1)
    waiting = {"is_due": False, "is_open": True, "waits": dt.timedelta(milliseconds=LONG_MS)}
    assert await read_times(pool, endpoint_id) == [waiting]
    await happen(pool, account_id, 2)
    assert await list_sizes(pool, endpoint_id) == [3]
    assert await read_times(pool, endpoint_id) == [waiting]
    await happen(pool, account_id, 6)

    assert await list_sizes(pool, endpoint_id) == [4, 4, 1]
    times = await read_times(pool, endpoint_id)
    assert [(each["is_due"], each["is_open"]) for each in times] == [(True, False), (True, False), (False, True)]
    ids = list_ids(await read_queue(pool, endpoint_id))
    assert len(set(ids)) == 9


async def test_what_became_due_does_not_grow_any_more(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    endpoint_id = await add_endpoint(pool, account_id, batch=(4, 50))
    await happen(pool, account_id, 1)
    await eventually(lambda: pool.fetchval("SELECT bool_and(next_at <= now()) FROM webhook_delivery"))
    await happen(pool, account_id, 1)

    assert await list_sizes(pool, endpoint_id) == [1, 1]


async def test_what_somebody_is_sending_does_not_grow(pool: asyncpg.Pool) -> None:
    """Nor what is tried again: both are due later, and have been due."""
    account_id = await make_account(pool)
    endpoint_id = await add_endpoint(pool, account_id, batch=(4, LONG_MS))
    await happen(pool, account_id, 1)
    await pool.execute("UPDATE webhook_delivery SET next_at = now()")
    [due] = await claim(pool)
    await happen(pool, account_id, 1)
    assert await list_sizes(pool, endpoint_id) == [1, 1]
    await pool.execute(
        "UPDATE webhook_delivery SET attempts = 1, next_at = now() + interval '1 hour', open_until = NULL"
        " WHERE id = $1",
        due.id,
    )
    await happen(pool, account_id, 1)
    assert await list_sizes(pool, endpoint_id) == [1, 2]


async def test_what_is_being_taken_does_not_grow_and_nobody_waits(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    endpoint_id = await add_endpoint(pool, account_id, batch=(4, LONG_MS))
    await happen(pool, account_id, 1)
    async with pool.acquire() as connection, connection.transaction():
        await connection.fetch("SELECT FROM webhook_delivery FOR UPDATE")
        await happen(pool, account_id, 1)

    assert await list_sizes(pool, endpoint_id) == [1, 1]


async def test_a_batch_is_sent_as_its_schema_says(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    await add_endpoint(pool, account_id, EventType.CLICK_RECORDED, batch=(5, 0))
    await happen(pool, account_id, 3)
    [due] = await claim(pool)

    told = check_body(write_body(due))

    assert told["type"] == "batch"
    assert [each["type"] for each in told["data"]["events"]] == ["click.recorded"] * 3


async def test_an_event_is_in_one_batch_while_batches_are_taken(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    endpoint_id = await add_endpoint(pool, account_id, batch=(3, 5))
    is_over = asyncio.Event()
    taken: list[bytes] = []

    async def take() -> None:
        while not is_over.is_set():
            taken.extend(due.body for due in await claim(pool))

    async def tell() -> None:
        for count in (1, 2, 1, 4, 1, 1, 2, 5, 1, 1, 3, 1):
            await happen(pool, account_id, count)
        is_over.set()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(take())
        tasks.create_task(tell())
    await eventually(
        lambda: pool.fetchval("SELECT bool_and(open_until IS NULL OR open_until <= now()) FROM webhook_delivery")
    )
    taken += [due.body for due in await claim(pool)]

    sent = [check_body(line)["id"] for body in taken for line in body.split(b"\n")]
    assert len(sent) == len(set(sent)) == 23
    assert sorted(sent) == sorted(list_ids(await read_queue(pool, endpoint_id)))


async def test_nothing_is_lost_when_one_pass_fills_many_batches(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    endpoints = [await add_endpoint(pool, account_id, batch=(size, LONG_MS)) for size in (2, 7, 100)]
    for count in (5, 1, 13):
        await store(pool, *(make_event(account_id, visitor=visitor) for visitor in range(count)))
    await relay_all(pool)
    await follow_all(pool)

    for endpoint_id, size in zip(endpoints, (2, 7, 100), strict=True):
        sizes = await list_sizes(pool, endpoint_id)
        assert sizes == [size] * (19 // size) + [19 % size]


async def claim(pool: asyncpg.Pool) -> list[Due]:
    found = await claim_due(pool, {}, room_of_others=10, most=100, most_failing=10, lease_s=60)
    assert all(due.origin is Origin.LOG for due in found)
    return found
