import asyncio
from typing import NamedTuple

import asyncpg
import pytest
from tortoise.context import TortoiseContext
from tortoise.transactions import in_transaction

from tests.brand import join, make_brand, make_campaign, make_creator, make_deliverable
from tracking.accounts.models import Account
from tracking.campaigns.models import CampaignCreator, Stage, TrackingDeliverable
from tracking.campaigns.service import set_stage
from tracking.creators.models import NoticeKind
from tracking.links.generation import (
    CreatorLink,
    MissingLink,
    find_or_make_creator_links,
    generate_missing_links,
)
from tracking.links.models import Link
from tracking.links.service import archive_link


class Scene(NamedTuple):
    account: Account
    member: CampaignCreator
    deliverable: TrackingDeliverable


@pytest.fixture
async def scene(orm: TortoiseContext) -> Scene:
    """A creator past APPLIED whose only link is archived."""
    account = await make_brand()
    campaign, creator = await make_campaign(account), await make_creator(account, "anna")
    deliverable = await make_deliverable(account, campaign, slug_template="{creator}")
    [member] = await join(account, campaign, [creator], Stage.ACCEPTED)
    await archive_link(account.id, (await Link.get()).id)
    return Scene(account, member, deliverable)


async def render(scene: Scene, creator_id: int | None = None) -> CreatorLink | MissingLink:
    """What a message gets for the creator's tag."""
    pair = (scene.deliverable.id, creator_id or scene.member.creator_id)
    async with in_transaction() as connection:
        found = await find_or_make_creator_links(connection, scene.account.id, pair[:1], pair[1:])
    return found[pair]


@pytest.mark.feature("LS3", "LS5")
async def test_being_moved_back_and_promoted_replaces_an_archived_link(scene: Scene, pool: asyncpg.Pool) -> None:
    for stage in (Stage.APPLIED, Stage.ACCEPTED):
        await set_stage(scene.account.id, scene.member.id, stage)

    old, new = await Link.all().order_by("id")
    assert (old.archived_at is None, new.archived_at is None) == (False, True)
    assert (old.slug, new.slug, old.replaced_by_id) == ("anna", "anna-2", new.id)
    notices = await pool.fetch("SELECT kind, link_id, replacement_id FROM creator_notice ORDER BY id")
    assert [tuple(row) for row in notices] == [
        (NoticeKind.LINK_ARCHIVED, old.id, None),
        (NoticeKind.LINK_REPLACED, old.id, new.id),
    ]


@pytest.mark.feature("LS7")
async def test_whoever_was_not_moved_back_gets_no_new_link(scene: Scene) -> None:
    for stage in (Stage.ACCEPTED, Stage.ACTIVE, Stage.COMPLETED):
        await set_stage(scene.account.id, scene.member.id, stage)

    assert await Link.all().count() == 1


@pytest.mark.feature("LS7")
async def test_repairing_makes_no_archived_link_again(scene: Scene) -> None:
    assert await generate_missing_links() == 0
    assert await Link.all().count() == 1


@pytest.mark.feature("LS3", "LS7")
async def test_rendering_reports_an_archived_link_and_makes_none(scene: Scene) -> None:
    assert await render(scene) is MissingLink.ARCHIVED
    assert await Link.all().count() == 1


@pytest.mark.feature("LS3", "LS9")
async def test_rendering_makes_a_link_that_never_was_and_finds_it_the_next_time(scene: Scene) -> None:
    creator = await make_creator(scene.account, "ada")
    [member] = await join(scene.account, await scene.member.campaign, [creator])
    assert await render(scene, creator.id) is MissingLink.NOT_PROMOTED
    await CampaignCreator.filter(id=member.id).update(stage=Stage.ACCEPTED)

    first, second = [await render(scene, creator.id) for _ in range(2)]

    link = await Link.get(creator_id=creator.id)
    assert first == second == CreatorLink(link.id, "acme.localhost", "ada", has_tls=False)


@pytest.mark.feature("LS2", "LS3", "LO1")
async def test_forty_creators_promoted_at_once_twice_have_one_link_each(orm: TortoiseContext) -> None:
    account = await make_brand()
    campaign = await make_campaign(account)
    for template in ("{creator}", None):
        await make_deliverable(account, campaign, slug_template=template)
    members = await join(account, campaign, [await make_creator(account, f"anna{'.' * place}") for place in range(40)])

    promotions = [set_stage(account.id, member.id, Stage.ACCEPTED) for member in [*members, *members[::-1]]]
    await asyncio.gather(*promotions, generate_missing_links())

    links = await Link.all()
    pairs = {(link.deliverable_id, link.creator_id) for link in links}
    assert (len(links), len(pairs), len({link.slug for link in links})) == (80, 80, 80)


@pytest.mark.feature("LS3")
async def test_parallel_promotions_again_replace_an_archived_link_once(scene: Scene) -> None:
    await set_stage(scene.account.id, scene.member.id, Stage.DECLINED)

    await asyncio.gather(*(set_stage(scene.account.id, scene.member.id, Stage.ACTIVE) for _ in range(10)))

    assert await Link.filter(archived_at__isnull=True).count() == 1
    assert await Link.all().count() == 2


@pytest.mark.feature("CU10")
async def test_creators_of_one_name_never_run_out_of_slugs(orm: TortoiseContext) -> None:
    account = await make_brand()
    campaign = await make_campaign(account)
    await make_deliverable(account, campaign, slug_template="{creator}")
    creators = [await make_creator(account, f"anna{'.' * place}") for place in range(30)]

    await join(account, campaign, creators, Stage.ACCEPTED)

    slugs = [link.slug for link in await Link.all().order_by("creator_id")]
    assert sorted(slugs[:3]) == ["anna", "anna-2", "anna-3"]
    assert len(set(slugs)) == 30
    assert all(slug.startswith("anna") for slug in slugs)
