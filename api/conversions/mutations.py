"""Mutations of conversions: to report them, and to decide about those that wait for a person."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Final, TypeAlias
from uuid import UUID

import strawberry

from api.bulk import make_item
from api.context import Context, Info
from api.conversions.loaders import make_conversion_loader
from api.conversions.types import Conversion
from api.errors import IdempotencyConflict, InvalidInput, NotFound, UserError
from api.idempotency import IDEMPOTENCY_KEY
from api.ids import read_optional_id, read_uuid
from api.permissions import IsAdmin, IsWriter
from api.scalars import CurrencyCode
from tracking.clicks.tokens import ClickTokens
from tracking.conversions.event import MAX_CLICK_IDS, MAX_KEY_CHARS
from tracking.conversions.kinds import MAX_EVENT_CHARS
from tracking.conversions.recording import MAX_CONVERSIONS_A_CALL, GivenConversion, record_conversions
from tracking.conversions.reviewing import Ruling, review_conversions
from tracking.conversions.rulings import rematch_conversion
from tracking.errors import DomainError, NotFoundError

_IDS: Final = f"Of the conversions: 1 to {MAX_CONVERSIONS_A_CALL:,}."


@strawberry.input(description="What happened, as your server knows it. `txnId` or a click id is needed: its key.")
class ConversionInput:
    event: str = strawberry.field(
        default="sale",
        description="lead, sale, rebill, install, signup; refund, chargeback or void of what has the same `txnId`; or a"
        f" name of your own of 1 to {MAX_EVENT_CHARS} characters. In any case.",
    )
    txn_id: str | None = strawberry.field(
        default=None, description=f"Your id of the order: at most {MAX_KEY_CHARS} characters."
    )
    refund_id: str | None = strawberry.field(
        default=None, description="Of a refund, which needs it, and of a chargeback or void: your id of it."
    )
    revenue: Decimal | None = strawberry.field(
        default=None,
        description="In major units and without sign, also of a refund, with no more digits than the currency has. Left"
        " out: what the offer says that such an event is worth, and of a void, all of it.",
    )
    currency: CurrencyCode | None = strawberry.field(
        default=None, description="Of the revenue; the offer's when left out, else the account's."
    )
    occurred_at: dt.datetime | None = strawberry.field(default=None, description="When; now when left out.")
    click_ids: list[str] = strawberry.field(
        default_factory=list,
        description=f"As `ct` brought them to the page: at most {MAX_CLICK_IDS}, the key first when there is no"
        " `txnId`.",
    )
    link_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of the link, where no click is known: it and its creator are credited."
    )
    offer_id: strawberry.ID | None = strawberry.field(default=None, description="Of the offer that was sold.")
    coupon: str | None = strawberry.field(default=None, description="The coupon code that was used.")

    def read(self) -> GivenConversion:
        return GivenConversion(
            event=self.event,
            txn_id=self.txn_id or "",
            refund_id=self.refund_id or "",
            revenue=self.revenue,
            currency=self.currency or "",
            occurred_at=self.occurred_at,
            coupon=self.coupon or "",
            click_ids=tuple(self.click_ids),
            link_id=read_optional_id(self.link_id, "Link"),
            offer_id=read_optional_id(self.offer_id, "Offer"),
        )


@strawberry.input(description="Conversions to report.")
class RecordConversionsInput:
    conversions: list[ConversionInput] = strawberry.field(description=f"1 to {MAX_CONVERSIONS_A_CALL:,}.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Conversions that count, as a person has found.")
class ApproveConversionsInput:
    ids: list[strawberry.ID] = strawberry.field(description=_IDS)


@strawberry.input(description="Conversions that do not count, as a person has found.")
class RejectConversionsInput:
    ids: list[strawberry.ID] = strawberry.field(description=_IDS)


@strawberry.input(description="A conversion to match anew.")
class RematchConversionInput:
    id: strawberry.ID = strawberry.field(description="Of the conversion.")


@strawberry.type(description="What became of one of them.")
class ConversionItem:
    index: int = strawberry.field(description="The place in the input, from 0.")
    ok: bool = strawberry.field(description="True when it was taken, also when nothing is new by it.")
    node: Conversion | None = strawberry.field(description="As it stands now.")
    errors: list[UserError] = strawberry.field(description="Why not.")


@strawberry.type(description="Every report that could be taken is stored; each item says what became of one.")
class RecordConversionsSuccess:
    items: list[ConversionItem] = strawberry.field(description="In the order of the input.")


@strawberry.type(description="Those that this account has are approved; each item says what became of one.")
class ApproveConversionsSuccess:
    items: list[ConversionItem] = strawberry.field(description="In the order of the input.")


@strawberry.type(description="Those that this account has are rejected; each item says what became of one.")
class RejectConversionsSuccess:
    items: list[ConversionItem] = strawberry.field(description="In the order of the input.")


@strawberry.type(description="It was matched anew, by what is known and by the terms that hold now.")
class RematchConversionSuccess:
    conversion: Conversion = strawberry.field(description="As it stands now.")
    has_changed: bool = strawberry.field(description="True when it stands otherwise than before.")


RecordConversionsResult: TypeAlias = Annotated[
    RecordConversionsSuccess | InvalidInput | IdempotencyConflict,
    strawberry.union("RecordConversionsResult", description="How it went."),
]
ApproveConversionsResult: TypeAlias = Annotated[
    ApproveConversionsSuccess | InvalidInput, strawberry.union("ApproveConversionsResult", description="How it went.")
]
RejectConversionsResult: TypeAlias = Annotated[
    RejectConversionsSuccess | InvalidInput, strawberry.union("RejectConversionsResult", description="How it went.")
]
RematchConversionResult: TypeAlias = Annotated[
    RematchConversionSuccess | NotFound, strawberry.union("RematchConversionResult", description="How it went.")
]


@strawberry.type
class ConversionMutation:
    @strawberry.mutation(
        description="Report conversions, and what takes them back. They are stored when this answers. A report that was"
        " made before, whichever way, adds nothing: its order is counted once.",
        permission_classes=[IsWriter],
    )
    async def record_conversions(
        self,
        info: Info,
        given: Annotated[RecordConversionsInput, strawberry.argument(name="input", description="Them.")],
    ) -> RecordConversionsResult:
        context = info.context
        recorded = await record_conversions(
            context.pool,
            context.account_id,
            [each.read() for each in given.conversions],
            ClickTokens(context.settings.click_token_keys).verify,
            idempotency_key=given.idempotency_key,
        )
        outcomes = [(each.conversion_id, each.error) for each in recorded]
        return RecordConversionsSuccess(items=await _make_items(context, outcomes))

    @strawberry.mutation(
        description="Approve conversions that somebody looked at: they count from now on. One of a conflict takes the"
        " place of the other one. What no click, link, coupon or offer can be found for stays unmatched.",
        permission_classes=[IsAdmin],
    )
    async def approve_conversions(
        self,
        info: Info,
        given: Annotated[ApproveConversionsInput, strawberry.argument(name="input", description="Which.")],
    ) -> ApproveConversionsResult:
        return ApproveConversionsSuccess(items=await _review(info.context, given.ids, Ruling.APPROVED))

    @strawberry.mutation(
        description="Reject conversions that somebody looked at: they count no more, and leave the inbox. It is taken"
        " back by approving them.",
        permission_classes=[IsAdmin],
    )
    async def reject_conversions(
        self,
        info: Info,
        given: Annotated[RejectConversionsInput, strawberry.argument(name="input", description="Which.")],
    ) -> RejectConversionsResult:
        return RejectConversionsSuccess(items=await _review(info.context, given.ids, Ruling.REJECTED))

    @strawberry.mutation(
        description="Look again for the click of a conversion, by what is known and by the terms that hold now.",
        permission_classes=[IsWriter],
    )
    async def rematch_conversion(
        self,
        info: Info,
        given: Annotated[RematchConversionInput, strawberry.argument(name="input", description="Which.")],
    ) -> RematchConversionResult:
        context = info.context
        conversion_id = read_uuid(given.id, "Conversion")
        has_changed = conversion_id is not None and await rematch_conversion(
            context.pool, context.account_id, conversion_id
        )
        [item] = await _make_items(context, [(conversion_id, None)])
        if item.node is None:
            raise NotFoundError("no such conversion", ("id",))
        return RematchConversionSuccess(conversion=item.node, has_changed=has_changed)


async def _review(context: Context, global_ids: Sequence[strawberry.ID], ruling: Ruling) -> list[ConversionItem]:
    ids = [read_uuid(each, "Conversion") for each in global_ids]
    outcomes = await review_conversions(context.pool, context.account_id, ids, ruling)
    return await _make_items(context, list(zip(ids, outcomes, strict=True)))


async def _make_items(
    context: Context, outcomes: Sequence[tuple[UUID | None, DomainError | None]]
) -> list[ConversionItem]:
    """Read after all is done, each once."""
    wanted = [conversion_id for conversion_id, error in outcomes if conversion_id is not None and error is None]
    rows = await context.loader(make_conversion_loader).load_many(wanted)
    nodes = {row.id: Conversion.from_row(row) for row in rows if row}
    return [
        make_item(ConversionItem, place, None if error or not conversion_id else nodes.get(conversion_id), error)
        for place, (conversion_id, error) in enumerate(outcomes)
    ]
