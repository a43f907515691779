"""Cells as text: moments by the clocks of the account, and nothing that a spreadsheet would run. Pure."""

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from tracking.exports.layouts import Column

Write: TypeAlias = Callable[[Any], str]

# What makes a formula of a cell, also in the wide forms of East Asian keyboards; blanks before it do not help.
_FORMULA_STARTS: Final = frozenset("=+-@\uff1d\uff0b\uff0d\uff20")
_CONTROL_STARTS: Final = frozenset("\t\r\n")


def defuse(text: str) -> str:
    """With a ' before it where a spreadsheet would take it for a formula, or split it."""
    if not text:
        return text
    first = text[0]
    if first in _CONTROL_STARTS or first in _FORMULA_STARTS or text.lstrip()[:1] in _FORMULA_STARTS:
        return "'" + text
    return text


def write_moment(at: dt.datetime, zone: ZoneInfo) -> str:
    """ISO 8601 with the offset that held then, so that the hour that comes twice in autumn is told apart."""
    return at.astimezone(zone).isoformat(timespec="microseconds")


def write_decimal(value: Decimal) -> str:
    return format(value, "f")


def list_writers(columns: Sequence[Column], zone: ZoneInfo) -> list[Write]:
    """Of each column: what its cells become in CSV. None is the empty cell, and is not asked for."""

    def write_at(at: dt.datetime) -> str:
        return write_moment(at, zone)

    writers: dict[type, Write] = {
        str: defuse,
        int: str,
        float: repr,
        bool: lambda value: "true" if value else "false",
        Decimal: write_decimal,
        dt.datetime: write_at,
        dt.date: dt.date.isoformat,
    }
    return [writers[column.type] for column in columns]
