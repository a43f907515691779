"""What an address asks of its page: range, order and place. Whatever cannot be meant is left out and said."""

import datetime as dt
from collections.abc import Mapping
from types import GenericAlias
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from graphql import GraphQLError

from api.pagination import decode_cursor
from api.report_pages.html_pages.words import PRESETS
from tracking.errors import InvalidInputError
from tracking.performance.sorting import SORT_TYPES
from tracking.report_pages.figures import Asked
from tracking.report_pages.tables import Sorting
from tracking.reports.comparing import PreviousKind, compare_with_previous
from tracking.reports.ranges import Preset, ReportRange, resolve_days, resolve_preset

USUAL_PRESET: Final = Preset.LAST_30_DAYS
USUAL_SORT: Final = "UNIQUE_CLICKS"
# What the table can be sorted by, and whether the largest comes first when somebody asks.
SORTS: Final = {
    "HANDLE": False,
    "UNIQUE_CLICKS": True,
    "TOTAL_CLICKS": True,
    "FOLLOWERS": True,
    "CLICK_THROUGH_RATE": True,
    "CONVERSIONS": True,
    "CONVERSION_RATE": True,
}
MONEY_SORTS: Final = {"NET_VALUE": True, "PAYOUT": True}


class View(NamedTuple):
    """`preset` is None where days are asked for. `after` is the sort key that a table goes on from."""

    asked: Asked
    preset: Preset | None
    days: tuple[str, str]
    sorting: Sorting
    after: tuple[Any, ...] | None
    problem: str | None

    @property
    def order(self) -> str:
        return f"reportPage.{self.sorting.sort_by}.{self.sorting.is_descending}"

    def write_query(self, **changes: str) -> str:
        """The query of an address that shows the same but for the changes. A changed range or order starts anew."""
        days = dict(zip(("from", "to"), self.days, strict=True))
        direction = "desc" if self.sorting.is_descending else "asc"
        parameters = {
            **(days if self.preset is None else {"range": self.preset.value.lower()}),
            "sort": self.sorting.sort_by.lower(),
            "direction": direction,
        }
        if "range" in changes:
            parameters = {name: value for name, value in parameters.items() if name not in days}
        return "?" + urlencode({**parameters, **changes})


def read_view(query: Mapping[str, str], zone: ZoneInfo, now: dt.datetime, *, shows_money: bool) -> View:
    problem = None
    named = _read_preset(query)
    preset: Preset | None = named
    wanted = resolve_preset(named, now, zone)
    if "from" in query or "to" in query:
        try:
            wanted, preset = resolve_days(*_read_days(query, wanted, zone), zone), None
        except InvalidInputError as error:
            problem = f"These days cannot be shown: {error.message}."
    sorting = _read_sorting(query, shows_money=shows_money)
    asked = _compare(wanted, preset, zone, now)
    last = _find_last_day(wanted, zone)
    first = wanted.start.astimezone(zone).date() if wanted.start else last
    view = View(asked, preset, (first.isoformat(), last.isoformat()), sorting, None, problem)
    return view._replace(after=_read_after(query, view))


def _read_preset(query: Mapping[str, str]) -> Preset:
    asked_for = query.get("range", "").upper()
    return next((preset for preset in PRESETS if preset.value == asked_for), USUAL_PRESET)


def _read_days(query: Mapping[str, str], usual: ReportRange, zone: ZoneInfo) -> tuple[dt.date, dt.date]:
    """Raises InvalidInputError."""
    try:
        until = dt.date.fromisoformat(query.get("to") or _find_last_day(usual, zone).isoformat())
        return dt.date.fromisoformat(query.get("from") or until.isoformat()), until
    except ValueError as error:
        raise InvalidInputError("a day is written as 2026-01-31") from error


def _find_last_day(wanted: ReportRange, zone: ZoneInfo) -> dt.date:
    return (wanted.end - dt.timedelta(seconds=1)).astimezone(zone).date()


def _read_sorting(query: Mapping[str, str], *, shows_money: bool) -> Sorting:
    sorts = {**SORTS, **MONEY_SORTS} if shows_money else SORTS
    sort_by = query.get("sort", "").upper()
    if sort_by not in sorts:
        return Sorting(USUAL_SORT, is_descending=True)
    direction = query.get("direction", "")
    return Sorting(sort_by, direction == "desc" if direction in {"asc", "desc"} else sorts[sort_by])


def _compare(wanted: ReportRange, preset: Preset | None, zone: ZoneInfo, now: dt.datetime) -> Asked:
    try:
        compared = compare_with_previous(wanted, preset, PreviousKind.PERIOD, now, zone)
    except InvalidInputError:  # nothing is before everything
        compared = None
    return Asked(wanted, compared, now, zone)


def _read_after(query: Mapping[str, str], view: View) -> tuple[Any, ...] | None:
    key_type: Any = GenericAlias(tuple, (SORT_TYPES[view.sorting.sort_by], int))
    try:
        key: tuple[Any, ...] = decode_cursor(query["after"], key_type, view.order)
    except (KeyError, GraphQLError):
        return None
    return key
