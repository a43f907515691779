"""Every operation of every document of docs/queries is answered as graphql-core alone would answer it.

Of mutations and subscriptions that is what lies below their one field: it is done, or waited for, once.
"""

import datetime as dt
from collections import Counter
from typing import Any, ClassVar

import asyncpg
import pytest
import redis.asyncio
from graphql import GraphQLError, GraphQLObjectType, GraphQLSchema, OperationType
from graphql.execution.collect_fields import GroupedFieldSet

import api.execution
from api.ids import encode_id
from api.quick_fields import Plan, plan_fields
from tests.against_stock import ComparedExecution, compared_with_stock
from tests.closing import at_ms
from tests.converting import make_report
from tests.exporting import make_link_of_creator, read_export_id
from tests.integration.api.conftest import Tenant
from tests.messaging import make_contacts
from tests.populating import populate
from tests.product_queries import find_operations, read_query
from tests.segmenting import send
from tests.sessions import open_creator_session
from tests.settling import click
from tests.streaming import ServedGraph
from tests.telling import World
from tests.traits import relay_all
from tests.webhooks import make_endpoint, make_given_up
from tracking.clock import utc_now
from tracking.conversions.kinds import Proof, Source
from tracking.conversions.rulings import approve_conversions
from tracking.conversions.store import store_conversions
from tracking.creators.models import Creator
from tracking.exports.running import run_export
from tracking.links.models import Link
from tracking.offers.models import Offer
from tracking.reports.fold import fold_all

pytestmark = [pytest.mark.feature("R12"), pytest.mark.usefixtures("answered_once")]  # it says itself what is compared

OPERATIONS = find_operations()
NAMES = {name for operations in OPERATIONS.values() for name in operations}


class WatchedExecution(ComparedExecution):
    """Notes by the names of operations how often answers were compared, and where they differed."""

    compared: ClassVar[Counter[str]] = Counter()
    differing: ClassVar[dict[str, str]] = {}

    async def _compare(self, *selected: Any) -> Any:
        assert self.operation.name is not None
        name = self.operation.name.value
        self.compared[name] += 1
        try:
            return await super()._compare(*selected)
        except AssertionError as error:
            self.differing.setdefault(name, str(error))
        answer, _ = await self._try(False, *selected)  # so that the next operation has what it needs of this one
        if isinstance(answer, GraphQLError):
            raise answer
        return answer


class FrontEnd:
    """Sends the documents, one operation after the other."""

    def __init__(self, tenant: Tenant, served: ServedGraph, world: World, link: Link) -> None:
        self.tenant = tenant
        self.account = tenant.account
        self.world = world
        self.pool = world.pool
        self.link = link
        self._served = served

    async def run(self, document: str, operation: str, *, token: str | None = None, **variables: object) -> Any:
        """What the first field of the operation answers, which is no refusal."""
        body = {"query": read_query(document), "operationName": operation, "variables": variables}
        headers = {"Authorization": f"Bearer {token or self.tenant.key}"}
        answer = (await self.tenant.graph.client.post("/graphql", json=body, headers=headers)).json()
        assert "errors" not in answer, (operation, answer["errors"])
        [told, *_] = answer["data"].values()
        assert told, operation
        if isinstance(told, dict):
            assert told.get("__typename", "Success").endswith("Success"), (operation, told)
        return told

    async def follow(self, document: str, operation: str, count: int, **variables: object) -> list[dict[str, Any]]:
        """As many events of a subscription."""
        payload = {"query": read_query(document), "operationName": operation, "variables": variables}
        async with self._served.open_stream(self.tenant.key) as stream:
            await stream.send({"type": "subscribe", "id": "1", "payload": payload})
            return [await stream.receive_event() for _ in range(count)]


@pytest.fixture
async def front_end(
    acme: Tenant, served: ServedGraph, pool: asyncpg.Pool, redis_client: redis.asyncio.Redis
) -> FrontEnd:
    link = await make_link_of_creator(acme.account)
    return FrontEnd(acme, served, World(pool, redis_client, link), link)


async def run_queries(front: FrontEnd, rows: int) -> None:
    """Those documents that hold one query and nothing else."""
    variables = await populate(front.account, front.pool, rows)
    creator = await Creator.filter(account=front.account).order_by("-id").first()
    assert creator is not None
    session = await open_creator_session(front.tenant.graph, front.tenant.key, creator)
    for document, operations in OPERATIONS.items():
        if list(operations.values()) == [OperationType.QUERY]:
            [name] = operations
            token = session if document.startswith("08") else None
            await front.run(document, name, token=token, **variables.get(document, {}))
    await follow_work(front, variables["10-an-import-and-its-bad-rows"]["id"])


async def follow_work(front: FrontEnd, job_id: str) -> None:
    await front.run("26", "ProgressNow", id=job_id)
    await front.follow("26", "Progress", 1, id=job_id)
    links = await Link.filter(account=front.account).limit(3)
    await front.follow("26", "LiveTotals", 3, linkIds=[encode_id("Link", link.id) for link in links])


async def follow_events(front: FrontEnd) -> None:
    """A click and a conversion, and that they stand otherwise then."""
    since = {"since": (utc_now() - dt.timedelta(hours=1)).isoformat()}
    link = front.link
    program = front.world.make_click()
    await front.world.store(program)
    await front.world.find_out_that_it_is_a_program(program)
    clicks = await front.follow("06", "LiveClicks", 3, start=since, filter={"linkIds": [encode_id("Link", link.id)]})
    assert [each["__typename"] for each in clicks] == ["ClickRecorded", "ClickReclassified", "StreamReady"]
    report = make_report(link.account_id, link_id=link.id, proof=Proof.NONE, source=Source.PIXEL)
    [held] = (await store_conversions(front.pool, [report])).conversion_ids
    assert held is not None
    await approve_conversions(front.pool, link.account_id, [held])
    await relay_all(front.pool)
    told = await front.follow("15", "LiveConversions", 3, start=since)
    assert [each["__typename"] for each in told] == ["ConversionRecorded", "ConversionChanged", "StreamReady"]


async def set_up_a_campaign(front: FrontEnd) -> None:
    campaign = (await front.run("04", "CreateCampaign"))["campaign"]
    await front.run("04", "CreateDeliverable", campaignId=campaign["id"])
    items = (await front.run("04", "CreateCreators", creators=[{"handle": "ada"}, {"handle": ""}]))["items"]
    added = await front.run("04", "AddCreators", campaignId=campaign["id"], creatorIds=[items[0]["node"]["id"]])
    await front.run("04", "Promote", campaignCreatorId=added["items"][0]["node"]["id"])


async def set_up_conversions(front: FrontEnd) -> None:
    await front.run("16", "CreateSnippetKey")
    await front.run("16", "NamePages", origins=["https://shop.example"])
    await front.run("16", "Installation")
    await front.run("16", "CreateSigningKey")
    sale = {"txnId": "1001", "revenue": "12.50", "currency": "EUR", "linkId": encode_id("Link", front.link.id)}
    await front.run("16", "RecordConversions", conversions=[sale, {"revenue": "1"}])
    report = make_report(front.account.id, link_id=front.link.id, proof=Proof.NONE, source=Source.PIXEL)
    [held] = (await store_conversions(front.pool, [report])).conversion_ids
    assert held is not None
    await front.run("16", "Approve", ids=[encode_id("Conversion", held)])


async def tell_of_a_campaign(front: FrontEnd) -> None:
    """A page, an export and a closed period of what was clicked in March."""
    link = front.link
    campaign_id = encode_id("Campaign", link.campaign_id or 0)
    page = await front.run("19", "ShareReportPage", campaignId=campaign_id, name="For the board")
    await front.run("19", "ReportPages")
    await front.run("19", "RevokeReportPage", id=page["reportPage"]["id"])
    await front.run("20", "Columns")
    export = (await front.run("20", "RequestExport", campaignId=campaign_id))["export"]
    await run_export(front.pool, read_export_id(export["id"]), None)
    await front.run("20", "ExportProgress", id=export["id"])
    await front.run("20", "EveryMonth", campaignId=campaign_id)
    labels = {"link_id": link.id, "campaign_id": link.campaign_id, "creator_id": link.creator_id}
    await click(front.pool, link.account_id, at_ms=at_ms(2), **labels)
    await fold_all(front.pool)
    period = {"days": {"from": "2026-03-01", "to": "2026-03-07"}}
    await front.run("21", "CloseStatement", campaignId=campaign_id, period=period)
    [closed] = (await front.run("21", "Statements", campaignId=campaign_id))["nodes"]
    assert len(closed["lines"]["nodes"]) == 1


async def remind_contacts(front: FrontEnd) -> None:
    for name in ("Bundle", "Gift"):
        await Offer.create(account_id=front.account.id, name=name, destination_url="https://brand.example/")
    message = await send(front.account, await make_contacts(front.account, 2))
    message_id = encode_id("Message", message.id)
    segment = (await front.run("22", "CreateSegment", messageId=message_id, name="Not clicked yet"))["segment"]
    await front.run("22", "SegmentContacts", id=segment["id"])
    await front.run("22", "RemindThem", segmentId=segment["id"], template="{{ offers.gift }}")


async def look_after_webhooks(front: FrontEnd) -> None:
    began_at = utc_now()  # what the log holds begins with the test, and nothing earlier may be asked for
    campaign_id = encode_id("Campaign", front.link.campaign_id or 0)
    given = {"url": "https://shop.example/", "campaignId": campaign_id}
    webhook = (await front.run("24", "CreateWebhook", **given))["webhook"]
    for step in ("PingWebhook", "RotateWebhookSecret", "PauseWebhook"):
        await front.run("24", step, id=webhook["id"])
    failing = await make_endpoint(front.account, failing_since=utc_now() - dt.timedelta(hours=2))
    await make_given_up(front.pool, failing)
    [notice] = (await front.run("25", "WhatIsWrong"))["account"]["notices"]
    failing_id = notice["webhook"]["id"]
    told = await front.run("25", "FailedDeliveries", id=failing_id, status="GIVEN_UP")
    [failed] = told["deliveries"]["nodes"]
    await front.run("25", "SendItOnceMore", deliveryId=failed["id"])
    given = {"from": began_at.isoformat(), "to": utc_now().isoformat()}
    await front.run("25", "SendARangeOnceMore", webhookId=failing_id, **given)


async def run_every_operation(front: FrontEnd, rows: int) -> None:
    WatchedExecution.compared.clear()
    WatchedExecution.differing.clear()
    with compared_with_stock(WatchedExecution):
        await follow_events(front)
        await run_queries(front, rows)
        await set_up_a_campaign(front)
        await set_up_conversions(front)
        await tell_of_a_campaign(front)
        await remind_contacts(front)
        await look_after_webhooks(front)


async def test_every_operation_is_answered_as_graphql_core_alone_would(front_end: FrontEnd) -> None:
    await run_every_operation(front_end, rows=2)

    assert WatchedExecution.differing == {}
    # Whoever adds a document, or an operation to one, runs it above.
    assert set(WatchedExecution.compared) == NAMES


async def test_an_attribute_that_is_forgotten_is_found_in_each(
    front_end: FrontEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And thereby: in each there is one that is read quickly."""
    monkeypatch.setattr(api.execution, "plan_fields", _forget_attributes)
    await run_every_operation(front_end, rows=1)

    assert set(WatchedExecution.differing) == NAMES


def _forget_attributes(schema: GraphQLSchema, parent: GraphQLObjectType, selected: GroupedFieldSet) -> Plan:
    return [each for each in plan_fields(schema, parent, selected) if each.attribute is None]


def test_every_document_names_its_operations_and_none_twice() -> None:
    assert all(OPERATIONS.values())
    assert len(NAMES) == sum(map(len, OPERATIONS.values()))
