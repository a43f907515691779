"""What an export kind is made of: its columns, and where its rows come from. Files and jobs know nothing else of it."""

import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple, TypeAlias

import asyncpg

from tracking.exports.models import ExportKind

# Of a column's type, or None. Lists of texts stand as one text in formats that know no lists.
Cell: TypeAlias = str | int | float | bool | Decimal | dt.datetime | dt.date | None
Parameters: TypeAlias = Mapping[str, Any]


_TYPE_NAMES: Final[Mapping[type, str]] = {
    str: "TEXT",
    int: "INTEGER",
    float: "NUMBER",
    bool: "BOOLEAN",
    Decimal: "DECIMAL",
    dt.datetime: "MOMENT",
    dt.date: "DATE",
}


class Column(NamedTuple):
    """`type` is str, int, float, bool, Decimal, datetime or date; `description` stands in the data dictionary."""

    name: str
    type: type
    description: str

    @property
    def type_name(self) -> str:
        """As data dictionaries call it."""
        return _TYPE_NAMES[self.type]


class Asked(NamedTuple):
    """What an export is asked for: of whom, with which parameters (stored JSON), and up to when.

    `parameters.read_parameters` tells them by name and type. `public_port` is what short addresses are written with.
    """

    account_id: int
    parameters: Parameters
    as_of: dt.datetime
    public_port: int | None = None


class Layout(NamedTuple):
    """`read_rows` streams tuples in the order of the columns, in constant memory; `estimate_rows` may be far off.

    `takes` names the fields of `parameters.ExportParameters` that mean something to it, `needs` those that it cannot do
    without: all others are refused before a job is made.
    """

    kind: ExportKind
    description: str
    columns: tuple[Column, ...]
    read_rows: Callable[[asyncpg.Pool, Asked], AsyncIterator[tuple[Cell, ...]]]
    estimate_rows: Callable[[asyncpg.Pool, Asked], Awaitable[int | None]]
    takes: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()


_layouts: Final[dict[ExportKind, Layout]] = {}


def register_layout(layout: Layout) -> None:
    _layouts[layout.kind] = layout


def find_layout(kind: ExportKind) -> Layout:
    """Of those in `kinds.registered`, which whoever asks has to import."""
    return _layouts[kind]
