"""Clicks that are judged anew move their columns, counts and uniques, in one transaction and once (rules 4 and 6)."""

import datetime as dt
import itertools
from uuid import UUID

import asyncpg
import pytest

from tests.clicking import BOT, HOUR_MS, HUMAN, make_account, make_event, read_tables, read_totals, store
from tracking.bots.hosting.queries import Versions, number_versions, read_packaged_versions
from tracking.bots.verdicts import Reason, Verdict
from tracking.clicks.event import ClickEvent, Fact, VisitorMethod
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


def make_all_kinds(account_id: int) -> list[ClickEvent]:
    kinds = itertools.product(
        (HUMAN, BOT, b"", b"Slackbot-LinkExpanding 1.0", b"\xff\x00 not text"),
        (Fact(0), Fact.HEAD, Fact.PREFETCH, Fact.TEST, Fact.USER_AGENT_MISSING, Fact.CONFIRMATION_ASKED),
        (VisitorMethod.HASH, VisitorMethod.COOKIE),
        (None, 4),
        ("203.0.113.7", "2001:db8:1:2::3", "::ffff:198.51.100.9", "nowhere"),
    )
    return [
        make_event(
            account_id,
            user_agent=user_agent,
            facts=facts,
            visitor_method=method,
            contact_id=contact_id,
            message_id=contact_id,
            client_ip=client_ip,
        )
        for user_agent, facts, method, contact_id, client_ip in kinds
    ]


DENYING = """
    {"deny": {"networks": ["203.0.113.0/24", "2001:db8:1::/48"], "user_agent_patterns": ["Slackbot"]},
    "allow": {"networks": ["198.51.100.0/24"]}, "weights": {"RETURNING_COOKIE": -60}}
"""


@pytest.mark.parametrize("overrides", [None, '{"mode": "OFF"}', '{"counts_public_suspects": false}', DENYING])
async def test_what_is_stored_is_judged_as_it_was_when_it_came_in(pool: asyncpg.Pool, overrides: str | None) -> None:
    """A verdict follows from what is stored: nothing that it was judged by is missing or reads otherwise."""
    account_id = await make_account(pool)
    if overrides is not None:
        await set_policy(pool, account_id, overrides)
    events = make_all_kinds(account_id)
    await store(pool, *events)

    assert await relabel(pool, account_id, *events, learned=Learned()) == []

    assert await pool.fetchval("SELECT count(*) FROM click") == len(events) == 480
    assert len(await pool.fetch("SELECT DISTINCT verdict, traffic_class, is_counted FROM click")) > 5


async def set_policy(pool: asyncpg.Pool, account_id: int, overrides: str) -> None:
    await pool.execute(
        "INSERT INTO bot_policy_version (account_id, overrides, effective_at, created_at)"
        " VALUES ($1, $2, '2026-01-01Z', now())",
        account_id,
        overrides,
    )


async def test_the_policy_of_a_named_moment_holds_in_place_of_that_of_the_clicks_own(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    click = make_event(account_id, at_ms=int(dt.datetime(2025, 12, 31, tzinfo=dt.UTC).timestamp() * 1000))
    await store(pool, click, backfill=True)
    await set_policy(pool, account_id, '{"deny": {"networks": ["203.0.113.0/24"]}}')

    assert await relabel(pool, account_id, click, learned=Learned()) == []
    moment = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
    assert await relabel(pool, account_id, click, learned=Learned(policy_at=moment)) == [read_id(click)]

    row = await pool.fetchrow("SELECT verdict, policy_at, is_counted FROM click")
    assert tuple(row) == (Verdict.BOT, moment, False)
    assert (await audit(pool)).differences == []


async def test_a_click_that_is_judged_anew_names_the_lists_that_did_so(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    click, other = make_event(account_id), make_event(account_id)
    await store(pool, click, other)
    old = Versions("0.1", "202001", "aws.json 77aa", "countries.mmdb 88bb")
    numbers = await number_versions(pool, {old})
    await pool.execute("UPDATE click SET lists_id = $1", numbers[old])

    await relabel(pool, account_id, click)

    named = await pool.fetch(
        "SELECT click.id, crawlers, user_agents, hosting, countries FROM click"
        " JOIN detection_lists ON detection_lists.id = lists_id"
    )
    anew = Versions(*read_packaged_versions(), "aws.json 77aa", "countries.mmdb 88bb")
    assert {tuple(row) for row in named} == {(read_id(click), *anew), (read_id(other), *old)}
