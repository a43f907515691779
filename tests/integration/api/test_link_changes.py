"""Links in bulk, edits, replacements and deliverables, through the graph."""

from typing import Any

import pytest

from tests.brand import join, make_campaign, make_creator, make_deliverable, make_link
from tests.integration.api.conftest import Tenant
from tracking.campaigns.models import Stage
from tracking.links.models import Link

SHOP = "https://brand.example/shop"
BULK = """
    mutation ($input: CreateLinksInput!) {
        createLinks(input: $input) {
            ... on CreateLinksSuccess { items { index ok node { label kind shortUrl } errors { code path } } }
            ... on UserError { code path }
        }
    }
"""
UPDATE = """
    mutation ($input: UpdateLinkInput!) {
        updateLink(input: $input) {
            ... on UpdateLinkSuccess { link { destinationUrl destinationOverridden label tags queryPolicy isTest } }
            ... on UserError { code path }
        }
    }
"""
ARCHIVE = """
    mutation ($input: ArchiveLinkInput!) {
        archiveLink(input: $input) {
            ... on ArchiveLinkSuccess { link { archivedAt replacedBy { shortUrl label deliverable { name } } } }
            ... on UserError { code path }
        }
    }
"""
UPDATE_DELIVERABLE = """
    mutation ($input: UpdateTrackingDeliverableInput!) {
        updateTrackingDeliverable(input: $input) {
            ... on UpdateTrackingDeliverableSuccess {
                deliverable { name slugTemplate links { nodes { label destinationUrl destinationOverridden } } }
            }
            ... on UserError { code path }
        }
    }
"""
ARCHIVE_DELIVERABLE = """
    mutation ($id: ID!) {
        archiveTrackingDeliverable(input: { id: $id }) {
            ... on ArchiveTrackingDeliverableSuccess {
                deliverable {
                    archivedAt links { nodes { slug } } gone: links(filter: { isArchived: true }) { nodes { slug } }
                }
            }
            ... on UserError { code path }
        }
    }
"""
IDS = "{ links { nodes { id slug } } campaigns { nodes { deliverables { id } } } creators { nodes { id } } }"


async def change(tenant: Tenant, mutation: str, **given: Any) -> dict[str, Any]:
    [answer] = (await tenant.ask(mutation, input=given)).values()
    assert isinstance(answer, dict)
    return answer


async def find_link_id(tenant: Tenant, slug: str) -> str:
    links = (await tenant.ask(IDS))["links"]["nodes"]
    return {each["slug"]: str(each["id"]) for each in links}[slug]


async def make_generated(tenant: Tenant) -> str:
    """Two creators' links, `anna` and `ben`, of a deliverable, whose id this is."""
    campaign = await make_campaign(tenant.account)
    await make_deliverable(tenant.account, campaign, slug_template="{creator}")
    creators = [await make_creator(tenant.account, handle) for handle in ("anna", "ben")]
    await join(tenant.account, campaign, creators, Stage.ACCEPTED)
    [[deliverable]] = [each["deliverables"] for each in (await tenant.ask(IDS))["campaigns"]["nodes"]]
    return str(deliverable["id"])


class TestBulk:
    @pytest.mark.feature("CU11", "IM7", "LS4")
    async def test_each_item_says_what_became_of_it_and_a_repeat_says_the_same(self, acme: Tenant) -> None:
        await make_creator(acme.account, "ada")
        creator_id = (await acme.ask(IDS))["creators"]["nodes"][0]["id"]
        links = [
            {"creatorId": creator_id, "destinationUrl": SHOP, "label": "Bio", "slug": "ada"},
            {"destinationUrl": SHOP, "label": "Flyer", "slug": "flyer"},
            {"creatorId": "garbage", "destinationUrl": SHOP},
            {"destinationUrl": "nowhere", "label": "Flyer"},
        ]

        first, second = [await change(acme, BULK, links=links, idempotencyKey="k") for _ in range(2)]

        def describe(kind: str, label: str, slug: str) -> dict[str, str]:
            return {"label": label, "kind": kind, "shortUrl": f"http://acme.localhost/{slug}"}

        assert first == second
        assert [(item["index"], item["ok"], item["node"]) for item in first["items"]] == [
            (0, True, describe("CREATOR", "Bio", "ada")),
            (1, True, describe("CUSTOM", "Flyer", "flyer")),
            (2, False, None),
            (3, False, None),
        ]
        assert [item["errors"] for item in first["items"][2:]] == [
            [{"code": "NOT_FOUND", "path": ["links", "2", "creatorId"]}],
            [{"code": "INVALID_INPUT", "path": ["links", "3", "destinationUrl"]}],
        ]
        assert await Link.all().count() == 2

    @pytest.mark.feature("CU11")
    async def test_a_thousand_links_with_all_that_can_be_said_of_them_fit_in_a_call(self, acme: Tenant) -> None:
        given = {"tags": ["summer", "print"], "utm": {"source": "flyer", "medium": "print"}, "queryPolicy": "KEEP"}
        address = "https://brand.example/a/rather/long/path/to/a/product?size=42&color=green&number="
        links = [
            {"label": f"Flyer number {place}", "slug": f"flyer-{place}", "destinationUrl": f"{address}{place}", **given}
            for place in range(1_000)
        ]

        answer = await change(acme, BULK, links=links)

        assert [item["node"]["shortUrl"] for item in answer["items"]] == [
            f"http://acme.localhost/flyer-{place}" for place in range(1_000)
        ]

    async def test_an_empty_call_is_refused(self, acme: Tenant) -> None:
        assert await change(acme, BULK, links=[]) == {"code": "INVALID_INPUT", "path": ["links"]}


class TestUpdating:
    @pytest.mark.feature("LS6", "LS13", "LO2")
    async def test_what_is_given_changes_and_the_rest_stays(self, acme: Tenant) -> None:
        await make_generated(acme)
        link_id = await find_link_id(acme, "anna")

        await change(acme, UPDATE, id=link_id, tags=["vip"], queryPolicy="APPEND")
        answer = await change(acme, UPDATE, id=link_id, utm={"medium": "tiktok"}, isTest=True)

        assert answer["link"] == {
            "destinationUrl": "https://brand.example/summer?utm_medium=tiktok",
            "destinationOverridden": True,
            "label": "Shop",
            "tags": ["vip"],
            "queryPolicy": "APPEND",
            "isTest": True,
        }

    @pytest.mark.feature("LS7", "R11")
    async def test_an_archived_one_is_refused_and_a_foreign_one_unknown(self, acme: Tenant, other: Tenant) -> None:
        await make_link(acme.account, await make_creator(acme.account), slug="bio")
        link_id = await find_link_id(acme, "bio")

        assert await change(other, UPDATE, id=link_id, label="x") == {"code": "NOT_FOUND", "path": ["id"]}
        await change(acme, ARCHIVE, id=link_id)
        assert await change(acme, UPDATE, id=link_id, label="x") == {"code": "ARCHIVED", "path": ["id"]}


class TestReplacing:
    @pytest.mark.feature("LS5", "LS8")
    async def test_a_leaked_link_is_archived_and_replaced_at_once(self, acme: Tenant) -> None:
        await make_generated(acme)
        link_id = await find_link_id(acme, "anna")

        first, second = [await change(acme, ARCHIVE, id=link_id, replacement={"slug": "anna-b"}) for _ in range(2)]

        assert first == second
        assert first["link"]["replacedBy"] == {
            "shortUrl": "http://acme.localhost/anna-b",
            "label": "Shop",
            "deliverable": {"name": "Shop"},
        }
        assert {link.slug for link in await Link.all()} == {"anna", "anna-b", "ben"}

    async def test_naming_a_replacement_and_making_one_is_refused(self, acme: Tenant) -> None:
        await make_generated(acme)
        anna, ben = [await find_link_id(acme, slug) for slug in ("anna", "ben")]

        answer = await change(acme, ARCHIVE, id=anna, replacementId=ben, replacement={})

        assert answer == {"code": "INVALID_INPUT", "path": ["replacement"]}
        assert await Link.filter(archived_at__isnull=True).count() == 2


class TestDeliverables:
    @pytest.mark.feature("LS6")
    async def test_an_edit_reaches_the_links_that_follow(self, acme: Tenant) -> None:
        deliverable_id = await make_generated(acme)
        await change(acme, UPDATE, id=await find_link_id(acme, "anna"), destinationUrl=SHOP)

        answer = await change(
            acme,
            UPDATE_DELIVERABLE,
            id=deliverable_id,
            name="Sale",
            destinationUrl="https://brand.example/sale",
            slugTemplate=None,
        )

        assert answer["deliverable"] == {
            "name": "Sale",
            "slugTemplate": None,
            "links": {
                "nodes": [
                    {"label": "Sale", "destinationUrl": "https://brand.example/sale", "destinationOverridden": False},
                    {"label": "Shop", "destinationUrl": SHOP, "destinationOverridden": True},
                ]
            },
        }

    @pytest.mark.feature("LS5", "LS6", "LS7")
    async def test_its_links_stop_with_it(self, acme: Tenant) -> None:
        deliverable_id = await make_generated(acme)

        answer = (await acme.ask(ARCHIVE_DELIVERABLE, id=deliverable_id))["archiveTrackingDeliverable"]["deliverable"]

        assert answer["archivedAt"] is not None
        assert answer["links"]["nodes"] == []
        assert [link["slug"] for link in answer["gone"]["nodes"]] == ["ben", "anna"]
        refused = await change(acme, UPDATE_DELIVERABLE, id=deliverable_id, name="Sale")
        assert refused == {"code": "ARCHIVED", "path": ["id"]}

    @pytest.mark.feature("R11")
    async def test_that_of_another_account_is_unknown(self, acme: Tenant, other: Tenant) -> None:
        deliverable_id = await make_generated(acme)

        refused = {"code": "NOT_FOUND", "path": ["id"]}
        assert await change(other, UPDATE_DELIVERABLE, id=deliverable_id, name="Sale") == refused
        assert (await other.ask(ARCHIVE_DELIVERABLE, id=deliverable_id))["archiveTrackingDeliverable"] == refused
