"""What was wrong with rows: kept with the progress, read in pages, and given back as a file to mend and send again."""

import csv
import io
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

import asyncpg
import msgspec
from tortoise.backends.base.client import BaseDBAsyncClient

from tracking.imports.rules import ERROR_COLUMN, Problem, RawRow, make_storable

BYTE_ORDER_MARK: Final = "\ufeff"  # tells spreadsheets that it is UTF-8
PAGE_ROWS: Final = 500

_RECORD: Final = """
    INSERT INTO import_problem (of_import_id, line, "column", value, code, message, row)
    SELECT $1, * FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::jsonb[])
"""
_COLUMNS: Final = "SELECT columns FROM import WHERE id = $1"
# Of each bad row, by line: the row as it came, and all that is wrong with it.
_PAGE: Final = """
    SELECT line, (array_agg(row ORDER BY id) FILTER (WHERE row IS NOT NULL))[1] AS row,
        string_agg(CASE WHEN "column" = '' THEN message ELSE "column" || ': ' || message END, '; ' ORDER BY id) AS error
    FROM import_problem WHERE of_import_id = $1 AND line > $2
    GROUP BY line ORDER BY line LIMIT $3
"""


async def record_problems(
    connection: BaseDBAsyncClient, import_id: int, refused: Sequence[tuple[RawRow, Sequence[Problem]]]
) -> None:
    """In the caller's transaction. The row is kept once, with its first problem."""
    rows = [
        (
            raw.line,
            make_storable(problem.column, 64),
            make_storable(problem.value, 500),
            problem.code.value,
            make_storable(problem.message, 500),
            None if place else _encode(raw.kept),
        )
        for raw, problems in refused
        for place, problem in enumerate(problems)
    ]
    if rows:
        await connection.execute_query(_RECORD, [import_id, *map(list, zip(*rows, strict=True))])


async def write_bad_rows(pool: asyncpg.Pool, import_id: int) -> AsyncIterator[str]:
    """A CSV of the rows that could not be taken: the columns that they came with, and `error`, page by page.

    Cells are given back as they came, also one that a spreadsheet would take for a formula: it was the sender's.
    """
    columns: list[str] = msgspec.json.decode(await pool.fetchval(_COLUMNS, import_id) or "[]")
    yield BYTE_ORDER_MARK + _write_lines([[*columns, ERROR_COLUMN]])
    line = 0
    while page := await pool.fetch(_PAGE, import_id, line, PAGE_ROWS):
        yield _write_lines([_arrange(columns, row) for row in page])
        line = page[-1]["line"]


def _arrange(columns: Sequence[str], row: Any) -> list[str]:
    """Cells beyond the header follow the error, so that the row is as wrong as it was until somebody mends it."""
    kept: list[str] | dict[str, str] = msgspec.json.decode(row["row"] or "[]")
    if isinstance(kept, dict):
        return [*(kept.get(column, "") for column in columns), row["error"]]
    padded = [*kept, *[""] * (len(columns) - len(kept))]
    return [*padded[: len(columns)], row["error"], *padded[len(columns) :]]


def _write_lines(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _encode(kept: list[str] | dict[str, str]) -> str:
    if isinstance(kept, dict):
        storable: Any = {make_storable(name): make_storable(value) for name, value in kept.items()}
    else:
        storable = [make_storable(cell) for cell in kept]
    return msgspec.json.encode(storable).decode()
