"""Mutations of offers."""

from decimal import Decimal
from typing import Annotated, Any, Final, TypeAlias

import strawberry

from api.context import Info
from api.errors import Archived, IdempotencyConflict, InvalidInput, NotFound, Taken
from api.idempotency import IDEMPOTENCY_KEY
from api.ids import read_id
from api.offers.types import Offer, require_offer
from api.permissions import IsWriter
from api.scalars import URL, CurrencyCode
from tracking.accounts.models import AttributionModel
from tracking.accounts.rules import DAYS_BEYOND_WINDOW, MAX_WINDOW_DAYS
from tracking.offers.events import MAX_EVENTS, MAX_NAME_CHARS, GivenEvent
from tracking.offers.service import OfferFields, archive_offer, create_offer, update_offer

_CURRENCY: Final = "Of amounts that are given for it without one; null: the account's. Stored amounts keep theirs."
_WINDOW: Final = (
    f"1 to {MAX_WINDOW_DAYS} times 24 hours, and {DAYS_BEYOND_WINDOW} days less than the account keeps clicks; null:"
    " the account's."
)
_MODEL: Final = "Which click a conversion belongs to; null: as the account says."


@strawberry.input(
    description="What an event is worth: what it pays, its value when a report names none, or both. Amounts are in"
    " major units, such as 12.50, with no more digits than the currency has: they are never rounded."
)
class OfferEventInput:
    event: str = strawberry.field(
        description=f"lead, sale, rebill, install, signup, or a name of your own of 1 to {MAX_NAME_CHARS} characters."
        " Kept in lower case."
    )
    currency: CurrencyCode | None = strawberry.field(
        default=None, description="Of its amounts; the offer's when left out, else the account's."
    )
    payout_amount: Decimal | None = strawberry.field(default=None, description="Paid for each, whatever its revenue.")
    payout_percent: Decimal | None = strawberry.field(
        default=None,
        description="Paid of the revenue of each: 0 to 100, at most 2 decimal digits. Not beside an amount.",
    )
    default_value: Decimal | None = strawberry.field(
        default=None, description="Its revenue when a report of it names none."
    )

    def read(self) -> GivenEvent:
        return GivenEvent(self.event, self.currency, self.payout_amount, self.payout_percent, self.default_value)


@strawberry.input(description="A new offer.")
class CreateOfferInput:
    name: str = strawberry.field(description="For people, 1 to 200 characters.")
    destination_url: URL = strawberry.field(description="Where its links lead: an http or https address.")
    external_id: str | None = strawberry.field(
        default=None, description="Your own id of it: unique in the account, archived offers included."
    )
    currency: CurrencyCode | None = strawberry.field(default=None, description=_CURRENCY)
    attribution_window_days: int | None = strawberry.field(default=None, description=_WINDOW)
    attribution_model: AttributionModel | None = strawberry.field(default=None, description=_MODEL)
    events: list[OfferEventInput] = strawberry.field(
        default_factory=list, description=f"What each of its events is worth; at most {MAX_EVENTS}, each event once."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)

    def read(self) -> OfferFields:
        return OfferFields(**{name: getattr(self, name) for name in OfferFields._fields})


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
    currency: strawberry.Maybe[CurrencyCode | None] = strawberry.field(default=None, description=_CURRENCY)
    attribution_window_days: strawberry.Maybe[int | None] = strawberry.field(default=None, description=_WINDOW)
    attribution_model: strawberry.Maybe[AttributionModel | None] = strawberry.field(default=None, description=_MODEL)
    events: strawberry.Maybe[list[OfferEventInput]] = strawberry.field(
        default=None, description=f"All of them, in place of those that were; at most {MAX_EVENTS}."
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
        events = [each.read() for each in given.events]
        row = await create_offer(info.context.account_id, given.read(), events, idempotency_key=given.idempotency_key)
        return CreateOfferSuccess(offer=await require_offer(info.context, row.id))

    @strawberry.mutation(description="Change an offer.", permission_classes=[IsWriter])
    async def update_offer(
        self, info: Info, given: Annotated[UpdateOfferInput, strawberry.argument(name="input", description="What.")]
    ) -> UpdateOfferResult:
        offer_id = read_id(given.id, "Offer")
        events = None if given.events is None else [each.read() for each in given.events.value]
        row = await update_offer(info.context.account_id, offer_id, given.read_changes(), events)
        return UpdateOfferSuccess(offer=await require_offer(info.context, row.id))

    @strawberry.mutation(description="End an offer. Doing it again changes nothing.", permission_classes=[IsWriter])
    async def archive_offer(
        self, info: Info, given: Annotated[ArchiveOfferInput, strawberry.argument(name="input", description="Which.")]
    ) -> ArchiveOfferResult:
        row = await archive_offer(info.context.account_id, read_id(given.id, "Offer"))
        return ArchiveOfferSuccess(offer=await require_offer(info.context, row.id))
