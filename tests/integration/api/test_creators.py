from typing import Any

import asyncpg
import pytest

from tests.brand import join, make_campaign, make_creator, make_link
from tests.clicking import make_event, store
from tests.integration.api.conftest import Tenant
from tracking.creators.models import Platform
from tracking.creators.rules import NewCreator, NewProfile
from tracking.creators.service import create_creators
from tracking.links.service import archive_link
from tracking.reports.fold import fold_all

LIST = """
    query ($filter: CreatorFilter, $orderBy: CreatorOrder, $first: Int, $after: String) {
        creators(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
            nodes { id handle }
            pageInfo { endCursor }
        }
    }
"""
UPDATE = """
    mutation ($input: UpdateCreatorInput!) {
        updateCreator(input: $input) {
            __typename
            ... on UpdateCreatorSuccess {
                creator { handle name externalId history { nodes { action changes { field before after } } } }
            }
            ... on UserError { code path }
        }
    }
"""


async def list_handles(tenant: Tenant, **variables: Any) -> list[str]:
    return [node["handle"] for node in (await tenant.ask(LIST, **variables))["creators"]["nodes"]]


async def find_id(tenant: Tenant, handle: str) -> str:
    [node] = (await tenant.ask(LIST, filter={"search": handle}))["creators"]["nodes"]
    global_id: str = node["id"]
    return global_id


class TestLists:
    @pytest.fixture
    async def cast(self, acme: Tenant) -> None:
        video, news = NewProfile(Platform.YOUTUBE, "x"), NewProfile(Platform.NEWSLETTER, "x")
        given = [
            NewCreator("cyn", "Aa", "m-1", (video,)),
            NewCreator("Ada", "bee", None, (news,)),
            NewCreator("bob", "", "M-2", (video, news)),
        ]
        for creator in given:
            await create_creators(acme.account.id, [creator])

    @pytest.mark.usefixtures("cast")
    @pytest.mark.parametrize(
        ("order", "handles"),
        [
            (None, ["Ada", "bob", "cyn"]),
            ({"field": "HANDLE", "direction": "DESC"}, ["cyn", "bob", "Ada"]),
            ({"field": "NAME"}, ["bob", "cyn", "Ada"]),
            ({"field": "CREATED_AT"}, ["cyn", "Ada", "bob"]),
        ],
    )
    async def test_they_are_ordered_and_paged(self, acme: Tenant, order: Any, handles: list[str]) -> None:
        first = (await acme.ask(LIST, orderBy=order, first=2))["creators"]
        rest = await list_handles(acme, orderBy=order, first=2, after=first["pageInfo"]["endCursor"])

        assert [node["handle"] for node in first["nodes"]] + rest == handles

    @pytest.mark.usefixtures("cast")
    @pytest.mark.parametrize(
        ("variables", "handles"),
        [
            ({"filter": {"search": "B"}}, ["Ada", "bob"]),
            ({"filter": {"search": "m-"}}, ["bob", "cyn"]),
            ({"filter": {"search": "%"}}, []),
            ({"filter": {"platforms": ["YOUTUBE"]}}, ["bob", "cyn"]),
            ({"filter": {"platforms": []}}, []),
            ({"filter": {"hasExternalId": False}}, ["Ada"]),
            ({"filter": {"hasExternalId": True, "search": "m-1"}}, ["cyn"]),
            ({"filter": {"campaignId": "garbage"}}, []),
        ],
    )
    async def test_they_are_searched_and_filtered(
        self, acme: Tenant, variables: dict[str, Any], handles: list[str]
    ) -> None:
        assert await list_handles(acme, **variables) == handles

    @pytest.mark.feature("R11")
    async def test_a_campaign_filters_and_a_foreign_one_finds_nobody(self, acme: Tenant, other: Tenant) -> None:
        ada = await make_creator(acme.account, "ada")
        await make_creator(acme.account, "bob")
        await join(acme.account, await make_campaign(acme.account), [ada])
        await join(other.account, await make_campaign(other.account), [await make_creator(other.account)])
        ids = [
            (await tenant.ask("{ campaigns { nodes { id } } }"))["campaigns"]["nodes"][0]["id"]
            for tenant in (acme, other)
        ]

        found = [await list_handles(acme, filter={"campaignId": campaign_id}) for campaign_id in ids]

        assert found == [["ada"], []]


class TestUpdates:
    async def test_what_changed_is_told_with_who_and_what(self, acme: Tenant) -> None:
        await make_creator(acme.account, "ada")
        creator_id = await find_id(acme, "ada")

        answer = (await acme.ask(UPDATE, input={"id": creator_id, "name": "Ada", "externalId": "m1"}))["updateCreator"]

        assert answer["creator"] == {
            "handle": "ada",
            "name": "Ada",
            "externalId": "m1",
            "history": {
                "nodes": [
                    {
                        "action": "UPDATED",
                        "changes": [
                            {"field": "externalId", "before": None, "after": "m1"},
                            {"field": "name", "before": "", "after": "Ada"},
                        ],
                    }
                ]
            },
        }

    @pytest.mark.parametrize(
        ("given", "code", "path"),
        [
            ({"handle": "bob"}, "TAKEN", ["handle"]),
            ({"handle": "a b"}, "INVALID_INPUT", ["handle"]),
            ({"id": "garbage"}, "NOT_FOUND", ["id"]),
        ],
    )
    async def test_what_can_be_wrong_is_data(
        self, acme: Tenant, given: dict[str, Any], code: str, path: list[str]
    ) -> None:
        for handle in ("ada", "bob"):
            await make_creator(acme.account, handle)

        answer = (await acme.ask(UPDATE, input={"id": await find_id(acme, "ada"), **given}))["updateCreator"]

        assert (answer["code"], answer["path"]) == (code, path)


@pytest.mark.feature("LO7")
async def test_totals_are_those_of_all_links(acme: Tenant, pool: asyncpg.Pool) -> None:
    ada = await make_creator(acme.account, "ada")
    for link_id, visitor in ((1, 1), (1, 1), (2, 1), (2, 2)):
        await store(pool, make_event(acme.account.id, creator_id=ada.id, link_id=link_id, visitor=visitor))
    await fold_all(pool)

    answer = await acme.ask("{ creators { nodes { totals { totalClicks uniqueClicks repeatClicks } } } }")

    assert answer["creators"]["nodes"] == [{"totals": {"totalClicks": 4, "uniqueClicks": 3, "repeatClicks": 1}}]


@pytest.mark.feature("LS8")
async def test_notices_name_the_link_and_are_filtered_and_ordered(acme: Tenant) -> None:
    ada = await make_creator(acme.account, "ada")
    for slug in ("one", "two"):
        await archive_link(acme.account.id, (await make_link(acme.account, ada, slug=slug)).id)
    asked = """
        query ($filter: NoticeFilter, $orderBy: OrderDirection!) {
            creators { nodes { notices(filter: $filter, orderBy: $orderBy) {
                nodes { kind link { slug } replacement { slug } }
            } } }
        }
    """

    async def ask(**variables: Any) -> list[dict[str, Any]]:
        [creator] = (await acme.ask(asked, **variables))["creators"]["nodes"]
        notices: list[dict[str, Any]] = creator["notices"]["nodes"]
        return notices

    archived = [{"kind": "LINK_ARCHIVED", "link": {"slug": slug}, "replacement": None} for slug in ("one", "two")]
    assert await ask(orderBy="ASC") == archived
    assert await ask(orderBy="DESC", filter={"kinds": ["LINK_ARCHIVED"]}) == archived[::-1]
    assert await ask(orderBy="ASC", filter={"kinds": ["LINK_DESTINATION_BROKEN"]}) == []
