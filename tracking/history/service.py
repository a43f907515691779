"""Note a change in the transaction that makes it: no change without its row, and no row without one."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient

from tracking.history.actors import current_actor

_RECORD: Final = """
    INSERT INTO history_entry (account_id, at, actor_kind, actor_id, subject_type, subject_id, action, before, after)
    SELECT $1, clock_timestamp(), $2, $3, * FROM unnest($4::text[], $5::bigint[], $6::text[], $7::jsonb[], $8::jsonb[])
"""


class Noted(NamedTuple):
    """One change. `action` is a verb in the past, such as CREATED, UPDATED, ARCHIVED; values are what JSON can say."""

    subject_type: str
    subject_id: int
    action: str
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


async def record_history(connection: BaseDBAsyncClient, account_id: int, changes: Sequence[Noted]) -> None:
    """Append rows for `changes`, said to be by the current actor, in the caller's transaction."""
    if changes:
        await connection.execute_query(_RECORD, _write_rows(account_id, changes))


async def append_history(connection: asyncpg.Connection, account_id: int, changes: Sequence[Noted]) -> None:
    """As `record_history`, for use cases in plain SQL."""
    if changes:
        await connection.execute(_RECORD, *_write_rows(account_id, changes))


def _write_rows(account_id: int, changes: Sequence[Noted]) -> list[Any]:
    actor = current_actor()
    return [
        account_id,
        actor.kind.value,
        actor.id,
        [change.subject_type for change in changes],
        [change.subject_id for change in changes],
        [change.action for change in changes],
        [_encode(change.before) for change in changes],
        [_encode(change.after) for change in changes],
    ]


def find_difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Only what differs, as it was and as it is."""
    changed = [name for name in after if before.get(name) != after[name]]
    return {name: before.get(name) for name in changed}, {name: after[name] for name in changed}


def _encode(values: Mapping[str, Any] | None) -> str | None:
    return None if values is None else json.dumps(values, default=str, ensure_ascii=False)
