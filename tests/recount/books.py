"""Exported files as tables of sqlite3: what a brand has that keeps its own books beside ours.

Moments are of the account's clocks with their offset, so that a day is how they begin. Money is in ten-thousandths of
the major unit, exactly.
"""

import csv
import datetime as dt
import io
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

MONEY_DIGITS: Final = 4
_CLICK_COLUMNS: Final = (
    "click_id",
    "link_id",
    "campaign_id",
    "creator_id",
    "message_id",
    "contact_id",
    "offer_id",
    "sharer_id",
    "counting",
    "is_counted",
    "is_unique",
    "unique_day",
    "verdict",
    "traffic_class",
    "visitor_method",
)
_CONVERSION_COLUMNS: Final = (
    "conversion_id",
    "status",
    "is_counted",
    "value",
    "currency",
    "payout",
    "payout_currency",
    "click_id",
    "link_id",
    "campaign_id",
    "creator_id",
    "creator_handle",
    "message_id",
    "contact_id",
    "offer_id",
    "sharer_id",
)
_MONEY: Final = frozenset({"value", "payout"})


def open_books(clicks: bytes, conversions: bytes) -> sqlite3.Connection:
    """Of two CSV files, or of two in JSON Lines."""
    books = sqlite3.connect(":memory:")
    books.row_factory = sqlite3.Row
    _fill(books, "clicks", (*_CLICK_COLUMNS, "hour", "day"), map(_enter_click, read_rows(clicks)))
    _fill(
        books,
        "conversions",
        (*_CONVERSION_COLUMNS, "hour", "day", "click_hour", "click_day"),
        map(_enter_conversion, read_rows(conversions)),
    )
    return books


def read_rows(content: bytes) -> list[dict[str, Any]]:
    """Of CSV or JSON Lines; an empty cell is None."""
    text = content.decode()
    if text.startswith("{"):
        return [json.loads(line) for line in text.splitlines()]
    rows = csv.DictReader(io.StringIO(text, newline=""))
    return [{name: value or None for name, value in row.items()} for row in rows]


def write_csv(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """The same file again, of rows that were read from one."""
    listed = list(rows)
    written = io.StringIO(newline="")
    writer = csv.DictWriter(written, listed[0].keys())
    writer.writeheader()
    writer.writerows(listed)
    return written.getvalue().encode()


def start_hour(moment: dt.datetime) -> int:
    """The full hour of the local clock that holds it, in seconds since 1970: one name for each of two equal hours."""
    return round(moment.replace(minute=0, second=0, microsecond=0).timestamp())


def _enter_click(row: Mapping[str, Any]) -> Iterator[Any]:
    yield from (_read(name, row[name]) for name in _CLICK_COLUMNS)
    yield from _place(row["occurred_at"])


def _enter_conversion(row: Mapping[str, Any]) -> Iterator[Any]:
    yield from (_read(name, row[name]) for name in _CONVERSION_COLUMNS)
    yield from _place(row["occurred_at"])
    yield from _place(row["clicked_at"] or row["occurred_at"])


def _place(moment: str) -> tuple[int, str]:
    return start_hour(dt.datetime.fromisoformat(moment)), moment[:10]


def _read(name: str, value: Any) -> Any:
    if name in _MONEY and value is not None:
        return int(Decimal(value).scaleb(MONEY_DIGITS))
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def _fill(books: sqlite3.Connection, table: str, columns: tuple[str, ...], rows: Iterable[Iterable[Any]]) -> None:
    books.execute(f"CREATE TABLE {table} ({', '.join(columns)})")
    places = ", ".join("?" * len(columns))
    books.executemany(f"INSERT INTO {table} VALUES ({places})", [tuple(row) for row in rows])
