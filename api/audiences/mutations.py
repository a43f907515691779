"""Mutations of audiences."""

from typing import Annotated, TypeAlias

import strawberry

from api.campaign_creators.queries import require_campaign_creator
from api.campaign_creators.types import CampaignCreator
from api.context import Info
from api.errors import InvalidInput, NotFound
from api.ids import read_id
from api.permissions import IsWriter
from tracking.errors import InvalidInputError
from tracking.performance.audiences import set_audience_profile


@strawberry.input(description="Whose followers clicks are measured by.")
class SetAudienceProfileInput:
    campaign_creator_id: strawberry.ID = strawberry.field(description="Of the creator in the campaign.")
    profile_id: strawberry.Maybe[strawberry.ID | None] = strawberry.field(
        default=None, description="Of one of the creator's profiles; null leaves it to the rule. It must be given."
    )

    def read(self) -> int | None:
        if self.profile_id is None:
            raise InvalidInputError("give the profile, or null to leave it to the rule", ("profileId",))
        return read_id(self.profile_id.value, "Profile") if self.profile_id.value is not None else None


@strawberry.type(description="The audience is set, and the change is in the history.")
class SetAudienceProfileSuccess:
    campaign_creator: CampaignCreator = strawberry.field(description="As it is now.")


SetAudienceProfileResult: TypeAlias = Annotated[
    SetAudienceProfileSuccess | InvalidInput | NotFound,
    strawberry.union("SetAudienceProfileResult", description="How it went."),
]


@strawberry.type
class AudienceMutation:
    @strawberry.mutation(
        description="Name the profile whose followers a creator's clicks in a campaign are measured by.",
        permission_classes=[IsWriter],
    )
    async def set_audience_profile(
        self,
        info: Info,
        given: Annotated[SetAudienceProfileInput, strawberry.argument(name="input", description="Whose.")],
    ) -> SetAudienceProfileResult:
        wanted = read_id(given.campaign_creator_id, "CampaignCreator")
        await set_audience_profile(info.context.account_id, wanted, given.read())
        return SetAudienceProfileSuccess(campaign_creator=await require_campaign_creator(info.context, wanted))
