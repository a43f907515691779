from typing import Any

import pytest

from tests.integration.api.conftest import Tenant
from tracking.offers.models import Offer

ANSWER = """
    __typename
    ... on UserError { code path }
    ... on %s { offer { id name externalId destinationUrl archivedAt } }
"""
CREATE = f"mutation ($input: CreateOfferInput!) {{ createOffer(input: $input) {{ {ANSWER % 'CreateOfferSuccess'} }} }}"
UPDATE = f"mutation ($input: UpdateOfferInput!) {{ updateOffer(input: $input) {{ {ANSWER % 'UpdateOfferSuccess'} }} }}"
ARCHIVE = (
    f"mutation ($input: ArchiveOfferInput!) {{ archiveOffer(input: $input) {{ {ANSWER % 'ArchiveOfferSuccess'} }} }}"
)
LIST = """
    query ($filter: OfferFilter, $orderBy: OfferOrder, $first: Int, $after: String) {
        offers(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
            nodes { name } pageInfo { endCursor }
        }
    }
"""
URL = "https://brand.example/summer"


async def change(tenant: Tenant, mutation: str, **given: Any) -> dict[str, Any]:
    [answer] = (await tenant.ask(mutation, input=given)).values()
    return dict(answer)


async def create(tenant: Tenant, name: str = "Summer sale", **given: Any) -> dict[str, Any]:
    offer: dict[str, Any] = (await change(tenant, CREATE, **{"name": name, "destinationUrl": URL, **given}))["offer"]
    return offer


async def list_names(tenant: Tenant, **given: Any) -> list[str]:
    return [node["name"] for node in (await tenant.ask(LIST, **given))["offers"]["nodes"]]


@pytest.mark.feature("TR4")
class TestOffers:
    async def test_an_offer_is_created_changed_and_archived(self, acme: Tenant) -> None:
        offer = await create(acme, externalId="o1")
        changed = await change(acme, UPDATE, id=offer["id"], name="Winter sale", externalId=None)
        archived = await change(acme, ARCHIVE, id=offer["id"])
        again = await change(acme, ARCHIVE, id=offer["id"])

        assert offer == {
            "id": offer["id"],
            "name": "Summer sale",
            "externalId": "o1",
            "destinationUrl": URL,
            "archivedAt": None,
        }
        assert changed["offer"] == {**offer, "name": "Winter sale", "externalId": None}
        assert archived["offer"]["archivedAt"] is not None
        assert again == archived

    async def test_every_change_is_in_the_history(self, acme: Tenant) -> None:
        offer = await create(acme)
        await change(acme, UPDATE, id=offer["id"], name="Winter sale")
        await change(acme, UPDATE, id=offer["id"], name="Winter sale")
        await change(acme, ARCHIVE, id=offer["id"])

        query = """
            query ($id: ID!) {
                node(id: $id) { ... on Offer { history { nodes { action changes { field before after } } } } }
            }
        """
        entries = (await acme.ask(query, id=offer["id"]))["node"]["history"]["nodes"]
        assert [(entry["action"], [tuple(change.values()) for change in entry["changes"]]) for entry in entries] == [
            ("ARCHIVED", []),
            ("UPDATED", [("name", "Summer sale", "Winter sale")]),
            (
                "CREATED",
                [
                    ("attributionModel", None, None),
                    ("attributionWindowDays", None, None),
                    ("currency", None, None),
                    ("destinationUrl", None, URL),
                    ("events", None, "[]"),
                    ("externalId", None, None),
                    ("name", None, "Summer sale"),
                ],
            ),
        ]

    async def test_a_repeat_with_the_same_key_creates_nothing(self, acme: Tenant) -> None:
        first, again = [await create(acme, idempotencyKey="k") for _ in range(2)]

        assert again["id"] == first["id"]
        assert await Offer.all().count() == 1


class TestRefusals:
    @pytest.mark.parametrize(
        ("given", "code", "path"),
        [
            ({"name": " "}, "INVALID_INPUT", ["name"]),
            ({"destinationUrl": "javascript:alert(1)"}, "INVALID_INPUT", ["destinationUrl"]),
            ({"destinationUrl": "http://acme.localhost/loop"}, "INVALID_INPUT", ["destinationUrl"]),
            ({"externalId": ""}, "INVALID_INPUT", ["externalId"]),
            ({"externalId": "taken"}, "TAKEN", ["externalId"]),
        ],
    )
    async def test_what_can_be_wrong_is_data_and_changes_nothing(
        self, acme: Tenant, given: dict[str, Any], code: str, path: list[str]
    ) -> None:
        await create(acme, externalId="taken")
        offer = await create(acme)

        created = await change(acme, CREATE, **{"name": "Other", "destinationUrl": URL, **given})
        updated = await change(acme, UPDATE, id=offer["id"], **given)

        assert [(answer["code"], answer["path"]) for answer in (created, updated)] == [(code, path)] * 2
        assert sorted([(row.name, row.external_id) for row in await Offer.all()], key=str) == [
            ("Summer sale", "taken"),
            ("Summer sale", None),
        ]

    async def test_an_archived_one_is_past_changing(self, acme: Tenant) -> None:
        offer = await create(acme)
        await change(acme, ARCHIVE, id=offer["id"])

        assert (await change(acme, UPDATE, id=offer["id"], name="x"))["code"] == "ARCHIVED"

    @pytest.mark.feature("R11")
    @pytest.mark.parametrize("mutation", [UPDATE, ARCHIVE])
    async def test_a_foreign_one_is_unknown(self, acme: Tenant, other: Tenant, mutation: str) -> None:
        foreign = await create(other)

        assert (await change(acme, mutation, id=foreign["id"]))["code"] == "NOT_FOUND"
        assert (await acme.ask("query ($id: ID!) { node(id: $id) { id } }", id=foreign["id"]))["node"] is None


class TestLists:
    async def test_the_newest_come_first_and_archived_ones_are_left_out(self, acme: Tenant) -> None:
        offers = [await create(acme, name) for name in ("b", "C", "a")]
        await change(acme, ARCHIVE, id=offers[0]["id"])

        assert await list_names(acme) == ["a", "C"]
        assert await list_names(acme, filter={"isArchived": None}, orderBy={"field": "NAME"}) == ["a", "b", "C"]
        assert await list_names(acme, filter={"isArchived": True}) == ["b"]

    async def test_pages_hold_each_offer_once(self, acme: Tenant) -> None:
        for name in ("a", "a", "b"):
            await create(acme, name)
        order = {"field": "NAME", "direction": "DESC"}

        first = (await acme.ask(LIST, orderBy=order, first=2))["offers"]
        rest = (await acme.ask(LIST, orderBy=order, after=first["pageInfo"]["endCursor"]))["offers"]

        assert [[node["name"] for node in page["nodes"]] for page in (first, rest)] == [["b", "a"], ["a"]]

    async def test_names_and_external_ids_are_searched(self, acme: Tenant) -> None:
        await create(acme, "Summer sale", externalId="S-1")
        await create(acme, "Winter sale", externalId="W-1")

        assert await list_names(acme, filter={"search": "SUMMER"}) == ["Summer sale"]
        assert await list_names(acme, filter={"search": "w-1"}) == ["Winter sale"]
        assert await list_names(acme, filter={"externalIds": ["S-1", "none"]}) == ["Summer sale"]


@pytest.mark.feature("TR4", "TR21")
class TestLinks:
    CREATE = """
        mutation ($input: CreateCustomLinkInput!) {
            createCustomLink(input: $input) {
                ... on CreateCustomLinkSuccess { link { id label offer { name } } }
                ... on UserError { code path }
            }
        }
    """
    MANY = """
        mutation ($links: [LinkInput!]!) {
            createLinks(input: { links: $links }) {
                ... on CreateLinksSuccess { items { ok node { offer { name } } errors { code path } } }
            }
        }
    """

    async def test_a_link_is_bound_to_its_offer_when_it_is_made(self, acme: Tenant) -> None:
        offer = await create(acme)
        given = {"label": "Flyer", "destinationUrl": URL, "offerId": offer["id"]}
        made = await change(acme, self.CREATE, **given)
        assert made["link"]["offer"] == {"name": "Summer sale"}

    async def test_one_that_is_archived_or_foreign_holds_up_no_other(self, acme: Tenant, other: Tenant) -> None:
        offer, archived, foreign = await create(acme), await create(acme, "Old"), await create(other)
        await change(acme, ARCHIVE, id=archived["id"])
        links = [
            {"label": "Flyer", "destinationUrl": URL, "offerId": each["id"]} for each in (offer, archived, foreign)
        ]
        items = (await acme.ask(self.MANY, links=links))["createLinks"]["items"]
        assert [(item["ok"], [tuple(error.values()) for error in item["errors"]]) for item in items] == [
            (True, []),
            (False, [("ARCHIVED", ["links", "1", "offerId"])]),
            (False, [("NOT_FOUND", ["links", "2", "offerId"])]),
        ]
