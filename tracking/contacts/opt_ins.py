"""Opt-in links of campaigns, and what contacts' own links to the same page brought beside them (IM13)."""

from collections.abc import Collection
from typing import Final, NamedTuple

import asyncpg

from tracking.reports.queries import find_bounds
from tracking.reports.ranges import ReportRange
from tracking.reports.scopes import ALL_CLICKS, Scope

_LINKS: Final = """
    SELECT campaign_id, id, destination_url FROM link
    WHERE account_id = $1 AND campaign_id = ANY ($2::bigint[]) AND system_kind = 'OPT_IN' ORDER BY id
"""
_REFERRALS: Final = f"""
    SELECT wanted.campaign_id, sum({ALL_CLICKS})::bigint AS total_clicks,
        sum(counted_clicks)::bigint AS counted_clicks, sum(unique_clicks)::bigint AS unique_clicks,
        count(DISTINCT link.referring_contact_id) FILTER (WHERE counted_clicks > 0) AS contacts
    FROM unnest($2::bigint[], $3::text[]) AS wanted (campaign_id, destination_url)
    JOIN link ON link.account_id = $1 AND link.referring_contact_id IS NOT NULL
        AND md5(link.destination_url) = md5(wanted.destination_url)
        AND link.destination_url = wanted.destination_url
    JOIN rollup ON rollup.account_id = $1 AND rollup.scope = {Scope.LINK} AND rollup.first_key = link.id
        AND rollup.second_key = 0 AND grain = $4 AND bucket >= $5 AND bucket < $6
    GROUP BY wanted.campaign_id
"""


class Referrals(NamedTuple):
    """Clicks by anybody on contacts' own links to pass on; `contacts` are those whose links had any that count."""

    total_clicks: int = 0
    counted_clicks: int = 0
    unique_clicks: int = 0
    contacts: int = 0


class OptIns(NamedTuple):
    """The opt-in links that a campaign has, or had, and what was referred to where they lead."""

    link_ids: tuple[int, ...]
    referrals: Referrals


async def read_opt_ins(
    pool: asyncpg.Pool, account_id: int, campaign_ids: Collection[int], wanted: ReportRange
) -> dict[int, OptIns]:
    """By campaign, in two statements. Those that never had an opt-in link are left out."""
    rows = await pool.fetch(_LINKS, account_id, list(campaign_ids))
    places = sorted({(row["campaign_id"], row["destination_url"]) for row in rows})
    referred = await pool.fetch(
        _REFERRALS,
        account_id,
        [campaign_id for campaign_id, _ in places],
        [destination for _, destination in places],
        wanted.grain,
        *find_bounds(wanted),
    )
    referrals = {row["campaign_id"]: Referrals(**{name: row[name] for name in Referrals._fields}) for row in referred}
    links: dict[int, list[int]] = {}
    for row in rows:
        links.setdefault(row["campaign_id"], []).append(row["id"])
    return {key: OptIns(tuple(ids), referrals.get(key, Referrals())) for key, ids in links.items()}
