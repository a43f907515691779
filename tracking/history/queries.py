"""Reads of what changed. Used by the api."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import asyncpg

from tracking.history.models import ActorKind
from tracking.paging import Conditions, Window

_OF_SUBJECTS: Final = """
    SELECT subject.place, entry.* FROM unnest($2::text[], $3::bigint[]) WITH ORDINALITY AS subject (type, id, place)
    CROSS JOIN LATERAL (
        SELECT id, at, actor_kind, actor_id, action, before, after FROM history_entry {page}
    ) AS entry
    ORDER BY subject.place, entry.id {direction}
"""


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


class HistoryPage(NamedTuple):
    window: Window
    is_newest_first: bool = True


async def list_history(
    pool: asyncpg.Pool, account_id: int, page: HistoryPage, subjects: Sequence[HistorySubject]
) -> list[list[HistoryRow]]:
    """The same page of the history of each subject, in one statement."""
    conditions = Conditions(account_id, [subject.type_name for subject in subjects], [each.id for each in subjects])
    conditions.require("account_id = $1 AND subject_type = subject.type AND subject_id = subject.id")
    of_each = conditions.page(["history_entry.id"], page.window, is_descending=page.is_newest_first)
    direction = "DESC" if page.is_newest_first != page.window.is_backward else "ASC"
    rows = await pool.fetch(_OF_SUBJECTS.format(page=of_each, direction=direction), *conditions.parameters)
    found: list[list[HistoryRow]] = [[] for _ in subjects]
    for row in rows:
        found[row["place"] - 1].append(_read(row))
    return found


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
