"""What creators brought, for tests of how they did: counts as rollups hold them, without a click for each."""

import datetime as dt
from collections.abc import Sequence
from typing import Final

import asyncpg

from tracking.accounts.models import Account
from tracking.campaigns.models import CampaignCreator
from tracking.creators.models import Creator, CreatorProfile, Platform
from tracking.creators.profiles import add_profile, record_follower_counts
from tracking.creators.rules import FollowerReading, NewProfile
from tracking.reports.buckets import TOTAL_BUCKET
from tracking.reports.outcomes import NO_CURRENCY, Dating
from tracking.reports.queries import Subject
from tracking.reports.scopes import Grain, Scope

COUNTED_ON: Final = dt.date(2026, 1, 1)
_ADD: Final = """
    INSERT INTO rollup (account_id, scope, first_key, second_key, grain, bucket, human_clicks, counted_clicks,
        unique_clicks)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $7)
"""


async def count_followers(
    account: Account, creator: Creator, followers: int, platform: Platform = Platform.INSTAGRAM
) -> CreatorProfile:
    """A profile with a count from before anything happened."""
    profile = await add_profile(account.id, creator.id, NewProfile(platform, creator.handle))
    await record_follower_counts(account.id, [FollowerReading(profile.id, COUNTED_ON, followers)])
    return profile


async def bring_clicks(pool: asyncpg.Pool, member: CampaignCreator, clicks: int, conversions: int = 0) -> None:
    """Unique clicks of a creator in a campaign, and conversions that are credited to them, in total alone."""
    subject = Subject(Scope.CAMPAIGN_CREATOR, member.campaign_id, member.creator_id)
    await pool.execute(_ADD, member.account_id, *subject, Grain.TOTAL, TOTAL_BUCKET, clicks)
    for dating in Dating:
        await pool.execute(
            "INSERT INTO outcome_rollup (account_id, scope, first_key, second_key, grain, bucket, dating, currency,"
            " conversions, credited_conversions) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
            member.account_id,
            *subject,
            Grain.TOTAL,
            TOTAL_BUCKET,
            dating,
            NO_CURRENCY,
            conversions,
        )


async def bring_hours(
    pool: asyncpg.Pool, account_id: int, link_id: int, hours: Sequence[tuple[dt.datetime, int]]
) -> None:
    """Unique clicks of a link by the hour in which they came."""
    for hour_at, clicks in hours:
        await pool.execute(_ADD, account_id, *Subject(Scope.LINK, link_id), Grain.HOUR, hour_at, clicks)
