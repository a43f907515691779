import asyncio
import json
from typing import NamedTuple

import asyncpg
import pytest
from tortoise.context import TortoiseContext

from tests.brand import join, make_brand, make_campaign, make_creator, make_deliverable
from tracking.accounts.models import Account
from tracking.campaigns.deliverables import archive_deliverable, update_deliverable
from tracking.campaigns.models import Campaign, CampaignCreator, Stage, TrackingDeliverable
from tracking.campaigns.service import set_stage
from tracking.changes.rules import ChangeKind
from tracking.errors import ArchivedError, InvalidInputError, NotFoundError
from tracking.links.generation import generate_deliverable_links, generate_missing_links
from tracking.links.models import Link
from tracking.links.service import archive_link

ELSEWHERE = "https://brand.example/elsewhere"


class Scene(NamedTuple):
    """A deliverable with links of three creators."""

    account: Account
    campaign: Campaign
    deliverable: TrackingDeliverable
    members: list[CampaignCreator]


@pytest.fixture
async def scene(orm: TortoiseContext) -> Scene:
    account = await make_brand()
    campaign = await make_campaign(account)
    deliverable = await make_deliverable(account, campaign)
    creators = [await make_creator(account) for _ in range(3)]
    return Scene(account, campaign, deliverable, await join(account, campaign, creators, Stage.ACCEPTED))


async def read_last_changes(pool: asyncpg.Pool) -> list[tuple[str, dict[str, str], dict[str, str]]]:
    """Of links, by history: the action, before and after."""
    rows = await pool.fetch(
        "SELECT action, before, after FROM history_entry WHERE subject_type = 'Link'"
        " AND action <> 'CREATED' ORDER BY id"
    )
    return [(row["action"], *(json.loads(row[side] or "{}") for side in ("before", "after"))) for row in rows]


class TestEditing:
    @pytest.mark.feature("LS6", "LO2")
    async def test_links_follow_except_one_led_elsewhere_by_hand_and_one_labelled_by_hand(self, scene: Scene) -> None:
        ids = await Link.all().order_by("id").values_list("id", flat=True)
        await Link.filter(id=ids[0]).update(destination_url="https://own.example/", is_destination_overridden=True)
        await Link.filter(id=ids[1]).update(label="Mine")

        await update_deliverable(
            scene.account.id, scene.deliverable.id, {"name": "Outlet", "destination_url": ELSEWHERE}
        )

        assert [(link.destination_url, link.label) for link in await Link.all().order_by("id")] == [
            ("https://own.example/", "Shop"),
            (ELSEWHERE, "Mine"),
            (ELSEWHERE, "Outlet"),
        ]

    @pytest.mark.feature("R8")
    async def test_redirectors_drop_all_its_links_and_history_names_what_changed(
        self, scene: Scene, pool: asyncpg.Pool
    ) -> None:
        await update_deliverable(scene.account.id, scene.deliverable.id, {"destination_url": ELSEWHERE})

        told = await pool.fetchrow("SELECT kind, ref_id, address FROM change_log ORDER BY seq DESC LIMIT 1")
        assert tuple(told) == (ChangeKind.DELIVERABLE, scene.deliverable.id, None)
        before, after = {"destinationUrl": "https://brand.example/summer"}, {"destinationUrl": ELSEWHERE}
        assert await read_last_changes(pool) == [("UPDATED", before, after)] * 3

    async def test_what_was_found_out_about_the_old_destination_is_forgotten(self, scene: Scene) -> None:
        await Link.all().update(is_destination_broken=True, destination_finding="404")
        await update_deliverable(scene.account.id, scene.deliverable.id, {"name": "Outlet"})
        assert {link.is_destination_broken for link in await Link.all()} == {True}

        await update_deliverable(scene.account.id, scene.deliverable.id, {"destination_url": ELSEWHERE})

        assert {(link.is_destination_broken, link.destination_finding) for link in await Link.all()} == {(None, None)}

    @pytest.mark.feature("CU10")
    async def test_another_slug_template_is_for_new_links_only(self, scene: Scene) -> None:
        before = set(await Link.all().values_list("slug", flat=True))
        await update_deliverable(scene.account.id, scene.deliverable.id, {"slug_template": "{creator}"})

        await join(scene.account, scene.campaign, [await make_creator(scene.account, "anna")], Stage.ACCEPTED)

        assert set(await Link.all().values_list("slug", flat=True)) == {*before, "anna"}

    async def test_the_same_again_leaves_no_trace(self, scene: Scene, pool: asyncpg.Pool) -> None:
        row = scene.deliverable
        same = {"name": row.name, "destination_url": row.destination_url, "slug_template": row.slug_template}

        await update_deliverable(scene.account.id, row.id, same)

        assert await read_last_changes(pool) == []
        assert await pool.fetchval("SELECT count(*) FROM change_log WHERE kind = $1", ChangeKind.DELIVERABLE) == 0

    async def test_a_link_that_is_being_made_leads_where_the_edit_says(self, scene: Scene) -> None:
        late = await join(scene.account, scene.campaign, [await make_creator(scene.account) for _ in range(8)])

        promotions = [set_stage(scene.account.id, member.id, Stage.ACCEPTED) for member in late]
        edit = update_deliverable(scene.account.id, scene.deliverable.id, {"destination_url": ELSEWHERE})
        await asyncio.gather(*promotions[:4], edit, *promotions[4:])

        assert await Link.filter(destination_url=ELSEWHERE).count() == 11

    @pytest.mark.parametrize(
        ("change", "path"),
        [
            ({"name": ""}, ("name",)),
            ({"destination_url": "http://acme.localhost/loop"}, ("destinationUrl",)),
            ({"slug_template": "everybody"}, ("slugTemplate",)),
        ],
    )
    async def test_what_breaks_a_rule_changes_nothing(
        self, scene: Scene, change: dict[str, str], path: tuple[str, ...]
    ) -> None:
        with pytest.raises(InvalidInputError) as refused:
            await update_deliverable(scene.account.id, scene.deliverable.id, {"destination_url": ELSEWHERE, **change})

        assert refused.value.path == path
        assert await Link.filter(destination_url=ELSEWHERE).count() == 0


class TestArchiving:
    @pytest.mark.feature("LS5", "LS6", "LS7")
    async def test_its_links_stop_with_it_and_creators_are_told(self, scene: Scene, pool: asyncpg.Pool) -> None:
        archived = [await archive_deliverable(scene.account.id, scene.deliverable.id) for _ in range(2)]

        assert archived[0].archived_at == archived[1].archived_at is not None
        assert await Link.filter(archived_at__isnull=True).count() == 0
        assert await pool.fetchval("SELECT count(DISTINCT creator_id) FROM creator_notice") == 3
        assert [action for action, *_ in await read_last_changes(pool)] == ["ARCHIVED"] * 3

    async def test_a_link_archived_before_keeps_its_time(self, scene: Scene) -> None:
        first = await Link.all().first()
        assert first is not None
        before = await archive_link(scene.account.id, first.id)

        await archive_deliverable(scene.account.id, scene.deliverable.id)

        assert (await Link.get(id=first.id)).archived_at == before.archived_at

    @pytest.mark.feature("LS3")
    async def test_it_makes_no_more_links(self, scene: Scene) -> None:
        await archive_deliverable(scene.account.id, scene.deliverable.id)

        await join(scene.account, scene.campaign, [await make_creator(scene.account)], Stage.ACCEPTED)
        for stage in (Stage.APPLIED, Stage.ACCEPTED):
            await set_stage(scene.account.id, scene.members[0].id, stage)
        await generate_missing_links()

        assert await Link.all().count() == 3

    async def test_no_link_survives_that_is_being_made_meanwhile(self, scene: Scene) -> None:
        late = await join(scene.account, scene.campaign, [await make_creator(scene.account) for _ in range(12)])
        await CampaignCreator.filter(id__in=[member.id for member in late[6:]]).update(stage=Stage.ACCEPTED)

        await asyncio.gather(
            *(set_stage(scene.account.id, member.id, Stage.ACCEPTED) for member in late[:6]),
            archive_deliverable(scene.account.id, scene.deliverable.id),
            generate_deliverable_links(scene.deliverable.id, batch=2),
        )

        assert await Link.filter(archived_at__isnull=True).count() == 0

    async def test_it_can_no_longer_be_edited(self, scene: Scene) -> None:
        await archive_deliverable(scene.account.id, scene.deliverable.id)

        with pytest.raises(ArchivedError):
            await update_deliverable(scene.account.id, scene.deliverable.id, {"name": "Outlet"})


@pytest.mark.feature("R11")
async def test_that_of_another_account_is_unknown(scene: Scene) -> None:
    other = await make_brand("other")

    with pytest.raises(NotFoundError):
        await update_deliverable(other.id, scene.deliverable.id, {"name": "Taken over"})
    with pytest.raises(NotFoundError):
        await archive_deliverable(other.id, scene.deliverable.id)

    assert await TrackingDeliverable.filter(name="Shop", archived_at__isnull=True).count() == 1
