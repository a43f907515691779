"""Reads of imports and their problems. Used by the api."""

import datetime as dt
from collections.abc import Collection
from typing import Any, Final, NamedTuple

import asyncpg

from tracking.imports.models import ImportFormat, ImportKind, ImportStatus
from tracking.imports.rules import ProblemCode
from tracking.paging import Conditions, Window

_IMPORTS: Final = """
    SELECT id, kind, format, campaign_id, is_dry_run, status, failure, upload_expires_at, size_bytes, sha256,
        rows_total, rows_done, created, updated, unchanged, bad, created_at, started_at, ended_at
    FROM import
"""
_PROBLEMS: Final = """SELECT id, line, "column", value, code, message FROM import_problem"""


class ImportRow(NamedTuple):
    id: int
    kind: ImportKind
    format: ImportFormat
    campaign_id: int | None
    is_dry_run: bool
    status: ImportStatus
    failure: str | None
    upload_expires_at: dt.datetime
    size_bytes: int | None
    sha256: bytes | None
    rows_total: int | None
    rows_done: int
    created: int
    updated: int
    unchanged: int
    bad: int
    created_at: dt.datetime
    started_at: dt.datetime | None
    ended_at: dt.datetime | None


class ProblemRow(NamedTuple):
    id: int
    line: int
    column: str
    value: str
    code: ProblemCode
    message: str


class ImportFilter(NamedTuple):
    """What is None restricts nothing."""

    kinds: Collection[ImportKind] | None = None
    statuses: Collection[ImportStatus] | None = None


async def list_imports(
    pool: asyncpg.Pool, account_id: int, wanted: ImportFilter, window: Window, *, is_descending: bool
) -> list[ImportRow]:
    conditions = Conditions(account_id)
    conditions.require("account_id = $1")
    conditions.add_if_given("kind = ANY ({}::text[])", _names(wanted.kinds))
    conditions.add_if_given("status = ANY ({}::text[])", _names(wanted.statuses))
    page = conditions.page(["id"], window, is_descending=is_descending)
    return [_read_import(row) for row in await pool.fetch(f"{_IMPORTS} {page}", *conditions.parameters)]


async def find_imports(pool: asyncpg.Pool, account_id: int, ids: Collection[int]) -> dict[int, ImportRow]:
    """By id. What this account does not have is left out."""
    rows = await pool.fetch(f"{_IMPORTS} WHERE account_id = $1 AND id = ANY ($2::bigint[])", account_id, list(ids))
    return {row["id"]: _read_import(row) for row in rows}


async def list_problems(pool: asyncpg.Pool, import_id: int, window: Window) -> list[ProblemRow]:
    """A page, by line, of an import that the caller has found to be the account's own."""
    conditions = Conditions(import_id)
    conditions.require("of_import_id = $1")
    page = conditions.page(["line", "id"], window, is_descending=False)
    rows = await pool.fetch(f"{_PROBLEMS} {page}", *conditions.parameters)
    return [ProblemRow(**{**row, "code": ProblemCode(row["code"])}) for row in rows]


def _names(values: Collection[Any] | None) -> list[str] | None:
    return None if values is None else [value.value for value in values]


def _read_import(row: Any) -> ImportRow:
    values = {**row}
    values["kind"], values["format"] = ImportKind(row["kind"]), ImportFormat(row["format"])
    return ImportRow(**{**values, "status": ImportStatus(row["status"])})
