"""What a page shows, as CSV: written while it is read, and nothing in it that a spreadsheet would run."""

import csv
import io
from collections.abc import AsyncIterator, Iterable
from typing import Any, Final

import asyncpg

from api.report_pages.html_pages.asking import View
from api.report_pages.html_pages.views import find_click_through, find_conversion_rate, write_net, write_payout
from tracking.exports.formats.cells import defuse
from tracking.paging import Window
from tracking.report_pages.figures import Series
from tracking.report_pages.queries import OpenedPage
from tracking.report_pages.tables import CreatorLine, list_creator_lines

_LINES_AT_ONCE: Final = 500
_SERIES_HEADS: Final = ("from", "to", "unique_clicks", "counted_clicks", "conversions", "unique_clicks_before")
_CREATOR_HEADS: Final = (
    "handle",
    "name",
    "followers",
    "followers_counted_on",
    "unique_clicks",
    "counted_clicks",
    "total_clicks",
    "bot_clicks",
    "click_through_rate",
    "conversions",
    "conversion_rate",
)
_MONEY_HEADS: Final = ("net_value", "payout")


async def write_series(series: Series, view: View) -> AsyncIterator[str]:
    """A line for each point, empty ones too; moments by the clocks of the account."""
    zone = view.asked.zone
    yield _write_lines([_SERIES_HEADS])
    yield _write_lines(
        (
            span.start.astimezone(zone).isoformat(),
            span.end.astimezone(zone).isoformat(),
            told.counts.unique_clicks,
            told.counts.counted_clicks,
            told.outcomes.conversions,
            previous,
        )
        for span, told, previous in series.points
    )


async def write_creators(pool: asyncpg.Pool, page: OpenedPage, view: View) -> AsyncIterator[str]:
    """All creators of the campaign, in the order that is shown."""
    yield _write_lines([_CREATOR_HEADS + (_MONEY_HEADS if page.shows_money else ())])
    bound: tuple[Any, ...] | None = None
    while True:
        lines = await list_creator_lines(pool, page, view.asked, view.sorting, Window(_LINES_AT_ONCE, bound))
        yield _write_lines(_list_cells(line, shows_money=page.shows_money) for line in lines)
        if len(lines) < _LINES_AT_ONCE:
            return
        bound = (lines[-1].performance.sort_key, lines[-1].performance.membership.id)


def _list_cells(line: CreatorLine, *, shows_money: bool) -> list[Any]:
    counts, audience = line.told.counts, line.performance.audience
    click_through, conversion_rate = find_click_through(line), find_conversion_rate(line.told)
    cells = [
        line.handle,
        line.name,
        line.followers,
        audience.counted_on.isoformat() if audience else None,
        counts.unique_clicks,
        counts.counted_clicks,
        line.told.total_clicks,
        counts.bot_clicks,
        click_through.value if click_through else None,
        line.told.outcomes.conversions,
        conversion_rate.value if conversion_rate else None,
    ]
    return [*cells, write_net(line.told), write_payout(line.told)] if shows_money else cells


def _write_lines(lines: Iterable[Iterable[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    for cells in lines:
        writer.writerow([defuse(cell) if isinstance(cell, str) else cell for cell in cells])
    return text.getvalue()
