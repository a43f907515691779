"""What creators brought to each of their campaigns, since each began: beside its own audience (CU6, CU9)."""

from collections.abc import Collection
from typing import Final, NamedTuple

import asyncpg

from tracking.performance.audiences import FIND_AUDIENCE
from tracking.reports.buckets import TOTAL_BUCKET
from tracking.reports.outcomes import Dating
from tracking.reports.scopes import Grain, Scope

_START: Final = "coalesce(campaign.starts_at, campaign.created_at)"
_OF_MEMBER: Final = f"""
    account_id = $1 AND scope = {Scope.CAMPAIGN_CREATOR} AND first_key = member.campaign_id
        AND second_key = member.creator_id AND grain = {Grain.TOTAL}
        AND bucket = '{TOTAL_BUCKET.isoformat()}'::timestamptz
"""
_CAMPAIGNS: Final = f"""
    SELECT member.creator_id, member.campaign_id, campaign.name, audience.followers,
        coalesce(clicks.unique_clicks, 0) AS unique_clicks, coalesce(outcomes.of_clicks, 0)::bigint AS of_clicks
    FROM campaign_creator AS member
    JOIN campaign ON campaign.id = member.campaign_id
    JOIN account ON account.id = member.account_id
    LEFT JOIN LATERAL (
        {FIND_AUDIENCE.format(day=f"({_START} AT TIME ZONE account.timezone)::date")}
    ) AS audience ON true
    LEFT JOIN LATERAL (SELECT unique_clicks FROM rollup WHERE {_OF_MEMBER}) AS clicks ON true
    CROSS JOIN LATERAL (
        SELECT sum(credited_conversions) AS of_clicks FROM outcome_rollup
        WHERE {_OF_MEMBER} AND dating = {Dating.CLICK_TIME}
    ) AS outcomes
    WHERE member.account_id = $1 AND member.creator_id = ANY ($2::bigint[])
    ORDER BY {_START}, member.id
"""


class PastCampaign(NamedTuple):
    """`followers` is None where none are known. `of_clicks` are conversions that are credited to its clicks."""

    campaign_id: int
    name: str
    followers: int | None
    unique_clicks: int
    of_clicks: int


async def list_past_campaigns(
    pool: asyncpg.Pool, account_id: int, creator_ids: Collection[int]
) -> dict[int, list[PastCampaign]]:
    """Of each creator, by when they began, in one statement."""
    found: dict[int, list[PastCampaign]] = {}
    for row in await pool.fetch(_CAMPAIGNS, account_id, list(creator_ids)):
        values = {name: row[name] for name in PastCampaign._fields}
        found.setdefault(row["creator_id"], []).append(PastCampaign(**values))
    return found
