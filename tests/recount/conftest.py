"""A seeded account that behaviour passes went over, its reports, and the books made of what it exported."""

import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from creatrail.seed.cast import TIME_ZONE
from creatrail.seed.demo import seed
from tests.behaviour import look
from tests.clicking import make_event, store
from tests.conftest import Stores
from tests.converting import make_report
from tests.exporting import export
from tests.graph import Graph, open_graph
from tests.recount.books import open_books
from tests.recount.figures import Subject
from tests.recount.reports import list_subjects
from tests.settling import convert, take_out
from tracking.accounts.models import Scope
from tracking.accounts.service import create_api_key
from tracking.clicks.event import VisitorMethod
from tracking.clicks.ids import read_click_ms
from tracking.clicks.visitors import name_contact
from tracking.clock import now_ms
from tracking.links.models import Link
from tracking.orm import open_orm
from tracking.reports.fold import fold_all

CLICKS = 3_000
_LABELS = ("campaign_id", "creator_id", "message_id", "slot", "contact_id", "offer_id", "sharer_id")


@dataclass(frozen=True)
class Kept:
    """What an account asked for: its reports when they are asked for, and its files."""

    stores: Stores
    graph: Graph
    key: str
    zone: ZoneInfo
    subjects: list[Subject]
    clicks: bytes
    conversions: bytes
    books: sqlite3.Connection

    async def ask(self, query: str, **variables: object) -> dict[str, Any]:
        return await self.graph.ask(query, api_key=self.key, **variables)

    async def fetch(self, **given: Any) -> bytes:
        return await fetch_export(self.stores, self.graph, self.key, **given)


async def fetch_export(stores: Stores, graph: Graph, key: str, **given: Any) -> bytes:
    """Asked for on the graph, written by the worker's function, fetched over HTTP."""

    async def ask(query: str, **variables: object) -> dict[str, Any]:
        return await graph.ask(query, api_key=key, **variables)

    found = await export(ask, stores.pool, **given)
    assert found["status"] == "COMPLETED", found
    return (await graph.client.get(found["downloadUrl"])).content


@pytest.fixture(scope="module")
async def kept(stores: Stores) -> AsyncIterator[Kept]:
    async with open_orm(stores.settings), open_graph(stores.settings) as graph:
        demo = await seed(stores.settings, clicks=CLICKS)
        await look(stores.pool)
        await sell_by_messages(stores.pool, demo.account_id)
        await sell_in_francs(stores.pool, demo.account_id)
        await fold_all(stores.pool)
        await tag_links(demo.account_id)
        key = (await create_api_key(demo.account_id, "recount", [Scope.ADMIN])).token
        yield await keep_books(stores, graph, key)
    await stores.clean()


async def sell_by_messages(pool: asyncpg.Pool, account_id: int) -> None:
    """A click, a repeat and a sale on each of the contacts' links for an offer, and on what users share."""
    links = await Link.filter(account_id=account_id, archived_at=None).order_by("id")
    shared = [link for link in links if link.contact_id and link.offer_id][:6]
    shared += [link for link in links if link.sharer_id and not link.contact_id]
    for place, link in enumerate(shared):
        at_ms = now_ms() - (place + 1) * 30_000_000
        labels = {name: getattr(link, name) for name in _LABELS} | {"link_id": link.id}
        if link.contact_id:
            labels |= {"visitor_key": name_contact(link.contact_id), "visitor_method": VisitorMethod.CONTACT}
        events = [make_event(account_id, at_ms=at_ms + after_ms, zone=TIME_ZONE, **labels) for after_ms in (0, 60_000)]
        await store(pool, *events)
        await convert(pool, make_report(account_id, click_ids=[events[0].click_id], offer_id=link.offer_id))


async def sell_in_francs(pool: asyncpg.Pool, account_id: int) -> None:
    """Sales by clicks of every creator, two hours after them; every other one is given back, a third of it."""
    rows = await pool.fetch(
        "SELECT DISTINCT ON (creator_id) id FROM click WHERE account_id = $1 AND is_counted AND creator_id IS NOT NULL"
        " ORDER BY creator_id, id",
        account_id,
    )
    offer_id = await pool.fetchval("SELECT min(id) FROM offer WHERE account_id = $1", account_id)
    for place, row in enumerate(rows):
        sold_ms = read_click_ms(row["id"].bytes) + 7_200_000
        sold: dict[str, Any] = {"received_at_ms": sold_ms, "revenue": "30.30", "currency": "CHF", "offer_id": offer_id}
        sale = make_report(account_id, click_ids=[row["id"].bytes], **sold)
        refund = take_out(sale, "refund", f"R-{place}", "10.10", received_at_ms=sold_ms + 86_400_000)
        await convert(pool, sale, *([refund] if place % 2 else []))


async def tag_links(account_id: int) -> None:
    """Every third and every fourth, so that some have two tags."""
    links = await Link.filter(account_id=account_id, contact_id=None).order_by("id")
    for place, link in enumerate(links):
        tags = [tag for tag, step in (("autumn", 3), ("paid", 4)) if place % step == 0]
        await Link.filter(id=link.id).update(tags=tags)


async def keep_books(stores: Stores, graph: Graph, key: str) -> Kept:
    async def ask(query: str, **variables: object) -> dict[str, Any]:
        return await graph.ask(query, api_key=key, **variables)

    account = (await ask("{ viewer { account { timezone } } }"))["viewer"]["account"]
    clicks = await fetch_export(stores, graph, key, kind="CLICKS")
    conversions = await fetch_export(stores, graph, key, kind="CONVERSIONS")
    return Kept(
        stores=stores,
        graph=graph,
        key=key,
        zone=ZoneInfo(account["timezone"]),
        subjects=await list_subjects(ask),
        clicks=clicks,
        conversions=conversions,
        books=open_books(clicks, conversions),
    )
