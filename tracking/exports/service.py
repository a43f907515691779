"""Use cases of exports, but for the work itself, which is `running`'s. Each owns its transaction."""

from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient

import tracking.exports.kinds.registered  # noqa: F401 -- importing it registers all kinds
from tracking.accounts.models import Account
from tracking.clock import utc_now
from tracking.errors import InvalidInputError, NotFoundError
from tracking.events.entities import announce_each
from tracking.events.outbox import EventKind
from tracking.exports.formats.parquet import NOT_INSTALLED, has_parquet
from tracking.exports.layouts import find_layout
from tracking.exports.models import Export, ExportFormat, ExportKind, ExportStatus
from tracking.exports.parameters import (
    NAMES,
    ExportParameters,
    check_parameters,
    resolve_range,
    store_parameters,
)
from tracking.exports.rules import GIVEN_UP_AFTER, MAX_BYTES, MAX_FILES, MAX_OPEN, REMEMBERED
from tracking.history.actors import current_actor
from tracking.idempotency import run_once

_OPEN: Final = (ExportStatus.QUEUED, ExportStatus.RUNNING)
# The tables of what parameters name; a foreign id answers as an unknown one does (rule 11).
_NAMED: Final = {
    "link_ids": "link",
    "campaign_id": "campaign",
    "creator_id": "creator",
    "message_ids": "message",
    "offer_id": "offer",
    "segment_id": "segment",
}
_COUNT: Final = "SELECT count(*) AS found FROM {table} WHERE account_id = $1 AND id = ANY ($2)"
_GIVE_UP: Final = announce_each(
    """
    UPDATE export SET status = 'FAILED', failure = 'it was not done within a day', ended_at = now()
    WHERE status IN ('QUEUED', 'RUNNING') AND created_at < now() - $1::interval
    """,
    EventKind.EXPORT_FINISHED,
)
_EXPIRE: Final = "UPDATE export SET status = 'EXPIRED' WHERE status = 'COMPLETED' AND expires_at < now()"
# One file at a time: all of them at once could take longer than a statement may, and would never be done.
_DROP_A_FILE: Final = """
    DELETE FROM export_chunk WHERE export_id = (
        SELECT export.id FROM export WHERE status IN ('FAILED', 'EXPIRED')
            AND EXISTS (SELECT FROM export_chunk AS chunk WHERE chunk.export_id = export.id)
        LIMIT 1
    )
"""
_FORGET: Final = "DELETE FROM export WHERE status IN ('FAILED', 'EXPIRED') AND ended_at < now() - $1::interval"
_KEPT: Final = """
    SELECT count(*) AS files, coalesce(sum(size_bytes), 0) AS size_bytes, min(expires_at) AS until
    FROM export WHERE account_id = $1 AND status = 'COMPLETED'
"""
# In turns, so that whoever asks for many is not in the way of others.
_LIST_OPEN: Final = """
    SELECT id FROM export WHERE status IN ('QUEUED', 'RUNNING')
    ORDER BY row_number() OVER (PARTITION BY account_id ORDER BY id), id
"""


class NewExport(NamedTuple):
    kind: ExportKind
    format: ExportFormat = ExportFormat.CSV
    parameters: ExportParameters = ExportParameters()


async def request_export(account_id: int, given: NewExport, *, idempotency_key: str | None = None) -> Export:
    """It waits for the worker. Raises InvalidInputError or NotFoundError, which name the parameter."""

    async def work(connection: BaseDBAsyncClient) -> list[int]:
        account = await Account.select_for_update().using_db(connection).get(id=account_id)
        await check_export(connection, account_id, given)
        if await Export.filter(account_id=account_id, status__in=_OPEN).using_db(connection).count() >= MAX_OPEN:
            raise InvalidInputError(f"at most {MAX_OPEN} exports of an account wait or run at once", ())
        await check_room(connection, account_id)
        actor = current_actor()
        row = await Export.create(
            using_db=connection,
            account_id=account_id,
            kind=given.kind,
            format=given.format,
            parameters=store_parameters(resolve_range(given.parameters, utc_now(), ZoneInfo(account.timezone))),
            actor_kind=actor.kind.value,
            actor_id=actor.id,
        )
        return [row.id]

    [export_id] = await run_once(account_id, "requestExport", idempotency_key, given, work)
    return await Export.get(id=export_id)


async def check_export(connection: BaseDBAsyncClient, account_id: int, given: NewExport) -> None:
    """Raises InvalidInputError or NotFoundError."""
    if given.format is ExportFormat.PARQUET and not has_parquet():
        raise InvalidInputError(NOT_INSTALLED, ("format",))
    try:
        check_parameters(given.parameters, find_layout(given.kind))
    except InvalidInputError as error:
        raise error.under("parameters") from error
    for name, table in _NAMED.items():
        value = getattr(given.parameters, name)
        if value is not None:
            ids = sorted({*value}) if isinstance(value, list) else [value]
            [counted] = await connection.execute_query_dict(_COUNT.format(table=table), [account_id, ids])
            if counted["found"] < len(ids):
                raise NotFoundError(f"no such {table}", ("parameters", NAMES[name]))


async def check_room(connection: BaseDBAsyncClient, account_id: int) -> None:
    """Raises InvalidInputError when the account's files are as many, or as large, as are kept."""
    [kept] = await connection.execute_query_dict(_KEPT, [account_id])
    if kept["files"] >= MAX_FILES or kept["size_bytes"] >= MAX_BYTES:
        raise InvalidInputError(
            f"at most {MAX_FILES:,} files of an account are kept at once, and no more are made beyond"
            f" {MAX_BYTES // 2**30} GiB of them: the next is deleted at {kept['until'].isoformat(timespec='seconds')}",
            (),
        )


async def list_open_exports(pool: asyncpg.Pool) -> list[int]:
    """Those whose job runs, waits, or was lost: the first of every account, then the second."""
    return [row["id"] for row in await pool.fetch(_LIST_OPEN)]


async def tidy_exports(pool: asyncpg.Pool) -> None:
    """End what is never done, and drop the files whose time is over."""
    await pool.execute(_GIVE_UP, GIVEN_UP_AFTER)
    await pool.execute(_EXPIRE)
    while await pool.execute(_DROP_A_FILE) != "DELETE 0":
        pass
    await pool.execute(_FORGET, REMEMBERED)
