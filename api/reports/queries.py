"""From a node and a DateRange to its report: what the `report` field of every node answers."""

from collections.abc import Callable
from typing import Annotated, Any, NamedTuple, TypeAlias, TypeVar
from zoneinfo import ZoneInfo

import strawberry

from api.accounts.loaders import find_zone
from api.context import Context, Info
from api.errors import refuse_input
from api.reports.loaders import ReportKey, make_freshness_loader
from api.reports.types import Comparison, DateRange, Report
from tracking.clock import utc_now
from tracking.errors import InvalidInputError
from tracking.reports.comparing import Compared, PreviousKind, compare_with_previous, compare_with_range
from tracking.reports.outcomes import Dating
from tracking.reports.queries import AnySubject
from tracking.reports.ranges import Preset, ReportRange, resolve_days, resolve_instants, resolve_preset

RangeArgument: TypeAlias = Annotated[DateRange, strawberry.argument(name="range", description="Of the report.")]
CompareTo: TypeAlias = Annotated[
    Comparison | None, strawberry.argument(description="With what; nothing when left out.")
]
ConversionsBy: TypeAlias = Annotated[
    Dating, strawberry.argument(description="What dates conversions, their value and their payout.")
]


AnyReport = TypeVar("AnyReport", bound=Report)


class Asked(NamedTuple):
    """What a client says of the report it wants."""

    wanted: DateRange
    compare_to: Comparison | None
    dating: Dating


async def make_report(context: Context, report_type: type[AnyReport], subject: AnySubject, asked: Asked) -> AnyReport:
    wanted, compare_to, dating = asked
    freshness = await context.loader(make_freshness_loader).load(None)
    resolved = await resolve_range(context, wanted)
    compared = await compare(context, wanted, resolved, compare_to) if compare_to else None
    return report_type.about(ReportKey(subject, resolved), compared, dating, freshness)


def make_report_field(description: str, report_type: type[Report], find_subject: Callable[[Any], AnySubject]) -> Any:
    """What happened in a range, of the node that `find_subject` is given."""

    async def resolve(
        root: strawberry.Parent[Any],
        info: Info,
        wanted: RangeArgument,
        compare_to: CompareTo = None,
        conversions_by: ConversionsBy = Dating.CONVERSION_TIME,
    ) -> Report:
        asked = Asked(wanted, compare_to, conversions_by)
        return await make_report(info.context, report_type, find_subject(root), asked)

    resolve.__annotations__["return"] = report_type
    return strawberry.field(resolver=resolve, description=description)


async def resolve_range(context: Context, wanted: DateRange) -> ReportRange:
    """Refuses, as the client's fault, a range that cannot be meant."""
    try:
        return read_date_range(wanted, await find_zone(context))
    except InvalidInputError as error:
        raise refuse_input(error.message) from error


def read_date_range(wanted: DateRange, zone: ZoneInfo) -> ReportRange:
    """For mutations, which answer with what is wrong. Raises InvalidInputError."""
    if wanted.days:
        return resolve_days(wanted.days.from_, wanted.days.to, zone)
    if wanted.instants:
        return resolve_instants(wanted.instants.from_, wanted.instants.to, zone)
    return resolve_preset(wanted.preset or Preset.LIFETIME, utc_now(), zone)


async def compare(context: Context, wanted: DateRange, resolved: ReportRange, compare_to: Comparison) -> Compared:
    """Refuses, as the client's fault, what cannot be compared."""
    other = await resolve_range(context, compare_to.range) if compare_to.range else None
    zone = await find_zone(context)
    try:
        if other:
            return compare_with_range(resolved, other)
        kind = compare_to.previous or PreviousKind.PERIOD
        return compare_with_previous(resolved, wanted.preset or None, kind, utc_now(), zone)
    except InvalidInputError as error:
        raise refuse_input(error.message) from error
