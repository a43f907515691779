"""Mutations of campaigns."""

import datetime as dt
from typing import Annotated, Any, Final, TypeAlias

import strawberry

from api.after_commit import tell_redirectors
from api.campaigns.types import Campaign, require_campaign
from api.context import Info
from api.conversion_words import ConversionKind
from api.errors import Archived, IdempotencyConflict, InvalidInput, NotFound, Taken
from api.idempotency import IDEMPOTENCY_KEY
from api.ids import read_id, read_optional_id
from api.permissions import IsWriter
from api.scalars import URL
from tracking.accounts.rules import DAYS_BEYOND_WINDOW, MAX_WINDOW_DAYS
from tracking.campaigns.models import CampaignStatus, EndBehaviour
from tracking.campaigns.rules import CampaignFields
from tracking.campaigns.service import archive_campaign, create_campaign, update_campaign

_WINDOW: Final = (
    f"1 to {MAX_WINDOW_DAYS} times 24 hours, and {DAYS_BEYOND_WINDOW} days less than the account keeps clicks; null:"
    " the account's."
)
_KINDS: Final = (
    "All of them: at least one, and none that takes back; null: as the account says. For conversions that come from now"
    " on, and for others when something of them changes."
)


@strawberry.input(description="A new campaign.")
class CreateCampaignInput:
    name: str = strawberry.field(description="For people, 1 to 200 characters.")
    status: CampaignStatus = strawberry.field(default=CampaignStatus.DRAFT, description="Where it stands.")
    starts_at: dt.datetime | None = strawberry.field(default=None, description="When it is meant to start.")
    ends_at: dt.datetime | None = strawberry.field(default=None, description="When it is meant to end.")
    tags: list[str] = strawberry.field(default_factory=list, description="At most 50.")
    external_id: str | None = strawberry.field(default=None, description="Your own id of it, unique in the account.")
    end_behaviour: EndBehaviour = strawberry.field(
        default=EndBehaviour.CONTINUE, description="What its links do after `endsAt`."
    )
    fallback_url: URL | None = strawberry.field(
        default=None, description="Where they lead then; FALLBACK needs it, CONTINUE keeps it for later."
    )
    domain_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of a verified tracking domain for its new links; the account's default if left out."
    )
    join_url: URL | None = strawberry.field(default=None, description="Makes `joinLink`, which leads there.")
    opt_in_url: URL | None = strawberry.field(default=None, description="Makes `optInLink`, which leads there.")
    attribution_window_days: int | None = strawberry.field(default=None, description=_WINDOW)
    counted_kinds: list[ConversionKind] | None = strawberry.field(default=None, description=_KINDS)
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)

    def read(self) -> CampaignFields:
        return CampaignFields(
            name=self.name,
            status=self.status,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            tags=tuple(self.tags),
            external_id=self.external_id,
            end_behaviour=self.end_behaviour,
            fallback_url=self.fallback_url,
            domain_id=read_optional_id(self.domain_id, "TrackingDomain"),
            join_url=self.join_url,
            opt_in_url=self.opt_in_url,
            attribution_window_days=self.attribution_window_days,
            counted_kinds=None if self.counted_kinds is None else tuple(self.counted_kinds),
        )


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
    external_id: strawberry.Maybe[str | None] = strawberry.field(
        default=None, description="Your own id of it, unique in the account; null clears it."
    )
    end_behaviour: strawberry.Maybe[EndBehaviour] = strawberry.field(
        default=None, description="What its links do after `endsAt`."
    )
    fallback_url: strawberry.Maybe[URL | None] = strawberry.field(
        default=None, description="Where they lead then; FALLBACK needs it."
    )
    domain_id: strawberry.Maybe[strawberry.ID | None] = strawberry.field(
        default=None, description="Of a verified tracking domain for new links; null for the account's default."
    )
    join_url: strawberry.Maybe[URL | None] = strawberry.field(
        default=None, description="Where `joinLink` leads from now on; null archives it for ever."
    )
    opt_in_url: strawberry.Maybe[URL | None] = strawberry.field(
        default=None, description="Where `optInLink` leads from now on; null archives it for ever."
    )

    attribution_window_days: strawberry.Maybe[int | None] = strawberry.field(default=None, description=_WINDOW)
    counted_kinds: strawberry.Maybe[list[ConversionKind] | None] = strawberry.field(default=None, description=_KINDS)

    def read_changes(self) -> dict[str, Any]:
        given = {name: getattr(self, name) for name in CampaignFields._fields}
        changes = {name: each.value for name, each in given.items() if each is not None}
        for name in ("tags", "counted_kinds"):
            if changes.get(name) is not None:
                changes[name] = tuple(changes[name])
        if "domain_id" in changes:
            changes["domain_id"] = read_optional_id(changes["domain_id"], "TrackingDomain")
        return changes


@strawberry.type(description="The campaign was changed.")
class UpdateCampaignSuccess:
    campaign: Campaign = strawberry.field(description="As it is now.")


@strawberry.input(description="A campaign to put away.")
class ArchiveCampaignInput:
    id: strawberry.ID = strawberry.field(description="Of the campaign.")


@strawberry.type(description="The campaign is put away; its links go on.")
class ArchiveCampaignSuccess:
    campaign: Campaign = strawberry.field(description="As it is now.")


CreateCampaignResult: TypeAlias = Annotated[
    CreateCampaignSuccess | InvalidInput | NotFound | Taken | Archived | IdempotencyConflict,
    strawberry.union("CreateCampaignResult", description="How it went."),
]
UpdateCampaignResult: TypeAlias = Annotated[
    UpdateCampaignSuccess | InvalidInput | NotFound | Taken | Archived,
    strawberry.union("UpdateCampaignResult", description="How it went."),
]
ArchiveCampaignResult: TypeAlias = Annotated[
    ArchiveCampaignSuccess | InvalidInput | NotFound,
    strawberry.union("ArchiveCampaignResult", description="How it went."),
]


@strawberry.type
class CampaignMutation:
    @strawberry.mutation(
        description="Create a campaign, and the links that its own URLs need.", permission_classes=[IsWriter]
    )
    async def create_campaign(
        self, info: Info, given: Annotated[CreateCampaignInput, strawberry.argument(name="input", description="It.")]
    ) -> CreateCampaignResult:
        row = await create_campaign(info.context.account_id, given.read(), idempotency_key=given.idempotency_key)
        await tell_redirectors(info.context)
        return CreateCampaignSuccess(campaign=await require_campaign(info.context, row.id))

    @strawberry.mutation(
        description="Change a campaign. Redirectors obey within a second.", permission_classes=[IsWriter]
    )
    async def update_campaign(
        self, info: Info, given: Annotated[UpdateCampaignInput, strawberry.argument(name="input", description="What.")]
    ) -> UpdateCampaignResult:
        campaign_id = read_id(given.id, "Campaign")
        row = await update_campaign(info.context.account_id, campaign_id, given.read_changes())
        await tell_redirectors(info.context)
        return UpdateCampaignSuccess(campaign=await require_campaign(info.context, row.id))

    @strawberry.mutation(
        description="Put a campaign away. Nothing happens to its links, which are in posts that stay online; archive"
        " links or deliverables to stop them. `updateCampaign` with another status takes it out again.",
        permission_classes=[IsWriter],
    )
    async def archive_campaign(
        self, info: Info, given: Annotated[ArchiveCampaignInput, strawberry.argument(name="input", description="It.")]
    ) -> ArchiveCampaignResult:
        campaign_id = read_id(given.id, "Campaign")
        row = await archive_campaign(info.context.account_id, campaign_id)
        await tell_redirectors(info.context)
        return ArchiveCampaignSuccess(campaign=await require_campaign(info.context, row.id))
