"""Reads of segments. Used by the api; who is in one is found by `members`."""

import datetime as dt
import json
from collections.abc import Collection
from typing import Any, Final, NamedTuple

import asyncpg

from tracking.paging import Conditions, Window
from tracking.segments.rules import Definition, read_definition

_SEGMENTS: Final = """
    SELECT id, name, definition, archived_at, created_at, lower(name) AS name_key FROM segment
"""
SORT_KEYS: Final = {"CREATED_AT": "id", "NAME": "lower(name)"}  # ids ascend in time


class SegmentRow(NamedTuple):
    id: int
    name: str
    definition: Definition
    archived_at: dt.datetime | None
    created_at: dt.datetime
    name_key: str


class SegmentFilter(NamedTuple):
    """What is None filters nothing."""

    search: str | None = None
    is_archived: bool | None = False


async def list_segments(
    pool: asyncpg.Pool,
    account_id: int,
    wanted: SegmentFilter,
    window: Window,
    *,
    sort_by: str = "CREATED_AT",
    is_descending: bool = True,
) -> list[SegmentRow]:
    """A page in the order of a key of SORT_KEYS, then of ids."""
    conditions = Conditions(account_id)
    conditions.require("account_id = $1")
    conditions.search(["name"], wanted.search)
    conditions.add_archived(wanted.is_archived)
    page = conditions.page([SORT_KEYS[sort_by], "id"], window, is_descending=is_descending)
    return [_read(row) for row in await pool.fetch(f"{_SEGMENTS} {page}", *conditions.parameters)]


async def find_segments(
    pool: asyncpg.Pool | asyncpg.Connection, account_id: int, ids: Collection[int]
) -> dict[int, SegmentRow]:
    """By id. What this account does not have is left out."""
    rows = await pool.fetch(f"{_SEGMENTS} WHERE account_id = $1 AND id = ANY ($2::bigint[])", account_id, list(ids))
    return {row["id"]: _read(row) for row in rows}


def _read(row: Any) -> SegmentRow:
    return SegmentRow(**{**row, "definition": read_definition(json.loads(row["definition"]))})
