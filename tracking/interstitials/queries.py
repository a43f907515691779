"""Reads about pages between links and destinations."""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

import asyncpg

from tracking.interstitials.rules import Interstitial, read_interstitial

# The texts that a link shows, or null: in queries that have its offer, campaign and account under these names.
SHOWN_TEXTS: Final = """
    CASE offer.interstitial_mode
        WHEN 'CUSTOM' THEN offer.interstitial
        WHEN 'LIST_DEFAULT' THEN coalesce(campaign.interstitial, account.interstitial)
    END
"""
_OF_CAMPAIGNS: Final = """
    SELECT id, interstitial FROM campaign
    WHERE account_id = $1 AND id = ANY ($2::bigint[]) AND interstitial IS NOT NULL
"""
# Ids are named on both sides, so that both tables are read by index. What was continued on another link's page is not
# this click's.
_CONTINUED: Final = """
    SELECT given.click_id, given.confirmed_at
    FROM click_confirmation AS given JOIN click ON click.id = given.click_id AND click.link_id = given.link_id
    WHERE given.click_id = ANY ($2::uuid[]) AND click.id = ANY ($2::uuid[]) AND click.account_id = $1
"""


async def find_campaign_interstitials(
    pool: asyncpg.Pool, account_id: int, campaign_ids: Collection[int]
) -> dict[int, Interstitial | None]:
    """By campaign. Those without one of their own are left out."""
    rows = await pool.fetch(_OF_CAMPAIGNS, account_id, list(campaign_ids))
    return {row["id"]: read_interstitial(row["interstitial"]) for row in rows}


async def find_continued(pool: asyncpg.Pool, account_id: int, click_ids: Sequence[UUID]) -> dict[UUID, dt.datetime]:
    """When somebody continued past the page of these clicks. Where nobody did, a click is left out."""
    rows = await pool.fetch(_CONTINUED, account_id, list(click_ids))
    return {row["click_id"]: row["confirmed_at"] for row in rows}
