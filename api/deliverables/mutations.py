"""Mutations of tracking deliverables, which reach the links that they made."""

from typing import Annotated, Any, TypeAlias

import strawberry

from api.after_commit import ask_for_links, tell_redirectors
from api.context import Context, Info
from api.deliverables.queries import load_deliverable
from api.deliverables.types import TrackingDeliverable
from api.errors import Archived, IdempotencyConflict, InvalidInput, NotFound
from api.idempotency import IDEMPOTENCY_KEY
from api.ids import read_id, read_optional_id
from api.permissions import IsWriter
from api.scalars import URL
from tracking.campaigns.deliverables import (
    NewDeliverable,
    archive_deliverable,
    create_deliverable,
    update_deliverable,
)


@strawberry.input(description="A link for every creator of a campaign.")
class CreateTrackingDeliverableInput:
    campaign_id: strawberry.ID = strawberry.field(description="Of the campaign.")
    name: str = strawberry.field(description="For people, 1 to 200 characters; the label of its links.")
    destination_url: URL = strawberry.field(description="Where its links lead: an http or https address.")
    slug_template: str | None = strawberry.field(
        default=None,
        description="Such as `{campaign}-{creator}`: a slug in use gets a number. Random slugs when left out.",
    )
    domain_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of a verified tracking domain; the campaign's or the account's default if left out."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type(description="The deliverable was created. The links of its campaign's creators follow in a moment.")
class CreateTrackingDeliverableSuccess:
    deliverable: TrackingDeliverable = strawberry.field(description="The new one, or that of the first call.")


@strawberry.input(description="What of a deliverable to change. What is left out stays.")
class UpdateTrackingDeliverableInput:
    id: strawberry.ID = strawberry.field(description="Of the deliverable.")
    name: strawberry.Maybe[str] = strawberry.field(
        default=None, description="1 to 200 characters. Links that are labelled with the old one get the new one."
    )
    destination_url: strawberry.Maybe[URL] = strawberry.field(
        default=None, description="Where its links lead from now on, except those with a destination of their own."
    )
    slug_template: strawberry.Maybe[str | None] = strawberry.field(
        default=None, description="For links that are still to be made; null for random slugs. No slug ever changes."
    )

    def read_changes(self) -> dict[str, Any]:
        given = {name: getattr(self, name) for name in ("name", "destination_url", "slug_template")}
        return {name: each.value for name, each in given.items() if each is not None}


@strawberry.type(description="The deliverable was changed, and its links with it.")
class UpdateTrackingDeliverableSuccess:
    deliverable: TrackingDeliverable = strawberry.field(description="As it is now.")


@strawberry.input(description="A deliverable to stop for ever.")
class ArchiveTrackingDeliverableInput:
    id: strawberry.ID = strawberry.field(description="Of the deliverable.")


@strawberry.type(description="It makes no more links, and those it made have stopped.")
class ArchiveTrackingDeliverableSuccess:
    deliverable: TrackingDeliverable = strawberry.field(description="As it is now.")


CreateTrackingDeliverableResult: TypeAlias = Annotated[
    CreateTrackingDeliverableSuccess | InvalidInput | NotFound | Archived | IdempotencyConflict,
    strawberry.union("CreateTrackingDeliverableResult", description="How it went."),
]
UpdateTrackingDeliverableResult: TypeAlias = Annotated[
    UpdateTrackingDeliverableSuccess | InvalidInput | NotFound | Archived,
    strawberry.union("UpdateTrackingDeliverableResult", description="How it went."),
]
ArchiveTrackingDeliverableResult: TypeAlias = Annotated[
    ArchiveTrackingDeliverableSuccess | NotFound,
    strawberry.union("ArchiveTrackingDeliverableResult", description="How it went."),
]


@strawberry.type
class DeliverableMutation:
    @strawberry.mutation(
        description="Create a link for every creator of a campaign, present and future.", permission_classes=[IsWriter]
    )
    async def create_tracking_deliverable(
        self,
        info: Info,
        given: Annotated[CreateTrackingDeliverableInput, strawberry.argument(name="input", description="It.")],
    ) -> CreateTrackingDeliverableResult:
        wanted = NewDeliverable(
            campaign_id=read_id(given.campaign_id, "Campaign"),
            name=given.name,
            destination_url=given.destination_url,
            slug_template=given.slug_template,
            domain_id=read_optional_id(given.domain_id, "TrackingDomain"),
        )
        created = await create_deliverable(info.context.account_id, wanted, idempotency_key=given.idempotency_key)
        await ask_for_links(info.context, created.id)
        return CreateTrackingDeliverableSuccess(deliverable=await _load(info.context, created.id))

    @strawberry.mutation(
        description="Change a deliverable, and with it the links that it made.",
        permission_classes=[IsWriter],
    )
    async def update_tracking_deliverable(
        self,
        info: Info,
        given: Annotated[UpdateTrackingDeliverableInput, strawberry.argument(name="input", description="What.")],
    ) -> UpdateTrackingDeliverableResult:
        deliverable_id = read_id(given.id, "TrackingDeliverable")
        row = await update_deliverable(info.context.account_id, deliverable_id, given.read_changes())
        await tell_redirectors(info.context)
        return UpdateTrackingDeliverableSuccess(deliverable=await _load(info.context, row.id))

    @strawberry.mutation(
        description="Stop a deliverable and all its links, for ever. Doing it again changes nothing.",
        permission_classes=[IsWriter],
    )
    async def archive_tracking_deliverable(
        self,
        info: Info,
        given: Annotated[ArchiveTrackingDeliverableInput, strawberry.argument(name="input", description="Which.")],
    ) -> ArchiveTrackingDeliverableResult:
        deliverable_id = read_id(given.id, "TrackingDeliverable")
        row = await archive_deliverable(info.context.account_id, deliverable_id)
        await tell_redirectors(info.context)
        return ArchiveTrackingDeliverableSuccess(deliverable=await _load(info.context, row.id))


async def _load(context: Context, deliverable_id: int) -> TrackingDeliverable:
    deliverable = await load_deliverable(context, deliverable_id)
    if deliverable is None:
        raise LookupError("a deliverable that was just there is gone")
    return deliverable
