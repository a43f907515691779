from typing import Any

import pytest
import redis.asyncio

from tests.integration.api.conftest import Tenant
from tests.product_queries import read_query
from tracking.streams import JOBS_QUEUE

SET_UP = read_query("04")
CREATORS = [
    {
        "handle": "@ada",
        "profiles": [{"platform": "INSTAGRAM", "handle": "ada", "followers": 80_000, "followersAsOf": "2026-05-01"}],
    },
    {"handle": "bob", "externalId": "member-2"},
]


async def run_step(tenant: Tenant, operation: str, **variables: object) -> dict[str, Any]:
    """One of the operations of the document, as a client that sends all of it does."""
    headers = {"Authorization": f"Bearer {tenant.key}"}
    body = {"query": SET_UP, "operationName": operation, "variables": variables}
    answer = (await tenant.graph.client.post("/graphql", json=body, headers=headers)).json()
    assert "errors" not in answer, answer
    [result] = answer["data"].values()
    return dict(result)


@pytest.mark.feature("LO1", "LS1", "LS2", "CU10", "IM9")
async def test_five_steps_lead_from_nothing_to_a_link_for_a_creator(acme: Tenant) -> None:
    campaign = (await run_step(acme, "CreateCampaign"))["campaign"]
    await run_step(acme, "CreateDeliverable", campaignId=campaign["id"])
    creators = (await run_step(acme, "CreateCreators", creators=CREATORS))["items"]
    added = await run_step(
        acme, "AddCreators", campaignId=campaign["id"], creatorIds=[each["node"]["id"] for each in creators]
    )
    promoted = await run_step(acme, "Promote", campaignCreatorId=added["items"][0]["node"]["id"])

    [link] = promoted["campaignCreator"]["links"]["nodes"]
    assert promoted["campaignCreator"]["stage"] == "ACCEPTED"
    assert link["shortUrl"] == "http://acme.localhost/ada"
    assert link["destinationUrl"] == "https://brand.example/summer-sale"
    assert [each["node"]["handle"] for each in creators] == ["ada", "bob"]


@pytest.mark.feature("CU11")
async def test_a_repeat_with_the_same_key_answers_as_the_first_call_did(acme: Tenant) -> None:
    first = await run_step(acme, "CreateCampaign", key="once")
    again = await run_step(acme, "CreateCampaign", key="once")
    creators = await run_step(acme, "CreateCreators", creators=CREATORS, key="once")
    creators_again = await run_step(acme, "CreateCreators", creators=CREATORS, key="once")

    assert again == first
    assert creators_again == creators
    assert len((await acme.ask("{ campaigns { nodes { id } } }"))["campaigns"]["nodes"]) == 1


async def test_a_key_with_another_input_is_refused(acme: Tenant) -> None:
    await run_step(acme, "CreateCreators", creators=CREATORS, key="once")

    answer = await run_step(acme, "CreateCreators", creators=CREATORS[:1], key="once")

    assert answer["__typename"] == "IdempotencyConflict"
    assert (answer["code"], answer["path"]) == ("IDEMPOTENCY_CONFLICT", ["idempotencyKey"])


async def test_one_creator_who_cannot_be_created_does_not_hold_up_the_others(acme: Tenant) -> None:
    await run_step(acme, "CreateCreators", creators=[{"handle": "ada"}])

    items = (await run_step(acme, "CreateCreators", creators=[{"handle": "ADA"}, {"handle": ""}, {"handle": "cy"}]))[
        "items"
    ]

    assert [each["ok"] for each in items] == [False, False, True]
    assert [[(error["code"], error["path"]) for error in each["errors"]] for each in items] == [
        [("TAKEN", ["creators", "0", "handle"])],
        [("INVALID_INPUT", ["creators", "1", "handle"])],
        [],
    ]


@pytest.mark.feature("LS1")
async def test_a_new_deliverable_asks_the_worker_for_the_links_of_those_who_were_accepted(
    acme: Tenant, redis_client: redis.asyncio.Redis
) -> None:
    campaign = (await run_step(acme, "CreateCampaign"))["campaign"]

    await run_step(acme, "CreateDeliverable", campaignId=campaign["id"])

    assert await redis_client.zcard(JOBS_QUEUE) == 1
