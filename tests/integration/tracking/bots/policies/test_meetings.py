"""Where a change of a policy meets a batch on its way, and where clicks that are stored are judged by it on request."""

import asyncio
import datetime as dt
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from tortoise.context import TortoiseContext

from tests.clicking import BOT, make_account, make_event, read_totals, store
from tests.waiting import eventually
from tracking.bots.policies.queries import read_policies
from tracking.bots.policies.rules import BotMode, Lists
from tracking.bots.policies.service import update_bot_policy
from tracking.bots.verdicts import Reason, Verdict
from tracking.campaigns.models import Campaign
from tracking.clicks.event import ClickEvent, Fact
from tracking.clicks.relabel import Cause, Learned, relabel_clicks
from tracking.clock import now_ms

pytestmark = pytest.mark.feature("TR26")


async def read_click(pool: asyncpg.Pool, event: ClickEvent) -> tuple[Verdict, bool]:
    row = await pool.fetchrow("SELECT verdict, is_counted FROM click WHERE id = $1", UUID(bytes=event.click_id))
    return Verdict(row["verdict"]), row["is_counted"]


@pytest.mark.feature("R4", "R6")
async def test_a_batch_that_read_policies_before_a_change_holds_no_click_that_the_change_is_for(
    orm: TortoiseContext, pool: asyncpg.Pool
) -> None:
    """An account's first batch waits for the account's row after it has read the policies."""
    account_id = await make_account(pool)
    campaign = await Campaign.create(account_id=account_id, name="Summer")
    on_its_way = make_event(account_id, campaign_id=campaign.id, user_agent=BOT)
    async with pool.acquire() as connection:
        async with connection.transaction():
            await connection.execute("SELECT FROM account WHERE id = $1 FOR NO KEY UPDATE", account_id)
            storing = asyncio.create_task(store(pool, on_its_way))
            await eventually(lambda: pool.fetchval("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"))
            await update_bot_policy(account_id, {"mode": BotMode.OFF}, campaign_id=campaign.id)
        await storing

    policies = await read_policies(pool, [account_id], [on_its_way.link_id])
    row = await pool.fetchrow("SELECT occurred_at, is_counted FROM click")
    anew = policies.find(account_id, campaign.id, on_its_way.link_id, row["occurred_at"])
    later = policies.find(account_id, campaign.id, on_its_way.link_id, row["occurred_at"] + dt.timedelta(minutes=1))
    assert (row["is_counted"], anew.mode, later.mode) == (False, BotMode.LABEL, BotMode.OFF)


@pytest.mark.feature("R6")
@pytest.mark.parametrize(
    ("changes", "verdict", "is_counted"),
    [
        ({"deny": Lists(networks=("198.51.100.0/24",))}, Verdict.BOT, False),
        ({"deny": Lists(networks=("198.51.101.0/24",))}, Verdict.SUSPECT, True),
        ({"deny": Lists(user_agent_patterns=("Chrome/140",))}, Verdict.BOT, False),
        ({"allow": Lists(networks=("198.51.0.0/16",))}, Verdict.HUMAN, True),
        ({"weights": [(Reason.CLIENT_HINTS_MISMATCH, 100)]}, Verdict.BOT, False),
        ({"counts_public_suspects": False}, Verdict.SUSPECT, False),
    ],
)
async def test_what_is_stored_is_enough_to_judge_a_click_by_a_later_policy(
    orm: TortoiseContext, pool: asyncpg.Pool, changes: dict[str, Any], verdict: Verdict, is_counted: bool
) -> None:
    account_id = await make_account(pool)
    suspect = make_event(account_id, client_ip="198.51.100.200", facts=int(Fact.CLIENT_HINTS_MISMATCH))
    await store(pool, suspect)
    await update_bot_policy(account_id, changes)
    assert await read_click(pool, suspect) == (Verdict.SUSPECT, True)
    later = dt.datetime.fromtimestamp(now_ms() / 1_000 + 60, dt.UTC)

    await relabel_clicks(pool, account_id, {UUID(bytes=suspect.click_id): Learned(policy_at=later)}, Cause.RESCORE)

    assert await read_click(pool, suspect) == (verdict, is_counted)
    totals = await read_totals(pool, account_id)
    columns = ("human_clicks", "suspect_clicks", "bot_clicks", "counted_clicks", "unique_clicks")
    assert [totals[name] for name in columns] == [
        int(verdict is Verdict.HUMAN),
        int(verdict is Verdict.SUSPECT),
        int(verdict is Verdict.BOT),
        int(is_counted),
        int(is_counted),
    ]
