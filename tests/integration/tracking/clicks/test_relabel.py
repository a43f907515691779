"""Clicks that are judged anew move their columns, counts and uniques, in one transaction and once (rules 4 and 6)."""

import datetime as dt
from uuid import UUID

import asyncpg
import pytest

from tests.clicking import HOUR_MS, make_account, make_event, read_tables, read_totals, store
from tracking.bots.verdicts import Reason, Verdict
from tracking.clicks.event import ClickEvent, VisitorMethod
from tracking.clicks.relabel import Cause, Learned, relabel_clicks
from tracking.events.outbox import EventKind
from tracking.reports.audit import audit

pytestmark = pytest.mark.feature("R4", "R6", "TR6", "TR7")

NOON_MS = int(dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC).timestamp() * 1000)
A_BOT = Learned(evidence=int(Reason.HONEYPOT))
A_PERSON = Learned(evidence=int(Reason.CONVERSION))


def read_id(event: ClickEvent) -> UUID:
    return UUID(bytes=event.click_id)


async def relabel(pool: asyncpg.Pool, account_id: int, *clicks: ClickEvent, learned: Learned = A_BOT) -> list[UUID]:
    return await relabel_clicks(pool, account_id, {read_id(click): learned for click in clicks}, Cause.BEHAVIOUR)


async def read_holders(pool: asyncpg.Pool) -> list[UUID]:
    return [row["click_id"] for row in await pool.fetch("SELECT click_id FROM unique_click ORDER BY click_id")]


async def test_a_click_that_turns_out_a_programs_leaves_every_count_but_its_own(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    click = make_event(account_id)
    await store(pool, click)

    changed = await relabel(pool, account_id, click)

    totals = await read_totals(pool, account_id)
    assert changed == [read_id(click)]
    assert {name: count for name, count in totals.items() if count} == {"bot_clicks": 1}
    assert await read_holders(pool) == []
    assert (await audit(pool)).differences == []


async def test_the_next_click_of_the_visitor_holds_the_unique(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    first, second, third = (
        make_event(account_id, at_ms=NOON_MS + hour * HOUR_MS, visitor_method=method)
        for hour, method in enumerate((VisitorMethod.HASH, VisitorMethod.COOKIE, VisitorMethod.COOKIE))
    )
    await store(pool, third, first, second, backfill=True)
    before = await read_totals(pool, account_id)

    await relabel(pool, account_id, first)

    after = await read_totals(pool, account_id)
    assert (before["unique_by_hash"], before["unique_by_cookie"]) == (1, 0)
    assert (after["unique_by_hash"], after["unique_by_cookie"], after["unique_clicks"]) == (0, 1, 1)
    assert await read_holders(pool) == [read_id(second)]
    told = await pool.fetchval("SELECT ids FROM event_outbox WHERE kind = $1", EventKind.CLICKS_RECLASSIFIED)
    assert told == [read_id(first), read_id(second)]
    assert (await audit(pool)).differences == []


async def test_what_is_learned_twice_changes_nothing_the_second_time(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    click = make_event(account_id)
    await store(pool, click)
    await relabel(pool, account_id, click)
    tables = await read_tables(pool)

    assert await relabel(pool, account_id, click) == []

    assert await read_tables(pool) == tables
    assert await pool.fetchval("SELECT count(*) FROM reclassification_log") == 1
    assert await pool.fetchval("SELECT count(*) FROM event_outbox WHERE kind = 5") == 1


async def test_a_click_that_counts_after_all_takes_the_unique_from_a_later_one(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    first, second = (make_event(account_id, at_ms=NOON_MS + hour * HOUR_MS) for hour in (0, 1))
    await store(pool, first, second, backfill=True)
    tables = await read_tables(pool)
    await pool.execute(
        "INSERT INTO click_label (click_id, correction_id, account_id, verdict) VALUES ($1, 1, $2, $3)",
        read_id(first),
        account_id,
        Verdict.BOT,
    )
    assert await relabel(pool, account_id, first, learned=Learned(labels_changed=True)) == [read_id(first)]
    assert await read_holders(pool) == [read_id(second)]

    await pool.execute("DELETE FROM click_label")
    assert await relabel(pool, account_id, first, learned=Learned(labels_changed=True)) == [read_id(first)]

    assert await read_holders(pool) == [read_id(first)]
    assert await read_tables(pool) == tables
    assert (await audit(pool)).differences == []


async def test_clicks_that_are_not_stored_or_of_others_are_left_out(pool: asyncpg.Pool) -> None:
    account_id, other_id = await make_account(pool), await make_account(pool, slug="other")
    click = make_event(account_id)
    await store(pool, click)
    tables = await read_tables(pool)

    assert await relabel(pool, other_id, click) == []
    assert await relabel(pool, account_id, make_event(account_id)) == []
    assert await relabel(pool, account_id) == []

    assert await read_tables(pool) == tables


async def test_a_contacts_unique_goes_to_the_next_click_on_any_link_of_the_message(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    first, second = (
        make_event(
            account_id,
            contact_id=4,
            message_id=9,
            link_id=20 + slot,
            slot=slot,
            at_ms=NOON_MS - (1 - slot) * 60 * 24 * HOUR_MS,
            visitor_method=VisitorMethod.CONTACT,
        )
        for slot in (0, 1)
    )
    await store(pool, first, second, backfill=True)

    await relabel(pool, account_id, first)

    totals = await read_totals(pool, account_id)
    assert await read_holders(pool) == [read_id(second)]
    assert (totals["unique_by_contact"], totals["unique_clicks"], totals["bot_clicks"]) == (1, 1, 1)
    assert (await audit(pool)).differences == []
