"""Reads of imports and their problems. Used by the api."""

import datetime as dt
from collections.abc import Collection, Sequence
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
_PROBLEMS: Final = """
    SELECT wanted.place, problem.* FROM unnest($2::bigint[]) WITH ORDINALITY AS wanted (id, place)
    JOIN import ON import.id = wanted.id AND import.account_id = $1
    CROSS JOIN LATERAL (SELECT id, line, "column", value, code, message FROM import_problem {page}) AS problem
    ORDER BY wanted.place, problem.line {direction}, problem.id {direction}
"""


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


class ProblemPage(NamedTuple):
    """A page of what is wrong with an import, by line. What is None restricts nothing."""

    window: Window
    codes: Collection[ProblemCode] | None = None
    columns: Collection[str] | None = None
    is_descending: bool = False


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


async def list_problems(
    pool: asyncpg.Pool, account_id: int, page: ProblemPage, import_ids: Sequence[int]
) -> list[list[ProblemRow]]:
    """The page of each import, in one statement for any number of imports."""
    conditions = Conditions(account_id, list(import_ids))
    conditions.require("of_import_id = wanted.id")
    conditions.add_if_given("code = ANY ({}::text[])", _names(page.codes))
    conditions.add_if_given('"column" = ANY ({}::text[])', None if page.columns is None else list(page.columns))
    of_each = conditions.page(["line", "import_problem.id"], page.window, is_descending=page.is_descending)
    direction = "DESC" if page.is_descending != page.window.is_backward else "ASC"
    rows = await pool.fetch(_PROBLEMS.format(page=of_each, direction=direction), *conditions.parameters)
    found: list[list[ProblemRow]] = [[] for _ in import_ids]
    for row in rows:
        found[row["place"] - 1].append(_read_problem(row))
    return found


def _names(values: Collection[Any] | None) -> list[str] | None:
    return None if values is None else [value.value for value in values]


def _read_problem(row: Any) -> ProblemRow:
    values = {name: row[name] for name in ProblemRow._fields}
    return ProblemRow(**{**values, "code": ProblemCode(row["code"])})


def _read_import(row: Any) -> ImportRow:
    values = {**row}
    values["kind"], values["format"] = ImportKind(row["kind"]), ImportFormat(row["format"])
    return ImportRow(**{**values, "status": ImportStatus(row["status"])})
