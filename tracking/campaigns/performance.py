"""The creators of a campaign side by side: clicks of a range beside follower counts, in any order (CU5, CU6).

Conversions are here to sort by; what they are worth is read by those who show it.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any, Final, NamedTuple

import asyncpg

from tracking.campaigns.models import Stage
from tracking.campaigns.queries import MembershipRow, read_membership
from tracking.paging import Conditions, Window
from tracking.reports.outcomes import Dating
from tracking.reports.queries import Counts, find_bounds, read_counts
from tracking.reports.ranges import ReportRange
from tracking.reports.scopes import COUNTERS, Scope

# Of each profile the newest count that is not newer than the campaign's day; without one, the oldest newer one.
_PERFORMANCES: Final = f"""
    WITH counts AS (
        SELECT second_key AS creator_id, {", ".join(f"sum({counter})::bigint AS {counter}" for counter in COUNTERS)}
        FROM rollup
        WHERE account_id = $1 AND scope = {Scope.CAMPAIGN_CREATOR} AND first_key = campaign.id AND grain = $2
            AND bucket >= $3 AND bucket < $4
        GROUP BY second_key
    ),
    outcomes AS (
        SELECT second_key AS creator_id,
            sum(conversions) FILTER (WHERE dating = {Dating.CONVERSION_TIME}) AS conversions,
            sum(credited_conversions) FILTER (WHERE dating = {Dating.CLICK_TIME}) AS of_clicks
        FROM outcome_rollup
        WHERE account_id = $1 AND scope = {Scope.CAMPAIGN_CREATOR} AND first_key = campaign.id AND grain = $2
            AND bucket >= $3 AND bucket < $4
        GROUP BY second_key
    ),
    audience AS (
        SELECT creator_id, sum(followers)::bigint AS followers, min(counted_on) AS counted_on
        FROM (
            SELECT DISTINCT ON (profile.id) profile.creator_id, followers, counted_on
            FROM campaign_creator
            JOIN creator_profile AS profile USING (creator_id)
            JOIN follower_count ON follower_count.profile_id = profile.id
            WHERE campaign_creator.campaign_id = campaign.id AND campaign_creator.account_id = $1
            ORDER BY profile.id, counted_on > campaign.day, abs(counted_on - campaign.day)
        ) AS counted
        GROUP BY creator_id
    ),
    member AS (
        SELECT member.*, lower(creator.handle) AS handle, creator.name, followers, counted_on,
            coalesce(conversions, 0) AS conversions, coalesce(of_clicks, 0) AS of_clicks,
            {", ".join(f"coalesce({counter}, 0) AS {counter}" for counter in COUNTERS)}
        FROM campaign_creator AS member
        JOIN creator ON creator.id = member.creator_id
        LEFT JOIN counts ON counts.creator_id = member.creator_id
        LEFT JOIN outcomes ON outcomes.creator_id = member.creator_id
        LEFT JOIN audience ON audience.creator_id = member.creator_id
        WHERE member.campaign_id = campaign.id AND member.account_id = $1
    )
    SELECT *, {{sort_key}} AS sort_key FROM member
"""
_STAGE_PLACES: Final = " ".join(f"WHEN '{stage}' THEN {place}" for place, stage in enumerate(Stage))
SORT_KEYS: Final = {
    "HANDLE": "handle",
    "STAGE": f"CASE stage {_STAGE_PLACES} END",
    "ADDED_AT": "added_at",
    "TOTAL_CLICKS": f"({' + '.join(COUNTERS[:6])})",
    "UNIQUE_CLICKS": "unique_clicks",
    # Who has no known followers has no rate, and stands below everybody who has.
    "CLICK_THROUGH_RATE": "coalesce(unique_clicks::float8 / nullif(followers, 0), -1)",
    "CONVERSIONS": "conversions::bigint",
    # Who has no unique clicks has no rate.
    "CONVERSION_RATE": "coalesce(of_clicks::float8 / nullif(unique_clicks, 0), -1)",
}
SORT_TYPES: Final[dict[str, type]] = {
    "HANDLE": str,
    "STAGE": int,
    "ADDED_AT": dt.datetime,
    "TOTAL_CLICKS": int,
    "UNIQUE_CLICKS": int,
    "CLICK_THROUGH_RATE": float,
    "CONVERSIONS": int,
    "CONVERSION_RATE": float,
}


class CreatorFilter(NamedTuple):
    """What is None filters nothing. `tag` stands on a link of the creator in the campaign."""

    stages: Collection[Stage] | None = None
    search: str | None = None
    tag: str | None = None


class PerformanceRow(NamedTuple):
    """`followers` and the day of the oldest count among them are None when none is known."""

    membership: MembershipRow
    counts: Counts
    followers: int | None
    counted_on: dt.date | None
    sort_key: Any


class PerformancePage(NamedTuple):
    """A page of a campaign's creators in the order of a key of SORT_KEYS, then of ids."""

    wanted: ReportRange
    window: Window
    creators: CreatorFilter
    sort_by: str
    is_descending: bool


class AudienceDay(NamedTuple):
    """A campaign, and the day for which followers are counted (CU6)."""

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
            PerformanceRow(read_membership(row), read_counts(row), row["followers"], row["counted_on"], row["sort_key"])
        )
    return found


def _write_page(conditions: Conditions, page: PerformancePage) -> str:
    if page.creators.stages is not None:
        conditions.add("stage = ANY ({}::text[])", [stage.value for stage in page.creators.stages])
    conditions.search(["handle", "name"], page.creators.search)
    conditions.add_if_given(
        "EXISTS (SELECT FROM link WHERE campaign_id = campaign.id AND creator_id = member.creator_id"
        " AND deleted_at IS NULL AND {} = ANY (link.tags))",
        page.creators.tag,
    )
    key = SORT_KEYS[page.sort_by]
    return f"{_PERFORMANCES.format(sort_key=key)} " + conditions.page(
        [key, "id"], page.window, is_descending=page.is_descending
    )
