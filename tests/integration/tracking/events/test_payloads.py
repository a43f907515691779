"""What events say, to the letter, and what they leave out."""

import datetime as dt
import json
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from tests.brand import join, make_brand, make_campaign, make_creator, make_deliverable, make_link
from tests.clicking import BOT, make_event, store
from tests.converting import write_conversion
from tests.event_schemas import UnlikeItsSchemaError, check_body
from tests.hooking import add_endpoint, read_queue, tell_all
from tests.traits import relay_all
from tracking.accounts.models import Account
from tracking.bots.verdicts import Reason
from tracking.campaigns.models import Stage
from tracking.clicks.relabel import Cause, Learned, relabel_clicks
from tracking.conversions.kinds import Method
from tracking.events.outbox import EventKind, append_events
from tracking.events.payloads.describing import DescribedEvent, LogRow, describe_events
from tracking.events.types import EventType, make_event_id
from tracking.graph_ids import write_graph_id
from tracking.links.models import Link
from tracking.links.service import archive_link

pytestmark = [pytest.mark.feature("R13"), pytest.mark.usefixtures("orm")]

CLICKED_AT_MS = 1_774_747_800_000  # 2026-03-29T01:30:00Z
EXPECTED_SALE: dict[str, Any] = {
    "event": "sale",
    "kind": "SALE",
    "txnId": "A-1",
    "refundId": None,
    "status": "APPROVED",
    "reason": "NONE",
    "trust": "TOKEN",
    "source": "GRAPH",
    "method": "CLICK_ID",
    "value": {"amount": "12.50", "amountMinor": 1250, "currency": "EUR"},
    "payout": {"amount": "1.25", "amountMinor": 125, "currency": "EUR"},
    "isCounted": True,
    "clickedAt": "2026-03-01T00:00:00Z",
    "campaign": None,
    "message": None,
    "contact": None,
    "offer": None,
    "sharer": None,
}


def write_moment(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


async def make_campaign_link(account: Account) -> Link:
    """Of the campaign Summer and its creator ann."""
    campaign, creator = await make_campaign(account), await make_creator(account, "ann")
    await make_deliverable(account, campaign)
    await join(account, campaign, [creator], stage=Stage.ACTIVE)
    return await Link.get(account_id=account.id, creator_id=creator.id)


def expect_click(link: Link, click_id: str, row: asyncpg.Record) -> dict[str, Any]:
    """`row` says what the test cannot know: when it was stored, and for what reasons it was judged so."""
    return {
        "id": click_id,
        "occurredAt": "2026-03-29T01:30:00Z",
        "recordedAt": write_moment(row["recorded_at"]),
        "changedAt": None,
        "day": "2026-03-28",
        "counting": "UNIQUE",
        "verdict": "HUMAN",
        "trafficClass": "NONE",
        "isCounted": True,
        "reasons": [reason.name for reason in Reason if row["reasons"] & reason],
        "uniqueHolderId": click_id,
        "placement": "bio",
        "referrerHost": "www.instagram.com",
        "country": None,
        "device": {"browser": "Chrome", "os": "Linux", "device": None, "inAppBrowser": None},
        "link": {
            "id": write_graph_id("Link", link.id),
            "host": "acme.localhost",
            "slug": link.slug,
            "shortUrl": f"http://acme.localhost:8080/{link.slug}",
            "label": link.label,
            "kind": "CAMPAIGN",
        },
        "campaign": {"id": write_graph_id("Campaign", link.campaign_id or 0), "name": "Summer"},
        "creator": {"id": write_graph_id("Creator", link.creator_id or 0), "handle": "ann"},
        "message": None,
        "contact": None,
        "offer": None,
        "sharer": None,
    }


async def describe_log(pool: asyncpg.Pool, account_id: int) -> list[DescribedEvent]:
    rows = await pool.fetch(
        "SELECT position, kind, ids, entity_ids, created_at, logged_at FROM event_log WHERE account_id = $1"
        " ORDER BY position",
        account_id,
    )
    async with pool.acquire() as connection:
        given = [LogRow(*row)._replace(kind=EventKind(row["kind"])) for row in rows]
        return await describe_events(connection, account_id, given, 8080)


async def test_a_click_is_told_with_all_that_is_known_of_it(pool: asyncpg.Pool) -> None:
    account = await make_brand()
    await pool.execute("UPDATE account SET timezone = 'America/New_York' WHERE id = $1", account.id)
    link = await make_campaign_link(account)
    click = make_event(
        account.id,
        at_ms=CLICKED_AT_MS,
        zone="America/New_York",
        link_id=link.id,
        campaign_id=link.campaign_id,
        creator_id=link.creator_id,
        placement="bio",
    )
    await store(pool, click, backfill=True)
    await relay_all(pool)

    told = (await describe_log(pool, account.id))[-1]

    log = await pool.fetchrow("SELECT position, logged_at FROM event_log ORDER BY position DESC LIMIT 1")
    row = await pool.fetchrow("SELECT recorded_at, reasons FROM click")
    assert json.loads(told.body) == {
        "type": "click.recorded",
        "id": make_event_id(log["logged_at"], log["position"], 0),
        "version": 1,
        "sequence": log["position"],
        "timestamp": "2026-03-29T01:30:00Z",
        "occurredAt": "2026-03-29T01:30:00Z",
        "recordedAt": write_moment(log["logged_at"]),
        "data": expect_click(link, write_graph_id("Click", UUID(bytes=click.click_id)), row),
    }
    check_body(told.body)


@pytest.mark.feature("R10")
async def test_nothing_personal_is_told(pool: asyncpg.Pool) -> None:
    account = await make_brand()
    link = await make_campaign_link(account)
    contact_id = await pool.fetchval(
        "INSERT INTO contact (account_id, external_id, name, created_at)"
        " VALUES ($1, 'member-7', 'Ann Smith', now()) RETURNING id",
        account.id,
    )
    click = make_event(account.id, link_id=link.id, contact_id=contact_id, client_ip="203.0.113.77", user_agent=BOT)
    await store(pool, click)
    await relay_all(pool)

    told = [event.body for event in await describe_log(pool, account.id)]

    for secret in (b"203.0.113", b"bot.html", b"Ann Smith", b"member-7", b"network", b"userAgent", b"visitorKey"):
        assert not any(secret in body for body in told), secret
    assert json.loads(told[-1])["data"]["contact"] == {"id": write_graph_id("Contact", contact_id)}


async def test_a_conversion_is_told_with_its_money_and_its_click(pool: asyncpg.Pool) -> None:
    account = await make_brand()
    link = await make_link(account, await make_creator(account, "ann"), slug="ann-bio")
    click = make_event(account.id, link_id=link.id, campaign_id=None, creator_id=link.creator_id)
    await store(pool, click)
    click_id = UUID(bytes=click.click_id)
    conversion_id = await write_conversion(
        pool,
        account.id,
        txn_id="A-1",
        click_id=click_id,
        clicked_at=dt.datetime(2026, 3, 1, tzinfo=dt.UTC),
        link_id=link.id,
        creator_id=link.creator_id,
        method=Method.CLICK_ID,
        payout_minor=125,
        payout_currency="EUR",
    )
    async with pool.acquire() as connection:
        await append_events(connection, [(account.id, EventKind.CONVERSIONS_CHANGED, [conversion_id])])
    await relay_all(pool)

    [told] = [json.loads(each.body) for each in await describe_log(pool, account.id) if "conversion" in each.type]

    assert told["type"] == "conversion.changed"
    assert told["matchesFilter"] is True
    expected = EXPECTED_SALE | {
        "id": write_graph_id("Conversion", conversion_id),
        "click": {"id": write_graph_id("Click", click_id)},
        "creator": {"id": write_graph_id("Creator", link.creator_id or 0), "handle": "ann"},
    }
    assert {key: told["data"][key] for key in expected} == expected
    assert told["data"]["link"]["slug"] == "ann-bio"
    check_body(json.dumps(told).encode())


async def test_links_are_told_when_they_are_made_and_archived(pool: asyncpg.Pool) -> None:
    account = await make_brand()
    link = await make_link(account, await make_creator(account, "ann"), slug="ann-bio", label="Bio")
    endpoint_id = await add_endpoint(pool, account.id)
    await tell_all(pool)
    await archive_link(account.id, link.id)
    await tell_all(pool)

    made, archived = [each.events[0] for each in await read_queue(pool, endpoint_id)]

    assert [made["type"], archived["type"]] == ["link.created", "link.archived"]
    data = made["data"]
    assert {key: data[key] for key in ("id", "slug", "shortUrl", "label", "kind", "destinationUrl", "archivedAt")} == {
        "id": write_graph_id("Link", link.id),
        "slug": "ann-bio",
        "shortUrl": "http://acme.localhost/ann-bio",
        "label": "Bio",
        "kind": "CREATOR",
        "destinationUrl": "https://brand.example/bio",
        "archivedAt": None,
    }
    assert archived["data"]["archivedAt"] is not None


async def test_what_changed_is_told_as_it_is_now(pool: asyncpg.Pool) -> None:
    account = await make_brand()
    link = await make_campaign_link(account)
    click = make_event(account.id, link_id=link.id)
    await store(pool, click)
    learned = Learned(evidence=int(Reason.HONEYPOT))
    await relabel_clicks(pool, account.id, {UUID(bytes=click.click_id): learned}, Cause.BEHAVIOUR)
    await relay_all(pool)

    told = [json.loads(each.body) for each in await describe_log(pool, account.id) if "click" in each.type]

    assert [each["type"] for each in told] == ["click.recorded", "click.reclassified"]
    assert [each["data"]["verdict"] for each in told] == ["BOT", "BOT"]
    assert told[0]["data"]["changedAt"] is not None
    assert told[0]["data"] == told[1]["data"]
    assert told[0]["sequence"] < told[1]["sequence"]


async def test_what_is_gone_is_left_out(pool: asyncpg.Pool) -> None:
    account = await make_brand()
    link = await make_campaign_link(account)
    clicks = [make_event(account.id, link_id=link.id, visitor=visitor) for visitor in range(3)]
    await store(pool, *clicks)
    await relay_all(pool)
    [before] = [[each.id for each in await describe_log(pool, account.id) if "click" in each.type]]
    gone = await pool.fetchval("SELECT ids[2] FROM event_log WHERE kind = 1")
    await pool.execute("DELETE FROM click WHERE id = $1", gone)

    told = [each.id for each in await describe_log(pool, account.id) if "click" in each.type]

    assert told == [before[0], before[2]]


async def test_a_batch_of_clicks_costs_as_many_statements_as_one(pool: asyncpg.Pool) -> None:
    account = await make_brand()
    link = await make_campaign_link(account)
    await store(pool, make_event(account.id, link_id=link.id))
    await relay_all(pool)
    one = await count_statements(pool, account.id)
    await store(pool, *(make_event(account.id, link_id=link.id, visitor=visitor) for visitor in range(2, 60)))
    await relay_all(pool)

    assert await count_statements(pool, account.id) == one


async def count_statements(pool: asyncpg.Pool, account_id: int) -> int:
    statements: list[str] = []
    async with pool.acquire() as connection:
        rows = await connection.fetch("SELECT position, kind, ids, entity_ids, created_at, logged_at FROM event_log")
        given = [LogRow(*row)._replace(kind=EventKind(row["kind"])) for row in rows]
        with connection.query_logger(lambda record: statements.append(record.query)):
            await describe_events(connection, account_id, given, None)
    return len(statements)


@pytest.mark.parametrize("missing", ["sequence", "data"])
async def test_what_is_unlike_its_schema_is_found(pool: asyncpg.Pool, missing: str) -> None:
    account = await make_brand()
    await make_link(account, await make_creator(account))
    await relay_all(pool)
    told = json.loads((await describe_log(pool, account.id))[0].body)
    check_body(json.dumps(told).encode())

    with pytest.raises(UnlikeItsSchemaError, match=missing):
        check_body(json.dumps({key: value for key, value in told.items() if key != missing}).encode())
    with pytest.raises(UnlikeItsSchemaError, match="surprise"):
        check_body(json.dumps(told | {"surprise": 1}).encode())
    assert told["type"] in set(EventType)
