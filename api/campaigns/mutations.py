"""Mutations of campaigns."""

import datetime as dt
from typing import Annotated, Any, TypeAlias

import strawberry

from api.after_commit import tell_redirectors
from api.campaigns.types import Campaign, require_campaign
from api.context import Info
from api.errors import IdempotencyConflict, InvalidInput, NotFound
from api.ids import UNKNOWN_KEY, decode_id
from api.permissions import IsWriter
from tracking.campaigns.models import CampaignStatus
from tracking.campaigns.rules import CampaignFields
from tracking.campaigns.service import create_campaign, update_campaign

IDEMPOTENCY_KEY = "1 to 255 characters of your choice: a repeat with the same key and input answers as the first call."


@strawberry.input(description="A new campaign.")
class CreateCampaignInput:
    name: str = strawberry.field(description="For people, 1 to 200 characters.")
    status: CampaignStatus = strawberry.field(default=CampaignStatus.DRAFT, description="Where it stands.")
    starts_at: dt.datetime | None = strawberry.field(default=None, description="When it is meant to start.")
    ends_at: dt.datetime | None = strawberry.field(default=None, description="When it is meant to end.")
    tags: list[str] = strawberry.field(default_factory=list, description="At most 50.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type(description="The campaign was created.")
class CreateCampaignSuccess:
    campaign: Campaign = strawberry.field(description="The new campaign, or that of the first call with the same key.")


@strawberry.input(description="What of a campaign to change. What is left out stays.")
class UpdateCampaignInput:
    id: strawberry.ID = strawberry.field(description="Of the campaign.")
    name: strawberry.Maybe[str] = strawberry.field(default=None, description="For people, 1 to 200 characters.")
    status: strawberry.Maybe[CampaignStatus] = strawberry.field(default=None, description="Where it stands.")
    starts_at: strawberry.Maybe[dt.datetime | None] = strawberry.field(
        default=None, description="When it is meant to start; null clears it."
    )
    ends_at: strawberry.Maybe[dt.datetime | None] = strawberry.field(
        default=None, description="When it is meant to end; null clears it."
    )
    tags: strawberry.Maybe[list[str]] = strawberry.field(default=None, description="All of them, at most 50.")

    def read_changes(self) -> dict[str, Any]:
        given = {name: getattr(self, name) for name in ("name", "status", "starts_at", "ends_at", "tags")}
        changes = {name: each.value for name, each in given.items() if each is not None}
        if "tags" in changes:
            changes["tags"] = tuple(changes["tags"])
        return changes


@strawberry.type(description="The campaign was changed.")
class UpdateCampaignSuccess:
    campaign: Campaign = strawberry.field(description="As it is now.")


CreateCampaignResult: TypeAlias = Annotated[
    CreateCampaignSuccess | InvalidInput | IdempotencyConflict,
    strawberry.union("CreateCampaignResult", description="How it went."),
]
UpdateCampaignResult: TypeAlias = Annotated[
    UpdateCampaignSuccess | InvalidInput | NotFound,
    strawberry.union("UpdateCampaignResult", description="How it went."),
]


@strawberry.type
class CampaignMutation:
    @strawberry.mutation(description="Create a campaign.", permission_classes=[IsWriter])
    async def create_campaign(
        self, info: Info, given: Annotated[CreateCampaignInput, strawberry.argument(name="input", description="It.")]
    ) -> CreateCampaignResult:
        fields = CampaignFields(given.name, given.status, given.starts_at, given.ends_at, tuple(given.tags))
        row = await create_campaign(info.context.account_id, fields, idempotency_key=given.idempotency_key)
        return CreateCampaignSuccess(campaign=await require_campaign(info.context, row.id))

    @strawberry.mutation(description="Change a campaign.", permission_classes=[IsWriter])
    async def update_campaign(
        self, info: Info, given: Annotated[UpdateCampaignInput, strawberry.argument(name="input", description="What.")]
    ) -> UpdateCampaignResult:
        campaign_id = decode_id(given.id, "Campaign") or UNKNOWN_KEY
        row = await update_campaign(info.context.account_id, campaign_id, given.read_changes())
        await tell_redirectors(info.context)
        return UpdateCampaignSuccess(campaign=await require_campaign(info.context, row.id))
