"""A coupon: a code that names the creator whose audience uses it."""

import datetime as dt

import strawberry

from api.context import Context, Info
from api.coupons.loaders import make_coupon_loader
from api.history.queries import make_history_field
from api.history.types import HistoryEntry
from api.ids import encode_id
from api.links.types import Link, require_link
from api.nodes import Node
from api.pagination import Connection
from tracking.coupons.queries import CouponRow


@strawberry.type(description="A coupon code, and the link of the creator who gives it to their audience.")
class Coupon(Node):
    code: str = strawberry.field(description="As it was given. In any case, no other coupon in use has it.")
    archived_at: dt.datetime | None = strawberry.field(description="Since when the code leads nowhere.")
    created_at: dt.datetime = strawberry.field(description="Since when the code leads to the link.")
    row: strawberry.Private[CouponRow]

    @classmethod
    def from_row(cls, row: CouponRow) -> "Coupon":
        return cls(
            id=encode_id("Coupon", row.id),
            code=row.code,
            archived_at=row.archived_at,
            created_at=row.created_at,
            row=row,
        )

    @strawberry.field(description="The creator's link that it belongs to, for ever.")
    async def link(self, info: Info) -> Link:
        return await require_link(info.context, self.row.link_id)

    history: Connection[HistoryEntry] = make_history_field("Coupon", "Who made and archived it, and when.")


async def load_coupon(context: Context, coupon_id: int | None) -> Coupon | None:
    row = await context.loader(make_coupon_loader).load(coupon_id) if coupon_id else None
    return Coupon.from_row(row) if row else None


async def require_coupon(context: Context, coupon_id: int) -> Coupon:
    coupon = await load_coupon(context, coupon_id)
    if coupon is None:
        raise LookupError("a coupon that was just there is gone")
    return coupon
