import asyncio

import asyncpg
import pytest
from tortoise.context import TortoiseContext

from tests.brand import join, make_brand, make_campaign, make_creator, make_deliverable
from tests.waiting import eventually
from tracking.accounts.models import Account
from tracking.campaigns.models import Stage
from tracking.campaigns.service import add_creators, set_stage
from tracking.changes.rules import ChangeKind
from tracking.errors import NotFoundError
from tracking.links.generation import generate_deliverable_links
from tracking.links.models import Link, LinkKind


@pytest.mark.feature("LS1", "LS2", "LO1")
async def test_past_applied_a_creator_has_a_link_for_each_deliverable(orm: TortoiseContext) -> None:
    account = await make_brand()
    campaign, creator = await make_campaign(account), await make_creator(account)
    deliverables = [await make_deliverable(account, campaign) for _ in range(2)]
    [member] = await join(account, campaign, [creator])
    assert await Link.all().count() == 0

    await set_stage(account.id, member.id, Stage.ACCEPTED)

    links = await Link.all().order_by("deliverable_id")
    assert [link.deliverable_id for link in links] == [deliverable.id for deliverable in deliverables]
    assert {(link.kind, link.creator_id, link.campaign_id) for link in links} == {
        (LinkKind.CAMPAIGN, creator.id, campaign.id)
    }


@pytest.mark.parametrize("stage", [Stage.APPLIED, Stage.DECLINED])
async def test_who_is_not_accepted_has_no_link(orm: TortoiseContext, stage: Stage) -> None:
    account = await make_brand()
    campaign, creator = await make_campaign(account), await make_creator(account)
    await make_deliverable(account, campaign)

    await join(account, campaign, [creator], stage)

    assert await Link.all().count() == 0


@pytest.mark.feature("LS3")
async def test_promotion_again_adds_what_is_missing_and_nothing_else(orm: TortoiseContext) -> None:
    account = await make_brand()
    campaign, creator = await make_campaign(account), await make_creator(account)
    await make_deliverable(account, campaign)
    [member] = await join(account, campaign, [creator], Stage.ACCEPTED)
    before = await Link.all().values_list("id", "slug")
    late = await make_deliverable(account, campaign)

    for stage in (Stage.APPLIED, Stage.ACCEPTED, Stage.ACTIVE):
        await set_stage(account.id, member.id, stage)

    after = await Link.all().order_by("id")
    assert [(link.id, link.slug) for link in after][:1] == list(before)
    assert [link.deliverable_id for link in after][1:] == [late.id]


@pytest.mark.feature("CU10")
async def test_readable_slugs_are_numbered_where_they_collide(orm: TortoiseContext) -> None:
    account = await make_brand()
    creator = await make_creator(account, "Anna")
    for name in ("Summer", "Summer!"):
        campaign = await make_campaign(account, name)
        await make_deliverable(account, campaign, slug_template="{campaign}-{creator}")
        await join(account, campaign, [creator], Stage.ACCEPTED)

    assert sorted([link.slug for link in await Link.all()]) == ["summer-anna", "summer-anna-2"]


async def test_a_new_deliverable_gives_links_to_those_past_applied(orm: TortoiseContext) -> None:
    account = await make_brand()
    campaign = await make_campaign(account)
    creators = [await make_creator(account) for _ in range(5)]
    await join(account, campaign, creators[:3], Stage.ACTIVE)
    await join(account, campaign, creators[3:], Stage.APPLIED)
    deliverable = await make_deliverable(account, campaign)

    made = await generate_deliverable_links(deliverable.id, batch=2)

    assert made == 3
    assert {link.creator_id for link in await Link.all()} == {creator.id for creator in creators[:3]}
    assert await generate_deliverable_links(deliverable.id) == 0


async def test_adding_creators_again_changes_no_stage(orm: TortoiseContext) -> None:
    account = await make_brand()
    campaign, creator = await make_campaign(account), await make_creator(account)
    await join(account, campaign, [creator], Stage.ACTIVE)

    [again] = await join(account, campaign, [creator], Stage.APPLIED)

    assert again.stage is Stage.ACTIVE


@pytest.mark.feature("R8")
async def test_every_new_link_is_told_to_redirectors_in_its_transaction(
    orm: TortoiseContext, pool: asyncpg.Pool
) -> None:
    account = await make_brand()
    campaign, creator = await make_campaign(account), await make_creator(account, "anna")
    await make_deliverable(account, campaign, slug_template="{creator}")

    await join(account, campaign, [creator], Stage.ACCEPTED)

    row = await pool.fetchrow("SELECT kind, ref_id, address FROM change_log")
    assert tuple(row) == (ChangeKind.LINK, (await Link.get()).id, "acme.localhost/anna")


@pytest.mark.feature("R11")
async def test_the_creators_of_another_account_are_unknown(orm: TortoiseContext) -> None:
    mine, theirs = await make_brand("mine"), await make_brand("theirs")
    campaign, stranger = await make_campaign(mine), await make_creator(theirs)

    [added] = await add_creators(mine.id, campaign.id, [stranger.id])
    [unknown] = await add_creators(mine.id, campaign.id, [10**15])

    assert str(added.error) == str(unknown.error) == "no such creator"
    assert await _is_refused(theirs, campaign.id, stranger.id)


async def _is_refused(account: Account, campaign_id: int, creator_id: int) -> bool:
    try:
        await add_creators(account.id, campaign_id, [creator_id])
    except NotFoundError:
        return True
    return False


async def test_a_deliverable_waits_for_those_who_are_being_accepted(orm: TortoiseContext, pool: asyncpg.Pool) -> None:
    """So that each sees the other: the one who commits first is seen by the one who goes on."""
    account = await make_brand()
    campaign = await make_campaign(account)

    async def is_waiting() -> bool:
        return bool(await pool.fetchval("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"))

    async with pool.acquire() as connection:
        async with connection.transaction():
            await connection.execute("SELECT FROM campaign WHERE id = $1 FOR SHARE", campaign.id)
            creating = asyncio.create_task(make_deliverable(account, campaign))
            await eventually(is_waiting)
        assert (await creating).campaign_id == campaign.id
