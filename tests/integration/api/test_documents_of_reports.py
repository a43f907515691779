"""The documents that share, export, close and act on what reports say, step by step, as a front end sends them."""

from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from api.ids import decode_id, encode_id
from tests.closing import at_ms
from tests.exporting import make_link_of_creator, read_export_id
from tests.integration.api.conftest import Tenant
from tests.messaging import make_contacts
from tests.product_queries import read_query
from tests.segmenting import click as click_message
from tests.segmenting import send
from tests.settling import click
from tracking.exports.running import run_export
from tracking.links.models import Link
from tracking.messages.models import MessageRecipient
from tracking.messages.preparing import prepare_recipients
from tracking.offers.models import Offer
from tracking.reports.fold import fold_all


@pytest.fixture
async def link(acme: Tenant) -> Link:
    return await make_link_of_creator(acme.account)


async def run_step(tenant: Tenant, document: str, operation: str, **variables: object) -> Any:
    """What the only field of one of the document's operations answers."""
    headers = {"Authorization": f"Bearer {tenant.key}"}
    body = {"query": read_query(document), "operationName": operation, "variables": variables}
    answer = (await tenant.graph.client.post("/graphql", json=body, headers=headers)).json()
    assert "errors" not in answer, answer
    [result] = answer["data"].values()
    return result


@pytest.mark.feature("LO12")
async def test_a_shared_page_opens_until_it_is_revoked(acme: Tenant, link: Link) -> None:
    campaign_id = encode_id("Campaign", link.campaign_id or 0)
    made = await run_step(acme, "19", "ShareReportPage", campaignId=campaign_id, name="For the board")
    path = urlsplit(made["url"]).path
    opened = await acme.graph.client.get(path)
    [listed] = (await run_step(acme, "19", "ReportPages"))["nodes"]
    revoked = await run_step(acme, "19", "RevokeReportPage", id=made["reportPage"]["id"])
    ended = await acme.graph.client.get(path)

    assert (opened.status_code, ended.status_code) == (200, 410)
    assert (listed["name"], listed["creator"], listed["showsMoney"], listed["revokedAt"]) == (
        "For the board",
        None,
        False,
        None,
    )
    assert listed["lastOpenedAt"] is not None
    assert revoked["reportPage"]["revokedAt"] is not None


@pytest.mark.feature("LO12", "LO16")
async def test_an_export_is_asked_for_waited_for_and_fetched(acme: Tenant, link: Link, pool: asyncpg.Pool) -> None:
    campaign_id = encode_id("Campaign", link.campaign_id or 0)
    columns = await run_step(acme, "20", "Columns")
    export = (await run_step(acme, "20", "RequestExport", campaignId=campaign_id, key="october"))["export"]
    waiting = await run_step(acme, "20", "ExportProgress", id=export["id"])
    await run_export(pool, read_export_id(export["id"]), None)
    done = await run_step(acme, "20", "ExportProgress", id=export["id"])
    file = await acme.graph.client.get(urlsplit(done["downloadUrl"]).path)
    monthly = await run_step(acme, "20", "EveryMonth", campaignId=campaign_id)

    assert columns[0]["name"] == "part"
    assert (waiting["status"], waiting["downloadUrl"]) == ("QUEUED", None)
    assert (done["status"], done["failure"], done["rowsDone"]) == ("COMPLETED", None, done["rowsTotal"])
    assert (file.status_code, len(file.content)) == (200, done["sizeBytes"])
    assert monthly["schedule"]["nextRunAt"] is not None


@pytest.mark.feature("R12", "LO16")
async def test_a_closed_period_is_read_beside_what_changed(acme: Tenant, link: Link, pool: asyncpg.Pool) -> None:
    campaign_id = encode_id("Campaign", link.campaign_id or 0)
    await click_on(pool, link, day=2)
    await close_days(acme, campaign_id, "2026-03-01", "2026-03-07")
    await click_on(pool, link, day=3)  # late, of a period that is closed
    await click_on(pool, link, day=9)
    await close_days(acme, campaign_id, "2026-03-08", "2026-03-14")

    second, first = (await run_step(acme, "21", "Statements", campaignId=campaign_id))["nodes"]

    assert (first["number"], second["number"], second["problems"]) == (1, 2, [])
    told = [
        (each["totals"]["period"]["uniqueClicks"], each["totals"]["adjustments"]["uniqueClicks"])
        for each in (first, second)
    ]
    assert told == [(1, 0), (1, 1)]
    [line] = second["lines"]["nodes"]
    assert (line["creator"]["handle"], line["period"]["uniqueClicks"]) == ("anna", 1)


@pytest.mark.feature("TR18")
async def test_who_did_not_click_gets_the_next_message(acme: Tenant, pool: asyncpg.Pool) -> None:
    for name in ("Bundle", "Gift"):
        await Offer.create(account_id=acme.account.id, name=name, destination_url="https://brand.example/")
    contacts = await make_contacts(acme.account, 3)
    message = await send(acme.account, contacts)
    await click_message(pool, message, contacts[0])
    message_id = encode_id("Message", message.id)
    made = await run_step(acme, "22", "CreateSegment", messageId=message_id, name="Not clicked yet")
    told = await run_step(acme, "22", "SegmentContacts", id=made["segment"]["id"])
    template = "{{ offers.gift }}"
    prepared = await run_step(acme, "22", "RemindThem", segmentId=made["segment"]["id"], template=template)
    reminder = decode_id(prepared["preparedMessage"]["id"], "Message")
    assert reminder is not None
    await prepare_recipients(reminder)

    assert made["segment"]["count"] == 2
    assert [each["externalId"] for each in told["contacts"]["nodes"]] == [each.external_id for each in contacts[1:]]
    recipients = await MessageRecipient.filter(message_id=reminder).order_by("contact_id")
    assert [recipient.contact_id for recipient in recipients] == [each.id for each in contacts[1:]]


async def click_on(pool: asyncpg.Pool, link: Link, *, day: int) -> None:
    """A person's click of March, counted."""
    labels = {"link_id": link.id, "campaign_id": link.campaign_id, "creator_id": link.creator_id}
    await click(pool, link.account_id, at_ms=at_ms(day), **labels)
    await fold_all(pool)


async def close_days(acme: Tenant, campaign_id: str, first: str, last: str) -> None:
    period = {"days": {"from": first, "to": last}}
    closed = await run_step(acme, "21", "CloseStatement", campaignId=campaign_id, period=period, key=first)
    assert closed["__typename"] == "CloseStatementSuccess", closed
