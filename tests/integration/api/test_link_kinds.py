"""Custom and system links on the graph: made, listed apart, deleted; and what a link says of itself."""

from typing import Any

import asyncpg
import pytest

from tests.brand import make_creator, make_link
from tests.clicking import make_event, store
from tests.integration.api.conftest import Tenant
from tracking.accounts.models import User
from tracking.links.creation import NewLink, create_link
from tracking.links.models import Link, LinkKind, SystemLinkKind
from tracking.reports.fold import fold_all

SHOP = "https://brand.example/shop"
LIST = """
    query ($filter: LinkFilter, $orderBy: LinkOrder) {
        links(filter: $filter, orderBy: $orderBy) { nodes { id label kind systemKind shortUrl } }
    }
"""
CREATE = """
    mutation ($input: CreateCustomLinkInput!) {
        createCustomLink(input: $input) {
            __typename
            ... on CreateCustomLinkSuccess {
                link {
                    shortUrl label kind tags isTest queryPolicy destinationUrl utm { medium source } sharer { name }
                }
            }
            ... on UserError { code path }
        }
    }
"""
DELETE = """
    mutation ($id: ID!) {
        deleteCustomLink(input: { id: $id }) {
            ... on DeleteCustomLinkSuccess { link { label archivedAt deletedAt } }
            ... on UserError { code path }
        }
    }
"""


async def list_labels(tenant: Tenant, **filter_: Any) -> list[str]:
    order = {"field": "LABEL", "direction": "ASC"}
    return [link["label"] for link in (await tenant.ask(LIST, filter=filter_, orderBy=order))["links"]["nodes"]]


async def find_id(tenant: Tenant, label: str) -> str:
    [link] = (await tenant.ask(LIST, filter={"search": label}))["links"]["nodes"]
    global_id: str = link["id"]
    return global_id


async def make_custom(tenant: Tenant, label: str, **more: Any) -> Link:
    return await create_link(tenant.account.id, NewLink(None, SHOP, label=label, **more))


async def make_system(tenant: Tenant, label: str, kind: SystemLinkKind) -> Link:
    link = await make_custom(tenant, label)
    await Link.filter(id=link.id).update(kind=LinkKind.SYSTEM, system_kind=kind)
    return link


class TestMaking:
    @pytest.mark.feature("IM7", "LS13", "IM11")
    async def test_a_custom_link_works_when_the_mutation_answers(self, acme: Tenant) -> None:
        await User.create(account_id=acme.account.id, name="Sam")
        sharer_id = (await acme.ask("{ users { nodes { id } } }"))["users"]["nodes"][0]["id"]
        given = {
            "label": "Flyer",
            "destinationUrl": SHOP,
            "sharerId": sharer_id,
            "slug": "Flyer-1",
            "tags": ["print"],
            "isTest": True,
            "queryPolicy": "KEEP",
            "utm": {"medium": "print"},
        }

        answer = (await acme.ask(CREATE, input=given))["createCustomLink"]

        assert answer["link"] == {
            "shortUrl": "http://acme.localhost/flyer-1",
            "label": "Flyer",
            "kind": "CUSTOM",
            "tags": ["print"],
            "isTest": True,
            "queryPolicy": "KEEP",
            "destinationUrl": f"{SHOP}?utm_medium=print",
            "utm": {"medium": "print", "source": None},
            "sharer": {"name": "Sam"},
        }

    @pytest.mark.feature("IM7")
    async def test_without_a_label_it_is_refused(self, acme: Tenant) -> None:
        answer = (await acme.ask(CREATE, input={"label": " ", "destinationUrl": SHOP}))["createCustomLink"]

        assert (answer["code"], answer["path"]) == ("INVALID_INPUT", ["label"])
        assert await Link.all().count() == 0


class TestLists:
    @pytest.mark.feature("IM6", "IM1", "IM9")
    async def test_custom_and_system_links_are_listed_apart_and_can_be_copied(self, acme: Tenant) -> None:
        await make_custom(acme, "Flyer")
        link = await make_system(acme, "Summer", SystemLinkKind.OPT_IN)
        await make_system(acme, "Join", SystemLinkKind.CAMPAIGN_JOIN)

        assert await list_labels(acme, kinds=["CUSTOM"]) == ["Flyer"]
        assert await list_labels(acme, kinds=["SYSTEM"]) == ["Join", "Summer"]
        [node] = (await acme.ask(LIST, filter={"systemKinds": ["OPT_IN"]}))["links"]["nodes"]
        node.pop("id")
        assert node == {
            "label": "Summer",
            "kind": "SYSTEM",
            "systemKind": "OPT_IN",
            "shortUrl": f"http://acme.localhost/{link.slug}",
        }

    @pytest.mark.feature("CU12", "LS13")
    async def test_links_are_found_by_text_and_tags(self, acme: Tenant) -> None:
        await make_custom(acme, "Flyer 50%", tags=("print", "summer"))
        await make_custom(acme, "Poster", tags=("print",), slug="wall_1")
        await make_custom(acme, "story", tags=("social",))

        assert await list_labels(acme) == ["Flyer 50%", "Poster", "story"]
        assert await list_labels(acme, search="50%") == ["Flyer 50%"]
        assert await list_labels(acme, search="WALL_1") == ["Poster"]
        assert await list_labels(acme, search="/shop") == ["Flyer 50%", "Poster", "story"]
        assert await list_labels(acme, search="5_%") == []
        assert await list_labels(acme, anyTag=["summer", "social"]) == ["Flyer 50%", "story"]
        assert await list_labels(acme, allTags=["summer", "print"]) == ["Flyer 50%"]
        assert await acme.refuse(LIST, filter={"search": "x" * 201}) == "BAD_USER_INPUT"

    async def test_the_order_by_label_ignores_case_and_pages_hold_each_link_once(self, acme: Tenant) -> None:
        labels = ["beta", "Alpha", "beta", "\u00c4rmel", "alpha 2", "\u2728"]
        for label in labels:
            await make_custom(acme, label)
        page = """
            query ($after: String) {
                links(first: 2, after: $after, orderBy: { field: LABEL, direction: ASC }) {
                    nodes { label } pageInfo { hasNextPage endCursor }
                }
            }
        """

        found: list[str] = []
        info: dict[str, Any] = {"hasNextPage": True, "endCursor": None}
        while info["hasNextPage"]:
            links = (await acme.ask(page, after=info["endCursor"]))["links"]
            found, info = [*found, *(each["label"] for each in links["nodes"])], links["pageInfo"]

        assert sorted(found) == sorted(labels)
        assert found == await list_labels(acme)
        assert found.index("Alpha") < found.index("alpha 2") < found.index("beta")

    @pytest.mark.feature("LS5")
    async def test_archived_links_are_left_out_unless_asked_for(self, acme: Tenant) -> None:
        await make_custom(acme, "Works")
        gone = await make_custom(acme, "Gone")
        await Link.filter(id=gone.id).update(archived_at=gone.created_at)

        assert await list_labels(acme) == ["Works"]
        assert await list_labels(acme, isArchived=False) == ["Works"]
        assert await list_labels(acme, isArchived=True) == ["Gone"]
        assert await list_labels(acme, isArchived=None) == ["Gone", "Works"]

    async def test_links_of_recipients_are_listed_by_kind_message_or_contact_only(self, acme: Tenant) -> None:
        await make_custom(acme, "Works")
        link = await make_custom(acme, "Yours")
        await Link.filter(id=link.id).update(kind=LinkKind.RECIPIENT, message_id=7, slot=1, contact_id=8)

        assert await list_labels(acme) == ["Works"]
        assert await list_labels(acme, kinds=["RECIPIENT"]) == ["Yours"]
        assert await list_labels(acme, search="Yours") == []

    async def test_broken_destinations_are_found(self, acme: Tenant) -> None:
        for label, is_broken in (("Fine", False), ("New", None), ("Gone", True)):
            link = await make_custom(acme, label)
            await Link.filter(id=link.id).update(is_destination_broken=is_broken)

        assert await list_labels(acme, isDestinationBroken=True) == ["Gone"]
        assert await list_labels(acme, isDestinationBroken=False) == ["Fine", "New"]


class TestDeleting:
    @pytest.mark.feature("IM8", "R8")
    async def test_a_deleted_link_is_in_no_list_but_its_clicks_stay(self, acme: Tenant, pool: asyncpg.Pool) -> None:
        link = await make_custom(acme, "Flyer", slug="flyer")
        event = make_event(acme.account.id, link_id=link.id, campaign_id=None, creator_id=None)
        await store(pool, event)
        await fold_all(pool)
        link_id = await find_id(acme, "Flyer")

        deleted = (await acme.ask(DELETE, id=link_id))["deleteCustomLink"]["link"]

        assert None not in (deleted["deletedAt"], deleted["archivedAt"])
        assert await list_labels(acme, isArchived=None) == []
        query = """
            query ($id: ID!) {
                node(id: $id) { id }
                linkByUrl(url: "http://acme.localhost/flyer") { id }
                clicks { nodes { link { label deletedAt } } }
                viewer { account { report(range: { preset: LIFETIME }) { totals { totalClicks } } } }
            }
        """
        assert await acme.ask(query, id=link_id) == {
            "node": None,
            "linkByUrl": None,
            "clicks": {"nodes": [{"link": {"label": "Flyer", "deletedAt": deleted["deletedAt"]}}]},
            "viewer": {"account": {"report": {"totals": {"totalClicks": 1}}}},
        }

    @pytest.mark.feature("LS5")
    async def test_a_creators_link_is_archived_not_deleted(self, acme: Tenant) -> None:
        await make_link(acme.account, await make_creator(acme.account), label="Bio")

        answer = (await acme.ask(DELETE, id=await find_id(acme, "Bio")))["deleteCustomLink"]

        assert (answer["code"], answer["path"]) == ("INVALID_INPUT", ["id"])
        assert await list_labels(acme) == ["Bio"]


class TestWhatALinkSays:
    @pytest.mark.feature("CU14")
    async def test_where_its_qr_code_is(self, acme: Tenant) -> None:
        await make_custom(acme, "Flyer", slug="flyer")
        query = (
            '{ linkByUrl(url: "http://acme.localhost/flyer") { a: qrCodeUrl b: qrCodeUrl(format: PNG, sizePx: 64) } }'
        )
        too_small = '{ linkByUrl(url: "http://acme.localhost/flyer") { qrCodeUrl(sizePx: 63) } }'

        assert (await acme.ask(query))["linkByUrl"] == {
            "a": "http://acme.localhost/flyer/qr.svg?size=512",
            "b": "http://acme.localhost/flyer/qr.png?size=64",
        }
        assert await acme.refuse(too_small) == "BAD_USER_INPUT"

    async def test_what_was_seen_at_its_destination(self, acme: Tenant) -> None:
        link = await make_custom(acme, "Flyer")
        query = "{ links { nodes { destinationCheck { isBroken finding } } } }"
        assert (await acme.ask(query))["links"]["nodes"] == [{"destinationCheck": None}]

        await Link.filter(id=link.id).update(
            is_destination_broken=True, destination_checked_at=link.created_at, destination_finding="404"
        )

        check = {"isBroken": True, "finding": "404"}
        assert (await acme.ask(query))["links"]["nodes"] == [{"destinationCheck": check}]

    async def test_whether_its_destination_mixes_alphabets(self, acme: Tenant) -> None:
        link = await make_custom(acme, "Flyer")
        query = "{ links { nodes { destinationMixesAlphabets } } }"
        assert (await acme.ask(query))["links"]["nodes"] == [{"destinationMixesAlphabets": False}]

        await Link.filter(id=link.id).update(destination_url="https://xn--pple-43d.example/")

        assert (await acme.ask(query))["links"]["nodes"] == [{"destinationMixesAlphabets": True}]

    async def test_who_changed_it_and_from_what_to_what(self, acme: Tenant) -> None:
        await make_custom(acme, "Flyer")
        update = 'mutation ($id: ID!) { updateLink(input: { id: $id, label: "Poster" }) { __typename } }'
        await acme.ask(update, id=await find_id(acme, "Flyer"))
        query = (
            "{ links { nodes { history { nodes { action actor { apiKeyName } changes { field before after } } } } } }"
        )

        [link] = (await acme.ask(query))["links"]["nodes"]

        newest = link["history"]["nodes"][0]
        assert newest == {
            "action": "UPDATED",
            "actor": {"apiKeyName": "test"},
            "changes": [{"field": "label", "before": "Flyer", "after": "Poster"}],
        }
        assert [entry["action"] for entry in link["history"]["nodes"]] == ["UPDATED", "CREATED"]

    @pytest.mark.feature("LO10")
    async def test_a_creator_shows_its_links_with_their_totals(self, acme: Tenant, pool: asyncpg.Pool) -> None:
        creator = await make_creator(acme.account, "ada")
        for label in ("TikTok", "Bio"):
            await make_link(acme.account, creator, label=label)
        tiktok = await Link.get(label="TikTok")
        await store(pool, make_event(acme.account.id, link_id=tiktok.id, campaign_id=None, creator_id=creator.id))
        await fold_all(pool)
        query = "{ creators { nodes { links { nodes { label totals { totalClicks } } } } } }"

        [node] = (await acme.ask(query))["creators"]["nodes"]

        assert node["links"]["nodes"] == [
            {"label": "Bio", "totals": {"totalClicks": 0}},
            {"label": "TikTok", "totals": {"totalClicks": 1}},
        ]
