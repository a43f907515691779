import asyncio
from typing import Any

import pytest

from tests.integration.api.conftest import Tenant
from tracking.creatives.models import Creative

CREATE = """
    mutation ($creatives: [CreativeInput!]!, $key: String) {
        createCreatives(input: { creatives: $creatives, idempotencyKey: $key }) {
            ... on CreateCreativesSuccess {
                items { index ok node { id name externalId archivedAt } errors { code path } }
            }
            ... on UserError { code path }
        }
    }
"""
UPDATE = """
    mutation ($input: UpdateCreativeInput!) {
        updateCreative(input: $input) {
            ... on UpdateCreativeSuccess { creative { name externalId } }
            ... on UserError { code path }
        }
    }
"""
ARCHIVE = """
    mutation ($id: ID!) {
        archiveCreative(input: { id: $id }) {
            ... on ArchiveCreativeSuccess { creative { archivedAt } }
            ... on UserError { code path }
        }
    }
"""
LIST = """
    query ($filter: CreativeFilter, $orderBy: CreativeOrder) {
        creatives(filter: $filter, orderBy: $orderBy) { nodes { name } }
    }
"""


async def create(tenant: Tenant, *creatives: dict[str, Any], key: str | None = None) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await tenant.ask(CREATE, creatives=creatives, key=key))["createCreatives"]["items"]
    return items


async def create_one(tenant: Tenant, name: str = "Blue", **given: Any) -> str:
    [item] = await create(tenant, {"name": name, **given})
    node_id: str = item["node"]["id"]
    return node_id


async def list_names(tenant: Tenant, **given: Any) -> list[str]:
    return [node["name"] for node in (await tenant.ask(LIST, **given))["creatives"]["nodes"]]


@pytest.mark.feature("TR20")
class TestCreatives:
    async def test_each_that_can_be_is_created(self, acme: Tenant) -> None:
        items = await create(
            acme,
            {"name": "Blue"},
            {"name": "Blue"},
            {"name": " "},
            {"name": "Red", "externalId": "r"},
            {"name": "Red again", "externalId": "r"},
            {"name": "Long", "externalId": "x" * 201},
        )

        assert [item["ok"] for item in items] == [True, True, False, True, False, False]
        assert items[0]["node"]["id"] != items[1]["node"]["id"]
        assert items[3]["node"]["name"] == "Red"
        errors = [(item["errors"][0]["code"], item["errors"][0]["path"]) for item in items if item["errors"]]
        assert errors == [
            ("INVALID_INPUT", ["creatives", "2", "name"]),
            ("TAKEN", ["creatives", "4", "externalId"]),
            ("INVALID_INPUT", ["creatives", "5", "externalId"]),
        ]
        assert sorted([row.name for row in await Creative.all()]) == ["Blue", "Blue", "Red"]

    async def test_a_repeat_with_the_same_key_creates_nothing(self, acme: Tenant) -> None:
        given = [{"name": "Blue"}, {"name": ""}, {"name": "Red", "externalId": "r"}]

        first, again = [await create(acme, *given, key="k") for _ in range(2)]

        assert again == first
        assert await Creative.all().count() == 2

    async def test_calls_at_once_create_each_external_id_once(self, acme: Tenant) -> None:
        given = [{"name": f"n{number}", "externalId": str(number)} for number in range(30)]

        answers = await asyncio.gather(create(acme, *given), create(acme, *reversed(given)), create(acme, *given))

        assert sum(item["ok"] for items in answers for item in items) == 30
        assert await Creative.all().count() == 30

    async def test_one_is_changed_and_archived(self, acme: Tenant) -> None:
        creative_id = await create_one(acme, externalId="b")

        changed = await acme.ask(UPDATE, input={"id": creative_id, "name": "Dark blue"})
        archived = [await acme.ask(ARCHIVE, id=creative_id) for _ in range(2)]

        assert changed["updateCreative"]["creative"] == {"name": "Dark blue", "externalId": "b"}
        assert archived[0] == archived[1]
        assert archived[0]["archiveCreative"]["creative"]["archivedAt"] is not None
        late = await acme.ask(UPDATE, input={"id": creative_id, "name": "Red"})
        assert late["updateCreative"]["code"] == "ARCHIVED"

    async def test_an_external_id_in_use_is_taken(self, acme: Tenant) -> None:
        await create_one(acme, externalId="b")
        creative_id = await create_one(acme, "Red")

        answer = await acme.ask(UPDATE, input={"id": creative_id, "externalId": "b"})

        assert answer["updateCreative"] == {"code": "TAKEN", "path": ["externalId"]}

    @pytest.mark.feature("R11")
    async def test_a_foreign_one_is_unknown(self, acme: Tenant, other: Tenant) -> None:
        foreign = await create_one(other)

        assert (await acme.ask(UPDATE, input={"id": foreign, "name": "x"}))["updateCreative"]["code"] == "NOT_FOUND"
        assert (await acme.ask(ARCHIVE, id=foreign))["archiveCreative"]["code"] == "NOT_FOUND"
        assert (await acme.ask("query ($id: ID!) { node(id: $id) { id } }", id=foreign))["node"] is None
        assert await list_names(acme) == []

    async def test_lists_are_searched_sorted_and_without_archived_ones(self, acme: Tenant) -> None:
        for name in ("Blue", "azure", "Red"):
            last = await create_one(acme, name)
        await acme.ask(ARCHIVE, id=last)

        assert await list_names(acme) == ["azure", "Blue"]
        assert await list_names(acme, orderBy={"field": "NAME", "direction": "DESC"}) == ["Blue", "azure"]
        assert await list_names(acme, filter={"search": "U", "isArchived": None}) == ["azure", "Blue"]
        assert await list_names(acme, filter={"isArchived": True}) == ["Red"]
