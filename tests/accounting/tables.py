"""What the tables say of an account, in the shape in which the oracle says what they should."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from tests.accounting.known import LABELS, UniqueRow
from tests.chaos.recount import list_counters
from tracking.clicks.filters import Counting
from tracking.clicks.ids import read_click_ms
from tracking.clicks.queries import StoredClick, find_clicks
from tracking.events.outbox import CLICK_KINDS, EventKind
from tracking.events.queries import ALL_OF_IT, Place, read_page
from tracking.events.relay import relay_once
from tracking.events.types import STRIDES
from tracking.reports.buckets import find_buckets
from tracking.reports.scopes import COUNTERS, Grain, Scope

LinkCell = tuple[int, dt.datetime, str]
_ALL_EVENTS: Final = 1_000_000

COLUMNS = ("id", *LABELS, "evidence", "manual_verdict", "policy_at")
JUDGED = ("verdict", "traffic_class", "reasons", "score", "ruleset", "is_counted")


async def read_rows(pool: asyncpg.Pool, account_id: int) -> list[dict[str, Any]]:
    columns = ", ".join((*COLUMNS, *JUDGED))
    rows = await pool.fetch(f"SELECT {columns} FROM click WHERE account_id = $1 ORDER BY id", account_id)
    return [dict(row) for row in rows]


async def read_holders(pool: asyncpg.Pool, account_id: int) -> dict[UniqueRow, UUID]:
    rows = await pool.fetch("SELECT * FROM unique_click WHERE account_id = $1", account_id)
    return {(row["day"], row["subject"], row["subject_id"], row["visitor_key"]): row["click_id"] for row in rows}


async def find_wrong_log_rows(pool: asyncpg.Pool, account_id: int) -> list[asyncpg.Record]:
    """Rows of the log that do not begin where the one before ended, and clicks that are not as the last one says."""
    before = ", ".join(f"log.{column}_before" for column in JUDGED)
    after = ", ".join(f"log.{column}_after" for column in JUDGED)
    following = ", ".join(f"following.{column}_before" for column in JUDGED)
    judged = ", ".join(f"click.{column}" for column in JUDGED)
    rows: list[asyncpg.Record] = await pool.fetch(
        f"SELECT log.* FROM reclassification_log AS log JOIN click ON click.id = log.click_id LEFT JOIN LATERAL ("
        " SELECT * FROM reclassification_log WHERE click_id = log.click_id AND id > log.id ORDER BY id LIMIT 1"
        f") AS following ON true WHERE log.account_id = $1 AND (ROW({before}) = ROW({after})"
        f" OR CASE WHEN following.id IS NULL THEN ROW({after}) IS DISTINCT FROM ROW({judged})"
        f" ELSE ROW({after}) IS DISTINCT FROM ROW({following}) END)",
        account_id,
    )
    return rows


class Follower:
    """Somebody who knows of the clicks only what the log names, in its order, and keeps the last state of each."""

    def __init__(self) -> None:
        self.clicks: dict[UUID, StoredClick] = {}
        self.changed_at: dict[UUID, dt.datetime] = {}
        self._place = Place(0, 0, dt.datetime.min.replace(tzinfo=dt.UTC))

    async def follow(self, pool: asyncpg.Pool, account_id: int) -> None:
        async with pool.acquire() as connection:
            while await relay_once(connection):
                pass
        events = (await read_page(pool, account_id, CLICK_KINDS, self._place, _ALL_EVENTS)).events
        for event in events:
            self._place = Place(event.position, ALL_OF_IT, event.logged_at)
            if event.kind is not EventKind.CLICKS_STORED:
                named = event.ids[:: STRIDES.get(event.kind, 1)]
                self.changed_at |= dict.fromkeys(named, event.created_at)
        self.clicks |= await find_clicks(pool, account_id, [click_id for event in events for click_id in event.ids])

    @property
    def states(self) -> dict[UUID, tuple[str, ...]]:
        return {click.id: tuple(_list_counters(click)) for click in self.clicks.values()}

    def count_links(self, zone: ZoneInfo) -> Counter[LinkCell]:
        """By link and day, as reports do: links of recipients stand together under 0."""
        cells: Counter[LinkCell] = Counter()
        for click in self.clicks.values():
            day_at = find_buckets(read_click_ms(click.id.bytes), zone).day_at
            link_id = click.link_id if click.contact_id is None else 0
            cells.update((link_id, day_at, counter) for counter in _list_counters(click))
        return cells


def _list_counters(click: StoredClick) -> Iterable[str]:
    return list_counters(click._asdict(), is_holder=click.counting is Counting.UNIQUE)


async def read_changed_at(pool: asyncpg.Pool, account_id: int) -> dict[UUID, dt.datetime]:
    rows = await pool.fetch(
        "SELECT id, changed_at FROM click WHERE account_id = $1 AND changed_at IS NOT NULL", account_id
    )
    return {row["id"]: row["changed_at"] for row in rows}


async def read_link_days(pool: asyncpg.Pool, account_id: int) -> Counter[LinkCell]:
    rows = await pool.fetch(
        "SELECT * FROM rollup WHERE account_id = $1 AND scope = $2 AND grain = $3", account_id, Scope.LINK, Grain.DAY
    )
    cells = {(row["first_key"], row["bucket"], counter): row[counter] for row in rows for counter in COUNTERS}
    return Counter({cell: count for cell, count in cells.items() if count})
