"""A click is judged by the policy of its own time, whenever it arrives; verdicts stay out of what policies count."""

import datetime as dt
import itertools
from typing import Any

import asyncpg
import pytest
from tortoise.context import TortoiseContext

from tests.clicking import BOT, make_account, make_event, read_tables, read_totals, store
from tracking.bots.policies.queries import read_policies
from tracking.bots.verdicts import Reason, Verdict
from tracking.clicks.event import ClickEvent, Fact
from tracking.clock import now_ms

CAMPAIGN, LINK = 2, 7  # what `make_event` names
SECOND_MS = 1_000
SUSPECT: dict[str, Any] = {"facts": int(Fact.CLIENT_HINTS_MISMATCH)}
BOUND: dict[str, Any] = {"link_id": 8, "contact_id": 5, "message_id": 6}

pytestmark = pytest.mark.feature("TR26")


async def set_policy(
    pool: asyncpg.Pool, account_id: int, overrides: str, *, at_ms: int, campaign: bool = False, link: bool = False
) -> None:
    """As the service would have written it two seconds before."""
    await pool.execute(
        "INSERT INTO bot_policy_version (account_id, campaign_id, link_id, overrides, effective_at, created_at)"
        " VALUES ($1, $2, $3, $4, $5, now())",
        account_id,
        CAMPAIGN if campaign else None,
        LINK if link else None,
        overrides,
        dt.datetime.fromtimestamp(at_ms / 1_000, dt.UTC),
    )


async def read_counted(pool: asyncpg.Pool, *events: ClickEvent) -> list[bool]:
    rows = await pool.fetch("SELECT id, is_counted FROM click")
    counted = {row["id"].bytes: row["is_counted"] for row in rows}
    return [counted[event.click_id] for event in events]


@pytest.mark.feature("R6")
async def test_in_whatever_order_clicks_come_each_is_judged_by_the_policy_of_its_time(
    orm: TortoiseContext, pool: asyncpg.Pool
) -> None:
    account_id = await make_account(pool)
    start = now_ms() - 60 * SECOND_MS
    events = [
        make_event(account_id, at_ms=start + place * 10 * SECOND_MS, visitor=place, user_agent=BOT)
        for place in range(4)
    ]
    tables: list[Any] = []
    for batches in itertools.permutations([(events[0], events[3]), (events[1],), (events[2],)]):
        await pool.execute("DELETE FROM bot_policy_version")
        await set_policy(pool, account_id, '{"mode": "OFF"}', at_ms=start + 10 * SECOND_MS)
        await set_policy(pool, account_id, '{"mode": "LABEL"}', at_ms=start + 30 * SECOND_MS)
        for batch in batches:
            await store(pool, *batch)

        assert await read_counted(pool, *events) == [False, True, True, False]
        tables.append(await read_tables(pool))
        await pool.execute("DELETE FROM click; DELETE FROM unique_click; DELETE FROM rollup; DELETE FROM rollup_delta")

    assert len(tables) == 6
    assert all(each == tables[0] for each in tables)


async def test_a_policy_does_not_reach_back_nor_change_what_is_stored(orm: TortoiseContext, pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    now = now_ms()
    stored = make_event(account_id, at_ms=now - 20 * SECOND_MS, **SUSPECT)
    await store(pool, stored)
    await set_policy(pool, account_id, '{"countsPublicSuspects": false}', at_ms=now - 10 * SECOND_MS)

    late = make_event(account_id, at_ms=now - 15 * SECOND_MS, **SUSPECT)
    after = make_event(account_id, at_ms=now - 10 * SECOND_MS, **SUSPECT)
    await store(pool, late, after)

    assert await read_counted(pool, stored, late, after) == [True, True, False]


async def test_the_narrower_scope_decides(orm: TortoiseContext, pool: asyncpg.Pool) -> None:
    account_id, other_id = await make_account(pool), await make_account(pool, slug="other")
    then = now_ms() - 60 * SECOND_MS
    await set_policy(pool, account_id, '{"mode": "OFF"}', at_ms=then)
    await set_policy(pool, account_id, '{"mode": "LABEL"}', at_ms=then, campaign=True)
    await set_policy(pool, account_id, '{"mode": "OFF"}', at_ms=then, link=True)
    of_link = make_event(account_id, user_agent=BOT)
    of_campaign = make_event(account_id, user_agent=BOT, link_id=70)
    of_account = make_event(account_id, user_agent=BOT, link_id=71, campaign_id=None)
    of_another = make_event(other_id, user_agent=BOT)

    await store(pool, of_link, of_campaign, of_account, of_another)

    assert await read_counted(pool, of_link, of_campaign, of_account, of_another) == [True, False, True, False]


@pytest.mark.feature("R4")
async def test_suspects_count_on_public_links_and_not_on_contacts_by_default(
    orm: TortoiseContext, pool: asyncpg.Pool
) -> None:
    account_id = await make_account(pool)
    public, bound = make_event(account_id, **SUSPECT), make_event(account_id, **SUSPECT, **BOUND)

    await store(pool, public, bound)

    assert await read_counted(pool, public, bound) == [True, False]
    totals = await read_totals(pool, account_id)
    assert (totals["suspect_clicks"], totals["counted_clicks"], totals["unique_clicks"]) == (2, 1, 1)


@pytest.mark.feature("R4")
async def test_off_counts_bots_and_leaves_them_in_their_column(orm: TortoiseContext, pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    await set_policy(pool, account_id, '{"mode": "OFF"}', at_ms=now_ms() - 60 * SECOND_MS)
    kinds: list[dict[str, Any]] = [{}, SUSPECT, {"user_agent": BOT}, {"user_agent": b"Twitterbot/1.0"}]

    await store(pool, *(make_event(account_id, visitor=place, **kind) for place, kind in enumerate(kinds)))

    totals = await read_totals(pool, account_id)
    columns = ("human_clicks", "suspect_clicks", "bot_clicks", "preview_fetches", "counted_clicks", "unique_clicks")
    assert [totals[name] for name in columns] == [1, 1, 1, 1, 3, 3]


async def test_lists_decide_by_network_and_user_agent(orm: TortoiseContext, pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    lists = '{"deny": {"networks": ["198.51.100.0/24"]}, "allow": {"userAgentPatterns": ["Googlebot"]}}'
    await set_policy(pool, account_id, lists, at_ms=now_ms() - 60 * SECOND_MS)
    denied = make_event(account_id, client_ip="198.51.100.200")
    beside = make_event(account_id, client_ip="198.51.101.200")
    allowed = make_event(account_id, client_ip="198.51.100.200", user_agent=BOT)

    await store(pool, denied, beside, allowed)

    rows = {row["id"].bytes: row for row in await pool.fetch("SELECT id, verdict, reasons FROM click")}
    found = [rows[each.click_id] for each in (denied, beside, allowed)]
    assert [row["verdict"] for row in found] == [Verdict.BOT, Verdict.HUMAN, Verdict.HUMAN]
    assert found[0]["reasons"] == Reason.DENIED_BY_POLICY
    assert found[2]["reasons"] & (Reason.ALLOWED_BY_POLICY | Reason.DENIED_BY_POLICY) == Reason.ALLOWED_BY_POLICY


@pytest.mark.feature("R12")
async def test_only_versions_that_can_matter_are_read(orm: TortoiseContext, pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    start = now_ms() - 100 * SECOND_MS
    for place in range(50):
        scope = {"campaign": place % 3 == 1, "link": place % 3 == 2}
        await set_policy(pool, account_id, f'{{"burstS": {place + 1}}}', at_ms=start + place * SECOND_MS, **scope)
    since = dt.datetime.fromtimestamp(start / 1_000 + 40, dt.UTC)

    everything = await read_policies(pool, [account_id], [LINK])
    lately = await read_policies(pool, [account_id], [LINK], since=since)
    of_others = await read_policies(pool, [account_id], [LINK + 1], since=since)

    times = [since + dt.timedelta(seconds=second) for second in range(12)]
    wanted = [everything.find(account_id, CAMPAIGN, LINK, at) for at in times]
    assert [lately.find(account_id, CAMPAIGN, LINK, at) for at in times] == wanted
    assert len({policy.burst_s for policy in wanted}) > 3
    assert (_count(everything), _count(lately)) == (50, 12)
    assert of_others.find(account_id, CAMPAIGN, LINK, times[-1]) != wanted[-1]


def _count(policies: Any) -> int:
    return sum(len(versions) for versions in policies._by_scope.values())
