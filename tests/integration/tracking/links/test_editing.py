import json
from typing import Any

import asyncpg
import pytest
from tortoise.context import TortoiseContext

from tests.brand import join, make_brand, make_campaign, make_creator, make_deliverable, make_link
from tracking.accounts.models import Account
from tracking.campaigns.deliverables import update_deliverable
from tracking.campaigns.models import Stage
from tracking.errors import ArchivedError, InvalidInputError, NotFoundError
from tracking.links.creation import NewLink, create_link
from tracking.links.editing import LinkChanges, update_link
from tracking.links.models import Link, LinkKind, QueryPolicy, SystemLinkKind
from tracking.links.service import archive_link, delete_custom_link
from tracking.links.utm import Utm

ELSEWHERE = "https://brand.example/elsewhere"


@pytest.fixture
async def account(orm: TortoiseContext) -> Account:
    return await make_brand()


@pytest.fixture
async def bio(account: Account) -> Link:
    return await make_link(account, await make_creator(account), slug="bio", label="Bio")


@pytest.fixture
async def generated(account: Account) -> Link:
    """Made by a deliverable."""
    campaign = await make_campaign(account)
    await make_deliverable(account, campaign)
    await join(account, campaign, [await make_creator(account)], Stage.ACCEPTED)
    return await Link.get()


async def test_what_redirectors_hold_is_told_to_them_and_to_history(
    account: Account, bio: Link, pool: asyncpg.Pool
) -> None:
    await pool.execute("TRUNCATE change_log")
    changes = LinkChanges(destination_url=ELSEWHERE, query_policy=QueryPolicy.KEEP, is_test=True, tags=("a",))

    await update_link(account.id, bio.id, changes)

    assert [row["address"] for row in await pool.fetch("SELECT address FROM change_log")] == ["acme.localhost/bio"]
    noted = await pool.fetchrow("SELECT action, before, after FROM history_entry ORDER BY id DESC LIMIT 1")
    assert noted["action"] == "UPDATED"
    assert json.loads(noted["before"]) == {
        "destinationUrl": "https://brand.example/bio",
        "tags": [],
        "queryPolicy": "IGNORE",
        "isTest": False,
    }
    after = {"destinationUrl": ELSEWHERE, "tags": ["a"], "queryPolicy": "KEEP", "isTest": True}
    assert json.loads(noted["after"]) == after


async def test_the_same_again_leaves_no_trace(account: Account, bio: Link, pool: asyncpg.Pool) -> None:
    before = await pool.fetchval("SELECT count(*) FROM history_entry")

    await update_link(account.id, bio.id, LinkChanges(destination_url=bio.destination_url, label="Bio"))

    assert await pool.fetchval("SELECT count(*) FROM history_entry") == before


@pytest.mark.feature("LS13")
async def test_utm_parameters_are_written_into_the_destination_that_is_there(account: Account, bio: Link) -> None:
    await update_link(account.id, bio.id, LinkChanges(utm=Utm(medium="tiktok")))
    await update_link(account.id, bio.id, LinkChanges(utm=Utm(source="bio", medium="")))

    assert (await Link.get(id=bio.id)).destination_url == "https://brand.example/bio?utm_source=bio"


class TestOfDeliverables:
    @pytest.mark.feature("LS6", "LO2")
    async def test_one_led_elsewhere_by_hand_says_so_and_stays_there(self, account: Account, generated: Link) -> None:
        assert generated.deliverable_id is not None
        link = await update_link(account.id, generated.id, LinkChanges(destination_url=ELSEWHERE))
        assert link.is_destination_overridden

        await update_deliverable(account.id, generated.deliverable_id, {"destination_url": "https://brand.example/new"})

        assert (await Link.get(id=link.id)).destination_url == ELSEWHERE

    async def test_it_may_follow_again(self, account: Account, generated: Link) -> None:
        await update_link(account.id, generated.id, LinkChanges(destination_url=ELSEWHERE))

        link = await update_link(account.id, generated.id, LinkChanges(follows_deliverable=True))

        assert (link.destination_url, link.is_destination_overridden) == ("https://brand.example/summer", False)

    async def test_another_label_leaves_it_following(self, account: Account, generated: Link) -> None:
        link = await update_link(account.id, generated.id, LinkChanges(label="Mine"))

        assert not link.is_destination_overridden


class TestRefusals:
    async def refuse(self, account: Account, link: Link, changes: LinkChanges) -> tuple[str, ...]:
        with pytest.raises(InvalidInputError) as refused:
            await update_link(account.id, link.id, changes)
        assert (await Link.get(id=link.id)).destination_url == link.destination_url
        return refused.value.path

    @pytest.mark.parametrize(
        ("changes", "path"),
        [
            ({"destination_url": "ftp://brand.example/"}, ("destinationUrl",)),
            ({"destination_url": "http://acme.localhost/loop"}, ("destinationUrl",)),
            ({"utm": Utm(term="x" * 201)}, ("utm", "term")),
            ({"label": "x" * 201}, ("label",)),
            ({"tags": ("",)}, ("tags",)),
            ({"follows_deliverable": True}, ("followsDeliverable",)),
        ],
    )
    async def test_what_breaks_a_rule(
        self, account: Account, bio: Link, changes: dict[str, Any], path: tuple[str, ...]
    ) -> None:
        assert await self.refuse(account, bio, LinkChanges(**changes)) == path

    async def test_a_custom_link_keeps_a_label(self, account: Account) -> None:
        link = await create_link(account.id, NewLink(None, ELSEWHERE, label="Flyer"))

        assert await self.refuse(account, link, LinkChanges(label=" ")) == ("label",)

    async def test_a_system_link_leads_where_its_owner_says(self, account: Account, bio: Link) -> None:
        await Link.filter(id=bio.id).update(kind=LinkKind.SYSTEM, system_kind=SystemLinkKind.OPT_IN)

        assert await self.refuse(account, bio, LinkChanges(destination_url=ELSEWHERE)) == ("destinationUrl",)
        assert (await update_link(account.id, bio.id, LinkChanges(label="Newsletter"))).label == "Newsletter"

    @pytest.mark.feature("TR5")
    async def test_a_recipients_link_cannot_change(self, account: Account, bio: Link) -> None:
        await Link.filter(id=bio.id).update(kind=LinkKind.RECIPIENT, message_id=1, slot=1)

        assert await self.refuse(account, bio, LinkChanges(label="Other")) == ("id",)

    @pytest.mark.feature("LS7")
    async def test_an_archived_link_cannot_change(self, account: Account, bio: Link) -> None:
        await archive_link(account.id, bio.id)

        with pytest.raises(ArchivedError):
            await update_link(account.id, bio.id, LinkChanges(destination_url=ELSEWHERE))

    @pytest.mark.feature("R11", "IM8")
    async def test_a_foreign_one_and_a_deleted_one_are_unknown(self, account: Account, bio: Link) -> None:
        other = await make_brand("other")
        deleted = await create_link(account.id, NewLink(None, ELSEWHERE, label="Flyer"))
        await delete_custom_link(account.id, deleted.id)

        for owner, link in ((other, bio), (account, deleted)):
            with pytest.raises(NotFoundError):
                await update_link(owner.id, link.id, LinkChanges(label="Other"))
