"""The creators of a campaign side by side: clicks and outcomes of a range beside followers, in any order (CU5, CU6).

What conversions are worth is only compared here; it is read by those who show it.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any, Final, NamedTuple

import asyncpg

from tracking.campaigns.models import Stage
from tracking.campaigns.queries import MembershipRow, read_membership
from tracking.paging import Conditions, Window
from tracking.performance.audiences import FIND_AUDIENCE, AudienceRule
from tracking.performance.sorting import NEEDS_CURRENCY, write_sort_key
from tracking.reports.outcomes import OUTCOMES, Dating
from tracking.reports.queries import Counts, find_bounds, read_counts
from tracking.reports.ranges import ReportRange
from tracking.reports.scopes import COUNTERS, Scope

_OF_MEMBER: Final = f"""
    account_id = $1 AND scope = {Scope.CAMPAIGN_CREATOR} AND first_key = member.campaign_id
        AND second_key = member.creator_id AND grain = $2 AND bucket >= $3 AND bucket < $4
"""
_BY_CONVERSION: Final = f"dating = {Dating.CONVERSION_TIME}"
# Each creator's own rows are looked up by key, so that finer grains of the same campaign cost nothing.
_PERFORMANCES: Final = f"""
    WITH member AS (
        SELECT member.*, lower(creator.handle) AS handle, creator.name, audience.*, outcomes.*,
            {", ".join(f"coalesce({counter}, 0) AS {counter}" for counter in COUNTERS)}
        FROM campaign_creator AS member
        JOIN creator ON creator.id = member.creator_id
        LEFT JOIN LATERAL ({FIND_AUDIENCE.format(day="campaign.day")}) AS audience ON true
        CROSS JOIN LATERAL (
            SELECT {", ".join(f"sum({counter})::bigint AS {counter}" for counter in COUNTERS)}
            FROM rollup WHERE {_OF_MEMBER}
        ) AS counts
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(conversions) FILTER (WHERE {_BY_CONVERSION}), 0)::bigint AS conversions,
                coalesce(sum(credited_conversions) FILTER (WHERE dating = {Dating.CLICK_TIME}), 0)::bigint AS of_clicks,
                coalesce(sum(impressions) FILTER (WHERE {_BY_CONVERSION}), 0)::bigint AS impressions,
                {{worth}}
                coalesce(sum(gross_minor - refunds_minor) FILTER (
                    WHERE {_BY_CONVERSION} AND currency = member.deal_currency), 0) AS net_of_deal_minor,
                coalesce(bool_or(gross_minor <> refunds_minor) FILTER (
                    WHERE {_BY_CONVERSION} AND currency <> member.deal_currency), false) AS is_elsewhere
            FROM (
                SELECT dating, currency, {", ".join(f"sum({outcome}) AS {outcome}" for outcome in OUTCOMES)}
                FROM outcome_rollup WHERE {_OF_MEMBER} AND dating IN ({", ".join(str(each.value) for each in Dating)})
                GROUP BY dating, currency
            ) AS by_currency
        ) AS outcomes
        WHERE member.campaign_id = campaign.id AND member.account_id = $1
    )
    SELECT *, {{sort_key}} AS sort_key FROM member
"""


class CreatorFilter(NamedTuple):
    """What is None filters nothing. `tag` stands on a link of the creator in the campaign."""

    stages: Collection[Stage] | None = None
    search: str | None = None
    tag: str | None = None


class AudienceRow(NamedTuple):
    """The profile whose followers were counted, and on which day."""

    profile_id: int
    followers: int
    counted_on: dt.date
    rule: AudienceRule


class PerformanceRow(NamedTuple):
    """`audience` is None when no count is known. `of_clicks` are conversions credited to the range's clicks."""

    membership: MembershipRow
    counts: Counts
    audience: AudienceRow | None
    of_clicks: int
    sort_key: Any


class PerformancePage(NamedTuple):
    """A page of a campaign's creators in the order of a key of SORT_TYPES, then of ids.

    Money is compared in `currency`, which the keys of NEEDS_CURRENCY want.
    """

    wanted: ReportRange
    window: Window
    creators: CreatorFilter
    sort_by: str
    is_descending: bool
    currency: str | None = None


class AudienceDay(NamedTuple):
    """A campaign, and the day for which followers are counted: that of its start (CU6)."""

    campaign_id: int
    day: dt.date


async def list_performances(
    pool: asyncpg.Pool, account_id: int, page: PerformancePage, campaigns: Sequence[AudienceDay]
) -> list[list[PerformanceRow]]:
    """The page of each campaign, in one statement for any number of campaigns and creators."""
    conditions = Conditions(account_id, page.wanted.grain, *find_bounds(page.wanted))
    ids = conditions.bind([campaign.campaign_id for campaign in campaigns])
    days = conditions.bind([campaign.day for campaign in campaigns])
    rows = await pool.fetch(
        f"""
        SELECT campaign.place, page.* FROM unnest({ids}::bigint[], {days}::date[]) WITH ORDINALITY
            AS campaign (id, day, place)
        CROSS JOIN LATERAL (
            SELECT row_number() OVER () AS rank, member.* FROM ({_write_page(conditions, page)}) AS member
        ) AS page
        ORDER BY campaign.place, page.rank
        """,
        *conditions.parameters,
    )
    found: list[list[PerformanceRow]] = [[] for _ in campaigns]
    for row in rows:
        found[row["place"] - 1].append(
            PerformanceRow(
                read_membership(row), read_counts(row), read_audience(row), row["of_clicks"], row["sort_key"]
            )
        )
    return found


def read_audience(row: Any) -> AudienceRow | None:
    """From any row with the columns of FIND_AUDIENCE."""
    if row["followers"] is None:
        return None
    return AudienceRow(row["audience_id"], row["followers"], row["counted_on"], AudienceRule(row["audience_rule"]))


def _write_page(conditions: Conditions, page: PerformancePage) -> str:
    if page.creators.stages is not None:
        conditions.add("stage = ANY ({}::text[])", [stage.value for stage in page.creators.stages])
    conditions.search(["handle", "name"], page.creators.search)
    conditions.add_if_given(
        "EXISTS (SELECT FROM link WHERE campaign_id = campaign.id AND creator_id = member.creator_id"
        " AND deleted_at IS NULL AND {} = ANY (link.tags))",
        page.creators.tag,
    )
    currency = conditions.bind(page.currency) + "::text" if page.sort_by in NEEDS_CURRENCY else None
    key = write_sort_key(page.sort_by, is_descending=page.is_descending, currency=currency)
    text = _PERFORMANCES.format(sort_key=key, worth=_write_worth(currency) if currency else "")
    return f"{text} " + conditions.page([key, "id"], page.window, is_descending=page.is_descending)


def _write_worth(currency: str) -> str:
    """The sums of money by which creators are compared."""
    condition = f"{_BY_CONVERSION} AND currency = {currency}"
    amounts = ("gross_minor", "refunds_minor", "payout_minor")
    return "".join(f"coalesce(sum({each}) FILTER (WHERE {condition}), 0) AS {each}, " for each in amounts)
