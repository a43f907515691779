"""Reads of schedules of exports. Used by the api."""

import datetime as dt
import json
from collections.abc import Collection
from typing import Final, NamedTuple

import asyncpg

from tracking.exports.models import ExportFormat, ExportKind
from tracking.exports.parameters import ExportParameters, read_parameters
from tracking.paging import Conditions, Window

_SCHEDULES: Final = """
    SELECT id, name, kind, format, parameters, cron, is_paused, next_run_at, last_run_at, created_at
    FROM export_schedule
"""


class ScheduleRow(NamedTuple):
    id: int
    name: str
    kind: ExportKind
    format: ExportFormat
    parameters: ExportParameters
    cron: str
    is_paused: bool
    next_run_at: dt.datetime | None
    last_run_at: dt.datetime | None
    created_at: dt.datetime


async def list_schedules(
    pool: asyncpg.Pool, account_id: int, window: Window, *, is_descending: bool
) -> list[ScheduleRow]:
    """Those that are not deleted."""
    conditions = Conditions(account_id)
    conditions.require("account_id = $1 AND deleted_at IS NULL")
    page = conditions.page(["id"], window, is_descending=is_descending)
    return [_read(row) for row in await pool.fetch(f"{_SCHEDULES} {page}", *conditions.parameters)]


async def find_schedules(pool: asyncpg.Pool, account_id: int, ids: Collection[int]) -> dict[int, ScheduleRow]:
    """By id. What this account does not have, or has deleted, is left out."""
    statement = f"{_SCHEDULES} WHERE account_id = $1 AND id = ANY ($2::bigint[]) AND deleted_at IS NULL"
    return {row["id"]: _read(row) for row in await pool.fetch(statement, account_id, list(ids))}


def _read(row: asyncpg.Record) -> ScheduleRow:
    values = {name: row[name] for name in ScheduleRow._fields}
    values |= {"kind": ExportKind(row["kind"]), "format": ExportFormat(row["format"])}
    return ScheduleRow(**{**values, "parameters": read_parameters(json.loads(row["parameters"]))})
