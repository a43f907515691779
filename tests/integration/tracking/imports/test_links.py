import asyncpg
import pytest

from tests.brand import make_brand, make_campaign, make_creator, make_link
from tests.integration.tracking.imports.files import bring, count, list_problems
from tracking.accounts.models import Account
from tracking.campaigns.models import Campaign
from tracking.creators.models import Creator
from tracking.domains.models import TrackingDomain
from tracking.imports.models import ImportFormat, ImportKind
from tracking.imports.rules import BATCH_ROWS
from tracking.links.models import Link
from tracking.links.service import archive_link

pytestmark = pytest.mark.usefixtures("orm")

HEADER = ["destination_url", "slug", "label", "tags", "creator_handle"]
URL = "https://brand.example/shop"


@pytest.fixture
async def account() -> Account:
    account = await make_brand()
    await make_creator(account, "anna")
    return account


async def list_links() -> list[tuple[str, str, str, str, list[str]]]:
    links = await Link.all().order_by("id")
    return [(link.kind.value, link.slug, link.destination_url, link.label, link.tags) for link in links]


class TestOwnSlugs:
    @pytest.mark.feature("CU11", "LO2", "IM7")
    async def test_are_kept_and_say_which_link_a_row_means(self, account: Account) -> None:
        rows = [HEADER, [URL, "Summer-Sale", "Sale", "a| b", ""], [URL, "anna", "", "", "anna"]]
        changed = [HEADER, [f"{URL}?x=1", "summer-sale", "", "", ""], [URL, "ANNA", "Bio", "c", "anna"]]

        outcomes = [await bring(account, ImportKind.LINKS, each) for each in (rows, rows, changed)]

        assert [count(each) for each in outcomes] == [(2, 0, 0, 0), (0, 0, 2, 0), (0, 1, 0, 1)]
        assert await list_problems(outcomes[2]) == [(2, "label", "REQUIRED")]
        assert await list_links() == [
            ("CUSTOM", "summer-sale", URL, "Sale", ["a", "b"]),
            ("CREATOR", "anna", URL, "Bio", ["c"]),
        ]

    async def test_of_other_or_archived_links_are_problems(self, account: Account) -> None:
        anna = await Creator.get(handle="anna")
        await make_link(account, anna, slug="annas")
        gone = await make_link(account, anna, slug="gone")
        await archive_link(account.id, gone.id)
        rows = [HEADER, [URL, "annas", "x", "", ""], [URL, "gone", "x", "", "anna"], [URL, "graphql", "x", "", "anna"]]

        done = await bring(account, ImportKind.LINKS, rows)

        assert (count(done), await list_problems(done)) == (
            (0, 0, 0, 3),
            [(2, "slug", "TAKEN"), (3, "slug", "ARCHIVED"), (4, "slug", "INVALID")],
        )


class TestWithoutSlug:
    @pytest.mark.feature("LO9", "CU1")
    async def test_another_label_is_another_link_and_the_same_one_the_same(self, account: Account) -> None:
        rows = [HEADER, *([URL, "", label, "", creator] for label in ("TikTok", "Bio") for creator in ("anna", ""))]

        outcomes = [await bring(account, ImportKind.LINKS, each) for each in (rows, [*rows, *rows[1:]])]

        assert [count(each) for each in outcomes] == [(4, 0, 0, 0), (0, 0, 8, 0)]
        assert await Link.all().count() == 4

    async def test_an_archived_link_is_not_the_same(self, account: Account) -> None:
        rows = [HEADER, [URL, "", "Bio", "", "anna"]]
        await bring(account, ImportKind.LINKS, rows)
        await archive_link(account.id, (await Link.get()).id)

        assert count(await bring(account, ImportKind.LINKS, rows)) == (1, 0, 0, 0)


class TestWhere:
    async def test_the_host_must_be_a_verified_domain_of_the_account(self, account: Account) -> None:
        await make_brand("other")
        await TrackingDomain.create(account=account, host="new.brand.example")
        rows = [
            ["destination_url", "label", "host"],
            [URL, "a", "acme.localhost"],
            [URL, "b", "other.localhost"],
            [URL, "c", "new.brand.example"],
            ["https://acme.localhost/loop", "d", ""],
        ]

        done = await bring(account, ImportKind.LINKS, rows)

        assert (count(done), await list_problems(done)) == (
            (1, 0, 0, 3),
            [(3, "host", "NOT_FOUND"), (4, "host", "INVALID"), (5, "destination_url", "INVALID")],
        )

    async def test_the_campaign_is_that_of_the_import_unless_a_row_names_one(self, account: Account) -> None:
        summer, winter = await make_campaign(account, "Summer"), await make_campaign(account, "Winter")
        await Campaign.filter(id=winter.id).update(external_id="winter")
        content = (
            b'{"destination_url": "https://brand.example/a", "label": "a"}\n'
            b'{"destination_url": "https://brand.example/b", "label": "b", "campaign_external_id": "winter"}\n'
        )

        await bring(account, ImportKind.LINKS, content, format=ImportFormat.JSON_LINES, campaign_id=summer.id)

        assert [link.campaign_id for link in await Link.all().order_by("id")] == [summer.id, winter.id]


class TestMany:
    @pytest.mark.feature("CU11", "R8")
    async def test_10000_are_written_in_batches_each_told_to_redirectors_and_history(
        self, account: Account, pool: asyncpg.Pool
    ) -> None:
        rows = [HEADER, *([URL, f"link-{number}", f"Link {number}", "", ""] for number in range(10_000))]

        done = await bring(account, ImportKind.LINKS, rows)

        assert count(done) == (10_000, 0, 0, 0)
        assert await pool.fetchval("SELECT count(DISTINCT address) FROM change_log WHERE kind = 1") == 10_000
        told = "SELECT count(DISTINCT subject_id) FROM history_entry WHERE subject_type = 'Link' AND action = 'CREATED'"
        assert await pool.fetchval(told) == 10_000
        transactions = await pool.fetch("SELECT count(*) FROM link GROUP BY xmin::text")
        assert {row["count"] for row in transactions} == {BATCH_ROWS}
