"""Policies are versions: each holds from a moment on, is told in history, and is one of an order."""

import asyncio
import json
from typing import Any

import asyncpg
import pytest
from tortoise.context import TortoiseContext

from tests.brand import make_brand, make_campaign, make_creator, make_link
from tracking.accounts.models import Account
from tracking.bots.policies.models import BotPolicyVersion
from tracking.bots.policies.rules import BotMode, Lists
from tracking.bots.policies.service import LEAD, update_bot_policy
from tracking.bots.verdicts import Reason
from tracking.campaigns.models import Campaign
from tracking.changes.rules import ChangeKind
from tracking.errors import ArchivedError, InvalidInputError, NotFoundError
from tracking.history.actors import Actor, acting_as
from tracking.history.models import ActorKind, HistoryEntry
from tracking.links.models import Link
from tracking.links.service import archive_link

pytestmark = pytest.mark.feature("TR26")


async def read_versions() -> list[tuple[int | None, int | None, dict[str, Any]]]:
    rows = await BotPolicyVersion.all().order_by("effective_at")
    return [(row.campaign_id, row.link_id, json.loads(row.overrides)) for row in rows]


async def read_changes(pool: asyncpg.Pool) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await pool.fetch("SELECT kind, ref_id, address FROM change_log ORDER BY seq")]


async def test_a_version_holds_from_a_moment_that_lies_ahead(orm: TortoiseContext, pool: asyncpg.Pool) -> None:
    account = await make_brand()
    before = await pool.fetchval("SELECT clock_timestamp()")

    await update_bot_policy(account.id, {"mode": BotMode.OFF, "weights": [(Reason.ODD_ACCEPT, 0)]})

    [version] = await BotPolicyVersion.all()
    assert version.effective_at - before >= LEAD
    assert json.loads(version.overrides) == {"mode": "OFF", "weights": {"ODD_ACCEPT": 0}}


async def test_each_scope_has_versions_of_its_own_and_shows_its_mode(orm: TortoiseContext, pool: asyncpg.Pool) -> None:
    account = await make_brand()
    campaign = await make_campaign(account)
    link = await make_link(account, await make_creator(account))
    await pool.execute("DELETE FROM change_log")

    await update_bot_policy(account.id, {"mode": BotMode.OFF})
    await update_bot_policy(account.id, {"mode": BotMode.LABEL}, campaign_id=campaign.id)
    await update_bot_policy(account.id, {"mode": BotMode.CONFIRM, "burst_s": 2.0}, link_id=link.id)

    assert await read_versions() == [
        (None, None, {"mode": "OFF"}),
        (campaign.id, None, {"mode": "LABEL"}),
        (None, link.id, {"mode": "CONFIRM", "burstS": 2.0}),
    ]
    modes = [
        (await Account.get(id=account.id)).bot_mode,
        (await Campaign.get(id=campaign.id)).bot_mode,
        (await Link.get(id=link.id)).bot_mode,
    ]
    assert modes == [BotMode.OFF, BotMode.LABEL, BotMode.CONFIRM]
    assert await read_changes(pool) == [
        (ChangeKind.ACCOUNT, account.id, None),
        (ChangeKind.CAMPAIGN, campaign.id, None),
        (ChangeKind.LINK, link.id, f"acme.localhost/{link.slug}"),
    ]


async def test_what_is_left_to_the_wider_scope_is_not_set_any_more(orm: TortoiseContext) -> None:
    account = await make_brand()
    campaign = await make_campaign(account)
    for campaign_id in (None, campaign.id):
        await update_bot_policy(account.id, {"mode": BotMode.OFF, "burst_s": 2.0}, campaign_id=campaign_id)

        await update_bot_policy(account.id, {"mode": None}, campaign_id=campaign_id)

    assert [overrides for _, _, overrides in await read_versions()] == [
        {"mode": "OFF", "burstS": 2.0},
        {"burstS": 2.0},
    ] * 2
    assert (await Account.get(id=account.id)).bot_mode is BotMode.LABEL
    assert (await Campaign.get(id=campaign.id)).bot_mode is None


async def test_what_changes_nothing_writes_nothing(orm: TortoiseContext, pool: asyncpg.Pool) -> None:
    account = await make_brand()
    await update_bot_policy(account.id, {"mode": BotMode.OFF, "burst_s": 2.0})
    await pool.execute("DELETE FROM change_log")

    await update_bot_policy(account.id, {"burst_s": 2.0})
    await update_bot_policy(account.id, {})

    assert len(await read_versions()) == 1
    assert len(await HistoryEntry.filter(action="BOT_POLICY_UPDATED")) == 1
    assert await read_changes(pool) == []


async def test_history_says_who_changed_what_from_when_on(orm: TortoiseContext) -> None:
    account = await make_brand()
    await update_bot_policy(account.id, {"burst_s": 2.0, "deny": Lists(countries=("NL",))})

    with acting_as(Actor(ActorKind.API_KEY, 77)):
        await update_bot_policy(account.id, {"mode": BotMode.OFF, "deny": Lists(user_agent_patterns=("Foo",))})

    entry = await HistoryEntry.filter(action="BOT_POLICY_UPDATED").order_by("-id").first()
    newest = await BotPolicyVersion.all().order_by("-id").first()
    assert entry is not None
    assert newest is not None
    assert (entry.actor_kind, entry.actor_id) == (ActorKind.API_KEY, 77)
    assert (entry.subject_type, entry.subject_id) == ("Account", account.id)
    assert entry.before == {"botPolicy.mode": None, "botPolicy.deny": {"countries": ["NL"]}}
    assert entry.after == {
        "botPolicy.mode": "OFF",
        "botPolicy.deny": {"userAgentPatterns": ["Foo"]},
        "botPolicy.effectiveAt": newest.effective_at.isoformat(),
    }


async def test_what_is_wrong_is_refused_as_a_whole(orm: TortoiseContext, pool: asyncpg.Pool) -> None:
    account = await make_brand()

    with pytest.raises(InvalidInputError) as refused:
        await update_bot_policy(account.id, {"mode": BotMode.OFF, "deny": Lists(networks=("203.0.113.7",))})

    assert refused.value.path == ("deny", "networks", "0")
    assert await read_versions() == []
    assert (await Account.get(id=account.id)).bot_mode is BotMode.LABEL
    assert await read_changes(pool) == []


async def test_a_link_or_campaign_of_nobody_of_another_or_archived_is_refused(orm: TortoiseContext) -> None:
    account, stranger = await make_brand(), await make_brand("other")
    foreign_campaign = await make_campaign(stranger)
    foreign = await make_link(stranger, await make_creator(stranger))
    link = await make_link(account, await make_creator(account))
    await archive_link(account.id, link.id)

    for error, path, target in [
        (NotFoundError, ("campaignId",), {"campaign_id": foreign_campaign.id}),
        (NotFoundError, ("campaignId",), {"campaign_id": 0}),
        (NotFoundError, ("linkId",), {"link_id": foreign.id}),
        (NotFoundError, ("linkId",), {"link_id": 0}),
        (ArchivedError, ("linkId",), {"link_id": link.id}),
        (InvalidInputError, ("linkId",), {"link_id": link.id, "campaign_id": foreign_campaign.id}),
    ]:
        with pytest.raises(error) as refused:
            await update_bot_policy(account.id, {"mode": BotMode.OFF}, **target)
        assert refused.value.path == path

    assert await read_versions() == []


@pytest.mark.feature("R6")
async def test_updates_at_once_take_turns_and_none_is_lost(orm: TortoiseContext) -> None:
    account = await make_brand()
    changes: list[dict[str, Any]] = [
        {"mode": BotMode.OFF},
        {"burst_s": 2.0},
        {"soon_after_delivery_s": 7.0},
        {"counts_public_suspects": False},
    ]

    await asyncio.gather(*(update_bot_policy(account.id, each) for each in changes))

    versions = [overrides for _, _, overrides in await read_versions()]
    assert [len(overrides) for overrides in versions] == [1, 2, 3, 4]
    assert versions[-1] == {"mode": "OFF", "burstS": 2.0, "soonAfterDeliveryS": 7.0, "countsPublicSuspects": False}


@pytest.mark.feature("R4")
async def test_an_update_that_is_held_up_past_its_time_is_made_anew_with_a_later_one(
    orm: TortoiseContext, pool: asyncpg.Pool
) -> None:
    account = await make_brand()
    async with pool.acquire() as connection:
        async with connection.transaction():
            await connection.execute("LOCK TABLE history_entry IN SHARE MODE")
            update = asyncio.create_task(update_bot_policy(account.id, {"mode": BotMode.OFF}))
            await connection.execute("SELECT pg_sleep_until(clock_timestamp() + interval '1.5 s')")
            released_at = await connection.fetchval("SELECT clock_timestamp()")
        await update

    [version] = await BotPolicyVersion.all()
    assert version.effective_at >= released_at + LEAD
