"""A contact is forgotten over the graph: at once for everybody who asks, and by a job in everything stored."""

from typing import Any

import asyncpg
import pytest
import redis.asyncio

from api.ids import encode_id
from tests.integration.api.conftest import Tenant
from tracking.accounts.models import Scope
from tracking.accounts.service import create_api_key
from tracking.contacts.models import Contact
from tracking.jobs import deserialize_job
from tracking.streams import JOBS_QUEUE

pytestmark = pytest.mark.feature("R10", "R11")

ERASE = """
    mutation ($id: ID!) {
        eraseContact(input: { id: $id }) {
            __typename
            ... on EraseContactSuccess {
                erasure { id status places { place rows } requestedBy { kind } completedAt watchedUntil }
            }
            ... on UserError { code message path }
        }
    }
"""
READ = "query ($id: ID!) { node(id: $id) { ... on Erasure { id status } } contacts { nodes { externalId } } }"
LIST = "{ erasures { nodes { id status } } }"


async def add_contact(tenant: Tenant, external_id: str = "ada@example.com") -> str:
    contact = await Contact.create(account=tenant.account, external_id=external_id, name="Ada")
    return encode_id("Contact", contact.id)


async def erase(tenant: Tenant, contact_id: str) -> dict[str, Any]:
    answer: dict[str, Any] = (await tenant.ask(ERASE, id=contact_id))["eraseContact"]
    return answer


async def test_the_contact_is_gone_at_once_and_a_job_does_the_rest(
    acme: Tenant, redis_client: redis.asyncio.Redis
) -> None:
    contact_id = await add_contact(acme)

    answer = await erase(acme, contact_id)

    assert answer["__typename"] == "EraseContactSuccess"
    erasure = answer["erasure"]
    assert (erasure["status"], erasure["places"], erasure["completedAt"]) == ("RUNNING", [], None)
    assert erasure["requestedBy"] == {"kind": "API_KEY"}
    read = await acme.ask(READ, id=erasure["id"])
    assert read == {"node": {"id": erasure["id"], "status": "RUNNING"}, "contacts": {"nodes": []}}
    assert (await acme.ask(LIST))["erasures"]["nodes"] == [{"id": erasure["id"], "status": "RUNNING"}]
    jobs = [
        deserialize_job(await redis_client.get(f"arq:job:{job.decode()}"))
        for job in await redis_client.zrange(JOBS_QUEUE, 0, -1)
    ]
    assert [job["f"] for job in jobs] == ["run_erasure"]


async def test_asked_again_it_answers_with_the_same(acme: Tenant) -> None:
    contact_id = await add_contact(acme)
    first = await erase(acme, contact_id)

    assert (await erase(acme, contact_id))["erasure"]["id"] == first["erasure"]["id"]
    assert len((await acme.ask(LIST))["erasures"]["nodes"]) == 1


async def test_nobody_else_can_forget_a_contact_and_who_is_unknown_is_not_found(acme: Tenant, other: Tenant) -> None:
    contact_id = await add_contact(acme)

    answers = [await erase(other, contact_id), await erase(acme, encode_id("Contact", 4_611))]

    expected = {"__typename": "NotFound", "code": "NOT_FOUND", "message": "no such contact", "path": ["id"]}
    assert answers == [expected, expected]
    assert await Contact.all().count() == 1


async def test_it_takes_the_scope_of_an_administrator(acme: Tenant) -> None:
    contact_id = await add_contact(acme)
    writer = await create_api_key(acme.account.id, "writer", [Scope.READ, Scope.WRITE])

    said = await acme.graph.refuse(ERASE, api_key=writer.token, id=contact_id)

    assert said == "FORBIDDEN"
    assert await Contact.all().count() == 1


async def test_history_tells_that_somebody_was_forgotten_and_not_who(acme: Tenant, pool: asyncpg.Pool) -> None:
    await erase(acme, await add_contact(acme))

    rows = await pool.fetch("SELECT each::text AS said FROM history_entry AS each")

    told = [row["said"] for row in rows if "REQUESTED" in row["said"]]
    assert len(told) == 1
    assert not any("ada@example.com" in row["said"] or "Contact" in row["said"] for row in rows)
