"""From a node and a DateRange to its report: what the `report` field of every node answers."""

from typing import Annotated, TypeAlias

import strawberry

from api.accounts.loaders import find_zone
from api.context import Context
from api.errors import refuse_input
from api.reports.loaders import make_freshness_loader
from api.reports.types import DateRange, Report
from tracking.clock import utc_now
from tracking.errors import InvalidInputError
from tracking.reports.queries import Subject
from tracking.reports.ranges import Preset, ReportRange, resolve_days, resolve_instants, resolve_preset

RangeArgument: TypeAlias = Annotated[DateRange, strawberry.argument(name="range", description="Of the report.")]


async def make_report(context: Context, subject: Subject, wanted: DateRange) -> Report:
    freshness = await context.loader(make_freshness_loader).load(None)
    return Report.about(subject, await resolve_range(context, wanted), freshness)


async def resolve_range(context: Context, wanted: DateRange) -> ReportRange:
    """Refuses, as the client's fault, a range that cannot be meant."""
    zone = await find_zone(context)
    try:
        if wanted.days:
            return resolve_days(wanted.days.from_, wanted.days.to, zone)
        if wanted.instants:
            return resolve_instants(wanted.instants.from_, wanted.instants.to, zone)
    except InvalidInputError as error:
        raise refuse_input(error.message) from error
    return resolve_preset(wanted.preset or Preset.LIFETIME, utc_now(), zone)
