"""Pages of clicks: by when they happened, by when they were stored, or by when they last came to count otherwise.

By when they happened, ids are the order. By when they changed, an index holds those that did. By when they were stored
no index does, which would cost ingestion: rows are written in that order anyway, so a BRIN index finds a stretch of
time, and what is in it is sorted. So that a page does not sort all there is, stretches are short at first, and grow
until the page is full.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import asyncpg

from tracking.clicks.filters import ClickFilter, add_conditions
from tracking.clicks.queries import DESCRIBE, PAGE_COLUMNS, StoredClick, read_click
from tracking.paging import Conditions, Window

SORT_KEYS: Final = {
    "OCCURRED_AT": ("click.id",),
    "RECORDED_AT": ("click.recorded_at", "click.id"),
    "CHANGED_AT": ("click.changed_at", "click.id"),
}
FIRST_STRETCH: Final = dt.timedelta(seconds=1)
GROWTH: Final = 8
# The clocks of the database and of whoever made the account need not agree.
_MARGIN: Final = dt.timedelta(hours=1)
_READ_SPAN: Final = "SELECT created_at, now() FROM account WHERE id = $1"
# The best plan depends on how long the stretch is, and on how many of its clicks are the account's.
_PLAN_EACH: Final = "SET LOCAL plan_cache_mode = force_custom_plan"


class ClickPage(NamedTuple):
    """`sort_by` is a key of SORT_KEYS; of one moment the id decides. By CHANGED_AT only those are listed that did."""

    wanted: ClickFilter
    window: Window
    sort_by: str = "OCCURRED_AT"
    is_descending: bool = True

    @property
    def goes_down(self) -> bool:
        return self.is_descending != self.window.is_backward

    def order(self) -> str:
        direction = "DESC" if self.goes_down else "ASC"
        return ", ".join(f"{column} {direction}" for column in SORT_KEYS[self.sort_by])


async def list_clicks(pool: asyncpg.Pool, account_id: int, page: ClickPage) -> list[StoredClick]:
    if page.sort_by == "RECORDED_AT":
        return await _list_by_recording(pool, account_id, page)
    return await _fetch(pool, account_id, page)


async def list_clicks_of_links(
    pool: asyncpg.Pool, account_id: int, page: ClickPage, link_ids: Sequence[int]
) -> list[list[StoredClick]]:
    """The same page of each link, in one statement; by OCCURRED_AT only, as no link has an index of the others."""
    conditions = Conditions(account_id, list(link_ids))
    conditions.require("link_id = link.id")
    rows = await pool.fetch(
        f"""
        WITH page AS (
            SELECT link.place, of_link.* FROM unnest($2::bigint[]) WITH ORDINALITY AS link (id, place)
            CROSS JOIN LATERAL ({_write_page(conditions, page)}) AS of_link
        ) {DESCRIBE} ORDER BY place, {page.order()}
        """,
        *conditions.parameters,
    )
    found: list[list[StoredClick]] = [[] for _ in link_ids]
    for row in rows:
        found[row["place"] - 1].append(read_click(row))
    return found


async def _list_by_recording(pool: asyncpg.Pool, account_id: int, page: ClickPage) -> list[StoredClick]:
    found: list[StoredClick] = []
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await connection.execute(_PLAN_EACH)
        span = await connection.fetchrow(_READ_SPAN, account_id)
        if span is None:
            return []
        first, last = span[0] - _MARGIN, span[1] + _MARGIN
        for low, high in cut_stretches(page, first, last):
            wanted = page.wanted.narrow(low, high)
            missing = page.window.limit - len(found)
            part = page._replace(wanted=wanted, window=page.window._replace(limit=missing))
            found += await _fetch(connection, account_id, part)
            if len(found) >= page.window.limit:
                break
    return found


def cut_stretches(page: ClickPage, first: dt.datetime, last: dt.datetime) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    """From where the page begins to where what is wanted ends: each stretch begins with its first moment, and ends
    before its last, and is longer than the one before. Everything there is was stored between `first` and `last`.
    """
    low = max(first, page.wanted.recorded_from or first)
    high = min(last, page.wanted.recorded_to or last)
    if page.window.bound is not None:
        at: dt.datetime = page.window.bound[0]
        if not page.goes_down:
            low = max(low, at)
        elif at < high:
            high = at + dt.timedelta.resolution
    length = FIRST_STRETCH
    while low < high:
        if page.goes_down:
            middle = max(low, high - length)
            yield middle, high
            high = middle
        else:
            middle = min(high, low + length)
            yield low, middle
            low = middle
        length *= GROWTH


async def _fetch(
    connection: "asyncpg.Pool | asyncpg.Connection", account_id: int, page: ClickPage
) -> list[StoredClick]:
    conditions = Conditions(account_id)
    rows = await connection.fetch(
        f"WITH page AS ({_write_page(conditions, page)}) {DESCRIBE} ORDER BY {page.order()}", *conditions.parameters
    )
    return [read_click(row) for row in rows]


def _write_page(conditions: Conditions, page: ClickPage) -> str:
    """By ids, only partitions that can have clicks of the time are read."""
    conditions.require("account_id = $1")
    if page.sort_by == "CHANGED_AT":
        conditions.require("changed_at IS NOT NULL")
    add_conditions(conditions, page.wanted)
    keys = conditions.page(SORT_KEYS[page.sort_by], page.window, is_descending=page.is_descending)
    return f"SELECT {PAGE_COLUMNS} FROM click {keys}"
