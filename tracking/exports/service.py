"""Use cases of exports, but for the work itself, which is `running`'s. Each owns its transaction."""

from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient

import tracking.exports.kinds.registered  # noqa: F401 -- importing it registers all kinds
from tracking.accounts.models import Account
from tracking.clock import utc_now
from tracking.errors import InvalidInputError, NotFoundError
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
from tracking.exports.rules import GIVEN_UP_AFTER, MAX_OPEN
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
_GIVE_UP: Final = """
    UPDATE export SET status = 'FAILED', failure = 'it was not done within a day', ended_at = now()
    WHERE status IN ('QUEUED', 'RUNNING') AND created_at < now() - $1::interval
"""
_EXPIRE: Final = "UPDATE export SET status = 'EXPIRED' WHERE status = 'COMPLETED' AND expires_at < now()"
_DROP_CHUNKS: Final = """
    DELETE FROM export_chunk USING export
    WHERE export.id = export_chunk.export_id AND export.status IN ('FAILED', 'EXPIRED')
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


async def list_open_exports(pool: asyncpg.Pool) -> list[int]:
    """Their job runs, waits, or was lost."""
    rows = await pool.fetch("SELECT id FROM export WHERE status IN ('QUEUED', 'RUNNING') ORDER BY id")
    return [row["id"] for row in rows]


async def tidy_exports(pool: asyncpg.Pool) -> None:
    """End what is never done, and drop the files whose time is over."""
    await pool.execute(_GIVE_UP, GIVEN_UP_AFTER)
    await pool.execute(_EXPIRE)
    await pool.execute(_DROP_CHUNKS)
