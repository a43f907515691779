"""What the rollup of traits should say, counted one by one from the clicks that are stored."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final
from zoneinfo import ZoneInfo

import asyncpg

from tracking.dimensions.following import follow_all
from tracking.events.relay import relay_once
from tracking.reports.buckets import find_day_start
from tracking.reports.scopes import COUNTERS

Cells = dict[tuple[Any, ...], tuple[int, ...]]

_CLICKS: Final = """
    SELECT click.*, device, browser, os, in_app_browser, account.timezone,
        EXISTS (SELECT FROM unique_click WHERE unique_click.click_id = click.id) AS is_unique
    FROM click JOIN account ON account.id = account_id LEFT JOIN user_agent ON user_agent.id = user_agent_id
    WHERE $1::bigint IS NULL OR account_id = $1
"""
_METHODS: Final = {0: "NONE", 1: "HASH", 2: "COOKIE", 3: "CONTACT"}


async def relay_all(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection:
        while await relay_once(connection):
            pass


async def catch_up(pool: asyncpg.Pool) -> None:
    """Everything that was told is followed."""
    await relay_all(pool)
    await follow_all(pool)


async def read_cells(pool: asyncpg.Pool, account_id: int | None = None) -> Cells:
    """The rollup of all accounts or of one, without what has come to nothing."""
    rows = await pool.fetch(
        f"SELECT account_id, scope, first_key, second_key, dimension, day_at, value, {', '.join(COUNTERS)}"
        " FROM dimension_rollup WHERE $1::bigint IS NULL OR account_id = $1",
        account_id,
    )
    return {tuple(row)[:7]: tuple(row)[7:] for row in rows if any(tuple(row)[7:])}


async def count_cells(pool: asyncpg.Pool, account_id: int | None = None) -> Cells:
    """The same, from clicks."""
    cells: Counter[tuple[Any, ...]] = Counter()
    for click in await pool.fetch(_CLICKS, account_id):
        for place in _list_places(click):
            for counter in _list_counters(click):
                cells[place, counter] += 1
    found: dict[tuple[Any, ...], list[int]] = {}
    for (place, counter), count in cells.items():
        found.setdefault(place, [0] * len(COUNTERS))[COUNTERS.index(counter)] = count
    return {place: tuple(counts) for place, counts in found.items()}


def _list_places(click: Any) -> Iterator[tuple[Any, ...]]:
    zone = ZoneInfo(click["timezone"])
    day_at = find_day_start(click["occurred_at"].astimezone(zone).date(), zone)
    values = {
        0: "",
        1: click["device"],
        2: click["browser"],
        3: click["os"],
        4: click["in_app_browser"],
        5: click["referrer_host"],
        6: click["country"],
        7: _METHODS[click["visitor_method"]],
        8: click["placement"],
    }
    for scope, keys in _list_scopes(click).items():
        for dimension, value in values.items():
            if None not in keys and (dimension == 0 or value not in {None, "(none)"}):
                first, second, *_ = (*keys, 0, 0)
                yield click["account_id"], scope, first, second, dimension, day_at, value


def _list_scopes(click: Any) -> dict[int, tuple[int | None, ...]]:
    return {
        1: (),
        2: (click["campaign_id"],),
        3: (click["creator_id"],),
        4: (click["campaign_id"], click["creator_id"]),
        5: (None if click["contact_id"] is not None else click["link_id"],),
        6: (click["message_id"],),
        8: (click["offer_id"],),
    }


def _list_counters(click: Any) -> Iterator[str]:
    by_class = {1: "prefetches", 2: "preview_fetches", 11: "test_clicks"}
    by_verdict = ("human_clicks", "suspect_clicks", "bot_clicks")
    yield by_class.get(click["traffic_class"]) or by_verdict[click["verdict"]]
    if click["is_counted"]:
        yield "counted_clicks"
    if click["is_unique"]:
        yield "unique_clicks"
        if click["visitor_method"]:
            yield f"unique_by_{_METHODS[click['visitor_method']].lower()}"
