"""A contact who is to be forgotten, for tests: traces in every store, waiting ones too, and all passes over them."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import asyncpg
import msgspec
import redis.asyncio

from redirector.recording.spool import Spool
from tests.audience import open_redirector
from tests.clicking import HUMAN, make_event
from tests.converting import make_report
from tests.hooking import add_endpoint, tell_all
from tests.messaging import for_contacts, make_message
from tests.searching import search_for, write_bytes, write_text
from tests.traits import catch_up
from tests.waiting import eventually
from tracking.accounts.models import Account
from tracking.clicks.event import VERSION, ClickEvent, VisitorMethod, encode_click
from tracking.clicks.visitors import name_contact
from tracking.clock import utc_now
from tracking.contacts.models import Contact
from tracking.contacts.rules import GivenContact
from tracking.contacts.service import upsert_contacts
from tracking.conversions.store import store_conversions
from tracking.erasure import running
from tracking.erasure.models import Erasure
from tracking.erasure.rules import WATCHED
from tracking.erasure.service import erase_contact
from tracking.exports.models import ExportKind
from tracking.exports.running import run_export
from tracking.exports.service import NewExport, request_export
from tracking.graph_ids import write_graph_id
from tracking.imports.models import Import, ImportFormat, ImportKind, ImportProblem, ImportStatus
from tracking.links.models import Link
from tracking.messages.deliveries import ToldDelivery, record_deliveries
from tracking.messages.models import DeliveryStatus, Message
from tracking.reports.audit import audit
from tracking.reports.fold import fold_all
from tracking.reports.scopes import COUNTERS, Scope
from tracking.settings import Settings
from tracking.streams import DEAD_CLICK_STREAM
from worker.dead_letter import erase_dead
from worker.ingest import Ingester

NUMBER: Final = 77_123_456_789  # not found anywhere by chance
EXTERNAL_ID: Final = "planted-4711@example.com"
NAME: Final = "Petronella Plantagenet"
SHARE_URL: Final = "https://brand.example/r/planted-4711-shares"
ADDRESS: Final = "2001:db8:77f3:1::4711"
NETWORK: Final = bytes.fromhex("20010db877f3")
USER_AGENT: Final = "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/147.0 PlantedBrowser/4711"
COOKIE: Final = bytes.fromhex("feedfacecafebeef0123456789abcdef")
HOUR: Final = dt.timedelta(hours=1)
NOBODY_LISTENS: Final = "redis://127.0.0.1:1/0"
ROOM_BYTES: Final = 1_000_000

# What is found when this place, or this step, is left out of an erasure.
REMAINS: Final[Mapping[str, frozenset[str]]] = {
    "recipients": frozenset({"number in message_recipient", "user agent in user_agent", "number in erasure"}),
    "deliveries": frozenset({"number in delivery"}),
    "history": frozenset({"external id in history_entry", "share address in history_entry"}),
    "waiting events": frozenset({"number in event_outbox"}),
    "events": frozenset({"number in event_log"}),
    "conversions": frozenset({"number in conversion"}),
    "ledger": frozenset({"number in conversion_entry"}),
    "reports of conversions": frozenset({"cookie in conversion_report"}),
    "waiting counts": frozenset({"number in rollup_delta"}),
    "counts": frozenset({"number in rollup"}),
    "waiting counts of conversions": frozenset({"number in outcome_delta"}),
    "counts of conversions": frozenset({"number in outcome_rollup"}),
    "_blank_clicks": frozenset(
        {f"{what} in click" for what in ("number", "network", "visitor key")}
        | {"visitor key in unique_click", "user agent in user_agent", "number in erasure"}
    ),
    "_empty_files": frozenset(
        {f"{what} in export_chunk" for what in ("external id", "name", "id")}
        | {f"{what} in import_problem" for what in ("external id", "name")}
    ),
    "blank_bodies": frozenset({f"{what} in webhook_delivery" for what in ("external id", "share address", "id")}),
    "forget_user_agents": frozenset({"user agent in user_agent", "number in erasure"}),
}


class Planted(NamedTuple):
    """The contact who is to be forgotten, another one who is not, and their message."""

    account: Account
    contact: Contact
    other: Contact
    message: Message

    async def find_link(self, contact: Contact) -> Link:
        return await Link.get(message_id=self.message.id, contact_id=contact.id, slot=1)


class Site(NamedTuple):
    """The stores, and who is to be forgotten in them."""

    pool: asyncpg.Pool
    client: redis.asyncio.Redis
    settings: Settings
    planted: Planted

    async def erase(self) -> Erasure:
        return await erase_contact(self.planted.account.id, self.planted.contact.id)

    async def pass_over(self, erasure: Erasure, later: dt.timedelta = HOUR) -> None:
        await pass_over(self.pool, self.client, erasure, later)

    async def let_in(self) -> None:
        await empty_spool_and_stream(self.pool, self.client, self.settings)

    async def run_all(self, erasure: Erasure) -> Erasure:
        """Until nothing can come late, with what waited coming in after it was done."""
        for later in (0 * HOUR, HOUR):
            await self.pass_over(erasure, later)
        await self.let_in()
        for later in (HOUR, HOUR, 4 * HOUR, WATCHED + HOUR):
            await self.pass_over(erasure, later)
        return await Erasure.get(id=erasure.id)

    async def search(self) -> set[str]:
        return await search(self.pool, self.client, self.settings.spool_dir, self.planted.contact)

    def find_spooled(self) -> str:
        """The name of the only file of the spool."""
        (path,) = self.settings.spool_dir.iterdir()
        return path.name

    async def read_counts(self) -> list[tuple[Any, ...]]:
        """Of every scope but the one of contacts, everything folded."""
        await fold_all(self.pool)
        clicks = await self.pool.fetch(
            f"SELECT scope, first_key, second_key, grain, bucket, {', '.join(COUNTERS)} FROM rollup"
            f" WHERE scope <> {Scope.CONTACT} ORDER BY 1, 2, 3, 4, 5"
        )
        outcomes = await self.pool.fetch(
            "SELECT scope, first_key, second_key, grain, bucket, dating, currency, conversions, gross_minor"
            f" FROM outcome_rollup WHERE scope <> {Scope.CONTACT} ORDER BY 1, 2, 3, 4, 5, 6, 7"
        )
        return [tuple(row) for row in (*clicks, *outcomes)]

    async def audit(self) -> list[str]:
        return [str(each) for each in (await audit(self.pool)).differences]


async def plant(pool: asyncpg.Pool, client: redis.asyncio.Redis, settings: Settings, account: Account) -> Planted:
    """By the doors that there are: clicks, deliveries, orders, exports, webhooks, letters that were returned.

    The last two clicks wait: one in the stream, one in the spool.
    """
    await pool.execute("SELECT setval('contact_id_seq', $1)", NUMBER - 1)
    given = [
        GivenContact(EXTERNAL_ID, {"name": NAME, "share_url": SHARE_URL}),
        GivenContact("other", {"name": "Other", "share_url": "https://brand.example/other"}),
    ]
    await add_endpoint(pool, account.id)
    outcomes = await upsert_contacts(account.id, given)
    contact, other = [await Contact.get(id=outcome.contact_id) for outcome in outcomes]
    template = "Dear {{ contact.name }}, https://brand.example/sale"
    message = await make_message(account, template, for_contacts([contact, other]), tracks_plain_urls=True)
    planted = Planted(account, contact, other, message)
    for each, address, user_agent in ((contact, ADDRESS, USER_AGENT), (other, "2001:db8:1::1", HUMAN.decode())):
        slug = (await planted.find_link(each)).slug
        await click(settings, f"/{slug}", address=address, user_agent=user_agent)
        await click(settings, f"/{slug}", address=address, user_agent=user_agent)
        await record_delivery(planted, each)
    await Ingester(settings, pool, client, lambda: None).drain()
    await _order(pool, planted)
    await _write_files(pool, account)
    await bury(client, planted)
    await tell_all(pool)
    await catch_up(pool)
    slug = (await planted.find_link(contact)).slug
    for way in (settings, msgspec.structs.replace(settings, redis_url=NOBODY_LISTENS)):
        assert await click(way, f"/{slug}", user_agent=USER_AGENT) == 302
    return planted


async def click(settings: Settings, path: str, *, address: str = ADDRESS, user_agent: str = USER_AGENT) -> int:
    """At the redirector, which puts it into the stream. Answers with its status."""
    async with open_redirector(settings) as audience:
        answer = await audience.get(path, ("user-agent", user_agent), client=address)
    return answer.status


def spool(settings: Settings, event: ClickEvent) -> None:
    """As a redirector leaves it that ended."""
    waiting = Spool(settings.spool_dir, ROOM_BYTES)
    waiting.write([encode_click(event)])
    waiting.close()


async def pass_over(pool: asyncpg.Pool, client: redis.asyncio.Redis, erasure: Erasure, later: dt.timedelta) -> None:
    """As the worker does, so much later."""
    now = utc_now() + later
    await erase_dead(client, await running.list_stand_ins(pool))
    await running.run_erasure(pool, erasure.id, stored_until=now, now=now)


async def empty_spool_and_stream(pool: asyncpg.Pool, client: redis.asyncio.Redis, settings: Settings) -> None:
    """What waited comes in, as when Redis is back."""

    async def list_spool() -> list[Path]:
        return [path for path in settings.spool_dir.rglob("*") if path.is_file()]

    async with open_redirector(settings):
        assert await eventually(list_spool, lambda paths: not paths) == []
    await Ingester(settings, pool, client, lambda: None).drain()


async def record_delivery(planted: Planted, contact: Contact | None = None) -> None:
    told = ToldDelivery(DeliveryStatus.DELIVERED, utc_now(), contact_id=(contact or planted.contact).id)
    await record_deliveries(planted.account.id, planted.message.id, [told])


async def bury(client: redis.asyncio.Redis, planted: Planted) -> None:
    """A click of theirs that could not be stored."""
    event = make_click(planted, await planted.find_link(planted.contact))
    kept: dict[Any, Any] = {"src": "1-1", "why": "too_late", "version": VERSION, "event": encode_click(event)}
    await client.xadd(DEAD_CLICK_STREAM, kept)


def make_click(planted: Planted, link: Link, **changes: Any) -> ClickEvent:
    """As a redirector writes it that does not know yet."""
    facts: dict[str, Any] = {
        "link_id": link.id,
        "campaign_id": None,
        "creator_id": None,
        "message_id": planted.message.id,
        "slot": 1,
        "contact_id": planted.contact.id,
        "visitor_key": name_contact(planted.contact.id),
        "visitor_method": VisitorMethod.CONTACT,
        "client_ip": "2001:db8:77f3::",
        "user_agent": USER_AGENT.encode(),
    }
    return make_event(planted.account.id, **{**facts, **changes})


async def _order(pool: asyncpg.Pool, planted: Planted) -> None:
    link = await planted.find_link(planted.contact)
    await store_conversions(pool, [make_report(planted.account.id, link_id=link.id, visitor_keys=[COOKIE])])


async def _write_files(pool: asyncpg.Pool, account: Account) -> None:
    for kind in (ExportKind.CONTACTS, ExportKind.CLICKS):
        await run_export(pool, (await request_export(account.id, NewExport(kind))).id, None)
    done = await Import.create(
        account=account,
        kind=ImportKind.CONTACTS,
        format=ImportFormat.CSV,
        status=ImportStatus.COMPLETED,
        upload_expires_at=utc_now(),
    )
    row = [EXTERNAL_ID, NAME, "ftp://nowhere"]
    problem: dict[str, Any] = {"line": 2, "code": "INVALID", "message": "no address"}
    await ImportProblem.create(of_import=done, column="share_url", value="ftp://nowhere", row=row, **problem)
    await ImportProblem.create(of_import=done, column="name", value=NAME, **problem)


def list_needles(contact: Contact) -> dict[str, list[bytes]]:
    """What says who it was, as it may lie in a table or a key: text, numbers, ids of the graph and bytes."""
    number = contact.id
    return {
        "external id": write_text(EXTERNAL_ID),
        "name": write_text(NAME),
        "share address": write_text("planted-4711-shares"),
        "number": [*write_text(str(number)), number.to_bytes(8, "big")],
        "id": write_text(write_graph_id("Contact", number)),
        "visitor key": write_bytes(name_contact(number)),
        "network": write_bytes(NETWORK),
        "address": write_text(ADDRESS),
        "user agent": write_text("PlantedBrowser"),
        "cookie": write_bytes(COOKIE),
    }


async def search(pool: asyncpg.Pool, client: redis.asyncio.Redis, folder: Path, contact: Contact) -> set[str]:
    """Where anything is found: every table as text, every key of Redis, every file below the folder."""
    return await search_for(pool, client, folder, list_needles(contact))
