"""Reads of exports. Used by the api."""

import datetime as dt
import json
from collections.abc import Collection
from typing import Any, Final, NamedTuple

import asyncpg

from tracking.exports.models import ExportFormat, ExportKind, ExportStatus
from tracking.exports.parameters import ExportParameters, read_parameters
from tracking.paging import Conditions, Window

_EXPORTS: Final = """
    SELECT id, kind, format, parameters, schedule_id, due_at, status, failure, rows_total, rows_done, size_bytes,
        sha256, as_of, expires_at, created_at, started_at, ended_at
    FROM export
"""


class ExportRow(NamedTuple):
    id: int
    kind: ExportKind
    format: ExportFormat
    parameters: ExportParameters
    schedule_id: int | None
    due_at: dt.datetime | None
    status: ExportStatus
    failure: str | None
    rows_total: int | None
    rows_done: int
    size_bytes: int | None
    sha256: bytes | None
    as_of: dt.datetime | None
    expires_at: dt.datetime | None
    created_at: dt.datetime
    started_at: dt.datetime | None
    ended_at: dt.datetime | None


class ExportFilter(NamedTuple):
    """What is None restricts nothing."""

    kinds: Collection[ExportKind] | None = None
    statuses: Collection[ExportStatus] | None = None
    schedule_id: int | None = None


async def list_exports(
    pool: asyncpg.Pool, account_id: int, wanted: ExportFilter, window: Window, *, is_descending: bool
) -> list[ExportRow]:
    conditions = Conditions(account_id)
    conditions.require("account_id = $1")
    conditions.add_if_given("kind = ANY ({}::text[])", _names(wanted.kinds))
    conditions.add_if_given("status = ANY ({}::text[])", _names(wanted.statuses))
    conditions.add_if_given("schedule_id = {}", wanted.schedule_id)
    page = conditions.page(["id"], window, is_descending=is_descending)
    return [_read_export(row) for row in await pool.fetch(f"{_EXPORTS} {page}", *conditions.parameters)]


async def find_exports(pool: asyncpg.Pool, account_id: int, ids: Collection[int]) -> dict[int, ExportRow]:
    """By id. What this account does not have is left out."""
    rows = await pool.fetch(f"{_EXPORTS} WHERE account_id = $1 AND id = ANY ($2::bigint[])", account_id, list(ids))
    return {row["id"]: _read_export(row) for row in rows}


def _names(values: Collection[Any] | None) -> list[str] | None:
    return None if values is None else [value.value for value in values]


def _read_export(row: asyncpg.Record) -> ExportRow:
    values = {name: row[name] for name in ExportRow._fields}
    values |= {"kind": ExportKind(row["kind"]), "format": ExportFormat(row["format"])}
    values |= {"status": ExportStatus(row["status"]), "parameters": read_parameters(json.loads(row["parameters"]))}
    return ExportRow(**values)
