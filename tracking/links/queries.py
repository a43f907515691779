"""The redirector's question to PostgreSQL: which links are these?"""

from collections.abc import Sequence
from typing import Any, Final

import asyncpg

from tracking.interstitials.queries import SHOWN_TEXTS

# Slugs that somebody chose are found in any case; where a random slug matches to the letter, it wins.
_RESOLVE: Final = f"""
    SELECT DISTINCT ON (wanted.place)
        wanted.place, link.id AS link_id, link.slug, link.is_readable, link.archived_at IS NOT NULL AS is_archived,
        link.destination_url, link.campaign_id, link.creator_id, link.deliverable_id, link.message_id, link.slot,
        link.contact_id, link.offer_id, link.sharer_id, link.query_policy, link.is_test,
        creator.external_id, creator.public_id, domain.has_tls,
        account.id AS account_id, account.timezone, account.creator_parameter, account.uses_visitor_cookie,
        account.branding, campaign.fallback_url,
        CASE WHEN campaign.end_behaviour = 'FALLBACK' THEN campaign.ends_at END AS fallback_from,
        coalesce(link.bot_mode, campaign.bot_mode, account.bot_mode) = 'CONFIRM' AS asks_to_confirm,
        {SHOWN_TEXTS} AS interstitial, coalesce(link.system_kind = 'OPT_IN', false) AS counts_impressions
    FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS wanted (host, slug, place)
    JOIN tracking_domain AS domain ON domain.host = wanted.host AND domain.verified_at IS NOT NULL
    JOIN link ON link.domain_id = domain.id
        AND link.slug = ANY (ARRAY[wanted.slug, lower(wanted.slug)])
        AND (link.is_readable OR link.slug = wanted.slug)
    JOIN account ON account.id = link.account_id
    LEFT JOIN creator ON creator.id = link.creator_id
    LEFT JOIN campaign ON campaign.id = link.campaign_id
    LEFT JOIN offer ON offer.id = link.offer_id
    ORDER BY wanted.place, link.slug = wanted.slug DESC
"""


async def resolve(pool: asyncpg.Pool, addresses: Sequence[tuple[str, str]], *, timeout_s: float) -> list[Any]:
    """The rows of the links at these (host, slug) addresses; `place` counts them from 1, those unknown are missing."""
    hosts, slugs = [host for host, _ in addresses], [slug for _, slug in addresses]
    rows: list[Any] = await pool.fetch(_RESOLVE, hosts, slugs, timeout=timeout_s)
    return rows
