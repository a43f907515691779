"""A visitor of shared links who is to be forgotten, for tests: traces in every store, waiting ones too."""

import datetime as dt
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg
import msgspec
import redis.asyncio

from tests.audience import LinkSite, make_link, make_link_site, open_redirector
from tests.clicking import DAY_MS, make_event, store
from tests.converting import make_report
from tests.erasing import ADDRESS, HOUR, NETWORK, NOBODY_LISTENS, USER_AGENT, empty_spool_and_stream, pass_over
from tests.searching import search_for, write_bytes, write_text
from tests.traits import catch_up
from tracking.clicks.event import VERSION, ClickEvent, VisitorMethod, encode_click
from tracking.clicks.visitors import VisitorCookie, write_cookie
from tracking.clock import now_ms
from tracking.conversions.event import ConversionEvent, encode_conversion
from tracking.conversions.kinds import Proof, Source
from tracking.conversions.store import store_conversions
from tracking.erasure.models import Erasure
from tracking.erasure.rules import WATCHED
from tracking.erasure.visitor_service import Shown
from tracking.exports.models import ExportKind
from tracking.exports.running import run_export
from tracking.exports.service import NewExport, request_export
from tracking.reports.audit import audit
from tracking.reports.fold import fold_all
from tracking.reports.scopes import COUNTERS
from tracking.settings import Settings
from tracking.streams import CLICK_GROUP, CLICK_STREAM, DEAD_CLICK_STREAM, VERSIONS, Mark

TODAY: Final = now_ms() // DAY_MS
COOKIE: Final = VisitorCookie(
    bytes.fromhex("feedfacecafebeef0123456789abcdef"), TODAY - 3, bytes.fromhex("deadbeefdeadbeef0011223344556677")
)
NEEDLES: Final = {
    "cookie's id": write_bytes(COOKIE.visitor_id),
    "hash of a day": write_bytes(COOKIE.day_hash),
    "network": write_bytes(NETWORK),
    "address": [*write_text(ADDRESS), *write_text("2001:db8:77f3::")],
    "user agent": write_text("PlantedBrowser"),
}
WHO: Final = Shown(frozenset({COOKIE.visitor_id, COOKIE.day_hash}))


class Visited(NamedTuple):
    site: LinkSite
    link_ids: list[int]
    clicks: list[ClickEvent]  # the first is that of the day without a cookie
    order: ConversionEvent


class Place(NamedTuple):
    """The stores, and who is to be forgotten in them."""

    pool: asyncpg.Pool
    client: redis.asyncio.Redis
    settings: Settings
    visited: Visited

    @property
    def account_id(self) -> int:
        return self.visited.site.account_id

    async def pass_over(self, erasure: Erasure, later: dt.timedelta = HOUR) -> None:
        await pass_over(self.pool, self.client, erasure, later)

    async def empty_spool_and_stream(self) -> None:
        await empty_spool_and_stream(self.pool, self.client, self.settings)
        await catch_up(self.pool)

    async def run_all(self, erasure: Erasure) -> Erasure:
        """With what waited coming in after it was done."""
        for later in (0 * HOUR, HOUR):
            await self.pass_over(erasure, later)
        await self.empty_spool_and_stream()
        for later in (HOUR, 4 * HOUR, WATCHED + HOUR, WATCHED + 2 * HOUR):
            await self.pass_over(erasure, later)
        await catch_up(self.pool)
        return await Erasure.get(id=erasure.id)

    async def search(self) -> set[str]:
        return await search_for(self.pool, self.client, self.settings.spool_dir, NEEDLES)

    async def read_counts(self) -> list[tuple[Any, ...]]:
        await fold_all(self.pool)
        clicks = await self.pool.fetch(
            f"SELECT scope, first_key, second_key, grain, bucket, {', '.join(COUNTERS)} FROM rollup"
            " ORDER BY 1, 2, 3, 4, 5"
        )
        outcomes = await self.pool.fetch(
            "SELECT scope, first_key, second_key, grain, bucket, dating, currency, conversions, gross_minor"
            " FROM outcome_rollup ORDER BY 1, 2, 3, 4, 5, 6, 7"
        )
        return [tuple(row) for row in (*clicks, *outcomes)]

    async def audit(self) -> list[str]:
        return [str(each) for each in (await audit(self.pool)).differences]


async def plant_visitor(pool: asyncpg.Pool, client: redis.asyncio.Redis, settings: Settings) -> Visited:
    """Stored on two links over days, with an order that the cookie led to; returned; read but not stored; spooled."""
    site = await make_link_site(pool)
    await pool.execute("UPDATE account SET uses_visitor_cookie = true")
    link_ids = [await make_link(pool, site, slug) for slug in ("first", "second")]
    clicks = [
        make_visit(site, link_ids[0], days_ago=3, visitor_method=VisitorMethod.HASH),
        make_visit(site, link_ids[0], days_ago=3),
        *(make_visit(site, link_id, days_ago=days) for link_id in link_ids for days in (2, 2, 1, 0)),
    ]
    other = make_event(site.account_id, link_id=link_ids[0], visitor=2, visitor_method=VisitorMethod.COOKIE)
    await store(pool, *clicks, other)
    order = make_order(site, link_ids[0])
    await store_conversions(pool, [order])
    await pool.execute(
        "INSERT INTO correction_click (correction_id, click_id, visitor_key) VALUES (1, $1, $2)",
        UUID(bytes=clicks[-1].click_id),
        COOKIE.visitor_id,
    )
    await run_export(pool, (await request_export(site.account_id, NewExport(ExportKind.CLICKS))).id, None)
    await bury(client, site, link_ids[0])
    await visit(settings, "/first")
    await client.xgroup_create(CLICK_STREAM, CLICK_GROUP, id="0", mkstream=True)
    await client.xreadgroup(CLICK_GROUP, settings.worker_name, {CLICK_STREAM: ">"})
    await visit(msgspec.structs.replace(settings, redis_url=NOBODY_LISTENS), "/second")
    await catch_up(pool)
    return Visited(site, link_ids, clicks, order)


def make_visit(
    site: LinkSite, link_id: int, *, days_ago: int = 0, at_ms: int | None = None, **changes: Any
) -> ClickEvent:
    """As a redirector writes it for whoever brings the cookie."""
    moment = now_ms() - days_ago * DAY_MS if at_ms is None else at_ms
    facts: dict[str, Any] = {
        "link_id": link_id,
        "visitor_key": COOKIE.find_key(moment // DAY_MS),
        "visitor_method": VisitorMethod.COOKIE,
        "client_ip": "2001:db8:77f3::",
        "user_agent": USER_AGENT.encode(),
    }
    return make_event(site.account_id, at_ms=moment, **{**facts, **changes})


def make_order(site: LinkSite, link_id: int, **changes: Any) -> ConversionEvent:
    """That nothing but the cookie leads to a click."""
    keys = [COOKIE.visitor_id, COOKIE.day_hash]
    facts: dict[str, Any] = {"link_id": link_id, "visitor_keys": keys, "source": Source.PIXEL, "proof": Proof.NONE}
    return make_report(site.account_id, **{**facts, **changes})


async def visit(settings: Settings, path: str) -> None:
    """At a redirector, with the cookie; where it finds no Redis, into its spool."""
    cookie = "ctv=" + write_cookie(COOKIE, settings.cookie_secret).decode()
    async with open_redirector(settings) as audience:
        answer = await audience.get(path, ("user-agent", USER_AGENT), ("cookie", cookie), client=ADDRESS)
        assert answer.status == 302


async def bury(client: redis.asyncio.Redis, site: LinkSite, link_id: int) -> None:
    """A click and an order of theirs that could not be stored."""
    click, order = make_visit(site, link_id), make_order(site, link_id)
    conversion = VERSIONS[Mark.CONVERSION]
    for version, event in ((VERSION, encode_click(click)), (conversion, encode_conversion(order))):
        kept: dict[Any, Any] = {"src": "1-1", "why": "unstorable", "version": version, "event": event}
        await client.xadd(DEAD_CLICK_STREAM, kept)
