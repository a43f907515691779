import re
from typing import Any

import asyncpg
import pytest

from tests.brand import join, make_brand, make_campaign, make_creator, make_deliverable, make_link
from tests.clicking import BOT, make_event, store
from tests.graph import open_graph
from tests.integration.api.conftest import Tenant
from tests.product_queries import read_query
from tests.statements import recorded_statements
from tracking.accounts.models import Scope
from tracking.accounts.service import create_api_key
from tracking.campaigns.models import Stage
from tracking.links.models import Link
from tracking.reports.fold import fold_all
from tracking.settings import Settings

LINKS_WITH_TOTALS = read_query("02")
MAKE_LINKS = """
    INSERT INTO link (account_id, domain_id, slug, is_readable, kind, destination_url, is_destination_overridden, label,
        tags, campaign_id, creator_id, created_at)
    SELECT $1, tracking_domain.id, 'slug' || number, true, 'CREATOR', 'https://brand.example/', true, '', '{}', $2, $3,
        now()
    FROM tracking_domain, generate_series(1, $4::int) AS number WHERE account_id = $1
"""
SLUGS = """
    query ($first: Int, $after: String, $last: Int, $before: String, $filter: LinkFilter, $orderBy: LinkOrder) {
        links(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {
            nodes { slug } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        }
    }
"""
ARCHIVE = """
    mutation ($id: ID!, $replacementId: ID) {
        archiveLink(input: { id: $id, replacementId: $replacementId }) {
            __typename
            ... on ArchiveLinkSuccess { link { archivedAt replacedBy { slug } } }
            ... on UserError { code path }
        }
    }
"""


async def list_slugs(tenant: Tenant, **variables: Any) -> list[str]:
    return [each["slug"] for each in (await tenant.ask(SLUGS, **variables))["links"]["nodes"]]


async def find_id(tenant: Tenant, link: Link) -> str:
    url = f"http://acme.localhost/{link.slug}"
    data = await tenant.ask("query ($url: URL!) { linkByUrl(url: $url) { id } }", url=url)
    return str(data["linkByUrl"]["id"])


class TestTotals:
    @pytest.mark.feature("R4", "R12", "IM12", "TR10")
    async def test_every_column_of_a_link_is_told_and_they_add_up(self, acme: Tenant, pool: asyncpg.Pool) -> None:
        link = await make_link(acme.account, await make_creator(acme.account))
        other = await make_link(acme.account, await make_creator(acme.account))
        of_link = {"link_id": link.id, "campaign_id": None, "creator_id": link.creator_id}
        events = [make_event(acme.account.id, visitor=visitor, **of_link) for visitor in (1, 1, 2)]
        await store(pool, *events, make_event(acme.account.id, user_agent=BOT, **of_link))
        await fold_all(pool)

        data = await acme.ask(LINKS_WITH_TOTALS)

        totals = {edge["node"]["shortUrl"]: edge["node"]["totals"] for edge in data["links"]["edges"]}
        assert totals[f"http://acme.localhost/{link.slug}"] == {
            "totalClicks": 4,
            "humanClicks": 3,
            "suspectClicks": 0,
            "botClicks": 1,
            "previewFetches": 0,
            "prefetches": 0,
            "testClicks": 0,
            "countedClicks": 3,
            "uniqueClicks": 2,
            "repeatClicks": 1,
            "botRate": 0.25,
        }
        assert totals[f"http://acme.localhost/{other.slug}"]["totalClicks"] == 0
        assert totals[f"http://acme.localhost/{other.slug}"]["botRate"] is None

    @pytest.mark.feature("LO12", "CU12", "R12")
    @pytest.mark.parametrize("count", [1, 1_000])
    @pytest.mark.usefixtures("answered_once")
    async def test_any_number_of_links_with_totals_takes_four_statements(
        self, settings: Settings, pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch, count: int
    ) -> None:
        with recorded_statements(monkeypatch) as statements:
            async with open_graph(settings) as graph:
                account = await make_brand()
                key = (await create_api_key(account.id, "test", [Scope.READ])).token
                creator, campaign = await make_creator(account), await make_campaign(account)
                await pool.execute(MAKE_LINKS, account.id, campaign.id, creator.id, count)
                await graph.ask("{ viewer { scopes } }", api_key=key)  # from now on the key's use is noted

                statements.clear()
                data = await graph.ask(LINKS_WITH_TOTALS, api_key=key, first=1_000)

        assert len(data["links"]["edges"]) == count
        read = [re.findall(r'FROM "?(\w+)', statement)[-1:] for statement in statements]
        assert read[:2] == [["api_key"], ["link"]]
        assert sorted(read[2:]) == [["campaign"], ["creator"]]  # asked for side by side


class TestPages:
    @pytest.mark.parametrize("order", ["CREATED_AT", "LABEL", "TOTAL_CLICKS", "UNIQUE_CLICKS"])
    @pytest.mark.parametrize("direction", ["ASC", "DESC"])
    async def test_pages_forwards_and_backwards_hold_each_link_once_in_order(
        self, acme: Tenant, pool: asyncpg.Pool, order: str, direction: str
    ) -> None:
        creator = await make_creator(acme.account)
        links = [await make_link(acme.account, creator) for _ in range(5)]
        events = [
            make_event(acme.account.id, link_id=link.id, creator_id=creator.id, campaign_id=None, visitor=visitor)
            for place, link in enumerate(links)
            for visitor in range(place % 3)
        ]
        await store(pool, *events)
        await fold_all(pool)
        wanted = {"orderBy": {"field": order, "direction": direction}}
        everything = await list_slugs(acme, **wanted)

        forwards: list[str] = []
        after = None
        while after is not None or not forwards:
            page = (await acme.ask(SLUGS, first=2, after=after, **wanted))["links"]
            forwards += [each["slug"] for each in page["nodes"]]
            after = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
        backwards: list[str] = []
        before = None
        while before is not None or not backwards:
            page = (await acme.ask(SLUGS, last=2, before=before, **wanted))["links"]
            backwards = [each["slug"] for each in page["nodes"]] + backwards
            before = page["pageInfo"]["startCursor"] if page["pageInfo"]["hasPreviousPage"] else None

        assert forwards == backwards == everything
        assert sorted(everything) == sorted(link.slug for link in links)

    async def test_links_that_arrive_while_somebody_pages_shift_nothing(self, acme: Tenant) -> None:
        creator = await make_creator(acme.account)
        old = [(await make_link(acme.account, creator)).slug for _ in range(4)]
        page = (await acme.ask(SLUGS, first=2))["links"]
        await make_link(acme.account, creator)

        rest = await list_slugs(acme, first=10, after=page["pageInfo"]["endCursor"])

        assert [each["slug"] for each in page["nodes"]] + rest == old[::-1]

    @pytest.mark.parametrize("variables", [{"first": 1_001}, {"first": -1}, {"after": "x"}, {"first": 1, "last": 1}])
    async def test_a_page_that_cannot_be_meant_is_the_clients_fault(
        self, acme: Tenant, variables: dict[str, object]
    ) -> None:
        assert await acme.refuse(SLUGS, **variables) == "BAD_USER_INPUT"

    async def test_a_cursor_of_another_order_is_refused(self, acme: Tenant) -> None:
        await make_link(acme.account, await make_creator(acme.account))
        cursor = (await acme.ask(SLUGS, first=1))["links"]["pageInfo"]["endCursor"]

        order = {"field": "TOTAL_CLICKS"}

        assert await acme.refuse(SLUGS, first=1, after=cursor, orderBy=order) == "BAD_USER_INPUT"


class TestFilter:
    async def test_links_are_found_by_whose_they_are_what_for_and_whether_they_work(self, acme: Tenant) -> None:
        creator, campaign = await make_creator(acme.account, "ada"), await make_campaign(acme.account)
        await make_deliverable(acme.account, campaign, slug_template="{creator}")
        await join(acme.account, campaign, [creator], Stage.ACCEPTED)
        bio = await make_link(acme.account, creator)
        gone = await make_link(acme.account, await make_creator(acme.account))
        await acme.ask(ARCHIVE, id=await find_id(acme, gone))
        data = await acme.ask('{ creators(filter: { search: "ADA" }) { nodes { id } } campaigns { nodes { id } } }')
        creator_id, campaign_id = data["creators"]["nodes"][0]["id"], data["campaigns"]["nodes"][0]["id"]

        assert await list_slugs(acme, filter={"creatorId": creator_id}) == [bio.slug, "ada"]
        assert await list_slugs(acme, filter={"campaignId": campaign_id}) == ["ada"]
        assert await list_slugs(acme, filter={"kinds": ["CREATOR"], "isArchived": False}) == [bio.slug]
        assert await list_slugs(acme, filter={"isArchived": True}) == [gone.slug]
        assert await list_slugs(acme, filter={"campaignId": creator_id}) == []

    @pytest.mark.parametrize(
        "url",
        [
            "http://acme.localhost/ANNA",
            "https://ACME.localhost:8080/anna~story?x=1#y",
            "acme.localhost/anna%7Estory",
            " http://acme.localhost./anna ",
        ],
    )
    async def test_a_link_is_found_by_its_address_as_people_write_it(self, acme: Tenant, url: str) -> None:
        await make_link(acme.account, await make_creator(acme.account), slug="anna")

        data = await acme.ask("query ($url: URL!) { linkByUrl(url: $url) { slug } }", url=url)

        assert data == {"linkByUrl": {"slug": "anna"}}

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "anna",
            "http://acme.localhost/",
            "http://[/anna",
            "http://other.localhost/anna",
            "http://acme.localhost/a\0",
        ],
    )
    async def test_an_address_that_is_not_a_link_of_the_account_finds_none(
        self, acme: Tenant, other: Tenant, url: str
    ) -> None:
        await make_link(acme.account, await make_creator(acme.account), slug="anna")
        await make_link(other.account, await make_creator(other.account), slug="anna")

        data = await acme.ask("query ($url: URL!) { linkByUrl(url: $url) { slug } }", url=url)

        assert data == {"linkByUrl": None}

    async def test_text_that_no_row_can_hold_matches_nothing(self, acme: Tenant) -> None:
        await make_link(acme.account, await make_creator(acme.account))
        query = """query ($text: String!) {
            links(filter: { anyTag: [$text] }) { nodes { id } }
            campaigns(filter: { tag: $text }) { nodes { id } }
            creators(filter: { search: $text }) { nodes { id } }
        }"""

        found = await acme.ask(query, text="a\0b")

        assert found == {"links": {"nodes": []}, "campaigns": {"nodes": []}, "creators": {"nodes": []}}
