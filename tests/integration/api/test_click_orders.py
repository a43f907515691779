"""Clicks by when they were stored and when they changed: how somebody who missed events catches up."""

import datetime as dt
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from api.ids import encode_id
from api.pagination import encode_cursor
from tests.brand import make_creator, make_link
from tests.clicking import make_event, store
from tests.integration.api.conftest import Tenant
from tracking.bots.verdicts import Reason
from tracking.clicks.relabel import Cause, Learned, relabel_clicks
from tracking.clock import now_ms
from tracking.links.models import Link

pytestmark = pytest.mark.feature("R13")

READ = """
    query ($filter: ClickFilter, $order: ClickOrder, $first: Int, $after: String, $last: Int, $before: String) {
        clicks(filter: $filter, orderBy: $order, first: $first, after: $after, last: $last, before: $before) {
            nodes { id day recordedAt changedAt }
            pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        }
    }
"""
RECORDED = {"field": "RECORDED_AT", "direction": "ASC"}
CHANGED = {"field": "CHANGED_AT", "direction": "ASC"}
OF_A_LINK = """
    query ($id: ID!, $order: ClickOrder) { node(id: $id) { ... on Link { clicks(orderBy: $order) { nodes { id } } } } }
"""


@pytest.fixture
async def link(acme: Tenant) -> Link:
    return await make_link(acme.account, await make_creator(acme.account, "mia"))


async def store_one_by_one(pool: asyncpg.Pool, link: Link, *ages_ms: int) -> list[UUID]:
    """The first stored first, each in a transaction of its own."""
    at_ms = now_ms()
    events = [
        make_event(link.account_id, link_id=link.id, at_ms=at_ms - age_ms, visitor=visitor)
        for visitor, age_ms in enumerate(ages_ms, 1)
    ]
    return [(await store(pool, event)).stored[0] for event in events]


async def judge_bot(pool: asyncpg.Pool, link: Link, click_id: UUID) -> None:
    await relabel_clicks(pool, link.account_id, {click_id: Learned(evidence=int(Reason.HONEYPOT))}, Cause.BEHAVIOUR)


def name(*click_ids: UUID) -> list[str]:
    return [encode_id("Click", click_id) for click_id in click_ids]


async def read(tenant: Tenant, **given: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await tenant.ask(READ, **given))["clicks"]
    return answer


def list_ids(page: dict[str, Any]) -> list[str]:
    return [node["id"] for node in page["nodes"]]


async def test_a_late_click_is_the_last_that_was_stored(acme: Tenant, pool: asyncpg.Pool, link: Link) -> None:
    ids = name(*await store_one_by_one(pool, link, 5_000, 1, 900_000))

    first = await read(acme, order=RECORDED, first=2)
    rest = await read(acme, order=RECORDED, first=2, after=first["pageInfo"]["endCursor"])
    back = await read(acme, order=RECORDED, last=1, before=rest["pageInfo"]["startCursor"])
    newest = await read(acme, order={"field": "RECORDED_AT"})

    assert [list_ids(page) for page in (first, rest, back, newest)] == [ids[:2], ids[2:], ids[1:2], ids[::-1]]
    assert (first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)


async def test_what_changed_is_listed_by_when_it_last_did(acme: Tenant, pool: asyncpg.Pool, link: Link) -> None:
    first, second, third = await store_one_by_one(pool, link, 3, 2, 1)
    assert [node["changedAt"] for node in (await read(acme))["nodes"]] == [None] * 3
    for click_id in (third, first):
        await judge_bot(pool, link, click_id)

    changed = await read(acme, order=CHANGED)

    assert list_ids(changed) == name(third, first)
    assert list_ids(await read(acme, order={"field": "CHANGED_AT"})) == name(first, third)
    at = changed["nodes"][1]["changedAt"]
    assert list_ids(await read(acme, order=CHANGED, filter={"changedFrom": at})) == name(first)
    assert list_ids(await read(acme, order=CHANGED, filter={"changedTo": at})) == name(third)
    assert list_ids(await read(acme, order=RECORDED, filter={"changedTo": "2030-01-01T00:00:00Z"})) == name(
        first, third
    )
    assert second not in (first, third)


async def test_an_interval_begins_with_its_first_moment_and_ends_before_its_last(
    acme: Tenant, pool: asyncpg.Pool, link: Link
) -> None:
    ids = name(*await store_one_by_one(pool, link, 3, 2, 1))
    _, start, end = [node["recordedAt"] for node in (await read(acme, order=RECORDED))["nodes"]]

    assert list_ids(await read(acme, order=RECORDED, filter={"recordedFrom": start, "recordedTo": end})) == [ids[1]]
    assert list_ids(await read(acme, filter={"recordedFrom": start})) == ids[:0:-1]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
async def test_any_moment_is_an_answer(acme: Tenant, pool: asyncpg.Pool, link: Link, moment: str) -> None:
    ids = name(*await store_one_by_one(pool, link, 1))
    is_past = moment < "2100"

    for order in (RECORDED, {"field": "RECORDED_AT"}):
        assert list_ids(await read(acme, order=order, filter={"recordedFrom": moment})) == (ids if is_past else [])
        assert list_ids(await read(acme, order=order, filter={"recordedTo": moment})) == ([] if is_past else ids)


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59.999999Z", "0001-01-01T00:00:00Z", "2026-03-01T00:00:00"])
async def test_a_cursor_that_was_made_up_is_read_or_refused(
    acme: Tenant, pool: asyncpg.Pool, link: Link, moment: str, direction: str
) -> None:
    ids = name(*await store_one_by_one(pool, link, 1))
    order = {"field": "RECORDED_AT", "direction": direction}
    given = {"order": order, "after": encode_cursor((moment, UUID(int=0)), f"clicks.RECORDED_AT.{direction}")}

    if moment.endswith("Z"):
        assert list_ids(await read(acme, **given)) == (ids if (direction == "ASC") == (moment < "2026") else [])
    else:
        assert await acme.refuse(READ, **given) == "BAD_USER_INPUT"


async def test_a_cursor_of_another_order_or_direction_is_refused(acme: Tenant, pool: asyncpg.Pool, link: Link) -> None:
    await store_one_by_one(pool, link, 1)
    cursor = (await read(acme, order=RECORDED))["pageInfo"]["endCursor"]

    for order in (CHANGED, {"field": "RECORDED_AT"}, None):
        assert await acme.refuse(READ, order=order, after=cursor) == "BAD_USER_INPUT"


async def test_one_link_lists_its_clicks_by_when_they_happened_alone(
    acme: Tenant, pool: asyncpg.Pool, link: Link
) -> None:
    [click_id] = await store_one_by_one(pool, link, 1)
    link_id = encode_id("Link", link.id)

    assert await acme.refuse(OF_A_LINK, id=link_id, order=RECORDED) == "BAD_USER_INPUT"
    assert list_ids(await read(acme, order=RECORDED, filter={"linkIds": [link_id]})) == name(click_id)


@pytest.mark.feature("TR9")
async def test_the_day_is_that_of_reports_in_the_time_zone_of_the_account(
    acme: Tenant, pool: asyncpg.Pool, link: Link
) -> None:
    await pool.execute("UPDATE account SET timezone = 'Europe/Berlin' WHERE id = $1", link.account_id)
    for at in (dt.datetime(2026, 3, 29, 21, 59, 59, tzinfo=dt.UTC), dt.datetime(2026, 3, 29, 22, tzinfo=dt.UTC)):
        event = make_event(link.account_id, link_id=link.id, at_ms=round(at.timestamp() * 1000), zone="Europe/Berlin")
        await store(pool, event, backfill=True)

    assert [node["day"] for node in (await read(acme))["nodes"]] == ["2026-03-30", "2026-03-29"]
