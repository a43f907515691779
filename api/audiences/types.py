"""Whose followers a creator's clicks in a campaign are measured by (CU5, CU6)."""

import datetime as dt

import strawberry

from api.context import Info
from api.enums import publish_enum
from api.profiles.queries import load_profile
from api.profiles.types import Profile
from api.scalars import BigInt
from tracking.performance.audiences import AudienceRule
from tracking.performance.queries import AudienceRow

publish_enum(
    AudienceRule,
    "Why it is this profile: the first of these that finds one.",
    {
        AudienceRule.NAMED: "`setAudienceProfile` named it.",
        AudienceRule.PLATFORM: "All posts for the campaign are on its platform. Of several there, the largest.",
        AudienceRule.LARGEST: "It had the most followers.",
    },
)


@strawberry.type(description="The followers of one profile of a creator when the campaign started.")
class Audience:
    followers: BigInt = strawberry.field(
        description="By the newest count on or before the day on which the campaign started, else by the first one"
        " after it. A campaign without `startsAt` started when it was made."
    )
    as_of: dt.date = strawberry.field(description="The day of that count.")
    rule: AudienceRule = strawberry.field(description="Why these followers and no others.")
    row: strawberry.Private[AudienceRow]

    @classmethod
    def from_row(cls, row: AudienceRow) -> "Audience":
        return cls(followers=BigInt(row.followers), as_of=row.counted_on, rule=row.rule, row=row)

    @strawberry.field(description="Whose followers they are: one profile, with its newest count beside.")
    async def profiles(self, info: Info) -> list[Profile]:
        profile = await load_profile(info.context, self.row.profile_id)
        return [profile] if profile else []
