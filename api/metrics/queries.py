"""Where the outcomes of each Metrics come from: rollups of a range, points of a series, or few conversions."""

import datetime as dt
from collections.abc import Sequence

from api.accounts.loaders import make_account_loader
from api.context import Context
from api.metrics.types import OutcomeReader
from api.reports.loaders import (
    ReportKey,
    make_outcome_bucket_loader,
    make_outcome_loader,
    make_recipient_outcome_loader,
)
from tracking.reports.outcome_queries import Outcomes, hide_unknown, join_found, sum_outcomes
from tracking.reports.outcomes import Dating
from tracking.reports.queries import AnySubject
from tracking.reports.ranges import EVERYTHING, ReportRange
from tracking.reports.series import Span, spread_outcomes


def read_range(subject: AnySubject, wanted: ReportRange, dating: Dating) -> OutcomeReader:
    return read_pieces([ReportKey(subject, wanted)], dating)


def read_pieces(keys: Sequence[ReportKey], dating: Dating) -> OutcomeReader:
    """Of ranges that follow one another, taken together."""

    async def read(context: Context) -> Outcomes:
        found = join_found(await context.loader(make_outcome_loader).load_many(keys))
        return await hide_before_conversions(context, found.tell(dating), keys[-1].range.end)

    return read


def read_everything(subject: AnySubject) -> OutcomeReader:
    """Since the subject was made; then both datings say the same."""
    return read_range(subject, EVERYTHING, Dating.CONVERSION_TIME)


def read_recipient_link(link_id: int) -> OutcomeReader:
    """Of one contact's link, since it was made."""

    async def read(context: Context) -> Outcomes:
        found = await context.loader(make_recipient_outcome_loader).load(link_id)
        return await hide_before_conversions(context, found.tell(Dating.CONVERSION_TIME), EVERYTHING.end)

    return read


def read_points(keys: Sequence[ReportKey], spans: Sequence[Span], dating: Dating) -> list[OutcomeReader]:
    """Of each point of a series: all are read together, once the first is asked for. `keys` are of ranges that follow
    one another.
    """
    told: list[Outcomes] = []

    async def read_point(context: Context, place: int) -> Outcomes:
        found = join_found(await context.loader(make_outcome_bucket_loader).load_many(keys))
        if not told:
            rows = spread_outcomes(spans, found.rows)
            told.extend(sum_outcomes(each, dating, has_impressions=found.has_impressions) for each in rows)
        return await hide_before_conversions(context, told[place], spans[place].end)

    def make_reader(place: int) -> OutcomeReader:
        return lambda context: read_point(context, place)

    return [make_reader(place) for place in range(len(spans))]


async def tell_nothing(_context: Context) -> Outcomes:
    """For counts that are about clicks alone."""
    return Outcomes(conversions=None, of_clicks=0, worth={}, impressions=None)


async def hide_before_conversions(context: Context, outcomes: Outcomes, end: dt.datetime) -> Outcomes:
    """What nobody could know of a range that ended then."""
    account = await context.loader(make_account_loader).load(context.account_id)
    return hide_unknown(outcomes, account.conversions_since if account else None, end)
