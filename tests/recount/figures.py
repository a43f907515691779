"""Every metric counted from exported rows, by what docs/metrics.md says and nothing else ("To count them again")."""

import datetime as dt
import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

from tests.recount.books import MONEY_DIGITS, start_hour

Figures = dict[str, Any]
_SPECIAL: Final = "traffic_class IN ('PREVIEW', 'PREFETCH', 'TEST')"
_CLICKS: Final = {
    "totalClicks": "1",
    "previewFetches": "traffic_class = 'PREVIEW'",
    "prefetches": "traffic_class = 'PREFETCH'",
    "testClicks": "traffic_class = 'TEST'",
    "humanClicks": f"verdict = 'HUMAN' AND NOT {_SPECIAL}",
    "suspectClicks": f"verdict = 'SUSPECT' AND NOT {_SPECIAL}",
    "botClicks": f"verdict = 'BOT' AND NOT {_SPECIAL}",
    "countedClicks": "is_counted",
    "uniqueClicks": "is_unique",
    **{name.lower(): f"is_unique AND visitor_method = '{name}'" for name in ("CONTACT", "COOKIE", "HASH", "NONE")},
}
_CLICK_SUMS: Final = ", ".join(f"coalesce(sum({holds}), 0) AS {name}" for name, holds in _CLICKS.items())
_MONEY: Final = {
    "grossValue": ("currency", "sum(max(value, 0))"),
    "refunds": ("currency", "sum(max(-value, 0))"),
    "netValue": ("currency", "sum(value)"),
    "payout": ("payout_currency", "sum(payout)"),
}
_APPROVED: Final = "(SELECT * FROM conversions WHERE status = 'APPROVED')"
_BUCKETS: Final = {
    "TOTAL": "''",
    "HOUR": "{prefix}hour",
    "DAY": "{prefix}day",
    "WEEK": "max(date({prefix}day, '-6 days', 'weekday 1'), '{first_day}')",
    "MONTH": "max(substr({prefix}day, 1, 7) || '-01', '{first_day}')",
}


class Subject(NamedTuple):
    """Whose figures: a condition on rows of both files."""

    type_name: str
    id: str
    condition: str
    keys: tuple[str, ...] = ()


class Span(NamedTuple):
    """Days of the account, both inclusive, or hours since 1970 in seconds, of which the last is not in it; or all."""

    days: tuple[str, str] | None = None
    hours: tuple[int, int] | None = None

    def write(self, prefix: str) -> tuple[str, tuple[Any, ...]]:
        if self.days:
            return f"{prefix}day BETWEEN ? AND ?", self.days
        if self.hours:
            return f"{prefix}hour >= ? AND {prefix}hour < ?", self.hours
        return "1", ()


class Question(NamedTuple):
    """About a range: as the graph is asked, and as it is in the books."""

    range: dict[str, Any]
    span: Span
    dating: str
    grains: tuple[str, ...] = ()


def widen(start_at: dt.datetime, end_at: dt.datetime) -> Span:
    """Two moments of the account's clocks, to full hours."""
    last = start_hour(end_at)
    return Span(hours=(start_hour(start_at), last if last == end_at.timestamp() else last + 3_600))


def count(books: sqlite3.Connection, subject: Subject, span: Span, dating: str, grain: str) -> dict[Any, Figures]:
    """By bucket: hours in seconds since 1970, the others by their first day in the range; TOTAL's is called ''."""
    figures: dict[Any, Figures] = defaultdict(start_figures)
    clicked, happened = _Group("", grain, span), _Group("click_" if dating == "CLICK_TIME" else "", grain, span)
    for row in clicked.add_up(books, subject, "clicks", _CLICK_SUMS):
        figures[row["bucket"]] = _tell_clicks(dict(row))
    for row in happened.add_up(books, subject, _APPROVED, "sum(is_counted) AS conversions"):
        figures[row["bucket"]]["conversions"] = row["conversions"]
    credited = "sum(is_counted AND click_id IS NOT NULL) AS credited"
    for row in _Group("click_", grain, span).add_up(books, subject, _APPROVED, credited):
        clicks = figures[row["bucket"]]["uniqueClicks"]
        figures[row["bucket"]]["conversionRate"] = row["credited"] / clicks if clicks else None
    for name, (currency, total) in _MONEY.items():
        for row in happened.add_up(books, subject, _APPROVED, f"{currency} AS unit, {total} AS total"):
            if row["total"]:
                amount = Decimal(row["total"]).scaleb(-MONEY_DIGITS)
                figures[row["bucket"]][name].append({"currency": row["unit"], "amount": amount})
    return figures


class _Group(NamedTuple):
    """Rows that are summed: by which of their moments, how long each bucket is, and the range of them."""

    prefix: str
    grain: str
    span: Span

    def add_up(self, books: sqlite3.Connection, subject: Subject, table: str, sums: str) -> list[sqlite3.Row]:
        """By bucket, and by currency where that is asked for."""
        within, bounds = self.span.write(self.prefix)
        first_day = self.span.days[0] if self.span.days else ""
        bucket = _BUCKETS[self.grain].format(prefix=self.prefix, first_day=first_day)
        by = f"{bucket}, unit" if " AS unit" in sums else bucket
        query = f"SELECT {bucket} AS bucket, {sums} FROM {table} WHERE {subject.condition} AND {within} GROUP BY {by}"
        return books.execute(f"{query} ORDER BY {by}", (*subject.keys, *bounds)).fetchall()


def _tell_clicks(sums: Mapping[str, int]) -> Figures:
    counts = {name: sums[name] for name in _CLICKS}
    methods = {name: counts.pop(name) for name in ("contact", "cookie", "hash", "none")}
    total, unique = counts["totalClicks"], counts["uniqueClicks"]
    return {
        **counts,
        "repeatClicks": counts["countedClicks"] - unique,
        "botRate": counts["botClicks"] / total if total else None,
        "uniqueMethods": methods,
        "conversions": 0,
        "conversionRate": 0.0 if unique else None,
        **{name: [] for name in _MONEY},
    }


def start_figures() -> Figures:
    return _tell_clicks(dict.fromkeys(_CLICKS, 0))


def count_payouts(books: sqlite3.Connection, first_day: str, last_day: str) -> dict[Any, tuple[Decimal, ...]]:
    """Opening, earned, reversed and closing, by creator's handle and currency, where any of it is above zero."""
    rows = books.execute(
        """
        SELECT coalesce(creator_handle, '(none)') AS handle, payout_currency AS currency,
            sum(CASE WHEN day < :first THEN payout ELSE 0 END),
            sum(CASE WHEN day >= :first THEN max(payout, 0) ELSE 0 END),
            sum(CASE WHEN day >= :first THEN max(-payout, 0) ELSE 0 END),
            sum(payout)
        FROM conversions WHERE status = 'APPROVED' AND payout <> 0 AND day <= :last GROUP BY 1, 2
        """,
        {"first": first_day, "last": last_day},
    )
    return {(row[0], row[1]): tuple(Decimal(sum_).scaleb(-MONEY_DIGITS) for sum_ in row[2:]) for row in rows}
