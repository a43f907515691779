"""Reads of what changed, of one subject at a time. Used by the api."""

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import asyncpg

from tracking.history.models import ActorKind
from tracking.paging import Conditions, Window

_ENTRIES: Final = "SELECT id, at, actor_kind, actor_id, action, before, after FROM history_entry"


class HistoryRow(NamedTuple):
    """`before` and `after` hold what changed, by its names in the graph."""

    id: int
    at: dt.datetime
    actor_kind: ActorKind
    actor_id: int | None
    action: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


class HistorySubject(NamedTuple):
    """`type_name` is that of the graph."""

    type_name: str
    id: int


async def list_history(
    pool: asyncpg.Pool, account_id: int, subject: HistorySubject, window: Window, *, is_newest_first: bool
) -> list[HistoryRow]:
    conditions = Conditions(account_id)
    conditions.require("account_id = $1")
    conditions.add("subject_type = {}", subject.type_name)
    conditions.add("subject_id = {}", subject.id)
    page = conditions.page(["id"], window, is_descending=is_newest_first)
    return [_read(row) for row in await pool.fetch(f"{_ENTRIES} {page}", *conditions.parameters)]


def _read(row: Any) -> HistoryRow:
    return HistoryRow(
        id=row["id"],
        at=row["at"],
        actor_kind=ActorKind(row["actor_kind"]),
        actor_id=row["actor_id"],
        action=row["action"],
        before=json.loads(row["before"] or "{}"),
        after=json.loads(row["after"] or "{}"),
    )
