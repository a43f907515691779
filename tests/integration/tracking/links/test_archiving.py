import asyncio
import json

import asyncpg
import pytest
from tortoise.context import TortoiseContext

from tests.brand import join, make_brand, make_campaign, make_creator, make_deliverable, make_link
from tracking.accounts.models import Account
from tracking.campaigns.deliverables import archive_deliverable
from tracking.campaigns.models import Stage
from tracking.creators.models import NoticeKind
from tracking.errors import InvalidInputError, NotFoundError, TakenError
from tracking.events.outbox import EventKind
from tracking.links.creation import NewLink, create_link
from tracking.links.models import Link, LinkKind, SystemLinkKind
from tracking.links.service import Replacement, archive_link, delete_custom_link


@pytest.fixture
async def account(orm: TortoiseContext) -> Account:
    return await make_brand()


@pytest.fixture
async def leaked(account: Account) -> Link:
    """A creator's link, made by a deliverable."""
    campaign = await make_campaign(account)
    await make_deliverable(account, campaign, slug_template="{creator}")
    await join(account, campaign, [await make_creator(account, "anna")], Stage.ACCEPTED)
    return await Link.get()


async def read_notices(pool: asyncpg.Pool) -> list[tuple[str, int, int | None]]:
    rows = await pool.fetch("SELECT kind, link_id, replacement_id FROM creator_notice ORDER BY id")
    return [tuple(row) for row in rows]


class TestReplacing:
    @pytest.mark.feature("LS5", "LS8")
    async def test_a_new_link_of_the_same_creator_and_deliverable_takes_its_place(
        self, account: Account, leaked: Link, pool: asyncpg.Pool
    ) -> None:
        old = await archive_link(account.id, leaked.id, replacement=Replacement(slug="anna-new"))

        new = await Link.get(archived_at__isnull=True)
        assert (old.replaced_by_id, new.slug, new.kind) == (new.id, "anna-new", LinkKind.CAMPAIGN)
        inherited = ("campaign_id", "creator_id", "deliverable_id", "destination_url", "label", "domain_id")
        assert [getattr(new, name) for name in inherited] == [getattr(leaked, name) for name in inherited]
        assert await read_notices(pool) == [(NoticeKind.LINK_ARCHIVED, leaked.id, new.id)]

    @pytest.mark.feature("LS8")
    async def test_events_and_history_tell_of_both(self, account: Account, leaked: Link, pool: asyncpg.Pool) -> None:
        await pool.execute("TRUNCATE event_outbox, change_log")

        old = await archive_link(account.id, leaked.id, replacement=Replacement(slug="anna-new"))

        told = [tuple(row) for row in await pool.fetch("SELECT kind, entity_ids FROM event_outbox ORDER BY id")]
        assert told == [(EventKind.LINK_CREATED, [old.replaced_by_id]), (EventKind.LINK_ARCHIVED, [old.id])]
        addresses = [row["address"] for row in await pool.fetch("SELECT address FROM change_log ORDER BY seq")]
        assert addresses == ["acme.localhost/anna-new", "acme.localhost/anna"]
        after = json.loads(await pool.fetchval("SELECT after FROM history_entry WHERE action = 'ARCHIVED'"))
        assert after["replacedBy"] == "acme.localhost/anna-new"

    @pytest.mark.feature("LS7", "LS8")
    async def test_parallel_calls_make_one_replacement(self, account: Account, leaked: Link) -> None:
        calls = (archive_link(account.id, leaked.id, replacement=Replacement()) for _ in range(8))

        rows = await asyncio.gather(*calls)

        assert len({row.replaced_by_id for row in rows}) == 1
        assert await Link.all().count() == 2

    async def test_one_with_a_destination_of_its_own_does_not_follow_the_deliverable(
        self, account: Account, leaked: Link
    ) -> None:
        await archive_link(account.id, leaked.id, replacement=Replacement(destination_url="https://brand.example/b"))

        new = await Link.get(archived_at__isnull=True)
        assert (new.destination_url, new.is_destination_overridden) == ("https://brand.example/b", True)

    async def test_when_it_cannot_be_made_nothing_is_archived(self, account: Account, leaked: Link) -> None:
        with pytest.raises(TakenError) as refused:
            await archive_link(account.id, leaked.id, replacement=Replacement(slug="ANNA"))
        assert refused.value.path == ("replacement", "slug")
        with pytest.raises(InvalidInputError):
            await archive_link(account.id, leaked.id, replacement=Replacement(destination_url="nowhere"))
        with pytest.raises(NotFoundError):
            await archive_link(account.id, leaked.id, replacement=Replacement(domain_id=0))

        assert [link.archived_at for link in await Link.all()] == [None]

    async def test_a_deliverable_that_is_archived_meanwhile_takes_the_replacement_along(
        self, account: Account, leaked: Link
    ) -> None:
        assert leaked.deliverable_id is not None

        await asyncio.gather(
            archive_link(account.id, leaked.id, replacement=Replacement()),
            archive_deliverable(account.id, leaked.deliverable_id),
        )

        assert await Link.filter(archived_at__isnull=True).count() == 0

    async def test_of_two_that_would_replace_each_other_one_stays(self, account: Account) -> None:
        for _ in range(5):
            creator = await make_creator(account)
            first, second = await make_link(account, creator), await make_link(account, creator)

            outcomes = await asyncio.gather(
                archive_link(account.id, first.id, replacement=second.id),
                archive_link(account.id, second.id, replacement=first.id),
                return_exceptions=True,
            )

            assert sorted(type(outcome).__name__ for outcome in outcomes) == ["InvalidInputError", "Link"]
            assert await Link.filter(creator_id=creator.id, archived_at__isnull=True).count() == 1

    async def test_a_system_link_is_replaced_by_one_of_its_kind(self, account: Account) -> None:
        campaign = await make_campaign(account)
        link = await make_link(account, await make_creator(account))
        system = {"kind": LinkKind.SYSTEM, "system_kind": SystemLinkKind.OPT_IN, "campaign_id": campaign.id}
        await Link.filter(id=link.id).update(**system)

        await archive_link(account.id, link.id, replacement=Replacement())

        new = await Link.get(archived_at__isnull=True)
        assert (new.kind, new.system_kind) == (LinkKind.SYSTEM, SystemLinkKind.OPT_IN)

    async def test_a_recipients_link_is_not_replaced(self, account: Account) -> None:
        link = await make_link(account, await make_creator(account))
        await Link.filter(id=link.id).update(kind=LinkKind.RECIPIENT, message_id=1, slot=1)

        with pytest.raises(InvalidInputError) as refused:
            await archive_link(account.id, link.id, replacement=Replacement())

        assert refused.value.path == ("replacement",)


class TestDeleting:
    @pytest.mark.feature("IM8", "R8")
    async def test_a_custom_link_stops_and_its_slug_is_never_used_again(
        self, account: Account, pool: asyncpg.Pool
    ) -> None:
        given = NewLink(None, "https://brand.example/", label="Flyer", slug="flyer")
        link = await create_link(account.id, given)

        first, second = [await delete_custom_link(account.id, link.id) for _ in range(2)]

        assert first.deleted_at == second.deleted_at is not None
        assert first.archived_at is not None
        assert await pool.fetchval(
            "SELECT array_agg(action ORDER BY id) FROM history_entry WHERE subject_id = $1", link.id
        ) == [
            "CREATED",
            "ARCHIVED",
            "DELETED",
        ]
        with pytest.raises(TakenError):
            await create_link(account.id, given)

    @pytest.mark.feature("LS5")
    async def test_other_links_are_only_archived(self, account: Account, leaked: Link) -> None:
        with pytest.raises(InvalidInputError):
            await delete_custom_link(account.id, leaked.id)

        assert (await Link.get(id=leaked.id)).archived_at is None

    @pytest.mark.feature("R11")
    async def test_that_of_another_account_is_unknown(self, account: Account) -> None:
        link = await create_link(account.id, NewLink(None, "https://brand.example/", label="Flyer"))

        with pytest.raises(NotFoundError):
            await delete_custom_link((await make_brand("other")).id, link.id)

        assert (await Link.get(id=link.id)).deleted_at is None

    async def test_a_deleted_link_replaces_nothing_and_is_not_archived_again(
        self, account: Account, leaked: Link
    ) -> None:
        link = await create_link(account.id, NewLink(None, "https://brand.example/", label="Flyer"))
        await delete_custom_link(account.id, link.id)

        with pytest.raises(NotFoundError) as refused:
            await archive_link(account.id, leaked.id, replacement=link.id)
        assert refused.value.path == ("replacementId",)
        with pytest.raises(NotFoundError):
            await archive_link(account.id, link.id)
