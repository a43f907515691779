"""The tables counted again from the clicks alone, in Python, for comparison with what the worker has added up."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

import asyncpg

from tests.chaos.site import Site
from tracking.bots.verdicts import TrafficClass
from tracking.clicks.ids import read_click_time
from tracking.reports.scopes import COUNTERS, Grain, Scope

SUMS = ("human_clicks", "suspect_clicks", "bot_clicks")
SPECIAL = {
    TrafficClass.PREFETCH: "prefetches",
    TrafficClass.PREVIEW: "preview_fetches",
    TrafficClass.TEST: "test_clicks",
}
TOTAL_BUCKET = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

Cell = tuple[int, int, int, int, dt.datetime, str]  # scope, first key, second key, grain, bucket, counter


async def count_wrong_cells(pool: asyncpg.Pool, site: Site) -> int:
    """How many counters of the rollups are not what the clicks and their unique rows add up to."""
    clicks = await pool.fetch("SELECT * FROM click WHERE account_id = $1", site.account_id)
    holders = {row["click_id"] for row in await _read_uniques(pool, site)}
    expected: Counter[Cell] = Counter()
    for click in clicks:
        for counter in _list_counters(click, is_holder=click["id"] in holders):
            expected.update((*cell, counter) for cell in _list_cells(click, ZoneInfo(site.zone)))
    found: Counter[Cell] = Counter()
    for row in await pool.fetch("SELECT * FROM rollup WHERE account_id = $1", site.account_id):
        key = (row["scope"], row["first_key"], row["second_key"], row["grain"], row["bucket"])
        found.update({(*key, counter): row[counter] for counter in COUNTERS})
    return sum(1 for cell in expected.keys() | found.keys() if expected[cell] != found[cell])


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


def _list_counters(click: asyncpg.Record, *, is_holder: bool) -> Iterable[str]:
    yield SPECIAL.get(click["traffic_class"]) or SUMS[click["verdict"]]
    if click["is_counted"]:
        yield "counted_clicks"
    if is_holder:
        yield "unique_clicks"


def _list_cells(click: asyncpg.Record, zone: ZoneInfo) -> Iterator[tuple[int, int, int, int, dt.datetime]]:
    at = read_click_time(click["id"]).astimezone(zone)
    hour = at.replace(minute=0, second=0, microsecond=0)
    buckets = {Grain.HOUR: hour, Grain.DAY: hour.replace(hour=0), Grain.TOTAL: TOTAL_BUCKET}
    keys = {
        Scope.ACCOUNT: (0, 0),
        Scope.CAMPAIGN: (click["campaign_id"], 0),
        Scope.CREATOR: (click["creator_id"], 0),
        Scope.CAMPAIGN_CREATOR: (click["campaign_id"], click["creator_id"]),
        Scope.LINK: (click["link_id"], 0),
        Scope.MESSAGE: (click["message_id"] or 0, 0),
        Scope.MESSAGE_SLOT: (click["message_id"] or 0, click["slot"] or 0),
    }
    for scope, (first, second) in keys.items():
        for grain, bucket in buckets.items():
            yield scope, first, second, grain, bucket.astimezone(dt.UTC)
