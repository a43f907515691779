"""An event has the moment of what it stored or changed, so that a gap in the log is read by that."""

import asyncpg
import pytest

from tests.clicking import BOT, HOUR_MS, make_account, make_event, store
from tests.converting import make_report
from tracking.bots.verdicts import Reason
from tracking.clicks.relabel import Cause, Learned, relabel_clicks
from tracking.clock import now_ms
from tracking.conversions.store import store_conversions
from tracking.events.outbox import EventKind
from tracking.events.relay import relay_once

pytestmark = pytest.mark.feature("R13")

_BESIDE = """
    SELECT event.created_at AS told_at, {moment} AS noted_at FROM event_log AS event
    CROSS JOIN LATERAL unnest(event.ids) WITH ORDINALITY AS named (id, place)
    JOIN {table} AS row ON row.id = named.id
    WHERE event.kind = $1 AND (event.kind <> 2 OR named.place % 2 = 1)
"""


async def read_moments(pool: asyncpg.Pool, kind: EventKind, table: str, moment: str) -> list[tuple[object, object]]:
    """When each was told by events of this kind, and when it says that it was stored or changed."""
    async with pool.acquire() as connection:
        await relay_once(connection)
    return [tuple(row) for row in await pool.fetch(_BESIDE.format(table=table, moment=moment), kind)]


async def test_clicks_are_told_at_the_moment_that_they_were_stored_or_changed(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    late = make_event(account_id, at_ms=now_ms() - 1_000)
    [late_id] = (await store(pool, late)).stored
    early = make_event(account_id, at_ms=now_ms() - HOUR_MS, visitor_day=late.visitor_day)
    await store(pool, early, make_event(account_id, visitor=2, user_agent=BOT))
    taken_over = await read_moments(pool, EventKind.UNIQUES_MOVED, "click", "row.changed_at")
    await relabel_clicks(pool, account_id, {late_id: Learned(evidence=int(Reason.HONEYPOT))}, Cause.BEHAVIOUR)

    stored = await read_moments(pool, EventKind.CLICKS_STORED, "click", "row.recorded_at")
    judged = await read_moments(pool, EventKind.CLICKS_RECLASSIFIED, "click", "row.changed_at")

    assert [len(found) for found in (stored, taken_over, judged)] == [3, 1, 1]
    assert all(told_at == noted_at for told_at, noted_at in stored + taken_over + judged)


async def test_conversions_are_told_at_the_moment_that_they_were_stored(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    await store_conversions(pool, [make_report(account_id, txn_id="1"), make_report(account_id, txn_id="2")])

    stored = await read_moments(pool, EventKind.CONVERSIONS_RECORDED, "conversion", "row.recorded_at")

    assert len(stored) == 2
    assert all(told_at == noted_at for told_at, noted_at in stored)


async def test_a_moment_of_another_transaction_is_found(pool: asyncpg.Pool) -> None:
    """The negative control."""
    account_id = await make_account(pool)
    await store(pool, make_event(account_id))
    await pool.execute("UPDATE click SET recorded_at = clock_timestamp()")

    [(told_at, noted_at)] = await read_moments(pool, EventKind.CLICKS_STORED, "click", "row.recorded_at")

    assert told_at != noted_at
