"""Whose followers a creator's clicks in a campaign are measured by, and how many there were (CU6, ADR 0025)."""

from enum import StrEnum
from typing import Any, Final

from tortoise.transactions import in_transaction

from tracking.campaigns.models import CampaignCreator
from tracking.creators.models import CreatorProfile
from tracking.errors import InvalidInputError, NotFoundError
from tracking.history.service import Noted, find_difference, record_history


class AudienceRule(StrEnum):
    """Why it is this profile: the first of these that finds one."""

    NAMED = "NAMED"
    PLATFORM = "PLATFORM"
    LARGEST = "LARGEST"


# One row of each `member`, a campaign_creator, with the followers of one profile on `{day}`: its newest count that is
# not newer, else the oldest newer one. None of a creator without profiles, and no followers of one that has no count.
FIND_AUDIENCE: Final = f"""
    SELECT profile.id AS audience_id, followers, counted_on,
        CASE WHEN profile.id = member.profile_id THEN '{AudienceRule.NAMED}'
            WHEN profile.platform = posted.platform THEN '{AudienceRule.PLATFORM}'
            ELSE '{AudienceRule.LARGEST}' END AS audience_rule
    FROM creator_profile AS profile
    CROSS JOIN (
        SELECT CASE WHEN min(platform) = max(platform) THEN min(platform) END AS platform
        FROM post WHERE post.campaign_creator_id = member.id
    ) AS posted
    LEFT JOIN follower_count ON follower_count.profile_id = profile.id AND counted_on = coalesce(
        (SELECT max(counted_on) FROM follower_count WHERE profile_id = profile.id AND counted_on <= {{day}}),
        (SELECT min(counted_on) FROM follower_count WHERE profile_id = profile.id AND counted_on > {{day}})
    )
    WHERE profile.creator_id = member.creator_id AND profile.account_id = $1
    ORDER BY profile.id = member.profile_id DESC NULLS LAST, profile.platform = posted.platform DESC NULLS LAST,
        followers DESC NULLS LAST, profile.id
    LIMIT 1
"""


async def set_audience_profile(account_id: int, campaign_creator_id: int, profile_id: int | None) -> None:
    """Name the profile; None leaves it to the rule. Raises NotFoundError, or InvalidInputError of another creator's."""
    async with in_transaction() as connection:
        # First the profile, as who removes it does.
        named = await _hold_profile(account_id, profile_id) if profile_id is not None else None
        row = await CampaignCreator.select_for_update().get_or_none(id=campaign_creator_id, account_id=account_id)
        if row is None:
            raise NotFoundError("no such creator in a campaign", ("campaignCreatorId",))
        if named is not None and named.creator_id != row.creator_id:
            raise InvalidInputError("this is a profile of another creator", ("profileId",))
        before = await CreatorProfile.get_or_none(id=row.profile_id) if row.profile_id is not None else None
        row.profile_id = profile_id
        await row.save(update_fields=["profile_id"])
        was, became = find_difference(_describe(before), _describe(named))
        if became:
            noted = Noted("CampaignCreator", row.id, "AUDIENCE_SET", was, became)
            await record_history(connection, account_id, [noted])


async def _hold_profile(account_id: int, profile_id: int) -> CreatorProfile:
    """So that nobody removes it meanwhile."""
    profile = await CreatorProfile.select_for_update().get_or_none(id=profile_id, account_id=account_id)
    if profile is None:
        raise NotFoundError("no such profile", ("profileId",))
    return profile


def _describe(profile: CreatorProfile | None) -> dict[str, Any]:
    return {
        "platform": profile.platform.value if profile else None,
        "profileHandle": profile.handle if profile else None,
    }
