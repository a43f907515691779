"""Mutations of offers."""

from typing import Annotated, Any, TypeAlias

import strawberry

from api.context import Info
from api.errors import Archived, IdempotencyConflict, InvalidInput, NotFound, Taken
from api.idempotency import IDEMPOTENCY_KEY
from api.ids import read_id
from api.offers.types import Offer, require_offer
from api.permissions import IsWriter
from api.scalars import URL
from tracking.offers.service import OfferFields, archive_offer, create_offer, update_offer


@strawberry.input(description="A new offer.")
class CreateOfferInput:
    name: str = strawberry.field(description="For people, 1 to 200 characters.")
    destination_url: URL = strawberry.field(description="Where its links lead: an http or https address.")
    external_id: str | None = strawberry.field(
        default=None, description="Your own id of it: unique in the account, archived offers included."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type(description="The offer was created.")
class CreateOfferSuccess:
    offer: Offer = strawberry.field(description="The new offer, or that of the first call with the same key.")


@strawberry.input(description="What of an offer to change. What is left out stays.")
class UpdateOfferInput:
    id: strawberry.ID = strawberry.field(description="Of the offer.")
    name: strawberry.Maybe[str] = strawberry.field(default=None, description="For people, 1 to 200 characters.")
    destination_url: strawberry.Maybe[URL] = strawberry.field(
        default=None, description="Where new links of it lead. Those that were made before stay where they lead."
    )
    external_id: strawberry.Maybe[str | None] = strawberry.field(
        default=None, description="Your own id of it; null for none."
    )

    def read_changes(self) -> dict[str, Any]:
        given = {name: getattr(self, name) for name in OfferFields._fields}
        return {name: each.value for name, each in given.items() if each is not None}


@strawberry.type(description="The offer was changed.")
class UpdateOfferSuccess:
    offer: Offer = strawberry.field(description="As it is now.")


@strawberry.input(description="An offer that is over.")
class ArchiveOfferInput:
    id: strawberry.ID = strawberry.field(description="Of the offer.")


@strawberry.type(description="No link is bound to the offer any more. Those that are go on working.")
class ArchiveOfferSuccess:
    offer: Offer = strawberry.field(description="As it is now.")


CreateOfferResult: TypeAlias = Annotated[
    CreateOfferSuccess | InvalidInput | Taken | IdempotencyConflict,
    strawberry.union("CreateOfferResult", description="How it went."),
]
UpdateOfferResult: TypeAlias = Annotated[
    UpdateOfferSuccess | InvalidInput | NotFound | Taken | Archived,
    strawberry.union("UpdateOfferResult", description="How it went."),
]
ArchiveOfferResult: TypeAlias = Annotated[
    ArchiveOfferSuccess | NotFound, strawberry.union("ArchiveOfferResult", description="How it went.")
]


@strawberry.type
class OfferMutation:
    @strawberry.mutation(description="Create an offer.", permission_classes=[IsWriter])
    async def create_offer(
        self, info: Info, given: Annotated[CreateOfferInput, strawberry.argument(name="input", description="It.")]
    ) -> CreateOfferResult:
        wanted = OfferFields(given.name, given.destination_url, given.external_id)
        row = await create_offer(info.context.account_id, wanted, idempotency_key=given.idempotency_key)
        return CreateOfferSuccess(offer=await require_offer(info.context, row.id))

    @strawberry.mutation(description="Change an offer.", permission_classes=[IsWriter])
    async def update_offer(
        self, info: Info, given: Annotated[UpdateOfferInput, strawberry.argument(name="input", description="What.")]
    ) -> UpdateOfferResult:
        offer_id = read_id(given.id, "Offer")
        row = await update_offer(info.context.account_id, offer_id, given.read_changes())
        return UpdateOfferSuccess(offer=await require_offer(info.context, row.id))

    @strawberry.mutation(description="End an offer. Doing it again changes nothing.", permission_classes=[IsWriter])
    async def archive_offer(
        self, info: Info, given: Annotated[ArchiveOfferInput, strawberry.argument(name="input", description="Which.")]
    ) -> ArchiveOfferResult:
        row = await archive_offer(info.context.account_id, read_id(given.id, "Offer"))
        return ArchiveOfferSuccess(offer=await require_offer(info.context, row.id))
