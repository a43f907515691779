from typing import Any

import asyncpg
import pytest
import redis.asyncio

from tests.brand import make_campaign, make_creator, make_link
from tests.integration.api.conftest import Tenant
from tests.waiting import eventually
from tracking.links.models import Link
from tracking.streams import CHANGES_CHANNEL

CREATE = """
    mutation ($input: CreateCreatorLinkInput!) {
        createCreatorLink(input: $input) {
            __typename
            ... on CreateCreatorLinkSuccess {
                link { id shortUrl label kind destinationUrl creator { handle } campaign { name } }
            }
            ... on UserError { code path }
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
IDS = "{ creators { nodes { id } } campaigns { nodes { id } } links { nodes { id slug } } }"


async def create(tenant: Tenant, **given: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await tenant.ask(CREATE, input=given))["createCreatorLink"]
    return answer


async def archive(tenant: Tenant, link_id: str, replacement_id: str | None = None) -> dict[str, Any]:
    answer: dict[str, Any] = (await tenant.ask(ARCHIVE, id=link_id, replacementId=replacement_id))["archiveLink"]
    return answer


@pytest.mark.feature("LS4", "LO9")
async def test_a_link_of_a_creator_exists_when_the_mutation_answers(acme: Tenant) -> None:
    await make_creator(acme.account, "ada")
    await make_campaign(acme.account, "Summer")
    ids = await acme.ask(IDS)

    answer = await create(
        acme,
        creatorId=ids["creators"]["nodes"][0]["id"],
        campaignId=ids["campaigns"]["nodes"][0]["id"],
        destinationUrl="https://brand.example/bio",
        label="TikTok",
        slug="Ada-Bio",
    )

    answer["link"].pop("id")
    assert answer["link"] == {
        "shortUrl": "http://acme.localhost/ada-bio",
        "label": "TikTok",
        "kind": "CREATOR",
        "destinationUrl": "https://brand.example/bio",
        "creator": {"handle": "ada"},
        "campaign": {"name": "Summer"},
    }


@pytest.mark.parametrize(
    ("given", "code", "path"),
    [
        ({"destinationUrl": "javascript:alert(1)"}, "INVALID_INPUT", ["destinationUrl"]),
        ({"destinationUrl": "http://acme.localhost/loop"}, "INVALID_INPUT", ["destinationUrl"]),
        ({"slug": "graphql"}, "INVALID_INPUT", ["slug"]),
        ({"slug": "taken"}, "TAKEN", ["slug"]),
        ({"label": "x" * 201}, "INVALID_INPUT", ["label"]),
        ({"label": "\0"}, "INVALID_INPUT", ["label"]),
        ({"tags": ["x"] * 51}, "INVALID_INPUT", ["tags"]),
        ({"idempotencyKey": ""}, "INVALID_INPUT", ["idempotencyKey"]),
        ({"creatorId": "garbage"}, "NOT_FOUND", ["creatorId"]),
        ({"campaignId": "garbage"}, "NOT_FOUND", ["campaignId"]),
    ],
)
async def test_what_can_be_wrong_is_data_and_makes_no_link(
    acme: Tenant, given: dict[str, Any], code: str, path: list[str]
) -> None:
    await make_link(acme.account, await make_creator(acme.account), slug="taken")
    creator_id = (await acme.ask(IDS))["creators"]["nodes"][0]["id"]

    answer = await create(acme, **{"creatorId": creator_id, "destinationUrl": "https://brand.example/", **given})

    assert (answer["code"], answer["path"]) == (code, path)
    assert await Link.all().count() == 1


@pytest.mark.feature("R11")
async def test_a_creator_of_another_account_is_an_unknown_one(acme: Tenant, other: Tenant) -> None:
    await make_creator(other.account)
    foreign_id = (await other.ask(IDS))["creators"]["nodes"][0]["id"]

    answer = await create(acme, creatorId=foreign_id, destinationUrl="https://brand.example/")

    assert (answer["code"], answer["path"]) == ("NOT_FOUND", ["creatorId"])


class TestArchive:
    @pytest.fixture
    async def ids(self, acme: Tenant) -> dict[str, str]:
        creator = await make_creator(acme.account)
        for slug in ("old", "new"):
            await make_link(acme.account, creator, slug=slug)
        return {each["slug"]: each["id"] for each in (await acme.ask(IDS))["links"]["nodes"]}

    @pytest.mark.feature("LS5", "LS7", "LS8", "R8")
    async def test_a_link_is_archived_once_and_keeps_its_replacement(self, acme: Tenant, ids: dict[str, str]) -> None:
        first = await archive(acme, ids["old"], ids["new"])
        again = await archive(acme, ids["old"])

        assert first["link"]["archivedAt"] is not None
        assert first["link"]["replacedBy"] == {"slug": "new"}
        assert again == first

    @pytest.mark.parametrize(
        ("replacement", "code"), [("old", "INVALID_INPUT"), ("gone", "INVALID_INPUT"), ("", "NOT_FOUND")]
    )
    async def test_a_replacement_is_another_link_that_works(
        self, acme: Tenant, ids: dict[str, str], replacement: str, code: str
    ) -> None:
        ids["gone"] = ids.pop("new")
        await archive(acme, ids["gone"])

        answer = await archive(acme, ids["old"], ids.get(replacement, "garbage"))

        assert (answer["code"], answer["path"]) == (code, ["replacementId"])
        assert (await Link.get(slug="old")).archived_at is None

    async def test_redirectors_are_told_in_the_log_and_woken(
        self, acme: Tenant, ids: dict[str, str], pool: asyncpg.Pool, redis_client: redis.asyncio.Redis
    ) -> None:
        async with redis_client.pubsub() as listener:
            await listener.subscribe(CHANGES_CHANNEL)
            assert await eventually(lambda: listener.get_message(timeout=1)) is not None

            await archive(acme, ids["old"])

            heard = await eventually(lambda: listener.get_message(ignore_subscribe_messages=True, timeout=1))
        assert heard["type"] == "message"
        assert await pool.fetchval("SELECT address FROM change_log ORDER BY seq DESC LIMIT 1") == "acme.localhost/old"
