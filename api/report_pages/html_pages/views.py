"""What templates are given, of campaigns and of creators: figures, and how they are said."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from api.pagination import encode_cursor
from api.report_pages.html_pages.asking import MONEY_SORTS, SORTS, View
from api.report_pages.html_pages.charts import SIZES, WEEKDAYS, ChartPoint, draw_bars, draw_heat, draw_series, find_peak
from api.report_pages.html_pages.words import (
    PRESETS,
    UNKNOWN,
    name_point,
    write_change,
    write_count,
    write_interval,
    write_money,
    write_range,
    write_share,
)
from tracking.dimensions.hours_of_week import HourOfWeek
from tracking.report_pages.figures import Headline, Series, Told
from tracking.report_pages.tables import CreatorLine
from tracking.reports.dimensions import NONE_KEY
from tracking.reports.rates import Rate, estimate_rate

ROWS_SHOWN: Final = 50
_HEADS: Final = {
    "HANDLE": "Creator",
    "FOLLOWERS": "Followers",
    "UNIQUE_CLICKS": "Unique clicks",
    "TOTAL_CLICKS": "Total clicks",
    "CLICK_THROUGH_RATE": "Click-through",
    "CONVERSIONS": "Conversions",
    "CONVERSION_RATE": "Conv. rate",
    "NET_VALUE": "Net value",
    "PAYOUT": "Payout",
}


class Card(NamedTuple):
    """A number of the headline. `direction` is `up`, `down` or `same`."""

    name: str
    value: str
    definition: str
    before: str = ""
    change: str = ""
    direction: str = "same"
    note: str = ""


class Head(NamedTuple):
    """Of a column. `order` is what `aria-sort` says; empty where another one is sorted by."""

    name: str
    query: str
    order: str


def list_cards(headline: Headline, *, shows_money: bool, is_of_creator: bool) -> list[Card]:
    now, before = headline
    return [
        _count("Unique clicks", "The first counted click of a visitor on a link in a day.", now, before, _find_unique),
        *(_list_creator_cards(now, before) if is_of_creator else _list_brand_cards(now, before)),
        *_list_conversion_cards(now, before),
        *(_list_money_cards(now, before) if shows_money else []),
    ]


def _list_creator_cards(now: Told, before: Told | None) -> list[Card]:
    """How single clicks were judged is the brand's to know, as in a creator's session."""
    return [
        _count("All counted clicks", "Unique ones and repeats of them.", now, before, lambda t: t.counts.counted_clicks)
    ]


def _list_brand_cards(now: Told, before: Told | None) -> list[Card]:
    return [
        _count(
            "Total clicks", "Every request of a link, programs and previews too.", now, before, lambda t: t.total_clicks
        ),
        Card(
            "Bot rate",
            write_share(_find_bot_rate(now)),
            "Clicks that programs made, of all clicks.",
            write_share(_find_bot_rate(before)) if before else "",
        ),
    ]


def _list_conversion_cards(now: Told, before: Told | None) -> list[Card]:
    rate, was = find_conversion_rate(now), find_conversion_rate(before)
    return [
        _count(
            "Conversions",
            "Approved orders, leads and sign-ups that came in."
            if now.outcomes.conversions is not None
            else "They are not measured for this time.",
            now,
            before,
            lambda told: told.outcomes.conversions,
        ),
        Card(
            "Conversion rate",
            write_share(rate.value if rate else None),
            "Conversions that these clicks earned, for each unique click.",
            write_share(was.value if was else None) if before else "",
            note=f"{write_interval(rate)}, 95% sure" if rate else "",
        ),
    ]


def find_conversion_rate(told: Told | None) -> Rate | None:
    if told is None or told.outcomes.conversions is None:
        return None
    return estimate_rate(told.outcomes.of_clicks, told.counts.unique_clicks)


def find_click_through(line: CreatorLine) -> Rate | None:
    return estimate_rate(line.told.counts.unique_clicks, line.followers or 0)


def list_heads(view: View, *, shows_money: bool) -> list[Head]:
    sorts = {**SORTS, **MONEY_SORTS} if shows_money else SORTS
    sort_by, is_descending = view.sorting
    heads = []
    for name, goes_down_first in sorts.items():
        is_sorted = name == sort_by
        goes_down = not is_descending if is_sorted else goes_down_first
        query = view.write_query(sort=name.lower(), direction="desc" if goes_down else "asc") + "#creators"
        order = ("descending" if is_descending else "ascending") if is_sorted else ""
        heads.append(Head(_HEADS[name], query, order))
    return heads


def write_next(lines: list[CreatorLine], view: View) -> str | None:
    """The query of the page that follows, when there are more lines than are shown."""
    if len(lines) <= ROWS_SHOWN:
        return None
    last = lines[ROWS_SHOWN - 1].performance
    return view.write_query(after=encode_cursor((last.sort_key, last.membership.id), view.order)) + "#creators"


def list_presets(view: View) -> list[tuple[str, str, bool]]:
    """Name, query, and whether it is the one that is shown."""
    return [
        (name, view.write_query(range=preset.value.lower()), preset is view.preset) for preset, name in PRESETS.items()
    ]


def list_chart_points(series: Series, view: View) -> list[ChartPoint]:
    points = []
    for span, told, previous in series.points:
        label, name = name_point(span, series.interval, view.asked.zone)
        unique = told.counts.unique_clicks
        before = "" if previous is None else f" ({previous:,} in the period before)"
        points.append(ChartPoint(label, name, f"{name}: {unique:,} unique clicks{before}", unique, previous))
    return points


def describe_series(series: Series, view: View) -> dict[str, Any]:
    points = list_chart_points(series, view)
    total = sum(point.value for point in points)
    return {
        "title": f"Unique clicks by {series.interval.value.lower()}",
        "description": f"{write_range(view.asked.wanted, view.asked.zone)}: {total:,} unique clicks."
        + (" The dashed line is the period before." if view.asked.compared else ""),
        "charts": [draw_series(points, size) for size in SIZES],
        "points": points,
    }


def describe_heat(clicks: Mapping[HourOfWeek, int]) -> dict[str, Any]:
    peak = find_peak(clicks)
    return {
        "title": "Unique clicks by hour of the week",
        "description": f"Most on {WEEKDAYS[peak.weekday - 1]} from {peak.hour:02}:00, with {clicks[peak]:,}."
        if peak
        else "No clicks in this time.",
        "charts": [draw_heat(clicks, size) for size in SIZES],
    }


def describe_systems(systems: list[tuple[str, int]]) -> dict[str, Any]:
    most = f"Most on {_name_system(systems[0][0])}." if systems else "No clicks in this time."
    return {
        "title": "Unique clicks by operating system",
        "description": most,
        "charts": [draw_bars([(_name_system(name), count) for name, count in systems], size) for size in SIZES],
    }


def describe_bars(lines: list[CreatorLine], view: View) -> dict[str, Any]:
    return {
        "title": "Creators with the most unique clicks",
        "description": write_range(view.asked.wanted, view.asked.zone),
        "charts": [draw_bars([(f"@{line.handle}", line.told.counts.unique_clicks) for line in lines], SIZES[0])],
    }


def write_net(told: Told) -> str:
    return UNKNOWN if told.outcomes.conversions is None else write_money(told.outcomes.list_net())


def write_payout(told: Told) -> str:
    if told.outcomes.conversions is None:
        return UNKNOWN
    return write_money(told.outcomes.list_money(lambda worth: worth.payout_minor))


def _name_system(key: str) -> str:
    return "unknown" if key == NONE_KEY else key


def _find_unique(told: Told) -> int:
    return told.counts.unique_clicks


def _find_bot_rate(told: Told) -> float | None:
    return told.counts.bot_clicks / told.total_clicks if told.total_clicks else None


def _count(name: str, definition: str, now: Told, before: Told | None, find: Any) -> Card:
    value, was = find(now), find(before) if before else None
    change, direction = write_change(value, was)
    return Card(name, write_count(value), definition, write_count(was) if before else "", change, direction)


def _list_money_cards(now: Told, before: Told | None) -> list[Card]:
    return [
        Card(
            "Net value",
            write_net(now),
            "What orders brought, less what was given back; currencies apart.",
            write_net(before) if before else "",
        ),
        Card(
            "Payout",
            write_payout(now),
            "What offers pay for it, less what goes back with refunds.",
            write_payout(before) if before else "",
        ),
    ]
