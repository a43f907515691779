"""From a report to its parts: reads a page of them, and names each."""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from enum import StrEnum
from types import GenericAlias
from typing import Annotated, Any, Final

import strawberry

from api.accounts.loaders import find_currency, find_zone
from api.breakdowns.loaders import (
    PartsAsk,
    make_breakdown_loader,
    make_country_loader,
    make_oldest_loader,
    make_parts_loader,
)
from api.breakdowns.types import (
    BreakdownConnection,
    BreakdownNode,
    BreakdownOrder,
    BreakdownOrderField,
    find_entity_loader,
)
from api.context import Context, Info
from api.errors import refuse_input
from api.ids import encode_id
from api.metrics.queries import hide_before_conversions, tell_nothing
from api.metrics.types import Metrics, OutcomeReader
from api.pagination import (
    After,
    Before,
    Edge,
    First,
    Last,
    OrderDirection,
    PageArguments,
    describe_page,
    encode_cursor,
    find_shown,
    read_page,
)
from api.reports.types import Report
from tracking.dimensions.kinds import TRAITS
from tracking.reports.breakdown_statements import SORT_TYPES
from tracking.reports.breakdowns import BreakdownPage, BreakdownRow, Sorting
from tracking.reports.comparing import list_pieces
from tracking.reports.dimensions import NONE_KEY, Dimension
from tracking.reports.outcome_queries import FoundOutcomes, Outcomes, join_found
from tracking.reports.queries import Counts, add_counts, find_scope
from tracking.reports.ranges import ReportRange
from tracking.reports.scopes import Grain
from tracking.reports.sort_keys import OF_CLICKS

MAX_PARTS: Final = 1_000
_LARGEST_FIRST: Final = BreakdownOrder(field=BreakdownOrderField.UNIQUE_CLICKS)

_TYPE_NAMES: Final[dict[Dimension, str]] = {
    Dimension.CAMPAIGN: "Campaign",
    Dimension.CREATOR: "Creator",
    Dimension.LINK: "Link",
    Dimension.MESSAGE: "Message",
    Dimension.OFFER: "Offer",
    Dimension.CREATIVE: "Creative",
    Dimension.SHARER: "User",
}


def make_breakdown_field(dimensions: type[StrEnum]) -> Any:
    """Of a report that can be broken down by these members of Dimension."""

    async def resolve(
        root: strawberry.Parent[Any],
        info: Info,
        *,
        by: Any,
        order_by: Annotated[
            BreakdownOrder | None,
            strawberry.argument(description="What comes first; the most unique clicks when left out."),
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> BreakdownConnection:
        page = PageArguments(first, after, last, before)
        return await connect_breakdown(info.context, root, Dimension(by), order_by, page)

    resolve.__annotations__["by"] = Annotated[dimensions, strawberry.argument(description="By what.")]
    return strawberry.field(
        resolver=resolve,
        description="The parts that the range holds anything of, at most 1,000 a page. They add up to `totals`, and"
        " cost no more with more clicks. By what single clicks tell, such as the browser, there are clicks alone, what"
        " conversions say is null, and so is `previous` of a range that is not over: clicks are then counted by the"
        " day.",
    )


async def connect_breakdown(
    context: Context, report: Report, dimension: Dimension, order: BreakdownOrder | None, arguments: PageArguments
) -> BreakdownConnection:
    order = order or _LARGEST_FIRST
    is_descending = order.direction is OrderDirection.DESC
    sorting = Sorting(order.field.name, is_descending, report.dating, await find_currency(context, order.currency))
    key_type: Any = GenericAlias(tuple, (SORT_TYPES[sorting.sort_by], str))
    name = f"breakdown.{dimension.name}.{sorting.sort_by}.{order.direction.name}.{sorting.currency}"
    page = read_page(*arguments, key_type=key_type, order=name, max_page=MAX_PARTS)
    await _check_trait(context, report, dimension, sorting.sort_by)
    as_of = await _find_as_of(context, report, dimension)
    subject, wanted = report.key
    asked = BreakdownPage(find_scope(subject), dimension, wanted, sorting, page.window)
    rows = await context.loader(make_breakdown_loader).load((asked, subject))
    shown = find_shown(rows, page)
    entities = await _load_entities(context, dimension, [row.key for row in shown])
    previous = _read_previous(report, asked, tuple(row.key for row in shown))
    edges = [
        Edge(
            cursor=encode_cursor((row.sort_key, row.key), name),
            node=_describe(row, report, dimension, entity, previous),
        )
        for row, entity in zip(shown, entities, strict=True)
    ]
    return BreakdownConnection(
        as_of=as_of,
        edges=edges,
        nodes=[edge.node for edge in edges],
        page_info=describe_page(rows, page, [edge.cursor for edge in edges]),
    )


async def _check_trait(context: Context, report: Report, dimension: Dimension, sort_by: str) -> None:
    """Refuses what no part by trait can answer."""
    if dimension not in TRAITS:
        return
    if report.key.range.grain is Grain.HOUR:
        raise refuse_input(f"`range`: by {dimension.value} clicks are counted by the day, so give whole days.")
    if sort_by not in OF_CLICKS:
        raise refuse_input(f"`orderBy.field`: by {dimension.value} only clicks are counted, so sort by one of them.")
    if dimension is Dimension.COUNTRY and not await context.loader(make_country_loader).load(context.account_id):
        raise refuse_input(
            "`by`: no click of the account has a country. COUNTRIES_FILE of the worker names a file in MaxMind's"
            " format that tells countries from then on; see docs/configuration.md."
        )


async def _find_as_of(context: Context, report: Report, dimension: Dimension) -> dt.datetime:
    """Read it before the parts: then they hold at least what it says."""
    if dimension not in TRAITS:
        return report.as_of
    oldest = await context.loader(make_oldest_loader).load(True)
    return min(oldest, report.as_of) if oldest else report.as_of


async def _load_entities(context: Context, dimension: Dimension, keys: list[str]) -> list[Any]:
    """The entity of each key; None for `(none)` and where keys are no ids."""
    if dimension not in _TYPE_NAMES:
        return [None] * len(keys)
    load = find_entity_loader(_TYPE_NAMES[dimension])
    return await asyncio.gather(*(load(context, None if key == NONE_KEY else int(key)) for key in keys))


def _describe(
    row: BreakdownRow,
    report: Report,
    dimension: Dimension,
    entity: Any,
    read_previous: Callable[[Context, str], Awaitable[Metrics | None]],
) -> BreakdownNode:
    type_name = _TYPE_NAMES.get(dimension)
    return BreakdownNode(
        key=encode_id(type_name, int(row.key)) if type_name and row.key != NONE_KEY else row.key,
        label=_find_label(entity) if entity else row.key,
        metrics=Metrics.from_counts(row.counts, _tell(row.outcomes, report, report.key.range, dimension)),
        entity=entity,
        read_previous=lambda context: read_previous(context, row.key),
    )


def _find_label(entity: Any) -> str:
    """What people call it: a name, a handle, or of a link its label, else its path."""
    names = (getattr(entity, name, None) for name in ("name", "handle", "label", "slug"))
    return next(str(name) for name in names if name)


def _tell(found: FoundOutcomes, report: Report, wanted: ReportRange, dimension: Dimension) -> OutcomeReader:
    if dimension in TRAITS:
        return tell_nothing

    async def read(context: Context) -> Outcomes:
        return await hide_before_conversions(context, found.tell(report.dating), wanted.end)

    return read


def _read_previous(
    report: Report, page: BreakdownPage, keys: tuple[str, ...]
) -> Callable[[Context, str], Awaitable[Metrics | None]]:
    """Reads all parts of the page together, once the first is asked for."""

    async def read(context: Context, key: str) -> Metrics | None:
        if report.compared is None:
            return None
        previous = report.compared.previous
        pieces = list_pieces(previous, await find_zone(context))
        if page.dimension in TRAITS and any(piece.grain is Grain.HOUR for piece in pieces):
            return None
        plain = page._replace(window=page.window._replace(bound=None, is_backward=False))
        asked = [PartsAsk(plain._replace(wanted=piece), report.key.subject, keys) for piece in pieces]
        parts = await context.loader(make_parts_loader).load_many(asked)
        found = [row for rows in parts for row in rows if row.key == key]
        counts = add_counts([row.counts for row in found] or [Counts()])
        outcomes = join_found([row.outcomes for row in found])
        return Metrics.from_counts(counts, _tell(outcomes, report, previous, page.dimension))

    return read
