"""The tables counted again from the clicks alone, in Python, for comparison with what the worker has added up."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg

from tests.chaos.site import Site
from tracking.bots.verdicts import TrafficClass
from tracking.clicks.event import VisitorMethod
from tracking.clicks.ids import read_click_time
from tracking.reports.scopes import COUNTERS, Grain, Scope

SUMS = ("human_clicks", "suspect_clicks", "bot_clicks")
SPECIAL = {
    TrafficClass.PREFETCH: "prefetches",
    TrafficClass.PREVIEW: "preview_fetches",
    TrafficClass.TEST: "test_clicks",
}
METHODS = {
    VisitorMethod.CONTACT: "unique_by_contact",
    VisitorMethod.COOKIE: "unique_by_cookie",
    VisitorMethod.HASH: "unique_by_hash",
}
TOTAL_BUCKET = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

Place = tuple[int, int, int, int, dt.datetime]  # scope, first key, second key, grain, bucket
Cell = tuple[int, int, int, int, dt.datetime, str]  # scope, first key, second key, grain, bucket, counter


async def count_wrong_cells(pool: asyncpg.Pool, site: Site) -> int:
    """How many counters of the rollups are not what the clicks and their unique rows add up to."""
    clicks = await pool.fetch("SELECT * FROM click WHERE account_id = $1", site.account_id)
    holders = {row["click_id"] for row in await _read_uniques(pool, site)}
    expected: Counter[Cell] = Counter()
    for click in clicks:
        expected.update(list_cells(click, ZoneInfo(site.zone), is_holder=click["id"] in holders))
    found = await read_cells(pool, site.account_id)
    return sum(1 for cell in expected.keys() | found.keys() if expected[cell] != found[cell])


async def read_cells(pool: asyncpg.Pool, account_id: int) -> Counter[Cell]:
    """Every counter of the rollups that is not zero."""
    found: Counter[Cell] = Counter()
    for row in await pool.fetch("SELECT * FROM rollup WHERE account_id = $1", account_id):
        key = (row["scope"], row["first_key"], row["second_key"], row["grain"], row["bucket"])
        found.update({(*key, counter): row[counter] for counter in COUNTERS if row[counter]})
    return found


def list_cells(click: Mapping[str, Any], zone: ZoneInfo, *, is_holder: bool) -> Iterator[Cell]:
    """Where one click is counted, once each."""
    places = list(list_places(click, read_click_time(click["id"]), zone))
    for counter in list_counters(click, is_holder=is_holder):
        for place in places:
            yield (*place, counter)


async def count_wrong_uniques(pool: asyncpg.Pool, site: Site) -> int:
    """How many unique rows are missing, too many, or held by another click than the first counted one."""
    clicks = await pool.fetch("SELECT * FROM click WHERE account_id = $1 AND is_counted", site.account_id)
    first: dict[tuple[object, ...], object] = {}
    for click in sorted(clicks, key=lambda row: row["id"].int):
        first.setdefault((click["visitor_day"], click["link_id"], click["visitor_key"]), click["id"])
    rows = await _read_uniques(pool, site)
    found = {(row["day"], row["subject_id"], row["visitor_key"]): row["click_id"] for row in rows}
    return len(first.items() ^ found.items())


async def _read_uniques(pool: asyncpg.Pool, site: Site) -> list[asyncpg.Record]:
    rows: list[asyncpg.Record] = await pool.fetch("SELECT * FROM unique_click WHERE account_id = $1", site.account_id)
    return rows


def list_counters(click: Mapping[str, Any], *, is_holder: bool) -> Iterable[str]:
    yield SPECIAL.get(click["traffic_class"]) or SUMS[click["verdict"]]
    if click["is_counted"]:
        yield "counted_clicks"
    if is_holder:
        yield "unique_clicks"
        if click["visitor_method"] in METHODS:
            yield METHODS[click["visitor_method"]]


def list_places(
    labels: Mapping[str, Any], moment: dt.datetime, zone: ZoneInfo, creatives: Mapping[int, int] | None = None
) -> Iterator[Place]:
    """Where something counts that happened at this moment, and belongs to what the labels say.

    `creatives` are those of messages.
    """
    hour = moment.astimezone(zone).replace(minute=0, second=0, microsecond=0)
    buckets = {Grain.HOUR: hour, Grain.DAY: hour.replace(hour=0), Grain.TOTAL: TOTAL_BUCKET}
    campaign_id, creator_id, message_id, offer_id, sharer_id, contact_id = (
        labels[name] or 0 for name in ("campaign_id", "creator_id", "message_id", "offer_id", "sharer_id", "contact_id")
    )
    everywhere = {
        Scope.ACCOUNT: (0, 0),
        Scope.CAMPAIGN: (campaign_id, 0),
        Scope.CREATOR: (creator_id, 0),
        Scope.CAMPAIGN_CREATOR: (campaign_id, creator_id),
        Scope.LINK: ((labels["link_id"] or 0) if labels["contact_id"] is None else 0, 0),
    }
    owned = {
        Scope.MESSAGE: (message_id, 0),
        Scope.MESSAGE_SLOT: (message_id, labels["slot"] or 0),
        Scope.MESSAGE_SHARER: (message_id, sharer_id),
        Scope.CREATIVE: ((creatives or {}).get(message_id) or 0, 0),
        Scope.SHARER: (sharer_id, 0),
        Scope.CONTACT: (contact_id, 0),
        Scope.OFFER: (offer_id, 0),
        Scope.OFFER_CREATOR: (offer_id, creator_id),
    }
    keys = everywhere | {scope: key for scope, key in owned.items() if key[0]}
    for scope, (first, second) in keys.items():
        for grain in [Grain.TOTAL] if scope is Scope.CONTACT else Grain:
            yield scope, first, second, grain, buckets[grain].astimezone(dt.UTC)
