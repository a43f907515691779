"""Mutations of coupons."""

from typing import Annotated, TypeAlias

import strawberry

from api.context import Info
from api.coupons.types import Coupon, require_coupon
from api.errors import Archived, IdempotencyConflict, InvalidInput, NotFound, Taken
from api.idempotency import IDEMPOTENCY_KEY
from api.ids import read_id
from api.permissions import IsWriter
from tracking.coupons.service import MAX_CODE_CHARS, NewCoupon, archive_coupon, create_coupon


@strawberry.input(description="A new coupon.")
class CreateCouponInput:
    code: str = strawberry.field(
        description=f"What people type, 1 to {MAX_CODE_CHARS} characters. In any case, no coupon in use has it."
    )
    link_id: strawberry.ID = strawberry.field(
        description="Of a link that a creator shows to their audience: of kind CAMPAIGN or CREATOR, in use."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type(description="The code leads to the link.")
class CreateCouponSuccess:
    coupon: Coupon = strawberry.field(description="The new coupon, or that of the first call with the same key.")


@strawberry.input(description="A coupon that is over.")
class ArchiveCouponInput:
    id: strawberry.ID = strawberry.field(description="Of the coupon.")


@strawberry.type(description="The code leads nowhere any more, and may be given to another link.")
class ArchiveCouponSuccess:
    coupon: Coupon = strawberry.field(description="As it is now.")


CreateCouponResult: TypeAlias = Annotated[
    CreateCouponSuccess | InvalidInput | NotFound | Taken | Archived | IdempotencyConflict,
    strawberry.union("CreateCouponResult", description="How it went."),
]
ArchiveCouponResult: TypeAlias = Annotated[
    ArchiveCouponSuccess | NotFound, strawberry.union("ArchiveCouponResult", description="How it went.")
]


@strawberry.type
class CouponMutation:
    @strawberry.mutation(description="Let a code lead to a creator's link.", permission_classes=[IsWriter])
    async def create_coupon(
        self, info: Info, given: Annotated[CreateCouponInput, strawberry.argument(name="input", description="It.")]
    ) -> CreateCouponResult:
        wanted = NewCoupon(given.code, read_id(given.link_id, "Link"))
        coupon_id = await create_coupon(info.context.account_id, wanted, idempotency_key=given.idempotency_key)
        return CreateCouponSuccess(coupon=await require_coupon(info.context, coupon_id))

    @strawberry.mutation(description="End a coupon. Doing it again changes nothing.", permission_classes=[IsWriter])
    async def archive_coupon(
        self, info: Info, given: Annotated[ArchiveCouponInput, strawberry.argument(name="input", description="Which.")]
    ) -> ArchiveCouponResult:
        row = await archive_coupon(info.context.account_id, read_id(given.id, "Coupon"))
        return ArchiveCouponSuccess(coupon=await require_coupon(info.context, row.id))
