"""A visitor is forgotten over the graph by what they can show: our cookie, a click, or the token of one."""

from typing import Any
from uuid import UUID

import asyncpg
import pytest

from api.ids import encode_id
from tests.audience import sign_click
from tests.clicking import make_event, store
from tests.integration.api.conftest import Tenant
from tracking.accounts.models import Scope
from tracking.accounts.service import create_api_key
from tracking.clicks.event import ClickEvent, VisitorMethod
from tracking.clicks.visitors import make_cookie, write_cookie
from tracking.settings import Settings

pytestmark = pytest.mark.feature("R10", "R11")

ERASE = """
    mutation ($input: EraseVisitorInput!) {
        eraseVisitor(input: $input) {
            __typename
            ... on EraseVisitorSuccess { erasure { id kind status requestedBy { kind } } }
            ... on UserError { code message path }
        }
    }
"""


async def erase(tenant: Tenant, **given: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await tenant.ask(ERASE, input=given))["eraseVisitor"]
    return answer


async def click(pool: asyncpg.Pool, tenant: Tenant, **changes: Any) -> ClickEvent:
    event = make_event(tenant.account.id, **changes)
    await store(pool, event)
    return event


def name_click(event: ClickEvent) -> str:
    return encode_id("Click", UUID(bytes=event.click_id))


async def read_keys(pool: asyncpg.Pool) -> set[bytes]:
    return {row["visitor_key"] for row in await pool.fetch("SELECT visitor_key FROM erased_visitor")}


async def test_by_the_cookie_both_of_its_keys_are_forgotten(
    acme: Tenant, pool: asyncpg.Pool, settings: Settings
) -> None:
    cookie = make_cookie(20_000, bytes(16))

    answer = await erase(acme, visitor=write_cookie(cookie, settings.cookie_secret).decode())

    erasure = answer["erasure"]
    assert (erasure["kind"], erasure["status"]) == ("VISITOR", "RUNNING")
    assert erasure["requestedBy"] == {"kind": "API_KEY"}
    assert await read_keys(pool) == {cookie.visitor_id, cookie.day_hash}


async def test_by_a_click_or_its_token_all_clicks_of_the_same_visitor_are(
    acme: Tenant, pool: asyncpg.Pool, settings: Settings
) -> None:
    events = [await click(pool, acme, visitor=visitor) for visitor in (1, 2)]

    await erase(acme, clickIds=[name_click(events[0])], clickTokens=[sign_click(settings, events[1].click_id)])

    assert await read_keys(pool) == {event.visitor_key for event in events}


async def test_asked_again_it_answers_with_the_same_also_when_the_click_is_nobodys(
    acme: Tenant, pool: asyncpg.Pool
) -> None:
    event = await click(pool, acme)
    first = await erase(acme, clickIds=[name_click(event)])
    again = await erase(acme, clickIds=[name_click(event)])
    late = await click(pool, acme)

    by_nobody = await erase(acme, clickIds=[name_click(late)])

    assert [each["erasure"]["id"] for each in (again, by_nobody)] == [first["erasure"]["id"]] * 2
    assert await pool.fetchval("SELECT count(*) FROM erasure") == 1


async def test_what_is_not_the_accounts_or_nobodys_is_refused_by_its_path(
    acme: Tenant, other: Tenant, pool: asyncpg.Pool
) -> None:
    of_contact = await click(pool, acme, contact_id=9, message_id=4, visitor=9, visitor_method=VisitorMethod.CONTACT)
    foreign = await click(pool, other)
    never = make_event(acme.account.id)

    answers = [await erase(acme, clickIds=[name_click(each)]) for each in (foreign, never, of_contact)]
    answers += [await erase(acme, **given) for given in ({}, {"visitor": "x"}, {"clickTokens": ["y"]})]

    assert [(each["code"], each["path"]) for each in answers] == [
        ("NOT_FOUND", ["clickIds", "0"]),
        ("NOT_FOUND", ["clickIds", "0"]),
        ("INVALID_INPUT", ["clickIds", "0"]),
        ("INVALID_INPUT", ["visitor"]),
        ("INVALID_INPUT", ["visitor"]),
        ("INVALID_INPUT", ["clickTokens", "0"]),
    ]
    assert await read_keys(pool) == set()


async def test_it_takes_the_scope_of_an_administrator(acme: Tenant, pool: asyncpg.Pool) -> None:
    event = await click(pool, acme)
    writer = await create_api_key(acme.account.id, "writer", [Scope.READ, Scope.WRITE])

    said = await acme.graph.refuse(ERASE, api_key=writer.token, input={"clickIds": [name_click(event)]})

    assert said == "FORBIDDEN"
    assert await read_keys(pool) == set()
