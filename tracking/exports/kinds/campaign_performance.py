"""Campaign Performance Report (LO12): each creator of a campaign, what belongs to none, and the campaign as a whole."""

from collections.abc import AsyncIterator
from typing import Any, Final

import asyncpg

from tracking.campaigns.deals import Deal
from tracking.exports.kinds.figures import CLICK_COLUMNS, bind_range, stream_parts, tell_clicks, write_counts
from tracking.exports.kinds.outcomes import OUTCOME_COLUMNS, tell_outcomes, write_outcomes
from tracking.exports.kinds.performance_columns import MEMBER_COLUMNS, RATE_COLUMNS, tell_member, tell_rates
from tracking.exports.layouts import Asked, Cell, Column, Layout
from tracking.exports.models import ExportKind
from tracking.exports.parameters import read_parameters
from tracking.performance.audiences import FIND_AUDIENCE
from tracking.reports.scopes import Scope

# Its members, and whoever else has links there. Followers are those of the day on which it starts (CU6).
_CREATORS: Final = f"""
    WITH campaign AS MATERIALIZED (
        SELECT campaign.id, account.currency,
            (coalesce(starts_at, campaign.created_at) AT TIME ZONE account.timezone)::date AS day
        FROM campaign JOIN account ON account.id = campaign.account_id WHERE account_id = $1 AND campaign.id = $5
    ),
    person AS (
        SELECT creator_id FROM campaign_creator WHERE account_id = $1 AND campaign_id = $5
        UNION SELECT creator_id FROM link WHERE account_id = $1 AND campaign_id = $5 AND creator_id IS NOT NULL
    ),
    member AS (
        SELECT person.creator_id, noted.id, noted.profile_id, noted.stage, noted.flat_fee_minor, noted.deal_currency,
            coalesce(noted.deal_currency, campaign.currency) AS currency, campaign.day, campaign.id AS campaign_id
        FROM campaign CROSS JOIN person
        LEFT JOIN campaign_creator AS noted ON noted.campaign_id = campaign.id AND noted.creator_id = person.creator_id
    )
    SELECT 'CREATOR' AS part, creator.id AS creator_id, creator.handle, creator.name, creator.external_id,
        member.stage, member.flat_fee_minor, member.deal_currency, member.currency, audience.followers,
        audience.counted_on, counts.*, outcomes.*,
        (SELECT count(*) FROM link WHERE link.campaign_id = member.campaign_id AND link.creator_id = member.creator_id
            AND deleted_at IS NULL) AS links,
        (SELECT count(*) FROM post WHERE post.campaign_creator_id = member.id) AS posts
    FROM member JOIN creator ON creator.id = member.creator_id
    LEFT JOIN LATERAL ({FIND_AUDIENCE.format(day="member.day")}) AS audience ON true
    {write_counts(Scope.CAMPAIGN_CREATOR, "member.campaign_id", "member.creator_id")}
    {write_outcomes(Scope.CAMPAIGN_CREATOR, "member.campaign_id", "member.creator_id", "member.currency")}
    ORDER BY creator.id
"""
_WHOLE: Final = """
    SELECT '{part}' AS part, counts.*, outcomes.*, account.currency, {links} AS links, {posts} AS posts
    FROM campaign JOIN account ON account.id = campaign.account_id {counted}
    WHERE campaign.account_id = $1 AND campaign.id = $5
"""
_OF_CAMPAIGN: Final = "SELECT count(*) FROM link WHERE campaign_id = campaign.id AND deleted_at IS NULL"
_NONE: Final = _WHOLE.format(
    part="NONE",
    links=f"({_OF_CAMPAIGN} AND creator_id IS NULL)",
    posts="0::bigint",
    counted=write_counts(Scope.CAMPAIGN_CREATOR, "campaign.id")
    + write_outcomes(Scope.CAMPAIGN_CREATOR, "campaign.id", "0", "account.currency"),
)
_TOTAL: Final = _WHOLE.format(
    part="TOTAL",
    links=f"({_OF_CAMPAIGN})",
    posts="(SELECT count(*) FROM post JOIN campaign_creator AS joined ON joined.id = campaign_creator_id"
    " WHERE joined.campaign_id = campaign.id)",
    counted=write_counts(Scope.CAMPAIGN, "campaign.id")
    + write_outcomes(Scope.CAMPAIGN, "campaign.id", "0", "account.currency"),
)
_IS_KNOWN: Final = "SELECT coalesce(conversions_since < $2, false) FROM account WHERE id = $1"
_COUNT: Final = "SELECT count(*) + 2 FROM campaign_creator WHERE account_id = $1 AND campaign_id = $2"


async def _read_rows(pool: asyncpg.Pool, asked: Asked) -> AsyncIterator[tuple[Cell, ...]]:
    bound = (*await bind_range(pool, asked), read_parameters(asked.parameters).campaign_id)
    end = read_parameters(asked.parameters).range_end or asked.as_of
    is_known = bool(await pool.fetchval(_IS_KNOWN, asked.account_id, end))
    async for _, row in stream_parts(pool, (_CREATORS, _NONE, _TOTAL), *bound):
        yield _tell(dict(row), is_known=is_known)


def _tell(row: dict[str, Any], *, is_known: bool) -> tuple[Cell, ...]:
    fee = row.get("flat_fee_minor")
    deal = None if fee is None else Deal(row["deal_currency"], flat_fee_minor=fee)
    outcomes = tell_outcomes(row, is_known=is_known)
    rates = tell_rates(row, deal, is_known=is_known)
    return row["part"], *tell_member(row), *tell_clicks(row), *outcomes, *rates


async def _estimate_rows(pool: asyncpg.Pool, asked: Asked) -> int | None:
    campaign_id = read_parameters(asked.parameters).campaign_id
    count: int = await pool.fetchval(_COUNT, asked.account_id, campaign_id)
    return count


CAMPAIGN_PERFORMANCE: Final = Layout(
    ExportKind.CAMPAIGN_PERFORMANCE,
    "The creators of a campaign with clicks, audience, conversions and what a fee brought, in a range.",
    (
        Column(
            "part",
            str,
            "CREATOR; NONE for what belongs to no creator; TOTAL for the campaign, to whose clicks the others add up.",
        ),
        *MEMBER_COLUMNS,
        *CLICK_COLUMNS,
        *OUTCOME_COLUMNS,
        *RATE_COLUMNS,
    ),
    _read_rows,
    _estimate_rows,
    takes=frozenset({"range", "campaign_id"}),
    needs=frozenset({"campaign_id"}),
)
