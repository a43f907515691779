"""What is queued of the event log: everything that an endpoint wants, once, whatever happens meanwhile."""

import asyncio
import random
from contextlib import suppress
from typing import Final
from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.clicking import make_account, make_event, store
from tests.hooking import add_endpoint, list_ids, read_queue, tell_all
from tests.traits import relay_all
from tracking.bots.verdicts import Reason, Verdict
from tracking.clicks.relabel import Cause, Learned, relabel_clicks
from tracking.events.outbox import EventKind, append_events
from tracking.events.types import EventType
from tracking.webhooks import following
from tracking.webhooks.following import follow_all, follow_once

pytestmark = pytest.mark.feature("R13")

CRASH_POINTS: Final = ("after_webhook_queue", "before_webhook_commit")


class KilledError(Exception):
    """As a process that dies there."""


async def store_clicks(pool: asyncpg.Pool, account_id: int, count: int, link_id: int = 7) -> list[UUID]:
    """In one batch, each of a visitor of its own."""
    clicks = [make_event(account_id, visitor=visitor, link_id=link_id) for visitor in range(1, count + 1)]
    await store(pool, *clicks)
    return [UUID(bytes=click.click_id) for click in clicks]


async def read_position(pool: asyncpg.Pool) -> tuple[int, int]:
    return tuple(await pool.fetchrow("SELECT position, told FROM webhook_state"))


async def test_each_event_is_queued_once_in_the_order_of_the_log(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    everything, links = await add_endpoint(pool, account_id), await add_endpoint(pool, account_id, link_ids=(8,))
    for link_id in (7, 8, 7):
        await store_clicks(pool, account_id, 2, link_id=link_id)
    await tell_all(pool)
    await tell_all(pool)

    queued = await read_queue(pool, everything)
    assert [each.event_types for each in queued] == [["click.recorded"]] * 6
    assert len(set(list_ids(queued))) == 6
    sequences = [each.events[0]["sequence"] for each in queued]
    assert sequences == sorted(sequences)
    assert list_ids(await read_queue(pool, links)) == list_ids(queued)[2:4]


@pytest.mark.feature("R11")
async def test_an_account_hears_nothing_of_another_one(pool: asyncpg.Pool) -> None:
    mine, other = await make_account(pool), await make_account(pool, slug="other")
    endpoint_id, foreign_id = await add_endpoint(pool, mine), await add_endpoint(pool, other, link_ids=(7,))
    await store_clicks(pool, mine, 1, link_id=7)
    await tell_all(pool)

    assert len(await read_queue(pool, endpoint_id)) == 1
    assert await read_queue(pool, foreign_id) == []


@pytest.mark.parametrize("status", ["PAUSED", "DISABLED"])
async def test_who_takes_nothing_gets_only_what_comes_afterwards(pool: asyncpg.Pool, status: str) -> None:
    account_id = await make_account(pool)
    endpoint_id = await add_endpoint(pool, account_id, status=status)
    await store_clicks(pool, account_id, 2)
    await tell_all(pool)
    await pool.execute("UPDATE webhook_endpoint SET status = 'ENABLED' WHERE id = $1", endpoint_id)
    await store_clicks(pool, account_id, 1)
    await tell_all(pool)

    assert len(await read_queue(pool, endpoint_id)) == 1


async def test_what_lies_before_an_endpoint_or_after_its_end_is_not_its_own(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    await store_clicks(pool, account_id, 1)
    await relay_all(pool)
    newest = await pool.fetchval("SELECT max(position) FROM event_log")
    endpoint_id = await add_endpoint(pool, account_id, starts_after=newest)
    deleted_id = await add_endpoint(pool, account_id)
    await pool.execute("UPDATE webhook_endpoint SET deleted_at = now() WHERE id = $1", deleted_id)
    await store_clicks(pool, account_id, 1)
    await tell_all(pool)

    [queued] = await read_queue(pool, endpoint_id)
    assert queued.events[0]["sequence"] > newest
    assert await read_queue(pool, deleted_id) == []


async def test_a_consumer_with_a_filter_hears_that_a_click_has_left_it(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    endpoint_id = await add_endpoint(pool, account_id, verdicts=(Verdict.HUMAN,))
    [click_id] = await store_clicks(pool, account_id, 1)
    await tell_all(pool)
    learned = Learned(evidence=int(Reason.HONEYPOT))
    await relabel_clicks(pool, account_id, {click_id: learned}, Cause.BEHAVIOUR)
    await store(pool, make_event(account_id, user_agent=b"curl/8"))
    await tell_all(pool)

    told = [each.events[0] for each in await read_queue(pool, endpoint_id)]
    assert [(each["type"], each["data"]["verdict"], each.get("matchesFilter")) for each in told] == [
        ("click.recorded", "HUMAN", None),
        ("click.reclassified", "BOT", False),
    ]


@pytest.mark.parametrize("point", CRASH_POINTS)
async def test_a_pass_that_is_killed_is_made_again(
    pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    account_id = await make_account(pool)
    single = await add_endpoint(pool, account_id)
    batching = await add_endpoint(pool, account_id, batch=(2, 60_000))
    await store_clicks(pool, account_id, 3)
    await relay_all(pool)
    before = await read_position(pool)

    def kill(reached: str) -> None:
        if reached == point:
            raise KilledError

    with monkeypatch.context() as armed:
        armed.setattr(following, "maybe_crash", kill)
        with pytest.raises(KilledError):
            await follow_once(pool, None)
    assert await read_position(pool) == before
    assert await read_queue(pool, single) == []

    await follow_all(pool)
    ids = list_ids(await read_queue(pool, single))
    assert len(ids) == len(set(ids)) == 3
    assert list_ids(await read_queue(pool, batching)) == ids


async def test_of_a_log_that_is_read_again_nothing_is_queued_again(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    endpoint_id = await add_endpoint(pool, account_id)
    await store_clicks(pool, account_id, 3)
    await tell_all(pool)
    await pool.execute("UPDATE webhook_state SET position = 0")
    await follow_all(pool)

    assert len(await read_queue(pool, endpoint_id)) == 3


async def test_what_is_skipped_would_be_missed(pool: asyncpg.Pool) -> None:
    """That the tests beside this one see a loss."""
    account_id = await make_account(pool)
    endpoint_id = await add_endpoint(pool, account_id)
    await store_clicks(pool, account_id, 3)
    await relay_all(pool)
    await pool.execute("UPDATE webhook_state SET position = (SELECT max(position) FROM event_log)")
    await follow_all(pool)

    assert await read_queue(pool, endpoint_id) == []


@pytest.mark.parametrize("at_once", [1, 2, 3, 5])
async def test_a_large_event_is_told_in_parts(
    pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(following, "EVENTS_AT_ONCE", at_once)
    account_id, other = await make_account(pool), await make_account(pool, slug="other")
    endpoint_id = await add_endpoint(pool, account_id)
    ids = await store_clicks(pool, account_id, 7)
    await store_clicks(pool, other, 2)
    pairs = [each for click_id in ids[:3] for each in (click_id, uuid4())]
    async with pool.acquire() as connection:
        await append_events(connection, [(account_id, EventKind.UNIQUES_MOVED, pairs)])
    await tell_all(pool)

    queued = await read_queue(pool, endpoint_id)
    assert [each.event_types[0] for each in queued] == ["click.recorded"] * 7 + ["click.reclassified"] * 3
    assert len(set(list_ids(queued))) == 10
    rows = await pool.fetch("SELECT first_ordinal FROM webhook_delivery ORDER BY first_position, first_ordinal")
    assert [row["first_ordinal"] for row in rows] == [*range(7), 0, 2, 4]


async def test_a_part_of_an_event_is_no_part_of_the_next_one(
    pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The endpoints of the account whose event was told in part are gone when it goes on."""
    monkeypatch.setattr(following, "EVENTS_AT_ONCE", 2)
    account_id, other = await make_account(pool), await make_account(pool, slug="other")
    gone, endpoint_id = await add_endpoint(pool, account_id), await add_endpoint(pool, other)
    await store_clicks(pool, account_id, 5)
    await store_clicks(pool, other, 5)
    await relay_all(pool)
    assert await follow_once(pool, None) is True
    await pool.execute("UPDATE webhook_endpoint SET status = 'PAUSED' WHERE id = $1", gone)
    await follow_all(pool)

    assert len(await read_queue(pool, endpoint_id)) == 5


async def test_one_follows_at_a_time_and_who_comes_too_waits(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    endpoint_id = await add_endpoint(pool, account_id)
    await store_clicks(pool, account_id, 1)
    await relay_all(pool)
    async with pool.acquire() as connection, connection.transaction():
        await connection.fetchrow("SELECT FROM webhook_state FOR UPDATE")
        assert await follow_once(pool, None) is None
    await follow_all(pool)

    assert len(await read_queue(pool, endpoint_id)) == 1


async def test_several_followers_that_die_now_and_then_queue_each_event_once(
    pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(7)  # noqa: S311 -- chance, not a secret
    monkeypatch.setattr(following, "EVENTS_AT_ONCE", 4)
    account_id = await make_account(pool)
    endpoints = [await add_endpoint(pool, account_id), await add_endpoint(pool, account_id, batch=(3, 60_000))]

    def maybe_kill(_point: str) -> None:
        if chance.random() < 0.2:
            raise KilledError

    monkeypatch.setattr(following, "maybe_crash", maybe_kill)
    is_over = asyncio.Event()

    async def follow() -> None:
        while not is_over.is_set():
            with suppress(KilledError):
                await follow_once(pool, None)

    async def happen() -> None:
        for count in (1, 7, 2, 5, 1, 9, 3):
            await store_clicks(pool, account_id, count)
            await relay_all(pool)
        is_over.set()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(happen())
        for _ in range(3):
            tasks.create_task(follow())
    monkeypatch.setattr(following, "maybe_crash", lambda _point: None)
    await follow_all(pool)

    for endpoint_id in endpoints:
        ids = list_ids(await read_queue(pool, endpoint_id))
        assert len(ids) == len(set(ids)) == 28


async def test_accounts_without_endpoints_are_passed_over(pool: asyncpg.Pool) -> None:
    await store_clicks(pool, await make_account(pool), 3)
    await tell_all(pool)

    newest = await pool.fetchval("SELECT max(position) FROM event_log")
    assert await read_position(pool) == (newest, 0)
    assert await follow_once(pool, None) is False


async def test_a_log_that_was_set_back_is_followed_from_its_end(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    endpoint_id = await add_endpoint(pool, account_id, EventType.CLICK_RECORDED, starts_after=10**12)
    await pool.execute("UPDATE webhook_state SET position = $1, told = 3", 10**12)
    await tell_all(pool)
    await store_clicks(pool, account_id, 2)
    await tell_all(pool)

    assert len(await read_queue(pool, endpoint_id)) == 2
